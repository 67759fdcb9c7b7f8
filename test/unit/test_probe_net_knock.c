/* SPDX-License-Identifier: MIT */
/* Many doors at once, on loopback. */
#include "sw_test.h"

#include <unistd.h>

#include "net/loop.h"
#include "probe/net_knock.h"

struct rig {
	struct sw_loop *loop;
	struct sw_listener *listener;
	struct sw_knocks *knocks;
	struct sw_knock got[8];
	size_t told, accepted;
	bool over;
	unsigned cancel; /* this mark when the first is told; 0 none */
	bool more;       /* one more from inside the callback */
};

static void accepted(void *arg, int fd, const struct sw_addr *peer)
{
	struct rig *r = arg;

	(void)peer;
	r->accepted++;
	close(fd);
}

static void told(void *arg, struct sw_knocks *all, struct sw_knock *one)
{
	struct rig *r = arg;

	assert_false(r->over);
	if (!one) {
		r->over = true;
		sw_loop_stop(r->loop);
		return;
	}
	assert_true((one->stream != NULL) == (one->attempt.state == SW_DIAL_CONNECTED));
	r->got[r->told++] = *one;
	if (r->cancel)
		sw_knocks_cancel(all, r->cancel);
	r->cancel = 0;
	if (r->more) {
		struct sw_knock again = { .addr = one->addr, .wait_us = 1000000, .mark = 9 };

		r->more = false;
		assert_true(sw_knocks_add(all, &again));
	}
}

static void rig_init(struct rig *r)
{
	struct sw_error err;
	struct sw_addr any;

	*r = (struct rig){ .loop = sw_loop_new(&err) };
	assert_non_null(r->loop);
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), 0, &any));
	r->listener = sw_listener_new(r->loop, &any, accepted, r, &err);
	assert_non_null(r->listener);
	r->knocks = sw_knocks_new(r->loop, 4, NULL, told, r, &err);
	assert_non_null(r->knocks);
}

static void rig_run(struct rig *r)
{
	sw_knocks_go(r->knocks);
	assert_false(r->over);
	assert_ok(sw_loop_run(r->loop));
	assert_true(r->over);
}

static void rig_fini(struct rig *r)
{
	sw_knocks_free(r->knocks);
	sw_listener_free(r->listener);
	sw_loop_free(r->loop);
}

static void tells_who_is_there(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_knock open = { .addr = *sw_listener_addr(r.listener), .wait_us = 1000000 };
	struct sw_knock closed = open;

	sw_addr_set_port(&closed.addr, 1);
	closed.mark = 1;
	closed.ttl = 1;
	assert_true(sw_knocks_add(r.knocks, &open));
	assert_true(sw_knocks_add(r.knocks, &closed));
	r.more = true;
	rig_run(&r);
	assert_int_equal(r.told, 3);
	assert_int_equal(sw_knocks_count(r.knocks), 3);
	for (size_t i = 0; i < 3; i++) {
		const struct sw_knock *k = sw_knocks_get(r.knocks, i);
		bool up = sw_addr_port(&k->addr) != 1;
		char offender[SW_ADDR_TEXT];

		assert_string_equal(sw_knock_state(k), up ? "connected" : "failed");
		assert_string_equal(sw_knock_errno(k), up ? "" : "ECONNREFUSED");
		assert_string_equal(sw_knock_offender(k, offender), "");
		assert_true(sw_knock_answered(k));
		assert_false(sw_knock_expired(k));
	}
	rig_fini(&r);
}

static void nothing_to_do_is_over_at_once(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	rig_run(&r);
	assert_int_equal(r.told, 0);
	rig_fini(&r);
}

static void those_that_are_cancelled_are_not_told(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_knock first = { .addr = *sw_listener_addr(r.listener), .wait_us = 1000000 };
	struct sw_knock later = first;

	later.mark = 7;
	later.start_us = sw_loop_now(r.loop) + 3600 * 1000000ull;
	assert_true(sw_knocks_add(r.knocks, &first));
	assert_true(sw_knocks_add(r.knocks, &later));
	r.cancel = 7;
	rig_run(&r);
	assert_int_equal(r.told, 1);
	rig_fini(&r);
}

static void one_that_waits_for_nobody_has_its_time(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	/* A listener whose queue is full says nothing; no time at all is the same from here.
	 */
	struct sw_knock k = { .addr = *sw_listener_addr(r.listener), .wait_us = 0 };

	assert_true(sw_knocks_add(r.knocks, &k));
	rig_run(&r);
	assert_int_equal(r.told, 1);
	assert_int_not_equal(r.got[0].attempt.state, SW_DIAL_UNTRIED);
	rig_fini(&r);
}

static void there_is_only_so_much_room(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_knock k = { .addr = *sw_listener_addr(r.listener), .wait_us = 1000000 };

	for (size_t i = 0; i < 4; i++)
		assert_true(sw_knocks_add(r.knocks, &k));
	assert_false(sw_knocks_add(r.knocks, &k));
	rig_run(&r);
	assert_int_equal(r.told, 4);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_who_is_there),
		cmocka_unit_test(nothing_to_do_is_over_at_once),
		cmocka_unit_test(those_that_are_cancelled_are_not_told),
		cmocka_unit_test(one_that_waits_for_nobody_has_its_time),
		cmocka_unit_test(there_is_only_so_much_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
