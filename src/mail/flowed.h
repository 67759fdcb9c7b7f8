/* SPDX-License-Identifier: MIT */
/* Writing format=flowed (RFC 3676, DelSp=no): a long line becomes lines that end in a blank, so that
 * readers flow it to their own width, and old ones show it as short lines. */
#ifndef SW_MAIL_FLOWED_H
#define SW_MAIL_FLOWED_H

#include "base/buf.h"

enum {
	SW_FLOWED_WIDTH = 72, /* characters of a line that is broken, its last blank included */
	SW_FLOWED_KEEP = 78,  /* a line up to here is not broken (RFC 3676 4.2) */
	SW_FLOWED_DEPTH = 24, /* quotes in quotes; deeper lines are not broken */
};

/* `text` is lines that end in CRLF, each a paragraph; ">" in front is a quote. Blanks at the ends of lines
 * go, for they would mean that the line goes on ("-- " stays, 4.3); a line that begins with a blank,
 * or with "From ", gets one more (4.4). */
enum sw_err sw_flowed_add(struct sw_slice text, struct sw_buf *out) SW_MUST_USE;
/* The most that `len` bytes become. */
static inline size_t sw_flowed_most(size_t len)
{
	/* A broken line holds at least a third of its width beside quote marks. */
	return 5 * len + 2;
}

#endif
