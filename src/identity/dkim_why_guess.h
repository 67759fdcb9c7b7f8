/* SPDX-License-Identifier: MIT */
/* Undoing what is known to happen to messages, until the signature is right again. Shared by
 * the files of this room. */
#ifndef SW_IDENTITY_DKIM_WHY_GUESS_H
#define SW_IDENTITY_DKIM_WHY_GUESS_H

#include "identity/dkim_why.h"

/* The header with its last line end, and the body. */
void sw_dkim_why_cut(struct sw_slice message, struct sw_slice *ret_header,
		     struct sw_slice *ret_body);
enum sw_err sw_dkim_why_guess(const struct sw_dkim_why_request *q, struct sw_slice names,
			      struct sw_dkim_crypto *c, enum sw_dkim_change *ret,
			      struct sw_buf *detail) SW_MUST_USE;

#endif
