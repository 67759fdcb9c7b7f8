/* SPDX-License-Identifier: MIT */
/* Undoing what is known to happen to messages, until the signature is right again. Shared by
 * the files of this room. */
#ifndef SW_IDENTITY_DKIM_WHY_GUESS_H
#define SW_IDENTITY_DKIM_WHY_GUESS_H

#include "identity/dkim_why.h"

struct sw_dkim_guess {
	const struct sw_dkim_why_request *q;
	struct sw_dkim_crypto *crypto;
	struct sw_slice header, body, names;
	struct sw_buf out; /* the message as it may have been */
	bool nomem;
};
void sw_dkim_guess_add(struct sw_dkim_guess *g, struct sw_slice s);
/* Whether what was bad is good in the message that stands in `out`. */
bool sw_dkim_guess_proves(struct sw_dkim_guess *g);
/* What was done to the body; *ret and detail untouched when nothing is proved. */
void sw_dkim_guess_body(struct sw_dkim_guess *g, enum sw_dkim_change *ret,
			struct sw_buf *detail);
enum sw_err sw_dkim_why_guess(const struct sw_dkim_why_request *q, struct sw_slice names,
			      struct sw_dkim_crypto *c, enum sw_dkim_change *ret,
			      struct sw_buf *detail) SW_MUST_USE;

#endif
