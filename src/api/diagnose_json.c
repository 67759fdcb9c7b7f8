/* SPDX-License-Identifier: MIT */
/* "sendwell/diagnose/1" and "sendwell/finding/1". */
#include "api/diagnose.h"
#include "base/mem.h"
#include "codec/json.h"

/* Appends, or gives the list up. */
static bool append(json_t **list, json_t *value)
{
	if (*list && json_array_append_new(*list, value)) {
		json_decref(*list);
		*list = NULL;
	}
	return *list != NULL;
}

typedef const char *(*line_fn)(const struct sw_diagnosis *d, size_t i, size_t n);

static json_t *lines_json(const struct sw_diagnosis *d, size_t i, size_t count, line_fn line)
{
	json_t *list = json_array();

	for (size_t n = 0; n < count; n++)
		if (!append(&list, json_string(line(d, i, n))))
			break;
	return list;
}

static json_t *remedy_json(const struct sw_diagnosed_remedy *r)
{
	return json_pack("{s:s, s:s, s:o, s:s}", "who", r->who, "text", r->text, "literal",
			 sw_json_text(r->literal), "applicability", r->applicability);
}

static json_t *remedies_json(const struct sw_diagnosis *d, size_t i, size_t count)
{
	json_t *list = json_array();

	for (size_t n = 0; n < count; n++) {
		struct sw_diagnosed_remedy r = sw_diagnosis_remedy(d, i, n);

		if (!append(&list, remedy_json(&r)))
			break;
	}
	return list;
}

static json_t *finding_json(const struct sw_diagnosis *d, size_t i)
{
	struct sw_diagnosed f = sw_diagnosis_finding(d, i);

	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, "
			 "s:s, s:s}",
			 "code", f.code, "title", f.title, "level", f.level, "state", f.state,
			 "confidence", (int)f.confidence, "stage", f.stage, "who", f.who,
			 "rule", sw_json_text(f.rule), "because",
			 lines_json(d, i, f.because_count, sw_diagnosis_because), "against",
			 lines_json(d, i, f.against_count, sw_diagnosis_against), "explains",
			 lines_json(d, i, f.explains_count, sw_diagnosis_explains),
			 "explained_by", sw_json_text(f.explained_by), "remedies",
			 remedies_json(d, i, f.remedy_count), "recheck", f.recheck, "test",
			 f.test);
}

json_t *sw_diagnosis_findings_json(const struct sw_diagnosis *d, bool standing)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sw_diagnosis_count(d); i++)
		if ((!standing || d->findings[i]->state <= SW_FINDING_POSSIBLE) &&
		    !append(&list, finding_json(d, i)))
			break;
	return list;
}

/* What could not be looked at, whether a finding hangs on it or not. */
static json_t *untested_json(const struct sw_diagnosis *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sw_diagnosis_untested_count(d); i++) {
		struct sw_diagnosis_untested u = sw_diagnosis_untested(d, i);

		if (!append(&list, json_pack("{s:s, s:s}", "what", u.what, "reason", u.reason)))
			break;
	}
	return list;
}

static json_t *stages_json(const struct sw_diagnosis *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < d->stage_count; i++) {
		const struct sw_diagnosis_stage *s = &d->stages[i];

		if (!append(&list,
			    json_pack("{s:s, s:s, s:o}", "name", s->name, "status", s->status,
				      "ms", s->ms < 0 ? json_null() : json_real(s->ms))))
			break;
	}
	return list;
}

/* As a case holds them. */
static json_t *facts_json(const struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_CASE };

	if (sw_case_write(d->facts, "", &out, NULL))
		return NULL;
	json_t *whole;
	if (sw_json_read(sw_buf_slice(&out), &whole, NULL))
		return NULL;
	json_t *facts = json_incref(json_object_get(whole, "facts"));

	json_decref(whole);
	return facts;
}

const char *sw_diagnosis_json(struct sw_diagnosis *d)
{
	if (!d->json)
		d->json = sw_json_dump(
			json_pack("{s:s, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:b}", "schema",
				  "sendwell/diagnose/1", "target", sw_json_text(d->target),
				  "outcome", d->outcome, "sentence", sw_json_text(d->sentence),
				  "stages", stages_json(d), "findings",
				  sw_diagnosis_findings_json(d, false), "untested",
				  untested_json(d), "facts", facts_json(d), "decided", d->verdict.decided));
	return d->json;
}

const char *sw_diagnosis_case_json(struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_CASE };

	if (!d->case_json && sw_case_write(d->facts, "", &out, NULL) == SW_OK)
		d->case_json = sw_buf_take(&out);
	return d->case_json;
}

/* ---- stories */

static json_t *story_remedies_json(const struct sw_explainer *e, const char *code,
				   size_t count)
{
	json_t *list = json_array();

	for (size_t n = 0; n < count; n++) {
		struct sw_diagnosed_remedy r = sw_explainer_story_remedy(e, code, n);

		if (!append(&list, remedy_json(&r)))
			break;
	}
	return list;
}

static json_t *lookalikes_json(const struct sw_explainer *e, const char *code, size_t count)
{
	json_t *list = json_array();

	for (size_t n = 0; n < count; n++) {
		struct sw_story s = sw_explainer_story_lookalike(e, code, n);

		if (!append(&list, json_sprintf("SW-%s", s.code)))
			break;
	}
	return list;
}

char *sw_explainer_story_json(const struct sw_explainer *e, const char *code)
{
	struct sw_story s = sw_explainer_story(e, code);

	if (!*s.code)
		return NULL;
	return sw_json_dump(json_pack(
		"{s:s, s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:s}", "schema",
		"sendwell/finding/1", "code", json_sprintf("SW-%s", s.code), "title", s.title,
		"story", s.story, "level", s.level, "stage", s.stage, "who", s.who, "test",
		s.test, "recheck", s.recheck, "remedies",
		story_remedies_json(e, code, s.remedy_count), "lookalikes",
		lookalikes_json(e, code, s.lookalike_count), "source", s.source));
}
