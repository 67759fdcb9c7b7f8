/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "mail/lines.h"

static const struct {
	struct sw_slice in, want;
	unsigned bare_cr, bare_lf, longest;
} cases[] = {
	{ SW_S(""), SW_S(""), 0, 0, 0 },
	{ SW_S("a"), SW_S("a\r\n"), 0, 0, 1 },
	{ SW_S("a\r\nbc\r\n"), SW_S("a\r\nbc\r\n"), 0, 0, 2 },
	{ SW_S("a\nbc\n"), SW_S("a\r\nbc\r\n"), 0, 2, 2 },
	{ SW_S("a\rbc\r"), SW_S("a\r\nbc\r\n"), 2, 0, 2 },
	{ SW_S("a\r\r\nb"), SW_S("a\r\n\r\nb\r\n"), 1, 0, 1 },
	{ SW_S("\n\r\n\r"), SW_S("\r\n\r\n\r\n"), 1, 1, 0 },
	{ SW_S("\n\r"), SW_S("\r\n\r\n"), 1, 1, 0 },
	{ SW_S("\r\r\r"), SW_S("\r\n\r\n\r\n"), 3, 0, 0 },
	/* What smuggles a second message through careless relays. */
	{ SW_S("x\n.\r\nMAIL"), SW_S("x\r\n.\r\nMAIL\r\n"), 0, 1, 4 },
	{ SW_S("x\r.\r\ny"), SW_S("x\r\n.\r\ny\r\n"), 1, 0, 1 },
	{ SW_S("a\xc3\xa9"), SW_S("a\xc3\xa9\r\n"), 0, 0, 3 },
};

static void comes_out_alike_from_pieces_of_any_size(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		for (size_t piece = 1; piece <= cases[i].in.len + 1; piece++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out;
			struct sw_lines l = { 0 };

			sw_buf_init(&out, 100);
			for (size_t at = 0; at < cases[i].in.len; at += piece)
				assert_ok(sw_lines_add(&l,
						       sw_slice_head(sw_slice_from(cases[i].in,
										   at), piece),
						       &out, NULL));
			assert_ok(sw_lines_end(&l, &out));
			assert_row(i, sw_slice_eq(sw_buf_slice(&out), cases[i].want));
			assert_row(i, l.bare_cr == cases[i].bare_cr);
			assert_row(i, l.bare_lf == cases[i].bare_lf);
			assert_row(i, l.longest == cases[i].longest);
			assert_row(i, l.in == cases[i].in.len);
			assert_row(i, l.out == cases[i].want.len);
			assert_row(i, l.has_8bit == sw_slice_has_8bit(cases[i].in));
		}
	}
}

static void says_where_a_nul_is_and_takes_nothing(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	struct sw_lines l = { 0 };
	size_t nul = 0;

	sw_buf_init(&out, 100);
	assert_ok(sw_lines_add(&l, SW_S("abc\n"), &out, &nul));
	assert_err(sw_lines_add(&l, SW_S("de\0f"), &out, &nul), SW_E_DATA);
	assert_int_equal(l.in + nul, 6);
	assert_slice(sw_buf_slice(&out), "abc\r\n");
}

static void finds_an_8bit_byte_at_any_place(void **state SW_UNUSED)
{
	char text[40];

	for (size_t at = 0; at < sizeof(text); at++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_lines l = { 0 };

		sw_buf_init(&out, 100);
		memset(text, 'x', sizeof(text));
		assert_ok(sw_lines_add(&l, sw_slice(text, sizeof(text)), &out, NULL));
		assert_false(l.has_8bit);
		text[at] = (char)0x80;
		assert_ok(sw_lines_add(&l, sw_slice(text, sizeof(text)), &out, NULL));
		assert_true(l.has_8bit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_out_alike_from_pieces_of_any_size),
		cmocka_unit_test(says_where_a_nul_is_and_takes_nothing),
		cmocka_unit_test(finds_an_8bit_byte_at_any_place),
	};

	return cmocka_run_group_tests_name("mail_lines", tests, NULL, NULL);
}
