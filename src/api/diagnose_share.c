/* SPDX-License-Identifier: MIT */
/* A diagnosis for strangers: the case without names of people, machines and networks, judged
 * anew, so that nothing comes into the text that is not in those facts. */
#include "api/diagnose.h"
#include "base/mem.h"
#include "base/world.h"
#include "verdict/share.h"

static bool add_line(json_t *list, const char *fmt, ...) SW_PRINTF(2, 3);

static bool add_line(json_t *list, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	json_t *line = json_vsprintf(fmt, args);

	va_end(args);
	return json_array_append_new(list, line) == 0;
}

static bool tell_finding(const struct sw_diagnosis *d, size_t i, json_t *list)
{
	struct sw_diagnosed f = sw_diagnosis_finding(d, i);
	bool ok = add_line(list, "%s %s %u: %s", f.code, f.state, f.confidence, f.title);

	if (ok && *f.explained_by)
		return add_line(list, "  = %s", f.explained_by);
	for (size_t n = 0; ok && n < f.because_count; n++)
		ok = add_line(list, "  | %s", sw_diagnosis_because(d, i, n));
	for (size_t n = 0; ok && n < f.against_count; n++)
		ok = add_line(list, "  - %s", sw_diagnosis_against(d, i, n));
	if (strcmp(f.state, "ruled_out") == 0 || strcmp(f.state, "untested") == 0)
		return ok;
	for (size_t n = 0; ok && n < f.remedy_count; n++) {
		struct sw_diagnosed_remedy r = sw_diagnosis_remedy(d, i, n);

		ok = add_line(list, "  > %s: %s", r.who_text, r.text);
		if (ok && *r.literal)
			ok = add_line(list, "    %s", r.literal);
	}
	return ok;
}

/* One line of text an element. */
static json_t *report_json(const struct sw_diagnosis *d)
{
	json_t *list = json_array();
	bool ok = list && add_line(list, "%s: %s", d->target, d->outcome);

	if (ok && *d->sentence)
		ok = add_line(list, "%s", d->sentence);
	for (size_t i = 0; ok && i < d->stage_count; i++)
		ok = add_line(list, "stage %s: %s", d->stages[i].name, d->stages[i].status);
	for (size_t i = 0; ok && i < sw_diagnosis_count(d); i++)
		ok = tell_finding(d, i, list);
	for (size_t i = 0; ok && i < sw_diagnosis_untested_count(d); i++) {
		struct sw_diagnosis_untested u = sw_diagnosis_untested(d, i);

		ok = add_line(list, "? %s: %s", u.what, u.reason);
	}
	if (ok)
		return list;
	json_decref(list);
	return NULL;
}

static int dump_into(const char *bytes, size_t len, void *arg)
{
	struct sw_buf *out = arg;

	/* Jansson does not stop at every failure, and would go on behind a hole. */
	if (out->max > 0 && sw_buf_add(out, sw_slice(bytes, len)))
		out->max = 0;
	return out->max > 0 ? 0 : -1;
}

static char *write_share(const struct sw_diagnosis *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_CASE };
	static const char end[] = "}\n";
	json_t *report = report_json(d);
	enum sw_err e = report ? sw_case_write(d->facts, "", &out, NULL) : SW_E_NOMEM;

	if (!e) {
		/* The case is one object; the report becomes its last member. */
		sw_buf_truncate(&out, sw_buf_len(&out) - strlen(end));
		e = sw_buf_add_str(&out, ",\"report\":");
	}
	if (!e &&
	    (json_dump_callback(report, dump_into, &out, JSON_INDENT(1)) || out.max == 0))
		e = SW_E_LIMIT;
	if (!e)
		e = sw_buf_add_str(&out, end);
	json_decref(report);
	return e ? NULL : sw_buf_take(&out);
}

char *sw_diagnosis_share(const struct sw_diagnosis *d)
{
	const struct sw_world *world = sw_world_real();
	struct sw_diagnosis *shared = NULL;
	uint8_t salt[SW_SHARE_SALT];
	char *text = NULL;

	if (!world->random(world->arg, salt, sizeof(salt)))
		return NULL;
	struct sw_facts *facts = sw_facts_share(d->facts, salt);

	explicit_bzero(salt, sizeof(salt));
	if (facts && !sw_diagnosis_judge(d->k, d->lang, facts, &shared, NULL))
		text = write_share(shared);
	sw_diagnosis_free(shared);
	sw_facts_free(facts);
	return text;
}
