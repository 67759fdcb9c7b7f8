/* SPDX-License-Identifier: MIT */
/* P03, P04, P05: other ports of the server's addresses, and its own port at those addresses
 * that the session did not come to. All at once: what is dropped costs its time once. */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "probe/net_knock.h"
#include "probe/net_ports.h"

enum {
	/* Of so many addresses all ports are asked, of all others the one in question. */
	WIDE_ADDRESSES = 2,
	MOST = SW_MAX_DIAL_ADDRESSES + WIDE_ADDRESSES * 8,
	/* A SYN and two repeats (RFC 6298 2: after 1 s and 3 s), and the way back. */
	WAIT_US = 3300 * 1000,
};

struct doors {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
	/* Of the server's other addresses, when the session was to keep to one family. */
	struct sw_host_lookup *lookup;
	bool idle; /* all knocks have ended */
};

/* A door that nobody has tried is worth a try when somebody wants it. */
static bool is_wanted(const struct sw_exam *x, const struct sw_want *wants, size_t count,
		      const struct sw_addr *a, enum sw_port_purpose purpose)
{
	const char *name = sw_port_purpose_name(purpose);

	if (sw_net_known_port(x->c->facts, a) || sw_net_session_attempt(x->c->facts, a))
		return false;
	for (size_t i = 0; i < count; i++) {
		const struct sw_want *w = &wants[i];

		if (w->type != SW_FACT_PROBE_PORT || !sw_net_want_fits(w, a, name))
			continue;
		/* Of ports that nobody serves only who asks for them. */
		if (purpose != SW_PORT_UNUSED || sw_want_value(w, "purpose").len)
			return true;
	}
	return count == 0 && purpose != SW_PORT_UNUSED;
}

typedef bool (*door_fn)(void *arg, const struct sw_addr *a, enum sw_port_purpose purpose);

static enum sw_port_purpose purpose_of(uint16_t port)
{
	for (size_t i = 0; i < sw_port_row_count; i++)
		if (sw_port_rows[i].port == port)
			return sw_port_rows[i].purpose;
	return SW_PORT_MAIL;
}

/* Calls fn with each door to be tried, until it says false. */
static void each_door(const struct sw_exam *x, const struct sw_want *wants, size_t count,
		      door_fn fn, void *arg)
{
	const struct sw_exam_target *t = &x->target;

	for (size_t i = 0; i < t->addr_count; i++) {
		struct sw_addr a = t->addrs[i];

		sw_addr_set_port(&a, t->port);
		/* At the first the session is trying itself when this begins beside it. */
		if (t->port && (i || count) &&
		    is_wanted(x, wants, count, &a, purpose_of(t->port)) &&
		    !fn(arg, &a, purpose_of(t->port)))
			return;
		for (size_t k = 0; i < WIDE_ADDRESSES && k < sw_port_row_count; k++) {
			sw_addr_set_port(&a, sw_port_rows[k].port);
			if (sw_port_rows[k].port != t->port &&
			    is_wanted(x, wants, count, &a, sw_port_rows[k].purpose) &&
			    !fn(arg, &a, sw_port_rows[k].purpose))
				return;
		}
	}
}

struct teller {
	struct sw_buf *out;
	char ip[SW_ADDR_TEXT];
};

static bool tell(void *arg, const struct sw_addr *a, enum sw_port_purpose purpose SW_UNUSED)
{
	struct teller *t = arg;
	char ip[SW_ADDR_TEXT];
	unsigned port = sw_addr_port(a);

	sw_addr_ip(a, ip);
	if (strcmp(ip, t->ip) == 0)
		return sw_buf_printf(t->out, ", %u", port) == SW_OK;
	memcpy(t->ip, ip, sizeof(ip));
	return sw_buf_printf(t->out, "%s%s port %u", sw_buf_len(t->out) ? "; " : "", ip,
			     port) == SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	struct teller t = { .out = out };

	each_door(x, wants, count, tell, &t);
	if (x->c->settings->families != SW_FAMILY_ANY && x->target.host[0] &&
	    sw_buf_printf(out, "%s%s over the other family of addresses",
			  sw_buf_len(out) ? "; " : "", x->target.host) == SW_OK)
		return true;
	return t.ip[0] != '\0';
}

static bool is_our_failure(int os_errno)
{
	return os_errno == EMFILE || os_errno == ENFILE || os_errno == ENOMEM ||
	       os_errno == ENOBUFS || os_errno == EAFNOSUPPORT;
}

static void state(struct sw_probe_run *r, const struct sw_knock *k)
{
	char ip[SW_ADDR_TEXT], offender[SW_ADDR_TEXT];
	uint16_t port = sw_addr_port(&k->addr);
	const struct sw_tcp_origin *o = &k->attempt.origin;

	sw_addr_ip(&k->addr, ip);
	if (k->attempt.state == SW_DIAL_FAILED && is_our_failure(k->attempt.os_errno)) {
		sw_probe_untested(r, "port", "%s port %u: %s", ip, (unsigned)port,
				  sw_knock_errno(k));
		return;
	}
	SW_PROBE_STATE(
		r, SW_FACT_PROBE_PORT, SW_F_STR("address", ip), SW_F_INT("port", port),
		SW_F_STR("purpose", sw_port_purpose_name((enum sw_port_purpose)k->mark)),
		SW_F_STR("state", sw_knock_state(k)),
		SW_F_STR("errno_name", sw_knock_errno(k)), SW_F_BOOL("origin_known", o->known),
		SW_F_STR("offender", sw_knock_offender(k, offender)),
		SW_F_INT("elapsed_us", k->elapsed_us), SW_F_INT("icmp_type", o->icmp_type),
		SW_F_INT("icmp_code", o->icmp_code),
		SW_F_BOOL("kept_back", k->attempt.kept_back),
		SW_F_INT("family", sw_net_family(&k->addr)));
}

static void on_knock(void *arg, struct sw_knocks *all SW_UNUSED, struct sw_knock *one)
{
	struct doors *d = arg;

	if (one) {
		state(d->r, one);
		return;
	}
	d->idle = true;
	if (!d->lookup)
		sw_probe_done(d->r);
}

struct adder {
	struct sw_probe_run *r;
	struct sw_knocks *knocks;
};

static bool add(void *arg, const struct sw_addr *a, enum sw_port_purpose purpose)
{
	const struct adder *s = arg;
	struct sw_knock k = { .addr = *a,
			      .mark = purpose,
			      .wait_us = sw_net_wait(s->r->x, WAIT_US) };
	char text[SW_ADDR_TEXT];

	if (!sw_exam_may_knock(s->r->x, a)) {
		sw_probe_untested(s->r, "port", "%s: no more connections are allowed",
				  sw_addr_text(a, text));
		return true;
	}
	return sw_knocks_add(s->knocks, &k);
}

/* The session was told to keep to one family: whether the server answers in the other says
 * which of the two is to blame. */
static void on_address(void *arg, const struct sw_addr *addrs, size_t count,
		       const struct sw_dns_answer *const *answers SW_UNUSED,
		       size_t answer_count SW_UNUSED, enum sw_dns_status worst SW_UNUSED)
{
	struct doors *d = arg;
	struct adder s = { .r = d->r, .knocks = d->knocks };

	d->lookup = NULL;
	if (count && !sw_net_known_port(d->r->x->c->facts, &addrs[0]) &&
	    add(&s, &addrs[0], purpose_of(sw_addr_port(&addrs[0]))))
		d->idle = false;
	if (d->idle)
		sw_probe_done(d->r);
}

static enum sw_err look_up_others(struct doors *d, struct sw_error *err)
{
	struct sw_exam *x = d->r->x;
	enum sw_families own = x->c->settings->families;
	struct sw_resolver *resolver;
	struct sw_addr literal;

	if (own == SW_FAMILY_ANY || !x->target.port || !x->target.host[0] ||
	    sw_addr_parse(sw_slice_str(x->target.host), 0, &literal) || sw_net_source(x))
		return SW_OK;
	enum sw_err e = sw_context_get_resolver(x->c, &resolver, err);

	if (e)
		return e;
	d->lookup = sw_resolve_host(resolver, x->target.host, x->target.port,
				    own == SW_FAMILY_V4 ? SW_FAMILY_V6 : SW_FAMILY_V4,
				    sw_exam_patience(x, WAIT_US), on_address, d, err);
	return !d->lookup && err->code == SW_E_NOMEM ? SW_E_NOMEM : SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct doors *d = sw_calloc(1, sizeof(*d));
	struct adder s = { .r = r };
	enum sw_err e;

	if (!d)
		return sw_fail_nomem(err);
	r->state = d;
	d->r = r;
	d->knocks = sw_knocks_new(r->x->c->loop, MOST, sw_net_source(r->x), on_knock, d, err);
	if (!d->knocks)
		return err->code;
	s.knocks = d->knocks;
	each_door(r->x, r->wants, r->want_count, add, &s);
	e = look_up_others(d, err);
	sw_knocks_go(d->knocks);
	return e;
}

static void stop(struct sw_probe_run *r)
{
	struct doors *d = r->state;

	if (d && d->lookup)
		sw_host_lookup_cancel(d->lookup);
	if (d)
		sw_knocks_free(d->knocks);
	sw_free(d);
	r->state = NULL;
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
