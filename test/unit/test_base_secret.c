/* SPDX-License-Identifier: MIT */
#include "base/secret.h"

#include "sw_test.h"

static void free_redactor(struct sw_redactor **r)
{
	sw_redactor_free(*r);
}

static void copies_and_forgets(void **state SW_UNUSED)
{
	struct sw_secret s = { 0 };

	assert_ok(sw_secret_set(&s, SW_S("hunter2\0x")));
	assert_slice(sw_secret_slice(&s), "hunter2\0x");
	/* From a part of itself. */
	assert_ok(sw_secret_set(&s, sw_slice_head(sw_secret_slice(&s), 4)));
	assert_string_equal(s.ptr, "hunt");
	assert_ok(sw_secret_set(&s, SW_S("")));
	assert_non_null(s.ptr);
	sw_secret_fini(&s);
	assert_null(s.ptr);
	sw_secret_fini(&s);
}

static void keeps_the_old_value_when_memory_is_out(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };

	assert_ok(sw_secret_set(&s, SW_S("old")));
	sw_mem_fail_at(1);
	assert_err(sw_secret_set(&s, SW_S("new")), SW_E_NOMEM);
	sw_mem_fail_at(0);
	assert_string_equal(s.ptr, "old");
}

static void wipes(void **state SW_UNUSED)
{
	char bytes[] = "secret";

	sw_wipe(bytes, 6);
	assert_memory_equal(bytes, "\0\0\0\0\0\0", 7);
	sw_wipe(NULL, 0);
}

static void takes_the_first_line_as_a_secret(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		const char *out; /* NULL: refused */
	} rows[] = {
		{ { "pass", 4 }, "pass" },
		{ { "pass\n", 5 }, "pass" },
		{ { "pass\r\n", 6 }, "pass" },
		{ { "pass\nmore\0", 10 }, "pass" },
		{ { " two words \n", 12 }, " two words " },
		{ { "a\rb\n", 4 }, "a\rb" },
		{ { "", 0 }, NULL },
		{ { "\n", 1 }, NULL },
		{ { "\r\n", 2 }, NULL },
		{ { "\npass\n", 6 }, NULL },
		{ { "p\0ass\n", 6 }, NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err = { 0 };
		enum sw_err code = sw_secret_first_line(&s, rows[i].in, "the source", &err);

		assert_row(i, code == (rows[i].out ? SW_OK : SW_E_CONFIG));
		if (rows[i].out)
			assert_string_equal(s.ptr, rows[i].out);
		else
			assert_contains(err.text, "the source");
		assert_null(strstr(err.text, "pass"));
	}
}

static void refuses_a_line_beyond_the_limit(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	SW_CLEANUP(sw_freep) char *text = sw_malloc(SW_MAX_SECRET + 1);

	memset(text, 'x', SW_MAX_SECRET + 1);
	assert_err(sw_secret_first_line(&s, sw_slice(text, SW_MAX_SECRET + 1), "x", NULL),
		   SW_E_CONFIG);
	assert_null(s.ptr);
	assert_ok(sw_secret_first_line(&s, sw_slice(text, SW_MAX_SECRET), "x", NULL));
}

/* What a redactor that knows `needles` (each added exactly) makes of `in`. */
static void assert_redacted(const char *const needles[], const char *in, const char *expected)
{
	SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	for (size_t i = 0; needles[i]; i++)
		assert_ok(sw_redactor_add_exact(r, sw_slice_str(needles[i])));
	assert_ok(sw_redactor_apply(r, sw_slice_str(in), &out));
	assert_string_equal(sw_buf_str(&out), expected);
}

#define NEEDLES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void replaces_each_occurrence(void **state SW_UNUSED)
{
	assert_redacted(NEEDLES("hunter2"), "hunter2", "***");
	assert_redacted(NEEDLES("hunter2"), "", "");
	assert_redacted(NEEDLES("hunter2"), "a hunter2 b hunter2.", "a *** b ***.");
	assert_redacted(NEEDLES("hunter2"), "hunter hunterhunter2", "hunter hunter***");
	assert_redacted(NEEDLES("one1", "two2"), "one1two2 one", "****** one");
}

static void prefers_the_longest(void **state SW_UNUSED)
{
	assert_redacted(NEEDLES("pass", "password", "passw"), "password pass passwo",
			"*** *** ***o");
	assert_redacted(NEEDLES("password", "pass"), "passwor", "***wor");
}

static void leaves_no_tail_of_overlapping_secrets(void **state SW_UNUSED)
{
	assert_redacted(NEEDLES("abcabc"), "xabcabcabcy", "x***y");
	assert_redacted(NEEDLES("abcd", "cdef"), "abcdef", "***");
	assert_redacted(NEEDLES("aaaa"), "baaaaaaab", "b***b");
	assert_redacted(NEEDLES("abcdefgh", "cdef"), "abcdefgh", "***");
	assert_redacted(NEEDLES("abcd", "defg", "ghij"), "abcdefghijk", "***k");
}

static void ignores_needles_that_are_too_short(void **state SW_UNUSED)
{
	assert_redacted(NEEDLES("abc", "", "a"), "abc a", "abc a");
}

static void finds_bytes_of_any_value(void **state SW_UNUSED)
{
	SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	assert_ok(sw_redactor_add_exact(r, SW_S("\xff\0\xfe\x80")));
	assert_ok(sw_redactor_add_exact(r, SW_S("\0\0\0\0")));
	assert_ok(sw_redactor_apply(r, SW_S("a\xff\0\xfe\x80" "b\0\0\0\0c\0"), &out));
	assert_slice(sw_buf_slice(&out), "a***b***c\0");
}

static void copies_without_a_redactor(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 10 };

	assert_ok(sw_redactor_apply(NULL, SW_S("text"), &out));
	assert_ok(sw_redactor_apply(NULL, (struct sw_slice){ NULL, 0 }, &out));
	assert_string_equal(sw_buf_str(&out), "text");
	assert_err(sw_redactor_apply(NULL, SW_S("1234567"), &out), SW_E_LIMIT);
	assert_string_equal(sw_buf_str(&out), "text");
	sw_redactor_free(NULL);
}

static void encode_base64(const char *in, size_t len, bool url, char *out)
{
	const char *alphabet =
		url ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" :
		      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *p = (const unsigned char *)in;

	for (size_t i = 0; i < len; i += 3) {
		unsigned v = (unsigned)p[i] << 16;

		if (i + 1 < len)
			v |= (unsigned)p[i + 1] << 8;
		if (i + 2 < len)
			v |= p[i + 2];
		*out++ = alphabet[v >> 18];
		*out++ = alphabet[(v >> 12) & 63];
		*out++ = i + 1 < len ? alphabet[(v >> 6) & 63] : '=';
		*out++ = i + 2 < len ? alphabet[v & 63] : '=';
	}
	*out = '\0';
}

/* The secret's own characters; those that hold bits of neighbours may stay. */
static void hides_base64_behind_and_before_anything(void **state SW_UNUSED)
{
	static const char *const secrets[] = { "hunter22", "s3cr\xc3\xa9t!", "\xff\xfe?>~tail",
					       "abcd", "abcde", "abcdef" };

	for (size_t n = 0; n < SW_LEN(secrets); n++) {
		SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();

		assert_ok(sw_redactor_add(r, sw_slice_str(secrets[n])));
		for (unsigned variant = 0; variant < 3 * 4 * 2; variant++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
			char plain[64], coded[128];
			size_t before = variant % 3, after = variant / 3 % 4;

			snprintf(plain, sizeof(plain), "%.*s%s%.*s", (int)before, "\1u",
				 secrets[n], (int)after, "xyz");
			encode_base64(plain, before + strlen(secrets[n]) + after,
				      variant >= 12, coded);
			assert_ok(sw_redactor_apply(r, sw_slice_str(coded), &out));
			assert_contains(sw_buf_str(&out), "***");
			/* At most one group before, and the rest after. */
			assert_row(variant, sw_buf_len(&out) <= 3 + 4 + 8);
		}
	}
}

static void hides_hex_and_percent_forms(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "x=p%40ss+w%2Frd&y", "x=***&y" }, { "x=p%40ss%20w%2frd&y", "x=***&y" },
		{ "x=p%40ss%20w%2Frd&y", "x=***&y" }, { "<7040737320772f7264>", "<***>" },
		{ "<70407373 20772F7264>", "<70407373 20772F7264>" },
		{ "<7040737320772F7264>", "<***>" }, { "p@ss w/rd", "***" },
		{ "p@ss", "p@ss" },
	};
	SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();

	assert_ok(sw_redactor_add(r, SW_S("p@ss w/rd")));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

		assert_ok(sw_redactor_apply(r, sw_slice_str(rows[i].in), &out));
		assert_row(i, strcmp(sw_buf_str(&out), rows[i].out) == 0);
	}
}

static void does_not_blacken_for_a_short_secret(void **state SW_UNUSED)
{
	SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	assert_ok(sw_redactor_add(r, SW_S("abc")));
	assert_ok(sw_redactor_apply(r, SW_S("abc YWJj 616263"), &out));
	assert_string_equal(sw_buf_str(&out), "abc YWJj 616263");
}

static enum sw_err build(void *arg SW_UNUSED)
{
	SW_CLEANUP(free_redactor) struct sw_redactor *r = sw_redactor_new();
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

	if (!r)
		return SW_E_NOMEM;
	enum sw_err code = sw_redactor_add(r, SW_S("correct horse"));

	if (!code)
		code = sw_redactor_add_exact(r, SW_S("battery"));
	if (!code)
		code = sw_redactor_apply(r, SW_S("a battery of correct horses"), &out);
	if (!code)
		assert_string_equal(sw_buf_str(&out), "a *** of ***s");
	return code;
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(build, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_and_forgets),
		cmocka_unit_test(keeps_the_old_value_when_memory_is_out),
		cmocka_unit_test(wipes),
		cmocka_unit_test(takes_the_first_line_as_a_secret),
		cmocka_unit_test(refuses_a_line_beyond_the_limit),
		cmocka_unit_test(replaces_each_occurrence),
		cmocka_unit_test(prefers_the_longest),
		cmocka_unit_test(leaves_no_tail_of_overlapping_secrets),
		cmocka_unit_test(ignores_needles_that_are_too_short),
		cmocka_unit_test(finds_bytes_of_any_value),
		cmocka_unit_test(copies_without_a_redactor),
		cmocka_unit_test(hides_base64_behind_and_before_anything),
		cmocka_unit_test(hides_hex_and_percent_forms),
		cmocka_unit_test(does_not_blacken_for_a_short_secret),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
