/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "net/tcp.h"
#include "wire.h"

static const uint8_t loopback[4] = { 127, 0, 0, 1 };

static void a_stream_reads_writes_waits_and_ends(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	char buf[64];
	size_t n = 99;
	int fds[2];

	(void)state;
	wire_fds(true, fds);
	struct sw_stream *s = sw_tcp_stream(loop, fds[0], NULL);

	assert_int_equal(sw_stream_fd(s), fds[0]);
	assert_int_equal(sw_stream_handshake(s), SW_IO_OK);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_AGAIN);
	assert_int_equal(n, 0);
	assert_int_equal(sw_stream_write(s, SW_S("hello"), &n), SW_IO_OK);
	assert_int_equal(n, 5);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 5);
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(sw_tcp_peek(fds[0], buf, 2), 2);
	assert_int_equal(sw_stream_read(s, buf, 0, &n), SW_IO_AGAIN);
	assert_int_equal(sw_stream_read(s, buf, 2, &n), SW_IO_OK);
	assert_int_equal(n, 2);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_OK);
	assert_int_equal(n, 1);
	assert_int_equal(buf[0], 'c');
	assert_false(sw_stream_pending(s));
	/* Our end is shut, the other still speaks. */
	sw_stream_shutdown(s);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_OK);
	close(fds[1]);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_EOF);
	assert_int_equal(sw_stream_failure(s)->cause, SW_IO_CAUSE_NONE);
	sw_stream_freep(&s);
	assert_null(s);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	sw_stream_free(NULL);
	sw_loop_free(loop);
}

static void the_descriptor_is_made_fit(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	int fds[2], on = 0;
	socklen_t len = sizeof(on);

	(void)state;
	wire_fds(true, fds);
	struct sw_stream *s = sw_tcp_stream(loop, fds[0], NULL);

	assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fds[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(getsockopt(fds[0], IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
	assert_int_equal(on, 1);
	sw_stream_free(s);
	close(fds[1]);
	sw_loop_free(loop);
}

static void last_words_are_read_after_writing_failed(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	char buf[64];
	size_t n;
	int fds[2];
	enum sw_io io = SW_IO_OK;

	(void)state;
	wire_fds(true, fds);
	struct sw_stream *s = sw_tcp_stream(loop, fds[0], NULL);

	/* Unread bytes make the close a reset. */
	assert_int_equal(sw_stream_write(s, SW_S("unread"), &n), SW_IO_OK);
	assert_int_equal(write(fds[1], "421 bye", 7), 7);
	close(fds[1]);
	for (int i = 0; i < 100 && io == SW_IO_OK; i++)
		io = sw_stream_write(s, SW_S("more"), &n);
	assert_int_equal(io, SW_IO_ERROR);
	assert_int_equal(n, 0);
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_OK);
	assert_int_equal(n, 7);
	assert_memory_equal(buf, "421 bye", 7);
	const struct sw_io_failure *f = sw_stream_failure(s);

	assert_int_equal(f->cause, SW_IO_CAUSE_OS);
	assert_int_equal(f->os_errno, ECONNRESET);
	assert_string_equal(f->text, "cannot send: Connection reset by peer (ECONNRESET)");
	sw_stream_free(s);
	sw_loop_free(loop);
}

static void a_reset_is_an_error_and_a_fin_is_not(void **state)
{
	static const bool resets[] = { false, true };

	(void)state;
	for (size_t i = 0; i < SW_LEN(resets); i++) {
		struct sw_loop *loop = sw_loop_new(NULL);
		char buf[64];
		size_t n;
		int fds[2];

		wire_fds(true, fds);
		struct sw_stream *s = sw_tcp_stream(loop, fds[0], NULL);

		sw_tcp_abort(fds[1], resets[i]);
		assert_row(i, sw_stream_read(s, buf, sizeof(buf), &n) ==
				      (resets[i] ? SW_IO_ERROR : SW_IO_EOF));
		assert_row(i, sw_stream_failure(s)->os_errno == (resets[i] ? ECONNRESET : 0));
		sw_stream_free(s);
		/* The descriptor of the aborted end is still open. */
		assert_int_equal(close(fds[1]), 0);
		sw_loop_free(loop);
	}
}

static void free_it(void *arg)
{
	sw_stream_freep(arg);
}

static void a_stream_may_be_freed_in_its_ready_callback(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	int fds[2];

	(void)state;
	wire_fds(false, fds);
	struct sw_stream *s = sw_tcp_stream(loop, fds[0], NULL);

	sw_stream_on_ready(s, free_it, &s);
	assert_int_equal(write(fds[1], "x", 1), 1);
	sw_stream_want(s, SW_WANT_READ | SW_WANT_WRITE);
	assert_ok(sw_loop_run(loop));
	assert_null(s);
	close(fds[1]);
	sw_loop_free(loop);
}

static void the_first_failure_is_kept_and_escaped(void **state)
{
	struct sw_stream s = { 0 };
	char flood[1000];

	(void)state;
	memset(flood, 'a', sizeof(flood) - 1);
	flood[sizeof(flood) - 1] = '\0';
	assert_int_equal(sw_stream_fail(&s, SW_IO_CAUSE_TLS, 0, "bad\x1b[31m %s", flood),
			 SW_IO_ERROR);
	assert_int_equal(strncmp(s.failure.text, "bad\\x1b[31m aaa", 15), 0);
	assert_true(strlen(s.failure.text) < sizeof(s.failure.text));
	(void)sw_stream_fail(&s, SW_IO_CAUSE_OS, EPIPE, "later");
	assert_int_equal(s.failure.cause, SW_IO_CAUSE_TLS);
	struct sw_stream t = { 0 };

	(void)sw_stream_fail(&t, SW_IO_CAUSE_OS, EPIPE, "%s", flood);
	assert_int_equal(t.failure.os_errno, EPIPE);
	assert_true(strlen(t.failure.text) < sizeof(t.failure.text));
}

static void the_kernel_tells_of_the_connection(void **state)
{
	struct sw_tcp_info info;
	struct sw_addr local, peer, other;
	char a[SW_ADDR_TEXT], b[SW_ADDR_TEXT], buf[8];
	int fds[2], pair[2];

	(void)state;
	wire_fds(true, fds);
	assert_int_equal(write(fds[0], "hello", 5), 5);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 5);
	sw_tcp_get_info(fds[1], &info);
	assert_true(info.known);
	assert_int_equal(info.state, TCP_ESTABLISHED);
	assert_int_equal(info.bytes_received, 5);
	assert_true(info.snd_mss > 500 && info.pmtu > 500);
	assert_true(sw_tcp_local(fds[0], &local) && sw_tcp_peer(fds[1], &peer));
	assert_string_equal(sw_addr_text(&local, a), sw_addr_text(&peer, b));
	wire_fds(false, pair);
	sw_tcp_get_info(pair[0], &info);
	assert_false(info.known);
	assert_int_equal(info.snd_mss, 0);
	close(fds[0]);
	assert_false(sw_tcp_peer(fds[0], &other));
	close(fds[1]);
	close(pair[0]);
	close(pair[1]);
}

/* A datagram to a closed port of this machine is answered by ICMP, as a firewall answers. */
static void the_error_queue_says_who_refused(void **state)
{
	static const uint8_t loopback6[16] = { [15] = 1 };
	const struct sw_addr nowhere[] = { sw_addr_v4(loopback, 9), sw_addr_v6(loopback6, 9) };
	static const uint8_t types[] = { 3, 1 }, codes[] = { 3, 4 };
	static const char *const offenders[] = { "127.0.0.1", "::1" };
	struct sw_tcp_origin origin;
	char text[SW_ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < SW_LEN(nowhere); i++) {
		int fd = socket(nowhere[i].ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (const struct sockaddr *)&nowhere[i].ss,
				      nowhere[i].len) != 0) {
			close(fd);
			sw_test_skip("no IPv6 loopback");
		}
		assert_ok(sw_tcp_prepare(fd, nowhere[i].ss.ss_family, NULL));
		sw_tcp_error_origin(fd, &origin);
		assert_false(origin.known);
		assert_int_equal(send(fd, "x", 1, 0), 1);
		errno = 4711;
		sw_tcp_error_origin(fd, &origin);
		assert_int_equal(errno, 4711);
		assert_row(i, origin.known);
		assert_int_equal(origin.v6, i == 1);
		assert_int_equal(origin.icmp_type, types[i]);
		assert_int_equal(origin.icmp_code, codes[i]);
		assert_string_equal(sw_addr_ip(&origin.offender, text), offenders[i]);
		/* It was taken out. */
		sw_tcp_error_origin(fd, &origin);
		assert_false(origin.known);
		close(fd);
	}
}

struct greeter {
	struct sw_listener *listener;
	int count;
};

static void on_accept(void *arg, int fd, const struct sw_addr *peer)
{
	struct greeter *g = arg;

	assert_true(sw_addr_is_loopback(peer));
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	if (--g->count == 0) {
		sw_listener_free(g->listener);
		g->listener = NULL;
	}
}

static void a_listener_accepts_and_may_be_freed_meanwhile(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_addr any = sw_addr_v4(loopback, 0);
	struct greeter g = { .count = 2 };
	struct sw_error err = { 0 };
	int fds[3];

	(void)state;
	g.listener = sw_listener_new(loop, &any, on_accept, &g, &err);
	assert_non_null(g.listener);
	struct sw_addr at = *sw_listener_addr(g.listener);

	assert_int_not_equal(sw_addr_port(&at), 0);
	for (size_t i = 0; i < SW_LEN(fds); i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(fds[i], (struct sockaddr *)&at.ss, at.len), 0);
	}
	assert_null(sw_listener_new(loop, &at, on_accept, &g, &err));
	assert_err(err.code, SW_E_OS);
	assert_int_equal(err.os_errno, EADDRINUSE);
	assert_contains(err.text, "cannot listen on 127.0.0.1:");
	/* Ends since the listener is gone after the second of three. */
	assert_ok(sw_loop_run(loop));
	assert_null(g.listener);
	for (size_t i = 0; i < SW_LEN(fds); i++)
		close(fds[i]);
	sw_loop_free(loop);
}

static enum sw_err make_stream(void *arg)
{
	struct sw_loop *loop = arg;
	struct sw_error err = { 0 };
	int fds[2];

	wire_fds(false, fds);
	struct sw_stream *s = sw_tcp_stream(loop, fds[0], &err);

	if (!s)
		/* Closed on failure too. */
		assert_int_equal(fcntl(fds[0], F_GETFD), -1);
	sw_stream_free(s);
	close(fds[1]);
	return s ? SW_OK : err.code;
}

static enum sw_err make_listener(void *arg)
{
	struct sw_addr any = sw_addr_v4(loopback, 0);
	struct sw_error err = { 0 };
	struct sw_listener *l = sw_listener_new(arg, &any, on_accept, NULL, &err);

	sw_listener_free(l);
	return l ? SW_OK : err.code;
}

static void survives_want_of_memory(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	/* The loop's own room for timers is not what is tested. */
	struct sw_timer *t = sw_timer_new(loop, NULL, NULL);

	(void)state;
	sw_test_failing_allocations(make_stream, loop);
	sw_test_failing_allocations(make_listener, loop);
	sw_timer_free(t);
	sw_loop_free(loop);
}

static void a_bad_descriptor_is_refused(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_error err = { 0 };

	(void)state;
	assert_null(sw_tcp_stream(loop, -1, &err));
	assert_err(err.code, SW_E_OS);
	assert_int_equal(err.os_errno, EBADF);
	assert_err(sw_tcp_prepare(-1, AF_INET, &err), SW_E_OS);
	sw_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_reads_writes_waits_and_ends),
		cmocka_unit_test(the_descriptor_is_made_fit),
		cmocka_unit_test(last_words_are_read_after_writing_failed),
		cmocka_unit_test(a_reset_is_an_error_and_a_fin_is_not),
		cmocka_unit_test(a_stream_may_be_freed_in_its_ready_callback),
		cmocka_unit_test(the_first_failure_is_kept_and_escaped),
		cmocka_unit_test(the_kernel_tells_of_the_connection),
		cmocka_unit_test(the_error_queue_says_who_refused),
		cmocka_unit_test(a_listener_accepts_and_may_be_freed_meanwhile),
		cmocka_unit_test(survives_want_of_memory),
		cmocka_unit_test(a_bad_descriptor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
