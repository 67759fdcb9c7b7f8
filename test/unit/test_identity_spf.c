/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "identity/spf.h"

/* What the DNS says: "name TYPE" and records separated by '|', or "!status". */
struct row {
	const char *name;
	enum sw_dns_type type;
	const char *data;
};

static void add_txt(struct sw_dns_answer *a, struct sw_slice text)
{
	uint8_t wire[8192];
	size_t used = 0;

	while (text.len > 0) {
		size_t len = text.len < 255 ? text.len : 255;

		wire[used++] = (uint8_t)len;
		memcpy(wire + used, text.ptr, len);
		used += len;
		text = sw_slice_from(text, len);
	}
	assert_ok(sw_dns_answer_add_wire(a, SW_DNS_TXT, 1, wire, used));
}

static struct sw_dns_answer *answer_to(const struct sw_dns_question *q, const struct row *rows)
{
	struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);

	if (!a)
		return NULL;
	a->status = SW_DNS_NXDOMAIN;
	for (; rows->name; rows++) {
		struct sw_slice data = sw_slice_str(rows->data), piece;

		if (rows->type != q->type ||
		    !sw_slice_eq_nocase(sw_slice_str(rows->name), sw_slice_str(q->name)))
			continue;
		a->status = strcmp(rows->data, "!timeout") == 0    ? SW_DNS_TIMEOUT
			    : strcmp(rows->data, "!bogus") == 0    ? SW_DNS_BOGUS
			    : strcmp(rows->data, "!nodata") == 0   ? SW_DNS_NODATA
			    : strcmp(rows->data, "!servfail") == 0 ? SW_DNS_SERVFAIL
								   : SW_DNS_OK;
		while (a->status == SW_DNS_OK && sw_slice_split(&data, '|', &piece)) {
			if (q->type == SW_DNS_TXT)
				add_txt(a, piece);
			else
				assert_ok(sw_dns_answer_add_text(a, q->type, 1, piece, NULL));
		}
	}
	return a;
}

static struct sw_spf_request request(const char *from)
{
	return (struct sw_spf_request){ .ip = { 4, { 192, 0, 2, 1 } },
					.helo = SW_S("mail.example.test"),
					.mail_from = sw_slice_str(from),
					.explain = true };
}

/* Answers all questions; the last one first when `back` is set. */
static enum sw_err feed(struct sw_spf *x, const struct row *rows, bool back)
{
	const struct sw_dns_question *q;
	size_t open;

	while ((open = sw_spf_questions(x, &q)) > 0) {
		struct sw_dns_answer *a = answer_to(&q[back ? open - 1 : 0], rows);
		enum sw_err e = a ? sw_spf_answer(x, a, NULL) : SW_E_NOMEM;

		sw_dns_answer_free(a);
		if (e)
			return e;
	}
	return SW_OK;
}

static const struct row zone[] = {
	{ "example.test", SW_DNS_TXT,
	  "other text|v=spf1 mx include:in.test -all exp=why.test" },
	{ "example.test", SW_DNS_MX, "20 b.test|10 a.test" },
	{ "a.test", SW_DNS_A, "192.0.2.7" },
	{ "b.test", SW_DNS_A, "192.0.2.8" },
	{ "in.test", SW_DNS_TXT, "v=spf1 ip4:192.0.2.99 ?all" },
	{ "why.test", SW_DNS_TXT, "%{i} is not of %{d}, says %{r} of %{p}" },
	{ "late.test", SW_DNS_TXT, "v=spf1 mx -all" },
	{ "late.test", SW_DNS_MX, "10 bad.test|20 own.test" },
	{ "bad.test", SW_DNS_A, "!servfail" },
	{ "own.test", SW_DNS_A, "192.0.2.1" },
	{ "flaw.test", SW_DNS_TXT, "v=spf1 include:in.test ipv4:192.0.2.1 -all" },
	{ "two.test", SW_DNS_TXT, "v=spf1 -all|v=spf1 +all" },
	{ "slow.test", SW_DNS_TXT, "!timeout" },
	{ "forged.test", SW_DNS_TXT, "!bogus" },
	{ "loop.test", SW_DNS_TXT, "v=spf1 include:loop.test -all" },
	{ "void.test", SW_DNS_TXT, "v=spf1 a:n1.test a:n2.test a:n3.test -all" },
	{ "voidmx.test", SW_DNS_TXT, "v=spf1 mx -all" },
	{ "voidmx.test", SW_DNS_MX, "1 n1.test|2 n2.test|3 n3.test|4 n4.test" },
	{ "redir.test", SW_DNS_TXT, "v=spf1 redirect=pass.test" },
	{ "pass.test", SW_DNS_TXT, "v=spf1 a:own.test/24 -all" },
	{ "1.2.0.192.in-addr.arpa", SW_DNS_PTR, "x.pass.test|own.test" },
	{ "p.test", SW_DNS_TXT, "v=spf1 exists:%{p}.list.test -all" },
	{ "own.test.list.test", SW_DNS_A, "127.0.0.2" },
	{ "esc.test", SW_DNS_TXT, "v=spf1 exists:%{l}.esc.test -all" },
	{ "a\\032b.esc.test", SW_DNS_A, "127.0.0.2" },
	{ NULL, SW_DNS_A, NULL },
};

static const struct {
	const char *from, *text, *explanation;
	unsigned lookups, voids;
} cases[] = {
	{ "u@example.test", "fail by -all of example.test",
	  "192.0.2.1 is not of example.test, says unknown of own.test", 2, 0 },
	/* The first host decides, though the second one would match. */
	{ "u@late.test", "temperror for late.test", "", 1, 0 },
	{ "u@flaw.test", "permerror for flaw.test: \"ipv4\" at byte 23: no such mechanism", "",
	  0, 0 },
	{ "u@two.test", "permerror for two.test: the domain has more than one SPF record", "",
	  0, 0 },
	{ "u@slow.test", "temperror for slow.test", "", 0, 0 },
	{ "u@forged.test", "temperror for forged.test", "", 0, 0 },
	{ "u@none.test", "none for none.test", "", 0, 0 },
	{ "u@loop.test",
	  "permerror for loop.test: \"include:loop.test\" at byte 7: more than 10 terms that "
	  "ask the DNS",
	  "", 10, 0 },
	{ "u@void.test",
	  "permerror for void.test: \"a:n3.test\" at byte 27: more than 2 terms that ask for "
	  "what does not exist",
	  "", 3, 3 },
	{ "u@voidmx.test", "fail by -all of voidmx.test", "", 1, 0 },
	{ "u@redir.test", "pass by a:own.test/24 of pass.test", "", 2, 0 },
	{ "u@p.test", "pass by exists:%{p}.list.test of p.test", "", 1, 0 },
	{ "a b@esc.test", "pass by exists:%{l}.esc.test of esc.test", "", 1, 0 },
	{ "u@[192.0.2.1]", "none", "", 0, 0 },
	{ "u@nodot", "none", "", 0, 0 },
	{ "u@a..test", "none", "", 0, 0 },
	{ "u@a.test..", "none", "", 0, 0 },
	{ "u@\xc3\xa4.test", "none", "", 0, 0 },
	{ "@", "none", "", 0, 0 },
	{ "", "none for mail.example.test", "", 0, 0 },
};

static void results_and_their_reasons(void **state SW_UNUSED)
{
	for (size_t i = 0; i < 2 * SW_LEN(cases); i++) {
		size_t row = i / 2;
		struct sw_spf_request r = request(cases[row].from);
		struct sw_spf *x = sw_spf_new(&r, NULL);
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };

		assert_non_null(x);
		assert_ok(feed(x, zone, i % 2));
		const struct sw_spf_outcome *o = sw_spf_outcome(x);
		assert_non_null(o);
		assert_ok(sw_spf_outcome_text(o, &out));
		assert_string_equal(sw_buf_str(&out), cases[row].text);
		assert_row(row, o->lookups == cases[row].lookups);
		assert_row(row, o->voids == cases[row].voids);
		assert_row(row,
			   sw_slice_eq(o->explanation, sw_slice_str(cases[row].explanation)));
		sw_spf_free(x);
	}
}

static void the_trace_tells_each_step(void **state SW_UNUSED)
{
	static const char *const lines[] = {
		"redir.test: v=spf1 redirect=pass.test (TXT redir.test: 1 record)",
		"redir.test: redirect=pass.test (TXT pass.test): followed",
		"pass.test: v=spf1 a:own.test/24 -all (TXT pass.test: 1 record)",
		"pass.test: a:own.test/24 (A own.test: 1 record): match",
	};
	struct sw_spf_request r = request("u@redir.test");
	struct sw_spf *x = sw_spf_new(&r, NULL);

	assert_ok(feed(x, zone, false));
	assert_int_equal(sw_spf_step_count(x), SW_LEN(lines));
	for (size_t i = 0; i < SW_LEN(lines); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };
		struct sw_spf_step s = sw_spf_step_at(x, i);

		assert_ok(sw_spf_step_text(&s, &out));
		assert_string_equal(sw_buf_str(&out), lines[i]);
		assert_int_equal(s.depth, i / 2);
	}
	assert_false(sw_spf_trace_cut(x));
	sw_spf_free(x);
}

static void answers_that_nobody_asked_for_change_nothing(void **state SW_UNUSED)
{
	struct sw_spf_request r = request("u@redir.test");
	struct sw_spf *x = sw_spf_new(&r, NULL);
	const struct sw_dns_question other = { "redir.test", SW_DNS_A },
				     own = { "REDIR.test.", SW_DNS_TXT };
	const struct sw_dns_question *q;
	struct sw_dns_answer *a = answer_to(&other, zone), *b = answer_to(&own, zone);

	assert_ok(sw_spf_answer(x, a, NULL));
	assert_int_equal(sw_spf_questions(x, &q), 1);
	assert_null(sw_spf_outcome(x));
	assert_ok(sw_dns_answer_add_text(b, SW_DNS_TXT, 1,
					 SW_S("\"v=spf1 redirect=pass.test\""), NULL));
	b->status = SW_DNS_OK;
	assert_ok(sw_spf_answer(x, b, NULL));
	assert_int_equal(sw_spf_questions(x, &q), 1);
	assert_string_equal(q[0].name, "pass.test");
	/* The same once more, with other content. */
	b->status = SW_DNS_TIMEOUT;
	assert_ok(sw_spf_answer(x, b, NULL));
	assert_int_equal(sw_spf_questions(x, &q), 1);
	sw_dns_answer_free(a);
	sw_dns_answer_free(b);
	sw_spf_free(x);
}

static void thousands_of_terms_are_read_in_bounds(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 8000 };
	struct row rows[] = { { "big.test", SW_DNS_TXT, NULL }, { NULL, SW_DNS_A, NULL } };
	struct sw_spf_request r = request("u@big.test");
	struct sw_spf *x = sw_spf_new(&r, NULL);

	assert_ok(sw_buf_add_str(&text, "v=spf1"));
	for (int i = 0; i < 1200; i++)
		assert_ok(sw_buf_add_str(&text, " ?a=b"));
	rows[0].data = sw_buf_str(&text);
	assert_ok(feed(x, rows, false));
	assert_int_equal(sw_spf_outcome(x)->result, SW_SPF_PERMERROR);
	assert_ok(sw_spf_restart(x, &r, NULL));
	sw_buf_truncate(&text, 6);
	for (int i = 0; i < 1500; i++)
		assert_ok(sw_buf_add_str(&text, " a=b"));
	rows[0].data = sw_buf_str(&text);
	assert_ok(feed(x, rows, false));
	assert_int_equal(sw_spf_outcome(x)->result, SW_SPF_NEUTRAL);
	sw_spf_free(x);
}

static void addresses_in_ipv6_are_unmapped(void **state SW_UNUSED)
{
	struct sw_spf_request r = request("u@pass.test");
	assert_true(sw_ip_parse(SW_S("::ffff:192.0.2.1"), &r.ip));
	struct sw_spf *x = sw_spf_new(&r, NULL);

	assert_ok(feed(x, zone, false));
	assert_int_equal(sw_spf_outcome(x)->result, SW_SPF_PASS);
	sw_spf_free(x);
}

/* The answers are ours: where memory fails in making them, nothing is tested. */
static enum sw_err feed_one(struct sw_spf *x, const struct sw_dns_question *q)
{
	struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);
	enum sw_err e = SW_E_NOMEM;

	for (const struct row *r = zone; a && r->name; r++)
		if (r->type == q->type && strcmp(r->name, q->name) == 0) {
			char text[256];

			snprintf(text, sizeof(text), q->type == SW_DNS_TXT ? "\"%s\"" : "%s",
				 r->data);
			struct sw_slice one = sw_slice_str(text);
			if (q->type != SW_DNS_TXT)
				one = sw_slice_head(one, sw_slice_find(one, '|'));
			if (strncmp(text, "\"other text|", 12) == 0)
				one = SW_S("\"v=spf1 mx include:in.test -all exp=why.test\"");
			if (sw_dns_answer_add_text(a, q->type, 1, one, NULL))
				goto end;
		}
	if (a) {
		a->status = a->count ? SW_DNS_OK : SW_DNS_NXDOMAIN;
		e = sw_spf_answer(x, a, NULL);
	}
end:
	sw_dns_answer_free(a);
	return e;
}

static enum sw_err whole(void *arg SW_UNUSED)
{
	struct sw_spf_request r = request("u@example.test");
	struct sw_spf *x = sw_spf_new(&r, NULL);
	const struct sw_dns_question *q;
	enum sw_err e = SW_OK;

	if (!x)
		return SW_E_NOMEM;
	while (!e && sw_spf_questions(x, &q) > 0)
		e = feed_one(x, q);
	sw_spf_free(x);
	return e;
}

static void memory_may_be_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(whole, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_and_their_reasons),
		cmocka_unit_test(the_trace_tells_each_step),
		cmocka_unit_test(answers_that_nobody_asked_for_change_nothing),
		cmocka_unit_test(thousands_of_terms_are_read_in_bounds),
		cmocka_unit_test(addresses_in_ipv6_are_unmapped),
		cmocka_unit_test(memory_may_be_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
