/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <locale.h>
#include <time.h>

#include "mail/date.h"

static const struct {
	const char *zone;
	int64_t s;
	const char *want;
} cases[] = {
	{ "UTC0", 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ "UTC0", 1767225600, "Thu, 01 Jan 2026 00:00:00 +0000" },
	{ "UTC0", 951782400, "Tue, 29 Feb 2000 00:00:00 +0000" },
	{ "UTC0", -1, "Wed, 31 Dec 1969 23:59:59 +0000" },
	{ "EST5", 0, "Wed, 31 Dec 1969 19:00:00 -0500" },
	{ "IST-5:30", 0, "Thu, 01 Jan 1970 05:30:00 +0530" },
	{ "NST3:30", 0, "Wed, 31 Dec 1969 20:30:00 -0330" },
	{ "XXX0:20", 0, "Wed, 31 Dec 1969 23:40:00 -0020" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", 1751328000, "Tue, 01 Jul 2025 02:00:00 +0200" },
};

static void names_the_moment_in_local_time(void **state SW_UNUSED)
{
	/* Names must be English whatever the locale; not every machine has another one. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		char out[SW_DATE_TEXT];

		assert_int_equal(setenv("TZ", cases[i].zone, 1), 0);
		tzset();
		assert_ok(sw_date_format(cases[i].s * 1000000, out));
		assert_string_equal(out, cases[i].want);
	}
	setlocale(LC_ALL, "C");
}

static void part_of_a_second_is_dropped_before_1970_too(void **state SW_UNUSED)
{
	char out[SW_DATE_TEXT];

	assert_int_equal(setenv("TZ", "UTC0", 1), 0);
	tzset();
	assert_ok(sw_date_format(-1, out));
	assert_string_equal(out, "Wed, 31 Dec 1969 23:59:59 +0000");
	assert_ok(sw_date_format(999999, out));
	assert_string_equal(out, "Thu, 01 Jan 1970 00:00:00 +0000");
}

static void years_without_four_digits_are_refused(void **state SW_UNUSED)
{
	char out[SW_DATE_TEXT];

	assert_err(sw_date_format(INT64_MAX, out), SW_E_DATA);
	assert_err(sw_date_format(INT64_MIN, out), SW_E_DATA);
	/* The year 10000. */
	assert_err(sw_date_format(INT64_C(253402300800) * 1000000, out), SW_E_DATA);
	assert_ok(sw_date_format(INT64_C(253402300799) * 1000000, out));
	assert_string_equal(out, "Fri, 31 Dec 9999 23:59:59 +0000");
}

static void reads_dates_of_all_programs(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want; /* NULL: no date */
	} rows[] = {
		{ "Sat, 21 Nov 2026 09:00:00 +0100", "2026-11-21T09:00:00+01:00" },
		{ "21 Nov 2026 09:00 +0100", "2026-11-21T09:00:00+01:00" },
		{ "Sat,21 Nov 2026 09:00:00 -0330", "2026-11-21T09:00:00-03:30" },
		{ "Sat, 21 November 2026 9:00:00 UT", "2026-11-21T09:00:00+00:00" },
		{ "Sat, 21 Nov 2026 09:00:00 GMT+0100", "2026-11-21T09:00:00-00:00" },
		{ "Sat, 21 Nov 2026 09:00:00 MEZ", "2026-11-21T09:00:00-00:00" },
		{ "Sat, 21 Nov 2026 09:00:00", "2026-11-21T09:00:00-00:00" },
		{ "Sat (a (day)) , 21 (x) Nov 2026 09:00:00 (y) +0100 (CET)",
		  "2026-11-21T09:00:00+01:00" },
		{ "21 Nov 49 09:00:00 EST", "2049-11-21T09:00:00-05:00" },
		{ "21 Nov 50 09:00:00 PDT", "1950-11-21T09:00:00-07:00" },
		{ "21 Nov 126 09:00:00 +0000", "2026-11-21T09:00:00+00:00" },
		{ "Sat Nov 21 09:00:00 2026", "2026-11-21T09:00:00-00:00" },
		{ "Sat Nov 21 09:00:00 +0100 2026", "2026-11-21T09:00:00+01:00" },
		{ "Sat Nov  1 09:00:60 CST 2026", "2026-11-01T09:00:60-06:00" },
		{ "21-Nov-2026 09:00:00 +0000", "2026-11-21T09:00:00+00:00" },
		{ "2026-11-21T09:00:00+01:00", "2026-11-21T09:00:00+01:00" },
		{ "2026-11-21T09:00:00.123Z", "2026-11-21T09:00:00+00:00" },
		{ "2026-11-21 09:00:00 -0500", "2026-11-21T09:00:00-05:00" },
		{ "2026-11-21 09:00", "2026-11-21T09:00:00-00:00" },
		{ "", NULL },
		{ "2026-11-21", NULL },
		{ "Sat, 21 Nov 2026", NULL },
		{ "Sat, 00 Nov 2026 09:00:00 +0100", NULL },
		{ "Sat, 32 Nov 2026 09:00:00 +0100", NULL },
		{ "Sat, 21 Foo 2026 09:00:00 +0100", NULL },
		{ "Sat, 21 Nov 2026 24:00:00 +0100", NULL },
		{ "Sat, 21 Nov 2026 09:60:00 +0100", NULL },
		{ "Sat, 21 Nov 12345 09:00:00 +0100", NULL },
		{ "2026-13-21T09:00:00Z", NULL },
		{ "2026-1a-21T09:00:00Z", NULL },
		{ "((((((", NULL },
		{ "::::::", NULL },
		{ "------", NULL },
		{ "09:00:00 +0100", NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char out[SW_DATE_TEXT] = "";
		bool is = sw_date_read(sw_slice_str(rows[i].in), out);

		if (is != (rows[i].want != NULL) || (is && strcmp(out, rows[i].want) != 0))
			print_error("# %s: %s\n", rows[i].in, is ? out : "none");
		assert_int_equal(is, rows[i].want != NULL);
		if (is)
			assert_string_equal(out, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_moment_in_local_time),
		cmocka_unit_test(part_of_a_second_is_dropped_before_1970_too),
		cmocka_unit_test(years_without_four_digits_are_refused),
		cmocka_unit_test(reads_dates_of_all_programs),
	};

	return cmocka_run_group_tests_name("mail_date", tests, NULL, NULL);
}
