/* SPDX-License-Identifier: MIT */
/* What dialogues (test/dialogue) cannot show: memory and limits. */
#include "smtp/server.h"

#include "sw_test.h"

static enum sw_smtp_verb next(struct sw_smtp_server *m)
{
	struct sw_smtp_server_event e;

	return sw_smtp_server_next_event(m, &e) && e.type == SW_SRV_COMMAND ? e.verb
									    : SW_VERB_NONE;
}

static struct sw_smtp_server *greeted(void)
{
	const struct sw_smtp_server_settings s = { .lmtp = false };
	struct sw_smtp_server *m = sw_smtp_server_new(&s);

	assert_non_null(m);
	assert_int_equal(next(m), SW_VERB_CONNECT);
	assert_ok(sw_smtp_server_reply(m, 220, "", "mx"));
	sw_smtp_server_sent(m, SIZE_MAX);
	return m;
}

/* Answers whatever comes; the last code that did not go through. */
static enum sw_err answer_all(struct sw_smtp_server *m, bool *ended)
{
	struct sw_smtp_server_event e;
	enum sw_err code = SW_OK;

	while (!code && sw_smtp_server_next_event(m, &e)) {
		*ended = *ended || e.type == SW_SRV_CLOSED;
		if (e.type != SW_SRV_COMMAND)
			continue;
		if (e.verb == SW_VERB_AUTH && !e.has_token)
			code = sw_smtp_server_challenge(m, SW_S("user?"));
		else if (e.verb == SW_VERB_DATA)
			code = sw_smtp_server_start_data(m, "go");
		else
			code = sw_smtp_server_reply(m,
						    e.verb == SW_VERB_CONNECT      ? 220
						    : e.verb == SW_VERB_AUTH_TOKEN ? 235
						    : e.verb == SW_VERB_QUIT       ? 221
										   : 250,
						    "2.0.0", "fine\nindeed");
	}
	return code;
}

static const char session[] = "EHLO x\r\nAUTH LOGIN\r\ndXNlcg==\r\nXYZ\r\nMAIL FROM:<a@b>\r\n"
			      "RCPT TO:<c@d>\r\nDATA\r\nhello\r\n..\r\n.\r\nQUIT\r\n";

static void survives_failing_allocations(void **state SW_UNUSED)
{
	const struct sw_smtp_server_settings s = { .lmtp = false };
	bool done = false;

	for (long n = 1; !done; n++) {
		long live = sw_mem_live();
		bool ended = false;

		sw_mem_fail_at(n);
		struct sw_smtp_server *m = sw_smtp_server_new(&s);
		enum sw_err code = m ? answer_all(m, &ended) : SW_E_NOMEM;

		if (!code)
			code = sw_smtp_server_feed(m, sw_slice_str(session));
		if (!code)
			code = answer_all(m, &ended);
		done = !sw_mem_failed();
		sw_mem_fail_at(0);
		/* Told by a code, or the session was ended. */
		assert_true(code == SW_E_NOMEM || ended);
		assert_true(!done || (code == SW_OK && n > 5));
		sw_smtp_server_free(m);
		assert_int_equal(sw_mem_live(), live);
	}
}

static void holds_no_more_than_its_limit_while_the_owner_thinks(void **state SW_UNUSED)
{
	static char flood[SW_READ_CHUNK];
	struct sw_smtp_server *m = greeted();
	size_t fed = 0;

	memset(flood, 'x', sizeof(flood));
	assert_ok(sw_smtp_server_feed(m, SW_S("EHLO x\r\n")));
	assert_int_equal(next(m), SW_VERB_EHLO);
	while (!sw_smtp_server_full(m)) {
		assert_ok(sw_smtp_server_feed(m, sw_slice(flood, sizeof(flood))));
		fed += sizeof(flood);
	}
	assert_true(fed <= SW_MAX_SERVER_INPUT);
	assert_ok(sw_smtp_server_feed(m, sw_slice(flood, sizeof(flood) / 2)));
	assert_err(sw_smtp_server_feed(m, sw_slice(flood, sizeof(flood))), SW_E_LIMIT);
	sw_smtp_server_free(m);
}

/* A line that never ends is dropped as it comes. */
static void keeps_nothing_of_an_endless_line(void **state SW_UNUSED)
{
	static char flood[SW_READ_CHUNK];
	struct sw_smtp_server *m = greeted();

	memset(flood, 'x', sizeof(flood));
	for (int i = 0; i < 1000; i++) {
		assert_ok(sw_smtp_server_feed(m, sw_slice(flood, sizeof(flood))));
		assert_int_equal(next(m), SW_VERB_NONE);
	}
	assert_ok(sw_smtp_server_feed(m, SW_S("\r\nNOOP\r\n")));
	assert_int_equal(next(m), SW_VERB_NOOP);
	assert_slice(sw_smtp_server_output(m), "500 5.5.6 Line too long\r\n");
	sw_smtp_server_free(m);
}

/* A client that sends and never reads: refusals pile up to the limit of errors, and no
 * further. */
static void ends_with_a_client_that_only_errs(void **state SW_UNUSED)
{
	struct sw_smtp_server *m = greeted();
	bool ended = false;

	for (int i = 0; i < 1000; i++)
		assert_ok(sw_smtp_server_feed(m, SW_S("?\r\n")));
	assert_ok(answer_all(m, &ended));
	assert_true(ended);
	assert_true(sw_smtp_server_output(m).len < 2000);
	sw_smtp_server_free(m);
}

static void an_answer_is_written_whole_or_not_at_all(void **state SW_UNUSED)
{
	struct sw_smtp_server *m = greeted();
	char *text = malloc(SW_MAX_SERVER_OUTPUT + 1);

	assert_non_null(text);
	memset(text, 'x', SW_MAX_SERVER_OUTPUT);
	text[SW_MAX_SERVER_OUTPUT] = '\0';
	text[100] = '\n';
	assert_ok(sw_smtp_server_feed(m, SW_S("NOOP\r\n")));
	assert_int_equal(next(m), SW_VERB_NOOP);
	assert_int_not_equal(sw_smtp_server_reply(m, 250, "", text), SW_OK);
	assert_int_equal(sw_smtp_server_output(m).len, 0);
	assert_ok(sw_smtp_server_reply(m, 250, "", "short"));
	assert_slice(sw_smtp_server_output(m), "250 short\r\n");
	free(text);
	sw_smtp_server_free(m);
}

static void names_every_verb(void **state SW_UNUSED)
{
	assert_string_equal(sw_smtp_verb_name(SW_VERB_CONNECT), "CONNECT");
	assert_string_equal(sw_smtp_verb_name(SW_VERB_MAIL), "MAIL");
	assert_string_equal(sw_smtp_verb_name(SW_VERB_MESSAGE), "MESSAGE");
	assert_string_equal(sw_smtp_verb_name(SW_VERB_AUTH_TOKEN), "AUTH_TOKEN");
	assert_string_equal(sw_smtp_verb_name(SW_VERB_COUNT), "UNKNOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_failing_allocations),
		cmocka_unit_test(holds_no_more_than_its_limit_while_the_owner_thinks),
		cmocka_unit_test(keeps_nothing_of_an_endless_line),
		cmocka_unit_test(ends_with_a_client_that_only_errs),
		cmocka_unit_test(an_answer_is_written_whole_or_not_at_all),
		cmocka_unit_test(names_every_verb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
