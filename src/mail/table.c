/* SPDX-License-Identifier: MIT */
#include "mail/table.h"

#include "base/mem.h"
#include "base/text.h"

void sw_table_init(struct sw_table *t, enum sw_table_form form)
{
	*t = (struct sw_table){ .form = form, .line = 1, .row_line = 1 };
	sw_buf_init(&t->in, SW_MAX_MERGE_ROW + SW_READ_CHUNK);
	sw_arena_init(&t->names_arena);
	sw_arena_init(&t->arena);
}

void sw_table_fini(struct sw_table *t)
{
	sw_buf_fini(&t->in);
	sw_arena_fini(&t->names_arena);
	sw_arena_fini(&t->arena);
}

enum sw_err sw_table_feed(struct sw_table *t, struct sw_slice in, struct sw_error *err)
{
	sw_buf_consume(&t->in, t->at);
	t->at = 0;
	return sw_buf_add(&t->in, in) ? sw_fail_nomem(err) : SW_OK;
}

void sw_table_end(struct sw_table *t)
{
	t->ended = true;
}

static struct sw_slice rest(const struct sw_table *t)
{
	return sw_slice_from(sw_buf_slice(&t->in), t->at);
}

static uint64_t lines_in(struct sw_slice s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s.len; i++)
		n += s.ptr[i] == '\n';
	return n;
}

/* The end of the row at the start of s, with its line end; 0: not there yet. A quote opens a
 * field only where one begins: that is how such files are written. */
static size_t row_end(struct sw_table *t, struct sw_slice s, bool *ret_open)
{
	enum { FRESH, PLAIN, QUOTED, CLOSED } in = FRESH;
	*ret_open = false;
	if (t->form == SW_TABLE_NDJSON) {
		size_t from = t->looked < s.len ? t->looked : s.len;
		size_t lf = from + sw_slice_find(sw_slice_from(s, from), '\n');
		return lf < s.len ? lf + 1 : 0;
	}
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		if (in == QUOTED)
			in = c == '"' ? CLOSED : QUOTED;
		else if (c == '\n')
			return i + 1;
		else if (c == '"' && in != PLAIN)
			in = QUOTED; /* of CLOSED: the second of a pair */
		else
			in = c == t->separator ? FRESH : PLAIN;
	}
	*ret_open = in == QUOTED;
	return 0;
}

static struct sw_slice without_end(struct sw_slice row)
{
	if (row.len && row.ptr[row.len - 1] == '\n')
		row.len--;
	if (row.len && row.ptr[row.len - 1] == '\r')
		row.len--;
	return row;
}

static enum sw_err check_bytes(struct sw_slice row, struct sw_error *err)
{
	if (sw_slice_find(row, '\0') < row.len)
		return sw_fail(err, SW_E_DATA,
			       "a NUL byte; expected UTF-8 text (iconv converts UTF-16)");
	if (!sw_utf8_valid(row))
		return sw_fail(err, SW_E_DATA,
			       "bytes that are no UTF-8; iconv converts the file");
	return SW_OK;
}

/* One field at the start of *s, which moves behind it and its separator; into *to, which does
 * too. */
static enum sw_err take_field(struct sw_table *t, struct sw_slice *s, char **to,
			      bool *ret_last, struct sw_error *err)
{
	size_t n = 0, i = 0;
	bool quoted = s->len && s->ptr[0] == '"';
	char *text = *to;
	for (i = quoted ? 1 : 0; i < s->len; i++) {
		if (quoted && s->ptr[i] == '"' && (i + 1 == s->len || s->ptr[i + 1] != '"'))
			break;
		if (quoted && s->ptr[i] == '"')
			i++;
		else if (!quoted && s->ptr[i] == t->separator)
			break;
		text[n++] = s->ptr[i];
	}
	text[n] = '\0';
	if (quoted && i >= s->len)
		return sw_fail(err, SW_E_DATA, "a quote that opens a field is never closed");
	i += quoted ? 1 : 0;
	if (i < s->len && s->ptr[i] != t->separator)
		return sw_fail(
			err, SW_E_DATA,
			"text behind the closing quote of a field; a quote inside one is "
			"written twice");
	*ret_last = i >= s->len;
	*s = sw_slice_from(*s, i + 1);
	*to = text + n + 1;
	return SW_OK;
}

/* All fields of a row; the arena holds them and the list. */
static enum sw_err take_fields(struct sw_table *t, struct sw_arena *arena, struct sw_slice row,
			       const char ***ret, size_t *ret_count, struct sw_error *err)
{
	size_t most = 1, count = 0;
	bool last = false;
	for (size_t i = 0; i < row.len; i++)
		most += row.ptr[i] == t->separator;
	most = most < SW_MAX_MERGE_COLUMNS ? most : SW_MAX_MERGE_COLUMNS;
	const char **list = sw_arena_alloc(arena, most * sizeof(*list));
	/* A field's NUL takes the room of its separator. */
	char *to = sw_arena_alloc(arena, row.len + 2);
	if (!list || !to)
		return sw_fail_nomem(err);
	while (!last) {
		if (count == most)
			return sw_fail(err, SW_E_LIMIT, "more than %d fields",
				       (int)SW_MAX_MERGE_COLUMNS);
		list[count++] = to;
		enum sw_err e = take_field(t, &row, &to, &last, err);
		if (e)
			return e;
	}
	*ret = list;
	*ret_count = count;
	return SW_OK;
}

/* Whatever stands most often in the first line. */
static char separator_of(struct sw_slice line)
{
	static const char all[] = { ',', ';', '\t' };
	size_t best = 0, n[sizeof(all)] = { 0 };
	bool quoted = false;
	for (size_t i = 0; i < line.len; i++) {
		quoted ^= line.ptr[i] == '"';
		for (size_t k = 0; !quoted && k < sizeof(all); k++)
			n[k] += line.ptr[i] == all[k];
	}
	for (size_t k = 1; k < sizeof(all); k++)
		best = n[k] > n[best] ? k : best;
	return all[best];
}

static enum sw_err take_names(struct sw_table *t, struct sw_slice row, struct sw_error *err)
{
	t->separator = separator_of(row);
	enum sw_err e = take_fields(t, &t->names_arena, row, &t->names, &t->columns, err);
	for (size_t i = 0; !e && i < t->columns; i++) {
		struct sw_slice name = sw_slice_trim(sw_slice_str(t->names[i]));
		struct sw_slice copy = sw_arena_copy(&t->names_arena, name);
		if (!copy.ptr)
			return sw_fail_nomem(err);
		t->names[i] = copy.ptr;
		if (name.len == 0)
			e = sw_fail(err, SW_E_DATA, "column %zu has no name", i + 1);
		for (size_t k = 0; !e && k < i; k++)
			if (sw_slice_eq(sw_slice_str(t->names[k]), name))
				e = sw_fail(err, SW_E_DATA, "two columns are called '%s'",
					    t->names[i]);
	}
	t->broken = e != SW_OK;
	return e;
}

static enum sw_err take_row(struct sw_table *t, struct sw_slice row, struct sw_error *err)
{
	enum sw_err e = take_fields(t, &t->arena, row, &t->values, &t->count, err);
	if (!e && t->count != t->columns)
		e = sw_fail(err, SW_E_DATA,
			    "%zu field%s, but the first line names %zu column%s", t->count,
			    t->count == 1 ? "" : "s", t->columns, t->columns == 1 ? "" : "s");
	t->row_names = t->names;
	return e;
}

/* The byte order mark that Windows programs write; which of the forms it is. */
static bool look(struct sw_table *t)
{
	struct sw_slice s = rest(t);
	if (t->begun || (s.len < 3 && !t->ended))
		return t->begun;
	size_t mark = sw_slice_starts(s, SW_S("\xef\xbb\xbf")) ? 3 : 0, i = mark;
	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\n' || s.ptr[i] == '\r'))
		i++;
	/* Nothing that tells yet. */
	if (i == s.len && !t->ended && s.len <= SW_MAX_MERGE_ROW)
		return false;
	t->at += mark;
	if (t->form == SW_TABLE_AUTO)
		t->form = i < s.len && s.ptr[i] == '{' ? SW_TABLE_NDJSON : SW_TABLE_CSV;
	t->begun = true;
	if (t->form == SW_TABLE_CSV)
		t->separator = ',';
	return true;
}

static enum sw_err too_long(struct sw_table *t, struct sw_error *err)
{
	t->broken = true;
	return sw_fail(err, SW_E_LIMIT, "a row of more than %d bytes", (int)SW_MAX_MERGE_ROW);
}

/* The next row's bytes; false: more are needed, or none are left, or *ret_err. */
static bool take_line(struct sw_table *t, struct sw_slice *ret, enum sw_err *ret_err,
		      struct sw_error *err)
{
	struct sw_slice s = rest(t);
	bool open;
	size_t len = row_end(t, s, &open);
	t->row_line = t->line;
	*ret_err = SW_OK;
	if (!len && s.len > SW_MAX_MERGE_ROW) {
		*ret_err = too_long(t, err);
		return false;
	}
	t->looked = len ? 0 : s.len;
	if (!len && (!t->ended || s.len == 0))
		return false;
	if (!len && open) {
		t->broken = true;
		*ret_err = sw_fail(err, SW_E_DATA,
				   "a quote that opens a field here is never closed");
		return false;
	}
	if (!len)
		len = s.len;
	*ret = sw_slice_head(s, len);
	t->at += len;
	t->line += lines_in(*ret);
	if (len > SW_MAX_MERGE_ROW)
		*ret_err = sw_fail(err, SW_E_LIMIT, "a row of more than %d bytes",
				   (int)SW_MAX_MERGE_ROW);
	return !*ret_err;
}

static enum sw_err read_line(struct sw_table *t, struct sw_slice row, bool *ret_is_row,
			     struct sw_error *err)
{
	enum sw_err e = check_bytes(row, err);
	*ret_is_row = true;
	if (e) {
		t->broken = t->broken || (t->form == SW_TABLE_CSV && !t->names);
		return e;
	}
	if (t->form == SW_TABLE_NDJSON)
		return sw_table_json(t, row, err);
	if (t->names)
		return take_row(t, row, err);
	*ret_is_row = false;
	return take_names(t, row, err);
}

enum sw_err sw_table_next(struct sw_table *t, enum sw_table_got *ret, struct sw_error *err)
{
	struct sw_slice row;
	enum sw_err e = SW_OK;
	*ret = SW_TABLE_OVER;
	t->count = 0;
	if (t->broken)
		return SW_OK;
	if (!look(t)) {
		*ret = t->ended ? SW_TABLE_OVER : SW_TABLE_WANTS_MORE;
		return SW_OK;
	}
	while (take_line(t, &row, &e, err)) {
		bool is_row;
		row = without_end(row);
		if (sw_slice_trim(row).len == 0)
			continue;
		sw_arena_reset(&t->arena);
		e = read_line(t, row, &is_row, err);
		if (e || is_row) {
			*ret = SW_TABLE_ROW;
			return e;
		}
	}
	if (!e && !t->ended)
		*ret = SW_TABLE_WANTS_MORE;
	return e;
}

const char *sw_table_get(const struct sw_table *t, struct sw_slice name)
{
	for (size_t i = 0; i < t->count; i++)
		if (sw_slice_eq(sw_slice_str(t->row_names[i]), name))
			return t->values[i];
	return NULL;
}
