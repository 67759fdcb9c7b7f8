/* SPDX-License-Identifier: MIT */
/* The records of an image, section by section.  Everything was checked before. */
#include <stdio.h>

#include "knowledge/build.h"
#include "knowledge/names.h"

enum sw_err sw_kn_part_add(struct kn_builder *b, enum kn_part part, const void *record,
			   size_t size)
{
	return sw_buf_add(&b->part[part], sw_slice(record, size));
}

/* Bytes with their NUL. */
static enum sw_err add_bytes(struct kn_builder *b, struct sw_slice s, uint32_t *ret)
{
	struct sw_buf *strings = &b->part[KN_STRINGS];

	*ret = (uint32_t)sw_buf_len(strings);
	enum sw_err code = sw_buf_add(strings, s);

	return code ? code : sw_buf_add_char(strings, '\0');
}

enum sw_err sw_kn_string_add(struct kn_builder *b, const char *s, uint32_t *ret)
{
	/* The first one is "". */
	if ((!s || !*s) && sw_buf_len(&b->part[KN_STRINGS])) {
		*ret = 0;
		return SW_OK;
	}
	return add_bytes(b, sw_slice_str(s ? s : ""), ret);
}

enum sw_err sw_kn_text_add(struct kn_builder *b, const struct doc_text *t,
			    uint32_t ret[SW_LANG_COUNT])
{
	enum sw_err code = sw_kn_string_add(b, t->en, &ret[SW_LANG_EN]);

	return code ? code : sw_kn_string_add(b, t->ru, &ret[SW_LANG_RU]);
}

enum sw_err sw_kn_joined_add(struct kn_builder *b, char **items, unsigned count, uint32_t *ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_KNOWLEDGE_FILE };
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < count && !code; i++) {
		code = sw_buf_add_str(&text, i ? ", " : "");
		if (!code)
			code = sw_buf_add_str(&text, items[i]);
	}
	return code ? code : sw_kn_string_add(b, sw_buf_str(&text), ret);
}

struct kn_list sw_kn_list_open(const struct kn_builder *b)
{
	return (struct kn_list){ (uint32_t)kn_part_count(b, KN_LISTS, sizeof(uint16_t)), 0 };
}

enum sw_err sw_kn_list_add(struct kn_builder *b, struct kn_list *list, uint16_t value)
{
	list->count++;
	return sw_kn_part_add(b, KN_LISTS, &value, sizeof(value));
}

uint16_t sw_kn_index_of(const struct kn_builder *b, enum kn_part section, const char *id)
{
	uint32_t index = SW_NONE;

	sw_kn_map_get(&b->loading->ids, sw_kn_id_key(section, id), &index);
	return (uint16_t)index;
}

enum sw_err sw_kn_ids_add(struct kn_builder *b, enum kn_part section, char **ids,
			   unsigned count, struct kn_list *ret)
{
	enum sw_err code = SW_OK;

	*ret = sw_kn_list_open(b);
	for (unsigned i = 0; i < count && !code; i++)
		code = sw_kn_list_add(b, ret, sw_kn_index_of(b, section, ids[i]));
	return code;
}

static enum sw_err add_category(struct kn_builder *b, const struct doc_category *c)
{
	struct kn_category k = {
		.count = (uint16_t)c->count,
		.count_days = (uint16_t)c->count_days,
		.who = sw_kn_word(&sw_kn_who_names, c->who),
		.retry = sw_kn_word(&sw_kn_retry_names, c->retry),
		.list_action = sw_kn_word(&sw_kn_list_action_names, c->list_action),
		.scope = sw_kn_word(&sw_kn_scope_names, c->scope),
	};
	enum sw_err code = sw_kn_string_add(b, c->id, &k.id);

	if (!code)
		code = sw_kn_text_add(b, &c->title, k.title);
	if (!code)
		code = sw_kn_text_add(b, &c->meaning, k.meaning);
	if (!code)
		code = sw_kn_string_add(b, c->sisimai_count ? c->sisimai[0] : "", &k.sisimai);
	if (!code)
		code = sw_kn_string_add(b, c->kumo, &k.kumo);
	if (!code)
		code = sw_kn_string_add(b, c->probe, &k.probe);
	ADD_ADVICE(code, b, c, &k);
	return code ? code : sw_kn_part_add(b, KN_CATEGORIES, &k, sizeof(k));
}

static enum sw_err add_cause(struct kn_builder *b, const struct doc_cause *c)
{
	struct kn_cause k;
	enum sw_err code = sw_kn_string_add(b, c->id, &k.id);

	if (!code)
		code = sw_kn_text_add(b, &c->text, k.text);
	return code ? code : sw_kn_part_add(b, KN_CAUSES, &k, sizeof(k));
}

static enum sw_err add_remedy(struct kn_builder *b, const struct doc_remedy *r)
{
	struct kn_remedy k = { .who = sw_kn_word(&sw_kn_who_names, r->who) };
	enum sw_err code = sw_kn_string_add(b, r->id, &k.id);

	if (!code)
		code = sw_kn_text_add(b, &r->text, k.text);
	if (!code)
		code = sw_kn_string_add(b, r->literal, &k.literal);
	if (!code)
		code = sw_kn_string_add(b, r->applicability ? r->applicability : "advice",
					&k.applicability);
	return code ? code : sw_kn_part_add(b, KN_REMEDIES, &k, sizeof(k));
}

static enum sw_err add_code_key(struct kn_builder *b, const char *text)
{
	struct kn_code_key key = { .index = (uint32_t)kn_part_count(b, KN_CODES,
								    sizeof(struct kn_code)) };
	struct kn_enhanced_range range;
	uint16_t from, to;

	if (sw_kn_reply_parse(sw_slice_str(text), &from, &to))
		key.key = from;
	else if (sw_kn_range_parse(sw_slice_str(text), &range))
		key.key = KN_KEY_ENHANCED(range.class, range.subject, range.from);
	return sw_kn_part_add(b, KN_CODE_KEYS, &key, sizeof(key));
}

static enum sw_err add_code(struct kn_builder *b, const struct doc_code *c)
{
	struct kn_code k = {
		.category = sw_kn_index_of(b, KN_CATEGORIES, c->category),
		.retry = sw_kn_word(&sw_kn_retry_names, c->retry),
		.dotted = c->dotted,
	};
	enum sw_err code = add_code_key(b, c->code);

	if (!code)
		code = sw_kn_string_add(b, c->code, &k.code);
	if (!code)
		code = sw_kn_text_add(b, &c->title, k.title);
	if (!code)
		code = sw_kn_text_add(b, &c->meaning, k.meaning);
	if (!code)
		code = sw_kn_text_add(b, &c->note, k.note);
	if (!code)
		code = sw_kn_joined_add(b, c->source, c->source_count, &k.source);
	if (!code)
		code = sw_kn_joined_add(b, c->replies, c->replies_count, &k.replies);
	ADD_ADVICE(code, b, c, &k);
	return code ? code : sw_kn_part_add(b, KN_CODES, &k, sizeof(k));
}

static enum sw_err add_suffix(struct kn_builder *b, const char *text, size_t vendor)
{
	struct kn_suffix k = { .hash = KN_HASH_SEED, .vendor = (uint32_t)vendor, .labels = 1 };

	for (const char *c = text + (*text == '.'); *c; c++) {
		k.hash = kn_hash(k.hash, (unsigned char)sw_ascii_lower(*c));
		k.labels += *c == '.';
	}
	return sw_kn_part_add(b, KN_SUFFIXES, &k, sizeof(k));
}

enum sw_err sw_kn_patterns_add(struct kn_builder *b, char **texts, unsigned count,
				enum kn_use use, size_t user, struct kn_list *list)
{
	enum sw_err code = SW_OK;

	for (unsigned i = 0; i < count && !code; i++) {
		uint16_t number;

		code = sw_kn_pattern_add(b, sw_slice_str(texts[i]), use, user, &number);
		if (!code && list)
			code = sw_kn_list_add(b, list, number);
	}
	return code;
}

static enum sw_err add_vendor(struct kn_builder *b, const struct doc_vendor *v)
{
	size_t global = b->image.base[KN_VENDORS] +
			kn_part_count(b, KN_VENDORS, sizeof(struct kn_vendor));
	struct kn_vendor k;
	enum sw_err code = sw_kn_string_add(b, v->id, &k.id);

	if (!code)
		code = sw_kn_string_add(b, v->name, &k.name);
	if (!code)
		code = sw_kn_string_add(b, v->kind, &k.kind);
	if (!code)
		code = sw_kn_string_add(b, v->url, &k.url);
	for (unsigned i = 0; i < v->mx_count && !code; i++)
		code = add_suffix(b, v->mx[i], global);
	if (!code)
		code = sw_kn_patterns_add(b, v->banner, v->banner_count, KN_USE_VENDOR_BANNER,
				    global, NULL);
	if (!code)
		code = sw_kn_patterns_add(b, v->text, v->text_count, KN_USE_VENDOR_TEXT, global,
				    NULL);
	return code ? code : sw_kn_part_add(b, KN_VENDORS, &k, sizeof(k));
}

/* ---- errors */

/* "errno:111" is also looked for as the words "errno 111", and alone where the number is so
 * large that it can hardly be another. */
static enum sw_err add_number(struct kn_builder *b, const char *text, size_t own)
{
	struct sw_slice kind, number = sw_slice_str(text);
	struct kn_error_number k = { .index = (uint32_t)own };
	uint64_t value = 0;
	uint16_t pattern;
	char words[80];

	sw_slice_split(&number, ':', &kind);
	sw_slice_u64(number, &value);
	k.number = (uint32_t)value;
	enum sw_err code = add_bytes(b, kind, &k.kind);

	if (!code)
		code = sw_kn_part_add(b, KN_ERROR_NUMBERS, &k, sizeof(k));
	if (code || kind.len > 32)
		return code;
	snprintf(words, sizeof(words), "%.*s %u", SW_FMT(kind), k.number);
	code = sw_kn_pattern_add(b, sw_slice_str(words), KN_USE_ERROR, own, &pattern);
	if (!code && value >= 10000) {
		snprintf(words, sizeof(words), "%u", k.number);
		code = sw_kn_pattern_add(b, sw_slice_str(words), KN_USE_ERROR, own, &pattern);
	}
	return code;
}

static enum sw_err add_error_lists(struct kn_builder *b, const struct doc_error *e, size_t own,
				   struct kn_error *k)
{
	enum sw_err code = SW_OK;

	k->without = sw_kn_list_open(b);
	code = sw_kn_patterns_add(b, e->without, e->without_count, KN_USE_NONE, 0, &k->without);
	if (!code)
		code = sw_kn_patterns_add(b, e->text, e->text_count, KN_USE_ERROR, own, NULL);
	if (!code)
		code = sw_kn_patterns_add(b, e->names, e->names_count, KN_USE_ERROR, own, NULL);
	for (unsigned i = 0; i < e->numbers_count && !code; i++)
		code = add_number(b, e->numbers[i], own);
	for (unsigned i = 0; i < e->names_count && !code; i++) {
		struct kn_error_name name = { .index = (uint32_t)own };

		code = sw_kn_string_add(b, e->names[i], &name.name);
		if (!code)
			code = sw_kn_part_add(b, KN_ERROR_NAMES, &name, sizeof(name));
	}
	ADD_ADVICE(code, b, e, k);
	return code;
}

static enum sw_err add_error(struct kn_builder *b, const struct doc_error *e)
{
	size_t own = kn_part_count(b, KN_ERRORS, sizeof(struct kn_error));
	struct kn_error k = {
		.category = sw_kn_index_of(b, KN_CATEGORIES, e->category),
		.stage = (uint16_t)sw_kn_name_find(&sw_kn_stage_names, e->stage),
		.frame = e->frame,
	};
	enum sw_err code = sw_kn_string_add(b, e->id, &k.id);

	if (!code)
		code = sw_kn_text_add(b, &e->title, k.title);
	if (!code)
		code = sw_kn_text_add(b, &e->meaning, k.meaning);
	if (!code)
		code = sw_kn_string_add(b, e->command, &k.command);
	if (!code)
		code = add_error_lists(b, e, own, &k);
	return code ? code : sw_kn_part_add(b, KN_ERRORS, &k, sizeof(k));
}

static enum sw_err add_unknown(struct kn_builder *b)
{
	struct doc_category unknown = {
		.id = (char[]){ "unknown" },
		.who = (char[]){ "sender-admin" },
		.retry = (char[]){ "by-class" },
		.list_action = (char[]){ "keep" },
		.scope = (char[]){ "message" },
		.title = { (char[]){ "Unknown" }, (char[]){ "Неизвестно" } },
		.meaning = { (char[]){ "No rule knows this reply." },
			     (char[]){ "Ни одно правило не знает этого ответа." } },
	};

	return add_category(b, &unknown);
}

/* Adds those of a section that are new here, then those that replace one below: `replacing`
 * says which. */
#define ADD_SECTION(code, b, member, adder)                                                   \
	for (size_t f_ = 0; f_ < (b)->loading->count && !(code); f_++) {                      \
		const struct kn_file *file_ = &(b)->loading->files[f_];                       \
		for (size_t i_ = 0; file_->doc && i_ < file_->doc->member##_count && !(code); \
		     i_++)                                                                    \
			(code) = adder(b, &file_->doc->member[i_]);                           \
	}

static bool replaces(const struct kn_builder *b, enum kn_part section, const char *id)
{
	return sw_kn_index_of(b, section, id) < b->loading->base[section];
}

static enum sw_err add_code_if(struct kn_builder *b, const struct doc_code *c, bool replacing)
{
	if (replaces(b, KN_CODES, c->code) != replacing)
		return SW_OK;
	uint16_t below = sw_kn_index_of(b, KN_CODES, c->code);
	enum sw_err code = add_code(b, c);

	if (!code && replacing)
		code = sw_kn_part_add(b, KN_REPLACED_CODES, &below, sizeof(below));
	return code;
}

static enum sw_err add_rule_if(struct kn_builder *b, const struct doc_rule *r, bool replacing)
{
	if (replaces(b, KN_RULES, r->id) != replacing)
		return SW_OK;
	uint16_t below = sw_kn_index_of(b, KN_RULES, r->id);
	enum sw_err code = sw_kn_rule_add(b, r);

	if (!code && replacing)
		code = sw_kn_part_add(b, KN_REPLACED_RULES, &below, sizeof(below));
	return code;
}

static enum sw_err new_code(struct kn_builder *b, const struct doc_code *c)
{
	return add_code_if(b, c, false);
}

static enum sw_err other_code(struct kn_builder *b, const struct doc_code *c)
{
	return add_code_if(b, c, true);
}

static enum sw_err new_rule(struct kn_builder *b, const struct doc_rule *r)
{
	return add_rule_if(b, r, false);
}

static enum sw_err other_rule(struct kn_builder *b, const struct doc_rule *r)
{
	return add_rule_if(b, r, true);
}

/* What others refer to. */
static enum sw_err build_vocabulary(struct kn_builder *b)
{
	const struct kn_loading *l = b->loading;
	uint32_t ignored;
	enum sw_err code = sw_kn_string_add(b, "", &ignored);

	ADD_SECTION(code, b, causes, add_cause);
	ADD_SECTION(code, b, remedies, add_remedy);
	ADD_SECTION(code, b, categories, add_category);
	b->image.unknown = sw_kn_index_of(b, KN_CATEGORIES, "unknown");
	if (!code &&
	    l->base[KN_CATEGORIES] + kn_part_count(b, KN_CATEGORIES, sizeof(struct kn_category)) <
		    l->total[KN_CATEGORIES])
		code = add_unknown(b);
	return code;
}

enum sw_err sw_kn_build_sections(struct kn_builder *b)
{
	enum sw_err code = build_vocabulary(b);

	if (!code)
		code = sw_kn_conditions_add(b);
	ADD_SECTION(code, b, codes, new_code);
	ADD_SECTION(code, b, codes, other_code);
	ADD_SECTION(code, b, vendors, add_vendor);
	ADD_SECTION(code, b, rules, new_rule);
	ADD_SECTION(code, b, rules, other_rule);
	ADD_SECTION(code, b, errors, add_error);
	ADD_SECTION(code, b, findings, sw_kn_finding_add);
	ADD_SECTION(code, b, judgements, sw_kn_judgement_add);
	return code;
}
