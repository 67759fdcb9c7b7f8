/* SPDX-License-Identifier: MIT */
/* What is known of one text while its category is found.  Private to the room. */
#ifndef SW_KNOWLEDGE_DECIDE_H
#define SW_KNOWLEDGE_DECIDE_H

#include "knowledge/classify.h"
#include "knowledge/match.h"

struct kn_candidate {
	const struct kn_image *image; /* NULL: none */
	size_t own;
	size_t layer; /* 0 the uppermost */
	uint16_t index, category;
	int score;
	unsigned letters;
};
struct kn_decision {
	const struct sw_knowledge *k;
	struct sw_slice text;
	struct kn_codes codes;
	bool has_stage;
	enum sw_stage stage;
	size_t word_count;
	uint16_t word_at[SW_MAX_CLASSIFY_WORDS]; /* bytes of the text */
	enum kn_charset charset;
	struct kn_hits hits;
	uint64_t vendors[SW_MAX_VENDORS / 64]; /* nothing as long as nobody speaks */
	uint16_t speakers[SW_MAX_SPEAKERS];    /* those in `vendors` */
	size_t speaker_count;
	uint16_t host_vendor, banner_vendor, text_vendor;
	bool sender_side;
	struct kn_candidate best, next;
};

/* Words and hits of the text, with all layers. */
void sw_kn_look(struct kn_decision *d, const struct sw_knowledge *k, struct sw_slice text,
		int code, struct sw_enhanced enhanced);
/* Word i again; most are never asked for. */
static inline struct kn_word kn_decision_word(const struct kn_decision *d, size_t i)
{
	return sw_kn_word_at(d->text, d->word_at[i], d->charset);
}

/* Who speaks: the host, else one that the text names; the greeting; words. */
void sw_kn_vendors(struct kn_decision *d, struct sw_slice host, struct sw_slice banner);
/* The best rule, and the best one of another category. */
void sw_kn_rules(struct kn_decision *d);
/* Seconds, or 0. */
unsigned sw_kn_wait(const struct kn_decision *d);

#endif
