/* SPDX-License-Identifier: MIT */
#include "dialogue.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

static bool wrong(const struct dialogue_file *f, unsigned line, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", f->path, line, why);
	return false;
}

static int hex(char c)
{
	c = sw_ascii_lower(c);
	return sw_ascii_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 0;
}

/* One escape behind the backslash at s.ptr[*i]; returns the byte and how often it stands. */
static char escaped(struct sw_slice s, size_t *i, size_t *times)
{
	char c = s.ptr[(*i)++];
	uint64_t n;

	*times = 1;
	if (c == 'x' && *i + 2 <= s.len) {
		c = (char)(hex(s.ptr[*i]) * 16 + hex(s.ptr[*i + 1]));
		*i += 2;
	} else if (c == '*') {
		size_t colon = sw_slice_find(sw_slice_from(s, *i), ':');

		if (sw_slice_u64(sw_slice(s.ptr + *i, colon), &n) && *i + colon + 1 < s.len) {
			*times = (size_t)n;
			*i += colon + 1;
			c = s.ptr[(*i)++];
		}
	} else {
		c = c == 'r' ? '\r' : c == 'n' ? '\n' : c == 't' ? '\t' : c == '0' ? '\0' : c;
	}
	return c;
}

char *dialogue_unescape(struct sw_slice s, size_t *ret_len)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_CONFIG };
	bool ok = true;

	for (size_t i = 0; i < s.len;) {
		char c = s.ptr[i++];
		size_t times = 1;

		if (c == '\\' && i < s.len)
			c = escaped(s, &i, &times);
		while (times--)
			ok = ok && !sw_buf_add_char(&out, c);
	}
	char *copy = ok ? malloc(sw_buf_len(&out) + 1) : NULL;

	if (!copy)
		abort();
	*ret_len = sw_buf_len(&out);
	memcpy(copy, sw_buf_str(&out), *ret_len + 1);
	return copy;
}

void dialogue_escape(struct sw_buf *out, struct sw_slice s)
{
	if (sw_text_escape(out, s, SW_TEXT_LINE))
		abort();
}

struct sw_slice dialogue_header(const struct dialogue_file *f, const char *key)
{
	for (size_t i = 0; i < f->headers; i++)
		if (sw_slice_eq(f->keys[i], sw_slice_str(key)))
			return f->values[i];
	return (struct sw_slice){ "", 0 };
}

static struct sw_slice made(struct dialogue_file *f, struct sw_slice text, const char *end,
			    size_t times)
{
	size_t len, end_len = strlen(end);
	char *plain = dialogue_unescape(text, &len);
	char *all = malloc((len + end_len) * times + 1);

	if (!all || f->made_count == MAX_STEPS)
		abort();
	for (size_t i = 0; i < times; i++) {
		memcpy(all + i * (len + end_len), plain, len);
		memcpy(all + i * (len + end_len) + len, end, end_len);
	}
	free(plain);
	f->made[f->made_count++] = all;
	return sw_slice(all, (len + end_len) * times);
}

/* "S: text" and its kin; `feeds`: the line is the other side's. */
static bool wire_line(struct dialogue_file *f, struct step *s, char mark, struct sw_slice text,
		      bool feeds)
{
	uint64_t times = 1;

	s->type = feeds ? STEP_FEED : STEP_SAYS;
	s->kind = 'c';
	if (mark == '*' && feeds) {
		size_t blank = sw_slice_find(text, ' ');

		if (!sw_slice_u64(sw_slice_head(text, blank), &times))
			return wrong(f, s->line, "S* wants a number");
		text = sw_slice_from(text, blank + 1);
		s->text = made(f, text, "\r\n", (size_t)times);
		return true;
	}
	switch (mark) {
	case ':':
		s->text = made(f, text, "\r\n", 1);
		return true;
	case '~':
		s->text = made(f, text, "\n", 1);
		return feeds || wrong(f, s->line, "~ is for the other side");
	case '|':
		s->kind = 'd';
		s->text = made(f, text, "", 1);
		return true;
	case '$':
	case '.':
		s->kind = mark == '$' ? 's' : 'd';
		s->text = made(f, text, "\r\n", 1);
		return !feeds || wrong(f, s->line, "$ and . are for the machine");
	}
	return wrong(f, s->line, "what kind of line is that?");
}

static bool header_line(struct dialogue_file *f, struct sw_slice line, unsigned number)
{
	size_t colon = sw_slice_find(line, ':');

	if (colon == line.len || f->headers == MAX_HEADERS)
		return wrong(f, number, "neither a setting nor a step");
	f->keys[f->headers] = sw_slice_head(line, colon);
	f->values[f->headers++] = sw_slice_trim(sw_slice_from(line, colon + 1));
	return true;
}

static bool case_line(struct dialogue_file *f, struct sw_slice name)
{
	if (f->case_count == SW_LEN(f->cases))
		return false;
	if (f->case_count == 0)
		f->prelude = f->count;
	f->cases[f->case_count].name = name;
	f->cases[f->case_count].from = f->count;
	f->case_count++;
	return true;
}

static struct sw_slice behind(struct sw_slice line, size_t mark)
{
	struct sw_slice text = sw_slice_from(line, mark);

	return text.len && text.ptr[0] == ' ' ? sw_slice_from(text, 1) : text;
}

static bool take_line(struct dialogue_file *f, struct sw_slice line, unsigned number)
{
	struct step *s = &f->steps[f->count];

	if (line.len == 0 || line.ptr[0] == '#')
		return true;
	if (sw_slice_starts(line, SW_S("== ")))
		return case_line(f, behind(line, 2)) || wrong(f, number, "too many cases");
	if (f->count == MAX_STEPS)
		return wrong(f, number, "too many steps");
	*s = (struct step){ .line = number };
	if (sw_slice_starts(line, SW_S("=> "))) {
		s->type = STEP_EVENT;
		s->text = sw_slice_trim(behind(line, 2));
	} else if (line.ptr[0] == '!' || line.ptr[0] == '?') {
		s->type = line.ptr[0] == '!' ? STEP_ACTION : STEP_QUERY;
		s->text = behind(line, 1);
	} else if ((line.ptr[0] == 'S' || line.ptr[0] == 'C') && line.len > 1 &&
		   strchr(":|~*$.", line.ptr[1])) {
		bool feeds = (line.ptr[0] == 'C') == f->server;

		if (!wire_line(f, s, line.ptr[1], behind(line, 2), feeds))
			return false;
	} else {
		return header_line(f, line, number);
	}
	f->count++;
	return true;
}

bool dialogue_read(struct dialogue_file *f, const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf b = { .max = SW_MAX_CONFIG };
	struct sw_error err;
	struct sw_slice rest, line;
	unsigned number = 0;

	*f = (struct dialogue_file){ .path = path, .server = strstr(path, "server/") != NULL };
	if (sw_file_read(path, SW_FILE_INPUT, SW_MAX_CONFIG, &b, &err))
		return wrong(f, 0, err.text);
	f->text = strdup(sw_buf_str(&b));
	if (!f->text)
		abort();
	rest = sw_slice(f->text, sw_buf_len(&b));
	while (sw_slice_split(&rest, '\n', &line))
		if (!take_line(f, line, ++number))
			return false;
	if (f->case_count == 0) {
		f->prelude = 0;
		f->cases[0].name = SW_S("whole");
		f->case_count = 1;
	}
	for (size_t i = 0; i < f->case_count; i++)
		f->cases[i].to = i + 1 < f->case_count ? f->cases[i + 1].from : f->count;
	return f->count > 0 || wrong(f, 0, "no steps");
}

void dialogue_free(struct dialogue_file *f)
{
	for (size_t i = 0; i < f->made_count; i++)
		free(f->made[i]);
	free(f->text);
}
