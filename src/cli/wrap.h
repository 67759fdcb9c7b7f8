/* SPDX-License-Identifier: MIT */
/* Lines of text for people: broken at blanks, as wide as the terminal. */
#ifndef CLI_WRAP_H
#define CLI_WRAP_H

#include "cli/out.h"

/* Columns that lines may have: the terminal's, 80 where there is none; 40 to 100, since longer
 * lines are hard to read. */
size_t cli_wrap_width(void);
/* Columns of a printable UTF-8 text. */
size_t cli_wrap_columns(const char *text, size_t len);
/* `text` in lines; the first one begins with `first`, the others with `rest`. */
void cli_wrap(struct cli_out *out, enum cli_color color, const char *first, const char *rest,
	      const char *text);

#endif
