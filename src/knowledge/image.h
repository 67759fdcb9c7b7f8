/* SPDX-License-Identifier: MIT */
/* The block of bytes that an image is: a header, then the parts, each an array of one kind of
 * record.  Offsets are from the header.  Private to the room.
 *
 * An image may lie over another one: its indices go on where those below end (`base`), except
 * for codes and rules that replace one below and take its index. */
#ifndef SW_KNOWLEDGE_IMAGE_H
#define SW_KNOWLEDGE_IMAGE_H

#include "knowledge/knowledge.h"

enum { KN_MAGIC = 0x534b4e31, KN_VERSION = 1 };

enum kn_part {
	KN_CATEGORIES = 0,
	KN_CAUSES,
	KN_REMEDIES,
	KN_CODES,
	KN_VENDORS,
	KN_RULES,
	KN_ERRORS,
	KN_LAYOUTS,
	KN_PHRASES,
	KN_SECTIONS,
	/* u16: the indices below of the last records, which replace them; ascending. */
	KN_REPLACED_CODES = KN_SECTIONS,
	KN_REPLACED_RULES,
	KN_CODE_KEYS,	  /* kn_code_key, ascending */
	KN_ERROR_NUMBERS, /* kn_error_number */
	KN_ERROR_NAMES,	  /* kn_error_name */
	KN_SUFFIXES,	  /* kn_suffix, by hash */
	KN_WORDLESS,	  /* u16: own numbers of rules without text */
	KN_PATTERNS,	  /* kn_pattern */
	KN_LISTS,	  /* u16: whatever a record refers to by kn_list */
	KN_VOCABULARY,	  /* kn_slot, open addressing; a power of two */
	KN_PREFIXES,	  /* likewise */
	KN_PREFIX_HEADS,  /* u32[KN_HEADS]: see there */
	KN_SYMBOLS,	  /* kn_list of labels */
	KN_ROOT,	  /* u32: by label, the node below the root, or 0 */
	KN_PHRASE_ROOT,	  /* u32: likewise, of the tree of phrases */
	KN_NODES,	  /* kn_node, in order of depth */
	KN_NODE_LABELS,	  /* u16: by node, the label that leads to it */
	KN_OUTPUTS,	  /* kn_output */
	KN_STRINGS,	  /* bytes; 0 is "" */
	KN_PARTS
};

struct kn_span {
	uint32_t at, count;
};
struct kn_image {
	uint32_t magic, version, size;
	uint32_t unknown; /* index of the category */
	uint32_t base[KN_SECTIONS], total[KN_SECTIONS];
	struct kn_span part[KN_PARTS];
};

/* A run of KN_LISTS. */
struct kn_list {
	uint32_t at;
	uint32_t count;
};

/* All `uint32_t` texts are offsets into KN_STRINGS. */
struct kn_category {
	uint32_t id, sisimai, kumo, probe, title[SW_LANG_COUNT], meaning[SW_LANG_COUNT];
	struct kn_list causes, remedies;
	uint16_t count, count_days;
	uint8_t who, retry, list_action, scope;
	uint32_t sender_side; /* its words forbid `suppress` */
};
struct kn_cause {
	uint32_t id, text[SW_LANG_COUNT];
};
struct kn_remedy {
	uint32_t id, text[SW_LANG_COUNT], literal, applicability, who;
};
struct kn_code {
	uint32_t code, title[SW_LANG_COUNT], meaning[SW_LANG_COUNT], note[SW_LANG_COUNT], source,
		replies;
	struct kn_list causes, remedies;
	uint16_t category;
	uint8_t retry; /* KN_ABSENT: the category's */
	uint8_t dotted;
};
struct kn_vendor {
	uint32_t id, name, kind, url;
};
struct kn_error {
	uint32_t id, title[SW_LANG_COUNT], meaning[SW_LANG_COUNT], command;
	struct kn_list causes, remedies, without;
	uint16_t category, stage;
};
struct kn_layout {
	uint32_t id, name;
};
struct kn_phrase {
	uint32_t id;
	uint16_t layout; /* global, or SW_NONE */
	uint8_t role, stage;
};
/* `list` holds 16 bits each: vendors; pairs of first and last reply; ranges of enhanced codes
 * (kn_range); patterns; groups of `with`, each a count and its patterns. */
struct kn_rule {
	uint32_t id, meaning[SW_LANG_COUNT], ref, probe;
	struct kn_list causes, remedies, vendors, replies, enhanced, text, with, without;
	uint16_t category;
	uint16_t stages; /* bits 1 << enum sw_stage; 0 any */
	uint8_t who, retry, list_action, scope; /* KN_ABSENT: the category's */
	uint8_t score;				/* 0: computed */
	uint8_t classes; /* of its codes: bits 1 << 4, 1 << 5 and so on; 0 it names none */
	uint8_t has_probe, with_groups;
};
enum { KN_ABSENT = 0xff };
/* Of enhanced codes, as four u16: class (0 any), subject, details from and to. */
enum { KN_RANGE = 4 };

/* `key`: a reply code; or KN_KEY_ENHANCED with class (0: "x"), subject, detail. */
struct kn_code_key {
	uint32_t key;
	uint32_t index; /* own number */
};
#define KN_KEY_ENHANCED(class, subject, detail)                                               \
	(0x80000000u | (uint32_t)(class) << 20 | (uint32_t)(subject) << 10 | (uint32_t)(detail))

struct kn_error_number {
	uint32_t kind, number, index;
};
struct kn_error_name {
	uint32_t name, index;
};
struct kn_suffix {
	uint64_t hash;
	uint32_t vendor; /* global */
	uint32_t labels;
};
/* Who uses a pattern: KN_LISTS from `uses` on holds rules (text), vendors (text), vendors
 * (banner), errors, markers, layouts (signs), layouts (hints), phrases, in this order; own numbers but for vendors
 * and layouts. */
struct kn_pattern {
	uint16_t letters; /* of its words; a digit word counts 1 */
	uint16_t rules, vendor_texts, vendor_banners, errors, markers, signs, hints, phrases;
	uint32_t uses;
};
/* `check` is the upper half of the word's hash; symbol 0: empty. */
struct kn_slot {
	uint32_t check;
	uint16_t symbol;
	uint16_t digits_symbol; /* of a prefix that is digits: for words of digits only */
};
struct kn_node {
	uint32_t first_child; /* children are neighbours, ordered by label */
	uint32_t outputs;
	uint16_t children, output_count;
};
/* A pattern, or a piece of one with gaps, that ends at a node. */
struct kn_output {
	uint16_t pattern;
	uint8_t piece, pieces;
};
/* A bit for each length of a prefix: by kn_word.head; then, for those of one letter, by that. */
enum { KN_HEADS = 512 };
/* The symbol of words of digits that are in no vocabulary; 0 is the word that nobody knows. */
enum { KN_SYMBOL_DIGITS = 1 };

/* What the machine itself looks for in each text (marker.def). */
enum kn_marker_kind { KN_MARK_STAGE = 0, KN_MARK_WAIT, KN_MARK_HOST, KN_MARK_KINDS };
struct kn_marker {
	uint8_t kind, value;
	const char *pattern;
};
extern const struct kn_marker sw_kn_markers[];
extern const size_t sw_kn_marker_count;

struct sw_knowledge {
	const struct kn_image *image;
	const struct sw_knowledge *under;
};

static inline const void *kn_part(const struct kn_image *image, enum kn_part part)
{
	return (const char *)image + image->part[part].at;
}

static inline const uint16_t *kn_list(const struct kn_image *image, struct kn_list list)
{
	return (const uint16_t *)kn_part(image, KN_LISTS) + list.at;
}

static inline const char *kn_string(const struct kn_image *image, uint32_t offset)
{
	return (const char *)kn_part(image, KN_STRINGS) + offset;
}

/* The layer that holds thing i of a section, and its own number there. */
const struct kn_image *sw_kn_layer(const struct sw_knowledge *k, enum kn_part section, size_t i,
				   size_t *ret_own);
/* The index of a layer's own thing. */
size_t sw_kn_global(const struct kn_image *image, enum kn_part section, size_t own);

#endif
