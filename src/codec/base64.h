/* SPDX-License-Identifier: MIT */
/* Base64 (RFC 4648 4), with the lines of 76 characters that MIME asks for (RFC 2045 6.8). */
#ifndef SW_CODEC_BASE64_H
#define SW_CODEC_BASE64_H

#include "base/buf.h"

enum {
	SW_BASE64_LINE_IN = 57,			 /* bytes that fill a line */
	SW_BASE64_LINE_OUT = 76,		 /* its characters, without CRLF */
	SW_BASE64_LINE_WIRE = SW_BASE64_LINE_OUT + 2,
};

/* Characters that `len` bytes become, padding included.  len must be below SIZE_MAX / 2. */
size_t sw_base64_size(size_t len);
/* Writes exactly sw_base64_size(in.len) characters, no NUL. */
void sw_base64_encode_to(char *out, struct sw_slice in);
/* Appends the encoding on one line. */
enum sw_err sw_base64_encode(struct sw_slice in, struct sw_buf *out) SW_MUST_USE;

/* Bytes that `len` bytes become in lines, each with CRLF, the last one too. */
uint64_t sw_base64_lines_size(uint64_t len);
/* Writes `in` as lines, exactly sw_base64_lines_size(in.len) bytes.  Who hands in a long text
 * in pieces makes every piece but the last a multiple of SW_BASE64_LINE_IN. */
size_t sw_base64_lines_to(char *out, struct sw_slice in);

/* Lines from pieces of any size.  All zero is a fresh encoder. */
struct sw_base64_lines {
	char held[SW_BASE64_LINE_IN];
	size_t held_len;	/* always less than a line */
};
enum sw_err sw_base64_lines_add(struct sw_base64_lines *e, struct sw_slice in,
				struct sw_buf *out) SW_MUST_USE;
/* The last, short line; the encoder is fresh again. */
enum sw_err sw_base64_lines_end(struct sw_base64_lines *e, struct sw_buf *out) SW_MUST_USE;

enum sw_base64_mode {
	/* Only the canonical form: right length and padding, no blanks, unused bits zero. */
	SW_BASE64_STRICT,
	/* Bytes outside the alphabet are skipped (RFC 2045 6.8), padding may be missing or
	 * stand between joined encodings, a last lone character is dropped. */
	SW_BASE64_LENIENT,
};
/* Appends the decoded bytes; all or nothing.  SW_E_DATA in strict mode only. */
enum sw_err sw_base64_decode(struct sw_slice in, enum sw_base64_mode mode,
			     struct sw_buf *out) SW_MUST_USE;

#endif
