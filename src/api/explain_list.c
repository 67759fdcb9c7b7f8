/* SPDX-License-Identifier: MIT */
/* The reference: all that is known, one entry after the other. */
#include "api/explain.h"

struct section {
	const char *name;
	size_t (*count)(const struct sw_knowledge *k);
	struct sw_reference (*entry)(const struct sw_explainer *e, size_t i);
	/* What only this section has, as an object. */
	json_t *(*more)(const struct sw_explainer *e, size_t i);
};

static const char *in(const char *const texts[SW_LANG_COUNT], const struct sw_explainer *e)
{
	return texts[e->lang] ? texts[e->lang] : "";
}

static const char *category_id(const struct sw_explainer *e, uint16_t category)
{
	return category == SW_NONE ? "" : sw_category_at(e->k, category).id;
}

static json_t *cause_ids(const struct sw_explainer *e, struct sw_ids ids)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < ids.count; i++)
		if (json_array_append_new(list,
					  json_string(sw_cause_at(e->k, ids.at[i]).id))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *remedy_ids(const struct sw_explainer *e, struct sw_ids ids)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < ids.count; i++)
		if (json_array_append_new(list,
					  json_string(sw_remedy_at(e->k, ids.at[i]).id))) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static struct sw_reference code_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_code_view v = sw_code_at(e->k, i);

	return (struct sw_reference){ v.code, in(v.title, e), in(v.meaning, e),
				      category_id(e, v.category), "" };
}

static json_t *code_more(const struct sw_explainer *e, size_t i)
{
	struct sw_code_view v = sw_code_at(e->k, i);

	/* clang-format off */
	return json_pack("{s:o, s:s, s:s, s:o, s:o, s:b, s:o, s:o}",
			 "note", sw_json_text(in(v.note, e)),
			 "retry", sw_retry_name(v.retry),
			 "retry_text", sw_retry_text(v.retry, e->lang),
			 "source", sw_json_text(v.source),
			 "replies", sw_json_text(v.replies),
			 "dotted", (int)v.dotted,
			 "causes", cause_ids(e, v.causes),
			 "remedies", remedy_ids(e, v.remedies));
	/* clang-format on */
}

static struct sw_reference category_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_category_view v = sw_category_at(e->k, i);

	return (struct sw_reference){ v.id, in(v.title, e), in(v.meaning, e), v.id, "" };
}

static json_t *category_more(const struct sw_explainer *e, size_t i)
{
	struct sw_category_view v = sw_category_at(e->k, i);
	/* clang-format off */
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:o}",
			 "who", sw_who_name(v.who),
			 "who_text", sw_who_text(v.who, e->lang),
			 "retry", sw_retry_name(v.retry),
			 "retry_text", sw_retry_text(v.retry, e->lang),
			 "list_action", sw_list_action_name(v.list_action),
			 "list_action_text",
			 sw_list_action_text(v.list_action, v.count, e->lang),
			 "count_limit", (int)v.count,
			 "count_days", (int)v.count_days,
			 "scope", sw_scope_name(v.scope),
			 "reason_sisimai", sw_json_text(v.sisimai),
			 "kumo_class", sw_json_text(v.kumo),
			 "probe", sw_json_text(v.probe),
			 "causes", cause_ids(e, v.causes),
			 "remedies", remedy_ids(e, v.remedies));
	/* clang-format on */
}

static struct sw_reference rule_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_rule_view v = sw_rule_at(e->k, i);
	struct sw_category_view c = sw_category_at(e->k, v.category);
	const char *meaning = in(v.meaning, e);

	return (struct sw_reference){
		v.id, in(c.title, e), *meaning ? meaning : in(c.meaning, e), c.id,
		v.vendor == SW_NONE ? "" : sw_vendor_at(e->k, v.vendor).name
	};
}

static json_t *rule_more(const struct sw_explainer *e, size_t i)
{
	struct sw_rule_view v = sw_rule_at(e->k, i);

	return json_pack(
		"{s:o, s:o, s:o, s:o}", "vendor",
		sw_json_text(v.vendor == SW_NONE ? "" : sw_vendor_at(e->k, v.vendor).id),
		"ref", sw_json_text(v.ref), "causes", cause_ids(e, v.causes), "remedies",
		remedy_ids(e, v.remedies));
}

static struct sw_reference error_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_error_view v = sw_knowledge_error_at(e->k, i);

	const char *name = sw_knowledge_error_name(e->k, i, 0);

	return (struct sw_reference){ v.id, in(v.title, e), in(v.meaning, e),
				      category_id(e, v.category), name ? name : "" };
}

/* "errno:111, winsock:10061", "ECONNREFUSED, WSAECONNREFUSED". */
static json_t *numbers_json(const struct sw_explainer *e, size_t error)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	const char *kind;
	unsigned long number;
	enum sw_err code = SW_OK;

	sw_buf_init(&out, SW_MAX_CONFIG);
	for (size_t n = 0; !code && sw_knowledge_error_number(e->k, error, n, &kind, &number);
	     n++)
		code = sw_buf_printf(&out, number > INT32_MAX ? "%s%s:0x%lX" : "%s%s:%lu",
				     n ? ", " : "", kind, number);
	return sw_json_text(sw_buf_str(&out));
}

static json_t *names_json(const struct sw_explainer *e, size_t error)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out;
	const char *name;
	enum sw_err code = SW_OK;

	sw_buf_init(&out, SW_MAX_CONFIG);
	for (size_t n = 0; !code && (name = sw_knowledge_error_name(e->k, error, n)); n++)
		code = sw_buf_printf(&out, "%s%s", n ? ", " : "", name);
	return sw_json_text(sw_buf_str(&out));
}

static json_t *error_more(const struct sw_explainer *e, size_t i)
{
	struct sw_error_view v = sw_knowledge_error_at(e->k, i);

	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "stage", sw_stage_name(v.stage),
			 "next_command", sw_json_text(v.command), "numbers",
			 numbers_json(e, i), "names", names_json(e, i), "causes",
			 cause_ids(e, v.causes), "remedies", remedy_ids(e, v.remedies));
}

static struct sw_reference vendor_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_vendor_view v = sw_vendor_at(e->k, i);

	return (struct sw_reference){ v.id, v.name, sw_vendor_kind_text(v.kind, e->lang), "",
				      v.url ? v.url : "" };
}

static json_t *vendor_more(const struct sw_explainer *e, size_t i)
{
	struct sw_vendor_view v = sw_vendor_at(e->k, i);

	return json_pack("{s:s, s:o}", "vendor_kind", v.kind, "url", sw_json_text(v.url));
}

static struct sw_reference cause_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_cause_view v = sw_cause_at(e->k, i);

	return (struct sw_reference){ v.id, in(v.text, e), "", "", "" };
}

static struct sw_reference remedy_entry(const struct sw_explainer *e, size_t i)
{
	struct sw_remedy_view v = sw_remedy_at(e->k, i);

	return (struct sw_reference){ v.id, in(v.text, e), v.literal ? v.literal : "", "",
				      sw_who_text(v.who, e->lang) };
}

static json_t *remedy_more(const struct sw_explainer *e, size_t i)
{
	struct sw_remedy_view v = sw_remedy_at(e->k, i);

	return json_pack("{s:s, s:o, s:s}", "who", sw_who_name(v.who), "literal",
			 sw_json_text(v.literal), "applicability",
			 v.applicability ? v.applicability : "advice");
}

static const struct section sections[] = {
	{ "codes", sw_code_count, code_entry, code_more },
	{ "categories", sw_category_count, category_entry, category_more },
	{ "errors", sw_knowledge_error_count, error_entry, error_more },
	{ "rules", sw_rule_count, rule_entry, rule_more },
	{ "vendors", sw_vendor_count, vendor_entry, vendor_more },
	{ "causes", sw_cause_count, cause_entry, NULL },
	{ "remedies", sw_remedy_count, remedy_entry, remedy_more },
};

static const struct section *find(const char *name)
{
	for (size_t i = 0; i < SW_LEN(sections); i++)
		if (strcmp(name, sections[i].name) == 0)
			return &sections[i];
	return NULL;
}

const char *sw_reference_section(size_t i)
{
	return i < SW_LEN(sections) ? sections[i].name : NULL;
}

size_t sw_explainer_reference_count(const struct sw_explainer *e, const char *section)
{
	const struct section *s = find(section);

	return s ? s->count(e->k) : 0;
}

struct sw_reference sw_explainer_reference(const struct sw_explainer *e, const char *section,
					   size_t i)
{
	const struct section *s = find(section);

	return s && i < s->count(e->k) ? s->entry(e, i)
				       : (struct sw_reference){ "", "", "", "", "" };
}

char *sw_explainer_reference_json(const struct sw_explainer *e, const char *section, size_t i)
{
	const struct section *s = find(section);

	if (!s || i >= s->count(e->k))
		return NULL;
	struct sw_reference r = s->entry(e, i);
	/* clang-format off */
	json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}",
				"schema", "sendwell/reference/1",
				"language", e->lang == SW_LANG_RU ? "ru" : "en",
				"section", s->name,
				"id", r.id,
				"title", r.title,
				"meaning", sw_json_text(r.meaning),
				"category", sw_json_text(r.category));
	/* clang-format on */
	json_t *more = s->more ? s->more(e, i) : json_object();

	if (!out || !more || json_object_update(out, more)) {
		json_decref(out);
		out = NULL;
	}
	json_decref(more);
	return sw_json_dump(out);
}
