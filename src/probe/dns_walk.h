/* SPDX-License-Identifier: MIT */
/* From a name to the servers of its domain, and what each of them says: the closest zone above
 * it that a resolver knows, from there down along the delegations, asking without recursion.
 * What a resolver has kept from earlier plays no part but in where it begins. */
#ifndef SW_PROBE_DNS_WALK_H
#define SW_PROBE_DNS_WALK_H

#include "base/arena.h"
#include "net/ask.h"

enum {
	SW_WALK_SERVERS = 8, /* of one zone that are asked; more is rare */
	SW_WALK_ANCESTORS = 8,
	SW_WALK_DEPTH = 4, /* delegations followed */
};

struct sw_walk_wish {
	struct sw_addr resolver; /* any that answers */
	const char *name;        /* in the arena, like all that comes of it */
	enum sw_dns_type type;
	uint16_t port;        /* of the servers; 0: 53 */
	uint64_t patience_us; /* for one round of questions; a walk has a handful */
	uint64_t deadline_us; /* for all, absolute */
};
/* One address of a name server of the zone. */
struct sw_walk_server {
	const char *name;
	struct sw_addr addr; /* len 0: its name leads nowhere */
	struct sw_ask *soa, *answer;
};
struct sw_walk_zone {
	const char *name;
	size_t count;
	struct sw_walk_server servers[SW_WALK_SERVERS];
};

/* What a server of a zone proved to be. */
enum sw_walk_kind {
	SW_WALK_SERVES = 0, /* answers with authority, or delegates on */
	SW_WALK_LAME, /* answers, but does not serve the zone: refuses, fails, no authority */
	SW_WALK_RELAYED, /* answers as a resolver does: it may well be one in its place */
	SW_WALK_SILENT,
	SW_WALK_NOWHERE,     /* its name has no address */
	SW_WALK_UNREACHABLE, /* for us: no route, say */
	SW_WALK_KINDS
};
enum sw_walk_kind sw_walk_kind_of(const struct sw_walk_server *s, const char *zone);
const char *sw_walk_kind_name(enum sw_walk_kind k);

struct sw_walk;
/* The walk is over but must still be freed, also in the callback. */
typedef void (*sw_walk_fn)(void *arg, struct sw_walk *w);
/* Never calls back before it returns, then once. `wish` is copied. */
struct sw_walk *sw_walk_start(struct sw_loop *loop, struct sw_arena *arena,
			      const struct sw_walk_wish *wish, sw_walk_fn fn, void *arg,
			      struct sw_error *err) SW_MUST_USE;
/* The zone that holds the name; NULL when no zone was found. Its servers' questions are over,
 * those that time did not allow are NULL. */
const struct sw_walk_zone *sw_walk_get_zone(const struct sw_walk *w);
/* Servers of a zone above have answered us: what is silent is so by itself. */
bool sw_walk_is_direct(const struct sw_walk *w);
/* Also cancels. NULL is fine. */
void sw_walk_free(struct sw_walk *w);

#endif
