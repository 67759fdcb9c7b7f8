/* SPDX-License-Identifier: MIT */
#include "base/text.h"

#include "sw_test.h"

#define ROW(in, out, flags)                                                                   \
	{                                                                                     \
		{ in, sizeof(in) - 1 }, out, flags                                            \
	}

static const struct {
	struct sw_slice in;
	const char *out;
	unsigned flags;
} rows[] = {
	ROW("", "", 0),
	ROW("plain ~ text", "plain ~ text", 0),
	ROW("C:\\x1b", "C:\\x1b", 0),
	/* C0 and DEL */
	ROW("\x1b[31m", "\\x1b[31m", 0),
	ROW("a\0b", "a\\x00b", 0),
	ROW("\x07\x08\x1f\x7f", "\\x07\\x08\\x1f\\x7f", 0),
	ROW("a\r\n\tb", "a\\x0d\\x0a\\x09b", 0),
	ROW("a\r\n\tb", "a\\x0d\n\\x09b", SW_TEXT_KEEP_LF),
	ROW("a\r\n\tb", "a\\x0d\\x0a\tb", SW_TEXT_KEEP_TAB),
	ROW("a\n\tb", "a\n\tb", SW_TEXT_KEEP_LF | SW_TEXT_KEEP_TAB),
	/* C1, as UTF-8 and raw: both start a command on some terminals */
	ROW("\xc2\x9b" "31m", "\\xc2\\x9b31m", 0),
	ROW("\x9b" "31m", "\\x9b31m", 0),
	ROW("\xc2\x80\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9f\xc2\xa0", 0),
	/* bidi: U+061C, U+200E, U+200F, U+202A, U+202E, U+2066, U+2069 */
	ROW("\xd8\x9c", "\\xd8\\x9c", 0),
	ROW("\xe2\x80\x8e\xe2\x80\x8f", "\\xe2\\x80\\x8e\\xe2\\x80\\x8f", 0),
	ROW("\xe2\x80\xaa\xe2\x80\xae", "\\xe2\\x80\\xaa\\xe2\\x80\\xae", 0),
	ROW("\xe2\x81\xa6\xe2\x81\xa9", "\\xe2\\x81\\xa6\\xe2\\x81\\xa9", 0),
	/* their neighbours pass: U+200D, U+2010, U+2027, U+202F, U+2065, U+206A */
	ROW("\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
	    "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa", 0),
	/* line separators and BOM */
	ROW("\xe2\x80\xa8\xe2\x80\xa9", "\\xe2\\x80\\xa8\\xe2\\x80\\xa9", SW_TEXT_KEEP_LF),
	ROW("\xef\xbb\xbf", "\\xef\\xbb\\xbf", 0),
	/* valid: Russian, euro, U+10FFFF, U+D7FF, U+E000 */
	ROW("\xd0\xb4\xd0\xb0 \xe2\x82\xac", "\xd0\xb4\xd0\xb0 \xe2\x82\xac", 0),
	ROW("\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80",
	    "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80", 0),
	/* overlong: '/' in two, three and four bytes */
	ROW("\xc0\xaf", "\\xc0\\xaf", 0),
	ROW("\xe0\x80\xaf", "\\xe0\\x80\\xaf", 0),
	ROW("\xf0\x80\x80\xaf", "\\xf0\\x80\\x80\\xaf", 0),
	ROW("\xc1\xbf\xe0\x9f\xbf", "\\xc1\\xbf\\xe0\\x9f\\xbf", 0),
	ROW("\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf", 0),
	/* surrogates, beyond U+10FFFF, old five-byte forms */
	ROW("\xed\xa0\x80\xed\xbf\xbf", "\\xed\\xa0\\x80\\xed\\xbf\\xbf", 0),
	ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", 0),
	ROW("\xf8\x88\x80\x80\x80", "\\xf8\\x88\\x80\\x80\\x80", 0),
	ROW("\xfe\xff", "\\xfe\\xff", 0),
	/* truncated, alone, interrupted */
	ROW("\xe2\x82", "\\xe2\\x82", 0),
	ROW("\xf0\x9f\x98", "\\xf0\\x9f\\x98", 0),
	ROW("\xd0", "\\xd0", 0),
	ROW("\x80", "\\x80", 0),
	ROW("\xe2\x82" "a", "\\xe2\\x82a", 0),
	ROW("\xe2\xd0\xb4", "\\xe2\xd0\xb4", 0),
};

static void escapes_whatever_could_act_or_deceive(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 1000 };
		char fixed[200];

		assert_ok(sw_text_escape(&b, rows[i].in, rows[i].flags));
		assert_row(i, strcmp(sw_buf_str(&b), rows[i].out) == 0);
		size_t len = sw_text_escape_into(fixed, sizeof(fixed), rows[i].in,
						 rows[i].flags);

		assert_row(i, strcmp(fixed, rows[i].out) == 0);
		assert_row(i, len == strlen(fixed));
	}
}

static void passes_no_byte_that_acts_and_is_always_valid(void **state SW_UNUSED)
{
	/* All pairs of bytes, in the middle of a text. */
	for (unsigned i = 0; i < 0x10000; i++) {
		char in[4] = { 'a', (char)(i >> 8), (char)(i & 0xff), 'b' };
		char out[64];
		struct sw_slice text = { out, 0 };

		text.len = sw_text_escape_into(out, sizeof(out), sw_slice(in, 4), 0);
		assert_row(i, sw_utf8_valid(text));
		assert_row(i, !sw_slice_has_control(text));
		assert_row(i, sw_slice_search(text, SW_S("\xc2\x9b")) == text.len);
	}
}

static void cuts_at_a_characters_border(void **state SW_UNUSED)
{
	static const struct sw_slice in = { "a\xe2\x82\xac\x1b" "b", 6 };
	static const char *const expected[] = {
		"",		"a",		"a",		"a",	      "a\xe2\x82\xac",
		"a\xe2\x82\xac", "a\xe2\x82\xac", "a\xe2\x82\xac", "a\xe2\x82\xac\\x1b",
		"a\xe2\x82\xac\\x1b\142",
	};

	for (size_t i = 0; i < SW_LEN(expected); i++) {
		char out[16];

		memset(out, 'z', sizeof(out));
		size_t len = sw_text_escape_into(out, i + 1, in, 0);

		assert_row(i, len == strlen(expected[i]));
		assert_row(i, strcmp(out, expected[i]) == 0);
		assert_row(i, out[i + 1] == 'z');
	}
	assert_int_equal(sw_text_escape_into(NULL, 0, in, 0), 0);
}

static void appends_all_or_nothing(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 10 };

	assert_ok(sw_buf_add_str(&b, "abc"));
	assert_err(sw_text_escape(&b, SW_S("1234\x1b"), 0), SW_E_LIMIT);
	assert_string_equal(sw_buf_str(&b), "abc");
	assert_ok(sw_text_escape(&b, SW_S("123\x1b"), 0));
	assert_string_equal(sw_buf_str(&b), "abc123\\x1b");
}

static void reads_code_points_in_turn(void **state SW_UNUSED)
{
	static const struct sw_slice in = { "a\xd0\xb4\xe2\x82\xac\xf0\x9f\x98\x80\xff" "b", 12 };
	static const int32_t expected[] = { 'a', 0x434, 0x20ac, 0x1f600, -1, 'b' };
	size_t pos = 0;

	for (size_t i = 0; i < SW_LEN(expected); i++)
		assert_row(i, sw_utf8_next(in, &pos) == expected[i]);
	assert_int_equal(pos, in.len);
	assert_false(sw_utf8_valid(in));
	assert_true(sw_utf8_valid(sw_slice_head(in, 10)));
	assert_false(sw_utf8_valid(sw_slice_head(in, 9)));
	assert_true(sw_utf8_valid((struct sw_slice){ NULL, 0 }));
}

static void agrees_with_an_encoder_on_every_code_point(void **state SW_UNUSED)
{
	for (int32_t c = 0x80; c < 0x120000; c++) {
		char s[4];
		size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		size_t pos = 0;

		for (size_t i = len; i-- > 1;)
			s[i] = (char)(0x80 | ((c >> (6 * (len - 1 - i))) & 0x3f));
		s[0] = (char)((0xf00 >> len) | (c >> (6 * (len - 1))));
		bool valid = c < 0x110000 && (c < 0xd800 || c > 0xdfff);
		int32_t got = sw_utf8_next(sw_slice(s, len), &pos);

		assert_row(c, got == (valid ? c : -1));
		assert_row(c, pos == (valid ? len : 1));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_whatever_could_act_or_deceive),
		cmocka_unit_test(passes_no_byte_that_acts_and_is_always_valid),
		cmocka_unit_test(cuts_at_a_characters_border),
		cmocka_unit_test(appends_all_or_nothing),
		cmocka_unit_test(reads_code_points_in_turn),
		cmocka_unit_test(agrees_with_an_encoder_on_every_code_point),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
