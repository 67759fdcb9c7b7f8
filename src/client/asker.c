/* SPDX-License-Identifier: MIT */
#include "client/asker.h"

#include "base/mem.h"

/* One question of the run, whoever asks it: under way or answered. */
struct entry {
	struct sw_asker *owner;
	char *name;
	enum sw_dns_type type;
	struct sw_query *query;       /* NULL when over */
	struct sw_dns_answer *answer; /* NULL while under way */
	bool used;
	struct entry *next;
};

struct sw_asker {
	struct sw_loop *loop;
	struct sw_resolver *resolver;
	struct entry *entries;
	struct sw_asking *askings;
	size_t count, asked, kept;
};

struct sw_asking {
	struct sw_asker *owner;
	const struct sw_evaluator *evaluator;
	void *machine;
	uint64_t deadline_us;
	struct sw_timer *timer; /* its next step: at once, or the deadline */
	sw_asking_fn fn;
	void *arg;
	struct sw_asking *next;
};

/* ---- entries */

static bool is_asked(const struct entry *e, const struct sw_dns_question *q)
{
	return e->type == q->type &&
	       sw_slice_eq_nocase(sw_slice_str(e->name), sw_slice_str(q->name));
}

static struct entry *find(const struct sw_asker *a, const struct sw_dns_question *q)
{
	struct entry *e = a->entries;

	while (e && !is_asked(e, q))
		e = e->next;
	return e;
}

static const char *keep(struct sw_dns_answer *a, const char *text, bool *nomem)
{
	const char *kept = sw_arena_strdup(&a->arena, text);

	*nomem = *nomem || !kept;
	return kept;
}

static void keep_record(struct sw_dns_answer *a, struct sw_dns_record r, bool *nomem)
{
	if (r.type == SW_DNS_TXT) {
		r.txt = sw_arena_copy(&a->arena, r.txt);
		*nomem = *nomem || !r.txt.ptr;
	} else if (r.type == SW_DNS_TLSA) {
		r.tlsa.data = sw_arena_copy(&a->arena, r.tlsa.data);
		*nomem = *nomem || !r.tlsa.data.ptr;
	} else if (r.type == SW_DNS_MX)
		r.mx.host = keep(a, r.mx.host, nomem);
	else if (r.type == SW_DNS_SRV)
		r.srv.host = keep(a, r.srv.host, nomem);
	else if (r.type == SW_DNS_PTR || r.type == SW_DNS_CNAME || r.type == SW_DNS_NS)
		r.name = keep(a, r.name, nomem);
	else if (r.type == SW_DNS_SOA) /* asked by no evaluator */
		return;
	a->records[a->count++] = r;
}

/* A copy that outlives the resolver's. NULL without memory. */
static struct sw_dns_answer *copy_answer(const struct sw_dns_answer *a)
{
	struct sw_dns_answer *copy = sw_dns_answer_new(a->name, a->type);
	bool nomem = false;

	if (!copy)
		return NULL;
	copy->status = a->status;
	copy->rcode = a->rcode;
	copy->secure = a->secure;
	copy->elapsed_us = a->elapsed_us;
	copy->cut = a->cut;
	copy->source = keep(copy, a->source, &nomem);
	copy->canonical = keep(copy, a->canonical, &nomem);
	copy->why_bogus = a->why_bogus ? keep(copy, a->why_bogus, &nomem) : NULL;
	copy->why_failed = a->why_failed ? keep(copy, a->why_failed, &nomem) : NULL;
	copy->room = a->count + 1;
	copy->records = sw_arena_alloc(&copy->arena, copy->room * sizeof(*copy->records));
	for (size_t i = 0; copy->records && i < a->count; i++)
		keep_record(copy, a->records[i], &nomem);
	if (!nomem && copy->records)
		return copy;
	sw_dns_answer_free(copy);
	return NULL;
}

static void wake_all(struct sw_asker *a)
{
	for (struct sw_asking *x = a->askings; x; x = x->next)
		sw_timer_set(x->timer, 0);
}

static void on_answer(void *arg, const struct sw_dns_answer *answer)
{
	struct entry *e = arg;

	e->query = NULL;
	e->answer = copy_answer(answer);
	wake_all(e->owner);
}

static void drop_entry(struct entry *e)
{
	if (e->query)
		sw_query_cancel(e->query);
	sw_dns_answer_free(e->answer);
	sw_free(e->name);
	sw_free(e);
}

/* Asks; a question that cannot be asked is answered by us. */
static enum sw_err ask(struct sw_asker *a, const struct sw_dns_question *q,
		       uint64_t deadline_us, struct entry **ret)
{
	struct entry *e = sw_calloc(1, sizeof(*e));
	struct sw_error err = { 0 };

	if (!e)
		return SW_E_NOMEM;
	*e = (struct entry){ .owner = a, .name = sw_strdup(q->name), .type = q->type };
	if (e->name)
		e->query = sw_resolver_ask(a->resolver, e->name, e->type, deadline_us,
					   on_answer, e, &err);
	if (e->name && !e->query && err.code == SW_E_DATA) {
		/* No name: nobody has it. */
		e->answer = sw_dns_answer_new(e->name, e->type);
		if (e->answer)
			e->answer->status = SW_DNS_NXDOMAIN;
	}
	if (!e->query && !e->answer) {
		enum sw_err code = e->name && err.code ? err.code : SW_E_NOMEM;
		drop_entry(e);
		return code;
	}
	e->next = a->entries;
	a->entries = e;
	a->asked++;
	a->count++;
	*ret = e;
	return SW_OK;
}

/* ---- askings */

static void unlink_asking(struct sw_asking *x)
{
	struct sw_asking **at = &x->owner->askings;

	while (*at && *at != x)
		at = &(*at)->next;
	if (*at)
		*at = x->next;
}

void sw_asking_cancel(struct sw_asking *x)
{
	if (!x)
		return;
	unlink_asking(x);
	sw_timer_free(x->timer);
	sw_free(x);
}

static void end_asking(struct sw_asking *x, enum sw_err code)
{
	sw_asking_fn fn = x->fn;
	void *arg = x->arg;

	sw_asking_cancel(x);
	fn(arg, code);
}

/* What nobody answered in time. */
static enum sw_err time_out(struct sw_asking *x, const struct sw_dns_question *q)
{
	struct sw_dns_answer *late = sw_dns_answer_new(q->name, q->type);

	if (!late)
		return SW_E_NOMEM;
	late->status = SW_DNS_TIMEOUT;
	enum sw_err e = x->evaluator->answer(x->machine, late, NULL);
	sw_dns_answer_free(late);
	return e;
}

/* Feeds one answer that is there; *ret_fed false when none is. */
static enum sw_err feed_one(struct sw_asking *x, bool late, bool *ret_fed)
{
	const struct sw_dns_question *q;
	size_t open = x->evaluator->questions(x->machine, &q);

	*ret_fed = false;
	for (size_t i = 0; i < open; i++) {
		struct entry *e = find(x->owner, &q[i]);
		enum sw_err code = SW_OK;

		/* Before the turn of others: their answers make new questions. */
		if (!e && !late && x->owner->count < SW_MAX_ASKED) {
			code = ask(x->owner, &q[i], x->deadline_us, &e);
			if (code)
				return code;
		}
		bool over = late || !e || (!e->answer && !e->query);
		if (!over && !e->answer)
			continue;
		*ret_fed = true;
		if (!e || !e->answer)
			return time_out(x, &q[i]);
		x->owner->kept += e->used;
		e->used = true;
		return x->evaluator->answer(x->machine, e->answer, NULL);
	}
	return SW_OK;
}

static void on_step(void *arg)
{
	struct sw_asking *x = arg;
	bool late = sw_loop_now(x->owner->loop) >= x->deadline_us, fed = true;
	const struct sw_dns_question *q;
	enum sw_err e = SW_OK;

	/* Each answer closes its question; a machine that takes none shall not hold the loop.
	 */
	for (size_t turns = 0; !e && fed && x->evaluator->questions(x->machine, &q) > 0;
	     turns++)
		e = turns < SW_MAX_ASKED ? feed_one(x, late, &fed) : SW_E_INTERNAL;
	if (e || x->evaluator->questions(x->machine, &q) == 0)
		end_asking(x, e);
	else
		sw_timer_set(x->timer, x->deadline_us);
}

struct sw_asking *sw_asker_run(struct sw_asker *a, const struct sw_evaluator *e, void *machine,
			       uint64_t deadline_us, sw_asking_fn fn, void *arg,
			       struct sw_error *err)
{
	struct sw_asking *x = sw_calloc(1, sizeof(*x));

	if (!x) {
		sw_fail_nomem(err);
		return NULL;
	}
	*x = (struct sw_asking){ .owner = a,
				 .evaluator = e,
				 .machine = machine,
				 .deadline_us = deadline_us,
				 .fn = fn,
				 .arg = arg };
	x->timer = sw_timer_new(a->loop, on_step, x);
	if (!x->timer) {
		sw_fail_nomem(err);
		sw_free(x);
		return NULL;
	}
	x->next = a->askings;
	a->askings = x;
	sw_timer_set(x->timer, 0);
	return x;
}

/* ---- the run */

struct sw_asker *sw_asker_new(struct sw_loop *loop, struct sw_resolver *resolver,
			      struct sw_error *err)
{
	struct sw_asker *a = sw_calloc(1, sizeof(*a));

	if (!a) {
		sw_fail_nomem(err);
		return NULL;
	}
	a->loop = loop;
	a->resolver = resolver;
	return a;
}

void sw_asker_free(struct sw_asker *a)
{
	if (!a)
		return;
	while (a->askings)
		sw_asking_cancel(a->askings);
	while (a->entries) {
		struct entry *e = a->entries;

		a->entries = e->next;
		drop_entry(e);
	}
	sw_free(a);
}

size_t sw_asker_asked(const struct sw_asker *a)
{
	return a->asked;
}

size_t sw_asker_kept(const struct sw_asker *a)
{
	return a->kept;
}
