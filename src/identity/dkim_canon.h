/* SPDX-License-Identifier: MIT */
/* The two canonical forms of RFC 6376 3.4, for header fields and for bodies. */
#ifndef SW_IDENTITY_DKIM_CANON_H
#define SW_IDENTITY_DKIM_CANON_H

#include "base/buf.h"

enum sw_dkim_canon { SW_DKIM_SIMPLE, SW_DKIM_RELAXED };
const char *sw_dkim_canon_name(enum sw_dkim_canon c);

/* A body in pieces of any size.  Line ends are CRLF; a CR or LF alone is a byte like others.
 */
typedef void (*sw_dkim_sink_fn)(void *arg, const void *bytes, size_t len);
struct sw_dkim_body {
	enum sw_dkim_canon canon;
	sw_dkim_sink_fn sink; /* gets the canonical form in pieces */
	void *arg;
	uint64_t empty_lines; /* held back: at the end they do not count (3.4.3) */
	bool cr;              /* a CR came; what follows decides */
	bool blank;           /* relaxed: blanks came, what follows decides */
	bool line_empty;
	bool any; /* something was given to the sink */
	size_t held_len;
	char held[1024]; /* small pieces, to be given on together */
};
void sw_dkim_body_init(struct sw_dkim_body *b, enum sw_dkim_canon canon, sw_dkim_sink_fn sink,
		       void *arg);
void sw_dkim_body_feed(struct sw_dkim_body *b, struct sw_slice in);
void sw_dkim_body_end(struct sw_dkim_body *b);

/* Appends a header field with its CRLF.  `whole` is the field as it stands, with its last
 * CRLF. */
enum sw_err sw_dkim_canon_field(enum sw_dkim_canon c, struct sw_slice whole,
				struct sw_buf *out) SW_MUST_USE;
/* The same for a signature's own field: the value of b= (raw, inside whole) is left out, and
 * so is the CRLF (3.7). */
enum sw_err sw_dkim_canon_own(enum sw_dkim_canon c, struct sw_slice whole,
			      struct sw_slice b_raw, struct sw_buf *out) SW_MUST_USE;

#endif
