/* SPDX-License-Identifier: MIT */
/* Which rule wins, and what a reply is said to mean. */
#include "knowledge_fixture.h"

#define RULE(id, category, more) "  - id: " id "\n    category: " category "\n    yes: [x]\n" more

static const char rules[] =
	"rules:\n"
	RULE("gone", "recipient.unknown", "    text: [user unknown, no such user]\n")
	RULE("vague", "recipient.unavailable", "    text: [mailbox unavailable]\n    score: 40\n")
	RULE("quota", "recipient.full", "    text: [over quota]\n    meaning: {en: Full, ru: Полон}\n")
	RULE("listed", "policy.dnsbl",
	     "    text: [blocked]\n    with: [\"list* | using\"]\n    remedies: [delist]\n")
	RULE("blocked", "policy.other", "    text: [blocked]\n")
	RULE("code-word", "policy.other", "    reply: [\"550\"]\n    text: [refused]\n")
	RULE("acme-word", "recipient.full", "    vendor: [acme]\n    text: [refused]\n")
	RULE("acme-both", "recipient.unavailable",
	     "    vendor: [acme]\n    text: [refused]\n    enhanced: [\"x.7.10-19\"]\n")
	RULE("acme-code", "system.busy", "    vendor: [acme]\n    enhanced: [\"5.7.77\"]\n")
	RULE("wall-code", "policy.other", "    vendor: [wall]\n    reply: [\"554\"]\n")
	RULE("odd-code", "recipient.full", "    enhanced: [\"x.9.*\"]\n")
	RULE("at-greeting", "policy.dnsbl", "    stage: [greeting]\n    reply: [\"5xx\"]\n")
	RULE("after-dot", "policy.other", "    stage: [final]\n    text: [not today]\n")
	RULE("not-when", "system.busy",
	     "    text: [server busy]\n    without: [\"never *  busy\", quota]\n    retry: slow\n"
	     "    who: nobody\n    scope: provider\n    list_action: keep\n    probe: connect\n")
	RULE("sure", "recipient.unknown",
	     "    text: [account terminated]\n    list_action: suppress\n    retry: never\n")
	"codes:\n"
	"  - {code: \"552\", title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: recipient.full}\n"
	"  - {code: \"550\", title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: unknown}\n"
	"  - {code: x.1.1, title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: recipient.unknown}\n"
	"  - {code: 5.1.8, title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: policy.other, retry: slow}\n"
	"  - {code: x.2.0, title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: recipient.unavailable}\n"
	"  - {code: x.0.0, title: {en: a, ru: б}, meaning: {en: a, ru: б}, category: unknown}\n"
	"errors:\n"
	"  - id: refused\n    names: [ECONNREFUSED]\n    numbers: [\"errno:111\", \"winsock:10061\"]\n"
	"    text: [connection refused]\n    without: [by proxy]\n    title: {en: a, ru: б}\n"
	"    meaning: {en: a, ru: б}\n    category: network.connect\n    stage: tcp\n    yes: [x]\n"
	"  - id: connection\n    text: [connection, connection lost during]\n    title: {en: a, ru: б}\n"
	"    meaning: {en: a, ru: б}\n    category: network.connect\n    stage: tcp\n    yes: [x]\n";

static int set_up(void **state)
{
	*state = load_rules(rules);
	return 0;
}

static int tear_down(void **state)
{
	sw_knowledge_free(*state);
	return 0;
}

struct expected {
	const char *text;
	const char *rule; /* "" by codes */
	const char *category;
	unsigned confidence;
};

static void check_all(const struct sw_knowledge *k, const struct expected *cases, size_t count,
		      const struct sw_reply_context *context)
{
	for (size_t i = 0; i < count; i++) {
		struct sw_class c;

		sw_classify(k, sw_slice_str(cases[i].text), context, &c);
		const char *rule = c.by == SW_BY_RULE ? sw_rule_at(k, c.rule).id : "";

		if (strcmp(rule, cases[i].rule) != 0 || c.confidence != cases[i].confidence)
			print_error("# %s: %s %u\n", cases[i].text, rule, c.confidence);
		assert_row(i, strcmp(rule, cases[i].rule) == 0);
		assert_row(i, strcmp(category(k, &c), cases[i].category) == 0);
		assert_row(i, c.confidence == cases[i].confidence);
	}
}

static void words_are_worth_more_with_codes_and_vendors(void **state)
{
	static const struct expected cases[] = {
		{ "550 5.0.0 no such user", "gone", "recipient.unknown", 65 },
		{ "450 4.0.0 no such user", "gone", "recipient.unknown", 65 },
		{ "no such user", "gone", "recipient.unknown", 65 },
		/* Codes are a condition ... */
		{ "550 refused", "code-word", "policy.other", 75 },
		{ "554 refused", "", "unknown", 10 },
		{ "refused", "", "unknown", 0 },
		/* ... the other class fits, and pays. */
		{ "450 refused", "code-word", "policy.other", 55 },
		/* Words of a vendor need less. */
		{ "550 refused - acmegw", "acme-word", "recipient.full", 85 },
		{ "550 5.7.12 refused - acmegw", "acme-both", "recipient.unavailable", 95 },
		{ "450 4.7.19 refused - acmegw", "acme-both", "recipient.unavailable", 95 },
		{ "550 5.7.20 refused - acmegw", "acme-word", "recipient.full", 85 },
		/* Codes alone. */
		{ "550 5.7.77 whatever acmegw", "acme-code", "system.busy", 60 },
		{ "450 4.7.77 whatever acmegw", "", "unknown", 10 },
		{ "550 5.7.77 whatever", "", "unknown", 10 },
		{ "550 5.9.12 whatever", "odd-code", "recipient.full", 45 },
		{ "550 5.1.1 whatever", "", "recipient.unknown", 45 },
		{ "550 5.1.8 whatever", "", "policy.other", 45 },
		{ "552 whatever", "", "recipient.full", 30 },
		{ "552 5.2.14 whatever", "", "recipient.full", 30 },
		{ "550 5.2.14 whatever", "", "recipient.unavailable", 25 },
		{ "550 whatever", "", "unknown", 10 },
		{ "whatever", "", "unknown", 0 },
		{ "", "", "unknown", 0 },
		/* A set score, and what beats it. */
		{ "550 mailbox unavailable", "vague", "recipient.unavailable", 40 },
		{ "550 5.1.1 mailbox unavailable", "", "recipient.unknown", 45 },
		{ "550 mailbox unavailable: blocked", "blocked", "policy.other", 65 },
		/* Between equals: the longer words, those of `with` counted. */
		{ "550 blocked", "blocked", "policy.other", 65 },
		{ "550 blocked using x", "listed", "policy.dnsbl", 65 },
		{ "550 no such user blocked", "gone", "recipient.unknown", 65 },
		{ "550 server busy", "not-when", "system.busy", 65 },
		{ "550 server busy, quota", "", "unknown", 10 },
		{ "550 never ever a server busy", "", "unknown", 10 },
	};

	check_all(*state, cases, SW_LEN(cases), NULL);
}

static void context_counts(void **state)
{
	static const struct expected greeting[] = {
		{ "554 go away", "at-greeting", "policy.dnsbl", 30 },
		{ "554 not today", "at-greeting", "policy.dnsbl", 30 },
	};
	static const struct expected final[] = {
		{ "554 not today", "after-dot", "policy.other", 65 },
		{ "554 go away", "", "unknown", 10 },
	};
	static const struct expected nowhere[] = {
		{ "554 not today", "after-dot", "policy.other", 65 },
		{ "554 go away", "", "unknown", 10 },
		/* The text itself may say where it was. */
		{ "host a.example[192.0.2.1] said: 554 not today (in reply to end of DATA command)",
		  "after-dot", "policy.other", 65 },
		{ "host a.example[192.0.2.1] said: 554 not today (in reply to RCPT TO command)", "",
		  "unknown", 10 },
		{ "host a.example[192.0.2.1] refused to talk to me: 554 go away (while receiving "
		  "the initial server greeting)",
		  "at-greeting", "policy.dnsbl", 30 },
		/* And who it was. */
		{ "host mx1.ACME.example.[192.0.2.1] said: 550 5.7.77 x", "acme-code",
		  "system.busy", 60 },
		{ "host notacme.example[192.0.2.1] said: 550 5.7.77 x", "", "unknown", 10 },
		{ "550 5.7.77 client host mx1.acme.example[192.0.2.1] rejected", "", "unknown", 10 },
	};
	static const struct expected host[] = {
		{ "550 5.7.77 x", "acme-code", "system.busy", 60 },
	};
	static const struct expected banner[] = {
		{ "554 x", "wall-code", "policy.other", 60 },
	};
	struct sw_reply_context c = { .has_stage = true, .stage = SW_STAGE_GREETING };

	check_all(*state, greeting, SW_LEN(greeting), &c);
	c.stage = SW_STAGE_FINAL;
	check_all(*state, final, SW_LEN(final), &c);
	check_all(*state, nowhere, SW_LEN(nowhere), NULL);
	c = (struct sw_reply_context){ .host = SW_S("mx.acme.example") };
	check_all(*state, host, SW_LEN(host), &c);
	c = (struct sw_reply_context){ .banner = SW_S("220 mx.example.org The Wall ESMTP ready") };
	check_all(*state, banner, SW_LEN(banner), &c);
	/* Codes from outside go before those of the text. */
	struct sw_class got;

	c = (struct sw_reply_context){ .code = 450, .enhanced = { 4, 1, 1 } };
	sw_classify(*state, SW_S("550 5.2.2 x"), &c, &got);
	assert_int_equal(got.code, 450);
	assert_int_equal(got.enhanced.subject, 1);
	assert_string_equal(category(*state, &got), "recipient.unknown");
}

static void a_result_tells_what_to_do(void **state)
{
	struct sw_class c = classify(*state, "550 5.1.1 over quota");
	const struct sw_knowledge *k = *state;

	assert_string_equal(category(k, &c), "recipient.full");
	assert_int_equal(c.list_action, SW_LIST_SUPPRESS);
	assert_int_equal(c.count, 5);
	assert_int_equal(c.count_days, 14);
	assert_int_equal(c.retry, SW_RETRY_LONG);
	assert_int_equal(c.who, SW_WHO_RECIPIENT);
	assert_int_equal(c.code, 550);
	assert_string_equal(sw_rule_at(k, c.rule).meaning[SW_LANG_RU], "Полон");
	assert_int_equal(c.code_entry, SW_NONE);
	/* The rule's own words over the category's. */
	c = classify(k, "421 server busy");
	assert_int_equal(c.who, SW_WHO_NOBODY);
	assert_int_equal(c.retry, SW_RETRY_SLOW);
	assert_int_equal(c.scope, SW_SCOPE_PROVIDER);
	assert_string_equal(c.probe, "connect");
	/* A code's own over its category's. */
	c = classify(k, "550 5.1.8 x");
	assert_int_equal(c.by, SW_BY_ENHANCED);
	assert_string_equal(sw_code_at(k, c.code_entry).code, "5.1.8");
	assert_int_equal(c.retry, SW_RETRY_SLOW);
	c = classify(k, "552 x");
	assert_int_equal(c.by, SW_BY_REPLY);
	/* A code that says nothing still has its page. */
	c = classify(k, "550 x");
	assert_int_equal(c.by, SW_BY_CLASS);
	assert_string_equal(sw_code_at(k, c.code_entry).code, "550");
	c = classify(k, "x");
	assert_int_equal(c.by, SW_BY_NOTHING);
	assert_int_equal(c.code_entry, SW_NONE);
}

static void retry_is_never_by_class_in_a_result(void **state)
{
	static const struct {
		const char *text;
		enum sw_retry want;
	} cases[] = {
		{ "550 mailbox unavailable", SW_RETRY_NEVER },
		{ "450 mailbox unavailable", SW_RETRY_NORMAL },
		{ "mailbox unavailable", SW_RETRY_NORMAL },
		{ "5.2.0 mailbox unavailable", SW_RETRY_NEVER },
		{ "4.2.0 mailbox unavailable", SW_RETRY_NORMAL },
		{ "450 user unknown", SW_RETRY_NORMAL },
		{ "550 user unknown", SW_RETRY_NEVER },
		{ "450 account terminated", SW_RETRY_NEVER },
		{ "599 x", SW_RETRY_NEVER },
		{ "499 x", SW_RETRY_NORMAL },
		{ "x", SW_RETRY_NORMAL },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, classify(*state, cases[i].text).retry == cases[i].want);
}

static void policy_and_4xx_spare_the_recipient(void **state)
{
	static const struct {
		const char *text;
		enum sw_list_action want;
		unsigned count;
		bool vetoed;
	} cases[] = {
		{ "550 no such user", SW_LIST_SUPPRESS, 0, false },
		{ "550 5.1.1 whatever", SW_LIST_SUPPRESS, 0, false },
		{ "550 no such user; blocked", SW_LIST_KEEP, 0, true },
		{ "550 5.1.1 blocked", SW_LIST_KEEP, 0, false },
		{ "450 no such user", SW_LIST_COUNT, 5, false },
		{ "450 4.1.1 whatever", SW_LIST_COUNT, 5, false },
		{ "452 over quota", SW_LIST_SUPPRESS, 5, false },
		{ "450 account terminated", SW_LIST_SUPPRESS, 0, false },
		{ "450 account terminated, blocked", SW_LIST_KEEP, 0, true },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_class c = classify(*state, cases[i].text);

		assert_row(i, c.list_action == cases[i].want);
		assert_row(i, c.count == cases[i].count);
		assert_row(i, c.vetoed == cases[i].vetoed);
	}
}

static void the_words_that_decided_are_shown(void **state)
{
	static const char text[] = "550 5.7.1 Sorry, blocked: see http://using.example/list";
	struct sw_class c = classify(*state, text);

	assert_string_equal(sw_rule_at(*state, c.rule).id, "listed");
	assert_int_equal(c.evidence_count, 3);
	assert_memory_equal(text + c.evidence[0].at, "blocked", 7);
	assert_int_equal(c.evidence[0].len, 7);
	assert_memory_equal(text + c.evidence[1].at, "using", 5);
	assert_memory_equal(text + c.evidence[2].at, "list", 4);
	/* The next rule is one of another category. */
	assert_string_equal(sw_rule_at(*state, c.runner_up).id, "blocked");
	assert_int_equal(c.runner_up_confidence, 65);
	c = classify(*state, "550 no such user, user unknown");
	assert_int_equal(c.runner_up, SW_NONE);
	assert_int_equal(c.evidence_count, 2);
	c = classify(*state, "550 5.1.1 mailbox unavailable");
	assert_int_equal(c.by, SW_BY_ENHANCED);
	assert_string_equal(sw_rule_at(*state, c.runner_up).id, "vague");
}

static void the_speaker_is_named(void **state)
{
	struct sw_reply_context context = { .host = SW_S("a.acme.example") };
	struct sw_class c;

	sw_classify(*state, SW_S("550 see list.example.net"), &context, &c);
	assert_string_equal(sw_vendor_at(*state, c.vendor).id, "acme");
	c = classify(*state, "550 see list.example.net");
	assert_string_equal(sw_vendor_at(*state, c.vendor).id, "list");
	c = classify(*state, "550 x");
	assert_int_equal(c.vendor, SW_NONE);
}

static void waits_are_read(void **state)
{
	static const struct {
		const char *text;
		unsigned want;
	} cases[] = {
		{ "450 Greylisted, please come back in 00:05:00", 300 },
		{ "450 4.2.0 Greylisted for 5 minutes", 300 },
		{ "451 retry after 300 seconds", 300 },
		{ "451 Please try again in 90 sec.", 90 },
		{ "451 try again in 5min", 300 },
		{ "451 retry in 300s", 300 },
		{ "451 try later (1 hour)", 3600 },
		{ "421 wait 2 days", 2 * 86400 },
		{ "450 In 10 minutes try again", 600 },
		{ "450 Повторите попытку через 15 минут", 900 },
		{ "450 Повторите через 1 ЧАС", 3600 },
		{ "450 \xcf\xee\xe2\xf2\xee\xf0\xe8\xf2\xe5 \xf7\xe5\xf0\xe5\xe7 5 \xec\xe8\xed\xf3\xf2",
		  300 },
		{ "450 5分後に再試行してください", 300 },
		{ "450 请在10分钟后重试", 600 },
		{ "450 Bitte in 3 Minuten erneut versuchen", 180 },
		{ "450 Réessayez dans 2 heures", 7200 },
		{ "421 too many mails in the last 60 minutes, try again later", 0 },
		{ "421 max 100 per 10 minutes, try later", 0 },
		{ "451 try again later", 0 },
		{ "421 timeout 300 seconds, retry", 0 },
		{ "552 message of 300 seconds", 0 },
		{ "450 wait 99999999 seconds", 0 },
		{ "450 wait 30 days", 0 },
		{ "450 try again, 4 recipients", 0 },
		{ "450 try again 18446744073709551616 s", 0 },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, classify(*state, cases[i].text).retry_after_s == cases[i].want);
}

static void errors_of_clients_are_found(void **state)
{
	static const struct {
		const char *text, *want;
		size_t count;
	} cases[] = {
		{ "SMTP ERROR: Failed to connect to server: Connection refused (111)", "refused", 2 },
		{ "connect ECONNREFUSED 127.0.0.1:25", "refused", 1 },
		{ "[errno 111] x", "refused", 1 },
		{ "WSA error 10061", "refused", 1 },
		{ "connection refused by proxy", "connection", 1 },
		{ "connection lost during TLS", "connection", 1 },
		{ "111", "", 0 },
		{ "nothing", "", 0 },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_error_match m[4];
		size_t count = sw_classify_errors(*state, sw_slice_str(cases[i].text), m, 4);

		assert_row(i, count == cases[i].count);
		if (count)
			assert_string_equal(sw_knowledge_error_at(*state, m[0].error).id,
					    cases[i].want);
		for (size_t j = 1; j < count; j++)
			assert_row(i, m[j - 1].confidence >= m[j].confidence);
		/* Room for one is enough for the best. */
		struct sw_error_match one;

		assert_int_equal(sw_classify_errors(*state, sw_slice_str(cases[i].text), &one, 1),
				 count > 0);
		assert_row(i, !count || one.error == m[0].error);
	}
	assert_int_equal(sw_knowledge_error_find(*state, SW_S("ERRNO"), 111), 0);
	assert_int_equal(sw_knowledge_error_find(*state, SW_S("errno"), 112), SW_NONE);
	assert_int_equal(sw_knowledge_error_find(*state, SW_S("curl"), 111), SW_NONE);
	assert_int_equal(sw_knowledge_error_find_name(*state, SW_S("econnrefused")), 0);
	assert_int_equal(sw_knowledge_error_find_name(*state, SW_S("EIO")), SW_NONE);
}

/* Words without end must cost no more than their length, and nothing may overflow. */
static void long_and_strange_texts_do_no_harm(void **state)
{
	static const char *const pieces[] = { "blocked ", "user * ", "550 5.1.1 ", "a@b ",	 "\n550-",
					      "list using ", "\xff\xfe", "ящик ",	 "不",	 "retry 5 ",
					      "host a.acme.example ", "again " };
	size_t size = 200 * 1000;
	char *text = malloc(size);
	struct sw_class c;

	assert_non_null(text);
	for (size_t p = 0; p < SW_LEN(pieces); p++) {
		size_t len = strlen(pieces[p]);

		for (size_t i = 0; i < size; i++)
			text[i] = pieces[p][i % len];
		sw_classify(*state, sw_slice(text, size), NULL, &c);
		assert_true(c.category < sw_category_count(*state));
		for (size_t e = 0; e < c.evidence_count; e++)
			assert_true(c.evidence[e].at + c.evidence[e].len <= SW_MAX_CLASSIFY);
	}
	/* What is behind the limit is not read. */
	memset(text, '.', size);
	memcpy(text + SW_MAX_CLASSIFY, "no such user", 12);
	sw_classify(*state, sw_slice(text, size), NULL, &c);
	assert_int_equal(c.by, SW_BY_NOTHING);
	memcpy(text + SW_MAX_CLASSIFY - 12, "no such user", 12);
	sw_classify(*state, sw_slice(text, size), NULL, &c);
	assert_int_equal(c.by, SW_BY_RULE);
	sw_classify(*state, sw_slice(NULL, 0), NULL, &c);
	assert_int_equal(c.by, SW_BY_NOTHING);
	free(text);
}

/* What a reader puts in its place keeps the promises of a judgement: `by class` is told. */
static void another_category_is_judged_by_the_code_that_is_there(void **state SW_UNUSED)
{
	static const struct {
		const char *text, *category;
		enum sw_retry retry;
		bool changes;
	} rows[] = {
		{ "550 5.1.1 User unknown", "recipient.unavailable", SW_RETRY_NEVER, true },
		{ "450 4.1.1 User unknown", "recipient.unavailable", SW_RETRY_NORMAL, true },
		{ "550 5.1.1 User unknown", "no.such", SW_RETRY_NEVER, false },
	};
	const struct sw_knowledge *k = sw_knowledge_builtin();

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_class c;

		sw_classify(k, sw_slice_str(rows[i].text), NULL, &c);
		uint16_t before = c.category;
		int code = c.code;

		sw_class_set_category(k, rows[i].category, &c);
		assert_row(i, (c.category != before) == rows[i].changes);
		assert_row(i, c.retry == rows[i].retry && c.code == code);
		assert_row(i, !rows[i].changes || (c.rule == SW_NONE && c.evidence_count == 0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_worth_more_with_codes_and_vendors),
		cmocka_unit_test(context_counts),
		cmocka_unit_test(a_result_tells_what_to_do),
		cmocka_unit_test(retry_is_never_by_class_in_a_result),
		cmocka_unit_test(policy_and_4xx_spare_the_recipient),
		cmocka_unit_test(the_words_that_decided_are_shown),
		cmocka_unit_test(the_speaker_is_named),
		cmocka_unit_test(waits_are_read),
		cmocka_unit_test(errors_of_clients_are_found),
		cmocka_unit_test(long_and_strange_texts_do_no_harm),
		cmocka_unit_test(another_category_is_judged_by_the_code_that_is_there),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
