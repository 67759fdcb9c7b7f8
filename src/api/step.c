/* SPDX-License-Identifier: MIT */
#include "api/step.h"

#include <limits.h>

#include <sendwell/step.h>

#include "base/fiber.h"
#include "base/mem.h"
#include "net/outside.h"

struct sw_step {
	struct sw_mailer *m;
	struct sw_fiber *fiber;
	struct sw_outside *outside;
	struct sw_loop *loop; /* that would wait; NULL before there is one */
	bool begun, inside;
	/* What was asked for. */
	enum sw_job_kind kind;
	struct sw_message *message;
	const char *sender;
	const char *const *recipients;
	size_t count;
	/* What came of it. */
	enum sw_err code;
	struct sw_result *result;
};

static enum sw_err call(struct sw_step *s)
{
	switch (s->kind) {
	case SW_JOB_SEND:
		return sw_mailer_send(s->m, s->message, &s->result);
	case SW_JOB_CONNECTION:
		return sw_mailer_verify_connection(s->m, &s->result);
	case SW_JOB_LOGIN:
		return sw_mailer_verify_login(s->m, &s->result);
	case SW_JOB_RECIPIENTS:
		return sw_mailer_verify_recipients(s->m, s->sender, s->recipients, s->count,
						   &s->result);
	case SW_JOB_COUNT:
		break;
	}
	return sw_fail(&s->m->error, SW_E_INTERNAL, "no such call");
}

static void run(void *arg)
{
	struct sw_step *s = arg;

	s->code = call(s);
}

static void leave(void *arg)
{
	struct sw_step *s = arg;

	sw_fiber_yield(s->fiber);
}

void sw_step_attach(struct sw_mailer *m)
{
	struct sw_step *s = m->step;

	if (!s || !s->inside)
		return;
	s->loop = m->client->loop;
	sw_loop_on_wait(s->loop, leave, s);
}

enum sw_err sw_step_busy(struct sw_mailer *m)
{
	if (m->in_callback)
		return sw_fail(&m->error, SW_E_USAGE,
			       "a call of this mailer is under way, and this is one of its "
			       "callbacks: do it when the call is over");
	if (m->pools)
		return sw_fail(&m->error, SW_E_USAGE,
			       "a pool uses this mailer: free the pool first");
	if (!m->step || m->step->inside)
		return SW_OK;
	return sw_fail(
		&m->error, SW_E_USAGE,
		"a call of this mailer is under way: process it to its end, or cancel it");
}

static void drop(struct sw_step *s)
{
	if (s->loop)
		sw_loop_on_wait(s->loop, NULL, NULL);
	s->m->step = NULL;
	sw_fiber_free(s->fiber);
	sw_outside_free(s->outside);
	sw_free(s);
}

static enum sw_err start(struct sw_mailer *m, const struct sw_step *what)
{
	enum sw_err e = sw_step_busy(m);

	if (e)
		return e;
	sw_mailer_forget(m);
	struct sw_step *s = sw_calloc(1, sizeof(*s));
	if (!s)
		return sw_fail_nomem(&m->error);
	*s = *what;
	s->m = m;
	s->outside = sw_outside_new(&m->error);
	s->fiber = s->outside ? sw_fiber_new(run, s, &m->error) : NULL;
	m->step = s;
	if (s->fiber)
		return SW_OK;
	drop(s);
	return m->error.code;
}

enum sw_err sw_mailer_start_send(struct sw_mailer *m, struct sw_message *message)
{
	return start(m, &(struct sw_step){ .kind = SW_JOB_SEND, .message = message });
}

enum sw_err sw_mailer_start_verify_connection(struct sw_mailer *m)
{
	return start(m, &(struct sw_step){ .kind = SW_JOB_CONNECTION });
}

enum sw_err sw_mailer_start_verify_login(struct sw_mailer *m)
{
	return start(m, &(struct sw_step){ .kind = SW_JOB_LOGIN });
}

enum sw_err sw_mailer_start_verify_recipients(struct sw_mailer *m, const char *sender,
					      const char *const *recipients, size_t count)
{
	return start(m, &(struct sw_step){ .kind = SW_JOB_RECIPIENTS,
					   .sender = sender,
					   .recipients = recipients,
					   .count = count });
}

int sw_mailer_fd(const struct sw_mailer *m)
{
	return m->step ? sw_outside_fd(m->step->outside) : -1;
}

uint64_t sw_mailer_deadline(const struct sw_mailer *m)
{
	if (!m->step)
		return SW_NEVER;
	return m->step->begun ? sw_outside_time(m->step->outside) : 0;
}

int sw_mailer_wait_ms(const struct sw_mailer *m)
{
	const struct sw_world *world = sw_world_real();
	uint64_t at_us = sw_mailer_deadline(m), now_us = world->now_us(world->arg);

	if (at_us == SW_NEVER)
		return -1;
	if (at_us <= now_us)
		return 0;
	uint64_t ms = (at_us - now_us + 999) / 1000;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* False when the call is over. */
static bool go_on(struct sw_step *s)
{
	s->begun = s->inside = true;
	bool goes_on = sw_fiber_resume(s->fiber);
	s->inside = false;
	return goes_on;
}

/* To its end, now: what waits is told so, and waits itself where it must (QUIT, a second). */
static void finish(struct sw_step *s)
{
	if (!s->begun)
		return;
	if (s->loop) {
		sw_loop_on_wait(s->loop, NULL, NULL);
		s->m->client->aborted = true;
		sw_context_wake(s->m->client);
	}
	while (!sw_fiber_over(s->fiber))
		(void)go_on(s);
}

static enum sw_err take(struct sw_step *s, struct sw_result **ret)
{
	enum sw_err code = s->code;

	if (ret)
		*ret = s->result;
	else
		sw_result_free(s->result);
	drop(s);
	return code;
}

enum sw_err sw_mailer_process(struct sw_mailer *m, struct sw_result **ret)
{
	struct sw_step *s = m->step;

	*ret = NULL;
	if (!s || s->inside)
		return sw_fail(&m->error, SW_E_USAGE, "no call of this mailer was begun");
	if (!go_on(s))
		return sw_mailer_ended(m, take(s, ret));
	struct sw_error error = { 0 };
	if (!sw_outside_follow(s->outside, s->loop, &error))
		return SW_OK;
	/* Nobody could tell when to go on. */
	finish(s);
	(void)take(s, NULL);
	m->error = error;
	return sw_mailer_ended(m, error.code);
}

static enum sw_err cancel(struct sw_mailer *m, struct sw_result **ret)
{
	struct sw_step *s = m->step;

	if (ret)
		*ret = NULL;
	if (!s || s->inside)
		return SW_OK;
	finish(s);
	return take(s, ret);
}

enum sw_err sw_mailer_cancel(struct sw_mailer *m, struct sw_result **ret)
{
	return sw_mailer_ended(m, cancel(m, ret));
}

void sw_step_drop(struct sw_mailer *m)
{
	(void)cancel(m, NULL);
}
