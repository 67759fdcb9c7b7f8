/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

static void is_an_empty_string_at_first(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 10 };

	assert_string_equal(sw_buf_str(&b), "");
	assert_slice(sw_buf_slice(&b), "");
	sw_buf_consume(&b, 5);
	sw_buf_truncate(&b, 0);
	sw_buf_clear(&b);
	sw_buf_commit(&b, 0);
	assert_int_equal(sw_buf_len(&b), 0);
}

static void takes_all_or_nothing_at_its_limit(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b;

	sw_buf_init(&b, 5);
	assert_ok(sw_buf_add_str(&b, "abc"));
	assert_err(sw_buf_add_str(&b, "def"), SW_E_LIMIT);
	assert_err(sw_buf_printf(&b, "%d", 123), SW_E_LIMIT);
	assert_null(sw_buf_reserve(&b, 3));
	assert_null(sw_buf_reserve(&b, SIZE_MAX));
	assert_string_equal(sw_buf_str(&b), "abc");
	assert_ok(sw_buf_printf(&b, "%s", "de"));
	assert_ok(sw_buf_add_str(&b, ""));
	assert_string_equal(sw_buf_str(&b), "abcde");
	assert_err(sw_buf_add_char(&b, 'f'), SW_E_LIMIT);
	/* What was consumed makes room. */
	sw_buf_consume(&b, 2);
	assert_ok(sw_buf_add_str(&b, "fg"));
	assert_string_equal(sw_buf_str(&b), "cdefg");
	assert_err(sw_buf_add_char(&b, 'h'), SW_E_LIMIT);
}

static void with_limit_zero_takes_nothing(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { 0 };

	assert_err(sw_buf_add_char(&b, 'a'), SW_E_LIMIT);
	assert_err(sw_buf_printf(&b, "a"), SW_E_LIMIT);
	assert_ok(sw_buf_add_str(&b, ""));
	assert_ok(sw_buf_printf(&b, "%s", ""));
	assert_string_equal(sw_buf_str(&b), "");
}

static void prints_texts_of_any_length(void **state SW_UNUSED)
{
	for (size_t start = 0; start < 3; start++) {
		for (int width = 0; width < 200; width++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 1000 };

			assert_ok(sw_buf_add(&b, sw_slice("xy", start)));
			assert_ok(sw_buf_printf(&b, "%*d|", width, 7));
			size_t expected = start + (size_t)(width ? width : 1) + 1;

			assert_int_equal(sw_buf_len(&b), expected);
			assert_int_equal(sw_buf_str(&b)[expected - 1], '|');
			assert_int_equal(sw_buf_str(&b)[expected], 0);
		}
	}
}

static void is_a_queue_of_bytes(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 200 };
	unsigned in = 0, out = 0;

	/* Odd sizes, so that every border of growing and moving is met. */
	for (int round = 0; round < 2000; round++) {
		for (int k = 0; k < round % 37 && sw_buf_len(&b) < b.max; k++)
			assert_ok(sw_buf_add_char(&b, (char)('a' + in++ % 26)));
		for (int k = 0; k < round % 31 && sw_buf_len(&b) > 0; k++) {
			assert_int_equal(sw_buf_str(&b)[0], 'a' + out++ % 26);
			sw_buf_consume(&b, 1);
		}
		assert_int_equal(sw_buf_len(&b), in - out);
		assert_true(b.cap <= b.max);
	}
}

static void keeps_what_was_committed(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 100 };
	char *room = sw_buf_reserve(&b, 10);

	assert_non_null(room);
	memset(room, 'x', 10);
	assert_string_equal(sw_buf_str(&b), "");
	room = sw_buf_reserve(&b, 10);
	memcpy(room, "0123456789", 10);
	sw_buf_commit(&b, 4);
	assert_string_equal(sw_buf_str(&b), "0123");
	/* More than the capacity cannot be kept. */
	sw_buf_commit(&b, SIZE_MAX);
	assert_true(sw_buf_len(&b) <= b.max);
}

static void drops_bytes_at_both_ends(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 100 };

	assert_ok(sw_buf_add_str(&b, "0123456789"));
	sw_buf_consume(&b, 2);
	sw_buf_truncate(&b, 5);
	assert_string_equal(sw_buf_str(&b), "23456");
	sw_buf_truncate(&b, 50);
	assert_string_equal(sw_buf_str(&b), "23456");
	sw_buf_consume(&b, 50);
	assert_string_equal(sw_buf_str(&b), "");
}

static void knows_why_it_took_no_more(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 4 };
	struct sw_error err = { 0 };

	assert_ok(sw_buf_add(&b, SW_S("abc")));
	assert_err(sw_buf_add(&b, SW_S("de")), SW_E_LIMIT);
	assert_int_equal(sw_buf_fail(&b, "the path", &err), SW_E_LIMIT);
	assert_string_equal(err.text, "the path: longer than 4 bytes");
	assert_err(sw_buf_printf(&b, "%d", 10), SW_E_LIMIT);
	assert_int_equal(sw_buf_fail(&b, "it", NULL), SW_E_LIMIT);
	sw_buf_fini(&b);
	sw_mem_fail_at(1);
	assert_err(sw_buf_add(&b, SW_S("a")), SW_E_NOMEM);
	assert_int_equal(sw_buf_fail(&b, "it", &err), SW_E_NOMEM);
	assert_ok(sw_buf_add(&b, SW_S("a")));
}

static void hands_its_content_over(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 100 };
	SW_CLEANUP(sw_freep) char *nothing = sw_buf_take(&b);

	assert_string_equal(nothing, "");
	assert_ok(sw_buf_add_str(&b, "0123456789"));
	sw_buf_consume(&b, 8);
	SW_CLEANUP(sw_freep) char *text = sw_buf_take(&b);

	assert_string_equal(text, "89");
	assert_int_equal(sw_buf_len(&b), 0);
	assert_int_equal(b.max, 100);
	assert_ok(sw_buf_add_str(&b, "again"));
}

static void may_be_used_again_after_fini(void **state SW_UNUSED)
{
	struct sw_buf b = { .max = 3 };
	long before = sw_mem_live();

	assert_ok(sw_buf_add_str(&b, "abc"));
	sw_buf_fini(&b);
	assert_ok(sw_buf_add_str(&b, "def"));
	assert_string_equal(sw_buf_str(&b), "def");
	assert_err(sw_buf_add_str(&b, "g"), SW_E_LIMIT);
	sw_buf_wipe(&b);
	sw_buf_wipe(&b);
	assert_int_equal(sw_mem_live(), before);
}

static void does_not_copy_without_need(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 1 << 20 };
	long moves = 0;

	/* A sliding window must not grow, nor move for every byte. */
	assert_ok(sw_buf_add_str(&b, "0123456789012345678901234567890123456789"));
	for (int i = 0; i < 100000; i++) {
		const char *before = sw_buf_str(&b);

		assert_ok(sw_buf_add_char(&b, 'x'));
		moves += sw_buf_str(&b) != before;
		sw_buf_consume(&b, 1);
	}
	assert_true(b.cap <= 256);
	assert_true(moves < 5000);
}

static enum sw_err fill(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 10000 };
	enum sw_err code = SW_OK;

	for (int i = 0; i < 20 && !code; i++) {
		char expected[32];

		code = sw_buf_printf(&b, "%0*d", i * 7, i);
		if (!code)
			code = sw_buf_add_str(&b, "text");
		snprintf(expected, sizeof(expected), "%s", sw_buf_str(&b));
	}
	SW_CLEANUP(sw_freep) char *taken = code ? NULL : sw_buf_take(&b);

	if (!code && !taken)
		code = SW_E_NOMEM;
	return code;
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(fill, NULL);
}

static void keeps_its_content_when_memory_is_out(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = 10000 };
	char large[300];

	memset(large, 'x', sizeof(large));
	assert_ok(sw_buf_add_str(&b, "before"));
	sw_mem_fail_at(1);
	assert_err(sw_buf_add(&b, sw_slice(large, sizeof(large))), SW_E_NOMEM);
	sw_mem_fail_at(1);
	assert_err(sw_buf_printf(&b, "%300d", 1), SW_E_NOMEM);
	sw_mem_fail_at(0);
	assert_string_equal(sw_buf_str(&b), "before");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_an_empty_string_at_first),
		cmocka_unit_test(takes_all_or_nothing_at_its_limit),
		cmocka_unit_test(with_limit_zero_takes_nothing),
		cmocka_unit_test(prints_texts_of_any_length),
		cmocka_unit_test(is_a_queue_of_bytes),
		cmocka_unit_test(keeps_what_was_committed),
		cmocka_unit_test(drops_bytes_at_both_ends),
		cmocka_unit_test(knows_why_it_took_no_more),
		cmocka_unit_test(hands_its_content_over),
		cmocka_unit_test(may_be_used_again_after_fini),
		cmocka_unit_test(does_not_copy_without_need),
		cmocka_unit_test(survives_every_failing_allocation),
		cmocka_unit_test(keeps_its_content_when_memory_is_out),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
