/* SPDX-License-Identifier: MIT */
/* Parameters of structured fields: filename="..." of Content-Disposition, boundary and charset
 * of Content-Type; beyond ASCII or length in the form of RFC 2231. */
#ifndef SW_CODEC_PARAM_H
#define SW_CODEC_PARAM_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/limits.h"

enum { SW_PARAM_NAME = 40 };	/* the longest name that is written */

/* RFC 2045 5.1: a name or a value that needs no quotes. */
bool sw_param_token(struct sw_slice s);
/* Appends `name` with its value, each piece as ";" CRLF SP piece, on lines of at most 78:
 * plain when it is short printable ASCII, otherwise percent-encoded UTF-8, in numbered
 * sections when long (RFC 2231 3, 4).  No character is split between sections.  `name` is a
 * token of at most SW_PARAM_NAME.  SW_E_DATA for invalid UTF-8. */
enum sw_err sw_param_encode(struct sw_slice name, struct sw_slice utf8,
			    struct sw_buf *out) SW_MUST_USE;

struct sw_param {
	struct sw_slice name;	/* lower case, without *N* */
	struct sw_slice value;	/* UTF-8; may hold control bytes that were percent-encoded */
	struct sw_param *next;
};
/* Reads the part of an unfolded field after its first ';'.  Tolerant: sections in any order,
 * values with blanks and without quotes, encoded words inside quotes.  The extended form wins
 * over a plain one of the same name; of equals the first.  SW_E_LIMIT beyond SW_MAX_PARAMS. */
enum sw_err sw_params_parse(struct sw_arena *arena, struct sw_slice in,
			    struct sw_param **ret_first) SW_MUST_USE;
/* The value of a name (lower case), or an empty slice with ptr NULL. */
struct sw_slice sw_params_find(const struct sw_param *first, struct sw_slice name);

#endif
