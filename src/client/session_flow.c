/* SPDX-License-Identifier: MIT */
#include "client/flow.h"

#include "base/mem.h"
#include "client/guard.h"
#include "client/part.h"

enum { PLACES = SW_MAX_MAILS_AHEAD + 1 };

struct place {
	struct sw_job job;
	void *tag;
	uint64_t began_us;
	struct sw_delivery d;
	struct sw_delivery_recipient recipient;
	/* What the machine said at its MESSAGE_RESULT. */
	struct sw_smtp_rcpt_state state;
	enum sw_outcome message;
	bool about_sender, bdat_refused, failed_here;
};

struct sw_session_flow {
	const struct sw_flow *flow;
	struct place places[PLACES];
	size_t head, count; /* under way, in order */
	size_t told;        /* of these, from the head: those with a result that waits for the
			     * session's end to be understood */
	bool ended;         /* `next` is not asked any more */
	bool bdat_refused;
	struct sw_delivery_server server;
};

static struct place *place_at(struct sw_session_flow *f, size_t i)
{
	return &f->places[(f->head + i) % PLACES];
}

static struct sw_part part_of(struct sw_session *s, struct place *p)
{
	return (struct sw_part){ .c = s->c, .d = &p->d, .job = p->job };
}

bool sw_flow_takes(struct sw_session *s, const struct sw_job *job)
{
	const struct sw_part part = { .c = s->c, .job = *job };
	if (job->kind != SW_JOB_SEND || job->recipient_count != 1 || s->ending != SW_END_OK)
		return false;
	struct sw_smtp_mail mail = sw_part_envelope(&part, s);
	mail.recipients = job->recipients;
	mail.recipient_count = 1;
	const struct sw_tls_info *tls = sw_tls_get_info(s->stream);
	return sw_smtp_client_fits(s->smtp, &mail) == SW_SMTP_FIT &&
	       (!mail.require_tls || (tls && tls->verified));
}

bool sw_flow_used_up(const struct sw_session *s, uint64_t most)
{
	const struct sw_caps *caps = s->smtp ? sw_smtp_client_caps(s->smtp) : NULL;
	return (most && s->mails >= most) ||
	       (caps && caps->mail_max && s->mails >= caps->mail_max);
}

static void prepare(struct sw_session *s, struct place *p, uint64_t now)
{
	struct sw_delivery *d = &p->d;
	struct sw_arena arena = d->arena;
	sw_arena_reset(&arena);
	*d = (struct sw_delivery){
		.arena = arena,
		.kind = SW_JOB_SEND,
		.stage = SW_STAGE_FINAL,
		.reached = SW_STAGE_FINAL,
		.recipients = &p->recipient,
		.recipient_count = 1,
		.server = s->flow->server,
	};
	p->recipient = (struct sw_delivery_recipient){ .address = p->job.recipients[0],
						       .stage = SW_STAGE_ENVELOPE };
	p->began_us = now;
	p->failed_here = p->bdat_refused = false;
}

/* Its account, for the caller. */
static void give_back(struct sw_session *s, struct place *p, bool again)
{
	p->d.total_us = sw_context_recent(s->c) - p->began_us;
	sw_delivery_conclude(&p->d);
	s->flow->flow->done(s->flow->flow->arg, p->tag, &p->d, again);
}

static bool is_open(enum sw_outcome outcome)
{
	return outcome == SW_NOT_SENT || outcome == SW_UNCERTAIN;
}

/* Nothing of it was committed, and what went wrong is the session's: 421 speaks of that too.
 */
static bool may_go_again(const struct place *p)
{
	const struct sw_reply *r = p->state.reply;
	if (p->message != SW_NOT_SENT || p->failed_here)
		return p->bdat_refused;
	return p->bdat_refused || p->state.outcome == SW_NOT_SENT || (r && r->code == 421);
}

static void account(struct sw_session *s, struct place *p)
{
	struct sw_part part = part_of(s, p);
	s->mail_refused = p->about_sender;
	sw_part_settle_state(&part, s, &p->state);
	give_back(s, p, may_go_again(p));
}

void sw_session_flow_result(struct sw_session *s)
{
	struct sw_session_flow *f = s->flow;
	if (f->told >= f->count)
		return;
	struct place *p = place_at(f, f->told);
	bool refused = sw_smtp_client_bdat_refused(s->smtp);
	/* Refused before all of it was read. */
	if (f->told + 1 == f->count && s->feeding == SW_FEED_ON)
		s->feeding = SW_FEED_WAIT;
	p->state = sw_smtp_client_recipient(s->smtp, 0);
	p->message = sw_smtp_client_message(s->smtp);
	p->d.bytes = sw_smtp_client_data_bytes(s->smtp);
	p->about_sender = s->mail_refused;
	p->bdat_refused = refused && !f->bdat_refused;
	if (p->bdat_refused) {
		f->bdat_refused = true;
		sw_memory_note(&s->c->memory, s->host, s->port, SW_QUIRK_BDAT);
	}
	/* Nobody said anything about it: the session is ending, and how is told next. */
	if (f->told > 0 || is_open(p->state.outcome)) {
		f->told++;
		return;
	}
	account(s, p);
	f->head = (f->head + 1) % PLACES;
	f->count--;
}

void sw_session_flow_go(struct sw_session *s)
{
	struct sw_session_flow *f = s->flow;
	/* Only the last one is ever fed: what rides behind begins when this one has ended. */
	s->source = place_at(f, f->count - 1)->job.source;
}

static bool begin(struct sw_session *s, struct place *p, struct sw_error *err)
{
	const struct sw_part part = part_of(s, p);
	struct sw_smtp_mail mail = sw_part_envelope(&part, s);
	uint64_t now = sw_context_now(s->c);
	mail.recipients = p->job.recipients;
	mail.recipient_count = 1;
	mail.more = !s->flow->flow->one_by_one;
	prepare(s, p, now);
	p->d.unasked = sw_smtp_client_unasked(s->smtp, &mail);
	if (s->c->settings->deadline_us)
		s->c->deadline_us = sw_time_add(now, s->c->settings->deadline_us);
	enum sw_err e = sw_source_rewind(p->job.source, err);
	if (!e)
		e = sw_smtp_client_begin(s->smtp, &mail, now, err);
	if (e)
		return false;
	s->mails++;
	return true;
}

/* One that cannot even be begun (its source, its address) harms no other. */
static void begin_failed(struct sw_session *s, struct place *p)
{
	struct sw_part part = part_of(s, p);
	sw_part_settle_all(&part, SW_END_LOCAL, SW_STAGE_LOCAL, NULL);
	give_back(s, p, false);
}

bool sw_session_flow_begin(struct sw_session *s)
{
	struct sw_session_flow *f = s->flow;
	struct sw_error err;
	if (!f || s->feeding == SW_FEED_ON || f->told > 0)
		return false;
	if (f->ended || sw_flow_used_up(s, f->flow->most)) {
		f->ended = true;
		bool over = f->count == 0 && !(s->seen & SW_SEEN_FLOW_OVER);
		if (f->count == 0)
			s->seen |= SW_SEEN_FLOW_OVER;
		return over;
	}
	if (f->count == PLACES || !sw_smtp_client_may_begin(s->smtp) ||
	    (f->count > 0 && f->flow->one_by_one))
		return false;
	struct place *p = place_at(f, f->count);
	if (!f->flow->next(f->flow->arg, &p->job, &p->tag)) {
		f->ended = true;
		return true;
	}
	if (f->count == 0)
		s->feeding = SW_FEED_WAIT;
	sw_error_clear(&err);
	if (begin(s, p, &err))
		f->count++;
	else
		begin_failed(s, p);
	return true;
}

static void note_server(struct sw_session *s)
{
	const struct sw_tls_info *tls = sw_tls_get_info(s->stream);
	const struct sw_caps *caps = sw_smtp_client_caps(s->smtp);
	bool done = tls && tls->done;
	struct sw_delivery_server *v = &s->flow->server;
	*v = (struct sw_delivery_server){
		.name = s->host,
		.port = s->port,
		.tls_version = done ? tls->version : "",
		.tls_cipher = done ? tls->cipher : "",
		.tls_policy = sw_guard_policy_name(s->guard, s->tls),
		.tls_mode = sw_guard_mode_name(s->guard),
		.tls_report = sw_guard_report(s),
		.tls_verified = done && tls->verified,
		.tls_resumed = done && tls->resumed,
		.extensions = caps && caps->raw ? caps->raw : "",
	};
	if (s->peer.len)
		sw_addr_ip(&s->peer, v->address);
}

/* What the end of the session left without an answer. The one whose own source failed is not
 * the others' trouble. */
static void settle_rest(struct sw_session *s, bool fed)
{
	struct sw_session_flow *f = s->flow;
	for (size_t i = 0; i < f->count; i++) {
		struct place *p = place_at(f, i);
		p->failed_here = s->ending == SW_END_LOCAL && fed && i + 1 == f->count;
		if (i >= f->told) {
			p->state = (struct sw_smtp_rcpt_state){ .stage = SW_STAGE_ENVELOPE };
			p->message = SW_NOT_SENT;
			p->about_sender = false;
		}
		account(s, p);
	}
	f->count = f->told = 0;
}

enum sw_err sw_session_stream(struct sw_session *s, const struct sw_flow *flow,
			      struct sw_error *err)
{
	struct sw_session_flow *f = sw_calloc(1, sizeof(*f));
	if (!f)
		return sw_fail_nomem(err);
	f->flow = flow;
	s->flow = f;
	f->bdat_refused = sw_smtp_client_bdat_refused(s->smtp);
	note_server(s);
	s->job = NULL;
	s->source = NULL;
	s->seen = 0;
	s->mail_refused = false;
	s->feeding = SW_FEED_WAIT;
	s->stated_replies = 0;
	sw_session_enter_stage(s, SW_STAGE_ENVELOPE);
	sw_transcript_hold(s->c->transcript, !s->c->hooks.dialogue);
	enum sw_err e = sw_session_pump(s, SW_SEEN_FLOW_OVER, err);
	/* Ours it may be, but what is known of the messages stands in their accounts. */
	if (e)
		sw_session_end(s, SW_END_LOCAL, s->stage, NULL);
	if (s->ending != SW_END_OK && f->told < f->count)
		sw_session_drain(s);
	sw_transcript_hold(s->c->transcript, false);
	settle_rest(s, s->source != NULL);
	sw_session_enter_stage(s, s->stage);
	if (s->ending != SW_END_OK)
		sw_session_state_end(s);
	for (size_t i = 0; i < PLACES; i++)
		sw_arena_fini(&f->places[i].d.arena);
	s->flow = NULL;
	s->source = NULL;
	s->feeding = SW_FEED_NONE;
	sw_free(f);
	return e;
}
