/* SPDX-License-Identifier: MIT */
/* Rows of talks. */
#include "base/mem.h"
#include "probe/say.h"

static void turn(struct sw_say *s);

static bool is_ours(const struct sw_talk_account *a)
{
	return a->end == SW_TALK_NOT_ALLOWED || a->end == SW_TALK_LOCAL;
}

static void say_untested(struct sw_say *s, const struct sw_talk_account *a)
{
	if (s->refused_by_us)
		return;
	s->refused_by_us = true;
	if (a->end == SW_TALK_NOT_ALLOWED)
		sw_probe_untested(s->r, s->r->probe->id,
				  "no more connections to this server are made in one "
				  "examination, or it has asked not to come back");
	else
		sw_probe_untested(s->r, s->r->probe->id,
				  "a connection could not be made on this side: %s",
				  a->os_errno ? strerrordesc_np(a->os_errno) : "no memory");
}

static void hear(void *arg, struct sw_talk *t, const struct sw_talk_account *a)
{
	struct sw_say_lane *lane = arg;
	struct sw_say *s = lane->say;

	if (is_ours(a)) {
		say_untested(s, a);
	} else {
		s->heard_of++;
		s->heard(s, &s->steps[lane->step], a);
	}
	sw_talk_free(t);
	lane->talk = NULL;
	turn(s);
}

static void cancel(struct sw_say *s)
{
	for (size_t i = 0; i < SW_SAY_LANES; i++) {
		sw_talk_free(s->lanes[i].talk);
		s->lanes[i].talk = NULL;
	}
}

static bool begin(struct sw_say *s, struct sw_say_lane *lane)
{
	struct sw_error err = { 0 };

	lane->step = s->next++;
	lane->talk = sw_talk_start(s->r, &s->steps[lane->step].plan, hear, lane, &err);
	if (!lane->talk && !s->refused_by_us) {
		s->refused_by_us = true;
		sw_probe_untested(s->r, s->r->probe->id, "%s", err.text);
	}
	return lane->talk != NULL;
}

/* Fills the lanes; when there is nothing under way and nothing to do, it is over. */
static void turn(struct sw_say *s)
{
	size_t open = 0;

	if (s->enough)
		cancel(s);
	for (size_t i = 0; i < s->abreast; i++) {
		struct sw_say_lane *lane = &s->lanes[i];

		while (!lane->talk && !s->enough && s->next < s->count)
			if (begin(s, lane))
				break;
		open += lane->talk != NULL;
	}
	if (open)
		return;
	if (s->over)
		s->over(s);
	sw_probe_done(s->r);
}

void *sw_say_new(struct sw_probe_run *r, size_t size,
		 void (*heard)(struct sw_say *, const struct sw_say_step *,
			       const struct sw_talk_account *),
		 void (*over)(struct sw_say *))
{
	struct sw_say *s = sw_calloc(1, size);

	if (!s)
		return NULL;
	s->r = r;
	s->heard = heard;
	s->over = over;
	/* Those to one address take turns by themselves. */
	s->abreast = SW_SAY_LANES;
	for (size_t i = 0; i < SW_SAY_LANES; i++)
		s->lanes[i].say = s;
	r->state = s;
	return s;
}

void sw_say_add(struct sw_say *s, const struct sw_talk_plan *plan, unsigned tag,
		const char *what)
{
	if (s->count == SW_SAY_STEPS)
		return;
	s->steps[s->count++] = (struct sw_say_step){ *plan, tag, what };
}

enum sw_err sw_say_go(struct sw_say *s, struct sw_error *err)
{
	(void)err;
	turn(s);
	return SW_OK;
}

void sw_say_stop(struct sw_probe_run *r)
{
	struct sw_say *s = r->state;

	if (!s)
		return;
	cancel(s);
	sw_free(s);
	r->state = NULL;
}

/* ---- plans */

void sw_say_plan(const struct sw_exam *x, uint16_t port, struct sw_talk_plan *ret)
{
	const struct sw_exam_target *t = &x->target;
	bool same = port == 0 || port == t->port;

	*ret = (struct sw_talk_plan){ .addr = t->addrs[0], .until = SW_TALK_EHLO };
	sw_addr_set_port(&ret->addr, same ? t->port : port);
	ret->tls_name = t->tls_name && *t->tls_name ? t->tls_name : NULL;
	if (same)
		ret->tls = t->implicit     ? SW_TALK_IMPLICIT
			   : sw_say_tls(x) ? SW_TALK_STARTTLS
					   : SW_TALK_PLAIN;
	else
		ret->tls = port == 465 ? SW_TALK_IMPLICIT : SW_TALK_STARTTLS;
}

bool sw_say_contacts(const struct sw_exam *x, const char *more, struct sw_buf *out)
{
	char text[SW_ADDR_TEXT];

	if (x->target.addr_count == 0 || x->target.port == 0)
		return false;
	return sw_buf_printf(out, "%s port %u%s", sw_addr_ip(&x->target.addrs[0], text),
			     x->target.port, more) == SW_OK;
}

bool sw_say_asked(const struct sw_want *wants, size_t count, enum sw_fact_type type,
		  const char *key, const char *value)
{
	for (size_t i = 0; i < count; i++)
		if (wants[i].type == type &&
		    sw_slice_eq_nocase(sw_want_value(&wants[i], key), sw_slice_str(value)))
			return true;
	return false;
}

bool sw_say_wanted(const struct sw_want *wants, size_t count, enum sw_fact_type type,
		   const char *key, const char *value)
{
	return sw_say_asked(wants, count, type, key, value) ||
	       sw_say_asked(wants, count, type, key, "");
}

/* ---- the session */

static const struct sw_fact *next_of(const struct sw_exam *x, enum sw_fact_type type,
				     size_t *at)
{
	const struct sw_facts *f = x->c->facts;

	while (*at < sw_facts_count(f)) {
		const struct sw_fact *fact = sw_facts_get(f, (*at)++);

		if (fact->type == type)
			return fact;
	}
	return NULL;
}

bool sw_say_logged_in(const struct sw_exam *x)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_AUTH_RESULT);

	return f && sw_fact_int(f, "ok", 0) != 0;
}

bool sw_say_tls(const struct sw_exam *x)
{
	return x->target.tls || sw_facts_last(x->c->facts, SW_FACT_TLS_HANDSHAKE) != NULL;
}

bool sw_say_slow_down(const struct sw_exam *x)
{
	const struct sw_fact *f;
	size_t at = 0;

	while ((f = next_of(x, SW_FACT_REPLY, &at))) {
		struct sw_slice enhanced = sw_fact_text(f, "enhanced");

		if (sw_fact_int(f, "code", 0) == 421 ||
		    sw_slice_eq(enhanced, SW_S("4.7.650")) ||
		    sw_slice_eq(enhanced, SW_S("4.7.28")))
			return true;
	}
	return false;
}

static const char *kept(struct sw_exam *x, struct sw_slice s)
{
	const char *text = sw_arena_copy(&x->arena, s).ptr;

	return text ? text : "";
}

const char *sw_say_sender(struct sw_exam *x, bool *ret_known)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_SEND_WISH);

	*ret_known = true;
	if (x->wish->sender)
		return x->wish->sender;
	/* A wish without recipients had no envelope. */
	*ret_known = f && sw_fact_field(f, "sender") && sw_fact_int(f, "recipients", 0) > 0;
	return *ret_known ? kept(x, sw_fact_text(f, "sender")) : "";
}

const char *sw_say_recipient(struct sw_exam *x)
{
	const struct sw_fact *f, *first = NULL;
	size_t at = 0;

	if (x->wish->recipient)
		return x->wish->recipient;
	while ((f = next_of(x, SW_FACT_RECIPIENT, &at))) {
		if (!sw_slice_eq(sw_fact_text(f, "outcome"), SW_S("accepted")))
			return kept(x, sw_fact_text(f, "recipient"));
		if (!first)
			first = f;
	}
	return first ? kept(x, sw_fact_text(first, "recipient")) : "";
}

struct sw_slice sw_say_text(const struct sw_talk_reply *reply)
{
	return sw_slice_str(reply->text ? reply->text : "");
}

const char *sw_say_format(struct sw_exam *x, const char *fmt, ...)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_MAX_COMMAND };
	va_list args;
	enum sw_err e;

	va_start(args, fmt);
	e = sw_buf_vprintf(&b, fmt, args);
	va_end(args);
	return e ? NULL : sw_arena_copy(&x->arena, sw_buf_slice(&b)).ptr;
}
