/* SPDX-License-Identifier: MIT */
/* The words of notices: phrases of many languages, each with the role that it plays in the
 * text of a bounce, and layouts, the known systems that write such texts (data/README.md).
 * Pure, no allocation, one pass whatever the number of phrases. */
#ifndef SW_KNOWLEDGE_PHRASE_H
#define SW_KNOWLEDGE_PHRASE_H

#include "knowledge/knowledge.h"

enum sw_phrase_role {
	SW_PHRASE_SIGN = 0, /* of a layout, found in nothing but bounces */
	SW_PHRASE_HINT,     /* of a layout, found in other mail of that system, too */
	SW_PHRASE_FAILED,   /* it was not delivered */
	SW_PHRASE_DELAYED,  /* not yet; it is tried further */
	SW_PHRASE_GAVE_UP,  /* not, and nothing more will be tried */
	SW_PHRASE_DELIVERED,
	SW_PHRASE_RECIPIENTS, /* addresses follow */
	SW_PHRASE_REASON,     /* label: the reason follows */
	SW_PHRASE_TO,         /* label: the recipient follows */
	SW_PHRASE_SENDER,     /* label: somebody else's address follows */
	SW_PHRASE_ORIGINAL,   /* the returned message follows */
	SW_PHRASE_HELP,       /* where to turn to: addresses are not recipients */
	SW_PHRASE_DETAILS,    /* a technical part with recipients and reasons follows */
	SW_PHRASE_HOST,       /* label: the other side's name follows */
	SW_PHRASE_REPORTER,   /* label: the writer's name follows */
	SW_PHRASE_PARENT,     /* label: the address that was expanded */
	SW_PHRASE_SKIP,       /* a line without meaning */
	SW_PHRASE_STAGE,      /* where in the session it happened */
	SW_PHRASE_SUBJECT,    /* subjects of bounces */
	SW_PHRASE_FROM,       /* names and local parts of those who write bounces */
	SW_PHRASE_DENY,       /* words that no bounce has */
	SW_PHRASE_ROLE_COUNT
};

struct sw_phrase_hit {
	uint32_t at, end; /* bytes of the text */
	uint8_t role;     /* enum sw_phrase_role */
	uint8_t stage;    /* enum sw_stage, of SW_PHRASE_STAGE */
	uint16_t layout;  /* whose phrase it is, or SW_NONE: everybody's */
	uint16_t words;
};
/* Every phrase in the text, in the order of their ends; returns how many there are, of which
 * the first `max` are stored. */
size_t sw_phrases_find(const struct sw_knowledge *k, struct sw_slice text,
		       struct sw_phrase_hit *ret, size_t max);

struct sw_layout_view {
	const char *id, *name;
};
/* Of the phrase's entry in the data. */
const char *sw_kn_phrase_id(const struct sw_knowledge *k, size_t i);
size_t sw_layout_count(const struct sw_knowledge *k);
struct sw_layout_view sw_layout_at(const struct sw_knowledge *k, size_t i);

#endif
