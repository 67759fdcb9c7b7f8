/* SPDX-License-Identifier: MIT */
/* Which hosts take the mail of a domain (RFC 5321 5.1, RFC 7505). */
#ifndef SW_CLIENT_ROUTE_H
#define SW_CLIENT_ROUTE_H

#include "client/context.h"
#include "client/delivery.h"

struct sw_route {
	struct sw_arena arena;
	enum sw_ending ending;              /* OK: hosts; else why there are none */
	const char *hosts[SW_MAX_MX_HOSTS]; /* names or address literals, best first */
	size_t count;
};
/* `domain` as it stands in an envelope address: name or [literal]. Waits for the answer;
 * states it. */
enum sw_err sw_route_mx(struct sw_context *c, const char *domain, struct sw_route *ret,
			struct sw_error *err) SW_MUST_USE;
/* The same from an answer that somebody else has; `domain` as the DNS has it. What the route
 * held before is forgotten. */
enum sw_err sw_route_take(struct sw_context *c, const char *domain,
			  const struct sw_dns_answer *a, struct sw_route *r) SW_MUST_USE;
void sw_route_fini(struct sw_route *r);

/* The part of an envelope address behind its last '@'. */
struct sw_slice sw_route_domain(const char *address);

#endif
