/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/text.h"
#include "codec/charset.h"

static const struct {
	const char *charset;
	struct sw_slice in, want;
} cases[] = {
	{ "utf-8", SW_S("caf\xc3\xa9"), SW_S("caf\xc3\xa9") },
	{ "UTF8", SW_S("a\xff\xc3"), SW_S("a\\xff\\xc3") },
	{ "us-ascii", SW_S("abc"), SW_S("abc") },
	{ "us-ascii", SW_S("caf\xe9"), SW_S("caf\\xe9") },
	{ "ISO-8859-1", SW_S("caf\xe9 \x80"), SW_S("caf\xc3\xa9 \xe2\x82\xac") },
	{ "windows-1252", SW_S("\x93x\x94\x81"), SW_S("\xe2\x80\x9cx\xe2\x80\x9d\\x81") },
	{ "koi8-r", SW_S("\xf0\xd2\xc9"), SW_S("\xd0\x9f\xd1\x80\xd0\xb8") },
	{ "windows-1251", SW_S("\xcf\xf0\xe8"), SW_S("\xd0\x9f\xd1\x80\xd0\xb8") },
	{ "ISO-2022-JP", SW_S("\x1b$B$3\x1b(B!"), SW_S("\xe3\x81\x93!") },
	{ "Shift_JIS", SW_S("\x82\xb1"), SW_S("\xe3\x81\x93") },
	{ "gb2312", SW_S("\xc4\xe3"), SW_S("\xe4\xbd\xa0") },
	{ "big5", SW_S("\xa7\x41"), SW_S("\xe4\xbd\xa0") },
	{ "euc-kr", SW_S("\xb0\xa1"), SW_S("\xea\xb0\x80") },
	{ "utf-16be", SW_S("\0A\xd8\x3d\xde\x00"), SW_S("A\xf0\x9f\x98\x80") },
	/* A character that is cut off. */
	{ "Shift_JIS", SW_S("x\x82"), SW_S("x\\x82") },
	/* Names that nobody knows, or that iconv would take and we do not. */
	{ "klingon", SW_S("a\xe9"), SW_S("a\\xe9") },
	{ "", SW_S("a\xc3\xa9"), SW_S("a\\xc3\\xa9") },
	{ "utf-7", SW_S("+ADw-"), SW_S("+ADw-") },
	{ "iso-8859-1//TRANSLIT", SW_S("\xe9"), SW_S("\\xe9") },
	{ "../../evil", SW_S("\xe9"), SW_S("\\xe9") },
	{ "utf-8", SW_S(""), SW_S("") },
};

static void every_charset_gives_valid_utf8(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		assert_ok(sw_charset_to_utf8(sw_slice_str(cases[i].charset), cases[i].in, &out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
	}
}

static void every_label_of_the_list_is_one_that_iconv_has(void **state SW_UNUSED)
{
	static const char *const labels[] = {
		"iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5",
		"iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-8-i", "iso-8859-9",
		"iso-8859-10", "iso-8859-11", "iso-8859-13", "iso-8859-14", "iso-8859-15",
		"iso-8859-16", "windows-874", "windows-1250", "windows-1251", "windows-1252",
		"windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
		"windows-1258", "ibm437", "ibm850", "ibm852", "ibm866", "koi8-r", "koi8-u",
		"macintosh", "iso-2022-jp", "shift_jis", "euc-jp", "iso-2022-kr", "euc-kr",
		"gb2312", "gb18030", "big5", "big5-hkscs", "utf-16", "utf-16be", "utf-16le",
	};

	for (size_t i = 0; i < SW_LEN(labels); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		/* "a1" in the one-byte sets; U+6131 in UTF-16: never two bytes unchanged
		 * because the converter is missing and 0xe9 escaped. */
		struct sw_slice in = SW_S("a1");

		sw_buf_init(&out, 100);
		assert_true(sw_charset_known(sw_slice_str(labels[i])));
		assert_ok(sw_charset_to_utf8(sw_slice_str(labels[i]), in, &out));
		bool wide = sw_slice_starts(sw_slice_str(labels[i]), SW_S("utf-16"));

		assert_row(i, wide ? sw_buf_len(&out) == 3 :
				     sw_slice_eq(sw_buf_slice(&out), in));
	}
	assert_false(sw_charset_known(SW_S("utf-7")));
	assert_false(sw_charset_known(SW_S("")));
}

/* Longer than what is converted at once, with characters across every border. */
static void long_text_is_converted_whole(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf in, out;

	sw_buf_init(&in, 20001);
	sw_buf_init(&out, 100000);
	assert_ok(sw_buf_add_char(&in, 'x'));
	for (int i = 0; i < 10000; i++)
		assert_ok(sw_buf_add(&in, SW_S("\x82\xb1")));
	assert_ok(sw_charset_to_utf8(SW_S("shift_jis"), sw_buf_slice(&in), &out));
	assert_int_equal(sw_buf_len(&out), 30001);
	assert_true(sw_utf8_valid(sw_buf_slice(&out)));
}

static void the_ceiling_of_the_buffer_holds(void **state SW_UNUSED)
{
	static const char *const names[] = { "utf-8", "shift_jis", "none", "utf-16be" };

	for (size_t i = 0; i < SW_LEN(names); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 2);
		assert_err(sw_charset_to_utf8(sw_slice_str(names[i]), SW_S("abcdef"), &out),
			   SW_E_LIMIT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_charset_gives_valid_utf8),
		cmocka_unit_test(every_label_of_the_list_is_one_that_iconv_has),
		cmocka_unit_test(long_text_is_converted_whole),
		cmocka_unit_test(the_ceiling_of_the_buffer_holds),
	};

	return cmocka_run_group_tests_name("codec_charset", tests, NULL, NULL);
}
