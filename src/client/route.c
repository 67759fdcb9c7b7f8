/* SPDX-License-Identifier: MIT */
#include "client/route.h"

#include "client/session.h"
#include "mail/address.h"

enum { DNS_US = 20 * 1000 * 1000 };

struct sw_slice sw_route_domain(const char *address)
{
	const char *at = strrchr(address, '@');
	return sw_slice_str(at ? at + 1 : "");
}

void sw_route_fini(struct sw_route *r)
{
	sw_arena_fini(&r->arena);
	r->count = 0;
}

static enum sw_err add_host(struct sw_route *r, struct sw_slice host)
{
	struct sw_slice copy = sw_arena_copy(&r->arena, host);
	if (!copy.ptr)
		return SW_E_NOMEM;
	if (r->count < SW_MAX_MX_HOSTS)
		r->hosts[r->count++] = copy.ptr;
	return SW_OK;
}

/* What one MX question came to. */
struct question {
	struct sw_context *c;
	struct sw_route *route;
	const char *domain;
	bool answered;
	enum sw_err failed;
};

static enum sw_err take_records(struct question *q, struct sw_dns_answer *sorted)
{
	enum sw_err e = SW_OK;
	size_t usable = 0;
	for (size_t i = 0; !e && i < sorted->count; i++) {
		const struct sw_dns_record *r = &sorted->records[i];
		if (r->type != SW_DNS_MX || r->mx.host[0] == '\0')
			continue;
		usable++;
		e = add_host(q->route, sw_slice_str(r->mx.host));
	}
	if (!e && usable == 0)
		q->route->ending = SW_END_NULL_MX;
	return e;
}

/* The answer is the resolver's and must not be reordered there. */
static enum sw_err take_sorted(struct question *q, const struct sw_dns_answer *a)
{
	struct sw_dns_answer copy = *a;
	struct sw_arena arena;
	sw_arena_init(&arena);
	enum sw_err e = SW_E_NOMEM;
	copy.records = sw_arena_alloc(&arena, a->count * sizeof(*a->records));
	if (copy.records) {
		memcpy(copy.records, a->records, a->count * sizeof(*a->records));
		sw_dns_answer_sort(&copy, q->c->world);
		e = take_records(q, &copy);
	}
	sw_arena_fini(&arena);
	return e;
}

static void take_answer(struct question *q, const struct sw_dns_answer *a)
{
	switch (a->status) {
	case SW_DNS_OK:
		q->failed = take_sorted(q, a);
		break;
	case SW_DNS_NODATA: /* RFC 5321 5.1: the domain is its own mail host */
		q->failed = add_host(q->route, sw_slice_str(q->domain));
		break;
	case SW_DNS_NXDOMAIN:
		q->route->ending = SW_END_NO_HOST;
		break;
	case SW_DNS_SERVFAIL:
	case SW_DNS_REFUSED:
	case SW_DNS_BOGUS:
	case SW_DNS_TIMEOUT:
	case SW_DNS_FAILED:
	case SW_DNS_STATUS_COUNT:
		q->route->ending = SW_END_DNS;
		break;
	}
}

static void mx_answered(void *arg, const struct sw_dns_answer *a)
{
	struct question *q = arg;
	sw_session_state_answer(q->c, a);
	take_answer(q, a);
	q->answered = true;
	sw_context_wake(q->c);
}

enum sw_err sw_route_take(struct sw_context *c, const char *domain,
			  const struct sw_dns_answer *a, struct sw_route *r)
{
	struct question q = { .c = c, .route = r, .domain = domain };
	r->count = 0;
	r->ending = SW_END_OK;
	take_answer(&q, a);
	return q.failed;
}

static enum sw_err ask(struct question *q, struct sw_error *err)
{
	struct sw_resolver *resolver;
	enum sw_err e = sw_context_get_resolver(q->c, &resolver, err);
	if (e)
		return e;
	uint64_t until = sw_context_stage_deadline(q->c, DNS_US);
	struct sw_query *query =
		sw_resolver_ask(resolver, q->domain, SW_DNS_MX, until, mx_answered, q, err);
	if (!query)
		return err && err->code ? err->code : SW_E_NOMEM;
	enum sw_wait w;
	e = sw_context_wait_flag(q->c, &q->answered, until, &w, err);
	if (!q->answered)
		sw_query_cancel(query);
	if (!e && q->failed)
		return sw_fail_nomem(err);
	bool late = sw_context_now(q->c) >= q->c->deadline_us;
	if (!e && w == SW_WAIT_ABORTED)
		q->route->ending = SW_END_ABORTED;
	else if (!e && late && q->route->count == 0)
		q->route->ending = SW_END_DEADLINE;
	else if (!e && !q->answered)
		q->route->ending = SW_END_DNS;
	return e;
}

enum sw_err sw_route_mx(struct sw_context *c, const char *domain, struct sw_route *ret,
			struct sw_error *err)
{
	struct sw_slice name = sw_slice_str(domain);
	*ret = (struct sw_route){ .ending = SW_END_OK };
	sw_arena_init(&ret->arena);
	enum sw_err e;
	if (name.len > 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']') {
		name = sw_slice(name.ptr + 1, name.len - 2);
		if (sw_slice_starts_nocase(name, SW_S("IPv6:")))
			name = sw_slice_from(name, 5);
		e = add_host(ret, name) ? sw_fail_nomem(err) : SW_OK;
	} else {
		struct question q = { .c = c, .route = ret };
		e = sw_domain_to_ascii(&ret->arena, name, &q.domain, err);
		if (!e)
			e = ask(&q, err);
	}
	if (e)
		sw_route_fini(ret);
	return e;
}
