/* SPDX-License-Identifier: MIT */
/* What a pool tells of a message; texts are made when they are asked for. */
#include "api/category.h"
#include "api/exit_status.h"
#include "api/message.h"
#include "api/pool.h"
#include "api/queue_id.h"
#include "base/text.h"

static const char *shown(const struct sw_pool_account *a, struct sw_slice raw)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf clean;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	const char *text = NULL;
	sw_buf_init(&clean, 2 * (size_t)SW_MAX_REPLY);
	sw_buf_init(&out, 8 * (size_t)SW_MAX_REPLY);
	if (raw.len &&
	    !sw_redactor_apply(a->lane ? a->lane->c->redactor : NULL, raw, &clean) &&
	    !sw_text_escape(&out, sw_buf_slice(&clean), SW_TEXT_KEEP_LF))
		text = sw_arena_strdup(a->arena, sw_buf_str(&out));
	return text ? text : "";
}

/* Whose account it is must not be lost for want of memory. */
static const char *address_of(const struct sw_pool_account *a, const char *address)
{
	const char *text = shown(a, sw_slice_str(address)), *c = address;
	while (*c > ' ' && *c <= '~')
		c++;
	return *text || *c ? text : address;
}

enum sw_summary sw_pool_account_summary(const struct sw_pool_account *a)
{
	return sw_summary_of(a->d);
}

enum sw_stage sw_pool_account_stage(const struct sw_pool_account *a)
{
	return a->d->stage;
}

size_t sw_pool_account_recipient_count(const struct sw_pool_account *a)
{
	return a->d->recipient_count;
}

struct sw_result_recipient sw_pool_account_recipient(const struct sw_pool_account *a, size_t i)
{
	static const struct sw_result_recipient none = { .address = "",
							 .reply = { 0, "", "" },
							 .category = "" };
	char enhanced[SW_ENHANCED_TEXT];
	if (i >= a->d->recipient_count)
		return none;
	const struct sw_delivery_recipient *r = &a->d->recipients[i];
	const char *code =
		sw_arena_strdup(a->arena, sw_enhanced_text(r->reply.enhanced, enhanced));
	return (struct sw_result_recipient){
		.address = address_of(a, r->address),
		.outcome = r->outcome,
		.stage = r->stage,
		.reply = { r->reply.code, code ? code : "",
			   shown(a, sw_slice(r->reply.text, r->reply.text_len)) },
		.category =
			r->outcome == SW_ACCEPTED
				? ""
				: sw_category_name(sw_category_of(&r->reply, r->stage,
								  r->ending, a->d->server.name)
							   .category),
	};
}

const char *sw_pool_account_trouble(const struct sw_pool_account *a)
{
	return a->d->ending == SW_END_OK ? "" : sw_ending_text(a->d->ending);
}

const char *sw_pool_account_queue_id(const struct sw_pool_account *a)
{
	const struct sw_reply *r = &a->d->final_reply;
	return shown(a, sw_queue_id_find(sw_slice(r->text, r->text_len)));
}

const struct sw_message *sw_pool_account_message(const struct sw_pool_account *a)
{
	return a->entry->message;
}

double sw_pool_account_ms(const struct sw_pool_account *a)
{
	return (double)a->d->total_us / 1000;
}

unsigned sw_pool_account_tries(const struct sw_pool_account *a)
{
	return a->entry->tries;
}

int sw_pool_account_exit_status(const struct sw_pool_account *a)
{
	return sw_exit_status_of(a->d);
}

uint64_t sw_pool_account_session(const struct sw_pool_account *a)
{
	return a->lane ? sw_pool_session_number(a->lane) : 0;
}

int sw_pool_account_opened(const struct sw_pool_account *a)
{
	return a->opened;
}

int sw_pool_account_held_back(const struct sw_pool_account *a)
{
	return a->held_back;
}

int sw_pool_account_ended_all(const struct sw_pool_account *a)
{
	return a->ended_all;
}

struct sw_result_server sw_pool_account_server(const struct sw_pool_account *a)
{
	const struct sw_delivery_server *s = &a->d->server;
	return (struct sw_result_server){
		.name = shown(a, sw_slice_str(s->name)),
		.address = s->address,
		.port = s->port,
		.tls_version = s->tls_version,
		.tls_cipher = s->tls_cipher,
		.tls_verified = s->tls_verified,
		.tls_policy = s->tls_policy,
		.tls_mode = s->tls_mode,
		.tls_report = s->tls_report ? s->tls_report : "",
		.tls_resumed = s->tls_resumed,
		.extensions = shown(a, sw_slice_str(s->extensions)),
	};
}
