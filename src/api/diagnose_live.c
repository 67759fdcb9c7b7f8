/* SPDX-License-Identifier: MIT */
/* A diagnosis that looks: a session or an old case, then the examination, then the judge. */
#include <errno.h>
#include <string.h>

#include "api/diagnose_live.h"
#include "api/history.h"
#include "api/message.h"
#include "api/result.h"
#include "api/step.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/attempt.h"
#include "client/session.h"

/* ---- what the caller hears */

void sw_diagnose_on_probe(struct sw_mailer *m, sw_probe_fn fn, void *arg)
{
	m->probe = fn;
	m->probe_arg = arg;
}

void sw_diagnose_on_wait(struct sw_mailer *m, sw_wait_fn fn, void *arg)
{
	m->wait = fn;
	m->wait_arg = arg;
}

static void announce(void *arg, const struct sw_probe *p, struct sw_slice contacts)
{
	struct sw_live *l = arg;
	/* What is contacted may come from a case or an answer: only printable bytes of it. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * SW_MAX_EVIDENCE_LINE };

	if (l->m->probe && !sw_text_escape(&text, contacts, SW_TEXT_LINE))
		sw_mailer_probe(l->m, p->id, p->title[l->e->lang], sw_buf_str(&text));
}

static void waiting(void *arg, const char *const what[SW_LANG_COUNT], uint64_t since_us,
		    uint64_t limit_us)
{
	struct sw_live *l = arg;

	if (l->m->wait)
		sw_mailer_wait(l->m, what[l->e->lang], (double)since_us / 1000,
			   (double)limit_us / 1000);
}

/* ---- what is wished */

static enum sw_err split_controls(struct sw_live *l)
{
	struct sw_slice rest = sw_slice_str(l->m->settings.controls), one;

	while (l->wish.control_count < SW_LIVE_CONTROLS && sw_slice_split(&rest, ',', &one)) {
		const char *copy = sw_arena_copy(&l->arena, sw_slice_trim(one)).ptr;

		if (!copy)
			return sw_fail_nomem(&l->m->error);
		l->controls[l->wish.control_count++] = copy;
	}
	return SW_OK;
}

static enum sw_err live_init(struct sw_live *l, struct sw_mailer *m, struct sw_explainer *e)
{
	*l = (struct sw_live){ .m = m, .e = e, .refused = sw_mem_refused() };
	sw_arena_init(&l->arena);
	l->wish = (struct sw_exam_wish){
		.depth = (enum sw_probe_class)m->settings.depth,
		.controls = l->controls,
		.second_resolver = m->settings.second_resolver,
		.public_ip = m->settings.public_ip,
		.announce = announce,
		.waiting = waiting,
		.arg = l,
	};
	return split_controls(l);
}

static void live_fini(struct sw_live *l)
{
	sw_message_free(l->message);
	sw_arena_fini(&l->arena);
}

/* ---- the end */

static void tell_limits(const struct sw_live *l, struct sw_diagnosis *d)
{
	static const enum sw_stage last[] = {
		[SW_PROBE_PASSIVE] = SW_STAGE_LOCAL,  [SW_PROBE_DNS] = SW_STAGE_DNS,
		[SW_PROBE_TCP] = SW_STAGE_TCP,        [SW_PROBE_SMTP] = SW_STAGE_ENVELOPE,
		[SW_PROBE_LOGIN] = SW_STAGE_ENVELOPE, [SW_PROBE_MESSAGE] = SW_STAGE_INBOX,
	};
	bool login = sw_live_login_is_wanted(&l->m->settings);

	d->live = true;
	d->allowed = last[l->wish.depth];
	d->login_allowed = !login || l->wish.depth >= SW_PROBE_LOGIN;
	/* Behind a login that was left out nothing is tried. */
	if (!d->login_allowed && d->allowed > SW_STAGE_TLS)
		d->allowed = SW_STAGE_TLS;
}

/* Ends the call and judges what is known. */
static enum sw_err conclude(struct sw_live *l, struct sw_diagnosis **ret)
{
	struct sw_facts *facts = sw_context_end_call(l->m->client);
	struct sw_diagnosis *d = sw_diagnosis_new(l->e);

	if (!d) {
		sw_facts_free(facts);
		return sw_fail_nomem(&l->m->error);
	}
	tell_limits(l, d);
	enum sw_err e = sw_diagnosis_make(d, facts, &l->m->error);

	/* What failed for want of memory here looks like the fault of a server. */
	if (!e)
		e = sw_fail_if_refused(&l->m->error, l->refused);
	if (e)
		sw_diagnosis_free(d);
	else
		*ret = d;
	return e;
}

/* The system gave us no descriptor: that is a cause like others, not a failure of ours. */
static bool lacks_descriptors(const struct sw_live *l, enum sw_err code)
{
	int os_errno = l->m->error.os_errno;

	return code == SW_E_OS && (os_errno == EMFILE || os_errno == ENFILE);
}

static void state_lack(struct sw_live *l, struct sw_facts *facts, uint64_t now_us)
{
	const struct sw_error *e = &l->m->error;

	SW_STATE(facts, SW_FACT_SESSION_END, SW_STAGE_LOCAL, "session", now_us,
		 SW_F_STR("failure", "io"), SW_F_STR("stage", sw_stage_name(SW_STAGE_LOCAL)),
		 SW_F_INT("errno", e->os_errno),
		 SW_F_STR("errno_name", strerrorname_np(e->os_errno)),
		 SW_F_STR("text", e->text));
}

/* Not even a call could be begun. */
static enum sw_err conclude_without_call(struct sw_live *l, enum sw_err code,
					 struct sw_diagnosis **ret)
{
	const struct sw_world *world = sw_world_real();
	uint64_t now_us = world->now_us(world->arg);

	if (!lacks_descriptors(l, code))
		return code;
	struct sw_facts *facts = sw_facts_new(NULL, now_us, world->wall_us(world->arg));
	struct sw_diagnosis *d = facts ? sw_diagnosis_new(l->e) : NULL;

	if (!d) {
		sw_facts_free(facts);
		return sw_fail_nomem(&l->m->error);
	}
	state_lack(l, facts, now_us);
	tell_limits(l, d);
	code = sw_diagnosis_make(d, facts, &l->m->error);
	if (code)
		sw_diagnosis_free(d);
	else
		*ret = d;
	return code;
}

static void give_up(struct sw_live *l)
{
	sw_facts_free(sw_context_end_call(l->m->client));
}

/* ---- from facts that are there */

/* Who wrote to whom, for probes of the envelope. */
static void take_envelope(struct sw_live *l)
{
	const struct sw_facts *f = l->m->client->facts;
	const struct sw_fact *wish = sw_facts_last(f, SW_FACT_SEND_WISH);

	/* Without memory: as if nothing were known of them. */
	if (wish)
		l->wish.sender = sw_arena_copy(&l->arena, sw_fact_text(wish, "sender")).ptr;
	l->wish.recipient = sw_live_failed_recipient(l);
}

static enum sw_err go_on_from(struct sw_live *l, struct sw_facts *facts,
			      struct sw_diagnosis **ret)
{
	struct sw_mailer *m = l->m;
	struct sw_live_kept kept = { 0 };
	enum sw_err e = sw_mailer_ready_client(m);

	if (e) {
		sw_facts_free(facts);
		return e;
	}
	sw_session_close(m->client);
	e = sw_live_keep_settings(m, facts, &kept, &m->error);
	if (!e)
		e = sw_context_begin_call(m->client, &m->error);
	if (e) {
		sw_live_restore_settings(m, &kept);
		sw_facts_free(facts);
		return e;
	}
	sw_context_resume(m->client, facts);
	take_envelope(l);
	if (l->wish.depth > SW_PROBE_PASSIVE)
		e = sw_examine(m->client, l->e->k, &l->wish, &m->error);
	if (e)
		give_up(l);
	else
		e = conclude(l, ret);
	sw_live_restore_settings(m, &kept);
	return e;
}

enum sw_err sw_diagnose_from(struct sw_mailer *m, struct sw_explainer *e, const void *json,
			     size_t len, struct sw_diagnosis **ret)
{
	struct sw_facts *facts = NULL;
	char *result = NULL;
	struct sw_live l;

	enum sw_err code = sw_mailer_begin(m);
	if (code)
		return code;
	if (len > SW_MAX_CASE)
		return sw_fail(&m->error, SW_E_LIMIT,
			       "the case has %zu bytes, at most %d are read", len,
			       SW_MAX_CASE);
	code = live_init(&l, m, e);
	if (!code)
		code = sw_case_read(sw_slice(json, len), &facts, &result, &m->error);
	sw_free(result);
	if (!code)
		code = go_on_from(&l, facts, ret);
	live_fini(&l);
	return sw_mailer_ended(m, code);
}

/* The last call's store has another owner, its result: what comes now goes into a copy. */
static enum sw_err from_last_call(struct sw_live *l, struct sw_diagnosis **ret)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf json = { .max = SW_MAX_CASE };
	struct sw_facts *facts = NULL;
	char *result = NULL;
	enum sw_err e = sw_case_write(l->m->failed, "", &json, &l->m->error);

	if (!e)
		e = sw_case_read(sw_buf_slice(&json), &facts, &result, &l->m->error);
	sw_free(result);
	return e ? e : go_on_from(l, facts, ret);
}

/* ---- from a session of its own */

/* A result without a session to speak of would say that something failed. */
static bool tells_something(const struct sw_live *l, const struct sw_delivery *d)
{
	return l->job.until == SW_UNTIL_READY || d->ending != SW_END_OK;
}

static enum sw_err run_session(struct sw_live *l, struct sw_error *err)
{
	struct sw_mailer *m = l->m;
	struct sw_result *r = sw_result_new(&l->job);

	if (!r)
		return sw_fail_nomem(err);
	enum sw_err e = sw_attempt_run(m->client, &l->job, &r->d, err);

	if (!e && tells_something(l, &r->d)) {
		/* Lent: the call is not over. */
		r->d.facts = m->client->facts;
		sw_mailer_complete(m, r, "");
		/* A look is no delivery: it is not remembered. */
		sw_history_note(m, r, &l->job, "", false);
		r->d.facts = NULL;
	}
	sw_result_free(r);
	return e;
}

static enum sw_err own_session(struct sw_live *l, struct sw_diagnosis **ret)
{
	struct sw_mailer *m = l->m;
	struct sw_exam *x = NULL;
	enum sw_err e = sw_mailer_prepare(m, &l->job);

	if (e)
		return conclude_without_call(l, e, ret);
	sw_session_close(m->client);
	e = sw_context_begin_call(m->client, &m->error);
	if (!e)
		e = sw_exam_begin(m->client, l->e->k, &l->wish, &x, &m->error);
	if (!e) {
		e = run_session(l, &m->error);
		/* A session that is kept open would count against us. */
		sw_session_close(m->client);
		const char *failed = e ? NULL : sw_live_failed_recipient(l);

		/* What is looked at now is asked about the one that failed. */
		if (failed)
			l->wish.recipient = failed;
		if (e)
			sw_exam_abandon(x);
		else
			e = sw_exam_finish(x, &m->error);
	}
	if (lacks_descriptors(l, e) && m->client->facts) {
		state_lack(l, m->client->facts, sw_context_now(m->client));
		return conclude(l, ret);
	}
	if (e)
		give_up(l);
	else
		e = conclude(l, ret);
	return e;
}

enum sw_err sw_diagnose(struct sw_mailer *m, struct sw_explainer *e, struct sw_diagnosis **ret)
{
	struct sw_live l;
	struct sw_facts *failed = m->failed;
	enum sw_err code = sw_step_busy(m);

	if (code)
		return code;
	m->failed = NULL;
	sw_mailer_forget(m);
	m->failed = failed;
	code = live_init(&l, m, e);

	if (!code && failed) {
		code = from_last_call(&l, ret);
	} else if (!code && m->settings.mx) {
		code = sw_fail(&m->error, SW_E_CONFIG,
			       "mx names no server to be examined; set a server, or name a "
			       "recipient");
	} else if (!code) {
		code = sw_live_plan(&l);
		if (!code)
			code = own_session(&l, ret);
	}
	live_fini(&l);
	return sw_mailer_ended(m, code);
}

/* By the mailer's route, or else by MX. */
static enum sw_err by_route(struct sw_live *l,
			    enum sw_err (*plan)(struct sw_live *l, const void *arg),
			    const void *arg, struct sw_diagnosis **ret)
{
	struct sw_mailer *m = l->m;
	bool mx = m->settings.mx;

	m->settings.mx = mx || !m->settings.host;
	enum sw_err code = plan(l, arg);

	if (!code)
		code = own_session(l, ret);
	m->settings.mx = mx;
	return code;
}

enum sw_err sw_diagnose_recipients(struct sw_mailer *m, struct sw_explainer *e,
				   const char *sender, const char *const *recipients,
				   size_t count, struct sw_diagnosis **ret)
{
	const struct sw_live_envelope given = { sender, recipients, count };
	struct sw_live l;
	enum sw_err code = sw_mailer_begin(m);

	if (code)
		return code;
	code = live_init(&l, m, e);

	if (!code)
		code = by_route(&l, sw_live_plan_envelope, &given, ret);
	live_fini(&l);
	return sw_mailer_ended(m, code);
}

enum sw_err sw_diagnose_recipient(struct sw_mailer *m, struct sw_explainer *e,
				  const char *sender, const char *recipient,
				  struct sw_diagnosis **ret)
{
	return sw_diagnose_recipients(m, e, sender, &recipient, 1, ret);
}

enum sw_err sw_diagnose_message(struct sw_mailer *m, struct sw_explainer *e,
				struct sw_message *message, struct sw_diagnosis **ret)
{
	struct sw_live l;
	enum sw_err code = sw_mailer_begin(m);

	if (code)
		return code;
	code = sw_message_finish(message);
	if (code) {
		m->error = message->error;
		return code;
	}
	code = live_init(&l, m, e);
	l.given = message;
	if (!code)
		code = by_route(&l, sw_live_plan_message, NULL, ret);
	live_fini(&l);
	return sw_mailer_ended(m, code);
}
