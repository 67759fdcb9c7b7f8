/* SPDX-License-Identifier: MIT */
#include "script_server.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "sasl/sasl.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

enum { LOG_MAX = 4 * 1024 * 1024, MESSAGE_MAX = 256 * 1024 * 1024, CHUNK = 65536 };

struct conn {
	struct conn *next;
	struct script_server *server;
	unsigned number;
	struct sw_stream *stream;
	struct sw_smtp_server *smtp;
	struct sw_sasl *sasl;
	struct sw_timer *timer;
	unsigned seen[SW_VERB_COUNT];
	const struct script_rule *late;	/* to be done when the timer fires */
	enum sw_smtp_verb late_verb;
	const struct script_rule *drip;
	size_t drip_at;
	struct sw_buf message;
	bool handshaking, tls_due, stalled, closing, tls, convinced;
};

struct script_server {
	struct script_plan plan;
	struct sw_loop *loop;
	struct sw_listener *listener;
	struct sw_tls_context *tls;
	struct sw_watch *pipe_watch;
	int pipe[2];
	uint16_t port;
	pthread_t thread;
	struct conn *conns;
	pthread_mutex_t lock;	/* for what follows */
	unsigned sessions, messages;
	struct sw_buf log, last;
	const char *hang_up;
};

static void conn_step(void *arg);

static void conn_free(struct conn *c)
{
	struct conn **at = &c->server->conns;
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	sw_stream_free(c->stream);
	sw_smtp_server_free(c->smtp);
	sw_sasl_free(c->sasl);
	sw_timer_free(c->timer);
	sw_buf_fini(&c->message);
	sw_free(c);
}

static void note(struct conn *c, struct sw_slice line)
{
	struct script_server *s = c->server;
	pthread_mutex_lock(&s->lock);
	MUST(sw_buf_printf(&s->log, "%u %.*s\n", c->number, SW_FMT(line)) == SW_OK);
	pthread_mutex_unlock(&s->lock);
}

static const struct script_rule *find_rule(struct conn *c, enum sw_smtp_verb verb)
{
	const struct script_rule *r = c->server->plan.rules;
	for (; r && r->verb != SW_VERB_NONE; r++)
		if (r->verb == verb && (!r->session || r->session == c->number) &&
		    (!r->nth || r->nth == c->seen[verb]))
			return r;
	return NULL;
}

static void reply(struct conn *c, int code, const char *text)
{
	MUST(sw_smtp_server_reply(c->smtp, code, "", text) == SW_OK);
}

static const char *keywords(const struct conn *c)
{
	const struct script_plan *p = &c->server->plan;
	if (c->tls && p->tls_keywords)
		return p->tls_keywords;
	return p->keywords ? p->keywords : "PIPELINING\n8BITMIME\nSIZE 100000000";
}

static bool lookup(void *arg, struct sw_slice user, struct sw_secret *ret)
{
	const struct script_plan *p = arg;
	return p->user && sw_slice_eq(user, sw_slice_str(p->user)) &&
	       sw_secret_set(ret, sw_slice_str(p->password)) == SW_OK;
}

static void auth_step(struct conn *c, struct sw_slice token)
{
	struct sw_buf out;
	enum sw_sasl_status status = SW_SASL_DONE;
	sw_buf_init(&out, 4096);
	/* After the server's last word comes an empty answer. */
	enum sw_err e = c->convinced ? SW_OK : sw_sasl_step(c->sasl, token, &out, &status, NULL);
	c->convinced = !e && status == SW_SASL_DONE;
	if (e || status == SW_SASL_REFUSED)
		reply(c, 535, "5.7.8 Bad credentials");
	else if (status == SW_SASL_MORE || sw_buf_len(&out))
		MUST(sw_smtp_server_challenge(c->smtp, sw_buf_slice(&out)) == SW_OK);
	else
		reply(c, 235, "2.7.0 Welcome");
	sw_buf_fini(&out);
}

static void auth_begin(struct conn *c, const struct sw_smtp_server_event *ev)
{
	const struct sw_sasl_mech *mech = sw_sasl_mech_find(ev->arg);
	struct sw_sasl_identity self = { .host = SW_S("localhost") };
	sw_sasl_free(c->sasl);
	c->sasl = NULL;
	c->convinced = false;
	if (!mech) {
		reply(c, 504, "5.5.4 No such mechanism");
		return;
	}
	c->sasl = sw_sasl_server(mech, lookup, &c->server->plan, &self, NULL);
	MUST(c->sasl);
	if (mech->initial_response && !ev->has_token)
		MUST(sw_smtp_server_challenge(c->smtp, SW_S("")) == SW_OK);
	else
		auth_step(c, ev->token);
}

static void store(struct conn *c)
{
	struct script_server *s = c->server;
	pthread_mutex_lock(&s->lock);
	s->messages++;
	sw_buf_clear(&s->last);
	MUST(sw_buf_add(&s->last, sw_buf_slice(&c->message)) == SW_OK);
	pthread_mutex_unlock(&s->lock);
	sw_buf_clear(&c->message);
}

/* The answer of a server that does everything right. */
static void behave(struct conn *c, enum sw_smtp_verb verb, const struct sw_smtp_server_event *ev)
{
	char text[512];
	switch (verb) {
	case SW_VERB_CONNECT:
		reply(c, 220, "script.test ESMTP");
		break;
	case SW_VERB_EHLO:
	case SW_VERB_LHLO:
		snprintf(text, sizeof(text), "script.test\n%s", keywords(c));
		reply(c, 250, text);
		break;
	case SW_VERB_STARTTLS:
		reply(c, 220, "Go ahead");
		break;
	case SW_VERB_AUTH:
		auth_begin(c, ev);
		break;
	case SW_VERB_AUTH_TOKEN:
		if (ev->cancelled)
			reply(c, 501, "Cancelled");
		else
			auth_step(c, ev->token);
		break;
	case SW_VERB_DATA:
		MUST(sw_smtp_server_start_data(c->smtp, "Go") == SW_OK);
		break;
	case SW_VERB_MESSAGE:
		store(c);
		reply(c, 250, "2.0.0 Ok: queued as 4ABC123");
		break;
	case SW_VERB_QUIT:
		reply(c, 221, "Bye");
		break;
	case SW_VERB_NONE:
	case SW_VERB_HELO:
	case SW_VERB_MAIL:
	case SW_VERB_RCPT:
	case SW_VERB_RSET:
	case SW_VERB_NOOP:
	case SW_VERB_VRFY:
	case SW_VERB_HELP:
	case SW_VERB_UNKNOWN:
	case SW_VERB_COUNT:
		reply(c, 250, "2.0.0 Ok");
		break;
	}
}

/* What a rule wants instead. */
static void misbehave(struct conn *c, const struct script_rule *r, enum sw_smtp_verb verb)
{
	switch (r->act) {
	case SCRIPT_REPLY:
		if (verb == SW_VERB_DATA && r->code == 354)
			MUST(sw_smtp_server_start_data(c->smtp, r->text) == SW_OK);
		else
			reply(c, r->code, r->text);
		break;
	case SCRIPT_RAW:
		MUST(sw_smtp_server_raw(c->smtp, sw_slice_str(r->text), r->code) == SW_OK);
		break;
	case SCRIPT_RESET:
		sw_tcp_reset_on_close(sw_stream_fd(c->stream));
		c->closing = true;
		break;
	case SCRIPT_CLOSE:
		c->closing = true;
		break;
	case SCRIPT_STALL:
		c->stalled = true;
		break;
	case SCRIPT_DRIP:
	case SCRIPT_FLOOD:
		c->drip = r;
		break;
	}
}

static void on_command(struct conn *c, const struct sw_smtp_server_event *ev)
{
	enum sw_smtp_verb verb = ev->verb;
	c->seen[verb]++;
	if (verb != SW_VERB_CONNECT && verb != SW_VERB_AUTH_TOKEN)
		note(c, verb == SW_VERB_MESSAGE ? SW_S(".") : ev->line);
	const struct script_rule *r = find_rule(c, verb);
	if (!r) {
		behave(c, verb, ev);
	} else if (r->delay_ms && r->act != SCRIPT_DRIP) {
		c->late = r;
		c->late_verb = verb;
		sw_timer_set(c->timer, sw_loop_now(c->server->loop) + r->delay_ms * UINT64_C(1000));
	} else {
		misbehave(c, r, verb);
	}
}

static bool events(struct conn *c)
{
	struct sw_smtp_server_event ev;
	if (c->late || c->tls_due || !sw_smtp_server_next_event(c->smtp, &ev))
		return false;
	switch (ev.type) {
	case SW_SRV_COMMAND:
		on_command(c, &ev);
		break;
	case SW_SRV_DATA:
		MUST(sw_buf_add(&c->message, ev.data) == SW_OK);
		if (c->server->plan.close_after_data &&
		    sw_buf_len(&c->message) >= c->server->plan.close_after_data) {
			sw_tcp_reset_on_close(sw_stream_fd(c->stream));
			c->closing = true;
		}
		break;
	case SW_SRV_TLS_START:
		c->tls_due = true;
		break;
	case SW_SRV_CLOSED:
		c->stalled = true;
		break;
	case SW_SRV_NONE:
		break;
	}
	return true;
}

static void start_tls(struct conn *c)
{
	struct sw_stream *tls = sw_tls_server(c->stream, c->server->tls, NULL);
	MUST(tls);
	c->stream = tls;
	c->tls_due = false;
	c->handshaking = true;
	sw_stream_on_ready(tls, conn_step, c);
}

/* False: the connection is over. */
static bool send_out(struct conn *c)
{
	struct sw_slice out = sw_smtp_server_output(c->smtp);
	size_t len;
	while (out.len) {
		enum sw_io io = sw_stream_write(c->stream, out, &len);
		if (io == SW_IO_AGAIN)
			return true;
		if (io != SW_IO_OK)
			return false;
		sw_smtp_server_sent(c->smtp, len);
		out = sw_smtp_server_output(c->smtp);
	}
	if (c->tls_due)
		start_tls(c);
	return true;
}

static bool read_in(struct conn *c)
{
	char chunk[CHUNK];
	size_t len;
	for (;;) {
		enum sw_io io = sw_stream_read(c->stream, chunk, sizeof(chunk), &len);
		if (io == SW_IO_AGAIN)
			return true;
		if (io != SW_IO_OK)
			return false;
		if (!c->stalled)
			MUST(sw_smtp_server_feed(c->smtp, sw_slice(chunk, len)) == SW_OK);
		while (!c->stalled && !c->closing && events(c))
			continue;
		if (c->closing)
			return false;
	}
}

/* Bytes without end. */
static bool pour(struct conn *c)
{
	struct sw_slice text = sw_slice_str(c->drip->text);
	size_t len;
	bool slow = c->drip->act == SCRIPT_DRIP;
	for (int burst = 0; burst < (slow ? 1 : 100); burst++) {
		struct sw_slice piece = sw_slice_from(text, c->drip_at);
		enum sw_io io = sw_stream_write(c->stream, sw_slice_head(piece, slow ? 1 : piece.len),
						&len);
		if (io == SW_IO_AGAIN)
			break;
		if (io != SW_IO_OK)
			return false;
		c->drip_at = (c->drip_at + len) % text.len;
	}
	sw_timer_set(c->timer, sw_loop_now(c->server->loop) +
				       (slow ? c->drip->delay_ms * UINT64_C(1000) : 100));
	return true;
}

/* From the bare stream to TLS; the handshake comes with the next turns. */
static bool shake(struct conn *c)
{
	enum sw_io io = sw_stream_handshake(c->stream);
	if (io == SW_IO_OK) {
		c->handshaking = false;
		if (c->tls || !c->server->plan.implicit_tls)
			sw_smtp_server_tls_done(c->smtp);
		c->tls = true;
	}
	return io == SW_IO_OK || io == SW_IO_AGAIN;
}

static void conn_step(void *arg)
{
	struct conn *c = arg;
	bool alive = true;
	if (c->handshaking)
		alive = shake(c);
	if (alive && !c->handshaking) {
		while (!c->stalled && !c->closing && events(c))
			if (!send_out(c))
				c->closing = true;
		alive = !c->closing && (c->handshaking || read_in(c)) && send_out(c);
		if (alive && c->drip)
			alive = pour(c);
		while (alive && !c->stalled && !c->closing && !c->handshaking && events(c))
			alive = send_out(c);
		alive = alive && !c->closing;
	}
	if (c->closing && !c->handshaking)
		(void)send_out(c);
	if (!alive) {
		conn_free(c);
		return;
	}
	bool more = c->handshaking || sw_smtp_server_output(c->smtp).len > 0;
	sw_stream_want(c->stream, SW_WANT_READ | (more && !c->handshaking ? SW_WANT_WRITE : 0));
}

static void conn_timer(void *arg)
{
	struct conn *c = arg;
	const struct script_rule *r = c->late;
	c->late = NULL;
	if (r)
		misbehave(c, r, c->late_verb);
	conn_step(c);
}

static void accepted(void *arg, int fd, const struct sw_addr *peer)
{
	struct script_server *s = arg;
	struct conn *c = sw_calloc(1, sizeof(*c));
	struct sw_smtp_server_settings set = { .lmtp = s->plan.lmtp, .allow_bare = true };
	(void)peer;
	MUST(c);
	c->server = s;
	pthread_mutex_lock(&s->lock);
	c->number = ++s->sessions;
	pthread_mutex_unlock(&s->lock);
	c->next = s->conns;
	s->conns = c;
	sw_buf_init(&c->message, MESSAGE_MAX);
	c->stream = sw_tcp_stream(s->loop, fd, NULL);
	c->smtp = sw_smtp_server_new(&set);
	c->timer = sw_timer_new(s->loop, conn_timer, c);
	MUST(c->stream && c->smtp && c->timer);
	sw_stream_on_ready(c->stream, conn_step, c);
	if (s->plan.implicit_tls)
		start_tls(c);
	conn_step(c);
}

static void hang_up_all(struct script_server *s)
{
	while (s->conns) {
		struct conn *c = s->conns;
		size_t len;
		if (s->hang_up && s->hang_up[0])
			(void)sw_stream_write(c->stream, sw_slice_str(s->hang_up), &len);
		conn_free(c);
	}
}

/* Orders from the test: 'q' stop, 'h' hang up; 'h' is answered. */
static void ordered(void *arg, unsigned ready)
{
	struct script_server *s = arg;
	char order;
	(void)ready;
	if (read(s->pipe[0], &order, 1) != 1)
		return;
	if (order == 'q') {
		sw_loop_stop(s->loop);
		return;
	}
	pthread_mutex_lock(&s->lock);
	hang_up_all(s);
	s->hang_up = NULL;
	pthread_mutex_unlock(&s->lock);
}

static void *serve(void *arg)
{
	struct script_server *s = arg;
	MUST(sw_loop_run(s->loop) == SW_OK);
	return NULL;
}

static void make_tls(struct script_server *s)
{
	struct sw_tls_settings set = { .cert_pem = s->plan.cert_pem, .key_pem = s->plan.key_pem,
				       .server = true };
	if (s->plan.cert_pem)
		MUST((s->tls = sw_tls_context_new(&set, NULL)) != NULL);
}

struct script_server *script_server_start(const struct script_plan *plan)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct sw_addr addr = sw_addr_v4(loopback, 0);
	struct script_server *s = sw_calloc(1, sizeof(*s));
	MUST(s);
	s->plan = *plan;
	pthread_mutex_init(&s->lock, NULL);
	sw_buf_init(&s->log, LOG_MAX);
	sw_buf_init(&s->last, MESSAGE_MAX);
	s->loop = sw_loop_new(NULL);
	MUST(s->loop && pipe(s->pipe) == 0);
	make_tls(s);
	s->listener = sw_listener_new(s->loop, &addr, accepted, s, NULL);
	MUST(s->listener);
	s->port = sw_addr_port(sw_listener_addr(s->listener));
	s->pipe_watch = sw_watch_new(s->loop, s->pipe[0], ordered, s);
	MUST(s->pipe_watch);
	sw_watch_set(s->pipe_watch, SW_WANT_READ);
	MUST(pthread_create(&s->thread, NULL, serve, s) == 0);
	return s;
}

uint16_t script_server_port(const struct script_server *s)
{
	return s->port;
}

void script_server_hang_up(struct script_server *s, const char *text)
{
	bool done = false;
	pthread_mutex_lock(&s->lock);
	s->hang_up = text;
	pthread_mutex_unlock(&s->lock);
	MUST(write(s->pipe[1], "h", 1) == 1);
	while (!done) {
		usleep(1000);
		pthread_mutex_lock(&s->lock);
		done = s->hang_up == NULL;
		pthread_mutex_unlock(&s->lock);
	}
}

unsigned script_server_sessions(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->sessions;
	pthread_mutex_unlock(&s->lock);
	return n;
}

unsigned script_server_messages(struct script_server *s)
{
	pthread_mutex_lock(&s->lock);
	unsigned n = s->messages;
	pthread_mutex_unlock(&s->lock);
	return n;
}

static char *copy_of(struct script_server *s, struct sw_buf *from, size_t *ret_len)
{
	pthread_mutex_lock(&s->lock);
	size_t len = sw_buf_len(from);
	char *copy = malloc(len + 1);
	MUST(copy);
	memcpy(copy, sw_buf_str(from), len + 1);
	pthread_mutex_unlock(&s->lock);
	if (ret_len)
		*ret_len = len;
	return copy;
}

char *script_server_log(struct script_server *s)
{
	return copy_of(s, &s->log, NULL);
}

char *script_server_message(struct script_server *s, size_t *ret_len)
{
	return copy_of(s, &s->last, ret_len);
}

void script_server_stop(struct script_server *s)
{
	MUST(write(s->pipe[1], "q", 1) == 1);
	pthread_join(s->thread, NULL);
	while (s->conns)
		conn_free(s->conns);
	sw_watch_free(s->pipe_watch);
	sw_listener_free(s->listener);
	sw_tls_context_unref(s->tls);
	sw_loop_free(s->loop);
	close(s->pipe[0]);
	close(s->pipe[1]);
	sw_buf_fini(&s->log);
	sw_buf_fini(&s->last);
	pthread_mutex_destroy(&s->lock);
	sw_free(s);
}
