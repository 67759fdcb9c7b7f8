/* SPDX-License-Identifier: MIT */
/* Between the files of judge*.c. */
#ifndef SW_VERDICT_JUDGE_WORK_H
#define SW_VERDICT_JUDGE_WORK_H

#include "verdict/judge.h"
#include "verdict/judge_condition.h"

enum sw_truth { SW_FALSE = 0, SW_UNKNOWN, SW_TRUE };

/* The facts of a case, sorted by type, and what their replies are. */
struct sw_court {
	const struct sw_knowledge *k;
	const struct sw_facts *facts;
	struct sw_facts *derived; /* from them; their indices follow */
	struct sw_arena *arena;
	uint32_t *order;                  /* indices of facts, those of a type together */
	uint32_t from[SW_FACT_COUNT + 1]; /* in `order` */
	uint16_t *category, *vendor;      /* by fact; NOT_ASKED */
	uint16_t *trust;              /* the most that the category is good for; once asked */
	struct sw_slice banner, host; /* of the session: providers have words of their own */
	const char *usual[SW_PH_COUNT]; /* what the case itself says of host, port ...; NULL */
	uint32_t untested[SW_FACT_COUNT]; /* the probe.untested of a type; SW_UNBOUND */
	uint32_t steps;                   /* of the rule at hand */
	bool nomem;                       /* while it was opened */
};
enum { SW_NOT_ASKED = SW_NONE - 1 };
enum sw_err sw_court_open(struct sw_court *c, const struct sw_knowledge *k,
			  const struct sw_facts *f, struct sw_arena *arena) SW_MUST_USE;
void sw_court_close(struct sw_court *c);
size_t sw_court_count(const struct sw_court *c);
/* Stated or derived; NULL beyond. */
const struct sw_fact *sw_court_fact(const struct sw_court *c, size_t i);
/* Of the reply that a fact holds; "" none. */
const char *sw_court_category(struct sw_court *c, uint32_t fact, const char **ret_vendor);
/* Its index; SW_NONE. */
uint16_t sw_court_category_of(struct sw_court *c, uint32_t fact);

/* Which fact each name stands for. */
enum { SW_UNBOUND = UINT32_MAX };
struct sw_bound {
	uint32_t fact[SW_MAX_NAMES];
};
enum sw_truth sw_compare_fact(struct sw_court *c, const struct sw_condition *condition,
			      uint32_t fact, const struct sw_bound *b, bool selecting);
/* Seconds since 1970 of "2026-11-21T08:00:00Z". */
bool sw_read_time(struct sw_slice text, int64_t *ret);

/* One rule, parsed. Big: one of them is used again and again. */
struct sw_rule {
	size_t number; /* in the knowledge */
	struct sw_judgement_view view;
	struct sw_names names;
	struct sw_condition when[SW_MAX_NAMES];
	struct sw_condition turn; /* the one that is looked at now */
};
struct sw_trial {
	enum sw_truth result[SW_MAX_NAMES];
	uint32_t fact[SW_MAX_NAMES]; /* by condition: the one that decided; UNBOUND none */
	struct sw_bound bound;
	unsigned falses, unknowns;
	bool cut; /* too much work */
};
/* The best way to hold the conditions: as few FALSE, then as few UNKNOWN as can be. */
void sw_trial_run(struct sw_court *c, const struct sw_rule *r, struct sw_trial *ret);
/* One condition by itself; *ret_fact: the one that decided. */
enum sw_truth sw_condition_holds(struct sw_court *c, const struct sw_condition *condition,
				 const struct sw_bound *b, uint32_t *ret_fact);

/* A field for people, NULL without memory; "" when there is none. */
const char *sw_field_text(struct sw_court *c, uint32_t fact, struct sw_slice field,
			  enum sw_lang lang);
/* A text with {name.field} and {now} filled in; NULL when one of them has no value, with
 * *ret_nomem when that is for want of memory. */
const char *sw_tell(struct sw_court *c, const struct sw_names *names, const struct sw_bound *b,
		    const char *text, enum sw_lang lang, bool *ret_nomem);

/* What a finding's texts leave open. */
struct sw_filling {
	const char *value[SW_PH_COUNT][SW_LANG_COUNT]; /* NULL none */
};
/* Values by the rule's `bind`, then by the case. */
struct sw_filling *sw_filling_make(struct sw_court *c, const struct sw_rule *r,
				   const struct sw_bound *b);
/* The finding's title with its values, or the plain one. */
const char *sw_filling_title(const struct sw_filling *f, const struct sw_finding_view *v,
			     enum sw_lang lang, struct sw_arena *arena);
/* Whether a value may stand in a command. */
bool sw_form_fits(enum sw_placeholder_form form, struct sw_slice value);

/* Reads a rule of the knowledge: symptom and the other conditions, no texts. */
enum sw_err sw_rule_read(struct sw_court *c, size_t number, struct sw_rule *ret,
			 struct sw_error *err) SW_MUST_USE;
/* What rules would like to know. */
struct sw_open {
	uint16_t entry; /* the finding that asks */
	enum sw_condition_kind kind;
	enum sw_fact_type type;
	const char *selection;
	unsigned amount; /* of SUPPORTS and CONTRADICTS */
	unsigned reach;  /* the finding's confidence, if all that is open spoke for it */
};
struct sw_wants {
	struct sw_open *at;
	size_t count, cap;
};
/* Keeps what a condition would like to know, with the values that are bound; `open` gives the
 * rest. */
enum sw_err sw_want_add(struct sw_court *c, const struct sw_condition *condition,
			const struct sw_bound *b, struct sw_open open,
			struct sw_wants *wants) SW_MUST_USE;
/* Weighs them against the findings in order: fills the verdict's wants and `decided`. */
enum sw_err sw_wants_weigh(struct sw_court *c, const struct sw_wants *wants,
			   struct sw_verdict *v) SW_MUST_USE;

void sw_court_read_untested(struct sw_court *c);
/* A condition is open because its probe could not look; *ret_fact: the one that says why. */
bool sw_trial_is_untested(const struct sw_court *c, const struct sw_rule *r,
			  const struct sw_trial *t, uint32_t *ret_fact);
/* Somebody has tried to look at just that, and could not. */
bool sw_want_is_untested(const struct sw_court *c, const struct sw_open *o);
bool sw_trial_would_matter(const struct sw_court *c, const struct sw_rule *r,
			   const struct sw_trial *t, uint32_t *ret_fact);
enum sw_err sw_untested_tell(struct sw_court *c, uint32_t fact,
			     struct sw_finding *f) SW_MUST_USE;

/* What one rule says; *ret NULL when it says nothing.  `wants` get what it would like to
 * know. */
enum sw_err sw_rule_try(struct sw_court *c, struct sw_rule *r, struct sw_wants *wants,
			struct sw_finding **ret) SW_MUST_USE;
/* A finding without its rule's part; NULL without memory. */
struct sw_finding *sw_finding_make(struct sw_court *c, uint16_t entry);
/* Adds "text" to a list of evidence in both languages; a text without a value adds nothing. */
enum sw_err sw_evidence_add(struct sw_court *c, const struct sw_names *names,
			    const struct sw_bound *b, const char *const text[SW_LANG_COUNT],
			    uint32_t fact, struct sw_evidence_line **list) SW_MUST_USE;
enum sw_err sw_evidence_put(struct sw_court *c, const char *const text[SW_LANG_COUNT],
			    uint32_t fact, struct sw_evidence_line **list) SW_MUST_USE;
/* A condition that does not hold: what was seen instead. */
enum sw_err sw_tell_plainly(struct sw_court *c, const struct sw_condition *parsed,
			    uint32_t fact, struct sw_evidence_line **list) SW_MUST_USE;
/* Causes that the categories of refusing replies suggest, where no rule has spoken. */
enum sw_err sw_candidates_add(struct sw_court *c, struct sw_finding **list) SW_MUST_USE;

/* ---- judge_measure.c */

/* Before they are put in order: what a delivery came past is no more than a risk. */
void sw_verdict_lower_passed(const struct sw_court *c, struct sw_verdict *v);
/* When all is decided: nobody is certain beside a cause that is likely as well. */
void sw_verdict_limit_contested(struct sw_verdict *v);

#endif
