/* SPDX-License-Identifier: MIT */
/* EHLO once more: by another name, as HELO, on other ports; and several times the same, to see
 * whether different servers answer (a pool). */
#include "probe/say.h"

static void state_hello(struct sw_say *s, const struct sw_say_step *step,
			const struct sw_talk_account *a, const struct sw_talk_reply *reply,
			bool tls)
{
	const struct sw_caps *c = &a->caps;
	bool last = tls || !a->ehlo_tls.code; /* the account keeps the last offers only */
	char ip[SW_ADDR_TEXT];

	SW_PROBE_STATE(
		s->r, SW_FACT_PROBE_HELLO,
		SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		SW_F_INT("port", sw_addr_port(&step->plan.addr)),
		SW_F_STR("name", step->plan.ehlo ? step->plan.ehlo : s->r->x->target.ehlo),
		SW_F_BOOL("tls", tls), SW_F_STR("what", step->what),
		SW_F_INT("code", reply->code), SW_F_TEXT("text", sw_say_text(reply)),
		SW_F_TEXT("keywords", last ? sw_slice_str(c->raw) : sw_say_text(reply)),
		SW_F_STR("auth", last ? c->auth : ""), SW_F_STR("server", last ? c->name : ""),
		SW_F_STR("state", sw_talk_end_name(a->end)),
		SW_F_INT("elapsed_us", reply->elapsed_us));
}

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	if (a->ehlo.code)
		state_hello(s, step, a, &a->ehlo, step->plan.tls == SW_TALK_IMPLICIT);
	if (a->ehlo_tls.code)
		state_hello(s, step, a, &a->ehlo_tls, true);
	if (a->ehlo.code || a->ehlo_tls.code)
		return;
	/* The other greetings may still be answered. */
	const char *what = sw_say_format(s->r->x, "probe.hello what=%s port=%u", step->what,
					 sw_addr_port(&step->plan.addr));

	sw_probe_untested(s->r, what ? what : "hello", "port %u: no answer to %s (%s)",
			  sw_addr_port(&step->plan.addr), step->plan.helo ? "HELO" : "EHLO",
			  sw_talk_end_name(a->end));
}

/* Names that are right in themselves: the address that we come from (RFC 5321 4.1.3), and the
 * sender's domain. */
static void add_names(struct sw_say *s)
{
	struct sw_exam *x = s->r->x;
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_TCP_ATTEMPT);
	struct sw_slice local = f ? sw_fact_text(f, "local_address") : SW_S("");
	bool known;
	const char *at = strrchr(sw_say_sender(x, &known), '@');
	struct sw_talk_plan p;

	sw_say_plan(x, 0, &p);
	if (local.len) {
		p.ehlo = sw_say_format(x, "[%s%.*s]",
				       sw_slice_find(local, ':') < local.len ? "IPv6:" : "",
				       SW_FMT(local));
		sw_say_add(s, &p, 0, "name");
	}
	if (known && at && at[1] && at[1] != '[' &&
	    !sw_slice_eq_nocase(sw_slice_str(at + 1), sw_slice_str(x->target.ehlo))) {
		p.ehlo = sw_arena_strdup(&x->arena, at + 1);
		sw_say_add(s, &p, 0, "name");
	}
}

/* One that takes longer to stand is filtered: other ports are only compared with. */
enum { OTHER_PORT_US = 3300 * 1000 };

/* Where the same server takes mail from programs and from servers. */
static void add_ports(struct sw_say *s, const struct sw_want *w)
{
	static const uint16_t usual[] = { 587, 25, 465 };
	struct sw_exam *x = s->r->x;
	uint64_t asked = 0;
	struct sw_talk_plan p;

	if (w && sw_slice_u64(sw_want_value(w, "port"), &asked) && asked < 65536) {
		sw_say_plan(x, (uint16_t)asked, &p);
		sw_say_add(s, &p, 0, "port");
		return;
	}
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (usual[i] == x->target.port)
			continue;
		sw_say_plan(x, usual[i], &p);
		p.connect_us = OTHER_PORT_US;
		sw_say_add(s, &p, 0, "port");
	}
}

static void add_helo(struct sw_say *s)
{
	struct sw_talk_plan p;

	sw_say_plan(s->r->x, 0, &p);
	p.helo = true;
	p.tls = p.tls == SW_TALK_IMPLICIT ? SW_TALK_IMPLICIT : SW_TALK_PLAIN;
	sw_say_add(s, &p, 0, "helo");
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	bool ports = sw_say_asked(wants, count, SW_FACT_PROBE_HELLO, "what", "port");

	return sw_say_contacts(x, ports ? " and ports 25, 465, 587, EHLO" : ", EHLO", out);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_say *s = sw_say_new(r, sizeof(*s), heard, NULL);
	bool name = false, helo = false, port = false;

	if (!s)
		return sw_fail_nomem(err);
	for (const struct sw_want *w = NULL;
	     (w = sw_probe_next_want(r, SW_FACT_PROBE_HELLO, w));) {
		struct sw_slice what = sw_want_value(w, "what");

		if (sw_slice_eq(what, SW_S("port")) && !port) {
			add_ports(s, w);
			port = sw_want_value(w, "port").len == 0;
		} else if (sw_slice_eq(what, SW_S("helo")) && !helo) {
			add_helo(s);
			helo = true;
		} else if (!name && (what.len == 0 || sw_slice_eq(what, SW_S("name")))) {
			add_names(s);
			name = true;
		}
	}
	return sw_say_go(s, err);
}

const struct sw_probe sw_probe_hello = {
	.id = "hello",
	.source = "probe.p10",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_EHLO,
	.states = { SW_FACT_PROBE_HELLO, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "other greetings by us", "другие приветствия с нашей стороны" },
	.contacts = contacts,
	.start = start,
	.stop = sw_say_stop,
};

/* ---- the same several times */

enum { POOL_TRIES = 5, POOL_NAMES = 8 };
struct pool {
	struct sw_say say;
	int tries, answered, starttls, auth;
	const char *names[POOL_NAMES];
	int servers;
};

static void note_server(struct pool *p, const char *name)
{
	for (int i = 0; i < p->servers; i++)
		if (strcmp(p->names[i], name) == 0)
			return;
	if (*name && p->servers < POOL_NAMES)
		p->names[p->servers++] = name;
}

static void heard_again(struct sw_say *s, const struct sw_say_step *step,
			const struct sw_talk_account *a)
{
	struct pool *p = (struct pool *)(void *)s;

	(void)step;
	p->tries++;
	if (a->ehlo.code != 250)
		return;
	p->answered++;
	p->starttls += sw_caps_has(&a->caps, SW_CAP_STARTTLS);
	p->auth += sw_caps_has(&a->caps, SW_CAP_AUTH);
	const char *name = sw_arena_strdup(&s->r->x->arena, a->caps.name);

	note_server(p, name ? name : "");
}

static void over(struct sw_say *s)
{
	struct pool *p = (struct pool *)(void *)s;
	SW_CLEANUP(sw_buf_fini) struct sw_buf names = { .max = SW_MAX_COMMAND };
	char ip[SW_ADDR_TEXT];

	if (p->tries == 0)
		return;
	for (int i = 0; i < p->servers; i++)
		if (sw_buf_printf(&names, "%s%s", i ? ", " : "", p->names[i]))
			break;
	SW_PROBE_STATE(s->r, SW_FACT_PROBE_POOL,
		       SW_F_STR("address", sw_addr_ip(&s->r->x->target.addrs[0], ip)),
		       SW_F_INT("port", s->r->x->target.port), SW_F_INT("tries", p->tries),
		       SW_F_INT("answered", p->answered), SW_F_INT("starttls", p->starttls),
		       SW_F_INT("auth", p->auth), SW_F_INT("servers", p->servers),
		       SW_F_STR("names", sw_buf_str(&names)));
}

static bool pool_contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
			  struct sw_buf *out)
{
	(void)wants;
	(void)count;
	return !sw_say_slow_down(x) && sw_say_contacts(x, ", EHLO several times", out);
}

static enum sw_err pool_start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_say *s = sw_say_new(r, sizeof(struct pool), heard_again, over);
	struct sw_talk_plan p;

	if (!s)
		return sw_fail_nomem(err);
	sw_say_plan(r->x, 0, &p);
	/* What is offered before TLS is asked about. */
	if (p.tls == SW_TALK_STARTTLS)
		p.tls = SW_TALK_PLAIN;
	for (int i = 0; i < POOL_TRIES; i++)
		sw_say_add(s, &p, 0, "repeat");
	return sw_say_go(s, err);
}

const struct sw_probe sw_probe_pool = {
	.id = "pool",
	.source = "probe.p10",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_EHLO,
	.states = { SW_FACT_PROBE_POOL, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "the same EHLO several times", "то же EHLO несколько раз" },
	.contacts = pool_contacts,
	.start = pool_start,
	.stop = sw_say_stop,
};
