/* SPDX-License-Identifier: MIT */
/* What a verdict would like to know, and what it says of what could not be looked at. */
#include "judge_fixture.h"

#define TEXT(s) "{en: \"" s "\", ru: \"" s " ж\"}"
#define FINDING(code, level, explains)                                                        \
	"  - {code: " code                                                                    \
	", title: " TEXT("T") ", title_plain: " TEXT("T") ", story: " TEXT(                   \
		"S.") ", level: " level                                                       \
		      ", stage: tcp, who: network, remedies: [{who: network, "                \
		      "text: " TEXT(                                                          \
			      "Do.") ", literal: \"\", applicability: advice}], recheck: "    \
				     "\"sendwell diagnose {host}\", test: " TEXT(             \
					     "Test.") ", lookalikes: [A01], explains: "       \
						      "[" explains "], categories: [], lab: " \
						      "\"yes\", source: "                     \
						      "[catalogue]}\n"
#define RULE(id, finding, weight, when, rest)                                                 \
	"  - {id: " id ", finding: " finding ", weight: " weight                              \
	", proof: true, when: [" when "]" rest "}\n"

static const char rules_yaml[] =
	"categories:\n"
	"  - {id: recipient.unknown, title: " TEXT("No mailbox") ", meaning: " TEXT(
		"M.") ", who: recipient, retry: never, list_action: keep, scope: recipient}\n"
		      "findings:\n" FINDING("A01", "blocking", "")
			      FINDING("A02", "blocking", "A01") FINDING("A03", "risk", "")
				      FINDING("A04", "note", "")
					      FINDING("A05", "blocking", "") "judgements:\n"
	/* The port itself is dead, other ports live. */
	RULE("silent", "A01", "90",
	     "\"tcp.attempt state=timed_out as a\", \"probe.port address=$a.address "
	     "port=465|587 state=connected\"",
	     ", contradicts: [{if: \"local.route address=$a.address found=false\", sub: 50}]")
	/* Explains the first. */
	RULE("near", "A02", "92",
	     "\"tcp.attempt port=25 as a\", \"probe.ttl address=$a.address port=$a.port "
	     "hops_answer<3\"",
	     "") RULE("refused", "A03", "95", "\"tcp.attempt state=failed\"",
		      ", supports: [{if: \"probe.loss percent>5\", add: 3}]")
		RULE("weak", "A05", "70",
		     "\"tcp.attempt state=failed\", \"probe.hello name=x code>=400\"", "")
			RULE("remark", "A04", "80",
			     "\"tcp.attempt\", \"probe.mtu path_mtu<1400\"", "")
				RULE("unseen", "A05", "88",
				     "\"check.dnsbl ip=192.0.2.7 listed=true\", \"smtp.reply "
				     "code=554\"",
				     "");

static void begin(struct trial *t, const char *const *lines, size_t count)
{
	judge_trial(t, rules_yaml, lines, count);
}

/* 0: not wanted. */
static unsigned gain(const struct trial *t, enum sw_fact_type type, const char *selection)
{
	for (size_t i = 0; i < t->v.want_count; i++)
		if (t->v.wants[i].type == type &&
		    strcmp(t->v.wants[i].selection, selection) == 0)
			return t->v.wants[i].gain;
	return 0;
}

#define SILENT    "tcp.attempt address=192.0.2.1 port=26 state=timed_out"
#define SILENT_25 "tcp.attempt address=192.0.2.1 port=25 state=timed_out"
#define REFUSED   "tcp.attempt address=192.0.2.1 port=26 state=failed"
static const char not_allowed[] = "probe.untested what=way types=\"probe.loss probe.ttl\" "
				  "reason=\"not allowed\" probe=ttl";
#define FAILED    "send.result outcome=not_sent failure=timeout stage=tcp"

static void wants_name_what_to_look_at(void **state)
{
	static const char *const lines[] = { SILENT, FAILED };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_int_equal(found(&t, "SW-A01")->state, SW_FINDING_POSSIBLE);
	assert_true(gain(&t, SW_FACT_PROBE_PORT, "address=192.0.2.1 port=465") > 0);
	assert_true(gain(&t, SW_FACT_PROBE_PORT, "address=192.0.2.1 port=587") > 0);
	assert_int_equal(gain(&t, SW_FACT_LOCAL_ROUTE, "address=192.0.2.1"), 50);
	/* A remark is not worth a packet while a cause is sought. */
	assert_int_equal(gain(&t, SW_FACT_PROBE_MTU, "address=192.0.2.1"), 0);
	assert_false(t.v.decided);
	end(&t);
}

static void what_is_ruled_out_wants_nothing(void **state)
{
	static const char *const lines[] = {
		SILENT, FAILED, "probe.port address=192.0.2.1 port=465 state=timed_out",
		"probe.port address=192.0.2.1 port=587 state=timed_out"
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_int_equal(found(&t, "SW-A01")->state, SW_FINDING_RULED_OUT);
	assert_int_equal(gain(&t, SW_FACT_LOCAL_ROUTE, "address=192.0.2.1"), 0);
	end(&t);
}

static void one_that_would_explain_the_first_is_looked_for(void **state)
{
	static const char *const lines[] = {
		SILENT_25, FAILED, "probe.port address=192.0.2.1 port=587 state=connected",
		"local.route address=192.0.2.1 found=true"
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_string_equal(t.v.findings->code, "SW-A01");
	assert_int_equal(t.v.findings->state, SW_FINDING_CONFIRMED);
	assert_false(t.v.decided);
	assert_true(gain(&t, SW_FACT_PROBE_TTL, "address=192.0.2.1 port=25") > 0);
	end(&t);
}

static void what_could_sink_a_proof_is_looked_for(void **state)
{
	static const char *const lines[] = {
		SILENT, FAILED, "probe.port address=192.0.2.1 port=587 state=connected"
	};
	static const char *const more[] = {
		SILENT, FAILED, "probe.port address=192.0.2.1 port=587 state=connected",
		"local.route address=192.0.2.1 found=true"
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_int_equal(t.v.findings->state, SW_FINDING_CONFIRMED);
	assert_false(t.v.decided);
	assert_int_equal(t.v.want_count, 1);
	end(&t);
	begin(&t, more, SW_LEN(more));
	assert_true(t.v.decided);
	assert_int_equal(t.v.want_count, 0);
	end(&t);
}

static void one_far_behind_wants_nothing(void **state)
{
	static const char *const lines[] = { REFUSED, FAILED };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_string_equal(t.v.findings->code, "SW-A03");
	/* Neither the weak one, nor more support for what is proven. */
	assert_int_equal(t.v.want_count, 0);
	assert_true(t.v.decided);
	end(&t);
}

static void a_healthy_case_is_decided(void **state)
{
	static const char *const lines[] = {
		"tcp.attempt address=192.0.2.1 port=26 state=connected",
		"probe.mtu address=192.0.2.1 path_mtu=1500", "send.result outcome=accepted"
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_true(t.v.decided);
	assert_int_equal(t.v.want_count, 0);
	end(&t);
}

static void a_failed_case_without_a_cause_is_not(void **state)
{
	static const char *const lines[] = { FAILED };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_null(t.v.findings);
	assert_false(t.v.decided);
	end(&t);
}

/* ---- could not test */

static void a_guess_that_could_not_be_followed_stays_possible(void **state)
{
	static const char *const lines[] = {
		SILENT, FAILED,
		"probe.untested what=\"probe.port port=465\" reason=\"no permission\""
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = found(&t, "SW-A01");

	/* Nothing better is known. */
	assert_int_equal(f->state, SW_FINDING_POSSIBLE);
	assert_int_equal(f->untested, 2);
	assert_string_equal(f->because->text[SW_LANG_EN],
			    "could not be looked at: no permission");
	assert_int_equal(gain(&t, SW_FACT_PROBE_PORT, "address=192.0.2.1 port=465"), 0);
	assert_true(gain(&t, SW_FACT_PROBE_PORT, "address=192.0.2.1 port=587") > 0);
	end(&t);
}

static void beside_a_likely_cause_it_is_untested_and_last(void **state)
{
	static const char *const lines[] = {
		REFUSED,
		SILENT_25,
		FAILED,
		"probe.port address=192.0.2.1 port=465 state=failed",
		"probe.port address=192.0.2.1 port=587 state=failed",
		not_allowed,
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_string_equal(t.v.findings->code, "SW-A03");
	assert_true(t.v.decided);
	/* The cause is beyond doubt: what could not be looked at does not matter. */
	assert_null(found(&t, "SW-A02"));
	end(&t);
}

static void an_unseen_symptom_is_told_when_something_speaks_for_it(void **state)
{
	static const char *const lines[] = {
		"smtp.reply command=\"\" code=554 text=\"no\"",
		"send.result outcome=rejected failure=refused code=554",
		"probe.untested what=check.dnsbl reason=\"the list does not answer\"",
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	assert_int_equal(t.v.count, 1);
	assert_int_equal(t.v.findings->state, SW_FINDING_UNTESTED);
	assert_int_equal(t.v.findings->confidence, 0);
	assert_string_equal(t.v.findings->because->text[SW_LANG_EN],
			    "could not be looked at: the list does not answer");
	end(&t);
	begin(&t, lines + 1, SW_LEN(lines) - 1);
	assert_int_equal(t.v.count, 0);
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wants_name_what_to_look_at),
		cmocka_unit_test(what_is_ruled_out_wants_nothing),
		cmocka_unit_test(one_that_would_explain_the_first_is_looked_for),
		cmocka_unit_test(what_could_sink_a_proof_is_looked_for),
		cmocka_unit_test(one_far_behind_wants_nothing),
		cmocka_unit_test(a_healthy_case_is_decided),
		cmocka_unit_test(a_failed_case_without_a_cause_is_not),
		cmocka_unit_test(a_guess_that_could_not_be_followed_stays_possible),
		cmocka_unit_test(beside_a_likely_cause_it_is_untested_and_last),
		cmocka_unit_test(an_unseen_symptom_is_told_when_something_speaks_for_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
