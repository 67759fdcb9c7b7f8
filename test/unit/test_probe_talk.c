/* SPDX-License-Identifier: MIT */
/* Conversations told beforehand, and their accounts. */
#include "client_fixture.h"

#include <errno.h>

#include "certs.h"
#include "probe/exam_private.h"
#include "probe/talk.h"

/* A probe's run without an examination around it. */
struct rig {
	struct client_fixture *f;
	struct test_cert *cert;
	struct sw_exam_wish wish;
	struct sw_exam x;
	struct sw_probe_run run;
	struct sw_talk_plan plan;
	bool done;
	struct sw_talk_account a; /* of the last talk; without caps and chain */
	uint32_t caps;
	char tls_version[16];
	uint64_t took_us;
};

static void rig_init(struct rig *r, struct script_plan plan)
{
	*r = (struct rig){ .wish = { .depth = SW_PROBE_SMTP } };
	r->cert = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, NULL);
	plan.cert_pem = r->cert->pem;
	plan.key_pem = r->cert->key_pem;
	r->f = client_fixture_new(&plan);
	assert_ok(sw_context_begin_call(r->f->c, &r->f->err));
	r->x = (struct sw_exam){ .c = r->f->c, .wish = &r->wish, .target.ehlo = "me.test" };
	r->run = (struct sw_probe_run){ .x = &r->x };
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), script_server_port(r->f->server),
				  &r->plan.addr));
	r->plan.until = SW_TALK_COMMANDS;
	r->plan.tls_name = "mx.test";
}

static void rig_fini(struct rig *r)
{
	sw_exam_forget_waiters(&r->x);
	sw_arena_fini(&r->x.arena);
	sw_facts_free(sw_context_end_call(r->f->c));
	client_fixture_free(r->f);
	test_cert_free(r->cert);
}

static void told(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct rig *r = arg;

	r->a = *a;
	r->caps = a->caps.bits;
	snprintf(r->tls_version, sizeof(r->tls_version), "%s", a->tls.version);
	r->done = true;
	sw_talk_free(t);
	sw_context_wake(r->f->c);
}

static void talk(struct rig *r, enum sw_talk_end end, enum sw_stage at)
{
	enum sw_wait w;
	uint64_t began = sw_context_now(r->f->c);
	struct sw_talk *t = sw_talk_start(&r->run, &r->plan, told, r, &r->f->err);

	assert_non_null(t);
	r->done = false;
	assert_ok(sw_context_wait_flag(r->f->c, &r->done, sw_time_add(began, 20 * 1000 * 1000),
				       &w, &r->f->err));
	assert_true(r->done);
	r->took_us = sw_context_now(r->f->c) - began;
	if (r->a.end != end || r->a.at != at)
		print_error("# ended %s at %s\n", sw_talk_end_name(r->a.end),
			    sw_stage_name(r->a.at));
	assert_int_equal(r->a.end, end);
	assert_int_equal(r->a.at, at);
}

static void says_what_it_was_told_and_quits(void **state)
{
	static const char *const commands[] = { "MAIL FROM:<>", "RCPT TO:<a@b.test>", "RSET" };
	(void)state;
	for (int pipelined = 0; pipelined < 2; pipelined++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ 0 });
		r.plan.commands = commands;
		r.plan.command_count = SW_LEN(commands);
		r.plan.pipelined = pipelined;
		talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
		assert_int_equal(r.a.greeting.code, 220);
		assert_int_equal(r.a.ehlo.code, 250);
		assert_int_equal(r.a.reply_count, 3);
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(r.a.replies[i].code, 250);
		assert_int_equal(r.a.speaks, SW_SPEAKS_SMTP);
		assert_true(r.caps & SW_CAP_PIPELINING);
		assert_true(client_fixture_log_has(r.f, "1 EHLO me.test"));
		assert_true(client_fixture_log_has(r.f, "1 RSET"));
		assert_true(client_fixture_log_has(r.f, "1 QUIT"));
		assert_true(sw_test_in_time(r.took_us, 1000 * 1000));
		rig_fini(&r);
	}
}

static void ends_as_soon_as_it_knows_enough(void **state)
{
	static const struct {
		enum sw_talk_until until;
		int greeting, ehlo;
	} rows[] = { { SW_TALK_CONNECT, 0, 0 },
		     { SW_TALK_LISTEN, 0, 0 },
		     { SW_TALK_EHLO, 220, 250 } };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ 0 });
		r.plan.until = rows[i].until;
		talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
		assert_string_equal(sw_talk_state_name(&r.a), "connected");
		assert_int_equal(r.a.greeting.code, rows[i].greeting);
		assert_int_equal(r.a.ehlo.code, rows[i].ehlo);
		if (rows[i].until == SW_TALK_LISTEN)
			assert_memory_equal(r.a.first, "220 ", 4);
		rig_fini(&r);
	}
}

static void a_closed_port_is_told_with_its_errno(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	sw_addr_set_port(&r.plan.addr, 1);
	talk(&r, SW_TALK_NO_CONNECTION, SW_STAGE_TCP);
	assert_int_equal(r.a.os_errno, ECONNREFUSED);
	assert_string_equal(sw_talk_state_name(&r.a), "failed");
	rig_fini(&r);
}

static void starts_tls_in_three_ways(void **state)
{
	static const struct {
		bool implicit;
		const char *keywords;
		enum sw_talk_tls tls;
		bool begun;
	} rows[] = {
		{ true, NULL, SW_TALK_IMPLICIT, true },
		{ false, "STARTTLS", SW_TALK_STARTTLS, true },
		{ false, "SIZE", SW_TALK_BLIND_STARTTLS, true },
		{ false, "SIZE", SW_TALK_STARTTLS, false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ .keywords = rows[i].keywords,
						   .implicit_tls = rows[i].implicit });
		r.plan.tls = rows[i].tls;
		r.plan.max_version = i ? 0 : 0x0303;
		talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
		assert_int_equal(r.a.tls_begun, rows[i].begun);
		assert_int_equal(r.a.ehlo.code, 250);
		assert_int_equal(r.a.ehlo_tls.code,
				 rows[i].begun && !rows[i].implicit ? 250 : 0);
		if (rows[i].begun)
			assert_string_equal(r.tls_version, i ? "TLSv1.3" : "TLSv1.2");
		rig_fini(&r);
	}
}

/* CVE-2011-0411: a byte in the clear behind the answer to STARTTLS ends the talk. */
static void nothing_in_the_clear_survives_starttls(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){
			     .keywords = "STARTTLS",
			     .rules = RULES({ SW_VERB_STARTTLS, 0, 0, SCRIPT_RAW, 220,
					      "220 go\r\n250 injected\r\n", 0 }) });
	r.plan.tls = SW_TALK_STARTTLS;
	talk(&r, SW_TALK_NO_SMTP, SW_STAGE_TLS);
	assert_int_equal(r.a.injected, strlen("250 injected\r\n"));
	assert_false(r.a.tls_begun);
	rig_fini(&r);
}

static void no_to_ehlo_or_starttls_ends_it(void **state)
{
	static const struct {
		struct script_rule rule;
		enum sw_stage at;
	} rows[] = {
		{ { SW_VERB_EHLO, 0, 0, SCRIPT_REPLY, 502, "5.5.1 no", 0 }, SW_STAGE_EHLO },
		{ { SW_VERB_STARTTLS, 0, 0, SCRIPT_REPLY, 454, "4.7.0 not now", 0 },
		  SW_STAGE_TLS },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ .keywords = "STARTTLS",
						   .rules = RULES(rows[i].rule) });
		r.plan.tls = SW_TALK_STARTTLS;
		talk(&r, SW_TALK_REFUSED, rows[i].at);
		assert_true(client_fixture_log_has(r.f, "1 QUIT"));
		rig_fini(&r);
	}
}

static void what_hangs_or_breaks_is_told_apart(void **state)
{
	static const struct {
		enum script_act act;
		const char *text;
		enum sw_talk_end end;
	} rows[] = {
		{ SCRIPT_STALL, NULL, SW_TALK_TIMED_OUT },
		{ SCRIPT_CLOSE, NULL, SW_TALK_CLOSED },
		{ SCRIPT_RESET, NULL, SW_TALK_BROKEN },
		{ SCRIPT_RAW, "HTTP/1.0 400 Bad Request\r\n", SW_TALK_NO_SMTP },
		{ SCRIPT_FLOOD, "250-more\r\n", SW_TALK_NO_SMTP },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, (struct script_plan){
				     .rules = RULES({ SW_VERB_EHLO, 0, 0, rows[i].act, 250,
						      rows[i].text, 0 }) });
		r.plan.step_us = 200 * 1000;
		talk(&r, rows[i].end, SW_STAGE_EHLO);
		assert_int_equal(r.a.greeting.code, 220);
		if (rows[i].act == SCRIPT_RESET)
			assert_int_equal(r.a.os_errno, ECONNRESET);
		rig_fini(&r);
	}
}

/* QUIT is a courtesy that is not waited for. */
static void a_silent_farewell_costs_little(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = RULES({ SW_VERB_QUIT, 0, 0, SCRIPT_STALL,
							    0, NULL, 0 }) });
	talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
	assert_true(r.took_us >= SW_PROBE_QUIT_US &&
		    r.took_us < SW_PROBE_QUIT_US + 500 * 1000);
	rig_fini(&r);
}

/* 354 without a message: whatever came next would be taken for one. */
static void sends_a_message_only_when_it_has_one(void **state)
{
	static const char *const commands[] = { "MAIL FROM:<>", "RCPT TO:<a@b.test>", "DATA" };
	(void)state;
	for (int message = 0; message < 2; message++) {
		struct rig r;

		rig_init(&r, (struct script_plan){ 0 });
		r.plan.commands = commands;
		r.plan.command_count = SW_LEN(commands);
		r.plan.message =
			message ? SW_S("Subject: x\n\n.dot\n") : (struct sw_slice){ 0 };
		talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
		assert_int_equal(r.a.replies[2].code, 354);
		assert_int_equal(r.a.data.code, message ? 250 : 0);
		assert_int_equal(script_server_messages(r.f->server), message);
		rig_fini(&r);
	}
}

static void after_421_nobody_connects_there(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY,
							    421, "4.3.2 too busy", 0 }) });
	talk(&r, SW_TALK_REFUSED, SW_STAGE_EHLO);
	assert_int_equal(r.a.ehlo.code, 421);
	talk(&r, SW_TALK_NOT_ALLOWED, SW_STAGE_TCP);
	assert_string_equal(sw_talk_state_name(&r.a), "not_allowed");
	assert_int_equal(script_server_sessions(r.f->server), 1);
	assert_false(sw_exam_may_knock(&r.x, &r.plan.addr));
	rig_fini(&r);
}

static void the_budget_of_an_address_is_kept(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	r.wish.connections = 3;
	r.plan.until = SW_TALK_EHLO;
	for (int i = 0; i < 3; i++)
		talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
	talk(&r, SW_TALK_NOT_ALLOWED, SW_STAGE_TCP);
	assert_int_equal(script_server_sessions(r.f->server), 3);
	/* What never stood is not counted. */
	rig_fini(&r);
	rig_init(&r, (struct script_plan){ 0 });
	r.wish.connections = 1;
	r.plan.until = SW_TALK_EHLO;
	uint16_t port = sw_addr_port(&r.plan.addr);

	sw_addr_set_port(&r.plan.addr, 1);
	talk(&r, SW_TALK_NO_CONNECTION, SW_STAGE_TCP);
	sw_addr_set_port(&r.plan.addr, port);
	talk(&r, SW_TALK_DONE, SW_STAGE_FINAL);
	rig_fini(&r);
}

struct crowd {
	struct rig *r;
	struct sw_talk *talks[5];
	size_t ended;
	bool done;
};

static void one_ended(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct crowd *c = arg;

	assert_int_equal(a->end, SW_TALK_DONE);
	for (size_t i = 0; i < SW_LEN(c->talks); i++)
		if (c->talks[i] == t)
			c->talks[i] = NULL;
	sw_talk_free(t);
	c->done = ++c->ended == SW_LEN(c->talks);
	if (c->done)
		sw_context_wake(c->r->f->c);
}

/* Five that take 150 ms each: three rounds of two, not one, and not five. */
static void no_more_than_two_at_a_time(void **state)
{
	struct rig r;
	struct crowd c = { .r = &r };
	enum sw_wait w;

	(void)state;
	rig_init(&r, (struct script_plan){ .rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_REPLY,
							    250, "ok", 150 }) });
	r.plan.until = SW_TALK_EHLO;
	uint64_t began = sw_context_now(r.f->c);

	for (size_t i = 0; i < SW_LEN(c.talks); i++) {
		c.talks[i] = sw_talk_start(&r.run, &r.plan, one_ended, &c, &r.f->err);
		assert_non_null(c.talks[i]);
	}
	assert_ok(sw_context_wait_flag(r.f->c, &c.done, sw_time_add(began, 10 * 1000 * 1000),
				       &w, &r.f->err));
	assert_true(c.done);
	uint64_t took = sw_context_now(r.f->c) - began;

	assert_true(took >= 440 * 1000 && sw_test_in_time(took, 740 * 1000));
	rig_fini(&r);
}

/* Cancelled while they dial, wait for their turn, talk: nothing calls back, nothing leaks. */
static void can_be_cancelled_at_any_time(void **state)
{
	struct rig r;
	struct crowd c = { .r = &r };
	enum sw_wait w;

	(void)state;
	for (uint64_t after = 0; after <= 100 * 1000; after += 50 * 1000) {
		rig_init(&r,
			 (struct script_plan){ .rules = RULES({ SW_VERB_EHLO, 0, 0,
								SCRIPT_STALL, 0, NULL, 0 }) });
		for (size_t i = 0; i < SW_LEN(c.talks); i++)
			c.talks[i] = sw_talk_start(&r.run, &r.plan, one_ended, &c, &r.f->err);
		uint64_t until = sw_time_add(sw_context_now(r.f->c), after);

		assert_ok(sw_context_wait(r.f->c, until, &w, &r.f->err));
		for (size_t i = 0; i < SW_LEN(c.talks); i++)
			sw_talk_free(c.talks[i]);
		assert_int_equal(c.ended, 0);
		rig_fini(&r);
	}
}

/* A name that would be more than a name is not said. */
static void no_line_end_gets_into_a_command(void **state)
{
	static const char *const commands[] = { "MAIL FROM:<>\r\nDATA" };
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	r.plan.commands = commands;
	r.plan.command_count = 1;
	talk(&r, SW_TALK_LOCAL, SW_STAGE_ENVELOPE);
	r.plan.ehlo = "me\r\nQUIT";
	talk(&r, SW_TALK_LOCAL, SW_STAGE_EHLO);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_what_it_was_told_and_quits),
		cmocka_unit_test(ends_as_soon_as_it_knows_enough),
		cmocka_unit_test(a_closed_port_is_told_with_its_errno),
		cmocka_unit_test(starts_tls_in_three_ways),
		cmocka_unit_test(nothing_in_the_clear_survives_starttls),
		cmocka_unit_test(no_to_ehlo_or_starttls_ends_it),
		cmocka_unit_test(what_hangs_or_breaks_is_told_apart),
		cmocka_unit_test(a_silent_farewell_costs_little),
		cmocka_unit_test(sends_a_message_only_when_it_has_one),
		cmocka_unit_test(after_421_nobody_connects_there),
		cmocka_unit_test(the_budget_of_an_address_is_kept),
		cmocka_unit_test(no_more_than_two_at_a_time),
		cmocka_unit_test(can_be_cancelled_at_any_time),
		cmocka_unit_test(no_line_end_gets_into_a_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
