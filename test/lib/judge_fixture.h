/* SPDX-License-Identifier: MIT */
/* Facts from lines, and a verdict on them by rules, for the tests of the judge. */
#ifndef JUDGE_FIXTURE_H
#define JUDGE_FIXTURE_H

#include "knowledge/load.h"
#include "sw_test.h"
#include "verdict/judge_work.h"

/* 2026-01-01T00:00:00Z */
#define NOW INT64_C(1767225600)

static inline struct sw_facts *stage(const char *const *lines, size_t count)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, NOW * 1000000);
	struct sw_error err;

	assert_non_null(f);
	for (size_t i = 0; i < count && lines[i]; i++) {
		if (sw_fact_line(f, sw_slice_str(lines[i]), &err))
			fail_msg("%s: %s", lines[i], err.text);
	}
	return f;
}

struct trial {
	struct sw_knowledge *k;
	struct sw_facts *facts;
	struct sw_arena arena;
	struct sw_verdict v;
};

static inline void complain(void *arg, const char *file, unsigned line, const char *text)
{
	(void)arg;
	fail_msg("%s:%u: %s", file, line, text);
}

static inline void judge_trial(struct trial *t, const char *rules, const char *const *lines,
			       size_t count)
{
	struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(rules) };
	struct sw_error err;

	t->k = sw_knowledge_load(NULL, &source, 1, complain, NULL, &err);
	assert_non_null(t->k);
	t->facts = stage(lines, count);
	sw_arena_init(&t->arena);
	assert_ok(sw_judge(t->k, t->facts, &t->arena, &t->v, &err));
	assert_int_equal(t->v.skipped, 0);
}

static inline void end(struct trial *t)
{
	sw_arena_fini(&t->arena);
	sw_facts_free(t->facts);
	sw_knowledge_free(t->k);
}

static inline const struct sw_finding *found(const struct trial *t, const char *code)
{
	for (const struct sw_finding *f = t->v.findings; f; f = f->next)
		if (strcmp(f->code, code) == 0)
			return f;
	return NULL;
}

#endif
