/* SPDX-License-Identifier: MIT */
/* What session a diagnosis makes. */
#include "api/diagnose_live.h"
#include "api/message.h"

bool sw_live_login_is_wanted(const struct sw_client_settings *s)
{
	return !s->mx && sw_client_settings_auth_wanted(s);
}

const char *sw_live_failed_recipient(struct sw_live *l)
{
	const struct sw_facts *facts = l->m->client->facts;
	const struct sw_fact *rcpt = NULL;
	bool failed = false;

	for (size_t i = 0; !failed && i < sw_facts_count(facts); i++) {
		const struct sw_fact *f = sw_facts_get(facts, i);

		if (f->type != SW_FACT_RECIPIENT)
			continue;
		failed = !sw_slice_eq(sw_fact_text(f, "outcome"), SW_S("accepted"));
		if (failed || !rcpt)
			rcpt = f;
	}
	return rcpt ? sw_arena_copy(&l->arena, sw_fact_text(rcpt, "recipient")).ptr : NULL;
}

static const char test_text[] =
	"This is a test message of \"sendwell diagnose\". Somebody who may send as the\n"
	"author above wanted to know whether mail arrives here. It needs no answer and\n"
	"can be deleted.\n";

static enum sw_err make_message(struct sw_live *l)
{
	struct sw_message *msg = sw_message_new();

	if (!msg)
		return sw_fail_nomem(&l->m->error);
	l->message = msg;
	if (!l->wish.sender || !*l->wish.sender)
		return sw_fail(&l->m->error, SW_E_USAGE,
			       "a test message needs a sender, and none is named");
	enum sw_err e = sw_message_from(msg, l->wish.sender);

	for (size_t i = 0; !e && i < l->job.recipient_count; i++)
		e = sw_message_to(msg, l->job.recipients[i]);
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
enum sw_err sw_live_plan(struct sw_live *l)
{
	static const enum sw_until untils[] = {
		[SW_PROBE_PASSIVE] = SW_UNTIL_NOTHING, [SW_PROBE_DNS] = SW_UNTIL_RESOLVED,
		[SW_PROBE_TCP] = SW_UNTIL_CONNECTED,   [SW_PROBE_SMTP] = SW_UNTIL_READY,
		[SW_PROBE_LOGIN] = SW_UNTIL_READY,     [SW_PROBE_MESSAGE] = SW_UNTIL_READY,
	};
	enum sw_probe_class depth = l->wish.depth;
	bool login = sw_live_login_is_wanted(&l->m->settings);
	bool may_login = depth >= SW_PROBE_LOGIN;
	struct sw_job *j = &l->job;

	j->sender = l->wish.sender ? l->wish.sender : "";
	j->until = untils[depth];
	j->no_login = !may_login;
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

enum sw_err sw_live_plan_envelope(struct sw_live *l, const void *arg)
{
	const struct sw_live_envelope *given = arg;
	const char **list = sw_arena_alloc(&l->arena, (given->count + 1) * sizeof(*list));
	struct sw_address from, to;
	bool utf8 = false;

	if (!list)
		return sw_fail_nomem(&l->m->error);
	enum sw_err e =
		sw_address_parse(&l->arena, sw_slice_str(given->sender ? given->sender : ""),
				 SW_ADDRESS_ALLOW_NULL, &from, &l->m->error);

	for (size_t i = 0; !e && i < given->count; i++) {
		e = sw_address_parse(&l->arena, sw_slice_str(given->recipients[i]), 0, &to,
				     &l->m->error);
		if (e)
			break;
		list[i] = to.text;
		utf8 = utf8 || to.utf8;
	}
	if (!e && given->count == 0)
		e = sw_fail(&l->m->error, SW_E_USAGE, "no recipient is named");
	if (e)
		return e;
	l->wish.sender = from.text;
	l->wish.recipient = list[0];
	l->job.recipients = list;
	l->job.recipient_count = given->count;
	e = sw_live_plan(l);
	l->job.smtputf8 = from.utf8 || utf8;
	return e;
}

enum sw_err sw_live_plan_message(struct sw_live *l, const void *arg SW_UNUSED)
{
	const struct sw_message *msg = l->given;

	if (msg->all.count == 0)
		return sw_fail(&l->m->error, SW_E_USAGE, "the message has no recipient");
	const char **list = sw_arena_alloc(&l->arena, msg->all.count * sizeof(*list));
	bool utf8 = msg->sender.utf8 || msg->source->facts.utf8_headers;

	if (!list)
		return sw_fail_nomem(&l->m->error);
	for (size_t i = 0; i < msg->all.count; i++) {
		list[i] = msg->all.list[i].text;
		utf8 = utf8 || msg->all.list[i].utf8;
	}
	l->job.recipients = list;
	l->job.recipient_count = msg->all.count;
	l->wish.sender = sw_message_sender(msg);
	l->wish.recipient = list[0];
	l->wish.message = msg->source;
	enum sw_err e = sw_live_plan(l);

	l->job.smtputf8 = utf8;
	return e;
}
