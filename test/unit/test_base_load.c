/* SPDX-License-Identifier: MIT */
#include "base/load.h"
#include "base/slice.h"

#include "sw_test.h"

struct parts {
	int before;
	double (*cos)(double x);
	double (*sin)(double x);
};

static const struct sw_load_symbol good[] = {
	{ "cos", offsetof(struct parts, cos) },
	{ "sin", offsetof(struct parts, sin) },
};
static const struct sw_load_symbol bad[] = {
	{ "cos", offsetof(struct parts, cos) },
	{ "no_such_function", offsetof(struct parts, sin) },
};

static void test_found(void **state SW_UNUSED)
{
	struct parts p = { .before = 7 };
	struct sw_error err;

	sw_error_clear(&err);
	/* Twice: nothing is used up. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sw_load("libm.so.6", "counts", good, SW_LEN(good), &p, &err),
				 SW_OK);
		assert_true(p.cos(0) > 0.99 && p.sin(0) < 0.01);
		assert_int_equal(p.before, 7);
	}
}

static void test_not_there(void **state SW_UNUSED)
{
	struct parts p;
	struct sw_error err;

	sw_error_clear(&err);
	assert_int_equal(sw_load("libnone.so.77", "does it", good, SW_LEN(good), &p, &err),
			 SW_E_OS);
	assert_non_null(strstr(err.text, "libnone.so.77, which does it, cannot be loaded"));
	sw_error_clear(&err);
	assert_int_equal(sw_load("libm.so.6", "counts", bad, SW_LEN(bad), &p, &err), SW_E_OS);
	assert_non_null(strstr(err.text, "no_such_function"));
	/* Nobody wants to know why. */
	assert_int_equal(sw_load("libnone.so.77", "does it", good, SW_LEN(good), &p, NULL),
			 SW_E_OS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
