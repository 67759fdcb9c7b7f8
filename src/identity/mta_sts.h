/* SPDX-License-Identifier: MIT */
/* MTA-STS (RFC 8461): the record, the policy file, and whether an MX host is one that the
 * policy allows. Who fetches the file over HTTPS is somebody else. */
#ifndef SW_IDENTITY_MTA_STS_H
#define SW_IDENTITY_MTA_STS_H

#include "base/slice.h"
#include "identity/asks.h"

enum sw_sts_flaw {
	SW_STS_GOOD = 0,
#define SW_STS_FLAW(name, text) SW_STS_##name,
#include "identity/mta_sts_flaw.def"
#undef SW_STS_FLAW
	SW_STS_FLAW_COUNT
};
const char *sw_sts_flaw_text(enum sw_sts_flaw f);

/* The id of "v=STSv1; id=...;": 1 to 32 letters and digits. */
enum sw_sts_flaw sw_sts_record_read(struct sw_slice txt, struct sw_slice *ret_id);
/* Of the answer for _mta-sts.DOMAIN: records that are none are passed over, more than one of
 * them is as none (3.1). The answer was OK, NODATA or NXDOMAIN. */
enum sw_sts_flaw sw_sts_answer_read(const struct sw_ask *a, struct sw_slice *ret_id);

enum sw_sts_mode { SW_STS_NONE = 0, SW_STS_TESTING, SW_STS_ENFORCE };
const char *sw_sts_mode_name(enum sw_sts_mode m);

struct sw_sts_policy {
	enum sw_sts_mode mode;
	uint32_t max_age_s;
	struct sw_slice
		mx[SW_MAX_STS_MX]; /* borrowed from the text; "*.example.test" allowed */
	size_t mx_count;
	unsigned line; /* of the flaw, from 1; 0: the whole file */
};

/* Strict (3.2): a field twice (but mx), an unknown mode, no max_age make it void. Fields that
 * the standard does not know are passed over. */
enum sw_sts_flaw sw_sts_policy_read(struct sw_slice text, struct sw_sts_policy *ret);
/* "*" stands for one label, the first (4.1). */
bool sw_sts_allows(const struct sw_sts_policy *p, struct sw_slice host);

#endif
