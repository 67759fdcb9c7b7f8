/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/dial.h"
#include "net/loop.h"

enum { SOCKETS = 16 };
#define MS UINT64_C(1000)

/* What a dial came to, and things to dial. */
struct rig {
	struct sw_loop *loop;
	struct sw_dial *dial;
	struct sw_dial_settings settings;
	bool called, free_inside;
	struct sw_stream *stream;
	struct sw_dial_attempt attempts[SW_MAX_DIAL_ADDRESSES];
	size_t count;
	int sockets[SOCKETS];
	size_t socket_count;
	uint64_t from_us, took_us;
};

static void rig_init(struct rig *r)
{
	*r = (struct rig){ .loop = sw_loop_new(NULL), .settings.deadline_us = SW_NEVER };
	assert_non_null(r->loop);
}

static void rig_fini(struct rig *r)
{
	sw_stream_free(r->stream);
	sw_dial_free(r->dial);
	for (size_t i = 0; i < r->socket_count; i++)
		close(r->sockets[i]);
	sw_loop_free(r->loop);
}

static int keep(struct rig *r, int fd)
{
	assert_true(fd >= 0 && r->socket_count < SOCKETS);
	r->sockets[r->socket_count++] = fd;
	return fd;
}

static struct sw_addr loopback(int family)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 }, v6[16] = { [15] = 1 };

	return family == AF_INET ? sw_addr_v4(v4, 0) : sw_addr_v6(v6, 0);
}

static struct sw_addr listening(struct rig *r, int backlog)
{
	struct sw_addr a = loopback(AF_INET);
	int fd = keep(r, socket(AF_INET, SOCK_STREAM, 0));

	assert_int_equal(bind(fd, (struct sockaddr *)&a.ss, a.len), 0);
	assert_int_equal(listen(fd, backlog), 0);
	assert_true(sw_tcp_local(fd, &a));
	return a;
}

/* Bound and not listening: refuses for as long as the rig lives. */
static struct sw_addr refusing(struct rig *r, int family)
{
	struct sw_addr a = loopback(family);
	int fd = keep(r, socket(family, SOCK_STREAM, 0));

	assert_int_equal(bind(fd, (struct sockaddr *)&a.ss, a.len), 0);
	assert_true(sw_tcp_local(fd, &a));
	return a;
}

/* A listener whose queue is full: SYNs are dropped there, as behind a firewall. */
static struct sw_addr silent(struct rig *r)
{
	struct sw_addr a = listening(r, 0);

	for (int i = 0; i < 8; i++) {
		int fd = keep(r, socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
		struct pollfd p = { .fd = fd, .events = POLLOUT };

		if (connect(fd, (struct sockaddr *)&a.ss, a.len) != 0 && poll(&p, 1, 30) == 0)
			return a;
	}
	fail_msg("the queue of a listener cannot be filled");
	return a;
}

static void on_dialed(void *arg, struct sw_stream *stream,
		      const struct sw_dial_attempt *attempts, size_t count)
{
	struct rig *r = arg;

	assert_false(r->called);
	r->called = true;
	r->stream = stream;
	r->count = count;
	r->took_us = sw_loop_now(r->loop) - r->from_us;
	for (size_t i = 0; i < count; i++)
		r->attempts[i] = attempts[i];
	if (r->free_inside) {
		sw_dial_free(r->dial);
		r->dial = NULL;
	}
}

static void dial(struct rig *r, const struct sw_addr *addrs, size_t count)
{
	struct sw_error err = { 0 };

	r->from_us = sw_loop_now(r->loop);
	r->dial = sw_dial_start(r->loop, &r->settings, addrs, count, on_dialed, r, &err);
	assert_non_null(r->dial);
	assert_false(r->called);
	/* Ends when nothing is left to wait for: a dial that is over must not hold the loop.
	 */
	assert_ok(sw_loop_run(r->loop));
	assert_true(r->called);
	for (size_t i = 0; i < r->count; i++)
		assert_row(i, r->attempts[i].ended_us >= r->attempts[i].started_us);
}

static void a_server_that_listens_is_connected(void **state)
{
	struct rig r;
	struct sw_addr peer;
	char a[SW_ADDR_TEXT], b[SW_ADDR_TEXT];

	(void)state;
	rig_init(&r);
	struct sw_addr to = listening(&r, 5);

	dial(&r, &to, 1);
	assert_non_null(r.stream);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.attempts[0].state, SW_DIAL_CONNECTED);
	assert_int_equal(r.attempts[0].os_errno, 0);
	assert_string_equal(sw_addr_ip(&r.attempts[0].local, a), "127.0.0.1");
	assert_true(sw_tcp_peer(sw_stream_fd(r.stream), &peer));
	assert_string_equal(sw_addr_text(&peer, a), sw_addr_text(&to, b));
	assert_true(fcntl(sw_stream_fd(r.stream), F_GETFD) & FD_CLOEXEC);
	rig_fini(&r);
}

static void a_refusal_is_told_and_the_next_address_tried_at_once(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	r.settings.stagger_us = 3000 * MS;
	struct sw_addr to[] = { refusing(&r, AF_INET), refusing(&r, AF_INET),
				listening(&r, 5) };

	dial(&r, to, SW_LEN(to));
	assert_non_null(r.stream);
	assert_true(r.took_us < 2500 * MS);
	assert_int_equal(r.count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(r.attempts[i].state, SW_DIAL_FAILED);
		assert_int_equal(r.attempts[i].os_errno, ECONNREFUSED);
		assert_false(r.attempts[i].origin.known);
		assert_int_equal(r.attempts[i].local.len, 0);
	}
	assert_int_equal(r.attempts[2].state, SW_DIAL_CONNECTED);
	rig_fini(&r);
}

static void when_all_refuse_there_is_no_stream(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to[] = { refusing(&r, AF_INET), refusing(&r, AF_INET) };

	dial(&r, to, SW_LEN(to));
	assert_null(r.stream);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.attempts[1].os_errno, ECONNREFUSED);
	rig_fini(&r);
}

static void a_silent_address_is_overtaken_after_the_stagger(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	r.settings.stagger_us = 30 * MS;
	struct sw_addr to[] = { silent(&r), listening(&r, 5) };

	dial(&r, to, SW_LEN(to));
	assert_non_null(r.stream);
	assert_true(r.took_us >= 30 * MS && r.took_us < 4000 * MS);
	assert_int_equal(r.attempts[0].state, SW_DIAL_CANCELLED);
	assert_int_equal(r.attempts[1].state, SW_DIAL_CONNECTED);
	assert_true(r.attempts[1].started_us - r.attempts[0].started_us >= 30 * MS);
	rig_fini(&r);
}

static void the_usual_stagger_is_a_quarter_of_a_second(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to[] = { silent(&r), listening(&r, 5) };

	dial(&r, to, SW_LEN(to));
	assert_non_null(r.stream);
	assert_true(r.took_us >= 250 * MS && r.took_us < 4000 * MS);
	rig_fini(&r);
}

static void each_attempt_has_its_time_and_the_whole_a_deadline(void **state)
{
	static const struct {
		uint64_t attempt_us, deadline_us, least_us;
		enum sw_dial_state first, second;
	} rows[] = {
		{ 20 * MS, 0, 40 * MS, SW_DIAL_TIMED_OUT, SW_DIAL_TIMED_OUT },
		{ 20 * MS, 30 * MS, 30 * MS, SW_DIAL_TIMED_OUT, SW_DIAL_TIMED_OUT },
		{ 0, 30 * MS, 30 * MS, SW_DIAL_TIMED_OUT, SW_DIAL_UNTRIED },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r);
		struct sw_addr quiet = silent(&r);
		struct sw_addr to[] = { quiet, quiet };

		r.settings.attempt_timeout_us = rows[i].attempt_us;
		r.settings.stagger_us = 5000 * MS;
		if (rows[i].deadline_us)
			r.settings.deadline_us = sw_loop_now(r.loop) + rows[i].deadline_us;
		dial(&r, to, 2);
		assert_null(r.stream);
		/* The deadline counts from a moment before the start. */
		assert_row(i, r.took_us + 2 * MS >= rows[i].least_us);
		assert_row(i, r.took_us < 4000 * MS);
		assert_row(i, r.attempts[0].state == rows[i].first);
		assert_row(i, r.attempts[1].state == rows[i].second);
		assert_int_equal(r.attempts[0].os_errno, 0);
		assert_row(i, r.attempts[1].started_us == 0 ||
				      rows[i].second == SW_DIAL_TIMED_OUT);
		rig_fini(&r);
	}
}

static void a_deadline_that_has_passed_tries_nothing(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to = listening(&r, 5);

	r.settings.deadline_us = sw_loop_now(r.loop);
	dial(&r, &to, 1);
	assert_null(r.stream);
	assert_int_equal(r.attempts[0].state, SW_DIAL_UNTRIED);
	rig_fini(&r);
}

static void families_take_turns(void **state)
{
	static const int expected[] = {
		AF_INET6, AF_INET, AF_INET6, AF_INET, AF_INET, AF_INET
	};
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr v4 = refusing(&r, AF_INET), v6 = v4;
	int probe = socket(AF_INET6, SOCK_STREAM, 0);

	if (probe >= 0)
		v6 = loopback(AF_INET6);
	close(probe);
	if (probe < 0) {
		rig_fini(&r);
		sw_test_skip("no IPv6");
	}
	sw_addr_set_port(&v6, sw_addr_port(&v4));
	struct sw_addr to[] = { v6, v6, v4, v4, v4, v4 };

	dial(&r, to, SW_LEN(to));
	assert_null(r.stream);
	assert_int_equal(r.count, SW_LEN(expected));
	for (size_t i = 0; i < r.count; i++)
		assert_row(i, r.attempts[i].addr.ss.ss_family == expected[i]);
	for (size_t i = 1; i < r.count; i++)
		assert_row(i, r.attempts[i].started_us >= r.attempts[i - 1].started_us);
	rig_fini(&r);
}

static void a_source_address_is_used(void **state)
{
	static const uint8_t other[4] = { 127, 0, 0, 2 };
	const struct sw_addr source = sw_addr_v4(other, 0);
	struct rig r;
	char text[SW_ADDR_TEXT];

	(void)state;
	rig_init(&r);
	r.settings.source = &source;
	/* The other family cannot be reached from it. */
	struct sw_addr to[] = { loopback(AF_INET6), listening(&r, 5) };

	dial(&r, to, SW_LEN(to));
	assert_non_null(r.stream);
	assert_int_equal(r.attempts[0].state, SW_DIAL_UNTRIED);
	assert_string_equal(sw_addr_ip(&r.attempts[1].local, text), "127.0.0.2");
	rig_fini(&r);
}

static void a_source_address_that_is_not_ours_fails_each_attempt(void **state)
{
	static const uint8_t foreign[4] = { 192, 0, 2, 1 };
	const struct sw_addr source = sw_addr_v4(foreign, 0);
	struct rig r;

	(void)state;
	rig_init(&r);
	r.settings.source = &source;
	struct sw_addr to[] = { listening(&r, 5), listening(&r, 5) };

	dial(&r, to, SW_LEN(to));
	assert_null(r.stream);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(r.attempts[i].state, SW_DIAL_FAILED);
		assert_int_equal(r.attempts[i].os_errno, EADDRNOTAVAIL);
	}
	rig_fini(&r);
}

static void no_address_and_too_many_and_nonsense(void **state)
{
	struct sw_addr many[SW_MAX_DIAL_ADDRESSES + 8];
	struct rig r;

	(void)state;
	rig_init(&r);
	dial(&r, NULL, 0);
	assert_null(r.stream);
	assert_int_equal(r.count, 0);
	rig_fini(&r);

	rig_init(&r);
	many[0] = (struct sw_addr){ 0 };
	many[1] = refusing(&r, AF_INET);
	for (size_t i = 2; i < SW_LEN(many); i++)
		many[i] = many[1];
	dial(&r, many, SW_LEN(many));
	assert_null(r.stream);
	assert_int_equal(r.count, SW_MAX_DIAL_ADDRESSES);
	assert_int_equal(r.attempts[0].state, SW_DIAL_FAILED);
	assert_int_equal(r.attempts[0].os_errno, EAFNOSUPPORT);
	rig_fini(&r);
}

static void want_of_descriptors_is_an_attempt_that_failed(void **state)
{
	struct rlimit before, none;
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to[] = { listening(&r, 5), listening(&r, 5) };

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	dial(&r, to, SW_LEN(to));
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_null(r.stream);
	assert_int_equal(r.attempts[0].state, SW_DIAL_FAILED);
	assert_int_equal(r.attempts[0].os_errno, EMFILE);
	assert_int_equal(r.attempts[1].os_errno, EMFILE);
	rig_fini(&r);
}

static void a_dial_is_cancelled_by_freeing_it(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to = silent(&r);

	r.dial = sw_dial_start(r.loop, &r.settings, &to, 1, on_dialed, &r, NULL);
	assert_ok(sw_loop_poll(r.loop));
	sw_dial_free(r.dial);
	r.dial = NULL;
	assert_ok(sw_loop_run(r.loop));
	assert_false(r.called);
	sw_dial_free(NULL);
	rig_fini(&r);
}

static void it_may_be_freed_inside_its_callback(void **state)
{
	(void)state;
	for (int good = 0; good < 2; good++) {
		struct rig r;

		rig_init(&r);
		r.free_inside = true;
		r.settings.stagger_us = 10 * MS;
		struct sw_addr to[] = { good ? silent(&r) : refusing(&r, AF_INET),
					good ? listening(&r, 5) : refusing(&r, AF_INET) };

		dial(&r, to, SW_LEN(to));
		assert_int_equal(r.stream != NULL, good);
		assert_null(r.dial);
		rig_fini(&r);
	}
}

static enum sw_err dial_once(void *arg)
{
	struct rig *r = arg;
	struct sw_addr to = r->attempts[0].addr;
	enum sw_err code = SW_OK;
	struct rig again = { .loop = r->loop, .settings = r->settings };

	again.dial = sw_dial_start(r->loop, &r->settings, &to, 1, on_dialed, &again, NULL);
	if (!again.dial)
		return SW_E_NOMEM;
	if (sw_loop_run(r->loop) != SW_OK || !again.called)
		code = SW_E_INTERNAL;
	else if (!again.stream)
		code = again.attempts[0].os_errno == ENOMEM ? SW_E_NOMEM : SW_E_INTERNAL;
	sw_stream_free(again.stream);
	sw_dial_free(again.dial);
	return code;
}

static void survives_want_of_memory(void **state)
{
	struct rig r;

	(void)state;
	rig_init(&r);
	struct sw_addr to = listening(&r, 100);

	/* The loop's room for timers is not what is tested. */
	dial(&r, &to, 1);
	sw_test_failing_allocations(dial_once, &r);
	rig_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_that_listens_is_connected),
		cmocka_unit_test(a_refusal_is_told_and_the_next_address_tried_at_once),
		cmocka_unit_test(when_all_refuse_there_is_no_stream),
		cmocka_unit_test(a_silent_address_is_overtaken_after_the_stagger),
		cmocka_unit_test(the_usual_stagger_is_a_quarter_of_a_second),
		cmocka_unit_test(each_attempt_has_its_time_and_the_whole_a_deadline),
		cmocka_unit_test(a_deadline_that_has_passed_tries_nothing),
		cmocka_unit_test(families_take_turns),
		cmocka_unit_test(a_source_address_is_used),
		cmocka_unit_test(a_source_address_that_is_not_ours_fails_each_attempt),
		cmocka_unit_test(no_address_and_too_many_and_nonsense),
		cmocka_unit_test(want_of_descriptors_is_an_attempt_that_failed),
		cmocka_unit_test(a_dial_is_cancelled_by_freeing_it),
		cmocka_unit_test(it_may_be_freed_inside_its_callback),
		cmocka_unit_test(survives_want_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
