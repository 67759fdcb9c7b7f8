/* SPDX-License-Identifier: MIT */
/* What is remembered of servers. */
#include "client_fixture.h"

#include "client/memory.h"

static void the_memory_keeps_what_was_noted_last(void **state)
{
	struct sw_memory m = { 0 };
	char host[32];
	(void)state;
	sw_memory_note(&m, "first.test", 25, SW_QUIRK_BDAT);
	sw_memory_away(&m, "first.test", 25, 1000);
	assert_true(sw_memory_has(&m, "first.test", 25, SW_QUIRK_BDAT));
	assert_false(sw_memory_has(&m, "first.test", 25, SW_QUIRK_PIPELINING));
	assert_false(sw_memory_has(&m, "first.test", 587, SW_QUIRK_BDAT));
	assert_true(sw_memory_is_away(&m, "first.test", 25, 999));
	assert_false(sw_memory_is_away(&m, "first.test", 25, 1000));
	sw_memory_away(&m, "first.test", 25, 0);
	assert_false(sw_memory_is_away(&m, "first.test", 25, 1));
	assert_true(sw_memory_has(&m, "first.test", 25, SW_QUIRK_BDAT));
	/* Who is there takes no place. */
	sw_memory_away(&m, "unknown.test", 25, 0);
	assert_false(sw_memory_is_away(&m, "unknown.test", 25, 0));
	for (int i = 0; i < SW_MAX_REMEMBERED; i++) {
		snprintf(host, sizeof(host), "h%d.test", i);
		sw_memory_note(&m, host, 25, SW_QUIRK_PIPELINING);
	}
	assert_false(sw_memory_has(&m, "first.test", 25, SW_QUIRK_BDAT));
	assert_true(sw_memory_has(&m, "h0.test", 25, SW_QUIRK_PIPELINING));
	sw_memory_fini(&m);
}

/* Answers MAIL and loses the rest of what came with it. */
static void a_server_that_loses_commands_gets_them_one_by_one(void **state)
{
	static const enum script_act acts[] = { SCRIPT_CLOSE, SCRIPT_RESET };
	(void)state;
	for (size_t i = 0; i < SW_LEN(acts); i++) {
		const struct script_rule rules[] = {
			{ SW_VERB_RCPT, 1, 0, acts[i], 0, NULL, 0 }, { 0 }
		};
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		f->set.timeout_us = 300 * 1000;
		assert_row(i, client_fixture_send(f, 3) == SW_OK);
		for (size_t k = 0; k < 3; k++)
			expect_recipient(f, k, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_row(i, script_server_sessions(f->server) == 2);
		assert_row(i, script_server_messages(f->server) == 1);
		assert_row(i, sw_memory_has(&f->c->memory, "127.0.0.1", f->set.port,
					    SW_QUIRK_PIPELINING));
		/* And from then on at once. */
		sw_session_close(f->c);
		assert_row(i, client_fixture_send(f, 3) == SW_OK);
		assert_row(i, script_server_sessions(f->server) == 3);
		client_fixture_free(f);
	}
}

/* A timeout is not waited for twice: the next call knows better. */
static void a_server_that_is_silent_gets_them_one_by_one_the_next_time(void **state)
{
	const struct script_rule rules[] = { { SW_VERB_RCPT, 1, 0, SCRIPT_STALL, 0, NULL, 0 },
					     { 0 } };
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	f->set.timeout_us = 300 * 1000;
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_TIMEOUT, 0);
	assert_int_equal(script_server_sessions(f->server), 1);
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_int_equal(script_server_sessions(f->server), 2);
	client_fixture_free(f);
}

static void who_fails_one_by_one_as_well_is_no_matter_of_pipelining(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){
		.rules = RULES({ SW_VERB_RCPT, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }) });
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_CLOSED, 0);
	assert_int_equal(script_server_sessions(f->server), 2);
	assert_false(
		sw_memory_has(&f->c->memory, "127.0.0.1", f->set.port, SW_QUIRK_PIPELINING));
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_memory_keeps_what_was_noted_last),
		cmocka_unit_test(a_server_that_loses_commands_gets_them_one_by_one),
		cmocka_unit_test(a_server_that_is_silent_gets_them_one_by_one_the_next_time),
		cmocka_unit_test(who_fails_one_by_one_as_well_is_no_matter_of_pipelining),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
