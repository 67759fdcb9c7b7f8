/* SPDX-License-Identifier: MIT */
/* Sessions and transactions against a server that misbehaves: what the account says in the end. */
#include "script_server.h"
#include "sw_test.h"

#include <sys/resource.h>
#include <unistd.h>

#include "certs.h"

#include "base/world.h"
#include "client/attempt.h"
#include "client/session.h"
#include "mail/ready.h"

#define MESSAGE "From: a@b.test\r\nSubject: x\r\n\r\n.dot\r\nhello\r\n"
#define RULES(...) (const struct script_rule[]){ __VA_ARGS__, { 0 } }

struct fixture {
	struct script_server *server;
	struct sw_client_settings set;
	struct sw_context *c;
	struct sw_source *source;
	struct sw_delivery d;
	bool delivered;
	struct sw_error err;
};

static struct fixture *set_up(const struct script_plan *plan)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct sw_ready_options options = { 0 };
	assert_non_null(f);
	f->server = script_server_start(plan);
	sw_client_settings_init(&f->set);
	assert_ok(sw_client_settings_server(&f->set, "127.0.0.1", &f->err));
	f->set.port = script_server_port(f->server);
	f->set.tls = SW_TLS_OFF;
	f->set.ehlo = sw_strdup("me.test");
	f->set.timeout_us = 5 * 1000 * 1000;
	assert_ok(sw_ready_memory(SW_S(MESSAGE), &options, &f->source, &f->err));
	f->c = sw_context_new(sw_world_real(), &f->set, &f->err);
	assert_non_null(f->c);
	return f;
}

static void forget(struct fixture *f)
{
	if (f->delivered)
		sw_delivery_fini(&f->d);
	f->delivered = false;
}

static void tear_down(struct fixture *f)
{
	forget(f);
	sw_context_free(f->c);
	sw_source_free(f->source);
	sw_client_settings_fini(&f->set);
	script_server_stop(f->server);
	free(f);
}

static enum sw_err run_job(struct fixture *f, const struct sw_job *job)
{
	forget(f);
	assert_ok(sw_delivery_init(&f->d, job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	enum sw_err e = sw_attempt_run(f->c, job, &f->d, &f->err);
	f->d.facts = sw_context_end_call(f->c);
	return e;
}

static const char *const three[] = { "one@b.test", "two@b.test", "three@b.test" };

static enum sw_err send_to(struct fixture *f, size_t count)
{
	struct sw_job job = { .kind = SW_JOB_SEND, .sender = "a@b.test", .recipients = three,
			      .recipient_count = count, .source = f->source };
	return run_job(f, &job);
}

static void expect(const struct fixture *f, size_t i, enum sw_outcome outcome, enum sw_stage stage,
		   enum sw_ending ending, int code)
{
	const struct sw_delivery_recipient *r = &f->d.recipients[i];
	if (r->outcome != outcome || r->stage != stage || r->ending != ending || r->reply.code != code)
		print_error("# recipient %zu: %s at %s, \"%s\", %d\n", i, sw_outcome_name(r->outcome),
			    sw_stage_name(r->stage), sw_ending_name(r->ending), r->reply.code);
	assert_int_equal(r->outcome, outcome);
	assert_int_equal(r->stage, stage);
	assert_int_equal(r->ending, ending);
	assert_int_equal(r->reply.code, code);
}

static bool log_has(struct fixture *f, const char *line)
{
	char *log = script_server_log(f->server);
	bool found = strstr(log, line) != NULL;
	if (!found)
		print_error("# no \"%s\" in:\n%s", line, log);
	free(log);
	return found;
}

static void sends_and_keeps_the_session(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	for (int i = 0; i < 3; i++) {
		assert_ok(send_to(f, 2));
		expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		expect(f, 1, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
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
	tear_down(f);
}

static void a_changed_setting_opens_a_new_session(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	assert_ok(send_to(f, 1));
	sw_context_changed(f->c);
	assert_ok(send_to(f, 1));
	assert_int_equal(script_server_sessions(f->server), 2);
	assert_true(log_has(f, "1 QUIT"));
	tear_down(f);
}

/* One refused recipient does not stop the others, and keeps its own words. */
static void tells_of_each_recipient(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No such user", 0 }, { 0 },
	};
	(void)state;
	for (int pipelining = 0; pipelining < 2; pipelining++) {
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
		f->set.pipelining = pipelining;
		assert_ok(send_to(f, 3));
		expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		expect(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
		expect(f, 2, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
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
		tear_down(f);
	}
}

static void all_or_none_stops_for_one(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No such user", 0 }, { 0 },
	};
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
	f->set.all_or_none = true;
	assert_ok(send_to(f, 3));
	assert_int_equal(f->d.recipients[0].outcome, SW_NOT_SENT);
	expect(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_int_equal(f->d.recipients[2].outcome, SW_NOT_SENT);
	assert_int_equal(script_server_messages(f->server), 0);
	tear_down(f);
}

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
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 554, "5.7.1 No", 0 },
		  SW_REJECTED, SW_STAGE_GREETING, SW_END_REFUSED, 554 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 421, "Busy", 0 },
		  SW_DEFERRED, SW_STAGE_GREETING, SW_END_SHUTDOWN, 421 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_RAW, 0, "HTTP/1.0 400 Bad Request\r\n\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_GARBAGE, 0 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_RAW, 0, "235 in already\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_UNEXPECTED, 235 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_CLOSED, 0 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_RESET, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_IO, 0 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_EHLO, SW_END_CLOSED, 0 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 451, "Later", 0 },
		  SW_DEFERRED, SW_STAGE_EHLO, SW_END_REFUSED, 451 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_FLOOD, 0, "250-AGAIN\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_EHLO, SW_END_ENDLESS, 0 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_FLOOD, 0, "x", 0 },
		  SW_NOT_SENT, SW_STAGE_EHLO, SW_END_GARBAGE, 0 },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 550, "5.1.8 Bad sender", 0 },
		  SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550 },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 421, "4.3.2 Going down", 0 },
		  SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 421 },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_CLOSED, 0 },
		{ { SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 451, "4.7.1 Greylisted", 0 },
		  SW_DEFERRED, SW_STAGE_ENVELOPE, SW_END_OK, 451 },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_REPLY, 554, "5.5.1 No", 0 },
		  SW_REJECTED, SW_STAGE_DATA, SW_END_OK, 554 },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_RAW, 250, "250 Ok?\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_DATA, SW_END_UNEXPECTED, 0 },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_RESET, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_DATA, SW_END_IO, 0 },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_RAW, 354, "354 Go\r\n250 Thanks\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_DATA, SW_END_UNSOLICITED, 0 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_RAW, 250, "250 me\r\n250 again\r\n", 0 },
		  SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_UNSOLICITED, 250 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 550, "5.7.1 Spam", 0 },
		  SW_REJECTED, SW_STAGE_FINAL, SW_END_OK, 550 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 452, "4.3.1 Full", 0 },
		  SW_DEFERRED, SW_STAGE_FINAL, SW_END_OK, 452 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 421, "4.4.2 Gone", 0 },
		  SW_DEFERRED, SW_STAGE_FINAL, SW_END_OK, 421 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 },
		  SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_CLOSED, 0 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_RESET, 0, NULL, 0 },
		  SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_IO, 0 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_RAW, 250, "Sure\r\n", 0 },
		  SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_GARBAGE, 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
		assert_row(i, send_to(f, 1) == SW_OK);
		const struct sw_delivery_recipient *r = &f->d.recipients[0];
		if (r->outcome != rows[i].outcome || r->ending != rows[i].ending)
			print_error("# row %zu\n", i);
		expect(f, 0, rows[i].outcome, rows[i].stage, rows[i].ending, rows[i].code);
		assert_row(i, f->d.stage == rows[i].stage && f->d.ending == rows[i].ending);
		assert_row(i, sw_facts_last(f->d.facts, SW_FACT_SESSION_END) != NULL);
		assert_row(i, sw_facts_dropped(f->d.facts) == 0);
		tear_down(f);
	}
}

/* Silence in any stage ends with the stage's time, not later than a second after it. */
static void silence_ends_in_time(void **state)
{
	static const struct trouble rows[] = {
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_CONNECT, 0, 0, SCRIPT_DRIP, 0, "220-very slow greeting\r\n", 20 },
		  SW_NOT_SENT, SW_STAGE_GREETING, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_EHLO, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_MAIL, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_ENVELOPE, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_DATA, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		  SW_NOT_SENT, SW_STAGE_DATA, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		  SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_TIMEOUT, 0 },
		{ { SW_VERB_MESSAGE, 0, 0, SCRIPT_DRIP, 0, "250-thinking about it\r\n", 20 },
		  SW_UNCERTAIN, SW_STAGE_FINAL, SW_END_TIMEOUT, 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
		f->set.timeout_us = 150 * 1000;
		uint64_t began = sw_context_now(f->c);
		assert_row(i, send_to(f, 1) == SW_OK);
		uint64_t took = sw_context_now(f->c) - began;
		expect(f, 0, rows[i].outcome, rows[i].stage, rows[i].ending, rows[i].code);
		assert_row(i, took >= 150 * 1000 && took < 1150 * 1000);
		tear_down(f);
	}
}

static void the_deadline_of_the_call_counts_over_all_stages(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_CONNECT, 0, 0, SCRIPT_REPLY, 220, "x", 60 },
		{ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_RCPT, 0, 0, SCRIPT_REPLY, 250, "x", 60 },
		{ SW_VERB_DATA, 0, 0, SCRIPT_REPLY, 354, "x", 60 }, { 0 },
	};
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
	f->set.deadline_us = 150 * 1000;
	uint64_t began = sw_context_now(f->c);
	assert_ok(send_to(f, 1));
	assert_true(sw_context_now(f->c) - began < 1150 * 1000);
	assert_int_equal(f->d.recipients[0].outcome, SW_NOT_SENT);
	assert_int_equal(f->d.recipients[0].ending, SW_END_DEADLINE);
	tear_down(f);
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
		const struct script_rule rules[] = { { rows[i].verb, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
						     { 0 } };
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
		struct beats beats = { 0, 10 };
		f->c->hooks.beat_us = 10 * 1000;
		f->c->hooks.heartbeat = beat;
		f->c->hooks.heartbeat_arg = &beats;
		assert_ok(send_to(f, 1));
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, f->d.recipients[0].ending == SW_END_ABORTED);
		assert_row(i, beats.count == 10);
		tear_down(f);
	}
}

/* The server went while nobody looked: the next message takes a new session, and nobody notices. */
static void replaces_a_session_that_died(void **state)
{
	static const char *const last_words[] = { "", "421 4.4.2 Idle too long\r\n" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(last_words); i++) {
		struct fixture *f = set_up(&(struct script_plan){ 0 });
		assert_ok(send_to(f, 1));
		script_server_hang_up(f->server, last_words[i]);
		assert_ok(send_to(f, 1));
		expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		assert_int_equal(script_server_sessions(f->server), 2);
		assert_int_equal(script_server_messages(f->server), 2);
		tear_down(f);
	}
}

/* It dies when MAIL, RCPT or DATA of the second message comes: one more try, once, before the dot only. */
static void tries_once_more_before_the_dot_and_never_after(void **state)
{
	static const struct {
		struct script_rule rule;
		enum sw_outcome outcome;
		unsigned sessions, messages;
	} rows[] = {
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_RESET, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MAIL, 1, 2, SCRIPT_REPLY, 421, "4.4.2 Idle", 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_RCPT, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_DATA, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_ACCEPTED, 2, 2 },
		{ { SW_VERB_MESSAGE, 1, 2, SCRIPT_CLOSE, 0, NULL, 0 }, SW_UNCERTAIN, 1, 1 },
		{ { SW_VERB_MESSAGE, 1, 2, SCRIPT_REPLY, 421, "4.4.2 No", 0 }, SW_DEFERRED, 1, 1 },
		{ { SW_VERB_MAIL, 0, 2, SCRIPT_REPLY, 450, "4.4.2 Not now", 0 }, SW_DEFERRED, 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
		assert_row(i, send_to(f, 1) == SW_OK);
		assert_row(i, f->d.recipients[0].outcome == SW_ACCEPTED);
		assert_row(i, send_to(f, 1) == SW_OK);
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, script_server_sessions(f->server) == rows[i].sessions);
		assert_row(i, script_server_messages(f->server) == rows[i].messages);
		tear_down(f);
	}
}

/* A fresh session that dies is not tried again: the second try would meet the same. */
static void does_not_try_a_fresh_session_twice(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.rules = RULES({ SW_VERB_MAIL, 0, 0, SCRIPT_CLOSE, 0, NULL, 0 }) });
	assert_ok(send_to(f, 1));
	assert_int_equal(script_server_sessions(f->server), 1);
	tear_down(f);
}

static void a_message_that_does_not_fit_is_not_sent(void **state)
{
	static const struct {
		const char *keywords, *message;
		bool smtputf8;
		enum sw_ending ending;
	} rows[] = {
		{ "PIPELINING", "Subject: \xc3\xa4\r\n\r\n\r\n", false, SW_END_NEEDS_8BITMIME },
		{ "8BITMIME", "Subject: x\r\n\r\n\r\n", true, SW_END_NEEDS_SMTPUTF8 },
		{ "SIZE 10", "Subject: x\r\n\r\n\r\n", false, SW_END_TOO_BIG },
	};
	const struct sw_ready_options options = { 0 };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct fixture *f = set_up(&(struct script_plan){ .keywords = rows[i].keywords });
		struct sw_job job = { .kind = SW_JOB_SEND, .sender = "a@b.test", .recipients = three,
				      .recipient_count = 1, .smtputf8 = rows[i].smtputf8 };
		assert_ok(sw_ready_memory(sw_slice_str(rows[i].message), &options, &job.source, NULL));
		assert_row(i, run_job(f, &job) == SW_OK);
		expect(f, 0, SW_NOT_SENT, SW_STAGE_ENVELOPE, rows[i].ending, 0);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "MAIL"));
		free(log);
		sw_source_free(job.source);
		tear_down(f);
	}
}

static void logs_in_and_hides_the_secret(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.keywords = "AUTH CRAM-MD5 SCRAM-SHA-256", .user = "joe", .password = "SEKRIT-4711" });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
	f->set.auth = sw_strdup("SCRAM-SHA-256");
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_true(log_has(f, "1 AUTH SCRAM-SHA-256"));
	tear_down(f);
}

/* A reply too many, in the same bytes as the one that asks for the login. */
static void does_not_log_in_to_a_server_that_talks_too_much(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_RAW, 250,
				 "250-me\r\n250 AUTH PLAIN\r\n235 in\r\n", 0 }) });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_UNSOLICITED, 235);
	char *log = script_server_log(f->server);
	assert_null(strstr(log, "AUTH"));
	free(log);
	tear_down(f);
}

static void tries_a_refused_secret_never_again(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.keywords = "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1", .user = "joe", .password = "right" });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("wrong")));
	f->set.auth = sw_strdup("CRAM-MD5,PLAIN,LOGIN");
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 535);
	char *log = script_server_log(f->server);
	char *first = strstr(log, "AUTH");
	assert_non_null(first);
	assert_null(strstr(first + 1, "AUTH"));
	free(log);
	assert_true(log_has(f, "1 QUIT"));
	tear_down(f);
}

static void takes_the_next_mechanism_when_one_is_refused(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.keywords = "AUTH PLAIN SCRAM-SHA-1", .user = "joe", .password = "right",
		.rules = RULES({ SW_VERB_AUTH, 0, 1, SCRIPT_REPLY, 504, "5.5.4 Not that one", 0 }) });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	f->set.auth = sw_strdup("SCRAM-SHA-1,PLAIN");
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_true(log_has(f, "1 AUTH PLAIN"));
	tear_down(f);
}

/* Whatever an active attacker leaves of the list, PLAIN does not go out in clear unasked. */
static void sends_no_password_in_clear(void **state)
{
	static const struct {
		const char *keywords;
		enum sw_ending ending;
	} rows[] = {
		{ "AUTH PLAIN LOGIN", SW_END_NO_MECHANISM },
		{ "AUTH BOGUS", SW_END_NO_MECHANISM },
		{ "PIPELINING", SW_END_NO_AUTH },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct fixture *f = set_up(&(struct script_plan){ .keywords = rows[i].keywords,
								  .user = "joe", .password = "x" });
		f->set.user = sw_strdup("joe");
		assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
		assert_row(i, send_to(f, 1) == SW_OK);
		expect(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, rows[i].ending, 0);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "1 AUTH") && !strstr(log, "1 MAIL"));
		free(log);
		tear_down(f);
	}
}

/* A server that echoes what it got must not make us show it. */
static void an_echoed_secret_is_not_shown(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.keywords = "AUTH PLAIN",
		.rules = RULES({ SW_VERB_AUTH, 0, 0, SCRIPT_REPLY, 535,
				 "5.7.8 AGpvZQBTRUtSSVQtNDcxMQ== and SEKRIT-4711 are wrong", 0 }) });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 535);
	struct sw_buf out;
	sw_buf_init(&out, 1 << 20);
	assert_ok(sw_case_write(f->d.facts, "", &out, NULL));
	for (size_t i = 0; i < sw_transcript_count(f->c->transcript); i++)
		assert_ok(sw_buf_add(&out, sw_transcript_get(f->c->transcript, i).text));
	assert_contains(sw_buf_str(&out), "are wrong");
	assert_null(strstr(sw_buf_str(&out), "SEKRIT"));
	assert_null(strstr(sw_buf_str(&out), "AGpvZQBT"));
	sw_buf_fini(&out);
	tear_down(f);
}

/* Lines of 50 bytes behind a short header; every one begins with a dot. */
static char *big_message(size_t len)
{
	static const char head[] = "Subject: big\r\n\r\n";
	char *big = malloc(len + 1);
	assert_non_null(big);
	for (size_t i = 0; i < len; i++)
		big[i] = i % 50 == 0 ? '.' : i % 50 == 48 ? '\r' : i % 50 == 49 ? '\n' : 'x';
	memcpy(big, head, sizeof(head) - 1);
	big[len] = '\0';
	return big;
}

static void a_server_that_stops_reading_gets_its_last_words_heard(void **state)
{
	const struct sw_ready_options options = { 0 };
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ .close_after_data = 100000 });
	size_t len = 30 * 1000 * 1000;
	char *big = big_message(len);
	sw_source_free(f->source);
	assert_ok(sw_ready_memory(sw_slice(big, len), &options, &f->source, NULL));
	free(big);
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_DATA, SW_END_IO, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_DATA_PROGRESS);
	assert_non_null(fact);
	assert_int_equal(sw_fact_int(fact, "dot_sent", -1), 0);
	assert_true(sw_fact_int(fact, "sent_bytes", -1) > 0);
	assert_true(sw_fact_int(fact, "sent_bytes", -1) < (int64_t)len);
	tear_down(f);
}

/* A source that breaks half way: what a file does that shrinks, or a disk that fails. */
struct broken_source {
	struct sw_source source;
	size_t left;
};

static enum sw_err broken_rewind(struct sw_source *s, struct sw_error *err)
{
	(void)err;
	((struct broken_source *)s)->left = 1000 * 1000;
	return SW_OK;
}

static enum sw_err broken_read(struct sw_source *s, char *out, size_t size, size_t *ret_len,
			       struct sw_error *err)
{
	struct broken_source *b = (struct broken_source *)s;
	if (b->left < size)
		return sw_fail(err, SW_E_IO, "the disk is gone");
	memset(out, 'x', size);
	b->left -= size;
	*ret_len = size;
	return SW_OK;
}

static void a_source_that_breaks_sends_no_dot(void **state)
{
	static const struct sw_source_ops ops = { broken_rewind, broken_read, NULL };
	struct broken_source broken = { .source = { .ops = &ops, .facts = { .size_bytes = 2000000 } } };
	struct sw_job job = { .kind = SW_JOB_SEND, .sender = "a@b.test", .recipients = three,
			      .recipient_count = 1, .source = &broken.source };
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	assert_err(run_job(f, &job), SW_E_IO);
	assert_contains(f->err.text, "the disk is gone");
	assert_null(f->c->session);
	assert_ok(send_to(f, 1));
	assert_int_equal(script_server_messages(f->server), 1);
	tear_down(f);
}

static void big_messages_arrive_whole(void **state)
{
	const struct sw_ready_options options = { 0 };
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	size_t len = 5 * 1000 * 1000, got;
	char *big = big_message(len);
	sw_source_free(f->source);
	assert_ok(sw_ready_memory(sw_slice(big, len), &options, &f->source, NULL));
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	char *text = script_server_message(f->server, &got);
	assert_int_equal(got, len);
	assert_memory_equal(text, big, len);
	free(text);
	free(big);
	tear_down(f);
}

/* An endless reply is stopped before it fills memory. */
static void an_endless_reply_takes_little_memory(void **state)
{
	struct rusage before, after;
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_FLOOD, 0, "250-AGAIN AND AGAIN\r\n", 0 }) });
	getrusage(RUSAGE_SELF, &before);
	assert_ok(send_to(f, 1));
	getrusage(RUSAGE_SELF, &after);
	assert_int_equal(f->d.recipients[0].ending, SW_END_ENDLESS);
	assert_true(after.ru_maxrss - before.ru_maxrss < 2048);
	tear_down(f);
}

static void verifies_connection_login_and_recipients(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No", 0 }, { 0 },
	};
	struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){
		.keywords = "PIPELINING\nAUTH PLAIN", .user = "joe", .password = "right", .rules = rules });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	assert_ok(run_job(f, &job));
	assert_int_equal(f->d.ending, SW_END_OK);
	assert_int_equal(f->d.stage, SW_STAGE_EHLO);
	job.kind = SW_JOB_LOGIN;
	assert_ok(run_job(f, &job));
	assert_int_equal(f->d.ending, SW_END_OK);
	assert_int_equal(f->d.stage, SW_STAGE_AUTH);
	job.kind = SW_JOB_RECIPIENTS;
	job.recipients = three;
	job.recipient_count = 2;
	assert_ok(run_job(f, &job));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_ENVELOPE, SW_END_OK, 250);
	expect(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_int_equal(script_server_messages(f->server), 0);
	/* A session of a recipients' probe is as good as any. */
	assert_ok(send_to(f, 1));
	assert_int_equal(script_server_sessions(f->server), 3);
	tear_down(f);
}

static void speaks_lmtp(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No", 0 }, { 0 },
	};
	static const struct sw_scheme lmtp = { "lmtp", 24, false, true };
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ .lmtp = true, .rules = rules });
	f->set.scheme = &lmtp;
	assert_ok(send_to(f, 2));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	expect(f, 1, SW_REJECTED, SW_STAGE_ENVELOPE, SW_END_OK, 550);
	assert_true(log_has(f, "1 LHLO"));
	tear_down(f);
}

/* Stages pass in order and their times add up to the whole. */
static void times_add_up(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 250, "x", 30 },
		{ SW_VERB_MESSAGE, 0, 0, SCRIPT_REPLY, 250, "x", 30 }, { 0 },
	};
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ .rules = rules });
	uint64_t sum = 0;
	assert_ok(send_to(f, 1));
	for (size_t i = 0; i < SW_STAGE_COUNT; i++)
		sum += f->d.stage_us[i];
	assert_true(sum <= f->d.total_us && f->d.total_us - sum < 20 * 1000);
	assert_true(f->d.stage_us[SW_STAGE_EHLO] >= 30 * 1000);
	assert_true(f->d.stage_us[SW_STAGE_FINAL] >= 30 * 1000);
	assert_int_equal(f->d.reached, SW_STAGE_FINAL);
	tear_down(f);
}

static void a_refused_connection_is_told(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	f->set.port = 1;
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_TCP, SW_END_CONNECT, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TCP_ATTEMPT);
	assert_non_null(fact);
	assert_slice(sw_fact_text(fact, "errno_name"), "ECONNREFUSED");
	tear_down(f);
}

/* A server's certificate for 127.0.0.1 and the file of the CA that issued it. */
struct pki {
	struct test_cert *ca, *leaf;
	char ca_file[64];
};

static void make_pki(struct pki *p, const char *san)
{
	p->ca = test_cert_new(&(struct test_cert_wish){ .cn = "Test CA", .ca = true }, NULL);
	p->leaf = test_cert_new(&(struct test_cert_wish){ .san = san, .eku = "serverAuth" }, p->ca);
	snprintf(p->ca_file, sizeof(p->ca_file), "/tmp/sw-test-ca-XXXXXX");
	int fd = mkstemp(p->ca_file);
	assert_true(fd >= 0);
	assert_ok(sw_fd_write(fd, sw_slice_str(p->ca->pem), NULL));
	close(fd);
}

static void drop_pki(struct pki *p)
{
	unlink(p->ca_file);
	test_cert_free(p->leaf);
	test_cert_free(p->ca);
}

static struct fixture *set_up_tls(const struct pki *p, struct script_plan plan, enum sw_tls_mode mode)
{
	plan.cert_pem = p->leaf->pem;
	plan.key_pem = p->leaf->key_pem;
	struct fixture *f = set_up(&plan);
	f->set.tls = mode;
	f->set.ca_file = sw_strdup(p->ca_file);
	return f;
}

static void encrypts_in_both_ways_and_logs_in(void **state)
{
	static const struct {
		bool implicit;
		enum sw_tls_mode mode;
	} rows[] = { { true, SW_TLS_IMPLICIT }, { false, SW_TLS_STARTTLS },
		     { false, SW_TLS_OPPORTUNISTIC } };
	struct pki pki;
	(void)state;
	make_pki(&pki, "IP:127.0.0.1");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct fixture *f = set_up_tls(&pki, (struct script_plan){
			.implicit_tls = rows[i].implicit, .user = "joe", .password = "right",
			.keywords = rows[i].implicit ? "AUTH PLAIN\nPIPELINING" : "STARTTLS",
			.tls_keywords = "AUTH PLAIN SCRAM-SHA-256\nPIPELINING" }, rows[i].mode);
		f->set.user = sw_strdup("joe");
		assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
		for (int n = 0; n < 2; n++) {
			assert_row(i, send_to(f, 1) == SW_OK);
			expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
		}
		assert_row(i, script_server_sessions(f->server) == 1);
		assert_row(i, f->d.server.tls_version[0] && f->d.server.tls_verified);
		assert_row(i, log_has(f, "1 AUTH SCRAM-SHA-256"));
		tear_down(f);
	}
	drop_pki(&pki);
}

static void a_bad_certificate_ends_the_session(void **state)
{
	struct pki pki;
	(void)state;
	make_pki(&pki, "DNS:other.test");
	struct fixture *f = set_up_tls(&pki, (struct script_plan){ .keywords = "STARTTLS" },
				       SW_TLS_STARTTLS);
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0);
	const struct sw_fact *fact = sw_facts_last(f->d.facts, SW_FACT_TLS_HANDSHAKE);
	assert_non_null(fact);
	assert_int_equal(sw_fact_int(fact, "ok", 1), 0);
	assert_true(sw_fact_int(fact, "verify_code", 0) != 0);
	assert_non_null(sw_facts_last(f->d.facts, SW_FACT_TLS_CERTIFICATE));
	char *log = script_server_log(f->server);
	assert_null(strstr(log, "MAIL"));
	free(log);
	/* With the name that it is for all is well. */
	f->set.tls_name = sw_strdup("other.test");
	sw_context_changed(f->c);
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	tear_down(f);
	drop_pki(&pki);
}

/* Opportunistic: any certificate will do, and where TLS breaks the mail goes without. Required: never. */
static void only_opportunistic_mail_goes_in_clear(void **state)
{
	static const struct {
		enum sw_tls_mode mode;
		const char *keywords;
		struct script_rule rule;
		enum sw_outcome outcome;
		enum sw_ending ending;
	} rows[] = {
		{ SW_TLS_STARTTLS, "PIPELINING", { 0 }, SW_NOT_SENT, SW_END_NO_STARTTLS },
		{ SW_TLS_OPPORTUNISTIC, "PIPELINING", { 0 }, SW_ACCEPTED, SW_END_OK },
		{ SW_TLS_STARTTLS, "STARTTLS", { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 454, "4.7.0 No", 0 },
		  SW_DEFERRED, SW_END_REFUSED },
		{ SW_TLS_STARTTLS, "STARTTLS", { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 502, "5.5.1 No", 0 },
		  SW_NOT_SENT, SW_END_REFUSED },
		{ SW_TLS_OPPORTUNISTIC, "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 454, "4.7.0 No", 0 }, SW_ACCEPTED, SW_END_OK },
		{ SW_TLS_STARTTLS, "STARTTLS",
		  { SW_VERB_STARTTLS, 0, 0, SCRIPT_RAW, 220, "220 go\r\n250 injected\r\n", 0 },
		  SW_NOT_SENT, SW_END_TLS_INJECTION },
		{ SW_TLS_STARTTLS, "STARTTLS", { SW_VERB_STARTTLS, 0, 0, SCRIPT_RAW, 250, "220 go\r\n", 0 },
		  SW_NOT_SENT, SW_END_TLS },
		{ SW_TLS_OPPORTUNISTIC, "STARTTLS",
		  { SW_VERB_STARTTLS, 1, 0, SCRIPT_RAW, 250, "220 go\r\n", 0 }, SW_ACCEPTED, SW_END_OK },
	};
	struct pki pki;
	(void)state;
	make_pki(&pki, "DNS:other.test");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct fixture *f = set_up_tls(&pki, (struct script_plan){ .keywords = rows[i].keywords,
									   .rules = rules },
					       rows[i].mode);
		f->set.timeout_us = 500 * 1000;
		assert_row(i, send_to(f, 1) == SW_OK);
		if (f->d.recipients[0].ending != rows[i].ending)
			print_error("# row %zu: %s %s\n", i, sw_outcome_name(f->d.recipients[0].outcome),
				    sw_ending_name(f->d.recipients[0].ending));
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, f->d.recipients[0].ending == rows[i].ending);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "MAIL") == (rows[i].outcome != SW_ACCEPTED));
		free(log);
		tear_down(f);
	}
	drop_pki(&pki);
}

/* TLS where the server speaks first, and silence where it waits for TLS. */
static void the_wrong_port_is_told_by_first_bytes(void **state)
{
	struct pki pki;
	(void)state;
	make_pki(&pki, "IP:127.0.0.1");
	struct fixture *f = set_up_tls(&pki, (struct script_plan){ 0 }, SW_TLS_IMPLICIT);
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_TLS, SW_END_TLS, 0);
	assert_slice(sw_fact_text(sw_facts_last(f->d.facts, SW_FACT_FIRST_BYTES), "speaks"), "smtp");
	tear_down(f);

	f = set_up_tls(&pki, (struct script_plan){ .implicit_tls = true }, SW_TLS_STARTTLS);
	f->set.timeout_us = 100 * 1000;
	assert_ok(send_to(f, 1));
	expect(f, 0, SW_NOT_SENT, SW_STAGE_GREETING, SW_END_TIMEOUT, 0);
	assert_slice(sw_fact_text(sw_facts_last(f->d.facts, SW_FACT_FIRST_BYTES), "hex"), "");
	tear_down(f);
	drop_pki(&pki);
}

static void a_ca_file_that_cannot_be_read_is_our_failure(void **state)
{
	(void)state;
	struct fixture *f = set_up(&(struct script_plan){ 0 });
	f->set.tls = SW_TLS_STARTTLS;
	f->set.ca_file = sw_strdup("/nonexistent/ca.pem");
	assert_int_not_equal(send_to(f, 1), SW_OK);
	assert_contains(f->err.text, "/nonexistent/ca.pem");
	assert_int_equal(script_server_sessions(f->server), 0);
	tear_down(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_and_keeps_the_session),
		cmocka_unit_test(a_changed_setting_opens_a_new_session),
		cmocka_unit_test(tells_of_each_recipient),
		cmocka_unit_test(all_or_none_stops_for_one),
		cmocka_unit_test(knows_what_became_of_the_message),
		cmocka_unit_test(silence_ends_in_time),
		cmocka_unit_test(the_deadline_of_the_call_counts_over_all_stages),
		cmocka_unit_test(the_heartbeat_stops_a_call),
		cmocka_unit_test(replaces_a_session_that_died),
		cmocka_unit_test(tries_once_more_before_the_dot_and_never_after),
		cmocka_unit_test(does_not_try_a_fresh_session_twice),
		cmocka_unit_test(a_message_that_does_not_fit_is_not_sent),
		cmocka_unit_test(logs_in_and_hides_the_secret),
		cmocka_unit_test(does_not_log_in_to_a_server_that_talks_too_much),
		cmocka_unit_test(tries_a_refused_secret_never_again),
		cmocka_unit_test(takes_the_next_mechanism_when_one_is_refused),
		cmocka_unit_test(sends_no_password_in_clear),
		cmocka_unit_test(an_echoed_secret_is_not_shown),
		cmocka_unit_test(a_server_that_stops_reading_gets_its_last_words_heard),
		cmocka_unit_test(a_source_that_breaks_sends_no_dot),
		cmocka_unit_test(big_messages_arrive_whole),
		cmocka_unit_test(an_endless_reply_takes_little_memory),
		cmocka_unit_test(verifies_connection_login_and_recipients),
		cmocka_unit_test(speaks_lmtp),
		cmocka_unit_test(times_add_up),
		cmocka_unit_test(a_refused_connection_is_told),
		cmocka_unit_test(encrypts_in_both_ways_and_logs_in),
		cmocka_unit_test(a_bad_certificate_ends_the_session),
		cmocka_unit_test(only_opportunistic_mail_goes_in_clear),
		cmocka_unit_test(the_wrong_port_is_told_by_first_bytes),
		cmocka_unit_test(a_ca_file_that_cannot_be_read_is_our_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
