/* SPDX-License-Identifier: MIT */
#include "base/world.h"

#include "sw_test.h"

static void real_time_does_not_run_backwards(void **state SW_UNUSED)
{
	const struct sw_world *w = sw_world_real();
	uint64_t last = w->now_us(w->arg);

	for (int i = 0; i < 1000; i++) {
		uint64_t now = w->now_us(w->arg);

		assert_true(now >= last);
		last = now;
	}
	/* 2020: microseconds since the epoch, not seconds. */
	assert_true(w->wall_us(w->arg) > INT64_C(1577836800) * 1000000);
}

static void real_randomness_differs(void **state SW_UNUSED)
{
	const struct sw_world *w = sw_world_real();
	char a[300] = { 0 }, b[300] = { 0 };

	assert_true(w->random(w->arg, a, sizeof(a)));
	assert_true(w->random(w->arg, b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_true(w->random(w->arg, a, 0));
}

static void fake_time_stands_still_until_told(void **state SW_UNUSED)
{
	struct sw_fake_world f;

	sw_fake_world_init(&f);
	uint64_t now = f.world.now_us(f.world.arg);

	assert_true(now > 0);
	assert_int_equal(f.world.now_us(f.world.arg), now);
	f.now_us += 5;
	assert_int_equal(f.world.now_us(f.world.arg), now + 5);
	assert_int_equal(f.world.wall_us(f.world.arg), INT64_C(1767225600000000));
}

static void fake_randomness_repeats_with_its_seed(void **state SW_UNUSED)
{
	struct sw_fake_world f, g;
	char a[32], b[32], c[32];

	sw_fake_world_init(&f);
	sw_fake_world_init(&g);
	assert_true(f.world.random(f.world.arg, a, sizeof(a)));
	assert_true(g.world.random(g.world.arg, b, sizeof(b)));
	assert_true(g.world.random(g.world.arg, c, sizeof(c)));
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(b, c, sizeof(b));
	g.seed = 42;
	assert_true(g.world.random(g.world.arg, c, sizeof(c)));
	assert_memory_not_equal(a, c, sizeof(a));
}

static void sums_of_times_stop_at_never(void **state SW_UNUSED)
{
	assert_true(sw_time_add(5, 7) == 12);
	assert_true(sw_time_add(SW_NEVER, 1) == SW_NEVER);
	assert_true(sw_time_add(1, SW_NEVER) == SW_NEVER);
	assert_true(sw_time_add(SW_NEVER - 5, 10) == SW_NEVER);
	assert_true(sw_time_add(SW_NEVER, 0) == SW_NEVER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_time_does_not_run_backwards),
		cmocka_unit_test(real_randomness_differs),
		cmocka_unit_test(fake_time_stands_still_until_told),
		cmocka_unit_test(fake_randomness_repeats_with_its_seed),
		cmocka_unit_test(sums_of_times_stop_at_never),
	};

	return cmocka_run_group_tests_name("world", tests, NULL, NULL);
}
