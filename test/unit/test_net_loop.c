/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <dirent.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/loop.h"
#include "net/timers.h"

/* What happened, one letter each. */
struct trace {
	char letters[64];
	size_t len;
};

struct happening {
	struct trace *trace;
	struct sw_loop *loop;
	struct sw_timer *timer, *other;
	struct sw_watch *watch;
	uint64_t at_us;
	int fd;
	int left;
	char letter;
	bool stops;
};

static void put(struct happening *e)
{
	assert_true(e->trace->len + 1 < sizeof(e->trace->letters));
	e->trace->letters[e->trace->len++] = e->letter;
}

static void note(void *arg)
{
	struct happening *e = arg;

	put(e);
	if (e->at_us)
		assert_true(sw_loop_now(e->loop) >= e->at_us);
	if (e->stops)
		sw_loop_stop(e->loop);
}

static struct sw_loop *new_loop(void)
{
	struct sw_error err = { 0 };
	struct sw_loop *loop = sw_loop_new(&err);

	assert_non_null(loop);
	return loop;
}

static void timers_fire_in_the_order_of_their_times_and_never_early(void **state)
{
	static const struct {
		char letter;
		uint64_t after_us;
	} rows[] = {
		{ 'd', 9000 }, { 'a', 1000 }, { 'c', 5000 }, { 'b', 1300 }, { 'e', 9000 },
	};
	struct trace trace = { 0 };
	struct happening events[SW_LEN(rows)];
	struct sw_loop *loop = new_loop();
	uint64_t now_us = sw_loop_now(loop);

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		events[i] = (struct happening){ .trace = &trace,
						.loop = loop,
						.letter = rows[i].letter,
						.at_us = now_us + rows[i].after_us };
		events[i].timer = sw_timer_new(loop, note, &events[i]);
		sw_timer_set(events[i].timer, events[i].at_us);
	}
	assert_ok(sw_loop_run(loop));
	assert_string_equal(trace.letters, "abcde");
	for (size_t i = 0; i < SW_LEN(rows); i++)
		sw_timer_free(events[i].timer);
	sw_loop_free(loop);
}

static void set_again(void *arg)
{
	struct happening *e = arg;

	put(e);
	if (--e->left > 0)
		sw_timer_set(e->timer, 0);
}

static void a_time_in_the_past_fires_at_the_next_turn(void **state)
{
	struct trace trace = { 0 };
	struct sw_loop *loop = new_loop();
	struct happening again = { .trace = &trace, .loop = loop, .letter = 'x', .left = 3 };
	struct happening once = { .trace = &trace, .loop = loop, .letter = 'o' };

	(void)state;
	again.timer = sw_timer_new(loop, set_again, &again);
	once.timer = sw_timer_new(loop, note, &once);
	sw_timer_set(again.timer, 0);
	sw_timer_set(once.timer, 1);
	assert_int_equal(trace.len, 0);
	/* One that is for ever in the past does not keep others from theirs. */
	assert_ok(sw_loop_poll(loop));
	assert_string_equal(trace.letters, "xo");
	assert_ok(sw_loop_run(loop));
	assert_string_equal(trace.letters, "xoxx");
	sw_timer_free(again.timer);
	sw_timer_free(once.timer);
	sw_loop_free(loop);
}

static void a_loop_with_nothing_to_wait_for_ends(void **state)
{
	struct sw_loop *loop = new_loop();
	struct trace trace = { 0 };
	struct happening e = { .trace = &trace, .loop = loop, .letter = 'x' };
	int fds[2];

	(void)state;
	assert_ok(sw_loop_run(loop));
	e.timer = sw_timer_new(loop, note, &e);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	e.watch = sw_watch_new(loop, fds[0], NULL, NULL);
	/* An hour that is taken back, and a descriptor without interest. */
	sw_timer_set(e.timer, sw_loop_now(loop) + 3600ull * 1000000);
	sw_timer_set(e.timer, SW_NEVER);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(trace.len, 0);
	sw_watch_free(e.watch);
	sw_timer_free(e.timer);
	sw_loop_free(loop);
	close(fds[0]);
	close(fds[1]);
}

static void free_both(void *arg)
{
	struct happening *e = arg;

	put(e);
	sw_timer_free(e->timer);
	sw_timer_free(e->other);
}

static void a_timer_may_be_freed_by_its_own_callback_and_by_another_due_one(void **state)
{
	struct trace trace = { 0 };
	struct sw_loop *loop = new_loop();
	struct happening first = { .trace = &trace, .loop = loop, .letter = '1' };
	struct happening second = { .trace = &trace, .loop = loop, .letter = '2' };

	(void)state;
	first.timer = sw_timer_new(loop, free_both, &first);
	first.other = sw_timer_new(loop, note, &second);
	sw_timer_set(first.timer, 0);
	sw_timer_set(first.other, 0);
	assert_ok(sw_loop_run(loop));
	assert_string_equal(trace.letters, "1");
	sw_loop_free(loop);
}

static void a_stop_leaves_due_timers_to_the_next_run(void **state)
{
	struct trace trace = { 0 };
	struct sw_loop *loop = new_loop();
	struct happening events[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		events[i] = (struct happening){ .trace = &trace,
						.loop = loop,
						.letter = (char)('a' + i),
						.stops = i == 1 };
		events[i].timer = sw_timer_new(loop, note, &events[i]);
		sw_timer_set(events[i].timer, 0);
	}
	assert_ok(sw_loop_run(loop));
	assert_string_equal(trace.letters, "ab");
	assert_ok(sw_loop_run(loop));
	assert_string_equal(trace.letters, "abc");
	for (size_t i = 0; i < 3; i++)
		sw_timer_free(events[i].timer);
	sw_loop_free(loop);
}

static void on_watch(void *arg, unsigned ready)
{
	struct happening *e = arg;
	char c;

	e->letter = ready == SW_WANT_READ ? 'r' : 'w';
	put(e);
	if (ready == SW_WANT_READ)
		assert_int_equal(read(e->fd, &c, 1), 1);
	if (--e->left == 0) {
		sw_watch_free(e->watch);
		e->watch = NULL;
	}
}

static void a_descriptor_is_watched_for_what_is_wanted_and_freed_in_its_callback(void **state)
{
	struct trace trace = { 0 };
	struct sw_loop *loop = new_loop();
	struct happening e = { .trace = &trace, .loop = loop, .left = 3 };
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	e.fd = fds[0];
	e.watch = sw_watch_new(loop, fds[0], on_watch, &e);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	assert_ok(sw_loop_poll(loop));
	assert_string_equal(trace.letters, "");
	sw_watch_set(e.watch, SW_WANT_READ);
	assert_ok(sw_loop_poll(loop));
	assert_string_equal(trace.letters, "r");
	sw_watch_set(e.watch, SW_WANT_WRITE);
	assert_ok(sw_loop_poll(loop));
	assert_string_equal(trace.letters, "rw");
	/* Both are ready in one turn; the watch is gone after the first. */
	sw_watch_set(e.watch, SW_WANT_READ | SW_WANT_WRITE);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(trace.len, 3);
	assert_null(e.watch);
	close(fds[0]);
	close(fds[1]);
	sw_loop_free(loop);
}

static size_t open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void a_loop_opens_three_descriptors_and_closes_them(void **state)
{
	size_t before = open_descriptors();
	struct sw_loop *loop = new_loop();

	(void)state;
	/* epoll, and libevent's pair for signals, which cannot be had without. */
	assert_in_range(open_descriptors(), before + 1, before + 3);
	sw_loop_free(loop);
	assert_int_equal(open_descriptors(), before);
}

static enum sw_err make_all(void *arg)
{
	struct sw_error err = { 0 };
	struct sw_loop *loop = sw_loop_new(&err);
	struct sw_timer *timers[20] = { NULL };
	enum sw_err code = loop ? SW_OK : err.code;

	(void)arg;
	for (size_t i = 0; loop && !code && i < SW_LEN(timers); i++) {
		timers[i] = sw_timer_new(loop, note, NULL);
		if (!timers[i])
			code = SW_E_NOMEM;
	}
	struct sw_watch *watch = loop && !code ? sw_watch_new(loop, 0, on_watch, NULL) : NULL;

	if (!watch && !code)
		code = SW_E_NOMEM;
	sw_watch_free(watch);
	for (size_t i = 0; i < SW_LEN(timers); i++)
		sw_timer_free(timers[i]);
	sw_loop_free(loop);
	return code;
}

static void survives_want_of_memory(void **state)
{
	(void)state;
	sw_test_failing_allocations(make_all, NULL);
}

/* The heap against a plain search, over random settings, changes and removals. */
static void the_heap_agrees_with_a_plain_search(void **state)
{
	enum { NODES = 50, STEPS = 20000 };
	struct sw_timers timers = { 0 };
	struct sw_timer_node nodes[NODES];
	uint64_t times[NODES], now = 0;
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < NODES; i++) {
		assert_true(sw_timers_add(&timers, &nodes[i]));
		times[i] = SW_NEVER;
	}
	for (int step = 0; step < STEPS; step++) {
		seed = seed * 1664525u + 1013904223u;
		size_t i = (seed >> 8) % NODES;

		times[i] = (seed >> 16) % 5 == 0 ? SW_NEVER : now + (seed >> 20) % 64;
		sw_timers_set(&timers, &nodes[i], times[i]);
		if (step % 3 == 0)
			now += (seed >> 24) % 8;
		sw_timers_collect(&timers, now);
		uint64_t last = 0;

		for (struct sw_timer_node *n; (n = sw_timers_take(&timers));) {
			assert_true(n->at_us >= last && n->at_us <= now);
			last = n->at_us;
			assert_int_equal(times[n - nodes], n->at_us);
			times[n - nodes] = SW_NEVER;
		}
		uint64_t least = SW_NEVER;

		for (size_t k = 0; k < NODES; k++)
			least = sw_min_u64(least, times[k]);
		assert_int_equal(sw_timers_earliest(&timers), least);
	}
	for (size_t i = 0; i < NODES; i++)
		sw_timers_remove(&timers, &nodes[i]);
	assert_int_equal(sw_timers_earliest(&timers), SW_NEVER);
	sw_timers_fini(&timers);
}

/* ---- libevent without memory */

static bool refusing;

static void *get(size_t size)
{
	return refusing ? NULL : malloc(size);
}

static void *get_again(void *ptr, size_t size)
{
	return refusing ? NULL : realloc(ptr, size);
}

struct waiting {
	struct sw_loop *loop;
	int ends[2];
	int calls;
	bool came, late;
};

static void try_to_read(void *arg, unsigned ready SW_UNUSED)
{
	struct waiting *w = arg;
	char byte;

	/* The first call is for nothing; only then is there something, and memory, too. */
	if (w->calls++ == 0) {
		assert_int_equal(read(w->ends[0], &byte, 1), -1);
		refusing = false;
		assert_int_equal(write(w->ends[1], "x", 1), 1);
		return;
	}
	assert_int_equal(read(w->ends[0], &byte, 1), 1);
	w->came = true;
	sw_loop_stop(w->loop);
}

static void too_late(void *arg)
{
	struct waiting *w = arg;

	w->late = true;
	sw_loop_stop(w->loop);
}

static void waits_for_a_descriptor_although_memory_lacked_at_first(void **state SW_UNUSED)
{
	struct waiting w = { .loop = new_loop() };

	assert_int_equal(pipe2(w.ends, O_NONBLOCK | O_CLOEXEC), 0);
	struct sw_timer *end = sw_timer_new(w.loop, too_late, &w);
	struct sw_watch *watch = sw_watch_new(w.loop, w.ends[0], try_to_read, &w);

	assert_true(end && watch);
	sw_timer_set(end, sw_loop_now(w.loop) + 10 * 1000 * 1000);
	refusing = true;
	sw_watch_set(watch, SW_WANT_READ);
	assert_int_equal(sw_loop_run(w.loop), SW_OK);
	assert_true(w.came && !w.late);
	sw_watch_free(watch);
	sw_timer_free(end);
	(void)close(w.ends[0]);
	(void)close(w.ends[1]);
	sw_loop_free(w.loop);
}

static void a_watch_that_misses_something_may_go(void **state SW_UNUSED)
{
	struct waiting w = { .loop = new_loop() };
	struct sw_watch *watches[3];

	assert_int_equal(pipe2(w.ends, O_NONBLOCK | O_CLOEXEC), 0);
	for (size_t i = 0; i < 3; i++) {
		watches[i] = sw_watch_new(w.loop, w.ends[0], try_to_read, &w);
		assert_non_null(watches[i]);
	}
	refusing = true;
	for (size_t i = 0; i < 3; i++)
		sw_watch_set(watches[i], SW_WANT_READ | SW_WANT_WRITE);
	refusing = false;
	sw_watch_free(watches[1]);
	sw_watch_set(watches[2], 0);
	sw_watch_free(watches[2]);
	sw_watch_free(watches[0]);
	/* Nothing is left to wait for but the time of the next try. */
	assert_int_equal(sw_loop_run(w.loop), SW_OK);
	assert_int_equal(w.calls, 0);
	(void)close(w.ends[0]);
	(void)close(w.ends[1]);
	sw_loop_free(w.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_the_order_of_their_times_and_never_early),
		cmocka_unit_test(a_time_in_the_past_fires_at_the_next_turn),
		cmocka_unit_test(a_loop_with_nothing_to_wait_for_ends),
		cmocka_unit_test(
			a_timer_may_be_freed_by_its_own_callback_and_by_another_due_one),
		cmocka_unit_test(a_stop_leaves_due_timers_to_the_next_run),
		cmocka_unit_test(
			a_descriptor_is_watched_for_what_is_wanted_and_freed_in_its_callback),
		cmocka_unit_test(a_loop_opens_three_descriptors_and_closes_them),
		cmocka_unit_test(survives_want_of_memory),
		cmocka_unit_test(waits_for_a_descriptor_although_memory_lacked_at_first),
		cmocka_unit_test(a_watch_that_misses_something_may_go),
		cmocka_unit_test(the_heap_agrees_with_a_plain_search),
	};

	event_set_mem_functions(get, get_again, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
