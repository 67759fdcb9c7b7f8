/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "client/asker.h"
#include "client/guard_memory.h"
#include "client/tlsrpt.h"
#include "identity/dane.h"
#include "mail/address.h"

enum { DNS_US = 20 * 1000 * 1000 };

struct sw_guard {
	struct sw_context *c;
	struct sw_arena arena;
	const char *domain;           /* ASCII */
	struct sw_resolver *resolver; /* that validates; NULL: there is no DANE */
	bool mx_secure;
	const char *expanded; /* the end of the domain's alias; NULL: it is none */
	bool sts_asked;
	struct sw_guard_sts sts;
	/* Of the host that is the target. */
	struct sw_dane *machine;
	struct sw_tls_tlsa records[SW_MAX_TLSA];
	struct sw_tls_dane dane;
	/* Waiting. */
	bool done;
	enum sw_err code;
};

const char *sw_guard_policy_name(enum sw_guard_kind kind, enum sw_smtp_tls tls)
{
	switch (kind) {
	case SW_GUARD_DANE:
	case SW_GUARD_DANE_ENCRYPT:
		return "dane";
	case SW_GUARD_STS:
	case SW_GUARD_STS_TESTING:
		return "mta-sts";
	case SW_GUARD_NONE:
	case SW_GUARD_OPPORTUNISTIC:
		break;
	}
	return tls == SW_SMTP_TLS_NONE            ? "none"
	       : tls == SW_SMTP_TLS_OPPORTUNISTIC ? "opportunistic"
						  : "required";
}

const char *sw_guard_mode_name(enum sw_guard_kind kind)
{
	switch (kind) {
	case SW_GUARD_DANE:
		return "verify";
	case SW_GUARD_DANE_ENCRYPT:
		return "encrypt";
	case SW_GUARD_STS:
		return "enforce";
	case SW_GUARD_STS_TESTING:
		return "testing";
	case SW_GUARD_NONE:
	case SW_GUARD_OPPORTUNISTIC:
		break;
	}
	return "";
}

/* ---- the domain */

enum sw_err sw_guard_new(struct sw_context *c, const char *domain, struct sw_guard **ret,
			 struct sw_error *err)
{
	const struct sw_client_settings *s = c->settings;
	bool dane = s->dane != SW_DANE_NO_WISH, sts = !s->no_mta_sts;

	*ret = NULL;
	/* Who wants clear text shall have it; an address has no policies. */
	if (*domain == '[' || s->tls == SW_TLS_OFF || !(dane || sts))
		return SW_OK;
	struct sw_guard *g = sw_calloc(1, sizeof(*g));

	if (!g)
		return sw_fail_nomem(err);
	g->c = c;
	sw_arena_init(&g->arena);
	enum sw_err e = sw_domain_to_ascii(&g->arena, sw_slice_str(domain), &g->domain, err);

	if (!e && dane)
		e = sw_guard_resolver(c, &g->resolver, err);
	if (e)
		sw_guard_free(g);
	else
		*ret = g;
	return e;
}

void sw_guard_free(struct sw_guard *g)
{
	if (!g)
		return;
	sw_dane_free(g->machine);
	sw_arena_fini(&g->arena);
	sw_free(g);
}

struct mx_question {
	struct sw_guard *g;
	struct sw_route *route;
	bool answered;
	enum sw_err failed;
};

static void on_mx(void *arg, const struct sw_dns_answer *a)
{
	struct mx_question *q = arg;
	struct sw_guard *g = q->g;

	q->answered = true;
	sw_context_wake(g->c);
	switch (a->status) {
	case SW_DNS_OK:
	case SW_DNS_NODATA:
	case SW_DNS_NXDOMAIN:
		g->mx_secure = a->secure;
		/* The hosts that DNSSEC vouches for count, whoever else said what. */
		if (a->secure)
			q->failed = sw_route_take(g->c, g->domain, a, q->route);
		if (a->secure && a->canonical && *a->canonical &&
		    !sw_slice_eq_nocase(sw_slice_str(a->canonical), sw_slice_str(a->name)))
			g->expanded = sw_arena_strdup(&g->arena, a->canonical);
		return;
	case SW_DNS_SERVFAIL:
	case SW_DNS_REFUSED:
	case SW_DNS_BOGUS:
	case SW_DNS_TIMEOUT:
	case SW_DNS_FAILED:
	case SW_DNS_STATUS_COUNT:
		break;
	}
	sw_session_state_answer(g->c, a);
	q->route->ending = SW_END_DNS;
}

enum sw_err sw_guard_route(struct sw_guard *g, struct sw_route *route, struct sw_error *err)
{
	struct mx_question q = { .g = g, .route = route };
	bool usable = false;
	enum sw_wait w = SW_WAIT_WOKEN;

	if (route->ending != SW_END_OK || g->c->settings->dane == SW_DANE_NO_WISH)
		return SW_OK;
	enum sw_err e = sw_guard_validates(g->c, &usable, err);

	if (!usable)
		g->resolver = NULL;
	if (e || !usable)
		return e;
	uint64_t until = sw_context_stage_deadline(g->c, DNS_US);
	struct sw_query *query =
		sw_resolver_ask(g->resolver, g->domain, SW_DNS_MX, until, on_mx, &q, err);
	if (!query)
		return err && err->code ? err->code : SW_E_NOMEM;
	e = sw_context_wait_flag(g->c, &q.answered, until, &w, err);
	if (!q.answered) {
		sw_query_cancel(query);
		route->ending = w == SW_WAIT_ABORTED    ? SW_END_ABORTED
				: w == SW_WAIT_DEADLINE ? SW_END_DEADLINE
							: SW_END_DNS;
	}
	return e ? e : q.failed ? sw_fail_nomem(err) : SW_OK;
}

/* ---- a host */

SW_EVALUATOR(dane_evaluator, struct sw_dane, sw_dane_questions, sw_dane_answer);

static void on_dane(void *arg, enum sw_err code)
{
	struct sw_guard *g = arg;

	g->code = code;
	g->done = true;
	sw_context_wake(g->c);
}

static enum sw_err run_dane(struct sw_guard *g, enum sw_ending *ret, struct sw_error *err)
{
	uint64_t until = sw_context_stage_deadline(g->c, DNS_US);
	struct sw_asker *asker = sw_asker_new(g->c->loop, g->resolver, err);
	struct sw_asking *asking = NULL;
	enum sw_wait w = SW_WAIT_WOKEN;
	enum sw_err e = SW_OK;

	g->done = false;
	if (asker)
		asking = sw_asker_run(asker, &dane_evaluator, g->machine, until, on_dane, g,
				      err);
	if (!asking)
		e = err && err->code ? err->code : SW_E_NOMEM;
	else
		e = sw_context_wait_flag(g->c, &g->done, until, &w, err);
	sw_asker_free(asker);
	if (!e && !g->done)
		*ret = w == SW_WAIT_ABORTED ? SW_END_ABORTED : SW_END_DEADLINE;
	return e         ? e
	       : g->code ? sw_fail(err, g->code, "asking for TLSA records failed")
			 : SW_OK;
}

static void state_policy(const struct sw_guard *g, const char *host, const char *policy,
			 const char *mode, const char *why, const struct sw_dane_outcome *o)
{
	const struct sw_ask *asked = o ? o->failed ? o->failed : o->tlsa : NULL;

	SW_STATE(g->c->facts, SW_FACT_ROUTE_POLICY, SW_STAGE_DNS, "session",
		 sw_context_now(g->c), SW_F_STR("domain", g->domain), SW_F_STR("host", host),
		 SW_F_STR("policy", policy), SW_F_STR("mode", mode), SW_F_STR("why", why),
		 SW_F_BOOL("mx_secure", g->mx_secure), SW_F_STR("base", o ? o->base : ""),
		 SW_F_INT("tlsa", o ? o->count + o->unusable : 0),
		 SW_F_INT("unusable", o ? o->unusable : 0),
		 SW_F_STR("tlsa_status", o && asked ? sw_dns_status_name(asked->status) : ""),
		 SW_F_STR("asked", o && asked ? asked->name : ""));
	sw_context_note(g->c, SW_TR_NOTE, "TLS with %s: %s%s%s: %s", host, policy,
			*mode ? ", " : "", mode, why);
}

static void count(const struct sw_context *c, const char *domain, const char *policy,
		  const char *host, enum sw_tlsrpt_result result)
{
	struct sw_tlsrpt_note n = { .wall_us = c->world->wall_us(c->world->arg),
				    .domain = domain,
				    .policy = policy,
				    .host = host,
				    .result = result };

	if (c->settings->state_dir)
		sw_tlsrpt_note(c->settings->state_dir, &n);
}

static void demand_tls(struct sw_session_target *t)
{
	if (t->tls != SW_SMTP_TLS_IMPLICIT)
		t->tls = SW_SMTP_TLS_REQUIRED;
}

/* The records as the TLS library takes them; they stay the machine's. */
static void take_records(struct sw_guard *g, const struct sw_dane_outcome *o)
{
	size_t n = 0;

	for (size_t i = 0; i < o->count && n < SW_LEN(g->records); i++)
		g->records[n++] = (struct sw_tls_tlsa){ o->usable[i]->tlsa.usage,
							o->usable[i]->tlsa.selector,
							o->usable[i]->tlsa.matching,
							o->usable[i]->tlsa.data };
	/* RFC 7672 3.2.2: good names are the TLSA base domain, the domain itself and, when
	 * that is an alias, its end. */
	g->dane = (struct sw_tls_dane){ .base = o->base,
					.names = { g->domain, g->expanded },
					.records = g->records,
					.count = n };
}

/* True when DANE decides about the host. */
static bool apply_dane(struct sw_guard *g, struct sw_session_target *t, enum sw_ending *ret)
{
	const struct sw_dane_outcome *o = sw_dane_outcome(g->machine);

	switch (o ? o->advice : SW_DANE_NO) {
	case SW_DANE_VERIFY:
		take_records(g, o);
		t->guard = SW_GUARD_DANE;
		t->vouched = true;
		t->dane = &g->dane;
		demand_tls(t);
		state_policy(g, t->host, "dane", "verify", o->why, o);
		return true;
	case SW_DANE_ENCRYPT:
		t->guard = SW_GUARD_DANE_ENCRYPT;
		/* Who demanded TLS by the settings demanded it verified. */
		t->pkix = t->tls != SW_SMTP_TLS_OPPORTUNISTIC;
		demand_tls(t);
		state_policy(g, t->host, "dane", "encrypt", o->why, o);
		return true;
	case SW_DANE_DEFER:
		*ret = SW_END_DANE;
		state_policy(g, t->host, "dane", "defer", o->why, o);
		/* RFC 8460 4.3.2.1: the resolver had no valid records to give. */
		count(g->c, g->domain, "tlsa", t->host, SW_TLSRPT_DNSSEC_INVALID);
		return true;
	case SW_DANE_NO:
	case SW_DANE_NO_HOST: /* the session finds that out, and tells it better */
		break;
	}
	return false;
}

static void apply_sts(struct sw_guard *g, struct sw_session_target *t, enum sw_ending *ret)
{
	enum sw_sts_mode mode = sw_guard_sts_mode(g->sts.entry);
	bool allowed = mode != SW_STS_NONE && sw_guard_sts_allows(g->sts.entry, t->host);
	const char *why =
		allowed ? "the policy names the host" : "the policy does not name the host";

	t->vouched = t->vouched || allowed;
	if (mode == SW_STS_NONE)
		return;
	state_policy(g, t->host, "mta-sts", sw_sts_mode_name(mode), why, NULL);
	if (!allowed)
		count(g->c, g->domain, "sts", t->host, SW_TLSRPT_VALIDATION);
	if (mode == SW_STS_TESTING) {
		t->guard = SW_GUARD_STS_TESTING;
	} else if (allowed) {
		t->guard = SW_GUARD_STS;
		t->pkix = true;
		demand_tls(t);
	} else {
		*ret = SW_END_MTA_STS;
	}
}

enum sw_err sw_guard_target(struct sw_guard *g, struct sw_session_target *t,
			    enum sw_ending *ret, struct sw_error *err)
{
	struct sw_dane_request r = { .host = t->host, .port = t->port, .mx_secure = true };
	enum sw_err e = SW_OK;

	*ret = SW_END_OK;
	t->guard = SW_GUARD_OPPORTUNISTIC;
	t->guard_domain = g->domain;
	t->vouched = g->mx_secure;
	t->pkix = t->tls != SW_SMTP_TLS_OPPORTUNISTIC;
	if (g->resolver && g->mx_secure) {
		sw_dane_free(g->machine);
		g->machine = sw_dane_new(&r, err);
		e = g->machine ? run_dane(g, ret, err) : SW_E_NOMEM;
		if (e || *ret != SW_END_OK || apply_dane(g, t, ret))
			return e;
	}
	if (g->c->settings->no_mta_sts)
		return SW_OK;
	if (!g->sts_asked) {
		struct sw_resolver *plain = g->resolver;
		e = plain ? SW_OK : sw_context_get_resolver(g->c, &plain, err);
		if (!e)
			e = sw_guard_sts_get(g->c, g->domain, plain, &g->sts, err);
		g->sts_asked = !e;
	}
	if (e || g->sts.ending != SW_END_OK) {
		*ret = g->sts.ending;
		return e;
	}
	apply_sts(g, t, ret);
	return SW_OK;
}

/* ---- afterwards */

static const char *report_policy(enum sw_guard_kind kind)
{
	bool dane = kind == SW_GUARD_DANE || kind == SW_GUARD_DANE_ENCRYPT;
	bool sts = kind == SW_GUARD_STS || kind == SW_GUARD_STS_TESTING;

	return dane ? "tlsa" : sts ? "sts" : "no-policy-found";
}

/* False: TLS did not come into question. */
static bool judge(const struct sw_session *s, enum sw_tlsrpt_result *ret)
{
	const struct sw_tls_info *tls = s->stream ? sw_tls_get_info(s->stream) : NULL;
	bool clear = s->ending == SW_END_NO_STARTTLS ||
		     (s->ending == SW_END_OK && s->tls != SW_SMTP_TLS_NONE && !tls);
	bool needs_verified = s->guard == SW_GUARD_DANE || s->guard == SW_GUARD_STS ||
			      s->guard == SW_GUARD_STS_TESTING;

	/* What broke before says nothing about it. */
	if (s->guard == SW_GUARD_NONE || !s->guard_domain || !(tls || clear))
		return false;
	*ret = SW_TLSRPT_SUCCESS;
	if (clear)
		*ret = SW_TLSRPT_NO_STARTTLS;
	else if (!tls->done || (needs_verified && !tls->verified))
		*ret = sw_tlsrpt_of_verify(tls->verify_code);
	return true;
}

const char *sw_guard_report(const struct sw_session *s)
{
	enum sw_tlsrpt_result result;

	return judge(s, &result) ? sw_tlsrpt_result_name(result) : "";
}

void sw_guard_account(const struct sw_session *s)
{
	enum sw_tlsrpt_result result;

	if (!s->reused && judge(s, &result))
		count(s->c, s->guard_domain, report_policy(s->guard), s->host, result);
}
