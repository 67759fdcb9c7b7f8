/* SPDX-License-Identifier: MIT */
/* A text with places for fields: {{name}}, {{name|what stands there when it is empty}},
 * {{{name}}} as it is, \{{ for two braces.  Where the text goes decides what a value may do:
 * it can never add a header field, a recipient or a tag. */
#ifndef SW_MAIL_TEMPLATE_H
#define SW_MAIL_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"

enum sw_template_place {
	SW_PLACE_TEXT = 0, /* anything */
	SW_PLACE_HTML,     /* & < > " ' are written as entities, but for {{{name}}} */
	SW_PLACE_LINE,     /* no line end, no other control character */
	/* As a line; behind the beginning a field is a part of the URI, and all of it that
	 * could be read as another part is percent-encoded (RFC 3986 2), but for {{{name}}}.
	 */
	SW_PLACE_URI,
	SW_PLACE_ADDRESSES, /* one address or name each: as a part of one, see template.c */
};

struct sw_template_piece;
struct sw_template {
	enum sw_template_place place;
	struct sw_arena arena;
	struct sw_template_piece *pieces;
	size_t count, fields;
};

/* SW_E_DATA names line and column of a place that is not well formed. */
enum sw_err sw_template_init(struct sw_template *t, struct sw_slice text,
			     enum sw_template_place place, struct sw_error *err) SW_MUST_USE;
void sw_template_fini(struct sw_template *t);
/* The value of a field; NULL: there is none. */
typedef const char *(*sw_template_fn)(void *arg, struct sw_slice name);
/* Appends the text with its fields. SW_E_DATA: a field that is missing, or that may not stand
 * there. */
enum sw_err sw_template_fill(const struct sw_template *t, sw_template_fn get, void *arg,
			     struct sw_buf *out, struct sw_error *err) SW_MUST_USE;

#endif
