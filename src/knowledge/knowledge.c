/* SPDX-License-Identifier: MIT */
/* Views of what is in the images. */
#include "knowledge/knowledge.h"

#include <assert.h>

#include "knowledge/image.h"

/* Which things below a section's last records replace. */
static struct kn_span replaced_by(const struct kn_image *image, enum kn_part section,
				  const uint16_t **ret)
{
	enum kn_part part = KN_REPLACED_RULES;

	if (section == KN_CODES)
		part = KN_REPLACED_CODES;
	else if (section != KN_RULES)
		return (struct kn_span){ 0 };
	*ret = kn_part(image, part);
	return image->part[part];
}

/* Own number of thing i when this layer has it. */
static bool find_own(const struct kn_image *image, enum kn_part section, size_t i,
		     size_t *ret_own)
{
	const uint16_t *replaced = NULL;

	if (i >= image->base[section]) {
		*ret_own = i - image->base[section];
		return true;
	}
	struct kn_span span = replaced_by(image, section, &replaced);

	for (size_t r = 0; r < span.count; r++)
		if (replaced[r] == i) {
			*ret_own = image->part[section].count - span.count + r;
			return true;
		}
	return false;
}

const struct kn_image *sw_kn_layer(const struct sw_knowledge *k, enum kn_part section, size_t i,
				   size_t *ret_own)
{
	assert(i < k->image->total[section]);
	while (!find_own(k->image, section, i, ret_own))
		k = k->under;
	return k->image;
}

size_t sw_kn_global(const struct kn_image *image, enum kn_part section, size_t own)
{
	const uint16_t *replaced = NULL;
	struct kn_span span = replaced_by(image, section, &replaced);
	size_t fresh = image->part[section].count - span.count;

	return own < fresh || !replaced ? image->base[section] + own : replaced[own - fresh];
}

static struct sw_ids ids_of(const struct kn_image *image, struct kn_list list)
{
	return (struct sw_ids){ kn_list(image, list), list.count };
}

static void texts_of(const struct kn_image *image, const uint32_t from[SW_LANG_COUNT],
		     const char *ret[SW_LANG_COUNT])
{
	for (int i = 0; i < SW_LANG_COUNT; i++)
		ret[i] = kn_string(image, from[i]);
}

size_t sw_category_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_CATEGORIES];
}

struct sw_category_view sw_category_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_CATEGORIES, i, &own);
	const struct kn_category *c = (const struct kn_category *)kn_part(image, KN_CATEGORIES) +
				      own;
	struct sw_category_view v = {
		.id = kn_string(image, c->id),
		.sisimai = kn_string(image, c->sisimai),
		.kumo = kn_string(image, c->kumo),
		.probe = kn_string(image, c->probe),
		.who = (enum sw_who)c->who,
		.retry = (enum sw_retry)c->retry,
		.list_action = (enum sw_list_action)c->list_action,
		.count = c->count,
		.count_days = c->count_days,
		.scope = (enum sw_scope)c->scope,
		.causes = ids_of(image, c->causes),
		.remedies = ids_of(image, c->remedies),
	};

	texts_of(image, c->title, v.title);
	texts_of(image, c->meaning, v.meaning);
	return v;
}

uint16_t sw_category_find(const struct sw_knowledge *k, struct sw_slice id)
{
	for (size_t i = 0; i < sw_category_count(k); i++)
		if (sw_slice_eq(id, sw_slice_str(sw_category_at(k, i).id)))
			return (uint16_t)i;
	return SW_NONE;
}

struct sw_cause_view sw_cause_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_CAUSES, i, &own);
	const struct kn_cause *c = (const struct kn_cause *)kn_part(image, KN_CAUSES) + own;
	struct sw_cause_view v = { .id = kn_string(image, c->id) };

	texts_of(image, c->text, v.text);
	return v;
}

struct sw_remedy_view sw_remedy_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_REMEDIES, i, &own);
	const struct kn_remedy *r = (const struct kn_remedy *)kn_part(image, KN_REMEDIES) + own;
	struct sw_remedy_view v = {
		.id = kn_string(image, r->id),
		.literal = kn_string(image, r->literal),
		.applicability = kn_string(image, r->applicability),
		.who = (enum sw_who)r->who,
	};

	texts_of(image, r->text, v.text);
	return v;
}

size_t sw_code_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_CODES];
}

struct sw_code_view sw_code_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_CODES, i, &own);
	const struct kn_code *c = (const struct kn_code *)kn_part(image, KN_CODES) + own;
	struct sw_code_view v = {
		.code = kn_string(image, c->code),
		.source = kn_string(image, c->source),
		.replies = kn_string(image, c->replies),
		.category = c->category,
		.retry = (enum sw_retry)c->retry,
		.dotted = c->dotted,
		.causes = ids_of(image, c->causes),
		.remedies = ids_of(image, c->remedies),
	};

	if (c->retry == KN_ABSENT)
		v.retry = sw_category_at(k, c->category).retry;
	texts_of(image, c->title, v.title);
	texts_of(image, c->meaning, v.meaning);
	texts_of(image, c->note, v.note);
	return v;
}

static uint16_t find_code_in(const struct kn_image *image, uint32_t key)
{
	const struct kn_code_key *keys = kn_part(image, KN_CODE_KEYS);
	size_t from = 0, to = image->part[KN_CODE_KEYS].count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (keys[middle].key == key)
			return (uint16_t)sw_kn_global(image, KN_CODES, keys[middle].index);
		if (keys[middle].key < key)
			from = middle + 1;
		else
			to = middle;
	}
	return SW_NONE;
}

static uint16_t find_code(const struct sw_knowledge *k, uint32_t key)
{
	uint16_t found = SW_NONE;

	for (; k && found == SW_NONE; k = k->under)
		found = find_code_in(k->image, key);
	return found;
}

uint16_t sw_code_find_basic(const struct sw_knowledge *k, int code)
{
	return code > 0 ? find_code(k, (uint32_t)code) : (uint16_t)SW_NONE;
}

uint16_t sw_code_find_enhanced(const struct sw_knowledge *k, struct sw_enhanced e)
{
	if (e.class == 0 || e.class > 9 || e.subject > 999 || e.detail > 999)
		return SW_NONE;
	uint16_t found = find_code(k, KN_KEY_ENHANCED(e.class, e.subject, e.detail));

	return found != SW_NONE ? found : find_code(k, KN_KEY_ENHANCED(0, e.subject, e.detail));
}

uint16_t sw_code_find_enhanced_near(const struct sw_knowledge *k, struct sw_enhanced e)
{
	struct sw_enhanced subject = { e.class, e.subject, 0 }, class = { e.class, 0, 0 };
	uint16_t found = sw_code_find_enhanced(k, e);

	if (found == SW_NONE)
		found = sw_code_find_enhanced(k, subject);
	return found != SW_NONE ? found : sw_code_find_enhanced(k, class);
}

size_t sw_vendor_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_VENDORS];
}

struct sw_vendor_view sw_vendor_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_VENDORS, i, &own);
	const struct kn_vendor *v = (const struct kn_vendor *)kn_part(image, KN_VENDORS) + own;

	return (struct sw_vendor_view){
		.id = kn_string(image, v->id),
		.name = kn_string(image, v->name),
		.kind = kn_string(image, v->kind),
		.url = kn_string(image, v->url),
	};
}

size_t sw_knowledge_error_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_ERRORS];
}

struct sw_error_view sw_knowledge_error_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_ERRORS, i, &own);
	const struct kn_error *e = (const struct kn_error *)kn_part(image, KN_ERRORS) + own;
	struct sw_error_view v = {
		.id = kn_string(image, e->id),
		.command = kn_string(image, e->command),
		.category = e->category,
		.stage = (enum sw_stage)e->stage,
		.frame = e->frame,
		.causes = ids_of(image, e->causes),
		.remedies = ids_of(image, e->remedies),
	};

	texts_of(image, e->title, v.title);
	texts_of(image, e->meaning, v.meaning);
	return v;
}

uint16_t sw_knowledge_error_find(const struct sw_knowledge *k, struct sw_slice kind,
				 unsigned long number)
{
	for (; k; k = k->under) {
		const struct kn_error_number *n = kn_part(k->image, KN_ERROR_NUMBERS);

		for (size_t i = 0; i < k->image->part[KN_ERROR_NUMBERS].count; i++)
			if (n[i].number == number &&
			    sw_slice_eq_nocase(kind,
					       sw_slice_str(kn_string(k->image, n[i].kind))))
				return (uint16_t)sw_kn_global(k->image, KN_ERRORS, n[i].index);
	}
	return SW_NONE;
}

uint16_t sw_knowledge_error_find_name(const struct sw_knowledge *k, struct sw_slice name)
{
	for (; k; k = k->under) {
		const struct kn_error_name *n = kn_part(k->image, KN_ERROR_NAMES);

		for (size_t i = 0; i < k->image->part[KN_ERROR_NAMES].count; i++)
			if (sw_slice_eq_nocase(name,
					       sw_slice_str(kn_string(k->image, n[i].name))))
				return (uint16_t)sw_kn_global(k->image, KN_ERRORS, n[i].index);
	}
	return SW_NONE;
}

size_t sw_rule_count(const struct sw_knowledge *k)
{
	return k->image->total[KN_RULES];
}

struct sw_rule_view sw_rule_at(const struct sw_knowledge *k, size_t i)
{
	size_t own;
	const struct kn_image *image = sw_kn_layer(k, KN_RULES, i, &own);
	const struct kn_rule *r = (const struct kn_rule *)kn_part(image, KN_RULES) + own;
	const struct kn_rule_text *t =
		(const struct kn_rule_text *)kn_part(image, KN_RULE_TEXTS) + own;
	struct sw_rule_view v = {
		.id = kn_string(image, t->id),
		.ref = kn_string(image, t->ref),
		.category = r->category,
		.vendor = r->vendors ? kn_rule_vendors(image, r)[0] : (uint16_t)SW_NONE,
		.causes = ids_of(image, t->causes),
		.remedies = ids_of(image, t->remedies),
	};

	texts_of(image, t->meaning, v.meaning);
	return v;
}
