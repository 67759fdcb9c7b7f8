/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/error.h"

static void gives_a_block_for_size_zero(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_freep) void *a = sw_malloc(0);
	SW_CLEANUP(sw_freep) void *b = sw_calloc(0, 8);

	assert_non_null(a);
	assert_non_null(b);
}

static void refuses_a_product_that_overflows(void **state SW_UNUSED)
{
	size_t volatile huge = SIZE_MAX / 2;

	assert_null(sw_calloc(huge, 4));
}

static void zeroes_what_calloc_gives(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_freep) char *p = sw_calloc(100, 3);

	assert_non_null(p);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(p[i], 0);
}

static void copies_strings_with_their_nul(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_freep) char *a = sw_dup(SW_S("a\0b"));
	SW_CLEANUP(sw_freep) char *b = sw_strdup("text");
	SW_CLEANUP(sw_freep) char *c = sw_dup((struct sw_slice){ NULL, 0 });

	assert_memory_equal(a, "a\0b", 4);
	assert_string_equal(b, "text");
	assert_string_equal(c, "");
}

static void counts_live_blocks(void **state SW_UNUSED)
{
	long before = sw_mem_live();
	void *p = sw_malloc(1);

	assert_int_equal(sw_mem_live(), before + 1);
	p = sw_realloc(p, 1000);
	assert_int_equal(sw_mem_live(), before + 1);
	sw_free(p);
	sw_free(NULL);
	assert_int_equal(sw_mem_live(), before);
	p = sw_realloc(NULL, 10);
	assert_int_equal(sw_mem_live(), before + 1);
	sw_freep(&p);
	assert_int_equal(sw_mem_live(), before);
}

static void fails_the_nth_allocation_once(void **state SW_UNUSED)
{
	sw_mem_fail_at(2);
	SW_CLEANUP(sw_freep) void *a = sw_malloc(1);

	assert_non_null(a);
	assert_false(sw_mem_failed());
	assert_null(sw_calloc(1, 1));
	assert_true(sw_mem_failed());
	SW_CLEANUP(sw_freep) void *c = sw_malloc(1);

	assert_non_null(c);
	sw_mem_fail_at(1);
	/* The old block stays when realloc fails. */
	assert_null(sw_realloc(a, 100));
	assert_true(sw_mem_failed());
	sw_mem_fail_at(0);
	assert_false(sw_mem_failed());
}

static void counts_what_was_refused_to_whom_ever(void **state SW_UNUSED)
{
	size_t volatile huge = SIZE_MAX / 2;
	uint64_t before = sw_mem_refused();
	struct sw_error err = { 0 };
	void *lent = sw_mem_lend(0);

	assert_non_null(lent);
	assert_int_equal(sw_fail_if_refused(&err, before), SW_OK);
	assert_int_equal(err.code, SW_OK);
	sw_mem_fail_at(1);
	/* The old block stays. */
	assert_null(sw_mem_lend_again(lent, 100));
	assert_int_equal(sw_mem_refused(), before + 1);
	sw_mem_give_back(lent);
	sw_mem_fail_at(1);
	assert_null(sw_malloc(1));
	assert_null(sw_calloc(huge, 4));
	sw_mem_fail_at(1);
	assert_null(sw_mem_lend(1));
	sw_mem_note_refusal();
	assert_int_equal(sw_mem_refused(), before + 5);
	assert_int_equal(sw_fail_if_refused(&err, before), SW_E_NOMEM);
	assert_int_equal(err.code, SW_E_NOMEM);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_a_block_for_size_zero),
		cmocka_unit_test(refuses_a_product_that_overflows),
		cmocka_unit_test(zeroes_what_calloc_gives),
		cmocka_unit_test(copies_strings_with_their_nul),
		cmocka_unit_test(counts_live_blocks),
		cmocka_unit_test(fails_the_nth_allocation_once),
		cmocka_unit_test(counts_what_was_refused_to_whom_ever),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
