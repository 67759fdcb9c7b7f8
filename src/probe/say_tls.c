/* SPDX-License-Identifier: MIT */
/* Handshakes with one thing changed: the newest version that is offered, the server's name,
 * the size of the hello, weak algorithms, TLS at once or behind STARTTLS, another port.
 * Certificates are looked at and never refused, so the chain is seen whatever is wrong with
 * it. */
#include "probe/say.h"

/* Numbers of versions as on the wire (RFC 8446 4.2.1). */
enum { TLS_1_0 = 0x0301, TLS_1_1, TLS_1_2, TLS_1_3 };

static const struct rung {
	const char *version;
	int max;
	bool sni, short_hello, legacy;
} rungs[] = {
	{ "1.3", TLS_1_3, true, false, false }, /* as the session: is it always so? */
	{ "1.2", TLS_1_2, true, false, false },  { "1.3", TLS_1_3, true, true, false },
	{ "1.3", TLS_1_3, false, false, false }, { "1.3", TLS_1_3, true, false, true },
	{ "1.1", TLS_1_1, true, false, true },   { "1.0", TLS_1_0, true, false, true },
};
enum { RUNGS = sizeof(rungs) / sizeof(rungs[0]) };

/* An honest handshake takes some round trips. When two different ones get no answer, the
 * others would only add to the wait. */
enum { HANDSHAKE_US = 10 * 1000 * 1000, TIMEOUTS = 2 };
struct ladder {
	struct sw_say say;
	int timed_out;
};

static const char *yes_no(bool b)
{
	return b ? "true" : "false";
}

/* A key that a want leaves open fits anything. */
static bool fits(const struct sw_want *w, const char *key, const char *value)
{
	struct sw_slice asked = sw_want_value(w, key);

	return asked.len == 0 || sw_slice_eq_nocase(asked, sw_slice_str(value));
}

static bool is_open(const struct sw_want *w)
{
	static const char *const keys[] = { "version_max", "sni", "hello", "legacy" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (sw_want_value(w, keys[i]).len)
			return false;
	return true;
}

static bool rung_fits(const struct sw_want *w, const struct rung *r)
{
	return fits(w, "version_max", r->version) && fits(w, "sni", yes_no(r->sni)) &&
	       fits(w, "hello", r->short_hello ? "short" : "long") &&
	       fits(w, "legacy", yes_no(r->legacy));
}

static bool is_there(const struct sw_say *s, const struct sw_talk_plan *p, size_t rung)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->steps[i].tag == rung && s->steps[i].plan.tls == p->tls &&
		    sw_addr_port(&s->steps[i].plan.addr) == sw_addr_port(&p->addr))
			return true;
	return false;
}

static void add_rung(struct sw_say *s, const struct sw_want *w, size_t rung)
{
	const struct sw_exam *x = s->r->x;
	const struct rung *r = &rungs[rung];
	struct sw_slice implicit = sw_want_value(w, "implicit");
	uint64_t port = 0;
	struct sw_talk_plan p;

	if (!sw_slice_u64(sw_want_value(w, "port"), &port) || port > 65535)
		port = 0;
	sw_say_plan(x, (uint16_t)port, &p);
	p.until = SW_TALK_HANDSHAKE;
	p.step_us = HANDSHAKE_US;
	if (implicit.len)
		p.tls = sw_slice_eq(implicit, SW_S("true")) ? SW_TALK_IMPLICIT
							    : SW_TALK_STARTTLS;
	else if (p.tls == SW_TALK_PLAIN)
		p.tls = SW_TALK_STARTTLS;
	p.max_version = r->max;
	p.min_version = r->legacy ? TLS_1_0 : 0;
	p.legacy = r->legacy;
	p.short_hello = r->short_hello;
	if (!r->sni)
		p.tls_name = NULL;
	if (!is_there(s, &p, rung))
		sw_say_add(s, &p, (unsigned)rung, r->version);
}

static void add_want(struct sw_say *s, const struct sw_want *w)
{
	if (is_open(w)) {
		add_rung(s, w, 0);
		return;
	}
	/* What a want leaves open is as usual: the first rung that fits. */
	for (size_t i = 0; i < RUNGS; i++)
		if (rung_fits(w, &rungs[i])) {
			add_rung(s, w, i);
			return;
		}
}

static void state_handshake(struct sw_say *s, const struct sw_say_step *step,
			    const struct sw_talk_account *a)
{
	static const struct sw_tls_cert none;
	const struct rung *r = &rungs[step->tag];
	const struct sw_tls_info *i = &a->tls;
	const struct sw_tls_cert *c = i->chain_len ? &i->chain[0] : &none;
	char ip[SW_ADDR_TEXT];

	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_TLS, SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		SW_F_INT("port", sw_addr_port(&step->plan.addr)),
		SW_F_BOOL("implicit", step->plan.tls == SW_TALK_IMPLICIT),
		SW_F_STR("version_max", r->version), SW_F_BOOL("sni", r->sni),
		SW_F_STR("hello", r->short_hello ? "short" : "long"),
		SW_F_BOOL("legacy", r->legacy), SW_F_BOOL("ok", i->done),
		SW_F_STR("version", i->version), SW_F_INT("alert_received", i->alert_received),
		SW_F_INT("verify_code", i->verify_code), SW_F_INT("raw_in_bytes", i->raw_in),
		SW_F_STR("subject", c->subject), SW_F_STR("issuer", c->issuer),
		SW_F_STR("names", c->names), SW_F_STR("not_before", c->not_before),
		SW_F_STR("not_after", c->not_after), SW_F_STR("sha256", c->sha256),
		SW_F_STR("key", c->key), SW_F_INT("chain_length", i->chain_sent),
		SW_F_BOOL("has_aia", c->has_aia),
		SW_F_BOOL("client_certificate", i->client_cert_wanted),
		SW_F_STR("errors", i->errors), SW_F_STR("state", sw_talk_end_name(a->end)));
}

/* Without a handshake nothing is learned about handshakes. */
static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	struct ladder *l = (struct ladder *)(void *)s;

	if (a->end == SW_TALK_TIMED_OUT && ++l->timed_out == TIMEOUTS)
		s->enough = true;
	if (a->tls_begun)
		state_handshake(s, step, a);
	else if (a->end != SW_TALK_DONE)
		sw_probe_untested(s->r, "tls",
				  "port %u: the conversation did not come as far as TLS (%s)",
				  sw_addr_port(&step->plan.addr), sw_talk_end_name(a->end));
	else
		sw_probe_untested(s->r, "tls", "port %u: STARTTLS is not offered",
				  sw_addr_port(&step->plan.addr));
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return sw_say_contacts(x, ", handshakes", out);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_say *s = sw_say_new(r, sizeof(struct ladder), heard, NULL);

	if (!s)
		return sw_fail_nomem(err);
	for (const struct sw_want *w = NULL;
	     (w = sw_probe_next_want(r, SW_FACT_PROBE_TLS, w));)
		add_want(s, w);
	return sw_say_go(s, err);
}

const struct sw_probe sw_probe_tls = {
	.id = "tls",
	.source = "probe.p12",
	.kind = SW_PROBE_TCP,
	.stage = SW_STAGE_TLS,
	.states = { SW_FACT_PROBE_TLS, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "other handshakes", "другие рукопожатия TLS" },
	.contacts = contacts,
	.start = start,
	.stop = sw_say_stop,
};
