/* SPDX-License-Identifier: MIT */
/* Domains of addresses: names (IDNA 2008) and address literals. */
#ifndef SW_MAIL_DOMAIN_H
#define SW_MAIL_DOMAIN_H

#include "base/arena.h"
#include "base/error.h"

struct sw_domain {
	const char *wire;	/* A-labels, as written when ASCII; "[192.0.2.1]" */
	const char *ascii;	/* A-labels in lower case; a literal as in `wire` */
	const char *utf8;	/* U-labels */
};
/* A domain name or "[...]" as RFC 5321 4.1.2 has it.  SW_E_DATA says what is wrong. */
enum sw_err sw_domain_parse(struct sw_arena *arena, struct sw_slice in, struct sw_domain *ret,
			    struct sw_error *err) SW_MUST_USE;

#endif
