/* SPDX-License-Identifier: MIT */
/* Between the files of explain*.c: what the recognisers share. */
#ifndef SW_KNOWLEDGE_EXPLAIN_WORK_H
#define SW_KNOWLEDGE_EXPLAIN_WORK_H

#include "knowledge/explain.h"
#include "knowledge/explain_text.h"

struct sw_explain_work {
	const struct sw_knowledge *k;
	struct sw_arena *arena;
	const struct sw_explain_context *context;
	struct sw_explain_text text;
	struct sw_explain_result *ret;
	size_t replies; /* that stood in the text with a code */
	bool nomem;
};

/* Stretches are of the clean text; sw_explain_place gives them as places in the input. */
struct sw_evidence sw_explain_in_input(const struct sw_explain_text *t, size_t from,
				       size_t to);
/* A reading of that stretch with nothing in it yet. */
struct sw_explain_reading sw_explain_new(const struct sw_explain_work *w,
					 enum sw_explain_kind kind, size_t from, size_t to);
/* What the text says about where: from the stretch itself, else from all of it. */
struct sw_explain_place sw_explain_find_place(const struct sw_explain_work *w, size_t from,
					      size_t to);
/* The code of a reply at pos: 200 to 599 and no part of anything longer; 0 none. */
int sw_explain_code_at(const struct sw_explain_text *t, size_t pos);
/* "5.7.26" or "#5.7.26" at pos; *ret_len bytes. */
bool sw_explain_enhanced_at(const struct sw_explain_text *t, size_t pos,
			    struct sw_enhanced *ret, size_t *ret_len);

/* The recognisers, each for itself; they add what they see. */
void sw_explain_replies(struct sw_explain_work *w);
void sw_explain_words(struct sw_explain_work *w);
/* At the end: errors that only say that something failed go behind those that say why. */
void sw_explain_frames(struct sw_explain_work *w);
void sw_explain_codes(struct sw_explain_work *w);
void sw_explain_numbers(struct sw_explain_work *w);
void sw_explain_names(struct sw_explain_work *w);

/* Where a reply can begin inside of a line (explain_head.c): the likeliest place in
 * [from, to), of a code, or of the words behind "the server responded:"; `to` when nothing
 * there looks like one. */
size_t sw_explain_find_head(const struct sw_explain_text *t, size_t from, size_t to);

/* What kind of line it is, and where that begins which the other side said (explain_line.c).
 */
enum sw_explain_line_kind {
	SW_EXPLAIN_LINE_BLANK,
	SW_EXPLAIN_LINE_CLIENT, /* a command; `stage` */
	SW_EXPLAIN_LINE_SERVER, /* `from`: the reply's code, or words of one */
	SW_EXPLAIN_LINE_OTHER,
};
struct sw_explain_line {
	enum sw_explain_line_kind kind;
	size_t from; /* of what was said */
	bool has_stage;
	enum sw_stage stage;
};
struct sw_explain_line sw_explain_read_line(const struct sw_explain_text *t, size_t from,
					    size_t to);

#endif
