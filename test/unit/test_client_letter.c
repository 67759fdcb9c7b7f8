/* SPDX-License-Identifier: MIT */
/* Whom the header of a refused message names as its author. */
#include "base/mem.h"
#include "client/letter_head.h"
#include "sw_test.h"

static const struct {
	const char *header, *domain;
	unsigned authors, froms, signatures;
	bool list;
} cases[] = {
	{ "From: a@example.org\r\nTo: b@example.net\r\n", "example.org", 1, 1, 0, false },
	{ "FROM : \"A, B\" <a@Example.ORG>\r\n", "example.org", 1, 1, 0, false },
	{ "From: A\r\n (of a@example.com)\r\n\t<a@example.org>\r\n", "example.org", 1, 1, 0,
	  false },
	{ "From: a@one.test, b@two.test\r\n", "one.test", 2, 1, 0, false },
	{ "From: a@one.test\r\nFrom: b@two.test\r\n", "one.test", 2, 2, 0, false },
	{ "From: some people: a@example.org;\r\n", "example.org", 1, 1, 0, false },
	{ "From: \xd0\x90 <a@\xd0\xbf\xd0\xbe\xd1\x87\xd1\x82\xd0\xb0.test>\r\n",
	  "xn--80a1acny.test", 1, 1, 0, false },
	{ "From: not an address\r\n", "", 0, 1, 0, false },
	{ "From:\r\n", "", 0, 1, 0, false },
	{ "X-From: a@example.org\r\nResent-From: b@example.org\r\n", "", 0, 0, 0, false },
	{ "", "", 0, 0, 0, false },
	{ "no field at all\r\nFrom: a@example.org\r\n", "example.org", 1, 1, 0, false },
	{ "DKIM-Signature: v=1;\r\n d=x\r\ndkim-signature: v=1\r\nFrom: a@b.test\r\nList-Id: "
	  "<l.test>\r\n",
	  "b.test", 1, 1, 2, true },
	{ "List-Unsubscribe: <https://b.test/u>\r\nFrom: a@b.test\r\n", "b.test", 1, 1, 0,
	  true },
};

static void the_author_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_letter_head h;
		struct sw_arena arena;

		sw_arena_init(&arena);
		sw_letter_head_read(sw_slice_str(cases[i].header), &arena, &h);
		if (strcmp(h.domain, cases[i].domain) != 0)
			print_error("# %zu: \"%s\"\n", i, h.domain);
		assert_string_equal(h.domain, cases[i].domain);
		assert_int_equal(h.authors, cases[i].authors);
		assert_int_equal(h.froms, cases[i].froms);
		assert_int_equal(h.signatures, cases[i].signatures);
		assert_int_equal(h.list, cases[i].list);
		sw_arena_fini(&arena);
	}
}

/* As many as the header may have, and one field that is all of it. */
static void large_headers_are_read_in_order(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_MAX_HEADER_BLOCK };
	struct sw_letter_head h;
	struct sw_arena arena;

	(void)state;
	sw_arena_init(&arena);
	while (sw_buf_len(&b) + 64 < SW_MAX_HEADER_BLOCK)
		assert_ok(sw_buf_add_str(&b, "From: a@example.org\r\n"));
	sw_letter_head_read(sw_buf_slice(&b), &arena, &h);
	assert_true(h.froms > 1000 && h.froms == h.authors);
	assert_string_equal(h.domain, "example.org");
	sw_buf_clear(&b);
	assert_ok(sw_buf_add_str(&b, "From: "));
	while (sw_buf_len(&b) + 64 < SW_MAX_HEADER_BLOCK)
		assert_ok(sw_buf_add_str(&b, "(("));
	assert_ok(sw_buf_add_str(&b, "\r\nDKIM-Signature: x\r\n"));
	sw_letter_head_read(sw_buf_slice(&b), &arena, &h);
	assert_string_equal(h.domain, "");
	assert_int_equal(h.signatures, 1);
	sw_arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_author_is_found),
		cmocka_unit_test(large_headers_are_read_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
