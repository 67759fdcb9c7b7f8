/* SPDX-License-Identifier: MIT */
/* Views of findings and judgements. */
#include <assert.h>

#include "knowledge/image.h"

static void texts_of(const struct kn_image *image, const uint32_t from[SW_LANG_COUNT],
		     const char *ret[SW_LANG_COUNT])
{
	for (int i = 0; i < SW_LANG_COUNT; i++)
		ret[i] = kn_string(image, from[i]);
}

static struct sw_ids ids_of(const struct kn_image *image, struct kn_list list)
{
	return (struct sw_ids){ kn_list(image, list), list.count };
}

static const struct kn_finding *finding_of(const struct sw_knowledge *k, size_t i,
					   const struct kn_image **ret_image)
{
	size_t own;

	*ret_image = sw_kn_layer(k, KN_FINDINGS, i, &own);
	return (const struct kn_finding *)kn_part(*ret_image, KN_FINDINGS) + own;
}

size_t sw_finding_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_FINDINGS];
}

struct sw_finding_view sw_finding_at(const struct sw_knowledge *k, size_t i)
{
	const struct kn_image *image;
	const struct kn_finding *f = finding_of(k, i, &image);
	struct sw_finding_view v = {
		.code = kn_string(image, f->code),
		.recheck = kn_string(image, f->recheck),
		.source = kn_string(image, f->source),
		.level = (enum sw_finding_level)f->level,
		.stage = (enum sw_stage)f->stage,
		.who = (enum sw_who)f->who,
		.lab = f->lab == 0,
		.remedy_count = f->advices,
		.lookalikes = ids_of(image, f->lookalikes),
		.explains = ids_of(image, f->explains),
		.categories = ids_of(image, f->categories),
	};

	texts_of(image, f->title, v.title);
	texts_of(image, f->plain, v.title_plain);
	texts_of(image, f->story, v.story);
	texts_of(image, f->test, v.test);
	texts_of(image, f->lab_why, v.lab_why);
	return v;
}

uint16_t sw_finding_find(const struct sw_knowledge *k, struct sw_slice code)
{
	if (sw_slice_starts_nocase(code, SW_S("SW-")))
		code = sw_slice_from(code, 3);
	for (size_t i = 0; i < sw_finding_count(k); i++) {
		const struct kn_image *image;
		const struct kn_finding *f = finding_of(k, i, &image);

		if (sw_slice_eq_nocase(code, sw_slice_str(kn_string(image, f->code))))
			return (uint16_t)i;
	}
	return SW_NONE;
}

struct sw_advice_view sw_finding_remedy(const struct sw_knowledge *k, size_t finding, size_t n)
{
	const struct kn_image *image;
	const struct kn_finding *f = finding_of(k, finding, &image);
	const struct kn_advice *a =
		(const struct kn_advice *)kn_part(image, KN_ADVICE) + f->advice + n;

	assert(n < f->advices);
	struct sw_advice_view v = {
		.literal = kn_string(image, a->literal),
		.who = (enum sw_who)a->who,
		.applicability = (enum sw_applicability)a->applicability,
	};

	texts_of(image, a->text, v.text);
	return v;
}

static const struct kn_judgement *judgement_of(const struct sw_knowledge *k, size_t i,
					       const struct kn_image **ret_image)
{
	size_t own;

	*ret_image = sw_kn_layer(k, KN_JUDGEMENTS, i, &own);
	return (const struct kn_judgement *)kn_part(*ret_image, KN_JUDGEMENTS) + own;
}

size_t sw_judgement_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_JUDGEMENTS];
}

struct sw_judgement_view sw_judgement_at(const struct sw_knowledge *k, size_t i)
{
	const struct kn_image *image;
	const struct kn_judgement *j = judgement_of(k, i, &image);
	struct sw_judgement_view v = {
		.id = kn_string(image, j->id),
		.finding = j->finding,
		.weight = j->weight,
		.proof = j->proof,
	};

	for (size_t n = 0; n < SW_CONDITION_KINDS; n++)
		v.counts[n] = j->counts[n];
	return v;
}

struct sw_condition_view sw_judgement_condition(const struct sw_knowledge *k, size_t judgement,
						enum sw_condition_kind kind, size_t n)
{
	const struct kn_image *image;
	const struct kn_judgement *j = judgement_of(k, judgement, &image);
	size_t at = j->conditions + n;

	assert(n < j->counts[kind]);
	for (unsigned i = 0; i < (unsigned)kind; i++)
		at += j->counts[i];
	const struct kn_condition *c =
		(const struct kn_condition *)kn_part(image, KN_CONDITIONS) + at;
	struct sw_condition_view v = {
		.text = kn_string(image, c->text),
		.amount = c->amount,
		.placeholder = (enum sw_placeholder)c->placeholder,
	};

	texts_of(image, c->because, v.because);
	texts_of(image, c->otherwise, v.otherwise);
	return v;
}
