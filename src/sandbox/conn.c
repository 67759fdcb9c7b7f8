/* SPDX-License-Identifier: MIT */
/* The life of one connection: gives the machine its turns, keeps the times, ends it. */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/fault.h"
#include "net/tcp.h"
#include "sandbox/internal.h"

enum {
	/* Turns of one connection before others get theirs. */
	TURNS = 32,
	/* How long a client has to take our last words and close. */
	LINGER_US = 2 * 1000 * 1000,
	/* A stall must be felt before the kernel's own buffers are full. */
	STALL_RCVBUF = 4096,
};

void sw_conn_kill(struct sw_conn *c, bool reset)
{
	c->dead = true;
	c->reset = c->reset || reset;
}

void sw_conn_free(struct sw_conn *c)
{
	struct sw_server *s = c->server;

	if (c->next)
		c->next->prev = c->prev;
	if (c->prev)
		c->prev->next = c->next;
	else
		c->server->conns = c->next;
	c->server->conn_count--;
	sw_conn_log(c, "closed%s", c->reset ? " (reset)" : "");
	if (c->reset && c->stream)
		sw_tcp_reset_on_close(sw_stream_fd(c->stream));
	sw_stream_free(c->stream);
	sw_timer_free(c->timer);
	sw_smtp_server_free(c->machine);
	sw_conn_auth_end(c);
	sw_free(c->user);
	sw_conn_drop_message(c);
	sw_free(c->recipients);
	sw_free(c->recipient_params);
	sw_nameset_fini(&c->domains);
	sw_arena_fini(&c->arena);
	sw_free(c->helo);
	sw_free(c->xclient);
	sw_buf_wipe(&c->in);
	sw_buf_fini(&c->out);
	if (s->leaving && s->conn_count == 0)
		sw_server_stop(s);
	sw_free(c);
}

/* FIN; what the client still says is read and thrown away: closing over unread bytes would
 * send RST and take our last words from the client's hands. */
static void begin_linger(struct sw_conn *c, bool politely)
{
	c->phase = SW_CONN_LINGER;
	c->after = SW_AFTER_NOTHING;
	c->linger_us = sw_time_add(sw_loop_now(c->server->loop), LINGER_US);
	if (politely)
		sw_stream_shutdown(c->stream);
	else
		(void)shutdown(sw_stream_fd(c->stream), SHUT_WR);
}

/* Whether an event is there that may be handled now. */
static bool take_event(struct sw_conn *c)
{
	uint64_t now_us = sw_loop_now(c->server->loop);

	if (!c->has_event) {
		c->has_event = sw_smtp_server_next_event(c->machine, &c->event);
		c->waited = false;
		sw_conn_collect(c);
	}
	if (!c->has_event)
		return false;
	if (!c->waited && c->event.type == SW_SRV_COMMAND) {
		uint64_t delay_us = sw_conn_delay(c);

		c->wake_us = delay_us ? sw_time_add(now_us, delay_us) : SW_NEVER;
	}
	c->waited = true;
	if (c->wake_us != SW_NEVER && c->wake_us > now_us)
		return false;
	c->wake_us = SW_NEVER;
	return true;
}

static void handle_event(struct sw_conn *c)
{
	c->has_event = false;
	switch (c->event.type) {
	case SW_SRV_NONE:
		return;
	case SW_SRV_COMMAND:
		sw_conn_answer(c);
		if (c->phase == SW_CONN_TALK)
			sw_conn_collect(c);
		sw_conn_follow_up(c);
		break;
	case SW_SRV_CHUNK:
		sw_conn_chunk(c);
		break;
	case SW_SRV_DATA:
		sw_conn_body(c, c->event.data);
		break;
	case SW_SRV_TLS_START:
		sw_conn_forget(c);
		if (c->event.injected)
			sw_conn_log(c, "the client sent bytes behind STARTTLS; dropped");
		c->after = SW_AFTER_TLS;
		break;
	case SW_SRV_CLOSED:
		if (c->after == SW_AFTER_NOTHING)
			c->after = SW_AFTER_CLOSE;
		break;
	}
}

/* With pipelining-broken only the first command of what came at once is seen. */
static struct sw_slice next_input(struct sw_conn *c)
{
	struct sw_slice in = sw_buf_slice(&c->in);
	size_t line = sw_slice_find(in, '\n') + 1;

	if (c->incoming || line >= in.len ||
	    !sw_faults_find(c->server->set.faults, SW_ACT_DROP_PIPELINE))
		return in;
	sw_conn_log(c, "%zu bytes behind the first command lost on purpose", in.len - line);
	return sw_slice_head(in, line);
}

static bool feed(struct sw_conn *c)
{
	if (sw_buf_len(&c->in) == 0)
		return false;
	if (sw_smtp_server_feed(c->machine, next_input(c)))
		sw_conn_kill(c, false);
	sw_buf_clear(&c->in);
	return true;
}

static bool talk(struct sw_conn *c)
{
	bool moved = false;

	while (!c->dead && c->phase == SW_CONN_TALK && !c->after &&
	       sw_buf_len(&c->out) < SW_SANDBOX_OUTPUT_HIGH) {
		if (take_event(c))
			handle_event(c);
		else if (c->has_event || !feed(c))
			break;
		moved = true;
	}
	return moved;
}

/* The output is out: what had to wait for it. */
static bool go_on(struct sw_conn *c)
{
	enum sw_conn_after after = c->after;

	if (after == SW_AFTER_NOTHING || sw_buf_len(&c->out) > 0)
		return false;
	c->after = SW_AFTER_NOTHING;
	switch (after) {
	case SW_AFTER_NOTHING:
		break;
	case SW_AFTER_CLOSE:
	case SW_AFTER_CUT:
		begin_linger(c, after == SW_AFTER_CLOSE);
		break;
	case SW_AFTER_TLS:
		sw_buf_clear(&c->in);
		sw_conn_start_tls(c);
		break;
	case SW_AFTER_HANG:
		c->phase = SW_CONN_HANG;
		break;
	}
	return true;
}

/* The client has gone and nothing is left to be said to it. */
static bool is_over(const struct sw_conn *c)
{
	if (!c->eof)
		return false;
	if (c->phase != SW_CONN_TALK)
		return true;
	return !c->has_event && c->after == SW_AFTER_NOTHING && sw_buf_len(&c->in) == 0 &&
	       sw_buf_len(&c->out) == 0;
}

/* When it has lasted long enough. */
static uint64_t end_us(const struct sw_conn *c, uint64_t now_us)
{
	if (c->phase == SW_CONN_LINGER || c->phase == SW_CONN_STALL)
		return c->linger_us;
	/* We are the ones who keep the other side waiting. */
	if (c->phase == SW_CONN_HANG || (c->wake_us != SW_NEVER && c->wake_us > now_us))
		return SW_NEVER;
	return sw_time_add(c->active_us, c->server->idle_us);
}

static void set_wants(struct sw_conn *c, bool again)
{
	uint64_t now_us = sw_loop_now(c->server->loop);
	uint64_t at_us = end_us(c, now_us);
	unsigned want = sw_conn_wants_input(c) ? SW_WANT_READ : 0;

	if (sw_buf_len(&c->out) > 0 && c->drip_at_us > now_us)
		at_us = sw_min_u64(at_us, c->drip_at_us);
	else if (sw_buf_len(&c->out) > 0)
		want |= SW_WANT_WRITE;
	if (c->phase == SW_CONN_HANDSHAKE)
		want = SW_WANT_READ;
	if ((c->phase == SW_CONN_HELLO || c->phase == SW_CONN_PROXY) && c->wake_us == SW_NEVER)
		want = SW_WANT_READ;
	/* A wake that is over waits for room in the output. */
	if (c->wake_us > now_us)
		at_us = sw_min_u64(at_us, c->wake_us);
	sw_stream_want(c->stream, want);
	sw_timer_set(c->timer, again ? now_us : at_us);
}

static void run(struct sw_conn *c)
{
	bool moved = true;

	for (int i = 0; i < TURNS && moved && !c->dead; i++) {
		moved = false;
		if (c->phase == SW_CONN_PROXY)
			moved |= sw_conn_proxy(c);
		if (c->phase == SW_CONN_HELLO && !c->dead)
			moved |= sw_conn_hello(c);
		if (c->phase == SW_CONN_HANDSHAKE && !c->dead)
			moved |= sw_conn_handshake(c);
		if (!c->dead)
			moved |= talk(c);
		for (int n = 0; n < TURNS && !c->dead && sw_conn_flush(c); n++)
			moved |= !c->endless.len;
		if (!c->dead)
			moved |= go_on(c);
		if (!c->dead)
			moved |= sw_conn_take_input(c);
		if (!moved && is_over(c))
			c->dead = true;
	}
	if (c->dead)
		sw_conn_free(c);
	else
		set_wants(c, moved);
}

static void on_ready(void *arg)
{
	run(arg);
}

/* Nobody has said anything for long. */
static void idle(struct sw_conn *c)
{
	const struct sw_faults *faults = c->server->set.faults;
	const struct sw_active_fault *reply = sw_faults_find(faults, SW_ACT_IDLE_REPLY);

	sw_conn_log(c, "idle for too long");
	if (sw_faults_find(faults, SW_ACT_IDLE_RESET)) {
		sw_conn_kill(c, true);
	} else if (c->phase != SW_CONN_TALK || sw_buf_len(&c->out) > 0) {
		/* A FIN would wait behind what the other side does not read; RST does not. */
		sw_conn_kill(c, sw_buf_len(&c->out) > 0);
	} else {
		sw_conn_out_expanded(
			c, reply ? sw_fault_text(reply)
				 : SW_S("421 4.4.2 {name} Error: timeout exceeded\r\n"));
		c->after = SW_AFTER_CLOSE;
	}
}

static void on_timer(void *arg)
{
	struct sw_conn *c = arg;
	uint64_t now_us = sw_loop_now(c->server->loop);

	if (end_us(c, now_us) <= now_us) {
		if (c->phase == SW_CONN_LINGER || c->phase == SW_CONN_STALL)
			c->dead = true;
		else
			idle(c);
	}
	run(c);
}

static bool make_parts(struct sw_conn *c, int fd)
{
	const struct sw_faults *faults = c->server->set.faults;
	const struct sw_smtp_server_settings set = { .lmtp = c->server->set.lmtp };
	const struct sw_fault_plan byte_by_byte = { .max_write = 1 };
	const int small = STALL_RCVBUF;
	struct sw_stream *filter;

	if (sw_faults_find(faults, SW_ACT_STALL))
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	c->stream = sw_tcp_stream(c->server->loop, fd, NULL);
	if (!c->stream)
		return false;
	if (sw_faults_find(faults, SW_ACT_SHORT_WRITES)) {
		filter = sw_fault_wrap(c->stream, &byte_by_byte, NULL);
		if (!filter)
			return false;
		c->stream = filter;
	}
	c->timer = sw_timer_new(c->server->loop, on_timer, c);
	c->machine = sw_smtp_server_new(&set);
	return c->timer && c->machine;
}

static void link_conn(struct sw_conn *c, struct sw_server *s)
{
	c->server = s;
	c->id = ++s->next_id;
	c->next = s->conns;
	if (c->next)
		c->next->prev = c;
	s->conns = c;
	s->conn_count++;
}

void sw_conn_accept(struct sw_server *s, int fd, const struct sw_addr *peer, bool tls_port)
{
	const struct sw_faults *faults = s->set.faults;
	struct sw_conn *c = sw_calloc(1, sizeof(*c));
	bool tls = tls_port ? !sw_faults_find(faults, SW_ACT_TLS_NEVER)
			    : sw_faults_find(faults, SW_ACT_TLS_AT_ONCE) != NULL;

	if (!c) {
		close(fd);
		return;
	}
	sw_buf_init(&c->in, SW_MAX_SANDBOX_INPUT);
	c->in.secret = true;
	sw_buf_init(&c->out, SW_MAX_SANDBOX_OUTPUT);
	c->wake_us = SW_NEVER;
	c->active_us = sw_loop_now(s->loop);
	(void)sw_addr_text(peer, c->peer);
	(void)sw_addr_ip(peer, c->ip);
	link_conn(c, s);
	if (!make_parts(c, fd)) {
		sw_conn_free(c);
		return;
	}
	sw_conn_log(c, "%s connected to port %u%s", c->peer,
		    (unsigned)(tls_port ? sw_server_tls_port(s) : sw_server_port(s)),
		    tls ? " (TLS)" : "");
	sw_stream_on_ready(c->stream, on_ready, c);
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].hook == SW_HOOK_ACCEPT)
			c->phase = SW_CONN_HANG;
	c->tls_at_once = tls;
	if (s->set.proxy && c->phase == SW_CONN_TALK)
		c->phase = SW_CONN_PROXY;
	else if (tls && c->phase == SW_CONN_TALK)
		sw_conn_start_tls(c);
	run(c);
}
