/* SPDX-License-Identifier: MIT */
/* The course of an examination: what is asked, of whom, how often, and when it ends. */
#include "client_fixture.h"

#include "probe/exam_private.h"

struct heard {
	size_t announced, waited;
	char contacts[512];
};

static void announce(void *arg, const struct sw_probe *p, struct sw_slice contacts)
{
	struct heard *h = arg;

	h->announced++;
	assert_non_null(p->id);
	snprintf(h->contacts, sizeof(h->contacts), "%.*s", SW_FMT(contacts));
}

static void waiting(void *arg, const char *const what[SW_LANG_COUNT], uint64_t since_us,
		    uint64_t limit_us)
{
	struct heard *h = arg;

	(void)since_us;
	(void)limit_us;
	assert_true(what[SW_LANG_EN][0] && what[SW_LANG_RU][0]);
	h->waited++;
}

static size_t count(const struct sw_facts *facts, enum sw_fact_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < sw_facts_count(facts); i++)
		n += sw_facts_get(facts, i)->type == type;
	return n;
}

/* A session with a port that nobody listens on, and the examination of what it saw. */
static struct sw_facts *examine_refused(enum sw_probe_class depth, struct heard *h,
					int (*heartbeat)(void *))
{
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	const struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	const struct sw_exam_wish wish = {
		.depth = depth, .announce = announce, .waiting = waiting, .arg = h
	};
	struct sw_exam *x = NULL;

	f->set.port = 1;
	f->c->hooks = (struct sw_context_hooks){ .beat_us = 1000, .heartbeat = heartbeat };
	assert_ok(sw_delivery_init(&f->d, &job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	assert_ok(sw_exam_begin(f->c, sw_knowledge_builtin(), &wish, &x, &f->err));
	assert_ok(sw_attempt_run(f->c, &job, &f->d, &f->err));
	assert_ok(sw_exam_finish(x, &f->err));
	struct sw_facts *facts = sw_context_end_call(f->c);

	client_fixture_free(f);
	return facts;
}

static void looks_at_other_ports_of_a_server_that_refuses(void **state)
{
	struct heard h = { 0 };

	(void)state;
	struct sw_facts *facts = examine_refused(SW_PROBE_SMTP, &h, NULL);

	assert_true(count(facts, SW_FACT_PROBE_PORT) >= 4);
	assert_true(h.announced >= 1);
	sw_facts_free(facts);
}

static void says_what_was_not_allowed_once(void **state)
{
	struct heard h = { 0 };
	size_t of_port = 0;

	(void)state;
	struct sw_facts *facts = examine_refused(SW_PROBE_PASSIVE, &h, NULL);

	assert_int_equal(count(facts, SW_FACT_PROBE_PORT), 0);
	for (size_t i = 0; i < sw_facts_count(facts); i++) {
		const struct sw_fact *f = sw_facts_get(facts, i);

		if (f->type != SW_FACT_PROBE_UNTESTED ||
		    !sw_slice_eq(sw_fact_text(f, "probe"), SW_S("port")))
			continue;
		of_port++;
		assert_true(sw_slice_eq(sw_fact_text(f, "reason"),
					SW_S("not allowed at --depth 0")));
	}
	assert_int_equal(of_port, 1);
	sw_facts_free(facts);
}

static int stop_now(void *arg)
{
	(void)arg;
	return 1;
}

static void stops_when_the_heartbeat_says_so(void **state)
{
	struct heard h = { 0 };

	(void)state;
	struct sw_facts *facts = examine_refused(SW_PROBE_SMTP, &h, stop_now);

	assert_int_equal(h.announced, 0);
	assert_int_equal(count(facts, SW_FACT_PROBE_PORT), 0);
	sw_facts_free(facts);
}

/* The server lets us wait: what will be wanted is begun beside the session. */
static void a_healthy_session_is_not_examined(void **state)
{
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	const struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	struct heard h = { 0 };
	const struct sw_exam_wish wish = {
		.depth = SW_PROBE_SMTP, .announce = announce, .waiting = waiting, .arg = &h
	};

	(void)state;
	assert_ok(sw_delivery_init(&f->d, &job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	assert_ok(sw_attempt_run(f->c, &job, &f->d, &f->err));
	uint64_t began = sw_context_now(f->c);

	assert_ok(sw_examine(f->c, sw_knowledge_builtin(), &wish, &f->err));
	assert_true(sw_test_in_time(sw_context_now(f->c) - began, 500 * 1000));
	assert_int_equal(script_server_sessions(f->server), 1);
	f->d.facts = sw_context_end_call(f->c);
	client_fixture_free(f);
}

static void the_deadline_of_the_call_ends_it(void **state)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_EHLO, 0, 0, SCRIPT_STALL, 0, NULL, 0 },
		{ 0 },
	};
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ .rules = rules });
	const struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	struct heard h = { 0 };
	const struct sw_exam_wish wish = {
		.depth = SW_PROBE_SMTP, .announce = announce, .waiting = waiting, .arg = &h
	};
	struct sw_exam *x = NULL;

	(void)state;
	f->set.deadline_us = 700 * 1000;
	assert_ok(sw_delivery_init(&f->d, &job));
	f->delivered = true;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	uint64_t began = sw_context_now(f->c);

	assert_ok(sw_exam_begin(f->c, sw_knowledge_builtin(), &wish, &x, &f->err));
	assert_ok(sw_attempt_run(f->c, &job, &f->d, &f->err));
	assert_ok(sw_exam_finish(x, &f->err));
	assert_true(sw_test_in_time(sw_context_now(f->c) - began, 1000 * 1000));
	/* "still waiting for ..." was said meanwhile. */
	assert_true(h.waited >= 2);
	f->d.facts = sw_context_end_call(f->c);
	client_fixture_free(f);
}

static void reads_values_out_of_selections(void **state)
{
	static const struct {
		enum sw_fact_type type;
		const char *selection, *key, *value;
	} rows[] = {
		{ SW_FACT_PROBE_PORT, "address=192.0.2.25 port=587", "port", "587" },
		{ SW_FACT_PROBE_PORT, "address=192.0.2.25 port=587", "address", "192.0.2.25" },
		{ SW_FACT_PROBE_PORT, "port=587", "address", "" },
		{ SW_FACT_PROBE_PORT, "", "port", "" },
		/* A blank or "=" inside a value ends nothing. */
		{ SW_FACT_PROBE_HELLO, "name=a b=c port=25", "name", "a b=c" },
		{ SW_FACT_PROBE_HELLO, "name=a b=c port=25", "port", "25" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_want w = { rows[i].type, rows[i].selection, 1 };
		struct sw_slice got = sw_want_value(&w, rows[i].key);

		assert_true(sw_slice_eq(got, sw_slice_str(rows[i].value)));
	}
}

static void controls_are_the_users_or_public_for_the_public_only(void **state)
{
	static const char *const mine[] = { "mx.example.net", "192.0.2.9:26", "2001:db8::1" };
	struct sw_exam_wish wish = { 0 };
	struct sw_exam x = { .wish = &wish,
			     .target = { .host = "smtp.gmail.com", .port = 587 } };
	const char *out[16];

	(void)state;
	assert_int_equal(sw_exam_controls(&x, 587, out, 16), 0);
	x.target.is_public = true;
	size_t n = sw_exam_controls(&x, 587, out, 16);

	assert_true(n >= 2);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(strrchr(out[i], ':'), ":587");
		assert_string_not_equal(out[i], "smtp.gmail.com:587");
	}
	assert_int_equal(sw_exam_controls(&x, 0, out, 1), 1);
	wish.controls = mine;
	wish.control_count = 3;
	x.target.is_public = false;
	assert_int_equal(sw_exam_controls(&x, 25, out, 16), 3);
	assert_string_equal(out[0], "mx.example.net:25");
	assert_string_equal(out[1], "192.0.2.9:26");
	assert_string_equal(out[2], "[2001:db8::1]:25");
	sw_arena_fini(&x.arena);
}

/* A saved case has no session: its facts name the server. */
static void finds_the_target_in_a_saved_case(void **state)
{
	struct client_fixture *f = client_fixture_new(&(struct script_plan){ 0 });
	struct sw_exam_wish wish = { 0 };
	struct sw_exam x = { .c = f->c, .wish = &wish };
	char ip[SW_ADDR_TEXT];

	(void)state;
	assert_ok(sw_context_begin_call(f->c, &f->err));
	SW_STATE(f->c->facts, SW_FACT_SEND_WISH, SW_STAGE_CONFIG, "session", 0,
		 SW_F_STR("server", "mail.example.com"), SW_F_INT("port", 465),
		 SW_F_STR("tls", "auto"), SW_F_STR("ehlo", "client.example"));
	SW_STATE(f->c->facts, SW_FACT_DNS_ANSWER, SW_STAGE_DNS, "session", 0,
		 SW_F_STR("name", "mail.example.com"), SW_F_STR("type", "A"),
		 SW_F_STR("records", "8.8.4.4, 8.8.8.8"));
	SW_STATE(f->c->facts, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session", 0,
		 SW_F_STR("address", "8.8.8.8"), SW_F_INT("port", 465),
		 SW_F_STR("state", "connected"));
	assert_ok(sw_exam_find_target(&x));
	assert_string_equal(x.target.host, "mail.example.com");
	assert_int_equal(x.target.port, 465);
	assert_true(x.target.implicit && x.target.tls && x.target.is_public);
	assert_string_equal(x.target.ehlo, "client.example");
	assert_int_equal(x.target.addr_count, 2);
	assert_string_equal(sw_addr_ip(&x.target.addrs[0], ip), "8.8.8.8");
	assert_int_equal(sw_addr_port(&x.target.addrs[1]), 465);
	sw_arena_fini(&x.arena);
	sw_facts_free(sw_context_end_call(f->c));
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_at_other_ports_of_a_server_that_refuses),
		cmocka_unit_test(says_what_was_not_allowed_once),
		cmocka_unit_test(stops_when_the_heartbeat_says_so),
		cmocka_unit_test(a_healthy_session_is_not_examined),
		cmocka_unit_test(the_deadline_of_the_call_ends_it),
		cmocka_unit_test(reads_values_out_of_selections),
		cmocka_unit_test(controls_are_the_users_or_public_for_the_public_only),
		cmocka_unit_test(finds_the_target_in_a_saved_case),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
