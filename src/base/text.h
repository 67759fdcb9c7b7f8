/* SPDX-License-Identifier: MIT */
/* The printer for text from outside: the only way by which bytes of a server, a header, a record
 * or a file reach a terminal, a log, a JSON text or a page. */
#ifndef SW_BASE_TEXT_H
#define SW_BASE_TEXT_H

#include "base/buf.h"

enum sw_text_flags {
	SW_TEXT_LINE = 0,	/* one line: CR, LF and TAB are escaped as well */
	SW_TEXT_KEEP_LF = 1,	/* LF stays (several lines) */
	SW_TEXT_KEEP_TAB = 2,
};

/* Appends `in` with every byte that could act on a terminal or fool a reader written as \xNN:
 * C0, DEL, C1 (U+0080 to U+009F), bidi controls (U+200E, U+200F, U+202A to U+202E, U+2066 to
 * U+2069), line separators U+2028 and U+2029, BOM U+FEFF, invalid UTF-8.  Valid UTF-8 passes.
 * The result is valid UTF-8.  A backslash stays as it is. */
enum sw_err sw_text_escape(struct sw_buf *out, struct sw_slice in, unsigned flags) SW_MUST_USE;
/* Into a fixed array, cut at a character's border, always NUL-terminated; returns the length. */
size_t sw_text_escape_into(char *out, size_t size, struct sw_slice in, unsigned flags);

/* The next code point of s at *pos, which is moved on; -1 for an invalid byte (moved by one).
 * Rejects overlong forms, surrogates, beyond U+10FFFF (RFC 3629).  *pos must be < s.len. */
int32_t sw_utf8_next(struct sw_slice s, size_t *pos);
bool sw_utf8_valid(struct sw_slice s);

#endif
