/* SPDX-License-Identifier: MIT */
/* Which patterns are in a text.  Private to the room. */
#ifndef SW_KNOWLEDGE_MATCH_H
#define SW_KNOWLEDGE_MATCH_H

#include "knowledge/image.h"
#include "knowledge/words.h"

struct kn_hit {
	uint16_t pattern;
	uint16_t uses;        /* bits 1 << enum kn_use */
	uint16_t first, last; /* words */
};

/* Half a pattern: a place in the tree, and the word with which it began. */
struct kn_half {
	uint32_t node, base; /* see kn_node */
	uint16_t start;
};
/* One that waits for a word behind a `*`: it may go on at any of the next KN_GAP_WORDS + 1. */
struct kn_pause {
	uint64_t mask;
	uint32_t node;
	uint16_t start, last;
};
/* A walk through the tree of one image.  The words of a text may come in several pieces. */
struct kn_walk {
	const struct kn_image *image;
	const struct kn_node *nodes;
	uint32_t node_count;
	unsigned turn;
	uint16_t word;    /* the next one */
	uint16_t overdue; /* the word at which the first pause may be over */
	size_t half_count, next_count, pause_count;
	uint64_t pauses_mask; /* all of theirs */
	struct kn_half halves[2][SW_MAX_CLASSIFY_ACTIVE];
	struct kn_pause pauses[SW_MAX_CLASSIFY_PAUSES];
};
void sw_kn_walk_init(struct kn_walk *w, const struct kn_image *image);
/* All places, in the order of their ends, some at a time.  Words are counted from the first
 * one of the text. */
typedef void (*kn_found)(void *arg, const struct kn_hit *hits, size_t count);
void sw_kn_walk(struct kn_walk *w, struct sw_slice text, const struct kn_word *words,
		size_t count, kn_found found, void *arg);

/* A run of the hits. */
struct kn_run {
	size_t from, to;
};
/* What one image found, and its own part of the set. */
enum { KN_SET_BLOCK = 64 }; /* entries */
struct kn_layer {
	const struct kn_image *image;
	uint16_t *seen;  /* bits, by pattern; in blocks */
	uint64_t blocks; /* bits of those blocks that hold something: the rest is not set */
	struct kn_run used, conditions;
	size_t marker_count;
	struct kn_hit markers[SW_MAX_CLASSIFY_MARKERS];
};
/* What all of them found.  Only the first place of each pattern is kept, but each of those
 * that the machine looks for itself (markers).  Patterns that somebody uses are told from
 * those that are nothing but conditions, which only evidence asks for: the former fill `hits`
 * from the front, the latter from the back (kn_condition_hit). */
struct kn_hits {
	size_t layer_count, used, conditions, entries;
	struct kn_layer layers[SW_MAX_KNOWLEDGE_LAYERS];
	struct kn_hit hits[SW_MAX_CLASSIFY_HITS];
	uint16_t seen[SW_MAX_PATTERNS / KN_SET_BITS +
		      KN_SET_BLOCK * SW_MAX_KNOWLEDGE_LAYERS]; /* the layers' */
};
static inline const struct kn_hit *kn_condition_hit(const struct kn_hits *h, size_t i)
{
	return &h->hits[SW_MAX_CLASSIFY_HITS - 1 - i];
}
void sw_kn_hits_init(struct kn_hits *h);
/* The layer that follows. */
void sw_kn_hits_layer(struct kn_hits *h, const struct kn_image *image);
/* What a walk finds in the image of the last layer. */
void sw_kn_hits_walk(struct kn_hits *h, struct kn_walk *w, struct sw_slice text,
		     const struct kn_word *words, size_t count);
/* All of its words were seen. */
void sw_kn_hits_end(struct kn_hits *h);

/* Only patterns of `with` and `without` are asked for: those below image->conditions. */
static inline bool kn_seen(const struct kn_layer *l, uint16_t pattern)
{
	return l->seen[pattern / KN_SET_BITS] >> (pattern % KN_SET_BITS) & 1;
}

static inline const struct kn_pattern *kn_pattern_at(const struct kn_image *image, size_t i)
{
	return (const struct kn_pattern *)kn_part(image, KN_PATTERNS) + i;
}

/* The users of one kind of a pattern. */
struct kn_users {
	const uint16_t *at;
	size_t count;
};
static inline struct kn_users kn_users(const struct kn_image *image, uint16_t pattern,
				       enum kn_use kind)
{
	const struct kn_pattern *p = kn_pattern_at(image, pattern);
	unsigned from = kind == KN_USE_RULE ? 0 : p->ends[kind - 1];

	return (struct kn_users){
		(const uint16_t *)kn_part(image, KN_LISTS) + p->uses + from,
		p->ends[kind] - from,
	};
}

static inline const struct kn_marker *kn_marker_at(const struct kn_image *image,
						   const struct kn_hit *hit)
{
	return &sw_kn_markers[*kn_users(image, hit->pattern, KN_USE_MARKER).at];
}

#endif
