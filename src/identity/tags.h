/* SPDX-License-Identifier: MIT */
/* Lists of "tag=value" with ';' between them, as DMARC, MTA-STS, TLS-RPT and BIMI write them.
 */
#ifndef SW_IDENTITY_TAGS_H
#define SW_IDENTITY_TAGS_H

#include "base/slice.h"

struct sw_tag {
	struct sw_slice name, value; /* without blanks around them */
	bool well_formed;            /* there was a '=', and a name of letters, digits, '_' */
};

/* Cuts the next tag off *rest; false at the end. Empty pieces (";;") are passed over. */
bool sw_tag_next(struct sw_slice *rest, struct sw_tag *ret);
/* The list begins with "v=VERSION", blanks allowed; `version` in this case only. */
bool sw_tags_are(struct sw_slice text, struct sw_slice version);

#endif
