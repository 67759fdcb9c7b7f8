/* SPDX-License-Identifier: MIT */
/* What may stand in text that ends up in a header line or an address: valid UTF-8 without
 * anything that a reader could take for a control or for the end of a line. */
#ifndef SW_CODEC_UTF8_H
#define SW_CODEC_UTF8_H

#include "base/buf.h"

enum sw_utf8_flaw {
	SW_UTF8_CLEAN = 0,
	SW_UTF8_INVALID, /* not UTF-8 (RFC 3629) */
	/* C0 but TAB, DEL, C1 (U+0085 is a line end to some), U+2028, U+2029 */
	SW_UTF8_CONTROL,
};
/* The first flaw; *ret_offset (NULL allowed) is its byte. */
enum sw_utf8_flaw sw_utf8_scan(struct sw_slice s, size_t *ret_offset);
/* Appends one byte as \xNN. */
enum sw_err sw_utf8_add_escaped(struct sw_buf *out, char byte) SW_MUST_USE;
/* Appends s, each byte that is not part of valid UTF-8 as \xNN. */
enum sw_err sw_utf8_add_lossless(struct sw_buf *out, struct sw_slice s) SW_MUST_USE;

#endif
