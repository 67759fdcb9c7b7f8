/* SPDX-License-Identifier: MIT */
/* Many messages over several sessions: each has one result, and it is the truth. */
#include "pool_fixture.h"

static void sends_each_once_over_several_sessions(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 4, &t);

	(void)state;
	add(p, 0, 100, 1);
	add(p, 100, 10, 3);
	assert_int_equal(sw_pool_counts(p).waiting, 110);
	assert_ok(sw_pool_run(p));
	assert_told(&t, 110);
	assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 110);
	assert_int_equal(sw_pool_counts(p).accepted, 110);
	assert_int_equal(sw_pool_counts(p).waiting, 0);
	assert_int_equal(script_server_messages(s), 110);
	assert_in_range(script_server_sessions(s), 2, 4);
	assert_int_equal(sw_pool_counts(p).sessions, script_server_sessions(s));
	assert_string_equal(t.queue_id, "4ABC123");
	sw_pool_free(p);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void streams_the_next_behind_the_end_of_the_last(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 1, &t);
	size_t behind = 0;

	(void)state;
	t.feed_up_to = 50;
	sw_pool_on_feed(p, feed, &t);
	assert_ok(sw_pool_run(p));
	assert_told(&t, 50);
	char *log = script_server_log(s);
	for (const char *at = log; (at = strstr(at, "1 .\n1 MAIL")) != NULL; at++)
		behind++;
	assert_int_equal(behind, 49);
	free(log);
	sw_pool_free(p);
	sw_mailer_free(m);
	script_server_stop(s);
}

/* What each way to lose a session makes of a stream. */
static void a_broken_session_leaves_one_uncertain_at_most(void **state)
{
	static const struct {
		const char *name;
		struct script_rule rule;
		size_t uncertain;
	} cases[] = {
		{ "closed after the end",
		  { SW_VERB_MESSAGE, 1, 7, SCRIPT_CLOSE, 0, "", 0 },
		  1 },
		{ "reset after the end",
		  { SW_VERB_MESSAGE, 1, 7, SCRIPT_RESET, 0, "", 0 },
		  1 },
		{ "closed at DATA", { SW_VERB_DATA, 1, 7, SCRIPT_CLOSE, 0, "", 0 }, 0 },
		{ "closed at MAIL", { SW_VERB_MAIL, 1, 7, SCRIPT_CLOSE, 0, "", 0 }, 0 },
		{ "421 at MAIL",
		  { SW_VERB_MAIL, 1, 7, SCRIPT_REPLY, 421, "4.3.2 Going down", 0 },
		  0 },
		{ "421 at RCPT",
		  { SW_VERB_RCPT, 1, 7, SCRIPT_REPLY, 421, "4.3.2 Going down", 0 },
		  0 },
		{ "421 at DATA",
		  { SW_VERB_DATA, 1, 7, SCRIPT_REPLY, 421, "4.3.2 Going down", 0 },
		  0 },
	};

	(void)state;
	for (size_t c = 0; c < SW_LEN(cases); c++) {
		const struct script_rule rules[] = { cases[c].rule, { 0 } };
		struct script_server *s =
			script_server_start(&(struct script_plan){ .rules = rules });
		struct sw_mailer *m = mailer_for(s);
		struct tally t;
		struct sw_pool *p = pool_for(m, 1, &t);

		print_message("# %s\n", cases[c].name);
		add(p, 0, 30, 1);
		assert_ok(sw_pool_run(p));
		assert_told(&t, 30);
		assert_int_equal(t.of[SW_SUMMARY_UNCERTAIN], cases[c].uncertain);
		assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 30 - cases[c].uncertain);
		/* None was given twice: what the server stored is what we say. */
		assert_int_equal(script_server_messages(s), 30 - cases[c].uncertain);
		assert_int_equal(script_server_sessions(s), 2);
		if (cases[c].uncertain)
			assert_int_equal(t.summary[6], SW_SUMMARY_UNCERTAIN);
		sw_pool_free(p);
		sw_mailer_free(m);
		script_server_stop(s);
	}
}

static void a_stale_session_is_replaced_before_it_is_used(void **state)
{
	static const char *const last_words[] = { "", "421 4.4.2 idle too long\r\n" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(last_words); i++) {
		struct script_server *s = script_server_start(&(struct script_plan){ 0 });
		struct sw_mailer *m = mailer_for(s);
		struct tally t;
		struct sw_pool *p = pool_for(m, 1, &t);

		add(p, 0, 5, 1);
		assert_ok(sw_pool_run(p));
		script_server_hang_up(s, last_words[i]);
		add(p, 5, 5, 1);
		assert_ok(sw_pool_run(p));
		assert_told(&t, 10);
		assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 10);
		assert_int_equal(script_server_messages(s), 10);
		assert_int_equal(script_server_sessions(s), 2);
		sw_pool_free(p);
		sw_mailer_free(m);
		script_server_stop(s);
	}
}

static void a_refusal_is_that_of_its_own_message(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES(
			{ SW_VERB_RCPT, 1, 5, SCRIPT_REPLY, 550, "5.1.1 No such user", 0 },
			{ SW_VERB_MAIL, 1, 8, SCRIPT_REPLY, 451, "4.3.0 Later", 0 },
			{ SW_VERB_MESSAGE, 1, 9, SCRIPT_REPLY, 554, "5.7.1 Spam", 0 }) });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 1, &t);

	(void)state;
	add(p, 0, 20, 1);
	assert_ok(sw_pool_run(p));
	assert_told(&t, 20);
	assert_int_equal(t.summary[4], SW_SUMMARY_REJECTED);
	assert_int_equal(t.summary[7], SW_SUMMARY_DEFERRED);
	/* The two before it had no end: the ninth end is the eleventh message's. */
	assert_int_equal(t.summary[10], SW_SUMMARY_REJECTED);
	assert_int_equal(t.of[SW_SUMMARY_REJECTED], 2);
	assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 17);
	assert_int_equal(script_server_messages(s), 17);
	assert_int_equal(script_server_sessions(s), 1);
	sw_pool_free(p);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void what_ends_everything_is_asked_once(void **state)
{
	static const struct {
		struct script_rule rule;
		enum sw_summary each;
		const char *reply;
	} cases[] = {
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 554, "5.7.1 Go away", 0 },
		  SW_SUMMARY_REJECTED,
		  "554 5.7.1 Go away" },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_RAW, 220, "HTTP/1.1 400 Bad\r\n", 0 },
		  SW_SUMMARY_NOT_SENT,
		  "0  " },
	};

	(void)state;
	for (size_t c = 0; c < SW_LEN(cases); c++) {
		const struct script_rule rules[] = { cases[c].rule, { 0 } };
		struct script_server *s =
			script_server_start(&(struct script_plan){ .rules = rules });
		struct sw_mailer *m = mailer_for(s);
		struct tally t;
		struct sw_pool *p = pool_for(m, 1, &t);

		add(p, 0, 40, 1);
		assert_ok(sw_pool_run(p));
		assert_told(&t, 40);
		assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 0);
		assert_int_equal(t.of[SW_SUMMARY_UNCERTAIN], 0);
		assert_int_equal(script_server_sessions(s), 1);
		if (c == 0)
			assert_string_equal(t.reply, cases[c].reply);
		assert_int_equal(t.summary[39], cases[c].each);
		sw_pool_free(p);
		sw_mailer_free(m);
		script_server_stop(s);
	}
}

static void an_outage_is_waited_for_and_then_given_up(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ SW_VERB_CONNECT, 1, 0, SCRIPT_REPLY, 421, "4.3.2 Full", 0 },
			       { SW_VERB_CONNECT, 2, 0, SCRIPT_CLOSE, 0, "", 0 }) });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 1, &t);

	(void)state;
	add(p, 0, 5, 1);
	assert_ok(sw_pool_run(p));
	assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 5);
	assert_int_equal(script_server_sessions(s), 3);
	script_server_stop(s);
	/* Now it does not come back. */
	sw_pool_set_outage(p, 1);
	add(p, 5, 5, 1);
	assert_ok(sw_pool_run(p));
	assert_told(&t, 10);
	assert_int_equal(t.of[SW_SUMMARY_NOT_SENT], 5);
	assert_true(*t.trouble);
	sw_pool_free(p);
	sw_mailer_free(m);
}

static void a_server_that_hangs_is_left_at_its_deadline(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ SW_VERB_MESSAGE, 1, 3, SCRIPT_STALL, 0, "", 0 }) });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;

	(void)state;
	set(m, "timeout", "1");
	struct sw_pool *p = pool_for(m, 1, &t);
	add(p, 0, 10, 1);
	assert_ok(sw_pool_run(p));
	assert_told(&t, 10);
	assert_int_equal(t.summary[2], SW_SUMMARY_UNCERTAIN);
	assert_int_equal(t.of[SW_SUMMARY_UNCERTAIN], 1);
	assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 9);
	assert_int_equal(script_server_messages(s), 9);
	sw_pool_free(p);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void so_many_messages_a_session_and_no_more(void **state)
{
	static const char *const keywords[] = { NULL, "PIPELINING\nSIZE 0\nLIMITS MAILMAX=4" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(keywords); i++) {
		struct script_server *s =
			script_server_start(&(struct script_plan){ .keywords = keywords[i] });
		struct sw_mailer *m = mailer_for(s);
		struct tally t;
		struct sw_pool *p = pool_for(m, 1, &t);

		if (i == 0)
			sw_pool_set_session_messages(p, 4);
		add(p, 0, 12, 1);
		assert_ok(sw_pool_run(p));
		assert_int_equal(t.of[SW_SUMMARY_ACCEPTED], 12);
		assert_int_equal(script_server_sessions(s), 3);
		sw_pool_free(p);
		sw_mailer_free(m);
		script_server_stop(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_each_once_over_several_sessions),
		cmocka_unit_test(streams_the_next_behind_the_end_of_the_last),
		cmocka_unit_test(a_broken_session_leaves_one_uncertain_at_most),
		cmocka_unit_test(a_stale_session_is_replaced_before_it_is_used),
		cmocka_unit_test(a_refusal_is_that_of_its_own_message),
		cmocka_unit_test(what_ends_everything_is_asked_once),
		cmocka_unit_test(an_outage_is_waited_for_and_then_given_up),
		cmocka_unit_test(a_server_that_hangs_is_left_at_its_deadline),
		cmocka_unit_test(so_many_messages_a_session_and_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
