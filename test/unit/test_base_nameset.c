/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/nameset.h"

enum { MANY = 50000, NAME = 24 };

static void names_are_counted_as_they_come(void **state SW_UNUSED)
{
	static const struct {
		const char *name;
		size_t number, count;
	} rows[] = {
		{ "b.test", 0, 1 }, { "a.test", 1, 2 },   { "B.Test", 0, 2 },
		{ "", 2, 3 },       { "a.tes", 3, 4 },    { "a.test", 1, 4 },
		{ "", 2, 4 },       { "\xc3\x84", 4, 5 }, { "\xc3\xa4", 5, 6 },
	};
	SW_CLEANUP(sw_nameset_fini) struct sw_nameset set = { .count = 0 };

	assert_true(sw_nameset_find(&set, SW_S("b.test")) == SIZE_MAX);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t number = 99;

		assert_ok(sw_nameset_add(&set, sw_slice_str(rows[i].name), &number));
		assert_row(i, number == rows[i].number && set.count == rows[i].count);
		assert_row(i, sw_nameset_find(&set, sw_slice_str(rows[i].name)) == number);
	}
	sw_nameset_clear(&set);
	assert_true(sw_nameset_find(&set, SW_S("b.test")) == SIZE_MAX);
	assert_int_equal(set.count, 0);
}

static void many_names_cost_no_more_each(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_nameset_fini) struct sw_nameset set = { .count = 0 };
	char(*names)[NAME] = calloc(MANY, NAME);
	size_t number;

	assert_non_null(names);
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < MANY; i++) {
			snprintf(names[i], NAME, "d%zu.test", i);
			assert_ok(sw_nameset_add(&set, sw_slice_str(names[i]), &number));
			assert_int_equal(number, i);
		}
	/* Half of the slots are free: two looks at a time, and as much again for growing. */
	assert_true(set.compared < (size_t)8 * MANY);
	free(names);
}

static void a_failure_leaves_the_set_as_it_was(void **state SW_UNUSED)
{
	for (size_t nth = 1; nth <= 4; nth++) {
		SW_CLEANUP(sw_nameset_fini) struct sw_nameset set = { .count = 0 };
		char names[40][NAME];
		size_t number, failed = 0;

		sw_mem_fail_at((long)nth);
		for (size_t i = 0; i < SW_LEN(names); i++) {
			snprintf(names[i], NAME, "d%zu.test", i);
			if (sw_nameset_add(&set, sw_slice_str(names[i]), &number)) {
				failed++;
				assert_ok(
					sw_nameset_add(&set, sw_slice_str(names[i]), &number));
			}
			assert_int_equal(number, i);
		}
		sw_mem_fail_at(0);
		assert_int_equal(failed, 1);
		for (size_t i = 0; i < SW_LEN(names); i++)
			assert_int_equal(sw_nameset_find(&set, sw_slice_str(names[i])), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_counted_as_they_come),
		cmocka_unit_test(many_names_cost_no_more_each),
		cmocka_unit_test(a_failure_leaves_the_set_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
