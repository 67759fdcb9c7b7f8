/* SPDX-License-Identifier: MIT */
/* Being asked to stop.  A handler can only leave a note; this module owns the program's only one. */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

/* From now on INT, TERM and HUP leave a note; each kills as usual when it comes again. */
void cli_signals_catch(void);
/* They kill again. */
void cli_signals_release(void);
/* The signal that came since cli_signals_catch, 0 none. */
int cli_signals_got(void);

#endif
