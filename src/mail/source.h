/* SPDX-License-Identifier: MIT */
/* Where a message comes from when it is sent: bytes in order, as often as needed (a retry on
 * another server reads it again). Implementations: memory, file, composed message. */
#ifndef SW_MAIL_SOURCE_H
#define SW_MAIL_SOURCE_H

#include "base/buf.h"

struct sw_source;
struct sw_source_ops {
	/* Starts again from the first byte. */
	enum sw_err (*rewind)(struct sw_source *s, struct sw_error *err);
	/* Up to `size` bytes; *ret_len 0 at the end. Lines end in CRLF, no bare CR or LF. A
	 * read that failed fails again until rewind. */
	enum sw_err (*read)(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			    struct sw_error *err);
	void (*free)(struct sw_source *s);
};
/* Facts of the message as it goes on the wire (before dot-stuffing), known before sending. */
struct sw_source_facts {
	uint64_t size_bytes;	/* exact, for SIZE= */
	bool has_8bit;		/* bytes above 0x7f anywhere */
	bool utf8_headers; /* raw UTF-8 in the header block: needs SMTPUTF8 (RFC 6532); bytes
			    * that are not UTF-8 are only has_8bit */
	bool has_nul;		/* then it may not be sent */
	uint64_t longest_line;	/* bytes without CRLF */
	uint64_t bare_line_ends;/* lone CR or LF that became CRLF */
	uint64_t bare_cr;	/* the lone CRs of these; LF alone is how Unix writes files */
	const char *message_id;	/* without <>, "" none; owned by the source */
};
struct sw_source {
	const struct sw_source_ops *ops;
	struct sw_source_facts facts;
};
enum sw_err sw_source_rewind(struct sw_source *s, struct sw_error *err) SW_MUST_USE;
enum sw_err sw_source_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			   struct sw_error *err) SW_MUST_USE;
/* All of it from the beginning, a piece at a time; what `fn` returns but SW_OK ends it. */
enum sw_err sw_source_each(struct sw_source *s,
			   enum sw_err (*fn)(void *arg, struct sw_slice piece,
					     struct sw_error *err),
			   void *arg, struct sw_error *err) SW_MUST_USE;
/* The same, to a descriptor. */
enum sw_err sw_source_write(struct sw_source *s, int fd, struct sw_error *err) SW_MUST_USE;
void sw_source_free(struct sw_source *s);
void sw_source_freep(struct sw_source **s);

#endif
