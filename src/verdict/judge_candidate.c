/* SPDX-License-Identifier: MIT */
/* Where no rule knows the case, the category of a refusal still names causes that go with it:
 * possible ones, and said to be no more. */
#include "verdict/judge_work.h"

enum {
	ALONE = 45, /* confidence when the category names one cause */
	AMONG = 30, /* the first of several; each next one is less */
	LESS = 5,
	MOST = 3,
};

/* Whether the last session came to its end: what was refused on its way (EHLO, where HELO was
 * taken) did not stop it. */
static bool went_well(const struct sw_court *c)
{
	uint32_t from = c->from[SW_FACT_SESSION_END], to = c->from[SW_FACT_SESSION_END + 1];

	return to > from &&
	       sw_fact_text(sw_court_fact(c, c->order[to - 1]), "failure").len == 0;
}

static bool is_of_envelope(const struct sw_fact *reply)
{
	static const char *const commands[] = { "MAIL", "RCPT", "DATA", "BDAT", "." };

	for (size_t i = 0; i < SW_LEN(commands); i++)
		if (sw_slice_eq(sw_fact_text(reply, "command"), sw_slice_str(commands[i])))
			return true;
	return false;
}

/* The refusal that the case ended with. */
static uint32_t refusal_of(const struct sw_court *c)
{
	bool well = went_well(c);

	static const enum sw_fact_type types[] = { SW_FACT_SEND_RESULT, SW_FACT_RECIPIENT,
						   SW_FACT_REPLY };

	for (size_t t = 0; t < SW_LEN(types); t++)
		for (uint32_t i = c->from[types[t] + 1]; i > c->from[types[t]]; i--) {
			uint32_t fact = c->order[i - 1];

			if (well && types[t] == SW_FACT_REPLY &&
			    !is_of_envelope(sw_court_fact(c, fact)))
				continue;
			if (sw_fact_int(sw_court_fact(c, fact), "code", 0) >= 400)
				return fact;
		}
	return SW_UNBOUND;
}

static bool names(struct sw_ids ids, uint16_t wanted)
{
	for (size_t i = 0; i < ids.count; i++)
		if (ids.at[i] == wanted)
			return true;
	return false;
}

static bool is_known(const struct sw_finding *list, uint16_t entry)
{
	for (; list; list = list->next)
		if (list->entry == entry)
			return true;
	return false;
}

/* The same words of the server, stated as its reply or as what came of a recipient. */
static bool is_same_reply(const struct sw_fact *a, const struct sw_fact *b)
{
	return a && b && sw_fact_int(a, "code", 0) == sw_fact_int(b, "code", 0) &&
	       sw_slice_eq(sw_fact_text(a, "text"), sw_fact_text(b, "text"));
}

static bool is_about(const struct sw_court *c, const struct sw_finding *f,
		     const struct sw_fact *reply)
{
	for (const struct sw_evidence_line *e = f->because; e; e = e->next)
		if (e->fact != UINT32_MAX && is_same_reply(sw_court_fact(c, e->fact), reply))
			return true;
	return false;
}

/* A rule that stands says more than a category does: of the same stage, or, be it a note, of
 * the very reply. */
static bool has_likely(const struct sw_court *c, const struct sw_finding *list,
		       const struct sw_fact *reply)
{
	for (; list; list = list->next)
		if (list->state <= SW_FINDING_LIKELY &&
		    (list->level == SW_LEVEL_BLOCKING ||
		     (list->level == SW_LEVEL_RISK && list->stage == reply->stage) ||
		     is_about(c, list, reply)))
			return true;
	return false;
}

static enum sw_err suggest(struct sw_court *c, uint16_t entry, uint32_t reply,
			   unsigned confidence, struct sw_finding **list)
{
	static const char *const because[SW_LANG_COUNT] = {
		"the server's words mean: {r.category}",
		"слова сервера означают: {r.category}",
	};
	struct sw_names name = { .at = { SW_S("r") }, .count = 1 };
	struct sw_bound bound = { .fact = { reply } };
	struct sw_finding_view v = sw_finding_at(c->k, entry);
	struct sw_finding *f = sw_finding_make(c, entry);
	struct sw_filling *filling = f ? sw_filling_make(c, NULL, &bound) : NULL;

	if (!filling)
		return SW_E_NOMEM;
	f->state = SW_FINDING_POSSIBLE;
	f->confidence = confidence;
	f->bindings = filling;
	f->recheck = sw_verdict_fill(f, v.recheck, c->arena);
	for (size_t i = 0; i < SW_LANG_COUNT; i++)
		f->title[i] = sw_filling_title(filling, &v, (enum sw_lang)i, c->arena);
	if (!f->recheck || !f->title[SW_LANG_EN] || !f->title[SW_LANG_RU])
		return SW_E_NOMEM;
	while (*list)
		list = &(*list)->next;
	*list = f;
	return sw_evidence_add(c, &name, &bound, because, reply, &f->because);
}

/* How well a cause fits: those of the stage first, then those with few categories. */
static unsigned fit(const struct sw_finding_view *v, uint16_t category, enum sw_stage stage)
{
	if (v->level == SW_LEVEL_NOTE || !names(v->categories, category))
		return 0;
	unsigned others = v->categories.count > 8 ? 8 : (unsigned)v->categories.count;

	return (v->stage == stage ? 20 : 10) - others +
	       (v->categories.at[0] == category ? 5 : 0);
}

enum sw_err sw_candidates_add(struct sw_court *c, struct sw_finding **list)
{
	uint32_t reply = refusal_of(c);
	uint16_t best[MOST] = { 0 }, category;
	unsigned fits[MOST] = { 0 };
	size_t count = 0;
	enum sw_err e = SW_OK;

	if (reply == SW_UNBOUND || has_likely(c, *list, sw_court_fact(c, reply)))
		return SW_OK;
	category = sw_court_category_of(c, reply);
	for (size_t i = 0; i < sw_finding_count(c->k); i++) {
		struct sw_finding_view v = sw_finding_at(c->k, i);
		unsigned f = category == SW_NONE || is_known(*list, (uint16_t)i)
				     ? 0
				     : fit(&v, category, sw_court_fact(c, reply)->stage);
		size_t at = count < MOST ? count : MOST;

		while (f > 0 && at > 0 && fits[at - 1] < f)
			at--;
		if (f == 0 || at == MOST)
			continue;
		for (size_t n = MOST - 1; n > at; n--) {
			best[n] = best[n - 1];
			fits[n] = fits[n - 1];
		}
		best[at] = (uint16_t)i;
		fits[at] = f;
		count++;
	}
	for (size_t i = 0; !e && i < count && i < MOST; i++)
		e = suggest(c, best[i], reply,
			    count == 1 ? ALONE : (unsigned)(AMONG - LESS * (int)i), list);
	return e;
}
