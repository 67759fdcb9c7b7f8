/* SPDX-License-Identifier: MIT */
/* What is kept of a pool's sessions beyond the accounts: their dialogues, the cases of
 * messages. */
#include "api/message.h"
#include "api/pool.h"
#include "api/result.h"
#include "client/part.h"

uint64_t sw_pool_session_number(struct sw_pool_lane *lane)
{
	/* Another one than was thought of: a fallback, an MX host, in place of one that was
	 * stale. */
	if (lane->c->opened > lane->opened) {
		lane->opened = lane->c->opened;
		lane->number = ++lane->pool->numbers;
	}
	return lane->number;
}

void sw_pool_expect_session(struct sw_pool_lane *lane)
{
	lane->opened = lane->c->opened + 1;
	lane->number = ++lane->pool->numbers;
}

void sw_pool_hear(void *arg, const struct sw_transcript_entry *e)
{
	struct sw_pool_lane *lane = arg;
	struct sw_pool *p = lane->pool;
	double ms;
	const char *mark, *text = sw_mailer_dialogue_line(p->m, e, &ms, &mark);
	if (!text)
		return;
	sw_mailer_say(p->m, ms, mark, text);
	if (p->dialogue)
		p->dialogue(p->dialogue_arg, sw_pool_session_number(lane), ms, mark, text);
}

/* ---- the case of a message */

static bool is_any(const struct sw_fact *f)
{
	(void)f;
	return true;
}

/* How the session came to be; what the messages before this one met is theirs. */
static bool is_of_session(const struct sw_fact *f)
{
	static const enum sw_fact_type of_messages[] = {
		SW_FACT_SEND_WISH,    SW_FACT_RECIPIENT,         SW_FACT_STAGE_TIME,
		SW_FACT_MESSAGE_LINT, SW_FACT_MESSAGE_ENCODED,   SW_FACT_MESSAGE_IDENTITY,
		SW_FACT_SESSION_END,  SW_FACT_MESSAGE_SIGNATURE, SW_FACT_NOT_ASKED,
		SW_FACT_SEND_RESULT,
	};
	for (size_t i = 0; i < SW_LEN(of_messages); i++)
		if (f->type == of_messages[i])
			return false;
	return f->stage < SW_STAGE_ENVELOPE;
}

static const char *keep_text(struct sw_delivery *d, const char *text)
{
	const char *copy = text ? sw_arena_strdup(&d->arena, text) : NULL;
	return copy ? copy : "";
}

static void keep_reply(struct sw_delivery *d, const struct sw_reply *from, struct sw_reply *to)
{
	if (from->code && sw_reply_copy(&d->arena, from, to))
		*to = (struct sw_reply){ .code = from->code, .text = "" };
}

/* `to` is fresh, and of the same job: its addresses are there. */
static void copy_delivery(struct sw_delivery *to, const struct sw_delivery *from)
{
	const struct sw_arena arena = to->arena;
	struct sw_delivery_recipient *recipients = to->recipients;
	*to = *from;
	to->arena = arena;
	to->recipients = recipients;
	to->facts = NULL;
	to->reply = to->final_reply = (struct sw_reply){ 0 };
	keep_reply(to, &from->reply, &to->reply);
	keep_reply(to, &from->final_reply, &to->final_reply);
	for (size_t i = 0; i < from->recipient_count; i++) {
		const char *address = recipients[i].address;
		recipients[i] = from->recipients[i];
		recipients[i].address = address;
		recipients[i].reply = (struct sw_reply){ 0 };
		keep_reply(to, &from->recipients[i].reply, &recipients[i].reply);
	}
	to->server.name = keep_text(to, from->server.name);
	to->server.tls_version = keep_text(to, from->server.tls_version);
	to->server.tls_cipher = keep_text(to, from->server.tls_cipher);
	to->server.extensions = keep_text(to, from->server.extensions);
}

static const char *command_of(const struct sw_delivery_recipient *r)
{
	return r->about_sender                 ? "MAIL"
	       : r->stage == SW_STAGE_ENVELOPE ? "RCPT"
	       : r->stage == SW_STAGE_DATA     ? "DATA"
					       : "."; /* of SW_STAGE_FINAL */
}

/* What the session's own account leaves out of a stream: of many messages it would be too
 * much. */
static void state_message(struct sw_pool_lane *lane, const struct sw_pool_entry *e,
			  const struct sw_delivery *d)
{
	struct sw_context *c = lane->c;
	const struct sw_part part = { .c = c, .d = (struct sw_delivery *)d, .job = e->job };
	const struct sw_delivery_recipient *r = &d->recipients[0];
	char enhanced[SW_ENHANCED_TEXT];
	sw_part_state_wish(&part);
	if (r->reply.code)
		SW_STATE(c->facts, SW_FACT_REPLY, r->stage, "session", sw_context_now(c),
			 SW_F_STR("command", command_of(r)), SW_F_INT("code", r->reply.code),
			 SW_F_STR("enhanced", sw_enhanced_text(r->reply.enhanced, enhanced)),
			 SW_F_TEXT("text", sw_slice(r->reply.text, r->reply.text_len)),
			 SW_F_INT("lines", r->reply.lines), SW_F_BOOL("cut", r->reply.cut),
			 SW_F_BOOL("tls", d->server.tls_version[0] != '\0'),
			 SW_F_STR("recipient",
				  r->stage == SW_STAGE_ENVELOPE ? r->address : ""));
	if (d->bytes)
		SW_STATE(c->facts, SW_FACT_DATA_PROGRESS, SW_STAGE_DATA, "session",
			 sw_context_now(c),
			 SW_F_INT("size_bytes", e->job.source->facts.size_bytes),
			 SW_F_INT("sent_bytes", d->bytes),
			 SW_F_BOOL("dot_sent", r->stage == SW_STAGE_FINAL));
	if (c->session && c->session->ending != SW_END_OK)
		sw_session_state_end(c->session);
	sw_part_state_results(c, d);
}

/* The facts of this message alone; those of the context stay as they are. */
static struct sw_facts *facts_of(const struct sw_pool_account *a)
{
	struct sw_context *c = a->lane ? a->lane->c : NULL;
	struct sw_facts *of_call = c ? c->facts : NULL, *copy;
	if (!of_call)
		return a->pool->failure
			       ? sw_facts_copy(a->pool->failure->d.facts, NULL, is_any)
			       : sw_facts_new(NULL, 0, 0);
	copy = sw_facts_copy(of_call, c->redactor, a->streamed ? is_of_session : is_any);
	if (!copy || !a->streamed)
		return copy;
	c->facts = copy;
	state_message(a->lane, a->entry, a->d);
	c->facts = of_call;
	return copy;
}

struct sw_result *sw_pool_account_result(const struct sw_pool_account *a)
{
	const struct sw_redactor *redactor = a->lane ? a->lane->c->redactor : NULL;
	struct sw_facts *facts = facts_of(a);
	struct sw_result *r = facts ? sw_result_new(&a->entry->job) : NULL;
	if (!r) {
		sw_facts_free(facts);
		return NULL;
	}
	copy_delivery(&r->d, a->d);
	r->d.facts = facts;
	sw_result_complete(r, redactor, sw_message_id(a->entry->message),
			   sw_pool_now(a->pool));
	/* It may outlive the session that knows the secrets; all its texts are clean by now.
	 */
	sw_facts_resume(facts, NULL, 0);
	return r;
}

void sw_pool_keep_failure(struct sw_pool_lane *lane, const struct sw_pool_entry *e,
			  const struct sw_delivery *d)
{
	struct sw_pool *p = lane->pool;
	const struct sw_pool_account a = { .pool = p,
					   .d = d,
					   .entry = e,
					   .lane = lane,
					   .streamed = lane->c->session &&
						       lane->c->session->flow };
	p->failure = p->failure ? p->failure : sw_pool_account_result(&a);
	if (!p->failure)
		return;
	sw_facts_free(p->m->failed);
	p->m->failed = sw_facts_ref(p->failure->d.facts);
}
