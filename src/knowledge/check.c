/* SPDX-License-Identifier: MIT */
/* What a schema cannot say: words, ids, texts, codes and patterns of one file. */
#include <stdio.h>

#include "knowledge/build.h"
#include "knowledge/names.h"

const char *const sw_kn_section_names[KN_SECTIONS] = {
	[KN_CATEGORIES] = "categories", [KN_CAUSES] = "causes",	  [KN_REMEDIES] = "remedies",
	[KN_CODES] = "codes",		[KN_VENDORS] = "vendors", [KN_RULES] = "rules",
	[KN_ERRORS] = "errors",		[KN_LAYOUTS] = "layouts", [KN_PHRASES] = "phrases",
};

void sw_kn_complain(const struct kn_place *p, const char *key, size_t entry, const char *fmt,
		    ...)
{
	struct doc_complaints c = { p->loading->complain, p->loading->arg, p->file->name };
	char text[SW_ERROR_TEXT];
	va_list args;

	p->file->broken = true;
	if (!c.complain || p->file->complaints > SW_MAX_COMPLAINTS)
		return;
	if (p->file->complaints++ == SW_MAX_COMPLAINTS) {
		sw_doc_complain(&c, 0, "and more");
		return;
	}
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sw_doc_complain(&c,
			sw_doc_line(&p->file->marks, sw_kn_section_names[p->section], p->item,
				    key, entry),
			"%s", text);
}

static bool is_id_char(char c)
{
	return sw_ascii_digit(c) || (c >= 'a' && c <= 'z');
}

/* Lower case words joined by '-'; with a '.', "family.name" too. */
static bool is_id(const char *id, bool dot)
{
	bool word = false, dotted = false;

	for (const char *c = id; *c; c++) {
		if (is_id_char(*c)) {
			word = true;
			continue;
		}
		if (!word || !c[1] || (*c != '-' && (*c != '.' || !dot || dotted)))
			return false;
		dotted = dotted || *c == '.';
		word = false;
	}
	return word && strlen(id) <= 64;
}

static void check_id(const struct kn_place *p, const char *id)
{
	bool category = p->section == KN_CATEGORIES;

	if (!is_id(id, category))
		sw_kn_complain(p, "id", DOC_WHOLE, "id \"%s\", expected lower case words %s", id,
			       category ? "as \"family.name\"" : "joined by \"-\"");
}

static void check_word(const struct kn_place *p, const char *key, size_t entry,
		       const char *word, const struct kn_names *names)
{
	char expected[300];
	size_t len = 0;

	if (!word || sw_kn_name_find(names, word) >= 0)
		return;
	for (size_t i = 0; i < names->count && len < sizeof(expected); i++)
		len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s%s",
					i ? " " : "", names->at(i));
	sw_kn_complain(p, key, entry, "%s is \"%s\", expected one of: %s", key, word, expected);
}

static bool is_cyrillic(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s == 0xd0 || (unsigned char)*s == 0xd1)
			return true;
	return false;
}

/* Absent when `may` and both are NULL. */
static void check_text(const struct kn_place *p, const char *key, const struct doc_text *t,
		       bool may)
{
	if (may && !t->en && !t->ru)
		return;
	if (!t->en || !*t->en)
		sw_kn_complain(p, key, DOC_WHOLE, "%s has no English text (en)", key);
	if (!t->ru || !*t->ru)
		sw_kn_complain(p, key, DOC_WHOLE, "%s has no Russian text (ru)", key);
	else if (!is_cyrillic(t->ru))
		sw_kn_complain(p, key, DOC_WHOLE,
			       "%s: the Russian text has no Cyrillic letter in it", key);
}

static void check_patterns(const struct kn_place *p, const char *key, char **texts,
			   unsigned count, bool alternatives)
{
	struct kn_pattern_text parsed;
	unsigned all = 0;

	for (unsigned i = 0; i < count; i++) {
		struct sw_slice rest = sw_slice_str(texts[i]), one;

		if (rest.len == 0)
			sw_kn_complain(p, key, i, "%s: an empty pattern", key);
		while (sw_kn_alternative_next(&rest, &one)) {
			const char *flaw = sw_kn_pattern_parse(one, &parsed);

			all++;
			if (flaw)
				sw_kn_complain(p, key, i, "%s: \"%.*s\": %s", key, SW_FMT(one),
					       flaw);
		}
		if (!alternatives && sw_slice_find(sw_slice_str(texts[i]), '|') !=
					     strlen(texts[i]))
			sw_kn_complain(p, key, i, "%s: | stands in `with` only", key);
	}
	if (all > SW_MAX_KNOWLEDGE_LIST)
		sw_kn_complain(p, key, DOC_WHOLE, "%s: %u patterns, expected up to %u", key, all,
			       (unsigned)SW_MAX_KNOWLEDGE_LIST);
}

static void check_replies(const struct kn_place *p, const char *key, char **texts,
			  unsigned count)
{
	uint16_t from, to;

	for (unsigned i = 0; i < count; i++)
		if (!sw_kn_reply_parse(sw_slice_str(texts[i]), &from, &to))
			sw_kn_complain(p, key, i, "%s: \"%s\", expected \"550\" or \"5xx\"", key,
				       texts[i]);
}

static void check_category(const struct kn_place *p, const struct doc_category *c)
{
	check_id(p, c->id);
	check_text(p, "title", &c->title, false);
	check_text(p, "meaning", &c->meaning, false);
	check_word(p, "who", DOC_WHOLE, c->who, &sw_kn_who_names);
	check_word(p, "retry", DOC_WHOLE, c->retry, &sw_kn_retry_names);
	check_word(p, "list_action", DOC_WHOLE, c->list_action, &sw_kn_list_action_names);
	check_word(p, "scope", DOC_WHOLE, c->scope, &sw_kn_scope_names);
	if (c->count > 1000 || c->count_days > 1000)
		sw_kn_complain(p, "count", DOC_WHOLE, "expected count and days up to 1000");
}

static void check_remedy(const struct kn_place *p, const struct doc_remedy *r)
{
	check_id(p, r->id);
	check_text(p, "text", &r->text, false);
	check_word(p, "who", DOC_WHOLE, r->who, &sw_kn_who_names);
	check_word(p, "applicability", DOC_WHOLE, r->applicability, &sw_kn_applicabilities);
}

static void check_code(const struct kn_place *p, const struct doc_code *c)
{
	struct kn_enhanced_range range;
	uint16_t from, to;
	struct sw_slice code = sw_slice_str(c->code);

	if (!(sw_kn_reply_parse(code, &from, &to) && from == to) &&
	    !(sw_kn_range_parse(code, &range) && range.from == range.to))
		sw_kn_complain(p, "code", DOC_WHOLE,
			       "code \"%s\", expected \"450\", \"x.7.26\" or \"5.7.515\"",
			       c->code);
	check_text(p, "title", &c->title, false);
	check_text(p, "meaning", &c->meaning, false);
	check_text(p, "note", &c->note, true);
	check_word(p, "retry", DOC_WHOLE, c->retry, &sw_kn_retry_names);
	check_replies(p, "replies", c->replies, c->replies_count);
}

static void check_vendor(const struct kn_place *p, const struct doc_vendor *v)
{
	check_id(p, v->id);
	check_word(p, "kind", DOC_WHOLE, v->kind, &sw_kn_vendor_kinds);
	check_patterns(p, "banner", v->banner, v->banner_count, false);
	check_patterns(p, "text", v->text, v->text_count, false);
	if (v->mx_count + v->banner_count + v->text_count == 0)
		sw_kn_complain(p, NULL, DOC_WHOLE,
			       "vendor \"%s\" has no sign, expected mx, banner or text", v->id);
	for (unsigned i = 0; i < v->mx_count; i++)
		if (!*v->mx[i] || strpbrk(v->mx[i], " *@/"))
			sw_kn_complain(p, "mx", i, "mx: \"%s\", expected a suffix of host names",
				       v->mx[i]);
}

static void check_rule(const struct kn_place *p, const struct doc_rule *r)
{
	struct kn_enhanced_range range;

	check_id(p, r->id);
	check_replies(p, "reply", r->reply, r->reply_count);
	for (unsigned i = 0; i < r->enhanced_count; i++)
		if (!sw_kn_range_parse(sw_slice_str(r->enhanced[i]), &range))
			sw_kn_complain(p, "enhanced", i,
				       "enhanced: \"%s\", expected \"x.7.26\", \"5.7.606-649\" "
				       "or \"x.7.*\"",
				       r->enhanced[i]);
	for (unsigned i = 0; i < r->stage_count; i++)
		check_word(p, "stage", i, r->stage[i], &sw_kn_stage_names);
	check_patterns(p, "text", r->text, r->text_count, false);
	check_patterns(p, "with", r->with, r->with_count, true);
	check_patterns(p, "without", r->without, r->without_count, false);
	check_word(p, "who", DOC_WHOLE, r->who, &sw_kn_who_names);
	check_word(p, "retry", DOC_WHOLE, r->retry, &sw_kn_retry_names);
	check_word(p, "list_action", DOC_WHOLE, r->list_action, &sw_kn_list_action_names);
	check_word(p, "scope", DOC_WHOLE, r->scope, &sw_kn_scope_names);
	check_text(p, "meaning", &r->meaning, true);
	if (r->score > 100)
		sw_kn_complain(p, "score", DOC_WHOLE, "score %u, expected 1 to 100", r->score);
	if (r->yes_count == 0)
		sw_kn_complain(p, "yes", DOC_WHOLE, "no line in `yes`, expected one at least");
	if (r->text_count + r->reply_count + r->enhanced_count == 0)
		sw_kn_complain(p, NULL, DOC_WHOLE, "expected `text`, `reply` or `enhanced`");
	if (r->with_count > 200)
		sw_kn_complain(p, "with", DOC_WHOLE, "expected up to 200 patterns");
}

static void check_error(const struct kn_place *p, const struct doc_error *e)
{
	check_id(p, e->id);
	check_text(p, "title", &e->title, false);
	check_text(p, "meaning", &e->meaning, false);
	check_word(p, "stage", DOC_WHOLE, e->stage, &sw_kn_stage_names);
	check_patterns(p, "text", e->text, e->text_count, false);
	check_patterns(p, "without", e->without, e->without_count, false);
	check_patterns(p, "names", e->names, e->names_count, false);
	for (unsigned i = 0; i < e->numbers_count; i++) {
		struct sw_slice kind, number = sw_slice_str(e->numbers[i]);
		uint64_t value;

		if (!sw_slice_split(&number, ':', &kind) || kind.len == 0 ||
		    !sw_slice_u64(number, &value) || value > UINT32_MAX)
			sw_kn_complain(p, "numbers", i, "numbers: \"%s\", expected \"kind:1\"",
				       e->numbers[i]);
	}
	if (e->yes_count == 0)
		sw_kn_complain(p, "yes", DOC_WHOLE, "no line in `yes`, expected one at least");
}

static void check_phrase(const struct kn_place *p, const struct doc_phrase *d)
{
	bool stage = strcmp(d->role, "stage") == 0;

	check_id(p, d->id);
	check_word(p, "role", DOC_WHOLE, d->role, &sw_kn_phrase_roles);
	check_word(p, "stage", DOC_WHOLE, d->stage, &sw_kn_stage_names);
	if (stage != (d->stage != NULL))
		sw_kn_complain(p, "stage", DOC_WHOLE, "expected `stage` with the role \"stage\" "
			       "and with no other");
	check_patterns(p, "text", d->text, d->text_count, false);
	if (d->text_count == 0)
		sw_kn_complain(p, "text", DOC_WHOLE, "no pattern in `text`, expected one at least");
}

static void check_layout(const struct kn_place *p, const struct doc_layout *l)
{
	check_id(p, l->id);
	check_patterns(p, "signs", l->signs, l->signs_count, false);
	check_patterns(p, "hints", l->hints, l->hints_count, false);
	if (l->signs_count + l->hints_count == 0)
		sw_kn_complain(p, NULL, DOC_WHOLE, "expected `signs` or `hints`");
}

void sw_kn_check(struct kn_loading *l, struct kn_file *f)
{
	struct kn_place p = { .loading = l, .file = f };
	const struct doc *d = f->doc;

	p.section = KN_CATEGORIES;
	for (p.item = 0; p.item < d->categories_count; p.item++)
		check_category(&p, &d->categories[p.item]);
	p.section = KN_CAUSES;
	for (p.item = 0; p.item < d->causes_count; p.item++) {
		check_id(&p, d->causes[p.item].id);
		check_text(&p, "text", &d->causes[p.item].text, false);
	}
	p.section = KN_REMEDIES;
	for (p.item = 0; p.item < d->remedies_count; p.item++)
		check_remedy(&p, &d->remedies[p.item]);
	p.section = KN_CODES;
	for (p.item = 0; p.item < d->codes_count; p.item++)
		check_code(&p, &d->codes[p.item]);
	p.section = KN_VENDORS;
	for (p.item = 0; p.item < d->vendors_count; p.item++)
		check_vendor(&p, &d->vendors[p.item]);
	p.section = KN_RULES;
	for (p.item = 0; p.item < d->rules_count; p.item++)
		check_rule(&p, &d->rules[p.item]);
	p.section = KN_ERRORS;
	for (p.item = 0; p.item < d->errors_count; p.item++)
		check_error(&p, &d->errors[p.item]);
	p.section = KN_LAYOUTS;
	for (p.item = 0; p.item < d->layouts_count; p.item++)
		check_layout(&p, &d->layouts[p.item]);
	p.section = KN_PHRASES;
	for (p.item = 0; p.item < d->phrases_count; p.item++)
		check_phrase(&p, &d->phrases[p.item]);
}
