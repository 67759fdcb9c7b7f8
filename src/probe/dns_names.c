/* SPDX-License-Identifier: MIT */
/* P01, P02: the same question to each name server in use, with DNSSEC and without, to another
 * resolver, and to the servers of the domain. */
#include "base/mem.h"
#include "probe/dns_names.h"
#include "probe/dns_servers.h"

enum {
	PATIENCE_US = 1500 * 1000, /* a server that is asked directly */
	WALK_US = 5000 * 1000,     /* all rounds of a walk */
};

struct names {
	struct sw_probe_run *run;
	struct sw_dns_look looks[SW_DNS_SUBJECTS];
	size_t count;
	struct sw_timer *timer; /* ends the run outside of the questions' calls */
	enum sw_err failed;
};

static void close_look(struct sw_dns_look *l)
{
	for (size_t i = 0; i < l->server_count; i++) {
		sw_ask_free(l->servers[i].usual);
		sw_ask_free(l->servers[i].unchecked);
	}
	sw_walk_free(l->walk);
}

static void stop(struct sw_probe_run *r)
{
	struct names *n = r->state;

	if (!n)
		return;
	for (size_t i = 0; i < n->count; i++)
		close_look(&n->looks[i]);
	sw_timer_free(n->timer);
	sw_free(n);
	r->state = NULL;
}

static bool is_over(const struct sw_dns_look *l)
{
	return l->open == 0 && (!l->walk || l->walk_over);
}

static void on_timer(void *arg)
{
	struct names *n = arg;

	for (size_t i = 0; i < n->count; i++)
		if (!is_over(&n->looks[i]))
			return;
	for (size_t i = 0; i < n->count; i++)
		sw_dns_look_state(n->run, &n->looks[i]);
	sw_probe_done(n->run);
}

static void walked(void *arg, struct sw_walk *w SW_UNUSED)
{
	struct sw_dns_look *l = arg;
	struct names *n = l->owner;

	l->walk_over = true;
	sw_timer_set(n->timer, 0);
}

/* A resolver that says something, if only that it failed, can say where zones begin. */
static bool is_usable(const struct sw_ask_account *a)
{
	return a->end == SW_ASK_ANSWERED && a->answer->status != SW_DNS_REFUSED;
}

static void start_walk(struct names *n, struct sw_dns_look *l, const struct sw_addr *resolver)
{
	struct sw_exam *x = n->run->x;
	struct sw_walk_wish wish = {
		.resolver = *resolver,
		.name = l->subject.name,
		.type = l->subject.type,
		.patience_us = PATIENCE_US,
		.deadline_us = sw_min_u64(sw_exam_patience(x, WALK_US), n->run->deadline_us),
	};

	l->walk = sw_walk_start(x->c->loop, &x->arena, &wish, walked, l, NULL);
}

static void answered(void *arg, struct sw_ask *q, const struct sw_ask_account *a)
{
	struct sw_dns_look *l = arg;
	struct names *n = l->owner;

	l->open--;
	for (size_t i = 0; i < l->server_count && !l->walk; i++)
		if (l->servers[i].usual == q && is_usable(a))
			start_walk(n, l, &l->servers[i].addr);
	sw_timer_set(n->timer, 0);
}

static struct sw_ask *ask(struct names *n, struct sw_dns_look *l, const struct sw_addr *server,
			  unsigned flags)
{
	struct sw_exam *x = n->run->x;
	struct sw_ask_wish wish = {
		.server = *server,
		.name = l->subject.name,
		.type = l->subject.type,
		.flags = SW_ASK_RECURSE | flags,
		.deadline_us =
			sw_min_u64(sw_exam_patience(x, PATIENCE_US), n->run->deadline_us),
	};
	struct sw_ask *q = sw_ask_start(x->c->loop, &wish, answered, l, NULL);

	l->open += q != NULL;
	return q;
}

static void add_server(struct names *n, struct sw_dns_look *l, const char *role,
		       const struct sw_addr *addr, bool unchecked)
{
	struct sw_dns_asked *s = &l->servers[l->server_count++];

	*s = (struct sw_dns_asked){ .role = role, .addr = *addr };
	s->usual = ask(n, l, addr, 0);
	if (unchecked)
		s->unchecked = ask(n, l, addr, SW_ASK_UNCHECKED);
}

static void look(struct names *n, const struct sw_dns_servers *servers,
		 const struct sw_dns_subject *subject)
{
	struct sw_dns_look *l = &n->looks[n->count++];

	*l = (struct sw_dns_look){ .owner = n, .subject = *subject };
	for (size_t i = 0; i < servers->system_count; i++)
		add_server(n, l, "system", &servers->system[i], true);
	if (servers->has_second)
		add_server(n, l, "second", &servers->second, false);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_dns_subject subjects[SW_DNS_SUBJECTS];
	struct sw_exam *x = r->x;
	struct sw_dns_servers servers;
	struct names *n = sw_calloc(1, sizeof(*n));

	if (!n)
		return sw_fail_nomem(err);
	r->state = n;
	n->run = r;
	n->timer = sw_timer_new(x->c->loop, on_timer, n);
	if (!n->timer)
		return sw_fail_nomem(err);
	size_t count = sw_dns_subjects_find(x, &x->arena, r->wants, r->want_count, subjects);
	sw_dns_servers_find(x, count ? subjects[0].name : "", &servers);
	if (servers.system_count == 0)
		sw_probe_untested(r, "probe.resolver role=system", "%s",
				  servers.trouble.text);
	for (size_t i = 0; i < count; i++)
		look(n, &servers, &subjects[i]);
	sw_timer_set(n->timer, 0);
	return SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t want_count,
		     struct sw_buf *out)
{
	struct sw_dns_subject subjects[SW_DNS_SUBJECTS];
	struct sw_dns_servers servers;
	struct sw_arena arena = { 0 };
	char text[SW_ADDR_TEXT];
	size_t count = sw_dns_subjects_find(x, &arena, wants, want_count, subjects);
	enum sw_err e = SW_OK;

	sw_dns_servers_find(x, count ? subjects[0].name : "", &servers);
	for (size_t i = 0; i < servers.system_count && count && !e; i++)
		e = sw_buf_printf(out, "%s%s", sw_buf_len(out) ? ", " : "",
				  sw_nameserver_text(&servers.system[i], text));
	if (servers.has_second && count && !e)
		e = sw_buf_printf(out, "%s%s", sw_buf_len(out) ? ", " : "",
				  sw_nameserver_text(&servers.second, text));
	for (size_t i = 0; i < count && !e; i++)
		e = sw_buf_printf(out, ", the name servers of %s", subjects[i].name);
	sw_arena_fini(&arena);
	return count > 0 && (servers.system_count > 0 || servers.has_second);
}

const struct sw_probe sw_probe_names = {
	.id = "names",
	.source = "probe.p02",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_DNS,
	.states = { SW_FACT_PROBE_RESOLVER, SW_FACT_CHECK_NAME, SW_FACT_CHECK_ZONE,
		    SW_FACT_COUNT },
	.early = SW_STAGE_DNS,
	.title = { "the same question to every name server, and to those of the domain",
		   "тот же вопрос каждому серверу DNS и серверам самого домена" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
