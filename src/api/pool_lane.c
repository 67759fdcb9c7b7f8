/* SPDX-License-Identifier: MIT */
/* One lane: opens a session with its first message, streams those that follow, and opens
 * another one when that is over. */
#include "api/pool.h"

#include "api/result.h"
#include "api/secret_git.h"
#include "client/attempt.h"

enum {
	/* Between tries to reach a server that cannot be reached. */
	FIRST_REST_US = 50 * 1000,
	MOST_REST_US = 5 * 1000 * 1000,
	TRIES = 2,
};

void sw_pool_lane_wake(void *arg)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool *p = lane->pool;
	if (lane->ready || lane->over)
		return;
	lane->ready = true;
	lane->next_ready = NULL;
	if (p->ready)
		p->ready_last->next_ready = lane;
	else
		p->ready = lane;
	p->ready_last = lane;
}

static void leave(void *arg)
{
	struct sw_pool_lane *lane = arg;
	sw_fiber_yield(lane->fiber);
}

static bool is_alone(void *arg)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool *p = lane->pool;
	if (!p->running || p->lane_count > 1 || p->gap_us || lane->over)
		return false;
	/* The loop, whose timer would do it, is hardly ever asked. */
	sw_pool_beat(p);
	return true;
}

static bool next(void *arg, struct sw_job *ret, void **ret_tag)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool_entry *e = lane->pending ? NULL : sw_pool_take_next(lane->pool);
	if (!e)
		return false;
	if (!sw_flow_takes(lane->c->session, &e->job)) {
		lane->pending = e;
		return false;
	}
	e->tries++;
	*ret = e->job;
	*ret_tag = e;
	return true;
}

static void done(void *arg, void *tag, const struct sw_delivery *d, bool again)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool_entry *e = tag;
	if (d->reply.code)
		lane->pool->good_us = sw_loop_recent(lane->pool->loop);
	if (again && e->tries < TRIES && !lane->pool->aborted) {
		sw_pool_put_back(lane->pool, e);
		return;
	}
	struct sw_pool_account a = { .lane = lane, .streamed = true };
	a.held_back = sw_pool_is_of_all(lane->pool, d);
	if (sw_pool_is_unwelcome(lane->pool, d))
		a.ended_all = sw_pool_die(lane, e, d);
	sw_pool_tell(lane->pool, e, d, a);
}

static void rest(struct sw_pool_lane *lane)
{
	struct sw_pool *p = lane->pool;
	uint64_t us = FIRST_REST_US;
	enum sw_wait w;
	for (unsigned i = 1; i < lane->failures && us < MOST_REST_US; i++)
		us *= 2;
	uint64_t until = sw_time_add(sw_pool_now(p), us < MOST_REST_US ? us : MOST_REST_US);
	while (!p->stopping && !p->aborted && sw_pool_now(p) < until)
		if (sw_context_wait(lane->c, until, &w, NULL))
			return;
}

/* The server cannot be had, or not by so many. True: the message waits with the others. */
static bool outlast(struct sw_pool_lane *lane, struct sw_pool_entry *e,
		    const struct sw_delivery *d)
{
	struct sw_pool *p = lane->pool;
	uint64_t now = sw_pool_now(p);
	if (!sw_pool_is_of_session(p, d))
		return false;
	if (d->ending == SW_END_AUTH_REFUSED && sw_mailer_renew_token(p->m)) {
		for (size_t i = 0; i < p->lanes_begun; i++)
			sw_context_renewed(p->lanes[i].c);
		sw_pool_put_back(p, e);
		return true;
	}
	if (!p->good_us)
		p->good_us = now;
	lane->failures++;
	if (!sw_pool_is_passing(p, d) || now - p->good_us >= p->outage_us) {
		if (d->ending == SW_END_AUTH_REFUSED) {
			sw_secret_git_settle(p->m, d);
			sw_mailer_secret_refused(p->m);
		}
		(void)sw_pool_die(lane, e, d);
		return false;
	}
	if (p->stopping || p->aborted)
		return false;
	e->tries--;
	sw_pool_put_back(p, e);
	return true;
}

/* With all that opening a session may take. */
static enum sw_err first(struct sw_pool_lane *lane, struct sw_pool_entry *e)
{
	struct sw_delivery d;
	struct sw_pool *p = lane->pool;
	struct sw_error err = { 0 };
	struct sw_pool_account a = { .lane = lane };
	bool open = lane->c->session != NULL;
	e->tries++;
	if (!open)
		sw_pool_expect_session(lane);
	enum sw_err code = sw_delivery_init(&d, &e->job);
	if (!code)
		code = sw_attempt_run(lane->c, &e->job, &d, &err);
	if (!open && lane->c->session) {
		a.opened = true;
		p->counts.sessions++;
		sw_secret_git_good(p->m);
	}
	if (code) {
		for (size_t i = 0; i < d.recipient_count; i++)
			d.recipients[i].ending = SW_END_LOCAL;
		d.ending = SW_END_LOCAL;
		p->error = err;
	}
	if (d.reply.code && d.stage >= SW_STAGE_ENVELOPE)
		p->good_us = sw_pool_now(p);
	bool alive = p->dead == SW_END_OK; /* the others may have found out meanwhile */
	if (!code && outlast(lane, e, &d))
		goto out;
	/* As what is streamed behind it (done). */
	if (!code && sw_pool_is_lost(p, &d) && e->tries < TRIES && !p->aborted) {
		sw_pool_put_back(p, e);
		goto out;
	}
	if (!code && sw_pool_is_unwelcome(p, &d))
		(void)sw_pool_die(lane, e, &d);
	a.ended_all = alive && p->dead != SW_END_OK;
	a.held_back = !alive && sw_pool_is_of_all(p, &d);
	sw_pool_tell(p, e, &d, a);
out:
	if (lane->c->session)
		lane->failures = 0;
	sw_delivery_fini(&d);
	return code;
}

static bool may_stream(const struct sw_pool_lane *lane)
{
	const struct sw_session *s = lane->c->session;
	const struct sw_pool *p = lane->pool;
	return s && s->ending == SW_END_OK && s->smtp && sw_smtp_client_is_ready(s->smtp) &&
	       !p->m->settings.mx && !p->aborted && s->generation == lane->c->generation &&
	       !sw_flow_used_up(s, p->session_messages);
}

/* One message, and those that can follow it in its session. */
static void serve(struct sw_pool_lane *lane, struct sw_pool_entry *e)
{
	struct sw_pool *p = lane->pool;
	struct sw_context *c = lane->c;
	struct sw_error err = { 0 };
	const struct sw_flow flow = { .arg = lane,
				      .next = next,
				      .done = done,
				      .one_by_one = p->one_by_one,
				      .most = p->session_messages };
	enum sw_err code = sw_context_begin_call(c, &err);
	if (code) {
		sw_pool_put_back(p, e);
		p->error = err;
		p->dead = SW_END_LOCAL;
		return;
	}
	/* The messages have their accounts; the pool's error says what was ours. */
	if (!first(lane, e) && may_stream(lane) && sw_session_stream(c->session, &flow, &err))
		p->error = err;
	const struct sw_session *s = c->session;
	bool used = s && sw_flow_used_up(s, p->session_messages);
	if (s && (used || s->ending != SW_END_OK))
		sw_session_close(c);
	sw_facts_free(sw_context_end_call(c));
	if (lane->failures)
		rest(lane);
}

static void run(void *arg)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool *p = lane->pool;
	while (!lane->over) {
		struct sw_pool_entry *e = lane->pending ? lane->pending : sw_pool_take_next(p);
		lane->pending = NULL;
		lane->busy = e != NULL;
		if (e) {
			serve(lane, e);
			lane->busy = false;
			continue;
		}
		lane->resting = true;
		sw_fiber_yield(lane->fiber);
		lane->resting = false;
	}
	sw_session_close(lane->c);
}

void sw_pool_lane_go(struct sw_pool_lane *lane)
{
	struct sw_context *c = lane->c;
	/* What a flow does in passing needs no change of stacks. */
	if (c->idle && !c->idle(c->idle_arg))
		return;
	if (!sw_fiber_over(lane->fiber))
		(void)sw_fiber_resume(lane->fiber);
}

enum sw_err sw_pool_lane_begin(struct sw_pool_lane *lane, struct sw_pool *p)
{
	const struct sw_context_park park = { leave, sw_pool_lane_wake, is_alone, lane };
	lane->pool = p;
	lane->c = sw_context_new_parked(sw_world_real(), &p->m->settings, p->loop, &park,
					&p->error);
	lane->fiber = lane->c ? sw_fiber_new(run, lane, &p->error) : NULL;
	if (!lane->fiber) {
		sw_context_free(lane->c);
		lane->c = NULL;
		return p->error.code ? p->error.code : SW_E_NOMEM;
	}
	lane->c->lender = lane == p->lanes ? NULL : p->lanes->c;
	lane->c->hooks.dialogue = p->m->dialogue || p->dialogue ? sw_pool_hear : NULL;
	lane->c->hooks.dialogue_arg = lane;
	sw_pool_lane_wake(lane);
	return SW_OK;
}
