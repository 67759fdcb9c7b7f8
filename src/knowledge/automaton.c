/* SPDX-License-Identifier: MIT */
/* The patterns as a tree of words.
 *
 * What a pattern asks of one word is a label: this very word, a beginning (`word*`), or digits
 * (`#`).  A word of a text is looked up once and becomes a symbol, which is the list of all
 * labels that fit it; so "mailboxes" satisfies "mailboxes", "mailbox*" and "mail*" at a time.
 * The tree is walked from every word on at once (match.c): the work for a word depends on how
 * many patterns are half matched at that place, not on how many there are. */
#include "knowledge/automaton.h"

#include <stdlib.h>

#include "base/mem.h"

/* ---- labels */

static enum sw_err label_of(struct kn_tree *t, const struct kn_element *e, uint16_t *ret)
{
	uint64_t key = sw_kn_element_key(e);
	uint32_t number;

	if (!sw_kn_map_get(&t->label_ids, key, &number)) {
		number = (uint32_t)t->label_count;
		if (number >= UINT16_MAX)
			return SW_E_LIMIT;
		t->labels[t->label_count++] = (struct kn_label){
			.hash = e->hash,
			.kind = e->kind,
			.digits = e->digits || e->kind == KN_DIGITS,
			.head = e->head,
			.folded = e->folded,
			.text = e->text,
			.asked = number,
		};
		if (sw_kn_map_put(&t->label_ids, key, number))
			return SW_E_NOMEM;
	}
	*ret = (uint16_t)number;
	return SW_OK;
}

/* First words first: the children of the root are then where their labels say.  Then what
 * many patterns ask for, since texts are likely to have it: it lies together in memory and
 * has the first choice of its slot. */
static int by_weight(const void *a, const void *b)
{
	const struct kn_label *x = a, *y = b;

	if (x->begins != y->begins)
		return x->begins ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->asked > y->asked) - (x->asked < y->asked);
}

static enum sw_err count_labels(struct kn_builder *b, struct kn_tree *t)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < b->pattern_count && !code; i++)
		for (size_t e = 0; e < b->patterns[i].count && !code; e++) {
			uint16_t label;

			if (b->patterns[i].elements[e].kind == KN_GAP)
				continue;
			code = label_of(t, &b->patterns[i].elements[e], &label);
			if (code)
				break;
			t->labels[label].count++;
			t->labels[label].begins |= e == 0;
		}
	return code;
}

static enum sw_err number_labels(struct kn_builder *b, struct kn_tree *t)
{
	enum sw_err code = count_labels(b, t);

	if (t->label_count)
		qsort(t->labels, t->label_count, sizeof(*t->labels), by_weight);
	sw_kn_map_fini(&t->label_ids);
	t->label_ids = (struct kn_map){ 0 };
	for (size_t i = 0; i < t->label_count && !code; i++) {
		struct kn_element e = { .hash = t->labels[i].hash, .kind = t->labels[i].kind };

		code = sw_kn_map_put(&t->label_ids, sw_kn_element_key(&e), (uint32_t)i);
		b->image.root_children += t->labels[i].begins;
	}
	return code;
}

/* The labels of all beginnings of a word that are prefixes of a pattern, longest last. */
static size_t prefixes_of(const struct kn_tree *t, struct sw_slice word, uint16_t *ret,
			  size_t max)
{
	struct kn_hasher hasher = { 0 };
	size_t count = 0;

	for (size_t pos = 0; pos < word.len;) {
		char out[KN_FOLDED];
		size_t len;

		sw_kn_fold(word, KN_LATIN_1, &pos, out, &len);
		for (size_t i = 0; i < len; i++) {
			struct kn_element e = { .hash = 0, .kind = KN_PREFIX };
			uint32_t number;

			kn_hasher_add(&hasher, (unsigned char)out[i]);
			e.hash = kn_hasher_end(&hasher);
			if (count < max &&
			    sw_kn_map_get(&t->label_ids, sw_kn_element_key(&e), &number))
				ret[count++] = (uint16_t)number;
		}
	}
	return count;
}

enum { MAX_LABELS = 34 }; /* a word, digits, prefixes of up to 31 bytes */

static enum sw_err add_symbol(struct kn_builder *b, const uint16_t *labels, size_t count,
			      uint16_t *ret)
{
	struct kn_list list = sw_kn_list_open(b);
	enum sw_err code = SW_OK;
	size_t number = kn_part_count(b, KN_SYMBOLS, sizeof(list));

	if (number >= UINT16_MAX)
		return SW_E_LIMIT;
	for (size_t i = 0; i < count && !code; i++)
		code = sw_kn_list_add(b, &list, labels[i]);
	*ret = (uint16_t)number;
	return code ? code : sw_kn_part_add(b, KN_SYMBOLS, &list, sizeof(list));
}

static size_t digits_label(const struct kn_tree *t, uint16_t *ret)
{
	struct kn_element e = { .kind = KN_DIGITS };
	uint32_t number;

	if (!sw_kn_map_get(&t->label_ids, sw_kn_element_key(&e), &number))
		return 0;
	*ret = (uint16_t)number;
	return 1;
}

/* The word itself, its prefixes, digits where it is that. */
static enum sw_err add_label_symbols(struct kn_builder *b, struct kn_tree *t, uint16_t number)
{
	struct kn_label *l = &t->labels[number];
	uint16_t labels[MAX_LABELS];
	size_t count = 0;

	if (l->kind == KN_DIGITS)
		return SW_OK;
	if (l->kind == KN_WORD)
		labels[count++] = number;
	count += prefixes_of(t, l->text, labels + count, MAX_LABELS - 2);
	if (l->kind == KN_WORD && l->digits)
		count += digits_label(t, labels + count);
	enum sw_err code = add_symbol(b, labels, count, &l->symbol);

	l->other = l->symbol;
	if (l->kind == KN_WORD)
		l->other = count == 1 ? number : (uint16_t)SW_NONE;
	if (!code && l->kind == KN_PREFIX && l->digits) {
		count += digits_label(t, labels + count);
		code = add_symbol(b, labels, count, &l->other);
	}
	return code;
}

static enum sw_err add_symbols(struct kn_builder *b, struct kn_tree *t)
{
	uint16_t number, digits;
	size_t count = digits_label(t, &digits);
	enum sw_err code = add_symbol(b, NULL, 0, &number); /* 0: the unknown word */

	if (!code)
		code = add_symbol(b, &digits, count, &number);
	for (size_t i = 0; i < t->label_count && !code; i++)
		code = add_label_symbols(b, t, (uint16_t)i);
	return code;
}

static uint32_t table_size(size_t count)
{
	uint32_t size = 16;

	while (size < count * 2)
		size *= 2;
	return size;
}

static enum sw_err add_table(struct kn_builder *b, const struct kn_tree *t, enum kn_kind kind,
			     enum kn_part part)
{
	size_t count = 0;

	for (size_t i = 0; i < t->label_count; i++)
		count += t->labels[i].kind == kind;
	uint32_t size = table_size(count);
	struct kn_slot *slots = sw_calloc(size, sizeof(*slots));

	if (!slots)
		return SW_E_NOMEM;
	for (size_t i = 0; i < t->label_count; i++) {
		const struct kn_label *l = &t->labels[i];
		uint32_t at = kn_slot_of(l->hash, size);

		if (l->kind != kind)
			continue;
		while (slots[at].symbol)
			at = (at + 1) & (size - 1);
		slots[at] = (struct kn_slot){ (uint32_t)(l->hash >> 32), l->symbol, l->other };
	}
	enum sw_err code = sw_kn_part_add(b, part, slots, size * sizeof(*slots));

	sw_free(slots);
	return code;
}

static enum sw_err add_heads(struct kn_builder *b, const struct kn_tree *t)
{
	uint32_t heads[KN_HEADS] = { 0 };

	for (size_t i = 0; i < t->label_count; i++) {
		const struct kn_label *l = &t->labels[i];

		if (l->kind == KN_PREFIX && l->folded == 1)
			heads[256 + (unsigned char)sw_ascii_lower(l->text.ptr[0])] = 2;
		else if (l->kind == KN_PREFIX)
			heads[l->head] |= 1u << l->folded;
	}
	return sw_kn_part_add(b, KN_PREFIX_HEADS, heads, sizeof(heads));
}

/* ---- the tree */

static uint32_t add_growing(struct kn_tree *t, uint16_t label, uint32_t sibling)
{
	t->nodes[t->node_count] = (struct kn_growing){ .sibling = sibling, .label = label };
	return (uint32_t)t->node_count++;
}

static enum sw_err child_of(struct kn_tree *t, uint32_t node, uint16_t label, uint32_t *ret)
{
	uint64_t key = (uint64_t)node << 16 | label;
	/* Small numbers would crowd the map. */
	uint64_t spread = (key + 1) * 0x9e3779b97f4a7c15ull;

	if (sw_kn_map_get(&t->edges, spread, ret))
		return SW_OK;
	*ret = add_growing(t, label, t->nodes[node].child);
	t->nodes[node].child = *ret;
	return sw_kn_map_put(&t->edges, spread, *ret);
}

static uint32_t gap_of(struct kn_tree *t, uint32_t node)
{
	if (!t->nodes[node].gap) {
		uint32_t gap = add_growing(t, 0, 0);

		t->nodes[node].gap = gap;
	}
	return t->nodes[node].gap;
}

static enum sw_err plant(struct kn_tree *t, const struct kn_build_pattern *p, size_t number)
{
	uint32_t node = 0;

	for (size_t i = 0; i < p->count; i++) {
		uint16_t label;

		if (p->elements[i].kind == KN_GAP) {
			node = gap_of(t, node);
			continue;
		}
		enum sw_err code = label_of(t, &p->elements[i], &label);

		if (!code)
			code = child_of(t, node, label, &node);
		if (code)
			return code;
	}
	t->nodes[node].pattern = (uint32_t)number + 1;
	return SW_OK;
}

/* ---- all of it */

static enum sw_err tree_init(struct kn_tree *t, const struct kn_builder *b)
{
	size_t elements = 1;

	for (size_t i = 0; i < b->pattern_count; i++)
		elements += b->patterns[i].count;
	t->labels = sw_calloc(elements, sizeof(*t->labels));
	t->nodes = sw_calloc(elements, sizeof(*t->nodes));
	t->order = sw_calloc(elements, sizeof(*t->order));
	t->node_count = 1;
	return t->labels && t->nodes && t->order ? SW_OK : SW_E_NOMEM;
}

static void tree_fini(struct kn_tree *t)
{
	sw_free(t->labels);
	sw_free(t->nodes);
	sw_free(t->order);
	sw_free(t->places);
	sw_kn_map_fini(&t->label_ids);
	sw_kn_map_fini(&t->edges);
}

enum sw_err sw_kn_build_words(struct kn_builder *b)
{
	SW_CLEANUP(tree_fini) struct kn_tree t = { 0 };
	enum sw_err code = tree_init(&t, b);

	if (!code)
		code = number_labels(b, &t);
	for (size_t i = 0; i < b->pattern_count && !code; i++)
		code = plant(&t, &b->patterns[i], i);
	if (!code)
		code = add_symbols(b, &t);
	if (!code)
		code = add_table(b, &t, KN_WORD, KN_VOCABULARY);
	if (!code)
		code = add_table(b, &t, KN_PREFIX, KN_PREFIXES);
	if (!code)
		code = add_heads(b, &t);
	if (!code)
		code = sw_kn_tree_place(b, &t);
	return code ? code : sw_kn_patterns_build(b);
}
