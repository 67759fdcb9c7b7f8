/* SPDX-License-Identifier: MIT */
/* Any bytes are loaded as rules, alone and over the built-in ones; what comes out can be used. */
#include <assert.h>

#include "knowledge/classify.h"
#include "knowledge/load.h"

enum { MOST = 16 * 1024 };

static void count_complaint(void *arg, const char *file, unsigned line, const char *text)
{
	assert(file && *text && line < MOST + 2);
	(*(unsigned *)arg)++;
}

static void use(const struct sw_knowledge *k, struct sw_slice in)
{
	struct sw_class c;

	for (size_t i = 0; i < sw_rule_count(k); i++)
		assert(*sw_rule_at(k, i).id && sw_rule_at(k, i).category < sw_category_count(k));
	for (size_t i = 0; i < sw_code_count(k); i++)
		assert(*sw_code_at(k, i).code && *sw_code_at(k, i).title[SW_LANG_RU]);
	for (size_t i = 0; i < sw_vendor_count(k); i++)
		assert(*sw_vendor_at(k, i).id);
	/* Its own text holds its own patterns. */
	sw_classify(k, in, NULL, &c);
	assert(c.category < sw_category_count(k));
	sw_classify(k, SW_S("550-5.7.1 blocked\r\n550 5.7.1 user unknown"), NULL, &c);
	assert(c.category < sw_category_count(k));
}

static void load(const struct sw_knowledge *under, struct sw_slice in)
{
	/* Two files: the halves may refer to each other, or be the same twice. */
	size_t half = sw_slice_find(in, '\0');
	struct sw_knowledge_source sources[] = {
		{ "a", sw_slice_head(in, half) },
		{ "b", sw_slice_from(in, half + 1) },
	};
	unsigned complaints = 0;
	struct sw_error err;
	struct sw_knowledge *k = sw_knowledge_load(under, sources, SW_LEN(sources),
						   count_complaint, &complaints, &err);

	assert(k);
	use(k, in);
	sw_knowledge_free(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > MOST)
		return 0;
	load(NULL, sw_slice(data, size));
	/* Going through all that is built in is slow; now and then is enough. */
	if (size % 16 == 0)
		load(sw_knowledge_builtin(), sw_slice(data, size));
	return 0;
}
