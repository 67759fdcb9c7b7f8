/* SPDX-License-Identifier: MIT */
/* A diagnosis that looks: a session or an old case, then the examination, then the judge. */
#include "api/diagnose.h"
#include "api/history.h"
#include "api/mailer.h"
#include "api/message.h"
#include "api/result.h"
#include "base/mem.h"
#include "base/text.h"
#include "client/attempt.h"
#include "client/session.h"
#include "probe/probe.h"

enum { MAX_CONTROLS = 32 };

struct live {
	struct sw_mailer *m;
	struct sw_explainer *e;
	struct sw_arena arena;
	struct sw_exam_wish wish;
	const char *controls[MAX_CONTROLS];
	/* The session that is to be made. */
	struct sw_job job;
	const char *recipients[1];
	struct sw_message *message; /* made for this */
	struct sw_message *given;   /* by the caller; NULL none */
};

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
	struct live *l = arg;
	/* What is contacted may come from a case or an answer: only printable bytes of it. */
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * SW_MAX_EVIDENCE_LINE };

	if (l->m->probe && !sw_text_escape(&text, contacts, SW_TEXT_LINE))
		l->m->probe(l->m->probe_arg, p->id, p->title[l->e->lang], sw_buf_str(&text));
}

static void waiting(void *arg, const char *const what[SW_LANG_COUNT], uint64_t since_us,
		    uint64_t limit_us)
{
	struct live *l = arg;

	if (l->m->wait)
		l->m->wait(l->m->wait_arg, what[l->e->lang], (double)since_us / 1000,
			   (double)limit_us / 1000);
}

/* ---- what is wished */

static enum sw_err split_controls(struct live *l)
{
	struct sw_slice rest = sw_slice_str(l->m->settings.controls), one;

	while (l->wish.control_count < MAX_CONTROLS && sw_slice_split(&rest, ',', &one)) {
		const char *copy = sw_arena_copy(&l->arena, sw_slice_trim(one)).ptr;

		if (!copy)
			return sw_fail_nomem(&l->m->error);
		l->controls[l->wish.control_count++] = copy;
	}
	return SW_OK;
}

static enum sw_err live_init(struct live *l, struct sw_mailer *m, struct sw_explainer *e)
{
	*l = (struct live){ .m = m, .e = e };
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

static void live_fini(struct live *l)
{
	sw_message_free(l->message);
	sw_arena_fini(&l->arena);
}

/* ---- the end */

static bool login_is_wanted(const struct sw_client_settings *s)
{
	return !s->mx && sw_client_settings_auth_wanted(s);
}

static void tell_limits(const struct live *l, struct sw_diagnosis *d)
{
	static const enum sw_stage last[] = {
		[SW_PROBE_PASSIVE] = SW_STAGE_LOCAL,  [SW_PROBE_DNS] = SW_STAGE_DNS,
		[SW_PROBE_TCP] = SW_STAGE_TCP,        [SW_PROBE_SMTP] = SW_STAGE_ENVELOPE,
		[SW_PROBE_LOGIN] = SW_STAGE_ENVELOPE, [SW_PROBE_MESSAGE] = SW_STAGE_INBOX,
	};
	bool login = login_is_wanted(&l->m->settings);

	d->live = true;
	d->allowed = last[l->wish.depth];
	d->login_allowed = !login || l->wish.depth >= SW_PROBE_LOGIN;
	/* Behind a login that was left out nothing is tried. */
	if (!d->login_allowed && d->allowed > SW_STAGE_TLS)
		d->allowed = SW_STAGE_TLS;
}

/* Ends the call and judges what is known. */
static enum sw_err conclude(struct live *l, struct sw_diagnosis **ret)
{
	struct sw_facts *facts = sw_context_end_call(l->m->client);
	struct sw_diagnosis *d = sw_diagnosis_new(l->e);

	if (!d) {
		sw_facts_free(facts);
		return sw_fail_nomem(&l->m->error);
	}
	tell_limits(l, d);
	enum sw_err e = sw_diagnosis_make(d, facts, &l->m->error);

	if (e)
		sw_diagnosis_free(d);
	else
		*ret = d;
	return e;
}

static void give_up(struct live *l)
{
	sw_facts_free(sw_context_end_call(l->m->client));
}

/* ---- from facts that are there */

/* Who wrote to whom, for probes of the envelope. */
static void take_envelope(struct live *l)
{
	const struct sw_facts *f = l->m->client->facts;
	const struct sw_fact *wish = sw_facts_last(f, SW_FACT_SEND_WISH);
	const struct sw_fact *rcpt = NULL;

	for (size_t i = 0; !rcpt && i < sw_facts_count(f); i++)
		if (sw_facts_get(f, i)->type == SW_FACT_RECIPIENT)
			rcpt = sw_facts_get(f, i);
	/* Without memory: as if nothing were known of them. */
	if (wish)
		l->wish.sender = sw_arena_copy(&l->arena, sw_fact_text(wish, "sender")).ptr;
	if (rcpt)
		l->wish.recipient =
			sw_arena_copy(&l->arena, sw_fact_text(rcpt, "recipient")).ptr;
}

static enum sw_err go_on_from(struct live *l, struct sw_facts *facts,
			      struct sw_diagnosis **ret)
{
	struct sw_mailer *m = l->m;
	enum sw_err e = sw_mailer_ready_client(m);

	if (!e) {
		sw_session_close(m->client);
		e = sw_context_begin_call(m->client, &m->error);
	}
	if (e) {
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
	return e;
}

enum sw_err sw_diagnose_from(struct sw_mailer *m, struct sw_explainer *e, const void *json,
			     size_t len, struct sw_diagnosis **ret)
{
	struct sw_facts *facts = NULL;
	char *result = NULL;
	struct live l;

	sw_mailer_forget(m);
	if (len > SW_MAX_CASE)
		return sw_fail(&m->error, SW_E_LIMIT,
			       "the case has %zu bytes, at most %d are read", len,
			       SW_MAX_CASE);
	enum sw_err code = live_init(&l, m, e);

	if (!code)
		code = sw_case_read(sw_slice(json, len), &facts, &result, &m->error);
	sw_free(result);
	if (!code)
		code = go_on_from(&l, facts, ret);
	live_fini(&l);
	return code;
}

/* The last call's store has another owner, its result: what comes now goes into a copy. */
static enum sw_err from_last_call(struct live *l, struct sw_diagnosis **ret)
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
static bool tells_something(const struct live *l, const struct sw_delivery *d)
{
	return l->job.until == SW_UNTIL_READY || d->ending != SW_END_OK;
}

static enum sw_err run_session(struct live *l, struct sw_error *err)
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

static enum sw_err own_session(struct live *l, struct sw_diagnosis **ret)
{
	struct sw_mailer *m = l->m;
	struct sw_exam *x = NULL;
	enum sw_err e = sw_mailer_prepare(m, &l->job);

	if (e)
		return e;
	sw_session_close(m->client);
	e = sw_context_begin_call(m->client, &m->error);
	if (!e)
		e = sw_exam_begin(m->client, l->e->k, &l->wish, &x, &m->error);
	if (!e) {
		e = run_session(l, &m->error);
		/* A session that is kept open would count against us. */
		sw_session_close(m->client);
		if (e)
			sw_exam_abandon(x);
		else
			e = sw_exam_finish(x, &m->error);
	}
	if (e)
		give_up(l);
	else
		e = conclude(l, ret);
	return e;
}

static const char test_text[] =
	"This is a test message of \"sendwell diagnose\". Somebody who may send as the\n"
	"author above wanted to know whether mail arrives here. It needs no answer and\n"
	"can be deleted.\n";

static enum sw_err make_message(struct live *l)
{
	struct sw_message *msg = sw_message_new();

	if (!msg)
		return sw_fail_nomem(&l->m->error);
	l->message = msg;
	if (!l->wish.sender || !*l->wish.sender)
		return sw_fail(&l->m->error, SW_E_USAGE,
			       "a test message needs a sender, and none is named");
	enum sw_err e = sw_message_from(msg, l->wish.sender);

	if (!e)
		e = sw_message_to(msg, l->wish.recipient);
	if (!e)
		e = sw_message_subject(msg, "Test message of sendwell diagnose");
	/* RFC 3834 5: programs must not answer it. */
	if (!e)
		e = sw_message_header(msg, "Auto-Submitted", "auto-generated");
	if (!e)
		e = sw_message_text(msg, test_text, sizeof(test_text) - 1);
	if (!e)
		e = sw_message_finish(msg);
	if (e)
		l->m->error = msg->error;
	l->job.source = e ? NULL : msg->source;
	return e;
}

/* What the depth allows, of what the settings and the recipient make possible. */
static enum sw_err plan_session(struct live *l)
{
	static const enum sw_until untils[] = {
		[SW_PROBE_PASSIVE] = SW_UNTIL_NOTHING, [SW_PROBE_DNS] = SW_UNTIL_RESOLVED,
		[SW_PROBE_TCP] = SW_UNTIL_CONNECTED,   [SW_PROBE_SMTP] = SW_UNTIL_READY,
		[SW_PROBE_LOGIN] = SW_UNTIL_READY,     [SW_PROBE_MESSAGE] = SW_UNTIL_READY,
	};
	enum sw_probe_class depth = l->wish.depth;
	bool login = login_is_wanted(&l->m->settings);
	bool may_login = depth >= SW_PROBE_LOGIN;
	struct sw_job *j = &l->job;

	*j = (struct sw_job){ .sender = l->wish.sender ? l->wish.sender : "",
			      .until = untils[depth],
			      .no_login = !may_login };
	if (l->wish.recipient) {
		l->recipients[0] = l->wish.recipient;
		j->recipients = l->recipients;
		j->recipient_count = 1;
	}
	/* A server that wants a login would refuse every recipient without one: that would say
	 * nothing. */
	if (login && !may_login)
		j->kind = SW_JOB_CONNECTION;
	else if (j->recipient_count)
		j->kind = depth == SW_PROBE_MESSAGE ? SW_JOB_SEND : SW_JOB_RECIPIENTS;
	else
		j->kind = login ? SW_JOB_LOGIN : SW_JOB_CONNECTION;
	if (j->kind == SW_JOB_CONNECTION && !l->m->settings.mx)
		j->recipient_count = 0;
	if (j->kind != SW_JOB_SEND)
		return SW_OK;
	if (!l->given)
		return make_message(l);
	j->source = l->given->source;
	return SW_OK;
}

enum sw_err sw_diagnose(struct sw_mailer *m, struct sw_explainer *e, struct sw_diagnosis **ret)
{
	struct live l;
	struct sw_facts *failed = m->failed;

	m->failed = NULL;
	sw_mailer_forget(m);
	m->failed = failed;
	enum sw_err code = live_init(&l, m, e);

	if (!code && failed) {
		code = from_last_call(&l, ret);
	} else if (!code && m->settings.mx) {
		code = sw_fail(&m->error, SW_E_CONFIG,
			       "mx names no server to be examined; set a server, or name a "
			       "recipient");
	} else if (!code) {
		code = plan_session(&l);
		if (!code)
			code = own_session(&l, ret);
	}
	live_fini(&l);
	return code;
}

struct envelope {
	const char *sender, *recipient;
};

static enum sw_err plan_envelope(struct live *l, const void *arg)
{
	const struct envelope *given = arg;
	struct sw_address from, to;
	enum sw_err e =
		sw_address_parse(&l->arena, sw_slice_str(given->sender ? given->sender : ""),
				 SW_ADDRESS_ALLOW_NULL, &from, &l->m->error);

	if (!e)
		e = sw_address_parse(&l->arena, sw_slice_str(given->recipient), 0, &to,
				     &l->m->error);
	if (e)
		return e;
	l->wish.sender = from.text;
	l->wish.recipient = to.text;
	e = plan_session(l);
	l->job.smtputf8 = from.utf8 || to.utf8;
	return e;
}

/* By the mailer's route, or else by MX. */
static enum sw_err by_route(struct live *l,
			    enum sw_err (*plan)(struct live *l, const void *arg),
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

enum sw_err sw_diagnose_recipient(struct sw_mailer *m, struct sw_explainer *e,
				  const char *sender, const char *recipient,
				  struct sw_diagnosis **ret)
{
	const struct envelope given = { sender, recipient };
	struct live l;

	sw_mailer_forget(m);
	enum sw_err code = live_init(&l, m, e);

	if (!code)
		code = by_route(&l, plan_envelope, &given, ret);
	live_fini(&l);
	return code;
}

static enum sw_err plan_message(struct live *l, const void *arg SW_UNUSED)
{
	const struct sw_message *msg = l->given;

	if (msg->all.count == 0)
		return sw_fail(&l->m->error, SW_E_USAGE, "the message has no recipient");
	l->wish.sender = sw_message_sender(msg);
	l->wish.recipient = msg->all.list[0].text;
	l->wish.message = msg->source;
	enum sw_err e = plan_session(l);

	l->job.smtputf8 =
		msg->sender.utf8 || msg->all.list[0].utf8 || msg->source->facts.utf8_headers;
	return e;
}

enum sw_err sw_diagnose_message(struct sw_mailer *m, struct sw_explainer *e,
				struct sw_message *message, struct sw_diagnosis **ret)
{
	struct live l;

	sw_mailer_forget(m);
	enum sw_err code = sw_message_finish(message);

	if (code) {
		m->error = message->error;
		return code;
	}
	code = live_init(&l, m, e);
	l.given = message;
	if (!code)
		code = by_route(&l, plan_message, NULL, ret);
	live_fini(&l);
	return code;
}
