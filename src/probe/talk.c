/* SPDX-License-Identifier: MIT */
/* Life of a talk: its turn, the connection, its end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/session.h"
#include "probe/talk_private.h"
#include "smtp/command.h"

static const char *const end_names[] = {
	[SW_TALK_DONE] = "done",
	[SW_TALK_NOT_ALLOWED] = "not_allowed",
	[SW_TALK_NO_CONNECTION] = "no_connection",
	[SW_TALK_TIMED_OUT] = "timed_out",
	[SW_TALK_CLOSED] = "closed",
	[SW_TALK_BROKEN] = "broken",
	[SW_TALK_TLS_FAILED] = "tls_failed",
	[SW_TALK_REFUSED] = "refused",
	[SW_TALK_NO_SMTP] = "no_smtp",
	[SW_TALK_LOCAL] = "local",
};

const char *sw_talk_end_name(enum sw_talk_end e)
{
	return (size_t)e < SW_LEN(end_names) ? end_names[e] : "?";
}

const char *sw_talk_state_name(const struct sw_talk_account *a)
{
	if (a->end == SW_TALK_NOT_ALLOWED)
		return "not_allowed";
	switch (a->attempt.state) {
	case SW_DIAL_CONNECTED:
		return "connected";
	case SW_DIAL_FAILED:
		return "failed";
	case SW_DIAL_TIMED_OUT:
		return "timed_out";
	case SW_DIAL_CANCELLED:
	case SW_DIAL_UNTRIED:
		break;
	}
	return "untried";
}

enum sw_stage sw_talk_stage(const struct sw_talk *t)
{
	static const enum sw_stage stages[SW_STEP_COUNT] = {
		[SW_STEP_TURN] = SW_STAGE_TCP,          [SW_STEP_DIAL] = SW_STAGE_TCP,
		[SW_STEP_LISTEN] = SW_STAGE_GREETING,   [SW_STEP_SHAKE] = SW_STAGE_TLS,
		[SW_STEP_GREETING] = SW_STAGE_GREETING, [SW_STEP_EHLO] = SW_STAGE_EHLO,
		[SW_STEP_STARTTLS] = SW_STAGE_TLS,      [SW_STEP_EHLO_TLS] = SW_STAGE_EHLO,
		[SW_STEP_COMMANDS] = SW_STAGE_ENVELOPE, [SW_STEP_MESSAGE] = SW_STAGE_DATA,
		[SW_STEP_QUIT] = SW_STAGE_FINAL,        [SW_STEP_OVER] = SW_STAGE_FINAL,
		[SW_STEP_TOLD] = SW_STAGE_FINAL,
	};

	return stages[t->step];
}

static size_t append(char *to, size_t size, size_t have, const char *bytes, size_t len)
{
	size_t n = len < size - have ? len : size - have;

	memcpy(to + have, bytes, n);
	return have + n;
}

void sw_talk_first(struct sw_talk *t, const char *bytes, size_t len)
{
	struct sw_talk_account *a = &t->a;

	if (t->step == SW_STEP_LISTEN && a->tls_begun) {
		a->inner_len = append(a->inner, sizeof(a->inner), a->inner_len, bytes, len);
		a->inner_speaks = sw_first_bytes(sw_slice(a->inner, a->inner_len));
	} else if (t->step == SW_STEP_SHAKE || (!a->greeting.code && !a->tls_begun)) {
		if (!a->first_len && len)
			a->first_us = sw_context_now(t->x->c) - t->stood_us;
		a->first_len = append(a->first, sizeof(a->first), a->first_len, bytes, len);
		a->speaks = sw_first_bytes(sw_slice(a->first, a->first_len));
	}
}

/* ---- the end */

static void leave_place(struct sw_talk *t)
{
	if (t->place)
		sw_exam_leave_place(t->x, &t->plan.addr);
	t->place = false;
}

static void hang_up(struct sw_talk *t)
{
	sw_exam_wait_no_more(&t->waiter);
	if (t->counted)
		sw_exam_connected(t->x, &t->plan.addr,
				  t->a.attempt.state == SW_DIAL_CONNECTED);
	t->counted = false;
	leave_place(t);
	sw_dial_free(t->dial);
	t->dial = NULL;
	sw_stream_free(t->stream);
	t->stream = NULL;
}

/* All that is known is in the account; it is handed over at the loop's next turn. */
static void end(struct sw_talk *t)
{
	if (t->stream) {
		sw_tcp_get_info(sw_stream_fd(t->stream), &t->a.tcp);
		if (t->a.tls_begun && !sw_tls_take_info(t->stream, &t->a.tls))
			t->a.tls_begun = false;
		sw_stream_shutdown(t->stream);
	}
	hang_up(t);
	t->step = SW_STEP_OVER;
	sw_timer_set(t->timer, 0);
}

/* ---- the transcript */

void sw_talk_note(const struct sw_talk *t, const char *mark, struct sw_slice text)
{
	char ip[SW_ADDR_TEXT];
	unsigned port = sw_addr_port(&t->plan.addr);

	sw_context_note(t->x->c, SW_TR_NOTE, "probe %s %u %s %.*s",
			sw_addr_ip(&t->plan.addr, ip), port, mark, SW_FMT(text));
}

void sw_talk_note_reply(const struct sw_talk *t, const struct sw_reply *r)
{
	char line[SW_ERROR_TEXT];
	int len = snprintf(line, sizeof(line), "%d %.*s", r->code, (int)r->text_len, r->text);

	if (len > 0)
		sw_talk_note(t, "<-", sw_slice_str(line));
}

static bool is_polite(const struct sw_talk *t, enum sw_talk_end e)
{
	if (e != SW_TALK_DONE && e != SW_TALK_REFUSED)
		return false;
	/* Neither in the middle of TLS nor of a message, nor before a greeting is asked for.
	 */
	return t->step >= SW_STEP_GREETING && t->step < SW_STEP_MESSAGE &&
	       t->step != SW_STEP_SHAKE && t->stream;
}

void sw_talk_finish(struct sw_talk *t, enum sw_talk_end e, int os_errno)
{
	if (t->step == SW_STEP_QUIT) {
		end(t);
		return;
	}
	t->a.end = e;
	if (e != SW_TALK_DONE)
		sw_talk_note(t, "==", sw_slice_str(sw_talk_end_name(e)));
	t->a.at = e == SW_TALK_DONE ? SW_STAGE_FINAL : sw_talk_stage(t);
	t->a.os_errno = os_errno;
	bool polite = is_polite(t, e);

	sw_buf_clear(&t->out);
	if (!polite || sw_command_put(&t->out, SW_S("QUIT"), SW_MAX_COMMAND, NULL)) {
		end(t);
		return;
	}
	t->step = SW_STEP_QUIT;
	t->until_us = sw_time_add(sw_context_now(t->x->c), SW_PROBE_QUIT_US);
	sw_timer_set(t->timer, t->until_us);
}

/* ---- the connection */

static void dialled(void *arg, struct sw_stream *stream,
		    const struct sw_dial_attempt *attempts, size_t count)
{
	struct sw_talk *t = arg;

	if (count)
		t->a.attempt = attempts[0];
	t->stream = stream;
	t->a.connect_us = t->a.attempt.ended_us - t->a.attempt.started_us;
	if (!stream) {
		sw_talk_finish(t, SW_TALK_NO_CONNECTION, t->a.attempt.os_errno);
		return;
	}
	t->stood_us = sw_context_now(t->x->c);
	sw_talk_note(t, "==", SW_S("connected"));
	t->a.local = t->a.attempt.local;
	if (t->plan.until == SW_TALK_CONNECT) {
		sw_talk_finish(t, SW_TALK_DONE, 0);
		return;
	}
	if (!t->place)
		sw_exam_take_place(t->x, &t->plan.addr);
	t->place = true;
	sw_talk_begin(t);
}

static bool choose_source(const struct sw_talk *t, struct sw_addr *ret)
{
	const struct sw_addr *set = &t->x->c->settings->source;

	if (t->plan.source)
		return sw_addr_parse(sw_slice_str(t->plan.source), 0, ret);
	/* That of the settings does not reach the other family. */
	*ret = set->ss.ss_family == t->plan.addr.ss.ss_family ? *set : (struct sw_addr){ 0 };
	return true;
}

static void dial(struct sw_talk *t)
{
	struct sw_addr source;
	struct sw_dial_settings set = { .ttl = t->plan.ttl, .mss = t->plan.mss };

	sw_talk_enter(t, SW_STEP_DIAL, t->plan.connect_us, SW_PROBE_CONNECT_US);
	set.deadline_us = t->until_us;
	if (!choose_source(t, &source)) {
		sw_talk_finish(t, SW_TALK_LOCAL, EINVAL);
		return;
	}
	set.source = source.len ? &source : NULL;
	t->dial = sw_dial_start(t->x->c->loop, &set, &t->plan.addr, 1, dialled, t, NULL);
	if (!t->dial) {
		sw_talk_finish(t, SW_TALK_LOCAL, ENOMEM);
		return;
	}
	/* Dialling ends by itself. */
	sw_timer_set(t->timer,
		     t->place ? sw_time_add(t->began_us, SW_PROBE_PLACE_US) : SW_NEVER);
}

/* ---- its turn */

static void look_again(void *arg)
{
	struct sw_talk *t = arg;

	sw_timer_set(t->timer, 0);
}

static void ask_for_place(struct sw_talk *t)
{
	bool place = t->plan.until > SW_TALK_CONNECT;

	switch (sw_exam_may_connect(t->x, &t->plan.addr, place)) {
	case SW_EXAM_GO:
		t->counted = true;
		t->place = place;
		dial(t);
		break;
	case SW_EXAM_LATER:
		sw_exam_wait_place(t->x, &t->plan.addr, &t->waiter);
		break;
	case SW_EXAM_NEVER:
		sw_talk_finish(t, SW_TALK_NOT_ALLOWED, 0);
		break;
	}
}

static void on_timer(void *arg)
{
	struct sw_talk *t = arg;

	if (t->step == SW_STEP_OVER) {
		t->step = SW_STEP_TOLD;
		t->fn(t->arg, t, &t->a); /* may free it */
	} else if (t->step == SW_STEP_TURN) {
		ask_for_place(t);
	} else if (t->step == SW_STEP_DIAL) {
		leave_place(t);
	} else if (t->step != SW_STEP_TOLD && sw_context_now(t->x->c) < t->until_us) {
		leave_place(t);
		sw_timer_set(t->timer, t->until_us);
	} else if (t->step != SW_STEP_TOLD) {
		sw_talk_late(t);
	}
}

/* ---- */

struct sw_talk *sw_talk_start(struct sw_probe_run *r, const struct sw_talk_plan *plan,
			      sw_talk_fn fn, void *arg, struct sw_error *err)
{
	struct sw_talk *t = sw_calloc(1, sizeof(*t));

	if (!t) {
		sw_fail_nomem(err);
		return NULL;
	}
	t->x = r->x;
	t->plan = *plan;
	t->fn = fn;
	t->arg = arg;
	t->waiter = (struct sw_exam_waiter){ .ask_again = look_again, .arg = t };
	t->a.tls.alert_received = t->a.tls.alert_sent = -1;
	sw_reply_parser_init(&t->parser);
	sw_buf_init(&t->out, SW_MAX_MAIL + SW_MAX_CLIENT_OUTPUT);
	t->timer = sw_timer_new(r->x->c->loop, on_timer, t);
	if (!t->timer) {
		sw_fail_nomem(err);
		sw_talk_free(t);
		return NULL;
	}
	/* All work is done in the loop. */
	sw_timer_set(t->timer, 0);
	return t;
}

void sw_talk_free(struct sw_talk *t)
{
	if (!t)
		return;
	hang_up(t);
	sw_timer_free(t->timer);
	sw_tls_context_unref(t->tls);
	sw_tls_info_fini(&t->a.tls);
	sw_caps_fini(&t->a.caps);
	sw_reply_parser_fini(&t->parser);
	sw_buf_fini(&t->out);
	sw_free(t);
}
