/* SPDX-License-Identifier: MIT */
/* Any bytes are classified: the result is in range, evidence lies in the text and the same text
 * gives the same result. */
#include <assert.h>

#include "knowledge/advice.h"
#include "knowledge/classify.h"

static void check(const struct sw_knowledge *k, struct sw_slice text, const struct sw_class *c)
{
	assert(c->category < sw_category_count(k));
	assert((c->by == SW_BY_RULE) == (c->rule != SW_NONE));
	assert(c->rule == SW_NONE || c->rule < sw_rule_count(k));
	assert(c->code_entry == SW_NONE || c->code_entry < sw_code_count(k));
	assert(c->runner_up == SW_NONE || c->runner_up < sw_rule_count(k));
	assert(c->vendor == SW_NONE || c->vendor < sw_vendor_count(k));
	assert(c->confidence <= 100 && c->runner_up_confidence <= c->confidence);
	assert(c->retry < SW_RETRY_BY_CLASS);
	assert(c->evidence_count <= SW_MAX_EVIDENCE);
	assert(c->by != SW_BY_RULE || c->probe);
	for (size_t i = 0; i < c->evidence_count; i++) {
		assert(c->evidence[i].at + c->evidence[i].len <= text.len);
		assert(i == 0 || c->evidence[i].at >= c->evidence[i - 1].at);
	}
	if (c->rule != SW_NONE)
		assert(sw_rule_at(k, c->rule).category == c->category);
}

/* The text, then a host and a banner behind zero bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();
	struct sw_slice in = sw_slice(data, size), text;
	struct sw_reply_context context = { .code = 0 };
	struct sw_error_match errors[4];
	struct sw_class one, two;

	sw_slice_split(&in, '\0', &text);
	sw_slice_split(&in, '\0', &context.host);
	context.banner = in;
	sw_classify(k, text, &context, &one);
	check(k, text, &one);
	sw_classify(k, text, &context, &two);
	assert(one.category == two.category && one.rule == two.rule &&
	       one.evidence_count == two.evidence_count && one.vendor == two.vendor);
	sw_classify_reply(k, text, &context, &two);
	check(k, text, &two);
	sw_classify(k, text, NULL, &two);
	check(k, text, &two);
	size_t count = sw_classify_errors(k, text, errors, SW_LEN(errors));

	assert(count <= SW_LEN(errors));
	for (size_t i = 0; i < count; i++) {
		assert(errors[i].error < sw_knowledge_error_count(k));
		assert(errors[i].evidence.at + errors[i].evidence.len <= text.len);
		assert(i == 0 || errors[i].confidence <= errors[i - 1].confidence);
	}
	return 0;
}
