/* SPDX-License-Identifier: MIT */
/* What `explain` and `analyze` know: the built-in rules and a user's own, in the user's
 * language. */
#ifndef CLI_RULES_H
#define CLI_RULES_H

#include <sendwell/explain.h>

#include "cli/cli.h"

/* --rules, or the usual directories, and --lang.  0, or the status of what was wrong and told;
 * what is wrong in a file of rules is told, and the others count. */
int cli_rules_load(struct cli *c, struct sw_explainer *e);

#endif
