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
	const char *mail_log; /* borrowed; NULL: none */
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

/* Judges and tells. Takes the facts, also on failure. */
enum sw_err sw_diagnosis_make(struct sw_diagnosis *d, struct sw_facts *facts,
			      struct sw_error *err) SW_MUST_USE;
struct sw_diagnosis *sw_diagnosis_new(const struct sw_explainer *e) SW_MUST_USE;
/* Judges facts that live longer than the diagnosis. */
enum sw_err sw_diagnosis_judge(const struct sw_knowledge *k, enum sw_lang lang,
			       const struct sw_facts *facts, struct sw_diagnosis **ret,
			       struct sw_error *err) SW_MUST_USE;
/* All findings, or those that stand; NULL without memory. */
json_t *sw_diagnosis_findings_json(const struct sw_diagnosis *d, bool standing) SW_MUST_USE;

#endif
