/* SPDX-License-Identifier: MIT */
/* A transaction: the envelope, the message, its outcome. */
#include "client/session.h"

/* Fills the machine's output from the source. Small messages go out in one piece with the
 * final dot. */
bool sw_session_feed_data(struct sw_session *s)
{
	struct sw_error err;
	bool moved = false;
	sw_error_clear(&err);
	while (s->feeding == SW_FEED_ON && sw_smtp_client_wants_data(s->smtp)) {
		size_t len = 0;
		enum sw_err e = sw_source_read(s->source, s->chunk, SW_READ_CHUNK, &len, &err);
		uint64_t now = sw_context_now(s->c);
		bool unreadable = e != SW_OK;
		s->fed_bytes = len > 0 ? s->fed_bytes + len : s->fed_bytes;
		/* One that is shorter than it was, or read by somebody else too. */
		if (!e && len == 0 && s->fed_bytes != s->source->facts.size_bytes) {
			e = sw_fail(&err, SW_E_IO, "the message changed while it was sent");
			unreadable = true;
		}
		if (!e && len > 0)
			e = sw_smtp_client_data(s->smtp, sw_slice(s->chunk, len), now, &err);
		if (!e && len == 0) {
			e = sw_smtp_client_data_end(s->smtp, now, &err);
			s->feeding = SW_FEED_DONE;
		}
		if (e) {
			if (unreadable)
				sw_smtp_client_data_abort(s->smtp, now);
			s->feeding = SW_FEED_NONE;
			err.stage = SW_STAGE_DATA;
			sw_session_end_local(s, e, &err);
		}
		moved = true;
	}
	return moved;
}

enum sw_err sw_session_transact(struct sw_session *s, const struct sw_job *job,
				const struct sw_smtp_mail *mail, struct sw_error *err)
{
	uint64_t now = sw_context_now(s->c);
	enum sw_err e = job->source ? sw_source_rewind(job->source, err) : SW_OK;
	if (e)
		return e;
	s->job = job;
	s->source = job->source;
	s->feeding = SW_FEED_WAIT;
	s->stated_replies = 0;
	s->mail_refused = false;
	s->envelope_answers = 0;
	s->seen = 0;
	s->asked_us = now;
	sw_session_enter_stage(s, SW_STAGE_ENVELOPE);
	e = job->kind == SW_JOB_RECIPIENTS ? sw_smtp_client_probe(s->smtp, mail, now, err)
					   : sw_smtp_client_begin(s->smtp, mail, now, err);
	if (!e)
		e = sw_session_pump(s, SW_SEEN(SW_SMTP_MESSAGE_RESULT), err);
	sw_session_enter_stage(s, s->stage);
	if (!e)
		sw_session_state_progress(s);
	s->job = NULL;
	s->source = NULL;
	s->feeding = SW_FEED_NONE;
	return e;
}
