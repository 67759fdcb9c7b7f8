/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

static void compares_ascii_without_case_and_nothing_else(void **state SW_UNUSED)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "", "", true },         { "STARTTLS", "StartTls", true },
		{ "a", "ab", false },     { "[", "{", false },
		{ "@", "`", false },      { "\xc4", "\xe4", false },
		{ "x1-_", "X1-_", true }, { "i", "\xc4\xb0", false },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_slice_eq_nocase(sw_slice_str(rows[i].a),
						 sw_slice_str(rows[i].b)) == rows[i].equal);
}

static void finds_prefixes(void **state SW_UNUSED)
{
	assert_true(sw_slice_starts(SW_S("250-SIZE"), SW_S("250")));
	assert_true(sw_slice_starts(SW_S("250"), SW_S("")));
	assert_false(sw_slice_starts(SW_S("25"), SW_S("250")));
	assert_false(sw_slice_starts(SW_S("AUTH"), SW_S("auth")));
	assert_true(sw_slice_starts_nocase(SW_S("AUTH PLAIN"), SW_S("auth ")));
	assert_false(sw_slice_starts_nocase(SW_S("AUT"), SW_S("auth")));
}

static void cuts_beyond_the_end_to_empty(void **state SW_UNUSED)
{
	assert_slice(sw_slice_from(SW_S("abc"), 1), "bc");
	assert_slice(sw_slice_from(SW_S("abc"), 3), "");
	assert_slice(sw_slice_from(SW_S("abc"), SIZE_MAX), "");
	assert_slice(sw_slice_head(SW_S("abc"), 2), "ab");
	assert_slice(sw_slice_head(SW_S("abc"), SIZE_MAX), "abc");
	assert_slice(sw_slice_str(NULL), "");
}

static void finds_bytes_and_needles(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *needle;
		size_t at;
	} rows[] = {
		{ "", "", 0 },       { "abc", "", 0 },     { "", "a", 0 },
		{ "abc", "abc", 0 }, { "abc", "abcd", 3 }, { "xxab", "ab", 2 },
		{ "aab", "ab", 1 },  { "a\nb", "\n", 1 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_slice_search(sw_slice_str(rows[i].in),
					      sw_slice_str(rows[i].needle)) == rows[i].at &&
				      sw_slice_search_nocase(sw_slice_str(rows[i].in),
							     sw_slice_str(rows[i].needle)) ==
					      rows[i].at);
	assert_int_equal(sw_slice_search_nocase(SW_S("abcD@Example"), SW_S("d@eX")), 3);
	assert_int_equal(sw_slice_find(SW_S("a=b"), '='), 1);
	assert_int_equal(sw_slice_find(SW_S("ab"), '='), 2);
	assert_int_equal(sw_slice_find((struct sw_slice){ NULL, 0 }, '='), 0);
	assert_int_equal(sw_slice_find(SW_S("a\0b"), '\0'), 1);
}

static void trims_blanks_at_both_ends_only(void **state SW_UNUSED)
{
	assert_slice(sw_slice_trim(SW_S(" \t a b\r\n")), "a b");
	assert_slice(sw_slice_trim(SW_S(" \r\n\t")), "");
	assert_slice(sw_slice_trim((struct sw_slice){ NULL, 0 }), "");
	assert_slice(sw_slice_trim(SW_S("\v a \0")), "\v a \0");
}

static void splits_into_every_piece(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		const char *joined; /* the pieces, each with a bar behind it */
	} rows[] = {
		{ "a,b", "a|b|" }, { "a,", "a||" },   { ",", "||" },
		{ "", "|" },       { "abc", "abc|" }, { ",,a", "||a|" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char joined[32] = "";
		struct sw_slice rest = sw_slice_str(rows[i].in);
		struct sw_slice piece;

		while (sw_slice_split(&rest, ',', &piece)) {
			strncat(joined, piece.ptr, piece.len);
			strncat(joined, "|", 2);
		}
		assert_string_equal(joined, rows[i].joined);
	}
}

static void has_no_piece_in_no_slice(void **state SW_UNUSED)
{
	struct sw_slice rest = { NULL, 0 };
	struct sw_slice piece;

	assert_false(sw_slice_split(&rest, ',', &piece));
}

static void reads_decimal_numbers_strictly(void **state SW_UNUSED)
{
	static const struct {
		const char *in;
		bool valid;
		uint64_t value;
	} rows[] = {
		{ "0", true, 0 },
		{ "007", true, 7 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "99999999999999999999999", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "+1", false, 0 },
		{ " 1", false, 0 },
		{ "1 ", false, 0 },
		{ "0x1", false, 0 },
		{ "\xd9\xa1", false, 0 }, /* ARABIC-INDIC DIGIT ONE */
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		uint64_t value = 0;

		assert_row(i, sw_slice_u64(sw_slice_str(rows[i].in), &value) == rows[i].valid);
		assert_row(i, !rows[i].valid || value == rows[i].value);
	}
}

static void knows_control_and_8bit_bytes(void **state SW_UNUSED)
{
	assert_false(sw_slice_has_control(SW_S(" ~\x80\xff")));
	assert_true(sw_slice_has_control(SW_S("a\r")));
	assert_true(sw_slice_has_control(SW_S("a\0")));
	assert_true(sw_slice_has_control(SW_S("\x7f")));
	assert_true(sw_slice_has_control(SW_S("\x1f")));
	assert_false(sw_slice_has_8bit(SW_S("\x7f")));
	assert_true(sw_slice_has_8bit(SW_S("\x80")));
	assert_false(sw_slice_has_8bit((struct sw_slice){ NULL, 0 }));
}

/* Every byte at every place, between bytes that are nearly control characters. */
static void finds_a_control_byte_wherever_it_is(void **state SW_UNUSED)
{
	static const unsigned char beside[] = { 0x20, 0x7e, 0x80, 0x9f, 0xff };
	unsigned char text[19];

	for (size_t b = 0; b < SW_LEN(beside); b++)
		for (unsigned c = 0; c < 256; c++)
			for (size_t at = 0; at < sizeof(text); at++) {
				memset(text, beside[b], sizeof(text));
				text[at] = (unsigned char)c;
				assert_int_equal(
					sw_slice_has_control(sw_slice(text, sizeof(text))),
					c < 0x20 || c == 0x7f);
			}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_ascii_without_case_and_nothing_else),
		cmocka_unit_test(finds_prefixes),
		cmocka_unit_test(cuts_beyond_the_end_to_empty),
		cmocka_unit_test(finds_bytes_and_needles),
		cmocka_unit_test(trims_blanks_at_both_ends_only),
		cmocka_unit_test(splits_into_every_piece),
		cmocka_unit_test(has_no_piece_in_no_slice),
		cmocka_unit_test(reads_decimal_numbers_strictly),
		cmocka_unit_test(knows_control_and_8bit_bytes),
		cmocka_unit_test(finds_a_control_byte_wherever_it_is),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
