/* SPDX-License-Identifier: MIT */
/* Asking for a password on the terminal, whatever standard input is. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include <stddef.h>

enum cli_prompt {
	CLI_PROMPT_OK,
	CLI_PROMPT_NO_TERMINAL, /* nobody there to ask */
	CLI_PROMPT_NOTHING,     /* an empty line, an end or a failure */
};

/* Shows `question`, reads a line without echo into out (NUL-terminated; the caller wipes it).
 * When a signal asks to stop the terminal is put back and the signal is let through. */
enum cli_prompt cli_prompt_secret(const char *question, char *out, size_t size,
				  size_t *ret_len);

#endif
