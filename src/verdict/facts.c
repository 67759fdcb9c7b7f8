/* SPDX-License-Identifier: MIT */
#include "verdict/facts.h"

#include <assert.h>

#include "base/mem.h"
#include "base/text.h"
#include "verdict/store.h"

static const struct {
	const char *name;
	const char *fields; /* blanks between */
} types[SW_FACT_COUNT] = {
#define SW_FACT(id, name, fields, text) [SW_FACT_##id] = { name, fields },
#include "verdict/fact.def"
#undef SW_FACT
};

/* A longer text is cut before it is looked at: far behind what is kept of it, so that a secret
 * at the cut cannot be half hidden. */
enum { LOOKED_AT = 4 * SW_MAX_FACT_TEXT, ESCAPED = 4 * LOOKED_AT };

const char *sw_fact_name(enum sw_fact_type type)
{
	return (unsigned)type < SW_FACT_COUNT ? types[type].name : "?";
}

bool sw_fact_type_find(struct sw_slice name, enum sw_fact_type *ret)
{
	for (unsigned i = 0; i < SW_FACT_COUNT; i++) {
		if (sw_slice_eq(name, sw_slice_str(types[i].name))) {
			*ret = (enum sw_fact_type)i;
			return true;
		}
	}
	return false;
}

bool sw_fact_has_field(enum sw_fact_type type, struct sw_slice key)
{
	const char *fields = types[type].fields, *end = fields + strlen(fields), *at = fields;

	if (key.len == 0 || sw_slice_find(key, ' ') < key.len || key.ptr[0] == '|')
		return false;
	/* A fact has a dozen fields and each is looked up: no word by word. */
	while ((at = memmem(at, (size_t)(end - at), key.ptr, key.len)) != NULL) {
		const char *behind = at + key.len;

		if ((at == fields || at[-1] == ' ') && (behind == end || *behind == ' '))
			return true;
		at++;
	}
	return false;
}

bool sw_fact_selects(enum sw_fact_type type, struct sw_slice key)
{
	struct sw_slice fields = sw_slice_str(types[type].fields), field;
	size_t bar = sw_slice_find(fields, '|');

	if (bar == fields.len)
		return false;
	fields = sw_slice_head(fields, bar);
	while (sw_slice_split(&fields, ' ', &field))
		if (field.len && sw_slice_eq(field, key))
			return true;
	return false;
}

struct sw_facts *sw_facts_new(const struct sw_redactor *redactor, uint64_t now_us,
			      int64_t wall_us)
{
	struct sw_facts *f = sw_calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	sw_arena_init(&f->arena);
	sw_buf_init(&f->redacted, LOOKED_AT);
	sw_buf_init(&f->escaped, ESCAPED); /* a byte takes four characters at most */
	f->redactor = redactor;
	f->began_us = now_us;
	f->wall_us = wall_us;
	return f;
}

struct sw_facts *sw_facts_ref(struct sw_facts *f)
{
	atomic_fetch_add(&f->refs, 1);
	return f;
}

void sw_facts_resume(struct sw_facts *f, const struct sw_redactor *redactor, uint64_t now_us)
{
	uint64_t last = f->count ? f->list[f->count - 1]->at_us : 0;

	f->redactor = redactor;
	f->began_us = now_us > last ? now_us - last : 0;
}

void sw_facts_free(struct sw_facts *f)
{
	if (!f || atomic_fetch_sub(&f->refs, 1) != 0)
		return;
	sw_buf_fini(&f->redacted);
	sw_buf_fini(&f->escaped);
	sw_arena_fini(&f->arena);
	sw_free(f->list);
	sw_free(f);
}

static bool is_plain(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((uint8_t)s.ptr[i] < 0x20 || (uint8_t)s.ptr[i] >= 0x7f)
			return false;
	return true;
}

/* Cuts what is too long at a character's border and says so with three dots. */
static enum sw_err cut(struct sw_buf *text)
{
	size_t keep = SW_MAX_FACT_TEXT - 3;
	const char *bytes = sw_buf_str(text);

	if (sw_buf_len(text) <= SW_MAX_FACT_TEXT)
		return SW_OK;
	while (keep > 0 && ((uint8_t)bytes[keep] & 0xc0) == 0x80)
		keep--;
	sw_buf_truncate(text, keep);
	return sw_buf_add_str(text, "...");
}

/* Redacted, escaped, cut, in that order: a secret must be found in its raw form. */
static bool clean(struct sw_facts *f, struct sw_slice raw, struct sw_slice *ret)
{
	raw = sw_slice_head(raw, LOOKED_AT);
	if (f->redactor) {
		sw_buf_clear(&f->redacted);
		if (sw_redactor_apply(f->redactor, raw, &f->redacted))
			return false;
		raw = sw_buf_slice(&f->redacted);
	}
	if (raw.len > SW_MAX_FACT_TEXT || !is_plain(raw)) {
		sw_buf_clear(&f->escaped);
		if (sw_text_escape(&f->escaped, raw, SW_TEXT_KEEP_LF) || cut(&f->escaped))
			return false;
		raw = sw_buf_slice(&f->escaped);
	}
	if (raw.len > SW_MAX_FACT_BYTES - f->text_bytes)
		return false;
	*ret = sw_arena_copy(&f->arena, raw);
	f->text_bytes += raw.len;
	return ret->ptr != NULL;
}

static bool make_room(struct sw_facts *f)
{
	if (f->count < f->room)
		return true;
	size_t room = f->room ? f->room * 2 : 32;
	const struct sw_fact **grown = sw_realloc(f->list, room * sizeof(const void *));
	if (!grown)
		return false;
	f->list = grown;
	f->room = room;
	return true;
}

bool sw_facts_add(struct sw_facts *f, const struct sw_fact *given)
{
	if (f->count >= SW_MAX_FACTS || !make_room(f))
		return false;
	struct sw_fact *fact = sw_arena_alloc(&f->arena, sizeof(*fact));
	struct sw_field *fields =
		sw_arena_alloc(&f->arena, (given->count + 1) * sizeof(*fields));
	if (!fact || !fields)
		return false;
	*fact = *given;
	fact->fields = fields;
	fact->count = 0;
	for (size_t i = 0; i < given->count; i++) {
		struct sw_field *field = &fields[fact->count];
		*field = given->fields[i];
		if (!sw_fact_has_field(given->type, sw_slice_str(field->key)))
			continue;
		if (field->kind == SW_VALUE_TEXT && !clean(f, field->text, &field->text))
			return false;
		fact->count++;
	}
	f->list[f->count++] = fact;
	return true;
}

void sw_facts_state(struct sw_facts *f, enum sw_fact_type type, enum sw_stage stage,
		    const char *source, uint64_t now_us, const struct sw_field *fields,
		    size_t count)
{
	struct sw_fact fact = {
		.type = type,
		.stage = stage,
		.source = source,
		.at_us = now_us > f->began_us ? now_us - f->began_us : 0,
		.count = count,
		.fields = fields,
	};

	assert((unsigned)type < SW_FACT_COUNT);
	if (!sw_facts_add(f, &fact))
		f->dropped++;
	else
		assert(f->list[f->count - 1]->count == count);
}

struct sw_facts *sw_facts_copy(const struct sw_facts *from, const struct sw_redactor *redactor,
			       bool (*keep)(const struct sw_fact *fact))
{
	struct sw_facts *f = sw_facts_new(redactor, from->began_us, from->wall_us);

	if (!f)
		return NULL;
	f->dropped = from->dropped;
	for (size_t i = 0; i < from->count; i++)
		if (keep(from->list[i]) && !sw_facts_add(f, from->list[i]))
			f->dropped++;
	return f;
}

size_t sw_facts_count(const struct sw_facts *f)
{
	return f->count;
}

size_t sw_facts_dropped(const struct sw_facts *f)
{
	return f->dropped;
}

size_t sw_facts_skipped(const struct sw_facts *f)
{
	return f->skipped;
}

int64_t sw_facts_started(const struct sw_facts *f)
{
	return f->wall_us;
}

const struct sw_fact *sw_facts_get(const struct sw_facts *f, size_t i)
{
	return i < f->count ? f->list[i] : NULL;
}

const struct sw_fact *sw_facts_last(const struct sw_facts *f, enum sw_fact_type type)
{
	for (size_t i = f->count; i > 0; i--)
		if (f->list[i - 1]->type == type)
			return f->list[i - 1];
	return NULL;
}

const struct sw_field *sw_fact_field(const struct sw_fact *fact, const char *key)
{
	struct sw_slice wanted = sw_slice_str(key);

	for (size_t i = 0; fact && i < fact->count; i++)
		if (sw_slice_eq(sw_slice_str(fact->fields[i].key), wanted))
			return &fact->fields[i];
	return NULL;
}

struct sw_slice sw_fact_text(const struct sw_fact *fact, const char *key)
{
	const struct sw_field *field = sw_fact_field(fact, key);

	return field && field->kind == SW_VALUE_TEXT ? field->text : sw_slice("", 0);
}

int64_t sw_fact_int(const struct sw_fact *fact, const char *key, int64_t missing)
{
	const struct sw_field *field = sw_fact_field(fact, key);

	return field && field->kind != SW_VALUE_TEXT ? field->number : missing;
}
