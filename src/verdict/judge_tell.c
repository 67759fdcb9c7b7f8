/* SPDX-License-Identifier: MIT */
/* Facts in words: fields for people, evidence lines, and what the texts of findings leave
 * open. */
#include <stdio.h>
#include <time.h>

#include "base/text.h"
#include "verdict/judge_work.h"
#include "verdict/tale.h"

/* Decimal comma, and blanks that hold. */
static enum sw_err put_decimal(struct sw_buf *out, double n, const char *unit,
			       enum sw_lang lang)
{
	char text[32];
	int len = snprintf(text, sizeof(text), n < 10 ? "%.1f" : "%.0f", n);

	for (int i = 0; i < len; i++)
		if (text[i] == '.' && lang == SW_LANG_RU)
			text[i] = ',';
	if (len > 2 && text[len - 1] == '0' && n < 10)
		text[len - 2] = '\0';
	return sw_buf_printf(out, "%s %s", text, unit);
}

struct unit {
	double size; /* the largest that does not exceed the value is taken */
	const char *name[SW_LANG_COUNT];
};
static const struct unit times[] = {
	{ 48 * 3600e6, { "days", "дн." } },
	{ 2 * 3600e6, { "h", "ч" } },
	{ 120e6, { "min", "мин" } },
	{ 1e6, { "s", "с" } },
	{ 0, { "ms", "мс" } },
};
static const double time_of[] = { 24 * 3600e6, 3600e6, 60e6, 1e6, 1e3 };
static const struct unit sizes[] = {
	{ 1e9, { "GB", "ГБ" } },
	{ 1e6, { "MB", "МБ" } },
	{ 1e4, { "kB", "кБ" } },
	{ 0, { "bytes", "байт" } },
};
static const double size_of[] = { 1e9, 1e6, 1e3, 1 };

static enum sw_err put_scaled(struct sw_buf *out, const struct unit *units,
			      const double *divisors, double n, enum sw_lang lang)
{
	size_t i = 0;
	enum sw_err e = n < 0 ? sw_buf_add_char(out, '-') : SW_OK;

	n = n < 0 ? -n : n;
	while (n < units[i].size)
		i++;
	return e ? e : put_decimal(out, n / divisors[i], units[i].name[lang], lang);
}

static enum sw_err put_date(struct sw_buf *out, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[64];

	if (!gmtime_r(&t, &tm) || strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm) == 0)
		return sw_buf_printf(out, "%lld", (long long)seconds);
	return sw_buf_add_str(out, text);
}

static bool ends_with(struct sw_slice key, const char *end)
{
	size_t len = strlen(end);

	return key.len > len &&
	       sw_slice_eq(sw_slice_from(key, key.len - len), sw_slice_str(end));
}

static bool is_time(struct sw_slice key)
{
	return sw_slice_eq(key, SW_S("not_after")) || sw_slice_eq(key, SW_S("not_before"));
}

static enum sw_err put_number(struct sw_buf *out, struct sw_slice key, int64_t n,
			      enum sw_lang lang)
{
	if (is_time(key))
		return put_date(out, n);
	if (ends_with(key, "_us"))
		return put_scaled(out, times, time_of, (double)n, lang);
	if (ends_with(key, "_ms"))
		return put_scaled(out, times, time_of, (double)n * 1e3, lang);
	if (ends_with(key, "_s"))
		return put_scaled(out, times, time_of, (double)n * 1e6, lang);
	if (ends_with(key, "_bytes") || sw_slice_eq(key, SW_S("size_limit")))
		return put_scaled(out, sizes, size_of, (double)n, lang);
	return sw_buf_printf(out, "%lld", (long long)n);
}

static enum sw_err put_field(struct sw_buf *out, const struct sw_field *field,
			     enum sw_lang lang)
{
	static const char *const words[2][SW_LANG_COUNT] = { { "no", "нет" },
							     { "yes", "да" } };
	struct sw_slice key = sw_slice_str(field->key);
	int64_t seconds;

	switch (field->kind) {
	case SW_VALUE_INT:
		return put_number(out, key, field->number, lang);
	case SW_VALUE_BOOL:
		return sw_buf_add_str(out, words[field->number != 0][lang]);
	case SW_VALUE_TEXT:
		break;
	}
	if (is_time(key) && sw_read_time(field->text, &seconds))
		return put_date(out, seconds);
	return sw_tale_put(field->text, SW_TALE_QUOTED, out);
}

static const struct sw_field *field_by(const struct sw_fact *fact, struct sw_slice key)
{
	for (size_t i = 0; i < fact->count; i++)
		if (sw_slice_eq(sw_slice_str(fact->fields[i].key), key))
			return &fact->fields[i];
	return NULL;
}

static enum sw_err put_derived(struct sw_court *c, uint32_t fact, struct sw_slice key,
			       enum sw_lang lang, struct sw_buf *out)
{
	uint16_t category = SW_NONE;

	if (sw_slice_eq(key, SW_S("@stage")))
		return sw_buf_add_str(out, sw_stage_name(sw_court_fact(c, fact)->stage));
	if (sw_slice_eq(key, SW_S("category")))
		category = sw_court_category_of(c, fact);
	return category == SW_NONE
		       ? SW_OK
		       : sw_buf_add_str(out, sw_category_at(c->k, category).title[lang]);
}

static enum sw_err put_by_key(struct sw_court *c, uint32_t fact, struct sw_slice key,
			      enum sw_lang lang, struct sw_buf *out)
{
	const struct sw_field *field = field_by(sw_court_fact(c, fact), key);

	return field ? put_field(out, field, lang) : put_derived(c, fact, key, lang, out);
}

const char *sw_field_text(struct sw_court *c, uint32_t fact, struct sw_slice field,
			  enum sw_lang lang)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_EVIDENCE_LINE };

	if (put_by_key(c, fact, field, lang, &out))
		return NULL;
	return sw_arena_copy(c->arena, sw_buf_slice(&out)).ptr;
}

/* {name.field}, {now}; false: no value. */
static bool put_told(struct sw_court *c, const struct sw_names *names,
		     const struct sw_bound *b, struct sw_slice what, enum sw_lang lang,
		     struct sw_buf *out, enum sw_err *ret)
{
	struct sw_slice name;
	size_t before = sw_buf_len(out);

	if (sw_slice_eq(what, SW_S("now"))) {
		*ret = put_date(out, sw_facts_started(c->facts) / 1000000);
		return true;
	}
	if (!sw_slice_split(&what, '.', &name))
		return false;
	int i = sw_names_find(names, name);

	if (i < 0 || b->fact[i] == SW_UNBOUND)
		return false;
	*ret = put_by_key(c, b->fact[i], what, lang, out);
	return *ret || sw_buf_len(out) > before;
}

const char *sw_tell(struct sw_court *c, const struct sw_names *names, const struct sw_bound *b,
		    const char *text, enum sw_lang lang, bool *ret_nomem)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_EVIDENCE_LINE };
	struct sw_slice rest = sw_slice_str(text);
	enum sw_err e = SW_OK;

	while (!e && rest.len) {
		size_t open = sw_slice_find(rest, '{');

		e = sw_buf_add(&out, sw_slice_head(rest, open));
		rest = sw_slice_from(rest, open);
		size_t close = sw_slice_find(rest, '}');

		if (e || close == rest.len)
			break;
		if (!put_told(c, names, b, sw_slice_head(sw_slice_from(rest, 1), close - 1),
			      lang, &out, &e))
			return NULL;
		rest = sw_slice_from(rest, close + 1);
	}
	/* A line that would be too long is none. */
	const char *told = e ? NULL : sw_arena_copy(c->arena, sw_buf_slice(&out)).ptr;

	*ret_nomem = *ret_nomem || (!told && e != SW_E_LIMIT);
	return told;
}

/* ---- placeholders */

static const char *bound_value(struct sw_court *c, const struct sw_rule *r,
			       const struct sw_bound *b, const char *text, enum sw_lang lang,
			       bool *nomem)
{
	struct sw_operand o;

	if (*text != '$')
		return sw_tell(c, &r->names, b, text, lang, nomem);
	if (sw_operand_parse(sw_slice_str(text), &r->names, &o, NULL))
		return NULL;
	if (o.kind == SW_OPERAND_NOW)
		return sw_tell(c, &r->names, b, "{now}", lang, nomem);
	if (b->fact[o.name] == SW_UNBOUND)
		return NULL;
	const char *value = sw_field_text(c, b->fact[o.name], o.text, lang);

	*nomem = *nomem || !value;
	return value;
}

/* "203.0.113.5" to "5.113.0.203.in-addr.arpa"; other forms: none. */
static const char *reverse_of(struct sw_court *c, const char *ip, bool *nomem)
{
	struct sw_slice rest = sw_slice_str(ip), part[4], last;
	char text[64];
	size_t n = 0;

	while (rest.len && n < 4 && sw_slice_split(&rest, '.', &last))
		part[n++] = last;
	if (n != 4 || rest.len)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (part[i].len == 0 || part[i].len > 3)
			return NULL;
	snprintf(text, sizeof(text), "%.*s.%.*s.%.*s.%.*s.in-addr.arpa", SW_FMT(part[3]),
		 SW_FMT(part[2]), SW_FMT(part[1]), SW_FMT(part[0]));
	const char *name = sw_arena_strdup(c->arena, text);

	*nomem = *nomem || !name;
	return name;
}

/* Of a mail address the domain, where one is asked for. */
static const char *domain_of(const char *value)
{
	const char *at = value ? strrchr(value, '@') : NULL;

	return at ? at + 1 : value;
}

static void keep(struct sw_filling *f, size_t p, enum sw_lang lang, const char *value)
{
	enum sw_placeholder_form form = sw_placeholder_form((enum sw_placeholder)p);

	if (p == SW_PH_DOMAIN)
		value = domain_of(value);
	if (value && sw_form_fits(form, sw_slice_str(value)))
		f->value[p][lang] = value;
}

/* In one language. */
static void find_values(struct sw_court *c, const struct sw_rule *r, const struct sw_bound *b,
			enum sw_lang lang, struct sw_filling *f, bool *nomem)
{
	for (size_t p = 0; p < SW_PH_COUNT; p++)
		keep(f, p, lang, c->usual[p]);
	for (size_t i = 0; r && i < r->view.counts[SW_CONDITION_BIND]; i++) {
		struct sw_condition_view v =
			sw_judgement_condition(c->k, r->number, SW_CONDITION_BIND, i);

		keep(f, v.placeholder, lang, bound_value(c, r, b, v.text, lang, nomem));
	}
	if (f->value[SW_PH_IP][lang] && !f->value[SW_PH_REVERSE][lang])
		f->value[SW_PH_REVERSE][lang] = reverse_of(c, f->value[SW_PH_IP][lang], nomem);
}

struct sw_filling *sw_filling_make(struct sw_court *c, const struct sw_rule *r,
				   const struct sw_bound *b)
{
	struct sw_filling *f = sw_arena_alloc(c->arena, sizeof(*f));
	bool nomem = !f;

	for (size_t lang = 0; f && lang < SW_LANG_COUNT; lang++)
		find_values(c, r, b, (enum sw_lang)lang, f, &nomem);
	return nomem ? NULL : f;
}

/* Values are shown in titles cut to what a line bears. */
enum { TITLE_VALUE = 120 };

static enum sw_err put_value(struct sw_buf *out, enum sw_placeholder p, const char *value)
{
	bool v6 = p == SW_PH_HOST && strchr(value, ':');
	enum sw_err e = v6 ? sw_buf_add_char(out, '[') : SW_OK;

	if (!e)
		e = sw_tale_put(sw_slice_str(value), TITLE_VALUE, out);
	return !e && v6 ? sw_buf_add_char(out, ']') : e;
}

static enum sw_err put_upper(struct sw_buf *out, struct sw_slice name)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < name.len && !e; i++) {
		char c = name.ptr[i];

		e = sw_buf_add_char(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	return e;
}

/* `strict`: for a command; else *ret_open says that a value is missing. */
static const char *fill(const struct sw_filling *f, const char *text, enum sw_lang lang,
			bool strict, struct sw_arena *arena, bool *ret_open)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4 * SW_MAX_KNOWLEDGE_TEXT };
	struct sw_slice rest = sw_slice_str(text);
	enum sw_err e = SW_OK;

	*ret_open = false;
	while (!e && rest.len) {
		size_t open = sw_slice_find(rest, '{');
		enum sw_placeholder p;

		e = sw_buf_add(&out, sw_slice_head(rest, open));
		rest = sw_slice_from(rest, open);
		size_t close = sw_slice_find(rest, '}');

		if (e || close == rest.len)
			break;
		struct sw_slice name = sw_slice_head(sw_slice_from(rest, 1), close - 1);
		bool known = sw_placeholder_find(name, &p);
		bool free_words = known && sw_placeholder_form(p) == SW_FORM_FREE;

		if (known && f && f->value[p][lang] && !(strict && free_words)) {
			e = put_value(&out, p, f->value[p][lang]);
		} else {
			*ret_open = true;
			e = put_upper(&out, name);
		}
		rest = sw_slice_from(rest, close + 1);
	}
	return e ? NULL : sw_arena_copy(arena, sw_buf_slice(&out)).ptr;
}

const char *sw_filling_title(const struct sw_filling *f, const struct sw_finding_view *v,
			     enum sw_lang lang, struct sw_arena *arena)
{
	bool open;
	const char *title = fill(f, v->title[lang], lang, false, arena, &open);

	return title && open ? v->title_plain[lang] : title;
}

const char *sw_verdict_fill(const struct sw_finding *f, const char *text,
			    struct sw_arena *arena)
{
	bool open;

	return fill(f->bindings, text, SW_LANG_EN, true, arena, &open);
}
