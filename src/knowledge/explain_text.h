/* SPDX-License-Identifier: MIT */
/* A pasted text made fit for reading: escapes of other programs, HTML, control sequences and
 * kinds of line ends are resolved, and each byte knows where in the input it stood. */
#ifndef SW_KNOWLEDGE_EXPLAIN_TEXT_H
#define SW_KNOWLEDGE_EXPLAIN_TEXT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct sw_explain_text {
	char *bytes;  /* LF line ends, NUL-terminated */
	char *low;    /* the same, ASCII and Cyrillic letters lower case */
	uint32_t *at; /* place in the input of each byte; at[len]: the end */
	size_t len;
};

/* A copy with the offsets; SW_E_NOMEM only. */
enum sw_err sw_explain_clean(struct sw_arena *arena, struct sw_slice input,
			     struct sw_explain_text *ret, struct sw_error *err) SW_MUST_USE;

static inline bool sw_explain_is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
/* Bytes of UTF-8 beyond ASCII count as letters. */
static inline bool sw_explain_is_word(char c)
{
	return sw_explain_is_alnum(c) || (unsigned char)c >= 0x80;
}
/* Whether `low` has `word` (lower case) at `pos`. */
bool sw_explain_has_at(const struct sw_explain_text *t, size_t pos, const char *word);
/* First place of `word` in [from, to), or `to`. */
size_t sw_explain_search(const struct sw_explain_text *t, size_t from, size_t to,
			 const char *word);
/* Whether the bytes before `pos`, but for blanks and punctuation at their end, end in `word`.
 */
bool sw_explain_ends_in(const struct sw_explain_text *t, size_t pos, const char *word);

#endif
