/* SPDX-License-Identifier: MIT */
/* Our loop for libunbound. Its own adapter for libevent gives the base back to the heap when
 * its worker cannot be made for want of memory, while we still run in it; this one does not.
 */
#ifndef SW_NET_UNBOUND_EVENTS_H
#define SW_NET_UNBOUND_EVENTS_H

#include <unbound.h>
#include <unbound-event.h>

struct event_base;

struct sw_unbound_events {
	struct ub_event_base base;
	struct event_base *loop;
};

/* `e` stays where it is, and lives longer than the context that is made with it. */
void sw_unbound_events_init(struct sw_unbound_events *e, struct event_base *loop);

#endif
