/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "mail/status.h"

static void reads_enhanced_codes_and_nothing_that_only_looks_like_one(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		const char *want;	/* NULL: none */
	} cases[] = {
		{ "5.1.1 User unknown", "5.1.1" },
		{ "2.0.0", "2.0.0" },
		{ "4.7.650\tlater", "4.7.650" },
		{ "5.999.999 x", "5.999.999" },
		{ "", NULL },
		{ "5", NULL },
		{ "5.", NULL },
		{ "5.1", NULL },
		{ "5.1.", NULL },
		{ "5..1 x", NULL },
		{ "3.1.1 x", NULL },
		{ "1.1.1 x", NULL },
		{ "55.1.1 x", NULL },
		{ "5.1.1.1 x", NULL },
		{ "5.1.1000 x", NULL },
		{ "5.1.01 x", NULL },
		{ "5.1.1-x", NULL },
		{ " 5.1.1", NULL },
		{ "-5.1.1", NULL },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_enhanced e = { 0 };
		char text[SW_ENHANCED_TEXT];
		size_t len = 0;
		bool found = sw_enhanced_parse(sw_slice_str(cases[i].in), &e, &len);

		assert_row(i, found == (cases[i].want != NULL));
		assert_string_equal(sw_enhanced_text(e, text), found ? cases[i].want : "");
		assert_int_equal(len, found ? strlen(cases[i].want) : 0);
	}
}

static void the_largest_enhanced_code_fits_its_text(void **state SW_UNUSED)
{
	struct sw_enhanced e = { 255, 65535, 65535 };
	char text[SW_ENHANCED_TEXT];

	assert_string_equal(sw_enhanced_text(e, text), "255.65535.65535");
}

static void the_first_digit_decides_the_outcome(void **state SW_UNUSED)
{
	static const struct {
		int code;
		enum sw_outcome want;
	} cases[] = { { 0, SW_NOT_SENT },   { 199, SW_NOT_SENT }, { 200, SW_ACCEPTED },
		      { 250, SW_ACCEPTED }, { 354, SW_NOT_SENT }, { 421, SW_DEFERRED },
		      { 550, SW_REJECTED }, { 599, SW_REJECTED } };

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_reply r = { .code = cases[i].code };

		assert_row(i, sw_reply_outcome(&r) == cases[i].want);
	}
}

static void is_formatted_on_one_line_with_nothing_raw(void **state SW_UNUSED)
{
	static const struct {
		struct sw_reply reply;
		const char *want;
	} cases[] = {
		{ { 0 }, "no reply" },
		{ { .code = 250 }, "250" },
		{ { .code = 250, .text = "ok", .text_len = 2 }, "250 ok" },
		{ { .code = 550, .enhanced = { 5, 1, 1 }, .text = "No\nuser", .text_len = 7 },
		  "550 5.1.1 No / user" },
		{ { .code = 550, .enhanced = { 5, 1, 1 } }, "550 5.1.1" },
		{ { .code = 550, .text = "\x1b[2J\0\r\xff", .text_len = 7 },
		  "550 \\x1b[2J\\x00\\x0d\\xff" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		assert_ok(sw_reply_format(&cases[i].reply, &out));
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static void what_does_not_fit_is_not_formatted_in_part(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	struct sw_reply r = { .code = 250, .text = "abcdefghij", .text_len = 10 };

	sw_buf_init(&out, 9);
	assert_ok(sw_buf_add_str(&out, "x"));
	assert_err(sw_reply_format(&r, &out), SW_E_LIMIT);
	assert_string_equal(sw_buf_str(&out), "x");
}

static void a_copy_lives_on_its_own(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	char text[] = "hello";
	struct sw_reply copy, r = { .code = 250, .enhanced = { 2, 0, 0 }, .text = text,
				    .text_len = 5, .lines = 1, .cut = true };

	assert_ok(sw_reply_copy(&arena, &r, &copy));
	text[0] = 'j';
	assert_string_equal(copy.text, "hello");
	assert_int_equal(copy.text_len, 5);
	assert_true(copy.cut);
	sw_mem_fail_at(1);
	struct sw_arena none = { 0 };

	assert_err(sw_reply_copy(&none, &r, &copy), SW_E_NOMEM);
	sw_mem_fail_at(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_enhanced_codes_and_nothing_that_only_looks_like_one),
		cmocka_unit_test(the_largest_enhanced_code_fits_its_text),
		cmocka_unit_test(the_first_digit_decides_the_outcome),
		cmocka_unit_test(is_formatted_on_one_line_with_nothing_raw),
		cmocka_unit_test(what_does_not_fit_is_not_formatted_in_part),
		cmocka_unit_test(a_copy_lives_on_its_own),
	};

	return cmocka_run_group_tests_name("mail_status", tests, NULL, NULL);
}
