/* SPDX-License-Identifier: MIT */
/* All rules over one case: what stands, what explains what, in which order. */
#include "verdict/judge.h"

#include <stdlib.h>

#include "base/mem.h"
#include "verdict/judge_work.h"

const char *sw_finding_state_name(enum sw_finding_state s)
{
	static const char *const names[SW_FINDING_STATE_COUNT] = {
		[SW_FINDING_CONFIRMED] = "confirmed", [SW_FINDING_LIKELY] = "likely",
		[SW_FINDING_POSSIBLE] = "possible",   [SW_FINDING_RULED_OUT] = "ruled_out",
		[SW_FINDING_UNTESTED] = "untested",
	};

	return (unsigned)s < SW_FINDING_STATE_COUNT ? names[s] : "?";
}

/* Of two rules for one finding the one that says more. */
static bool says_more(const struct sw_finding *a, const struct sw_finding *b)
{
	if (a->state != b->state)
		return a->state < b->state;
	return a->confidence != b->confidence ? a->confidence > b->confidence
					      : a->meant > b->meant;
}

static void add(struct sw_finding **list, struct sw_finding *f)
{
	for (; *list; list = &(*list)->next) {
		if ((*list)->entry != f->entry)
			continue;
		if (says_more(f, *list)) {
			f->next = (*list)->next;
			*list = f;
		}
		return;
	}
	*list = f;
}

static enum sw_err try_all(struct sw_court *c, struct sw_wants *wants, struct sw_verdict *v)
{
	struct sw_rule *r = sw_calloc(1, sizeof(*r));
	enum sw_err e = r ? SW_OK : SW_E_NOMEM;

	for (size_t i = 0; !e && i < sw_judgement_count(c->k); i++) {
		struct sw_finding *f = NULL;

		if (sw_rule_read(c, i, r, NULL)) {
			v->skipped++;
			continue;
		}
		e = sw_rule_try(c, r, wants, &f);
		if (!e && f)
			add(&v->findings, f);
	}
	sw_free(r);
	return e;
}

/* ---- what explains what */

static struct sw_finding *find(const struct sw_verdict *v, uint16_t entry)
{
	for (struct sw_finding *f = v->findings; f; f = f->next)
		if (f->entry == entry)
			return f;
	return NULL;
}

static bool stands(const struct sw_finding *f)
{
	return f->state <= SW_FINDING_POSSIBLE;
}

/* Consequences of consequences too: each is absorbed once, so this ends. */
static enum sw_err absorb(struct sw_court *c, struct sw_verdict *v, struct sw_finding *root,
			  const struct sw_finding *by)
{
	struct sw_ids ids = sw_finding_at(c->k, by->entry).explains;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < ids.count; i++) {
		struct sw_finding *f = find(v, ids.at[i]);

		if (!f || f == root || !stands(f) || f->explained_by)
			continue;
		const char **more =
			sw_arena_alloc(c->arena, (root->explains_count + 1) * sizeof(*more));
		if (!more)
			return SW_E_NOMEM;
		if (root->explains_count)
			memcpy(more, root->explains, root->explains_count * sizeof(*more));
		more[root->explains_count++] = f->code;
		root->explains = more;
		f->explained_by = root->code;
		e = absorb(c, v, root, f);
	}
	return e;
}

static bool is_explained_by_a_confirmed_one(struct sw_court *c, const struct sw_verdict *v,
					    const struct sw_finding *f)
{
	for (const struct sw_finding *o = v->findings; o; o = o->next) {
		struct sw_ids ids = sw_finding_at(c->k, o->entry).explains;

		for (size_t i = 0; o->state == SW_FINDING_CONFIRMED && i < ids.count; i++)
			if (ids.at[i] == f->entry)
				return true;
	}
	return false;
}

/* Roots first, so that what is explained hangs on the first cause. */
static enum sw_err absorb_all(struct sw_court *c, struct sw_verdict *v)
{
	enum sw_err e = SW_OK;

	for (struct sw_finding *f = v->findings; f && !e; f = f->next)
		if (f->state == SW_FINDING_CONFIRMED &&
		    !is_explained_by_a_confirmed_one(c, v, f))
			e = absorb(c, v, f, f);
	return e;
}

/* ---- order */

static int rank(const struct sw_finding *f)
{
	return f->state == SW_FINDING_UNTESTED    ? 3
	       : f->state == SW_FINDING_RULED_OUT ? 2
	       : f->explained_by                  ? 1
						  : 0;
}

static int by_weight(const void *a, const void *b)
{
	const struct sw_finding *x = *(const struct sw_finding *const *)a,
				*y = *(const struct sw_finding *const *)b;

	if (rank(x) != rank(y))
		return rank(x) - rank(y);
	if (x->lookalike != y->lookalike)
		return x->lookalike ? -1 : 1;
	if (x->told != y->told)
		return x->told ? -1 : 1;
	/* What is proven or likely stands before guesses, however bad those would be: in a
	 * delivery that failed the cause may well be of the mild kind (greylisting). */
	if (x->state != y->state)
		return (int)x->state - (int)y->state;
	if ((x->level == SW_LEVEL_NOTE) != (y->level == SW_LEVEL_NOTE))
		return x->level == SW_LEVEL_NOTE ? 1 : -1;
	if (x->confidence != y->confidence)
		return x->confidence > y->confidence ? -1 : 1;
	if (x->meant != y->meant)
		return x->meant > y->meant ? -1 : 1;
	if (x->level != y->level)
		return (int)x->level - (int)y->level;
	return strcmp(x->code, y->code);
}

/* What the first one is mistaken for is worth saying first, where it was ruled out. */
static void mark_lookalikes(const struct sw_court *c, struct sw_verdict *v)
{
	const struct sw_finding *first = NULL;

	for (const struct sw_finding *f = v->findings; f; f = f->next)
		if (stands(f) && !f->explained_by && (!first || by_weight(&f, &first) < 0))
			first = f;
	if (!first)
		return;
	struct sw_ids ids = sw_finding_at(c->k, first->entry).lookalikes;

	for (struct sw_finding *f = v->findings; f; f = f->next)
		for (size_t i = 0; f->state == SW_FINDING_RULED_OUT && i < ids.count; i++)
			f->lookalike = f->lookalike || ids.at[i] == f->entry;
}

static enum sw_err order(struct sw_verdict *v)
{
	struct sw_finding **all, **to = &v->findings;
	size_t n = 0;

	for (struct sw_finding *f = v->findings; f; f = f->next)
		v->count++;
	all = sw_calloc(v->count + 1, sizeof(struct sw_finding *));
	if (!all)
		return SW_E_NOMEM;
	for (struct sw_finding *f = v->findings; f; f = f->next)
		all[n++] = f;
	qsort(all, n, sizeof(struct sw_finding *), by_weight);
	for (size_t i = 0; i < n; i++) {
		*to = all[i];
		to = &all[i]->next;
	}
	*to = NULL;
	sw_free(all);
	return SW_OK;
}

static int by_gain(const void *a, const void *b)
{
	const struct sw_want *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain > y->gain ? -1 : 1;
	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return strcmp(x->selection, y->selection);
}

/* A guess that no probe could follow up is no rival of what is proven or likely. */
static void set_aside(struct sw_verdict *v)
{
	bool better = false;

	for (const struct sw_finding *f = v->findings; f; f = f->next)
		better =
			better || (f->state <= SW_FINDING_LIKELY && f->level != SW_LEVEL_NOTE);
	for (struct sw_finding *f = v->findings; f; f = f->next)
		if (better && f->state == SW_FINDING_POSSIBLE && f->untested != UINT32_MAX)
			f->state = SW_FINDING_UNTESTED;
}

/* What could not be looked at does not matter once the cause is known beyond doubt. */
static void forget_untested(struct sw_verdict *v)
{
	struct sw_finding **at = &v->findings;

	while (v->decided && *at) {
		if ((*at)->state == SW_FINDING_UNTESTED) {
			*at = (*at)->next;
			v->count--;
		} else {
			at = &(*at)->next;
		}
	}
}

enum sw_err sw_judge(const struct sw_knowledge *k, const struct sw_facts *f,
		     struct sw_arena *arena, struct sw_verdict *ret, struct sw_error *err)
{
	struct sw_wants wants = { 0 };
	struct sw_court c;

	*ret = (struct sw_verdict){ 0 };
	if (sw_court_open(&c, k, f, arena))
		return sw_fail_nomem(err);
	enum sw_err e = try_all(&c, &wants, ret);

	if (!e)
		e = sw_candidates_add(&c, &ret->findings);
	if (!e) {
		sw_verdict_lower_passed(&c, ret);
		set_aside(ret);
	}
	if (!e)
		e = absorb_all(&c, ret);
	if (!e)
		mark_lookalikes(&c, ret);
	if (!e)
		e = order(ret);
	if (!e)
		e = sw_wants_weigh(&c, &wants, ret);
	if (!e && ret->want_count)
		qsort(ret->wants, ret->want_count, sizeof(*ret->wants), by_gain);
	if (!e) {
		forget_untested(ret);
		sw_verdict_limit_contested(ret);
	}
	sw_free(wants.at);
	sw_court_close(&c);
	return e ? sw_fail_nomem(err) : SW_OK;
}
