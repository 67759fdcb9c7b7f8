/* SPDX-License-Identifier: MIT */
#include "knowledge/explain_text.h"

struct cleaner {
	struct sw_slice in;
	size_t pos;
	struct sw_explain_text *out;
};

static void put(struct cleaner *c, char byte, size_t at)
{
	struct sw_explain_text *t = c->out;

	t->at[t->len] = (uint32_t)at;
	t->low[t->len] = sw_ascii_lower(byte);
	t->bytes[t->len++] = byte;
}

static struct sw_slice rest_of(const struct cleaner *c)
{
	return sw_slice_from(c->in, c->pos);
}

/* CRLF, LF, CR are one line end. */
static bool take_line_end(struct cleaner *c)
{
	struct sw_slice s = rest_of(c);

	if (s.ptr[0] != '\r' && s.ptr[0] != '\n')
		return false;
	put(c, '\n', c->pos);
	c->pos += s.ptr[0] == '\r' && s.len > 1 && s.ptr[1] == '\n' ? 2 : 1;
	return true;
}

/* Colours and the like of a terminal (ECMA-48): ESC [ parameters letter. */
static bool take_escape_sequence(struct cleaner *c)
{
	struct sw_slice s = rest_of(c);
	size_t len = 2;

	if (s.len < 2 || s.ptr[0] != '\033' || s.ptr[1] != '[')
		return false;
	while (len < s.len && s.ptr[len] >= 0x20 && s.ptr[len] < 0x40)
		len++;
	c->pos += len < s.len ? len + 1 : len;
	return true;
}

/* Whether a line may begin with it: "\n5.7.8", "\nhttps", "\n'".  DOMAIN\nick must not. */
static bool may_begin_line(struct sw_slice s)
{
	if (s.len == 0)
		return true;
	char b = s.ptr[0];

	return !(b >= 'a' && b <= 'z') || sw_slice_starts(s, SW_S("http"));
}

/* Escapes as Python, JSON and PHP print them. */
static bool take_backslash(struct cleaner *c)
{
	static const struct {
		struct sw_slice escape;
		char byte;
		bool line;
	} rows[] = {
		{ { "\\r\\n", 4 }, '\n', false }, { { "\\n", 2 }, '\n', true },
		{ { "\\t", 2 }, '\t', true },     { { "\\\"", 2 }, '"', false },
		{ { "\\'", 2 }, '\'', false },    { { "\\/", 2 }, '/', false },
	};
	struct sw_slice s = rest_of(c);

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t len = rows[i].escape.len;

		if (!sw_slice_starts(s, rows[i].escape) ||
		    (rows[i].line && !may_begin_line(sw_slice_from(s, len))))
			continue;
		put(c, rows[i].byte, c->pos);
		c->pos += len;
		return true;
	}
	return false;
}

static bool take_entity(struct cleaner *c)
{
	static const struct {
		struct sw_slice entity;
		char byte;
	} rows[] = {
		{ { "&lt;", 4 }, '<' },   { { "&gt;", 4 }, '>' },   { { "&amp;", 5 }, '&' },
		{ { "&quot;", 6 }, '"' }, { { "&#39;", 5 }, '\'' }, { { "&#039;", 6 }, '\'' },
		{ { "&#34;", 5 }, '"' },  { { "&nbsp;", 6 }, ' ' }, { { "&apos;", 6 }, '\'' },
		{ { "&#64;", 5 }, '@' },  { { "&#160;", 6 }, ' ' },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (sw_slice_starts_nocase(rest_of(c), rows[i].entity)) {
			put(c, rows[i].byte, c->pos);
			c->pos += rows[i].entity.len;
			return true;
		}
	return false;
}

static bool is_one_of(struct sw_slice word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (sw_slice_eq_nocase(word, sw_slice_str(list[i])))
			return true;
	return false;
}

/* <br>, </p>, <a href="...">: tags that error pages have.  <user@example> and <** are none. */
static bool take_tag(struct cleaner *c)
{
	static const char *const breaking[] = { "br", "p",   "div", "tr", "li", "ul",   "ol",
						"hr", "pre", "h1",  "h2", "h3", "table" };
	static const char *const inside[] = { "a",      "b",    "i",   "u",    "tt",
					      "td",     "th",   "em",  "span", "img",
					      "strong", "code", "font" };
	struct sw_slice s = rest_of(c);
	size_t from = s.len > 1 && s.ptr[1] == '/' ? 2 : 1, to = from, end;

	while (to < s.len && sw_explain_is_alnum(s.ptr[to]))
		to++;
	end = to + sw_slice_find(sw_slice_from(s, to), '>');
	if (end >= s.len || (s.ptr[to] != '>' && s.ptr[to] != ' ' && s.ptr[to] != '/') ||
	    sw_slice_find(sw_slice_head(s, end), '\n') < end)
		return false;
	struct sw_slice name = sw_slice(s.ptr + from, to - from);
	bool breaks = is_one_of(name, breaking, SW_LEN(breaking));

	if (!breaks && !is_one_of(name, inside, SW_LEN(inside)))
		return false;
	put(c, breaks ? '\n' : ' ', c->pos);
	c->pos += end + 1;
	return true;
}

/* No-break and zero-width blanks, byte order marks: they come with copies from web pages. */
static bool take_blank(struct cleaner *c)
{
	static const struct {
		struct sw_slice bytes;
		char blank; /* 0: nothing */
	} rows[] = {
		{ { "\xc2\xa0", 2 }, ' ' },      { { "\xe2\x80\xaf", 3 }, ' ' },
		{ { "\xe3\x80\x80", 3 }, ' ' },  { { "\xe2\x80\x8b", 3 }, 0 },
		{ { "\xef\xbb\xbf", 3 }, 0 },    { { "\xc2\xad", 2 }, 0 },
		{ { "\xe2\x80\xa8", 3 }, '\n' }, /* U+2028 */
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		if (!sw_slice_starts(rest_of(c), rows[i].bytes))
			continue;
		if (rows[i].blank)
			put(c, rows[i].blank, c->pos);
		c->pos += rows[i].bytes.len;
		return true;
	}
	return false;
}

static void take(struct cleaner *c)
{
	char byte = c->in.ptr[c->pos];
	bool taken = false;

	if (byte == '\r' || byte == '\n')
		taken = take_line_end(c);
	else if (byte == '\033')
		taken = take_escape_sequence(c);
	else if (byte == '\\')
		taken = take_backslash(c);
	else if (byte == '&')
		taken = take_entity(c);
	else if (byte == '<')
		taken = take_tag(c);
	else if ((unsigned char)byte >= 0xc2)
		taken = take_blank(c);
	if (!taken) {
		put(c, byte == '\0' || byte == '\t' ? ' ' : byte, c->pos);
		c->pos++;
	}
}

/* Cyrillic capitals take as many bytes as their small letters: U+0410 to U+042F, U+0401. */
static void lower_cyrillic(struct sw_explain_text *t)
{
	for (size_t i = 0; i + 1 < t->len; i++) {
		unsigned char lead = (unsigned char)t->low[i],
			      next = (unsigned char)t->low[i + 1];

		if (lead != 0xd0 || next < 0x81 || next > 0xaf)
			continue;
		if (next >= 0x90 && next <= 0x9f) {
			t->low[i + 1] = (char)(next + 0x20);
		} else if (next >= 0xa0 || next == 0x81) {
			t->low[i] = (char)0xd1;
			t->low[i + 1] = (char)(next == 0x81 ? 0x91 : next - 0x20);
		}
		i++;
	}
}

enum sw_err sw_explain_clean(struct sw_arena *arena, struct sw_slice input,
			     struct sw_explain_text *ret, struct sw_error *err)
{
	struct sw_explain_text t = {
		.bytes = sw_arena_alloc(arena, input.len + 1),
		.low = sw_arena_alloc(arena, input.len + 1),
		.at = sw_arena_alloc(arena, (input.len + 1) * sizeof(*t.at)),
	};
	struct cleaner c = { .in = input, .out = &t };

	if (!t.bytes || !t.low || !t.at)
		return sw_fail_nomem(err);
	while (c.pos < input.len)
		take(&c);
	t.at[t.len] = (uint32_t)input.len;
	lower_cyrillic(&t);
	*ret = t;
	return SW_OK;
}

bool sw_explain_has_at(const struct sw_explain_text *t, size_t pos, const char *word)
{
	size_t len = strlen(word);

	return pos <= t->len && t->len - pos >= len && memcmp(t->low + pos, word, len) == 0;
}

size_t sw_explain_search(const struct sw_explain_text *t, size_t from, size_t to,
			 const char *word)
{
	if (from >= to)
		return to;
	return from + sw_slice_search(sw_slice(t->low + from, to - from), sw_slice_str(word));
}

bool sw_explain_ends_in(const struct sw_explain_text *t, size_t pos, const char *word)
{
	size_t len = strlen(word);

	while (pos > 0 && strchr(" \t:;=#([{'\"_->,*", t->low[pos - 1]) && t->low[pos - 1])
		pos--;
	if (pos < len || memcmp(t->low + pos - len, word, len) != 0)
		return false;
	return pos == len || !sw_explain_is_word(t->low[pos - len - 1]) ||
	       !sw_explain_is_word(word[0]);
}
