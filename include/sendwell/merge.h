/* SPDX-License-Identifier: MIT */
/* One letter for many people: rows with named fields (CSV, NDJSON), and texts with places for
 *them.
 *
 *	{{name}}	the field; no such field is an error
 *	{{name|friend}}	`friend` when it is empty or missing
 *	{{{name}}}	as it is: in HTML with its tags, among addresses several of them
 *	\{{		two braces
 *
 * Where a text goes decides what a field may do there: in HTML it is escaped, in a header
 *field it holds no line end, among addresses it is one address, or a name that is quoted as it
 *must be. */
#ifndef SENDWELL_MERGE_H
#define SENDWELL_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rows ---- */

struct sw_merge;

/* NULL only without memory. */
SW_EXPORT struct sw_merge *sw_merge_new(void);
SW_EXPORT void sw_merge_free(struct sw_merge *m);
/* A file, or "-" for standard input: CSV as RFC 4180 has it, the first line names the columns,
 * separated by commas, semicolons or tabs; or NDJSON, one object a line. UTF-8. What was open
 * before is closed. */
SW_EXPORT enum sw_err sw_merge_open(struct sw_merge *m, const char *path);
/* The next row; *ret_more is 0 behind the last. SW_E_DATA, SW_E_LIMIT: something is wrong with
 * a row; the next call goes on behind it where that can be found. Others are those of reading.
 */
SW_EXPORT enum sw_err sw_merge_next(struct sw_merge *m, int *ret_more);
/* Of the present row, or the one that is wrong: its first line in the file, from 1. */
SW_EXPORT uint64_t sw_merge_line(const struct sw_merge *m);
/* Fields of the present row, borrowed until the next one; NULL: it has no such field. */
SW_EXPORT size_t sw_merge_count(const struct sw_merge *m);
SW_EXPORT const char *sw_merge_name(const struct sw_merge *m, size_t i);
SW_EXPORT const char *sw_merge_value(const struct sw_merge *m, size_t i);
SW_EXPORT const char *sw_merge_get(const struct sw_merge *m, const char *name);
/* How far the file was read, of 1000; 0 when nobody knows (a pipe). */
SW_EXPORT unsigned sw_merge_permille(const struct sw_merge *m);
/* What the last failed call found wrong: one printable line "FILE:LINE: ..."; "" when none
 * failed. */
SW_EXPORT const char *sw_merge_error_text(const struct sw_merge *m);

/* ---- texts ---- */

struct sw_template;
enum sw_merge_place {
	SW_MERGE_TEXT = 0,
	SW_MERGE_HTML,
	SW_MERGE_LINE,      /* a subject, the value of a header field, a file's name */
	SW_MERGE_ADDRESSES, /* as sw_message_to takes them */
	/* As sw_message_list_uri takes it: a field with which it begins is the URI or its first part,
	 * any other is percent-encoded. */
	SW_MERGE_URI
};

/* NULL: `error` (size bytes with the NUL; NULL not wanted) says what is wrong and where, or
 * "out of memory". */
SW_EXPORT struct sw_template *sw_merge_template(const char *text, size_t len,
						enum sw_merge_place place, char *error,
						size_t size);
SW_EXPORT void sw_merge_template_free(struct sw_template *t);
/* How many places for fields it has. */
SW_EXPORT size_t sw_merge_template_fields(const struct sw_template *t);
/* The text for the present row, NUL-terminated, *ret_len (NULL allowed) bytes: borrowed until
 * the next call for this template. SW_E_DATA: a field is missing or may not stand there;
 * sw_merge_error_text of `m` says it. */
SW_EXPORT enum sw_err sw_merge_fill(struct sw_merge *m, struct sw_template *t,
				    const char **ret, size_t *ret_len);

#ifdef __cplusplus
}
#endif
#endif
