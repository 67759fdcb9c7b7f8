/* SPDX-License-Identifier: MIT */
/* What a server says of itself in its EHLO answer. */
#ifndef SW_SMTP_CAPS_H
#define SW_SMTP_CAPS_H

#include "mail/status.h"

enum sw_cap {	/* one bit each; names in caps.c's table */
	SW_CAP_PIPELINING = 1u << 0,
	SW_CAP_SIZE = 1u << 1,
	SW_CAP_8BITMIME = 1u << 2,
	SW_CAP_SMTPUTF8 = 1u << 3,
	SW_CAP_STARTTLS = 1u << 4,
	SW_CAP_AUTH = 1u << 5,
	SW_CAP_ENHANCEDSTATUSCODES = 1u << 6,
	SW_CAP_DSN = 1u << 7,
	SW_CAP_CHUNKING = 1u << 8,
	SW_CAP_BINARYMIME = 1u << 9,
	SW_CAP_REQUIRETLS = 1u << 10,
	SW_CAP_LIMITS = 1u << 11,
	SW_CAP_DELIVERBY = 1u << 12,
	SW_CAP_FUTURERELEASE = 1u << 13,
	SW_CAP_MT_PRIORITY = 1u << 14,
	SW_CAP_XCLIENT = 1u << 15,
};
struct sw_caps {
	uint32_t bits;
	uint64_t size_limit;		/* 0: none stated */
	/* What stands behind the keywords; 0: no limit is stated. */
	uint64_t rcpt_max, mail_max, rcpt_domain_max; /* LIMITS, RFC 9422 */
	uint64_t hold_max_s;		/* FUTURERELEASE, RFC 4865 */
	uint64_t deliver_by_min_s;	/* DELIVERBY, RFC 2852 */
	char auth[256];			/* mechanisms, upper case, one blank between; from AUTH,
					 * "AUTH=" and X-EXPS lines together */
	char name[256];			/* the first word of the first line */
	char *raw;			/* all keyword lines as sent, '\n' between; sw_free */
	bool helo;			/* HELO was all that worked */
	bool masked_starttls;		/* a keyword of only X, or STARTTLS with letters replaced (M01) */
};
enum sw_err sw_caps_parse(const struct sw_reply *ehlo, struct sw_caps *ret) SW_MUST_USE;
void sw_caps_fini(struct sw_caps *c);
static inline bool sw_caps_has(const struct sw_caps *c, enum sw_cap cap)
{
	return (c->bits & (uint32_t)cap) != 0;
}
const char *sw_cap_name(enum sw_cap cap);

#endif
