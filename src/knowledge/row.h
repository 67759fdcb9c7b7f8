/* SPDX-License-Identifier: MIT */
/* A row of words (data/README.md, "A pattern") looked for in one text, without an image. */
#ifndef SW_KNOWLEDGE_ROW_H
#define SW_KNOWLEDGE_ROW_H

#include "base/slice.h"

/* NULL when the pattern is well formed, else what is wrong, as a static text. */
const char *sw_row_flaw(struct sw_slice pattern);
/* False too for a pattern with a flaw.  Only the first SW_MAX_ROW_WORDS words are looked at.
 */
bool sw_row_is_in(struct sw_slice pattern, struct sw_slice text);

#endif
