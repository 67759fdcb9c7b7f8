/* SPDX-License-Identifier: MIT */
/* A pool's messages, and whose turn it is. */
#include "api/pool.h"

#include <limits.h>

#include "api/exit_status.h"
#include "api/message.h"
#include "base/mem.h"
#include "client/part.h"

enum { MOST_SESSIONS = 1000, OUTAGE_S = 60 };

uint64_t sw_pool_now(const struct sw_pool *p)
{
	return sw_loop_now(p->loop);
}

static void on_timer(void *arg);

struct sw_pool *sw_pool_new(struct sw_mailer *m, unsigned sessions)
{
	struct sw_pool *p =
		sessions >= 1 && sessions <= MOST_SESSIONS ? sw_calloc(1, sizeof(*p)) : NULL;
	if (!p)
		return NULL;
	p->m = m;
	p->outage_us = (uint64_t)OUTAGE_S * 1000000;
	sw_arena_init(&p->arena);
	p->lanes = sw_calloc(sessions, sizeof(*p->lanes));
	p->lane_count = sessions;
	p->loop = sw_loop_new(&p->error);
	p->timer = p->loop ? sw_timer_new(p->loop, on_timer, p) : NULL;
	if (p->lanes && p->timer)
		return p;
	sw_pool_free(p);
	return NULL;
}

static void free_entry(struct sw_pool_entry *e)
{
	e->message->in_pool = false;
	if (e->owned)
		sw_message_free(e->message);
	sw_free(e->texts);
	sw_free(e);
}

static void free_list(struct sw_pool_list *l)
{
	while (l->first) {
		struct sw_pool_entry *e = l->first;
		l->first = e->next;
		free_entry(e);
	}
	l->last = NULL;
}

static struct sw_pool_entry *pop(struct sw_pool_list *l)
{
	struct sw_pool_entry *e = l->first;
	if (e)
		l->first = e->next;
	if (!l->first)
		l->last = NULL;
	return e;
}

static void append(struct sw_pool_list *l, struct sw_pool_entry *e)
{
	e->next = NULL;
	if (l->last)
		l->last->next = e;
	else
		l->first = e;
	l->last = e;
}

/* Lanes run to their end: what waits is told to stop. */
static void end_lanes(struct sw_pool *p)
{
	p->result = NULL;
	p->feed = NULL;
	p->stopping = true;
	for (size_t i = 0; i < p->lanes_begun; i++) {
		struct sw_pool_lane *lane = &p->lanes[i];
		lane->over = true;
		p->aborted = p->aborted || lane->busy;
	}
	for (size_t i = p->lanes_begun; i-- > 0;) { /* the first one lends to the others */
		struct sw_pool_lane *lane = &p->lanes[i];
		/* From here on it waits by itself (QUIT, a second). */
		lane->c->park = (struct sw_context_park){ 0 };
		lane->c->aborted = p->aborted;
		lane->c->woken = true;
		lane->c->idle = NULL;
		while (!sw_fiber_over(lane->fiber))
			(void)sw_fiber_resume(lane->fiber);
		sw_fiber_free(lane->fiber);
		sw_context_free(lane->c);
	}
	p->lanes_begun = 0;
}

void sw_pool_free(struct sw_pool *p)
{
	if (!p)
		return;
	if (p->working) {
		p->doomed = true;
		return;
	}
	if (p->lanes)
		end_lanes(p);
	free_list(&p->waiting);
	for (struct sw_pool_entry *e; (e = pop(&p->spare)) != NULL;)
		sw_free(e);
	sw_outside_free(p->outside);
	sw_timer_free(p->timer);
	sw_loop_free(p->loop);
	sw_result_free(p->failure);
	sw_arena_fini(&p->arena);
	p->m->pools -= p->prepared;
	(void)sw_mailer_ended(p->m, SW_OK);
	sw_free(p->lanes);
	sw_free(p);
}

static enum sw_err fill_job(struct sw_pool_entry *e, struct sw_error *err)
{
	const struct sw_message *m = e->message;
	bool utf8 = m->sender.utf8 || m->source->facts.utf8_headers;
	e->text = m->all.list[0].text;
	e->texts = m->all.count > 1 ? sw_calloc(m->all.count, sizeof(*e->texts)) : NULL;
	if (m->all.count > 1 && !e->texts)
		return sw_fail_nomem(err);
	for (size_t i = 0; i < m->all.count; i++) {
		utf8 = utf8 || m->all.list[i].utf8;
		if (e->texts)
			e->texts[i] = m->all.list[i].text;
	}
	e->job = (struct sw_job){
		.kind = SW_JOB_SEND,
		.sender = sw_message_sender(m),
		.recipients = e->texts ? e->texts : &e->text,
		.recipient_count = m->all.count,
		.notify = m->notify,
		.orcpt = m->orcpt,
		.source = m->source,
		.smtputf8 = utf8,
	};
	return SW_OK;
}

/* As many lanes as have something to do. */
static void wake_one(struct sw_pool *p)
{
	for (size_t i = 0; i < p->lanes_begun; i++)
		if (p->lanes[i].resting && !p->lanes[i].ready) {
			sw_pool_lane_wake(&p->lanes[i]);
			return;
		}
	if (p->lanes_begun >= p->lane_count)
		return;
	if (sw_pool_lane_begin(&p->lanes[p->lanes_begun], p) == SW_OK) {
		p->lanes_begun++;
	} else if (p->lanes_begun == 0) {
		/* Nobody would ever take them up: a loop without end. */
		p->dead = SW_END_LOCAL;
		p->dead_stage = SW_STAGE_LOCAL;
	}
}

enum sw_err sw_pool_add(struct sw_pool *p, struct sw_message *message, enum sw_pool_take take,
			void *tag)
{
	if (message->in_pool)
		return sw_fail(&p->error, SW_E_USAGE, "the message is in a pool already");
	enum sw_err e = sw_message_finish(message);
	if (e) {
		p->error = message->error;
		return e;
	}
	struct sw_pool_entry *entry = pop(&p->spare);
	if (!entry)
		entry = sw_malloc(sizeof(*entry));
	if (!entry)
		return sw_fail_nomem(&p->error);
	*entry = (struct sw_pool_entry){ .message = message, .tag = tag };
	e = fill_job(entry, &p->error);
	if (e) {
		sw_free(entry);
		return e;
	}
	entry->owned = take == SW_POOL_TAKE;
	message->in_pool = true;
	append(&p->waiting, entry);
	p->waiting_count++;
	p->counts.waiting++;
	return SW_OK;
}

/* A lane that has room asks for more, before what waits has run out. */
static void ask_for_more(struct sw_pool *p)
{
	if (!p->feed || p->fed_up || p->feeding || p->waiting.first)
		return;
	p->feeding = true;
	p->fed_up = !p->feed(p->feed_arg);
	p->feeding = false;
}

static bool stopped(const struct sw_pool *p)
{
	return p->stopping || p->aborted || p->dead != SW_END_OK;
}

/* False: it is not time yet, and the timer will tell. */
static bool in_time(struct sw_pool *p)
{
	uint64_t now = p->gap_us ? sw_pool_now(p) : 0;
	if (!p->gap_us)
		return true;
	if (now < p->next_at_us) {
		sw_timer_set(p->timer, sw_min_u64(p->next_at_us, p->beat_at_us));
		return false;
	}
	/* What was not used of a second is not made up for. */
	uint64_t from = p->next_at_us + p->gap_us < now ? now : p->next_at_us;
	p->next_at_us = sw_time_add(from ? from : now, p->gap_us);
	return true;
}

struct sw_pool_entry *sw_pool_take_next(struct sw_pool *p)
{
	if (stopped(p))
		return NULL;
	ask_for_more(p);
	if (!p->waiting.first || !in_time(p))
		return NULL;
	p->waiting_count--;
	return pop(&p->waiting);
}

void sw_pool_put_back(struct sw_pool *p, struct sw_pool_entry *e)
{
	e->next = p->waiting.first;
	p->waiting.first = e;
	if (!p->waiting.last)
		p->waiting.last = e;
	p->waiting_count++;
}

static void count(struct sw_pool *p, const struct sw_delivery *d)
{
	uint64_t *const of[SW_SUMMARY_COUNT] = {
		[SW_SUMMARY_ACCEPTED] = &p->counts.accepted,
		[SW_SUMMARY_PARTIAL] = &p->counts.partial,
		[SW_SUMMARY_REJECTED] = &p->counts.rejected,
		[SW_SUMMARY_DEFERRED] = &p->counts.deferred,
		[SW_SUMMARY_NOT_SENT] = &p->counts.not_sent,
		[SW_SUMMARY_UNCERTAIN] = &p->counts.uncertain,
	};
	++*of[sw_summary_of(d)];
	p->counts.waiting--;
}

void sw_pool_tell(struct sw_pool *p, struct sw_pool_entry *e, const struct sw_delivery *d,
		  struct sw_pool_account a)
{
	struct sw_arena arena;
	sw_arena_init(&arena);
	a.pool = p;
	a.d = d;
	a.entry = e;
	a.arena = &arena;
	count(p, d);
	e->message->in_pool = false;
	if (p->result)
		p->result(p->result_arg, e->tag, &a);
	sw_arena_fini(&arena);
	if (e->owned)
		sw_message_free(e->message);
	sw_free(e->texts);
	append(&p->spare, e);
}

/* What waits when nothing more is sent shares the reason. */
static void give_up_rest(struct sw_pool *p)
{
	while (p->waiting.first) {
		struct sw_pool_entry *e = pop(&p->waiting);
		struct sw_delivery d;
		enum sw_ending why = p->dead != SW_END_OK ? p->dead : SW_END_ABORTED;
		p->waiting_count--;
		if (!sw_delivery_init(&d, &e->job)) {
			const struct sw_part part = { .d = &d, .job = e->job };
			sw_part_settle_all(&part, why,
					   p->dead != SW_END_OK ? p->dead_stage
								: SW_STAGE_LOCAL,
					   &p->dead_reply);
			sw_delivery_conclude(&d);
		}
		sw_pool_tell(p, e, &d,
			     (struct sw_pool_account){ .held_back = p->dead != SW_END_OK });
		sw_delivery_fini(&d);
	}
}

static void abort_all(struct sw_pool *p)
{
	p->aborted = true;
	for (size_t i = 0; i < p->lanes_begun; i++) {
		p->lanes[i].c->aborted = true;
		sw_context_wake(p->lanes[i].c);
	}
}

void sw_pool_beat(struct sw_pool *p)
{
	uint64_t now = p->m->heartbeat && !p->aborted ? sw_pool_now(p) : 0;
	if (!p->m->heartbeat || p->aborted || now < p->beat_at_us)
		return;
	p->beat_at_us = sw_time_add(now, (uint64_t)p->m->heartbeat_ms * 1000);
	if (sw_mailer_beat(p->m))
		abort_all(p);
}

static void on_timer(void *arg)
{
	struct sw_pool *p = arg;
	sw_pool_beat(p);
	if (p->waiting.first || (p->feed && !p->fed_up))
		wake_one(p);
	if (p->m->heartbeat)
		sw_timer_set(p->timer,
			     p->gap_us ? sw_min_u64(p->beat_at_us,
						    sw_time_add(sw_pool_now(p), p->gap_us))
				       : p->beat_at_us);
}

/* Settings and secret, once; a token is looked at again when the server refuses it. */
static enum sw_err prepare(struct sw_pool *p)
{
	if (p->prepared)
		return SW_OK;
	sw_mailer_forget(p->m);
	enum sw_err e = sw_client_settings_check(&p->m->settings, &p->error);
	if (!e)
		e = sw_mailer_fetch_secret(p->m, &p->error);
	if (!e && sw_mailer_ready_client(p->m)) {
		p->error = p->m->error;
		e = p->error.code;
	}
	if (e)
		return e;
	p->m->client->start_us = sw_pool_now(p);
	p->m->token_fresh = false;
	p->prepared = true;
	p->began_us = sw_pool_now(p);
	p->m->pools++;
	p->beat_at_us = p->m->heartbeat ? sw_pool_now(p) : SW_NEVER;
	if (p->m->heartbeat)
		sw_timer_set(p->timer, p->beat_at_us);
	return SW_OK;
}

static void start_lanes(struct sw_pool *p)
{
	size_t idle = 0;
	if (stopped(p)) {
		give_up_rest(p);
		return;
	}
	ask_for_more(p);
	for (size_t i = 0; i < p->lanes_begun; i++)
		idle += p->lanes[i].resting || p->lanes[i].ready ? 1 : 0;
	size_t room = idle + p->lane_count - p->lanes_begun;
	/* A rate needs no more lanes than it keeps busy. */
	if (p->gap_us && p->waiting_count && sw_pool_now(p) < p->next_at_us)
		return;
	for (size_t i = 0; i < room && i < p->waiting_count; i++)
		wake_one(p);
}

static bool is_busy(const struct sw_pool *p)
{
	return p->counts.waiting > 0 || (p->feed && !p->fed_up && !stopped(p));
}

/* Whatever can be done without waiting. */
static bool serve(struct sw_pool *p)
{
	start_lanes(p);
	bool any = p->ready != NULL;
	while (p->ready && !p->doomed) {
		struct sw_pool_lane *lane = p->ready;
		p->ready = lane->next_ready;
		lane->ready = false;
		sw_pool_lane_go(lane);
	}
	return any;
}

/* A callback may do much, but neither begin the pool's work again nor take it away. */
static enum sw_err begin(struct sw_pool *p)
{
	if (p->working)
		return sw_fail(&p->error, SW_E_USAGE,
			       "the pool runs, and this is one of its "
			       "callbacks: add messages, and return");
	enum sw_err e = prepare(p);
	p->working = !e;
	return e;
}

static enum sw_err end(struct sw_pool *p, enum sw_err e)
{
	p->working = false;
	if (p->doomed)
		sw_pool_free(p);
	return e;
}

enum sw_err sw_pool_process(struct sw_pool *p, int *ret_busy)
{
	*ret_busy = 0;
	enum sw_err e = begin(p);
	if (e)
		return e;
	e = sw_loop_poll(p->loop);
	while (!e && serve(p))
		continue;
	if (!e && p->outside && !p->doomed)
		e = sw_outside_follow(p->outside, p->loop, &p->error);
	*ret_busy = !e && !p->doomed && is_busy(p);
	return end(p, e);
}

enum sw_err sw_pool_run(struct sw_pool *p)
{
	enum sw_err e = begin(p);
	if (e)
		return e;
	p->running = true;
	while (!e && !p->doomed && is_busy(p))
		if (!serve(p) && !p->doomed && is_busy(p))
			e = sw_loop_once(p->loop);
	p->running = false;
	return end(p, e);
}

int sw_pool_fd(struct sw_pool *p)
{
	if (!p->outside)
		p->outside = sw_outside_new(&p->error);
	if (!p->outside || sw_outside_follow(p->outside, p->loop, &p->error))
		return -1;
	return sw_outside_fd(p->outside);
}

int sw_pool_wait_ms(struct sw_pool *p)
{
	uint64_t at_us = p->outside ? sw_outside_time(p->outside) : 0, now_us = sw_pool_now(p);
	if (!p->prepared || p->ready || at_us <= now_us)
		return 0;
	if (at_us == SW_NEVER)
		return -1;
	uint64_t ms = (at_us - now_us + 999) / 1000;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

void sw_pool_stop(struct sw_pool *p)
{
	p->stopping = true;
}

struct sw_pool_counts sw_pool_counts(const struct sw_pool *p)
{
	return p->counts;
}

double sw_pool_ms(const struct sw_pool *p)
{
	return p->prepared ? (double)(sw_pool_now(p) - p->began_us) / 1000 : 0;
}

struct sw_result *sw_pool_failure(struct sw_pool *p)
{
	return p->failure;
}

const char *sw_pool_error_text(const struct sw_pool *p)
{
	return p->error.text;
}
