/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/uu.h"

static void decodes_what_uuencode_writes(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in, want;
	} cases[] = {
		{ SW_S("begin 644 cat.txt\n#0V%T\n`\nend\n"), SW_S("Cat") },
		{ SW_S("begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n"), SW_S("Cat") },
		{ SW_S("begin 644 cat.txt\r#0V%T\r`\rend\r"), SW_S("Cat") },
		{ SW_S("words before\n\nbegin 644 x\n#0V%T\n`\nend\nwords after"),
		  SW_S("Cat") },
		/* no begin line, as when a header names the encoding */
		{ SW_S("#0V%T\n`\nend\n"), SW_S("Cat") },
		/* blanks for zero bits, and lost at the end of the line */
		{ SW_S("begin 1 x\n#    \nend\n"), SW_S("\0\0\0") },
		{ SW_S("begin 1 x\n#\nend\n"), SW_S("\0\0\0") },
		/* two lines */
		{ SW_S("begin 1 x\n#0V%T\n#0V%T\n \nend"), SW_S("CatCat") },
		/* a line that is none ends it */
		{ SW_S("begin 1 x\n#0V%T\nHello, this is prose again.\n"), SW_S("Cat") },
		{ SW_S(""), SW_S("") },
		{ SW_S("begin 644 x"), SW_S("") },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };

		assert_ok(sw_uu_decode(cases[i].in, &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
	}
}

static void says_when_the_limit_is_reached(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 2 };

	assert_err(sw_uu_decode(SW_S("begin 644 x\n#0V%T\n`\nend\n"), &out), SW_E_LIMIT);
}

static enum sw_err run(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };

	return sw_uu_decode(SW_S("begin 644 x\n#0V%T\n`\nend\n"), &out);
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(run, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_what_uuencode_writes),
		cmocka_unit_test(says_when_the_limit_is_reached),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("codec_uu", tests, NULL, NULL);
}
