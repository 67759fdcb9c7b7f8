/* SPDX-License-Identifier: MIT */
#include "cli/signals.h"

#include <stddef.h>
#include <string.h>

#include "cli/option.h"

static const int caught[] = { SIGINT, SIGTERM, SIGHUP };

/* A handler has no argument of ours, so this is the one variable of the program that all see.
 */
static volatile sig_atomic_t note;

static void on_signal(int number)
{
	note = number;
}

static void install(void (*handler)(int), int flags)
{
	struct sigaction now, action = { .sa_handler = handler, .sa_flags = flags };

	(void)sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < CLI_LEN(caught); i++) {
		/* What our caller ignores (nohup) stays ignored. */
		if (sigaction(caught[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void)sigaction(caught[i], &action, NULL);
	}
}

void cli_signals_catch(void)
{
	note = 0;
	/* No SA_RESTART: reads that wait must end. */
	install(on_signal, (int)SA_RESETHAND);
}

void cli_signals_release(void)
{
	install(SIG_DFL, 0);
}

void cli_signals_block(sigset_t *ret_before)
{
	sigset_t stop;

	(void)sigemptyset(&stop);
	for (size_t i = 0; i < CLI_LEN(caught); i++)
		(void)sigaddset(&stop, caught[i]);
	(void)sigprocmask(SIG_BLOCK, &stop, ret_before);
}

int cli_signals_got(void)
{
	return note;
}
