/* SPDX-License-Identifier: MIT */
/* Conditions over all facts: truth, and which facts to take where several fit. */
#include "verdict/judge_work.h"

struct look {
	size_t selected, fits, doubts;
	uint32_t first_fit, first_seen;
};

/* One fact: how it stands to the condition. */
static enum sw_truth look_at(struct sw_court *c, const struct sw_condition *condition,
			     const struct sw_bound *b, uint32_t fact, struct look *look)
{
	enum sw_truth selected = sw_compare_fact(c, condition, fact, b, true), fits;

	c->steps++;
	if (selected == SW_FALSE)
		return SW_FALSE;
	fits = sw_compare_fact(c, condition, fact, b, false);
	look->selected += selected == SW_TRUE;
	if (look->first_seen == SW_UNBOUND && selected == SW_TRUE)
		look->first_seen = fact;
	if (fits == SW_TRUE && selected == SW_TRUE) {
		look->fits++;
		if (look->first_fit == SW_UNBOUND)
			look->first_fit = fact;
		return SW_TRUE;
	}
	look->doubts += fits != SW_FALSE;
	return SW_FALSE;
}

static enum sw_truth decide(const struct sw_condition *condition, const struct look *l)
{
	bool open = l->doubts > 0 || l->selected == 0;

	switch (condition->quantifier) {
	case SW_SOME:
		return l->fits ? SW_TRUE : open ? SW_UNKNOWN : SW_FALSE;
	case SW_NOT:
		return l->fits ? SW_FALSE : open ? SW_UNKNOWN : SW_TRUE;
	case SW_NONE_STATED:
		return l->fits ? SW_FALSE : SW_TRUE;
	case SW_ALL:
		if (l->selected > l->fits + l->doubts)
			return SW_FALSE;
		return open ? SW_UNKNOWN : SW_TRUE;
	case SW_AT_LEAST:
		if (l->fits >= condition->least)
			return SW_TRUE;
		return l->fits + l->doubts >= condition->least || l->selected == 0 ? SW_UNKNOWN
										   : SW_FALSE;
	}
	return SW_UNKNOWN;
}

enum sw_truth sw_condition_holds(struct sw_court *c, const struct sw_condition *condition,
				 const struct sw_bound *b, uint32_t *ret_fact)
{
	struct look l = { .first_fit = SW_UNBOUND, .first_seen = SW_UNBOUND };

	for (uint32_t i = c->from[condition->type]; i < c->from[condition->type + 1]; i++)
		look_at(c, condition, b, c->order[i], &l);
	*ret_fact = l.first_fit != SW_UNBOUND ? l.first_fit : l.first_seen;
	return decide(condition, &l);
}

struct search {
	struct sw_court *c;
	const struct sw_rule *r;
	struct sw_trial now, *best;
	bool found;
};

static bool is_better(const struct sw_trial *a, const struct sw_trial *b)
{
	return a->falses != b->falses ? a->falses < b->falses : a->unknowns < b->unknowns;
}

static bool is_perfect(const struct search *s)
{
	return s->found && s->best->falses + s->best->unknowns == 0;
}

static void go_on(struct search *s, size_t i);

static void with(struct search *s, size_t i, enum sw_truth result, uint32_t fact, bool bind)
{
	const struct sw_condition *condition = &s->r->when[i];

	s->now.result[i] = result;
	s->now.fact[i] = fact;
	s->now.falses += result == SW_FALSE;
	s->now.unknowns += result == SW_UNKNOWN;
	if (condition->named)
		s->now.bound.fact[condition->name] = bind ? fact : SW_UNBOUND;
	go_on(s, i + 1);
	if (condition->named)
		s->now.bound.fact[condition->name] = SW_UNBOUND;
	s->now.falses -= result == SW_FALSE;
	s->now.unknowns -= result == SW_UNKNOWN;
}

/* Each fact that fits may be the one that those after it are about. */
static void try_each(struct search *s, size_t i)
{
	const struct sw_condition *condition = &s->r->when[i];
	struct look l = { .first_fit = SW_UNBOUND, .first_seen = SW_UNBOUND };
	uint32_t from = s->c->from[condition->type], to = s->c->from[condition->type + 1];

	for (uint32_t n = from; n < to && !is_perfect(s); n++) {
		uint32_t fact = s->c->order[n];

		if (s->c->steps > SW_MAX_JUDGE_STEPS) {
			s->now.cut = true;
			break;
		}
		if (look_at(s->c, condition, &s->now.bound, fact, &l) == SW_TRUE)
			with(s, i, SW_TRUE, fact, true);
	}
	if (l.fits == 0)
		with(s, i, decide(condition, &l), l.first_seen, false);
}

/* Of "not" and "none" there is no fact to go on with. */
static bool binds(const struct sw_condition *condition)
{
	return condition->quantifier == SW_ALL || condition->quantifier == SW_AT_LEAST;
}

static void go_on(struct search *s, size_t i)
{
	uint32_t fact;

	if (s->found && !is_better(&s->now, s->best))
		return;
	if (i == s->r->view.counts[SW_CONDITION_WHEN]) {
		*s->best = s->now;
		s->found = true;
	} else if (s->r->when[i].quantifier == SW_SOME) {
		try_each(s, i);
	} else {
		enum sw_truth result =
			sw_condition_holds(s->c, &s->r->when[i], &s->now.bound, &fact);

		with(s, i, result, fact, result == SW_TRUE && binds(&s->r->when[i]));
	}
}

void sw_trial_run(struct sw_court *c, const struct sw_rule *r, struct sw_trial *ret)
{
	struct search s = { .c = c, .r = r, .best = ret };

	for (size_t i = 0; i < SW_MAX_NAMES; i++)
		s.now.bound.fact[i] = s.now.fact[i] = SW_UNBOUND;
	*ret = s.now;
	c->steps = 0;
	go_on(&s, 0);
	ret->cut = s.now.cut;
}
