/* SPDX-License-Identifier: MIT */
/* What came of the questions about one name, and the facts that it makes. */
#ifndef SW_PROBE_DNS_NAMES_H
#define SW_PROBE_DNS_NAMES_H

#include "probe/dns_servers.h"
#include "probe/dns_walk.h"

/* A resolver that was asked. */
struct sw_dns_asked {
	const char *role; /* "system" "second" */
	struct sw_addr addr;
	struct sw_ask *usual, *unchecked;
};
struct sw_dns_look {
	void *owner;
	struct sw_dns_subject subject;
	size_t server_count;
	struct sw_dns_asked servers[SW_MAX_NAMESERVERS + 1];
	struct sw_walk *walk; /* NULL: no resolver could say where to begin */
	bool walk_over;
	size_t open; /* questions under way */
};
/* States probe.resolver of each server, check.name and check.zone. */
void sw_dns_look_state(struct sw_probe_run *r, const struct sw_dns_look *l);

#endif
