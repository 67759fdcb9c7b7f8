/* SPDX-License-Identifier: MIT */
/* One connection of the rule-driven server. */
#include "script_internal.h"

#include "base/mem.h"

static void conn_step(void *arg);

void script_conn_free(struct conn *c)
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
	/* A log that is full stays as it is: who sends a hundred thousand messages does not
	 * read it. */
	enum sw_err e = sw_buf_printf(&s->log, "%u %.*s\n", c->number, SW_FMT(line));
	MUST(e == SW_OK || e == SW_E_LIMIT);
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
	enum sw_err e =
		c->convinced ? SW_OK : sw_sasl_step(c->sasl, token, &out, &status, NULL);
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
static void behave(struct conn *c, enum sw_smtp_verb verb,
		   const struct sw_smtp_server_event *ev)
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
	case SW_VERB_BDAT:
	case SW_VERB_XCLIENT:
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
		sw_timer_set(c->timer,
			     sw_loop_now(c->server->loop) + r->delay_ms * UINT64_C(1000));
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
	case SW_SRV_CHUNK:
		/* It does not know BDAT, whatever it offers. */
		sw_smtp_server_chunk_unknown(c->smtp);
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

	if (text.len == 0)
		return false;
	bool slow = c->drip->act == SCRIPT_DRIP;
	for (int burst = 0; burst < (slow ? 1 : 100); burst++) {
		struct sw_slice piece = sw_slice_from(text, c->drip_at);
		enum sw_io io = sw_stream_write(
			c->stream, sw_slice_head(piece, slow ? 1 : piece.len), &len);
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
		script_conn_free(c);
		return;
	}
	bool more = c->handshaking || sw_smtp_server_output(c->smtp).len > 0;
	sw_stream_want(c->stream,
		       SW_WANT_READ | (more && !c->handshaking ? SW_WANT_WRITE : 0));
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

void script_accepted(void *arg, int fd, const struct sw_addr *peer)
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
