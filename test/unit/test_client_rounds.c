/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "client/rounds.h"

enum { MANY = 50000, ADDRESS = 32 };

static const char *const five[] = { "a@x.test", "b@y.test", "c@x.test", "d@z.test",
				    "e@Y.test" };

/* One transaction a word; places in `again` are asked about once more when they come first. */
static void tell(uint64_t rcpt_max, uint64_t domain_max, const char *again, char out[32])
{
	struct sw_rounds r;
	size_t places[5], *at, n;
	bool asked[5] = { false };
	char *to = out;

	assert_ok(sw_rounds_init(&r, five, 5, places, domain_max > 0, NULL));
	while ((n = sw_rounds_next(&r, rcpt_max, domain_max, &at)) > 0) {
		size_t kept = 0;

		for (size_t i = 0; i < n; i++) {
			size_t place = at[i];

			*to++ = (char)('0' + place);
			if (strchr(again, (char)('0' + place)) && !asked[place])
				at[kept++] = place;
			asked[place] = true;
		}
		*to++ = ' ';
		assert_true(to < out + 24);
		sw_rounds_again(&r, at, kept);
	}
	*to = '\0';
	sw_rounds_fini(&r);
}

static void keeps_both_limits(void **state SW_UNUSED)
{
	static const struct {
		uint64_t rcpt_max, domain_max;
		const char *again, *rounds;
	} rows[] = {
		{ 0, 0, "", "01234 " },
		{ 2, 0, "", "01 23 4 " },
		{ 9, 0, "", "01234 " },
		{ 1, 0, "", "0 1 2 3 4 " },
		{ 0, 1, "", "02 14 3 " },
		{ 0, 2, "", "0214 3 " },
		{ 0, 9, "", "02143 " },
		{ 3, 2, "", "021 43 " },
		{ 1, 1, "", "0 2 1 4 3 " },
		/* who is to be asked again comes behind all others */
		{ 0, 0, "01234", "01234 01234 " },
		{ 2, 0, "13", "01 23 4 13 " },
		{ 0, 1, "20", "02 14 3 02 " },
		{ 0, 2, "3142", "0214 3 214 3 " },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char got[32];

		tell(rows[i].rcpt_max, rows[i].domain_max, rows[i].again, got);
		if (strcmp(got, rows[i].rounds) != 0)
			fail_msg("row %zu: \"%s\"", i, got);
	}
}

static void leaves_whom_nobody_was_asked_about(void **state SW_UNUSED)
{
	struct sw_rounds r;
	size_t places[5], *at;

	assert_ok(sw_rounds_init(&r, five, 5, places, true, NULL));
	assert_int_equal(sw_rounds_next(&r, 0, 1, &at), 2);
	sw_rounds_again(&r, at, 1);
	assert_int_equal(sw_rounds_left(&r), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(places[i], ((const size_t[]){ 1, 4, 3, 0 })[i]);
	sw_rounds_fini(&r);
}

/* A name for each recipient, or one for every `share` of them. */
static size_t work_of(size_t count, size_t share, uint64_t rcpt_max, uint64_t domain_max)
{
	char(*texts)[ADDRESS] = calloc(count, ADDRESS);
	const char **list = calloc(count, sizeof(*list));
	size_t *places = calloc(count, sizeof(*places)), *at, n, all = 0;
	struct sw_rounds r;

	assert_true(texts && list && places);
	for (size_t i = 0; i < count; i++) {
		snprintf(texts[i], ADDRESS, "u@d%zu.test", i * 7919 % count / share);
		list[i] = texts[i];
	}
	assert_ok(sw_rounds_init(&r, list, count, places, domain_max > 0, NULL));
	while ((n = sw_rounds_next(&r, rcpt_max, domain_max, &at)) > 0)
		all += n;
	assert_int_equal(all, count);
	sw_rounds_fini(&r);
	free(places);
	free(list);
	free(texts);
	return r.work;
}

/* Counted, not timed: fifty thousand domains, one a transaction. */
static void the_work_grows_with_the_recipients_alone(void **state SW_UNUSED)
{
	static const struct {
		size_t share;
		uint64_t rcpt_max, domain_max;
	} rows[] = {
		{ 1, 0, 1 },   { 1, 0, 2 },     { 1, 1, 1 },     { 2, 0, 1 },   { 7, 3, 2 },
		{ 1, 100, 0 }, { MANY, 10, 1 }, { 1, 0, 60000 }, { 500, 0, 3 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, work_of(MANY, rows[i].share, rows[i].rcpt_max,
				      rows[i].domain_max) < (size_t)16 * MANY);
}

static void says_when_there_is_no_memory(void **state SW_UNUSED)
{
	size_t places[5];
	long nth = 1;

	for (;; nth++) {
		struct sw_rounds r;
		struct sw_error err = { 0 };

		sw_mem_fail_at(nth);
		enum sw_err e = sw_rounds_init(&r, five, 5, places, true, &err);

		sw_mem_fail_at(0);
		sw_rounds_fini(&r);
		if (!e)
			break;
		assert_int_equal(e, SW_E_NOMEM);
		assert_int_equal(err.code, SW_E_NOMEM);
	}
	assert_true(nth > 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_both_limits),
		cmocka_unit_test(leaves_whom_nobody_was_asked_about),
		cmocka_unit_test(the_work_grows_with_the_recipients_alone),
		cmocka_unit_test(says_when_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
