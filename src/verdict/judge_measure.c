/* SPDX-License-Identifier: MIT */
/* What the rules said, measured against the whole: what the session came past did not stop it,
 * and who has a rival is not certain. */
#include "verdict/judge_work.h"

enum {
	/* What is left of a certainty while another cause stands that nothing rules out. */
	CONTESTED = 84,
	RIVAL_FROM = 60,
	/* Of the lab's certain verdicts with one so near 6 in 100 were wrong, of the others 1
	   in 100. */
	RIVAL_WITHIN = 9,
};

/* Whoever looked behind the session knows more than that it was accepted. */
static bool is_followed(const struct sw_facts *f)
{
	static const enum sw_fact_type beyond[] = { SW_FACT_RELAY_LOG, SW_FACT_MAIL_TRACE,
						    SW_FACT_MAIL_HOP, SW_FACT_MAIL_AUTH,
						    SW_FACT_MAIL_REPORT };

	for (size_t i = 0; i < SW_LEN(beyond); i++)
		if (sw_facts_last(f, beyond[i]))
			return true;
	return false;
}

/* The first stage that nothing shows to be passed; SW_STAGE_CONFIG: none was. */
static enum sw_stage passed_until(const struct sw_facts *f)
{
	const struct sw_fact *result = sw_facts_last(f, SW_FACT_SEND_RESULT);
	const struct sw_fact *wish = sw_facts_last(f, SW_FACT_SEND_WISH);
	struct sw_slice outcome = sw_fact_text(result, "outcome");
	struct sw_slice tls = sw_fact_text(wish, "tls");

	if (!result || sw_fact_text(result, "failure").len || is_followed(f))
		return SW_STAGE_CONFIG;
	if (sw_slice_eq(outcome, SW_S("accepted")))
		return SW_STAGE_ENVELOPE;
	/* Looked at, nothing sent: what comes behind TLS was perhaps not tried, and TLS itself
	 * is only done without where the user can do without. */
	if (sw_slice_eq(outcome, SW_S("ok")) &&
	    (sw_slice_eq(tls, SW_S("opportunistic")) || sw_slice_eq(tls, SW_S("none"))))
		return SW_STAGE_AUTH;
	return SW_STAGE_CONFIG;
}

void sw_verdict_lower_passed(const struct sw_court *c, struct sw_verdict *v)
{
	enum sw_stage until = passed_until(c->facts);

	for (struct sw_finding *f = v->findings; f; f = f->next)
		if (f->level == SW_LEVEL_BLOCKING && f->stage < until)
			f->level = SW_LEVEL_RISK;
}

static bool competes(const struct sw_finding *f)
{
	return f->state <= SW_FINDING_LIKELY && !f->explained_by && f->level != SW_LEVEL_NOTE;
}

void sw_verdict_limit_contested(struct sw_verdict *v)
{
	struct sw_finding *first = v->findings;

	if (!first || !competes(first) || first->confidence <= CONTESTED)
		return;
	unsigned near = first->confidence - RIVAL_WITHIN;

	for (struct sw_finding *f = first->next; f; f = f->next) {
		/* Two proofs are two faults; a guess from words is no rival. */
		if (!competes(f) || f->state == SW_FINDING_CONFIRMED ||
		    f->confidence < RIVAL_FROM || f->confidence < near)
			continue;
		first->confidence = CONTESTED;
		first->state = SW_FINDING_LIKELY;
		/* They stay in their order. */
		if (f->confidence > CONTESTED)
			f->confidence = CONTESTED;
	}
}
