/* SPDX-License-Identifier: MIT */
/* A server that answers badly, falls silent or goes: what is known of the message then, and
 * when. */
#include "client_fixture.h"

#include <sys/resource.h>

/* In any session, any time; the delay counts for DRIP only. */
#define AT(verb, act, code, text)                                                             \
	{                                                                                     \
		SW_VERB_##verb, 0, 0, SCRIPT_##act, code, text,                               \
			SCRIPT_##act == SCRIPT_DRIP ? 20 : 0                                  \
	}
#define KNOWN(outcome, stage, ending, code)                                                   \
	SW_##outcome, SW_STAGE_##stage, SW_END_##ending, code

struct trouble {
	struct script_rule rule;
	enum sw_outcome outcome;
	enum sw_stage stage;
	enum sw_ending ending;
	int code;
};

/* Every place where a server can answer badly, fall silent or go, and what is known then. */
static void knows_what_became_of_the_message(void **state)
{
	static const struct trouble rows[] = {
		{ AT(CONNECT, REPLY, 554, "5.7.1 No"),
		  KNOWN(REJECTED, GREETING, REFUSED, 554) },
		{ AT(CONNECT, REPLY, 421, "Busy"), KNOWN(DEFERRED, GREETING, SHUTDOWN, 421) },
		{ AT(CONNECT, RAW, 0, "HTTP/1.0 400 Bad Request\r\n\r\n"),
		  KNOWN(NOT_SENT, GREETING, GARBAGE, 0) },
		{ AT(CONNECT, RAW, 0, "235 in already\r\n"),
		  KNOWN(NOT_SENT, GREETING, UNEXPECTED, 235) },
		{ AT(CONNECT, CLOSE, 0, NULL), KNOWN(NOT_SENT, GREETING, CLOSED, 0) },
		{ AT(CONNECT, RESET, 0, NULL), KNOWN(NOT_SENT, GREETING, IO, 0) },
		{ AT(EHLO, CLOSE, 0, NULL), KNOWN(NOT_SENT, EHLO, CLOSED, 0) },
		{ AT(EHLO, REPLY, 451, "Later"), KNOWN(DEFERRED, EHLO, REFUSED, 451) },
		{ AT(EHLO, FLOOD, 0, "250-AGAIN\r\n"), KNOWN(NOT_SENT, EHLO, ENDLESS, 0) },
		{ AT(EHLO, FLOOD, 0, "x"), KNOWN(NOT_SENT, EHLO, GARBAGE, 0) },
		{ AT(MAIL, REPLY, 550, "5.1.8 Bad sender"),
		  KNOWN(REJECTED, ENVELOPE, OK, 550) },
		{ AT(MAIL, REPLY, 421, "4.3.2 Going down"),
		  KNOWN(DEFERRED, ENVELOPE, OK, 421) },
		{ AT(MAIL, CLOSE, 0, NULL), KNOWN(NOT_SENT, ENVELOPE, CLOSED, 0) },
		{ AT(RCPT, REPLY, 451, "4.7.1 Greylisted"),
		  KNOWN(DEFERRED, ENVELOPE, OK, 451) },
		{ AT(DATA, REPLY, 554, "5.5.1 No"), KNOWN(REJECTED, DATA, OK, 554) },
		{ AT(DATA, RAW, 250, "250 Ok?\r\n"), KNOWN(NOT_SENT, DATA, UNEXPECTED, 250) },
		{ AT(DATA, RESET, 0, NULL), KNOWN(NOT_SENT, DATA, IO, 0) },
		{ AT(DATA, RAW, 354, "354 Go\r\n250 Thanks\r\n"),
		  KNOWN(NOT_SENT, DATA, UNSOLICITED, 250) },
		{ AT(EHLO, RAW, 250, "250 me\r\n250 again\r\n"),
		  KNOWN(NOT_SENT, ENVELOPE, UNSOLICITED, 250) },
		{ AT(MESSAGE, REPLY, 550, "5.7.1 Spam"), KNOWN(REJECTED, FINAL, OK, 550) },
		{ AT(MESSAGE, REPLY, 452, "4.3.1 Full"), KNOWN(DEFERRED, FINAL, OK, 452) },
		{ AT(MESSAGE, REPLY, 421, "4.4.2 Gone"), KNOWN(DEFERRED, FINAL, OK, 421) },
		{ AT(MESSAGE, CLOSE, 0, NULL), KNOWN(UNCERTAIN, FINAL, CLOSED, 0) },
		{ AT(MESSAGE, RESET, 0, NULL), KNOWN(UNCERTAIN, FINAL, IO, 0) },
		{ AT(MESSAGE, RAW, 250, "Sure\r\n"), KNOWN(UNCERTAIN, FINAL, GARBAGE, 0) },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		const struct sw_delivery_recipient *r = &f->d.recipients[0];
		if (r->outcome != rows[i].outcome || r->ending != rows[i].ending)
			print_error("# row %zu\n", i);
		expect_recipient(f, 0, rows[i].outcome, rows[i].stage, rows[i].ending,
				 rows[i].code);
		assert_row(i, f->d.stage == rows[i].stage && f->d.ending == rows[i].ending);
		assert_row(i, sw_facts_last(f->d.facts, SW_FACT_SESSION_END) != NULL);
		assert_row(i, sw_facts_dropped(f->d.facts) == 0);
		client_fixture_free(f);
	}
}

/* Silence in any stage ends with the stage's time, not later than a second after it. */
static void silence_ends_in_time(void **state)
{
	static const struct trouble rows[] = {
		{ AT(CONNECT, STALL, 0, NULL), KNOWN(NOT_SENT, GREETING, TIMEOUT, 0) },
		{ AT(CONNECT, DRIP, 0, "220-very slow greeting\r\n"),
		  KNOWN(NOT_SENT, GREETING, TIMEOUT, 0) },
		{ AT(EHLO, STALL, 0, NULL), KNOWN(NOT_SENT, EHLO, TIMEOUT, 0) },
		{ AT(MAIL, STALL, 0, NULL), KNOWN(NOT_SENT, ENVELOPE, TIMEOUT, 0) },
		{ AT(DATA, STALL, 0, NULL), KNOWN(NOT_SENT, DATA, TIMEOUT, 0) },
		{ AT(MESSAGE, STALL, 0, NULL), KNOWN(UNCERTAIN, FINAL, TIMEOUT, 0) },
		{ AT(MESSAGE, DRIP, 0, "250-thinking about it\r\n"),
		  KNOWN(UNCERTAIN, FINAL, TIMEOUT, 0) },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		f->set.timeout_us = 150 * 1000;
		uint64_t began = sw_context_now(f->c);
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		uint64_t took = sw_context_now(f->c) - began;
		expect_recipient(f, 0, rows[i].outcome, rows[i].stage, rows[i].ending,
				 rows[i].code);
		assert_row(i, took >= 150 * 1000 && sw_test_in_time(took, 1150 * 1000));
		client_fixture_free(f);
	}
}

static void the_deadline_of_the_call_counts_over_all_stages(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 220, "x", 60 },
		{ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_DATA, 0, 0, SCRIPT_REPLY, 354, "x", 60 },
		{ 0 },
	};
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	f->set.deadline_us = 150 * 1000;
	uint64_t began = sw_context_now(f->c);
	assert_ok(client_fixture_send(f, 1));
	assert_true(sw_test_in_time(sw_context_now(f->c) - began, 1150 * 1000));
	assert_int_equal(f->d.recipients[0].outcome, SW_NOT_SENT);
	assert_int_equal(f->d.recipients[0].ending, SW_END_DEADLINE);
	client_fixture_free(f);
}

struct beats {
	int count, stop_at;
};

static int beat(void *arg)
{
	struct beats *b = arg;
	return ++b->count >= b->stop_at;
}

static void the_heartbeat_stops_a_call(void **state)
{
	static const struct {
		enum sw_smtp_verb verb;
		enum sw_outcome outcome;
	} rows[] = {
		{ SW_VERB_CONNECT, SW_NOT_SENT },
		{ SW_VERB_MAIL, SW_NOT_SENT },
		{ SW_VERB_MESSAGE, SW_UNCERTAIN },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = {
			{ rows[i].verb, 0, 0, SCRIPT_STALL, 0, NULL, 0 }, { 0 }
		};
		struct client_fixture *f =
			client_fixture_new(&(struct script_plan){ .rules = rules });
		struct beats beats = { 0, 10 };
		f->c->hooks.beat_us = 10 * 1000;
		f->c->hooks.heartbeat = beat;
		f->c->hooks.heartbeat_arg = &beats;
		assert_ok(client_fixture_send(f, 1));
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, f->d.recipients[0].ending == SW_END_ABORTED);
		assert_row(i, beats.count == 10);
		client_fixture_free(f);
	}
}

/* An endless reply is stopped before it fills memory. */
static void an_endless_reply_takes_little_memory(void **state)
{
	struct rusage before, after;
	(void)state;
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_FLOOD, 0,
							"250-AGAIN AND AGAIN\r\n", 0 }) });
	getrusage(RUSAGE_SELF, &before);
	assert_ok(client_fixture_send(f, 1));
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(f->d.recipients[0].ending, SW_END_ENDLESS);
	assert_true(after.ru_maxrss - before.ru_maxrss < 2048);
	client_fixture_free(f);
}

static void a_refused_connection_is_told(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	f->set.port = 1;
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_TCP, SW_END_CONNECT, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TCP_ATTEMPT);
	assert_non_null(fact);
	assert_slice(sw_fact_text(fact, "errno_name"), "ECONNREFUSED");
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_became_of_the_message),
		cmocka_unit_test(silence_ends_in_time),
		cmocka_unit_test(the_deadline_of_the_call_counts_over_all_stages),
		cmocka_unit_test(the_heartbeat_stops_a_call),
		cmocka_unit_test(an_endless_reply_takes_little_memory),
		cmocka_unit_test(a_refused_connection_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
