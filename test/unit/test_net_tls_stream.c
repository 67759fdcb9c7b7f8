/* SPDX-License-Identifier: MIT */
/* Bytes inside of TLS, and its end. */
#include "tls_fixture.h"

#include <errno.h>

#include "net/tcp.h"

static void an_end_with_notice_is_clean_and_one_without_is_noted(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	const struct fixture *f = *state;

	for (size_t i = 0; i < 2 * SW_LEN(versions); i++) {
		struct sw_tls_context *server = server_context(f, versions[i / 2]);
		bool notice = i % 2;
		char buf[16];
		struct wire w;
		size_t n;

		talk(&w, f->client, server, "mx.test");
		if (notice)
			sw_stream_shutdown(w.b.stack);
		else
			sw_tcp_abort(sw_stream_fd(w.b.stack), false);
		for (int twice = 0; twice < 2; twice++)
			assert_row(i, sw_stream_read(w.a.stack, buf, sizeof(buf), &n) ==
					      SW_IO_EOF);
		assert_row(i, sw_stream_failure(w.a.stack)->cause ==
				      (notice ? SW_IO_CAUSE_NONE : SW_IO_CAUSE_TRUNCATED));
		assert_int_equal(sw_tls_get_info(w.a.stack)->alert_sent, -1);
		/* The other direction is still open after a notice (RFC 8446 6.1). */
		if (notice)
			assert_int_equal(sw_stream_write(w.a.stack, SW_S("x"), &n), SW_IO_OK);
		wire_fini(&w);
		sw_tls_context_unref(server);
	}
}

static void what_was_written_counts_although_sending_failed(void **state)
{
	const struct fixture *f = *state;
	char buf[64];
	struct wire w;
	size_t n;

	talk(&w, f->client, f->server, "mx.test");
	sw_tcp_abort(sw_stream_fd(w.b.stack), true);
	/* It is not known whether a part arrived, so it may not be said that none did. */
	assert_int_equal(sw_stream_write(w.a.stack, SW_S(".\r\n"), &n), SW_IO_OK);
	assert_int_equal(n, 3);
	assert_int_equal(sw_stream_write(w.a.stack, SW_S("QUIT\r\n"), &n), SW_IO_ERROR);
	assert_int_equal(n, 0);
	assert_int_equal(sw_stream_failure(w.a.stack)->os_errno, ECONNRESET);
	assert_int_not_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	wire_fini(&w);
}

static void bytes_held_in_memory_wake_the_reader(void **state)
{
	const struct fixture *f = *state;
	char buf[4];
	struct wire w;
	size_t n, got = 0;

	talk(&w, f->client, f->server, "mx.test");
	assert_int_equal(sw_stream_write(w.b.stack, SW_S("0123456789"), &n), SW_IO_OK);
	assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	sw_stream_on_ready(w.a.stack, stop, w.loop);
	/* The socket is empty, the rest lies in TLS: the loop must not sleep on it. */
	for (got = n; got < 10; got += n) {
		assert_true(sw_stream_pending(w.a.stack));
		sw_stream_want(w.a.stack, SW_WANT_READ);
		assert_ok(sw_loop_poll(w.loop));
		assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	}
	assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_AGAIN);
	assert_false(sw_stream_pending(w.a.stack));
	wire_fini(&w);
}

static void free_it(void *arg)
{
	struct wire *w = arg;

	sw_stream_freep(&w->a.stack);
}

static void a_stream_may_be_freed_in_its_callback(void **state)
{
	const struct fixture *f = *state;
	char buf[4];
	struct wire w;
	size_t n;

	for (int held = 0; held < 2; held++) {
		talk(&w, f->client, f->server, "mx.test");
		assert_int_equal(sw_stream_write(w.b.stack, SW_S("0123456789"), &n), SW_IO_OK);
		/* Woken by the socket, or by what is held in memory. */
		if (held)
			assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n),
					 SW_IO_OK);
		sw_stream_on_ready(w.a.stack, free_it, &w);
		sw_stream_want(w.a.stack, SW_WANT_READ);
		assert_ok(sw_loop_run(w.loop));
		assert_null(w.a.stack);
		wire_fini(&w);
	}
}

static void another_piece_may_be_offered_after_again(void **state)
{
	const struct fixture *f = *state;
	static char big[65536];
	struct wire w;
	size_t n;
	enum sw_io io;

	talk(&w, f->client, f->server, "mx.test");
	/* Until the socket is full: nobody reads. */
	memset(big, 'x', sizeof(big));
	do
		io = sw_stream_write(w.a.stack, sw_slice(big, sizeof(big)), &n);
	while (io == SW_IO_OK);
	assert_int_equal(io, SW_IO_AGAIN);
	assert_int_equal(sw_stream_write(w.a.stack, SW_S("other"), &n), SW_IO_AGAIN);
	sw_buf_clear(&w.b.in);
	/* The reader takes all; then the other bytes pass. */
	w.a.done = w.b.done = false;
	w.a.out = SW_S("yyy");
	w.a.sent = 0;
	w.b.out = (struct sw_slice){ NULL, 0 };
	w.a.hangs_up = true;
	w.b.expected = SIZE_MAX;
	wire_run(&w, 20000);
	assert_false(w.late);
	struct sw_slice in = sw_buf_slice(&w.b.in);

	assert_true(in.len > 3 && in.ptr[0] == 'x');
	assert_true(sw_slice_eq(sw_slice_from(in, in.len - 3), SW_S("yyy")));
	assert_int_equal(w.b.end, SW_IO_EOF);
	assert_int_equal(sw_stream_failure(w.b.stack)->cause, SW_IO_CAUSE_NONE);
	wire_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_with_notice_is_clean_and_one_without_is_noted),
		cmocka_unit_test(what_was_written_counts_although_sending_failed),
		cmocka_unit_test(bytes_held_in_memory_wake_the_reader),
		cmocka_unit_test(a_stream_may_be_freed_in_its_callback),
		cmocka_unit_test(another_piece_may_be_offered_after_again),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
