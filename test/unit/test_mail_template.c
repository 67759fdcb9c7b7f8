/* SPDX-License-Identifier: MIT */
/* Texts with fields: what a value may do depends on where it stands. */
#include "sw_test.h"

#include "mail/template.h"

static const char *value_of(void *arg, struct sw_slice name)
{
	return sw_slice_eq(name, SW_S("x"))   ? arg
	       : sw_slice_eq(name, SW_S("e")) ? "a@b.test"
					      : NULL;
}

static const struct {
	enum sw_template_place place;
	const char *text, *x;
	const char *out; /* "!..." an error that holds this */
} cases[] = {
	{ SW_PLACE_TEXT, "", "v", "" },
	{ SW_PLACE_URI, "https://a.test/?m={{x}}", "a+b&c=d@x.test",
	  "https://a.test/?m=a%2Bb%26c%3Dd%40x.test" },
	{ SW_PLACE_URI, "https://a.test/{{x}}", "\xc3\xa9 /~-._%",
	  "https://a.test/%C3%A9%20%2F~-._%25" },
	{ SW_PLACE_URI, "https://a.test/{{{x}}}", "b?c=%20", "https://a.test/b?c=%20" },
	{ SW_PLACE_URI, "{{x}}?to={{e}}", "https://a.test/b",
	  "https://a.test/b?to=a%40b.test" },
	{ SW_PLACE_TEXT, "no field", "v", "no field" },
	{ SW_PLACE_TEXT, "{{x}}", "v", "v" },
	{ SW_PLACE_TEXT, "a {{ x }}, {{x}}{{e}}b", "v", "a v, va@b.testb" },
	{ SW_PLACE_TEXT, "{{x}}", "l1\nl2 {{e}}", "l1\nl2 {{e}}" },
	{ SW_PLACE_TEXT, "{{x|friend}}", " ", "friend" },
	{ SW_PLACE_TEXT, "{{none|friend}} {{none|}}.", "v", "friend ." },
	{ SW_PLACE_TEXT, "{{x|friend}}", "v", "v" },
	{ SW_PLACE_TEXT, "\\{{x}} \\ {{x}} \\{{", "v", "{{x}} \\ v {{" },
	{ SW_PLACE_TEXT, "{x} }} {", "v", "{x} }} {" },
	{ SW_PLACE_TEXT, "{{{x}}}", "<b>", "<b>" },
	{ SW_PLACE_TEXT, "{{none}}", "v", "!'none' is missing" },
	{ SW_PLACE_TEXT, "a\nb {{x", "v", "!line 2, column 3" },
	{ SW_PLACE_TEXT, "{{}}", "v", "!without a name" },
	{ SW_PLACE_TEXT, "{{{{x}}}}", "v", "!no braces" },
	{ SW_PLACE_HTML, "<p title='{{x}}'>", "<\"&'>",
	  "<p title='&lt;&quot;&amp;&#39;&gt;'>" },
	{ SW_PLACE_HTML, "{{{x}}}", "<b>1</b>", "<b>1</b>" },
	{ SW_PLACE_HTML, "{{none|<i>}}", "v", "&lt;i&gt;" },
	{ SW_PLACE_LINE, "Hi {{x}}!", "J\xc3\xbcrgen", "Hi J\xc3\xbcrgen!" },
	{ SW_PLACE_LINE, "Hi {{x}}", "a\r\nBcc: evil@x.test", "!control character" },
	{ SW_PLACE_LINE, "Hi {{{x}}}", "a\nBcc: evil@x.test", "!control character" },
	{ SW_PLACE_LINE, "Hi {{x}}", "a\x7f", "!control character" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test", "a@b.test" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "Name <a@b.test>", "Name <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "\"D, J\" <a@b.test>", "\"D, J\" <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test, evil@x.test", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test; evil@x.test", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "list: a@b.test;", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "\"a@b.test", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test (, c@d.test", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test (a (b, c)) , c@d", "!more than one" },
	{ SW_PLACE_ADDRESSES, "{{{x}}}", "a@b.test, c@d.test", "a@b.test, c@d.test" },
	{ SW_PLACE_ADDRESSES, "one@b.test, {{x}} , {{e}}", "c@d",
	  "one@b.test, c@d , a@b.test" },
	{ SW_PLACE_ADDRESSES, "{{x}} <{{e}}>", "Doe, J. \"Q\" \\",
	  "\"Doe, J. \\\"Q\\\" \\\\\" <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "{{x}} <{{e}}>", "E <evil@x.test>,",
	  "\"E <evil@x.test>,\" <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "{{x}} <{{e}}>", "", " <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "\"{{x}}, Esq.\" <{{e}}>", "J\"", "\"J\\\", Esq.\" <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "N <{{x}}>", "a@b.test", "N <a@b.test>" },
	{ SW_PLACE_ADDRESSES, "N <{{x}}>", "a@b.test>, <c@d.test", "!no part of one" },
	{ SW_PLACE_ADDRESSES, "u+{{x}}@b.test", "7", "u+7@b.test" },
	{ SW_PLACE_ADDRESSES, "u+{{x}}@b.test", "7@c.test, u", "!no part of one" },
	{ SW_PLACE_ADDRESSES, "{{x}}@{{e}}", "a,b", "!no part of one" },
	{ SW_PLACE_ADDRESSES, "{{x}}", "a@b.test\nBcc: c", "!control character" },
};

static void values_do_what_their_place_allows(void **state)
{
	(void)state;
	for (size_t c = 0; c < SW_LEN(cases); c++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };
		struct sw_error err = { .code = SW_OK };
		struct sw_template t;
		enum sw_err e = sw_template_init(&t, sw_slice_str(cases[c].text),
						 cases[c].place, &err);

		if (!e) {
			e = sw_template_fill(&t, value_of, (void *)(uintptr_t)cases[c].x, &out,
					     &err);
			sw_template_fini(&t);
		}
		if (cases[c].out[0] == '!') {
			assert_int_equal(e, SW_E_DATA);
			if (!strstr(err.text, cases[c].out + 1))
				fail_msg("%s: %s", cases[c].text, err.text);
			continue;
		}
		assert_int_equal(e, SW_OK);
		assert_string_equal(sw_buf_str(&out), cases[c].out);
	}
}

static void a_text_that_grows_too_long_is_refused(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 16 };
	struct sw_error err;
	struct sw_template t;

	(void)state;
	assert_ok(sw_template_init(&t, SW_S("0123456789 {{x}}"), SW_PLACE_TEXT, &err));
	assert_int_equal(
		sw_template_fill(&t, value_of, (void *)(uintptr_t) "0123456789", &out, &err),
		SW_E_LIMIT);
	sw_template_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_do_what_their_place_allows),
		cmocka_unit_test(a_text_that_grows_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
