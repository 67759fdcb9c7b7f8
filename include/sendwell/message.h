/* SPDX-License-Identifier: MIT */
/* A message to be sent: composed from parts, or ready from a file, a pipe or memory.
 *
 * One message belongs to one thread at a time. All strings passed in are UTF-8, NUL-terminated and
 * copied. Whatever is wrong is said by the call that brings it in, or by the first use at the latest;
 * nothing wrong ever reaches a connection. Calls return an sw_err; sw_message_error_text tells more. */
#ifndef SENDWELL_MESSAGE_H
#define SENDWELL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_message;

/* NULL only without memory. */
SW_EXPORT struct sw_message *sw_message_new(void);
SW_EXPORT void sw_message_free(struct sw_message *m);
/* What the last failed call on this message found wrong, one printable line; "" when none failed.
 * Borrowed until the next call. */
SW_EXPORT const char *sw_message_error_text(const struct sw_message *m);

/* Header addresses (RFC 5322 3.4): "a@b" or "Name <a@b>", several with commas; each call adds.
 * To, Cc and Bcc are recipients of the envelope too; Bcc appears nowhere in the message. */
SW_EXPORT enum sw_err sw_message_from(struct sw_message *m, const char *mailbox);
SW_EXPORT enum sw_err sw_message_to(struct sw_message *m, const char *mailboxes);
SW_EXPORT enum sw_err sw_message_cc(struct sw_message *m, const char *mailboxes);
SW_EXPORT enum sw_err sw_message_bcc(struct sw_message *m, const char *mailboxes);
SW_EXPORT enum sw_err sw_message_reply_to(struct sw_message *m, const char *mailboxes);
SW_EXPORT enum sw_err sw_message_subject(struct sw_message *m, const char *subject);
/* A further header field. Not for the fields that have a call of their own, nor Bcc, MIME-Version,
 * Content-*: SW_E_USAGE. */
SW_EXPORT enum sw_err sw_message_header(struct sw_message *m, const char *name, const char *value);
/* "id@domain", with or without <>. Without it one is made. */
SW_EXPORT enum sw_err sw_message_set_id(struct sw_message *m, const char *id);
/* The character set of what the calls above and below are given from now on, as mail names it
 * ("windows-1251", "iso-2022-jp"), converted to UTF-8; bytes that mean nothing in it are SW_E_DATA. "locale":
 * that of the environment (LC_ALL, LC_CTYPE, LANG), for texts that are not UTF-8 as they stand. NULL: UTF-8,
 * as in the beginning. Names of files are not converted. SW_E_USAGE for one that is not known. */
SW_EXPORT enum sw_err sw_message_charset(struct sw_message *m, const char *name);
/* Bodies. Both given: multipart/alternative. `len` bytes of UTF-8, a mark of byte order in front is dropped. */
SW_EXPORT enum sw_err sw_message_text(struct sw_message *m, const char *text, size_t len);
SW_EXPORT enum sw_err sw_message_html(struct sw_message *m, const char *html, size_t len);
/* From a file, or "-" for standard input. */
SW_EXPORT enum sw_err sw_message_text_file(struct sw_message *m, const char *path);
SW_EXPORT enum sw_err sw_message_html_file(struct sw_message *m, const char *path);
/* Before the text: writes it as format=flowed (RFC 3676). Each line of it is a paragraph, ">" in front
 * quotes; readers flow it to their own width. */
SW_EXPORT enum sw_err sw_message_flowed(struct sw_message *m);
/* A further form of the text, in multipart/alternative with the others: "text/calendar; method=REQUEST" for
 * an invitation, which readers prefer to text and HTML. type NULL: guessed from the path; a text is said to
 * be UTF-8 when its type does not say otherwise. The file is read while sending. */
SW_EXPORT enum sw_err sw_message_alternative_file(struct sw_message *m, const char *path,
						  const char *type);
SW_EXPORT enum sw_err sw_message_alternative_bytes(struct sw_message *m, const void *bytes,
						   size_t len, const char *type);
/* Fields for mailing lists (RFC 2369), what is "unsubscribe", "help", "subscribe", "post", "owner" or
 * "archive": a https:, http: or mailto: URI; each call adds one, the preferred first. */
SW_EXPORT enum sw_err sw_message_list_uri(struct sw_message *m, const char *what,
					  const char *uri);
/* Whoever posts to the https URI of "unsubscribe" is unsubscribed at once (RFC 8058), as large
 * providers want it of bulk mail: mail programs show a button. It takes a DKIM signature to be believed. */
SW_EXPORT enum sw_err sw_message_one_click(struct sw_message *m);
/* type and name may be NULL (guessed from the path). The file is read while sending and must not
 * change meanwhile. `content_id` NULL: a normal attachment; else an inline part of the HTML, "cid:ID". */
SW_EXPORT enum sw_err sw_message_attach_file(struct sw_message *m, const char *path,
					     const char *type, const char *name,
					     const char *content_id);
SW_EXPORT enum sw_err sw_message_attach_bytes(struct sw_message *m, const void *bytes, size_t len,
					      const char *type, const char *name,
					      const char *content_id);

/* A ready message instead of parts: passes byte for byte but for line ends (CRLF) and Bcc fields (taken
 * out). path "-": standard input. Not together with parts (SW_E_USAGE). Its recipients are those of
 * sw_message_add_recipient, or those of its header after sw_message_recipients_from_header: of To, Cc and Bcc, or of
 * the first block of Resent fields, whose Resent-From is the envelope sender then (RFC 5322 3.6.6). */
SW_EXPORT enum sw_err sw_message_load_file(struct sw_message *m, const char *path);
SW_EXPORT enum sw_err sw_message_load_bytes(struct sw_message *m, const void *bytes, size_t len);
/* The same from a descriptor (a file, a pipe, a socket), which stays the caller's, or from a function that
 * gives up to `size` bytes (0 at the end, -1: it failed). Both are read to their end by the call; what is
 * large goes into a nameless temporary file. */
SW_EXPORT enum sw_err sw_message_load_fd(struct sw_message *m, int fd);
typedef ptrdiff_t (*sw_message_read_fn)(void *arg, char *out, size_t size);
SW_EXPORT enum sw_err sw_message_load_stream(struct sw_message *m, sw_message_read_fn fn, void *arg);
SW_EXPORT enum sw_err sw_message_recipients_from_header(struct sw_message *m);

/* Envelope: sender ("" or "<>" the null sender) instead of From's address; further recipients that
 * stand in no header. */
SW_EXPORT enum sw_err sw_message_envelope_from(struct sw_message *m, const char *address);
SW_EXPORT enum sw_err sw_message_add_recipient(struct sw_message *m, const char *address);
/* The same, with what the servers on the way are to report of this one (RFC 3461). notify: "never", or "success",
 * "failure", "delay" with commas between; NULL: as the mailer's setting "dsn" says. original: the address that
 * the message was for before it was forwarded, which a report then names (ORCPT); NULL: this one. For a recipient
 * that is there already, also by a header field, this is what counts; of several calls the last. A server without
 * DSN is not asked: the result says so. */
SW_EXPORT enum sw_err sw_message_add_recipient_dsn(struct sw_message *m, const char *address,
						   const char *notify, const char *original);

/* Signs it with DKIM when it is finished: the signatures stand before the message (sendwell/dkim.h).
 * The keys are borrowed until then; one set of keys serves any number of messages, one after the other. NULL:
 * not signed. A message without From cannot be signed: finish then says SW_E_DATA. */
struct sw_dkim_keys;
SW_EXPORT enum sw_err sw_message_sign(struct sw_message *m, struct sw_dkim_keys *keys);
/* Signs a message with 8-bit parts as it is. Otherwise they are encoded before (RFC 6376 5.3), where that is
 * possible. What is not signed here is encoded when a server wants that (setting "downgrade"). */
SW_EXPORT enum sw_err sw_message_keep_8bit(struct sw_message *m);

/* Checks everything and fixes Date, Message-ID, structure and size. Sending does it by itself; calling
 * it first tells a bad message from a bad delivery. Afterwards the message cannot be changed. */
SW_EXPORT enum sw_err sw_message_finish(struct sw_message *m);
/* After finish. */
SW_EXPORT const char *sw_message_id(const struct sw_message *m);		/* without <> */
SW_EXPORT uint64_t sw_message_size(const struct sw_message *m);			/* bytes on the wire */
SW_EXPORT const char *sw_message_sender(const struct sw_message *m);		/* "" null sender */
SW_EXPORT size_t sw_message_recipient_count(const struct sw_message *m);
SW_EXPORT const char *sw_message_recipient(const struct sw_message *m, size_t i);
/* Writes it as it would go on the wire (CRLF, not dot-stuffed) to a descriptor. */
SW_EXPORT enum sw_err sw_message_write(struct sw_message *m, int fd);
/* One line of warning about a finished message that is legal but risky (lines beyond 998 bytes,
 * no Date...), NULL when i is beyond the last. Borrowed. */
SW_EXPORT const char *sw_message_warning(const struct sw_message *m, size_t i);

#ifdef __cplusplus
}
#endif
#endif
