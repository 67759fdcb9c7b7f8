/* SPDX-License-Identifier: MIT */
/* What one rule says of a case. */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "verdict/judge_work.h"

enum {
	PROVEN = 85,
	LIKELY = 60,
	POSSIBLE_MOST = 59, /* something is not known */
	SURE = 99,          /* rules do not know everything */
};

static enum sw_err read_condition(struct sw_court *c, struct sw_rule *r, size_t i,
				  struct sw_error *err)
{
	struct sw_condition_view v =
		sw_judgement_condition(c->k, r->number, SW_CONDITION_WHEN, i);

	return sw_condition_parse(sw_slice_str(v.text), &r->names, &r->when[i], err);
}

enum sw_err sw_rule_read(struct sw_court *c, size_t number, struct sw_rule *r,
			 struct sw_error *err)
{
	enum sw_err e = SW_OK;

	r->number = number;
	r->view = sw_judgement_at(c->k, number);
	r->names.count = 0;
	if (r->view.counts[SW_CONDITION_WHEN] > SW_MAX_NAMES)
		return sw_fail(err, SW_E_LIMIT, "more than %d conditions", (int)SW_MAX_NAMES);
	for (size_t i = 0; !e && i < r->view.counts[SW_CONDITION_WHEN]; i++) {
		e = read_condition(c, r, i, err);
		/* Most symptoms are not there: the rest need not be read. */
		if (!e && i == 0 && r->when[0].quantifier == SW_SOME &&
		    c->untested[r->when[0].type] == SW_UNBOUND &&
		    c->from[r->when[0].type] == c->from[r->when[0].type + 1]) {
			r->view.counts[SW_CONDITION_WHEN] = 0;
			return SW_OK;
		}
	}
	return e;
}

/* ---- evidence */

enum sw_err sw_evidence_put(struct sw_court *c, const char *const text[SW_LANG_COUNT],
			    uint32_t fact, struct sw_evidence_line **list)
{
	struct sw_evidence_line *line = sw_arena_alloc(c->arena, sizeof(*line));

	if (!line)
		return SW_E_NOMEM;
	for (size_t i = 0; i < SW_LANG_COUNT; i++)
		line->text[i] = text[i];
	line->fact = fact < sw_facts_count(c->facts) ? fact : SW_UNBOUND;
	while (*list)
		list = &(*list)->next;
	*list = line;
	return SW_OK;
}

enum sw_err sw_evidence_add(struct sw_court *c, const struct sw_names *names,
			    const struct sw_bound *b, const char *const text[SW_LANG_COUNT],
			    uint32_t fact, struct sw_evidence_line **list)
{
	const char *told[SW_LANG_COUNT];
	bool nomem = false;

	if (!*text[SW_LANG_EN])
		return SW_OK;
	for (size_t i = 0; i < SW_LANG_COUNT; i++) {
		told[i] = sw_tell(c, names, b, text[i], (enum sw_lang)i, &nomem);
		if (!told[i])
			return nomem ? SW_E_NOMEM : SW_OK;
	}
	return sw_evidence_put(c, told, fact, list);
}

static enum sw_err tell_conditions(struct sw_court *c, const struct sw_rule *r,
				   const struct sw_trial *t, struct sw_finding *f)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < r->view.counts[SW_CONDITION_WHEN]; i++) {
		struct sw_condition_view v =
			sw_judgement_condition(c->k, r->number, SW_CONDITION_WHEN, i);
		struct sw_bound near = t->bound;

		if (t->result[i] == SW_TRUE) {
			e = sw_evidence_add(c, &r->names, &t->bound, v.because, t->fact[i],
					    &f->because);
		} else if (t->result[i] == SW_FALSE) {
			if (r->when[i].named)
				near.fact[r->when[i].name] = t->fact[i];
			f->told = f->told || *v.otherwise[SW_LANG_EN];
			e = *v.otherwise[SW_LANG_EN]
				    ? sw_evidence_add(c, &r->names, &near, v.otherwise,
						      t->fact[i], &f->against)
				    : sw_tell_plainly(c, &r->when[i], t->fact[i], &f->against);
		}
	}
	return e;
}

/* ---- what nobody has looked at */

static enum sw_err want_open(struct sw_court *c, const struct sw_rule *r,
			     const struct sw_trial *t, struct sw_wants *wants)
{
	struct sw_open open = { .entry = r->view.finding, .kind = SW_CONDITION_WHEN };
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < r->view.counts[SW_CONDITION_WHEN]; i++)
		if (t->result[i] == SW_UNKNOWN)
			e = sw_want_add(c, &r->when[i], &t->bound, open, wants);
	return e;
}

/* ---- what raises and lowers */

static enum sw_err turn(struct sw_court *c, struct sw_rule *r, const struct sw_trial *t,
			enum sw_condition_kind kind, struct sw_finding *f, int *confidence,
			struct sw_wants *wants)
{
	bool up = kind == SW_CONDITION_SUPPORTS;
	enum sw_err e = SW_OK;

	for (size_t i = 0; !e && i < r->view.counts[kind]; i++) {
		struct sw_condition_view v = sw_judgement_condition(c->k, r->number, kind, i);
		struct sw_names names = r->names;
		struct sw_bound bound = t->bound;
		uint32_t fact;

		if (sw_condition_parse(sw_slice_str(v.text), &names, &r->turn, NULL))
			continue;
		enum sw_truth holds = sw_condition_holds(c, &r->turn, &t->bound, &fact);

		if (holds == SW_UNKNOWN)
			e = sw_want_add(c, &r->turn, &t->bound,
					(struct sw_open){ .entry = r->view.finding,
							  .kind = kind,
							  .amount = v.amount },
					wants);
		if (holds != SW_TRUE)
			continue;
		if (r->turn.named && r->turn.quantifier != SW_NOT &&
		    r->turn.quantifier != SW_NONE_STATED)
			bound.fact[r->turn.name] = fact;
		*confidence += up ? (int)v.amount : -(int)v.amount;
		e = sw_evidence_add(c, &names, &bound, v.because, fact,
				    up ? &f->because : &f->against);
	}
	return e;
}

/* A condition that asks what a reply means and looks at none of its words itself. */
static bool rests_on_reading(const struct sw_condition *when)
{
	bool reads = false;

	for (size_t k = 0; k < when->comparisons; k++) {
		if (when->comparison[k].how == SW_HAS_WORDS)
			return false;
		reads = reads || (when->comparison[k].derived == SW_DERIVED_CATEGORY &&
				  when->comparison[k].how == SW_EQUAL);
	}
	return reads;
}

/* What is meant by words is not surer than the reading of them. */
static int limit_by_words(const struct sw_court *c, const struct sw_rule *r,
			  const struct sw_trial *t, int confidence)
{
	for (size_t i = 0; i < r->view.counts[SW_CONDITION_WHEN]; i++)
		if (r->when[i].quantifier == SW_SOME && t->result[i] == SW_TRUE &&
		    t->fact[i] < sw_court_count(c) && rests_on_reading(&r->when[i]) &&
		    c->trust[t->fact[i]] < confidence)
			confidence = c->trust[t->fact[i]];
	return confidence;
}

static void settle(const struct sw_rule *r, const struct sw_trial *t, int confidence,
		   struct sw_finding *f)
{
	int all = (int)r->view.counts[SW_CONDITION_WHEN];

	if (t->unknowns || t->cut) {
		confidence = confidence * (all - (int)t->unknowns) / all;
		confidence = confidence > POSSIBLE_MOST ? POSSIBLE_MOST : confidence;
	}
	confidence = confidence < 1 ? 1 : confidence > SURE ? SURE : confidence;
	f->confidence = (unsigned)confidence;
	if (confidence >= PROVEN && r->view.proof)
		f->state = SW_FINDING_CONFIRMED;
	else
		f->state = confidence >= LIKELY ? SW_FINDING_LIKELY : SW_FINDING_POSSIBLE;
}

struct sw_finding *sw_finding_make(struct sw_court *c, uint16_t entry)
{
	struct sw_finding_view v = sw_finding_at(c->k, entry);
	struct sw_finding *f = sw_arena_alloc(c->arena, sizeof(*f));
	char code[16];

	if (!f)
		return NULL;
	snprintf(code, sizeof(code), "SW-%.8s", v.code);
	f->code = sw_arena_strdup(c->arena, code);
	f->entry = entry;
	f->rule = "";
	f->untested = SW_UNBOUND;
	f->level = v.level;
	f->stage = v.stage;
	return f->code ? f : NULL;
}

/* Title and recheck with their values. */
static enum sw_err fill(struct sw_court *c, const struct sw_rule *r, const struct sw_bound *b,
			struct sw_finding *f)
{
	struct sw_finding_view v = sw_finding_at(c->k, f->entry);
	struct sw_filling *filling = sw_filling_make(c, r, b);

	if (!filling)
		return SW_E_NOMEM;
	f->bindings = filling;
	f->recheck = sw_verdict_fill(f, v.recheck, c->arena);
	for (size_t i = 0; i < SW_LANG_COUNT; i++)
		f->title[i] = sw_filling_title(filling, &v, (enum sw_lang)i, c->arena);
	return f->recheck && f->title[SW_LANG_EN] && f->title[SW_LANG_RU] ? SW_OK : SW_E_NOMEM;
}

/* How sure the rule could be, if all that is open spoke for it. */
static void tell_reach(struct sw_wants *wants, size_t from, int base)
{
	unsigned up = base > 0 ? (unsigned)base : 0;

	for (size_t i = from; i < wants->count; i++)
		if (wants->at[i].kind == SW_CONDITION_SUPPORTS)
			up += wants->at[i].amount;
	for (size_t i = from; i < wants->count; i++)
		wants->at[i].reach = up < SURE ? up : SURE;
}

static enum sw_err say(struct sw_court *c, struct sw_rule *r, const struct sw_trial *t,
		       struct sw_wants *wants, struct sw_finding *f)
{
	int confidence = (int)r->view.weight;
	size_t from = wants->count;
	enum sw_err e = tell_conditions(c, r, t, f);

	f->rule = r->view.id;
	if (!e)
		e = fill(c, r, &t->bound, f);
	if (t->falses) {
		f->state = SW_FINDING_RULED_OUT;
		return e;
	}
	if (!e)
		e = turn(c, r, t, SW_CONDITION_SUPPORTS, f, &confidence, wants);
	if (!e)
		e = turn(c, r, t, SW_CONDITION_CONTRADICTS, f, &confidence, wants);
	int meant = confidence;

	confidence = limit_by_words(c, r, t, confidence);
	settle(r, t, confidence, f);
	f->meant = confidence < meant ? (unsigned)meant : f->confidence;
	if (!e)
		e = want_open(c, r, t, wants);
	tell_reach(wants, from, confidence);
	if (!e && sw_trial_is_untested(c, r, t, &f->untested))
		e = sw_untested_tell(c, f->untested, f);
	return e;
}

/* The symptom itself could not be looked for. */
static enum sw_err say_untested(struct sw_court *c, struct sw_rule *r,
				const struct sw_trial *t, struct sw_finding *f)
{
	enum sw_err e = fill(c, r, &t->bound, f);

	f->rule = r->view.id;
	f->state = SW_FINDING_UNTESTED;
	return e ? e : sw_untested_tell(c, f->untested, f);
}

enum sw_err sw_rule_try(struct sw_court *c, struct sw_rule *r, struct sw_wants *wants,
			struct sw_finding **ret)
{
	uint32_t untested;
	struct sw_trial t;

	*ret = NULL;
	if (r->view.counts[SW_CONDITION_WHEN] == 0)
		return SW_OK;
	sw_trial_run(c, r, &t);
	bool stated = t.result[0] == SW_TRUE;

	if (!stated && !sw_trial_would_matter(c, r, &t, &untested))
		return SW_OK;
	*ret = sw_finding_make(c, r->view.finding);
	if (!*ret)
		return SW_E_NOMEM;
	if (stated)
		return say(c, r, &t, wants, *ret);
	(*ret)->untested = untested;
	return say_untested(c, r, &t, *ret);
}
