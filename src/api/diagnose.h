/* SPDX-License-Identifier: MIT */
/* Inside of a diagnosis. */
#ifndef SW_API_DIAGNOSE_H
#define SW_API_DIAGNOSE_H

#include <sendwell/diagnose.h>

#include "api/explain.h"
#include "verdict/judge.h"

struct sw_diagnosis {
	const struct sw_knowledge *k;
	enum sw_lang lang;
	struct sw_arena arena;
	const struct sw_facts *facts;
	struct sw_facts *owned; /* the facts, when they are the diagnosis's own */
	struct sw_verdict verdict;
	const struct sw_finding **findings; /* those of the verdict, by number */
	const char *outcome, *target, *sentence, *brief;
	size_t stage_count;
	struct sw_diagnosis_stage stages[SW_STAGE_COUNT];
	/* Of a live one: the last stage that the depth allows, and whether a login. */
	bool live, login_allowed;
	enum sw_stage allowed;
	char *json, *case_json;
};

/* The two halves: an empty one, for who has more to say of it; and the judgement, which takes
 * `owned` in any case. */
struct sw_diagnosis *sw_diagnosis_new(const struct sw_knowledge *k,
				      enum sw_lang lang) SW_MUST_USE;
enum sw_err sw_diagnosis_judge(struct sw_diagnosis *d, const struct sw_facts *facts,
			       struct sw_facts *owned, struct sw_error *err) SW_MUST_USE;
/* A diagnosis of facts that live longer, or of `owned` ones, which it takes in any case. */
enum sw_err sw_diagnosis_make(const struct sw_knowledge *k, enum sw_lang lang,
			      const struct sw_facts *facts, struct sw_facts *owned,
			      struct sw_diagnosis **ret, struct sw_error *err) SW_MUST_USE;
/* All findings, or those that stand; NULL without memory. */
json_t *sw_diagnosis_findings_json(const struct sw_diagnosis *d, bool standing) SW_MUST_USE;

#endif
