/* SPDX-License-Identifier: MIT */
/* Which known name somebody may have meant: fewest letters inserted, left out, changed or
 * swapped. */
#ifndef CLI_NEAREST_H
#define CLI_NEAREST_H

#include <stddef.h>

enum { CLI_NEAREST_LONGEST = 32 }; /* longer words have no nearest name */

struct cli_nearest {
	char word[CLI_NEAREST_LONGEST + 1]; /* lower case; "" when too long */
	size_t len;
	const char *best;
	size_t distance;
};

struct cli_nearest cli_nearest_start(const char *word, size_t len);
void cli_nearest_try(struct cli_nearest *n, const char *name);
/* NULL when the best one is no nearer than a third of the word. */
const char *cli_nearest_found(const struct cli_nearest *n);

#endif
