/* SPDX-License-Identifier: MIT */
/* Conditions and facts from anywhere, one a line: "?condition", else a fact. What is parsed is held against the
 * facts, the built-in rules judge them, and whatever is told can be printed. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verdict/judge_work.h"

static void check(const char *text)
{
	if (text && sw_slice_has_control(sw_slice_str(text)))
		abort();
}

static void check_verdict(const struct sw_verdict *v, struct sw_arena *arena)
{
	for (const struct sw_finding *f = v->findings; f; f = f->next) {
		if (f->confidence > 100 || !f->title[SW_LANG_EN] || !f->recheck)
			abort();
		check(f->title[SW_LANG_EN]);
		check(f->recheck);
		for (const struct sw_evidence_line *l = f->because; l; l = l->next)
			check(l->text[SW_LANG_RU]);
		/* Nothing that a shell would act on comes out of a value. */
		const char *filled = sw_verdict_fill(f, "{host}{port}{name}{user}{id}{recipient}", arena);

		if (filled && strpbrk(filled, " ;|&$`\"'\\<>(){}*?~#!\n"))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_facts *facts = sw_facts_new(NULL, 0, INT64_C(1767225600000000));
	struct sw_slice rest = sw_slice(data, size), line;
	struct sw_condition *c = sw_calloc(1, sizeof(*c));
	struct sw_names names = { .count = 0 };
	struct sw_arena arena;
	struct sw_verdict v;
	struct sw_court court;

	if (!facts || !c)
		abort();
	sw_arena_init(&arena);
	while (rest.len && sw_slice_split(&rest, '\n', &line))
		if (line.len && line.ptr[0] != '?')
			(void)!sw_fact_line(facts, line, NULL);
	if (sw_court_open(&court, sw_knowledge_builtin(), facts, &arena))
		abort();
	rest = sw_slice(data, size);
	while (rest.len && sw_slice_split(&rest, '\n', &line)) {
		struct sw_bound bound;
		uint32_t fact;

		for (size_t i = 0; i < SW_MAX_NAMES; i++)
			bound.fact[i] = sw_facts_count(facts) ? 0 : SW_UNBOUND;
		if (line.len && line.ptr[0] == '?' &&
		    !sw_condition_parse(sw_slice_from(line, 1), &names, c, NULL))
			(void)sw_condition_holds(&court, c, &bound, &fact);
	}
	sw_court_close(&court);
	if (sw_judge(sw_knowledge_builtin(), facts, &arena, &v, NULL))
		abort();
	check_verdict(&v, &arena);
	sw_arena_fini(&arena);
	sw_facts_free(facts);
	sw_free(c);
	return 0;
}
