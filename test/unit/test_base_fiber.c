/* SPDX-License-Identifier: MIT */
#include "base/fiber.h"

#include "sw_test.h"

struct walk {
	struct sw_fiber *fiber;
	unsigned at;
	char deep[64];
};

/* Enough stack to notice when it is not its own. */
static unsigned descend(struct walk *w, unsigned depth)
{
	volatile char room[4096];

	room[0] = room[sizeof(room) - 1] = (char)depth;
	if (depth == 0) {
		w->at++;
		sw_fiber_yield(w->fiber);
		return 0;
	}
	unsigned below = descend(w, depth - 1);
	return below + (room[0] == (char)depth && room[sizeof(room) - 1] == (char)depth);
}

static void three_times(void *arg)
{
	struct walk *w = arg;

	for (int i = 0; i < 3; i++)
		assert_int_equal(descend(w, 20), 20);
}

static void goes_on_where_it_yielded(void **state)
{
	struct sw_error err = { 0 };
	struct walk w = { 0 };

	(void)state;
	w.fiber = sw_fiber_new(three_times, &w, &err);
	assert_non_null(w.fiber);
	assert_int_equal(w.at, 0);
	for (unsigned i = 1; i <= 3; i++) {
		assert_true(sw_fiber_resume(w.fiber));
		assert_int_equal(w.at, i);
		assert_false(sw_fiber_over(w.fiber));
	}
	assert_false(sw_fiber_resume(w.fiber));
	assert_true(sw_fiber_over(w.fiber));
	sw_fiber_free(w.fiber);
}

static void many_take_turns(void **state)
{
	struct walk walks[50] = { { 0 } };
	struct sw_error err = { 0 };
	unsigned open = 50;

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		walks[i].fiber = sw_fiber_new(three_times, &walks[i], &err);
		assert_non_null(walks[i].fiber);
	}
	for (unsigned round = 1; open > 0; round++)
		for (size_t i = 0; i < 50; i++) {
			if (sw_fiber_over(walks[i].fiber))
				continue;
			if (sw_fiber_resume(walks[i].fiber))
				assert_int_equal(walks[i].at, round);
			else
				open--;
		}
	for (size_t i = 0; i < 50; i++)
		sw_fiber_free(walks[i].fiber);
}

static void one_that_never_ran_is_freed(void **state)
{
	struct sw_error err = { 0 };
	struct walk w = { 0 };

	(void)state;
	sw_fiber_free(sw_fiber_new(three_times, &w, &err));
	sw_fiber_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_on_where_it_yielded),
		cmocka_unit_test(many_take_turns),
		cmocka_unit_test(one_that_never_ran_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
