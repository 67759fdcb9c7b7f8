/* SPDX-License-Identifier: MIT */
/* P03: other ports of the server. Whether one is open says what the one that was asked for
 * cannot: a host that is down, a port that is filtered, a box that answers for everybody. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "probe/talk.h"

/* A port where nobody listens: connected there, it is not the server that answers. */
static const struct port {
	uint16_t port;
	const char *purpose;
} ports[] = {
	{ 25, "mail" },   { 465, "mail" }, { 587, "mail" },
	{ 2525, "mail" }, { 443, "web" },  { 9, "unused" },
};

struct knocks {
	struct sw_probe_run *run;
	size_t open;
	struct knock {
		struct knocks *all;
		struct sw_talk *talk;
		const struct port *port;
		struct sw_addr addr;
	} list[SW_LEN(ports)];
};

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	char ip[SW_ADDR_TEXT];
	enum sw_err e;

	if (!x->target.addr_count)
		return false;
	e = sw_buf_printf(out, "%s ports", sw_addr_ip(&x->target.addrs[0], ip));
	for (size_t i = 0; !e && i < SW_LEN(ports); i++)
		if (ports[i].port != x->target.port)
			e = sw_buf_printf(out, " %u", (unsigned)ports[i].port);
	return !e;
}

static void told(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct knock *k = arg;
	struct sw_probe_run *r = k->all->run;
	const struct sw_tcp_origin *o = &a->attempt.origin;
	const char *name = a->os_errno ? strerrorname_np(a->os_errno) : NULL;
	char ip[SW_ADDR_TEXT], offender[SW_ADDR_TEXT] = "";

	if (o->known && o->offender.len)
		sw_addr_ip(&o->offender, offender);
	if (a->end == SW_TALK_DONE || a->end == SW_TALK_NO_CONNECTION)
		SW_PROBE_STATE(
			r, SW_FACT_PROBE_PORT, SW_F_STR("address", sw_addr_ip(&k->addr, ip)),
			SW_F_INT("port", k->port->port), SW_F_STR("purpose", k->port->purpose),
			SW_F_STR("state", sw_talk_state_name(a)),
			SW_F_STR("errno_name", name ? name : ""),
			SW_F_BOOL("origin_known", o->known), SW_F_STR("offender", offender),
			SW_F_INT("elapsed_us", a->connect_us));
	else
		sw_probe_untested(r, "another port of the server", "port %u: %s",
				  (unsigned)k->port->port, sw_talk_end_name(a->end));
	sw_talk_free(t);
	k->talk = NULL;
	if (--k->all->open == 0)
		sw_probe_done(r);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct knocks *all = sw_calloc(1, sizeof(*all));

	if (!all)
		return sw_fail_nomem(err);
	r->state = all;
	all->run = r;
	for (size_t i = 0; i < SW_LEN(ports); i++) {
		struct knock *k = &all->list[i];

		if (ports[i].port == r->x->target.port)
			continue;
		*k = (struct knock){ all, NULL, &ports[i], r->x->target.addrs[0] };
		sw_addr_set_port(&k->addr, ports[i].port);
		struct sw_talk_plan plan = { .addr = k->addr, .until = SW_TALK_CONNECT };

		k->talk = sw_talk_start(r, &plan, told, k, err);
		if (!k->talk)
			return SW_E_NOMEM;
		all->open++;
	}
	return SW_OK;
}

static void stop(struct sw_probe_run *r)
{
	struct knocks *all = r->state;

	for (size_t i = 0; all && i < SW_LEN(all->list); i++)
		sw_talk_free(all->list[i].talk);
	sw_free(all);
}

const struct sw_probe sw_probe_port = {
	.id = "port",
	.source = "probe.p03",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TCP,
	.states = { SW_FACT_PROBE_PORT, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_TCP,
	.title = { "other ports of the server", "другие порты сервера" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
