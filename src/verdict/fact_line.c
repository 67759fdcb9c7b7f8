/* SPDX-License-Identifier: MIT */
/* Facts from the lines in which rules write their cases. */
#include "verdict/judge_condition.h"
#include "verdict/store.h"

enum { MOST_FIELDS = 40 };

struct line {
	struct sw_slice rest;
	struct sw_field fields[MOST_FIELDS];
	char keys[MOST_FIELDS][40];
	size_t count;
	bool has_stage;
	enum sw_stage stage;
};

static void skip_blanks(struct sw_slice *s)
{
	while (s->len && (s->ptr[0] == ' ' || s->ptr[0] == '\t' || s->ptr[0] == '\n'))
		*s = sw_slice_from(*s, 1);
}

static void set_value(struct sw_slice text, bool quoted, struct sw_field *f)
{
	bool minus = text.len > 1 && text.ptr[0] == '-';
	uint64_t n;

	f->kind = SW_VALUE_TEXT;
	f->text = text;
	if (quoted)
		return;
	if (sw_slice_eq(text, SW_S("true")) || sw_slice_eq(text, SW_S("false"))) {
		f->kind = SW_VALUE_BOOL;
		f->number = text.len == 4;
	} else if (sw_slice_u64(sw_slice_from(text, minus), &n) && n <= INT64_MAX) {
		f->kind = SW_VALUE_INT;
		f->number = minus ? -(int64_t)n : (int64_t)n;
	}
}

/* `key=value` or `key="value"`. */
static enum sw_err take_field(struct line *l, enum sw_fact_type type, struct sw_error *err)
{
	size_t eq = sw_slice_find(l->rest, '='), end = 0;
	struct sw_slice key = sw_slice_head(l->rest, eq), value;

	if (eq == l->rest.len || l->count == MOST_FIELDS || key.len >= sizeof(l->keys[0]))
		return sw_fail(err, SW_E_DATA, "expected field=value, not \"%.*s\"",
			       (int)(key.len < 60 ? key.len : 60), key.ptr);
	l->rest = sw_slice_from(l->rest, eq + 1);
	bool quoted = l->rest.len && l->rest.ptr[0] == '"';

	if (quoted)
		l->rest = sw_slice_from(l->rest, 1);
	while (end < l->rest.len &&
	       (quoted ? l->rest.ptr[end] != '"'
		       : l->rest.ptr[end] != ' ' && l->rest.ptr[end] != '\n'))
		end++;
	if (quoted && end == l->rest.len)
		return sw_fail(err, SW_E_DATA, "no closing quote behind %.*s=", SW_FMT(key));
	value = sw_slice_head(l->rest, end);
	l->rest = sw_slice_from(l->rest, end + quoted);
	if (sw_slice_eq(key, SW_S("@stage"))) {
		for (unsigned i = 0; i < SW_STAGE_COUNT; i++)
			if (sw_slice_eq(value,
					sw_slice_str(sw_stage_name((enum sw_stage)i)))) {
				l->has_stage = true;
				l->stage = (enum sw_stage)i;
			}
		return l->has_stage ? SW_OK
				    : sw_fail(err, SW_E_DATA, "there is no stage \"%.*s\"",
					      SW_FMT(value));
	}
	if (!sw_fact_has_field(type, key))
		return sw_fail(err, SW_E_DATA, "%s has no field \"%.*s\"", sw_fact_name(type),
			       SW_FMT(key));
	memcpy(l->keys[l->count], key.ptr, key.len);
	l->keys[l->count][key.len] = '\0';
	set_value(value, quoted, &l->fields[l->count]);
	l->count++;
	return SW_OK;
}

static enum sw_stage stage_of_command(struct sw_slice command)
{
	static const struct {
		const char *command;
		enum sw_stage stage;
	} rows[] = {
		{ "EHLO", SW_STAGE_EHLO },     { "HELO", SW_STAGE_EHLO },
		{ "LHLO", SW_STAGE_EHLO },     { "STARTTLS", SW_STAGE_TLS },
		{ "AUTH", SW_STAGE_AUTH },     { "MAIL", SW_STAGE_ENVELOPE },
		{ "RCPT", SW_STAGE_ENVELOPE }, { "DATA", SW_STAGE_DATA },
		{ "BDAT", SW_STAGE_DATA },     { ".", SW_STAGE_FINAL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (sw_slice_starts_nocase(command, sw_slice_str(rows[i].command)))
			return rows[i].stage;
	return command.len ? SW_STAGE_FINAL : SW_STAGE_GREETING;
}

static enum sw_stage stage_of(enum sw_fact_type type, const struct line *l)
{
	switch ((int)type) {
	case SW_FACT_SEND_WISH:
		return SW_STAGE_CONFIG;
	case SW_FACT_DNS_ANSWER:
		return SW_STAGE_DNS;
	case SW_FACT_TCP_ATTEMPT:
	case SW_FACT_TCP_INFO:
		return SW_STAGE_TCP;
	case SW_FACT_FIRST_BYTES:
		return SW_STAGE_GREETING;
	case SW_FACT_CAPABILITIES:
		return SW_STAGE_EHLO;
	case SW_FACT_TLS_HANDSHAKE:
	case SW_FACT_TLS_CERTIFICATE:
		return SW_STAGE_TLS;
	case SW_FACT_AUTH_CHOICE:
	case SW_FACT_AUTH_RESULT:
		return SW_STAGE_AUTH;
	case SW_FACT_RECIPIENT:
		return SW_STAGE_ENVELOPE;
	case SW_FACT_DATA_PROGRESS:
		return SW_STAGE_DATA;
	case SW_FACT_SEND_RESULT:
		return SW_STAGE_FINAL;
	}
	for (size_t i = 0; type == SW_FACT_REPLY && i < l->count; i++)
		if (strcmp(l->keys[i], "command") == 0)
			return stage_of_command(l->fields[i].text);
	return SW_STAGE_LOCAL;
}

/* Facts keep their keys by address: in the store's own arena. */
static enum sw_err keep_keys(struct sw_facts *f, struct line *l, struct sw_error *err)
{
	for (size_t i = 0; i < l->count; i++) {
		l->fields[i].key = sw_arena_strdup(&f->arena, l->keys[i]);
		if (!l->fields[i].key)
			return sw_fail_nomem(err);
	}
	return SW_OK;
}

enum sw_err sw_fact_line(struct sw_facts *f, struct sw_slice text, struct sw_error *err)
{
	struct line l = { .rest = text };
	enum sw_fact_type type;
	size_t before = sw_facts_count(f);

	skip_blanks(&l.rest);
	size_t end = sw_slice_find(l.rest, ' ');
	struct sw_slice name = sw_slice_head(l.rest, end);

	if (!sw_fact_type_find(name, &type))
		return sw_fail(err, SW_E_DATA, "there is no fact type \"%.*s\"",
			       (int)(name.len < 60 ? name.len : 60), name.ptr);
	l.rest = sw_slice_from(l.rest, end);
	for (skip_blanks(&l.rest); l.rest.len; skip_blanks(&l.rest)) {
		enum sw_err e = take_field(&l, type, err);

		if (e)
			return e;
	}
	enum sw_err e = keep_keys(f, &l, err);

	if (e)
		return e;
	sw_facts_state(f, type, l.has_stage ? l.stage : stage_of(type, &l), "session", 0,
		       l.fields, l.count);
	return sw_facts_count(f) > before ? SW_OK : sw_fail_nomem(err);
}
