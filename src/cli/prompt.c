/* SPDX-License-Identifier: MIT */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/signals.h"

static void put(int tty, const char *text)
{
	/* If the terminal is gone the reading will tell. */
	if (write(tty, text, strlen(text)) < 0)
		return;
}

/* Waits until there is something to read; false when a signal asks to stop.  Signals come in
 * only here. */
static bool wait_readable(int tty, const sigset_t *open_mask)
{
	struct pollfd p = { .fd = tty, .events = POLLIN };

	while (!cli_signals_got())
		if (ppoll(&p, 1, NULL, open_mask) >= 0 || errno != EINTR)
			return !cli_signals_got();
	return false;
}

/* A line without its end; false at the end of input, on a failure, a signal or when it is too
 * long. */
static bool read_line(int tty, const sigset_t *open_mask, char *out, size_t size,
		      size_t *ret_len)
{
	size_t len = 0;

	while (len < size && wait_readable(tty, open_mask)) {
		if (read(tty, out + len, 1) <= 0)
			return false;
		if (out[len] == '\n' || out[len] == '\r') {
			out[len] = '\0';
			*ret_len = len;
			return true;
		}
		len++;
	}
	return false;
}

static bool make_silent(int tty, struct termios *ret_before)
{
	struct termios silent;

	if (tcgetattr(tty, ret_before))
		return false;
	silent = *ret_before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON;
	/* Nobody shall be left with a silent terminal in the shell. */
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	return tcsetattr(tty, TCSAFLUSH, &silent) == 0;
}

static enum cli_prompt ask(int tty, const char *question, char *out, size_t size,
			   size_t *ret_len)
{
	struct termios before;
	sigset_t open_mask;
	bool ok = false;

	/* First, so that no signal finds the terminal changed and kills us. */
	cli_signals_block(&open_mask);
	cli_signals_catch();
	bool silent = make_silent(tty, &before);

	if (silent) {
		put(tty, question);
		ok = read_line(tty, &open_mask, out, size, ret_len);
		(void)tcsetattr(tty, TCSAFLUSH, &before);
		put(tty, "\n");
	}
	cli_signals_release();
	(void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
	if (cli_signals_got())
		(void)raise(cli_signals_got());
	if (!silent)
		return CLI_PROMPT_NO_TERMINAL;
	return ok && *ret_len > 0 ? CLI_PROMPT_OK : CLI_PROMPT_NOTHING;
}

enum cli_prompt cli_prompt_secret(const char *question, char *out, size_t size,
				  size_t *ret_len)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty < 0)
		return CLI_PROMPT_NO_TERMINAL;
	enum cli_prompt got = ask(tty, question, out, size, ret_len);

	(void)close(tty);
	return got;
}
