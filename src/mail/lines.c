/* SPDX-License-Identifier: MIT */
#include "mail/lines.h"

/* Eight bytes at a time: every byte of every message passes here. */
static bool has_8bit(struct sw_slice s)
{
	uint64_t all = 0, eight;
	size_t i = 0;

	for (; s.len - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s.ptr + i, sizeof(eight));
		all |= eight;
	}
	return (all & UINT64_C(0x8080808080808080)) || sw_slice_has_8bit(sw_slice_from(s, i));
}

/* Appends a run without line ends. */
static enum sw_err add_run(struct sw_lines *l, struct sw_slice run, struct sw_buf *out)
{
	enum sw_err code = sw_buf_add(out, run);

	if (code)
		return code;
	l->column += run.len;
	l->out += run.len;
	if (l->column > l->longest)
		l->longest = l->column;
	return SW_OK;
}

static enum sw_err add_end(struct sw_lines *l, struct sw_buf *out)
{
	enum sw_err code = sw_buf_add(out, SW_S("\r\n"));

	if (code)
		return code;
	l->column = 0;
	l->out += 2;
	return SW_OK;
}

/* One line of `in`: what stands before the LF, or all of it.  Lone CRs in it end lines too. */
static enum sw_err add_line(struct sw_lines *l, struct sw_slice line, struct sw_buf *out)
{
	while (line.len) {
		size_t cr = sw_slice_find(line, '\r');
		enum sw_err code = add_run(l, sw_slice_head(line, cr), out);

		if (!code && cr < line.len) {
			code = add_end(l, out);
			/* Whether LF follows is seen with the next byte. */
			l->after_cr = true;
			l->bare_cr++;
		} else {
			l->after_cr = false;
		}
		if (code)
			return code;
		line = sw_slice_from(line, cr + 1);
	}
	return SW_OK;
}

/* How much of `in` has the normal form already, in whole lines: in most mail all. */
static size_t take_normal(struct sw_lines *l, struct sw_slice in)
{
	size_t at = 0;

	while (at < in.len) {
		struct sw_slice rest = sw_slice_from(in, at);
		size_t lf = sw_slice_find(rest, '\n');
		/* The line's first CR is that before its LF. */
		bool good = lf > 0 && lf < rest.len && rest.ptr[lf - 1] == '\r' &&
			    sw_slice_find(sw_slice_head(rest, lf), '\r') == lf - 1;

		if (!good)
			break;
		l->column += lf - 1;
		if (l->column > l->longest)
			l->longest = l->column;
		l->column = 0;
		at += lf + 1;
	}
	return at;
}

static enum sw_err add_normal(struct sw_lines *l, struct sw_slice *rest, struct sw_buf *out)
{
	/* A CR at the end of the last piece waits for its LF. */
	size_t len = l->after_cr ? 0 : take_normal(l, *rest);
	enum sw_err code = len ? sw_buf_add(out, sw_slice_head(*rest, len)) : SW_OK;

	l->out += code ? 0 : len;
	*rest = sw_slice_from(*rest, len);
	return code;
}

enum sw_err sw_lines_add(struct sw_lines *l, struct sw_slice in, struct sw_buf *out,
			 size_t *ret_nul)
{
	size_t nul = sw_slice_find(in, '\0');
	struct sw_slice rest = in;

	if (nul < in.len) {
		if (ret_nul)
			*ret_nul = nul;
		return SW_E_DATA;
	}
	/* One growth for most texts. */
	size_t room = out->max - sw_buf_len(out), want = in.len + in.len / 16 + 2;

	if (!sw_buf_reserve(out, want < room ? want : room))
		return SW_E_NOMEM;
	if (!l->has_8bit)
		l->has_8bit = has_8bit(in);
	while (rest.len) {
		enum sw_err code = add_normal(l, &rest, out);
		size_t lf = sw_slice_find(rest, '\n');

		if (!code && !rest.len)
			break;
		if (!code)
			code = add_line(l, sw_slice_head(rest, lf), out);
		if (!code && lf < rest.len) {
			if (l->after_cr) {
				l->bare_cr--;
			} else {
				code = add_end(l, out);
				l->bare_lf++;
			}
			l->after_cr = false;
		}
		if (code)
			return code;
		rest = sw_slice_from(rest, lf + 1);
	}
	l->in += in.len;
	return SW_OK;
}

enum sw_err sw_lines_end(struct sw_lines *l, struct sw_buf *out)
{
	l->after_cr = false;
	return l->column ? add_end(l, out) : SW_OK;
}

uint64_t sw_lines_longest(struct sw_slice text)
{
	uint64_t longest = 0;

	while (text.len) {
		size_t lf = sw_slice_find(text, '\n');
		/* Without the CR before it. */
		size_t len = lf && lf < text.len ? lf - 1 : lf;

		if (len > longest)
			longest = len;
		text = sw_slice_from(text, lf + 1);
	}
	return longest;
}
