/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "net/resolver.h"

#define MS UINT64_C(1000)

static const char script[] = "# a comment\n"
			     "example.test MX 10 mx1.example.test # the first\n"
			     "Example.Test. MX 20 mx2.example.test\n"
			     "mx1.example.test A 192.0.2.1\n"
			     "mx1.example.test A 192.0.2.2\n"
			     "slow.test A 192.0.2.3\n"
			     "slow.test A ~30\n"
			     "slower.test A 192.0.2.3\n"
			     "slower.test A ~3000\n"
			     "slow.test AAAA !nodata\n"
			     "alias.test CNAME other.test\n"
			     "other.test CNAME mx1.example.test\n"
			     "lost.test CNAME nowhere.test\n"
			     "circle.test CNAME circle.test\n"
			     "text.test TXT \"with # inside\"\r\n"
			     "sure.test A 192.0.2.4\n"
			     "sure.test A +secure\n"
			     "bad.test MX !servfail\n"
			     "bad.test A !refused\n"
			     "bad.test AAAA !bogus\n"
			     "bad.test TXT !timeout\n"
			     "bad.test SRV !failed\n"
			     "bad.test NS !nxdomain\n"
			     "\n";

struct heard {
	struct sw_loop *loop;
	int calls;
	enum sw_dns_status status;
	int rcode;
	size_t count;
	bool secure, has_why;
	uint64_t elapsed_us;
	char first[64], canonical[64];
};

static void hear(void *arg, const struct sw_dns_answer *a)
{
	struct heard *h = arg;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };

	h->calls++;
	h->status = a->status;
	h->rcode = a->rcode;
	h->count = a->count;
	h->secure = a->secure;
	h->has_why = a->why_bogus || a->why_failed;
	h->elapsed_us = a->elapsed_us;
	assert_string_equal(a->source, "script");
	snprintf(h->canonical, sizeof(h->canonical), "%s", a->canonical);
	if (a->count > 0) {
		assert_ok(sw_dns_record_text(&a->records[0], &text));
		snprintf(h->first, sizeof(h->first), "%s", sw_buf_str(&text));
	}
	sw_loop_stop(h->loop);
}

static const struct {
	const char *name;
	enum sw_dns_type type;
	enum sw_dns_status status;
	int rcode;
	unsigned count;
	const char *first, *canonical;
	bool has_why;
} cases[] = {
	{ "example.test", SW_DNS_MX, SW_DNS_OK, 0, 2, "10 mx1.example.test", "example.test", false },
	{ "EXAMPLE.test.", SW_DNS_MX, SW_DNS_OK, 0, 2, "10 mx1.example.test", "EXAMPLE.test.", false },
	{ "example.test", SW_DNS_A, SW_DNS_NODATA, 0, 0, "", "example.test", false },
	{ "mx1.example.test", SW_DNS_A, SW_DNS_OK, 0, 2, "192.0.2.1", "mx1.example.test", false },
	{ "alias.test", SW_DNS_A, SW_DNS_OK, 0, 2, "192.0.2.1", "mx1.example.test", false },
	{ "alias.test", SW_DNS_CNAME, SW_DNS_OK, 0, 1, "other.test", "alias.test", false },
	{ "lost.test", SW_DNS_A, SW_DNS_NXDOMAIN, 3, 0, "", "nowhere.test", false },
	{ "circle.test", SW_DNS_A, SW_DNS_SERVFAIL, 2, 0, "", "circle.test", false },
	{ "text.test", SW_DNS_TXT, SW_DNS_OK, 0, 1, "\"with # inside\"", "text.test", false },
	{ "unlisted.test", SW_DNS_A, SW_DNS_NXDOMAIN, 3, 0, "", "unlisted.test", false },
	{ "slow.test", SW_DNS_AAAA, SW_DNS_NODATA, 0, 0, "", "slow.test", false },
	{ "bad.test", SW_DNS_MX, SW_DNS_SERVFAIL, 2, 0, "", "bad.test", false },
	{ "bad.test", SW_DNS_A, SW_DNS_REFUSED, 5, 0, "", "bad.test", false },
	{ "bad.test", SW_DNS_AAAA, SW_DNS_BOGUS, 2, 0, "", "bad.test", true },
	{ "bad.test", SW_DNS_TXT, SW_DNS_TIMEOUT, 0, 0, "", "bad.test", true },
	{ "bad.test", SW_DNS_SRV, SW_DNS_FAILED, 0, 0, "", "bad.test", true },
	{ "bad.test", SW_DNS_NS, SW_DNS_NXDOMAIN, 3, 0, "", "bad.test", false },
};

static struct heard ask(struct sw_loop *loop, struct sw_resolver *r, const char *name,
			enum sw_dns_type type, uint64_t wait_us)
{
	struct heard h = { .loop = loop };

	assert_non_null(sw_resolver_ask(r, name, type, sw_loop_now(loop) + wait_us, hear, &h, NULL));
	assert_int_equal(h.calls, 0);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(h.calls, 1);
	return h;
}

static void answers_as_written(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);

	(void)state;
	assert_non_null(r);
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct heard h = ask(loop, r, cases[i].name, cases[i].type, 20 * MS);
		assert_row(i, h.status == cases[i].status);
		assert_row(i, h.rcode == cases[i].rcode);
		assert_row(i, h.count == cases[i].count);
		assert_row(i, h.has_why == cases[i].has_why);
		assert_string_equal(h.first, cases[i].first);
		assert_string_equal(h.canonical, cases[i].canonical);
	}
	assert_true(ask(loop, r, "sure.test", SW_DNS_A, 20 * MS).secure);
	assert_false(ask(loop, r, "mx1.example.test", SW_DNS_A, 20 * MS).secure);
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

static void delays_and_deadlines_hold(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);

	(void)state;
	struct heard h = ask(loop, r, "slow.test", SW_DNS_A, 1000 * MS);
	assert_int_equal(h.status, SW_DNS_OK);
	assert_true(h.elapsed_us >= 30 * MS && sw_test_in_time(h.elapsed_us, 500 * MS));
	h = ask(loop, r, "slower.test", SW_DNS_A, 5 * MS);
	assert_int_equal(h.status, SW_DNS_TIMEOUT);
	assert_int_equal(h.count, 0);
	assert_true(h.elapsed_us >= 5 * MS && sw_test_in_time(h.elapsed_us, 400 * MS));
	/* a deadline in the past */
	struct heard past = { .loop = loop };
	assert_non_null(sw_resolver_ask(r, "bad.test", SW_DNS_TXT, 0, hear, &past, NULL));
	assert_ok(sw_loop_run(loop));
	assert_int_equal(past.status, SW_DNS_TIMEOUT);
	sw_resolver_free(r);
	sw_loop_free(loop);
}

static void cancelled_questions_are_silent(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);
	struct heard h = { .loop = loop };

	(void)state;
	struct sw_query *a = sw_resolver_ask(r, "slow.test", SW_DNS_A, SW_NEVER, hear, &h, NULL);
	struct sw_query *b = sw_resolver_ask(r, "slow.test", SW_DNS_A, SW_NEVER, hear, &h, NULL);
	struct sw_query *c = sw_resolver_ask(r, "slow.test", SW_DNS_A, SW_NEVER, hear, &h, NULL);
	assert_true(a && b && c);
	sw_query_cancel(b);
	sw_query_cancel(c);
	sw_query_cancel(a);
	assert_ok(sw_loop_run(loop)); /* nothing is left to wait for */
	assert_int_equal(h.calls, 0);
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

static void refuses_lines_that_make_no_sense(void **state)
{
	static const struct {
		const char *text, *words;
	} wrong[] = {
		{ "a.test", "line 1: not a record type" },
		{ "a.test A 192.0.2.1\na.test XX y", "line 2: not a record type: 'XX'" },
		{ "\n\na.test A", "line 3: not the data of a A record" },
		{ "a.test A 192.0.2.1 192.0.2.2", "not the data of a A record" },
		{ "a..test A 192.0.2.1", "not a name: 'a..test'" },
		{ "a.test A !explode", "not the data of a A record" },
		{ "a.test A ~x", "not the data of a A record" },
		{ "a.test A ~3600001", "not the data of a A record" },
		{ "a.test MX mx.test", "not the data of a MX record" },
	};
	struct sw_loop *loop = sw_loop_new(NULL);

	(void)state;
	for (size_t i = 0; i < SW_LEN(wrong); i++) {
		struct sw_error err;
		assert_row(i, !sw_resolver_script(loop, sw_slice_str(wrong[i].text), &err));
		assert_int_equal(err.code, SW_E_DATA);
		assert_contains(err.text, wrong[i].words);
	}
	sw_loop_free(loop);
}

static void count_call(void *arg, const struct sw_dns_answer *a)
{
	(void)a;
	++*(int *)arg;
}

static void says_so_when_memory_is_out(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);

	(void)state;
	for (long n = 1;; n++) {
		struct sw_error err = { 0 };
		int calls = 0;
		sw_mem_fail_at(n);
		struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), &err);
		struct sw_query *q = r ? sw_resolver_ask(r, "alias.test", SW_DNS_A, SW_NEVER,
							 count_call, &calls, &err) :
					 NULL;
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(!q, hit);
		if (q)
			assert_ok(sw_loop_run(loop));
		else
			assert_int_equal(err.code, SW_E_NOMEM);
		assert_int_equal(calls, q ? 1 : 0);
		sw_resolver_free(r);
		if (!hit)
			break;
	}
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_as_written),
		cmocka_unit_test(delays_and_deadlines_hold),
		cmocka_unit_test(cancelled_questions_are_silent),
		cmocka_unit_test(refuses_lines_that_make_no_sense),
		cmocka_unit_test(says_so_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
