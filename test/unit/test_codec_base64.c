/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/base64.h"

static const struct {
	const char *plain, *encoded;
} rfc4648_10[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
	{ "foobarfoobar!", "Zm9vYmFyZm9vYmFyIQ==" },
};

static void encodes_and_decodes_the_vectors_of_rfc_4648(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(rfc4648_10); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out, back;

		sw_buf_init(&out, 100);
		sw_buf_init(&back, 100);
		assert_ok(sw_base64_encode(sw_slice_str(rfc4648_10[i].plain), &out));
		assert_string_equal(sw_buf_str(&out), rfc4648_10[i].encoded);
		assert_ok(sw_base64_decode(sw_buf_slice(&out), SW_BASE64_STRICT, &back));
		assert_string_equal(sw_buf_str(&back), rfc4648_10[i].plain);
	}
}

/* Every byte value at every distance from a group's border. */
static void fill(char *bytes, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (char)(unsigned char)(seed >> 24);
	}
}

static void any_length_comes_back_from_both_decoders(void **state SW_UNUSED)
{
	char bytes[200];

	for (size_t len = 0; len <= sizeof(bytes); len++) {
		fill(bytes, len, (unsigned)len);
		for (int mode = SW_BASE64_STRICT; mode <= SW_BASE64_LENIENT; mode++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out, back;

			sw_buf_init(&out, 1000);
			/* A ceiling that the result just reaches. */
			sw_buf_init(&back, len);
			assert_ok(sw_base64_encode(sw_slice(bytes, len), &out));
			assert_int_equal(sw_buf_len(&out), sw_base64_size(len));
			assert_ok(sw_base64_decode(sw_buf_slice(&out),
							  (enum sw_base64_mode)mode, &back));
			assert_true(sw_slice_eq(sw_buf_slice(&back), sw_slice(bytes, len)));
		}
	}
}

static void strict_decoding_takes_only_the_canonical_form(void **state SW_UNUSED)
{
	static const char *const bad[] = {
		"Z", "Zg", "Zg=", "Zg=a", "Z===", "====", "=", "Zm9vYg", "Zm9vY===",
		"Zm9v\n", " Zm9v", "Zm9v Zm9v", "Zm-v", "Zm_v", "Zh==" /* unused bits */,
		"Zm9=" /* unused bits */, "Zg==Zg==", "Zm9v====", "\xc3\xa4\xc3\xa4",
	};

	for (size_t i = 0; i < SW_LEN(bad); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		if (sw_base64_decode(sw_slice_str(bad[i]), SW_BASE64_STRICT, &out) != SW_E_DATA)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(sw_buf_len(&out), 0);
	}
}

static void lenient_decoding_reads_what_mailers_write(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "Zm9v\r\nYmFy\r\n", "foobar" },
		{ "Z m 9\tv", "foo" },
		{ "Zg", "f" },
		{ "Zm8", "fo" },
		{ "Zg==Zm8=", "ffo" },
		{ "Zh==", "f" },
		{ "!Zm9v!", "foo" },
		{ "Zm9vY", "foo" },
		{ "====", "" },
		{ "Z", "" },
		{ "\xff\xfe", "" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 100);
		assert_ok(sw_base64_decode(sw_slice_str(cases[i].in), SW_BASE64_LENIENT,
						  &out));
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static void lines_are_the_same_from_pieces_of_any_size(void **state SW_UNUSED)
{
	char bytes[1000];
	char whole[2000];

	fill(bytes, sizeof(bytes), 7);
	for (size_t len = 0; len <= sizeof(bytes); len += 19) {
		size_t size = sw_base64_lines_to(whole, sw_slice(bytes, len));

		assert_int_equal(size, sw_base64_lines_size(len));
		for (size_t piece = 1; piece < 130; piece += 7) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out;
			struct sw_base64_lines e = { 0 };

			sw_buf_init(&out, sizeof(whole));
			for (size_t at = 0; at < len; at += piece) {
				size_t n = len - at < piece ? len - at : piece;

				assert_ok(sw_base64_lines_add(&e, sw_slice(bytes + at, n),
								     &out));
			}
			assert_ok(sw_base64_lines_end(&e, &out));
			assert_true(sw_slice_eq(sw_buf_slice(&out), sw_slice(whole, size)));
		}
	}
}

static void lines_hold_76_characters_and_end_in_crlf(void **state SW_UNUSED)
{
	char bytes[300];
	char out[600];

	fill(bytes, sizeof(bytes), 1);
	struct sw_slice rest = sw_slice(out, sw_base64_lines_to(out, SW_S("")));

	assert_int_equal(rest.len, 0);
	rest = sw_slice(out, sw_base64_lines_to(out, sw_slice(bytes, sizeof(bytes))));
	while (rest.len > SW_BASE64_LINE_WIRE) {
		assert_memory_equal(rest.ptr + SW_BASE64_LINE_OUT, "\r\n", 2);
		rest = sw_slice_from(rest, SW_BASE64_LINE_WIRE);
	}
	assert_memory_equal(rest.ptr + rest.len - 2, "\r\n", 2);
}

static void sizes_beyond_four_gigabytes_are_exact(void **state SW_UNUSED)
{
	assert_true(sw_base64_lines_size(UINT64_C(57) * 1000000007) ==
		    UINT64_C(78) * 1000000007);
	assert_true(sw_base64_lines_size(UINT64_C(57) * 1000000007 + 1) ==
		    UINT64_C(78) * 1000000007 + 6);
}

static void a_full_buffer_is_refused_not_overrun(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	struct sw_base64_lines e = { 0 };

	sw_buf_init(&out, 7);
	assert_err(sw_base64_encode(SW_S("foobar"), &out), SW_E_LIMIT);
	assert_err(sw_base64_decode(SW_S("Zm9vYmFyZm9v"), SW_BASE64_STRICT, &out), SW_E_LIMIT);
	assert_ok(sw_base64_lines_add(&e, SW_S("foobar"), &out));
	assert_err(sw_base64_lines_end(&e, &out), SW_E_LIMIT);
	sw_buf_fini(&out);
	sw_mem_fail_at(1);
	assert_err(sw_base64_encode(SW_S("foo"), &out), SW_E_NOMEM);
	sw_mem_fail_at(1);
	assert_err(sw_base64_decode(SW_S("Zm9v"), SW_BASE64_STRICT, &out), SW_E_NOMEM);
	sw_mem_fail_at(0);
	assert_int_equal(sw_buf_len(&out), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_and_decodes_the_vectors_of_rfc_4648),
		cmocka_unit_test(any_length_comes_back_from_both_decoders),
		cmocka_unit_test(strict_decoding_takes_only_the_canonical_form),
		cmocka_unit_test(lenient_decoding_reads_what_mailers_write),
		cmocka_unit_test(lines_are_the_same_from_pieces_of_any_size),
		cmocka_unit_test(lines_hold_76_characters_and_end_in_crlf),
		cmocka_unit_test(sizes_beyond_four_gigabytes_are_exact),
		cmocka_unit_test(a_full_buffer_is_refused_not_overrun),
	};

	return cmocka_run_group_tests_name("codec_base64", tests, NULL, NULL);
}
