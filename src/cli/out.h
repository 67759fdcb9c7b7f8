/* SPDX-License-Identifier: MIT */
/* Everything that the program says.  Results go to standard output, everything else to
 * standard error. Each line passes the library's printer as a whole, so whatever a server, a
 * file or an argument brought into it cannot act on the terminal. */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>

#include "cli/mem.h"

struct json_t;

enum cli_color {
	CLI_PLAIN,
	CLI_GOOD,
	CLI_BAD,
	CLI_WARN,
	CLI_DIM,
	CLI_STRONG,
	CLI_COLOR_COUNT
};

struct cli_out {
	bool json;
	bool quiet;
	bool verbose;
	bool color_out, color_err;
	bool waiting;         /* a line of progress stands on the terminal */
	bool result_said;     /* a result went to standard output */
	bool result_cut;      /* a line of it could not be made */
	bool file_lost;       /* one that was asked for could not be written; that was told */
	bool status_is_final; /* output that cannot be written does not change the status */
	int status;           /* of the first failure that was told */
	char *failure;        /* its text; NULL none */
};

/* Standard output waits for whoever reads it, also where the other end was made not to (a pipe
 * that node or ssh share with others): stdio would drop what does not fit at once. First of
 * all. */
void cli_out_begin(void);
/* Colour for both outputs: "auto", "always", "never"; false for another word. */
bool cli_out_color(struct cli_out *out, const char *when);
void cli_out_fini(struct cli_out *out);

/* A line of the result; none when JSON was asked for.  The caller minds `quiet`. */
void cli_say(struct cli_out *out, enum cli_color color, const char *fmt, ...) CLI_PRINTF(3, 4);
/* A text for a line that needed memory: "?" in its place, and the whole is no success. */
const char *cli_said(struct cli_out *out, const char *text);
/* Several lines, as they stand in text, each after `indent`. */
void cli_say_lines(struct cli_out *out, enum cli_color color, const char *indent,
		   const char *text);
/* The result as JSON: printed as it is, with a line end. */
void cli_say_json(struct cli_out *out, const char *json);
void cli_say_json_object(struct cli_out *out, const struct json_t *object);
/* A text from outside (a file's name, say) for an object; NULL is null. JSON holds UTF-8
 * alone: what is none of it is shown as everywhere. */
struct json_t *cli_json_text(const char *text);
/* A line on standard error, not when quiet. */
void cli_note(struct cli_out *out, enum cli_color color, const char *fmt, ...)
	CLI_PRINTF(3, 4);
/* Says on standard error why the program cannot do it, keeps the first for the JSON, returns
 * status. */
int cli_fail(struct cli_out *out, int status, const char *fmt, ...) CLI_PRINTF(3, 4);
int cli_fail_nomem(struct cli_out *out);
/* Standard error, always: the sentence of a result that is no success. */
void cli_complain(struct cli_out *out, const char *fmt, ...) CLI_PRINTF(2, 3);
/* A line of progress on standard error that the next one replaces; "" takes it away. */
void cli_out_progress(struct cli_out *out, const char *fmt, ...) CLI_PRINTF(2, 3);
/* At the end: the failure as JSON when that was asked for and no result was said; whether
 * everything could be written.  Returns the status to end with. */
int cli_out_end(struct cli_out *out, int status);

#endif
