/* SPDX-License-Identifier: MIT */
/* The line of progress.  A timer ticks, so that nobody asks a clock for each message. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/analyze.h"

enum {
	FIRST_S = 1,      /* what is done sooner needs no line */
	NEXT_US = 200000, /* smooth for the eye */
	BAR_COLUMNS = 30,
};

static volatile sig_atomic_t ticked;

static void on_tick(int number)
{
	(void)number;
	ticked = 1;
}

static bool is_wanted(const struct cli *c)
{
	const char *term = getenv("TERM");

	/* Results that scroll by are progress enough. */
	return !c->out.quiet && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO) && term &&
	       *term && strcmp(term, "dumb") != 0;
}

void cli_analyze_progress_start(const struct cli *c)
{
	struct sigaction action = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
	struct itimerval times = { .it_interval = { .tv_usec = NEXT_US },
				   .it_value = { .tv_sec = FIRST_S } };

	if (!is_wanted(c))
		return;
	(void)sigemptyset(&action.sa_mask);
	if (sigaction(SIGALRM, &action, NULL) == 0)
		(void)setitimer(ITIMER_REAL, &times, NULL);
}

bool cli_analyze_progress_due(void)
{
	bool due = ticked;

	ticked = 0;
	return due;
}

/* done of all, in any unit. */
static void say_bar(struct cli *c, size_t done, size_t all, const char *word, size_t number)
{
	size_t filled = all ? done * BAR_COLUMNS / all : 0;
	char bar[BAR_COLUMNS + 1];

	memset(bar, '-', BAR_COLUMNS);
	memset(bar, '#', filled < BAR_COLUMNS ? filled : BAR_COLUMNS);
	bar[BAR_COLUMNS] = '\0';
	cli_out_progress(&c->out, "[%s] %3zu %%  %s: %zu", bar, all ? done * 100 / all : 0,
			 word, number);
}

void cli_analyze_progress(struct cli *c, size_t at, size_t count, unsigned permille,
			  size_t messages)
{
	size_t done = at * 1000 + (permille < 1000 ? permille : 1000);
	const char *word = cli_is_russian(c) ? "писем" : "messages";

	/* A pipe does not say how long it is. */
	if (done == 0)
		cli_out_progress(&c->out, "%s: %zu", word, messages);
	else
		say_bar(c, done, count * 1000, word, messages);
}

void cli_analyze_progress_of(struct cli *c, size_t done, size_t count, const char *word)
{
	say_bar(c, done, count, word, done);
}

void cli_analyze_progress_end(struct cli *c)
{
	struct itimerval none = { .it_value = { .tv_sec = 0 } };

	(void)setitimer(ITIMER_REAL, &none, NULL);
	ticked = 0;
	cli_out_progress(&c->out, "%s", "");
}
