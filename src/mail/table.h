/* SPDX-License-Identifier: MIT */
/* Rows with named fields, out of CSV (RFC 4180, also with ';' or tabs) or NDJSON.  Pure: bytes
 * go in as they come, rows come out.
 *
 * Whoever gets a row sends a letter by it, so nothing is guessed: a row that has more or fewer
 * fields than the first line, a quote that stays open, bytes that are no UTF-8 and NUL are
 * errors with their line. */
#ifndef SW_MAIL_TABLE_H
#define SW_MAIL_TABLE_H

#include "base/arena.h"
#include "base/buf.h"

enum sw_table_form {
	SW_TABLE_AUTO = 0, /* NDJSON when the first thing is a '{' */
	SW_TABLE_CSV,
	SW_TABLE_NDJSON,
};

struct sw_table {
	enum sw_table_form form;
	struct sw_buf in;
	size_t at;         /* what of `in` was taken */
	size_t looked;     /* of a row that is not whole: as far as nothing ends it */
	uint64_t line;     /* of what comes next, from 1 */
	bool ended, begun; /* no more bytes come; the first ones were looked at */
	bool broken;       /* where the next row begins is not known */
	char separator;    /* of CSV */
	struct sw_arena names_arena, arena;
	const char **names; /* of CSV: the first line */
	size_t columns;
	/* The row. */
	uint64_t row_line;
	const char **row_names, **values;
	size_t count;
};

void sw_table_init(struct sw_table *t, enum sw_table_form form);
void sw_table_fini(struct sw_table *t);
enum sw_err sw_table_feed(struct sw_table *t, struct sw_slice in,
			  struct sw_error *err) SW_MUST_USE;
void sw_table_end(struct sw_table *t);

enum sw_table_got { SW_TABLE_ROW, SW_TABLE_WANTS_MORE, SW_TABLE_OVER };
/* The next row: row_line, count, row_names and values, borrowed until the next call.  An error
 * (SW_E_DATA, SW_E_LIMIT) is that of the row at row_line; the next call goes on behind it
 * unless the table is `broken`. */
enum sw_err sw_table_next(struct sw_table *t, enum sw_table_got *ret,
			  struct sw_error *err) SW_MUST_USE;
/* NULL: the row has no such field. */
const char *sw_table_get(const struct sw_table *t, struct sw_slice name);

/* table_json.c: one line of NDJSON. */
enum sw_err sw_table_json(struct sw_table *t, struct sw_slice line,
			  struct sw_error *err) SW_MUST_USE;

#endif
