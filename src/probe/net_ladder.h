/* SPDX-License-Identifier: MIT */
/* What two ladders of TTLs say together: where the way to one port ends, and how far the
 * server is by another one. Pure. */
#ifndef SW_PROBE_NET_LADDER_H
#define SW_PROBE_NET_LADDER_H

#include "base/slice.h"

enum { SW_LADDER_HOPS = 30 };
enum sw_rung {
	SW_RUNG_SILENT = 0,
	SW_RUNG_HOP,       /* a router said that the packet had travelled far enough */
	SW_RUNG_CONNECTED, /* whoever is there */
	SW_RUNG_RESET,
	SW_RUNG_FORBIDDEN, /* ICMP: no way further */
};
struct sw_ladder {
	enum sw_rung at[SW_LADDER_HOPS + 1]; /* by TTL, from 1 */
};
/* The nearest place from where the port itself was answered; 0 never. */
unsigned sw_ladder_answer(const struct sw_ladder *l);
/* The last router that answered before that; 0 none. */
unsigned sw_ladder_last_hop(const struct sw_ladder *l);
/* Where the port's last sign came from, told from where the server answers on its other port:
 * "near" in the first half of the way, "server" its end, "far" between; "" cannot be told.
 * `offender`: the hop of the router that refused by ICMP, 0 when it is not among them. */
const char *sw_ladder_place(const struct sw_ladder *port, const struct sw_ladder *other,
			    unsigned offender);
const char *sw_rung_name(enum sw_rung r);

#endif
