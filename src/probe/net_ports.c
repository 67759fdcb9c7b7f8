/* SPDX-License-Identifier: MIT */
#include "probe/net_ports.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* RFC 5321, 8314, 6409; 2525 is what relays offer where the others are blocked. */
const struct sw_port_row sw_port_rows[] = {
	{ 25, SW_PORT_MAIL },
	{ 465, SW_PORT_MAIL },
	{ 587, SW_PORT_MAIL },
	{ 2525, SW_PORT_MAIL },
	{ 443, SW_PORT_WEB },
	{ 80, SW_PORT_WEB },
	/* In the range that IANA assigns to nobody, and above the ports that systems give out
	 * by themselves (Linux: up to 60999). */
	{ 64123, SW_PORT_UNUSED },
};
const size_t sw_port_row_count = SW_LEN(sw_port_rows);

const char *sw_port_purpose_name(enum sw_port_purpose p)
{
	static const char *const names[] = {
		[SW_PORT_MAIL] = "mail", [SW_PORT_WEB] = "web", [SW_PORT_UNUSED] = "unused"
	};

	return names[p];
}

const struct sw_addr *sw_net_source(const struct sw_exam *x)
{
	const struct sw_addr *source = &x->c->settings->source;

	return source->len ? source : NULL;
}

uint64_t sw_net_wait(const struct sw_exam *x, uint64_t usual_us)
{
	uint64_t until_us = sw_exam_patience(x, usual_us), now_us = sw_context_now(x->c);

	return until_us > now_us ? until_us - now_us : 0;
}

static bool is_about(const struct sw_fact *f, const char *ip, uint16_t port)
{
	return sw_slice_eq(sw_fact_text(f, "address"), sw_slice_str(ip)) &&
	       sw_fact_int(f, "port", -1) == port;
}

static const struct sw_fact *last_about(const struct sw_facts *f, enum sw_fact_type type,
					const struct sw_addr *a)
{
	char ip[SW_ADDR_TEXT];

	sw_addr_ip(a, ip);
	for (size_t i = sw_facts_count(f); i > 0; i--) {
		const struct sw_fact *fact = sw_facts_get(f, i - 1);

		if (fact->type == type && is_about(fact, ip, sw_addr_port(a)))
			return fact;
	}
	return NULL;
}

const struct sw_fact *sw_net_session_attempt(const struct sw_facts *f, const struct sw_addr *a)
{
	const struct sw_fact *fact = last_about(f, SW_FACT_TCP_ATTEMPT, a);
	struct sw_slice state = sw_fact_text(fact, "state");

	return sw_slice_eq(state, SW_S("connected")) || sw_slice_eq(state, SW_S("failed")) ||
			       sw_slice_eq(state, SW_S("timed_out"))
		       ? fact
		       : NULL;
}

const struct sw_fact *sw_net_known_port(const struct sw_facts *f, const struct sw_addr *a)
{
	return last_about(f, SW_FACT_PROBE_PORT, a);
}

bool sw_net_is_here(const struct sw_addr *a)
{
	struct ifaddrs *all = NULL;
	char ip[SW_ADDR_TEXT], own[SW_ADDR_TEXT];
	bool found = sw_addr_is_loopback(a);

	sw_addr_ip(a, ip);
	if (found || getifaddrs(&all) != 0)
		return found;
	for (const struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
		struct sw_addr addr = { 0 };

		if (!i->ifa_addr || i->ifa_addr->sa_family != a->ss.ss_family)
			continue;
		addr.len = a->len;
		memcpy(&addr.ss, i->ifa_addr, addr.len);
		found = strcmp(sw_addr_ip(&addr, own), ip) == 0;
	}
	freeifaddrs(all);
	return found;
}

int sw_net_family(const struct sw_addr *a)
{
	return a->ss.ss_family == AF_INET6 ? 6 : 4;
}

static bool fits(const struct sw_want *w, const char *key, const char *value)
{
	struct sw_slice asked = sw_want_value(w, key);

	return asked.len == 0 || sw_slice_eq_nocase(asked, sw_slice_str(value));
}

bool sw_net_want_fits(const struct sw_want *w, const struct sw_addr *a, const char *purpose)
{
	char ip[SW_ADDR_TEXT], port[8];

	sw_addr_ip(a, ip);
	snprintf(port, sizeof(port), "%u", (unsigned)sw_addr_port(a));
	return fits(w, "address", ip) && fits(w, "port", port) && fits(w, "purpose", purpose);
}
