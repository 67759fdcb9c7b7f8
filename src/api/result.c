/* SPDX-License-Identifier: MIT */
#include "api/result.h"

#include "api/category.h"
#include "api/exit_status.h"
#include "api/queue_id.h"
#include "base/mem.h"
#include "base/text.h"
#include "verdict/sentence.h"

struct sw_result *sw_result_new(const struct sw_job *job)
{
	struct sw_result *r = sw_calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	sw_arena_init(&r->arena);
	r->sentence = r->meaning = r->message_id = r->queue_id = "";
	r->case_path = "";
	r->reply.enhanced = r->reply.text = "";
	bool ok = sw_delivery_init(&r->d, job) == SW_OK;
	if (ok && job->recipient_count) {
		r->recipients = sw_arena_alloc(&r->arena,
					       job->recipient_count * sizeof(*r->recipients));
		ok = r->recipients != NULL;
	}
	if (!ok) {
		sw_result_free(r);
		return NULL;
	}
	return r;
}

void sw_result_free(struct sw_result *r)
{
	if (!r)
		return;
	sw_delivery_fini(&r->d);
	sw_arena_fini(&r->arena);
	sw_free(r->json);
	sw_free(r->case_json);
	sw_free(r);
}

/* Redacted, then escaped: what may be shown. "" when there is nothing, or no memory. */
static const char *shown(struct sw_result *r, const struct sw_redactor *redactor,
			 struct sw_slice raw)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf clean;
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	const char *text = NULL;
	sw_buf_init(&clean, 2 * (size_t)SW_MAX_REPLY);
	sw_buf_init(&out, 8 * (size_t)SW_MAX_REPLY);
	if (raw.len == 0)
		return "";
	if (!sw_redactor_apply(redactor, raw, &clean) &&
	    !sw_text_escape(&out, sw_buf_slice(&clean), SW_TEXT_KEEP_LF))
		text = sw_arena_strdup(&r->arena, sw_buf_str(&out));
	return text ? text : "";
}

static struct sw_result_reply shown_reply(struct sw_result *r,
					  const struct sw_redactor *redactor,
					  const struct sw_reply *from)
{
	char enhanced[SW_ENHANCED_TEXT];
	const char *code =
		sw_arena_strdup(&r->arena, sw_enhanced_text(from->enhanced, enhanced));
	return (struct sw_result_reply){
		.code = from->code,
		.enhanced = code ? code : "",
		.text = shown(r, redactor, sw_slice(from->text, from->text_len)),
	};
}

/* Recipients that share a reply share its copy, too: a list of thousands holds its words once.
 */
static void show_recipients(struct sw_result *r, const struct sw_redactor *redactor)
{
	struct sw_result_reply shared = { 0 };
	const struct sw_delivery_recipient *last = NULL;
	const char *category = "";
	for (size_t i = 0; i < r->d.recipient_count; i++) {
		const struct sw_delivery_recipient *from = &r->d.recipients[i];
		bool same = last && last->reply.code == from->reply.code &&
			    last->reply.text == from->reply.text;
		if (!same)
			shared = shown_reply(r, redactor, &from->reply);
		if (!same || last->stage != from->stage || last->ending != from->ending)
			category = sw_category_name(
				sw_category_of(&from->reply, from->stage, from->ending,
					       r->d.server.name)
					.category);
		last = from;
		r->recipients[i] = (struct sw_result_recipient){
			.address = shown(r, NULL, sw_slice_str(from->address)),
			.outcome = from->outcome,
			.stage = from->stage,
			.reply = shared,
			.category = from->outcome == SW_ACCEPTED ? "" : category,
		};
	}
}

/* Best effort: a line that cannot be made for want of memory is missing. */
static void show_meaning(struct sw_result *r)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf line;
	struct sw_class class =
		sw_category_of(&r->d.reply, r->d.stage, r->d.ending, r->d.server.name);
	sw_buf_init(&line, SW_MAX_REPLY);
	if (r->d.reply.code >= 400 && sw_category_meaning(&class, &line) == SW_OK)
		r->meaning = sw_arena_strdup(&r->arena, sw_buf_str(&line));
	if (!r->meaning)
		r->meaning = "";
}

static void show_server(struct sw_result *r, const struct sw_redactor *redactor)
{
	const struct sw_delivery_server *from = &r->d.server;
	r->server = (struct sw_result_server){
		.name = shown(r, NULL, sw_slice_str(from->name)),
		.address = from->address,
		.port = from->port,
		.tls_version = from->tls_version,
		.tls_cipher = from->tls_cipher,
		.tls_verified = from->tls_verified,
		.tls_policy = from->tls_policy,
		.tls_mode = from->tls_mode,
		.tls_report = from->tls_report ? from->tls_report : "",
		.tls_resumed = from->tls_resumed,
		.extensions = shown(r, redactor, sw_slice_str(from->extensions)),
	};
}

static void state_result(struct sw_result *r, uint64_t now_us)
{
	const char *outcome = r->d.kind == SW_JOB_SEND ? sw_summary_name(sw_summary_of(&r->d))
						       : sw_result_verdict(r);
	SW_STATE(r->d.facts, SW_FACT_SEND_RESULT, r->d.stage, "session", now_us,
		 SW_F_STR("outcome", outcome), SW_F_STR("failure", sw_ending_name(r->d.ending)),
		 SW_F_STR("stage", sw_stage_name(r->d.stage)),
		 SW_F_INT("code", r->reply.code), SW_F_STR("enhanced", r->reply.enhanced),
		 SW_F_STR("text", r->reply.text));
}

void sw_result_complete(struct sw_result *r, const struct sw_redactor *redactor,
			const char *message_id, uint64_t now_us)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf sentence;
	sw_buf_init(&sentence, SW_MAX_REPLY);
	r->reply = shown_reply(r, redactor, &r->d.reply);
	show_recipients(r, redactor);
	show_meaning(r);
	show_server(r, redactor);
	r->message_id = shown(r, NULL, sw_slice_str(message_id));
	struct sw_slice final = sw_slice(r->d.final_reply.text, r->d.final_reply.text_len);
	if (r->d.kind == SW_JOB_SEND)
		r->queue_id = shown(r, redactor, sw_queue_id_find(final));
	state_result(r, now_us);
	if (sw_verdict_sentence(r->d.facts, &sentence) == SW_OK)
		r->sentence = sw_arena_strdup(&r->arena, sw_buf_str(&sentence));
	if (!r->sentence)
		r->sentence = "";
}

static const char *const summary_names[SW_SUMMARY_COUNT] = {
	[SW_SUMMARY_ACCEPTED] = "accepted", [SW_SUMMARY_PARTIAL] = "partial",
	[SW_SUMMARY_REJECTED] = "rejected", [SW_SUMMARY_DEFERRED] = "deferred",
	[SW_SUMMARY_NOT_SENT] = "not_sent", [SW_SUMMARY_UNCERTAIN] = "uncertain",
};

const char *sw_summary_name(enum sw_summary s)
{
	return (unsigned)s < SW_SUMMARY_COUNT ? summary_names[s] : "?";
}

enum sw_summary sw_result_summary(const struct sw_result *r)
{
	return sw_summary_of(&r->d);
}

enum sw_stage sw_result_stage(const struct sw_result *r)
{
	return r->d.stage;
}

struct sw_result_reply sw_result_reply(const struct sw_result *r)
{
	return r->reply;
}

size_t sw_result_recipient_count(const struct sw_result *r)
{
	return r->d.recipient_count;
}

struct sw_result_recipient sw_result_recipient(const struct sw_result *r, size_t i)
{
	static const struct sw_result_recipient none = { .address = "",
							 .reply = { 0, "", "" },
							 .category = "" };
	return i < r->d.recipient_count ? r->recipients[i] : none;
}

struct sw_result_server sw_result_server(const struct sw_result *r)
{
	return r->server;
}

const char *sw_result_sentence(const struct sw_result *r)
{
	return r->sentence;
}

const char *sw_result_meaning(const struct sw_result *r)
{
	return r->meaning;
}

double sw_result_stage_ms(const struct sw_result *r, enum sw_stage stage)
{
	if ((unsigned)stage >= SW_STAGE_COUNT || stage > r->d.reached || stage < SW_STAGE_DNS)
		return -1;
	return (double)r->d.stage_us[stage] / 1000;
}

double sw_result_total_ms(const struct sw_result *r)
{
	return (double)r->d.total_us / 1000;
}

uint64_t sw_result_bytes(const struct sw_result *r)
{
	return r->d.bytes;
}

const char *sw_result_message_id(const struct sw_result *r)
{
	return r->message_id;
}

const char *sw_result_queue_id(const struct sw_result *r)
{
	return r->queue_id;
}

int sw_result_exit_status(const struct sw_result *r)
{
	return sw_exit_status_of(&r->d);
}

/* A temporary answer, or none at all, proves nothing about recipients: they were not tested.
 */
const char *sw_result_verdict(const struct sw_result *r)
{
	enum sw_summary s = sw_summary_of(&r->d);
	if (s == SW_SUMMARY_ACCEPTED)
		return "ok";
	if (r->d.ending == SW_END_ABORTED || r->d.ending == SW_END_LOCAL)
		return "untested";
	if (r->d.kind != SW_JOB_RECIPIENTS)
		return "failed";
	for (size_t i = 0; i < r->d.recipient_count; i++)
		if (r->d.recipients[i].outcome == SW_REJECTED)
			return "failed";
	return "untested";
}

static enum sw_err story_recipient(const struct sw_result_recipient *p, struct sw_buf *out)
{
	enum sw_err e = sw_buf_printf(out, "\n%s: %s at stage %s", p->address,
				      sw_outcome_name(p->outcome), sw_stage_name(p->stage));
	if (!e && p->reply.code)
		e = sw_buf_printf(out, ": %d%s%s ", p->reply.code,
				  p->reply.enhanced[0] ? " " : "", p->reply.enhanced);
	for (const char *c = p->reply.code ? p->reply.text : ""; !e && *c; c++)
		e = *c == '\n' ? sw_buf_add_str(out, " / ") : sw_buf_add_char(out, *c);
	return e;
}

enum sw_err sw_result_story(const struct sw_result *r, struct sw_buf *out)
{
	bool send = r->d.kind == SW_JOB_SEND;
	size_t told = 0, failed = 0;
	enum sw_err e = sw_buf_printf(out, "%s at stage %s\n%s",
				      send ? sw_summary_name(sw_summary_of(&r->d))
					   : sw_result_verdict(r),
				      sw_stage_name(r->d.stage), r->sentence);
	for (size_t i = 0; !e && i < r->d.recipient_count; i++) {
		if (r->recipients[i].outcome == SW_ACCEPTED)
			continue;
		failed++;
		if (told == SW_MAX_STATED_RECIPIENTS)
			continue;
		told++;
		e = story_recipient(&r->recipients[i], out);
	}
	if (!e && failed > told)
		e = sw_buf_printf(out, "\n... and %zu more", failed - told);
	return e;
}
