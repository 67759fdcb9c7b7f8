/* SPDX-License-Identifier: MIT */
/* P25: what an ordinary user can see of this machine without a packet leaving it: routes,
 * addresses of its own, its packet filter by what it did to the session, limits, proxies. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/file.h"
#include "net/tcp.h"
#include "probe/net_ports.h"
#include "probe/net_proc.h"

/* ---- routes */

static const char *name_of(int os_errno)
{
	const char *name = os_errno ? strerrorname_np(os_errno) : "";

	return name ? name : "";
}

/* Connecting a datagram socket asks the kernel for a route and sends nothing. */
static int route(const struct sw_addr *to, const struct sw_addr *source,
		 struct sw_addr *ret_own)
{
	int fd = socket(to->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), os_errno = 0;

	*ret_own = (struct sw_addr){ 0 };
	if (fd < 0)
		return errno;
	if (source && source->ss.ss_family == to->ss.ss_family &&
	    bind(fd, (const struct sockaddr *)&source->ss, source->len) != 0)
		os_errno = errno;
	if (!os_errno && connect(fd, (const struct sockaddr *)&to->ss, to->len) != 0)
		os_errno = errno;
	if (!os_errno && !sw_tcp_local(fd, ret_own))
		*ret_own = (struct sw_addr){ 0 };
	close(fd);
	return os_errno;
}

static bool read_proc(const char *path, struct sw_buf *out)
{
	sw_buf_clear(out);
	return sw_file_read(path, SW_FILE_INPUT, SW_MAX_PROC_FILE, out, NULL) == SW_OK;
}

/* Whether the next box on the way is there at all: the kernel has asked for it when packets
 * were to go over it. */
static const char *gateway_state(void)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text;
	struct sw_addr gateway;

	sw_buf_init(&text, SW_MAX_PROC_FILE);
	if (!read_proc("/proc/net/route", &text) ||
	    !sw_proc_gateway(sw_buf_slice(&text), &gateway) ||
	    !read_proc("/proc/net/arp", &text))
		return "";
	return sw_proc_neighbour(sw_buf_slice(&text), &gateway);
}

static void state_route(struct sw_probe_run *r, const char *name, const struct sw_addr *to)
{
	struct sw_addr own;
	char ip[SW_ADDR_TEXT] = "";
	int os_errno = route(to, sw_net_source(r->x), &own);

	if (own.len)
		sw_addr_ip(&own, ip);
	SW_PROBE_STATE(
		r, SW_FACT_LOCAL_ROUTE, SW_F_STR("address", name),
		SW_F_BOOL("found", os_errno == 0), SW_F_STR("errno_name", name_of(os_errno)),
		SW_F_STR("source_address", ip),
		SW_F_STR("gateway", strcmp(name, "default-4") == 0 ? gateway_state() : ""));
}

static void look_at_routes(struct sw_probe_run *r)
{
	/* Any address that is surely elsewhere would do: those of two root name servers, which
	 * do not move (nothing is sent to them). */
	static const struct {
		const char *name, *ip;
	} elsewhere[] = { { "default-4", "198.41.0.4" },
			  { "default-6", "2001:503:ba3e::2:30" } };
	const struct sw_exam_target *t = &r->x->target;
	char ip[SW_ADDR_TEXT];
	struct sw_addr a;

	for (size_t i = 0; i < t->addr_count; i++) {
		a = t->addrs[i];
		sw_addr_set_port(&a, t->port ? t->port : 25);
		state_route(r, sw_addr_ip(&a, ip), &a);
	}
	for (size_t i = 0; i < SW_LEN(elsewhere); i++)
		if (sw_addr_parse(sw_slice_str(elsewhere[i].ip), 53, &a))
			state_route(r, elsewhere[i].name, &a);
}

/* ---- our own addresses, our own packet filter */

static bool is_ours(struct sw_slice text)
{
	struct sw_addr a;

	return sw_addr_parse(text, 0, &a) && sw_net_is_here(&a);
}

static bool is_told(const struct sw_probe_run *r, struct sw_slice address)
{
	const struct sw_facts *f = r->x->c->facts;

	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_LOCAL_ADDRESS &&
		    sw_slice_eq(sw_fact_text(fact, "address"), address))
			return true;
	}
	return false;
}

static void state_own(struct sw_probe_run *r, struct sw_slice address)
{
	if (address.len && !is_told(r, address))
		SW_PROBE_STATE(r, SW_FACT_LOCAL_ADDRESS, SW_F_TEXT("address", address),
			       SW_F_BOOL("own", is_ours(address)));
}

/* A rule of this machine is seen by what it does: repeats of a SYN that never leave, or an
 * ICMP message about a packet to elsewhere that comes from ourselves. Host unreachable (code
 * 1, in ICMPv6 3) is no rule: so the link layer says that nobody answers there. */
static void state_filter(struct sw_probe_run *r, const struct sw_fact *a)
{
	struct sw_slice offender = sw_fact_text(a, "offender");
	int64_t type = sw_fact_int(a, "icmp_type", 0), code = sw_fact_int(a, "icmp_code", 0);
	bool v6 = sw_slice_find(offender, ':') < offender.len;
	bool link = v6 ? type == 1 && code == 3 : type == 3 && code == 1;
	bool back = sw_fact_int(a, "kept_back", 0) != 0;
	bool rejected = offender.len && !link && is_ours(offender) &&
			!is_ours(sw_fact_text(a, "address"));

	SW_PROBE_STATE(r, SW_FACT_LOCAL_FIREWALL, SW_F_INT("port", sw_fact_int(a, "port", 0)),
		       SW_F_STR("verdict", back       ? "drop"
					   : rejected ? "reject"
						      : "unseen"),
		       SW_F_STR("rule", ""));
}

static void look_at_attempts(struct sw_probe_run *r)
{
	const struct sw_facts *f = r->x->c->facts;
	size_t count = sw_facts_count(f);

	for (size_t i = 0; i < count; i++) {
		/* Facts may move while others are stated. */
		const struct sw_fact *a = sw_facts_get(f, i);

		if (a->type == SW_FACT_TCP_ATTEMPT)
			state_own(r, sw_fact_text(a, "offender"));
		a = sw_facts_get(f, i);
		if (a->type == SW_FACT_TCP_ATTEMPT)
			state_filter(r, a);
		a = sw_facts_get(f, i);
		if (a->type == SW_FACT_SEND_WISH)
			state_own(r, sw_fact_text(a, "source_address"));
	}
}

/* ---- limits */

static void look_at_descriptors(struct sw_probe_run *r)
{
	struct sw_dir_list list;
	struct rlimit most;

	if (getrlimit(RLIMIT_NOFILE, &most) != 0 || most.rlim_cur == RLIM_INFINITY ||
	    sw_dir_read("/proc/self/fd", SW_MAX_PROC_NAMES, &list, NULL) != SW_OK) {
		sw_probe_untested(r, "descriptors", "%s", "/proc/self/fd cannot be read");
		return;
	}
	SW_PROBE_STATE(r, SW_FACT_LOCAL_LIMIT, SW_F_STR("what", "descriptors"),
		       SW_F_INT("used", list.count), SW_F_INT("most", most.rlim_cur));
	sw_dir_list_fini(&list);
}

/* Sockets whose own port is one of those that the system gives out, TIME_WAIT included. */
static int64_t used_ports(struct sw_slice rest, uint16_t first, uint16_t last)
{
	struct sw_proc_socket s;
	int64_t used = 0;

	while (sw_proc_next_socket(&rest, &s)) {
		uint16_t port = sw_addr_port(&s.local);

		used += port >= first && port <= last;
	}
	return used;
}

static void look_at_ports(struct sw_probe_run *r)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text;
	uint16_t first, last;
	int64_t used = 0;

	sw_buf_init(&text, SW_MAX_PROC_FILE);
	if (!read_proc("/proc/sys/net/ipv4/ip_local_port_range", &text) ||
	    !sw_proc_range(sw_buf_slice(&text), &first, &last) ||
	    !read_proc("/proc/net/tcp", &text)) {
		sw_probe_untested(r, "ports", "%s", "/proc/net/tcp cannot be read");
		return;
	}
	used = used_ports(sw_buf_slice(&text), first, last);
	if (read_proc("/proc/net/tcp6", &text))
		used += used_ports(sw_buf_slice(&text), first, last);
	SW_PROBE_STATE(r, SW_FACT_LOCAL_LIMIT, SW_F_STR("what", "ports"),
		       SW_F_INT("used", used), SW_F_INT("most", last - first + 1));
}

/* ---- proxies */

static void look_at_proxies(struct sw_probe_run *r)
{
	static const char *const names[] = { "all_proxy",   "ALL_PROXY",   "socks_proxy",
					     "SOCKS_PROXY", "https_proxy", "HTTPS_PROXY",
					     "http_proxy",  "HTTP_PROXY" };
	struct sw_slice proxy = { 0 };

	for (size_t i = 0; i < SW_LEN(names) && proxy.len == 0; i++) {
		const char *value = getenv(names[i]);

		if (value)
			proxy = sw_proc_proxy(sw_slice_str(value));
	}
	SW_PROBE_STATE(r, SW_FACT_LOCAL_ENV, SW_F_TEXT("proxy", proxy));
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err SW_UNUSED)
{
	look_at_routes(r);
	look_at_attempts(r);
	sw_probe_done(r);
	return SW_OK;
}

static enum sw_err start_limits(struct sw_probe_run *r, struct sw_error *err SW_UNUSED)
{
	look_at_descriptors(r);
	look_at_ports(r);
	look_at_proxies(r);
	sw_probe_done(r);
	return SW_OK;
}

static void stop(struct sw_probe_run *r SW_UNUSED)
{
}

const struct sw_probe sw_probe_local = {
	.id = "local",
	.source = "probe.p25",
	.kind = SW_PROBE_PASSIVE,
	.stage = SW_STAGE_LOCAL,
	.states = { SW_FACT_LOCAL_ROUTE, SW_FACT_LOCAL_ADDRESS, SW_FACT_LOCAL_FIREWALL,
		    SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "routes and addresses of this machine", "маршруты и адреса этой машины" },
	.start = start,
	.stop = stop,
};
const struct sw_probe sw_probe_limits = {
	.id = "limits",
	.source = "probe.p25",
	.kind = SW_PROBE_PASSIVE,
	.stage = SW_STAGE_LOCAL,
	.states = { SW_FACT_LOCAL_LIMIT, SW_FACT_LOCAL_ENV, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "limits and settings of this machine", "пределы и настройки этой машины" },
	.start = start_limits,
	.stop = stop,
};
