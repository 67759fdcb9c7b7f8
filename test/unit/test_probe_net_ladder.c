/* SPDX-License-Identifier: MIT */
/* Where a port's way ends, from what came back at each TTL. */
#include "sw_test.h"

#include "probe/net_ladder.h"

/* One letter a TTL, from 1: '.' silent, 'h' hop, 'c' connected, 'r' reset, 'f' forbidden. */
static struct sw_ladder ladder(const char *rungs)
{
	static const char letters[] = ".hcrf";
	struct sw_ladder l = { 0 };

	for (size_t i = 0; rungs[i]; i++)
		l.at[i + 1] = (enum sw_rung)(strchr(letters, rungs[i]) - letters);
	return l;
}

static void the_place_is_where_the_last_sign_came_from(void **state)
{
	static const struct {
		const char *port, *other, *place;
		unsigned offender;
	} rows[] = {
		/* Dropped. */
		{ "h", "hhc", "near", 0 },
		{ "hh", "hhc", "server", 0 },
		{ "", "hhc", "near", 0 },
		{ "", "c", "", 0 },
		{ "h", "hc", "", 0 },
		{ "hh..........", "hhhhhhhhhhhc", "near", 0 },
		{ "hhhhhhhhhhh.", "hhhhhhhhhhhc", "server", 0 },
		{ "hhhhhhhh....", "hhhhhhhhhhhc", "far", 0 },
		/* Routers that say nothing leave it open who drops. */
		{ "hh..........", "hh.........c", "", 0 },
		{ "h...........", ".h.hhhhhhhhc", "near", 0 },
		/* Reset: by the server, by a router that would forward. */
		{ "hhr", "hhc", "server", 0 },
		{ "hr", "hhc", "near", 0 },
		{ "r", "hhc", "near", 0 },
		{ "hhhhhhhhr", "hhhhhhhhhhhc", "far", 0 },
		{ "r", "r", "server", 0 },
		/* Answered in the server's place. */
		{ "c", "hhc", "near", 0 },
		{ "hhc", "hhc", "server", 0 },
		{ "c", "c", "server", 0 },
		/* Forbidden, by the hop that is known or at the place where it came. */
		{ "hff", "hhc", "near", 1 },
		{ "hhf", "hhc", "far", 2 },
		{ "hhf", "hhc", "server", 0 },
		/* Nothing to compare with. */
		{ "hh", "", "", 0 },
		{ "hhr", "", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_ladder port = ladder(rows[i].port), other = ladder(rows[i].other);

		if (strcmp(sw_ladder_place(&port, &other, rows[i].offender), rows[i].place) != 0)
			fail_msg("row %zu: %s", i,
				 sw_ladder_place(&port, &other, rows[i].offender));
	}
}

static void hops_are_counted_up_to_the_answer(void **state)
{
	struct sw_ladder l = ladder("h.hcc");

	(void)state;
	assert_int_equal(sw_ladder_answer(&l), 4);
	assert_int_equal(sw_ladder_last_hop(&l), 3);
	l = ladder("h.h");
	assert_int_equal(sw_ladder_answer(&l), 0);
	assert_int_equal(sw_ladder_last_hop(&l), 3);
	l = ladder("");
	assert_int_equal(sw_ladder_last_hop(&l), 0);
	assert_string_equal(sw_rung_name(SW_RUNG_RESET), "reset");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_place_is_where_the_last_sign_came_from),
		cmocka_unit_test(hops_are_counted_up_to_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
