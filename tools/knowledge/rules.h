/* SPDX-License-Identifier: MIT */
/* Parts of the checker of rules. */
#ifndef SW_TOOLS_KNOWLEDGE_RULES_H
#define SW_TOOLS_KNOWLEDGE_RULES_H

#include <stdio.h>

#include "files.h"
#include "knowledge/build.h"
#include "knowledge/classify.h"

struct rule_set {
	struct data_files files;
	struct kn_loading loading;
	struct kn_image *image;
	struct sw_knowledge k;
	unsigned complaints, failures, warnings;
	bool tap, quiet;
	unsigned tests; /* lines of TAP so far */
};

/* A line of `yes` or `no`, with its "@mx=", "@banner=" and "@stage=" in front. */
struct rule_line {
	struct sw_slice text;
	struct sw_reply_context context;
	const char *flaw; /* NULL: none */
};
struct rule_line rule_line_parse(const char *line);

/* "rule gmail-x" or "code 5.1.1" or "nothing", in one of two static buffers. */
const char *rule_winner_name(const struct rule_set *s, const struct sw_class *c);

/* One test of a kind that must pass; complains with file:line when it does not. */
void rules_say(struct rule_set *s, bool warning, const struct kn_file *file,
	       enum kn_part section, size_t item, const char *key, size_t entry,
	       const char *fmt, ...) SW_PRINTF(8, 9);
/* Every `yes` and `no` of rules and errors. */
void rules_check_lines(struct rule_set *s);
/* What is legal and yet suspicious. */
void rules_check_style(struct rule_set *s);
/* Replies with known categories; false when the file cannot be read. */
bool rules_score(struct rule_set *s, const char *path);
void rules_classify(struct rule_set *s, FILE *in);

#endif
