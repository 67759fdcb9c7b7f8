/* SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "identity/spf_internal.h"

void sw_spf_mark(struct sw_spf *x, const struct sw_spf_frame *f, enum sw_spf_effect effect,
		 const struct sw_ask *ask, bool counted)
{
	if (x->mark_count == x->mark_room) {
		size_t room = x->mark_room ? x->mark_room * 2 : 16;
		struct sw_spf_mark *grown =
			room <= SW_MAX_SPF_STEPS
				? sw_arena_alloc(&x->m.arena, room * sizeof(*grown))
				: NULL;

		if (!grown) {
			x->m.asks.nomem = x->m.asks.nomem || room <= SW_MAX_SPF_STEPS;
			x->marks_cut = true;
			return;
		}
		if (x->mark_count)
			memcpy(grown, x->marks, x->mark_count * sizeof(*grown));
		x->marks = grown;
		x->mark_room = room;
	}
	bool on_term = effect != SW_SPF_STEP_RECORD && effect != SW_SPF_STEP_DEFAULT &&
		       f->policy && f->policy->records == 1 && !f->policy->record.flaw &&
		       f->term < f->policy->record.count;
	x->marks[x->mark_count++] = (struct sw_spf_mark){
		.policy = f->policy,
		.domain = f->domain,
		.ask = ask,
		.term = on_term ? f->term : SW_SPF_NO_TERM,
		.effect = (uint8_t)effect,
		.depth = f->depth,
		.counted = counted,
		.is_void = counted && ask && ask->answered && sw_ask_is_void(ask),
	};
}

size_t sw_spf_step_count(const struct sw_spf *x)
{
	return x->mark_count;
}

bool sw_spf_trace_cut(const struct sw_spf *x)
{
	return x->marks_cut;
}

struct sw_spf_step sw_spf_step_at(const struct sw_spf *x, size_t i)
{
	const struct sw_spf_mark *m = &x->marks[i];
	struct sw_spf_step s = {
		.effect = m->effect,
		.depth = m->depth,
		.domain = m->domain,
		.counted = m->counted,
		.is_void = m->is_void,
	};

	if (m->term != SW_SPF_NO_TERM)
		s.term = sw_spf_term_text(&m->policy->record,
					  &m->policy->record.terms[m->term]);
	else if (m->effect == SW_SPF_STEP_RECORD && m->policy && m->policy->records > 0)
		s.term = m->policy->record.text;
	if (m->ask) {
		s.asked = m->ask->name;
		s.type = m->ask->type;
		s.status = m->ask->status;
		s.count = m->ask->count;
	}
	return s;
}

static enum sw_err put_question(const struct sw_spf_step *s, struct sw_buf *out)
{
	enum sw_err e = sw_buf_printf(out, " (%s ", sw_dns_type_name(s->type));

	if (!e)
		e = sw_text_escape(out, sw_slice_str(s->asked), SW_TEXT_LINE);
	if (e)
		return e;
	if (s->effect == SW_SPF_STEP_ENTER)
		return sw_buf_add_char(out, ')');
	if (s->status == SW_DNS_OK)
		return sw_buf_printf(out, ": %zu record%s)", s->count,
				     s->count == 1 ? "" : "s");
	return sw_buf_printf(out, ": %s)", sw_dns_status_name(s->status));
}

enum sw_err sw_spf_step_text(const struct sw_spf_step *s, struct sw_buf *out)
{
	static const char *const effects[] = {
		[SW_SPF_STEP_RECORD] = "",
		[SW_SPF_STEP_MATCH] = ": match",
		[SW_SPF_STEP_NO_MATCH] = ": no match",
		[SW_SPF_STEP_ENTER] = ": followed",
		[SW_SPF_STEP_TEMPERROR] = ": temporary error",
		[SW_SPF_STEP_PERMERROR] = ": permanent error",
		[SW_SPF_STEP_DEFAULT] = ": nothing matched",
	};
	enum sw_err e = sw_text_escape(out, sw_slice_str(s->domain), SW_TEXT_LINE);

	if (!e && s->term.len > 0)
		e = sw_buf_add_str(out, ": ");
	if (!e)
		e = sw_text_escape(out, s->term, SW_TEXT_LINE);
	if (!e && s->asked)
		e = put_question(s, out);
	if (!e && s->is_void)
		e = sw_buf_add_str(out, ", void");
	return e ? e : sw_buf_add_str(out, effects[s->effect]);
}

static enum sw_err put_flaw(const struct sw_spf_outcome *o, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add_str(out, ": ");

	if (o->flaw_text.len > 0 && !e)
		e = sw_buf_add_char(out, '"');
	if (!e)
		e = sw_text_escape(out, o->flaw_text, SW_TEXT_LINE);
	if (o->flaw_text.len > 0 && !e)
		e = sw_buf_printf(out, "\" at byte %u: ", o->flaw_at);
	return e ? e : sw_buf_add_str(out, sw_spf_flaw_text(o->flaw));
}

enum sw_err sw_spf_outcome_text(const struct sw_spf_outcome *o, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add_str(out, sw_spf_result_name(o->result));

	if (!e && o->mechanism.len > 0)
		e = sw_buf_add_str(out, " by ");
	if (!e)
		e = sw_text_escape(out, o->mechanism, SW_TEXT_LINE);
	if (!e && *o->domain)
		e = sw_buf_add_str(out, o->mechanism.len > 0 ? " of " : " for ");
	if (!e)
		e = sw_text_escape(out, sw_slice_str(o->domain), SW_TEXT_LINE);
	return e || o->flaw == SW_SPF_GOOD ? e : put_flaw(o, out);
}
