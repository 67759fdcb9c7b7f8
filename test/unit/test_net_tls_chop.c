/* SPDX-License-Identifier: MIT */
/* Every record of a TLS conversation, in each direction, meets every mishap: neither side may
 * crash, hang or believe that all is well, and both must know what to say. */
#include "sw_test.h"

#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certs.h"
#include "net/fault.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "wire.h"

enum mishap { PASS = 0, CLOSE, RESET, HANG, FLIP, TRUNCATE, PLAIN, TWICE, ALERT, MISHAPS };
enum { RECORDS = 10 };

struct fixture {
	struct sw_tls_context *client, *server[2];
};

static int set_up(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static struct fixture f;
	struct test_cert *cert =
		test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, NULL);

	f.client = sw_tls_context_new(&(struct sw_tls_settings){ 0 }, NULL);
	for (size_t i = 0; i < 2; i++)
		f.server[i] = sw_tls_context_new(
			&(struct sw_tls_settings){ .server = true, .cert_pem = cert->pem,
						   .key_pem = cert->key_pem,
						   .max_version = versions[i] }, NULL);
	test_cert_free(cert);
	*state = &f;
	return f.client && f.server[0] && f.server[1] ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sw_tls_context_unref(f->client);
	sw_tls_context_unref(f->server[0]);
	sw_tls_context_unref(f->server[1]);
	return 0;
}

/* One direction of the man in the middle: records are put together from `from` and passed to
 * `to`; number `victim` (from 1) meets the mishap. */
struct pipe {
	struct middle *m;
	struct sw_stream *from, *to;
	struct sw_buf held;
	size_t seen, victim;
	enum mishap mishap;
	bool stopped;
};
struct middle {
	struct wire *wire;
	struct pipe down, up;
	bool met;
};

static void pass_on(struct pipe *p, struct sw_slice bytes)
{
	size_t n;

	/* Records are small, the sockets empty: it all goes or the connection is gone. */
	while (bytes.len && sw_stream_write(p->to, bytes, &n) == SW_IO_OK)
		bytes = sw_slice_from(bytes, n);
}

static void stop_both(struct pipe *p)
{
	p->m->up.stopped = p->m->down.stopped = true;
	sw_stream_want(p->from, 0);
	sw_stream_want(p->to, 0);
}

static void cut(struct pipe *p, bool reset)
{
	sw_tcp_abort(sw_stream_fd(p->to), reset);
	sw_tcp_abort(sw_stream_fd(p->from), reset);
	stop_both(p);
}

static void meet(struct pipe *p, struct sw_slice record)
{
	static const char alert[] = "\x15\x03\x03\x00\x02\x02\x50";
	char last;

	p->m->met = true;
	switch (p->mishap) {
	case PASS:
	case MISHAPS:
		pass_on(p, record);
		break;
	case CLOSE:
	case RESET:
		cut(p, p->mishap == RESET);
		break;
	case HANG:
		/* What can still be said is said by then. */
		stop_both(p);
		sw_timer_set(p->m->wire->limit, sw_loop_now(p->m->wire->loop) + 5000);
		break;
	case FLIP:
		last = record.ptr[record.len - 1];
		last ^= 1;
		pass_on(p, sw_slice_head(record, record.len - 1));
		pass_on(p, sw_slice(&last, 1));
		break;
	case TRUNCATE:
		pass_on(p, sw_slice_head(record, record.len - 1));
		cut(p, false);
		break;
	case PLAIN:
		pass_on(p, SW_S("421 4.3.2 Service shutting down\r\n"));
		break;
	case TWICE:
		pass_on(p, record);
		pass_on(p, record);
		break;
	case ALERT:
		pass_on(p, sw_slice(alert, sizeof(alert) - 1));
		break;
	}
}

/* Length of the record at the start, or 0 while it is not all there (RFC 8446 5.1). */
static size_t record_len(struct sw_slice held)
{
	size_t len;

	if (held.len < 5)
		return 0;
	len = 5 + ((size_t)(unsigned char)held.ptr[3] << 8 | (unsigned char)held.ptr[4]);
	return held.len >= len ? len : 0;
}

static void on_pipe(struct pipe *p)
{
	char chunk[4096];
	enum sw_io io = SW_IO_OK;
	size_t n, len;

	while (!p->stopped &&
	       (io = sw_stream_read(p->from, chunk, sizeof(chunk), &n)) == SW_IO_OK)
		assert_ok(sw_buf_add(&p->held, sw_slice(chunk, n)));
	while (!p->stopped && (len = record_len(sw_buf_slice(&p->held))) != 0) {
		struct sw_slice record = sw_slice_head(sw_buf_slice(&p->held), len);

		if (++p->seen == p->victim)
			meet(p, record);
		else
			pass_on(p, record);
		sw_buf_consume(&p->held, len);
	}
	if (!p->stopped && io != SW_IO_AGAIN && io != SW_IO_OK) {
		sw_stream_shutdown(p->to);
		sw_stream_want(p->from, 0);
		p->stopped = true;
	}
}

static void on_down(void *arg)
{
	on_pipe(&((struct middle *)arg)->down);
}

static void on_up(void *arg)
{
	on_pipe(&((struct middle *)arg)->up);
}

static void middle_init(struct middle *m, struct wire *w, int client, int server)
{
	struct sw_stream *c = sw_tcp_stream(w->loop, client, NULL);
	struct sw_stream *s = sw_tcp_stream(w->loop, server, NULL);

	*m = (struct middle){ .wire = w,
			      .up = { .m = m, .from = c, .to = s },
			      .down = { .m = m, .from = s, .to = c } };
	sw_buf_init(&m->up.held, 1 << 20);
	sw_buf_init(&m->down.held, 1 << 20);
	sw_stream_on_ready(c, on_up, m);
	sw_stream_on_ready(s, on_down, m);
	sw_stream_want(c, SW_WANT_READ);
	sw_stream_want(s, SW_WANT_READ);
}

static void middle_fini(struct middle *m)
{
	sw_stream_free(m->up.from);
	sw_stream_free(m->down.from);
	sw_buf_fini(&m->up.held);
	sw_buf_fini(&m->down.held);
}

/* Replaces an end's stream by one that leads to `fd`. */
static void join(struct wire_end *e, int fd)
{
	struct sw_loop *loop = e->stack->loop;

	sw_stream_free(e->stack);
	e->stack = sw_tcp_stream(loop, fd, NULL);
	assert_non_null(e->stack);
}

/* An end that did not come through must be able to say why. */
static void check_end(const struct wire_end *e, enum mishap mishap, size_t row)
{
	const struct sw_io_failure *failure = sw_stream_failure(e->stack);

	if (e->done && e->end == SW_IO_OK)
		return;
	if (!e->done) {
		assert_row(row, mishap == HANG);
		assert_row(row, failure->cause == SW_IO_CAUSE_NONE);
		return;
	}
	/* An orderly end by the other side, which saw the trouble first, needs no words. */
	if (e->end == SW_IO_EOF && failure->cause == SW_IO_CAUSE_NONE)
		return;
	assert_row(row, failure->cause != SW_IO_CAUSE_NONE && failure->text[0]);
	assert_row(row, failure->cause == SW_IO_CAUSE_OS || failure->os_errno == 0);
}

/* Whether the mishap was met: a conversation has only so many records. */
static bool chop(struct fixture *f, int version, bool up, size_t victim, enum mishap mishap)
{
	size_t row = (size_t)version * 1000 + (size_t)up * 500 + victim * 10 + mishap;
	struct wire w;
	struct middle m;
	int left[2], right[2];

	wire_init(&w, false);
	wire_fds(true, left);
	wire_fds(true, right);
	join(&w.a, left[0]);
	join(&w.b, right[1]);
	middle_init(&m, &w, left[1], right[0]);
	struct pipe *p = up ? &m.up : &m.down;

	p->victim = victim;
	p->mishap = mishap;
	w.a.stack = sw_tls_client(w.a.stack, f->client, "mx.test", SW_TLS_VERIFY_NONE, NULL);
	w.b.stack = sw_tls_server(w.b.stack, f->server[version], NULL);
	w.a.out = SW_S("EHLO me\r\n");
	w.a.silent = true;
	w.b.out = SW_S("220 welcome\r\n");
	w.a.expected = 13;
	w.b.expected = 9;
	w.a.hangs_up = w.b.hangs_up = true;
	wire_run(&w, 20000);
	assert_row(row, !w.late || mishap == HANG);
	check_end(&w.a, mishap, row);
	check_end(&w.b, mishap, row);
	/* What came through came through unchanged. */
	assert_row(row, sw_slice_starts(w.b.out, sw_buf_slice(&w.a.in)));
	assert_row(row, sw_slice_starts(w.a.out, sw_buf_slice(&w.b.in)));
	bool all_well = w.a.done && w.b.done && w.a.end == SW_IO_OK && w.b.end == SW_IO_OK;

	if (mishap == PASS || !m.met)
		assert_row(row, all_well);
	else if (victim <= 2)
		assert_row(row, !all_well || mishap == TWICE);
	middle_fini(&m);
	wire_fini(&w);
	return m.met;
}

static void no_mishap_of_any_record_crashes_hangs_or_goes_unnoticed(void **state)
{
	size_t met = 0;

	for (int version = 0; version < 2; version++)
		for (int up = 0; up < 2; up++)
			for (size_t victim = 1; victim <= RECORDS; victim++)
				for (int mishap = PASS; mishap < MISHAPS; mishap++)
					met += chop(*state, version, up, victim,
						    (enum mishap)mishap);
	/* TLS 1.2 has at least 5 records from each side, TLS 1.3 at least 4. */
	assert_in_range(met, (size_t)2 * (5 + 4) * MISHAPS, (size_t)4 * RECORDS * MISHAPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_mishap_of_any_record_crashes_hangs_or_goes_unnoticed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
