/* SPDX-License-Identifier: MIT */
/* What the guards of one context share. Nobody else includes this. */
#ifndef SW_CLIENT_GUARD_MEMORY_H
#define SW_CLIENT_GUARD_MEMORY_H

#include <stdio.h>

#include "client/guard.h"
#include "identity/mta_sts.h"

/* A policy of MTA-STS as it was fetched. */
struct sw_sts_memory {
	struct sw_sts_memory *next;
	char *domain;
	char id[33];
	int64_t fetched_s;  /* wall clock; the policy is good for max_age from then */
	int64_t failed_s;   /* 0, or when fetching failed last: not again at once */
	char failed_id[33]; /* and for which id */
	struct sw_buf text; /* empty: none */
	struct sw_sts_policy policy; /* of the text */
};

struct sw_guard_memory {
	struct sw_context *c;
	struct sw_resolver *resolver; /* that validates; NULL: none */
	struct sw_resolver *borrowed; /* the same, when it is the context's own */
	struct sw_query *check;
	uint64_t check_until_us;
	bool made, checked, validates, told;
	char why[96];
	struct sw_sts_memory *sts; /* newest first */
};
/* NULL without memory. */
struct sw_guard_memory *sw_guard_memory(struct sw_context *c);

#endif
