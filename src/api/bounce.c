/* SPDX-License-Identifier: MIT */
/* From what the bounce reader found to texts that can be shown. */
#include "api/bounce.h"

#include "base/mem.h"
#include "base/text.h"
#include "mail/date.h"

enum { SMTP_PORT = 25 };

struct shower {
	struct sw_bounce_report *report;
	bool nomem;
};

static const char *in(const char *const texts[SW_LANG_COUNT], enum sw_lang lang)
{
	return texts[lang] ? texts[lang] : "";
}

static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* Lines become one. */
static const char *escaped(struct shower *s, struct sw_slice text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	struct sw_slice line = sw_arena_copy(&s->report->arena, text);
	const char *copy = NULL;

	sw_buf_init(&out, 8 * (size_t)SW_MAX_REPLY);
	for (char *at = line.ptr ? (char *)(uintptr_t)line.ptr : NULL; at && *at; at++)
		if (strchr("\r\n\t", *at))
			*at = ' ';
	if (line.ptr && sw_text_escape(&out, line, SW_TEXT_LINE) == SW_OK)
		copy = sw_arena_strdup(&s->report->arena, sw_buf_str(&out));
	s->nomem |= !copy;
	return copy ? copy : "";
}

/* Printable, one line, in the report's arena. */
static const char *shown(struct shower *s, const char *text)
{
	/* What lives in the arena already is plain mostly. */
	if (is_plain(text) && strlen(text) <= SW_MAX_REPLY)
		return text;
	return escaped(s, sw_slice_head(sw_slice_str(text), SW_MAX_REPLY));
}

static const char *date_of(struct shower *s, const char *raw)
{
	char date[SW_DATE_TEXT];

	if (!sw_date_read(sw_slice_str(raw), date))
		return "";
	const char *copy = sw_arena_strdup(&s->report->arena, date);

	s->nomem |= !copy;
	return copy ? copy : "";
}

static const char *action_text(enum sw_bounce_action action, enum sw_lang lang)
{
	static const char *const texts[SW_BOUNCE_ACTION_COUNT][SW_LANG_COUNT] = {
		[SW_BOUNCE_FAILED] = { "not delivered", "не доставлено" },
		[SW_BOUNCE_DELAYED] = { "delayed, still being tried",
					"задержано, попытки продолжаются" },
		[SW_BOUNCE_DELIVERED] = { "delivered", "доставлено" },
		[SW_BOUNCE_RELAYED] = { "passed on to a server that sends no receipts",
					"передано серверу, который не шлёт уведомлений" },
		[SW_BOUNCE_EXPANDED] = { "passed on to the members of a list",
					 "передано участникам списка" },
		[SW_BOUNCE_FEEDBACK] = { "complaint of a recipient", "жалоба получателя" },
		[SW_BOUNCE_AUTOREPLY] = { "answer of a machine", "автоматический ответ" },
	};

	return (unsigned)action < SW_BOUNCE_ACTION_COUNT ? texts[action][lang] : "";
}

static void show_axes(const struct shower *s, const struct sw_class *c,
		      struct sw_bounce_outcome *to)
{
	enum sw_lang lang = s->report->lang;

	to->who = sw_who_name(c->who);
	to->who_text = sw_who_text(c->who, lang);
	to->retry = sw_retry_name(c->retry);
	to->retry_text = sw_retry_text(c->retry, lang);
	to->retry_after_s = c->retry_after_s;
	to->list_action = sw_list_action_name(c->list_action);
	to->list_action_text = sw_list_action_text(c->list_action, c->count, lang);
	to->count = c->count;
	to->count_days = c->count_days;
	to->confidence = c->confidence;
	to->decided_by = sw_decided_by_name(c->by);
}

static void show_category(const struct shower *s, const struct sw_class *c,
			  struct sw_bounce_outcome *to)
{
	struct sw_category_view v = sw_category_at(s->report->k, c->category);

	to->category = v.id;
	to->title = in(v.title, s->report->lang);
	to->meaning = in(v.meaning, s->report->lang);
	to->sisimai = v.sisimai ? v.sisimai : "";
	to->kumo = v.kumo ? v.kumo : "";
}

/* What decided may know more than its category does. */
static void show_source(const struct shower *s, const struct sw_class *c,
			struct sw_bounce_outcome *to)
{
	const struct sw_knowledge *k = s->report->k;
	enum sw_lang lang = s->report->lang;

	to->rule = to->vendor = to->vendor_name = to->ref = "";
	if (c->rule != SW_NONE) {
		struct sw_rule_view v = sw_rule_at(k, c->rule);

		to->rule = v.id;
		to->ref = v.ref ? v.ref : "";
		if (*in(v.meaning, lang))
			to->meaning = in(v.meaning, lang);
	} else if (c->code_entry != SW_NONE &&
		   (c->by == SW_BY_ENHANCED || c->by == SW_BY_REPLY)) {
		struct sw_code_view v = sw_code_at(k, c->code_entry);

		to->title = in(v.title, lang);
		to->meaning = in(v.meaning, lang);
	}
	if (c->vendor != SW_NONE) {
		struct sw_vendor_view v = sw_vendor_at(k, c->vendor);

		to->vendor = v.id;
		to->vendor_name = v.name;
	}
}

static const char *next_of(struct shower *s, const struct sw_bounce_recipient *from)
{
	struct sw_explain_reading r = {
		.kind = SW_EXPLAIN_BOUNCE,
		.class = from->class,
		.error = SW_NONE,
		/* Mail that bounced was on its way between servers. */
		.place = { .host = sw_slice_str(from->remote_host), .port = SMTP_PORT },
	};
	const char *next = sw_explain_next(s->report->k, &s->report->arena, &r);

	s->nomem |= !next;
	return next ? next : "";
}

static void show_recipient(struct shower *s, const struct sw_bounce_recipient *from,
			   struct sw_bounce_outcome *to)
{
	char enhanced[SW_ENHANCED_TEXT];
	const char *code = sw_enhanced_text(from->enhanced, enhanced);

	show_axes(s, &from->class, to);
	show_category(s, &from->class, to);
	show_source(s, &from->class, to);
	to->address = shown(s, from->address);
	to->final_address = shown(s, from->final_address);
	to->action = sw_bounce_action_name(from->action);
	to->action_text = action_text(from->action, s->report->lang);
	to->code = from->code;
	to->enhanced = "";
	if (*code) {
		to->enhanced = sw_arena_strdup(&s->report->arena, code);
		s->nomem |= !to->enhanced;
	}
	to->diagnostic = shown(s, from->diagnostic);
	to->remote_host = shown(s, from->remote_host);
	to->stage = from->has_stage ? sw_stage_name(from->stage) : "";
	to->next = next_of(s, from);
}

static void show_about(struct shower *s, const struct sw_bounce *from)
{
	s->report->about = (struct sw_bounce_about){
		.is_bounce = from->is_bounce,
		.why = shown(s, from->why),
		.layout = from->is_bounce ? shown(s, from->layout) : "",
		.reporting_mta = shown(s, from->reporting_mta),
		.feedback_type = shown(s, from->feedback_type),
		.message_id = shown(s, from->original.message_id),
		.sender = shown(s, from->original.sender),
		.date = date_of(s, from->original.date),
		.date_raw = shown(s, from->original.date),
		.subject = shown(s, from->original.subject),
		.envelope_id = shown(s, from->original.envelope_id),
		.cut = from->cut,
		.recipient_count = from->is_bounce ? from->recipient_count : 0,
	};
}

static enum sw_err show(struct sw_bounce_report *report, const struct sw_bounce *from)
{
	struct shower s = { .report = report };
	size_t at = 0;

	show_about(&s, from);
	report->recipients = sw_arena_alloc(
		&report->arena, (from->recipient_count + 1) * sizeof(*report->recipients));
	if (!report->recipients)
		return SW_E_NOMEM;
	for (const struct sw_bounce_recipient *p = from->recipients;
	     p && at < report->about.recipient_count; p = p->next)
		show_recipient(&s, p, &report->recipients[at++]);
	report->about.recipient_count = at;
	return s.nomem ? SW_E_NOMEM : SW_OK;
}

enum sw_err sw_bounce_report_read(struct sw_explainer *e, const void *message, size_t len,
				  struct sw_bounce_report **ret)
{
	struct sw_bounce found = { 0 };
	struct sw_bounce_report *report;

	sw_error_clear(&e->err);
	if (len > SW_MAX_MAIL + 2 * SW_MAIL_CHUNK)
		return sw_fail(&e->err, SW_E_LIMIT,
			       "the message has %zu bytes, at most %d are read", len,
			       SW_MAX_MAIL);
	report = sw_calloc(1, sizeof(*report));
	if (!report)
		return sw_fail_nomem(&e->err);
	report->k = e->k;
	report->lang = e->lang;
	sw_arena_init(&report->arena);
	enum sw_err code =
		sw_bounce_read(e->k, &report->arena, sw_slice(message, len), &found, &e->err);

	if (!code)
		code = show(report, &found);
	if (code) {
		sw_bounce_report_free(report);
		return sw_fail_nomem(&e->err);
	}
	*ret = report;
	return SW_OK;
}

void sw_bounce_report_free(struct sw_bounce_report *r)
{
	if (!r)
		return;
	sw_arena_fini(&r->arena);
	sw_free(r->json);
	sw_free(r);
}

struct sw_bounce_about sw_bounce_report_about(const struct sw_bounce_report *r)
{
	return r->about;
}

static const struct sw_bounce_outcome nothing = {
	.address = "",
	.final_address = "",
	.action = "",
	.action_text = "",
	.enhanced = "",
	.diagnostic = "",
	.remote_host = "",
	.stage = "",
	.category = "",
	.title = "",
	.meaning = "",
	.who = "",
	.who_text = "",
	.retry = "",
	.retry_text = "",
	.list_action = "",
	.list_action_text = "",
	.decided_by = "",
	.rule = "",
	.vendor = "",
	.vendor_name = "",
	.sisimai = "",
	.kumo = "",
	.next = "",
	.ref = "",
};

struct sw_bounce_outcome sw_bounce_report_recipient(const struct sw_bounce_report *r, size_t i)
{
	return i < r->about.recipient_count ? r->recipients[i] : nothing;
}

int sw_bounce_report_status(const struct sw_bounce_report *r)
{
	static const char *const bad[] = { "failed", "delayed", "feedback" };

	for (size_t i = 0; i < r->about.recipient_count; i++)
		for (size_t n = 0; n < SW_LEN(bad); n++)
			if (strcmp(r->recipients[i].action, bad[n]) == 0)
				return 1;
	/* It speaks of a failure, but not of whose. */
	if (r->about.is_bounce && r->about.recipient_count == 0)
		return 1;
	return r->about.cut ? 2 : 0;
}

void sw_bounce_report_set_cut(struct sw_bounce_report *r)
{
	r->about.cut = true;
}
