/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "sw_test.h"

static void hands_out_zeroed_aligned_memory_that_does_not_overlap(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 1000, 40, 5000, 3, 200000, 7, 64 };
	unsigned char *got[SW_LEN(sizes)];

	for (size_t i = 0; i < SW_LEN(sizes); i++) {
		got[i] = sw_arena_alloc(&a, sizes[i]);
		assert_non_null(got[i]);
		assert_row(i, (uintptr_t)got[i] % _Alignof(max_align_t) == 0);
		for (size_t k = 0; k < sizes[i]; k++)
			assert_row(i, got[i][k] == 0);
		memset(got[i], (int)i + 1, sizes[i]);
	}
	for (size_t i = 0; i < SW_LEN(sizes); i++)
		for (size_t k = 0; k < sizes[i]; k++)
			assert_row(i, got[i][k] == i + 1);
}

static void takes_few_blocks_for_many_objects(void **state SW_UNUSED)
{
	long before = sw_mem_live();
	struct sw_arena a;

	sw_arena_init(&a);
	for (size_t i = 0; i < 10000; i++)
		assert_non_null(sw_arena_alloc(&a, 32));
	assert_int_equal(a.bytes, 320000);
	assert_true(sw_mem_live() - before < 20);
	sw_arena_fini(&a);
	assert_int_equal(sw_mem_live(), before);
}

static void keeps_using_its_block_around_a_large_object(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };
	char *first = sw_arena_alloc(&a, 16);
	char *large = sw_arena_alloc(&a, 1000000);
	char *second = sw_arena_alloc(&a, 16);

	assert_non_null(large);
	assert_ptr_equal(second, first + 16);
}

static void copies_strings(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };
	struct sw_slice s = sw_arena_copy(&a, SW_S("a\0b"));

	assert_slice(s, "a\0b");
	assert_int_equal(s.ptr[3], 0);
	assert_string_equal(sw_arena_strdup(&a, "text"), "text");
	assert_string_equal(sw_arena_strdup(&a, NULL), "");
	assert_non_null(sw_arena_copy(&a, (struct sw_slice){ NULL, 0 }).ptr);
}

static void refuses_absurd_sizes(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };

	assert_null(sw_arena_alloc(&a, SIZE_MAX));
	assert_null(sw_arena_alloc(&a, SIZE_MAX / 2 + 1));
	assert_null(sw_arena_copy(&a, (struct sw_slice){ "", SIZE_MAX }).ptr);
	assert_int_equal(a.bytes, 0);
}

static void starts_afresh_with_one_block(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };
	long before = sw_mem_live();

	sw_arena_reset(&a);
	assert_null(a.blocks);
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < 1000; i++) {
			char *p = sw_arena_alloc(&a, 200);

			assert_non_null(p);
			for (size_t k = 0; k < 200; k++)
				assert_int_equal(p[k], 0);
			memset(p, 'x', 200);
		}
		sw_arena_reset(&a);
		assert_int_equal(a.bytes, 0);
		assert_int_equal(sw_mem_live(), before + 1);
	}
	sw_arena_fini(&a);
	assert_non_null(sw_arena_alloc(&a, 1 << 20));
	sw_arena_reset(&a);
	/* What was unusually large is not kept. */
	assert_int_equal(sw_mem_live(), before);
}

static enum sw_err fill(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena a = { 0 };

	for (size_t size = 1; size < 100000; size *= 3)
		if (!sw_arena_alloc(&a, size) || !sw_arena_strdup(&a, "text") ||
		    !sw_arena_copy(&a, SW_S("slice")).ptr)
			return SW_E_NOMEM;
	return SW_OK;
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(fill, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(hands_out_zeroed_aligned_memory_that_does_not_overlap),
		cmocka_unit_test(takes_few_blocks_for_many_objects),
		cmocka_unit_test(keeps_using_its_block_around_a_large_object),
		cmocka_unit_test(copies_strings),
		cmocka_unit_test(refuses_absurd_sizes),
		cmocka_unit_test(starts_afresh_with_one_block),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
