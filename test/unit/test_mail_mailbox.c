/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/text.h"
#include "mail/address.h"

/* "name|address" of each mailbox, with ", " between them. */
static void render(const struct sw_mailbox *m, struct sw_buf *out)
{
	for (; m; m = m->next)
		assert_ok(sw_buf_printf(out, "%s|%s%s", m->name, m->address.text,
					m->next ? ", " : ""));
}

static void reads_lists_as_people_and_old_mailers_write_them(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
		{ "", "" },
		{ "a@b", "|a@b" },
		{ "<a@b>", "|a@b" },
		{ "A <a@x>, \"B, C\" <b@y>, group: d@z;", "A|a@x, B, C|b@y, |d@z" },
		{ "John Q. Public <j@x>", "John Q. Public|j@x" },
		{ "  John \t  Q  <j@x>  ", "John Q|j@x" },
		{ "\"John \\\"J\\\" \\\\ Doe\"<j@x>", "John \"J\" \\ Doe|j@x" },
		{ "John (the (inner) \\) one) Doe <j@x> (late)", "John Doe|j@x" },
		{ "(only) a@b (comments)", "|a@b" },
		{ "undisclosed-recipients:;", "" },
		{ "G: a@b, C <c@d>; e@f", "|a@b, C|c@d, |e@f" },
		{ "G: a@b", "|a@b" },
		{ "G:;, H:;", "" },
		{ ",, a@b,, c@d,", "|a@b, |c@d" },
		{ "john . doe @ example . com", "|john.doe@example.com" },
		{ "\"john doe\"@x", "|\"john doe\"@x" },
		{ "\"john\" @ x", "|john@x" },
		{ "X <@r1,@r2:a@b>", "X|a@b" },
		{ "X < a @ b >", "X|a@b" },
		{ "a@b <c@d>", "a@b|c@d" },
		{ "[list] x <c@d>", "[list] x|c@d" },
		{ "a@[192.0.2.1]", "|a@[192.0.2.1]" },
		{ "=?utf-8?Q?J=C3=B6rg?= <j@x>", "J\xc3\xb6rg|j@x" },
		{ "=?iso-8859-1?Q?J=F6rg?= =?utf-8?Q?_B?= <j@x>", "J\xc3\xb6rg B|j@x" },
		{ "\"=?utf-8?Q?J=C3=B6rg?=\" <j@x>", "J\xc3\xb6rg|j@x" },
		{ "J\xc3\xb6rg <j@x>", "J\xc3\xb6rg|j@x" },
		{ "J\xf6rg <j@x>", "J\\xf6rg|j@x" },
		{ "=?utf-8?Q?a,b:c?= <j@x>", "a,b:c|j@x" },
		{ "=?utf-8?Q?a=0D=0ABcc:?= <j@x>", "=?utf-8?Q?a=0D=0ABcc:?=|j@x" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf out;
		struct sw_mailbox *first = NULL;
		struct sw_error err;
		enum sw_err code = sw_mailboxes_parse(&arena, sw_slice_str(cases[i].in), &first,
						      &err);

		sw_buf_init(&out, 1000);
		if (code)
			print_error("# %s\n", err.text);
		assert_row(i, code == SW_OK);
		render(first, &out);
		assert_string_equal(sw_buf_str(&out), cases[i].want);
	}
}

static void names_the_place_of_what_it_cannot_read(void **state SW_UNUSED)
{
	static const struct {
		struct sw_slice in;
		const char *words;
	} cases[] = {
		{ SW_S("bob"), "without a domain" },
		{ SW_S("bob smith"), "neither an address" },
		{ SW_S("john doe@x"), "neither an address" },
		{ SW_S("a@b c@d"), "neither an address" },
		{ SW_S("A <a@b> x"), "text after an address" },
		{ SW_S("A <a@b> <c@d>"), "may not stand here at byte 8" },
		{ SW_S("A <a@b"), "'>' is missing at byte 6" },
		{ SW_S("A <a@b, c@d>"), "between '<' and '>' at byte 6" },
		{ SW_S("A <>"), "empty address" },
		{ SW_S("a@b; c@d"), "separated by ','" },
		{ SW_S(";"), "outside of a group" },
		{ SW_S(":;"), "group without a name" },
		{ SW_S("G: H: a@b;;"), "may not stand here" },
		{ SW_S("(a@b"), "comment is not closed at byte 0" },
		{ SW_S("a@b (x\\)"), "comment is not closed" },
		{ SW_S("a@b )"), "may not stand here" },
		{ SW_S("\"a@b"), "quotes are not closed" },
		{ SW_S("\"a\\"), "quotes are not closed" },
		{ SW_S("a@[b"), "bracket is not closed" },
		{ SW_S("((((((((((((((((( x"), "nested too deeply at byte 16" },
		{ SW_S("a@b,\r\n c@d"), "line end at byte 4" },
		{ SW_S("a@b,\0c@d"), "control" },
		{ SW_S("\xff\xe2\x80\xa8 <a@b>"), "line end at byte 1" },
		{ SW_S("a\xff@b"), "UTF-8" },
	};

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		struct sw_mailbox *first = NULL;
		struct sw_error err = { 0 };

		assert_row(i, sw_mailboxes_parse(&arena, cases[i].in, &first, &err) == SW_E_DATA);
		if (!strstr(err.text, cases[i].words))
			print_error("# %s\n", err.text);
		assert_row(i, strstr(err.text, cases[i].words) != NULL);
		assert_null(first);
	}
}

static void sixteen_comments_deep_is_read(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_mailbox *first = NULL;

	assert_ok(sw_mailboxes_parse(&arena, SW_S("((((((((((((((((x)))))))))))))))) a@b"), &first,
				     NULL));
	assert_string_equal(first->address.text, "a@b");
}

static void a_list_has_a_limit(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf in;
	struct sw_mailbox *first = NULL;
	size_t count = 0;

	sw_buf_init(&in, 1 << 20);
	for (int i = 0; i < SW_MAX_RECIPIENTS; i++)
		assert_ok(sw_buf_add_str(&in, "a@b,"));
	assert_ok(sw_mailboxes_parse(&arena, sw_buf_slice(&in), &first, NULL));
	for (; first; first = first->next)
		count++;
	assert_int_equal(count, SW_MAX_RECIPIENTS);
	assert_ok(sw_buf_add_str(&in, "a@b"));
	assert_err(sw_mailboxes_parse(&arena, sw_buf_slice(&in), &first, NULL), SW_E_LIMIT);
}

/* A quarter of a megabyte of what invites recursion or backtracking. */
static void hostile_lists_cost_no_more_than_their_length(void **state SW_UNUSED)
{
	static const struct sw_slice units[] = { SW_S("("),   SW_S("\""),  SW_S("<"),  SW_S("a:"),
						 SW_S("<@"),  SW_S("a "),  SW_S("[\\"), SW_S("="),
						 SW_S("=?"),  SW_S("()"),  SW_S(","),  SW_S("<@a,") };

	for (size_t i = 0; i < SW_LEN(units); i++) {
		SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
		SW_CLEANUP(sw_buf_fini) struct sw_buf in;
		struct sw_mailbox *first = NULL;

		sw_buf_init(&in, 1 << 18);
		while (!sw_buf_add(&in, units[i]))
			;
		enum sw_err code = sw_mailboxes_parse(&arena, sw_buf_slice(&in), &first, NULL);

		assert_row(i, code == SW_OK || code == SW_E_DATA || code == SW_E_LIMIT);
		assert_null(first);
	}
}

static enum sw_err parse_once(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_mailbox *first;

	return sw_mailboxes_parse(&arena, SW_S("\"a b\" <a@b>, =?utf-8?B?w6k=?= <\"c d\"@E>"),
				  &first, NULL);
}

static void says_when_memory_is_out(void **state SW_UNUSED)
{
	sw_test_failing_allocations(parse_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_lists_as_people_and_old_mailers_write_them),
		cmocka_unit_test(names_the_place_of_what_it_cannot_read),
		cmocka_unit_test(sixteen_comments_deep_is_read),
		cmocka_unit_test(a_list_has_a_limit),
		cmocka_unit_test(hostile_lists_cost_no_more_than_their_length),
		cmocka_unit_test(says_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("mail_mailbox", tests, NULL, NULL);
}
