/* SPDX-License-Identifier: MIT */
#include "client/part.h"

struct sw_delivery_recipient *sw_part_recipient(const struct sw_part *p, size_t i)
{
	return &p->d->recipients[p->which ? p->which[i] : i];
}

static void copy_reply(struct sw_delivery *d, const struct sw_reply *from, struct sw_reply *to)
{
	*to = (struct sw_reply){ 0 };
	if (from && from->code && sw_reply_copy(&d->arena, from, to))
		*to = (struct sw_reply){ .code = from->code,
					 .enhanced = from->enhanced,
					 .text = "" };
}

/* The ending's reply is an answer, and not just the last words before something else happened.
 */
static bool is_answer(enum sw_ending ending)
{
	return ending == SW_END_REFUSED || ending == SW_END_SHUTDOWN ||
	       ending == SW_END_AUTH_REFUSED;
}

/* All recipients of the part share one fate: nobody was asked about them. */
void sw_part_settle_all(const struct sw_part *p, enum sw_ending ending, enum sw_stage stage,
			const struct sw_reply *reply)
{
	static const struct sw_reply none;
	struct sw_reply copy;
	copy_reply(p->d, reply, &copy);
	enum sw_outcome outcome =
		ending == SW_END_NULL_MX
			? SW_REJECTED
			: sw_delivery_outcome_of(stage,
						 is_answer(ending) && reply ? reply : &none);
	for (size_t i = 0; i < p->job.recipient_count; i++) {
		struct sw_delivery_recipient *r = sw_part_recipient(p, i);
		r->outcome = outcome;
		r->stage = stage;
		r->ending = ending;
		r->reply = copy;
	}
	if (p->d->recipient_count == 0) {
		p->d->ending = ending;
		p->d->stage = stage;
		p->d->reply = copy;
	}
}

/* Replies that many recipients share (to MAIL, to the message) are copied once. */
static void settle_one(const struct sw_part *p, struct sw_session *s, size_t i,
		       struct sw_smtp_rcpt_state st, const struct sw_reply **last,
		       struct sw_reply *last_copy)
{
	struct sw_delivery_recipient *r = sw_part_recipient(p, i);
	const struct sw_reply *words = st.reply;
	bool open = st.outcome == SW_NOT_SENT || st.outcome == SW_UNCERTAIN;
	r->outcome = st.outcome;
	r->stage = st.stage;
	r->ending = open ? s->ending : SW_END_OK;
	r->about_sender = s->mail_refused;
	if (open && s->ending != SW_END_OK) {
		r->stage = st.outcome == SW_UNCERTAIN ? SW_STAGE_FINAL : s->ending_stage;
		bool said = is_answer(s->ending) || s->ending == SW_END_UNEXPECTED ||
			    s->ending == SW_END_UNSOLICITED;
		/* Of other endings the last words may be about another recipient. */
		words = said ? &s->ending_reply : NULL;
		if (is_answer(s->ending) && st.outcome == SW_NOT_SENT)
			r->outcome = sw_delivery_outcome_of(s->ending_stage, words);
	}
	if (words != *last || !words)
		copy_reply(p->d, words, last_copy);
	*last = words;
	r->reply = *last_copy;
	if (r->outcome == SW_ACCEPTED && r->stage == SW_STAGE_FINAL && !p->d->final_reply.code)
		p->d->final_reply = r->reply;
}

void sw_part_settle(const struct sw_part *p, struct sw_session *s)
{
	const struct sw_reply *last = NULL;
	struct sw_reply copy = { 0 };
	for (size_t i = 0; i < p->job.recipient_count; i++)
		settle_one(p, s, i, sw_smtp_client_recipient(s->smtp, i), &last, &copy);
}

void sw_part_settle_state(const struct sw_part *p, struct sw_session *s,
			  const struct sw_smtp_rcpt_state *st)
{
	const struct sw_reply *last = NULL;
	struct sw_reply copy = { 0 };
	settle_one(p, s, 0, *st, &last, &copy);
}
