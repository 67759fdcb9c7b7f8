/* SPDX-License-Identifier: MIT */
/* The patterns as a tree of words.
 *
 * What a pattern asks of one word is a label: this very word, a beginning (`word*`), or digits
 * (`#`).  A word of a text is looked up once and becomes a symbol, which is the list of all
 * labels that fit it; so "mailboxes" satisfies "mailboxes", "mailbox*" and "mail*" at a time.
 * The tree is walked from every word on at once (match.c): the work for a word depends on how
 * many patterns are half matched at that place, not on how many there are. */
#include <stdlib.h>

#include "base/mem.h"
#include "knowledge/build.h"

/* A label that some pattern has. */
struct label {
	uint64_t hash;
	enum kn_kind kind;
	bool digits;
	uint8_t head, folded;
	struct sw_slice text;
	uint16_t symbol;
	uint16_t other; /* see kn_slot */
};
/* A node while the tree grows: its children hang together by `sibling`. */
struct growing {
	uint32_t child, sibling, gap, number;
	uint32_t pattern; /* 1 + number of the one that ends here; no two are the same */
	uint16_t label;
};
struct tree {
	struct label *labels;
	struct growing *nodes;
	uint32_t *order; /* nodes by their final numbers */
	struct kn_map label_ids, edges;
	size_t label_count, node_count;
};

/* ---- labels */

/* Numbers are given in the order of asking. */
static enum sw_err label_of(struct tree *t, const struct kn_element *e, uint16_t *ret)
{
	uint64_t key = sw_kn_element_key(e);
	uint32_t number;

	if (!sw_kn_map_get(&t->label_ids, key, &number)) {
		number = (uint32_t)t->label_count;
		if (number >= UINT16_MAX)
			return SW_E_LIMIT;
		t->labels[t->label_count++] = (struct label){
			.hash = e->hash,
			.kind = e->kind,
			.digits = e->digits || e->kind == KN_DIGITS,
			.head = e->head,
			.folded = e->folded,
			.text = e->text,
		};
		if (sw_kn_map_put(&t->label_ids, key, number))
			return SW_E_NOMEM;
	}
	*ret = (uint16_t)number;
	return SW_OK;
}

/* The labels of all beginnings of a word that are prefixes of a pattern, longest last. */
static size_t prefixes_of(const struct tree *t, struct sw_slice word, uint16_t *ret,
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

static size_t digits_label(const struct tree *t, uint16_t *ret)
{
	struct kn_element e = { .kind = KN_DIGITS };
	uint32_t number;

	if (!sw_kn_map_get(&t->label_ids, sw_kn_element_key(&e), &number))
		return 0;
	*ret = (uint16_t)number;
	return 1;
}

/* The word itself, its prefixes, digits where it is that. */
static enum sw_err add_label_symbols(struct kn_builder *b, struct tree *t, uint16_t number)
{
	struct label *l = &t->labels[number];
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

static enum sw_err add_symbols(struct kn_builder *b, struct tree *t)
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

static enum sw_err add_table(struct kn_builder *b, const struct tree *t, enum kn_kind kind,
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
		const struct label *l = &t->labels[i];
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

static enum sw_err add_heads(struct kn_builder *b, const struct tree *t)
{
	uint32_t heads[KN_HEADS] = { 0 };

	for (size_t i = 0; i < t->label_count; i++) {
		const struct label *l = &t->labels[i];

		if (l->kind == KN_PREFIX && l->folded == 1)
			heads[256 + (unsigned char)sw_ascii_lower(l->text.ptr[0])] = 2;
		else if (l->kind == KN_PREFIX)
			heads[l->head] |= 1u << l->folded;
	}
	return sw_kn_part_add(b, KN_PREFIX_HEADS, heads, sizeof(heads));
}

/* ---- the tree */

static uint32_t add_growing(struct tree *t, uint16_t label, uint32_t sibling)
{
	t->nodes[t->node_count] = (struct growing){ .sibling = sibling, .label = label };
	return (uint32_t)t->node_count++;
}

static enum sw_err child_of(struct tree *t, uint32_t node, uint16_t label, uint32_t *ret)
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

static uint32_t gap_of(struct tree *t, uint32_t node)
{
	if (!t->nodes[node].gap) {
		uint32_t gap = add_growing(t, 0, 0);

		t->nodes[node].gap = gap;
	}
	return t->nodes[node].gap;
}

static enum sw_err plant(struct tree *t, const struct kn_build_pattern *p, size_t number)
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

/* First words first: the children of the root are then where their labels say. */
static enum sw_err number_first_labels(struct kn_builder *b, struct tree *t)
{
	enum sw_err code = SW_OK;
	uint16_t ignored;

	for (size_t i = 0; i < b->pattern_count && !code; i++)
		code = label_of(t, &b->patterns[i].elements[0], &ignored);
	b->image.root_children = (uint32_t)t->label_count;
	return code;
}

struct child {
	uint32_t node;
	uint16_t label;
};

static int by_label(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return (x->label > y->label) - (x->label < y->label);
}

static void number_node(struct tree *t, uint32_t node, size_t *end)
{
	t->nodes[node].number = (uint32_t)*end;
	t->order[(*end)++] = node;
}

/* Puts the children of a node behind what is in `order`; says how many there are. */
static enum sw_err number_children(struct tree *t, uint32_t node, size_t *end,
				   size_t *ret_count)
{
	size_t count = 0;

	for (uint32_t c = t->nodes[node].child; c; c = t->nodes[c].sibling)
		count++;
	struct child *children = sw_calloc(count + 1, sizeof(*children));

	if (!children)
		return SW_E_NOMEM;
	count = 0;
	for (uint32_t c = t->nodes[node].child; c; c = t->nodes[c].sibling)
		children[count++] = (struct child){ c, t->nodes[c].label };
	qsort(children, count, sizeof(*children), by_label);
	for (size_t i = 0; i < count; i++)
		number_node(t, children[i].node, end);
	sw_free(children);
	*ret_count = count;
	return SW_OK;
}

static enum sw_err add_node(struct kn_builder *b, const struct tree *t, uint32_t node,
			    size_t first_child, size_t children)
{
	const struct growing *g = &t->nodes[node];
	struct kn_node k = {
		.first_child = (uint32_t)first_child,
		.children = (uint16_t)children,
		.gap = g->gap ? t->nodes[g->gap].number : 0,
		.pattern = g->pattern ? (uint16_t)(g->pattern - 1) : (uint16_t)SW_NONE,
		.uses = g->pattern ? b->patterns[g->pattern - 1].uses : 0,
	};

	for (uint32_t c = g->child; c; c = t->nodes[c].sibling)
		k.mask |= kn_label_bit(t->nodes[c].label);
	enum sw_err code = sw_kn_part_add(b, KN_NODES, &k, sizeof(k));

	if (!code)
		code = sw_kn_part_add(b, KN_NODE_LABELS, &g->label, sizeof(g->label));
	return code;
}

/* By depth, so that children are neighbours. */
static enum sw_err add_nodes(struct kn_builder *b, struct tree *t)
{
	size_t end = 1;
	enum sw_err code = SW_OK;

	t->order[0] = 0;
	for (size_t i = 0; i < end && !code; i++) {
		uint32_t node = t->order[i];
		size_t first = end, count = 0;

		code = number_children(t, node, &end, &count);
		if (t->nodes[node].gap)
			number_node(t, t->nodes[node].gap, &end);
		if (!code)
			code = add_node(b, t, node, first, count);
	}
	return code;
}

/* ---- all of it */

static enum sw_err tree_init(struct tree *t, const struct kn_builder *b)
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

static void tree_fini(struct tree *t)
{
	sw_free(t->labels);
	sw_free(t->nodes);
	sw_free(t->order);
	sw_kn_map_fini(&t->label_ids);
	sw_kn_map_fini(&t->edges);
}

enum sw_err sw_kn_build_words(struct kn_builder *b)
{
	SW_CLEANUP(tree_fini) struct tree t = { 0 };
	enum sw_err code = tree_init(&t, b);

	if (!code)
		code = number_first_labels(b, &t);
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
		code = add_nodes(b, &t);
	return code ? code : sw_kn_patterns_build(b);
}
