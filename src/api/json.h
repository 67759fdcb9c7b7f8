/* SPDX-License-Identifier: MIT */
/* What all JSON of the library shares. */
#ifndef SW_API_JSON_H
#define SW_API_JSON_H

#include <jansson.h>

#include "base/slice.h"

/* null for an empty text. */
json_t *sw_json_text(const char *text);
/* Bytes from outside, several lines. */
json_t *sw_json_printable(struct sw_slice raw);
/* One line; takes the object, which may be NULL for want of memory.  Free with sw_free. */
char *sw_json_dump(json_t *object);

#endif
