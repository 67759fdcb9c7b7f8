/* SPDX-License-Identifier: MIT */
/* What a probe could not look at: no fault of the tested side, and said to be no more. */
#include "verdict/judge_work.h"

enum { WORTH_SAYING = 60 };

static struct sw_slice first_word(struct sw_slice s)
{
	return sw_slice_head(s, sw_slice_find(s, ' '));
}

static void note(struct sw_court *c, struct sw_slice name, uint32_t fact)
{
	enum sw_fact_type type;

	if (sw_fact_type_find(name, &type))
		c->untested[type] = fact;
}

void sw_court_read_untested(struct sw_court *c)
{
	for (size_t t = 0; t < SW_FACT_COUNT; t++)
		c->untested[t] = SW_UNBOUND;
	for (uint32_t i = c->from[SW_FACT_PROBE_UNTESTED];
	     i < c->from[SW_FACT_PROBE_UNTESTED + 1]; i++) {
		const struct sw_fact *f = sw_court_fact(c, c->order[i]);
		struct sw_slice types = sw_fact_text(f, "types"), one;

		note(c, first_word(sw_fact_text(f, "what")), c->order[i]);
		while (sw_slice_split(&types, ' ', &one))
			note(c, one, c->order[i]);
	}
}

static bool has_word(struct sw_slice text, struct sw_slice word)
{
	struct sw_slice one;

	while (sw_slice_split(&text, ' ', &one))
		if (sw_slice_eq(one, word))
			return true;
	return false;
}

bool sw_want_is_untested(const struct sw_court *c, const struct sw_open *o)
{
	struct sw_slice selection = sw_slice_str(o->selection),
			type = sw_slice_str(sw_fact_name(o->type));

	for (uint32_t i = c->from[SW_FACT_PROBE_UNTESTED];
	     i < c->from[SW_FACT_PROBE_UNTESTED + 1]; i++) {
		const struct sw_fact *f = sw_court_fact(c, c->order[i]);
		struct sw_slice what = sw_fact_text(f, "what"), pair;
		bool named = sw_slice_split(&what, ' ', &pair) && sw_slice_eq(pair, type);

		if (!named && has_word(sw_fact_text(f, "types"), type))
			return true;
		/* Without a selection it speaks of all of that type. */
		while (named && sw_slice_split(&what, ' ', &pair))
			named = has_word(selection, pair);
		if (named)
			return true;
	}
	return false;
}

bool sw_trial_is_untested(const struct sw_court *c, const struct sw_rule *r,
			  const struct sw_trial *t, uint32_t *ret_fact)
{
	for (size_t i = 0; i < r->view.counts[SW_CONDITION_WHEN]; i++) {
		*ret_fact = c->untested[r->when[i].type];
		if (t->result[i] == SW_UNKNOWN && *ret_fact != SW_UNBOUND)
			return true;
	}
	return false;
}

/* A cause whose symptom was not looked for, while something else speaks for it. */
bool sw_trial_would_matter(const struct sw_court *c, const struct sw_rule *r,
			   const struct sw_trial *t, uint32_t *ret_fact)
{
	bool speaks = false;

	for (size_t i = 0; i < r->view.counts[SW_CONDITION_WHEN]; i++)
		speaks = speaks ||
			 (t->result[i] == SW_TRUE && r->when[i].quantifier != SW_NONE_STATED &&
			  r->when[i].quantifier != SW_NOT);
	return t->result[0] == SW_UNKNOWN && !t->falses && speaks &&
	       r->view.weight >= WORTH_SAYING && sw_trial_is_untested(c, r, t, ret_fact);
}

enum sw_err sw_untested_tell(struct sw_court *c, uint32_t fact, struct sw_finding *f)
{
	static const char *const because[SW_LANG_COUNT] = {
		"could not be looked at: {u.reason}",
		"проверить не удалось: {u.reason}",
	};
	struct sw_names name = { .at = { SW_S("u") }, .count = 1 };
	struct sw_bound bound = { .fact = { fact } };

	return sw_evidence_add(c, &name, &bound, because, fact, &f->because);
}
