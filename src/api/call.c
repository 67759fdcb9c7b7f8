/* SPDX-License-Identifier: MIT */
/* The calls of a mailer that talk to a server: settings and message in, result out. */
#include "api/mailer.h"

#include "api/history.h"
#include "api/message.h"
#include "api/result.h"
#include "api/secret_git.h"
#include "api/step.h"
#include "base/mem.h"
#include "client/attempt.h"

enum sw_err sw_mailer_ready_client(struct sw_mailer *m)
{
	enum sw_err e = sw_step_busy(m);
	if (e)
		return e;
	if (!m->client)
		m->client = sw_context_new(sw_world_real(), &m->settings, &m->error);
	if (!m->client)
		return m->error.code ? m->error.code : SW_E_NOMEM;
	m->client->hooks = (struct sw_context_hooks){
		.beat_us = (uint64_t)m->heartbeat_ms * 1000,
		.heartbeat = m->heartbeat ? sw_mailer_beat : NULL,
		.heartbeat_arg = m,
		.progress = m->progress ? sw_mailer_progress : NULL,
		.progress_arg = m,
		.connect = m->connect ? sw_mailer_connect : NULL,
		.connect_arg = m,
		.dialogue = m->dialogue ? sw_mailer_hear : NULL,
		.dialogue_arg = m,
	};
	sw_step_attach(m);
	return SW_OK;
}

enum sw_err sw_mailer_prepare(struct sw_mailer *m, const struct sw_job *job)
{
	bool login = job->kind != SW_JOB_CONNECTION && !job->no_login &&
		     job->until == SW_UNTIL_READY;
	enum sw_err e = sw_client_settings_check(&m->settings, &m->error);
	if (!e && login)
		e = sw_mailer_fetch_secret(m, &m->error);
	return e ? e : sw_mailer_ready_client(m);
}

void sw_mailer_complete(struct sw_mailer *m, struct sw_result *r, const char *message_id)
{
	sw_result_complete(r, m->client->redactor, message_id, sw_context_now(m->client));
	sw_secret_git_settle(m, &r->d);
	if (r->d.ending == SW_END_AUTH_REFUSED)
		sw_mailer_secret_refused(m);
	m->last_status = r->d.reply.code;
	if (sw_result_story(r, &m->story))
		sw_buf_clear(&m->story);
}

static void finish(struct sw_mailer *m, struct sw_result *r, const struct sw_job *job,
		   const char *message_id)
{
	r->d.facts = sw_context_end_call(m->client);
	sw_mailer_complete(m, r, message_id);
	sw_history_note(m, r, job, message_id, true);
	if (r->d.ending != SW_END_OK || sw_result_exit_status(r) != 0)
		m->failed = sw_facts_ref(r->d.facts);
}

/* Nothing was handed in, and it was no server's word that stopped it. */
static bool failed_unheard(const struct sw_delivery *d)
{
	bool unsent = d->ending != SW_END_OK && d->ending != SW_END_ABORTED &&
		      d->reply.code == 0 && d->final_reply.code == 0;

	for (size_t i = 0; unsent && i < d->recipient_count; i++)
		unsent = d->recipients[i].outcome == SW_NOT_SENT &&
			 d->recipients[i].reply.code == 0;
	return unsent;
}

static enum sw_err attempt(struct sw_mailer *m, const struct sw_job *job,
			   struct sw_result **ret)
{
	uint64_t refused = sw_mem_refused();
	struct sw_result *r = sw_result_new(job);
	if (!r)
		return sw_fail_nomem(&m->error);
	enum sw_err e = sw_context_begin_call(m->client, &m->error);
	if (!e)
		e = sw_attempt_run(m->client, job, &r->d, &m->error);
	/* Without memory a DNS, a proxy or a network seems to be at fault that is not. */
	if (!e && failed_unheard(&r->d))
		e = sw_fail_if_refused(&m->error, refused);
	if (e) {
		sw_facts_free(sw_context_end_call(m->client));
		sw_result_free(r);
		return e;
	}
	*ret = r;
	return SW_OK;
}

static enum sw_err run(struct sw_mailer *m, const struct sw_job *job, const char *message_id,
		       struct sw_result **ret)
{
	struct sw_result *r = NULL;
	m->last_status = 0;
	m->token_fresh = false;
	enum sw_err e = sw_mailer_prepare(m, job);
	if (!e)
		e = attempt(m, job, &r);
	/* A token may have ended before its time: another one is tried, once. Nothing of the
	 * message has been sent. */
	if (!e && r->d.ending == SW_END_AUTH_REFUSED && sw_mailer_renew_token(m)) {
		sw_facts_free(sw_context_end_call(m->client));
		sw_result_free(r);
		e = attempt(m, job, &r);
	}
	if (e)
		return e;
	finish(m, r, job, message_id);
	*ret = r;
	return SW_OK;
}

void sw_mailer_forget(struct sw_mailer *m)
{
	sw_facts_free(m->failed);
	m->failed = NULL;
	sw_error_clear(&m->error);
	sw_buf_clear(&m->story);
}

/* Lists of strings as a job wants them. */
static const char **texts_of(const struct sw_recipients *r, bool *utf8)
{
	const char **texts = sw_calloc(r->count ? r->count : 1, sizeof(*texts));
	for (size_t i = 0; texts && i < r->count; i++) {
		texts[i] = r->list[i].text;
		*utf8 = *utf8 || r->list[i].utf8;
	}
	return texts;
}

enum sw_err sw_mailer_send(struct sw_mailer *m, struct sw_message *message,
			   struct sw_result **ret)
{
	enum sw_err e = sw_mailer_begin(m);
	if (!e && (!message || !ret))
		e = sw_fail(&m->error, SW_E_USAGE, "no message, or no place for the result");
	if (e)
		return e;
	e = sw_message_finish(message);
	if (e) {
		m->error = message->error;
		return e;
	}
	bool utf8 = message->sender.utf8 || message->source->facts.utf8_headers;
	const char **texts = texts_of(&message->all, &utf8);
	if (!texts)
		return sw_fail_nomem(&m->error);
	struct sw_job job = {
		.kind = SW_JOB_SEND,
		.sender = sw_message_sender(message),
		.recipients = texts,
		.recipient_count = message->all.count,
		.notify = message->notify,
		.orcpt = message->orcpt,
		.source = message->source,
		.smtputf8 = utf8,
	};
	e = run(m, &job, sw_message_id(message), ret);
	sw_free(texts);
	return sw_mailer_ended(m, e);
}

static enum sw_err no_mx(struct sw_mailer *m)
{
	return m->settings.mx ? sw_fail(&m->error, SW_E_CONFIG,
					"mx names no server to be verified; set "
					"a server, or verify recipients")
			      : SW_OK;
}

enum sw_err sw_mailer_verify_connection(struct sw_mailer *m, struct sw_result **ret)
{
	const struct sw_job job = { .kind = SW_JOB_CONNECTION, .sender = "" };
	enum sw_err e = sw_mailer_begin(m);
	if (!e)
		e = no_mx(m);
	return e ? e : sw_mailer_ended(m, run(m, &job, "", ret));
}

enum sw_err sw_mailer_verify_login(struct sw_mailer *m, struct sw_result **ret)
{
	const struct sw_job job = { .kind = SW_JOB_LOGIN, .sender = "" };
	enum sw_err e = sw_mailer_begin(m);
	if (!e)
		e = no_mx(m);
	if (!e && !sw_client_settings_auth_wanted(&m->settings))
		e = sw_fail(&m->error, SW_E_CONFIG,
			    "there is no login to verify: no user is set, or "
			    "auth is none");
	return e ? e : sw_mailer_ended(m, run(m, &job, "", ret));
}

static enum sw_err parse_all(struct sw_mailer *m, struct sw_arena *arena,
			     const char *const *recipients, size_t count,
			     struct sw_recipients *all)
{
	enum sw_err e = count && recipients
				? SW_OK
				: sw_fail(&m->error, SW_E_USAGE, "no recipients to verify");
	for (size_t i = 0; !e && i < count; i++) {
		struct sw_address a;
		e = sw_address_parse(arena, sw_slice_str(recipients[i]), 0, &a, &m->error);
		if (!e)
			e = sw_recipients_add(all, &a, &m->error);
	}
	return e;
}

static enum sw_err verify_parsed(struct sw_mailer *m, const struct sw_address *sender,
				 const struct sw_recipients *all, struct sw_result **ret)
{
	bool utf8 = sender->utf8;
	const char **texts = texts_of(all, &utf8);
	if (!texts)
		return sw_fail_nomem(&m->error);
	struct sw_job job = {
		.kind = SW_JOB_RECIPIENTS,
		.sender = sender->text,
		.recipients = texts,
		.recipient_count = all->count,
		.smtputf8 = utf8,
	};
	enum sw_err e = run(m, &job, "", ret);
	sw_free(texts);
	return e;
}

enum sw_err sw_mailer_verify_recipients(struct sw_mailer *m, const char *sender,
					const char *const *recipients, size_t count,
					struct sw_result **ret)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena;
	SW_CLEANUP(sw_recipients_fini) struct sw_recipients all = { 0 };
	struct sw_address from;
	sw_arena_init(&arena);
	enum sw_err e = sw_mailer_begin(m);
	if (e)
		return e;
	e = sw_address_parse(&arena, sw_slice_str(sender ? sender : ""), SW_ADDRESS_ALLOW_NULL,
			     &from, &m->error);
	if (!e)
		e = parse_all(m, &arena, recipients, count, &all);
	return e ? e : sw_mailer_ended(m, verify_parsed(m, &from, &all, ret));
}
