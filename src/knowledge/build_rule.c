/* SPDX-License-Identifier: MIT */
/* The records of rules: what is asked for each reply, apart from what is told once. */
#include <stdlib.h>

#include "knowledge/build.h"
#include "knowledge/names.h"

/* Scores of rules that name none. */
enum {
	SCORE_TEXT = 65,
	SCORE_VENDOR = 20,
	SCORE_CODE = 10,
	SCORE_VENDOR_CODE = 60,
	SCORE_ENHANCED = 45,
	SCORE_REPLY_STAGE = 30,
	SCORE_REPLY = 10,
	SCORE_VETO = 55, /* a guess from one vague word takes nothing back */
};

static bool has_words(const struct doc_rule *r)
{
	return r->text_count || r->with_count;
}

/* Where the codes fit. */
static unsigned worth_of(const struct doc_rule *r)
{
	if (r->score)
		return r->score;
	if (has_words(r))
		return SCORE_TEXT + (r->vendor_count ? SCORE_VENDOR : 0u) +
		       (r->reply_count || r->enhanced_count ? SCORE_CODE : 0u);
	/* Nothing but the codes speak. */
	if (r->vendor_count)
		return SCORE_VENDOR_CODE;
	if (r->enhanced_count)
		return SCORE_ENHANCED;
	return r->stage_count ? SCORE_REPLY_STAGE : SCORE_REPLY;
}

/* Families whose words forbid to suppress a recipient (data/README.md). */
static bool is_sender_side(const char *category)
{
	static const char *const families[] = { "policy.", "sender.",  "content.",
						"auth.",   "account.", "tls." };

	for (size_t i = 0; i < SW_LEN(families); i++)
		if (sw_slice_starts(sw_slice_str(category), sw_slice_str(families[i])))
			return true;
	return false;
}

/* Entries of KN_LISTS since `from`. */
static uint16_t listed_since(const struct kn_builder *b, uint32_t from)
{
	return (uint16_t)(sw_kn_list_open(b).at - from);
}

static enum sw_err add_replies(struct kn_builder *b, const struct doc_rule *r,
			       struct kn_rule *k)
{
	struct kn_list list = sw_kn_list_open(b);
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < r->reply_count && !code; i++) {
		uint16_t from = 0, to = 0;

		sw_kn_reply_parse(sw_slice_str(r->reply[i]), &from, &to);
		k->classes = (uint8_t)(k->classes | 1u << from / 100);
		code = sw_kn_list_add(b, &list, from);
		if (!code)
			code = sw_kn_list_add(b, &list, to);
	}
	k->replies = listed_since(b, list.at);
	return code;
}

static enum sw_err add_enhanced(struct kn_builder *b, const struct doc_rule *r,
				struct kn_rule *k)
{
	struct kn_list list = sw_kn_list_open(b);
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < r->enhanced_count && !code; i++) {
		struct kn_enhanced_range range = { 0 };

		sw_kn_range_parse(sw_slice_str(r->enhanced[i]), &range);
		code = sw_kn_list_add(b, &list, range.class);
		if (!code)
			code = sw_kn_list_add(b, &list, range.subject);
		if (!code)
			code = sw_kn_list_add(b, &list, range.from);
		if (!code)
			code = sw_kn_list_add(b, &list, range.to);
	}
	k->enhanced = listed_since(b, list.at);
	return code;
}

/* The first group of `with` that is a condition: of a rule without `text` the first one stands
 * for it (add_words). */
static unsigned first_with(const struct doc_rule *r)
{
	return r->text_count == 0 && r->with_count > 0;
}

/* The alternatives of one group to *list, NULL allowed. */
static enum sw_err add_group(struct kn_builder *b, const char *group, struct kn_list *list)
{
	struct sw_slice rest = sw_slice_str(group), one;
	enum sw_err code = SW_OK;

	while (!code && sw_kn_alternative_next(&rest, &one)) {
		uint16_t number;

		code = sw_kn_pattern_add(b, one, KN_USE_NONE, 0, &number);
		if (!code && list)
			code = sw_kn_list_add(b, list, number);
	}
	return code;
}

/* Groups: how many alternatives, and those. */
static enum sw_err add_with(struct kn_builder *b, const struct doc_rule *r, struct kn_rule *k)
{
	struct kn_list list = sw_kn_list_open(b);
	enum sw_err code = SW_OK;

	k->with_groups = (uint8_t)(r->with_count - first_with(r));
	for (unsigned i = first_with(r); i < r->with_count && !code; i++) {
		struct sw_slice rest = sw_slice_str(r->with[i]), one;
		uint16_t count = 0;

		while (sw_kn_alternative_next(&rest, &one))
			count++;
		code = sw_kn_list_add(b, &list, count);
		if (!code)
			code = add_group(b, r->with[i], &list);
	}
	k->with = listed_since(b, list.at);
	return code;
}

static int by_number(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Entries of the set of patterns and the bits there: those of one rule are neighbours mostly.
 */
static enum sw_err add_without(struct kn_builder *b, const struct doc_rule *r,
			       struct kn_rule *k)
{
	uint16_t numbers[SW_MAX_KNOWLEDGE_LIST];
	struct kn_list list = sw_kn_list_open(b);
	enum sw_err code = SW_OK;
	unsigned count = r->without_count;

	for (unsigned i = 0; i < count && !code; i++)
		code = sw_kn_pattern_add(b, sw_slice_str(r->without[i]), KN_USE_NONE, 0,
					 &numbers[i]);
	if (!code && count)
		qsort(numbers, count, sizeof(numbers[0]), by_number);
	for (unsigned i = 0; i < count && !code;) {
		uint16_t entry = numbers[i] / KN_SET_BITS, bits = 0;

		for (; i < count && numbers[i] / KN_SET_BITS == entry; i++)
			bits |= (uint16_t)(1u << numbers[i] % KN_SET_BITS);
		code = sw_kn_list_add(b, &list, entry);
		if (!code)
			code = sw_kn_list_add(b, &list, bits);
	}
	k->without = (uint16_t)list.count;
	return code;
}

static enum sw_err add_conditions(struct kn_builder *b, const struct doc_rule *r)
{
	enum sw_err code =
		sw_kn_patterns_add(b, r->without, r->without_count, KN_USE_NONE, 0, NULL);

	for (unsigned i = first_with(r); i < r->with_count && !code; i++)
		code = add_group(b, r->with[i], NULL);
	return code;
}

enum sw_err sw_kn_conditions_add(struct kn_builder *b)
{
	enum sw_err code = SW_OK;

	for (size_t f = 0; f < b->loading->count; f++) {
		const struct doc *d = b->loading->files[f].doc;

		for (size_t i = 0; d && i < d->rules_count && !code; i++)
			code = add_conditions(b, &d->rules[i]);
		for (size_t i = 0; d && i < d->errors_count && !code; i++)
			code = sw_kn_patterns_add(b, d->errors[i].without,
						  d->errors[i].without_count, KN_USE_NONE, 0,
						  NULL);
	}
	b->image.conditions = (uint32_t)b->pattern_count;
	return code;
}

/* Entry i of KN_LISTS. */
static uint16_t listed(const struct kn_builder *b, uint32_t i)
{
	struct sw_slice lists = sw_buf_slice(&b->part[KN_LISTS]);
	uint16_t entry;

	memcpy(&entry, lists.ptr + i * sizeof(entry), sizeof(entry));
	return entry;
}

static enum sw_err add_wordless(struct kn_builder *b, const struct kn_rule *k, size_t own)
{
	struct kn_wordless w = { .vendor = SW_NONE, .rule = (uint16_t)own };
	uint32_t enhanced = k->lists + k->vendors + k->replies;
	enum sw_err code = SW_OK;

	if (k->replies)
		w.subjects = (uint16_t)(1u << KN_SUBJECTS);
	for (uint32_t i = 1; i < k->enhanced; i += KN_RANGE)
		w.subjects |= kn_subject_bit(listed(b, enhanced + i));
	if (k->vendors == 0)
		return sw_kn_part_add(b, KN_WORDLESS, &w, sizeof(w));
	for (uint32_t i = 0; i < k->vendors && !code; i++) {
		w.vendor = listed(b, k->lists + i);
		code = sw_kn_part_add(b, KN_WORDLESS, &w, sizeof(w));
	}
	return code;
}

/* The words by which a rule is thought of. */
static enum sw_err add_words(struct kn_builder *b, const struct doc_rule *r, size_t own)
{
	enum kn_use use = r->vendor_count ? KN_USE_VENDOR_RULE : KN_USE_RULE;
	enum sw_err code = sw_kn_patterns_add(b, r->text, r->text_count, use, own, NULL);

	if (code || r->text_count || !r->with_count)
		return code;
	struct sw_slice rest = sw_slice_str(r->with[0]), one;
	uint16_t number;

	while (!code && sw_kn_alternative_next(&rest, &one))
		code = sw_kn_pattern_add(b, one, use, own, &number);
	return code;
}

static enum sw_err add_rule_lists(struct kn_builder *b, const struct doc_rule *r, size_t own,
				  struct kn_rule *k)
{
	struct kn_list list;
	enum sw_err code = sw_kn_ids_add(b, KN_VENDORS, r->vendor, r->vendor_count, &list);

	k->lists = list.at;
	k->vendors = (uint16_t)list.count;
	if (!code)
		code = add_replies(b, r, k);
	if (!code)
		code = add_enhanced(b, r, k);
	if (!code)
		code = add_with(b, r, k);
	if (!code)
		code = add_without(b, r, k);
	if (!code)
		code = add_words(b, r, own);
	if (code || r->text_count || r->with_count)
		return code;
	return add_wordless(b, k, own);
}

static enum sw_err add_rule_text(struct kn_builder *b, const struct doc_rule *r)
{
	struct kn_rule_text k = {
		.who = sw_kn_word(&sw_kn_who_names, r->who),
		.retry = sw_kn_word(&sw_kn_retry_names, r->retry),
		.list_action = sw_kn_word(&sw_kn_list_action_names, r->list_action),
		.scope = sw_kn_word(&sw_kn_scope_names, r->scope),
		.has_probe = r->probe != NULL,
	};
	enum sw_err code = sw_kn_string_add(b, r->id, &k.id);

	if (!code)
		code = sw_kn_text_add(b, &r->meaning, k.meaning);
	if (!code)
		code = sw_kn_string_add(b, r->ref, &k.ref);
	if (!code)
		code = sw_kn_string_add(b, r->probe, &k.probe);
	if (!code)
		code = sw_kn_string_add(b, r->sisimai, &k.sisimai);
	ADD_ADVICE(code, b, r, &k);
	return code ? code : sw_kn_part_add(b, KN_RULE_TEXTS, &k, sizeof(k));
}

enum sw_err sw_kn_rule_add(struct kn_builder *b, const struct doc_rule *r)
{
	size_t own = kn_part_count(b, KN_RULES, sizeof(struct kn_rule));
	struct kn_rule k = {
		.category = sw_kn_index_of(b, KN_CATEGORIES, r->category),
		.worth = (uint8_t)worth_of(r),
		.sender_side = has_words(r) && (!r->score || r->score >= SCORE_VETO) &&
			       is_sender_side(r->category),
	};

	for (unsigned i = 0; i < r->stage_count; i++)
		k.stages = (uint16_t)(k.stages |
				      1u << sw_kn_name_find(&sw_kn_stage_names, r->stage[i]));
	enum sw_err code = add_rule_lists(b, r, own, &k);

	if (!code)
		code = add_rule_text(b, r);
	return code ? code : sw_kn_part_add(b, KN_RULES, &k, sizeof(k));
}
