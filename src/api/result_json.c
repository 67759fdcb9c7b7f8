/* SPDX-License-Identifier: MIT */
/* A result as JSON: "sendwell/send/1" and "sendwell/verify/1". All keys are always there; what
 * is not known is null. */
#include "api/diagnose.h"
#include "api/exit_status.h"
#include "api/json.h"
#include "api/result.h"
#include "base/mem.h"
#include "base/text.h"
#include "smtp/caps.h"

static json_t *reply_json(const struct sw_result_reply *r)
{
	if (r->code == 0)
		return json_pack("{s:n, s:n, s:n}", "code", "enhanced", "text");
	return json_pack("{s:i, s:o, s:s}", "code", r->code, "enhanced",
			 sw_json_text(r->enhanced), "text", r->text);
}

static json_t *extensions_json(const char *lines)
{
	json_t *list = json_array();
	struct sw_slice rest = sw_slice_str(lines), line;
	while (list && rest.len && sw_slice_split(&rest, '\n', &line))
		if (line.len &&
		    json_array_append_new(list, json_stringn(line.ptr, line.len))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *tls_json(const struct sw_result_server *s)
{
	return json_pack("{s:o, s:o, s:b, s:o, s:o, s:o, s:b}", "version",
			 sw_json_text(s->tls_version), "cipher", sw_json_text(s->tls_cipher),
			 "verified", s->tls_verified, "policy", sw_json_text(s->tls_policy),
			 "mode", sw_json_text(s->tls_mode), "report",
			 sw_json_text(s->tls_report), "resumed", s->tls_resumed);
}

/* Extensions that were wished for and that the server does not offer. */
static json_t *not_asked_json(uint32_t bits)
{
	json_t *list = json_array();
	for (uint32_t bit = 1; list && bit; bit <<= 1)
		if ((bits & bit) &&
		    json_array_append_new(list, json_string(sw_cap_name((enum sw_cap)bit)))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *server_json(const struct sw_result_server *s, uint32_t unasked)
{
	/* clang-format off */
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			 "name", sw_json_text(s->name),
			 "address", sw_json_text(s->address),
			 "port", s->port ? json_integer(s->port) : json_null(),
			 "tls", tls_json(s),
			 "extensions", extensions_json(s->extensions),
			 "not_asked", not_asked_json(unasked));
	/* clang-format on */
}

static json_t *recipient_json(const struct sw_result_recipient *p)
{
	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:o, s:o}",
			 "address", p->address,
			 "outcome", sw_outcome_name(p->outcome),
			 "stage", sw_stage_name(p->stage),
			 "reply", reply_json(&p->reply),
			 "category", sw_json_text(p->category));
	/* clang-format on */
}

static json_t *recipients_json(const struct sw_result *r)
{
	json_t *list = json_array();
	for (size_t i = 0; list && i < r->d.recipient_count; i++)
		if (json_array_append_new(list, recipient_json(&r->recipients[i]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static const struct {
	const char *key;
	enum sw_stage stage;
} timings[] = {
	{ "dns", SW_STAGE_DNS },           { "connect", SW_STAGE_TCP },
	{ "greeting", SW_STAGE_GREETING }, { "ehlo", SW_STAGE_EHLO },
	{ "tls", SW_STAGE_TLS },           { "auth", SW_STAGE_AUTH },
	{ "envelope", SW_STAGE_ENVELOPE }, { "data", SW_STAGE_DATA },
	{ "final", SW_STAGE_FINAL },
};

static json_t *timings_json(const struct sw_result *r)
{
	json_t *times = json_object();
	for (size_t i = 0; times && i < SW_LEN(timings); i++) {
		double ms = sw_result_stage_ms(r, timings[i].stage);
		json_t *value = ms < 0 ? json_null() : json_real(ms);
		if (json_object_set_new(times, timings[i].key, value)) {
			json_decref(times);
			return NULL;
		}
	}
	if (times && json_object_set_new(times, "total", json_real(sw_result_total_ms(r)))) {
		json_decref(times);
		return NULL;
	}
	return times;
}

static const char *const what_names[SW_JOB_COUNT] = {
	[SW_JOB_SEND] = "send",
	[SW_JOB_CONNECTION] = "connection",
	[SW_JOB_LOGIN] = "login",
	[SW_JOB_RECIPIENTS] = "recipients",
};

/* The causes that stand, as `diagnose` tells them. */
static json_t *findings_json(const struct sw_result *r)
{
	struct sw_diagnosis *d = NULL;

	if (sw_diagnosis_judge(sw_knowledge_builtin(), r->lang, r->d.facts, &d, NULL))
		return NULL;
	json_t *list = sw_diagnosis_findings_json(d, true);

	sw_diagnosis_free(d);
	return list;
}

static json_t *send_json(const struct sw_result *r)
{
	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:o, s:s, s:i,"
			 " s:o, s:o}",
			 "schema", "sendwell/send/1",
			 "outcome", sw_summary_name(sw_summary_of(&r->d)),
			 "stage", sw_stage_name(r->d.stage),
			 "server", server_json(&r->server, r->d.unasked),
			 "reply", reply_json(&r->reply),
			 "recipients", recipients_json(r),
			 "message_id", sw_json_text(r->message_id),
			 "queue_id", sw_json_text(r->queue_id),
			 "bytes", (json_int_t)r->d.bytes,
			 "encoded", r->d.encoded,
			 "timings_ms", timings_json(r),
			 "sentence", r->sentence,
			 "exit_status", sw_exit_status_of(&r->d),
			 "findings", findings_json(r),
			 "case", sw_json_text(r->case_path));
	/* clang-format on */
}

static json_t *verify_json(const struct sw_result *r)
{
	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:i, s:o}",
			 "schema", "sendwell/verify/1",
			 "what", what_names[r->d.kind],
			 "outcome", sw_result_verdict(r),
			 "stage", sw_stage_name(r->d.stage),
			 "server", server_json(&r->server, r->d.unasked),
			 "reply", reply_json(&r->reply),
			 "recipients", recipients_json(r),
			 "timings_ms", timings_json(r),
			 "sentence", r->sentence,
			 "exit_status", sw_exit_status_of(&r->d),
			 "findings", findings_json(r));
	/* clang-format on */
}

static void forget_json(struct sw_result *r)
{
	sw_free(r->json);
	r->json = NULL;
}

enum sw_err sw_result_set_language(struct sw_result *r, const char *language)
{
	bool russian = language && strcmp(language, "ru") == 0;

	if (!russian && (!language || strcmp(language, "en") != 0))
		return SW_E_USAGE;
	r->lang = russian ? SW_LANG_RU : SW_LANG_EN;
	forget_json(r);
	return SW_OK;
}

enum sw_err sw_result_set_case_path(struct sw_result *r, const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4 * SW_MAX_FACT_TEXT };
	const char *copy = sw_text_escape(&out, sw_slice_str(path), SW_TEXT_LINE)
				   ? NULL
				   : sw_arena_strdup(&r->arena, sw_buf_str(&out));

	if (!copy)
		return SW_E_NOMEM;
	r->case_path = copy;
	forget_json(r);
	return SW_OK;
}

const char *sw_result_json(struct sw_result *r)
{
	if (!r->json)
		r->json =
			sw_json_dump(r->d.kind == SW_JOB_SEND ? send_json(r) : verify_json(r));
	return r->json;
}

const char *sw_result_case_json(struct sw_result *r)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .data = NULL };
	const char *json = sw_result_json(r);
	if (r->case_json || !json)
		return r->case_json;
	/* Facts may be escaped sixfold, and the result of a large list stands beside them. */
	sw_buf_init(&out, 6 * (size_t)SW_MAX_FACT_BYTES + 2 * strlen(json) + SW_MAX_REPLY);
	if (sw_case_write(r->d.facts, json, &out, NULL) == SW_OK)
		r->case_json = sw_buf_take(&out);
	return r->case_json;
}
