/* SPDX-License-Identifier: MIT */
/* Writing a message: header fields, text, HTML, inline parts, attachments. Everything that
 * could be wrong is found when it is added or by sw_compose_finish, before any connection.
 * Attachments are read while sending, in pieces; their size is fixed when they are added and a
 * file that changed under way breaks the transfer before the final dot.
 *
 * Choices: the message is 7-bit ASCII on the wire unless an address needs SMTPUTF8.
 * Attachments are base64 whatever they hold. A message/rfc822 attachment may not be encoded
 * (RFC 2046 5.2.1): a file of that ending goes so when it is a message of short 7-bit lines,
 * otherwise as application/octet-stream; when the type was asked for, it is refused instead.
 * Other message types and multipart are refused. Inline parts stand beside the HTML in
 * multipart/related, without HTML they are ordinary attachments that ask to be shown. A header
 * with Bcc alone gets "To: undisclosed-recipients:;". Each call has its effect or
 * none. */
#ifndef SW_MAIL_COMPOSE_H
#define SW_MAIL_COMPOSE_H

#include "base/arena.h"
#include "base/world.h"
#include "mail/address.h"
#include "mail/source.h"

struct sw_compose;
struct sw_compose *sw_compose_new(const struct sw_world *world) SW_MUST_USE;
void sw_compose_free(struct sw_compose *c);

enum sw_compose_list { SW_TO, SW_CC, SW_BCC, SW_REPLY_TO };
/* Header addresses: "Name <a@b>, c@d". Each call adds. Bcc is kept for the envelope only. From
 * is one address and set once, as are Subject, Message-ID, text and HTML; a second time, and
 * every call after finish, is SW_E_USAGE. */
enum sw_err sw_compose_from(struct sw_compose *c, struct sw_slice mailbox,
			    struct sw_error *err) SW_MUST_USE;
enum sw_err sw_compose_add(struct sw_compose *c, enum sw_compose_list list, struct sw_slice in,
			   struct sw_error *err) SW_MUST_USE;
enum sw_err sw_compose_subject(struct sw_compose *c, struct sw_slice utf8,
			       struct sw_error *err) SW_MUST_USE;
/* A further field. Name: RFC 5322 ftext; refused: those that have their own call and Bcc,
 * Content-*, MIME-Version, Return-Path. A Date replaces ours. Value: UTF-8 without CR, LF,
 * NUL; encoded (RFC 2047) and folded as needed. */
enum sw_err sw_compose_header(struct sw_compose *c, struct sw_slice name,
			      struct sw_slice value, struct sw_error *err) SW_MUST_USE;
/* "<id@domain>" or "id@domain" instead of a made one. */
enum sw_err sw_compose_message_id(struct sw_compose *c, struct sw_slice id,
				  struct sw_error *err) SW_MUST_USE;
/* UTF-8 text; line ends of any kind. Encoding (7bit, quoted-printable, base64) is chosen by
 * content: always 7-bit on the wire. Invalid UTF-8 is SW_E_DATA with the offset. */
enum sw_err sw_compose_text(struct sw_compose *c, struct sw_slice utf8,
			    struct sw_error *err) SW_MUST_USE;
enum sw_err sw_compose_html(struct sw_compose *c, struct sw_slice utf8,
			    struct sw_error *err) SW_MUST_USE;
/* The text that is given after it is written as format=flowed (RFC 3676): each of its lines is a paragraph,
 * long ones are broken so that readers flow them to their own width. */
enum sw_err sw_compose_flowed(struct sw_compose *c, struct sw_error *err) SW_MUST_USE;
/* Fields for mailing lists (RFC 2369): help, unsubscribe, subscribe, post, owner or archive, and a
 * mailto:, https: or http: URI; each call adds one, the one that is liked most first. */
enum sw_err sw_compose_list_uri(struct sw_compose *c, struct sw_slice what, struct sw_slice uri,
				struct sw_error *err) SW_MUST_USE;
/* List-Unsubscribe-Post (RFC 8058): who posts to the https URI of unsubscribe is unsubscribed, without
 * being asked. finish wants such a URI. */
enum sw_err sw_compose_one_click(struct sw_compose *c, struct sw_error *err) SW_MUST_USE;
bool sw_compose_is_one_click(const struct sw_compose *c);
struct sw_attach {
	const char *path;	/* a regular file; or NULL: */
	struct sw_slice bytes;	/* memory, copied */
	struct sw_slice type;	/* "" by the name's ending, or application/octet-stream */
	struct sw_slice name;	/* "" the path's last part; encoded by RFC 2231 when needed */
	struct sw_slice content_id; /* inline parts: "" the name */
	bool is_inline;		/* multipart/related beside the HTML */
	/* Another form of the text, beside text and HTML in multipart/alternative: a calendar's
	 * invitation, AMP. Behind the HTML, so that readers prefer it; forms that are poorer than
	 * HTML, and AMP, which says so itself, before it. */
	bool is_alternative;
};
enum sw_err sw_compose_attach(struct sw_compose *c, const struct sw_attach *a,
			      struct sw_error *err) SW_MUST_USE;
/* Checks that there is a From and at least one recipient header or Bcc, makes Date and
 * Message-ID, fixes structure and sizes. The compose object stays the owner of what the source
 * reads and must live longer. */
enum sw_err sw_compose_finish(struct sw_compose *c, struct sw_source **ret,
			      struct sw_error *err) SW_MUST_USE;
/* The envelope that the header fields mean: From's address (NULL before it is set), all of To,
 * Cc, Bcc without repeats (none before finish). */
const struct sw_address *sw_compose_sender(const struct sw_compose *c);
size_t sw_compose_recipient_count(const struct sw_compose *c);
const struct sw_address *sw_compose_recipient(const struct sw_compose *c, size_t i);

#endif
