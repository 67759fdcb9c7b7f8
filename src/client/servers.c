/* SPDX-License-Identifier: MIT */
#include "client/servers.h"

#include <stdio.h>

#include "base/mem.h"

enum { DNS_US = 20 * 1000 * 1000 };

void sw_servers_fini(struct sw_servers *s)
{
	sw_arena_fini(&s->arena);
	s->count = 0;
}

static bool same(const struct sw_session_target *a, const struct sw_session_target *b)
{
	return a->port == b->port && a->tls == b->tls && strcmp(a->host, b->host) == 0;
}

/* What is there already is not asked twice. */
static void add(struct sw_servers *s, const struct sw_session_target *t)
{
	for (size_t i = 0; i < s->count; i++)
		if (same(&s->at[i], t))
			return;
	if (s->count < SW_MAX_SERVERS)
		s->at[s->count++] = *t;
}

static void add_of_settings(const struct sw_client_settings *set,
			    const struct sw_session_target *base, struct sw_servers *ret)
{
	struct sw_session_target t = *base;
	if (!set->scheme || !set->scheme->srv)
		add(ret, &t);
	for (size_t i = 0; i < set->fallback_count; i++) {
		const struct sw_server *f = &set->fallback[i];
		t.host = f->host;
		t.port = sw_client_server_port(set, f->scheme, f->port);
		t.tls = sw_client_server_tls(set, f->scheme, t.port);
		t.lmtp = f->scheme->lmtp;
		t.on_unix = f->scheme->on_unix;
		add(ret, &t);
	}
}

/* ---- SRV */

enum { SUBMISSIONS = 0, SUBMISSION, SERVICES };
static const char *const service_names[SERVICES] = { "_submissions._tcp", "_submission._tcp" };

struct srv {
	struct sw_context *c;
	struct sw_servers *servers;
	struct sw_session_target base;
	struct service {
		struct srv *of;
		char name[SW_MAX_DOMAIN + 32];
		enum sw_smtp_tls tls;
		struct sw_query *query;
		struct sw_session_target found[SW_MAX_SERVERS];
		size_t count;
	} services[SERVICES];
	size_t open;
	bool answered, nomem;
	enum sw_dns_status worst; /* OK: no trouble but that nothing is there */
};

const char *sw_servers_tls_name(const char *domain, const char *host, bool secure)
{
	struct sw_slice d = sw_slice_str(domain), h = sw_slice_str(host);
	size_t more = h.len > d.len ? h.len - d.len : 0;
	bool below = more > 1 && host[more - 1] == '.' &&
		     sw_slice_eq_nocase(sw_slice_from(h, more), d);
	return secure || below || sw_slice_eq_nocase(h, d) ? host : domain;
}

static void take_record(struct service *v, const struct sw_dns_record *r, bool secure)
{
	struct srv *q = v->of;
	const char *host = r->srv.host;
	/* RFC 2782: "." says that the service is not offered. */
	if (r->type != SW_DNS_SRV || host[0] == '\0' || strcmp(host, ".") == 0 || !r->srv.port)
		return;
	if (!sw_dns_name_valid(sw_slice_str(host)))
		return;
	if (v->count == SW_MAX_SERVERS)
		return;
	struct sw_session_target t = q->base;
	t.host = sw_arena_strdup(&q->servers->arena, host);
	t.port = r->srv.port;
	t.tls = v->tls;
	t.tls_name = NULL;
	q->nomem = q->nomem || !t.host;
	if (!t.host)
		return;
	if (sw_servers_tls_name(q->base.host, t.host, secure) != t.host)
		t.tls_name = q->base.host;
	if (t.tls_name && !q->c->settings->tls_name)
		sw_context_note(q->c, SW_TR_NOTE,
				"%s is outside of %s: its certificate must be for %s", t.host,
				t.tls_name, t.tls_name);
	v->found[v->count++] = t;
}

static void take_answer(struct service *v, const struct sw_dns_answer *a)
{
	struct sw_dns_answer copy = *a;
	struct sw_arena arena;
	sw_arena_init(&arena);
	/* The answer is the resolver's and must not be reordered there. */
	copy.records = sw_arena_alloc(&arena, (a->count + 1) * sizeof(*a->records));
	if (copy.records) {
		for (size_t i = 0; i < a->count; i++)
			copy.records[i] = a->records[i];
		sw_dns_answer_sort(&copy, v->of->c->world);
		for (size_t i = 0; i < copy.count; i++)
			take_record(v, &copy.records[i], a->secure);
	} else {
		v->of->nomem = true;
	}
	sw_arena_fini(&arena);
}

static void srv_answered(void *arg, const struct sw_dns_answer *a)
{
	struct service *v = arg;
	struct srv *q = v->of;
	v->query = NULL;
	sw_session_state_answer(q->c, a);
	if (a->status == SW_DNS_OK)
		take_answer(v, a);
	else if (a->status != SW_DNS_NXDOMAIN && a->status != SW_DNS_NODATA)
		q->worst = a->status;
	q->answered = --q->open == 0;
	sw_context_wake(q->c);
}

/* TLS from the first byte, or STARTTLS: the settings may want one of them only. */
static bool wanted(const struct sw_client_settings *set, size_t service)
{
	switch (set->tls) {
	case SW_TLS_IMPLICIT:
		return service == SUBMISSIONS;
	case SW_TLS_STARTTLS:
	case SW_TLS_OPPORTUNISTIC:
	case SW_TLS_OFF:
		return service == SUBMISSION;
	case SW_TLS_AUTO:
	case SW_TLS_MODE_COUNT:
		break;
	}
	return true;
}

static enum sw_err ask_service(struct srv *q, size_t service, uint64_t until,
			       struct sw_error *err)
{
	struct service *v = &q->services[service];
	struct sw_resolver *resolver;
	enum sw_err e = sw_context_get_resolver(q->c, &resolver, err);
	if (e)
		return e;
	v->of = q;
	v->tls = service == SUBMISSIONS ? SW_SMTP_TLS_IMPLICIT : q->base.tls;
	snprintf(v->name, sizeof(v->name), "%s.%s", service_names[service], q->base.host);
	v->query = sw_resolver_ask(resolver, v->name, SW_DNS_SRV, until, srv_answered, v, err);
	if (v->query)
		q->open++;
	return v->query ? SW_OK : err->code ? err->code : SW_E_NOMEM;
}

static enum sw_ending ending_of(const struct srv *q, enum sw_wait w)
{
	if (q->servers->count > 0)
		return SW_END_OK;
	if (w == SW_WAIT_ABORTED)
		return SW_END_ABORTED;
	if (sw_context_now(q->c) >= q->c->deadline_us)
		return SW_END_DEADLINE;
	return q->worst != SW_DNS_OK || !q->answered ? SW_END_DNS : SW_END_NO_HOST;
}

static enum sw_err look_up(struct srv *q, struct sw_error *err)
{
	uint64_t until = sw_context_stage_deadline(q->c, DNS_US);
	enum sw_wait w = SW_WAIT_WOKEN;
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < SERVICES; i++)
		if (wanted(q->c->settings, i))
			e = ask_service(q, i, until, err);
	if (!e)
		e = sw_context_wait_flag(q->c, &q->answered, until, &w, err);
	for (size_t i = 0; i < SERVICES; i++)
		if (q->services[i].query)
			sw_query_cancel(q->services[i].query);
	if (!e && q->nomem)
		e = sw_fail_nomem(err);
	/* RFC 8314 3: TLS from the first byte goes before STARTTLS. */
	for (size_t i = 0; i < SERVICES; i++)
		for (size_t k = 0; k < q->services[i].count; k++)
			add(q->servers, &q->services[i].found[k]);
	q->servers->ending = ending_of(q, w);
	return e;
}

enum sw_err sw_servers_of(struct sw_context *c, const struct sw_session_target *base,
			  struct sw_servers *ret, struct sw_error *err)
{
	const struct sw_client_settings *set = c->settings;
	struct sw_error mine = { 0 };
	enum sw_err e = SW_OK;
	*ret = (struct sw_servers){ .ending = SW_END_OK };
	sw_arena_init(&ret->arena);
	if (set->scheme && set->scheme->srv) {
		struct srv q = { .c = c, .servers = ret, .base = *base };
		e = look_up(&q, &mine);
	}
	if (e) {
		if (err)
			*err = mine;
		sw_servers_fini(ret);
		return e;
	}
	bool stopped = ret->ending == SW_END_ABORTED || ret->ending == SW_END_DEADLINE;
	if (!stopped)
		add_of_settings(set, base, ret);
	if (ret->count > 0)
		ret->ending = SW_END_OK;
	return SW_OK;
}

/* ---- the order */

static int rank(const struct sw_context *c, const struct sw_session_target *t, uint64_t now)
{
	const struct sw_session *s = c->session;
	if (s && s->ending == SW_END_OK && s->port == t->port && strcmp(s->host, t->host) == 0)
		return 0;
	return sw_memory_is_away(&c->memory, t->host, t->port, now) ? 2 : 1;
}

void sw_servers_arrange(struct sw_context *c, struct sw_session_target *at, size_t count)
{
	uint64_t now = sw_context_now(c);
	/* A few, and they stay in order where they rank the same. */
	for (size_t i = 1; i < count; i++) {
		struct sw_session_target t = at[i];
		size_t k = i;
		for (; k > 0 && rank(c, &t, now) < rank(c, &at[k - 1], now); k--)
			at[k] = at[k - 1];
		at[k] = t;
	}
}
