/* SPDX-License-Identifier: MIT */
/* One-click unsubscription (RFC 8058) as the large receivers want it of who sends in bulk. */
#ifndef SW_IDENTITY_UNSUBSCRIBE_H
#define SW_IDENTITY_UNSUBSCRIBE_H

#include "base/slice.h"

enum sw_unsubscribe_flaw {                        /* bits */
			   SW_UNSUB_NO_FIELD = 1, /* no List-Unsubscribe */
			   SW_UNSUB_TWICE = 2, /* a field that may stand there once, twice */
			   SW_UNSUB_NO_HTTPS = 4,      /* no https: URI (3.1) */
			   SW_UNSUB_SEVERAL_HTTPS = 8, /* more than one: 3.1 wants one */
			   SW_UNSUB_NO_POST = 16,      /* no List-Unsubscribe-Post */
			   SW_UNSUB_BAD_POST = 32,     /* it says something else than
							  List-Unsubscribe=One-Click */
			   SW_UNSUB_BAD_URI = 64,      /* not <URI>, <URI> */
			   SW_UNSUB_NOT_SIGNED =
				   128, /* no DKIM signature covers both fields (4) */
			   SW_UNSUB_FLAWS = 8
};
const char *sw_unsubscribe_flaw_text(unsigned bit_index);

struct sw_unsubscribe {
	unsigned flaws;              /* bits; 0: one click works */
	struct sw_slice https, mail; /* of the header; empty: none */
};

/* `header` is the header block with CRLF or LF, borrowed. Folded fields are read, the h= of
 * DKIM-Signature fields too; whether signatures verify is not looked at. */
void sw_unsubscribe_check(struct sw_slice header, struct sw_unsubscribe *ret);

#endif
