/* SPDX-License-Identifier: MIT */
/* The resolver that validates DNSSEC, and whether it can.
 *
 * Behind a server that strips signatures every signed name looks forged. So before answers are
 * judged one question with a known result is asked: "arpa" is signed, everywhere, and served by
 * the root's servers themselves. When that is not vouched for, DANE is not to be had here, which
 * is said; mail goes on with opportunistic TLS, as of any sender without DNSSEC. Whoever names a
 * trust anchor, or wants DANE for sure, is spared that question: nothing is excused then. */
#include "base/mem.h"
#include "client/guard.h"
#include "client/guard_memory.h"

/* Of a question that a working resolver has answered in milliseconds. */
enum { CHECK_US = 2 * 1000 * 1000 };
#define KNOWN_NAME "arpa"

struct sw_guard_memory *sw_guard_memory(struct sw_context *c)
{
	if (!c->guard)
		c->guard = sw_calloc(1, sizeof(*c->guard));
	if (c->guard)
		c->guard->c = c;
	return c->guard;
}

void sw_guard_memory_free(struct sw_guard_memory *m)
{
	if (!m)
		return;
	if (m->check)
		sw_query_cancel(m->check);
	if (m->resolver != m->borrowed)
		sw_resolver_free(m->resolver);
	sw_guard_sts_free_all(m->sts);
	sw_free(m);
}

static void on_check(void *arg, const struct sw_dns_answer *a)
{
	struct sw_guard_memory *m = arg;

	m->check = NULL;
	m->validates = a->status == SW_DNS_OK && a->secure;
	snprintf(m->why, sizeof(m->why), "%s",
		 m->validates              ? ""
		 : a->status == SW_DNS_OK  ? "the resolver's answers carry no signatures"
		 : a->status == SW_DNS_BOGUS ? "the resolver's answers carry no good signatures"
					   : "the resolver does not answer for signed names");
	m->checked = true;
	sw_context_wake(m->c);
}

/* Makes it; m->resolver stays NULL when there is no root key. */
static enum sw_err make(struct sw_context *c, struct sw_guard_memory *m, struct sw_error *err)
{
	const struct sw_client_settings *s = c->settings;
	struct sw_error mine = { 0 };
	struct sw_resolver *r = s->resolver ? sw_resolver_server(c->loop, s->resolver, err)
					    : sw_resolver_system(c->loop, err);
	if (!r)
		return err && err->code ? err->code : SW_E_NOMEM;
	enum sw_err e = sw_resolver_set_anchor(r, s->trust_anchor, &mine);

	m->made = true;
	if (!e) {
		m->resolver = r;
		m->checked = m->validates = s->trust_anchor || s->dane == SW_DANE_YES;
		return SW_OK;
	}
	sw_resolver_free(r);
	if (s->trust_anchor || s->dane == SW_DANE_YES || e == SW_E_NOMEM)
		return err ? (*err = mine, e) : e;
	snprintf(m->why, sizeof(m->why), "there is no root key (dns-root-data)");
	m->checked = true;
	return SW_OK;
}

enum sw_err sw_guard_resolver(struct sw_context *c, struct sw_resolver **ret,
			      struct sw_error *err)
{
	struct sw_guard_memory *m = sw_guard_memory(c);
	enum sw_err e = m ? SW_OK : sw_fail_nomem(err);

	/* A resolver that was given marks itself what is secure. */
	if (!e && !m->made && c->resolver_given) {
		m->resolver = m->borrowed = c->resolver;
		m->made = m->checked = m->validates = true;
	}
	if (!e && !m->made)
		e = make(c, m, err);
	if (e)
		return e;
	*ret = m->resolver;
	if (m->checked || m->check)
		return SW_OK;
	m->check_until_us = sw_context_stage_deadline(c, CHECK_US);
	m->check = sw_resolver_ask(m->resolver, KNOWN_NAME, SW_DNS_NS, m->check_until_us,
				   on_check, m, err);
	return m->check ? SW_OK : err && err->code ? err->code : SW_E_NOMEM;
}

enum sw_err sw_guard_validates(struct sw_context *c, bool *ret, struct sw_error *err)
{
	struct sw_resolver *ignored;
	enum sw_err e = sw_guard_resolver(c, &ignored, err);
	enum sw_wait w;

	if (e)
		return e;
	struct sw_guard_memory *m = c->guard;

	if (!m->checked)
		e = sw_context_wait_flag(c, &m->checked, m->check_until_us, &w, err);
	*ret = m->checked && m->validates && m->resolver;
	if (!*ret && !e && !m->told) {
		m->told = true;
		sw_context_note(c, SW_TR_NOTE, "DANE is not looked for: %s", m->why);
	}
	/* Of every call: it explains why nothing else is said about DANE. */
	if (!e)
		SW_STATE(c->facts, SW_FACT_ROUTE_DNSSEC, SW_STAGE_DNS, "session",
			 sw_context_now(c), SW_F_BOOL("usable", *ret), SW_F_STR("why", m->why));
	return e;
}
