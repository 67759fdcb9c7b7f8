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
	bool begins;    /* a pattern begins with it */
	uint32_t count; /* patterns that have it, each as often as it does */
	uint32_t asked; /* when it came */
};
/* A node while the tree grows: its children hang together by `sibling`. */
struct growing {
	uint32_t child, sibling, gap, parent;
	uint32_t place, base; /* see kn_node */
	uint32_t pattern;     /* 1 + number of the one that ends here; no two are the same */
	uint16_t label;
};
struct tree {
	struct label *labels;
	struct growing *nodes;
	uint32_t *order;  /* nodes by depth */
	uint32_t *places; /* 1 + the node that stands there; 0: free */
	size_t place_count, place_cap;
	size_t first_free, first_fit; /* where to look for a place of one, of several */
	struct kn_map label_ids, edges;
	size_t label_count, node_count;
};

/* ---- labels */

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
	const struct label *x = a, *y = b;

	if (x->begins != y->begins)
		return x->begins ? -1 : 1;
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return (x->asked > y->asked) - (x->asked < y->asked);
}

static enum sw_err count_labels(struct kn_builder *b, struct tree *t)
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

static enum sw_err number_labels(struct kn_builder *b, struct tree *t)
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

struct child {
	uint32_t node;
	uint16_t label;
};

static int by_label(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return (x->label > y->label) - (x->label < y->label);
}

static enum sw_err grow_places(struct tree *t, size_t count)
{
	size_t cap = t->place_cap ? t->place_cap : 4096;

	while (cap < count)
		cap *= 2;
	if (cap > SW_MAX_KNOWLEDGE_IMAGE / sizeof(struct kn_node))
		return SW_E_LIMIT;
	if (cap == t->place_cap)
		return SW_OK;
	uint32_t *places = sw_realloc(t->places, cap * sizeof(*places));

	if (!places)
		return SW_E_NOMEM;
	memset(places + t->place_cap, 0, (cap - t->place_cap) * sizeof(*places));
	t->places = places;
	t->place_cap = cap;
	return SW_OK;
}

static bool is_free(const struct tree *t, size_t place)
{
	return place >= t->place_cap || !t->places[place];
}

static bool fits(const struct tree *t, size_t place, const struct child *c, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_free(t, place + c[i].label - c[0].label))
			return false;
	return true;
}

/* Places that are tried for several children: beyond, what lies before is left to those that
 * have no sister, so that the work stays linear. */
enum { MAX_TRIES = 4096 };

/* The place of the first child. */
static size_t find_place(struct tree *t, const struct child *c, size_t count)
{
	while (!is_free(t, t->first_free))
		t->first_free++;
	if (t->first_fit < t->first_free)
		t->first_fit = t->first_free;
	size_t place = count > 1 ? t->first_fit : t->first_free;

	for (size_t tries = 0; !fits(t, place, c, count); place++)
		if (++tries % MAX_TRIES == 0)
			t->first_fit = place + 1;
	return place;
}

static enum sw_err put_node(struct tree *t, uint32_t node, size_t place, size_t *end)
{
	enum sw_err code = grow_places(t, place + 1);

	if (code)
		return code;
	t->places[place] = node + 1;
	t->place_count = place + 1 > t->place_count ? place + 1 : t->place_count;
	t->nodes[node].place = (uint32_t)place;
	t->order[(*end)++] = node;
	return SW_OK;
}

/* The children of a node and the one behind its `*`, as the next ones of `order`. */
static enum sw_err put_children(struct tree *t, uint32_t node, size_t *end)
{
	struct growing *g = &t->nodes[node];
	enum sw_err code = SW_OK;
	size_t count = 0;

	for (uint32_t c = g->child; c; c = t->nodes[c].sibling)
		count++;
	struct child *children = sw_calloc(count + 1, sizeof(*children));

	if (!children)
		return SW_E_NOMEM;
	count = 0;
	for (uint32_t c = g->child; c; c = t->nodes[c].sibling)
		children[count++] = (struct child){ c, t->nodes[c].label };
	if (count) {
		qsort(children, count, sizeof(*children), by_label);
		size_t first = node ? find_place(t, children, count) : 1;

		g->base = (uint32_t)first - children[0].label;
	}
	for (size_t i = 0; i < count && !code; i++) {
		t->nodes[children[i].node].parent = g->place;
		code = put_node(t, children[i].node, g->base + children[i].label, end);
	}
	sw_free(children);
	if (code || !g->gap)
		return code;
	t->nodes[g->gap].parent = KN_NO_PARENT;
	return put_node(t, g->gap, find_place(t, NULL, 0), end);
}

static struct kn_node node_at(const struct kn_builder *b, const struct tree *t, size_t place)
{
	struct kn_node k = { .parent = KN_NO_PARENT, .pattern = SW_NONE };

	if (!t->places[place])
		return k;
	const struct growing *g = &t->nodes[t->places[place] - 1];

	k.base = g->base;
	k.parent = g->parent;
	k.gap = g->gap ? t->nodes[g->gap].place : 0;
	if (g->pattern) {
		k.pattern = (uint16_t)(g->pattern - 1);
		k.uses = b->patterns[g->pattern - 1].uses;
	}
	for (uint32_t c = g->child; c; c = t->nodes[c].sibling)
		k.mask |= kn_label_bit(t->nodes[c].label);
	return k;
}

static enum sw_err add_nodes(struct kn_builder *b, struct tree *t)
{
	size_t end = 0;
	enum sw_err code = put_node(t, 0, 0, &end);

	t->nodes[0].parent = KN_NO_PARENT;

	for (size_t i = 0; i < end && !code; i++)
		code = put_children(t, t->order[i], &end);
	for (size_t i = 0; i < t->place_count && !code; i++) {
		struct kn_node k = node_at(b, t, i);

		code = sw_kn_part_add(b, KN_NODES, &k, sizeof(k));
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
	sw_free(t->places);
	sw_kn_map_fini(&t->label_ids);
	sw_kn_map_fini(&t->edges);
}

enum sw_err sw_kn_build_words(struct kn_builder *b)
{
	SW_CLEANUP(tree_fini) struct tree t = { 0 };
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
		code = add_nodes(b, &t);
	return code ? code : sw_kn_patterns_build(b);
}
