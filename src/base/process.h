/* SPDX-License-Identifier: MIT */
/* The only starter of processes: an argument vector, never a shell.  Used for commands that
 * print a password or a token, or keep one. */
#ifndef SW_BASE_PROCESS_H
#define SW_BASE_PROCESS_H

#include "base/secret.h"

/* Splits a command line into words: blanks separate, '...' and "..." quote, \ takes the next
 * byte literally (inside '...' it does not).  No variables, no globs, no operators.  `words`
 * are freed with sw_words_free. SW_E_USAGE for an open quote or no word. */
enum sw_err sw_words_split(struct sw_slice line, char ***ret_words, size_t *ret_count,
			   struct sw_error *err) SW_MUST_USE;
void sw_words_free(char **words);

/* Runs argv[0] (found by PATH) with standard input from /dev/null, standard output to us,
 * standard error inherited and every other descriptor closed; waits until deadline_us of the
 * monotonic clock, then kills it.  The first line of its output, without line end, is the
 * secret.  A status other than 0 is SW_E_CONFIG with the status and the program's name. */
enum sw_err sw_process_secret(char *const argv[], uint64_t deadline_us, struct sw_secret *ret,
			      struct sw_error *err) SW_MUST_USE;

/* The same for a command that is told something: `input` stands on its standard input, and all
 * that it prints (what goes beyond four times SW_MAX_SECRET is dropped) is in `out`, which is
 * emptied before and becomes a secret buffer: sw_buf_wipe.  A status other than 0 is
 * SW_E_CONFIG. */
enum sw_err sw_process_talk(char *const argv[], struct sw_slice input, uint64_t deadline_us,
			    struct sw_buf *out, struct sw_error *err) SW_MUST_USE;

#endif
