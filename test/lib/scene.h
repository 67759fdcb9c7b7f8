/* SPDX-License-Identifier: MIT */
/* Facts from short texts, and the sentence that is made of them. */
#ifndef SCENE_H
#define SCENE_H

#include "sw_test.h"

#include "base/text.h"
#include "verdict/sentence.h"

/* 2026-01-01T00:00:00Z */
#define STARTED_US (INT64_C(1767225600) * 1000000)

/* Facts are written "[@stage ]type key=text|key:=number|...". */
enum { MOST_FACTS = 12, MOST_FIELDS = 24 };

/* A field's key must outlive the facts, so it is cut from a copy that the case keeps. */
struct scene {
	struct sw_facts *facts;
	char *copies[4 * MOST_FACTS];
	size_t count;
};

static inline enum sw_stage stage_named(struct sw_slice name)
{
	for (unsigned i = 0; i < SW_STAGE_COUNT; i++)
		if (sw_slice_eq(name, sw_slice_str(sw_stage_name((enum sw_stage)i))))
			return (enum sw_stage)i;
	fail_msg("no stage %.*s", SW_FMT(name));
	return SW_STAGE_COUNT;
}

static inline struct sw_field field_of(struct sw_slice piece)
{
	size_t eq = sw_slice_find(piece, '=');
	bool number = eq > 0 && piece.ptr[eq - 1] == ':';
	char *key = (char *)(uintptr_t)piece.ptr;
	struct sw_slice value = sw_slice_from(piece, eq + 1);

	assert_true(eq < piece.len);
	key[number ? eq - 1 : eq] = '\0';
	if (!number)
		return SW_F_TEXT(key, value);
	bool minus = value.len && value.ptr[0] == '-';
	uint64_t n = 0;
	assert_true(sw_slice_u64(sw_slice_from(value, minus), &n));
	return SW_F_INT(key, minus ? -(int64_t)n : (int64_t)n);
}

static inline void state(struct scene *s, const char *text)
{
	char *copy = strdup(text);
	struct sw_slice rest = sw_slice_str(copy), word, piece;
	struct sw_field fields[MOST_FIELDS];
	size_t count = 0;
	enum sw_fact_type type;
	enum sw_stage stage = SW_STAGE_LOCAL;

	assert_non_null(copy);
	assert_true(s->count < SW_LEN(s->copies));
	s->copies[s->count++] = copy;
	assert_true(sw_slice_split(&rest, ' ', &word));
	if (word.ptr[0] == '@') {
		stage = stage_named(sw_slice_from(word, 1));
		assert_true(sw_slice_split(&rest, ' ', &word));
	}
	assert_true(sw_fact_type_find(word, &type));
	while (rest.len && sw_slice_split(&rest, '|', &piece)) {
		assert_true(count < MOST_FIELDS);
		fields[count++] = field_of(piece);
	}
	sw_facts_state(s->facts, type, stage, "test", 0, fields, count);
}

static inline void begin(struct scene *s)
{
	*s = (struct scene){ .facts = sw_facts_new(NULL, 0, STARTED_US) };
	assert_non_null(s->facts);
}

static inline void finish(struct scene *s)
{
	sw_facts_free(s->facts);
	for (size_t i = 0; i < s->count; i++)
		free(s->copies[i]);
}

/* To be freed with sw_free. Checks what holds for every sentence. */
static inline char *tell(const struct scene *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 8192 };

	assert_int_equal(sw_facts_dropped(s->facts), 0);
	assert_ok(sw_verdict_sentence(s->facts, &out));
	struct sw_slice line = sw_buf_slice(&out);
	assert_true(line.len > 0);
	assert_false(sw_slice_has_control(line));
	assert_true(sw_utf8_valid(line));
	assert_int_equal(sw_slice_find(line, '{'), line.len);
	assert_true(strchr(".\")", line.ptr[line.len - 1]) != NULL);
	assert_int_equal(sw_slice_search(line, SW_S("  ")), line.len);
	char *text = sw_buf_take(&out);
	if (!text)
		abort();
	return text;
}

#endif
