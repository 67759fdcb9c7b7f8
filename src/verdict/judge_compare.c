/* SPDX-License-Identifier: MIT */
/* One fact against the comparisons of a condition. */
#include <time.h>

#include "knowledge/row.h"
#include "verdict/judge_work.h"

bool sw_read_time(struct sw_slice s, int64_t *ret)
{
	static const char shape[] = "0000-00-00T00:00:00Z";
	struct tm tm = { 0 };
	int part[6] = { 0 };
	size_t n = 0;

	if (s.len != sizeof(shape) - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool digit = sw_ascii_digit(s.ptr[i]);

		if (shape[i] == '0' ? !digit : s.ptr[i] != shape[i])
			return false;
		if (digit)
			part[n] = part[n] * 10 + (s.ptr[i] - '0');
		else
			n++;
	}
	tm.tm_year = part[0] - 1900;
	tm.tm_mon = part[1] - 1;
	tm.tm_mday = part[2];
	tm.tm_hour = part[3];
	tm.tm_min = part[4];
	tm.tm_sec = part[5];
	*ret = (int64_t)timegm(&tm);
	return true;
}

/* What stands on either side. */
struct side {
	bool known, is_bool;
	bool is_number;
	int64_t number;
	struct sw_slice text;
	char digits[24];
};

static void take_number(struct side *s, int64_t number)
{
	s->known = s->is_number = true;
	s->number = number;
	char *end = s->digits + sizeof(s->digits), *at = end;
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		*--at = '-';
	s->text = sw_slice(at, (size_t)(end - at));
}

static void take_text(struct side *s, struct sw_slice text)
{
	bool minus = text.len > 1 && text.ptr[0] == '-';
	uint64_t n;

	s->known = true;
	s->text = text;
	if (sw_slice_u64(sw_slice_from(text, minus), &n) && n <= INT64_MAX) {
		s->is_number = true;
		s->number = minus ? -(int64_t)n : (int64_t)n;
	} else {
		s->is_number = sw_read_time(text, &s->number);
	}
}

static void take_field(struct side *s, const struct sw_field *field)
{
	if (!field)
		return;
	if (field->kind == SW_VALUE_TEXT)
		take_text(s, field->text);
	else
		take_number(s, field->number);
	s->is_bool = field->kind == SW_VALUE_BOOL;
}

/* Keys in facts are NUL-terminated, those of conditions are not. */
static const struct sw_field *field_by(const struct sw_fact *fact, struct sw_slice key)
{
	for (size_t i = 0; i < fact->count; i++)
		if (sw_slice_eq(sw_slice_str(fact->fields[i].key), key))
			return &fact->fields[i];
	return NULL;
}

static void take_derived(struct sw_court *c, enum sw_derived derived, uint32_t fact,
			 struct side *s)
{
	const struct sw_fact *f = sw_court_fact(c, fact);
	const char *vendor, *category;

	switch (derived) {
	case SW_DERIVED_STAGE:
		take_text(s, sw_slice_str(sw_stage_name(f->stage)));
		return;
	case SW_DERIVED_SOURCE:
		take_text(s, sw_slice_str(f->source));
		return;
	case SW_DERIVED_CATEGORY:
	case SW_DERIVED_VENDOR:
		category = sw_court_category(c, fact, &vendor);
		take_text(s, sw_slice_str(derived == SW_DERIVED_VENDOR ? vendor : category));
		return;
	case SW_DERIVED_NOT:
		break;
	}
}

static void take_operand(const struct sw_court *c, const struct sw_operand *o,
			 const struct sw_bound *b, struct side *s)
{
	switch (o->kind) {
	case SW_OPERAND_TEXT:
		s->known = true;
		s->text = o->text;
		s->is_number = o->is_number;
		s->number = o->number;
		return;
	case SW_OPERAND_NOW:
		take_number(s, sw_facts_started(c->facts) / 1000000 + o->number);
		return;
	case SW_OPERAND_FIELD:
		if (b->fact[o->name] == SW_UNBOUND)
			return;
		take_field(s, field_by(sw_court_fact(c, b->fact[o->name]), o->text));
		if (s->is_number && o->number &&
		    !__builtin_add_overflow(s->number, o->number, &s->number))
			take_number(s, s->number);
		return;
	}
}

static enum sw_truth truth(bool b)
{
	return b ? SW_TRUE : SW_FALSE;
}

static bool is_word(struct sw_slice s, const char *a, const char *b)
{
	return sw_slice_eq_nocase(s, sw_slice_str(a)) ||
	       sw_slice_eq_nocase(s, sw_slice_str(b));
}

static bool equal(const struct side *have, const struct side *want, bool prefix)
{
	if (have->is_bool && !want->is_number)
		return is_word(want->text, have->number ? "true" : "false",
			       have->number ? "yes" : "no");
	if (prefix)
		return sw_slice_starts_nocase(have->text, want->text);
	if (have->is_number && want->is_number)
		return have->number == want->number;
	return sw_slice_eq_nocase(have->text, want->text);
}

static bool holds(struct sw_slice text, struct sw_slice part)
{
	for (size_t i = 0; part.len && i + part.len <= text.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(text, i), part))
			return true;
	return false;
}

static enum sw_truth ordered(const struct side *have, const struct side *want,
			     enum sw_compare how)
{
	if (!have->is_number || !want->is_number)
		return SW_UNKNOWN;
	switch ((int)how) {
	case SW_LESS:
		return truth(have->number < want->number);
	case SW_GREATER:
		return truth(have->number > want->number);
	case SW_AT_MOST:
		return truth(have->number <= want->number);
	}
	return truth(have->number >= want->number);
}

static enum sw_truth compare_one(struct sw_court *c, const struct side *have,
				 const struct sw_comparison *x, const struct sw_operand *o,
				 const struct sw_bound *b)
{
	struct side want = { 0 };

	take_operand(c, o, b, &want);
	if (!want.known)
		return SW_UNKNOWN;
	if (x->how >= SW_LESS && x->how <= SW_NO_LESS)
		return ordered(have, &want, x->how);
	if (x->how == SW_EQUAL || x->how == SW_UNEQUAL)
		return truth(equal(have, &want, o->prefix));
	/* The words of a rule are a row; a text of a fact is looked for as it stands. */
	return truth(o->kind == SW_OPERAND_TEXT ? sw_row_is_in(want.text, have->text)
						: holds(have->text, want.text));
}

static enum sw_truth compare(struct sw_court *c, const struct sw_condition *condition,
			     const struct sw_comparison *x, uint32_t fact,
			     const struct sw_bound *b)
{
	bool negated = x->how == SW_UNEQUAL || x->how == SW_LACKS_WORDS;
	enum sw_truth any = SW_FALSE;
	struct side have = { 0 };

	if (x->derived == SW_DERIVED_NOT)
		take_field(&have, field_by(sw_court_fact(c, fact), x->field));
	else
		take_derived(c, x->derived, fact, &have);
	if (!have.known)
		return SW_UNKNOWN;
	for (size_t i = 0; i < x->count && any != SW_TRUE; i++) {
		enum sw_truth one =
			compare_one(c, &have, x, &condition->operand[x->first + i], b);

		any = one > any ? one : any;
	}
	if (!negated || any == SW_UNKNOWN)
		return any;
	return any == SW_TRUE ? SW_FALSE : SW_TRUE;
}

enum sw_truth sw_compare_fact(struct sw_court *c, const struct sw_condition *condition,
			      uint32_t fact, const struct sw_bound *b, bool selecting)
{
	enum sw_truth all = SW_TRUE;

	for (size_t i = 0; i < condition->comparisons && all != SW_FALSE; i++) {
		const struct sw_comparison *x = &condition->comparison[i];

		if (x->selects != selecting)
			continue;
		enum sw_truth one = compare(c, condition, x, fact, b);

		all = one < all ? one : all;
	}
	return all;
}
