/* SPDX-License-Identifier: MIT */
/* What the network's probes state of a server on loopback. */
#include "client_fixture.h"

#include "certs.h"
#include "probe/exam_private.h"

/* One run of a probe without an examination around it. */
struct rig {
	struct client_fixture *f;
	struct test_cert *cert;
	struct sw_exam_wish wish;
	struct sw_exam x;
	struct sw_probe_run run;
	struct sw_want want;
};

static void rig_init(struct rig *r, struct script_plan plan)
{
	*r = (struct rig){ .wish = { .depth = SW_PROBE_SMTP } };
	r->cert = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, NULL);
	plan.cert_pem = r->cert->pem;
	plan.key_pem = r->cert->key_pem;
	r->f = client_fixture_new(&plan);
	assert_ok(sw_context_begin_call(r->f->c, &r->f->err));
	r->x = (struct sw_exam){ .c = r->f->c, .wish = &r->wish };
	r->x.target = (struct sw_exam_target){ .host = "mx.test",
					       .ehlo = "me.test",
					       .tls_name = "mx.test",
					       .domain = "",
					       .port = script_server_port(r->f->server),
					       .addr_count = 1 };
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), r->x.target.port, &r->x.target.addrs[0]));
}

static void rig_fini(struct rig *r)
{
	sw_exam_forget_waiters(&r->x);
	sw_arena_fini(&r->x.arena);
	sw_facts_free(sw_context_end_call(r->f->c));
	client_fixture_free(r->f);
	test_cert_free(r->cert);
}

/* `selection` NULL: started early, with nothing wanted. */
static void run(struct rig *r, const struct sw_probe *p, enum sw_fact_type type,
		const char *selection)
{
	uint64_t now_us = sw_context_now(r->f->c);
	enum sw_wait w;

	r->want = (struct sw_want){ .type = type, .selection = selection, .gain = 10 };
	r->run = (struct sw_probe_run){ .x = &r->x,
					.probe = p,
					.wants = selection ? &r->want : NULL,
					.want_count = selection ? 1 : 0,
					.deadline_us = now_us + SW_PROBE_RUN_US };
	assert_ok(p->start(&r->run, &r->f->err));
	assert_ok(sw_context_wait_flag(r->f->c, &r->run.done, now_us + 20 * 1000000ull, &w,
				       &r->f->err));
	assert_true(r->run.done);
	p->stop(&r->run);
}

static size_t count(const struct rig *r, enum sw_fact_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < sw_facts_count(r->f->c->facts); i++)
		n += sw_facts_get(r->f->c->facts, i)->type == type;
	return n;
}

static const struct sw_fact *last(const struct rig *r, enum sw_fact_type type)
{
	const struct sw_fact *f = sw_facts_last(r->f->c->facts, type);

	assert_non_null(f);
	return f;
}

static void expect_text(const struct sw_fact *f, const char *key, const char *value)
{
	struct sw_slice got = sw_fact_text(f, key);

	if (!sw_slice_eq(got, sw_slice_str(value)))
		fail_msg("%s: %.*s, not %s", key, SW_FMT(got), value);
}

static void asks_the_doors_that_are_wanted(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	run(&r, &sw_probe_port, SW_FACT_PROBE_PORT, "purpose=unused");
	assert_int_equal(count(&r, SW_FACT_PROBE_PORT), 1);
	expect_text(last(&r, SW_FACT_PROBE_PORT), "purpose", "unused");
	expect_text(last(&r, SW_FACT_PROBE_PORT), "errno_name", "ECONNREFUSED");
	/* All others, once: 25, 465, 587, 2525, 443, 80 and its own. */
	run(&r, &sw_probe_port, SW_FACT_PROBE_PORT, "address=127.0.0.1");
	assert_int_equal(count(&r, SW_FACT_PROBE_PORT), 8);
	run(&r, &sw_probe_port, SW_FACT_PROBE_PORT, "");
	assert_int_equal(count(&r, SW_FACT_PROBE_PORT), 8);
	rig_fini(&r);
}

static void its_own_door_stands_open(void **state)
{
	char selection[64];
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	snprintf(selection, sizeof(selection), "address=127.0.0.1 port=%u",
		 (unsigned)r.x.target.port);
	run(&r, &sw_probe_port, SW_FACT_PROBE_PORT, selection);
	assert_int_equal(count(&r, SW_FACT_PROBE_PORT), 1);
	expect_text(last(&r, SW_FACT_PROBE_PORT), "state", "connected");
	assert_int_equal(sw_fact_int(last(&r, SW_FACT_PROBE_PORT), "family", 0), 4);
	rig_fini(&r);
}

static void a_control_that_serves_the_port_speaks_for_all(void **state)
{
	char control[32], other[32];
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	snprintf(control, sizeof(control), "127.0.0.1:%u", (unsigned)r.x.target.port);
	snprintf(other, sizeof(other), "127.0.0.2:%u", (unsigned)r.x.target.port);
	r.wish.controls = (const char *const[]){ other, control };
	r.wish.control_count = 2;
	run(&r, &sw_probe_outside, SW_FACT_PROBE_OUTSIDE, "");
	assert_int_equal(count(&r, SW_FACT_PROBE_OUTSIDE), 1);
	expect_text(last(&r, SW_FACT_PROBE_OUTSIDE), "state", "connected");
	assert_int_equal(sw_fact_int(last(&r, SW_FACT_PROBE_OUTSIDE), "connected", 0), 1);
	rig_fini(&r);
}

static void there_is_no_way_to_an_address_of_our_own(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	run(&r, &sw_probe_ttl, SW_FACT_PROBE_TTL, "");
	expect_text(last(&r, SW_FACT_PROBE_TTL), "place", "here");
	assert_int_equal(script_server_sessions(r.f->server), 0);
	rig_fini(&r);
}

static void hears_a_greeting(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	run(&r, &sw_probe_listen, SW_FACT_PROBE_FIRST_BYTES, "");
	expect_text(last(&r, SW_FACT_PROBE_FIRST_BYTES), "speaks", "smtp");
	rig_fini(&r);
}

static void finds_tls_where_nobody_greets(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ .implicit_tls = true });
	run(&r, &sw_probe_listen, SW_FACT_PROBE_FIRST_BYTES, "");
	expect_text(last(&r, SW_FACT_PROBE_FIRST_BYTES), "speaks", "nothing");
	assert_int_equal(sw_fact_int(last(&r, SW_FACT_PROBE_TLS), "ok", 0), 1);
	rig_fini(&r);
}

static void segments_of_both_sizes_pass_here(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	run(&r, &sw_probe_segment, SW_FACT_PROBE_SEGMENT, "");
	assert_true(count(&r, SW_FACT_PROBE_SEGMENT) >= 1);
	assert_int_equal(count(&r, SW_FACT_PROBE_MTU), 0);
	for (size_t i = 0; i < sw_facts_count(r.f->c->facts); i++) {
		const struct sw_fact *f = sw_facts_get(r.f->c->facts, i);

		if (f->type != SW_FACT_PROBE_SEGMENT)
			continue;
		assert_int_equal(sw_fact_int(f, "ok", 0), 1);
		expect_text(f, "direction", "out");
	}
	rig_fini(&r);
}

static void this_machine_is_told_without_a_packet(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, (struct script_plan){ 0 });
	SW_STATE(r.f->c->facts, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session",
		 sw_context_now(r.f->c), SW_F_STR("address", "192.0.2.25"),
		 SW_F_INT("port", 25), SW_F_STR("state", "failed"),
		 SW_F_STR("offender", "127.0.0.1"), SW_F_INT("icmp_type", 3),
		 SW_F_INT("icmp_code", 3));
	run(&r, &sw_probe_local, SW_FACT_LOCAL_ROUTE, "");
	/* The server's address, and one elsewhere of each family. */
	assert_int_equal(count(&r, SW_FACT_LOCAL_ROUTE), 3);
	assert_int_equal(sw_fact_int(last(&r, SW_FACT_LOCAL_ADDRESS), "own", 0), 1);
	expect_text(last(&r, SW_FACT_LOCAL_FIREWALL), "verdict", "reject");
	run(&r, &sw_probe_limits, SW_FACT_LOCAL_LIMIT, "");
	assert_int_equal(count(&r, SW_FACT_LOCAL_LIMIT), 2);
	assert_true(sw_fact_int(last(&r, SW_FACT_LOCAL_LIMIT), "most", 0) > 0);
	assert_int_equal(script_server_sessions(r.f->server), 0);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_the_doors_that_are_wanted),
		cmocka_unit_test(its_own_door_stands_open),
		cmocka_unit_test(a_control_that_serves_the_port_speaks_for_all),
		cmocka_unit_test(there_is_no_way_to_an_address_of_our_own),
		cmocka_unit_test(hears_a_greeting),
		cmocka_unit_test(finds_tls_where_nobody_greets),
		cmocka_unit_test(segments_of_both_sizes_pass_here),
		cmocka_unit_test(this_machine_is_told_without_a_packet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
