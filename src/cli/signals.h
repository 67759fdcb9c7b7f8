/* SPDX-License-Identifier: MIT */
/* Being asked to stop.  A handler can only leave a note; this module owns the program's only
 * one. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <signal.h>

/* From now on INT, TERM and HUP leave a note; each kills as usual when it comes again. */
void cli_signals_catch(void);
/* They kill again. */
void cli_signals_release(void);
/* Holds them back, for code that lets them in only while it waits (ppoll with *ret_before):
 * otherwise one could come just before the wait and go unnoticed. */
void cli_signals_block(sigset_t *ret_before);
/* The signal that came since cli_signals_catch, 0 none. */
int cli_signals_got(void);

#endif
