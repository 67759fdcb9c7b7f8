/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "mail/address.h"

static void keeps_addresses_as_they_go_on_the_wire(void **state SW_UNUSED)
{
	static const struct {
		unsigned flags;
		const char *in, *text, *local, *domain, *utf8, *ascii;
		bool smtputf8;
	} cases[] = {
		{ 0, "bob@example.com", "bob@example.com", "bob", "example.com", "example.com",
		  "example.com", false },
		{ 0, " <Bob@Example.COM> ", "Bob@Example.COM", "Bob", "Example.COM",
		  "Example.COM", "example.com", false },
		{ 0, "a.b+c=d/e@x", "a.b+c=d/e@x", "a.b+c=d/e", "x", "x", "x", false },
		{ 0, "\"john doe\"@x.org", "\"john doe\"@x.org", "\"john doe\"", "x.org", "x.org",
		  "x.org", false },
		/* No quotes that are not needed. */
		{ 0, "\"john\"@x", "john@x", "john", "x", "x", "x", false },
		{ 0, "\"j\\o\\hn\"@x", "john@x", "john", "x", "x", "x", false },
		{ 0, "\"a..b\"@x", "\"a..b\"@x", "\"a..b\"", "x", "x", "x", false },
		{ 0, "\"a\\\"b\\\\c@d\"@x", "\"a\\\"b\\\\c@d\"@x", "\"a\\\"b\\\\c@d\"", "x", "x",
		  "x", false },
		{ 0, "\"\"@x", "\"\"@x", "\"\"", "x", "x", "x", false },
		{ 0, "bob@[192.0.2.1]", "bob@[192.0.2.1]", "bob", "[192.0.2.1]", "[192.0.2.1]",
		  "[192.0.2.1]", false },
		{ 0, "bob@[IPv6:2001:db8::1]", "bob@[IPv6:2001:db8::1]", "bob",
		  "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]", false },
		/* A domain beyond ASCII goes as A-label unless the local part needs UTF-8. */
		{ 0, "bob@b\xc3\xbc" "cher.example", "bob@xn--bcher-kva.example", "bob",
		  "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
		  false },
		{ 0, "bob@XN--Bcher-kva.example", "bob@xn--bcher-kva.example", "bob",
		  "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
		  false },
		{ 0, "b\xc3\xb6" "b@b\xc3\xbc" "cher.example",
		  "b\xc3\xb6" "b@b\xc3\xbc" "cher.example", "b\xc3\xb6" "b",
		  "b\xc3\xbc" "cher.example", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
		  true },
		{ 0, "b\xc3\xb6" "b@Example.com", "b\xc3\xb6" "b@Example.com", "b\xc3\xb6" "b",
		  "Example.com", "Example.com", "example.com", true },
		/* IDNA 2008: no transitional mapping of the sharp s. */
		{ 0, "a@fa\xc3\x9f.example", "a@xn--fa-hia.example", "a", "xn--fa-hia.example",
		  "fa\xc3\x9f.example", "xn--fa-hia.example", false },
		{ 0, "a@B\xc3\x9c" "CHER\xe3\x80\x82" "Example", "a@xn--bcher-kva.example", "a",
		  "xn--bcher-kva.example", "b\xc3\xbc" "cher.example", "xn--bcher-kva.example",
		  false },
		{ SW_ADDRESS_ALLOW_NULL, "", "", "", "", "", "", false },
		{ SW_ADDRESS_ALLOW_NULL, "<>", "", "", "", "", "", false },
		{ SW_ADDRESS_ALLOW_NAME, "Bob B. <bob@x>", "bob@x", "bob", "x", "x", "x", false },
		{ SW_ADDRESS_ALLOW_NAME, "\"A, <B>\" <bob@x>", "bob@x", "bob", "x", "x", "x",
		  false },
		{ SW_ADDRESS_ALLOW_NAME, "\"a<b\"@x", "\"a<b\"@x", "\"a<b\"", "x", "x", "x",
		  false },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_address a;
		struct sw_error err;
		enum sw_err code = sw_address_parse(&arena, sw_slice_str(cases[i].in),
						    cases[i].flags, &a, &err);

		if (code)
			print_error("# %s\n", err.text);
		assert_row(i, code == SW_OK);
		assert_string_equal(a.text, cases[i].text);
		assert_string_equal(a.local, cases[i].local);
		assert_string_equal(a.domain, cases[i].domain);
		assert_string_equal(a.domain_utf8, cases[i].utf8);
		assert_string_equal(a.domain_ascii, cases[i].ascii);
		assert_row(i, a.utf8 == cases[i].smtputf8);
	}
}

static void says_what_is_wrong_and_what_was_expected(void **state SW_UNUSED)
{
	static const struct {
		unsigned flags;
		struct sw_slice in;
		const char *words;
	} cases[] = {
		{ 0, SW_S(""), "empty address" },
		{ 0, SW_S("<>"), "empty address" },
		{ 0, SW_S("bob"), "without a domain; expected something like user@example.com" },
		{ 0, SW_S("bob@"), "nothing after the '@'" },
		{ 0, SW_S("@x"), "nothing before the '@'" },
		{ 0, SW_S("@"), "nothing before the '@'" },
		{ 0, SW_S("a@b@c"), "more than one '@'" },
		{ 0, SW_S("@a,@b:c@d"), "source route" },
		{ 0, SW_S("-oQ/tmp@x"), "option" },
		{ 0, SW_S("\"-oQ\"@x"), "option" },
		{ 0, SW_S("a..b@x"), "dot" },
		{ 0, SW_S(".a@x"), "dot" },
		{ 0, SW_S("a.@x"), "dot" },
		{ 0, SW_S("a b@x"), "quotes" },
		{ 0, SW_S("a,b@x"), "','" },
		{ 0, SW_S("a(c)@x"), "'('" },
		{ 0, SW_S("\"a@x"), "not closed" },
		{ 0, SW_S("\"a\\"), "not closed" },
		{ 0, SW_S("\"a\" @x"), "quotes" },
		{ 0, SW_S("<a@x"), "'>'" },
		{ 0, SW_S("a@x>"), "domain" },
		{ 0, SW_S("Bob <a@x>"), "quotes" },
		{ SW_ADDRESS_ALLOW_NAME, SW_S("a <a@x>, b <b@x>"), "a list" },
		{ SW_ADDRESS_ALLOW_NAME, SW_S("g: <a@x>, <b@x>;"), "a list" },
		/* Domains. */
		{ 0, SW_S("a@x..y"), "two dots" },
		{ 0, SW_S("a@.x"), "dot" },
		{ 0, SW_S("a@x."), "dot" },
		{ 0, SW_S("a@-x.y"), "hyphen" },
		{ 0, SW_S("a@x-.y"), "hyphen" },
		{ 0, SW_S("a@x_y.z"), "underscore" },
		{ 0, SW_S("a@x y"), "letter" },
		{ 0, SW_S("a@x/y"), "letter" },
		{ 0, SW_S("a@192.0.2.1"), "brackets: [192.0.2.1]" },
		{ 0, SW_S("a@\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1"), "brackets" },
		{ 0, SW_S("a@[192.0.2.256]"), "address literal" },
		{ 0, SW_S("a@[192.0.2.1"), "address literal" },
		{ 0, SW_S("a@[]"), "address literal" },
		{ 0, SW_S("a@[IPv6:192.0.2.1]"), "address literal" },
		{ 0, SW_S("a@[IPv6:fe80::1%eth0]"), "address literal" },
		{ 0, SW_S("a@[2001:db8::1]"), "address literal" },
		{ 0, SW_S("a@[x:y]"), "address literal" },
		{ 0, SW_S("a@xn--zzzzzz.example"), "not a valid name" },
		/* What maps to '/', '_', '=': never to another domain without it. */
		{ 0, SW_S("a@\xe2\x84\x80.example"), "letter" },
		{ 0, SW_S("a@b\xc3\xbc_r.example"), "underscore" },
		{ 0, SW_S("a@a\xe2\x89\xa0" "b.example"), "not a valid name" },
		{ 0, SW_S("a@\xef\xbd\x81\xef\xbc\xa0" "b.example"), "letter" },
		{ 0, SW_S("a@\xe2\x98\x83.example"), "not a valid name" },
		{ 0, SW_S("a@\xc3\xbc..example"), "two dots" },
		/* Controls, whatever they are. */
		{ 0, SW_S("a\r\n@x"), "line end" },
		{ 0, SW_S("a@x\r\n"), "line end" },
		{ 0, SW_S("a@x\n"), "line end" },
		{ 0, SW_S("\"a\rb\"@x"), "line end" },
		{ 0, SW_S("a\0@x"), "control" },
		{ 0, SW_S("a@x\0.y"), "control" },
		{ 0, SW_S("\ta@x"), "control" },
		{ 0, SW_S("a\x7f@x"), "control" },
		{ 0, SW_S("a\xc2\x85@x"), "control" },
		{ 0, SW_S("a\xe2\x80\xa8@x"), "control" },
		{ 0, SW_S("a@x\xe2\x80\xa9"), "control" },
		{ 0, SW_S("a\xc0\x8a@x"), "UTF-8" },
		{ 0, SW_S("a\xff@x"), "UTF-8" },
		{ 0, SW_S("a\xe2\x80\x8b@x"), "invisible character U+200B" },
		{ 0, SW_S("a@exa\xc2\xadmple.com"), "invisible character U+00AD" },
		{ 0, SW_S("a\xe2\x80\xae@x"), "invisible character U+202E" },
		{ SW_ADDRESS_ALLOW_NAME, SW_S("A\r\nBcc: <a@x>"), "line end" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_address a;
		struct sw_error err = { 0 };

		assert_row(i, sw_address_parse(&arena, cases[i].in, cases[i].flags, &a, &err) ==
				      SW_E_DATA);
		if (!strstr(err.text, cases[i].words))
			print_error("# %s\n", err.text);
		assert_row(i, strstr(err.text, cases[i].words) != NULL);
	}
}

static void limits_hold_to_the_byte(void **state SW_UNUSED)
{
	char text[SW_MAX_ADDRESS + 10];
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_address a;

	memset(text, 'x', sizeof(text));
	text[SW_MAX_LOCAL_PART] = '@';
	assert_ok(sw_address_parse(&arena, sw_slice(text, SW_MAX_LOCAL_PART + 2), 0, &a, NULL));
	text[SW_MAX_LOCAL_PART] = 'x';
	text[SW_MAX_LOCAL_PART + 1] = '@';
	assert_err(sw_address_parse(&arena, sw_slice(text, SW_MAX_LOCAL_PART + 3), 0, &a, NULL),
		   SW_E_LIMIT);
	assert_err(sw_address_parse(&arena, sw_slice(text, sizeof(text)), 0, &a, NULL),
		   SW_E_LIMIT);
	/* Labels of 63, and 253 in all. */
	memset(text, 'x', sizeof(text));
	memcpy(text, "a@", 2);
	for (size_t i = 2 + 63; i < sizeof(text); i += 64)
		text[i] = '.';
	assert_ok(sw_address_parse(&arena, sw_slice(text, 2 + 253), 0, &a, NULL));
	assert_err(sw_address_parse(&arena, sw_slice(text, 2 + 254), 0, &a, NULL), SW_E_DATA);
	text[2 + 63] = 'x';
	assert_err(sw_address_parse(&arena, sw_slice(text, 2 + 64), 0, &a, NULL), SW_E_DATA);
}

static void equal_but_for_the_case_of_the_domain(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_address a, b, c, d;

	assert_ok(sw_address_parse(&arena, SW_S("a@X.org"), 0, &a, NULL));
	assert_ok(sw_address_parse(&arena, SW_S("\"a\"@x.ORG"), 0, &b, NULL));
	assert_ok(sw_address_parse(&arena, SW_S("A@x.org"), 0, &c, NULL));
	assert_ok(sw_address_parse(&arena, SW_S("a@y.org"), 0, &d, NULL));
	assert_true(sw_address_same(&a, &b));
	assert_false(sw_address_same(&a, &c));
	assert_false(sw_address_same(&a, &d));
}

static void domains_and_ehlo_names_are_checked_alike(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		const char *ascii;	/* NULL: refused */
		bool ehlo;
	} cases[] = {
		{ SW_S("Example.COM"), "example.com", true },
		{ SW_S("example.com."), "example.com", false },
		{ SW_S("localhost"), "localhost", true },
		{ SW_S("b\xc3\xbc" "cher.example"), "xn--bcher-kva.example", false },
		{ SW_S("[192.0.2.1]"), "[192.0.2.1]", true },
		{ SW_S("[IPv6:::1]"), "[IPv6:::1]", true },
		{ SW_S(""), NULL, false },
		{ SW_S("."), NULL, false },
		{ SW_S("a..b"), NULL, false },
		{ SW_S("[]"), NULL, false },
		{ SW_S("["), NULL, false },
		{ SW_S("[192.0.2.1\0]"), NULL, false },
		{ SW_S("a b"), NULL, false },
		{ SW_S("a\r\nMAIL FROM:<x@y>"), NULL, false },
		{ SW_S("a\0b"), NULL, false },
		{ SW_S("a_b"), NULL, false },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		const char *ascii = NULL;
		enum sw_err code = sw_domain_to_ascii(&arena, cases[i].in, &ascii, NULL);

		assert_row(i, code == (cases[i].ascii ? SW_OK : SW_E_DATA));
		if (cases[i].ascii)
			assert_string_equal(ascii, cases[i].ascii);
		assert_row(i, sw_ehlo_name_valid(cases[i].in) == cases[i].ehlo);
	}
}

static enum sw_err parse_once(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_address a;

	return sw_address_parse(&arena, SW_S("\"B\xc3\xb6" "b\" <\"a b\"@B\xc3\xbc" "cher.example>"),
				SW_ADDRESS_ALLOW_NAME, &a, NULL);
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(parse_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_addresses_as_they_go_on_the_wire),
		cmocka_unit_test(says_what_is_wrong_and_what_was_expected),
		cmocka_unit_test(limits_hold_to_the_byte),
		cmocka_unit_test(equal_but_for_the_case_of_the_domain),
		cmocka_unit_test(domains_and_ehlo_names_are_checked_alike),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("mail_address", tests, NULL, NULL);
}
