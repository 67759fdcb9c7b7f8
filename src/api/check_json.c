/* SPDX-License-Identifier: MIT */
#include "api/check.h"
#include "api/json.h"

static json_t *finding_json(const struct sw_check_report *r, const struct sw_check_result *x,
			    const struct sw_check_finding *f)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s?, s:[s], s:[], s:[], s:s?, "
			 "s:[{s:s, s:s, s:o, s:s}], s:o, s:s}",
			 "code", f->code, "title", f->title, "level", f->level, "state",
			 "confirmed", "confidence", 95, "stage", "dns", "who", f->who, "rule",
			 NULL, "because", *x->found ? x->found : f->title, "against",
			 "explains", "explained_by", NULL, "remedies", "who", f->who, "text",
			 f->remedy, "literal", sw_json_text(f->literal), "applicability",
			 f->applicability, "recheck",
			 json_sprintf("sendwell check %s", r->domain), "test", x->expected);
}

/* A list lacks nothing: without memory for one of it there is none. */
static void append(json_t **list, json_t *value)
{
	if (json_array_append_new(*list, value)) {
		json_decref(*list);
		*list = NULL;
	}
}

static json_t *result_json(const struct sw_check_report *r, const struct sw_check_result *x)
{
	json_t *findings = json_array(), *trace = json_array();

	for (size_t i = 0; i < x->finding_count; i++)
		append(&findings, finding_json(r, x, &x->findings[i]));
	for (size_t i = 0; x->trace[i]; i++)
		append(&trace, json_string(x->trace[i]));
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:o}", "test", x->test, "group",
			 x->group, "title", x->title, "status",
			 sw_check_status_name(x->status), "found", sw_json_text(x->found),
			 "expected", x->expected, "findings", findings, "trace", trace);
}

char *sw_check_json(const struct sw_check_report *r)
{
	static const char *const outcomes[] = { "ok", "problem", "untested" };
	json_t *results = json_array();
	const struct sw_check_result *x;

	for (size_t i = 0; (x = sw_check_get(r, i)); i++)
		append(&results, result_json(r, x));
	return sw_json_dump(json_pack("{s:s, s:s, s:s, s:o, s:i}", "schema",
				      "sendwell/check/1", "domain", r->domain, "outcome",
				      outcomes[sw_check_exit_status(r)], "results", results,
				      "exit_status", sw_check_exit_status(r)));
}
