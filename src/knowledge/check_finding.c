/* SPDX-License-Identifier: MIT */
/* What a schema cannot say of findings and judgements.  Conditions are checked by those who
 * know the facts. */
#include "knowledge/build.h"
#include "knowledge/names.h"

/* A letter and two or three digits. */
static bool is_code(const char *code)
{
	size_t digits = strspn(code + (*code != '\0'), "0123456789");

	return *code >= 'A' && *code <= 'Z' && (digits == 2 || digits == 3) &&
	       !code[digits + 1];
}

enum where { IN_TITLE, IN_COMMAND, NOWHERE };

static void check_placeholders(const struct kn_place *p, const char *key, const char *text,
			       enum where where)
{
	struct sw_slice rest = sw_slice_str(text);

	while (sw_slice_find(rest, '{') < rest.len) {
		enum sw_placeholder placeholder;

		rest = sw_slice_from(rest, sw_slice_find(rest, '{') + 1);
		struct sw_slice name = sw_slice_head(rest, sw_slice_find(rest, '}'));

		if (where == NOWHERE)
			sw_kn_complain(p, key, DOC_WHOLE,
				       "%s: {%.*s}, expected no placeholder", key,
				       SW_FMT(name));
		else if (!sw_placeholder_find(name, &placeholder))
			sw_kn_complain(p, key, DOC_WHOLE,
				       "%s: {%.*s} is none of the placeholders", key,
				       SW_FMT(name));
		else if (where == IN_COMMAND &&
			 sw_placeholder_form(placeholder) == SW_FORM_FREE)
			sw_kn_complain(
				p, key, DOC_WHOLE,
				"%s: {%.*s} is free text, which has no place in a command",
				key, SW_FMT(name));
	}
}

static void check_both(const struct kn_place *p, const char *key, const struct doc_text *t,
		       enum where where, bool may)
{
	sw_kn_check_text(p, key, t, may);
	check_placeholders(p, key, t->en, where);
	check_placeholders(p, key, t->ru, where);
}

static void check_advice(const struct kn_place *p, const struct doc_advice *a)
{
	bool advice = strcmp(a->applicability, "advice") == 0;

	sw_kn_check_word(p, "remedies", DOC_WHOLE, a->who, &sw_kn_who_names);
	sw_kn_check_word(p, "remedies", DOC_WHOLE, a->applicability, &sw_kn_applicabilities);
	check_both(p, "remedies", &a->text, NOWHERE, false);
	check_placeholders(p, "remedies", a->literal, IN_COMMAND);
	if (advice == (a->literal && *a->literal))
		sw_kn_complain(
			p, "remedies", DOC_WHOLE,
			"remedies: expected a literal with \"exact\" and \"template\", and "
			"none with \"advice\"");
}

static void check_finding(const struct kn_place *p, const struct doc_finding *f)
{
	if (!is_code(f->code))
		sw_kn_complain(p, "code", DOC_WHOLE,
			       "code \"%s\", expected a letter and two digits (T08)", f->code);
	check_both(p, "title", &f->title, IN_TITLE, false);
	check_both(p, "title_plain", &f->title_plain, NOWHERE, false);
	check_both(p, "story", &f->story, NOWHERE, false);
	check_both(p, "test", &f->test, NOWHERE, false);
	check_both(p, "lab_why", &f->lab_why, NOWHERE, true);
	check_placeholders(p, "recheck", f->recheck, IN_COMMAND);
	sw_kn_check_word(p, "level", DOC_WHOLE, f->level, &sw_kn_levels);
	sw_kn_check_word(p, "stage", DOC_WHOLE, f->stage, &sw_kn_stage_names);
	sw_kn_check_word(p, "who", DOC_WHOLE, f->who, &sw_kn_who_names);
	sw_kn_check_word(p, "lab", DOC_WHOLE, f->lab, &sw_kn_labs);
	if (f->remedies_count == 0)
		sw_kn_complain(p, "remedies", DOC_WHOLE, "expected one remedy at least");
	for (unsigned i = 0; i < f->remedies_count; i++)
		check_advice(p, &f->remedies[i]);
}

static void check_told(const struct kn_place *p, const char *key, const struct doc_told *t,
		       unsigned conditions)
{
	for (unsigned i = 0; i < DOC_TOLD; i++) {
		sw_kn_check_text(p, key, &t->line[i], true);
		if (t->line[i].en && i >= conditions)
			sw_kn_complain(p, key, DOC_WHOLE,
				       "%s: %u, but `when` has %u conditions", key, i + 1,
				       conditions);
	}
}

static void check_turns(const struct kn_place *p, const char *key,
			const struct doc_turn *turns, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		sw_kn_check_text(p, key, &turns[i].because, true);
		if (turns[i].amount == 0 || turns[i].amount > 100)
			sw_kn_complain(p, key, i, "%s: %u, expected 1 to 100", key,
				       turns[i].amount);
	}
}

static void check_judgement(const struct kn_place *p, const struct doc_judgement *j)
{
	sw_kn_check_id(p, j->id);
	if (j->when_count == 0 || j->when_count > DOC_TOLD)
		sw_kn_complain(p, "when", DOC_WHOLE,
			       "%u conditions in `when`, expected 1 to %u", j->when_count,
			       (unsigned)DOC_TOLD);
	if (j->weight == 0 || j->weight > 100)
		sw_kn_complain(p, "weight", DOC_WHOLE, "weight %u, expected 1 to 100",
			       j->weight);
	check_told(p, "because", &j->because, j->when_count);
	check_told(p, "otherwise", &j->otherwise, j->when_count);
	check_turns(p, "supports", j->supports, j->supports_count);
	check_turns(p, "contradicts", j->contradicts, j->contradicts_count);
}

void sw_kn_check_findings(struct kn_place *p)
{
	const struct doc *d = p->file->doc;

	p->section = KN_FINDINGS;
	for (p->item = 0; p->item < d->findings_count; p->item++)
		check_finding(p, &d->findings[p->item]);
	p->section = KN_JUDGEMENTS;
	for (p->item = 0; p->item < d->judgements_count; p->item++)
		check_judgement(p, &d->judgements[p->item]);
}
