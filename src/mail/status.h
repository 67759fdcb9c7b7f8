/* SPDX-License-Identifier: MIT */
/* A reply (RFC 5321 4.2) as the whole program passes it on. */
#ifndef SW_MAIL_STATUS_H
#define SW_MAIL_STATUS_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/enhanced.h"

/* A whole reply. Text: the lines without codes, '\n' between them, raw bytes (escape before
 * showing), the enhanced code taken off each line. NUL-terminated, owned by whoever keeps
 * it. */
struct sw_reply {
	int code;		/* 0: no reply */
	struct sw_enhanced enhanced;
	const char *text;
	size_t text_len;
	uint32_t lines;
	bool cut;		/* a line or the whole was longer than the limits */
};
/* 2xx. */
static inline bool sw_reply_ok(const struct sw_reply *r)
{
	return r->code >= 200 && r->code < 300;
}
/* REJECTED for 5xx, DEFERRED for 4xx, ACCEPTED for 2xx, NOT_SENT for none. */
enum sw_outcome sw_reply_outcome(const struct sw_reply *r);
/* Deep copy into an arena. */
enum sw_err sw_reply_copy(struct sw_arena *arena, const struct sw_reply *from,
			  struct sw_reply *ret) SW_MUST_USE;
/* "550 5.1.1 User unknown" on one line, escaped, lines joined by " / ". */
enum sw_err sw_reply_format(const struct sw_reply *r, struct sw_buf *out) SW_MUST_USE;

#endif
