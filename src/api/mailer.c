/* SPDX-License-Identifier: MIT */
#include "api/mailer.h"

#include <stdio.h>

#include "api/step.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/session.h"

enum {
	/* What is escaped grows fourfold at most; marks and times come on top. */
	MAX_TRANSCRIPT_TEXT = 6 * SW_MAX_TRANSCRIPT,
	MAX_STORY = 4 * SW_MAX_REPLY * 8,
};

struct sw_mailer *sw_mailer_new(void)
{
	struct sw_mailer *m = sw_calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	sw_client_settings_init(&m->settings);
	sw_buf_init(&m->story, MAX_STORY);
	sw_buf_init(&m->transcript, MAX_TRANSCRIPT_TEXT);
	sw_buf_init(&m->dialogue_line, MAX_TRANSCRIPT_TEXT);
	return m;
}

void sw_mailer_free(struct sw_mailer *m)
{
	if (!m)
		return;
	if (m->in_callback || m->pools) {
		m->doomed = true;
		if (m->client)
			m->client->aborted = true;
		return;
	}
	m->doomed = false;
	sw_step_drop(m);
	sw_context_free(m->client);
	sw_facts_free(m->failed);
	sw_client_settings_fini(&m->settings);
	sw_free(m->secret_place);
	sw_buf_wipe(&m->credential);
	sw_buf_fini(&m->story);
	sw_buf_fini(&m->transcript);
	sw_buf_fini(&m->dialogue_line);
	sw_free(m);
}

enum sw_err sw_mailer_set(struct sw_mailer *m, const char *name, const char *value)
{
	enum sw_err e = sw_step_busy(m);
	if (e)
		return e;
	sw_error_clear(&m->error);
	sw_buf_clear(&m->story);
	e = sw_mailer_apply(m, name, value, &m->error);
	if (!e && !sw_mailer_setting_is_of_diagnosis(name)) {
		sw_facts_free(m->failed);
		m->failed = NULL;
		/* A token was made for the settings as they were, and a keyring gave the password
		 * of one user at one server: another server must not get it. */
		if (m->settings.secret_is_token || m->secret_source == SW_SECRET_FROM)
			sw_secret_fini(&m->settings.secret);
		if (m->client)
			sw_context_changed(m->client);
	}
	return e;
}

void sw_mailer_on_heartbeat(struct sw_mailer *m, unsigned every_ms, sw_heartbeat_fn fn,
			    void *arg)
{
	m->heartbeat_ms = every_ms ? every_ms : 1;
	m->heartbeat = fn;
	m->heartbeat_arg = arg;
}

void sw_mailer_on_progress(struct sw_mailer *m, sw_progress_fn fn, void *arg)
{
	m->progress = fn;
	m->progress_arg = arg;
}

void sw_mailer_on_dialogue(struct sw_mailer *m, sw_dialogue_fn fn, void *arg)
{
	m->dialogue = fn;
	m->dialogue_arg = arg;
}

void sw_mailer_on_connect(struct sw_mailer *m, sw_connect_fn fn, void *arg)
{
	m->connect = fn;
	m->connect_arg = arg;
}

enum sw_err sw_mailer_noop(struct sw_mailer *m)
{
	struct sw_context *c = m->client;
	enum sw_err e = sw_step_busy(m);
	if (e || !c || !c->session)
		return e;
	sw_error_clear(&m->error);
	sw_buf_clear(&m->story);
	bool alive = false;
	struct sw_session_target same = {
		.host = c->session->host,
		.port = c->session->port,
		.tls = c->session->tls,
		.lmtp = c->session->lmtp,
		.auth = c->session->auth,
		.guard = c->session->guard,
		.on_unix = c->session->on_unix,
		.tls_name = c->session->tls_name,
	};
	e = sw_context_begin_call(c, &m->error);
	if (!e && c->session)
		e = sw_session_reuse(c, &same, &alive, &m->error);
	if (!e && alive)
		e = sw_session_noop(c->session, &m->error);
	if (c->session && (e || c->session->ending != SW_END_OK))
		sw_session_close(c);
	sw_facts_free(sw_context_end_call(c));
	return sw_mailer_ended(m, e);
}

void sw_mailer_close(struct sw_mailer *m)
{
	if (m->client && !sw_step_busy(m))
		sw_session_close(m->client);
}

int sw_mailer_is_connected(const struct sw_mailer *m)
{
	const struct sw_session *s = m->client ? m->client->session : NULL;
	return s && s->ending == SW_END_OK && s->generation == m->client->generation;
}

int sw_mailer_last_status(const struct sw_mailer *m)
{
	return m->last_status;
}

const char *sw_mailer_last_error_text(const struct sw_mailer *m)
{
	return sw_buf_len(&m->story) ? sw_buf_str(&m->story) : m->error.text;
}

static const char *mark_of(const struct sw_transcript_entry *e)
{
	switch (e->kind) {
	case SW_TR_SENT:
		return e->tls ? "~>" : "->";
	case SW_TR_RECEIVED:
		return e->tls ? "<~" : "<-";
	case SW_TR_NOTE:
		return "===";
	case SW_TR_ERROR:
		break;
	}
	return "***";
}

static double since_start_ms(const struct sw_context *c, const struct sw_transcript_entry *e)
{
	return e->at_us > c->start_us ? (double)(e->at_us - c->start_us) / 1000 : 0;
}

const char *sw_mailer_dialogue_line(struct sw_mailer *m, const struct sw_transcript_entry *e,
				    double *ret_ms, const char **ret_mark)
{
	*ret_ms = since_start_ms(m->client, e);
	*ret_mark = mark_of(e);
	sw_buf_clear(&m->dialogue_line);
	return sw_text_escape(&m->dialogue_line, e->text, SW_TEXT_LINE)
		       ? NULL
		       : sw_buf_str(&m->dialogue_line);
}

/* For the client's hooks: `arg` is the mailer. */
void sw_mailer_hear(void *arg, const struct sw_transcript_entry *e)
{
	struct sw_mailer *m = arg;
	double ms;
	const char *mark, *text = m->dialogue ? sw_mailer_dialogue_line(m, e, &ms, &mark) : NULL;
	if (text)
		sw_mailer_say(m, ms, mark, text);
}

const char *sw_mailer_transcript(struct sw_mailer *m)
{
	struct sw_transcript *t = m->client ? m->client->transcript : NULL;
	enum sw_err e = SW_OK;
	sw_buf_clear(&m->transcript);
	for (size_t i = 0; !e && t && i < sw_transcript_count(t); i++) {
		struct sw_transcript_entry entry = sw_transcript_get(t, i);
		e = sw_buf_printf(&m->transcript, "%10.3f %s ",
				  since_start_ms(m->client, &entry), mark_of(&entry));
		if (!e)
			e = sw_text_escape(&m->transcript, entry.text, SW_TEXT_LINE);
		if (!e)
			e = sw_buf_add_char(&m->transcript, '\n');
	}
	return e ? NULL : sw_buf_str(&m->transcript);
}
