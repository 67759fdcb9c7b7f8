/* SPDX-License-Identifier: MIT */
/* P28: block lists, their control entries first: a list that cannot be tested says nothing. */
#include <stdio.h>

#include "base/mem.h"
#include "probe/id_address.h"
#include "identity/block_lists.h"

enum { LISTS = 8, DNS_US = 4 * 1000 * 1000, NAME = SW_REVERSE_TEXT + SW_LIST_ZONE };
enum topic { LISTED = 0, UNLISTED, OWN, REASON, TOPICS };

struct list;
struct question {
	struct list *list;
	struct sw_query *query;       /* NULL when over */
	struct sw_dns_answer *answer; /* a copy: status, addresses */
};
struct lists;
struct list {
	struct lists *owner;
	char zone[SW_LIST_ZONE];
	bool named; /* by the server's refusal */
	struct question questions[TOPICS];
	const char *reason;
};
struct lists {
	struct sw_probe_run *run;
	struct sw_resolver *resolver;
	struct sw_timer *timer;
	struct sw_own_address own;
	struct list at[LISTS];
	size_t count, open;
};

static void stop(struct sw_probe_run *r)
{
	struct lists *s = r->state;

	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < TOPICS; k++) {
			if (s->at[i].questions[k].query)
				sw_query_cancel(s->at[i].questions[k].query);
			sw_dns_answer_free(s->at[i].questions[k].answer);
		}
	sw_timer_free(s->timer);
	sw_free(s);
	r->state = NULL;
}

static const char *name_of(const char *zone)
{
	const struct sw_block_list *l;

	for (size_t i = 0; (l = sw_block_list_at(i)); i++)
		if (strcmp(l->zone, zone) == 0)
			return l->name;
	return zone;
}

/* The answer for the address itself: what it means, "" not listed. */
static const char *own_meaning(const struct list *l)
{
	const struct sw_dns_answer *a = l->questions[OWN].answer;

	return a->status == SW_DNS_OK ? sw_block_list_meaning(l->zone, a->records[0].a) : "";
}

static void state_list(const struct list *l)
{
	const struct lists *s = l->owner;
	struct sw_exam *x = s->run->x;
	enum sw_list_state state = sw_block_list_state(l->zone, l->questions[LISTED].answer,
						       l->questions[UNLISTED].answer);
	const struct sw_dns_answer *own = l->questions[OWN].answer;
	const char *meaning = own_meaning(l);
	bool refused = strcmp(meaning, "refused") == 0;
	bool usable = state == SW_LIST_WORKS && !refused && own->status <= SW_DNS_NXDOMAIN;
	char ip[SW_ADDR_TEXT], code[SW_ADDR_TEXT] = "";

	if (own->status == SW_DNS_OK) {
		struct sw_addr addr = sw_addr_v4(own->records[0].a, 0);
		sw_addr_ip(&addr, code);
	}
	/* "listed" comes last and only when the list could be tested. */
	struct sw_field fields[] = {
		SW_F_STR("ip", sw_addr_ip(&s->own.addr, ip)),
		SW_F_STR("zone", l->zone),
		SW_F_STR("code", code),
		SW_F_BOOL("usable", usable),
		SW_F_STR("kind", usable    ? meaning
				 : refused ? "refused"
					   : sw_list_state_name(state)),
		SW_F_STR("name", name_of(l->zone)),
		SW_F_STR("why", l->reason),
		SW_F_BOOL("listed", *meaning != '\0'),
	};
	sw_facts_state(x->c->facts, SW_FACT_CHECK_DNSBL, s->run->probe->stage,
		       s->run->probe->source, sw_context_now(x->c), fields,
		       SW_LEN(fields) - (usable ? 0 : 1));
}

static bool is_complete(const struct list *l)
{
	return l->questions[LISTED].answer && l->questions[UNLISTED].answer &&
	       l->questions[OWN].answer;
}

/* A word of the refusal that only looked like the name of a list. */
static bool is_no_list(const struct list *l)
{
	return l->named && strcmp(name_of(l->zone), l->zone) == 0 &&
	       l->questions[OWN].answer->status != SW_DNS_OK &&
	       sw_block_list_state(l->zone, l->questions[LISTED].answer,
				   l->questions[UNLISTED].answer) == SW_LIST_NO_LIST;
}

static void on_timer(void *arg)
{
	struct lists *s = arg;

	if (s->open > 0)
		return;
	for (size_t i = 0; i < s->count; i++) {
		const struct list *l = &s->at[i];

		if (!is_complete(l))
			continue;
		if (is_no_list(l))
			continue;
		state_list(l);
	}
	sw_probe_done(s->run);
}

static struct sw_dns_answer *copy_answer(const struct sw_dns_answer *a)
{
	struct sw_dns_answer *copy = sw_dns_answer_new(a->name, a->type);

	if (!copy)
		return NULL;
	copy->status = a->status;
	copy->rcode = a->rcode;
	for (size_t i = 0; i < a->count && a->type == SW_DNS_A; i++)
		if (sw_dns_answer_add_wire(copy, SW_DNS_A, 0, a->records[i].a, 4))
			break;
	return copy;
}

static void keep_reason(struct list *l, const struct sw_dns_answer *a)
{
	struct sw_arena *arena = &l->owner->run->x->arena;

	if (a->type != SW_DNS_TXT || a->count == 0)
		return;
	const char *copy = sw_arena_copy(arena, sw_slice_head(a->records[0].txt, 200)).ptr;
	if (copy)
		l->reason = copy;
}

static void on_answer(void *arg, const struct sw_dns_answer *a)
{
	struct question *q = arg;
	struct lists *s = q->list->owner;

	q->query = NULL;
	if (q == &q->list->questions[REASON])
		keep_reason(q->list, a);
	else
		q->answer = copy_answer(a);
	s->open--;
	sw_timer_set(s->timer, 0);
}

static void ask(struct list *l, enum topic topic, const char *reverse, enum sw_dns_type type)
{
	struct lists *s = l->owner;
	struct question *q = &l->questions[topic];
	uint64_t until = sw_min_u64(sw_exam_patience(s->run->x, DNS_US), s->run->deadline_us);
	char name[NAME];

	snprintf(name, sizeof(name), "%s.%s", reverse, l->zone);
	q->list = l;
	q->query = sw_resolver_ask(s->resolver, name, type, until, on_answer, q, NULL);
	s->open += q->query != NULL;
}

static void add_list(struct lists *s, const char *zone, bool named)
{
	char reverse[SW_REVERSE_TEXT];

	if (s->count == LISTS)
		return;
	struct list *l = &s->at[s->count++];
	*l = (struct list){ .owner = s, .named = named, .reason = "" };
	snprintf(l->zone, sizeof(l->zone), "%s", zone);
	sw_reverse_text(&s->own.addr, reverse);
	ask(l, LISTED, "2.0.0.127", SW_DNS_A);
	ask(l, UNLISTED, "1.0.0.127", SW_DNS_A);
	ask(l, OWN, reverse, SW_DNS_A);
	ask(l, REASON, reverse, SW_DNS_TXT);
}

/* Questions about private addresses mean nothing to public lists; a resolver of the user's own
 * may well serve lists of his own. NULL: it may be asked. */
static const char *reason_against(const struct sw_exam *x, const struct sw_own_address *own)
{
	if (own->addr.len == 0)
		return "the address that others see is not known (--public-ip says it)";
	if (!own->is_public && !x->c->settings->resolver && !x->wish->public_ip)
		return "the address is a private one";
	return NULL;
}

static void add_lists(struct lists *s)
{
	char named[SW_NAMED_LISTS][SW_LIST_ZONE];
	size_t count = sw_exam_named_lists(s->run->x, named);
	const struct sw_block_list *l;

	/* The reply says which list decides. */
	for (size_t i = 0; i < count; i++)
		add_list(s, named[i], true);
	for (size_t i = 0; count == 0 && s->own.is_public && (l = sw_block_list_at(i)); i++)
		add_list(s, l->zone, false);
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct lists *s = sw_calloc(1, sizeof(*s));

	if (!s)
		return sw_fail_nomem(err);
	r->state = s;
	s->run = r;
	s->timer = sw_timer_new(r->x->c->loop, on_timer, s);
	if (!s->timer)
		return sw_fail_nomem(err);
	enum sw_err e = sw_context_get_resolver(r->x->c, &s->resolver, err);
	if (e)
		return e;
	sw_own_address_find(r->x, &s->own);
	const char *against = reason_against(r->x, &s->own);
	if (against)
		sw_probe_untested(r, "block lists", "%s", against);
	else
		add_lists(s);
	sw_timer_set(s->timer, 0);
	return SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	char named[SW_NAMED_LISTS][SW_LIST_ZONE];
	struct sw_own_address own;
	enum sw_err e = SW_OK;

	sw_own_address_find(x, &own);
	if (reason_against(x, &own))
		return true; /* it runs, to say so */
	size_t lists = sw_exam_named_lists(x, named);
	if (lists == 0 && !own.is_public)
		return false;
	for (size_t i = 0; i < lists && !e; i++)
		e = sw_buf_printf(out, "%s%s", i ? ", " : "the resolver, about ", named[i]);
	return lists > 0 || !sw_buf_add_str(out, "the resolver, about well-known block lists");
}

const struct sw_probe sw_probe_block_lists = {
	.id = "block-lists",
	.source = "probe.p28",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_CHECK_DNSBL, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "block lists, with their control entries",
		   "чёрные списки и их контрольные записи" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
