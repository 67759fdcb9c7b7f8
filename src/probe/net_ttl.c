/* SPDX-License-Identifier: MIT */
/* P06: where a port's way ends, told by connections whose packets may take so many hops only:
 * every router that ends one says so, and an ordinary user hears it (IP_RECVERR). Ladders to
 * other ports of the same server, one for mail and one that is not, show how far the server
 * is: the longer one, for who takes over one mail port in its place takes over others, too. */
#include <string.h>

#include "base/mem.h"
#include "probe/net_knock.h"
#include "probe/net_ladder.h"
#include "probe/net_ports.h"

enum {
	PORT = 0, /* the ladder of the port in question */
	MAIL,     /* of those to compare with */
	WEB,
	LADDERS,
	CANDIDATE = LADDERS,   /* + MAIL or WEB: a port that may become one of these */
	RUNG_US = 1000 * 1000, /* routers answer, or do not */
	/* Between two rungs: a server far away sees few connections beyond the first. */
	STEP_US = 30 * 1000,
	CANDIDATE_US = 2500 * 1000,
	MOST = LADDERS * SW_LADDER_HOPS + 8,
	MARK = 256, /* marks are kind * MARK + TTL */
};

struct climb {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
	struct sw_addr addr;
	struct sw_ladder ladder[LADDERS];
	struct other {
		uint16_t port;  /* 0 none yet */
		uint16_t reset; /* a candidate that was refused by a reset: better than none */
		size_t candidates;
	} others[LADDERS];                             /* MAIL and WEB */
	char hop_ip[SW_LADDER_HOPS + 1][SW_ADDR_TEXT]; /* of the port's ladder */
	char offender[SW_ADDR_TEXT];
	bool here; /* there is no way to an address of this machine */
};

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	struct sw_addr a;
	char text[SW_ADDR_TEXT];

	if (sw_exam_address(x, &a) && sw_net_is_here(&a))
		return true;
	return sw_exam_address(x, &a) &&
	       sw_buf_printf(out, "%s and the routers on the way, up to %d hops",
			     sw_addr_text(&a, text), SW_LADDER_HOPS) == SW_OK;
}

static void add_ladder(struct climb *c, unsigned kind, uint16_t port)
{
	uint64_t now_us = sw_context_now(c->r->x->c);

	for (unsigned ttl = 1; ttl <= SW_LADDER_HOPS; ttl++) {
		struct sw_knock k = { .addr = c->addr,
				      .ttl = ttl,
				      .mark = kind * MARK + ttl,
				      .start_us = now_us + (ttl - 1) * STEP_US,
				      .wait_us = RUNG_US };

		sw_addr_set_port(&k.addr, port);
		if (!sw_knocks_add(c->knocks, &k))
			return;
	}
}

static void cancel_above(struct climb *c, unsigned kind, unsigned ttl)
{
	while (++ttl <= SW_LADDER_HOPS)
		sw_knocks_cancel(c->knocks, kind * MARK + ttl);
}

/* ---- the ports to compare with */

static void take_other(struct climb *c, unsigned kind, uint16_t port)
{
	c->others[kind].port = port;
	c->others[kind].candidates = 0;
	sw_knocks_cancel(c->knocks, (CANDIDATE + kind) * MARK);
	add_ladder(c, kind, port);
}

static void on_candidate(struct climb *c, unsigned kind, const struct sw_knock *one)
{
	struct other *o = &c->others[kind];

	if (o->port)
		return;
	o->candidates--;
	if (one->attempt.state == SW_DIAL_CONNECTED)
		take_other(c, kind, sw_addr_port(&one->addr));
	else if (sw_knock_answered(one) && !o->reset)
		o->reset = sw_addr_port(&one->addr);
	if (!o->port && o->candidates == 0 && o->reset)
		take_other(c, kind, o->reset);
}

static bool is_of(const struct climb *c, unsigned kind, const struct sw_port_row *row)
{
	return row->port != sw_addr_port(&c->addr) &&
	       (row->purpose == SW_PORT_MAIL) == (kind == MAIL);
}

static void add_candidate(struct climb *c, unsigned kind, const struct sw_addr *addr)
{
	struct sw_knock k = { .addr = *addr,
			      .mark = (CANDIDATE + kind) * MARK,
			      .wait_us = CANDIDATE_US };

	if (sw_exam_may_knock(c->r->x, addr) && sw_knocks_add(c->knocks, &k))
		c->others[kind].candidates++;
}

/* One that is known to answer, or whichever does first. */
static void find_other(struct climb *c, unsigned kind)
{
	struct sw_addr a = c->addr, open[16];
	size_t count = 0;

	for (size_t i = 0; i < sw_port_row_count && count < SW_LEN(open); i++) {
		if (!is_of(c, kind, &sw_port_rows[i]))
			continue;
		sw_addr_set_port(&a, sw_port_rows[i].port);
		const struct sw_fact *known = sw_net_known_port(c->r->x->c->facts, &a);
		struct sw_slice state = sw_fact_text(known, "state");

		if (sw_slice_eq(state, SW_S("connected"))) {
			take_other(c, kind, sw_port_rows[i].port);
			return;
		}
		if (!sw_slice_eq(state, SW_S("timed_out")))
			open[count++] = a;
	}
	for (size_t i = 0; i < count; i++)
		add_candidate(c, kind, &open[i]);
}

/* ---- what came */

static enum sw_rung rung_of(const struct sw_knock *k)
{
	if (k->attempt.state == SW_DIAL_CONNECTED)
		return SW_RUNG_CONNECTED;
	if (sw_knock_expired(k))
		return SW_RUNG_HOP;
	if (sw_knock_answered(k))
		return SW_RUNG_RESET;
	/* Our own link layer says that the next hop is not there: no sign of the way. */
	if (k->attempt.state == SW_DIAL_FAILED && k->attempt.origin.known &&
	    !sw_net_is_here(&k->attempt.origin.offender))
		return SW_RUNG_FORBIDDEN;
	return SW_RUNG_SILENT;
}

static void on_rung(struct climb *c, unsigned kind, unsigned ttl, const struct sw_knock *one)
{
	enum sw_rung rung = rung_of(one);

	c->ladder[kind].at[ttl] = rung;
	/* It did not get out of this machine, and nor will the others. */
	if (one->attempt.state == SW_DIAL_FAILED && !one->attempt.origin.known &&
	    rung == SW_RUNG_SILENT)
		cancel_above(c, kind, 0);
	if (kind == PORT && rung == SW_RUNG_HOP)
		sw_knock_offender(one, c->hop_ip[ttl]);
	if (kind == PORT && rung == SW_RUNG_FORBIDDEN && !c->offender[0])
		sw_knock_offender(one, c->offender);
	if (rung > SW_RUNG_HOP)
		cancel_above(c, kind, ttl);
}

/* The router that refused, by its place among those that let a smaller TTL end. */
static unsigned offender_hop(const struct climb *c)
{
	for (unsigned ttl = 1; ttl <= SW_LADDER_HOPS && c->offender[0]; ttl++)
		if (strcmp(c->hop_ip[ttl], c->offender) == 0)
			return ttl;
	return 0;
}

/* The ladder that says how far the server is. */
static unsigned further(const struct climb *c)
{
	return sw_ladder_answer(&c->ladder[WEB]) > sw_ladder_answer(&c->ladder[MAIL]) ? WEB
										      : MAIL;
}

static void state(struct climb *c)
{
	unsigned other_kind = further(c);
	const struct sw_ladder *port = &c->ladder[PORT], *other = &c->ladder[other_kind];
	unsigned answer = sw_ladder_answer(port), last = sw_ladder_last_hop(port);
	unsigned expected = sw_ladder_answer(other);
	char ip[SW_ADDR_TEXT];

	if (!answer && !last && !expected && !c->here)
		sw_probe_untested(
			c->r, "hops", "%s",
			"no router on the way answers, and no other port of the server does");
	sw_addr_ip(&c->addr, ip);
	/* What is not known is not stated: 0 would be an answer. */
	struct sw_field fields[12] = {
		SW_F_STR("address", ip),
		SW_F_INT("port", sw_addr_port(&c->addr)),
		SW_F_STR("answer", sw_rung_name(port->at[answer])),
		SW_F_INT("last_hop", last),
		SW_F_STR("last_hop_address", last ? c->hop_ip[last] : ""),
		SW_F_STR("place",
			 c->here ? "here" : sw_ladder_place(port, other, offender_hop(c))),
	};
	size_t count = 6;

	if (answer)
		fields[count++] = SW_F_INT("hops_answer", answer);
	if (expected) {
		fields[count++] = SW_F_INT("hops_expected", expected);
		fields[count++] = SW_F_INT("expected_port", c->others[other_kind].port);
	}
	if (offender_hop(c))
		fields[count++] = SW_F_INT("offender_hop", offender_hop(c));
	sw_facts_state(c->r->x->c->facts, SW_FACT_PROBE_TTL, c->r->probe->stage,
		       c->r->probe->source, sw_context_now(c->r->x->c), fields, count);
}

static void on_knock(void *arg, struct sw_knocks *all SW_UNUSED, struct sw_knock *one)
{
	struct climb *c = arg;

	if (!one) {
		state(c);
		sw_probe_done(c->r);
	} else if (one->mark / MARK >= CANDIDATE) {
		on_candidate(c, one->mark / MARK - CANDIDATE, one);
	} else {
		on_rung(c, one->mark / MARK, one->mark % MARK, one);
	}
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct climb *c = sw_calloc(1, sizeof(*c));

	if (!c)
		return sw_fail_nomem(err);
	r->state = c;
	c->r = r;
	c->knocks = sw_knocks_new(r->x->c->loop, MOST, sw_net_source(r->x), on_knock, c, err);
	if (!c->knocks)
		return err->code;
	c->here = sw_exam_address(r->x, &c->addr) && sw_net_is_here(&c->addr);
	if (!c->here && sw_exam_may_knock(r->x, &c->addr)) {
		add_ladder(c, PORT, sw_addr_port(&c->addr));
		find_other(c, MAIL);
		find_other(c, WEB);
	}
	sw_knocks_go(c->knocks);
	return SW_OK;
}

static void stop(struct sw_probe_run *r)
{
	struct climb *c = r->state;

	if (c)
		sw_knocks_free(c->knocks);
	sw_free(c);
	r->state = NULL;
}

const struct sw_probe sw_probe_ttl = {
	.id = "ttl",
	.source = "probe.p06",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TCP,
	.states = { SW_FACT_PROBE_TTL, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_TCP,
	.title = { "how far the port lets packets go", "докуда доходят пакеты к этому порту" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
