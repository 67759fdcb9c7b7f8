/* SPDX-License-Identifier: MIT */
/* The explainer: its settings, and reading a text with them. */
#include "api/explain.h"

#include "base/mem.h"
#include "base/nearest.h"

struct sw_explainer *sw_explainer_new(void)
{
	struct sw_explainer *e = sw_calloc(1, sizeof(*e));

	if (e) {
		e->k = sw_knowledge_builtin();
		sw_arena_init(&e->texts);
	}
	return e;
}

void sw_explainer_free(struct sw_explainer *e)
{
	if (!e)
		return;
	/* Each set lies on the one before. */
	while (e->set_count > 0)
		sw_knowledge_free(e->sets[--e->set_count]);
	sw_arena_fini(&e->texts);
	sw_free(e->mail_log);
	sw_free(e->host);
	sw_free(e);
}

const char *sw_explainer_error_text(const struct sw_explainer *e)
{
	return e->err.text;
}

static enum sw_err set_language(struct sw_explainer *e, const char *value)
{
	static const char *const names[SW_LANG_COUNT] = {
		[SW_LANG_EN] = "en", [SW_LANG_RU] = "ru"
	};

	for (size_t i = 0; i < SW_LANG_COUNT; i++)
		if (!value || strcmp(value, names[i]) == 0) {
			e->lang = (enum sw_lang)i;
			return SW_OK;
		}
	return sw_fail(&e->err, SW_E_USAGE, "'%.32s', expected en or ru", value);
}

static enum sw_err set_stage(struct sw_explainer *e, const char *value)
{
	e->has_stage = false;
	for (size_t i = SW_STAGE_GREETING; value && i <= SW_STAGE_FINAL; i++)
		if (strcmp(value, sw_stage_name((enum sw_stage)i)) == 0) {
			e->has_stage = true;
			e->stage = (enum sw_stage)i;
		}
	return !value || e->has_stage
		       ? SW_OK
		       : sw_fail(&e->err, SW_E_USAGE,
				 "'%.32s', expected greeting, ehlo, tls, auth, envelope, "
				 "data or final",
				 value);
}

static enum sw_err set_host(struct sw_explainer *e, const char *value)
{
	struct sw_slice host = sw_slice_str(value);
	char *copy = NULL;

	if (value && (host.len == 0 || host.len > SW_MAX_DOMAIN ||
		      sw_slice_has_control(host) || sw_slice_find(host, ' ') < host.len))
		return sw_fail(&e->err, SW_E_USAGE, "expected the name of a host");
	if (value && !(copy = sw_strdup(value)))
		return sw_fail_nomem(&e->err);
	sw_free(e->host);
	e->host = copy;
	return SW_OK;
}

static enum sw_err set_mail_log(struct sw_explainer *e, const char *value)
{
	char *copy = NULL;

	if (value && (!*value || sw_slice_has_control(sw_slice_str(value))))
		return sw_fail(&e->err, SW_E_USAGE, "expected a file, or auto");
	if (value && !(copy = sw_strdup(value)))
		return sw_fail_nomem(&e->err);
	sw_free(e->mail_log);
	e->mail_log = copy;
	return SW_OK;
}

static const struct {
	const char *name;
	enum sw_err (*set)(struct sw_explainer *e, const char *value);
} settings[] = {
	{ "language", set_language },
	{ "stage", set_stage },
	{ "host", set_host },
	{ "mail-log", set_mail_log },
};

static const char *setting_name(size_t i)
{
	return i < SW_LEN(settings) ? settings[i].name : NULL;
}

enum sw_err sw_explainer_set(struct sw_explainer *e, const char *name, const char *value)
{
	for (size_t i = 0; i < SW_LEN(settings); i++)
		if (strcmp(name, settings[i].name) == 0)
			return settings[i].set(e, value);
	const char *near = sw_nearest(sw_slice_str(name), setting_name);

	return sw_fail(&e->err, SW_E_USAGE, "there is no setting \"%.64s\"%s%s%s", name,
		       near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

/* Of a message that is no bounce only a reply that somebody quotes is worth saying: its header
 * is full of other numbers. */
static void keep_replies(struct sw_explanation *x)
{
	size_t kept = 0;

	for (size_t i = 0; i < x->result.count; i++) {
		const struct sw_explain_reading *r = &x->result.readings[i];

		if (r->kind == SW_EXPLAIN_REPLY && r->class.code >= 400 &&
		    r->class.by == SW_BY_RULE)
			x->result.readings[kept++] = *r;
	}
	x->result.count = kept;
}

static enum sw_err read_text(struct sw_explainer *e, struct sw_explanation *x)
{
	struct sw_explain_context context = {
		.has_stage = e->has_stage,
		.stage = e->stage,
		.host = sw_slice_str(e->host),
	};
	bool bounce;
	enum sw_err code = sw_explanation_read_bounce(x, &bounce, &e->err);

	if (!code && !bounce)
		code = sw_explain(e->k, &x->arena, x->input, &context, &x->result, &e->err);
	if (!code && *x->remark)
		keep_replies(x);
	if (!code && sw_explanation_show(x))
		code = sw_fail_nomem(&e->err);
	if (!code && x->result.count == 0)
		x->nearest = sw_explain_nearest(x->input);
	return code;
}

enum sw_err sw_explainer_read(struct sw_explainer *e, const void *text, size_t len,
			      struct sw_explanation **ret)
{
	struct sw_explanation *x;
	enum sw_err code;

	sw_error_clear(&e->err);
	if (len > SW_MAX_EXPLAIN_INPUT)
		return sw_fail(&e->err, SW_E_LIMIT,
			       "the text has %zu bytes, at most %d are read", len,
			       SW_MAX_EXPLAIN_INPUT);
	x = sw_calloc(1, sizeof(*x));
	if (!x)
		return sw_fail_nomem(&e->err);
	x->k = e->k;
	x->lang = e->lang;
	x->nearest = x->remark = "";
	sw_arena_init(&x->arena);
	x->input = sw_arena_copy(&x->arena, sw_slice(text, len));
	code = x->input.ptr ? read_text(e, x) : sw_fail_nomem(&e->err);
	if (code)
		sw_explanation_free(x);
	else
		*ret = x;
	return code;
}

void sw_explanation_free(struct sw_explanation *x)
{
	if (!x)
		return;
	sw_arena_fini(&x->arena);
	sw_free(x->json);
	sw_free(x);
}

size_t sw_explanation_count(const struct sw_explanation *x)
{
	return x->result.count;
}

const char *sw_explanation_nearest(const struct sw_explanation *x)
{
	return x->nearest;
}

const char *sw_explanation_remark(const struct sw_explanation *x)
{
	return x->remark;
}

int sw_explanation_is_cut(const struct sw_explanation *x)
{
	return x->result.cut;
}

struct sw_reading sw_explanation_reading(const struct sw_explanation *x, size_t i)
{
	static const struct sw_shown none;

	return i < x->result.count ? x->shown[i].reading : none.reading;
}

struct sw_reading_code sw_explanation_code(const struct sw_explanation *x, size_t i, size_t n)
{
	bool there = i < x->result.count && n < x->shown[i].reading.code_count;

	return there ? x->shown[i].codes[n] : (struct sw_reading_code){ 0 };
}

struct sw_reading_cause sw_explanation_cause(const struct sw_explanation *x, size_t i,
					     size_t n)
{
	bool there = i < x->result.count && n < x->shown[i].reading.cause_count;

	return there ? x->shown[i].causes[n] : (struct sw_reading_cause){ 0 };
}

struct sw_reading_remedy sw_explanation_remedy(const struct sw_explanation *x, size_t i,
					       size_t n)
{
	bool there = i < x->result.count && n < x->shown[i].reading.remedy_count;

	return there ? x->shown[i].remedies[n] : (struct sw_reading_remedy){ 0 };
}

struct sw_reading_evidence sw_explanation_evidence(const struct sw_explanation *x, size_t i,
						   size_t n)
{
	if (i >= x->result.count || n >= x->result.readings[i].evidence_count)
		return (struct sw_reading_evidence){ 0 };
	struct sw_evidence e = x->result.readings[i].evidence[n];

	return (struct sw_reading_evidence){ e.at, e.len };
}
