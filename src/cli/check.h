/* SPDX-License-Identifier: MIT */
/* Between the files of `sendwell check`. */
#ifndef CLI_CHECK_H
#define CLI_CHECK_H

#include <sendwell/check.h>

#include "cli/cli.h"

/* One report for people. */
void cli_check_show(struct cli *c, const struct sw_check_report *r);

#endif
