/* SPDX-License-Identifier: MIT */
/* Between the files of `sendwell diagnose`. */
#ifndef CLI_DIAGNOSE_H
#define CLI_DIAGNOSE_H

#include <sendwell/diagnose.h>

#include "cli/explain.h"

/* Of `file`, or of a target; NULL: none. 0 and a diagnosis, or the status of what was told. */
struct sw_file;
int cli_diagnose_live(struct cli *c, struct sw_explainer *e, const struct sw_file *file,
		      const char *target, struct sw_diagnosis **ret);
/* The report for people. */
void cli_diagnose_show(struct cli *c, const struct sw_diagnosis *d);
/* A remedy: who must act, what to do, the literal. */
void cli_diagnose_remedy(struct cli *c, const struct sw_diagnosed_remedy *r);

#endif
