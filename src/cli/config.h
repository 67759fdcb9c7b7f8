/* SPDX-License-Identifier: MIT */
/* The configuration file: keys and values by section, as they stand there. */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/option.h"
#include "cli/out.h"

struct cli_config_entry {
	char *section; /* "" before the first one */
	char *text;
	enum cli_option_id id;
	unsigned line;
};

struct cli_config {
	char *path; /* NULL: no file was read */
	size_t count, room;
	struct cli_config_entry *entries;
	unsigned secret_line; /* of the first value with a secret in it; 0 none */
};

/* Reads a file.  All keys are known afterwards, none stands twice in a section that may not.
 * 0, or the status of what was wrong and told. */
int cli_config_read(struct cli_config *config, struct cli_out *out, const char *path);
void cli_config_fini(struct cli_config *config);
/* NAME of "account NAME", else NULL. */
const char *cli_config_account_name(const char *section);

#endif
