/* SPDX-License-Identifier: MIT */
/* A case file is taken apart by a scanner that only knows where values begin and end; each
 * fact is then parsed by itself.  So memory stays small however large the file, and nesting is
 * bounded before any parser sees it. */
#include <jansson.h>
#include <time.h>

#include "base/mem.h"
#include "base/text.h"
#include "codec/json.h"
#include "verdict/store.h"

enum {
	MAX_DEPTH = 16,
	MAX_FIELDS = 64, /* of one fact; the widest type has 17 */
};

struct scan {
	struct sw_slice in;
	size_t pos;
};

static void skip_blanks(struct scan *s)
{
	while (s->pos < s->in.len && strchr(" \t\r\n", s->in.ptr[s->pos]) && s->in.ptr[s->pos])
		s->pos++;
}

static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->pos >= s->in.len || s->in.ptr[s->pos] != c)
		return false;
	s->pos++;
	return true;
}

/* Behind the closing quote of the string that begins at pos. */
static bool skip_string(struct scan *s)
{
	for (s->pos++; s->pos < s->in.len; s->pos++) {
		if (s->in.ptr[s->pos] == '\\')
			s->pos++;
		else if (s->in.ptr[s->pos] == '"') {
			s->pos++;
			return true;
		}
	}
	s->pos = s->in.len;
	return false;
}

static bool ends_scalar(char c)
{
	return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' ||
	       c == '\t' || c == ':' || c == '"' || c == '[' || c == '{';
}

/* The text of one value.  Whether it is well formed inside is the parser's to say. */
static bool next_value(struct scan *s, struct sw_slice *ret)
{
	unsigned depth = 0;

	skip_blanks(s);
	size_t start = s->pos;
	do {
		if (s->pos >= s->in.len)
			return false;
		char c = s->in.ptr[s->pos];
		if (c == '"') {
			if (!skip_string(s))
				return false;
		} else if (c == '{' || c == '[') {
			if (++depth > MAX_DEPTH)
				return false;
			s->pos++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return false;
			depth--;
			s->pos++;
		} else if (depth > 0) {
			s->pos++;
		} else {
			while (s->pos < s->in.len && !ends_scalar(s->in.ptr[s->pos]))
				s->pos++;
			if (s->pos == start)
				return false;
		}
	} while (depth > 0);
	*ret = sw_slice(s->in.ptr + start, s->pos - start);
	return true;
}

static struct sw_slice text_of(const json_t *value)
{
	return sw_slice(json_string_value(value), json_string_length(value));
}

static bool stage_find(struct sw_slice name, enum sw_stage *ret)
{
	for (int i = 0; i < SW_STAGE_COUNT; i++) {
		if (sw_slice_eq(name, sw_slice_str(sw_stage_name((enum sw_stage)i)))) {
			*ret = (enum sw_stage)i;
			return true;
		}
	}
	return false;
}

/* False only without memory; a field that we do not know is skipped. */
static bool read_field(struct sw_facts *f, enum sw_fact_type type, const char *key,
		       const json_t *value, struct sw_field *fields, size_t *count)
{
	struct sw_field field = { .key = key };

	if (!sw_fact_has_field(type, sw_slice_str(key)) || *count >= MAX_FIELDS ||
	    (!json_is_string(value) && !json_is_integer(value) && !json_is_boolean(value))) {
		f->skipped++;
		return true;
	}
	if (json_is_string(value)) {
		field.kind = SW_VALUE_TEXT;
		field.text = text_of(value);
	} else if (json_is_integer(value)) {
		field.kind = SW_VALUE_INT;
		field.number = json_integer_value(value);
	} else {
		field.kind = SW_VALUE_BOOL;
		field.number = json_is_true(value);
	}
	field.key = sw_arena_strdup(&f->arena, key);
	fields[(*count)++] = field;
	return field.key != NULL;
}

static const char *keep_source(struct sw_facts *f, const json_t *value)
{
	char clean[64];

	sw_text_escape_into(clean, sizeof(clean), text_of(value), SW_TEXT_LINE);
	return sw_arena_strdup(&f->arena, clean);
}

static enum sw_err read_fact(struct sw_facts *f, json_t *object)
{
	struct sw_field fields[MAX_FIELDS];
	struct sw_fact fact = { .fields = fields };
	json_t *members = json_object_get(object, "fields");
	json_int_t at_us = json_integer_value(json_object_get(object, "at_us"));
	const char *key;
	json_t *value;

	if (!json_is_object(members) ||
	    !sw_fact_type_find(text_of(json_object_get(object, "type")), &fact.type) ||
	    !stage_find(text_of(json_object_get(object, "stage")), &fact.stage)) {
		f->skipped++;
		return SW_OK;
	}
	fact.at_us = at_us > 0 ? (uint64_t)at_us : 0;
	fact.source = keep_source(f, json_object_get(object, "source"));
	if (!fact.source)
		return SW_E_NOMEM;
	json_object_foreach(members, key, value)
	{
		if (!read_field(f, fact.type, key, value, fields, &fact.count))
			return SW_E_NOMEM;
	}
	if (!sw_facts_add(f, &fact))
		f->dropped++;
	return SW_OK;
}

static enum sw_err read_facts(struct sw_facts *f, struct sw_slice array)
{
	struct scan s = { .in = array };
	struct sw_slice piece;

	if (!take(&s, '['))
		return SW_E_DATA;
	if (take(&s, ']'))
		return SW_OK;
	do {
		if (!next_value(&s, &piece) || piece.len > SW_MAX_CASE_PIECE)
			return SW_E_DATA;
		json_t *object;
		enum sw_err e = sw_json_read(piece, &object, NULL);
		if (e)
			return e;
		e = read_fact(f, object);
		json_decref(object);
		if (e)
			return e;
	} while (take(&s, ','));
	return take(&s, ']') ? SW_OK : SW_E_DATA;
}

/* `count` decimal digits and the byte behind them. */
static bool time_part(const char **at, int count, char end, int *ret)
{
	*ret = 0;
	for (int i = 0; i < count; i++, (*at)++) {
		if (!sw_ascii_digit(**at))
			return false;
		*ret = *ret * 10 + (**at - '0');
	}
	return *(*at)++ == end;
}

/* The form that we write; anything else is taken as unknown (0). */
static int64_t read_time(const char *text)
{
	struct tm tm = { 0 };
	int fraction;

	if (!time_part(&text, 4, '-', &tm.tm_year) || !time_part(&text, 2, '-', &tm.tm_mon) ||
	    !time_part(&text, 2, 'T', &tm.tm_mday) || !time_part(&text, 2, ':', &tm.tm_hour) ||
	    !time_part(&text, 2, ':', &tm.tm_min) || !time_part(&text, 2, '.', &tm.tm_sec) ||
	    !time_part(&text, 6, 'Z', &fraction))
		return 0;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000000 + fraction;
}

static int dump_into(const char *bytes, size_t len, void *arg)
{
	struct sw_buf *out = arg;

	/* As in case.c: jansson would go on behind a hole. */
	if (out->max > 0 && sw_buf_add(out, sw_slice(bytes, len)))
		out->max = 0;
	return out->max > 0 ? 0 : -1;
}

static enum sw_err keep_result(const json_t *value, char **ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 8 * (size_t)SW_MAX_CASE_PIECE };

	if (!json_is_object(value))
		return SW_OK;
	if (json_dump_callback(value, dump_into, &out, JSON_COMPACT | JSON_ENCODE_ANY) ||
	    out.max == 0)
		return SW_E_NOMEM;
	char *text = sw_buf_take(&out);
	if (!text)
		return SW_E_NOMEM;
	sw_free(*ret);
	*ret = text;
	return SW_OK;
}

/* What has been found so far. */
struct reading {
	struct sw_facts *facts;
	char *result;
	bool schema;
};

static enum sw_err read_member(struct reading *r, struct sw_slice key, struct sw_slice text)
{
	enum sw_err e = SW_OK;

	if (sw_slice_eq(key, SW_S("\"facts\"")))
		return read_facts(r->facts, text);
	if (text.len > SW_MAX_CASE_PIECE)
		return SW_E_DATA;
	json_t *value;
	e = sw_json_read(text, &value, NULL);
	if (e)
		return e;
	if (sw_slice_eq(key, SW_S("\"schema\"")))
		r->schema = sw_slice_eq(text_of(value), SW_S("sendwell/case/1"));
	else if (sw_slice_eq(key, SW_S("\"started\"")) && json_is_string(value))
		r->facts->wall_us = read_time(json_string_value(value));
	else if (sw_slice_eq(key, SW_S("\"dropped\"")) && json_integer_value(value) > 0)
		r->facts->dropped += (size_t)json_integer_value(value);
	else if (sw_slice_eq(key, SW_S("\"result\"")))
		e = keep_result(value, &r->result);
	json_decref(value);
	return e;
}

static enum sw_err read_members(struct reading *r, struct scan *s)
{
	struct sw_slice key, text;

	if (!take(s, '{'))
		return SW_E_DATA;
	do {
		if (!next_value(s, &key) || !take(s, ':') || !next_value(s, &text))
			return SW_E_DATA;
		enum sw_err e = read_member(r, key, text);
		if (e)
			return e;
	} while (take(s, ','));
	if (!take(s, '}'))
		return SW_E_DATA;
	skip_blanks(s);
	return s->pos == s->in.len && r->schema ? SW_OK : SW_E_DATA;
}

static enum sw_err read_case(struct reading *r, struct sw_slice json, struct sw_error *err)
{
	struct scan s = { .in = json };

	r->facts = sw_facts_new(NULL, 0, 0);
	r->result = sw_strdup("");
	if (!r->facts || !r->result)
		return sw_fail_nomem(err);
	enum sw_err e = read_members(r, &s);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e && s.pos == json.len && !r->schema)
		return sw_fail(
			err, SW_E_DATA,
			"not a case of sendwell (its \"schema\" is not sendwell/case/1)");
	if (e)
		return sw_fail(err, SW_E_DATA,
			       "not a well-formed case: broken before byte %zu", s.pos);
	return SW_OK;
}

enum sw_err sw_case_read(struct sw_slice json, struct sw_facts **ret, char **ret_result_json,
			 struct sw_error *err)
{
	struct reading r = { 0 };

	if (json.len > SW_MAX_CASE)
		return sw_fail(err, SW_E_LIMIT, "the case is larger than %d bytes",
			       SW_MAX_CASE);
	enum sw_err e = read_case(&r, json, err);
	if (e) {
		sw_facts_free(r.facts);
		sw_free(r.result);
		return e;
	}
	*ret = r.facts;
	*ret_result_json = r.result;
	return SW_OK;
}
