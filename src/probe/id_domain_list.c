/* SPDX-License-Identifier: MIT */
/* P28: the domains of the sender in block lists of domains, those that the refusal names or
 * the well-known ones. Their control entries are asked for too (identity/listing.h). */
#include "base/mem.h"
#include "client/asker.h"
#include "identity/listing.h"
#include "probe/id_address.h"
#include "probe/say.h"

enum { DOMAINS = 3, LISTS = 6, DNS_US = 4 * 1000 * 1000 };

struct subject {
	const char *what, *domain;
	struct sw_listings *machine;
};
struct domain_lists {
	struct sw_probe_run *run;
	struct sw_asker *asker;
	struct sw_timer *timer;
	struct sw_block_list named[SW_NAMED_LISTS];
	char zones[SW_NAMED_LISTS][SW_LIST_ZONE];
	const struct sw_block_list *lists[LISTS];
	size_t list_count;
	struct subject subjects[DOMAINS];
	size_t count, open;
	bool failed; /* our own failure: nothing is told */
};

SW_EVALUATOR(lists_evaluator, struct sw_listings, sw_listings_questions, sw_listings_answer);

static void stop(struct sw_probe_run *r)
{
	struct domain_lists *d = r->state;

	if (!d)
		return;
	sw_asker_free(d->asker);
	sw_timer_free(d->timer);
	for (size_t i = 0; i < d->count; i++)
		sw_listings_free(d->subjects[i].machine);
	sw_free(d);
	r->state = NULL;
}

/* ---- which lists */

static const struct sw_block_list *known_list(const char *zone)
{
	const struct sw_block_list *l;

	for (size_t i = 0; (l = sw_domain_list_at(i)); i++)
		if (strcmp(l->zone, zone) == 0)
			return l;
	return NULL;
}

static void choose_lists(struct domain_lists *d)
{
	struct sw_own_address own;
	size_t named = sw_exam_named_lists(d->run->x, d->zones);
	const struct sw_block_list *l;

	for (size_t i = 0; i < named; i++) {
		l = known_list(d->zones[i]);
		d->named[i] = (struct sw_block_list){ .zone = d->zones[i],
						      .site = "",
						      .name = d->zones[i],
						      .weight = 1,
						      .kinds = SW_LISTS_DOMAINS };
		d->lists[d->list_count++] = l ? l : &d->named[i];
	}
	/* Public lists know nothing of networks that are private. */
	sw_own_address_find(d->run->x, &own);
	for (size_t i = 0; named == 0 && own.is_public && (l = sw_domain_list_at(i)); i++)
		if (d->list_count < LISTS)
			d->lists[d->list_count++] = l;
}

/* ---- which domains */

static void add_domain(struct domain_lists *d, const char *what, const char *domain)
{
	/* A single label is nobody's on a public list. */
	if (d->count == DOMAINS || !strchr(domain, '.') ||
	    !sw_dns_name_valid(sw_slice_str(domain)))
		return;
	for (size_t i = 0; i < d->count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(d->subjects[i].domain),
				       sw_slice_str(domain)))
			return;
	d->subjects[d->count++] = (struct subject){ .what = what, .domain = domain };
}

static void choose_domains(struct domain_lists *d)
{
	struct sw_exam *x = d->run->x;
	const struct sw_facts *facts = x->c->facts;
	const struct sw_fact *who = sw_facts_last(facts, SW_FACT_MESSAGE_IDENTITY);
	const struct sw_fact *wish = sw_facts_last(facts, SW_FACT_SEND_WISH);
	bool known;
	const char *sender = sw_say_sender(x, &known), *at = strrchr(sender, '@');
	const char *from = sw_arena_copy(&x->arena, sw_fact_text(who, "from_domain")).ptr;
	const char *ehlo = sw_arena_copy(&x->arena, sw_fact_text(wish, "ehlo")).ptr;

	if (at)
		add_domain(d, "sender", at + 1);
	if (from)
		add_domain(d, "from", from);
	if (ehlo)
		add_domain(d, "ehlo", ehlo);
}

/* ---- the run */

static void state_listing(struct domain_lists *d, const struct subject *s,
			  const struct sw_listing *l)
{
	bool usable = l->state == SW_LIST_WORKS && strcmp(l->kind, "refused") != 0;
	const struct sw_ask *a = l->answer;
	char code[SW_ADDR_TEXT] = "";

	if (a && a->count > 0) {
		struct sw_addr addr = sw_addr_v4(a->records[0].a, 0);
		sw_addr_ip(&addr, code);
	}
	/* "listed" comes last and only when the list could be tested. */
	struct sw_field fields[] = {
		SW_F_STR("domain", s->domain),
		SW_F_STR("zone", l->list->zone),
		SW_F_STR("code", code),
		SW_F_BOOL("usable", usable),
		SW_F_STR("kind", usable || *l->kind ? l->kind : sw_list_state_name(l->state)),
		SW_F_STR("name", l->list->name),
		SW_F_TEXT("why", sw_slice_head(l->reason, 200)),
		SW_F_STR("what", s->what),
		SW_F_BOOL("listed", l->listed),
	};
	sw_facts_state(d->run->x->c->facts, SW_FACT_CHECK_DOMAIN_LIST, d->run->probe->stage,
		       d->run->probe->source, sw_context_now(d->run->x->c), fields,
		       SW_LEN(fields) - (usable ? 0 : 1));
}

static void on_timer(void *arg)
{
	struct domain_lists *d = arg;

	if (d->open > 0)
		return;
	for (size_t i = 0; i < d->count && !d->failed; i++)
		for (size_t k = 0; k < sw_listings_count(d->subjects[i].machine); k++) {
			struct sw_listing l = sw_listings_at(d->subjects[i].machine, k);

			state_listing(d, &d->subjects[i], &l);
		}
	if (d->list_count == 0 || d->count == 0)
		sw_probe_untested(d->run, "block lists of domains", "%s",
				  d->count == 0
					  ? "no domain of the sender is known"
					  : "no list is named, and the network is a private "
					    "one");
	sw_probe_done(d->run);
}

static void on_asked(void *arg, enum sw_err code)
{
	struct domain_lists *d = arg;

	d->failed = d->failed || code;
	d->open--;
	sw_timer_set(d->timer, 0);
}

static enum sw_err ask(struct domain_lists *d, struct subject *s, struct sw_error *err)
{
	struct sw_listing_request r = { .domain = sw_slice_str(s->domain),
					.lists = d->lists,
					.count = d->list_count };
	uint64_t until = sw_min_u64(sw_exam_patience(d->run->x, DNS_US), d->run->deadline_us);

	s->machine = sw_listings_new(&r, err);
	if (!s->machine)
		return sw_fail_nomem(err);
	if (!sw_asker_run(d->asker, &lists_evaluator, s->machine, until, on_asked, d, err))
		return err && err->code ? err->code : SW_E_NOMEM;
	d->open++;
	return SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct domain_lists *d = sw_calloc(1, sizeof(*d));
	struct sw_resolver *resolver;

	if (!d)
		return sw_fail_nomem(err);
	r->state = d;
	d->run = r;
	enum sw_err e = sw_context_get_resolver(r->x->c, &resolver, err);
	if (e)
		return e;
	d->asker = sw_asker_new(r->x->c->loop, resolver, err);
	d->timer = d->asker ? sw_timer_new(r->x->c->loop, on_timer, d) : NULL;
	if (!d->timer)
		return sw_fail_nomem(err);
	choose_lists(d);
	choose_domains(d);
	if (d->list_count == 0)
		d->count = 0;
	for (size_t i = 0; !e && i < d->count; i++)
		e = ask(d, &d->subjects[i], err);
	if (!e)
		sw_timer_set(d->timer, 0);
	return e;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
		     size_t count SW_UNUSED, struct sw_buf *out)
{
	char zones[SW_NAMED_LISTS][SW_LIST_ZONE];
	struct sw_own_address own;
	size_t named = sw_exam_named_lists(x, zones);
	enum sw_err e = SW_OK;

	sw_own_address_find(x, &own);
	if (named == 0 && !own.is_public)
		return false;
	for (size_t i = 0; i < named && !e; i++)
		e = sw_buf_printf(out, "%s%s", i ? ", " : "the resolver, about ", zones[i]);
	return named > 0 ||
	       !sw_buf_add_str(out, "the resolver, about well-known block lists of domains");
}

const struct sw_probe sw_probe_domain_lists = {
	.id = "domain-lists",
	.source = "probe.p28",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_ENVELOPE,
	.states = { SW_FACT_CHECK_DOMAIN_LIST, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "block lists of domains", "списки блокировки доменов" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
