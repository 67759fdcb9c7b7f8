/* SPDX-License-Identifier: MIT */
/* Between the files of `sendwell diagnose`. */
#ifndef CLI_DIAGNOSE_H
#define CLI_DIAGNOSE_H

#include "cli/explain.h"

/* The report for people. */
void cli_diagnose_show(struct cli *c, const struct sw_diagnosis *d);
/* A remedy: who must act, what to do, the literal. */
void cli_diagnose_remedy(struct cli *c, const struct sw_diagnosed_remedy *r);

#endif
