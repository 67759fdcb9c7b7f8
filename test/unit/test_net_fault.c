/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <errno.h>
#include <unistd.h>

#include "net/fault.h"
#include "net/tcp.h"
#include "wire.h"

/* A fault filter on one end of a connection; the other end is a plain descriptor. */
struct rig {
	struct sw_loop *loop;
	struct sw_stream *s;
	int fd;
	int ready;
	char buf[256];
	size_t n;
};

static void count_ready(void *arg)
{
	struct rig *r = arg;

	r->ready++;
	sw_loop_stop(r->loop);
}

static void rig_init(struct rig *r, const struct sw_fault_plan *plan)
{
	int fds[2];

	*r = (struct rig){ .loop = sw_loop_new(NULL) };
	wire_fds(true, fds);
	r->fd = fds[1];
	r->s = sw_fault_wrap(sw_tcp_stream(r->loop, fds[0], NULL), plan, NULL);
	assert_non_null(r->s);
	sw_stream_on_ready(r->s, count_ready, r);
}

static void rig_fini(struct rig *r)
{
	sw_stream_free(r->s);
	close(r->fd);
	sw_loop_free(r->loop);
}

static enum sw_io put(struct rig *r, const char *text)
{
	return sw_stream_write(r->s, sw_slice_str(text), &r->n);
}

static enum sw_io get(struct rig *r)
{
	return sw_stream_read(r->s, r->buf, sizeof(r->buf), &r->n);
}

static void no_plan_is_no_fault(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ 0 });
	assert_int_equal(put(&r, "hello"), SW_IO_OK);
	assert_int_equal(r.n, 5);
	assert_int_equal(read(r.fd, r.buf, sizeof(r.buf)), 5);
	assert_int_equal(get(&r), SW_IO_AGAIN);
	assert_int_equal(write(r.fd, "abc", 3), 3);
	sw_stream_want(r.s, SW_WANT_READ);
	assert_ok(sw_loop_run(r.loop));
	assert_int_equal(r.ready, 1);
	assert_int_equal(get(&r), SW_IO_OK);
	assert_int_equal(r.n, 3);
	sw_stream_shutdown(r.s);
	assert_int_equal(read(r.fd, r.buf, sizeof(r.buf)), 0);
	close(r.fd);
	assert_int_equal(get(&r), SW_IO_EOF);
	r.fd = dup(0);
	rig_fini(&r);
}

static void pieces_are_limited(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .max_write = 2, .max_read = 1 });
	assert_int_equal(put(&r, "hello"), SW_IO_OK);
	assert_int_equal(r.n, 2);
	assert_int_equal(write(r.fd, "abc", 3), 3);
	assert_int_equal(get(&r), SW_IO_OK);
	assert_int_equal(r.n, 1);
	rig_fini(&r);
}

static void again_comes_first_each_time(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .again_first = true });
	assert_int_equal(write(r.fd, "abc", 3), 3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(put(&r, "x"), SW_IO_AGAIN);
		assert_int_equal(put(&r, "x"), SW_IO_OK);
	}
	assert_int_equal(get(&r), SW_IO_AGAIN);
	sw_stream_want(r.s, SW_WANT_READ);
	assert_ok(sw_loop_run(r.loop));
	assert_int_equal(get(&r), SW_IO_OK);
	rig_fini(&r);
}

static void writes_drip(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .max_write = 1, .drip_us = 3000 });
	uint64_t from_us = sw_loop_now(r.loop);

	for (int i = 0; i < 4; i++) {
		assert_int_equal(put(&r, "x"), SW_IO_OK);
		assert_int_equal(put(&r, "x"), SW_IO_AGAIN);
		sw_stream_want(r.s, SW_WANT_WRITE);
		assert_ok(sw_loop_run(r.loop));
	}
	assert_true(sw_loop_now(r.loop) - from_us >= UINT64_C(12000));
	assert_int_equal(r.ready, 4);
	rig_fini(&r);
}

static void reads_are_late(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .read_delay_us = 4000 });
	assert_int_equal(write(r.fd, "abc", 3), 3);
	for (int i = 0; i < 2; i++) {
		uint64_t from_us = sw_loop_now(r.loop);

		assert_int_equal(get(&r), SW_IO_AGAIN);
		while (get(&r) == SW_IO_AGAIN) {
			sw_stream_want(r.s, SW_WANT_READ);
			assert_ok(sw_loop_run(r.loop));
		}
		assert_int_equal(r.n, 3);
		assert_true(sw_loop_now(r.loop) - from_us >= 4000);
		assert_int_equal(write(r.fd, "def", 3), 3);
	}
	rig_fini(&r);
}

static void the_connection_is_cut_after_a_number_of_bytes(void **state)
{
	static const struct {
		bool out, reset;
	} rows[] = { { true, false }, { true, true }, { false, false }, { false, true } };

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;
		struct sw_fault_plan plan = { .cut_with_reset = rows[i].reset };

		*(rows[i].out ? &plan.cut_after_out : &plan.cut_after_in) = 3;
		rig_init(&r, &plan);
		if (rows[i].out) {
			assert_int_equal(put(&r, "hello"), SW_IO_OK);
			assert_int_equal(r.n, 3);
			assert_int_equal(read(r.fd, r.buf, 3), 3);
		} else {
			assert_int_equal(write(r.fd, "hello", 5), 5);
			assert_int_equal(get(&r), SW_IO_OK);
			assert_int_equal(r.n, 3);
		}
		ssize_t n = read(r.fd, r.buf, sizeof(r.buf));

		assert_row(i, n == (rows[i].reset ? -1 : 0));
		assert_row(i, !rows[i].reset || errno == ECONNRESET);
		assert_int_equal(put(&r, "x"), SW_IO_ERROR);
		assert_int_equal(get(&r), SW_IO_ERROR);
		assert_int_equal(sw_stream_handshake(r.s), SW_IO_ERROR);
		assert_int_equal(sw_stream_failure(r.s)->cause, SW_IO_CAUSE_FAULT);
		assert_contains(sw_stream_failure(r.s)->text, "cut on purpose after");
		/* Whoever waits is woken, once. */
		sw_stream_want(r.s, SW_WANT_READ);
		assert_ok(sw_loop_run(r.loop));
		assert_int_equal(r.ready, 1);
		assert_ok(sw_loop_run(r.loop));
		assert_int_equal(r.ready, 1);
		rig_fini(&r);
	}
}

static void a_stall_passes_nothing_until_the_plan_changes(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .stall_in = true, .stall_out = true });
	assert_int_equal(write(r.fd, "abc", 3), 3);
	assert_int_equal(put(&r, "x"), SW_IO_AGAIN);
	assert_int_equal(get(&r), SW_IO_AGAIN);
	assert_false(sw_stream_pending(r.s));
	sw_stream_want(r.s, SW_WANT_READ | SW_WANT_WRITE);
	sw_stream_shutdown(r.s);
	/* Nothing to wait for: the loop ends at once. */
	assert_ok(sw_loop_run(r.loop));
	assert_int_equal(r.ready, 0);
	sw_fault_set(r.s, &(struct sw_fault_plan){ 0 });
	assert_ok(sw_loop_run(r.loop));
	assert_true(r.ready > 0);
	assert_int_equal(put(&r, "x"), SW_IO_OK);
	assert_int_equal(get(&r), SW_IO_OK);
	rig_fini(&r);
}

static void one_byte_flips(void **state)
{
	(void)state;
	for (uint64_t k = 1; k <= 6; k++) {
		char expected[] = "abcdef";
		struct rig r;
		size_t sent = 0;

		expected[k - 1] ^= 1;
		rig_init(&r, &(struct sw_fault_plan){ .flip_byte_out = k });
		while (sent < 6) {
			assert_int_equal(put(&r, &"abcdef"[sent]), SW_IO_OK);
			sent += r.n;
		}
		assert_int_equal(read(r.fd, r.buf, sizeof(r.buf)), 6);
		assert_memory_equal(r.buf, expected, 6);
		rig_fini(&r);
	}
}

static void counts_start_anew_with_a_new_plan(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ 0 });
	assert_int_equal(put(&r, "hello"), SW_IO_OK);
	sw_fault_set(r.s, &(struct sw_fault_plan){ .cut_after_out = 5 });
	assert_int_equal(put(&r, "1234"), SW_IO_OK);
	assert_int_equal(put(&r, "1234"), SW_IO_OK);
	assert_int_equal(r.n, 1);
	assert_int_equal(put(&r, "1234"), SW_IO_ERROR);
	/* What was cut stays cut. */
	sw_fault_set(r.s, &(struct sw_fault_plan){ 0 });
	assert_int_equal(put(&r, "1234"), SW_IO_ERROR);
	rig_fini(&r);
}

static void free_it(void *arg)
{
	struct rig *r = arg;

	sw_stream_freep(&r->s);
}

static void it_may_be_freed_in_its_callback(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ .drip_us = 1000 });
	sw_stream_on_ready(r.s, free_it, &r);
	assert_int_equal(put(&r, "x"), SW_IO_OK);
	sw_stream_want(r.s, SW_WANT_WRITE);
	assert_ok(sw_loop_run(r.loop));
	assert_null(r.s);
	rig_fini(&r);
}

static enum sw_err wrap(void *arg)
{
	struct sw_stream *below = arg;
	struct sw_error err = { 0 };
	struct sw_stream *s = sw_fault_wrap(below, &(struct sw_fault_plan){ 0 }, &err);

	if (!s)
		return err.code;
	s->ops->free(s);
	return SW_OK;
}

static void survives_want_of_memory(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r, &(struct sw_fault_plan){ 0 });
	sw_test_failing_allocations(wrap, r.s->below);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_plan_is_no_fault),
		cmocka_unit_test(pieces_are_limited),
		cmocka_unit_test(again_comes_first_each_time),
		cmocka_unit_test(writes_drip),
		cmocka_unit_test(reads_are_late),
		cmocka_unit_test(the_connection_is_cut_after_a_number_of_bytes),
		cmocka_unit_test(a_stall_passes_nothing_until_the_plan_changes),
		cmocka_unit_test(one_byte_flips),
		cmocka_unit_test(counts_start_anew_with_a_new_plan),
		cmocka_unit_test(it_may_be_freed_in_its_callback),
		cmocka_unit_test(survives_want_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
