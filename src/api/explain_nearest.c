/* SPDX-License-Identifier: MIT */
#include "api/explain.h"
#include "base/nearest.h"

/* The i-th name of anything that is built in, all sections in a row. */
static const char *name_at(size_t i)
{
	const struct sw_knowledge *k = sw_knowledge_builtin();

	if (i < sw_category_count(k))
		return sw_category_at(k, i).id;
	i -= sw_category_count(k);
	if (i < sw_code_count(k))
		return sw_code_at(k, i).code;
	i -= sw_code_count(k);
	if (i < sw_knowledge_error_count(k))
		return sw_knowledge_error_at(k, i).id;
	i -= sw_knowledge_error_count(k);
	if (i < sw_vendor_count(k))
		return sw_vendor_at(k, i).id;
	i -= sw_vendor_count(k);
	if (i < sw_rule_count(k))
		return sw_rule_at(k, i).id;
	i -= sw_rule_count(k);
	return sw_knowledge_any_error_name(k, i);
}

const char *sw_explain_nearest(struct sw_slice text)
{
	const char *found = sw_nearest(sw_slice_trim(text), name_at);

	return found ? found : "";
}
