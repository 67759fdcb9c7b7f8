/* SPDX-License-Identifier: MIT */
/* Reads JSON (RFC 8259) into jansson's values.  Not with jansson's own reader: where that gets
 * no memory for a byte of a text it goes on without the byte, so a text comes out as another
 * one, or an assertion ends the process (jansson 2.14, lex_save and lex_scan_string). */
#ifndef SW_CODEC_JSON_H
#define SW_CODEC_JSON_H

#include <jansson.h>

#include "base/error.h"
#include "base/slice.h"

/* One value and nothing but blanks around it.  Refused as SW_E_DATA: what is no JSON, no
 * UTF-8, U+0000 in a text (jansson's texts end there), a name twice in one object, a number
 * beyond what jansson holds, more than SW_MAX_JSON_DEPTH values in each other. */
enum sw_err sw_json_read(struct sw_slice text, json_t **ret, struct sw_error *err) SW_MUST_USE;

#endif
