/* SPDX-License-Identifier: MIT */
/* What comes of rules. */
#include "judge_fixture.h"

#define TEXT(s) "{en: \"" s "\", ru: \"" s " ж\"}"
#define FINDING(code, level, rest)                                                                \
	"  - {code: " code ", title: " TEXT("{host} " code " {value}") ", title_plain: " TEXT(    \
		"plain " code) ", story: " TEXT("Story.") ", level: " level                       \
	", stage: tls, who: network, remedies: [{who: network, text: " TEXT("Do.")               \
	", literal: \"fix {host}:{port} {user}\", applicability: template}], recheck: "           \
	"\"sendwell diagnose {host}\", test: " TEXT("Test.") ", lookalikes: [A01], " rest         \
	", lab: \"yes\", source: [catalogue]}\n"
#define RULE(id, finding, weight, proof, when, rest)                                              \
	"  - {id: " id ", finding: " finding ", weight: " weight ", proof: " proof ", when: ["    \
	when "]" rest "}\n"
#define NONE "explains: [], categories: []"

static const char rules_yaml[] =
	"categories:\n"
	"  - {id: recipient.unknown, title: " TEXT("No mailbox") ", meaning: " TEXT("M.")
	", who: recipient, retry: never, list_action: keep, scope: recipient}\n"
	"codes:\n"
	"  - {code: x.1.1, title: " TEXT("T") ", meaning: " TEXT("M.") ", category: "
	"recipient.unknown}\n"
	"findings:\n"
	FINDING("A01", "blocking", "explains: [A02], categories: []")
	FINDING("A02", "blocking", "explains: [A03], categories: []")
	FINDING("A03", "blocking", NONE)
	FINDING("A04", "risk", NONE)
	FINDING("A05", "blocking", "explains: [], categories: [recipient.unknown]")
	FINDING("A06", "note", NONE)
	"judgements:\n"
	RULE("expired", "A01", "90", "true",
	     "\"tls.handshake ok=false verify_code=10 as t\", \"tls.certificate "
	     "depth=$t.verify_depth not_after<$now as c\"",
	     ", because: {2: " TEXT("ended {c.not_after}") "}, otherwise: {2: "
	     TEXT("good until {c.not_after}") "}, bind: {host: $t.expected_name, value: "
	     "$c.subject}, supports: [{if: \"local.clock off_s<5 as k\", add: 5, because: "
	     TEXT("clock {k.off_s}") "}], contradicts: [{if: \"local.clock off_s>=86400 as k\", "
	     "sub: 40, because: " TEXT("clock is {k.off_s} ahead") "}]")
	RULE("untrusted", "A02", "70", "false", "\"tls.handshake ok=false verified=false\"", "")
	RULE("no-tls", "A03", "95", "false", "\"tls.handshake ok=false\"", "")
	RULE("risk", "A04", "80", "true", "\"tls.handshake ok=false resumed=true\"", "")
	RULE("note", "A06", "99", "false", "\"tls.handshake ok=false\"", "");

static void begin(struct trial *t, const char *const *lines, size_t count)
{
	judge_trial(t, rules_yaml, lines, count);
}

static const char handshake_failed[] =
	"tls.handshake ok=false verified=false verify_code=10 verify_depth=0 "
	"expected_name=mx.example.org";
#define WISH "send.wish server=mail.example.org port=465 sender=a@example.net"

static void a_proof_is_confirmed_and_absorbs(void **state)
{
	static const char *const lines[] = {
		WISH,
		handshake_failed,
		"tls.certificate depth=1 not_after=1",
		"tls.certificate depth=0 not_after=2025-06-01T12:00:00Z subject=\"CN=x\"",
		"local.clock off_s=1",
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = t.v.findings;

	assert_string_equal(f->code, "SW-A01");
	assert_int_equal(f->state, SW_FINDING_CONFIRMED);
	assert_int_equal(f->confidence, 95);
	assert_true(t.v.decided);
	assert_string_equal(f->rule, "expired");
	assert_string_equal(f->because->text[SW_LANG_EN], "ended 2025-06-01 12:00 UTC");
	assert_int_equal(f->because->fact, 3);
	assert_string_equal(f->because->next->text[SW_LANG_RU], "clock 1 с ж");
	assert_null(f->against);
	assert_string_equal(f->title[SW_LANG_EN], "mx.example.org A01 CN=x");
	assert_string_equal(f->recheck, "sendwell diagnose mx.example.org");
	assert_string_equal(sw_verdict_fill(f, "fix {host}:{port} {user} {value}", &t.arena),
			    "fix mx.example.org:465 USER VALUE");
	/* A consequence of a consequence, too; and a note about the same is no rival. */
	assert_int_equal(f->explains_count, 2);
	assert_string_equal(f->explains[1], "SW-A03");
	assert_string_equal(found(&t, "SW-A02")->explained_by, "SW-A01");
	assert_string_equal(found(&t, "SW-A03")->explained_by, "SW-A01");
	assert_string_equal(f->next->code, "SW-A06");
	end(&t);
}

static void what_does_not_hold_is_ruled_out_with_the_reason(void **state)
{
	static const char *const lines[] = { handshake_failed, "tls.certificate depth=0 not_after="
							"2026-06-01T12:00:00Z" };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = found(&t, "SW-A01");

	assert_int_equal(f->state, SW_FINDING_RULED_OUT);
	assert_int_equal(f->confidence, 0);
	assert_string_equal(f->against->text[SW_LANG_EN], "good until 2026-06-01 12:00 UTC");
	assert_null(f->next);
	assert_string_equal(t.v.findings->code, "SW-A03");
	assert_int_equal(t.v.findings->state, SW_FINDING_LIKELY); /* no proof */
	assert_false(t.v.decided);				   /* A02 is near */
	assert_null(found(&t, "SW-A02")->explained_by);
	end(&t);
}

static void what_nobody_looked_at_is_wanted(void **state)
{
	static const char *const lines[] = { handshake_failed };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = found(&t, "SW-A01");

	assert_int_equal(f->state, SW_FINDING_POSSIBLE);
	assert_in_range(f->confidence, 20, 59);
	/* No value for the title: the plain one. */
	assert_string_equal(f->title[SW_LANG_EN], "plain A01");
	assert_int_equal(found(&t, "SW-A04") == NULL, 1);
	assert_true(t.v.want_count >= 2);
	bool certificate = false, clock = false;

	for (size_t i = 0; i < t.v.want_count; i++) {
		certificate = certificate || (t.v.wants[i].type == SW_FACT_TLS_CERTIFICATE &&
					      strcmp(t.v.wants[i].selection, "depth=0") == 0);
		clock = clock || t.v.wants[i].type == SW_FACT_LOCAL_CLOCK;
		assert_true(i == 0 || t.v.wants[i - 1].gain >= t.v.wants[i].gain);
	}
	assert_true(certificate && clock);
	end(&t);
}

static void what_speaks_against_lowers(void **state)
{
	static const char *const lines[] = { handshake_failed, "tls.certificate depth=0 not_after=5",
					     "local.clock off_s=172800" };
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = found(&t, "SW-A01");

	assert_int_equal(f->state, SW_FINDING_POSSIBLE);
	assert_int_equal(f->confidence, 50);
	assert_string_equal(f->against->text[SW_LANG_EN], "clock is 2 days ahead");
	assert_string_equal(f->against->text[SW_LANG_RU], "clock is 2 дн. ahead ж");
	end(&t);
}

static void a_category_names_candidates_where_no_rule_speaks(void **state)
{
	static const char *const lines[] = {
		WISH, "smtp.reply command=RCPT code=550 enhanced=5.1.1 text=\"?\""
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = t.v.findings;

	assert_int_equal(t.v.count, 1);
	assert_string_equal(f->code, "SW-A05");
	assert_int_equal(f->state, SW_FINDING_POSSIBLE);
	assert_string_equal(f->rule, "");
	assert_string_equal(f->because->text[SW_LANG_EN], "the server's words mean: No mailbox");
	assert_false(t.v.decided);
	end(&t);
}

static size_t judged(const char *end_of_session, const char *reply)
{
	const char *lines[] = { WISH, reply, end_of_session };
	struct trial t;
	size_t count;

	begin(&t, lines, SW_LEN(lines));
	count = t.v.count;
	end(&t);
	return count;
}

/* A refusal that did not stop the session is no reason to guess at causes; one of a recipient
 * is, though the session goes on behind it. */
static void a_session_that_went_well_has_no_candidates(void **state)
{
	static const char well[] = "session.end failure=\"\" stage=quit";
	static const char ehlo[] = "smtp.reply command=EHLO code=550 enhanced=5.1.1 text=\"?\"";
	static const char rcpt[] = "smtp.reply command=RCPT code=550 enhanced=5.1.1 text=\"?\"";

	(void)state;
	assert_int_equal(judged(well, ehlo), 0);
	assert_int_equal(judged("session.end failure=refused stage=ehlo", ehlo), 1);
	assert_int_equal(judged(well, rcpt), 1);
}

/* What a stranger said comes into no command, and acts on no terminal. */
static void strangers_words_stay_out_of_commands(void **state)
{
	static const char *const lines[] = {
		"send.wish server=\"x;reboot\" port=25",
		("tls.handshake ok=false verified=false verify_code=10 verify_depth=0 "
		 "expected_name=\"$(id)\""),
		"tls.certificate depth=0 not_after=5 subject=\"CN=\x1b[31m\xe2\x80\xae{host}\"",
	};
	struct trial t;

	(void)state;
	begin(&t, lines, SW_LEN(lines));
	const struct sw_finding *f = found(&t, "SW-A01");

	assert_string_equal(f->recheck, "sendwell diagnose HOST");
	assert_string_equal(f->title[SW_LANG_EN], "plain A01");
	assert_false(sw_slice_has_control(sw_slice_str(f->title[SW_LANG_RU])));
	end(&t);
}

static void without_facts_nothing_is_found(void **state)
{
	struct trial t;

	(void)state;
	begin(&t, NULL, 0);
	assert_null(t.v.findings);
	assert_int_equal(t.v.want_count, 0);
	assert_false(t.v.decided);
	end(&t);
}

/* A case of the largest kind ends soon: joins are bounded. */
static void work_is_bounded(void **state)
{
	static const char yaml[] =
		"findings:\n" FINDING("A01", "blocking", NONE) "judgements:\n"
		RULE("join", "A01", "90", "true",
		     "\"smtp.reply code=250 as a\", \"smtp.reply code=250 "
		     "recipient=$a.text as b\", \"smtp.reply code=250 recipient=$b.text as c\"",
		     "");
	struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(yaml) };
	struct sw_knowledge *k =
		sw_knowledge_load(NULL, &source, 1, complain, NULL, NULL);
	struct sw_facts *f = sw_facts_new(NULL, 0, NOW * 1000000);
	struct sw_arena arena;
	struct sw_verdict v;

	(void)state;
	assert_non_null(k);
	for (int i = 0; i < SW_MAX_FACTS; i++)
		SW_STATE(f, SW_FACT_REPLY, SW_STAGE_ENVELOPE, "session", 0,
			 SW_F_STR("command", "RCPT"), SW_F_INT("code", 250),
			 SW_F_STR("recipient", "a"), SW_F_STR("text", i % 2 ? "b" : "c"));
	sw_arena_init(&arena);
	assert_ok(sw_judge(k, f, &arena, &v, NULL));
	assert_true(!v.findings || v.findings->state != SW_FINDING_CONFIRMED);
	sw_arena_fini(&arena);
	sw_facts_free(f);
	sw_knowledge_free(k);
}

struct memory {
	const struct sw_knowledge *k;
	const struct sw_facts *facts;
};

static enum sw_err judge_once(void *arg)
{
	const struct memory *m = arg;
	struct sw_arena arena;
	struct sw_verdict v;

	sw_arena_init(&arena);
	enum sw_err e = sw_judge(m->k, m->facts, &arena, &v, NULL);

	if (!e)
		assert_string_equal(v.findings->code, "SW-A01");
	sw_arena_fini(&arena);
	return e;
}

static void every_want_of_memory_is_told(void **state)
{
	static const char *const lines[] = { WISH, handshake_failed,
					     "tls.certificate depth=0 not_after=5 subject=x",
					     "smtp.reply command=RCPT code=550 text=\"?\"" };
	struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(rules_yaml) };
	struct sw_knowledge *k =
		sw_knowledge_load(NULL, &source, 1, complain, NULL, NULL);
	struct sw_facts *f = stage(lines, SW_LEN(lines));
	struct memory m = { k, f };

	(void)state;
	sw_test_failing_allocations(judge_once, &m);
	sw_facts_free(f);
	sw_knowledge_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proof_is_confirmed_and_absorbs),
		cmocka_unit_test(what_does_not_hold_is_ruled_out_with_the_reason),
		cmocka_unit_test(what_nobody_looked_at_is_wanted),
		cmocka_unit_test(what_speaks_against_lowers),
		cmocka_unit_test(a_category_names_candidates_where_no_rule_speaks),
		cmocka_unit_test(a_session_that_went_well_has_no_candidates),
		cmocka_unit_test(strangers_words_stay_out_of_commands),
		cmocka_unit_test(without_facts_nothing_is_found),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(every_want_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
