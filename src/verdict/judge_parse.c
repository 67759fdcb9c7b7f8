/* SPDX-License-Identifier: MIT */
/* Conditions from text. */
#include "knowledge/row.h"
#include "verdict/judge_condition.h"

struct parser {
	struct sw_slice text;
	size_t pos;
	const struct sw_names *names;
	struct sw_condition *c;
	struct sw_error *err;
};

#define FLAW(p, ...) flaw((p), (p)->pos, __VA_ARGS__)

static enum sw_err flaw(const struct parser *p, size_t at, const char *what,
			struct sw_slice which)
{
	return sw_fail(p->err, SW_E_DATA, "column %zu: %s \"%.*s\"", at + 1, what,
		       (int)(which.len < 80 ? which.len : 80), which.ptr ? which.ptr : "");
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || sw_ascii_digit(c) ||
	       c == '_' || c == '.' || c == '@';
}

static void skip_blanks(struct parser *p)
{
	while (p->pos < p->text.len && strchr(" \t\n", p->text.ptr[p->pos]) &&
	       p->text.ptr[p->pos])
		p->pos++;
}

/* Letters, digits, '_', '.' and '@'. */
static struct sw_slice take_word(struct parser *p)
{
	size_t start = p->pos;

	while (p->pos < p->text.len && is_word_char(p->text.ptr[p->pos]))
		p->pos++;
	return sw_slice(p->text.ptr + start, p->pos - start);
}

static bool take(struct parser *p, const char *what)
{
	if (!sw_slice_starts(sw_slice_from(p->text, p->pos), sw_slice_str(what)))
		return false;
	p->pos += strlen(what);
	return true;
}

/* Up to a blank or '|'; what is in quotes may hold blanks. */
static enum sw_err take_value(struct parser *p, struct sw_slice *ret, bool *ret_quoted)
{
	bool quoted = *ret_quoted || take(p, "\"");
	size_t start = p->pos;
	const char *ends = quoted ? "\"|" : " \t\n|";

	while (p->pos < p->text.len &&
	       (!p->text.ptr[p->pos] || !strchr(ends, p->text.ptr[p->pos])))
		p->pos++;
	*ret = sw_slice(p->text.ptr + start, p->pos - start);
	if (quoted && p->pos == p->text.len)
		return flaw(p, start, "no closing quote behind", *ret);
	*ret_quoted = quoted;
	return SW_OK;
}

static bool read_number(struct sw_slice s, int64_t *ret)
{
	bool minus = s.len > 1 && s.ptr[0] == '-';
	uint64_t n;

	if (!sw_slice_u64(sw_slice_from(s, minus), &n) || n > INT64_MAX)
		return false;
	*ret = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

int sw_names_find(const struct sw_names *names, struct sw_slice name)
{
	for (size_t i = 0; i < names->count; i++)
		if (sw_slice_eq(names->at[i], name))
			return (int)i;
	return -1;
}

/* "+3600" or "-5" or nothing. */
static bool read_added(struct sw_slice s, int64_t *ret)
{
	*ret = 0;
	if (s.len == 0)
		return true;
	return (s.ptr[0] == '-' && read_number(s, ret)) ||
	       (s.ptr[0] == '+' && read_number(sw_slice_from(s, 1), ret) && s.ptr[1] != '-');
}

enum sw_err sw_operand_parse(struct sw_slice text, const struct sw_names *names,
			     struct sw_operand *ret, struct sw_error *err)
{
	struct parser p = { .text = text, .names = names, .err = err };

	if (!take(&p, "$"))
		return FLAW(&p, "expected $name.field or $now, not", text);
	struct sw_slice word = take_word(&p), name;

	*ret = (struct sw_operand){ .kind = SW_OPERAND_NOW };
	if (!read_added(sw_slice_from(text, p.pos), &ret->number))
		return FLAW(&p, "expected +N, -N or nothing behind", word);
	if (sw_slice_eq(word, SW_S("now")))
		return SW_OK;
	if (!sw_slice_split(&word, '.', &name) || word.len == 0)
		return flaw(&p, 0, "expected $name.field or $now, not", text);
	int i = sw_names_find(names, name);

	if (i < 0)
		return flaw(&p, 0, "no condition before has the name", name);
	ret->kind = SW_OPERAND_FIELD;
	ret->name = (uint8_t)i;
	ret->text = word;
	return SW_OK;
}

static enum sw_err add_operand(struct parser *p, struct sw_comparison *c, struct sw_slice text,
			       bool quoted, size_t at)
{
	struct sw_operand *o = &p->c->operand[p->c->operands];

	if (p->c->operands == SW_MAX_COMPARED)
		return flaw(p, at, "too many values before", text);
	p->c->operands++;
	c->count++;
	if (!quoted && text.len && text.ptr[0] == '$')
		return sw_operand_parse(text, p->names, o, p->err);
	bool words = c->how == SW_HAS_WORDS || c->how == SW_LACKS_WORDS;
	bool ordered = c->how >= SW_LESS && c->how <= SW_NO_LESS;

	*o = (struct sw_operand){ .kind = SW_OPERAND_TEXT, .text = text };
	o->is_number = read_number(text, &o->number);
	if (ordered && !o->is_number)
		return flaw(p, at, "expected a whole number, not", text);
	const char *wrong = words ? sw_row_flaw(text) : NULL;

	if (wrong)
		return flaw(p, at, wrong, text);
	if (!words && text.len && text.ptr[text.len - 1] == '*') {
		o->prefix = true;
		o->text.len--;
	}
	return SW_OK;
}

static enum sw_err parse_operands(struct parser *p, struct sw_comparison *c)
{
	bool quoted = false;
	enum sw_err e;

	c->first = (uint8_t)p->c->operands;
	do {
		size_t at = p->pos;
		struct sw_slice text;

		e = take_value(p, &text, &quoted);
		if (!e)
			e = add_operand(p, c, quoted ? sw_slice_trim(text) : text, quoted, at);
		if (!e && quoted && take(p, "\""))
			quoted = false;
	} while (!e && take(p, "|"));
	if (!e && p->pos < p->text.len && !strchr(" \t\n", p->text.ptr[p->pos]))
		return FLAW(p, "expected a blank before", sw_slice_from(p->text, p->pos));
	return e;
}

static const struct {
	const char *sign;
	enum sw_compare how;
} signs[] = {
	{ "!=", SW_UNEQUAL }, { "!~", SW_LACKS_WORDS }, { "<=", SW_AT_MOST },
	{ ">=", SW_NO_LESS }, { "=", SW_EQUAL },        { "<", SW_LESS },
	{ ">", SW_GREATER },  { "~", SW_HAS_WORDS },
};

static enum sw_err parse_sign(struct parser *p, struct sw_comparison *c)
{
	for (size_t i = 0; i < SW_LEN(signs); i++)
		if (take(p, signs[i].sign)) {
			c->how = signs[i].how;
			return SW_OK;
		}
	return FLAW(p, "expected = != < > <= >= ~ or !~ behind", c->field);
}

/* Facts that hold a reply. */
static bool has_reply(enum sw_fact_type type)
{
	return type == SW_FACT_REPLY || type == SW_FACT_RECIPIENT ||
	       type == SW_FACT_SEND_RESULT;
}

static bool find_field(enum sw_fact_type type, struct sw_comparison *c)
{
	static const struct {
		const char *name;
		enum sw_derived derived;
	} derived[] = {
		{ "category", SW_DERIVED_CATEGORY },
		{ "vendor", SW_DERIVED_VENDOR },
		{ "@stage", SW_DERIVED_STAGE },
		{ "@source", SW_DERIVED_SOURCE },
	};

	c->selects = sw_fact_selects(type, c->field);
	if (sw_fact_has_field(type, c->field))
		return true;
	for (size_t i = 0; i < SW_LEN(derived); i++)
		if (sw_slice_eq(c->field, sw_slice_str(derived[i].name))) {
			c->derived = derived[i].derived;
			c->selects = c->derived >= SW_DERIVED_STAGE;
			return c->derived >= SW_DERIVED_STAGE || has_reply(type);
		}
	return false;
}

static enum sw_err parse_comparison(struct parser *p, struct sw_slice field, size_t at)
{
	if (p->c->comparisons == SW_MAX_COMPARISONS)
		return flaw(p, at, "too many comparisons before", field);
	struct sw_comparison *c = &p->c->comparison[p->c->comparisons++];

	*c = (struct sw_comparison){ .field = field };
	if (!find_field(p->c->type, c))
		return flaw(p, at, "facts of this type have no field", field);
	enum sw_err e = parse_sign(p, c);

	return e ? e : parse_operands(p, c);
}

static enum sw_err parse_count(struct parser *p)
{
	int64_t n;
	struct sw_slice digits;

	if (!take(p, ">="))
		return FLAW(p, "expected count>=N, not", sw_slice_from(p->text, p->pos));
	digits = take_word(p);
	if (!read_number(digits, &n) || n < 1 || n > SW_MAX_FACTS)
		return FLAW(p, "expected a number from 1 on, not", digits);
	p->c->quantifier = SW_AT_LEAST;
	p->c->least = (unsigned)n;
	return SW_OK;
}

/* "not", "none", "all", "count>=N", then the type. */
static enum sw_err parse_head(struct parser *p)
{
	static const struct {
		const char *word;
		enum sw_quantifier quantifier;
	} words[] = { { "not", SW_NOT }, { "none", SW_NONE_STATED }, { "all", SW_ALL } };
	enum sw_err e = SW_OK;

	skip_blanks(p);
	size_t at = p->pos;
	struct sw_slice word = take_word(p);

	for (size_t i = 0; i < SW_LEN(words); i++)
		if (sw_slice_eq(word, sw_slice_str(words[i].word)))
			p->c->quantifier = words[i].quantifier;
	if (sw_slice_eq(word, SW_S("count")))
		e = parse_count(p);
	if (!e && p->c->quantifier != SW_SOME) {
		skip_blanks(p);
		at = p->pos;
		word = take_word(p);
	}
	if (!e && !sw_fact_type_find(word, &p->c->type))
		return flaw(p, at, "there is no fact type", word);
	return e;
}

static enum sw_err parse_name(struct parser *p, struct sw_names *names)
{
	skip_blanks(p);
	struct sw_slice name = take_word(p);

	if (name.len == 0 || sw_slice_find(name, '.') < name.len ||
	    sw_slice_eq(name, SW_S("now")))
		return FLAW(p, "expected a name behind \"as\", not", name);
	if (names->count == SW_MAX_NAMES || sw_names_find(names, name) >= 0)
		return FLAW(p, "a name that is there already, or one too many:", name);
	p->c->named = true;
	p->c->name = (uint8_t)names->count;
	names->at[names->count++] = name;
	skip_blanks(p);
	return p->pos == p->text.len ? SW_OK
				     : FLAW(p, "expected nothing behind the name but there is",
					    sw_slice_from(p->text, p->pos));
}

enum sw_err sw_condition_parse(struct sw_slice text, struct sw_names *names,
			       struct sw_condition *ret, struct sw_error *err)
{
	struct parser p = { .text = text, .names = names, .c = ret, .err = err };

	ret->quantifier = SW_SOME;
	ret->least = 0;
	ret->named = false;
	ret->comparisons = ret->operands = 0;
	enum sw_err e = parse_head(&p);

	while (!e) {
		skip_blanks(&p);
		size_t at = p.pos;
		struct sw_slice word = take_word(&p);

		if (word.len == 0 && p.pos == text.len)
			break;
		if (sw_slice_eq(word, SW_S("as")))
			return parse_name(&p, names);
		if (word.len == 0)
			return FLAW(&p, "expected field=value, not",
				    sw_slice_from(text, p.pos));
		e = parse_comparison(&p, word, at);
	}
	return e;
}
