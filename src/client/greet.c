/* SPDX-License-Identifier: MIT */
#include "client/greet.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/session.h"

struct sw_greet {
	struct sw_loop *loop;
	struct sw_greet_request q;
	sw_greet_fn fn;
	void *arg;
	struct sw_timer *timer;
	struct sw_dial *dial;
	struct sw_stream *stream;
	struct sw_smtp_client *smtp;
	struct sw_greet_account a;
	struct sw_tls_info tls;
	uint64_t until_us; /* of the farewell, too */
	bool shaking, cannot_write;
	bool polite; /* all is known: QUIT is under way */
	bool over, told;
	char ehlo[SW_MAX_DOMAIN + 1];
	char chunk[4096];
};

/* ---- the end ---- */

/* What is known is in the account; it is told at the loop's next turn. */
static void end(struct sw_greet *g)
{
	if (g->over)
		return;
	g->over = true;
	if (g->stream) {
		const struct sw_io_failure *f = sw_stream_failure(g->stream);

		if (!g->polite && !*g->a.why && f->cause != SW_IO_CAUSE_NONE)
			snprintf(g->a.why, sizeof(g->a.why), "%s", f->text);
		if (sw_tls_take_info(g->stream, &g->tls))
			g->a.tls = &g->tls;
		sw_stream_shutdown(g->stream);
	}
	sw_dial_free(g->dial);
	g->dial = NULL;
	sw_stream_freep(&g->stream);
	sw_timer_set(g->timer, 0);
}

static void end_local(struct sw_greet *g)
{
	g->a.local = true;
	end(g);
}

static void on_timer(void *arg)
{
	struct sw_greet *g = arg;
	uint64_t now = sw_loop_now(g->loop);

	if (g->told)
		return;
	if (g->over) {
		g->told = true;
		g->fn(g->arg, &g->a); /* may free it */
		return;
	}
	if (now < g->until_us) {
		sw_timer_set(g->timer, g->until_us);
		return;
	}
	if (!g->polite) {
		g->a.failure = SW_SMTP_F_TIMEOUT;
		snprintf(g->a.why, sizeof(g->a.why), "timeout");
	}
	end(g);
}

/* ---- what the machine says ---- */

static void start_tls(struct sw_greet *g);

static void failed(struct sw_greet *g)
{
	const struct sw_smtp_failure *f = sw_smtp_client_failure(g->smtp);

	if (!g->polite && f->kind == SW_SMTP_F_NOMEM)
		g->a.local = true;
	if (!g->polite) {
		g->a.failure = f->kind;
		g->a.reply = f->reply.code ? &f->reply : NULL;
	}
	end(g);
}

static void ready(struct sw_greet *g)
{
	uint64_t now = sw_loop_now(g->loop);

	g->polite = true;
	sw_smtp_client_quit(g->smtp, now);
	g->until_us = sw_min_u64(g->until_us, sw_time_add(now, SW_PROBE_QUIT_US));
	sw_timer_set(g->timer, g->until_us);
}

static void handle(struct sw_greet *g, const struct sw_smtp_event *ev)
{
	const struct sw_caps *caps = sw_smtp_client_caps(g->smtp);

	if (ev->type == SW_SMTP_GREETING)
		g->a.greeted = true;
	else if (ev->type == SW_SMTP_CAPS && !g->a.caps)
		g->a.starttls = sw_caps_has(caps, SW_CAP_STARTTLS);
	else if (ev->type == SW_SMTP_TLS_START)
		start_tls(g);
	else if (ev->type == SW_SMTP_READY && !g->polite)
		ready(g);
	else if (ev->type == SW_SMTP_FAILED)
		failed(g);
	else if (ev->type == SW_SMTP_CLOSED)
		end(g);
	g->a.caps = g->a.caps || ev->type == SW_SMTP_CAPS;
}

/* ---- bytes ---- */

static void listen_to(struct sw_greet *g, sw_loop_fn move)
{
	sw_stream_on_ready(g->stream, move, g);
	sw_stream_want(g->stream, SW_WANT_READ | SW_WANT_WRITE);
}

static void flush(struct sw_greet *g)
{
	struct sw_slice out = sw_smtp_client_output(g->smtp, NULL, NULL);

	while (!g->over && !g->shaking && !g->cannot_write && out.len > 0) {
		size_t len = 0;
		enum sw_io io = sw_stream_write(g->stream, out, &len);

		if (io == SW_IO_AGAIN)
			return;
		/* Last words of the server may still lie there. */
		g->cannot_write = io != SW_IO_OK;
		if (io == SW_IO_OK)
			sw_smtp_client_sent(g->smtp, len, sw_loop_now(g->loop));
		out = sw_smtp_client_output(g->smtp, NULL, NULL);
	}
}

/* False: nothing to read now. */
static bool pull(struct sw_greet *g)
{
	uint64_t now = sw_loop_now(g->loop);
	size_t len = 0;
	enum sw_io io = sw_stream_read(g->stream, g->chunk, sizeof(g->chunk), &len);

	if (io == SW_IO_AGAIN && !g->cannot_write)
		return false;
	if (io == SW_IO_OK)
		sw_smtp_client_feed(g->smtp, sw_slice(g->chunk, len), now);
	else if (io == SW_IO_EOF)
		sw_smtp_client_eof(g->smtp, now);
	else
		sw_smtp_client_io_failed(g->smtp, now);
	return true;
}

/* False: it goes on later. */
static bool shake(struct sw_greet *g)
{
	enum sw_io io = sw_stream_handshake(g->stream);
	uint64_t now = sw_loop_now(g->loop);

	if (io == SW_IO_AGAIN) {
		sw_stream_want(g->stream, SW_WANT_READ);
		return false;
	}
	g->shaking = false;
	if (io == SW_IO_OK)
		sw_smtp_client_tls_done(g->smtp, now);
	else
		sw_smtp_client_tls_failed(g->smtp, now);
	return true;
}

static void move(void *arg)
{
	struct sw_greet *g = arg;
	bool more = true;

	while (more && !g->over) {
		struct sw_smtp_event ev;

		while (!g->over && sw_smtp_client_next_event(g->smtp, &ev))
			handle(g, &ev);
		if (g->over)
			return;
		flush(g);
		more = g->shaking ? shake(g) : pull(g);
	}
	if (g->over || g->shaking)
		return;
	bool waits = sw_smtp_client_output(g->smtp, NULL, NULL).len > 0;

	sw_stream_want(g->stream, SW_WANT_READ | (waits ? SW_WANT_WRITE : 0));
}

static void start_tls(struct sw_greet *g)
{
	size_t usable = 0;
	struct sw_stream *tls =
		sw_tls_client(g->stream, g->q.trust, g->q.host, SW_TLS_VERIFY_NONE, NULL);

	if (!tls) {
		end_local(g);
		return;
	}
	g->stream = tls;
	if (g->q.dane && sw_tls_use_dane(tls, g->q.dane, &usable, NULL)) {
		end_local(g);
		return;
	}
	g->shaking = true;
	listen_to(g, move);
}

/* ---- the connection ---- */

static void no_connection(struct sw_greet *g, const struct sw_dial_attempt *list, size_t count)
{
	char ip[SW_ADDR_TEXT];

	for (size_t i = 0; i < count; i++)
		if (list[i].state == SW_DIAL_TIMED_OUT)
			snprintf(g->a.why, sizeof(g->a.why), "%s: timeout",
				 sw_addr_ip(&list[i].addr, ip));
		else if (list[i].state == SW_DIAL_FAILED)
			snprintf(g->a.why, sizeof(g->a.why), "%s: %s",
				 sw_addr_ip(&list[i].addr, ip),
				 strerrordesc_np(list[i].os_errno));
	end(g);
}

static void dialled(void *arg, struct sw_stream *stream, const struct sw_dial_attempt *list,
		    size_t count)
{
	const struct sw_client_settings nothing = { .ehlo = NULL };
	struct sw_smtp_client_settings set = { .ehlo_name = NULL,
					       .tls = SW_SMTP_TLS_OPPORTUNISTIC };
	struct sw_addr local = { 0 };
	struct sw_greet *g = arg;

	if (!stream) {
		no_connection(g, list, count);
		return;
	}
	g->stream = stream;
	g->a.connected = true;
	for (size_t i = 0; i < count; i++)
		if (list[i].state == SW_DIAL_CONNECTED) {
			g->a.peer = list[i].addr;
			local = list[i].local;
		}
	sw_session_ehlo_name(&nothing, &local, g->ehlo);
	set.ehlo_name = g->q.ehlo ? g->q.ehlo : g->ehlo;
	g->smtp = sw_smtp_client_new(&set, sw_loop_now(g->loop), NULL);
	if (g->smtp)
		listen_to(g, move);
	else
		end_local(g);
}

struct sw_greet *sw_greet_start(struct sw_loop *loop, const struct sw_greet_request *q,
				sw_greet_fn fn, void *arg, struct sw_error *err)
{
	struct sw_dial_settings dial = { .deadline_us = q->deadline_us,
					 .attempt_timeout_us = SW_PROBE_CONNECT_US };
	struct sw_greet *g = sw_calloc(1, sizeof(*g));

	if (!g) {
		(void)sw_fail_nomem(err);
		return NULL;
	}
	g->loop = loop;
	g->q = *q;
	g->fn = fn;
	g->arg = arg;
	g->until_us = q->deadline_us;
	g->timer = sw_timer_new(loop, on_timer, g);
	if (g->timer)
		g->dial = sw_dial_start(loop, &dial, q->addrs, q->addr_count, dialled, g, err);
	else
		(void)sw_fail_nomem(err);
	if (!g->dial) {
		sw_greet_free(g);
		return NULL;
	}
	/* Dialling ends by itself; this is for what comes behind it. */
	sw_timer_set(g->timer, sw_time_add(g->until_us, 1));
	return g;
}

void sw_greet_free(struct sw_greet *g)
{
	if (!g)
		return;
	sw_dial_free(g->dial);
	sw_stream_free(g->stream);
	sw_smtp_client_free(g->smtp);
	sw_timer_free(g->timer);
	sw_tls_info_fini(&g->tls);
	sw_free(g);
}

const struct sw_greet_account *sw_greet_account(const struct sw_greet *g)
{
	return g && g->told ? &g->a : NULL;
}
