/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/text.h"

#include "sw_test.h"

static void returns_its_code_and_keeps_the_story(void **state SW_UNUSED)
{
	struct sw_error err;

	memset(&err, 0x55, sizeof(err));
	assert_err(sw_fail(&err, SW_E_DATA, "line %d of %s", 7, "x"), SW_E_DATA);
	assert_string_equal(err.text, "line 7 of x");
	assert_int_equal(err.code, SW_E_DATA);
	assert_int_equal(err.stage, SW_STAGE_CONFIG);
	assert_int_equal(err.os_errno, 0);
	sw_error_clear(&err);
	assert_int_equal(err.code, SW_OK);
	assert_string_equal(err.text, "");
}

static void may_be_told_to_nobody(void **state SW_UNUSED)
{
	assert_err(sw_fail(NULL, SW_E_IO, "%s", "x"), SW_E_IO);
	assert_err(sw_fail_errno(NULL, SW_E_IO, ENOENT, "%s", "x"), SW_E_IO);
	assert_err(sw_fail_nomem(NULL), SW_E_NOMEM);
	sw_error_clear(NULL);
}

static void escapes_outside_bytes(void **state SW_UNUSED)
{
	struct sw_error err;

	sw_fail(&err, SW_E_DATA, "%s", "a\x1b[31m\r\nb\x80\xc2\x9b");
	assert_string_equal(err.text, "a\\x1b[31m\\x0d\\x0ab\\x80\\xc2\\x9b");
	sw_fail_errno(&err, SW_E_NOINPUT, ENOENT, "%s", "\n");
	assert_string_equal(err.text, "\\x0a: No such file or directory");
	assert_int_equal(err.os_errno, ENOENT);
}

static void stays_valid_and_keeps_the_reason_when_cut(void **state SW_UNUSED)
{
	char path[3000];
	struct sw_error err;

	for (size_t shift = 0; shift < 3; shift++) {
		for (size_t i = 0; i < sizeof(path) - 1; i++)
			path[i] = "\xe2\x82\xac"[(i + shift) % 3];
		path[sizeof(path) - 1] = '\0';
		sw_fail(&err, SW_E_DATA, "%s", path);
		assert_true(sw_utf8_valid(sw_slice_str(err.text)));
		assert_true(strlen(err.text) > SW_ERROR_TEXT - 16);
		sw_fail_errno(&err, SW_E_NOINPUT, EACCES, "%s", path);
		assert_true(sw_utf8_valid(sw_slice_str(err.text)));
		assert_contains(err.text, ": Permission denied");
	}
}

static void knows_unknown_errnos(void **state SW_UNUSED)
{
	struct sw_error err;

	sw_fail_errno(&err, SW_E_OS, 9999, "x");
	assert_string_equal(err.text, "x: error 9999");
}

static void can_wrap_itself(void **state SW_UNUSED)
{
	struct sw_error err;

	sw_fail(&err, SW_E_DATA, "inner");
	sw_fail(&err, SW_E_CONFIG, "outer: %s", err.text);
	assert_string_equal(err.text, "outer: inner");
}

static void names_every_stage_and_outcome(void **state SW_UNUSED)
{
	assert_string_equal(sw_stage_name(SW_STAGE_CONFIG), "config");
	assert_string_equal(sw_stage_name(SW_STAGE_INBOX), "inbox");
	assert_string_equal(sw_stage_name(SW_STAGE_COUNT), "?");
	assert_string_equal(sw_stage_name((enum sw_stage)-1), "?");
	assert_string_equal(sw_outcome_name(SW_NOT_SENT), "not_sent");
	assert_string_equal(sw_outcome_name(SW_OUTCOME_COUNT), "?");
	for (unsigned i = 0; i < SW_STAGE_COUNT; i++)
		assert_row(i, sw_stage_name((enum sw_stage)i)[0] != '?');
	for (unsigned i = 0; i < SW_OUTCOME_COUNT; i++)
		assert_row(i, sw_outcome_name((enum sw_outcome)i)[0] != '?');
}

static void gives_every_error_a_text_and_the_documented_status(void **state SW_UNUSED)
{
	static const int expected[SW_ERR_COUNT] = { 0,	64, 65, 66, 71, 71, 73,
						    74, 65, 77, 78, 75, 70 };

	for (unsigned i = 0; i < SW_ERR_COUNT; i++) {
		assert_row(i, sw_err_exit_status((enum sw_err)i) == expected[i]);
		assert_row(i, strlen(sw_err_text((enum sw_err)i)) > 5);
	}
	assert_string_equal(sw_err_text(SW_ERR_COUNT), "?");
	assert_int_equal(sw_err_exit_status(SW_ERR_COUNT), 70);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(returns_its_code_and_keeps_the_story),
		cmocka_unit_test(may_be_told_to_nobody),
		cmocka_unit_test(escapes_outside_bytes),
		cmocka_unit_test(stays_valid_and_keeps_the_reason_when_cut),
		cmocka_unit_test(knows_unknown_errnos),
		cmocka_unit_test(can_wrap_itself),
		cmocka_unit_test(names_every_stage_and_outcome),
		cmocka_unit_test(gives_every_error_a_text_and_the_documented_status),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
