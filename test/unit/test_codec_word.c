/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/text.h"
#include "codec/word.h"

static void encodes_in_the_shorter_form(void **state SW_UNUSED)
{
	static const struct {
		enum sw_word_place place;
		const char *in, *want;
	} cases[] = {
		{ SW_WORD_TEXT, "", "" },
		{ SW_WORD_TEXT, "caf\xc3\xa9", "=?utf-8?B?Y2Fmw6k=?=" },
		{ SW_WORD_TEXT, "Re: a caf\xc3\xa9", "=?utf-8?Q?Re:_a_caf=C3=A9?=" },
		{ SW_WORD_PHRASE, "A. caf\xc3\xa9, and more of it", "=?utf-8?Q?A=2E_caf=C3=A9=2C_and_more_of_it?=" },
		{ SW_WORD_TEXT, "\xd0\x9f\xd1\x80\xd0\xb8", "=?utf-8?B?0J/RgNC4?=" },
		{ SW_WORD_TEXT, "x_y=z?a and some more", "=?utf-8?Q?x=5Fy=3Dz=3Fa_and_some_more?=" },
		{ SW_WORD_TEXT, "=?utf-8?Q?a?=", "=?utf-8?B?PT91dGYtOD9RP2E/PQ==?=" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_ok(sw_words_encode(sw_slice_str(cases[i].in), cases[i].place, SW_WORD_MAX,
					  &out));
		if (strcmp(sw_buf_str(&out), cases[i].want) != 0)
			print_error("# %s\n", sw_buf_str(&out));
		assert_row(i, strcmp(sw_buf_str(&out), cases[i].want) == 0);
	}
}

static void decodes_what_mailers_write(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in, want;
	} cases[] = {
		{ SW_S(""), SW_S("") },
		{ SW_S("plain"), SW_S("plain") },
		/* RFC 2047 8 */
		{ SW_S("=?ISO-8859-1?Q?a?="), SW_S("a") },
		{ SW_S("=?ISO-8859-1?Q?a?= b"), SW_S("a b") },
		{ SW_S("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), SW_S("ab") },
		{ SW_S("=?ISO-8859-1?Q?a?=    \t  =?ISO-8859-1?Q?b?="), SW_S("ab") },
		{ SW_S("=?ISO-8859-1?Q?a_b?="), SW_S("a b") },
		{ SW_S("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), SW_S("a b") },
		{ SW_S("=?ISO-8859-1?Q?Keld_J=F8rn?= <k@x>"), SW_S("Keld J\xc3\xb8rn <k@x>") },
		{ SW_S("=?utf-8*en?b?w6k=?="), SW_S("\xc3\xa9") },
		/* A character in two words. */
		{ SW_S("=?utf-8?Q?=C3?= =?utf-8?Q?=A9?="), SW_S("\xc3\xa9") },
		{ SW_S("=?utf-8?B?ww==?= =?UTF-8?Q?=A9?="), SW_S("\xc3\xa9") },
		/* Touching text, blanks inside, no padding. */
		{ SW_S("a=?utf-8?Q?b?=c"), SW_S("abc") },
		{ SW_S("=?utf-8?Q?a b?="), SW_S("a b") },
		{ SW_S("=?utf-8?B?w6k?="), SW_S("\xc3\xa9") },
		/* No words. */
		{ SW_S("=?utf-8?X?a?="), SW_S("=?utf-8?X?a?=") },
		{ SW_S("=?utf-8?Q?a?"), SW_S("=?utf-8?Q?a?") },
		{ SW_S("=?utf-8?Q"), SW_S("=?utf-8?Q") },
		{ SW_S("=?="), SW_S("=?=") },
		{ SW_S("=??Q?a?="), SW_S("=??Q?a?=") },
		{ SW_S("=?=?utf-8?Q?a?="), SW_S("=?a") },
		/* Charsets that nobody knows, bytes that mean nothing. */
		{ SW_S("=?x-none?Q?a=E9?="), SW_S("a\\xe9") },
		{ SW_S("=?*en?Q?a=E9?="), SW_S("a\\xe9") },
		{ SW_S("=?utf-8?Q?a=E9?="), SW_S("a\\xe9") },
		{ SW_S("raw \xe9 \xc3\xa9"), SW_S("raw \\xe9 \xc3\xa9") },
		/* Controls stay hidden in their words. */
		{ SW_S("=?utf-8?Q?a=0D=0ABcc:_x@y?="), SW_S("=?utf-8?Q?a=0D=0ABcc:_x@y?=") },
		{ SW_S("x =?utf-8?B?DQo=?= =?utf-8?Q?y?="),
		  SW_S("x =?utf-8?B?DQo=?= =?utf-8?Q?y?=") },
		{ SW_S("=?utf-8?Q?=00?="), SW_S("=?utf-8?Q?=00?=") },
		{ SW_S("=?utf-8?Q?=E2=80=A8?="), SW_S("=?utf-8?Q?=E2=80=A8?=") },
		{ SW_S("=?utf-8?Q?=C2=85?="), SW_S("=?utf-8?Q?=C2=85?=") },
		{ SW_S("=?utf-8?Q?=1B[2J?="), SW_S("=?utf-8?Q?=1B[2J?=") },
		/* Overlong. */
		{ SW_S("=?utf-8?Q?=C0=8A?="), SW_S("\\xc0\\x8a") },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_ok(sw_words_decode(cases[i].in, &out));
		if (!sw_slice_eq(sw_buf_slice(&out), cases[i].want))
			print_error("# %s\n", sw_buf_str(&out));
		assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
	}
}

static void knows_what_looks_like_a_word(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		bool want;
	} cases[] = {
		{ "", false },
		{ "=", false },
		{ "a =? b", false },
		{ "https://x/?a=?b", false },
		{ "=?utf-8?Q?a?=", true },
		{ "x=?utf-8?Q?a?=y", true },
		{ "=?=?=?utf-8?b?\?=", true },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++)
		assert_row(i, sw_words_present(sw_slice_str(cases[i].in)) == cases[i].want);
}

static size_t put_char(char *out, unsigned *seed)
{
	static const char *const chars[] = { "a", " ", "\xc3\xa9", "\xe2\x82\xac", "=", "?", "_",
					     "\xf0\x9f\x98\x80", "\t", "=?utf-8?Q?a?=" };

	*seed = *seed * 1664525 + 1013904223;
	const char *c = chars[(*seed >> 16) % SW_LEN(chars)];

	memcpy(out, c, strlen(c));
	return strlen(c);
}

static void any_text_comes_back_in_short_words(void **state SW_UNUSED)
{
	unsigned seed = 1;

	for (size_t round = 0; round < 600; round++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out, back;
		char in[900];
		size_t len = 0, first = 20 + round % 60;

		while (len < round % 400)
			len += put_char(in + len, &seed);
		sw_buf_init(&out, 5000);
		sw_buf_init(&back, 5000);
		assert_ok(sw_words_encode(sw_slice(in, len),
					  round & 1 ? SW_WORD_TEXT : SW_WORD_PHRASE, first,
					  &out));
		struct sw_slice rest = sw_buf_slice(&out), word;
		size_t room = first < 24 || first > SW_WORD_MAX ? SW_WORD_MAX : first;

		for (; sw_slice_split(&rest, ' ', &word); room = SW_WORD_MAX) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf one;

			/* No character is split: each word decodes to whole ones. */
			sw_buf_init(&one, 200);
			assert_ok(sw_words_decode(word, &one));
			assert_null(strstr(sw_buf_str(&one), "\\x"));
			assert_true(word.len <= room);
		}
		assert_ok(sw_words_decode(sw_buf_slice(&out), &back));
		assert_row(round, sw_slice_eq(sw_buf_slice(&back), sw_slice(in, len)));
	}
}

static void invalid_utf8_is_not_encoded(void **state SW_UNUSED)
{
	static const char *const bad[] = { "\xff", "a\xc3", "a\xc0\x8a z", "\xed\xa0\x80" };

	for (size_t i = 0; i < SW_LEN(bad); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;

		sw_buf_init(&out, 1000);
		assert_err(sw_words_encode(sw_slice_str(bad[i]), SW_WORD_TEXT, SW_WORD_MAX,
					   &out), SW_E_DATA);
	}
}

/* Quadratic work on a quarter of a megabyte would take minutes. */
static void hostile_text_is_decoded_in_linear_time(void **state SW_UNUSED)
{
	static const struct sw_slice units[] = { SW_S("=?"), SW_S("=?a?Q?"), SW_S("=?a?Q?b?= "),
						 SW_S("=?utf-8?B?=?utf-8?B?"), SW_S("\xff") };

	for (size_t i = 0; i < SW_LEN(units); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in, out;

		sw_buf_init(&in, 1 << 18);
		sw_buf_init(&out, 1 << 21);
		while (!sw_buf_add(&in, units[i]))
			;
		assert_ok(sw_words_decode(sw_buf_slice(&in), &out));
		assert_true(sw_utf8_valid(sw_buf_slice(&out)));
	}
}

static enum sw_err round_trip(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out, back;

	sw_buf_init(&out, 1000);
	sw_buf_init(&back, 1000);
	enum sw_err code = sw_words_encode(SW_S("caf\xc3\xa9"), SW_WORD_TEXT, 0, &out);

	return code ? code : sw_words_decode(sw_buf_slice(&out), &back);
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(round_trip, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_in_the_shorter_form),
		cmocka_unit_test(decodes_what_mailers_write),
		cmocka_unit_test(knows_what_looks_like_a_word),
		cmocka_unit_test(any_text_comes_back_in_short_words),
		cmocka_unit_test(invalid_utf8_is_not_encoded),
		cmocka_unit_test(hostile_text_is_decoded_in_linear_time),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("codec_word", tests, NULL, NULL);
}
