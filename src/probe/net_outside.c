/* SPDX-License-Identifier: MIT */
/* P09: the same port at other servers, each family by itself. One that answers is enough: then
 * this network lets the port out. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "probe/net_knock.h"
#include "probe/net_ports.h"

enum {
	MOST_PORTS = 6,
	MOST_CONTROLS = 3, /* of each port: one may be down by itself */
	MOST_LOOKUPS = MOST_PORTS * MOST_CONTROLS,
	WAIT_US = 3300 * 1000,
	DNS_US = 4000 * 1000,
};

struct outside;
/* One port in one family; its knocks bear its number. */
struct row {
	uint16_t port;
	int family;
	unsigned tried, connected, timed_out, open;
	uint64_t elapsed_us;
	char errno_name[24];
	bool stated;
};
struct lookup {
	struct outside *all;
	struct sw_host_lookup *handle;
	unsigned row; /* the first of two: IPv4, IPv6 */
};
struct outside {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
	struct row rows[2 * MOST_PORTS];
	struct lookup lookups[MOST_LOOKUPS];
	size_t row_count, lookup_count, looking;
	bool led_back; /* a name of theirs leads to the examined server */
};

/* ---- which ports */

static bool is_stated(const struct sw_facts *f, uint16_t port)
{
	for (size_t i = 0; i < sw_facts_count(f); i++) {
		const struct sw_fact *fact = sw_facts_get(f, i);

		if (fact->type == SW_FACT_PROBE_OUTSIDE &&
		    sw_fact_int(fact, "port", -1) == port)
			return true;
	}
	return false;
}

static void add_port(const struct sw_exam *x, uint16_t port, uint16_t ports[MOST_PORTS],
		     size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (ports[i] == port)
			return;
	if (port && *count < MOST_PORTS && !is_stated(x->c->facts, port))
		ports[(*count)++] = port;
}

static size_t wanted_ports(const struct sw_exam *x, const struct sw_want *wants, size_t count,
			   uint16_t ports[MOST_PORTS])
{
	static const uint16_t usual[] = { 0, 443, 25, 587, 465 };
	size_t found = 0;
	uint64_t port;

	for (size_t i = 0; i < count; i++) {
		struct sw_slice asked = sw_want_value(&wants[i], "port");

		if (wants[i].type != SW_FACT_PROBE_OUTSIDE)
			continue;
		if (asked.len == 0)
			add_port(x, x->target.port, ports, &found);
		else if (sw_slice_u64(asked, &port) && port <= UINT16_MAX)
			add_port(x, (uint16_t)port, ports, &found);
	}
	/* Whether it is this port, all that carry mail, or the whole network. */
	for (size_t i = 0; count == 0 && i < SW_LEN(usual); i++)
		add_port(x, i ? usual[i] : x->target.port, ports, &found);
	return found;
}

/* ---- servers: "host:port", "[v6]:port" */

static bool split(const char *control, char *host, size_t size, uint16_t *ret_port)
{
	const char *colon = strrchr(control, ':');
	struct sw_slice name =
		colon ? sw_slice(control, (size_t)(colon - control)) : sw_slice_str(control);
	uint64_t port;

	if (!colon || !sw_slice_u64(sw_slice_str(colon + 1), &port) || port > UINT16_MAX ||
	    name.len == 0 || name.len >= size)
		return false;
	memcpy(host, name.ptr, name.len);
	host[name.len] = '\0';
	*ret_port = (uint16_t)port;
	return true;
}

/* Those that serve this very port: what another does not offer proves nothing. */
static size_t controls_of(struct sw_exam *x, uint16_t port, const char *out[MOST_CONTROLS])
{
	const char *all[MOST_LOOKUPS];
	char host[SW_MAX_DOMAIN + 1];
	size_t count = sw_exam_controls(x, port, all, SW_LEN(all)), kept = 0;
	uint16_t its;

	for (size_t i = 0; i < count && kept < MOST_CONTROLS; i++)
		if (split(all[i], host, sizeof(host), &its) && its == port)
			out[kept++] = all[i];
	return kept;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	uint16_t ports[MOST_PORTS];
	const char *controls[MOST_CONTROLS];
	size_t port_count = wanted_ports(x, wants, count, ports);

	for (size_t i = 0; i < port_count; i++) {
		size_t found = controls_of(x, ports[i], controls);

		for (size_t k = 0; k < found; k++)
			if (sw_buf_printf(out, "%s%s", sw_buf_len(out) ? ", " : "",
					  controls[k]))
				break;
	}
	return sw_buf_len(out) > 0;
}

/* ---- what came */

static void state(struct outside *o, struct row *row)
{
	const char *how = row->connected   ? "connected"
			  : row->timed_out ? "timed_out"
					   : "failed";

	if (row->stated || row->tried == 0)
		return;
	row->stated = true;
	SW_PROBE_STATE(o->r, SW_FACT_PROBE_OUTSIDE, SW_F_INT("port", row->port),
		       SW_F_INT("family", row->family), SW_F_STR("state", how),
		       SW_F_STR("errno_name", row->errno_name),
		       SW_F_INT("elapsed_us", row->elapsed_us), SW_F_INT("tried", row->tried),
		       SW_F_INT("connected", row->connected));
}

static void on_knock(void *arg, struct sw_knocks *all, struct sw_knock *one)
{
	struct outside *o = arg;
	struct row *row;

	if (!one) {
		if (o->looking == 0)
			sw_probe_done(o->r);
		return;
	}
	row = &o->rows[one->mark];
	row->elapsed_us = one->elapsed_us;
	row->connected += one->attempt.state == SW_DIAL_CONNECTED;
	row->timed_out += one->attempt.state == SW_DIAL_TIMED_OUT;
	snprintf(row->errno_name, sizeof(row->errno_name), "%s", sw_knock_errno(one));
	row->open--;
	if (row->connected) {
		row->errno_name[0] = '\0';
		sw_knocks_cancel(all, one->mark);
		row->open = 0;
	}
	/* Another lookup may bring more of its servers, but one that stands is enough. */
	if (row->connected || (row->open == 0 && o->looking == 0))
		state(o, row);
}

static void knock(struct outside *o, unsigned number, const struct sw_addr *a)
{
	struct row *row = &o->rows[number];
	struct sw_knock k = { .addr = *a,
			      .mark = number,
			      .wait_us = sw_net_wait(o->r->x, WAIT_US) };

	if (row->stated || !sw_exam_may_knock(o->r->x, a) || !sw_knocks_add(o->knocks, &k))
		return;
	row->tried++;
	row->open++;
}

/* What all lookups together brought is under way or over. */
static void looked_up(struct outside *o)
{
	bool any = false;

	for (size_t i = 0; i < o->row_count; i++) {
		any = any || o->rows[i].tried;
		if (o->rows[i].open == 0)
			state(o, &o->rows[i]);
	}
	if (!any)
		sw_probe_untested(o->r, "outside", "%s",
				  o->led_back ? "the names of other servers lead to this one"
					      : "the servers to compare with have no address");
	sw_knocks_go(o->knocks);
}

/* Their names lead to the very server that is examined: a captive portal or a resolver that
 * invents answers. Whatever it says on a port tells nothing of other servers. */
static bool is_examined(const struct sw_exam *x, const struct sw_addr *a)
{
	char one[SW_ADDR_TEXT], other[SW_ADDR_TEXT];

	for (size_t i = 0; i < x->target.addr_count; i++)
		if (strcmp(sw_addr_ip(a, one), sw_addr_ip(&x->target.addrs[i], other)) == 0)
			return !sw_addr_is_loopback(a);
	return false;
}

static void on_address(void *arg, const struct sw_addr *addrs, size_t count,
		       const struct sw_dns_answer *const *answers SW_UNUSED,
		       size_t answer_count SW_UNUSED, enum sw_dns_status worst SW_UNUSED)
{
	struct lookup *l = arg;
	struct outside *o = l->all;
	bool taken[2] = { false, false };

	l->handle = NULL;
	o->looking--;
	for (size_t i = 0; i < count; i++) {
		bool six = sw_net_family(&addrs[i]) == 6;

		if (is_examined(o->r->x, &addrs[i])) {
			o->led_back = true;
			continue;
		}
		if (!taken[six])
			knock(o, l->row + six, &addrs[i]);
		taken[six] = true;
	}
	if (o->looking == 0)
		looked_up(o);
}

/* ---- the run */

static enum sw_err look_up(struct outside *o, struct sw_resolver *resolver, unsigned row,
			   const char *control, struct sw_error *err)
{
	struct sw_exam *x = o->r->x;
	char host[SW_MAX_DOMAIN + 1];
	struct lookup *l = &o->lookups[o->lookup_count];
	uint16_t port;

	if (o->lookup_count == MOST_LOOKUPS || !split(control, host, sizeof(host), &port))
		return SW_OK;
	*l = (struct lookup){ .all = o, .row = row };
	l->handle = sw_resolve_host(resolver, host, port, x->c->settings->families,
				    sw_exam_patience(x, DNS_US), on_address, l, err);
	if (!l->handle)
		return err->code == SW_E_NOMEM ? SW_E_NOMEM : SW_OK;
	o->lookup_count++;
	o->looking++;
	return SW_OK;
}

static enum sw_err ask_all(struct outside *o, const uint16_t ports[], size_t count,
			   struct sw_error *err)
{
	struct sw_resolver *resolver;
	const char *controls[MOST_CONTROLS];
	enum sw_err e = sw_context_get_resolver(o->r->x->c, &resolver, err);

	for (size_t i = 0; !e && i < count; i++) {
		size_t found = controls_of(o->r->x, ports[i], controls);
		unsigned row = (unsigned)o->row_count;

		o->rows[o->row_count++] = (struct row){ .port = ports[i], .family = 4 };
		o->rows[o->row_count++] = (struct row){ .port = ports[i], .family = 6 };
		for (size_t k = 0; !e && k < found; k++)
			e = look_up(o, resolver, row, controls[k], err);
	}
	return e;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct outside *o = sw_calloc(1, sizeof(*o));
	uint16_t ports[MOST_PORTS];
	enum sw_err e;

	if (!o)
		return sw_fail_nomem(err);
	r->state = o;
	o->r = r;
	o->knocks = sw_knocks_new(r->x->c->loop, 2 * MOST_LOOKUPS, sw_net_source(r->x),
				  on_knock, o, err);
	if (!o->knocks)
		return err->code;
	e = ask_all(o, ports, wanted_ports(r->x, r->wants, r->want_count, ports), err);
	if (!e && o->looking == 0)
		looked_up(o);
	return e;
}

static void stop(struct sw_probe_run *r)
{
	struct outside *o = r->state;

	for (size_t i = 0; o && i < o->lookup_count; i++)
		if (o->lookups[i].handle)
			sw_host_lookup_cancel(o->lookups[i].handle);
	if (o)
		sw_knocks_free(o->knocks);
	sw_free(o);
	r->state = NULL;
}

const struct sw_probe sw_probe_outside = {
	.id = "outside",
	.source = "probe.p09",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TCP,
	.states = { SW_FACT_PROBE_OUTSIDE, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_TCP,
	.title = { "the same port of other servers", "тот же порт других серверов" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
