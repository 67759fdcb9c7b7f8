/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "net/tcp.h"

enum { MOST = 8 * 1024 * 1024 };

static void need(bool good)
{
	if (!good)
		abort();
}

void wire_fds(bool tcp, int fds[2])
{
	if (!tcp) {
		need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) ==
		     0);
		return;
	}
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	need(listener >= 0 && bind(listener, (struct sockaddr *)&sin, len) == 0);
	need(listen(listener, 1) == 0);
	need(getsockname(listener, (struct sockaddr *)&sin, &len) == 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	need(fds[0] >= 0 && connect(fds[0], (struct sockaddr *)&sin, len) == 0);
	fds[1] = accept(listener, NULL, NULL);
	need(fds[1] >= 0);
	close(listener);
}

static uint32_t next_random(struct wire *w)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return w->seed >> 8;
}

static size_t random_len(struct wire_end *e, size_t most)
{
	if (!e->piece)
		return most;
	size_t len = 1 + next_random(e->wire) % e->piece;

	return len < most ? len : most;
}

static void settle(struct wire_end *e, enum sw_io end)
{
	e->done = true;
	e->end = end;
	sw_stream_want(e->stack, 0);
	if (e->hangs_up && end == SW_IO_OK)
		sw_stream_shutdown(e->stack);
	else if (e->hangs_up)
		/* As an owner would by freeing it; but here its story is read first. */
		sw_tcp_abort(sw_stream_fd(e->stack), false);
	if (e->wire->a.done && e->wire->b.done)
		sw_loop_stop(e->wire->loop);
}

/* False when it is to wait or is over. */
static bool send_some(struct wire_end *e)
{
	struct sw_slice rest = sw_slice_from(e->out, e->sent);
	size_t n;

	if (!rest.len || (e->silent && !sw_buf_len(&e->in)))
		return false;
	enum sw_io io = sw_stream_write(e->stack, sw_slice_head(rest, random_len(e, rest.len)),
					&n);

	if (io == SW_IO_OK) {
		need(n > 0 && n <= rest.len);
		e->sent += n;
		return true;
	}
	need(n == 0);
	if (io != SW_IO_AGAIN) {
		/* Still to be read: what the other side said before. */
		e->sent = e->out.len;
	}
	return false;
}

static bool receive_some(struct wire_end *e)
{
	static char chunk[SW_READ_CHUNK];
	size_t n;
	enum sw_io io = sw_stream_read(e->stack, chunk, random_len(e, sizeof(chunk)), &n);

	if (io == SW_IO_AGAIN)
		return false;
	if (io == SW_IO_OK) {
		need(n > 0 && sw_buf_add(&e->in, sw_slice(chunk, n)) == SW_OK);
		return true;
	}
	/* An end that comes after all was said is none too early. */
	bool complete = sw_buf_len(&e->in) >= e->expected && e->sent >= e->out.len;

	settle(e, io == SW_IO_EOF && complete ? SW_IO_OK : io);
	return false;
}

static void on_ready(void *arg)
{
	struct wire_end *e = arg;

	if (e->done)
		return;
	if (!e->handshaken) {
		enum sw_io io = sw_stream_handshake(e->stack);

		if (io != SW_IO_OK && io != SW_IO_AGAIN)
			settle(e, io);
		if (io == SW_IO_AGAIN)
			sw_stream_want(e->stack, SW_WANT_READ | SW_WANT_WRITE);
		if (io != SW_IO_OK)
			return;
		e->handshaken = true;
	}
	while (!e->done && (send_some(e) || receive_some(e)))
		;
	if (!e->done && sw_buf_len(&e->in) >= e->expected && e->sent >= e->out.len)
		settle(e, SW_IO_OK);
	if (!e->done)
		sw_stream_want(e->stack, SW_WANT_READ |
			       (e->sent < e->out.len && !e->silent ? SW_WANT_WRITE : 0));
}

static void on_limit(void *arg)
{
	struct wire *w = arg;

	w->late = true;
	sw_loop_stop(w->loop);
}

void wire_init(struct wire *w, bool tcp)
{
	int fds[2];

	*w = (struct wire){ .seed = 4711 };
	w->loop = sw_loop_new(NULL);
	need(w->loop != NULL);
	w->limit = sw_timer_new(w->loop, on_limit, w);
	need(w->limit != NULL);
	wire_fds(tcp, fds);
	w->a = (struct wire_end){ .wire = w, .stack = sw_tcp_stream(w->loop, fds[0], NULL) };
	w->b = (struct wire_end){ .wire = w, .stack = sw_tcp_stream(w->loop, fds[1], NULL) };
	need(w->a.stack && w->b.stack);
	sw_buf_init(&w->a.in, MOST);
	sw_buf_init(&w->b.in, MOST);
}

void wire_run(struct wire *w, uint64_t limit_ms)
{
	sw_timer_set(w->limit, sw_loop_now(w->loop) + limit_ms * 1000);
	sw_stream_on_ready(w->a.stack, on_ready, &w->a);
	sw_stream_on_ready(w->b.stack, on_ready, &w->b);
	on_ready(&w->a);
	on_ready(&w->b);
	if (!w->a.done || !w->b.done)
		need(sw_loop_run(w->loop) == SW_OK);
	sw_timer_set(w->limit, SW_NEVER);
}

void wire_fini(struct wire *w)
{
	sw_stream_free(w->a.stack);
	sw_stream_free(w->b.stack);
	sw_buf_fini(&w->a.in);
	sw_buf_fini(&w->b.in);
	sw_timer_free(w->limit);
	sw_loop_free(w->loop);
}
