/* SPDX-License-Identifier: MIT */
#include "knowledge/explain_work.h"

static const char *const kind_names[SW_EXPLAIN_KIND_COUNT] = {
	[SW_EXPLAIN_REPLY] = "reply",   [SW_EXPLAIN_ENHANCED] = "enhanced",
	[SW_EXPLAIN_DOTTED] = "dotted", [SW_EXPLAIN_NUMBER] = "number",
	[SW_EXPLAIN_ERROR] = "error",   [SW_EXPLAIN_CATEGORY] = "category",
	[SW_EXPLAIN_RULE] = "rule",     [SW_EXPLAIN_VENDOR] = "vendor",
	[SW_EXPLAIN_BOUNCE] = "bounce",
};

const char *sw_explain_kind_name(enum sw_explain_kind kind)
{
	return (unsigned)kind < SW_EXPLAIN_KIND_COUNT ? kind_names[kind] : "?";
}

struct sw_evidence sw_explain_in_input(const struct sw_explain_text *t, size_t from, size_t to)
{
	size_t end = to > from ? t->at[to - 1] + 1u : t->at[from];

	/* The last byte may stand for several of the input; none of them is shown half. */
	if (to > from && to <= t->len && t->at[to] > end && t->at[to] - end < 6 &&
	    (unsigned char)t->bytes[to - 1] < 0x80 && !sw_explain_is_alnum(t->bytes[to - 1]))
		end = t->at[to];
	return (struct sw_evidence){ t->at[from], (uint32_t)(end - t->at[from]) };
}

struct sw_class sw_explain_class_of(const struct sw_knowledge *k, uint16_t category)
{
	struct sw_class c = { .category = category,
			      .rule = SW_NONE,
			      .code_entry = SW_NONE,
			      .runner_up = SW_NONE,
			      .vendor = SW_NONE,
			      .probe = "" };

	if (category >= sw_category_count(k))
		return c;
	struct sw_category_view v = sw_category_at(k, category);

	c.who = v.who;
	c.retry = v.retry;
	c.list_action = v.list_action;
	c.count = v.count;
	c.count_days = v.count_days;
	c.scope = v.scope;
	c.probe = v.probe;
	return c;
}

struct sw_class sw_explain_class_of_error(const struct sw_knowledge *k, uint16_t error)
{
	struct sw_error_view e = sw_knowledge_error_at(k, error);
	struct sw_class c = sw_explain_class_of(k, e.category);

	/* Categories are of replies; a program's error is mostly mended on this side. */
	if (e.remedies.count > 0)
		c.who = sw_remedy_at(k, e.remedies.at[0]).who;
	return c;
}

struct sw_explain_reading sw_explain_new(const struct sw_explain_work *w,
					 enum sw_explain_kind kind, size_t from, size_t to)
{
	return (struct sw_explain_reading){
		.kind = kind,
		.about = sw_explain_in_input(&w->text, from, to),
		.class = sw_explain_class_of(w->k, sw_category_find(w->k, SW_S("unknown"))),
		.basic = SW_NONE,
		.status = SW_NONE,
		.error = SW_NONE,
		.address = "",
		.action = "",
		.said = "",
	};
}

static bool is_reply(const struct sw_explain_reading *r)
{
	return r->kind == SW_EXPLAIN_REPLY;
}

static bool is_error(const struct sw_explain_reading *r)
{
	return r->kind == SW_EXPLAIN_ERROR || r->kind == SW_EXPLAIN_NUMBER;
}

/* Whether both say the same of the same thing, so that one of them is enough. */
static bool say_the_same(const struct sw_explain_reading *a,
			 const struct sw_explain_reading *b)
{
	bool same_class = a->class.category == b->class.category;

	if (a->error != SW_NONE && a->error == b->error)
		return true;
	if (is_reply(a) && is_reply(b))
		return same_class && a->class.code == b->class.code &&
		       a->class.rule == b->class.rule && a->basic == b->basic &&
		       a->status == b->status;
	/* An error and a reply's words for the same trouble. */
	return same_class && ((is_reply(a) && is_error(b)) || (is_reply(b) && is_error(a)));
}

/* Which of two that say the same is kept: a reply with a code, else a number, else the
 * likelier. */
static int rank(const struct sw_explain_reading *r)
{
	if (is_reply(r) && (r->class.code || r->class.enhanced.class))
		return 3;
	return r->kind == SW_EXPLAIN_NUMBER ? 2 : r->kind == SW_EXPLAIN_ERROR;
}

static void merge(struct sw_explain_reading *into, const struct sw_explain_reading *other)
{
	struct sw_explain_reading better = rank(other) > rank(into) ? *other : *into;
	const struct sw_explain_reading *worse = rank(other) > rank(into) ? into : other;

	if (worse->confidence > better.confidence)
		better.confidence = worse->confidence;
	if (better.error == SW_NONE)
		better.error = worse->error;
	if (!better.place.host.len) {
		better.place.host = worse->place.host;
		better.place.port = worse->place.port;
	}
	for (size_t i = 0; i < worse->evidence_count; i++) {
		bool known = better.evidence_count == SW_MAX_EVIDENCE;

		for (size_t n = 0; n < better.evidence_count; n++)
			known |= better.evidence[n].at <
					 worse->evidence[i].at + worse->evidence[i].len &&
				 worse->evidence[i].at <
					 better.evidence[n].at + better.evidence[n].len;
		if (!known)
			better.evidence[better.evidence_count++] = worse->evidence[i];
	}
	*into = better;
}

void sw_explain_add(struct sw_explain_result *ret, const struct sw_explain_reading *reading)
{
	struct sw_explain_reading r = *reading;
	size_t at = 0, i;

	for (i = 0; i < ret->count; i++)
		if (say_the_same(&ret->readings[i], &r))
			break;
	if (i < ret->count) {
		merge(&ret->readings[i], &r);
		r = ret->readings[i];
		memmove(&ret->readings[i], &ret->readings[i + 1],
			(--ret->count - i) * sizeof(r));
	}
	while (at < ret->count && ret->readings[at].confidence >= r.confidence)
		at++;
	if (at == SW_MAX_READINGS)
		return;
	if (ret->count == SW_MAX_READINGS)
		ret->count--;
	memmove(&ret->readings[at + 1], &ret->readings[at], (ret->count - at) * sizeof(r));
	ret->readings[at] = r;
	ret->count++;
}

enum sw_err sw_explain(const struct sw_knowledge *k, struct sw_arena *arena,
		       struct sw_slice text, const struct sw_explain_context *context,
		       struct sw_explain_result *ret, struct sw_error *err)
{
	static void (*const recognisers[])(struct sw_explain_work * w) = {
		/* Replies first: the others ask whether there was one; numbers last: they
		 * confirm what words have said. */
		sw_explain_replies, sw_explain_codes,   sw_explain_names,
		sw_explain_words,   sw_explain_numbers, sw_explain_frames,
	};
	struct sw_explain_work w = {
		.k = k,
		.arena = arena,
		.context = context,
		.ret = ret,
	};
	enum sw_err e =
		sw_explain_clean(arena, sw_slice_head(text, SW_MAX_EXPLAIN), &w.text, err);

	*ret = (struct sw_explain_result){ .cut = text.len > SW_MAX_EXPLAIN };
	for (size_t i = 0; !e && !w.nomem && i < SW_LEN(recognisers); i++)
		recognisers[i](&w);
	return e ? e : w.nomem ? sw_fail_nomem(err) : SW_OK;
}
