/* SPDX-License-Identifier: MIT */
/* The numbers of patterns, and who uses each. */
#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/build.h"

uint64_t sw_kn_element_key(const struct kn_element *e)
{
	return kn_hash(kn_hash(e->hash, (unsigned char)(e->kind + 1)), 0xa5);
}

static enum sw_err grow_array(void **array, size_t *cap, size_t count, size_t size)
{
	if (count < *cap)
		return SW_OK;
	size_t more = *cap ? *cap * 2 : 256;
	void *grown = sw_realloc(*array, more * size);

	if (!grown)
		return SW_E_NOMEM;
	*array = grown;
	*cap = more;
	return SW_OK;
}

/* Its elements point into a copy: what they came from may be gone when the tree is built. */
static enum sw_err keep_pattern(struct kn_builder *b, struct sw_slice text, uint64_t key)
{
	struct kn_pattern_text parsed;
	struct sw_slice copy = sw_arena_copy(&b->texts, text);
	void *patterns = b->patterns;
	enum sw_err code = grow_array(&patterns, &b->pattern_cap, b->pattern_count,
				      sizeof(*b->patterns));

	b->patterns = patterns;
	if (code)
		return code;
	if (b->pattern_count >= SW_MAX_PATTERNS)
		return SW_E_LIMIT;
	if (!copy.ptr)
		return SW_E_NOMEM;
	sw_kn_pattern_parse(copy, &parsed);
	size_t size = parsed.count * sizeof(struct kn_element);
	struct kn_element *elements = sw_arena_alloc(&b->texts, size);

	if (!elements)
		return SW_E_NOMEM;
	memcpy(elements, parsed.elements, size);
	b->patterns[b->pattern_count++] =
		(struct kn_build_pattern){ elements, parsed.count, parsed.letters, 0 };
	return sw_kn_map_put(&b->pattern_ids, key, (uint32_t)(b->pattern_count - 1));
}

enum sw_err sw_kn_pattern_add(struct kn_builder *b, struct sw_slice text, enum kn_use use,
			      size_t user, uint16_t *ret)
{
	struct kn_pattern_text parsed;
	uint64_t key = KN_HASH_SEED;
	uint32_t number;

	/* Names and numbers of errors may hold no word. */
	if (sw_kn_pattern_parse(text, &parsed) && parsed.count == 0) {
		*ret = SW_NONE;
		return SW_OK;
	}
	for (size_t i = 0; i < parsed.count; i++)
		key = (key ^ sw_kn_element_key(&parsed.elements[i])) * 0x9e3779b97f4a7c15ull;
	if (!sw_kn_map_get(&b->pattern_ids, key, &number)) {
		number = (uint32_t)b->pattern_count;
		enum sw_err code = keep_pattern(b, text, key);

		if (code)
			return code;
	}
	*ret = (uint16_t)number;
	if (use == KN_USE_NONE)
		return SW_OK;
	void *uses = b->uses;
	enum sw_err code = grow_array(&uses, &b->use_cap, b->use_count, sizeof(*b->uses));

	b->uses = uses;
	if (code)
		return code;
	b->uses[b->use_count++] = (struct kn_use_of){ (uint16_t)number, (uint16_t)user, use };
	b->patterns[number].uses = (uint16_t)(b->patterns[number].uses | 1u << use);
	return SW_OK;
}

static int by_pattern(const void *a, const void *b)
{
	const struct kn_use_of *x = a, *y = b;

	if (x->pattern != y->pattern)
		return x->pattern < y->pattern ? -1 : 1;
	if (x->use != y->use)
		return x->use < y->use ? -1 : 1;
	return (x->user > y->user) - (x->user < y->user);
}

/* The users of pattern i, from use *u on; a rule that names it twice counts once. */
static enum sw_err add_users(struct kn_builder *b, size_t i, size_t *u, struct kn_pattern *p)
{
	struct kn_list uses = sw_kn_list_open(b);
	enum sw_err code = SW_OK;

	p->uses = uses.at;
	for (; *u < b->use_count && b->uses[*u].pattern == i && !code; (*u)++) {
		if (*u > 0 && by_pattern(&b->uses[*u - 1], &b->uses[*u]) == 0)
			continue;
		if (uses.count == UINT16_MAX)
			return SW_E_LIMIT;
		for (unsigned k = b->uses[*u].use; k < KN_USES; k++)
			p->ends[k]++;
		code = sw_kn_list_add(b, &uses, b->uses[*u].user);
	}
	return code;
}

enum sw_err sw_kn_patterns_build(struct kn_builder *b)
{
	enum sw_err code = SW_OK;
	size_t u = 0;

	if (b->use_count)
		qsort(b->uses, b->use_count, sizeof(*b->uses), by_pattern);
	for (size_t i = 0; i < b->pattern_count && !code; i++) {
		struct kn_pattern p = { .letters = b->patterns[i].letters };

		code = add_users(b, i, &u, &p);
		if (!code)
			code = sw_kn_part_add(b, KN_PATTERNS, &p, sizeof(p));
	}
	return code;
}
