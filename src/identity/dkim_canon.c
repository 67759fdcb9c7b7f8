/* SPDX-License-Identifier: MIT */
#include "identity/dkim_canon.h"

const char *sw_dkim_canon_name(enum sw_dkim_canon c)
{
	return c == SW_DKIM_RELAXED ? "relaxed" : "simple";
}

/* ---- bodies ---- */

/* Most bytes of a body are the same in the canonical form.  They are looked for 16 at once;
 * only where something may change does the machine below look at each. */
enum { BLOCK = 16 };
typedef uint8_t block __attribute__((vector_size(BLOCK)));

/* Whether a place among these 16 bytes wants a closer look: an empty line may begin, relaxed
 * also: a tab, a blank before a blank or a line end.  `next` are the bytes one further on. */
static bool block_special(const char *at, bool relaxed)
{
	block here, next;
	uint64_t words[2];

	memcpy(&here, at, BLOCK);
	memcpy(&next, at + 1, BLOCK);
	block special = (block)((here == '\n') & ((next == '\r') | (next == '\n')));

	if (relaxed)
		special |= (block)((here == '\t') |
				   ((here == ' ') & ((next == ' ') | (next == '\t') |
						     (next == '\r') | (next == '\n'))));
	memcpy(words, &special, sizeof(words));
	return (words[0] | words[1]) != 0;
}

static bool byte_special(char here, char next, bool relaxed)
{
	if (here == '\n')
		return next == '\r' || next == '\n';
	return relaxed && (here == '\t' || (here == ' ' && (next == ' ' || next == '\t' ||
							    next == '\r' || next == '\n')));
}

/* Bytes at the front that stay as they are.  The last byte is never one: what follows decides.
 */
static size_t plain_run(struct sw_slice in, bool relaxed)
{
	size_t i = 0;

	while (i + BLOCK + 1 <= in.len && !block_special(in.ptr + i, relaxed))
		i += BLOCK;
	while (i + 1 < in.len && !byte_special(in.ptr[i], in.ptr[i + 1], relaxed))
		i++;
	return i > 0 && in.ptr[i - 1] == '\r' ? i - 1 : i;
}

static void flush(struct sw_dkim_body *b)
{
	if (b->held_len)
		b->sink(b->arg, b->held, b->held_len);
	b->held_len = 0;
}

static void give(struct sw_dkim_body *b, const char *bytes, size_t len)
{
	b->any = true;
	if (len > sizeof(b->held) - b->held_len)
		flush(b);
	if (len > sizeof(b->held) / 2) {
		flush(b);
		b->sink(b->arg, bytes, len);
		return;
	}
	memcpy(b->held + b->held_len, bytes, len);
	b->held_len += len;
}

/* What was held back counts after all. */
static void release(struct sw_dkim_body *b)
{
	for (; b->empty_lines > 0; b->empty_lines--)
		give(b, "\r\n", 2);
	if (b->blank)
		give(b, " ", 1);
	b->blank = false;
}

static void content(struct sw_dkim_body *b, char c)
{
	release(b);
	give(b, &c, 1);
	b->line_empty = false;
}

static void line_end(struct sw_dkim_body *b)
{
	b->cr = false;
	b->blank = false;
	if (b->line_empty)
		b->empty_lines++;
	else
		give(b, "\r\n", 2);
	b->line_empty = true;
}

static void one_byte(struct sw_dkim_body *b, char c)
{
	if (b->cr && c == '\n') {
		line_end(b);
		return;
	}
	if (b->cr)
		content(b, '\r');
	b->cr = c == '\r';
	if (b->cr)
		return;
	if (b->canon == SW_DKIM_RELAXED && (c == ' ' || c == '\t'))
		b->blank = true;
	else
		content(b, c);
}

void sw_dkim_body_init(struct sw_dkim_body *b, enum sw_dkim_canon canon, sw_dkim_sink_fn sink,
		       void *arg)
{
	b->canon = canon;
	b->sink = sink;
	b->arg = arg;
	b->empty_lines = 0;
	b->cr = b->blank = b->any = false;
	b->line_empty = true;
	b->held_len = 0;
}

void sw_dkim_body_feed(struct sw_dkim_body *b, struct sw_slice in)
{
	bool relaxed = b->canon == SW_DKIM_RELAXED;

	while (in.len > 0) {
		size_t run = 0;

		if (!b->cr && !b->blank && !(b->line_empty && in.ptr[0] == '\r'))
			run = plain_run(in, relaxed);
		if (run == 0) {
			one_byte(b, in.ptr[0]);
			in = sw_slice_from(in, 1);
			continue;
		}
		release(b);
		give(b, in.ptr, run);
		b->line_empty = run >= 2 && in.ptr[run - 1] == '\n' && in.ptr[run - 2] == '\r';
		in = sw_slice_from(in, run);
	}
}

void sw_dkim_body_end(struct sw_dkim_body *b)
{
	if (b->cr)
		content(b, '\r');
	b->cr = false;
	/* A last line without an end gets one (3.4.3, 3.4.4). */
	if (!b->line_empty)
		line_end(b);
	/* A simple body of nothing is an empty line. */
	if (!b->any && b->canon == SW_DKIM_SIMPLE)
		give(b, "\r\n", 2);
	flush(b);
}

/* ---- header fields ---- */

static bool is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Unfolded, runs of blanks become one, none at the ends (3.4.2).  `blank` tells whether one
 * waits to be written. */
static enum sw_err relax(struct sw_slice value, bool *blank, bool *begun, struct sw_buf *out)
{
	char *to = sw_buf_reserve(out, value.len + 1);
	size_t n = 0;

	if (!to)
		return SW_E_NOMEM;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '\r' && i + 1 < value.len && value.ptr[i + 1] == '\n')
			continue;
		if (c == '\n' && i > 0 && value.ptr[i - 1] == '\r')
			continue;
		if (is_wsp(c)) {
			*blank = *begun;
			continue;
		}
		if (*blank)
			to[n++] = ' ';
		*blank = false;
		*begun = true;
		to[n++] = c;
	}
	sw_buf_commit(out, n);
	return SW_OK;
}

static enum sw_err relax_name(struct sw_slice whole, size_t colon, struct sw_buf *out)
{
	size_t len = colon;

	while (len > 0 && is_wsp(whole.ptr[len - 1]))
		len--;
	char *to = sw_buf_reserve(out, len + 1);

	if (!to)
		return SW_E_NOMEM;
	for (size_t i = 0; i < len; i++)
		to[i] = sw_ascii_lower(whole.ptr[i]);
	to[len] = ':';
	sw_buf_commit(out, len + 1);
	return SW_OK;
}

enum sw_err sw_dkim_canon_field(enum sw_dkim_canon c, struct sw_slice whole,
				struct sw_buf *out)
{
	size_t colon = sw_slice_find(whole, ':');
	bool blank = false, begun = false;

	if (c == SW_DKIM_SIMPLE || colon == whole.len)
		return sw_buf_add(out, whole);
	enum sw_err e = relax_name(whole, colon, out);

	if (!e)
		e = relax(sw_slice_from(whole, colon + 1), &blank, &begun, out);
	return e ? e : sw_buf_add(out, SW_S("\r\n"));
}

enum sw_err sw_dkim_canon_own(enum sw_dkim_canon c, struct sw_slice whole,
			      struct sw_slice b_raw, struct sw_buf *out)
{
	size_t colon = sw_slice_find(whole, ':');
	size_t from = (size_t)(b_raw.ptr - whole.ptr);
	struct sw_slice tail = sw_slice_from(whole, from + b_raw.len);
	bool blank = false, begun = false;
	enum sw_err e;

	if (tail.len >= 2 && tail.ptr[tail.len - 1] == '\n' && tail.ptr[tail.len - 2] == '\r')
		tail.len -= 2;
	if (c == SW_DKIM_SIMPLE) {
		e = sw_buf_add(out, sw_slice_head(whole, from));
		return e ? e : sw_buf_add(out, tail);
	}
	e = relax_name(whole, colon, out);
	if (!e)
		e = relax(sw_slice_from(sw_slice_head(whole, from), colon + 1), &blank, &begun,
			  out);
	return e ? e : relax(tail, &blank, &begun, out);
}
