/* SPDX-License-Identifier: MIT */
/* Bytes between the stream and the machine, and the machine's events. */
#include "client/session.h"

/* What the end of the machine is called here. */
static const enum sw_ending ending_of[SW_SMTP_F_COUNT] = {
	[SW_SMTP_OK] = SW_END_OK,
	[SW_SMTP_F_TIMEOUT] = SW_END_TIMEOUT,
	[SW_SMTP_F_CLOSED] = SW_END_CLOSED,
	[SW_SMTP_F_IO] = SW_END_IO,
	[SW_SMTP_F_REFUSED] = SW_END_REFUSED,
	[SW_SMTP_F_SHUTDOWN] = SW_END_SHUTDOWN,
	[SW_SMTP_F_NO_STARTTLS] = SW_END_NO_STARTTLS,
	[SW_SMTP_F_TLS_INJECTION] = SW_END_TLS_INJECTION,
	[SW_SMTP_F_TLS] = SW_END_TLS,
	[SW_SMTP_F_NO_AUTH] = SW_END_NO_AUTH,
	[SW_SMTP_F_GARBAGE] = SW_END_GARBAGE,
	[SW_SMTP_F_ENDLESS] = SW_END_ENDLESS,
	[SW_SMTP_F_UNEXPECTED] = SW_END_UNEXPECTED,
	[SW_SMTP_F_UNSOLICITED] = SW_END_UNSOLICITED,
	[SW_SMTP_F_NO_XCLIENT] = SW_END_NO_XCLIENT,
	[SW_SMTP_F_NOMEM] = SW_END_LOCAL,
};

static void machine_failed(struct sw_session *s)
{
	const struct sw_smtp_failure *f = sw_smtp_client_failure(s->smtp);
	struct sw_error err;
	if (f->kind == SW_SMTP_F_NOMEM)
		sw_session_end_local(s, sw_fail_nomem(&err), &err);
	else
		sw_session_end(s, ending_of[f->kind], f->stage, &f->reply);
}

static void start_tls(struct sw_session *s)
{
	struct sw_error err = { 0 };
	enum sw_err e = sw_session_handshake(s, &err);
	if (e)
		sw_session_end_local(s, e, &err);
}

static void handle(struct sw_session *s, const struct sw_smtp_event *ev)
{
	s->seen |= SW_SEEN(ev->type);
	switch (ev->type) {
	case SW_SMTP_REPLY:
		s->envelope_answers += ev->stage == SW_STAGE_ENVELOPE;
		sw_session_state_reply(s, ev);
		break;
	case SW_SMTP_CAPS:
		sw_session_state_caps(s);
		break;
	case SW_SMTP_TLS_START:
		start_tls(s);
		break;
	case SW_SMTP_AUTH_WANTED:
		sw_session_auth_wanted(s);
		break;
	case SW_SMTP_AUTH_CHALLENGE:
		sw_session_auth_challenge(s, ev->data);
		break;
	case SW_SMTP_AUTH_RESULT:
		sw_session_auth_result(s, ev->reply, ev->note);
		break;
	case SW_SMTP_DATA_GO:
		s->feeding = SW_FEED_ON;
		s->fed_bytes = 0;
		s->raw_before_data = sw_session_raw_out(s);
		s->data_start_us = sw_context_now(s->c);
		if (s->flow)
			sw_session_flow_go(s);
		break;
	case SW_SMTP_MAIL_RESULT:
		s->mail_refused = ev->reply && !sw_reply_ok(ev->reply);
		break;
	case SW_SMTP_MESSAGE_RESULT:
		if (s->flow)
			sw_session_flow_result(s);
		break;
	case SW_SMTP_FAILED:
		machine_failed(s);
		break;
	case SW_SMTP_NONE:
	case SW_SMTP_GREETING:
	case SW_SMTP_READY:
	case SW_SMTP_RCPT_RESULT:
	case SW_SMTP_RSET_DONE:
	case SW_SMTP_NOOP_DONE:
	case SW_SMTP_CLOSED:
		break;
	}
}

/* An event that asks us to do something. */
static bool is_question(enum sw_smtp_event_type type)
{
	return type == SW_SMTP_TLS_START || type == SW_SMTP_AUTH_WANTED ||
	       type == SW_SMTP_AUTH_CHALLENGE || type == SW_SMTP_DATA_GO;
}

static bool next_event(struct sw_session *s)
{
	struct sw_smtp_event ev;
	if (!sw_smtp_client_next_event(s->smtp, &ev))
		return false;
	/* What came with the same bytes has ended the session already: FAILED follows. */
	if (is_question(ev.type) && sw_smtp_client_failure(s->smtp)->kind != SW_SMTP_OK)
		return true;
	handle(s, &ev);
	return true;
}

void sw_session_drain(struct sw_session *s)
{
	sw_smtp_client_io_failed(s->smtp, sw_context_now(s->c));
	while (next_event(s))
		continue;
}

static bool pull(struct sw_session *s)
{
	size_t len;
	if (!s->can_read)
		return false;
	enum sw_io io = sw_stream_read(s->stream, s->chunk, SW_READ_CHUNK, &len);
	uint64_t now = sw_context_recent(s->c);
	switch (io) {
	case SW_IO_OK:
		if (!s->first_bytes_stated)
			sw_session_state_first_bytes(s, sw_slice(s->chunk, len));
		sw_smtp_client_feed(s->smtp, sw_slice(s->chunk, len), now);
		/* A short read has emptied the socket: asking again would cost a call. */
		s->can_read = len == SW_READ_CHUNK || sw_stream_pending(s->stream);
		return true;
	case SW_IO_AGAIN:
		s->can_read = false;
		return false;
	case SW_IO_EOF:
		sw_smtp_client_eof(s->smtp, now);
		break;
	case SW_IO_ERROR:
		sw_smtp_client_io_failed(s->smtp, now);
		break;
	}
	s->can_read = s->can_write = false;
	return true;
}

/* Writing failed. The server's last words (421, 552) may lie in the socket: they come first.
 * That reading ends, too, is no news then. */
static void write_failed(struct sw_session *s)
{
	size_t len;
	s->can_write = s->can_read = false;
	while (s->ending == SW_END_OK &&
	       sw_stream_read(s->stream, s->chunk, SW_READ_CHUNK, &len) == SW_IO_OK) {
		sw_smtp_client_feed(s->smtp, sw_slice(s->chunk, len), sw_context_now(s->c));
		while (s->ending == SW_END_OK && next_event(s))
			continue;
	}
	if (s->ending == SW_END_OK)
		sw_smtp_client_io_failed(s->smtp, sw_context_now(s->c));
}

/* All that waits, of whatever kinds, in one write; at most so many runs of one kind. */
enum { PARTS = SW_SESSION_PARTS };

static struct sw_slice plan_write(struct sw_session *s, bool *ret_data)
{
	struct sw_smtp_part parts[PARTS];
	size_t len = 0, count = sw_smtp_client_parts(s->smtp, parts, PARTS);
	*ret_data = false;
	for (size_t i = 0; i < count && i < PARTS; i++) {
		s->parts[i] = (struct sw_transcript_part){ parts[i].len, parts[i].secret,
							   parts[i].data };
		len += parts[i].len;
		*ret_data = *ret_data || parts[i].data;
	}
	sw_transcript_parts(s->c->transcript, s->parts, count < PARTS ? count : PARTS);
	return sw_slice_head(sw_smtp_client_queued(s->smtp), len);
}

static bool push(struct sw_session *s)
{
	bool data = false;
	size_t len;
	if (!s->can_write || sw_smtp_client_queued(s->smtp).len == 0)
		return false;
	struct sw_slice out = plan_write(s, &data);
	enum sw_io io = sw_stream_write(s->stream, out, &len);
	sw_transcript_parts(s->c->transcript, NULL, 0);
	if (io == SW_IO_AGAIN) {
		s->can_write = false;
		return false;
	}
	if (io != SW_IO_OK) {
		write_failed(s);
		return true;
	}
	s->asked_us = sw_context_recent(s->c);
	s->impatient = false;
	if (!sw_tls_get_info(s->stream))
		s->sent_clear += len;
	sw_smtp_client_sent(s->smtp, len, s->asked_us);
	if (data && s->source && !s->flow)
		sw_context_progress(s->c, SW_STAGE_DATA, sw_smtp_client_data_bytes(s->smtp),
				    s->source->facts.size_bytes);
	return true;
}

static void await(struct sw_session *s, uint64_t until_us)
{
	unsigned want = SW_WANT_READ | (s->can_write ? 0 : SW_WANT_WRITE);
	if (want != s->want) {
		sw_stream_want(s->stream, want);
		s->want = want;
	}
	s->wait_until_us = until_us;
}

static enum sw_err wait(struct sw_session *s, uint64_t until_us, enum sw_wait *ret,
			struct sw_error *err)
{
	await(s, until_us);
	enum sw_err e = sw_context_wait(s->c, until_us, ret, err);
	(void)sw_context_now(s->c);
	if (!e && *ret == SW_WAIT_WOKEN)
		s->can_read = s->can_write = true;
	return e;
}

/* Nobody else waits on its loop. */
static bool is_alone(const struct sw_session *s)
{
	const struct sw_context_park *park = &s->c->park;
	return !park->wait || (park->alone && park->alone(park->arg));
}

/* An answer that comes soon is waited for with the read itself. */
static bool pull_patiently(struct sw_session *s, uint64_t until_us)
{
	const uint64_t most_us = (uint64_t)SW_PATIENCE_MS * 1000;
	if (!is_alone(s) || sw_loop_is_stepped(s->c->loop) || !s->can_write || s->impatient ||
	    !s->asked_us)
		return false;
	uint64_t now = sw_context_recent(s->c), end = sw_min_u64(until_us, s->c->deadline_us);
	if (end < sw_time_add(now, 4 * most_us))
		return false;
	sw_stream_patience(s->stream);
	s->can_read = true;
	bool moved = pull(s);
	/* One wait in vain for each answer: a slow server is waited for on the loop. */
	s->impatient = !moved;
	return moved;
}

/* One turn: whatever can be done without waiting. */
static bool turn(struct sw_session *s)
{
	bool moved = next_event(s) || sw_session_feed_data(s) || sw_session_flow_begin(s) ||
		     push(s) || pull(s);
	enum sw_stage stage = sw_smtp_client_stage(s->smtp);
	/* Being READY is no stage: what comes next decides. */
	if (stage == s->stage || s->ending != SW_END_OK || sw_smtp_client_is_ready(s->smtp))
		return moved;
	/* Of many messages at once nobody can say what time belongs to which. */
	if (s->flow)
		s->stage = stage;
	else
		sw_session_enter_stage(s, stage);
	return moved;
}

/* Between the waits of a flow: no fiber has to be changed to for what is quick. */
static bool flow_idles(void *arg)
{
	struct sw_session *s = arg;
	struct sw_context *c = s->c;
	uint64_t now = sw_context_now(c);
	const uint32_t stop = SW_SEEN_FLOW_OVER | SW_SEEN(SW_SMTP_CLOSED);
	if (sw_context_check(c, now) != SW_WAIT_WOKEN || now >= s->wait_until_us)
		return true;
	s->can_read = s->can_write = true;
	while (s->ending == SW_END_OK && !(s->seen & stop) && turn(s))
		continue;
	if (s->ending != SW_END_OK || s->seen & stop)
		return true;
	c->woken = false;
	await(s, sw_smtp_client_deadline(s->smtp));
	sw_context_arm(c, s->wait_until_us);
	return false;
}

enum sw_err sw_session_pump(struct sw_session *s, uint32_t goal, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	enum sw_wait w;
	/* CLOSED without a QUIT of ours would leave nothing to wait for. */
	uint32_t stop = goal | SW_SEEN(SW_SMTP_CLOSED);
	bool idles = s->flow && !is_alone(s);
	s->c->idle_arg = s;
	s->c->idle = idles ? flow_idles : NULL;
	/* From here on the clock is read behind what takes time, not at each turn. */
	(void)sw_context_now(s->c);
	while (!e && s->ending == SW_END_OK && !(s->seen & stop)) {
		w = sw_context_check(s->c, sw_context_recent(s->c));
		if (w == SW_WAIT_ABORTED)
			sw_session_end(s, SW_END_ABORTED, s->stage, NULL);
		else if (w == SW_WAIT_DEADLINE)
			sw_session_end(s, SW_END_DEADLINE, s->stage, NULL);
		else if (!turn(s) && !pull_patiently(s, sw_smtp_client_deadline(s->smtp)))
			e = wait(s, sw_smtp_client_deadline(s->smtp), &w, err);
		if (!e && s->ending == SW_END_OK && w == SW_WAIT_TIME)
			sw_smtp_client_tick(s->smtp, sw_context_recent(s->c));
	}
	s->c->idle = NULL;
	/* The end of a session comes behind the result of its transaction. */
	while (!e && s->ending == SW_END_OK && next_event(s))
		continue;
	if (!e && s->ending == SW_END_OK && !(s->seen & goal))
		sw_session_end(s, SW_END_CLOSED, s->stage, NULL);
	if (!e && s->ending == SW_END_LOCAL) {
		if (err)
			*err = s->local_error;
		return s->local_code;
	}
	return e;
}

void sw_session_farewell(struct sw_session *s, uint64_t until_us)
{
	enum sw_wait w = SW_WAIT_WOKEN;
	struct sw_smtp_event ev;
	s->feeding = SW_FEED_NONE;
	/* A machine that has failed says nothing more, so no answer would come. */
	if (sw_smtp_client_failure(s->smtp)->kind != SW_SMTP_OK)
		return;
	sw_smtp_client_quit(s->smtp, sw_context_now(s->c));
	for (bool over = false; !over && w == SW_WAIT_WOKEN;) {
		if (sw_smtp_client_next_event(s->smtp, &ev))
			over = ev.type == SW_SMTP_CLOSED || ev.type == SW_SMTP_FAILED;
		else if (!push(s) && !pull(s) && wait(s, until_us, &w, NULL))
			return;
	}
}
