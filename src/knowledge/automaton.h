/* SPDX-License-Identifier: MIT */
/* The tree of patterns while it is built. Private to automaton.c and automaton_place.c. */
#ifndef SW_KNOWLEDGE_AUTOMATON_H
#define SW_KNOWLEDGE_AUTOMATON_H

#include "knowledge/build.h"

/* A label that some pattern has. */
struct kn_label {
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
struct kn_growing {
	uint32_t child, sibling, gap, parent;
	uint32_t place, base; /* see kn_node */
	uint32_t pattern;     /* 1 + number of the one that ends here; no two are the same */
	uint16_t label;
};
struct kn_tree {
	struct kn_label *labels;
	struct kn_growing *nodes;
	uint32_t *order;  /* nodes by depth */
	uint32_t *places; /* 1 + the node that stands there; 0: free */
	size_t place_count, place_cap;
	size_t first_free, first_fit; /* where to look for a place of one, of several */
	struct kn_map label_ids, edges;
	size_t label_count, node_count;
};

/* Finds each node its place in the image, children of one node near one base (see kn_node),
 * and writes them. */
enum sw_err sw_kn_tree_place(struct kn_builder *b, struct kn_tree *t) SW_MUST_USE;

#endif
