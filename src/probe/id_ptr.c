/* SPDX-License-Identifier: MIT */
/* P19: the reverse name of the address that others see, and whether it leads back. */
#include <stdio.h>

#include "base/mem.h"
#include "probe/id_address.h"

enum { NAMES = 4, DNS_US = 5 * 1000 * 1000, ZONE_TEXT = SW_REVERSE_TEXT + 16 };

struct reverse {
	struct sw_probe_run *run;
	struct sw_resolver *resolver;
	struct sw_timer *timer;
	struct sw_own_address own;
	struct sw_query *query;
	const char *status, *names[NAMES];
	struct sw_query *forward[NAMES];
	size_t count, open;
	bool forward_ok, forward_failed;
};

static void stop(struct sw_probe_run *r)
{
	struct reverse *v = r->state;

	if (!v)
		return;
	if (v->query)
		sw_query_cancel(v->query);
	for (size_t i = 0; i < v->count; i++)
		if (v->forward[i])
			sw_query_cancel(v->forward[i]);
	sw_timer_free(v->timer);
	sw_free(v);
	r->state = NULL;
}

static bool is_sure(const struct reverse *v)
{
	return strcmp(v->status, "ok") == 0 || strcmp(v->status, "nodata") == 0 ||
	       strcmp(v->status, "nxdomain") == 0;
}

/* The plainest name decides: one good name is enough. */
static const char *form_of(const struct reverse *v)
{
	const char *form = "";

	for (size_t i = 0; i < v->count; i++) {
		form = sw_reverse_form(sw_slice_str(v->names[i]), &v->own.addr);
		if (strcmp(form, "named") == 0)
			break;
	}
	return form;
}

static void state_reverse(const struct reverse *v)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf names = { .max = SW_MAX_REPLY };
	const char *form = form_of(v);
	char ip[SW_ADDR_TEXT];

	for (size_t i = 0; i < v->count; i++)
		if (sw_buf_printf(&names, "%s%s", i ? ", " : "", v->names[i]))
			break;
	/* Whether it leads back is not known when the way back could not be asked. */
	struct sw_field fields[] = {
		SW_F_STR("ip", sw_addr_ip(&v->own.addr, ip)),
		SW_F_STR("names", sw_buf_str(&names)),
		SW_F_BOOL("generic", *form && strcmp(form, "named") != 0),
		SW_F_STR("status", v->status),
		SW_F_STR("form", form),
		SW_F_INT("family", v->own.addr.ss.ss_family == AF_INET ? 4 : 6),
		SW_F_BOOL("forward_ok", v->forward_ok),
	};
	size_t count = SW_LEN(fields) - (v->forward_failed && !v->forward_ok ? 1 : 0);
	struct sw_exam *x = v->run->x;
	sw_facts_state(x->c->facts, SW_FACT_CHECK_PTR, v->run->probe->stage,
		       v->run->probe->source, sw_context_now(x->c), fields, count);
}

static void on_timer(void *arg)
{
	struct reverse *v = arg;

	if (v->open > 0)
		return;
	if (v->own.addr.len == 0)
		sw_probe_untested(
			v->run, "the reverse name",
			"the address that others see is not known (--public-ip says it)");
	else if (sw_addr_is_loopback(&v->own.addr))
		sw_probe_untested(v->run, "the reverse name",
				  "the server is on this machine: others see another address");
	else if (!is_sure(v))
		sw_probe_untested(v->run, "the reverse name", "its question ended with %s",
				  v->status);
	else
		state_reverse(v);
	sw_probe_done(v->run);
}

static bool leads_back(const struct reverse *v, const struct sw_dns_answer *a)
{
	char own[SW_ADDR_TEXT], text[SW_ADDR_TEXT];

	sw_addr_ip(&v->own.addr, own);
	for (size_t i = 0; i < a->count; i++) {
		const struct sw_dns_record *r = &a->records[i];
		struct sw_addr addr =
			r->type == SW_DNS_A ? sw_addr_v4(r->a, 0) : sw_addr_v6(r->aaaa, 0);
		if (strcmp(sw_addr_ip(&addr, text), own) == 0)
			return true;
	}
	return false;
}

static void on_forward(void *arg, const struct sw_dns_answer *a)
{
	struct reverse *v = arg;

	for (size_t i = 0; i < v->count; i++)
		if (v->forward[i] && strcmp(v->names[i], a->name) == 0)
			v->forward[i] = NULL;
	v->forward_ok = v->forward_ok || leads_back(v, a);
	v->forward_failed = v->forward_failed || a->status > SW_DNS_NXDOMAIN;
	v->open--;
	sw_timer_set(v->timer, 0);
}

static struct sw_query *ask(struct reverse *v, const char *name, enum sw_dns_type type,
			    sw_query_fn fn)
{
	uint64_t until = sw_min_u64(sw_exam_patience(v->run->x, DNS_US), v->run->deadline_us);
	struct sw_query *q = sw_resolver_ask(v->resolver, name, type, until, fn, v, NULL);

	v->open += q != NULL;
	return q;
}

static void add_name(struct reverse *v, const char *name)
{
	const char *copy = sw_arena_strdup(&v->run->x->arena, name);

	for (size_t i = 0; copy && i < v->count; i++)
		if (strcmp(v->names[i], copy) == 0)
			return;
	if (!copy || v->count == NAMES)
		return;
	v->names[v->count] = copy;
	v->forward[v->count] =
		ask(v, copy, v->own.addr.ss.ss_family == AF_INET ? SW_DNS_A : SW_DNS_AAAA,
		    on_forward);
	v->count++;
}

static void on_names(void *arg, const struct sw_dns_answer *a)
{
	struct reverse *v = arg;

	v->query = NULL;
	v->status = sw_dns_status_name(a->status);
	for (size_t i = 0; i < a->count; i++)
		add_name(v, a->records[i].name);
	v->open--;
	sw_timer_set(v->timer, 0);
}

static void zone_name(const struct sw_addr *addr, char out[ZONE_TEXT])
{
	char reverse[SW_REVERSE_TEXT];

	snprintf(out, ZONE_TEXT, "%s.%s", sw_reverse_text(addr, reverse),
		 addr->ss.ss_family == AF_INET ? "in-addr.arpa" : "ip6.arpa");
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct reverse *v = sw_calloc(1, sizeof(*v));
	char name[ZONE_TEXT];

	if (!v)
		return sw_fail_nomem(err);
	r->state = v;
	v->run = r;
	v->status = "";
	v->timer = sw_timer_new(r->x->c->loop, on_timer, v);
	if (!v->timer)
		return sw_fail_nomem(err);
	enum sw_err e = sw_context_get_resolver(r->x->c, &v->resolver, err);
	if (e)
		return e;
	sw_own_address_find(r->x, &v->own);
	if (v->own.addr.len > 0) {
		zone_name(&v->own.addr, name);
		v->query = ask(v, name, SW_DNS_PTR, on_names);
	}
	sw_timer_set(v->timer, 0);
	return SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	struct sw_own_address own;
	char ip[SW_ADDR_TEXT];

	sw_own_address_find(x, &own);
	/* Without an address it runs, to say that it has none. */
	return own.addr.len == 0 ||
	       !sw_buf_printf(out, "the resolver, about %s", sw_addr_ip(&own.addr, ip));
}

const struct sw_probe sw_probe_reverse_name = {
	.id = "reverse-name",
	.source = "probe.p19",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_CHECK_PTR, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "the reverse name of the sending address",
		   "обратное имя адреса отправителя" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
