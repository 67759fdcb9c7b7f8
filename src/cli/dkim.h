/* SPDX-License-Identifier: MIT */
/* Signing keys from options. */
#ifndef CLI_DKIM_H
#define CLI_DKIM_H

#include <sendwell/dkim.h>

#include "cli/cli.h"

/* --dkim-key, --dkim-domain, --dkim-selector: *ret NULL when none is given.  0, or the status
 * of what was wrong and told. */
int cli_dkim_keys(struct cli *c, struct sw_dkim_keys **ret);
/* --dkim-check: whether receivers find the keys; EX_CONFIG with the record to publish when
 * not. */
int cli_dkim_check(struct cli *c, struct sw_dkim_keys *keys);
/* The same number of values, or one for all. */
int cli_dkim_counts(struct cli *c, size_t *ret_count);
const char *cli_dkim_value(struct cli *c, enum cli_option_id id, size_t i);

#endif
