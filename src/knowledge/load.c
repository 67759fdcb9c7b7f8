/* SPDX-License-Identifier: MIT */
#include "knowledge/load.h"

#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/build.h"

/* Its things are to be left out. */
static void drop(struct kn_file *f)
{
	sw_doc_free(f->doc);
	f->doc = NULL;
}

static enum sw_err read_file(struct kn_loading *l, const struct sw_knowledge_source *source,
			     struct kn_file *f)
{
	struct doc_complaints c = { l->complain, l->arg, source->name };

	f->name = source->name;
	if (source->yaml.len > SW_MAX_KNOWLEDGE_FILE) {
		sw_doc_complain(&c, 0, "%zu bytes, expected up to %u", source->yaml.len,
				(unsigned)SW_MAX_KNOWLEDGE_FILE);
		f->broken = true;
		return SW_OK;
	}
	enum sw_err code = sw_doc_scan(source->yaml, &c, &f->marks);

	/* No mark: nothing but comments, which is no fault. */
	if (!code && f->marks.count)
		code = sw_doc_read(source->yaml, &c, &f->marks, &f->doc);
	if (code == SW_E_DATA) {
		f->broken = true;
		return SW_OK;
	}
	if (!code && f->doc)
		sw_kn_check(l, f);
	if (f->broken)
		drop(f);
	return code;
}

static enum sw_err check_totals(const struct kn_loading *l, struct sw_error *err)
{
	for (int i = 0; i < KN_SECTIONS; i++) {
		unsigned most = i == KN_VENDORS ? SW_MAX_VENDORS : SW_MAX_KNOWLEDGE_ITEMS;

		if (l->total[i] > most)
			return sw_fail(err, SW_E_LIMIT, "%u %s, expected up to %u",
				       l->total[i], sw_kn_section_names[i], most);
	}
	return SW_OK;
}

static void take_base(struct kn_loading *l)
{
	if (l->under)
		memcpy(l->base, l->under->image->total, sizeof(l->base));
}

enum sw_err sw_kn_loading_read(struct kn_loading *l, const struct sw_knowledge_source *sources,
			       size_t count, struct sw_error *err)
{
	enum sw_err code = SW_OK;
	bool again = true;

	if (count > SW_MAX_KNOWLEDGE_FILES)
		return sw_fail(err, SW_E_LIMIT, "%zu files, expected up to %u", count,
			       (unsigned)SW_MAX_KNOWLEDGE_FILES);
	take_base(l);
	l->files = sw_calloc(count + 1, sizeof(*l->files));
	if (!l->files)
		return sw_fail_nomem(err);
	l->count = count;
	for (size_t i = 0; i < count && !code; i++)
		code = read_file(l, &sources[i], &l->files[i]);
	while (!code && again) {
		code = sw_kn_resolve(l, &again);
		for (size_t i = 0; i < count; i++)
			if (l->files[i].broken)
				drop(&l->files[i]);
	}
	return code ? sw_fail_nomem(err) : check_totals(l, err);
}

void sw_kn_loading_fini(struct kn_loading *l)
{
	for (size_t i = 0; l->files && i < l->count; i++) {
		sw_doc_free(l->files[i].doc);
		sw_doc_marks_fini(&l->files[i].marks);
	}
	sw_free(l->files);
	sw_kn_map_fini(&l->ids);
}

/* ---- the image */

static const size_t record_size[KN_PARTS] = {
	[KN_CATEGORIES] = sizeof(struct kn_category),
	[KN_CAUSES] = sizeof(struct kn_cause),
	[KN_REMEDIES] = sizeof(struct kn_remedy),
	[KN_CODES] = sizeof(struct kn_code),
	[KN_VENDORS] = sizeof(struct kn_vendor),
	[KN_RULES] = sizeof(struct kn_rule),
	[KN_ERRORS] = sizeof(struct kn_error),
	[KN_FINDINGS] = sizeof(struct kn_finding),
	[KN_JUDGEMENTS] = sizeof(struct kn_judgement),
	[KN_ADVICE] = sizeof(struct kn_advice),
	[KN_CONDITIONS] = sizeof(struct kn_condition),
	[KN_LAYOUTS] = sizeof(struct kn_layout),
	[KN_PHRASES] = sizeof(struct kn_phrase),
	[KN_REPLACED_CODES] = sizeof(uint16_t),
	[KN_REPLACED_RULES] = sizeof(uint16_t),
	[KN_RULE_TEXTS] = sizeof(struct kn_rule_text),
	[KN_CODE_KEYS] = sizeof(struct kn_code_key),
	[KN_ERROR_NUMBERS] = sizeof(struct kn_error_number),
	[KN_ERROR_NAMES] = sizeof(struct kn_error_name),
	[KN_SUFFIXES] = sizeof(struct kn_suffix),
	[KN_WORDLESS] = sizeof(struct kn_wordless),
	[KN_PATTERNS] = sizeof(struct kn_pattern),
	[KN_LISTS] = sizeof(uint16_t),
	[KN_VOCABULARY] = sizeof(struct kn_slot),
	[KN_PREFIXES] = sizeof(struct kn_slot),
	[KN_PREFIX_HEADS] = sizeof(uint32_t),
	[KN_SYMBOLS] = sizeof(struct kn_list),
	[KN_NODES] = sizeof(struct kn_node),
	[KN_NOTICES] = 1,
	[KN_STRINGS] = 1,
};

static int by_key(const void *a, const void *b)
{
	const struct kn_code_key *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static int by_hash(const void *a, const void *b)
{
	const struct kn_suffix *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return (x->vendor > y->vendor) - (x->vendor < y->vendor);
}

static int by_vendor(const void *a, const void *b)
{
	const struct kn_wordless *x = a, *y = b;

	if (x->vendor != y->vendor)
		return x->vendor < y->vendor ? -1 : 1;
	return (x->rule > y->rule) - (x->rule < y->rule);
}

static void sort_part(struct kn_builder *b, enum kn_part part,
		      int (*compare)(const void *, const void *))
{
	struct sw_buf *buf = &b->part[part];
	size_t count = sw_buf_len(buf) / record_size[part];

	if (count)
		qsort(buf->data + buf->start, count, record_size[part], compare);
}

/* Where each part begins: all at multiples of 8. */
static uint64_t lay_out(struct kn_builder *b)
{
	uint64_t at = (sizeof(b->image) + 7) / 8 * 8;

	for (int i = 0; i < KN_PARTS; i++) {
		size_t len = sw_buf_len(&b->part[i]);

		b->image.part[i] =
			(struct kn_span){ (uint32_t)at, (uint32_t)(len / record_size[i]) };
		at = (at + len + 7) / 8 * 8;
	}
	return at;
}

static enum sw_err assemble(struct kn_builder *b, struct kn_image **ret, struct sw_error *err)
{
	sort_part(b, KN_CODE_KEYS, by_key);
	sort_part(b, KN_SUFFIXES, by_hash);
	sort_part(b, KN_WORDLESS, by_vendor);
	uint64_t size = lay_out(b);

	if (size > SW_MAX_KNOWLEDGE_IMAGE)
		return sw_fail(err, SW_E_LIMIT, "%llu bytes of rules, expected up to %u",
			       (unsigned long long)size, (unsigned)SW_MAX_KNOWLEDGE_IMAGE);
	char *block = sw_calloc(1, (size_t)size);

	if (!block)
		return sw_fail_nomem(err);
	b->image.size = (uint32_t)size;
	memcpy(block, &b->image, sizeof(b->image));
	for (int i = 0; i < KN_PARTS; i++) {
		struct sw_slice part = sw_buf_slice(&b->part[i]);

		if (part.len)
			memcpy(block + b->image.part[i].at, part.ptr, part.len);
	}
	*ret = (struct kn_image *)(void *)block;
	return SW_OK;
}

static enum sw_err add_markers(struct kn_builder *b)
{
	enum sw_err code = SW_OK;
	uint16_t number;

	for (size_t i = 0; i < sw_kn_marker_count && !code; i++)
		code = sw_kn_pattern_add(b, sw_slice_str(sw_kn_markers[i].pattern),
					 KN_USE_MARKER, i, &number);
	return code;
}

static void builder_fini(struct kn_builder *b)
{
	for (int i = 0; i < KN_PARTS; i++)
		sw_buf_fini(&b->part[i]);
	sw_free(b->patterns);
	sw_free(b->uses);
	sw_kn_map_fini(&b->pattern_ids);
	sw_arena_fini(&b->texts);
}

static void builder_init(struct kn_builder *b, struct kn_loading *l)
{
	*b = (struct kn_builder){
		.loading = l,
		.image = { .magic = KN_MAGIC, .version = KN_VERSION },
	};
	memcpy(b->image.base, l->base, sizeof(b->image.base));
	memcpy(b->image.total, l->total, sizeof(b->image.total));
	for (int i = 0; i < KN_PARTS; i++)
		b->part[i].max = SW_MAX_KNOWLEDGE_IMAGE;
}

/* The image inside, as a part. */
static enum sw_err add_notices(struct kn_builder *b, struct sw_error *err)
{
	SW_CLEANUP(builder_fini) struct kn_builder inner;
	struct kn_image *image;

	builder_init(&inner, b->loading);
	enum sw_err code = sw_kn_build_notices(&inner);

	if (!code)
		code = assemble(&inner, &image, err);
	if (code)
		return code;
	code = sw_kn_part_add(b, KN_NOTICES, image, image->size);
	sw_free(image);
	return code;
}

enum sw_err sw_kn_loading_build(struct kn_loading *l, struct kn_image **ret,
				struct sw_error *err)
{
	SW_CLEANUP(builder_fini) struct kn_builder b;

	builder_init(&b, l);
	enum sw_err code = sw_kn_build_sections(&b);

	if (!code)
		code = add_markers(&b);
	if (!code)
		code = sw_kn_build_words(&b);
	if (!code)
		code = add_notices(&b, err);
	if (code == SW_E_LIMIT)
		return sw_fail(err, code, "more rules than one set may have");
	return code ? sw_fail_nomem(err) : assemble(&b, ret, err);
}

/* ---- at run time */

static size_t layers_of(const struct sw_knowledge *k)
{
	size_t count = 0;

	for (; k; k = k->under)
		count++;
	return count;
}

/* A set of all of them is kept on the stack. */
static enum sw_err check_patterns(const struct kn_image *image,
				  const struct sw_knowledge *under, struct sw_error *err)
{
	uint64_t count = image->part[KN_PATTERNS].count;

	for (; under; under = under->under)
		count += under->image->part[KN_PATTERNS].count;
	if (count > SW_MAX_PATTERNS)
		return sw_fail(err, SW_E_LIMIT,
			       "%llu patterns over all sets of rules, "
			       "expected up to %u",
			       (unsigned long long)count, (unsigned)SW_MAX_PATTERNS);
	return SW_OK;
}

static enum sw_err load(struct kn_loading *l, const struct sw_knowledge_source *sources,
			size_t count, struct sw_knowledge *ret, struct sw_error *err)
{
	struct kn_image *image = NULL;
	enum sw_err code = sw_kn_loading_read(l, sources, count, err);

	if (!code)
		code = sw_kn_loading_build(l, &image, err);
	if (!code)
		code = check_patterns(image, l->under, err);
	if (code)
		sw_free(image);
	else
		*ret = (struct sw_knowledge){ .image = image, .under = l->under };
	return code;
}

struct sw_knowledge *sw_knowledge_load(const struct sw_knowledge *under,
				       const struct sw_knowledge_source *sources, size_t count,
				       sw_knowledge_complaint complain, void *arg,
				       struct sw_error *err)
{
	SW_CLEANUP(sw_kn_loading_fini)
	struct kn_loading l = {
		.under = under,
		.complain = complain,
		.arg = arg,
	};

	if (layers_of(under) >= SW_MAX_KNOWLEDGE_LAYERS) {
		(void)sw_fail(err, SW_E_LIMIT, "more than %u sets of rules over each other",
			      (unsigned)SW_MAX_KNOWLEDGE_LAYERS);
		return NULL;
	}
	struct sw_knowledge *k = sw_calloc(1, sizeof(*k));

	if (!k) {
		(void)sw_fail_nomem(err);
		return NULL;
	}
	if (load(&l, sources, count, k, err)) {
		sw_free(k);
		return NULL;
	}
	return k;
}

void sw_knowledge_free(struct sw_knowledge *k)
{
	if (!k)
		return;
	sw_free((void *)(uintptr_t)k->image);
	sw_free(k);
}
