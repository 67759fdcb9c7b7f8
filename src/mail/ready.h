/* SPDX-License-Identifier: MIT */
/* A message that is ready already (a file, a pipe, memory): passes byte for byte but for line
 * ends, which become CRLF, and Bcc fields, which are taken out (RFC 5322 3.6.3). One pass
 * reads it to learn its facts; sending reads it again in pieces.
 *
 * Besides, a byte order mark and a mailbox file's "From " line before the header are dropped,
 * and a last line without an end gets one. Refused (SW_E_DATA) are an empty message, one whose
 * first line is no header field, and NUL bytes. Lines inside the header that are no fields
 * pass: what they mean is the receiver's to decide, and Bcc is still found behind them. A file
 * that changed since makes reading fail (SW_E_IO) before its end is reported, so a wrong
 * message is never completed. */
#ifndef SW_MAIL_READY_H
#define SW_MAIL_READY_H

#include "base/arena.h"
#include "mail/address.h"
#include "mail/input.h"
#include "mail/source.h"

/* NULL or all zero is the usual. */
struct sw_ready_options {
	bool keep_bcc;
};
/* The addresses that its header names, for calls that take recipients from it. */
struct sw_ready_header {
	struct sw_mailbox *from, *to, *cc, *bcc;	/* arena of the caller */
	struct sw_slice subject;			/* decoded to UTF-8 */
	bool has_date, has_message_id, has_from;
	/* The first block of Resent fields, which is the latest (RFC 5322 3.6.6). */
	bool has_resent;
	struct sw_mailbox *resent_from, *resent_to, *resent_cc, *resent_bcc;
};
/* From a file that stays open for the life of the source (regular file), or "-": standard
 * input, held in memory up to SW_SPOOL_IN_MEMORY, then in a nameless temporary file. Refuses
 * NUL bytes (SW_E_DATA with the offset). */
enum sw_err sw_ready_open(const char *path, const struct sw_ready_options *opt,
			  struct sw_source **ret, struct sw_error *err) SW_MUST_USE;
/* From a descriptor that the caller keeps; read to its end here. */
enum sw_err sw_ready_fd(int fd, const struct sw_ready_options *opt, struct sw_source **ret,
			struct sw_error *err) SW_MUST_USE;
/* From a function; read to its end here. */
enum sw_err sw_ready_pull(sw_input_fn fn, void *arg, const struct sw_ready_options *opt,
			  struct sw_source **ret, struct sw_error *err) SW_MUST_USE;
/* From memory, copied. */
enum sw_err sw_ready_memory(struct sw_slice bytes, const struct sw_ready_options *opt,
			    struct sw_source **ret, struct sw_error *err) SW_MUST_USE;
/* Header fields of a ready source; works only on sources made here. When an address field
 * cannot be read this is SW_E_DATA with its name, and *ret holds everything else: who needs no
 * addresses may go on. */
enum sw_err sw_ready_header(struct sw_source *s, struct sw_arena *arena,
			    struct sw_ready_header *ret, struct sw_error *err) SW_MUST_USE;

#endif
