/* SPDX-License-Identifier: MIT */
/* What a talk says, and what comes of it. */
#include <errno.h>
#include <openssl/ssl.h>

#include "client/session.h"
#include "probe/talk_private.h"
#include "smtp/command.h"
#include "smtp/data.h"

/* Fits into one segment with everything else (M09): no post-quantum shares. */
#define CLASSIC_GROUPS "X25519:P-256:P-384"

void sw_talk_enter(struct sw_talk *t, enum sw_talk_step step, uint64_t wish_us,
		   uint64_t usual_us)
{
	t->step = step;
	t->began_us = sw_context_now(t->x->c);
	t->until_us = sw_exam_patience(t->x, wish_us ? wish_us : usual_us);
	/* Who only listens may have more patience than the user. */
	if (step == SW_STEP_LISTEN && wish_us)
		t->until_us =
			sw_min_u64(t->x->c->deadline_us, sw_time_add(t->began_us, wish_us));
	uint64_t place_until = sw_time_add(t->began_us, SW_PROBE_PLACE_US);

	/* First the place is given up, then the step. */
	sw_timer_set(t->timer, t->place ? sw_min_u64(place_until, t->until_us) : t->until_us);
}

static void step(struct sw_talk *t, enum sw_talk_step s)
{
	sw_talk_enter(t, s,
		      s == SW_STEP_LISTEN || s == SW_STEP_GREETING ? t->plan.greeting_us
								   : t->plan.step_us,
		      SW_PROBE_STEP_US);
}

void sw_talk_late(struct sw_talk *t)
{
	sw_talk_finish(t, SW_TALK_TIMED_OUT, ETIMEDOUT);
}

/* ---- saying */

static bool put(struct sw_talk *t, const char *line)
{
	sw_talk_note(t, "->", sw_slice_str(line));
	if (sw_command_put(&t->out, sw_slice_str(line), SW_MAX_COMMAND, NULL) == SW_OK)
		return true;
	sw_talk_finish(t, SW_TALK_LOCAL, EINVAL);
	return false;
}

static void say(struct sw_talk *t, enum sw_talk_step s, const char *line)
{
	step(t, s);
	(void)put(t, line);
}

static void say_hello(struct sw_talk *t, enum sw_talk_step s)
{
	char line[SW_MAX_DOMAIN + 16];
	const char *name = t->plan.ehlo ? t->plan.ehlo : t->x->target.ehlo;

	if (!name || !*name) {
		sw_session_ehlo_name(t->x->c->settings, &t->a.local, t->ehlo);
		name = t->ehlo;
	}
	int len = snprintf(line, sizeof(line), "%s %s", t->plan.helo ? "HELO" : "EHLO", name);

	if (len < 0 || (size_t)len >= sizeof(line))
		sw_talk_finish(t, SW_TALK_LOCAL, EINVAL);
	else
		say(t, s, line);
}

static void lend_ear(struct sw_talk *t)
{
	if (t->plan.speak_first)
		say_hello(t, SW_STEP_LISTEN);
	else
		step(t, SW_STEP_LISTEN);
}

/* The next command, or all of them. */
static void say_commands(struct sw_talk *t)
{
	size_t most = t->plan.command_count;

	if (most > SW_TALK_REPLIES) {
		sw_talk_finish(t, SW_TALK_LOCAL, E2BIG);
		return;
	}
	if (t->asked == most) {
		sw_talk_finish(t, SW_TALK_DONE, 0);
		return;
	}
	step(t, SW_STEP_COMMANDS);
	do {
		if (!put(t, t->plan.commands[t->asked]))
			return;
		t->asked++;
	} while (t->plan.pipelined && t->asked < most);
}

static void say_message(struct sw_talk *t)
{
	struct sw_data_writer w;

	sw_data_writer_init(&w);
	step(t, SW_STEP_MESSAGE);
	if (sw_data_write(&w, t->plan.message, &t->out, NULL) || sw_data_end(&w, &t->out))
		sw_talk_finish(t, SW_TALK_LOCAL, EINVAL);
}

/* ---- TLS */

static enum sw_err make_tls(struct sw_talk *t)
{
	const struct sw_talk_plan *p = &t->plan;
	const struct sw_client_settings *set = t->x->c->settings;
	struct sw_error err = { 0 };

	if (!p->min_version && !p->max_version && !p->legacy && !p->short_hello) {
		enum sw_err e = sw_context_get_tls(t->x->c, &t->tls, &err);

		t->tls = e ? NULL : sw_tls_context_ref(t->tls);
		return e;
	}
	struct sw_tls_settings s = {
		.ca_file = set->ca_file,
		.cert_file = set->cert_file,
		.key_file = set->key_file,
		.min_version = p->min_version,
		.max_version = p->max_version,
		.legacy = p->legacy,
		.groups = p->short_hello ? CLASSIC_GROUPS : NULL,
	};

	/* RFC 8996: what the plan allows below 1.2 is allowed as a lower end, too. */
	if (!s.min_version && s.max_version && s.max_version < TLS1_2_VERSION)
		s.min_version = TLS1_VERSION;
	t->tls = sw_tls_context_new(&s, &err);
	return t->tls ? SW_OK : SW_E_CONFIG;
}

static void ready(struct sw_talk *t)
{
	sw_stream_on_ready(t->stream, sw_talk_move, t);
	sw_stream_want(t->stream, SW_WANT_READ | SW_WANT_WRITE);
}

static void start_tls(struct sw_talk *t)
{
	step(t, SW_STEP_SHAKE);
	if (make_tls(t)) {
		sw_talk_finish(t, SW_TALK_LOCAL, EINVAL);
		return;
	}
	struct sw_stream *tls = sw_tls_client(
		t->stream, t->tls, t->plan.tls_name,
		t->plan.verify && t->plan.tls_name ? SW_TLS_VERIFY_FULL : SW_TLS_VERIFY_NONE,
		NULL);

	if (!tls) {
		sw_talk_finish(t, SW_TALK_LOCAL, ENOMEM);
		return;
	}
	t->stream = tls;
	t->a.tls_begun = true;
	ready(t);
}

/* True when the handshake is over and went well. */
static bool shake(struct sw_talk *t)
{
	enum sw_io io = sw_stream_handshake(t->stream);
	const struct sw_tls_info *info = sw_tls_get_info(t->stream);

	if (io == SW_IO_AGAIN) {
		sw_stream_want(t->stream, SW_WANT_READ);
		return false;
	}
	t->a.tls_us = sw_context_now(t->x->c) - t->began_us;
	if (info && !t->a.first_len)
		sw_talk_first(t, info->first_bytes, info->first_bytes_len);
	if (io != SW_IO_OK) {
		sw_talk_finish(t, SW_TALK_TLS_FAILED, sw_stream_failure(t->stream)->os_errno);
		return false;
	}
	sw_tcp_quick_ack(sw_stream_fd(t->stream));
	if (t->plan.until == SW_TALK_LISTEN)
		lend_ear(t);
	else if (t->plan.until <= SW_TALK_HANDSHAKE)
		sw_talk_finish(t, SW_TALK_DONE, 0);
	if (t->plan.until <= SW_TALK_HANDSHAKE)
		return t->step == SW_STEP_LISTEN;
	if (t->a.greeting.code)
		say_hello(t, SW_STEP_EHLO_TLS);
	else
		step(t, SW_STEP_GREETING);
	return t->step != SW_STEP_OVER;
}

/* ---- answers */

static bool keep(struct sw_talk *t, const struct sw_reply *r, struct sw_talk_reply *ret)
{
	struct sw_slice text =
		sw_arena_copy(&t->x->arena, sw_slice(r->text ? r->text : "", r->text_len));

	ret->code = r->code;
	ret->enhanced = r->enhanced;
	ret->text = text.ptr ? text.ptr : "";
	ret->elapsed_us = sw_context_now(t->x->c) - t->began_us;
	if (!text.ptr)
		sw_talk_finish(t, SW_TALK_LOCAL, ENOMEM);
	return text.ptr != NULL;
}

static void greeted(struct sw_talk *t, const struct sw_reply *r)
{
	if (!keep(t, r, &t->a.greeting))
		return;
	if (!sw_reply_ok(r))
		sw_talk_finish(t, SW_TALK_REFUSED, 0);
	else
		say_hello(t, SW_STEP_EHLO);
}

static void take_caps(struct sw_talk *t, const struct sw_reply *r)
{
	sw_caps_fini(&t->a.caps);
	t->a.caps = (struct sw_caps){ 0 };
	if (sw_caps_parse(r, &t->a.caps))
		sw_talk_finish(t, SW_TALK_LOCAL, ENOMEM);
}

static void after_hello(struct sw_talk *t)
{
	if (t->plan.until <= SW_TALK_EHLO)
		sw_talk_finish(t, SW_TALK_DONE, 0);
	else
		say_commands(t);
}

static void hello_answered(struct sw_talk *t, const struct sw_reply *r)
{
	bool wanted = t->plan.tls == SW_TALK_BLIND_STARTTLS;

	if (!keep(t, r, &t->a.ehlo))
		return;
	if (!sw_reply_ok(r)) {
		sw_talk_finish(t, SW_TALK_REFUSED, 0);
		return;
	}
	take_caps(t, r);
	if (t->step == SW_STEP_OVER)
		return;
	t->a.starttls_offered = sw_caps_has(&t->a.caps, SW_CAP_STARTTLS);
	t->a.starttls_masked = t->a.caps.masked_starttls;
	if (t->plan.tls == SW_TALK_STARTTLS && t->a.starttls_offered)
		wanted = true;
	if (wanted)
		say(t, SW_STEP_STARTTLS, "STARTTLS");
	else
		after_hello(t);
}

static void starttls_answered(struct sw_talk *t, const struct sw_reply *r)
{
	if (!keep(t, r, &t->a.starttls))
		return;
	if (!sw_reply_ok(r)) {
		sw_talk_finish(t, SW_TALK_REFUSED, 0);
		return;
	}
	/* What came in the clear behind the answer could be anybody's (CVE-2011-0411). */
	t->a.injected = t->in.len;
	if (t->in.len)
		sw_talk_finish(t, SW_TALK_NO_SMTP, 0);
	else
		start_tls(t);
}

static void hello_tls_answered(struct sw_talk *t, const struct sw_reply *r)
{
	if (!keep(t, r, &t->a.ehlo_tls))
		return;
	if (!sw_reply_ok(r)) {
		sw_talk_finish(t, SW_TALK_REFUSED, 0);
		return;
	}
	take_caps(t, r);
	if (t->step != SW_STEP_OVER)
		after_hello(t);
}

static void command_answered(struct sw_talk *t, const struct sw_reply *r)
{
	size_t i = t->a.reply_count;

	if (!keep(t, r, &t->a.replies[i]))
		return;
	t->a.reply_count++;
	if (r->code == 354) {
		/* Whatever came next would be taken for the message. */
		if (t->plan.message.ptr && t->asked == t->a.reply_count) {
			say_message(t);
		} else {
			t->step = SW_STEP_MESSAGE;
			sw_talk_finish(t, SW_TALK_DONE, 0);
		}
		return;
	}
	if (t->a.reply_count == t->asked)
		say_commands(t);
	else
		sw_talk_enter(t, SW_STEP_COMMANDS, t->plan.step_us, SW_PROBE_STEP_US);
}

static void message_answered(struct sw_talk *t, const struct sw_reply *r)
{
	if (!keep(t, r, &t->a.data))
		return;
	t->step = SW_STEP_COMMANDS;
	sw_talk_finish(t, SW_TALK_DONE, 0);
}

static void farewell_answered(struct sw_talk *t, const struct sw_reply *r SW_UNUSED)
{
	sw_talk_finish(t, t->a.end, 0);
}

typedef void (*answer_fn)(struct sw_talk *t, const struct sw_reply *r);
static const answer_fn answers[SW_STEP_COUNT] = {
	[SW_STEP_GREETING] = greeted,           [SW_STEP_EHLO] = hello_answered,
	[SW_STEP_STARTTLS] = starttls_answered, [SW_STEP_EHLO_TLS] = hello_tls_answered,
	[SW_STEP_COMMANDS] = command_answered,  [SW_STEP_MESSAGE] = message_answered,
	[SW_STEP_QUIT] = farewell_answered,
};

/* 421 closes the connection whenever it comes (RFC 5321 3.8). */
static void turned_away(struct sw_talk *t, const struct sw_reply *r)
{
	static const size_t places[SW_STEP_COUNT] = {
		[SW_STEP_GREETING] = offsetof(struct sw_talk_account, greeting),
		[SW_STEP_EHLO] = offsetof(struct sw_talk_account, ehlo),
		[SW_STEP_STARTTLS] = offsetof(struct sw_talk_account, starttls),
		[SW_STEP_EHLO_TLS] = offsetof(struct sw_talk_account, ehlo_tls),
		[SW_STEP_MESSAGE] = offsetof(struct sw_talk_account, data),
	};
	struct sw_talk_reply *to =
		t->step == SW_STEP_COMMANDS
			? &t->a.replies[t->a.reply_count++]
			: (struct sw_talk_reply *)(void *)((char *)&t->a + places[t->step]);

	sw_exam_turned_away(t->x, &t->plan.addr);
	if (!keep(t, r, to))
		return;
	enum sw_talk_step at = t->step;

	sw_talk_finish(t, SW_TALK_REFUSED, 0);
	/* It has closed: there is nobody to say QUIT to. */
	if (t->step == SW_STEP_QUIT && at != SW_STEP_QUIT)
		sw_talk_finish(t, SW_TALK_REFUSED, 0);
}

/* ---- moving bytes */

static bool is_over(const struct sw_talk *t)
{
	return t->step >= SW_STEP_OVER;
}

/* Looks at what was read; false when more must come first. */
static bool take(struct sw_talk *t)
{
	enum sw_reply_result result = SW_REPLY_MORE;
	size_t used = 0;

	if (t->in.len == 0)
		return false;
	if (sw_reply_parser_feed(&t->parser, t->in, &used, &result)) {
		sw_talk_finish(t, SW_TALK_LOCAL, ENOMEM);
		return true;
	}
	t->in = sw_slice_from(t->in, used);
	if (result == SW_REPLY_READY) {
		const struct sw_reply *r = sw_reply_parser_get(&t->parser);

		sw_talk_note_reply(t, r);
		if (r->code == 421 && t->step != SW_STEP_QUIT)
			turned_away(t, r);
		else if (answers[t->step])
			answers[t->step](t, r);
		sw_reply_parser_next(&t->parser);
		return true;
	}
	if (result != SW_REPLY_MORE || sw_reply_parser_hopeless(&t->parser)) {
		sw_talk_finish(t, SW_TALK_NO_SMTP, 0);
		return true;
	}
	return false;
}

static void flush(struct sw_talk *t)
{
	size_t len = 0;

	while (!t->cannot_write && sw_buf_len(&t->out) && t->step != SW_STEP_SHAKE) {
		enum sw_io io = sw_stream_write(t->stream, sw_buf_slice(&t->out), &len);

		if (io == SW_IO_AGAIN)
			return;
		if (io != SW_IO_OK) {
			/* Last words of the server may still lie there. */
			t->cannot_write = true;
			t->write_errno = sw_stream_failure(t->stream)->os_errno;
			return;
		}
		sw_buf_consume(&t->out, len);
		if (t->step != SW_STEP_QUIT)
			t->a.sent_bytes += len;
	}
}

static void broken(struct sw_talk *t, enum sw_io io)
{
	const struct sw_io_failure *f = sw_stream_failure(t->stream);

	/* A handshake of TLS 1.3 is refused behind its end (a certificate is wanted). */
	if (io != SW_IO_EOF && f->cause == SW_IO_CAUSE_TLS)
		sw_talk_finish(t, SW_TALK_TLS_FAILED, f->os_errno);
	else
		sw_talk_finish(t, io == SW_IO_EOF ? SW_TALK_CLOSED : SW_TALK_BROKEN,
			       f->os_errno);
}

/* False: nothing to read now. */
static bool pull(struct sw_talk *t)
{
	size_t len = 0;
	enum sw_io io = sw_stream_read(t->stream, t->chunk, sizeof(t->chunk), &len);

	if (io == SW_IO_AGAIN) {
		if (t->cannot_write)
			sw_talk_finish(t, SW_TALK_BROKEN, t->write_errno);
		return false;
	}
	if (io != SW_IO_OK) {
		broken(t, io);
		return false;
	}
	t->in = sw_slice(t->chunk, len);
	sw_talk_first(t, t->chunk, len);
	if (t->step == SW_STEP_LISTEN)
		sw_talk_finish(t, SW_TALK_DONE, 0);
	return true;
}

void sw_talk_move(void *arg)
{
	struct sw_talk *t = arg;

	if (is_over(t))
		return;
	for (bool more = true; more && !is_over(t);) {
		if (t->step == SW_STEP_SHAKE) {
			more = shake(t);
			continue;
		}
		flush(t);
		more = take(t) || pull(t);
	}
	if (!is_over(t) && t->step != SW_STEP_SHAKE)
		sw_stream_want(t->stream,
			       SW_WANT_READ | (sw_buf_len(&t->out) ? SW_WANT_WRITE : 0));
}

void sw_talk_begin(struct sw_talk *t)
{
	if (t->plan.until == SW_TALK_LISTEN && t->plan.tls != SW_TALK_IMPLICIT) {
		lend_ear(t);
		ready(t);
	} else if (t->plan.tls == SW_TALK_IMPLICIT) {
		start_tls(t);
		sw_talk_move(t);
	} else {
		step(t, SW_STEP_GREETING);
		ready(t);
	}
}
