/* SPDX-License-Identifier: MIT */
/* Line ends of a message: bytes in pieces of any size go in, the same bytes with CRLF as the
 * only line end come out, and what was seen is counted.  Lone LF is how Unix writes files; a
 * lone CR is worth a question, so it is counted apart. */
#ifndef SW_MAIL_LINES_H
#define SW_MAIL_LINES_H

#include "base/buf.h"

/* All zero is a fresh one. */
struct sw_lines {
	uint64_t in;		/* bytes taken */
	uint64_t out;		/* bytes given */
	uint64_t bare_cr;	/* not followed by LF */
	uint64_t bare_lf;	/* not preceded by CR */
	uint64_t longest;	/* bytes of the longest line without its CRLF */
	uint64_t column;	/* bytes of the line under way */
	bool after_cr;		/* the last byte was CR; its CRLF is given already */
	bool has_8bit;
};
/* Appends the normal form of `in`.  SW_E_DATA for a NUL byte: sw_lines.in + *ret_nul (NULL
 * allowed) is where; nothing is appended then. */
enum sw_err sw_lines_add(struct sw_lines *l, struct sw_slice in, struct sw_buf *out,
			 size_t *ret_nul) SW_MUST_USE;
/* Completes a last line without an end. */
enum sw_err sw_lines_end(struct sw_lines *l, struct sw_buf *out) SW_MUST_USE;
/* The longest line of a text whose lines end in CRLF, without its CRLF. */
uint64_t sw_lines_longest(struct sw_slice text);

#endif
