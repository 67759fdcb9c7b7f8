/* SPDX-License-Identifier: MIT */
/* What the owner gets to see: events, their replies, and the end of the session. */
#include <assert.h>

#include "base/mem.h"
#include "smtp/client-internal.h"

enum {
	FIRST_EVENTS = 16,
	LAST_EVENTS = SW_SLOTS + 2, /* MESSAGE_RESULTs, AUTH_RESULT, FAILED or CLOSED */
};

bool sw_client_events_init(struct sw_smtp_client *c)
{
	c->events.ring = sw_calloc(FIRST_EVENTS, sizeof(*c->events.ring));
	c->events.cap = c->events.ring ? FIRST_EVENTS : 0;
	return c->events.ring != NULL;
}

static bool grow(struct sw_client_events *e)
{
	struct sw_smtp_event *ring = sw_calloc(e->cap * 2, sizeof(*ring));

	if (!ring)
		return false;
	for (size_t i = 0; i < e->count; i++)
		ring[i] = e->ring[(e->head + i) % e->cap];
	sw_free(e->ring);
	e->ring = ring;
	e->head = 0;
	e->cap *= 2;
	return true;
}

static void add(struct sw_client_events *e, struct sw_smtp_event event)
{
	assert(e->count < e->cap);
	e->ring[(e->head + e->count) % e->cap] = event;
	e->count++;
}

void sw_client_push(struct sw_smtp_client *c, struct sw_smtp_event e)
{
	if (sw_client_is_over(c))
		return;
	if (c->events.count + LAST_EVENTS >= c->events.cap && !grow(&c->events)) {
		sw_client_fail(c, SW_SMTP_F_NOMEM, sw_smtp_client_stage(c), NULL);
		return;
	}
	if (e.stage == SW_STAGE_CONFIG)
		e.stage = sw_smtp_client_stage(c);
	if (!e.transaction && c->active)
		e.transaction = c->tx->number;
	add(&c->events, e);
}

void sw_client_say(struct sw_smtp_client *c, enum sw_smtp_event_type type,
		   const struct sw_reply *r)
{
	sw_client_push(c, (struct sw_smtp_event){ .type = type, .reply = r });
}

bool sw_smtp_client_next_event(struct sw_smtp_client *c, struct sw_smtp_event *ret)
{
	struct sw_client_events *e = &c->events;

	if (e->count == 0)
		return false;
	*ret = e->ring[e->head];
	struct sw_client_tx *tx = &c->slots[ret->transaction % SW_SLOTS];

	if (ret->type == SW_SMTP_MAIL_RESULT || ret->type == SW_SMTP_RCPT_RESULT ||
	    ret->type == SW_SMTP_MESSAGE_RESULT)
		c->shown = tx;
	if (ret->type == SW_SMTP_MESSAGE_RESULT)
		tx->untold = false;
	e->head = (e->head + 1) % e->cap;
	e->count--;
	return true;
}

static bool same_reply(const struct sw_reply *a, const struct sw_reply *b)
{
	return a->code == b->code && a->lines == b->lines && a->cut == b->cut &&
	       a->enhanced.class == b->enhanced.class &&
	       a->enhanced.subject == b->enhanced.subject &&
	       a->enhanced.detail == b->enhanced.detail &&
	       sw_slice_eq(sw_slice(a->text, a->text_len), sw_slice(b->text, b->text_len));
}

const struct sw_reply *sw_client_keep(struct sw_smtp_client *c, const struct sw_reply *r)
{
	struct sw_arena *arena = c->active ? &c->tx->arena : &c->arena;
	struct sw_reply shorter = *r;

	if (c->active && c->tx->last && same_reply(c->tx->last, r))
		return c->tx->last;
	if (arena->bytes > SW_MAX_KEPT_REPLIES && shorter.text_len > SW_KEPT_REPLY_CUT) {
		shorter.text_len = SW_KEPT_REPLY_CUT;
		shorter.cut = true;
	}
	struct sw_reply *copy = sw_arena_alloc(arena, sizeof(*copy));

	if (!copy || sw_reply_copy(arena, &shorter, copy)) {
		sw_client_fail(c, SW_SMTP_F_NOMEM, sw_smtp_client_stage(c), NULL);
		return NULL;
	}
	if (c->active)
		c->tx->last = copy;
	return copy;
}

void sw_client_note_words(struct sw_smtp_client *c, const struct sw_reply *r)
{
	sw_buf_clear(&c->bad_text);
	c->bad = (struct sw_reply){ 0 };
	if (r->code < 400)
		return;
	c->bad = *r;
	/* Without memory the code alone must do. */
	if (sw_buf_add(&c->bad_text, sw_slice(r->text, r->text_len))) {
		c->bad.text_len = 0;
		c->bad.cut = true;
	}
	c->bad.text = sw_buf_str(&c->bad_text);
}

/* The last of a session: its transaction's result, then `state`. */
static void end_session(struct sw_smtp_client *c, enum sw_client_state state)
{
	while (c->active)
		sw_client_finish(c);
	if (c->out.secret)
		sw_buf_wipe(&c->out);
	else
		sw_buf_clear(&c->out);
	c->part_count = 0;
	sw_buf_clear(&c->chunk);
	sw_buf_wipe(&c->auth_held);
	sw_client_enter(c, state, 0);
}

void sw_client_fail(struct sw_smtp_client *c, enum sw_smtp_failure_kind kind,
		    enum sw_stage stage, const struct sw_reply *reply)
{
	struct sw_smtp_failure *f = &c->failure;

	if (sw_client_is_over(c))
		return;
	/* Whatever happens behind QUIT: we wanted to go anyway. */
	if (c->state == SW_CS_QUIT) {
		sw_client_close(c);
		return;
	}
	f->kind = kind;
	f->stage = stage;
	if (reply)
		f->reply = *reply;
	else if (kind == SW_SMTP_F_CLOSED || kind == SW_SMTP_F_IO)
		f->reply = c->bad;
	if (!f->reply.text)
		f->reply.text = "";
	f->garbage = sw_reply_parser_garbage(&c->parser);
	end_session(c, SW_CS_FAILED);
}

void sw_client_close(struct sw_smtp_client *c)
{
	if (!sw_client_is_over(c))
		end_session(c, SW_CS_CLOSED);
}

/* Pushes where sw_client_push would refuse: the session is over, places were kept. */
static void last_word(struct sw_smtp_client *c, struct sw_smtp_event e)
{
	if (c->events.count < c->events.cap)
		add(&c->events, e);
}

void sw_client_announce_closed(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	last_word(c, (struct sw_smtp_event){ .type = SW_SMTP_CLOSED,
					     .stage = sw_smtp_client_stage(c) });
}

void sw_client_announce_failed(struct sw_smtp_client *c, uint64_t now_us SW_UNUSED)
{
	const struct sw_smtp_failure *f = &c->failure;

	last_word(c, (struct sw_smtp_event){ .type = SW_SMTP_FAILED,
					     .stage = f->stage,
					     .reply = f->reply.code ? &f->reply : NULL });
}

/* Every begin comes here once. */
void sw_client_finish(struct sw_smtp_client *c)
{
	if (!c->active)
		return;
	last_word(c, (struct sw_smtp_event){ .type = SW_SMTP_MESSAGE_RESULT,
					     .stage = sw_smtp_client_stage(c),
					     .transaction = c->tx->number });
	if (--c->active > 0)
		c->tx = &c->slots[(c->tx->number + 1) % SW_SLOTS];
	else
		c->writing = 0;
}

const char *sw_smtp_failure_name(enum sw_smtp_failure_kind kind)
{
	static const char *const names[SW_SMTP_F_COUNT] = {
		[SW_SMTP_OK] = "ok",
		[SW_SMTP_F_TIMEOUT] = "timeout",
		[SW_SMTP_F_CLOSED] = "closed",
		[SW_SMTP_F_IO] = "io",
		[SW_SMTP_F_REFUSED] = "refused",
		[SW_SMTP_F_SHUTDOWN] = "shutdown",
		[SW_SMTP_F_NO_STARTTLS] = "no-starttls",
		[SW_SMTP_F_TLS_INJECTION] = "tls-injection",
		[SW_SMTP_F_TLS] = "tls",
		[SW_SMTP_F_NO_AUTH] = "no-auth",
		[SW_SMTP_F_GARBAGE] = "garbage",
		[SW_SMTP_F_ENDLESS] = "endless",
		[SW_SMTP_F_UNEXPECTED] = "unexpected",
		[SW_SMTP_F_UNSOLICITED] = "unsolicited",
		[SW_SMTP_F_NO_XCLIENT] = "no-xclient",
		[SW_SMTP_F_NOMEM] = "no-memory",
	};

	return (size_t)kind < SW_LEN(names) && names[kind] ? names[kind] : "?";
}
