/* SPDX-License-Identifier: MIT */
/* FILE[;type=T][;name=N][;cid=ID] of --attach and --inline. */
#ifndef CLI_SPEC_H
#define CLI_SPEC_H

#include <stdbool.h>

struct cli_spec {
	char *path;                    /* owns the text of all; free with cli_free */
	const char *type, *name, *cid; /* NULL: not said */
};

/* False without memory.  What is no type=, name= or cid= belongs to what stands before it, so
 * other semicolons may stand in names. */
bool cli_spec_parse(const char *text, struct cli_spec *ret);

#endif
