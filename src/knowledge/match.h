/* SPDX-License-Identifier: MIT */
/* Which patterns are in a text.  Private to the room. */
#ifndef SW_KNOWLEDGE_MATCH_H
#define SW_KNOWLEDGE_MATCH_H

#include "knowledge/image.h"
#include "knowledge/words.h"

struct kn_hit {
	uint16_t pattern;
	uint16_t first, last; /* words */
	uint16_t uses;	      /* bits 1 << enum kn_use */
};
/* What one image found.  Only the first place of each pattern is kept, but each of those that
 * the machine looks for itself (markers).  `others` are those of `with` and `without` alone. */
struct kn_hits {
	const struct kn_image *image;
	size_t count, marker_count, other_count;
	struct kn_hit hits[SW_MAX_CLASSIFY_HITS];
	struct kn_hit markers[SW_MAX_CLASSIFY_MARKERS];
	struct kn_hit others[SW_MAX_CLASSIFY_HITS];
	uint64_t seen[(UINT16_MAX + 1) / 64]; /* bits, by pattern */
};
void sw_kn_match(const struct kn_image *image, struct sw_slice text, const struct kn_word *words,
		 size_t count, struct kn_hits *ret);

/* The same without memory: all places, in the order of their ends. */
typedef void (*kn_found)(void *arg, struct kn_hit hit);
void sw_kn_match_all(const struct kn_image *image, struct sw_slice text,
		     const struct kn_word *words, size_t count, kn_found found, void *arg);

static inline bool kn_seen(const struct kn_hits *h, uint16_t pattern)
{
	return h->seen[pattern / 64] >> (pattern % 64) & 1;
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
