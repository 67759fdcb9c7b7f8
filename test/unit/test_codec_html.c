/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "codec/html.h"

static void makes_lines_of_html(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "plain words", "plain words\n" },
		{ "<p>One</p><p>Two</p>", "One\n\nTwo\n" },
		{ "a<br>b<BR/>c<br >d", "a\nb\nc\nd\n" },
		{ "<div>a</div><div>b</div>", "a\nb\n" },
		{ "<table><tr><td>Status:</td><td>5.1.1</td></tr><tr><td>x</td></tr></table>",
		  "Status: 5.1.1\nx\n" },
		{ "one\n  two\t\tthree", "one two three\n" },
		{ "<pre>one\n  two</pre>three", "one\ntwo\nthree\n" },
		{ "a &lt;b@example.org&gt; &amp; c&nbsp;d &#8217; &#x41; &uuml;",
		  "a <b@example.org> & c d \xe2\x80\x99 A \xc3\xbc\n" },
		{ "AT&T &unknown; &; & &#0; &#xd800; &amp",
		  "AT&T &unknown; &; & &#0; &#xd800; &amp\n" },
		{ "to <someone@example.org> and <mailto:b@example.org>",
		  "to <someone@example.org> and <mailto:b@example.org>\n" },
		{ "1 < 2 <3 a<b>c</b>", "1 < 2 <3 ac\n" },
		{ "x<!-- <b>hidden</b> -->y<script>var a = '<p>';</script>z"
		  "<style>p { color: red }</style>!",
		  "xyz!\n" },
		{ "<!DOCTYPE html><html><head><title>T</title></head><body>B</body></html>",
		  "B\n" },
		{ "<a href=\"http://x/?a=1>2\">link</a> <img alt='>'>end", "link end\n" },
		{ "<a href=\"never closed>link</a> end", "link end\n" },
		{ "tail <b", "tail\n" },
		{ "tail <!-- open", "tail\n" },
		{ "<script>open", "" },
		{ "", "" },
		{ "a<p>\n<p>\n<p>b", "a\nb\n" },
		{ "<h1>Head</h1>text<hr>foot", "Head\ntext\nfoot\n" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1000 };

		assert_ok(sw_html_to_text(sw_slice_str(cases[i].in), &out));
		if (strcmp(sw_buf_str(&out), cases[i].want) != 0)
			print_error("# row %zu: \"%s\"\n", i, sw_buf_str(&out));
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static void never_makes_more_than_it_read(void **state SW_UNUSED)
{
	static const char *const pieces[] = {
		"<",    "&",    "<br>",    "</p>",    "<!--",
		"<td>", "&#1;", "<a b=\"", "&nbsp;x", "<p>x</p>"
	};

	for (size_t i = 0; i < SW_LEN(pieces); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf in = { .max = 1 << 22 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 22 };

		sw_test_fill(&in, pieces[i], SW_TEST_MUCH(1 << 20));
		assert_ok(sw_html_to_text(sw_buf_slice(&in), &out));
		assert_row(i, sw_buf_len(&out) <= sw_buf_len(&in) + 1);
	}
}

static enum sw_err run(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };

	return sw_html_to_text(SW_S("<p>x"), &out);
}

static void survives_failures(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 3 };

	assert_err(sw_html_to_text(SW_S("long"), &out), SW_E_LIMIT);
	sw_test_failing_allocations(run, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_lines_of_html),
		cmocka_unit_test(never_makes_more_than_it_read),
		cmocka_unit_test(survives_failures),
	};

	return cmocka_run_group_tests_name("codec_html", tests, NULL, NULL);
}
