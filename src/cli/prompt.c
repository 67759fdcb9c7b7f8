/* SPDX-License-Identifier: MIT */
#include "cli/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

/* A line without its end; false at the end of input, on a failure, a signal or when it is too long. */
static bool read_line(int tty, char *out, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t got = read(tty, out + len, 1);

		if (got < 0 && errno == EINTR && !cli_signals_got())
			continue;
		if (got <= 0)
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

static enum cli_prompt ask(int tty, const char *question, char *out, size_t size, size_t *ret_len)
{
	struct termios before, silent;

	if (tcgetattr(tty, &before))
		return CLI_PROMPT_NO_TERMINAL;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON;
	/* Nobody shall be left with a silent terminal in the shell. */
	silent.c_cc[VSUSP] = _POSIX_VDISABLE;
	/* The handlers first: no signal may find the terminal changed and kill us. */
	cli_signals_catch();
	if (tcsetattr(tty, TCSAFLUSH, &silent)) {
		cli_signals_release();
		return CLI_PROMPT_NO_TERMINAL;
	}
	put(tty, question);
	bool ok = read_line(tty, out, size, ret_len);

	(void)tcsetattr(tty, TCSAFLUSH, &before);
	put(tty, "\n");
	cli_signals_release();
	if (cli_signals_got())
		(void)raise(cli_signals_got());
	return ok && *ret_len > 0 ? CLI_PROMPT_OK : CLI_PROMPT_NOTHING;
}

enum cli_prompt cli_prompt_secret(const char *question, char *out, size_t size, size_t *ret_len)
{
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (tty < 0)
		return CLI_PROMPT_NO_TERMINAL;
	enum cli_prompt got = ask(tty, question, out, size, ret_len);

	(void)close(tty);
	return got;
}
