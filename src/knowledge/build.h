/* SPDX-License-Identifier: MIT */
/* From files that were read to an image.  Private to the room. */
#ifndef SW_KNOWLEDGE_BUILD_H
#define SW_KNOWLEDGE_BUILD_H

#include "base/arena.h"
#include "knowledge/doc.h"
#include "knowledge/image.h"
#include "knowledge/pattern.h"

/* 64 bits to 32; a key is a hash and is not checked further. */
struct kn_map {
	uint64_t *keys; /* 0: empty */
	uint32_t *values;
	size_t count, cap;
};
enum sw_err sw_kn_map_put(struct kn_map *m, uint64_t key, uint32_t value) SW_MUST_USE;
bool sw_kn_map_get(const struct kn_map *m, uint64_t key, uint32_t *ret);
void sw_kn_map_fini(struct kn_map *m);

/* One file. */
struct kn_file {
	const char *name;
	struct doc *doc; /* NULL: broken or empty */
	struct doc_marks marks;
	bool broken;
	unsigned complaints;
};

/* Ids of all files and of the image below. */
uint64_t sw_kn_id_key(enum kn_part section, const char *id);

struct kn_loading {
	const struct sw_knowledge *under;
	struct kn_file *files;
	size_t count;
	sw_knowledge_complaint complain;
	void *arg;
	struct kn_map ids; /* by sw_kn_id_key, the global index */
	uint32_t base[KN_SECTIONS];
	uint32_t total[KN_SECTIONS];
};
extern const char *const sw_kn_section_names[KN_SECTIONS];

/* A thing in a file that is complained of; `key` NULL: the thing itself. */
struct kn_place {
	struct kn_loading *loading;
	struct kn_file *file;
	enum kn_part section;
	size_t item;
};
/* Marks the file as broken. */
void sw_kn_complain(const struct kn_place *p, const char *key, size_t entry, const char *fmt,
		    ...) SW_PRINTF(4, 5);

/* Checks for all sections; `names`: the closed list. */
struct kn_names;
void sw_kn_check_id(const struct kn_place *p, const char *id);
void sw_kn_check_word(const struct kn_place *p, const char *key, size_t entry,
		      const char *word, const struct kn_names *names);
/* Both languages; absent when `may` and both are NULL. */
void sw_kn_check_text(const struct kn_place *p, const char *key, const struct doc_text *t,
		      bool may);
/* The findings and judgements of a file. */
void sw_kn_check_findings(struct kn_place *p);

/* Each file by itself: words, texts, codes, patterns. */
void sw_kn_check(struct kn_loading *l, struct kn_file *f);
/* Fills `ids`, and complains of ids that are there twice and of references to none.  Says
 * whether a file became broken: then it must be done again without that one. */
enum sw_err sw_kn_resolve(struct kn_loading *l, bool *ret_again) SW_MUST_USE;

/* Who wants to know of a pattern. */
struct kn_use_of {
	uint16_t pattern, user;
	enum kn_use use;
};
struct kn_build_pattern {
	struct kn_element *elements;
	size_t count;
	uint16_t letters, uses; /* bits 1 << enum kn_use */
};
struct kn_builder {
	struct kn_loading *loading;
	struct kn_image image;
	struct sw_buf part[KN_PARTS];
	struct kn_map pattern_ids;
	struct sw_arena texts; /* of patterns */
	struct kn_build_pattern *patterns;
	struct kn_use_of *uses;
	size_t pattern_count, pattern_cap, use_count, use_cap;
};

/* Appends the records of all sections, and the patterns to the builder. */
enum sw_err sw_kn_build_sections(struct kn_builder *b) SW_MUST_USE;
enum sw_err sw_kn_finding_add(struct kn_builder *b, const struct doc_finding *f) SW_MUST_USE;
enum sw_err sw_kn_judgement_add(struct kn_builder *b, const struct doc_judgement *j) SW_MUST_USE;
/* "a, b". */
enum sw_err sw_kn_joined_add(struct kn_builder *b, char **items, unsigned count,
			     uint32_t *ret) SW_MUST_USE;
/* Those of layouts and phrases. */
enum sw_err sw_kn_build_notices(struct kn_builder *b) SW_MUST_USE;
enum sw_err sw_kn_build_words(struct kn_builder *b) SW_MUST_USE;
/* The number of a pattern that was checked before; `use` NONE only numbers it. */
enum sw_err sw_kn_pattern_add(struct kn_builder *b, struct sw_slice text, enum kn_use use,
			      size_t user, uint16_t *ret) SW_MUST_USE;
/* Two elements with the same key are the same. */
uint64_t sw_kn_element_key(const struct kn_element *e);
/* The records of all patterns; after that none may be added. */
enum sw_err sw_kn_patterns_build(struct kn_builder *b) SW_MUST_USE;
enum sw_err sw_kn_string_add(struct kn_builder *b, const char *s, uint32_t *ret) SW_MUST_USE;
static inline size_t kn_part_count(const struct kn_builder *b, enum kn_part part, size_t size)
{
	return sw_buf_len(&b->part[part]) / size;
}
enum sw_err sw_kn_part_add(struct kn_builder *b, enum kn_part part, const void *record,
			   size_t size) SW_MUST_USE;
enum sw_err sw_kn_list_add(struct kn_builder *b, struct kn_list *list,
			   uint16_t value) SW_MUST_USE;
/* An empty list at the place where entries will come. */
struct kn_list sw_kn_list_open(const struct kn_builder *b);

enum sw_err sw_kn_text_add(struct kn_builder *b, const struct doc_text *t,
			   uint32_t ret[SW_LANG_COUNT]) SW_MUST_USE;
/* Patterns with the same use; their numbers to `list`, NULL allowed. */
enum sw_err sw_kn_patterns_add(struct kn_builder *b, char **texts, unsigned count,
			       enum kn_use use, size_t user, struct kn_list *list) SW_MUST_USE;
/* The index of an id that is there. */
uint16_t sw_kn_index_of(const struct kn_builder *b, enum kn_part section, const char *id);
enum sw_err sw_kn_ids_add(struct kn_builder *b, enum kn_part section, char **ids,
			  unsigned count, struct kn_list *ret) SW_MUST_USE;
#define ADD_ADVICE(code, b, from, to)                                                         \
	do {                                                                                  \
		if (!(code))                                                                  \
			(code) = sw_kn_ids_add(b, KN_CAUSES, (from)->causes, (from)->causes_count,  \
					 &(to)->causes);                                      \
		if (!(code))                                                                  \
			(code) = sw_kn_ids_add(b, KN_REMEDIES, (from)->remedies,                    \
					 (from)->remedies_count, &(to)->remedies);            \
	} while (0)
/* Gives the patterns of `with` and `without` the first numbers, before all others. */
enum sw_err sw_kn_conditions_add(struct kn_builder *b) SW_MUST_USE;
enum sw_err sw_kn_rule_add(struct kn_builder *b, const struct doc_rule *r) SW_MUST_USE;

/* Reads, checks and resolves files; what is broken is complained of and left out. */
enum sw_err sw_kn_loading_read(struct kn_loading *l, const struct sw_knowledge_source *sources,
			       size_t count, struct sw_error *err) SW_MUST_USE;
void sw_kn_loading_fini(struct kn_loading *l);
/* One block, to be freed with sw_free. */
enum sw_err sw_kn_loading_build(struct kn_loading *l, struct kn_image **ret,
				struct sw_error *err) SW_MUST_USE;

#endif
