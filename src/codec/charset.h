/* SPDX-License-Identifier: MIT */
/* Text of other character sets to UTF-8, through iconv.  Only charsets of a list are handed to
 * it: names come from messages, and a C library's converters are a large and old surface. */
#ifndef SW_CODEC_CHARSET_H
#define SW_CODEC_CHARSET_H

#include "base/buf.h"

enum { SW_CHARSET_NAME = 40 };	/* the longest name that is looked at */

enum { SW_CHARSET_GUESS = 16 * 1024 }; /* bytes that a guess looks at */

/* Any case, common aliases. */
bool sw_charset_known(struct sw_slice name);
/* Appends `in` as UTF-8.  Bytes that mean nothing in the charset, and all above 0x7f when the
 * charset is not known, become \xNN.  SW_E_LIMIT beyond the buffer's ceiling, SW_E_NOMEM;
 * `out` may then hold a part. */
enum sw_err sw_charset_to_utf8(struct sw_slice charset, struct sw_slice in,
			       struct sw_buf *out) SW_MUST_USE;
/* The same for text that must be right: SW_E_DATA for bytes that mean nothing in the charset
 * (*ret_offset says where) and when the charset is not known. */
enum sw_err sw_charset_to_utf8_strict(struct sw_slice charset, struct sw_slice in, struct sw_buf *out,
				      size_t *ret_offset) SW_MUST_USE;

/* The likeliest charset of bytes that nobody named one for, or the wrong one: UTF-8 when they
 * are that, ISO 2022 by its escapes, else by how the bytes above 0x7f are spread.  A name that
 * is known here. */
struct sw_slice sw_charset_guess(struct sw_slice in);

#endif
