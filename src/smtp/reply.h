/* SPDX-License-Identifier: MIT */
/* Incremental parser of SMTP replies (RFC 5321 4.2.1), bounded, tolerant where servers are known
 * to stray (LF alone, no text, blank lines before a reply are counted and skipped) and strict where
 * it matters (code 200 to 599, the same code on all lines). */
#ifndef SW_SMTP_REPLY_H
#define SW_SMTP_REPLY_H

#include "mail/status.h"

enum sw_reply_result {
	SW_REPLY_MORE = 0,	/* needs more bytes */
	SW_REPLY_READY,		/* one reply; see sw_reply_parser_get */
	SW_REPLY_GARBAGE,	/* not a reply: the line is kept for the report */
	SW_REPLY_ENDLESS,	/* beyond SW_MAX_REPLY or SW_MAX_REPLY_LINES */
};
struct sw_reply_parser {
	struct sw_buf line;
	struct sw_buf text;
	struct sw_reply reply;
	size_t total;		/* bytes of this reply, kept or not */
	size_t line_len;	/* bytes of the line that has begun, kept or not */
	bool last_cr;		/* the last of them was CR */
	uint32_t bare_lf;	/* lines that ended in LF alone */
	uint32_t blank_lines;
	bool code_changed;
	enum sw_reply_result result;
};
void sw_reply_parser_init(struct sw_reply_parser *p);
void sw_reply_parser_fini(struct sw_reply_parser *p);
/* Takes bytes until a reply is complete; *ret_used says how many (the rest belongs to the next
 * reply). After READY call sw_reply_parser_next before feeding again. SW_E_NOMEM only. */
enum sw_err sw_reply_parser_feed(struct sw_reply_parser *p, struct sw_slice in, size_t *ret_used,
				 enum sw_reply_result *ret) SW_MUST_USE;
/* The finished reply; borrowed until _next or _fini. */
const struct sw_reply *sw_reply_parser_get(const struct sw_reply_parser *p);
/* The line that was no reply (cut), raw. */
struct sw_slice sw_reply_parser_garbage(const struct sw_reply_parser *p);
/* Bytes of an unfinished reply are held. */
bool sw_reply_parser_partial(const struct sw_reply_parser *p);
void sw_reply_parser_next(struct sw_reply_parser *p);
/* The line that has begun cannot become one of a reply any more: who does not want to wait for
 * its end need not. */
bool sw_reply_parser_hopeless(const struct sw_reply_parser *p);

#endif
