/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "base/mem.h"
#include "base/text.h"
#include "knowledge/doc.h"
#include "knowledge/yaml_lib.h"

void sw_doc_complain(const struct doc_complaints *c, unsigned line, const char *fmt, ...)
{
	char text[SW_ERROR_TEXT], shown[SW_ERROR_TEXT];
	va_list args;

	if (!c->complain)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sw_text_escape_into(shown, sizeof(shown), sw_slice_str(text), SW_TEXT_LINE);
	c->complain(c->arg, c->file, line, shown);
}

static uint32_t hash_of(const char *s, size_t len)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)s[i]) * 16777619u;
	return hash;
}

/* One open mapping or list. */
struct level {
	bool mapping, wants_key;
	uint32_t key;	/* of the mapping, the last one read */
	uint32_t entry; /* of the list, the next one */
	size_t first;	/* its keys in `keys` */
};

struct scanner {
	const struct doc_complaints *complaints;
	struct doc_marks *marks;
	struct level levels[SW_MAX_KNOWLEDGE_NESTING];
	size_t depth;
	uint32_t keys[256]; /* of the open mappings */
	size_t key_count;
	unsigned documents;
};

static enum sw_err add_mark(struct scanner *s, struct doc_mark mark)
{
	struct doc_marks *m = s->marks;

	if (m->count == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 256;
		struct doc_mark *more = sw_realloc(m->marks, cap * sizeof(*more));

		if (!more)
			return SW_E_NOMEM;
		m->marks = more;
		m->cap = cap;
	}
	m->marks[m->count++] = mark;
	return SW_OK;
}

/* section: list: item: key: list: entry. */
static enum sw_err mark_value(struct scanner *s, uint32_t line)
{
	struct doc_mark mark = { .item = DOC_WHOLE, .entry = DOC_WHOLE, .line = line };

	if (s->depth > 0)
		mark.section = s->levels[0].key;
	if (s->depth > 1)
		mark.item = s->levels[1].entry;
	if (s->depth > 2)
		mark.key = s->levels[2].key;
	if (s->depth > 3 && !s->levels[3].mapping)
		mark.entry = s->levels[3].entry;
	return s->depth > 0 && s->depth <= 4 ? add_mark(s, mark) : SW_OK;
}

/* A value is complete: what comes next on its level. */
static void value_ends(struct scanner *s)
{
	if (s->depth == 0)
		return;
	struct level *top = &s->levels[s->depth - 1];

	if (top->mapping)
		top->wants_key = true;
	else
		top->entry++;
}

static enum sw_err see_key(struct scanner *s, const yaml_event_t *e, unsigned line)
{
	struct level *top = &s->levels[s->depth - 1];
	const char *text = (const char *)e->data.scalar.value;
	uint32_t key = hash_of(text, e->data.scalar.length);

	for (size_t i = top->first; i < s->key_count; i++)
		if (s->keys[i] == key) {
			sw_doc_complain(s->complaints, line,
					"the key \"%s\" stands here twice, expected it once",
					text);
			return SW_E_DATA;
		}
	if (s->key_count == SW_LEN(s->keys)) {
		sw_doc_complain(s->complaints, line, "too many keys in one mapping");
		return SW_E_DATA;
	}
	s->keys[s->key_count++] = key;
	top->key = key;
	top->wants_key = false;
	return mark_value(s, line);
}

static enum sw_err open_level(struct scanner *s, bool mapping, unsigned line)
{
	if (s->depth == SW_LEN(s->levels)) {
		sw_doc_complain(s->complaints, line,
				"more than %u lists and mappings inside each other",
				(unsigned)SW_MAX_KNOWLEDGE_NESTING);
		return SW_E_DATA;
	}
	if (s->depth > 0 && s->levels[s->depth - 1].wants_key) {
		sw_doc_complain(s->complaints, line, "expected a word as the key");
		return SW_E_DATA;
	}
	if (s->depth == 0 && !mapping) {
		sw_doc_complain(s->complaints, line,
				"expected a mapping (\"rules:\" and so on), not a list");
		return SW_E_DATA;
	}
	enum sw_err code = mark_value(s, line);

	s->levels[s->depth++] = (struct level){
		.mapping = mapping, .wants_key = mapping, .first = s->key_count
	};
	return code;
}

static void close_level(struct scanner *s)
{
	s->key_count = s->levels[--s->depth].first;
	value_ends(s);
}

static enum sw_err see_scalar(struct scanner *s, const yaml_event_t *e, unsigned line)
{
	if (s->depth == 0) {
		sw_doc_complain(s->complaints, line,
				"expected a mapping (\"rules:\" and so on), not a word");
		return SW_E_DATA;
	}
	if (s->levels[s->depth - 1].wants_key)
		return see_key(s, e, line);
	enum sw_err code = mark_value(s, line);

	value_ends(s);
	return code;
}

/* What YAML can and our format does not want. */
static const char *luxury(const struct scanner *s, const yaml_event_t *e)
{
	switch ((int)e->type) {
	case YAML_ALIAS_EVENT:
		return "an alias (*), expected the text itself";
	case YAML_SCALAR_EVENT:
		if (e->data.scalar.anchor)
			return "an anchor (&), expected plain text; quote it";
		return e->data.scalar.tag ? "a tag (!), expected plain text; quote it" : NULL;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor || e->data.sequence_start.tag ?
			       "an anchor or tag, expected none" :
			       NULL;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor || e->data.mapping_start.tag ?
			       "an anchor or tag, expected none" :
			       NULL;
	case YAML_DOCUMENT_START_EVENT:
		return s->documents > 0 ? "a second document (---), expected one a file" : NULL;
	}
	return NULL;
}

static enum sw_err see(struct scanner *s, const yaml_event_t *e)
{
	unsigned line = (unsigned)e->start_mark.line + 1;
	const char *flaw = luxury(s, e);

	if (flaw) {
		sw_doc_complain(s->complaints, line, "%s", flaw);
		return SW_E_DATA;
	}
	switch ((int)e->type) {
	case YAML_DOCUMENT_START_EVENT:
		s->documents++;
		break;
	case YAML_SCALAR_EVENT:
		return see_scalar(s, e, line);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return open_level(s, e->type == YAML_MAPPING_START_EVENT, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_level(s);
		break;
	}
	return SW_OK;
}

static enum sw_err run(const struct sw_yaml_lib *lib, struct scanner *s, yaml_parser_t *parser)
{
	enum sw_err code = SW_OK;
	bool done = false;

	while (!code && !done) {
		yaml_event_t e;

		if (!lib->parse(parser, &e)) {
			if (parser->error == YAML_MEMORY_ERROR)
				return SW_E_NOMEM;
			sw_doc_complain(s->complaints, (unsigned)parser->problem_mark.line + 1,
					"not YAML: %s",
					parser->problem ? parser->problem : "unknown flaw");
			return SW_E_DATA;
		}
		code = see(s, &e);
		done = e.type == YAML_STREAM_END_EVENT;
		lib->event_delete(&e);
	}
	return code;
}

enum sw_err sw_doc_scan(struct sw_slice yaml, const struct doc_complaints *complaints,
			struct doc_marks *ret)
{
	struct scanner s = { .complaints = complaints, .marks = ret };
	struct sw_yaml_lib lib;
	struct sw_error err;
	yaml_parser_t parser;

	sw_error_clear(&err);
	if (sw_yaml_load(&lib, &err)) {
		sw_doc_complain(complaints, 0, "%s", err.text);
		return SW_E_DATA;
	}
	if (!lib.parser_initialize(&parser))
		return SW_E_NOMEM;
	lib.set_input(&parser, (const unsigned char *)yaml.ptr, yaml.len);
	enum sw_err code = run(&lib, &s, &parser);

	lib.parser_delete(&parser);
	return code;
}

void sw_doc_marks_fini(struct doc_marks *m)
{
	sw_free(m->marks);
	*m = (struct doc_marks){ 0 };
}

unsigned sw_doc_line(const struct doc_marks *m, const char *section, size_t item,
		     const char *key, size_t entry)
{
	uint32_t want_section = hash_of(section, strlen(section));
	uint32_t want_key = key ? hash_of(key, strlen(key)) : 0;
	unsigned line = 0;

	for (size_t i = 0; i < m->count; i++) {
		const struct doc_mark *mark = &m->marks[i];

		if (mark->section != want_section || mark->item != item)
			continue;
		if (line == 0)
			line = mark->line;
		if (key && mark->key == want_key && mark->entry == DOC_WHOLE)
			line = mark->line;
		if (key && mark->key == want_key && mark->entry == entry)
			return mark->line;
	}
	return line;
}

unsigned sw_doc_line_of_key(const struct doc_marks *m, const char *key, unsigned from)
{
	uint32_t want = hash_of(key, strlen(key));

	for (size_t i = 0; i < m->count; i++) {
		const struct doc_mark *mark = &m->marks[i];
		bool section = mark->item == DOC_WHOLE && mark->section == want;

		if (mark->line >= from && (section || mark->key == want))
			return mark->line;
	}
	return 0;
}

unsigned sw_doc_line_of_item(const struct doc_marks *m, unsigned to)
{
	unsigned line = 0;

	for (size_t i = 0; i < m->count && m->marks[i].line <= to; i++)
		if (m->marks[i].item != DOC_WHOLE && m->marks[i].key == 0)
			line = m->marks[i].line;
	return line;
}
