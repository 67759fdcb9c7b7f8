/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/limits.h"
#include "codec/json.h"

/* What jansson's reader takes this one takes, and it comes out the same. */
static void reads_what_jansson_reads(void **state SW_UNUSED)
{
	static const char *const texts[] = {
		"{}", " [ ] ", "\"\"", "7", "[true,false,null]", "{\"\":0}", "[[],{},\"\"]",
		"[1,-2,0,-0,9223372036854775807,-9223372036854775808]",
		"[0.5,-1e3,1E+2,2.5e-3,123456789.125]",
		"{\"a\":{\"b\":[{\"c\":\"d\"}]},\"e\":\"f\"}",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00 na\xc3\xafve \xf0\x9f\x98\x80\"",
		"{\"a name that is longer than sixteen\":\"and so is \\n its \\\" text\"}",
		"\n\t{ \"a\" :\r1 , \"b\" : [ 1 , 2 ] }\n", "\"\x7f\"",
	};

	for (size_t i = 0; i < SW_LEN(texts); i++) {
		json_t *want = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		json_t *got = NULL;

		assert_row(i, sw_json_read(sw_slice_str(texts[i]), &got, NULL) == SW_OK);
		assert_row(i, want && json_equal(got, want));
		json_decref(got);
		json_decref(want);
	}
}

static void refuses_what_is_no_json(void **state SW_UNUSED)
{
	static const struct sw_slice texts[] = {
		SW_S(""),
		SW_S("  "),
		SW_S("{"),
		SW_S("["),
		SW_S("\""),
		SW_S("{}x"),
		SW_S("[1,]"),
		SW_S("[,1]"),
		SW_S("[1 2]"),
		SW_S("{\"a\"}"),
		SW_S("{\"a\":}"),
		SW_S("{\"a\":1,}"),
		SW_S("{a:1}"),
		SW_S("{\"a\":1 \"b\":2}"),
		SW_S("01"),
		SW_S("-"),
		SW_S("+1"),
		SW_S(".5"),
		SW_S("1."),
		SW_S("1e"),
		SW_S("1e+"),
		SW_S("0x1"),
		SW_S("NaN"),
		SW_S("Infinity"),
		SW_S("1e999"),
		SW_S("9223372036854775808"),
		SW_S("tru"),
		SW_S("True"),
		SW_S("'a'"),
		SW_S("\"\\x\""),
		SW_S("\"\\u12\""),
		SW_S("\"\\"),
		SW_S("\"\\u\""),
		SW_S("\"\\ud83d\""),
		SW_S("\"\\ud83dx\""),
		SW_S("\"\\ud83d\\u0041\""),
		SW_S("\"\\ude00\""),
		SW_S("\"\\u0000\""),
		SW_S("\"a\nb\""),
		SW_S("\"\x01\""),
		SW_S("\"a\0b\""),
		SW_S("{}\0"),
		SW_S("\0"),
		SW_S("\"\xff\""),
		SW_S("\"\xc0\x80\""),
		SW_S("\"\xed\xa0\x80\""),
		SW_S("// no\n1"),
		SW_S("{\"a\":1,\"a\":2}"),
		SW_S("\xef\xbb\xbf{}"),
	};

	for (size_t i = 0; i < SW_LEN(texts); i++) {
		struct sw_error err = { 0 };
		json_t *got = NULL;

		assert_row(i, sw_json_read(texts[i], &got, &err) == SW_E_DATA);
		assert_row(i, !got && strstr(err.text, "(byte "));
	}
}

static void bounds_the_depth(void **state SW_UNUSED)
{
	for (size_t depth = SW_MAX_JSON_DEPTH - 1; depth <= SW_MAX_JSON_DEPTH + 1; depth++) {
		char text[2 * SW_MAX_JSON_DEPTH + 4];
		json_t *got = NULL;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		enum sw_err e = sw_json_read(sw_slice(text, 2 * depth), &got, NULL);
		assert_int_equal(e, depth <= SW_MAX_JSON_DEPTH ? SW_OK : SW_E_DATA);
		json_decref(got);
	}
}

/* Where an allocation of ours fails it is told, and no text comes out shorter. */
static void tells_of_memory(void **state SW_UNUSED)
{
	static const char text[] = "{\"a\":\"0123456789\\u00e90123456789\\n0123456789\"}";
	enum sw_err e = SW_E_NOMEM;

	for (long n = 1; e == SW_E_NOMEM; n++) {
		json_t *got = NULL;

		sw_mem_fail_at(n);
		e = sw_json_read(sw_slice(text, sizeof(text) - 1), &got, NULL);
		sw_mem_fail_at(0);
		assert_true(n < 100 && (e == SW_OK || (e == SW_E_NOMEM && !got)));
		json_decref(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_jansson_reads),
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(bounds_the_depth),
		cmocka_unit_test(tells_of_memory),
	};

	return cmocka_run_group_tests_name("codec_json", tests, NULL, NULL);
}
