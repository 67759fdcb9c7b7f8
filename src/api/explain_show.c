/* SPDX-License-Identifier: MIT */
/* From readings, which are indices, to texts in the language that was asked for. */
#include "api/explain.h"

#include <stdio.h>

struct shower {
	struct sw_explanation *x;
	const struct sw_explain_reading *from;
	struct sw_shown *to;
	bool nomem;
};

static const char *in(const char *const texts[SW_LANG_COUNT], enum sw_lang lang)
{
	return texts[lang] ? texts[lang] : "";
}

/* A formatted text in the arena; "" without memory, which is noted. */
static const char *SW_PRINTF(2, 3) text_of(struct shower *s, const char *fmt, ...)
{
	char line[256];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	const char *copy = sw_arena_strdup(&s->x->arena, line);

	s->nomem |= !copy;
	return copy ? copy : "";
}

static const char *string_of(struct shower *s, struct sw_slice slice)
{
	struct sw_slice copy = sw_arena_copy(&s->x->arena, slice);

	s->nomem |= !copy.ptr;
	return copy.ptr ? copy.ptr : "";
}

static bool by_code(const struct sw_explain_reading *r)
{
	return r->class.code_entry != SW_NONE &&
	       (r->class.by == SW_BY_ENHANCED || r->class.by == SW_BY_REPLY ||
		r->class.by == SW_BY_CLASS);
}

/* The entry of the code that decided, SW_NONE when something else did. */
static uint16_t deciding_code(const struct sw_explain_reading *r)
{
	if (r->kind == SW_EXPLAIN_DOTTED)
		return r->basic;
	if (r->kind == SW_EXPLAIN_ENHANCED)
		return r->status;
	return by_code(r) ? r->class.code_entry : SW_NONE;
}

static void show_codes(struct shower *s)
{
	const struct sw_explain_reading *r = s->from;
	uint16_t entries[] = { r->basic, r->status, deciding_code(r) };
	struct sw_reading *to = &s->to->reading;

	for (size_t i = 0; i < SW_LEN(entries); i++) {
		bool twice = entries[i] == SW_NONE;

		for (size_t k = 0; k < i; k++)
			twice |= entries[k] == entries[i];
		if (twice)
			continue;
		struct sw_code_view v = sw_code_at(s->x->k, entries[i]);

		s->to->codes[to->code_count++] = (struct sw_reading_code){
			.code = v.code,
			.title = in(v.title, s->x->lang),
			.meaning = in(v.meaning, s->x->lang),
			.note = in(v.note, s->x->lang),
			.source = v.source ? v.source : "",
		};
	}
}

static void show_category(struct shower *s)
{
	struct sw_reading *to = &s->to->reading;
	struct sw_category_view v = sw_category_at(s->x->k, s->from->class.category);

	to->category = v.id;
	to->title = in(v.title, s->x->lang);
	to->meaning = in(v.meaning, s->x->lang);
	to->sisimai = s->from->class.sisimai ? s->from->class.sisimai : v.sisimai;
	to->kumo = v.kumo ? v.kumo : "";
}

static void show_rule(struct shower *s)
{
	const struct sw_class *c = &s->from->class;
	struct sw_reading *to = &s->to->reading;

	if (c->rule != SW_NONE) {
		struct sw_rule_view v = sw_rule_at(s->x->k, c->rule);
		const char *meaning = in(v.meaning, s->x->lang);

		to->rule = v.id;
		to->ref = v.ref ? v.ref : "";
		if (*meaning)
			to->meaning = meaning;
	}
	if (c->runner_up != SW_NONE) {
		struct sw_rule_view v = sw_rule_at(s->x->k, c->runner_up);

		to->runner_up = v.id;
		to->runner_up_category = sw_category_at(s->x->k, v.category).id;
		to->runner_up_confidence = c->runner_up_confidence;
	}
}

static void show_vendor(struct shower *s)
{
	struct sw_reading *to = &s->to->reading;

	if (s->from->class.vendor == SW_NONE)
		return;
	struct sw_vendor_view v = sw_vendor_at(s->x->k, s->from->class.vendor);

	to->vendor = v.id;
	to->vendor_name = v.name;
	/* The home page of a server's software says nothing of this server. */
	bool helps = strcmp(v.kind, "software") != 0 || s->from->kind == SW_EXPLAIN_VENDOR;

	if (!*to->ref && v.url && helps)
		to->ref = v.url;
	if (s->from->kind == SW_EXPLAIN_VENDOR) {
		to->title = v.name;
		to->meaning = sw_vendor_kind_text(v.kind, s->x->lang);
		to->label = v.id;
	}
}

static void add_ids(struct shower *s, struct sw_ids causes, struct sw_ids remedies)
{
	struct sw_shown *to = s->to;
	enum sw_lang lang = s->x->lang;

	for (size_t i = 0; i < causes.count; i++) {
		struct sw_cause_view v = sw_cause_at(s->x->k, causes.at[i]);
		bool known = to->reading.cause_count == SW_MAX_LISTED;

		for (size_t k = 0; k < to->reading.cause_count; k++)
			known |= to->causes[k].id == v.id;
		if (!known)
			to->causes[to->reading.cause_count++] =
				(struct sw_reading_cause){ v.id, in(v.text, lang) };
	}
	for (size_t i = 0; i < remedies.count; i++) {
		struct sw_remedy_view v = sw_remedy_at(s->x->k, remedies.at[i]);
		bool known = to->reading.remedy_count == SW_MAX_LISTED;

		for (size_t k = 0; k < to->reading.remedy_count; k++)
			known |= to->remedies[k].id == v.id;
		if (!known)
			to->remedies[to->reading.remedy_count++] = (struct sw_reading_remedy){
				.id = v.id,
				.who = sw_who_name(v.who),
				.who_text = sw_who_text(v.who, lang),
				.text = in(v.text, lang),
				.literal = v.literal ? v.literal : "",
				.applicability = v.applicability ? v.applicability : "advice",
			};
	}
}

/* Those of a rule stand before its category's; a code or an error that has its own needs no
 * others. */
static void show_advice(struct shower *s)
{
	const struct sw_explain_reading *r = s->from;
	const struct sw_knowledge *k = s->x->k;
	uint16_t code = deciding_code(r);

	if (r->class.rule != SW_NONE) {
		struct sw_rule_view v = sw_rule_at(k, r->class.rule);

		add_ids(s, v.causes, v.remedies);
	} else if (r->kind == SW_EXPLAIN_NUMBER || r->kind == SW_EXPLAIN_ERROR) {
		struct sw_error_view v = sw_knowledge_error_at(k, r->error);

		add_ids(s, v.causes, v.remedies);
	} else if (code != SW_NONE) {
		struct sw_code_view v = sw_code_at(k, code);

		add_ids(s, v.causes, v.remedies);
	}
	struct sw_category_view c = sw_category_at(k, r->class.category);
	struct sw_ids none = { 0 };
	bool own = r->class.rule == SW_NONE;

	add_ids(s, own && s->to->reading.cause_count ? none : c.causes,
		own && s->to->reading.remedy_count ? none : c.remedies);
}

static void show_error(struct shower *s)
{
	struct sw_reading *to = &s->to->reading;
	struct sw_error_view v = sw_knowledge_error_at(s->x->k, s->from->error);

	to->title = in(v.title, s->x->lang);
	to->meaning = in(v.meaning, s->x->lang);
	to->label = v.id;
	if (s->from->kind == SW_EXPLAIN_NUMBER) {
		to->kind = string_of(s, s->from->scheme);
		to->code = s->from->number;
		/* HRESULTs are known by their hexadecimal form. */
		to->label = to->code > INT32_MAX || to->code < INT16_MIN
				    ? text_of(s, "%s 0x%08X", to->kind, (unsigned)to->code)
				    : text_of(s, "%s %lld", to->kind, (long long)to->code);
	}
}

static void show_code(struct shower *s)
{
	struct sw_code_view v = sw_code_at(s->x->k, deciding_code(s->from));
	struct sw_reading *to = &s->to->reading;

	to->title = in(v.title, s->x->lang);
	to->meaning = in(v.meaning, s->x->lang);
	to->note = in(v.note, s->x->lang);
}

/* A code of a known class that is in no table. */
static void show_class(struct shower *s)
{
	const struct sw_class *c = &s->from->class;
	struct sw_reading *to = &s->to->reading;

	if (c->by != SW_BY_CLASS || deciding_code(s->from) != SW_NONE || c->code == 0)
		return;
	to->title = sw_reply_class_title(c->code, s->x->lang);
	to->meaning = sw_reply_class_meaning(s->x->lang);
}

static void show_label(struct shower *s)
{
	const struct sw_explain_reading *r = s->from;
	struct sw_reading *to = &s->to->reading;
	char enhanced[SW_ENHANCED_TEXT];

	to->code = r->class.code;
	to->enhanced =
		string_of(s, sw_slice_str(sw_enhanced_text(r->class.enhanced, enhanced)));
	if (r->kind == SW_EXPLAIN_ENHANCED && !*to->enhanced)
		to->label = sw_code_at(s->x->k, r->status).code;
	else if (to->code && *to->enhanced)
		to->label = text_of(s, "%d %s", r->class.code, to->enhanced);
	else if (to->code)
		to->label = text_of(s, "%d", r->class.code);
	else
		to->label = to->enhanced;
}

static void show_axes(struct shower *s)
{
	const struct sw_class *c = &s->from->class;
	struct sw_reading *to = &s->to->reading;
	enum sw_lang lang = s->x->lang;

	to->who = sw_who_name(c->who);
	to->who_text = sw_who_text(c->who, lang);
	to->retry = sw_retry_name(c->retry);
	to->retry_text = sw_retry_text(c->retry, lang);
	to->list_action = sw_list_action_name(c->list_action);
	to->list_action_text = sw_list_action_text(c->list_action, c->count, lang);
	to->scope = sw_scope_name(c->scope);
	to->probe = c->probe ? c->probe : "";
	to->count = c->count;
	to->count_days = c->count_days;
	to->retry_after_s = c->retry_after_s;
	to->decided_by = sw_decided_by_name(c->by);
}

static void show_place(struct shower *s)
{
	const struct sw_explain_place *p = &s->from->place;
	struct sw_reading *to = &s->to->reading;

	to->host = string_of(s, p->host);
	to->port = p->port;
	to->stage = p->has_stage ? sw_stage_name(p->stage) : "";
	to->next = sw_explain_next(s->x->k, &s->x->arena, s->from);
	s->nomem |= !to->next;
}

static const struct sw_reading empty = {
	.kind = "",
	.label = "",
	.enhanced = "",
	.title = "",
	.meaning = "",
	.note = "",
	.category = "",
	.who = "",
	.who_text = "",
	.retry = "",
	.retry_text = "",
	.list_action = "",
	.list_action_text = "",
	.scope = "",
	.probe = "",
	.decided_by = "",
	.rule = "",
	.runner_up = "",
	.runner_up_category = "",
	.vendor = "",
	.vendor_name = "",
	.sisimai = "",
	.kumo = "",
	.next = "",
	.ref = "",
	.host = "",
	.stage = "",
	.address = "",
	.action = "",
	.said = "",
};

static void show(struct shower *s)
{
	const struct sw_explain_reading *r = s->from;
	struct sw_reading *to = &s->to->reading;

	*to = empty;
	to->kind = sw_explain_kind_name(r->kind);
	to->confidence = r->confidence;
	to->about_at = r->about.at;
	to->about_len = r->about.len;
	to->evidence_count = r->evidence_count;
	to->address = r->address;
	to->action = r->action;
	to->said = r->said;
	if (r->kind != SW_EXPLAIN_VENDOR) {
		show_category(s);
		show_label(s);
		show_axes(s);
		show_codes(s);
		if (deciding_code(r) != SW_NONE)
			show_code(s);
		if (r->kind == SW_EXPLAIN_NUMBER || r->kind == SW_EXPLAIN_ERROR)
			show_error(s);
		show_class(s);
		show_rule(s);
		show_advice(s);
		show_place(s);
	}
	if (r->kind == SW_EXPLAIN_CATEGORY)
		to->label = to->category;
	if (r->kind == SW_EXPLAIN_RULE)
		to->label = to->rule;
	show_vendor(s);
}

enum sw_err sw_explanation_show(struct sw_explanation *x)
{
	struct shower s = { .x = x };

	x->shown = sw_arena_alloc(&x->arena, (x->result.count + 1) * sizeof(*x->shown));
	if (!x->shown)
		return SW_E_NOMEM;
	for (size_t i = 0; i < x->result.count; i++) {
		s.from = &x->result.readings[i];
		s.to = &x->shown[i];
		show(&s);
	}
	return s.nomem ? SW_E_NOMEM : SW_OK;
}
