/* SPDX-License-Identifier: MIT */
/* Which ports of which addresses the network probes look at, and what is known of them. */
#ifndef SW_PROBE_NET_PORTS_H
#define SW_PROBE_NET_PORTS_H

#include "probe/probe.h"

enum sw_port_purpose { SW_PORT_MAIL = 0, SW_PORT_WEB, SW_PORT_UNUSED };
const char *sw_port_purpose_name(enum sw_port_purpose p);
struct sw_port_row {
	uint16_t port;
	enum sw_port_purpose purpose;
};
/* 25 465 587 2525, 443 80, and one that nobody serves. */
extern const struct sw_port_row sw_port_rows[];
extern const size_t sw_port_row_count;

/* Where connections are to leave from; NULL any. */
const struct sw_addr *sw_net_source(const struct sw_exam *x);
/* sw_exam_patience as a time from now; 0 when the call is over. */
uint64_t sw_net_wait(const struct sw_exam *x, uint64_t usual_us);
/* Whether an attempt of the session at this address and port came to an end by itself: it
 * stood, failed or had its time. The last one; NULL none. */
const struct sw_fact *sw_net_session_attempt(const struct sw_facts *f,
					     const struct sw_addr *a);
/* What a probe has said of this port; NULL nothing. */
const struct sw_fact *sw_net_known_port(const struct sw_facts *f, const struct sw_addr *a);
/* Loopback, or an address of this machine: there is no way to it. */
bool sw_net_is_here(const struct sw_addr *a);
/* 4, 6. */
int sw_net_family(const struct sw_addr *a);
/* A want that selects nothing else than these: values that it does not name fit. */
bool sw_net_want_fits(const struct sw_want *w, const struct sw_addr *a, const char *purpose);

#endif
