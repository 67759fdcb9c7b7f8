/* SPDX-License-Identifier: MIT */
/* Words of strangers on a page. */
#include "sw_test.h"

#include "api/html.h"

static void text_cannot_become_markup(void **state)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "", "" },
		{ "plain é", "plain é" },
		{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "\" onload='x'", "&quot; onload=&#39;x&#39;" },
		{ "a & b &amp; c", "a &amp; b &amp;amp; c" },
		{ "a\nb", "a\nb" },
		{ "\x1b[31m\r", "\\x1b[31m\\x0d" },
		{ "\xff<", "\\xff&lt;" },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };
		struct sw_html h = { .out = &out };

		sw_html_str(&h, rows[i].text);
		assert_ok(h.e);
		assert_string_equal(sw_buf_str(&out), rows[i].shown);
	}
}

static void elements_close_and_the_first_failure_stays(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 40 };
	struct sw_html h = { .out = &out };

	(void)state;
	sw_html_element(&h, "td", "class=\"n\"", "<1>");
	sw_html_number(&h, -7);
	assert_ok(h.e);
	assert_string_equal(sw_buf_str(&out), "<td class=\"n\">&lt;1&gt;</td>-7");
	sw_html_str(&h, "far too long for what is left of it");
	assert_int_equal(h.e, SW_E_LIMIT);
	sw_html_put(&h, "x");
	assert_int_equal(h.e, SW_E_LIMIT);
	assert_null(strchr(sw_buf_str(&out), 'x'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_cannot_become_markup),
		cmocka_unit_test(elements_close_and_the_first_failure_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
