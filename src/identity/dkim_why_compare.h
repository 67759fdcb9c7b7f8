/* SPDX-License-Identifier: MIT */
/* Comparing a message with its original; shared by the files of this room. */
#ifndef SW_IDENTITY_DKIM_WHY_COMPARE_H
#define SW_IDENTITY_DKIM_WHY_COMPARE_H

#include "identity/dkim_why.h"

/* The header with its last line end, and the body. */
void sw_dkim_why_cut(struct sw_slice message, struct sw_slice *ret_header,
		     struct sw_slice *ret_body);
/* Appends the first line of the text in quotes, not too much of it. */
enum sw_err sw_dkim_why_say(struct sw_buf *detail, const char *before, struct sw_slice text);
bool sw_dkim_why_same_but_blanks(struct sw_slice a, struct sw_slice b);
enum sw_err sw_dkim_why_body(const struct sw_dkim_why_request *q, enum sw_dkim_change *ret,
			     struct sw_buf *detail) SW_MUST_USE;

#endif
