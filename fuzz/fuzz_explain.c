/* SPDX-License-Identifier: MIT */
/* Pasted texts: every place in a reading lies in the text, the likelier stands before, the
 * next command holds nothing that a shell would act on, and the JSON is JSON. */
#include <sendwell/explain.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true)
{
	if (!is_true)
		abort();
}

static void check_reading(const struct sw_explanation *x, size_t i, size_t size)
{
	struct sw_reading r = sw_explanation_reading(x, i);

	must(r.confidence <= 100);
	must(i == 0 || sw_explanation_reading(x, i - 1).confidence >= r.confidence);
	must(r.about_at <= size && r.about_len <= size - r.about_at);
	must(*r.kind && *r.title);
	must(!*r.category || (*r.who_text && *r.retry_text && *r.list_action_text));
	for (size_t n = 0; n < r.evidence_count; n++) {
		struct sw_reading_evidence e = sw_explanation_evidence(x, i, n);

		must(e.len > 0 && e.at < size && e.len <= size - e.at);
	}
	for (const char *c = r.next; *c; c++)
		must(*c >= ' ' && *c < 0x7f && !strchr("$`;&|<>\\'\"*?()", *c));
	for (size_t n = 0; n < r.cause_count; n++)
		must(*sw_explanation_cause(x, i, n).text);
	for (size_t n = 0; n < r.remedy_count; n++)
		must(*sw_explanation_remedy(x, i, n).text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_explainer *e = sw_explainer_new();
	struct sw_explanation *x = NULL;

	must(e != NULL);
	if (size > 0 && data[0] % 2)
		must(sw_explainer_set(e, "language", "ru") == SW_OK);
	must(sw_explainer_read(e, data, size, &x) == SW_OK);
	for (size_t i = 0; i < sw_explanation_count(x); i++)
		check_reading(x, i, size);
	json_t *json = json_loads(sw_explanation_json(x), 0, NULL);

	must(json != NULL);
	json_decref(json);
	sw_explanation_free(x);
	sw_explainer_free(e);
	return 0;
}
