/* SPDX-License-Identifier: MIT */
/* Conditions of rules, three values, and what may go into commands. */
#include "judge_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_parsed),
		cmocka_unit_test(too_much_in_a_condition_is_refused),
		cmocka_unit_test(facts_make_conditions_true_false_or_unknown),
		cmocka_unit_test(lines_that_are_no_facts_are_refused),
		cmocka_unit_test(only_plain_words_go_into_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
