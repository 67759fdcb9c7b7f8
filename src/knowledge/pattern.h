/* SPDX-License-Identifier: MIT */
/* A pattern of the data: a row of words.  Private to the room and to tools/rules. */
#ifndef SW_KNOWLEDGE_PATTERN_H
#define SW_KNOWLEDGE_PATTERN_H

#include "knowledge/words.h"

enum kn_kind { KN_WORD = 0, KN_PREFIX, KN_DIGITS, KN_GAP };
struct kn_element {
	uint64_t hash;
	enum kn_kind kind;
	bool digits;	 /* the word or prefix is nothing but digits */
	uint8_t head;	 /* of a prefix */
	uint8_t folded;	 /* of a prefix: its folded bytes */
	uint16_t letters;
	struct sw_slice text;
};
/* A gap (`*`) is up to this many words. */
enum { KN_GAP_WORDS = 8 };

struct kn_pattern_text {
	struct kn_element elements[SW_MAX_PATTERN_WORDS];
	size_t count;
	uint16_t letters;
};
/* Borrows from the text.  NULL when it is well formed, else what is wrong, as a static text. */
const char *sw_kn_pattern_parse(struct sw_slice text, struct kn_pattern_text *ret);

/* Cuts the next alternative of "a b | c" off *rest; false when there is none left. */
bool sw_kn_alternative_next(struct sw_slice *rest, struct sw_slice *ret);

/* "550" and "5xx" as a range; "5.7.606-649", "x.7.*" likewise (class 0: x). */
bool sw_kn_reply_parse(struct sw_slice s, uint16_t *ret_from, uint16_t *ret_to);
struct kn_enhanced_range {
	uint16_t class, subject, from, to;
};
bool sw_kn_range_parse(struct sw_slice s, struct kn_enhanced_range *ret);

#endif
