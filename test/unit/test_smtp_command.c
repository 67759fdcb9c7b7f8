/* SPDX-License-Identifier: MIT */
#include "smtp/command.h"

#include "sw_test.h"

static void writes_the_line_and_its_end(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	assert_ok(sw_command_put(&out, SW_S("NOOP"), SW_MAX_COMMAND, NULL));
	assert_ok(sw_command_put(&out, SW_S("MAIL FROM:<\xc3\xbc@b> SMTPUTF8"), SW_MAX_COMMAND,
				 NULL));
	assert_ok(sw_command_put(&out, SW_S(""), SW_MAX_AUTH_LINE, NULL));
	assert_slice(sw_buf_slice(&out), "NOOP\r\nMAIL FROM:<\xc3\xbc@b> SMTPUTF8\r\n\r\n");
}

static void refuses_each_control_byte_at_each_place(void **state SW_UNUSED)
{
	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < 10; at++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
			bool control = c < 0x20 || c == 0x7f;
			char line[10] = "RCPT TO:<>";

			line[at] = (char)c;
			enum sw_err code = sw_command_put(&out, sw_slice(line, sizeof(line)),
							  SW_MAX_COMMAND, NULL);

			assert_err(code, control ? SW_E_DATA : SW_OK);
			assert_int_equal(sw_buf_len(&out), control ? 0 : 12);
		}
	}
}

static void refuses_what_is_too_long(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_error err;

	assert_ok(sw_command_put(&out, SW_S("12345"), 5, &err));
	assert_err(sw_command_put(&out, SW_S("123456"), 5, &err), SW_E_LIMIT);
	assert_slice(sw_buf_slice(&out), "12345\r\n");
}

static enum sw_err put(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };

	return sw_command_put(&out, SW_S("NOOP"), 5, NULL);
}

static void survives_failing_allocations(void **state SW_UNUSED)
{
	sw_test_failing_allocations(put, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_line_and_its_end),
		cmocka_unit_test(refuses_each_control_byte_at_each_place),
		cmocka_unit_test(refuses_what_is_too_long),
		cmocka_unit_test(survives_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
