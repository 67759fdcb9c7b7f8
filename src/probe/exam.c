/* SPDX-License-Identifier: MIT */
/* The course of an examination: beside a session, then behind it. */
#include "base/mem.h"
#include "client/session.h"
#include "probe/exam_private.h"

static const char *const stage_words[SW_STAGE_COUNT][SW_LANG_COUNT] = {
	[SW_STAGE_DNS] = { "the DNS", "ответ DNS" },
	[SW_STAGE_TCP] = { "the connection", "соединение" },
	[SW_STAGE_GREETING] = { "the greeting (some servers delay it on purpose)",
				"приветствие (некоторые серверы медлят намеренно)" },
	[SW_STAGE_EHLO] = { "the answer to EHLO", "ответ на EHLO" },
	[SW_STAGE_TLS] = { "TLS", "TLS" },
	[SW_STAGE_AUTH] = { "the answer to the login", "ответ на вход" },
	[SW_STAGE_ENVELOPE] = { "the answer about the recipients", "ответ о получателях" },
	[SW_STAGE_DATA] = { "the message to go out", "отправка письма" },
	[SW_STAGE_FINAL] = { "the answer to the message", "ответ на письмо" },
};

uint64_t sw_exam_patience(const struct sw_exam *x, uint64_t usual_us)
{
	uint64_t set_us = x->c->settings->timeout_us;
	uint64_t us = set_us ? sw_min_u64(set_us, usual_us) : usual_us;

	uint64_t now = sw_context_now(x->c), until = sw_time_add(now, us);

	/* What is begun beside a wait of the session need not outlast it. */
	if (x->beside && x->c->session) {
		uint64_t end = sw_time_add(x->c->session->wait_until_us, SW_PROBE_AFTER_US);
		uint64_t least = sw_time_add(now, SW_PROBE_LEAST_US);

		until = sw_min_u64(until, end > least ? end : least);
	}
	return sw_min_u64(x->c->deadline_us, until);
}

/* ---- beside the session */

static void tell(struct sw_exam *x, const char *const what[SW_LANG_COUNT], uint64_t since_us,
		 uint64_t until_us)
{
	uint64_t now = sw_context_now(x->c);

	if (!x->wish->waiting || !what[0])
		return;
	until_us = sw_min_u64(until_us, x->c->deadline_us);
	x->wish->waiting(x->wish->arg, what, now - since_us,
			 until_us == SW_NEVER || until_us < since_us ? 0
								     : until_us - since_us);
}

/* A wait that may take minutes is looked at later than one of seconds: honest servers need
 * some time, too. */
static uint64_t impatience(const struct sw_session *s)
{
	uint64_t most = 10 * (uint64_t)SW_PROBE_EARLY_US;
	uint64_t limit = s->wait_until_us == SW_NEVER || s->wait_until_us < s->stage_since_us
				 ? SW_NEVER
				 : s->wait_until_us - s->stage_since_us;
	uint64_t some = sw_min_u64(limit / 100 * 15, most);

	return some > SW_PROBE_EARLY_US ? some : SW_PROBE_EARLY_US;
}

static void look_at_session(struct sw_exam *x, struct sw_session *s)
{
	uint64_t now = sw_context_now(x->c);

	tell(x, stage_words[s->stage], s->stage_since_us, s->wait_until_us);
	if (now - s->stage_since_us < impatience(s) || x->early_done == s->stage ||
	    x->error.code)
		return;
	x->early_done = s->stage;
	if (sw_exam_find_target(x))
		(void)sw_fail_nomem(&x->error);
	else if (!sw_exam_start_early(x, s->stage, &x->error))
		(void)!sw_exam_guess(x, s, &x->error);
}

/* Before there is a session the MX of the recipient's domain are asked for. */
static void look_at_route(struct sw_exam *x)
{
	uint64_t now = sw_context_now(x->c);

	tell(x, stage_words[SW_STAGE_DNS], x->c->start_us, SW_NEVER);
	if (now - x->c->start_us < SW_PROBE_EARLY_US || x->early_done != SW_STAGE_COUNT ||
	    x->error.code)
		return;
	x->early_done = SW_STAGE_DNS;
	if (sw_exam_find_target(x))
		(void)sw_fail_nomem(&x->error);
	else
		(void)!sw_exam_start_early(x, SW_STAGE_DNS, &x->error);
}

static void on_timer(void *arg)
{
	struct sw_exam *x = arg;

	if (!x->beside)
		return;
	(void)sw_exam_reap(x);
	if (x->c->session && x->c->in_call)
		look_at_session(x, x->c->session);
	else if (x->c->settings->mx && x->c->in_call)
		look_at_route(x);
	sw_timer_set(x->timer, sw_time_add(sw_context_now(x->c), SW_PROBE_LOOK_US));
}

static void exam_free(struct sw_exam *x)
{
	if (!x)
		return;
	sw_exam_stop_all(x, NULL);
	sw_exam_forget_waiters(x);
	sw_timer_free(x->timer);
	sw_arena_fini(&x->arena);
	sw_free(x);
}

enum sw_err sw_exam_begin(struct sw_context *c, const struct sw_knowledge *k,
			  const struct sw_exam_wish *wish, struct sw_exam **ret,
			  struct sw_error *err)
{
	struct sw_exam *x = sw_calloc(1, sizeof(*x));

	if (!x)
		return sw_fail_nomem(err);
	*x = (struct sw_exam){
		.c = c, .k = k, .wish = wish, .beside = true, .early_done = SW_STAGE_COUNT
	};
	sw_arena_init(&x->arena);
	x->timer = sw_timer_new(c->loop, on_timer, x);
	if (!x->timer) {
		exam_free(x);
		return sw_fail_nomem(err);
	}
	sw_timer_set(x->timer, sw_time_add(sw_context_now(c), SW_PROBE_LOOK_US));
	*ret = x;
	return SW_OK;
}

/* ---- behind it */

static enum sw_err judge(struct sw_exam *x, struct sw_error *err)
{
	x->verdict = (struct sw_verdict){ 0 };
	return sw_judge(x->k, x->c->facts, &x->arena, &x->verdict, err);
}

static bool is_proven(const struct sw_verdict *v)
{
	return v->findings && v->findings->state == SW_FINDING_CONFIRMED;
}

/* What the facts ask for now. */
static enum sw_err plan(struct sw_exam *x, struct sw_error *err)
{
	enum sw_err e = judge(x, err);

	if (e)
		return e;
	if (x->verdict.decided && is_proven(&x->verdict))
		sw_exam_stop_all(x, NULL);
	else
		sw_exam_stop_unwanted(x);
	return x->verdict.decided ? SW_OK : sw_exam_start_wanted(x, err);
}

/* The one that has been under way longest is what is waited for. */
static uint64_t tell_of_runs(struct sw_exam *x)
{
	uint64_t until = SW_NEVER;
	const struct sw_probe_run *first = NULL;

	for (const struct sw_probe_run *r = x->runs; r; r = r->next) {
		until = sw_min_u64(until, r->done ? 0 : r->deadline_us);
		if (!first || r->started_us < first->started_us)
			first = r;
	}
	if (first)
		tell(x, first->probe->title, first->started_us, first->deadline_us);
	return until;
}

/* Until a run is done or late; false when the call is over. */
static enum sw_err wait_for_runs(struct sw_exam *x, bool *ret, struct sw_error *err)
{
	enum sw_wait w = SW_WAIT_TIME;
	enum sw_err e = SW_OK;

	*ret = true;
	while (!e && x->runs && !sw_exam_reap(x)) {
		uint64_t look = sw_time_add(sw_context_now(x->c), SW_PROBE_LOOK_US);

		e = sw_context_wait(x->c, sw_min_u64(tell_of_runs(x), look), &w, err);
		if (e || w == SW_WAIT_DEADLINE || w == SW_WAIT_ABORTED)
			break;
	}
	if (!e && (w == SW_WAIT_DEADLINE || w == SW_WAIT_ABORTED)) {
		sw_exam_stop_all(x, w == SW_WAIT_ABORTED ? "stopped before its end"
							 : "the time of the call was over");
		*ret = false;
	}
	return e;
}

static enum sw_err go(struct sw_exam *x, struct sw_error *err)
{
	enum sw_err e = sw_exam_find_target(x);
	bool on = true;

	if (e)
		return sw_fail_nomem(err);
	if (sw_context_check(x->c, sw_context_now(x->c)) != SW_WAIT_WOKEN) {
		sw_exam_stop_all(x, NULL);
		return SW_OK;
	}
	do {
		e = plan(x, err);
		on = !e && x->runs;
		if (on)
			e = wait_for_runs(x, &on, err);
	} while (!e && on);
	return e;
}

enum sw_err sw_exam_finish(struct sw_exam *x, struct sw_error *err)
{
	x->beside = false;
	sw_timer_set(x->timer, SW_NEVER);
	enum sw_err e = x->error.code;

	if (e && err)
		*err = x->error;
	if (!e)
		e = go(x, err);
	exam_free(x);
	return e;
}

void sw_exam_abandon(struct sw_exam *x)
{
	exam_free(x);
}

enum sw_err sw_examine(struct sw_context *c, const struct sw_knowledge *k,
		       const struct sw_exam_wish *wish, struct sw_error *err)
{
	struct sw_exam *x = NULL;
	enum sw_err e = sw_exam_begin(c, k, wish, &x, err);

	return e ? e : sw_exam_finish(x, err);
}
