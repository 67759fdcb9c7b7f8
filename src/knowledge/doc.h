/* SPDX-License-Identifier: MIT */
/* A YAML file as libcyaml gives it, and the lines on which its things stand.  Private to the
 * room and to tools/rules.  Strings may be NULL where the format lets them be absent. */
#ifndef SW_KNOWLEDGE_DOC_H
#define SW_KNOWLEDGE_DOC_H

#include "knowledge/load.h"

struct doc_text {
	char *en, *ru;
};
struct doc_category {
	char *id, *who, *retry, *list_action, *scope, *kumo, *probe;
	struct doc_text title, meaning;
	unsigned count, count_days;
	char **sisimai, **causes, **remedies;
	unsigned sisimai_count, causes_count, remedies_count;
};
struct doc_cause {
	char *id;
	struct doc_text text;
};
struct doc_remedy {
	char *id, *who, *literal, *applicability;
	struct doc_text text;
};
struct doc_code {
	char *code, *category, *retry;
	struct doc_text title, meaning, note;
	char **replies, **source, **causes, **remedies;
	unsigned replies_count, source_count, causes_count, remedies_count;
	bool dotted;
};
struct doc_vendor {
	char *id, *name, *kind, *url;
	char **mx, **banner, **text;
	unsigned mx_count, banner_count, text_count;
};
struct doc_rule {
	char *id, *category, *who, *retry, *list_action, *scope, *probe, *sisimai, *ref;
	struct doc_text meaning;
	unsigned score;
	char **vendor, **reply, **enhanced, **stage, **text, **with, **without, **causes,
		**remedies, **yes, **no;
	unsigned vendor_count, reply_count, enhanced_count, stage_count, text_count,
		with_count, without_count, causes_count, remedies_count, yes_count, no_count;
};
struct doc_error {
	char *id, *category, *stage, *command;
	struct doc_text title, meaning;
	char **numbers, **names, **text, **without, **causes, **remedies, **yes, **no;
	unsigned numbers_count, names_count, text_count, without_count, causes_count,
		remedies_count, yes_count, no_count;
	bool frame;
};
struct doc_advice {
	char *who, *literal, *applicability;
	struct doc_text text;
};
struct doc_finding {
	char *code, *level, *stage, *who, *recheck, *lab;
	struct doc_text title, title_plain, story, test, lab_why;
	struct doc_advice *remedies;
	char **lookalikes, **explains, **categories, **source;
	unsigned remedies_count, lookalikes_count, explains_count, categories_count,
		source_count;
};
/* Conditions of a judgement that may be told of, by their number less one. */
enum { DOC_TOLD = 12 };
struct doc_told {
	struct doc_text line[DOC_TOLD];
};
struct doc_turn {
	char *condition;
	unsigned amount;
	struct doc_text because;
};
struct doc_bind {
#define SW_PLACEHOLDER(id, name, form) char *name;
#include "knowledge/placeholder.def"
#undef SW_PLACEHOLDER
};
struct doc_judgement {
	char *id, *finding;
	char **when;
	struct doc_told because, otherwise;
	struct doc_turn *supports, *contradicts;
	struct doc_bind bind;
	unsigned when_count, supports_count, contradicts_count, weight;
	bool proof;
};
struct doc_layout {
	char *id, *name;
	char **signs, **hints;
	unsigned signs_count, hints_count;
};
struct doc_phrase {
	char *id, *role, *stage, *layout;
	char **text;
	unsigned text_count;
};
struct doc {
	struct doc_category *categories;
	struct doc_cause *causes;
	struct doc_remedy *remedies;
	struct doc_code *codes;
	struct doc_vendor *vendors;
	struct doc_rule *rules;
	struct doc_error *errors;
	struct doc_finding *findings;
	struct doc_judgement *judgements;
	struct doc_layout *layouts;
	struct doc_phrase *phrases;
	unsigned categories_count, causes_count, remedies_count, codes_count, vendors_count,
		rules_count, errors_count, findings_count, judgements_count, layouts_count,
		phrases_count;
};

/* A line of an item, a key of it, or an entry of that key's list. */
enum { DOC_WHOLE = UINT32_MAX };
struct doc_mark {
	uint32_t section, key; /* hashes of the names */
	uint32_t item, entry;  /* DOC_WHOLE: the item or the list itself */
	uint32_t line;
};
struct doc_marks {
	struct doc_mark *marks;
	size_t count, cap;
};

struct doc_complaints {
	sw_knowledge_complaint complain;
	void *arg;
	const char *file;
};
void sw_doc_complain(const struct doc_complaints *c, unsigned line, const char *fmt, ...)
	SW_PRINTF(3, 4);

/* The shape, by libyaml's events: one document, no aliases, anchors or tags, no key twice, not
 * too deep; and the lines.  SW_E_DATA after a complaint. */
enum sw_err sw_doc_scan(struct sw_slice yaml, const struct doc_complaints *complaints,
			struct doc_marks *ret) SW_MUST_USE;
void sw_doc_marks_fini(struct doc_marks *m);
/* The line of what is named, or of the smallest thing round it. key NULL: the item. */
unsigned sw_doc_line(const struct doc_marks *m, const char *section, size_t item,
		     const char *key, size_t entry);

/* The first line from `from` on where this key or section stands; the line of the item that is
 * open at line `to`.  0: none. */
unsigned sw_doc_line_of_key(const struct doc_marks *m, const char *key, unsigned from);
unsigned sw_doc_line_of_item(const struct doc_marks *m, unsigned to);

/* By the schemas; the marks are those of the same text. */
enum sw_err sw_doc_read(struct sw_slice yaml, const struct doc_complaints *complaints,
			const struct doc_marks *marks, struct doc **ret) SW_MUST_USE;
void sw_doc_free(struct doc *d);

#endif
