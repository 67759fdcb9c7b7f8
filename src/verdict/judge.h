/* SPDX-License-Identifier: MIT */
/* From facts to findings. Facts say what happened; rules that are data (data/judgements/, see
 * data/README.md) say what it means. Pure: no socket, no clock. The same rules judge a failed
 * send, a probed target and a saved case.
 *
 * A rule is a list of conditions on facts. A condition is
 *     [not|none|all|count>=N] fact.type field=value field>number field~"words" ... [as name]
 * and a value may name a field of a fact bound before: address=$a.address; $now is the wall
 * clock in seconds when the case began; both may have +N or -N behind. Fields compare with
 * = != < > <= >= and ~ !~ (a row of words, as in reply rules); several values are separated by
 * | (inside quotes too), and `=` takes a '*' at the end for whatever follows. Texts compare
 * without regard to case; texts that are times (RFC 3339, UTC) compare as seconds. Beside the
 * fields of fact.def every fact has @stage and @source, and those with a reply (smtp.reply,
 * recipient.outcome, send.result) have `category` and `vendor`, as the reply rules see it.
 * Conditions are three-valued:
 *     TRUE     such a fact was stated
 *     FALSE    facts of that type with the same selection were stated, and none fits
 *     UNKNOWN  nobody has looked: no fact of the type with this selection was stated, or it
 *              lacks a field that is asked for
 * Before it judges, the judge works the derived facts out of the others (derive.h).
 * `not` is TRUE when somebody looked and nothing fits; `none` also when nobody looked: what a
 * session would have stated by itself (no greeting, no handshake) is asked with it.
 * What of a condition selects (which port, which address) and what is asked of it is said by
 * the fact's table: fields before the '|' in fact.def select.
 *
 * The first condition is the symptom. A rule whose symptom is not TRUE says nothing. All TRUE:
 * the finding stands with the rule's weight, moved by `supports` and `contradicts`. One FALSE:
 * ruled out, and that condition is the reason. Some UNKNOWN: possible, and the probes that
 * would state the missing facts are named (sw_verdict.wants), which is how a diagnosis chooses
 * its next probe. A probe that could not look says so with probe.untested: `types` are those
 * of the facts that are missing, or `what` begins with one and says of which selection
 * ("probe.port port=443"). What is open for want of it alone is UNTESTED, unless the case has
 * nothing better than this possible cause.
 *
 * Confidence is limited by what it rests on. A category that was read out of the first three
 * digits of a reply is good for 55, one of a weak code for 74, one of words that nearly say
 * something else, or that score low, of no known vendor, for 84 (a rule that looks for words
 * itself is not limited). Whoever leads while another likely cause is within 9 is likely at
 * most. And what a delivery came past is a risk, not blocking: a masked greeting of a server
 * that took the mail. */
#ifndef SW_VERDICT_JUDGE_H
#define SW_VERDICT_JUDGE_H

#include "knowledge/knowledge.h"
#include "verdict/facts.h"

enum sw_finding_state {
	SW_FINDING_CONFIRMED = 0, /* confidence >= 85, and the rule calls itself a proof */
	SW_FINDING_LIKELY,        /* >= 60 */
	SW_FINDING_POSSIBLE,      /* less, or some condition is UNKNOWN */
	SW_FINDING_RULED_OUT,
	SW_FINDING_UNTESTED, /* the symptom could not be looked for; the reason is in `because`
			      */
	SW_FINDING_STATE_COUNT
};
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
	unsigned meant;      /* before it was limited: orders those that were limited alike */
	enum sw_stage stage;
	const char *title[SW_LANG_COUNT]; /* filled in */
	const char *recheck;              /* a command, filled in */
	struct sw_evidence_line *because, *against;
	const char **explains; /* codes of findings that it absorbed */
	size_t explains_count;
	const char *explained_by; /* "SW-M03" when another absorbed this one, else NULL */
	/* The probe.untested in the store for want of which it could not be decided;
	 * UINT32_MAX none. */
	uint32_t untested;
	/* Of one that is ruled out: it is taken for the first finding easily, and the rule has
	 * words of its own for the reason. */
	bool lookalike, told;
	/* Values for {host}, {port} ... in the remedies of the knowledge; see sw_verdict_fill.
	 */
	const void *bindings;
	struct sw_finding *next;
};
struct sw_verdict {
	/* Proven before likely before possible, notes last in each, then the likelier first;
	 * then absorbed ones, ruled out ones, untested ones. */
	struct sw_finding *findings;
	size_t count;
	/* Fact types that would turn an UNKNOWN of a candidate that matters into an answer,
	 * the most useful first; what to look at is in `want.selection`
	 * ("address=192.0.2.25 port=587"). Nothing is wanted for findings that are
	 * ruled out or explained, nor where no answer could change which cause stands first.
	 */
	struct sw_want {
		enum sw_fact_type type;
		const char *selection;
		unsigned gain; /* how much confidence hangs on it, over all candidates */
	} * wants;
	size_t want_count;
	size_t skipped; /* rules that could not be read: of a newer version, or a user's slip
			 */
	/* The first cause has 85 or more and leads by 30, and nothing that is wanted would
	 * change that; or nothing is wrong. */
	bool decided;
};
enum sw_err sw_judge(const struct sw_knowledge *k, const struct sw_facts *f,
		     struct sw_arena *arena, struct sw_verdict *ret,
		     struct sw_error *err) SW_MUST_USE;
/* A command or record of the knowledge with its placeholders filled in, as far as there are
 * values of the strict form that a shell takes as one plain word; the others stand in upper
 * case. In the arena, NULL without memory. */
const char *sw_verdict_fill(const struct sw_finding *f, const char *text,
			    struct sw_arena *arena);

/* The rule's conditions, texts and bindings against fact.def: SW_E_DATA says which one, by
 * its kind and number (`$name` and {name.field} of names that are not there, too). */
enum sw_err sw_judgement_check(const struct sw_knowledge *k, size_t judgement,
			       struct sw_error *err) SW_MUST_USE;

#endif
