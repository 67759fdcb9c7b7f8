/* SPDX-License-Identifier: MIT */
/* Between the files of `sendwell explain`. */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <sendwell/diagnose.h>
#include <sendwell/explain.h>

#include "cli/cli.h"

/* What is said in the language of the user, beside the texts of the library. */
enum explain_word {
	WORD_WHO,
	WORD_RETRY,
	WORD_LIST,
	WORD_WORDS,
	WORD_SAID_BY,
	WORD_CATEGORY,
	WORD_SURE,
	WORD_BY_CODE,
	WORD_CODE,
	WORD_NOTE,
	WORD_CAUSES,
	WORD_REMEDIES,
	WORD_NEXT,
	WORD_SEE,
	WORD_WHY,
	WORD_SEVERAL,
	WORD_UNKNOWN,
	WORD_NEAREST,
	WORD_FILE_HINT,
	WORD_AFTER,
	WORD_FAILURES,
	WORD_WITHIN,
	WORD_DAYS,
	WORD_NAMED_WAIT,
	WORD_SECONDS,
	WORD_RULE,
	WORD_RUNNER_UP,
	WORD_NO_RULE,
	WORD_OF_100,
	WORD_CUT,
	WORD_MORE,
	WORD_MEANING,
	WORD_ORIGINAL,
	WORD_HOST,
	WORD_FINAL,
	WORD_COUNT
};
const char *cli_explain_word(const struct cli *c, enum explain_word word);

/* "  Who acts     somebody", the value wrapped under itself; nothing for no value. */
void cli_explain_row(struct cli *c, enum explain_word label, const char *value);
void cli_explain_retry_row(struct cli *c, const char *text, unsigned wait_s);
void cli_explain_list_row(struct cli *c, const char *action, const char *text, unsigned count,
			  unsigned count_days);

/* All readings for people. `text` as it was given. */
void cli_explain_show(struct cli *c, const struct sw_explanation *x, const char *text,
		      size_t len);
/* Which words decided, with marks under them, and which rule. */
void cli_explain_why(struct cli *c, const struct sw_explanation *x, size_t i, const char *text,
		     size_t len);
/* A cause by its code (SW-T08): its story. */
int cli_explain_story(struct cli *c, const struct sw_explainer *e, const char *code);
/* The two lines that end the report of a failed call; nothing when no cause is likely. */
void cli_diagnose_brief(struct cli *c, const struct sw_result *result);
/* --list: the status to end with. */
int cli_explain_list(struct cli *c, const struct sw_explainer *e);

#endif
