/* SPDX-License-Identifier: MIT */
/* The records of findings and judgements. */
#include "knowledge/build.h"
#include "knowledge/names.h"

static enum sw_err add_advice(struct kn_builder *b, const struct doc_advice *a)
{
	struct kn_advice k = {
		.who = sw_kn_word(&sw_kn_who_names, a->who),
		.applicability = sw_kn_word(&sw_kn_applicabilities, a->applicability),
	};
	enum sw_err code = sw_kn_text_add(b, &a->text, k.text);

	if (!code)
		code = sw_kn_string_add(b, a->literal, &k.literal);
	return code ? code : sw_kn_part_add(b, KN_ADVICE, &k, sizeof(k));
}

static enum sw_err add_texts(struct kn_builder *b, const struct doc_finding *f,
			     struct kn_finding *k)
{
	enum sw_err code = sw_kn_string_add(b, f->code, &k->code);

	if (!code)
		code = sw_kn_text_add(b, &f->title, k->title);
	if (!code)
		code = sw_kn_text_add(b, &f->title_plain, k->plain);
	if (!code)
		code = sw_kn_text_add(b, &f->story, k->story);
	if (!code)
		code = sw_kn_text_add(b, &f->test, k->test);
	if (!code)
		code = sw_kn_text_add(b, &f->lab_why, k->lab_why);
	if (!code)
		code = sw_kn_string_add(b, f->recheck, &k->recheck);
	return code ? code : sw_kn_joined_add(b, f->source, f->source_count, &k->source);
}

enum sw_err sw_kn_finding_add(struct kn_builder *b, const struct doc_finding *f)
{
	struct kn_finding k = {
		.advice = (uint32_t)kn_part_count(b, KN_ADVICE, sizeof(struct kn_advice)),
		.advices = (uint16_t)f->remedies_count,
		.level = sw_kn_word(&sw_kn_levels, f->level),
		.stage = sw_kn_word(&sw_kn_stage_names, f->stage),
		.who = sw_kn_word(&sw_kn_who_names, f->who),
		.lab = sw_kn_word(&sw_kn_labs, f->lab),
	};
	enum sw_err code = add_texts(b, f, &k);

	if (!code)
		code = sw_kn_ids_add(b, KN_FINDINGS, f->lookalikes, f->lookalikes_count,
				     &k.lookalikes);
	if (!code)
		code = sw_kn_ids_add(b, KN_FINDINGS, f->explains, f->explains_count,
				     &k.explains);
	if (!code)
		code = sw_kn_ids_add(b, KN_CATEGORIES, f->categories, f->categories_count,
				     &k.categories);
	for (unsigned i = 0; i < f->remedies_count && !code; i++)
		code = add_advice(b, &f->remedies[i]);
	return code ? code : sw_kn_part_add(b, KN_FINDINGS, &k, sizeof(k));
}

static enum sw_err add_condition(struct kn_builder *b, const char *text, unsigned amount,
				 const struct doc_text *because,
				 const struct doc_text *otherwise, enum sw_placeholder p)
{
	static const struct doc_text none = { NULL, NULL };
	struct kn_condition k = { .amount = (uint8_t)amount, .placeholder = (uint8_t)p };
	enum sw_err code = sw_kn_string_add(b, text, &k.text);

	if (!code)
		code = sw_kn_text_add(b, because ? because : &none, k.because);
	if (!code)
		code = sw_kn_text_add(b, otherwise ? otherwise : &none, k.otherwise);
	return code ? code : sw_kn_part_add(b, KN_CONDITIONS, &k, sizeof(k));
}

static enum sw_err add_when(struct kn_builder *b, const struct doc_judgement *j)
{
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < j->when_count && !code; i++) {
		bool told = i < DOC_TOLD;

		code = add_condition(b, j->when[i], 0, told ? &j->because.line[i] : NULL,
				     told ? &j->otherwise.line[i] : NULL, SW_PH_COUNT);
	}
	return code;
}

static enum sw_err add_turns(struct kn_builder *b, const struct doc_turn *turns,
			     unsigned count)
{
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < count && !code; i++)
		code = add_condition(b, turns[i].condition, turns[i].amount, &turns[i].because,
				     NULL, SW_PH_COUNT);
	return code;
}

static enum sw_err add_bindings(struct kn_builder *b, const struct doc_bind *bind,
				uint16_t *ret_count)
{
	const char *const values[SW_PH_COUNT] = {
#define SW_PLACEHOLDER(id, name, form) [SW_PH_##id] = bind->name,
#include "knowledge/placeholder.def"
#undef SW_PLACEHOLDER
	};
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < SW_PH_COUNT && !code; i++)
		if (values[i]) {
			code = add_condition(b, values[i], 0, NULL, NULL,
					     (enum sw_placeholder)i);
			(*ret_count)++;
		}
	return code;
}

enum sw_err sw_kn_judgement_add(struct kn_builder *b, const struct doc_judgement *j)
{
	struct kn_judgement k = {
		.conditions =
			(uint32_t)kn_part_count(b, KN_CONDITIONS, sizeof(struct kn_condition)),
		.counts = {
			[SW_CONDITION_WHEN] = (uint16_t)j->when_count,
			[SW_CONDITION_SUPPORTS] = (uint16_t)j->supports_count,
			[SW_CONDITION_CONTRADICTS] = (uint16_t)j->contradicts_count,
		},
		.finding = sw_kn_index_of(b, KN_FINDINGS, j->finding),
		.weight = (uint8_t)j->weight,
		.proof = j->proof,
	};
	enum sw_err code = sw_kn_string_add(b, j->id, &k.id);

	if (!code)
		code = add_when(b, j);
	if (!code)
		code = add_turns(b, j->supports, j->supports_count);
	if (!code)
		code = add_turns(b, j->contradicts, j->contradicts_count);
	if (!code)
		code = add_bindings(b, &j->bind, &k.counts[SW_CONDITION_BIND]);
	return code ? code : sw_kn_part_add(b, KN_JUDGEMENTS, &k, sizeof(k));
}
