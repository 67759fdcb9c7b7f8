/* SPDX-License-Identifier: MIT */
/* Names: of errors (ECONNREFUSED, SMTPAuthenticationError) anywhere in the text, of our own
 * things (a category, a rule, a vendor) when the text is nothing else. */
#include "knowledge/explain_work.h"

static struct sw_slice whole(const struct sw_explain_work *w)
{
	return sw_slice_trim(sw_slice(w->text.low, w->text.len));
}

static struct sw_explain_reading reading_of_all(const struct sw_explain_work *w,
						enum sw_explain_kind kind, uint8_t confidence)
{
	struct sw_explain_reading r = sw_explain_new(w, kind, 0, w->text.len);

	r.confidence = confidence;
	r.evidence[r.evidence_count++] = r.about;
	return r;
}

static bool add_category(struct sw_explain_work *w, uint16_t category, uint8_t confidence)
{
	if (category == SW_NONE)
		return false;
	struct sw_explain_reading r = reading_of_all(w, SW_EXPLAIN_CATEGORY, confidence);

	r.class = sw_explain_class_of(w->k, category);
	sw_explain_add(w->ret, &r);
	return true;
}

/* What sisimai and KumoMTA call them. */
static void find_foreign_category(struct sw_explain_work *w, struct sw_slice name)
{
	for (size_t i = 0; i < sw_category_count(w->k); i++) {
		struct sw_category_view c = sw_category_at(w->k, i);

		if (sw_slice_eq_nocase(name, sw_slice_str(c.sisimai)))
			(void)add_category(w, (uint16_t)i, 70);
	}
}

static void find_rule(struct sw_explain_work *w, struct sw_slice name)
{
	for (size_t i = 0; i < sw_rule_count(w->k); i++) {
		struct sw_rule_view rule = sw_rule_at(w->k, i);

		if (!sw_slice_eq_nocase(name, sw_slice_str(rule.id)))
			continue;
		struct sw_explain_reading r = reading_of_all(w, SW_EXPLAIN_RULE, 95);

		r.class = sw_explain_class_of(w->k, rule.category);
		r.class.rule = (uint16_t)i;
		r.class.vendor = rule.vendor;
		sw_explain_add(w->ret, &r);
	}
}

static void find_vendor(struct sw_explain_work *w, struct sw_slice name)
{
	for (size_t i = 0; i < sw_vendor_count(w->k); i++) {
		struct sw_vendor_view v = sw_vendor_at(w->k, i);

		if (!sw_slice_eq_nocase(name, sw_slice_str(v.id)) &&
		    !sw_slice_eq_nocase(name, sw_slice_str(v.name)))
			continue;
		struct sw_explain_reading r = reading_of_all(w, SW_EXPLAIN_VENDOR, 80);

		r.class.vendor = (uint16_t)i;
		sw_explain_add(w->ret, &r);
	}
}

static void find_own_names(struct sw_explain_work *w)
{
	enum { LONGEST = 80 }; /* of ids and names of vendors */
	struct sw_slice name = whole(w);

	if (name.len == 0 || name.len > LONGEST)
		return;
	if (!add_category(w, sw_category_find(w->k, name), 95))
		find_foreign_category(w, name);
	find_rule(w, name);
	find_vendor(w, name);
}

static bool is_name_byte(char c)
{
	return sw_explain_is_alnum(c) || c == '_';
}

static size_t count_words(const struct sw_explain_text *t)
{
	size_t words = 0;

	for (size_t i = 0; i < t->len; i++)
		words += t->low[i] > ' ' && (i == 0 || t->low[i - 1] == ' ');
	return words;
}

static void try_error_name(struct sw_explain_work *w, size_t from, size_t to)
{
	/* In a sentence the other words may say it better than a name for many things. */
	enum { BY_NAME = 90, BY_NAME_AMONG_WORDS = 70, FEW_WORDS = 3, LONGEST = 64 };
	const struct sw_explain_text *t = &w->text;

	if (to - from > LONGEST)
		return;
	uint16_t error =
		sw_knowledge_error_find_name(w->k, sw_slice(t->bytes + from, to - from));

	if (error == SW_NONE)
		return;
	struct sw_explain_reading r = sw_explain_new(w, SW_EXPLAIN_ERROR, from, to);
	struct sw_error_view view = sw_knowledge_error_at(w->k, error);

	r.error = error;
	r.confidence = count_words(t) <= FEW_WORDS ? BY_NAME : BY_NAME_AMONG_WORDS;
	r.class = sw_explain_class_of_error(w->k, error);
	r.evidence[r.evidence_count++] = r.about;
	r.place = sw_explain_find_place(w, from, to);
	if (!r.place.has_stage) {
		r.place.has_stage = true;
		r.place.stage = view.stage;
	}
	sw_explain_add(w->ret, &r);
}

void sw_explain_names(struct sw_explain_work *w)
{
	enum { SHORTEST = 4, MOST = 400 }; /* words of a text that are looked up */
	const struct sw_explain_text *t = &w->text;
	size_t words = 0;

	find_own_names(w);
	for (size_t from = 0; from < t->len && words < MOST; words++) {
		while (from < t->len && !is_name_byte(t->low[from]))
			from++;
		size_t to = from;
		bool upper = false;

		for (; to < t->len && is_name_byte(t->low[to]); to++)
			upper |= t->low[to] != t->bytes[to];
		/* Names have capitals; a lower case one counts when it is all of the text. */
		if (to - from >= SHORTEST && (upper || to - from == whole(w).len))
			try_error_name(w, from, to);
		from = to;
	}
}
