/* SPDX-License-Identifier: MIT */
/* Sessions that are opened, kept, replaced; and what the account says of each recipient. */
#include "client_fixture.h"

static void sends_and_keeps_the_session(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	for (int i = 0; i < 3; i++) {
		assert_ok(client_fixture_send(f, 2));
		expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		expect_recipient(f, 1, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_int_equal(f->d.stage, SW_STAGE_FINAL);
		assert_int_equal(f->d.final_reply.code, 250);
		assert_int_equal(f->d.bytes, f->source->facts.size_bytes);
	}
	assert_int_equal(script_server_sessions(f->server), 1);
	assert_int_equal(script_server_messages(f->server), 3);
	size_t len;
	char *text = script_server_message(f->server, &len);
	assert_string_equal(text, MESSAGE);
	free(text);
	client_fixture_free(f);
}

static void a_changed_setting_opens_a_new_session(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	assert_ok(client_fixture_send(f, 1));
	sw_context_changed(f->c);
	assert_ok(client_fixture_send(f, 1));
	assert_int_equal(script_server_sessions(f->server), 2);
	assert_true(client_fixture_log_has(f, "1 QUIT"));
	client_fixture_free(f);
}

/* One refused recipient does not stop the others, and keeps its own words. */
static void tells_of_each_recipient(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No such user", 0 },
		{ 0 },
	};
	(void)state;
	for (int pipelining = 0; pipelining < 2; pipelining++) {
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		f->set.pipelining = pipelining;
		assert_ok(client_fixture_send(f, 3));
		expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		expect_recipient(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
		expect_recipient(f, 2, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_slice(sw_slice_str(f->d.recipients[1].reply.text), "No such user");
		assert_int_equal(f->d.stage, SW_STAGE_ENVELOPE);
		/* The facts name the recipient. */
		bool named = false;
		for (size_t i = 0; i < sw_facts_count(f->d.facts); i++) {
			const struct sw_fact *fact = sw_facts_get(f->d.facts, i);
			if (fact->type == SW_FACT_REPLY && sw_fact_int(fact, "code", 0) == 550)
				named = sw_slice_eq(sw_fact_text(fact, "recipient"),
						    SW_S("two@b.test"));
		}
		assert_true(named);
		client_fixture_free(f);
	}
}

static void all_or_none_stops_for_one(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No such user", 0 },
		{ 0 },
	};
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	f->set.all_or_none = true;
	assert_ok(client_fixture_send(f, 3));
	assert_int_equal(f->d.recipients[0].outcome, SW_NOT_SENT);
	expect_recipient(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_int_equal(f->d.recipients[2].outcome, SW_NOT_SENT);
	assert_int_equal(script_server_messages(f->server), 0);
	client_fixture_free(f);
}

/* The server went while nobody looked: the next message takes a new session, and nobody
 * notices. */
static void replaces_a_session_that_died(void **state)
{
	static const char *const last_words[] = { "", "", "421 4.4.2 Idle too long\r\n",
						  "421 4.4.2 Idle too long\r\n" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(last_words); i++) {
		struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
		assert_ok(client_fixture_send(f, 1));
		script_server_hang_up(f->server, last_words[i]);
		/* Rested long enough to be looked at, or used at once: nobody notices either.
		 */
		if (i % 2)
			f->c->session->stage_since_us = 0;
		assert_ok(client_fixture_send(f, 1));
		expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_int_equal(script_server_sessions(f->server), 2);
		assert_int_equal(script_server_messages(f->server), 2);
		client_fixture_free(f);
	}
}

/* It dies when MAIL, RCPT or DATA of the second message comes: one more try, once, before the
 * dot only. */
static void tries_once_more_before_the_dot_and_never_after(void **state)
{
	static const struct {
		struct script_rule rule;
		enum sw_outcome outcome;
		unsigned sessions, messages;
	} rows[] = {
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_RESET, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_REPLY, 421, "4.4.2 Idle", 0 },
		  SW_ACCEPTED,
		  2,
		  2 },
		{ { SW_VERB_RCPT, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_DATA, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MESSAGE, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_UNCERTAIN, 1, 1 },
		{ { SW_VERB_MESSAGE, 1, 2, SCRIPT_REPLY, 421, "4.4.2 No", 0 },
		  SW_DEFERRED,
		  1,
		  1 },
		{ { SW_VERB_MAIL, 0, 2, SCRIPT_REPLY, 450, "4.4.2 Not now", 0 },
		  SW_DEFERRED,
		  1,
		  1 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		assert_row(i, f->d.recipients[0].outcome == SW_ACCEPTED);
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, script_server_sessions(f->server) == rows[i].sessions);
		assert_row(i, script_server_messages(f->server) == rows[i].messages);
		client_fixture_free(f);
	}
}

/* A fresh session that dies is not tried again: the second try would meet the same. */
static void does_not_try_a_fresh_session_twice(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){
		.rules = RULES({ SW_VERB_MAIL, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }) });
	assert_ok(client_fixture_send(f, 1));
	assert_int_equal(script_server_sessions(f->server), 1);
	client_fixture_free(f);
}

static void verifies_connection_login_and_recipients(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No", 0 },
		{ 0 },
	};
	struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	(void)state;
	struct client_fixture *f =
		client_fixture_new(&(struct script_plan){ .keywords = "PIPELINING\nAUTH PLAIN",
							  .user = "joe",
							  .password = "right",
							  .rules = rules });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	assert_ok(client_fixture_run(f, &job));
	assert_int_equal(f->d.ending, SW_END_OK);
	assert_int_equal(f->d.stage, SW_STAGE_EHLO);
	job.kind = SW_JOB_LOGIN;
	assert_ok(client_fixture_run(f, &job));
	assert_int_equal(f->d.ending, SW_END_OK);
	assert_int_equal(f->d.stage, SW_STAGE_AUTH);
	job.kind = SW_JOB_RECIPIENTS;
	job.recipients = three;
	job.recipient_count = 2;
	assert_ok(client_fixture_run(f, &job));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_ENVELOPE, SW_END_OK, 250);
	expect_recipient(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_int_equal(script_server_messages(f->server), 0);
	/* A session of a recipients' probe is as good as any. */
	assert_ok(client_fixture_send(f, 1));
	assert_int_equal(script_server_sessions(f->server), 3);
	client_fixture_free(f);
}

static void speaks_lmtp(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No", 0 },
		{ 0 },
	};
	static const struct sw_scheme lmtp = { .name = "lmtp", .port = 24, .lmtp = true };
	(void)state;
	struct client_fixture *f =
		client_fixture_new(&(struct script_plan){ .lmtp = true, .rules = rules });
	f->set.scheme = &lmtp;
	assert_ok(client_fixture_send(f, 2));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	expect_recipient(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_true(client_fixture_log_has(f, "1 LHLO"));
	client_fixture_free(f);
}

/* Stages pass in order and their times add up to the whole. */
static void times_add_up(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 250, "x", 100 },
		{ SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 250, "x", 100 },
		{ 0 },
	};
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	uint64_t sum = 0;
	assert_ok(client_fixture_send(f, 1));
	for (size_t i = 0; i < SW_STAGE_COUNT; i++)
		sum += f->d.stage_us[i];
	assert_true(sum <= f->d.total_us && f->d.total_us - sum < 90 * 1000);
	assert_true(f->d.stage_us[SW_STAGE_EHLO] >= 100 * 1000);
	assert_true(f->d.stage_us[SW_STAGE_FINAL] >= 100 * 1000);
	assert_int_equal(f->d.reached, SW_STAGE_FINAL);
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_and_keeps_the_session),
		cmocka_unit_test(a_changed_setting_opens_a_new_session),
		cmocka_unit_test(tells_of_each_recipient),
		cmocka_unit_test(all_or_none_stops_for_one),
		cmocka_unit_test(replaces_a_session_that_died),
		cmocka_unit_test(tries_once_more_before_the_dot_and_never_after),
		cmocka_unit_test(does_not_try_a_fresh_session_twice),
		cmocka_unit_test(verifies_connection_login_and_recipients),
		cmocka_unit_test(speaks_lmtp),
		cmocka_unit_test(times_add_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
