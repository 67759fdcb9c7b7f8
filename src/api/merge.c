/* SPDX-License-Identifier: MIT */
#include <sendwell/merge.h>

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "mail/table.h"
#include "mail/template.h"

struct sw_merge {
	struct sw_table table;
	int fd; /* -1 none */
	bool borrowed;
	char *name;
	uint64_t size, taken; /* bytes; size 0 unknown */
	struct sw_error error;
	char text[SW_ERROR_TEXT + 512]; /* the error with its place */
};

struct sw_template_of_api {
	struct sw_template t;
	struct sw_buf out;
};

struct sw_merge *sw_merge_new(void)
{
	struct sw_merge *m = sw_calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->fd = -1;
	sw_table_init(&m->table, SW_TABLE_AUTO);
	return m;
}

static void shut(struct sw_merge *m)
{
	if (m->fd >= 0 && !m->borrowed)
		close(m->fd);
	m->fd = -1;
	sw_free(m->name);
	m->name = NULL;
	sw_table_fini(&m->table);
	sw_table_init(&m->table, SW_TABLE_AUTO);
}

void sw_merge_free(struct sw_merge *m)
{
	if (!m)
		return;
	shut(m);
	sw_table_fini(&m->table);
	sw_free(m);
}

/* Texts of the file stand in it: printable, and one line. */
static enum sw_err told(struct sw_merge *m, enum sw_err e, bool of_row)
{
	char where[512] = "", clean[SW_ERROR_TEXT];
	if (!e)
		return e;
	(void)sw_text_escape_into(clean, sizeof(clean), sw_slice_str(m->error.text), 0);
	if (of_row)
		(void)snprintf(where, sizeof(where), "%s:%llu: ", m->name,
			       (unsigned long long)m->table.row_line);
	(void)snprintf(m->text, sizeof(m->text), "%s%s", where, clean);
	return e;
}

enum sw_err sw_merge_open(struct sw_merge *m, const char *path)
{
	char shown[400];
	bool is_stdin = strcmp(path, "-") == 0;
	enum sw_err e = SW_OK;
	shut(m);
	m->text[0] = '\0';
	m->size = m->taken = 0;
	m->borrowed = is_stdin;
	(void)sw_text_escape_into(shown, sizeof(shown), sw_slice_str(path), 0);
	m->name = sw_strdup(is_stdin ? "standard input" : shown);
	if (!m->name)
		return told(m, sw_fail_nomem(&m->error), false);
	if (is_stdin)
		m->fd = STDIN_FILENO;
	else
		e = sw_file_open(path, SW_FILE_INPUT, &m->fd, &m->size, &m->error);
	return told(m, e, false);
}

static enum sw_err read_more(struct sw_merge *m)
{
	char *chunk = sw_malloc(SW_READ_CHUNK);
	ssize_t got;
	if (!chunk)
		return sw_fail_nomem(&m->error);
	do
		got = read(m->fd, chunk, SW_READ_CHUNK);
	while (got < 0 && errno == EINTR);
	enum sw_err e = SW_OK;
	if (got < 0) {
		e = sw_fail_errno(&m->error, SW_E_IO, errno, "%s", m->name);
	} else if (got == 0) {
		sw_table_end(&m->table);
	} else {
		m->taken += (uint64_t)got;
		e = sw_table_feed(&m->table, sw_slice(chunk, (size_t)got), &m->error);
	}
	sw_free(chunk);
	return e;
}

enum sw_err sw_merge_next(struct sw_merge *m, int *ret_more)
{
	enum sw_table_got got = SW_TABLE_WANTS_MORE;
	*ret_more = 0;
	m->text[0] = '\0';
	while (m->fd >= 0) {
		enum sw_err e = sw_table_next(&m->table, &got, &m->error);
		if (e)
			return told(m, e, e != SW_E_NOMEM);
		if (got != SW_TABLE_WANTS_MORE)
			break;
		e = read_more(m);
		if (e)
			return told(m, e, false);
	}
	*ret_more = m->fd >= 0 && got == SW_TABLE_ROW;
	return SW_OK;
}

uint64_t sw_merge_line(const struct sw_merge *m)
{
	return m->table.row_line;
}

size_t sw_merge_count(const struct sw_merge *m)
{
	return m->table.count;
}

const char *sw_merge_name(const struct sw_merge *m, size_t i)
{
	return i < m->table.count ? m->table.row_names[i] : NULL;
}

const char *sw_merge_value(const struct sw_merge *m, size_t i)
{
	return i < m->table.count ? m->table.values[i] : NULL;
}

const char *sw_merge_get(const struct sw_merge *m, const char *name)
{
	return sw_table_get(&m->table, sw_slice_str(name));
}

unsigned sw_merge_permille(const struct sw_merge *m)
{
	uint64_t held = sw_buf_len(&m->table.in) - m->table.at;
	return m->size && m->taken >= held ? (unsigned)((m->taken - held) * 1000 / m->size)
					   : 0;
}

const char *sw_merge_error_text(const struct sw_merge *m)
{
	return m->text;
}

/* ---- texts ---- */

static struct sw_template_of_api *self(const struct sw_template *t)
{
	return (struct sw_template_of_api *)(uintptr_t)t;
}

struct sw_template *sw_merge_template(const char *text, size_t len, enum sw_merge_place place,
				      char *error, size_t size)
{
	static const enum sw_template_place places[] = {
		[SW_MERGE_TEXT] = SW_PLACE_TEXT, [SW_MERGE_HTML] = SW_PLACE_HTML,
		[SW_MERGE_LINE] = SW_PLACE_LINE, [SW_MERGE_ADDRESSES] = SW_PLACE_ADDRESSES,
		[SW_MERGE_URI] = SW_PLACE_URI,
	};
	struct sw_error err = { .code = SW_OK };
	struct sw_template_of_api *t = sw_calloc(1, sizeof(*t));
	enum sw_err e = t ? sw_template_init(&t->t, sw_slice(text, len), places[place], &err)
			  : sw_fail_nomem(&err);
	if (e && error && size)
		(void)snprintf(error, size, "%s", err.text);
	if (e) {
		sw_free(t);
		return NULL;
	}
	sw_buf_init(&t->out, SW_MAX_MERGED);
	return &t->t;
}

void sw_merge_template_free(struct sw_template *t)
{
	if (!t)
		return;
	sw_template_fini(t);
	sw_buf_fini(&self(t)->out);
	sw_free(self(t));
}

size_t sw_merge_template_fields(const struct sw_template *t)
{
	return t->fields;
}

static const char *field(void *arg, struct sw_slice name)
{
	struct sw_merge *m = arg;
	return sw_table_get(&m->table, name);
}

enum sw_err sw_merge_fill(struct sw_merge *m, struct sw_template *t, const char **ret,
			  size_t *ret_len)
{
	struct sw_buf *out = &self(t)->out;
	m->text[0] = '\0';
	sw_buf_clear(out);
	enum sw_err e = sw_template_fill(t, field, m, out, &m->error);
	if (e)
		return told(m, e, e != SW_E_NOMEM);
	*ret = sw_buf_str(out);
	if (ret_len)
		*ret_len = sw_buf_len(out);
	return SW_OK;
}
