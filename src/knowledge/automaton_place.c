/* SPDX-License-Identifier: MIT */
/* Where the nodes of the tree stand: a step from one to its child is one look, at base +
 * label, with the parent's place there to say whether it is the child. */
#include "knowledge/automaton.h"

#include <stdlib.h>

#include "base/mem.h"

struct child {
	uint32_t node;
	uint16_t label;
};

static int by_label(const void *a, const void *b)
{
	const struct child *x = a, *y = b;

	return (x->label > y->label) - (x->label < y->label);
}

static enum sw_err grow_places(struct kn_tree *t, size_t count)
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

static bool is_free(const struct kn_tree *t, size_t place)
{
	return place >= t->place_cap || !t->places[place];
}

static bool fits(const struct kn_tree *t, size_t place, const struct child *c, size_t count)
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
static size_t find_place(struct kn_tree *t, const struct child *c, size_t count)
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

static enum sw_err put_node(struct kn_tree *t, uint32_t node, size_t place, size_t *end)
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
static enum sw_err put_children(struct kn_tree *t, uint32_t node, size_t *end)
{
	struct kn_growing *g = &t->nodes[node];
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

static struct kn_node node_at(const struct kn_builder *b, const struct kn_tree *t,
			      size_t place)
{
	struct kn_node k = { .parent = KN_NO_PARENT, .pattern = SW_NONE };

	if (!t->places[place])
		return k;
	const struct kn_growing *g = &t->nodes[t->places[place] - 1];

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

enum sw_err sw_kn_tree_place(struct kn_builder *b, struct kn_tree *t)
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
