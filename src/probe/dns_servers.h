/* SPDX-License-Identifier: MIT */
/* Whom to ask in an examination: the name servers in use, another resolver. */
#ifndef SW_PROBE_DNS_SERVERS_H
#define SW_PROBE_DNS_SERVERS_H

#include "net/nameservers.h"
#include "probe/probe.h"

struct sw_dns_servers {
	struct sw_addr
		system[SW_MAX_NAMESERVERS]; /* the one that the user named, or resolv.conf's */
	size_t system_count;
	bool named; /* by the user */
	bool has_second;
	struct sw_addr second;
	struct sw_error trouble; /* why there are none */
};
/* A second one is the user's; or a public one when the user named none at all and `name` is
 * one that the world may know. */
void sw_dns_servers_find(const struct sw_exam *x, const char *name,
			 struct sw_dns_servers *ret);
/* Only a name server of this machine itself is asked. */
bool sw_dns_servers_local(const struct sw_dns_servers *s);

/* A name to look at. */
struct sw_dns_subject {
	const char *name; /* without the last dot; in the arena */
	enum sw_dns_type type;
};
enum { SW_DNS_SUBJECTS = 3 };
/* Names that are wanted ("name=... type=..."), else those that the session asked for, failed
 * ones first, else the target's. */
size_t sw_dns_subjects_find(const struct sw_exam *x, struct sw_arena *arena,
			    const struct sw_want *wants, size_t count,
			    struct sw_dns_subject out[SW_DNS_SUBJECTS]);

#endif
