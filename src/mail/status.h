/* SPDX-License-Identifier: MIT */
/* Reply codes and enhanced status codes (RFC 5321 4.2, RFC 3463, RFC 2034), and a reply as the
 * whole program passes it on. */
#ifndef SW_MAIL_STATUS_H
#define SW_MAIL_STATUS_H

#include "base/arena.h"
#include "base/buf.h"

/* "5.7.1"; class 0 means none. */
struct sw_enhanced {
	uint8_t class;
	uint16_t subject, detail;
};
/* Reads one at the start of s, followed by a blank or the end; *ret_len is what it took. */
bool sw_enhanced_parse(struct sw_slice s, struct sw_enhanced *ret, size_t *ret_len);
enum { SW_ENHANCED_TEXT = 16 };
/* "" when there is none. */
const char *sw_enhanced_text(struct sw_enhanced e, char out[SW_ENHANCED_TEXT]);

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
