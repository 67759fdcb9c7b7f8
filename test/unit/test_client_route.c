/* SPDX-License-Identifier: MIT */
/* Mail to MX hosts, with a scripted DNS: which host is asked, and what is known when none
 * takes it. */
#include "script_server.h"
#include "sw_test.h"

#include "base/world.h"
#include "client/attempt.h"
#include "client/route.h"
#include "client/session.h"
#include "mail/ready.h"

struct fixture {
	struct script_server *server;
	struct sw_client_settings set;
	struct sw_context *c;
	struct sw_source *source;
	struct sw_delivery d;
	bool delivered;
};

/* In the script %s stands for nothing: all hosts are 127.0.0.1, told apart by who listens. */
static struct fixture *set_up(const struct script_plan *plan, const char *dns)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct sw_ready_options options = { 0 };
	assert_non_null(f);
	f->server = script_server_start(plan);
	sw_client_settings_init(&f->set);
	f->set.mx = true;
	f->set.port = script_server_port(f->server);
	f->set.ehlo = sw_strdup("me.test");
	f->set.families = SW_FAMILY_V4;
	f->set.timeout_us = 2 * 1000 * 1000;
	assert_ok(
		sw_ready_memory(SW_S("Subject: x\r\n\r\nhi\r\n"), &options, &f->source, NULL));
	f->c = sw_context_new(sw_world_real(), &f->set, NULL);
	assert_non_null(f->c);
	struct sw_resolver *r = sw_resolver_script(f->c->loop, sw_slice_str(dns), NULL);
	assert_non_null(r);
	sw_context_use_resolver(f->c, r);
	return f;
}

static void tear_down(struct fixture *f)
{
	if (f->delivered)
		sw_delivery_fini(&f->d);
	sw_context_free(f->c);
	sw_source_free(f->source);
	sw_client_settings_fini(&f->set);
	script_server_stop(f->server);
	free(f);
}

static void send_to(struct fixture *f, const char *const *recipients, size_t count)
{
	struct sw_job job = { .kind = SW_JOB_SEND,
			      .sender = "a@b.test",
			      .recipients = recipients,
			      .recipient_count = count,
			      .source = f->source };
	struct sw_error err = { 0 };
	assert_ok(sw_delivery_init(&f->d, &job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &err));
	enum sw_err e = sw_attempt_run(f->c, &job, &f->d, &err);
	f->d.facts = sw_context_end_call(f->c);
	if (e)
		print_error("# %s\n", err.text);
	assert_ok(e);
}

static void each_answer_of_the_dns_has_its_outcome(void **state)
{
	static const struct {
		const char *dns;
		enum sw_outcome outcome;
		enum sw_ending ending;
		enum sw_stage stage;
		const char *server;
	} rows[] = {
		{ "d.test MX 10 mx.test\nmx.test A 127.0.0.1\n", SW_ACCEPTED, SW_END_OK,
		  SW_STAGE_FINAL, "mx.test" },
		/* No MX: the domain is its own host. */
		{ "d.test A 127.0.0.1\n", SW_ACCEPTED, SW_END_OK, SW_STAGE_FINAL, "d.test" },
		/* The best one is not there. */
		{ "d.test MX 20 two.test\nd.test MX 10 one.test\ntwo.test A 127.0.0.1\n",
		  SW_ACCEPTED, SW_END_OK, SW_STAGE_FINAL, "two.test" },
		{ "d.test MX 10 one.test\nd.test MX 20 two.test\none.test A !servfail\n"
		  "two.test A 127.0.0.1\n",
		  SW_ACCEPTED, SW_END_OK, SW_STAGE_FINAL, "two.test" },
		{ "d.test MX 10 one.test\n", SW_NOT_SENT, SW_END_NO_HOST, SW_STAGE_DNS,
		  "one.test" },
		{ "d.test MX 0 .\nd.test A 127.0.0.1\n", SW_REJECTED, SW_END_NULL_MX,
		  SW_STAGE_DNS, "" },
		{ "other.test A 127.0.0.1\n", SW_NOT_SENT, SW_END_NO_HOST, SW_STAGE_DNS, "" },
		{ "d.test MX !servfail\nd.test A 127.0.0.1\n", SW_NOT_SENT, SW_END_DNS,
		  SW_STAGE_DNS, "" },
		{ "d.test MX !bogus\n", SW_NOT_SENT, SW_END_DNS, SW_STAGE_DNS, "" },
		{ "d.test MX !refused\n", SW_NOT_SENT, SW_END_DNS, SW_STAGE_DNS, "" },
	};
	static const char *const to[] = { "one@d.test" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct fixture *f = set_up(&(struct script_plan){ 0 }, rows[i].dns);
		send_to(f, to, 1);
		const struct sw_delivery_recipient *r = &f->d.recipients[0];
		if (r->outcome != rows[i].outcome || r->ending != rows[i].ending)
			print_error("# row %zu: %s \"%s\"\n", i, sw_outcome_name(r->outcome),
				    sw_ending_name(r->ending));
		assert_row(i, r->outcome == rows[i].outcome && r->ending == rows[i].ending);
		assert_row(i, r->stage == rows[i].stage && f->d.stage == rows[i].stage);
		assert_row(i, !strcmp(f->d.server.name, rows[i].server));
		assert_row(i, sw_facts_last(f->d.facts, SW_FACT_DNS_ANSWER) != NULL);
		tear_down(f);
	}
}

/* The next host is asked only while nothing was answered about the message. */
static void goes_on_to_the_next_host_only_while_nothing_is_settled(void **state)
{
	static const struct {
		struct script_rule rule; /* of the first session */
		unsigned sessions;
		enum sw_outcome outcome;
	} rows[] = {
		{ { SW_VERB_CONNECT, 1, 0, SCRIPT_REPLY, 421, "4.3.2 Busy", 0 },
		  2,
		  SW_ACCEPTED },
		{ { SW_VERB_CONNECT, 1, 0, SCRIPT_REPLY, 554, "5.7.1 No", 0 },
		  2,
		  SW_ACCEPTED },
		{ { SW_VERB_CONNECT, 1, 0, SCRIPT_CLOSE, 0, NULL, 0 }, 2, SW_ACCEPTED },
		{ { SW_VERB_MAIL, 1, 0, SCRIPT_CLOSE, 0, NULL, 0 }, 2, SW_ACCEPTED },
		{ { SW_VERB_DATA, 1, 0, SCRIPT_RESET, 0, NULL, 0 }, 2, SW_ACCEPTED },
		{ { SW_VERB_RCPT, 1, 0, SCRIPT_REPLY, 550, "5.1.1 No", 0 }, 1, SW_REJECTED },
		{ { SW_VERB_RCPT, 1, 0, SCRIPT_REPLY, 451, "4.7.1 Grey", 0 }, 1, SW_DEFERRED },
		{ { SW_VERB_MESSAGE, 1, 0, SCRIPT_REPLY, 550, "5.7.1 Spam", 0 },
		  1,
		  SW_REJECTED },
		{ { SW_VERB_MESSAGE, 1, 0, SCRIPT_REPLY, 451, "4.3.0 Disk", 0 },
		  1,
		  SW_DEFERRED },
		{ { SW_VERB_MESSAGE, 1, 0, SCRIPT_CLOSE, 0, NULL, 0 }, 1, SW_UNCERTAIN },
	};
	static const char *const to[] = { "one@d.test" };
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const struct script_rule rules[] = { rows[i].rule, { 0 } };
		struct fixture *f = set_up(&(struct script_plan){ .rules = rules },
					   "d.test MX 10 a.test\nd.test MX 20 b.test\n"
					   "a.test A 127.0.0.1\nb.test A 127.0.0.1\n");
		send_to(f, to, 1);
		if (f->d.recipients[0].outcome != rows[i].outcome)
			print_error("# row %zu: %s\n", i,
				    sw_outcome_name(f->d.recipients[0].outcome));
		assert_row(i, f->d.recipients[0].outcome == rows[i].outcome);
		assert_row(i, script_server_sessions(f->server) == rows[i].sessions);
		assert_row(i, script_server_messages(f->server) ==
				      (rows[i].outcome == SW_ACCEPTED ? 1u : 0u));
		tear_down(f);
	}
}

static void every_domain_gets_its_own_transaction_and_fate(void **state)
{
	static const char *const to[] = { "one@d.test",  "x@gone.test",   "two@D.test",
					  "y@null.test", "z@[127.0.0.1]", "three@e.test" };
	static const enum sw_outcome outcomes[] = { SW_ACCEPTED, SW_NOT_SENT, SW_ACCEPTED,
						    SW_REJECTED, SW_ACCEPTED, SW_ACCEPTED };
	(void)state;
	struct fixture *f =
		set_up(&(struct script_plan){ 0 },
		       "d.test MX 10 mx.test\ne.test MX 10 mx.test\nmx.test A 127.0.0.1\n"
		       "null.test MX 0 .\n");
	send_to(f, to, SW_LEN(to));
	for (size_t i = 0; i < SW_LEN(to); i++) {
		assert_row(i, f->d.recipients[i].outcome == outcomes[i]);
		assert_row(i, !strcmp(f->d.recipients[i].address, to[i]));
	}
	/* d.test and e.test share a host and so the session; its second transaction is
	 * e.test's. */
	assert_int_equal(script_server_messages(f->server), 3);
	assert_int_equal(script_server_sessions(f->server), 2);
	char *log = script_server_log(f->server);
	assert_non_null(strstr(log, "RCPT TO:<one@d.test>\n"));
	assert_non_null(strstr(log, "RCPT TO:<two@D.test>\n"));
	free(log);
	tear_down(f);
}

static void an_international_domain_is_asked_in_ascii(void **state)
{
	struct sw_route route;
	struct sw_error err = { 0 };
	(void)state;
	struct fixture *f =
		set_up(&(struct script_plan){ 0 }, "xn--bcher-kva.test MX 10 mx.test\n");
	assert_ok(sw_context_begin_call(f->c, &err));
	assert_ok(sw_route_mx(f->c,
			      "b\xc3\xbc"
			      "cher.test",
			      &route, &err));
	assert_int_equal(route.ending, SW_END_OK);
	assert_int_equal(route.count, 1);
	assert_string_equal(route.hosts[0], "mx.test");
	sw_route_fini(&route);
	assert_ok(sw_route_mx(f->c, "[IPv6:2001:db8::1]", &route, &err));
	assert_string_equal(route.hosts[0], "2001:db8::1");
	sw_route_fini(&route);
	sw_facts_free(sw_context_end_call(f->c));
	tear_down(f);
}

static int stop_at_once(void *arg)
{
	(void)arg;
	return 1;
}

static void a_slow_answer_can_be_given_up(void **state)
{
	static const char *const to[] = { "one@d.test", "two@e.test" };
	(void)state;
	for (int by_beat = 0; by_beat < 2; by_beat++) {
		struct fixture *f = set_up(&(struct script_plan){ 0 },
					   "d.test MX ~5000\nd.test MX 10 mx.test\n");
		if (by_beat) {
			f->c->hooks.beat_us = 1000;
			f->c->hooks.heartbeat = stop_at_once;
		} else {
			f->set.deadline_us = 100 * 1000;
		}
		uint64_t began = sw_context_now(f->c);
		send_to(f, to, 2);
		assert_true(sw_test_in_time(sw_context_now(f->c) - began, 1100 * 1000));
		enum sw_ending ending = by_beat ? SW_END_ABORTED : SW_END_DEADLINE;
		for (size_t i = 0; i < 2; i++) {
			assert_int_equal(f->d.recipients[i].outcome, SW_NOT_SENT);
			assert_int_equal(f->d.recipients[i].ending, ending);
		}
		tear_down(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_of_the_dns_has_its_outcome),
		cmocka_unit_test(goes_on_to_the_next_host_only_while_nothing_is_settled),
		cmocka_unit_test(every_domain_gets_its_own_transaction_and_fate),
		cmocka_unit_test(an_international_domain_is_asked_in_ascii),
		cmocka_unit_test(a_slow_answer_can_be_given_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
