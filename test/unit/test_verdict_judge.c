/* SPDX-License-Identifier: MIT */
/* The language of conditions, what they hold of facts, and what comes of rules. */
#include "sw_test.h"

#include "knowledge/load.h"
#include "verdict/judge_work.h"

/* 2026-01-01T00:00:00Z */
#define NOW INT64_C(1767225600)

/* ---- conditions */

static const struct {
	const char *text, *flaw; /* NULL: none */
} conditions[] = {
	{ "smtp.reply", NULL },
	{ "  smtp.reply   code=550  ", NULL },
	{ "smtp.reply command=RCPT code>=500 as r", NULL },
	{ "not smtp.reply code=250", NULL },
	{ "none smtp.reply command=\"\"", NULL },
	{ "all tcp.attempt state=failed|timed_out", NULL },
	{ "count>=3 tcp.attempt state=failed", NULL },
	{ "smtp.reply text~\"relay denied|relaying denied\"|\"no relay\"", NULL },
	{ "smtp.reply text!~spam enhanced=5.7.* category=policy.* @stage=envelope", NULL },
	{ "tls.certificate not_after<$now-86400", NULL },
	{ "", "column 1: there is no fact type" },
	{ "smtp.replies code=1", "there is no fact type \"smtp.replies\"" },
	{ "smtp.reply kode=1", "column 12: facts of this type have no field \"kode\"" },
	{ "tcp.attempt category=x", "no field \"category\"" },
	{ "smtp.reply code", "expected = != < > <= >= ~ or !~" },
	{ "smtp.reply code<many", "expected a whole number, not \"many\"" },
	{ "smtp.reply text~\"...\"", "no word in it" },
	{ "smtp.reply text=\"open", "no closing quote" },
	{ "smtp.reply text=\"a\"b", "expected a blank before" },
	{ "smtp.reply code=$x.code", "no condition before has the name \"x\"" },
	{ "smtp.reply code=$now*2", "expected +N, -N or nothing" },
	{ "smtp.reply as", "expected a name behind \"as\"" },
	{ "smtp.reply as now", "expected a name behind \"as\"" },
	{ "smtp.reply as r code=1", "expected nothing behind the name" },
	{ "smtp.reply as t", "there already" },
	{ "count>2 smtp.reply", "expected count>=N" },
	{ "count>=0 smtp.reply", "expected a number from 1 on" },
	{ "smtp.reply, code=1", "expected field=value" },
};

static void conditions_are_parsed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(conditions); i++) {
		struct sw_names names = { .at = { SW_S("t") }, .count = 1 };
		struct sw_condition c;
		struct sw_error err;
		enum sw_err e = sw_condition_parse(sw_slice_str(conditions[i].text), &names, &c,
						   &err);

		const char *flaw = conditions[i].flaw;

		if ((e == SW_OK) != !flaw)
			print_error("# %s: %s\n", conditions[i].text, e ? err.text : "parsed");
		assert_int_equal(e, flaw ? SW_E_DATA : SW_OK);
		if (flaw)
			assert_contains(err.text, flaw);
	}
}

static void too_much_in_a_condition_is_refused(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4000 };
	struct sw_names names = { .count = 0 };
	struct sw_condition c;
	struct sw_error err;

	(void)state;
	assert_ok(sw_buf_add_str(&text, "smtp.reply"));
	for (int i = 0; i < SW_MAX_COMPARISONS + 1; i++)
		assert_ok(sw_buf_add_str(&text, " code!=1"));
	assert_int_equal(sw_condition_parse(sw_buf_slice(&text), &names, &c, &err), SW_E_DATA);
	assert_contains(err.text, "too many comparisons");
	sw_buf_clear(&text);
	assert_ok(sw_buf_add_str(&text, "smtp.reply code=1"));
	for (int i = 0; i < SW_MAX_COMPARED; i++)
		assert_ok(sw_buf_add_str(&text, "|1"));
	assert_int_equal(sw_condition_parse(sw_buf_slice(&text), &names, &c, &err), SW_E_DATA);
	assert_contains(err.text, "too many values");
}

/* ---- three values */

static const char *const scene[] = {
	"tcp.attempt address=192.0.2.1 port=25 state=timed_out elapsed_us=30000000",
	"tcp.attempt address=192.0.2.1 port=587 state=connected elapsed_us=20000",
	"tcp.attempt address=192.0.2.2 port=25 state=timed_out",
	"smtp.reply command=EHLO code=250 tls=false text=\"mx.example.org PIPELINING\"",
	"smtp.reply command=RCPT code=550 enhanced=5.1.1 tls=false recipient=bob@example.org "
	"text=\"5.1.1 <bob@example.org>... User unknown\"",
	"tls.handshake ok=false verified=false verify_code=10 verify_depth=0 "
	"expected_name=mx.example.org",
	"tls.certificate depth=0 not_after=2025-12-31T23:59:59Z subject=\"CN=mx\" "
	"names=\"MX.example.org, www.example.org\"",
	"tls.certificate depth=1 not_after=1798761600",
	"data.progress size_bytes=1500000 sent_bytes=300",
};

static const struct {
	const char *text;
	enum sw_truth truth;
} truths[] = {
	{ "tcp.attempt port=25", SW_TRUE },
	{ "tcp.attempt port=25 state=timed_out", SW_TRUE },
	{ "tcp.attempt port=25 state=connected", SW_FALSE },
	{ "tcp.attempt port=465 state=connected", SW_UNKNOWN },
	{ "tcp.attempt port!=25 state=connected", SW_TRUE },
	{ "tcp.attempt elapsed_us>25000000", SW_TRUE },
	{ "tcp.attempt elapsed_us>40000000", SW_UNKNOWN }, /* one of them lacks the field */
	{ "tcp.attempt port=587 elapsed_us>40000000", SW_FALSE },
	{ "not tcp.attempt port=25 state=connected", SW_TRUE },
	{ "not tcp.attempt port=25 state=timed_out", SW_FALSE },
	{ "not tcp.attempt port=465 state=connected", SW_UNKNOWN },
	{ "none tcp.attempt port=465 state=connected", SW_TRUE },
	{ "none tcp.attempt port=587 state=connected", SW_FALSE },
	{ "all tcp.attempt port=25 state=timed_out", SW_TRUE },
	{ "all tcp.attempt state=timed_out", SW_FALSE },
	{ "all tcp.attempt port=465 state=timed_out", SW_UNKNOWN },
	{ "all tcp.attempt port=25 elapsed_us>1", SW_UNKNOWN },
	{ "count>=2 tcp.attempt port=25 state=timed_out", SW_TRUE },
	{ "count>=3 tcp.attempt port=25 state=timed_out", SW_FALSE },
	{ "count>=1 tcp.attempt port=465", SW_UNKNOWN },
	{ "local.clock off_s>5", SW_UNKNOWN },
	{ "none local.clock off_s>5", SW_TRUE },
	{ "smtp.reply command=rcpt code>=500 code<=599", SW_TRUE },
	{ "smtp.reply command=RCPT code=450|550", SW_TRUE },
	{ "smtp.reply command=RCPT enhanced=5.1.*", SW_TRUE },
	{ "smtp.reply command=RCPT enhanced=5.7.*", SW_FALSE },
	{ "smtp.reply command=RCPT text~\"mailbox full|user unknown\"", SW_TRUE },
	{ "smtp.reply command=RCPT text~\"user full\"", SW_FALSE },
	{ "smtp.reply command=RCPT text!~\"user unknown\"", SW_FALSE },
	{ "smtp.reply command=RCPT category=recipient.*", SW_TRUE },
	{ "smtp.reply command=RCPT category=policy.*", SW_FALSE },
	{ "smtp.reply command=EHLO category=recipient.*", SW_FALSE },
	{ "smtp.reply @stage=envelope", SW_TRUE },
	{ "smtp.reply @stage=final", SW_UNKNOWN },
	{ "smtp.reply @source=session command=RCPT", SW_TRUE },
	{ "tls.handshake ok=false", SW_TRUE },
	{ "tls.handshake ok=0", SW_TRUE },
	{ "tls.handshake ok=yes", SW_FALSE },
	{ "tls.handshake resumed=true", SW_UNKNOWN },
	{ "tls.certificate depth=0 not_after<$now", SW_TRUE },
	{ "tls.certificate depth=0 not_after<$now-86400", SW_FALSE },
	{ "tls.certificate depth=1 not_after>$now", SW_TRUE },
	{ "tls.certificate depth=0 names~$t.expected_name", SW_TRUE },
	{ "tls.certificate depth=0 names!~$t.expected_name", SW_FALSE },
	{ "tls.certificate depth=$t.verify_depth subject=cn=MX", SW_TRUE },
	{ "tls.certificate depth=$t.alert_sent", SW_UNKNOWN },
};

static struct sw_facts *stage(const char *const *lines, size_t count)
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

static void facts_make_conditions_true_false_or_unknown(void **state)
{
	struct sw_facts *f = stage(scene, SW_LEN(scene));
	struct sw_arena arena;
	struct sw_court c;

	(void)state;
	sw_arena_init(&arena);
	assert_ok(sw_court_open(&c, sw_knowledge_builtin(), f, &arena));
	for (size_t i = 0; i < SW_LEN(truths); i++) {
		struct sw_names names = { .at = { SW_S("t") }, .count = 1 };
		struct sw_bound bound = { .fact = { 5 } };
		struct sw_condition condition;
		struct sw_error err;
		uint32_t fact;

		if (sw_condition_parse(sw_slice_str(truths[i].text), &names, &condition, &err))
			fail_msg("%s: %s", truths[i].text, err.text);
		enum sw_truth t = sw_condition_holds(&c, &condition, &bound, &fact);

		if (t != truths[i].truth)
			print_error("# %s\n", truths[i].text);
		assert_int_equal(t, truths[i].truth);
	}
	sw_court_close(&c);
	sw_arena_fini(&arena);
	sw_facts_free(f);
}

static void lines_that_are_no_facts_are_refused(void **state)
{
	static const struct {
		const char *line, *flaw;
	} rows[] = {
		{ "smtp.replies code=1", "no fact type \"smtp.replies\"" },
		{ "smtp.reply kode=1", "smtp.reply has no field \"kode\"" },
		{ "smtp.reply code", "expected field=value" },
		{ "smtp.reply text=\"open", "no closing quote" },
		{ "smtp.reply @stage=lunch", "no stage \"lunch\"" },
	};
	struct sw_facts *f = stage(NULL, 0);
	struct sw_error err;

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_int_equal(sw_fact_line(f, sw_slice_str(rows[i].line), &err), SW_E_DATA);
		assert_contains(err.text, rows[i].flaw);
	}
	assert_int_equal(sw_facts_count(f), 0);
	sw_facts_free(f);
}

/* ---- forms */

static void only_plain_words_go_into_commands(void **state)
{
	static const struct {
		enum sw_placeholder_form form;
		const char *value;
		bool fits;
	} rows[] = {
		{ SW_FORM_NAME, "mx.example.org", true },
		{ SW_FORM_NAME, "_dmarc.example.org.", true },
		{ SW_FORM_NAME, "192.0.2.1", true },
		{ SW_FORM_NAME, "2001:db8::1", true },
		{ SW_FORM_NAME, "-oProxyCommand=x", false },
		{ SW_FORM_NAME, "a..b", false },
		{ SW_FORM_NAME, "mx.example.org;reboot", false },
		{ SW_FORM_NAME, "mx$(id).example.org", false },
		{ SW_FORM_NAME, "a b", false },
		{ SW_FORM_NAME, "", false },
		{ SW_FORM_NAME, ".", false },
		{ SW_FORM_NUMBER, "587", true },
		{ SW_FORM_NUMBER, "-1", false },
		{ SW_FORM_NUMBER, "25;", false },
		{ SW_FORM_IP, "203.0.113.9", true },
		{ SW_FORM_IP, "2001:db8::a", true },
		{ SW_FORM_IP, "example.org", false },
		{ SW_FORM_IP, "1.2.3.4 ", false },
		{ SW_FORM_MAILBOX, "bob.b+tag@example.org", true },
		{ SW_FORM_MAILBOX, "bob`id`@example.org", false },
		{ SW_FORM_MAILBOX, "bob'@example.org", false },
		{ SW_FORM_MAILBOX, "-bob@example.org", false },
		{ SW_FORM_MAILBOX, "bob", false },
		{ SW_FORM_LOGIN, "bob", true },
		{ SW_FORM_LOGIN, "bob@example.org", true },
		{ SW_FORM_LOGIN, "bob|sh", false },
		{ SW_FORM_ID, "4Xy-1.abc@host", true },
		{ SW_FORM_ID, "<4Xy@host>", false },
		{ SW_FORM_ID, "--all", false },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		if (sw_form_fits(rows[i].form, sw_slice_str(rows[i].value)) != rows[i].fits)
			print_error("# row %zu\n", i);
		assert_int_equal(sw_form_fits(rows[i].form, sw_slice_str(rows[i].value)),
				 rows[i].fits);
	}
}

/* ---- rules */

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

struct trial {
	struct sw_knowledge *k;
	struct sw_facts *facts;
	struct sw_arena arena;
	struct sw_verdict v;
};

static void count_complaint(void *arg, const char *file, unsigned line, const char *text)
{
	(void)arg;
	fail_msg("%s:%u: %s", file, line, text);
}

static void begin(struct trial *t, const char *const *lines, size_t count)
{
	struct sw_knowledge_source source = { "rules.yaml", sw_slice_str(rules_yaml) };
	struct sw_error err;

	t->k = sw_knowledge_load(NULL, &source, 1, count_complaint, NULL, &err);
	assert_non_null(t->k);
	t->facts = stage(lines, count);
	sw_arena_init(&t->arena);
	assert_ok(sw_judge(t->k, t->facts, &t->arena, &t->v, &err));
	assert_int_equal(t->v.skipped, 0);
}

static void end(struct trial *t)
{
	sw_arena_fini(&t->arena);
	sw_facts_free(t->facts);
	sw_knowledge_free(t->k);
}

static const struct sw_finding *found(const struct trial *t, const char *code)
{
	for (const struct sw_finding *f = t->v.findings; f; f = f->next)
		if (strcmp(f->code, code) == 0)
			return f;
	return NULL;
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
		sw_knowledge_load(NULL, &source, 1, count_complaint, NULL, NULL);
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
		sw_knowledge_load(NULL, &source, 1, count_complaint, NULL, NULL);
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
		cmocka_unit_test(conditions_are_parsed),
		cmocka_unit_test(too_much_in_a_condition_is_refused),
		cmocka_unit_test(facts_make_conditions_true_false_or_unknown),
		cmocka_unit_test(lines_that_are_no_facts_are_refused),
		cmocka_unit_test(only_plain_words_go_into_commands),
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
