/* SPDX-License-Identifier: MIT */
#include "read/mailbox.h"

#include "base/limits.h"
#include "mail/header.h"
#include "mail/mime.h"

static const char mmdf_line[] = "\001\001\001\001";

/* "10:00" or "10:00:00". */
static bool is_time(struct sw_slice word)
{
	return (word.len == 5 || word.len == 8) && sw_ascii_digit(word.ptr[0]) &&
	       sw_ascii_digit(word.ptr[1]) && word.ptr[2] == ':' &&
	       sw_ascii_digit(word.ptr[3]) && sw_ascii_digit(word.ptr[4]);
}

static bool is_year(struct sw_slice word)
{
	uint64_t year;

	return word.len == 4 && sw_slice_u64(word, &year) && year >= 1970;
}

/* "From sender Sat Nov 21 10:00:00 2026", with zones and "remote from" where they like: a time
 * and, behind it, a year. */
static bool is_from_line(struct sw_slice line)
{
	struct sw_slice word;
	bool time = false;

	if (!sw_slice_starts(line, SW_S("From ")) || line.len > SW_MAX_LINE_HARD)
		return false;
	for (struct sw_slice rest = line; sw_slice_split(&rest, ' ', &word);) {
		if (time && is_year(word))
			return true;
		time = time || is_time(word);
	}
	return false;
}

static struct sw_slice first_line(struct sw_slice bytes)
{
	struct sw_slice line = { NULL, 0 };

	sw_mime_line_next(&bytes, &line);
	return line;
}

void sw_mailbox_begin(struct sw_mailbox_file *m, struct sw_slice bytes)
{
	*m = (struct sw_mailbox_file){ .rest = bytes };
	struct sw_slice line;

	/* Some begin with empty lines. */
	while (sw_slice_starts(m->rest, SW_S("\n")) || sw_slice_starts(m->rest, SW_S("\r")))
		m->rest = sw_slice_from(m->rest, 1);
	line = first_line(m->rest);
	m->lone_cr = sw_slice_find(bytes, '\n') == bytes.len;
	if (is_from_line(line))
		m->kind = SW_MAILBOX_MBOX;
	else if (sw_slice_eq(line, sw_slice_str(mmdf_line)))
		m->kind = SW_MAILBOX_MMDF;
	else
		m->rest = bytes;
}

/* The byte behind the last of this message's line ends, when a From line or the end follows.
 */
static bool ends_at(struct sw_slice bytes, size_t at)
{
	enum { MOST_ENDS = 4 };
	size_t end = at;

	if (at > bytes.len)
		return false;
	while (end < bytes.len && end - at < MOST_ENDS &&
	       (bytes.ptr[end] == '\n' || bytes.ptr[end] == '\r'))
		end++;
	bool at_line = at == bytes.len || end > at ||
		       (at > 0 && (bytes.ptr[at - 1] == '\n' || bytes.ptr[at - 1] == '\r'));

	return at_line &&
	       (end == bytes.len || is_from_line(first_line(sw_slice_from(bytes, end))));
}

/* Where the message ends by its own account, or 0. */
static size_t declared_end(struct sw_mailbox_file *m, struct sw_slice message)
{
	struct sw_slice rest = sw_slice_head(message, SW_MAX_HEADER_BLOCK);
	struct sw_field f;
	uint64_t length = 0;
	bool declared = false;

	while (sw_mime_field_next(&rest, &f)) {
		if (sw_slice_eq_nocase(f.name, SW_S("Content-Length")))
			declared = sw_slice_u64(sw_slice_trim(f.value), &length);
		/* The next message: this one has nothing but fields. */
		if (f.name.len == 0 && is_from_line(first_line(f.whole)))
			return 0;
	}
	if (m->more && rest.len == 0 && message.len < SW_MAX_HEADER_BLOCK)
		m->wants_more = true;
	if (!declared || length > SW_MAX_MAIL || m->wants_more)
		return 0;
	/* Behind the empty line. */
	size_t body = (size_t)(rest.ptr - message.ptr);

	if (rest.len && rest.ptr[0] == '\r')
		body++;
	if (body < message.len && message.ptr[body] == '\n')
		body++;
	size_t end = body + (size_t)length;

	/* With the From line behind it. */
	m->wants_more = m->more && end + 2 * (size_t)SW_MAX_LINE_HARD > message.len;
	if (m->wants_more)
		return 0;
	return ends_at(message, end) ? end : 0;
}

/* A From line stands at `at`, and all of it is here. */
static bool begins_at(const struct sw_mailbox_file *m, struct sw_slice bytes, size_t at)
{
	struct sw_slice line = first_line(sw_slice_from(bytes, at));

	return is_from_line(line) && !(m->more && at + line.len == bytes.len);
}

/* The next From line, or the end. */
static size_t next_from(const struct sw_mailbox_file *m, struct sw_slice bytes)
{
	struct sw_slice mark = m->lone_cr ? SW_S("\rFrom ") : SW_S("\nFrom ");

	if (begins_at(m, bytes, 0))
		return 0;
	for (size_t at = 0; at < bytes.len;) {
		at += sw_slice_search(sw_slice_from(bytes, at), mark) + 1;
		if (at < bytes.len && begins_at(m, bytes, at))
			return at;
	}
	return bytes.len;
}

/* Less the empty line that parts two messages. */
static struct sw_slice without_gap(struct sw_slice s)
{
	size_t len = s.len;

	if (len && s.ptr[len - 1] == '\n')
		len--;
	if (len && s.ptr[len - 1] == '\r')
		len--;
	/* One line end stays: it is the last line's. */
	bool empty = len && (s.ptr[len - 1] == '\n' || s.ptr[len - 1] == '\r');

	return empty ? sw_slice_head(s, len) : s;
}

static bool is_quoted(struct sw_slice s)
{
	return sw_slice_search(s, SW_S("\n>From ")) < s.len ||
	       sw_slice_search(s, SW_S("\n>>From ")) < s.len ||
	       sw_slice_starts(s, SW_S(">From "));
}

static void skip_line_ends(struct sw_mailbox_file *m)
{
	while (m->rest.len && (m->rest.ptr[0] == '\n' || m->rest.ptr[0] == '\r'))
		m->rest = sw_slice_from(m->rest, 1);
}

static bool next_mbox(struct sw_mailbox_file *m, struct sw_mailbox_message *ret)
{
	skip_line_ends(m);
	struct sw_slice rest = m->rest;

	m->wants_more = m->more && sw_slice_find(rest, m->lone_cr ? '\r' : '\n') == rest.len;
	if (rest.len == 0 || m->wants_more)
		return false;
	sw_mime_line_next(&rest, &ret->from);
	size_t end = declared_end(m, rest);

	if (m->wants_more)
		return false;
	if (end == 0)
		end = next_from(m, rest);
	m->wants_more = m->more && end == rest.len;
	if (m->wants_more)
		return false;
	ret->message = without_gap(sw_slice_head(rest, end));
	m->rest = sw_slice_from(rest, end);
	skip_line_ends(m);
	return true;
}

/* Where a line with the mark begins, or the end. */
static size_t next_mark(struct sw_slice bytes)
{
	struct sw_slice mark = sw_slice_str(mmdf_line);
	size_t at = 0;

	while (at < bytes.len) {
		at += sw_slice_search(sw_slice_from(bytes, at), mark);
		if (at == 0 || at == bytes.len || bytes.ptr[at - 1] == '\n' ||
		    bytes.ptr[at - 1] == '\r')
			break;
		at++;
	}
	return at;
}

static bool next_mmdf(struct sw_mailbox_file *m, struct sw_mailbox_message *ret)
{
	struct sw_slice rest = m->rest, line;
	struct sw_slice mark = sw_slice_str(mmdf_line);

	/* The lines that close one message and open the next. */
	while (sw_slice_starts(rest, mark))
		if (!sw_mime_line_next(&rest, &line))
			break;
	/* Half a mark at the window's end is no text yet. */
	m->wants_more = m->more && rest.len < 2 * mark.len;
	if (m->wants_more)
		return false;
	m->rest = rest;
	if (rest.len == 0)
		return false;
	size_t end = next_mark(rest);

	m->wants_more = m->more && end == rest.len;
	if (m->wants_more)
		return false;
	ret->message = sw_slice_head(rest, end);
	m->rest = sw_slice_from(rest, end);
	if (is_from_line(first_line(ret->message)))
		sw_mime_line_next(&ret->message, &ret->from);
	return true;
}

bool sw_mailbox_next(struct sw_mailbox_file *m, struct sw_mailbox_message *ret)
{
	bool found = true;

	*ret = (struct sw_mailbox_message){ .from = SW_S("") };
	m->wants_more = m->more && (m->rest.len == 0 || m->kind == SW_MAILBOX_SINGLE);
	if (m->rest.len == 0 || m->wants_more)
		return false;
	if (m->kind == SW_MAILBOX_MBOX) {
		found = next_mbox(m, ret);
	} else if (m->kind == SW_MAILBOX_MMDF) {
		found = next_mmdf(m, ret);
	} else {
		ret->message = m->rest;
		m->rest = sw_slice_from(m->rest, m->rest.len);
	}
	ret->quoted = found && is_quoted(ret->message);
	return found;
}

bool sw_mailbox_skip(struct sw_mailbox_file *m)
{
	struct sw_slice bytes = m->rest;
	char line_end = m->lone_cr ? '\r' : '\n';
	size_t at = bytes.len;

	m->wants_more = false;
	if (m->kind == SW_MAILBOX_MBOX) {
		/* Not the first bytes: they may be any part of a line. */
		size_t first = sw_slice_find(bytes, line_end);
		struct sw_slice behind = sw_slice_from(bytes, first);

		at = first + next_from(m, behind);
	} else if (m->kind == SW_MAILBOX_MMDF) {
		at = next_mark(bytes);
	}
	if (at < bytes.len) {
		m->rest = sw_slice_from(bytes, at);
		return true;
	}
	m->wants_more = m->more && m->kind != SW_MAILBOX_SINGLE;
	/* A From line or a mark may have begun, with the line end before it. */
	size_t keep = bytes.len;

	while (m->wants_more && keep > 0 && bytes.len - keep < SW_MAX_LINE_HARD + 2) {
		keep--;
		if (bytes.ptr[keep] == line_end)
			break;
	}
	m->rest = sw_slice_from(bytes, keep);
	return false;
}

/* ">From ", ">>From " ... */
static bool is_quoted_line(struct sw_slice line)
{
	size_t marks = 0;

	while (marks < line.len && line.ptr[marks] == '>')
		marks++;
	return marks && sw_slice_starts(sw_slice_from(line, marks), SW_S("From "));
}

enum sw_err sw_mailbox_unquote(struct sw_slice message, struct sw_buf *out)
{
	enum sw_err code = SW_OK;
	struct sw_slice line;

	for (struct sw_slice rest = message; !code && rest.len;) {
		size_t before = rest.len;
		const char *start = rest.ptr;

		sw_mime_line_next(&rest, &line);
		size_t skip = is_quoted_line(line);

		code = sw_buf_add(out, sw_slice(start + skip, before - rest.len - skip));
	}
	return code;
}
