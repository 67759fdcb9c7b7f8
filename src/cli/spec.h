/* SPDX-License-Identifier: MIT */
/* Values of options with words behind them: WHAT[;word=VALUE]... */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include <stdbool.h>

/* FILE[;type=T][;name=N][;cid=ID] of --attach, --inline and --alternative. */
struct cli_spec {
	char *path;                    /* owns the text of all; free with cli_free */
	const char *type, *name, *cid; /* NULL: not said */
};
/* ADDRESS[;notify=LIST][;orcpt=ADDRESS] of --rcpt. */
struct cli_spec_rcpt {
	char *address; /* likewise */
	const char *notify, *orcpt;
};

/* False without memory.  What is none of these words belongs to what stands before it, so
 * other semicolons may stand in names. */
bool cli_spec_parse(const char *text, struct cli_spec *ret);
bool cli_spec_parse_rcpt(const char *text, struct cli_spec_rcpt *ret);

#endif
