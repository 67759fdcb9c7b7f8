/* SPDX-License-Identifier: MIT */
/* "sendwell/explain/1" and "sendwell/reference/1".  All keys are always there; what is not
 * known is null. */
#include "api/explain.h"

static json_t *number_or_null(uint64_t value)
{
	return value ? json_integer((json_int_t)value) : json_null();
}

/* Appends, or gives the list up. */
static bool append(json_t **list, json_t *value)
{
	if (*list && json_array_append_new(*list, value)) {
		json_decref(*list);
		*list = NULL;
	}
	return *list != NULL;
}

static json_t *causes_json(const struct sw_shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->reading.cause_count; i++)
		if (!append(&list, json_pack("{s:s, s:s}", "id", s->causes[i].id, "text",
					     s->causes[i].text)))
			break;
	return list;
}

static json_t *remedies_json(const struct sw_shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->reading.remedy_count; i++) {
		const struct sw_reading_remedy *r = &s->remedies[i];
		json_t *row =
			json_pack("{s:s, s:s, s:s, s:o, s:s}", "id", r->id, "who", r->who,
				  "text", r->text, "literal", sw_json_text(r->literal),
				  "applicability", r->applicability);

		if (!append(&list, row))
			break;
	}
	return list;
}

static json_t *codes_json(const struct sw_shown *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->reading.code_count; i++) {
		const struct sw_reading_code *c = &s->codes[i];
		json_t *row =
			json_pack("{s:s, s:s, s:s, s:o, s:o}", "code", c->code, "title",
				  c->title, "meaning", c->meaning, "note",
				  sw_json_text(c->note), "source", sw_json_text(c->source));

		if (!append(&list, row))
			break;
	}
	return list;
}

static json_t *evidence_json(const struct sw_explanation *x, size_t i)
{
	const struct sw_explain_reading *r = &x->result.readings[i];
	json_t *list = json_array();

	for (size_t n = 0; n < r->evidence_count; n++) {
		struct sw_evidence e = r->evidence[n];
		struct sw_slice words = sw_slice_head(sw_slice_from(x->input, e.at), e.len);

		if (!append(&list, json_pack("{s:i, s:i, s:o}", "at", (int)e.at, "len",
					     (int)e.len, "text", sw_json_printable(words))))
			break;
	}
	return list;
}

static json_t *runner_up_json(const struct sw_reading *r)
{
	return *r->runner_up ? json_pack("{s:s, s:s, s:i}", "rule", r->runner_up, "category",
					 r->runner_up_category, "confidence",
					 (int)r->runner_up_confidence)
			     : json_null();
}

/* What the taxonomy says: two objects are merged into a reading, since one pack of all keys
 * is longer than anybody can read. */
static json_t *judgement_json(const struct sw_reading *r)
{
	/* clang-format off */
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "category", sw_json_text(r->category),
			 "who", sw_json_text(r->who),
			 "retry", sw_json_text(r->retry),
			 "retry_after_s", number_or_null(r->retry_after_s),
			 "list_action", sw_json_text(r->list_action),
			 "count_limit", number_or_null(r->count),
			 "count_days", number_or_null(r->count_days),
			 "scope", sw_json_text(r->scope),
			 "probe", sw_json_text(r->probe),
			 "reason_sisimai", sw_json_text(r->sisimai),
			 "kumo_class", sw_json_text(r->kumo),
			 "decided_by", sw_json_text(r->decided_by));
	/* clang-format on */
}

static json_t *source_json(const struct sw_reading *r)
{
	/* clang-format off */
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
			 "rule", sw_json_text(r->rule),
			 "runner_up", runner_up_json(r),
			 "vendor", sw_json_text(r->vendor),
			 "vendor_name", sw_json_text(r->vendor_name),
			 "ref", sw_json_text(r->ref),
			 "host", sw_json_text(r->host),
			 "port", number_or_null(r->port),
			 "stage", sw_json_text(r->stage),
			 "next_command", sw_json_text(r->next),
			 "address", sw_json_text(r->address),
			 "action", sw_json_text(r->action),
			 "said", sw_json_text(r->said));
	/* clang-format on */
}

static json_t *reading_json(const struct sw_explanation *x, size_t i)
{
	const struct sw_shown *s = &x->shown[i];
	const struct sw_reading *r = &s->reading;
	/* clang-format off */
	json_t *out = json_pack(
		"{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:{s:i, s:i}, s:o, s:o, s:o, s:o}",
		"kind", r->kind,
		"label", sw_json_text(r->label),
		"code", r->code ? json_integer(r->code) : json_null(),
		"enhanced", sw_json_text(r->enhanced),
		"title", sw_json_text(r->title),
		"meaning", sw_json_text(r->meaning),
		"note", sw_json_text(r->note),
		"confidence", (int)r->confidence,
		"about", "at", (int)r->about_at, "len", (int)r->about_len,
		"codes", codes_json(s),
		"causes", causes_json(s),
		"remedies", remedies_json(s),
		"evidence", evidence_json(x, i));
	/* clang-format on */
	json_t *judgement = judgement_json(r), *source = source_json(r);
	bool ok = out && judgement && source && !json_object_update(out, judgement) &&
		  !json_object_update(out, source);

	json_decref(judgement);
	json_decref(source);
	if (!ok) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *explanation_json(const struct sw_explanation *x)
{
	json_t *readings = json_array();

	for (size_t i = 0; i < x->result.count; i++)
		if (!append(&readings, reading_json(x, i)))
			break;
	/* clang-format off */
	return json_pack("{s:s, s:o, s:s, s:b, s:o, s:o, s:o, s:i}",
			 "schema", "sendwell/explain/1",
			 "input", sw_json_printable(sw_slice_head(x->input, SW_MAX_EXPLAIN)),
			 "language", x->lang == SW_LANG_RU ? "ru" : "en",
			 "cut", (int)x->result.cut,
			 "readings", readings,
			 "nearest", sw_json_text(x->nearest),
			 "remark", sw_json_text(x->remark),
			 "exit_status", x->result.count ? 0 : 1);
	/* clang-format on */
}

const char *sw_explanation_json(struct sw_explanation *x)
{
	if (!x->json)
		x->json = sw_json_dump(explanation_json(x));
	return x->json;
}
