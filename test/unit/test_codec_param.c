/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/param.h"

#define E10 "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"

static void writes_the_simplest_form_that_holds_the_value(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "report.pdf", ";\r\n filename=\"report.pdf\"" },
		{ "", ";\r\n filename=\"\"" },
		{ "my report.pdf", ";\r\n filename=\"my report.pdf\"" },
		{ "a\"b\\c", ";\r\n filename=\"a\\\"b\\\\c\"" },
		{ "caf\xc3\xa9 1.txt", ";\r\n filename*=utf-8''caf%C3%A9%201.txt" },
		{ "a\r\nX: y", ";\r\n filename*=utf-8''a%0D%0AX%3A%20y" },
		{ "=?utf-8?Q?a?=", ";\r\n filename*=utf-8''%3D%3Futf-8%3FQ%3Fa%3F%3D" },
		{ E10 E10, ";\r\n filename*0*=utf-8''%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9"
			   "%C3%A9"
			   ";\r\n filename*1*=%C3%A9" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_ok(sw_param_encode(SW_S("filename"), sw_slice_str(cases[i].in), &out));
		if (strcmp(sw_buf_str(&out), cases[i].want) != 0)
			print_error("# %s\n", sw_buf_str(&out));
		assert_row(i, strcmp(sw_buf_str(&out), cases[i].want) == 0);
	}
}

static void reads_what_mailers_write(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *name;
		struct sw_slice want;
	} cases[] = {
		{ "charset=utf-8", "charset", SW_S("utf-8") },
		{ " Charset = \"utf-8\" ; x=y", "charset", SW_S("utf-8") },
		{ "a=b; boundary=\"x;y=\\\"z\\\\\"; c=d", "boundary", SW_S("x;y=\"z\\") },
		{ "a=b; boundary=\"x;y\"; c=d", "c", SW_S("d") },
		{ "name=my file.pdf; x=y", "name", SW_S("my file.pdf") },
		{ "name=\"open", "name", SW_S("open") },
		{ "name=\"open\\", "name", SW_S("open\\") },
		{ "name=", "name", SW_S("") },
		{ ";;; name=x ;;", "name", SW_S("x") },
		/* RFC 2231 3, 4, 4.1 */
		{ "URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub\"", "url",
		  SW_S("ftp://cs.utk.edu/pub") },
		{ "title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "title",
		  SW_S("This is ***fun***") },
		{ "title*0*=us-ascii'en'This%20is%20even%20more%20; "
		  "title*1*=%2A%2A%2Afun%2A%2A%2A%20; title*2=\"isn't it!\"", "title",
		  SW_S("This is even more ***fun*** isn't it!") },
		{ "f*1=b; f*0=a; f*2=c", "f", SW_S("abc") },
		{ "f*0=a; f*2=c", "f", SW_S("a") },
		{ "f*0*=utf-8''%C3; f*1*=%A9", "f", SW_S("\xc3\xa9") },
		{ "f=plain; f*=utf-8''ext", "f", SW_S("ext") },
		{ "f*=iso-8859-1''caf%E9", "f", SW_S("caf\xc3\xa9") },
		{ "f*=caf%C3%A9", "f", SW_S("caf\xc3\xa9") },
		{ "f*=utf-8''a%0Ab%00c", "f", SW_S("a\nb\0c") },
		{ "f*=utf-8''%zz%4", "f", SW_S("%zz%4") },
		{ "f=\"=?utf-8?Q?caf=C3=A9?=\"", "f", SW_S("caf\xc3\xa9") },
		{ "f=one; F=two", "f", SW_S("one") },
		{ "f*99999999999999999999=x", "f*99999999999999999999", SW_S("x") },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_param *first = NULL;

		assert_ok(sw_params_parse(&arena, sw_slice_str(cases[i].in), &first));
		struct sw_slice got = sw_params_find(first, sw_slice_str(cases[i].name));

		assert_row(i, got.ptr && sw_slice_eq(got, cases[i].want));
	}
}

static void what_is_written_is_read_and_lines_are_short(void **state SW_UNUSED)
{
	static const char *const chars[] = { "a", " ", "\xc3\xa9", "\xf0\x9f\x98\x80", "\"", "\\",
					     "%", "'", "*", ";", "=", "=?utf-8?Q?a?=" };
	unsigned seed = 5;

	for (size_t round = 0; round < 300; round++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in, out;
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_param *first = NULL;

		sw_buf_init(&in, 1000);
		sw_buf_init(&out, 10000);
		while (sw_buf_len(&in) < round) {
			seed = seed * 1664525 + 1013904223;
			assert_ok(sw_buf_add_str(&in, chars[(seed >> 16) % SW_LEN(chars)]));
		}
		assert_ok(sw_param_encode(SW_S("name"), sw_buf_slice(&in), &out));
		assert_ok(sw_params_parse(&arena, sw_buf_slice(&out), &first));
		assert_row(round, sw_slice_eq(sw_params_find(first, SW_S("name")),
					      sw_buf_slice(&in)));
		for (struct sw_slice rest = sw_buf_slice(&out); rest.len;) {
			size_t end = sw_slice_search(rest, SW_S("\r\n"));

			assert_row(round, end <= 78);
			rest = sw_slice_from(rest, end + 2);
		}
		assert_false(sw_slice_has_8bit(sw_buf_slice(&out)));
	}
}

static void too_many_parameters_are_refused(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf in;
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_param *first = NULL;

	sw_buf_init(&in, 100000);
	for (int i = 0; i < SW_MAX_PARAMS; i++)
		assert_ok(sw_buf_printf(&in, "f*%d=x;", i));
	assert_ok(sw_params_parse(&arena, sw_buf_slice(&in), &first));
	assert_int_equal(sw_params_find(first, SW_S("f")).len, SW_MAX_PARAMS);
	assert_null(first->next);
	assert_ok(sw_buf_add_str(&in, "g=y"));
	assert_err(sw_params_parse(&arena, sw_buf_slice(&in), &first), SW_E_LIMIT);
}

static enum sw_err parse_once(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_param *first = NULL;

	return sw_params_parse(&arena, SW_S("a=\"b\"; c*0*=utf-8''%C3%A9; c*1=d"), &first);
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(parse_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_the_simplest_form_that_holds_the_value),
		cmocka_unit_test(reads_what_mailers_write),
		cmocka_unit_test(what_is_written_is_read_and_lines_are_short),
		cmocka_unit_test(too_many_parameters_are_refused),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("codec_param", tests, NULL, NULL);
}
