/* SPDX-License-Identifier: MIT */
/* From facts to findings. Facts say what happened; rules that are data (data/judgements/, see
 * data/README.md) say what it means. Pure: no socket, no clock. The same rules judge a failed
 * send, a probed target and a saved case.
 *
 * A rule is a list of conditions on facts. A condition is
 *     [not|all|count>=N] fact.type field=value field>number field~"words" ... [as name]
 * and a value may name a field of a fact bound before: address=$a.address. Fields compare with
 * = != < > <= >= and ~ (a row of words, as in reply rules); several values are separated by |.
 * Conditions are three-valued:
 *     TRUE     such a fact was stated
 *     FALSE    facts of that type with the same selection were stated, and none fits
 *     UNKNOWN  nobody has looked: no fact of the type with this selection was stated
 * What of a condition selects (which port, which address) and what is asked of it is said by
 * the fact's table: fields before the '|' in fact.def select.
 *
 * The first condition is the symptom. A rule whose symptom is not TRUE says nothing. All TRUE:
 * the finding stands with the rule's weight, moved by `supports` and `contradicts`. One FALSE:
 * ruled out, and that condition is the reason. Some UNKNOWN: possible, and the probes that
 * would state the missing facts are named (sw_verdict.wants), which is how a diagnosis chooses
 * its next probe. */
#ifndef SW_VERDICT_JUDGE_H
#define SW_VERDICT_JUDGE_H

#include "knowledge/knowledge.h"
#include "verdict/facts.h"

enum sw_finding_level { SW_LEVEL_BLOCKING = 0, SW_LEVEL_RISK, SW_LEVEL_NOTE, SW_LEVEL_COUNT };
enum sw_finding_state {
	SW_FINDING_CONFIRMED = 0, /* confidence >= 85, and the rule calls itself a proof */
	SW_FINDING_LIKELY,        /* >= 60 */
	SW_FINDING_POSSIBLE,      /* less, or some condition is UNKNOWN */
	SW_FINDING_RULED_OUT,
	SW_FINDING_UNTESTED, /* the symptom could not be looked for; the reason is in `because`
			      */
	SW_FINDING_STATE_COUNT
};
const char *sw_finding_level_name(enum sw_finding_level l);
const char *sw_finding_state_name(enum sw_finding_state s);

/* One sentence of evidence, filled in from facts. */
struct sw_evidence_line {
	const char *text[SW_LANG_COUNT];
	uint32_t fact; /* index in the store, UINT32_MAX none */
	struct sw_evidence_line *next;
};
struct sw_finding {
	const char *code; /* "SW-T08" */
	uint16_t entry;   /* in the findings of the knowledge */
	const char *rule; /* the id of the rule that decided */
	enum sw_finding_level level;
	enum sw_finding_state state;
	unsigned confidence; /* 0-100 */
	enum sw_stage stage;
	const char *title[SW_LANG_COUNT]; /* filled in */
	const char *recheck;              /* a command, filled in */
	struct sw_evidence_line *because, *against;
	const char **explains; /* codes of findings that it absorbed */
	size_t explains_count;
	const char *explained_by; /* "SW-M03" when another absorbed this one, else NULL */
	/* Values for {host}, {port} ... in the remedies of the knowledge; see sw_verdict_fill.
	 */
	const void *bindings;
	struct sw_finding *next;
};
struct sw_verdict {
	/* By weight: what blocks first, then likelier first; absorbed and ruled out ones last.
	 */
	struct sw_finding *findings;
	size_t count;
	/* Fact types that would turn an UNKNOWN of a candidate that matters into an answer,
	 * the most useful first; what to give as selection is in `want.selection`
	 * ("port=587"). */
	struct sw_want {
		enum sw_fact_type type;
		const char *selection;
		unsigned gain; /* how much confidence hangs on it, over all candidates */
	} * wants;
	size_t want_count;
	bool decided; /* the first finding is confirmed, or leads by 30 */
};
enum sw_err sw_judge(const struct sw_knowledge *k, const struct sw_facts *f,
		     struct sw_arena *arena, struct sw_verdict *ret,
		     struct sw_error *err) SW_MUST_USE;
/* A text of the knowledge with its placeholders filled in; in the arena, NULL without memory.
 */
const char *sw_verdict_fill(const struct sw_finding *f, const char *text,
			    struct sw_arena *arena);

#endif
