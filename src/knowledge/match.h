/* SPDX-License-Identifier: MIT */
/* Which patterns are in a text.  Private to the room. */
#ifndef SW_KNOWLEDGE_MATCH_H
#define SW_KNOWLEDGE_MATCH_H

#include "knowledge/image.h"
#include "knowledge/words.h"

struct kn_hit {
	uint16_t pattern;
	uint16_t first, last; /* words */
};
/* What one image found.  Only the first place of each pattern is kept, but each of those that
 * the machine looks for itself (markers). */
struct kn_hits {
	const struct kn_image *image;
	size_t count, marker_count;
	struct kn_hit hits[SW_MAX_CLASSIFY_HITS];
	struct kn_hit markers[SW_MAX_CLASSIFY_ACTIVE];
	uint64_t seen[(SW_MAX_PATTERNS + 63) / 64];
};
void sw_kn_match(const struct kn_image *image, struct sw_slice text, const struct kn_word *words,
		 size_t count, struct kn_hits *ret);

/* The same without memory, in the tree of notices: all places, in the order of their ends. */
typedef void (*kn_found)(void *arg, struct kn_hit hit);
void sw_kn_match_notice(const struct kn_image *image, struct sw_slice text,
			const struct kn_word *words, size_t count, kn_found found, void *arg);

static inline bool kn_seen(const struct kn_hits *h, uint16_t pattern)
{
	return pattern < SW_MAX_PATTERNS && (h->seen[pattern / 64] >> (pattern % 64) & 1);
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
enum kn_user { KN_USER_RULES = 0, KN_USER_VENDOR_TEXTS, KN_USER_VENDOR_BANNERS,
	       KN_USER_ERRORS, KN_USER_MARKERS, KN_USER_SIGNS, KN_USER_HINTS,
	       KN_USER_PHRASES };
struct kn_users sw_kn_users(const struct kn_image *image, uint16_t pattern, enum kn_user kind);

#endif
