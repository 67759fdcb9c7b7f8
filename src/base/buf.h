/* SPDX-License-Identifier: MIT */
/* Growing bytes with a ceiling that is given at the start (from limits.h).  Bytes are consumed
 * at the front and appended at the end.  The content is always followed by a NUL that is not
 * counted.  An all-zero struct with a `max` set is a valid empty buffer. */
#ifndef SW_BASE_BUF_H
#define SW_BASE_BUF_H

#include <stdarg.h>

#include "base/error.h"
#include "base/slice.h"

/* Invariant: start <= end <= cap; data is NULL or cap + 1 bytes. */
struct sw_buf {
	char *data;
	size_t start;
	size_t end;
	size_t cap;
	size_t max;
	bool full;	/* something was refused because of `max`; until it is cleared */
	bool secret;	/* set by the owner: whatever is left behind is overwritten */
};

void sw_buf_init(struct sw_buf *b, size_t max);
/* Frees; the buffer may be used again (same max). */
void sw_buf_fini(struct sw_buf *b);
/* As fini, but overwrites the bytes first. */
void sw_buf_wipe(struct sw_buf *b);

static inline size_t sw_buf_len(const struct sw_buf *b)
{
	return b->end - b->start;
}

/* Borrowed until the next change of the buffer. */
struct sw_slice sw_buf_slice(const struct sw_buf *b);
/* The content as a string; "" when empty.  Borrowed likewise. */
const char *sw_buf_str(const struct sw_buf *b);

/* All or nothing: SW_E_LIMIT beyond max, SW_E_NOMEM.  What is added must not lie in the buffer. */
enum sw_err sw_buf_add(struct sw_buf *b, struct sw_slice s) SW_MUST_USE;
enum sw_err sw_buf_add_str(struct sw_buf *b, const char *s) SW_MUST_USE;
enum sw_err sw_buf_add_char(struct sw_buf *b, char c) SW_MUST_USE;
enum sw_err sw_buf_printf(struct sw_buf *b, const char *fmt, ...) SW_PRINTF(2, 3) SW_MUST_USE;
enum sw_err sw_buf_vprintf(struct sw_buf *b, const char *fmt, va_list args)
	SW_PRINTF(2, 0) SW_MUST_USE;

/* The report of such a refusal: "what: longer than N bytes" when the ceiling was in the way, else
 * that there was no memory. */
enum sw_err sw_buf_fail(const struct sw_buf *b, const char *what, struct sw_error *err);

/* Room for `len` more bytes, to be written by the caller and then kept with sw_buf_commit.
 * NULL when that would go beyond max, or without memory. */
char *sw_buf_reserve(struct sw_buf *b, size_t len) SW_MUST_USE;
void sw_buf_commit(struct sw_buf *b, size_t len);

/* Drops bytes at the front (at most all). */
void sw_buf_consume(struct sw_buf *b, size_t len);
/* Drops bytes at the end so that `len` are left. */
void sw_buf_truncate(struct sw_buf *b, size_t len);
void sw_buf_clear(struct sw_buf *b);
/* Hands the content over as a string to be freed with sw_free; the buffer is empty after.
 * NULL without memory. */
char *sw_buf_take(struct sw_buf *b) SW_MUST_USE;

#endif
