/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "identity/dmarc.h"
#include "identity/tags.h"

#define N(name) (1u << SW_DMARC_##name##_INDEX)

static const struct {
	const char *text;
	enum sw_dmarc_policy p, sp, np;
	bool strict_dkim;
	char psd;
	unsigned rua;
	uint32_t notes;
} records[] = {
	{ "v=DMARC1; p=reject; rua=mailto:a@b.test", SW_DMARC_REJECT, 0, 0, false, 'u', 1, 0 },
	{ "v=DMARC1;p=none;sp=REJECT;np=quarantine;adkim=S;psd=Y;rua=mailto:a@b.test;",
	  SW_DMARC_NONE, SW_DMARC_REJECT, SW_DMARC_QUARANTINE, true, 'y', 1, 0 },
	{ "v=DMARC1; rua=mailto:a@b.test", SW_DMARC_NONE, 0, 0, false, 'u', 1, N(P_ASSUMED) },
	{ "v=DMARC1; p=rejekt; rua=mailto:a@b.test", SW_DMARC_NONE, 0, 0, false, 'u', 1,
	  N(P_ASSUMED) },
	{ "v=DMARC1; sp=reject", 0, SW_DMARC_REJECT, 0, false, 'u', 0,
	  N(NO_P) | N(NO_REPORTS) },
	{ "v=DMARC1; adkim=r; p=none; p=reject; pct=101; ri=1; rf=afrf; nonsense; x=1",
	  SW_DMARC_NONE, 0, 0, false, 'u', 0,
	  N(P_LATE) | N(TWICE) | N(HISTORIC_PCT) | N(BAD_PCT) | N(HISTORIC_RI) |
		  N(HISTORIC_RF) | N(BAD_TAG) | N(UNKNOWN_TAG) | N(NO_REPORTS) },
	{ "v=DMARC1; p=none; sp=x; np=; aspf=q; psd=z; t=1; fo=2; "
	  "rua=a@b.test,mailto:c,mailto:d@e!10m",
	  SW_DMARC_NONE, 0, 0, false, 'u', 1,
	  N(BAD_SP) | N(BAD_NP) | N(BAD_ALIGNMENT) | N(BAD_PSD) | N(BAD_T) | N(BAD_FO) |
		  N(BAD_URI) | N(SIZE_LIMIT) | N(RUF_WITHOUT_USE) },
};

static void records_are_read_with_notes(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(records); i++) {
		struct sw_arena arena = { 0 };
		struct sw_dmarc_record r;

		assert_ok(sw_dmarc_record_read(sw_slice_str(records[i].text), &arena, &r));
		assert_row(i, r.p == records[i].p && r.sp == records[i].sp);
		assert_row(i,
			   r.np == records[i].np && r.strict_dkim == records[i].strict_dkim);
		assert_row(i, r.psd == records[i].psd && r.rua.count == records[i].rua);
		assert_int_equal(r.notes, records[i].notes);
		sw_arena_fini(&arena);
	}
}

static void addresses_of_reports_are_taken_apart(void **state SW_UNUSED)
{
	struct sw_arena arena = { 0 };
	struct sw_dmarc_record r;

	assert_ok(sw_dmarc_record_read(
		SW_S("v=DMARC1; p=none; rua=mailto:a@b.test!10k , MAILTO:c@d.test?x=y"),
		&arena, &r));
	assert_int_equal(r.rua.count, 2);
	assert_slice(r.rua.list[0].host, "b.test");
	assert_int_equal(r.rua.list[0].most_bytes, 10240);
	assert_slice(r.rua.list[1].address, "c@d.test");
	sw_arena_fini(&arena);
}

static void only_the_version_makes_a_record(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		bool is;
	} rows[] = {
		{ "v=DMARC1", true },
		{ "v = DMARC1 ; p=none", true },
		{ "V=DMARC1;p=none", true },
		{ "v=dmarc1; p=none", false },
		{ "v=DMARC1x; p=none", false },
		{ "p=none; v=DMARC1", false },
		{ "", false },
		{ ";v=DMARC1", false },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_dmarc_is_record(sw_slice_str(rows[i].text)) == rows[i].is);
}

/* The record of a.test; nothing else is there. */
static enum sw_err evaluate(struct sw_dmarc_view *ret)
{
	static const struct sw_dmarc_identifier passed[] = { { { "m.a.test", 8 }, true } };
	struct sw_dmarc_request r = { .author = SW_S("x.A.test."),
				      .passed = passed,
				      .count = 1 };
	struct sw_dmarc *x = sw_dmarc_new(&r, NULL);
	const struct sw_dns_question *q;
	enum sw_err e = x ? SW_OK : SW_E_NOMEM;

	while (!e && sw_dmarc_questions(x, &q) > 0) {
		struct sw_dns_answer *a = sw_dns_answer_new(q->name, q->type);

		e = a ? SW_OK : SW_E_NOMEM;
		if (a && strcmp(q->name, "_dmarc.A.test") == 0)
			e = sw_dns_answer_add_text(
				a, SW_DNS_TXT, 1,
				SW_S("\"v=DMARC1; p=none; sp=quarantine; np=reject\""), NULL);
		else if (a)
			a->status = SW_DNS_NXDOMAIN;
		if (!e)
			e = sw_dmarc_answer(x, a, NULL);
		sw_dns_answer_free(a);
	}
	if (!e)
		*ret = sw_dmarc_outcome(x)->tree;
	sw_dmarc_free(x);
	return e;
}

static void a_walk_finds_the_policy_above(void **state SW_UNUSED)
{
	struct sw_dmarc_view v;

	assert_ok(evaluate(&v));
	assert_int_equal(v.result, SW_DMARC_PASS);
	assert_int_equal(v.policy, SW_DMARC_REJECT);
}

static void an_author_that_is_no_domain_has_no_policy(void **state SW_UNUSED)
{
	static const char *const authors[] = { "",        ".",        "a.test..",
					       "a..test", "a\\.test", "\xe4.test" };

	for (size_t i = 0; i < SW_LEN(authors); i++) {
		struct sw_dmarc_request r = { .author = sw_slice_str(authors[i]) };
		struct sw_dmarc *x = sw_dmarc_new(&r, NULL);

		assert_non_null(x);
		assert_row(i, sw_dmarc_outcome(x) &&
				      sw_dmarc_outcome(x)->tree.result == SW_DMARC_PERMERROR);
		sw_dmarc_free(x);
	}
}

static enum sw_err run(void *arg SW_UNUSED)
{
	struct sw_dmarc_view v;

	return evaluate(&v);
}

static void memory_may_be_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(run, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_read_with_notes),
		cmocka_unit_test(addresses_of_reports_are_taken_apart),
		cmocka_unit_test(only_the_version_makes_a_record),
		cmocka_unit_test(a_walk_finds_the_policy_above),
		cmocka_unit_test(an_author_that_is_no_domain_has_no_policy),
		cmocka_unit_test(memory_may_be_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
