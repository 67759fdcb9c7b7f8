/* SPDX-License-Identifier: MIT */
/* The tests that each rule brings along. */
#include <stdlib.h>

#include "rules.h"
#include "knowledge/advice.h"

/* Cuts "value" or value off *rest. */
static struct sw_slice take_value(struct sw_slice *rest)
{
	bool quoted = rest->len && rest->ptr[0] == '"';
	struct sw_slice from = sw_slice_from(*rest, quoted);
	struct sw_slice value = sw_slice_head(from, sw_slice_find(from, quoted ? '"' : ' '));

	*rest = sw_slice_trim(sw_slice_from(from, value.len + quoted));
	return value;
}

static const char *take_context(struct rule_line *l)
{
	struct sw_slice key = sw_slice_head(l->text, sw_slice_find(l->text, '='));

	l->text = sw_slice_from(l->text, key.len + 1);
	struct sw_slice value = take_value(&l->text);

	if (sw_slice_eq(key, SW_S("@mx"))) {
		l->context.host = value;
		return NULL;
	}
	if (sw_slice_eq(key, SW_S("@banner"))) {
		l->context.banner = value;
		return NULL;
	}
	if (!sw_slice_eq(key, SW_S("@stage")))
		return "expected @mx=, @banner= or @stage= in front";
	for (int i = 0; i < SW_STAGE_COUNT; i++)
		if (sw_slice_eq(value, sw_slice_str(sw_stage_name((enum sw_stage)i)))) {
			l->context.has_stage = true;
			l->context.stage = (enum sw_stage)i;
			return NULL;
		}
	return "no such stage";
}

struct rule_line rule_line_parse(const char *line)
{
	struct rule_line l = { .text = sw_slice_trim(sw_slice_str(line)) };

	while (!l.flaw && l.text.len > 1 && l.text.ptr[0] == '@' &&
	       sw_slice_find(l.text, '=') < sw_slice_find(l.text, ' '))
		l.flaw = take_context(&l);
	if (!l.flaw && l.text.len == 0)
		l.flaw = "an empty line";
	return l;
}

const char *rule_winner_name(const struct rule_set *s, const struct sw_class *c)
{
	static char names[2][128];
	static unsigned turn;
	char *name = names[turn++ % 2];

	if (c->rule != SW_NONE)
		snprintf(name, sizeof(names[0]), "rule %s", sw_rule_at(&s->k, c->rule).id);
	else if (c->code_entry != SW_NONE)
		snprintf(name, sizeof(names[0]), "code %s",
			 sw_code_at(&s->k, c->code_entry).code);
	else
		snprintf(name, sizeof(names[0]), "nothing");
	return name;
}

static const char *category_name(const struct rule_set *s, uint16_t category)
{
	return sw_category_at(&s->k, category).id;
}

/* Where one test line stands. */
struct spot {
	const struct kn_file *file;
	enum kn_part section;
	size_t item;
	const char *key;
	size_t entry;
};

static void passed(struct rule_set *s, const struct spot *at, const char *id)
{
	s->tests++;
	if (s->tap)
		printf("ok %u - %s %s %zu\n", s->tests, id, at->key, at->entry + 1);
}

static void failed(struct rule_set *s, const struct spot *at, const char *text,
		   const char *line)
{
	s->tests++;
	rules_say(s, false, at->file, at->section, at->item, at->key, at->entry, "%s\n\t%s",
		  text, line);
}

static uint32_t rule_index(const struct rule_set *s, const char *id)
{
	uint32_t index = SW_NONE;

	sw_kn_map_get(&s->loading.ids, sw_kn_id_key(KN_RULES, id), &index);
	return index;
}

static void describe(const struct rule_set *s, const struct sw_class *c, const char *id,
		     char *out, size_t size)
{
	int len = snprintf(out, size, "%s: won by %s (%s, %u)", id, rule_winner_name(s, c),
			   category_name(s, c->category), c->confidence);

	if (len > 0 && (size_t)len < size && c->runner_up != SW_NONE)
		snprintf(out + len, size - (size_t)len, ", next rule %s (%s, %u)",
			 sw_rule_at(&s->k, c->runner_up).id,
			 category_name(s, sw_rule_at(&s->k, c->runner_up).category),
			 c->runner_up_confidence);
}

/* Returns whether the rule itself won. */
static bool check_rule_line(struct rule_set *s, const struct spot *at,
			    const struct doc_rule *r, const char *line, bool yes)
{
	struct rule_line l = rule_line_parse(line);
	uint32_t index = rule_index(s, r->id);
	struct sw_class c;
	char text[512];

	if (l.flaw) {
		failed(s, at, l.flaw, line);
		return false;
	}
	sw_classify_reply(&s->k, l.text, &l.context, &c);
	bool own = c.rule == index;
	bool same =
		c.by == SW_BY_RULE && strcmp(category_name(s, c.category), r->category) == 0;

	if (yes ? same : !own) {
		passed(s, at, r->id);
	} else {
		describe(s, &c, r->id, text, sizeof(text));
		failed(s, at, text, line);
	}
	return own;
}

static void check_rule(struct rule_set *s, struct spot at, const struct doc_rule *r)
{
	bool wins = false;

	at.key = "yes";
	for (at.entry = 0; at.entry < r->yes_count; at.entry++)
		wins |= check_rule_line(s, &at, r, r->yes[at.entry], true);
	at.key = "no";
	for (at.entry = 0; at.entry < r->no_count; at.entry++)
		check_rule_line(s, &at, r, r->no[at.entry], false);
	if (!wins)
		rules_say(s, true, at.file, at.section, at.item, NULL, DOC_WHOLE,
			  "%s: wins none of its own yes lines", r->id);
}

static void check_error_line(struct rule_set *s, const struct spot *at,
			     const struct doc_error *e, const char *line, bool yes)
{
	struct sw_error_match best = { .error = SW_NONE };
	size_t count = sw_classify_errors(&s->k, sw_slice_str(line), &best, 1);
	const char *id = count ? sw_knowledge_error_at(&s->k, best.error).id : "nothing";
	char text[256];

	if ((strcmp(id, e->id) == 0) == yes) {
		passed(s, at, e->id);
		return;
	}
	snprintf(text, sizeof(text), "%s: won by %s (%u)", e->id, id, best.confidence);
	failed(s, at, text, line);
}

static void check_error(struct rule_set *s, struct spot at, const struct doc_error *e)
{
	at.key = "yes";
	for (at.entry = 0; at.entry < e->yes_count; at.entry++)
		check_error_line(s, &at, e, e->yes[at.entry], true);
	at.key = "no";
	for (at.entry = 0; at.entry < e->no_count; at.entry++)
		check_error_line(s, &at, e, e->no[at.entry], false);
}

void rules_check_lines(struct rule_set *s)
{
	for (size_t f = 0; f < s->loading.count; f++) {
		const struct kn_file *file = &s->loading.files[f];
		struct spot at = { .file = file, .section = KN_RULES };

		for (at.item = 0; file->doc && at.item < file->doc->rules_count; at.item++)
			check_rule(s, at, &file->doc->rules[at.item]);
		at.section = KN_ERRORS;
		for (at.item = 0; file->doc && at.item < file->doc->errors_count; at.item++)
			check_error(s, at, &file->doc->errors[at.item]);
	}
}
