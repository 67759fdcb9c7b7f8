/* SPDX-License-Identifier: MIT */
/* What broke a DKIM signature. With the message as it was before, by comparing; without it by
 * undoing what is known to happen on the way: an undoing after which the signature is right
 * is a proof, else nothing is claimed. */
#ifndef SW_IDENTITY_DKIM_WHY_H
#define SW_IDENTITY_DKIM_WHY_H

#include "identity/dkim.h"

enum sw_dkim_change {
	SW_DKIM_CHANGE_UNKNOWN = 0,
#define SW_DKIM_CHANGE(name, en, ru) SW_DKIM_CHANGE_##name,
#include "identity/dkim_change.def"
#undef SW_DKIM_CHANGE
	SW_DKIM_CHANGES
};
const char *sw_dkim_change_name(enum sw_dkim_change c); /* "FOOTER" */
const char *sw_dkim_change_text(enum sw_dkim_change c, bool russian);

struct sw_dkim_why_request {
	struct sw_slice message, original;   /* with CRLF; original empty: not known */
	const struct sw_dkim_result *result; /* that failed */
	size_t index;                        /* which signature of the message it is of */
	bool of_header;      /* asks why `signature` is bad; else why `body_hash` is */
	struct sw_slice key; /* its record; empty: hypotheses are not tried */
};
/* Appends to `detail` what exactly (raw: escape before showing). SW_E_NOMEM alone. */
enum sw_err sw_dkim_why(const struct sw_dkim_why_request *q, struct sw_dkim_crypto *c,
			enum sw_dkim_change *ret, struct sw_buf *detail) SW_MUST_USE;

#endif
