/* SPDX-License-Identifier: MIT */
/* The block of bytes that an image is: a header, then the parts, each an array of one kind of
 * record.  Offsets are from the header.  Private to the room.
 *
 * An image may lie over another one: its indices go on where those below end (`base`), except
 * for codes and rules that replace one below and take its index. */
#ifndef SW_KNOWLEDGE_IMAGE_H
#define SW_KNOWLEDGE_IMAGE_H

#include "knowledge/knowledge.h"

enum { KN_MAGIC = 0x534b4e31, KN_VERSION = 4 };

enum kn_part {
	KN_CATEGORIES = 0,
	KN_CAUSES,
	KN_REMEDIES,
	KN_CODES,
	KN_VENDORS,
	KN_RULES, /* kn_rule; the rest of each in KN_RULE_TEXTS */
	KN_ERRORS,
	KN_FINDINGS,
	KN_JUDGEMENTS,
	KN_LAYOUTS, /* in the image of KN_NOTICES */
	KN_PHRASES, /* likewise */
	KN_SECTIONS,
	/* u16: the indices below of the last records, which replace them; ascending. */
	KN_REPLACED_CODES = KN_SECTIONS,
	KN_REPLACED_RULES,
	KN_ADVICE,        /* kn_advice, by finding */
	KN_CONDITIONS,    /* kn_condition, by judgement and enum sw_condition_kind */
	KN_RULE_TEXTS,    /* kn_rule_text */
	KN_CODE_KEYS,     /* kn_code_key, ascending */
	KN_ERROR_NUMBERS, /* kn_error_number */
	KN_ERROR_NAMES,   /* kn_error_name */
	KN_SUFFIXES,      /* kn_suffix, by hash */
	KN_WORDLESS,      /* kn_wordless, by vendor */
	KN_PATTERNS,      /* kn_pattern */
	KN_LISTS,         /* u16: whatever a record refers to by kn_list */
	KN_VOCABULARY,    /* kn_slot, open addressing; a power of two */
	KN_PREFIXES,      /* likewise */
	KN_PREFIX_HEADS,  /* u32[KN_HEADS]: see there */
	KN_SYMBOLS,       /* kn_list of labels */
	KN_NODES,         /* kn_node; the first one is the root */
	KN_NOTICES,       /* bytes: an image of layouts and phrases, for replies
			     are not to be searched for the words of notices */
	KN_STRINGS,       /* bytes; 0 is "" */
	KN_PARTS
};

struct kn_span {
	uint32_t at, count;
};
struct kn_image {
	uint32_t magic, version, size;
	uint32_t unknown; /* index of the category */
	uint32_t base[KN_SECTIONS], total[KN_SECTIONS];
	uint32_t conditions;    /* patterns below this are those of `with` and `without` */
	uint32_t root_children; /* those of labels 0 and on are nodes 1 and on */
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
};
struct kn_cause {
	uint32_t id, text[SW_LANG_COUNT];
};
struct kn_remedy {
	uint32_t id, text[SW_LANG_COUNT], literal, applicability, who;
};
struct kn_code {
	uint32_t code, title[SW_LANG_COUNT], meaning[SW_LANG_COUNT], note[SW_LANG_COUNT],
		source, replies;
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
	uint16_t category, stage, frame;
	uint16_t unused;
};
struct kn_finding {
	uint32_t code, title[SW_LANG_COUNT], plain[SW_LANG_COUNT], story[SW_LANG_COUNT],
		test[SW_LANG_COUNT], lab_why[SW_LANG_COUNT], recheck, source;
	struct kn_list lookalikes, explains, categories;
	uint32_t advice; /* the first one in KN_ADVICE */
	uint16_t advices;
	uint8_t level, stage, who, lab;
};
struct kn_advice {
	uint32_t text[SW_LANG_COUNT], literal;
	uint8_t who, applicability;
};
struct kn_judgement {
	uint32_t id;
	uint32_t conditions; /* the first one in KN_CONDITIONS */
	uint16_t counts[SW_CONDITION_KINDS];
	uint16_t finding; /* global */
	uint8_t weight, proof;
};
struct kn_condition {
	uint32_t text, because[SW_LANG_COUNT], otherwise[SW_LANG_COUNT];
	uint8_t amount, placeholder;
};
struct kn_layout {
	uint32_t id, name;
};
struct kn_phrase {
	uint32_t id;
	uint16_t layout; /* global, or SW_NONE */
	uint8_t role, stage;
};
/* What is asked again and again, small.  Its lists follow each other in KN_LISTS from `lists`
 * on: vendors; pairs of first and last reply; enhanced codes (KN_RANGE); groups of `with`,
 * each a count and its patterns; those of `without`, as pairs of an entry of the set of
 * patterns that were found and its bits. */
enum { KN_SET_BITS = 16 }; /* of an entry */
struct kn_rule {
	uint32_t lists;
	uint16_t vendors, replies, enhanced, with, without; /* entries of 16 bits */
	uint16_t category;
	uint16_t stages;     /* bits 1 << enum sw_stage; 0 any */
	uint8_t worth;       /* its score where its codes fit; it is never more */
	uint8_t classes;     /* of its codes: bits 1 << 4, 1 << 5 and so on; 0 it names none */
	uint8_t with_groups; /* 0: none */
	uint8_t sender_side; /* it has words that forbid `suppress` */
};
struct kn_rule_text {
	uint32_t id, meaning[SW_LANG_COUNT], ref, probe,
		sisimai; /* sisimai: 0 the category's */
	struct kn_list causes, remedies;
	uint8_t who, retry, list_action, scope; /* KN_ABSENT: the category's */
	uint8_t has_probe;
};
/* A rule without text: asked about when the vendor speaks, or always (SW_NONE). */
struct kn_wordless {
	uint16_t vendor, rule; /* global, own */
	/* Bits: the subjects of its enhanced codes; the last one when it asks for replies. */
	uint16_t subjects;
};
enum { KN_SUBJECTS = 15 };
static inline uint16_t kn_subject_bit(unsigned subject)
{
	return (uint16_t)(1u << (subject < KN_SUBJECTS - 1 ? subject : KN_SUBJECTS - 1));
}
enum { KN_ABSENT = 0xff };
/* Of enhanced codes, as four u16: class (0 any), subject, details from and to. */
enum { KN_RANGE = 4 };

/* `key`: a reply code; or KN_KEY_ENHANCED with class (0: "x"), subject, detail. */
struct kn_code_key {
	uint32_t key;
	uint32_t index; /* own number */
};
#define KN_KEY_ENHANCED(class, subject, detail)                                               \
	(0x80000000u | (uint32_t)(class) << 20 | (uint32_t)(subject) << 10 |                  \
	 (uint32_t)(detail))

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
/* Who uses a pattern, in KN_LISTS from `uses` on: rules (by a word of `text`) without and with
 * vendors, vendors (text, then banner), errors, markers; or layouts (signs, then hints) and
 * phrases; `ends` says where each kind ends.  Own numbers, but global ones of vendors and
 * layouts. */
enum kn_use {
	KN_USE_RULE = 0,
	KN_USE_VENDOR_RULE,
	KN_USE_VENDOR_TEXT,
	KN_USE_VENDOR_BANNER,
	KN_USE_ERROR,
	KN_USE_MARKER,
	KN_USE_SIGN,
	KN_USE_HINT,
	KN_USE_PHRASE,
	KN_USES,
	KN_USE_NONE = KN_USES
};
struct kn_pattern {
	uint32_t uses;
	uint16_t letters; /* of its words; a digit word counts 1 */
	uint16_t ends[KN_USES];
};
/* `check` is the upper half of the word's hash; symbol 0: empty. */
struct kn_slot {
	uint32_t check;
	uint16_t symbol;
	/* Of a prefix that is digits: the symbol of words of digits only. Of a word: its only
	 * label, or SW_NONE when it has several. */
	uint16_t other;
};
/* The child for a label stands at base + label, if `parent` there says that it is ours: a step
 * is one look at one place, without search.  Children of different nodes stand between each
 * other. */
struct kn_node {
	uint64_t mask;    /* bits kn_label_bit of the children's labels: most words fit none */
	uint32_t base;    /* modulo 2^32 */
	uint32_t parent;  /* its place, or KN_NO_PARENT */
	uint32_t gap;     /* the node behind a `*`, or 0 */
	uint16_t pattern; /* that ends here, or SW_NONE */
	uint16_t uses;    /* of the pattern, bits 1 << enum kn_use */
};
#define KN_NO_PARENT UINT32_MAX
static inline uint64_t kn_label_bit(uint16_t label)
{
	return (uint64_t)1 << (label * 0x9e37u >> 4 & 63);
}

/* A bit for each length of a prefix: by kn_word.head; then, for those of one letter, by that.
 */
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

/* The lists of a rule. */
static inline const uint16_t *kn_rule_vendors(const struct kn_image *image,
					      const struct kn_rule *r)
{
	return (const uint16_t *)kn_part(image, KN_LISTS) + r->lists;
}

static inline const uint16_t *kn_rule_replies(const struct kn_image *image,
					      const struct kn_rule *r)
{
	return kn_rule_vendors(image, r) + r->vendors;
}

static inline const uint16_t *kn_rule_enhanced(const struct kn_image *image,
					       const struct kn_rule *r)
{
	return kn_rule_replies(image, r) + r->replies;
}

static inline const uint16_t *kn_rule_with(const struct kn_image *image,
					   const struct kn_rule *r)
{
	return kn_rule_enhanced(image, r) + r->enhanced;
}

static inline const uint16_t *kn_rule_without(const struct kn_image *image,
					      const struct kn_rule *r)
{
	return kn_rule_with(image, r) + r->with;
}

/* The layer that holds thing i of a section, and its own number there. */
const struct kn_image *sw_kn_layer(const struct sw_knowledge *k, enum kn_part section,
				   size_t i, size_t *ret_own);
/* Of layouts and phrases; never NULL. */
const struct kn_image *sw_kn_notices(const struct kn_image *image);
/* The index of a layer's own thing. */
size_t sw_kn_global(const struct kn_image *image, enum kn_part section, size_t own);

#endif
