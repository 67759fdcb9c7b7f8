/* SPDX-License-Identifier: MIT */
/* What import puts into a configuration file. */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <sendwell/import.h>

#include "cli/cli.h"

/* A text that grows, wiped when it goes: passwords may stand in it. */
struct cli_text {
	char *bytes; /* with a NUL behind; NULL empty */
	size_t len, room;
};

/* False without memory. */
bool cli_text_add(struct cli_text *t, const char *bytes, size_t len);
bool cli_text_printf(struct cli_text *t, const char *fmt, ...) CLI_PRINTF(2, 3);
void cli_text_fini(struct cli_text *t);

/* Whether our file can hold it: NULL, or why not. */
const char *cli_import_flaw(const struct sw_imported_setting *s);
const char *cli_import_name_flaw(const char *account);
/* The sections of all accounts.  Without `secrets` a comment says where each stands. */
bool cli_import_render(struct cli_text *t, const struct sw_imported *i, bool secrets,
		       bool with_default);
/* `text` without the sections of accounts that *i has, too. */
bool cli_import_strip(struct cli_text *t, const struct sw_imported *i, const char *text,
		      size_t len);

#endif
