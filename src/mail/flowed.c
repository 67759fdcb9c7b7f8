/* SPDX-License-Identifier: MIT */
#include "mail/flowed.h"

#include "base/text.h"

static const struct sw_slice signature = { "-- ", 3 };

/* What follows marks gets a blank always, so that its own first one survives. */
static bool wants_blank(size_t depth, struct sw_slice text)
{
	return text.len && (depth || text.ptr[0] == ' ' || text.ptr[0] == '>' ||
			    sw_slice_starts(text, SW_S("From ")));
}

/* A line of the output: the marks of its depth, a blank where one is wanted, text. */
static enum sw_err put(struct sw_buf *out, size_t depth, struct sw_slice text)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < depth && !code; i++)
		code = sw_buf_add_char(out, '>');
	if (!code && wants_blank(depth, text))
		code = sw_buf_add_char(out, ' ');
	if (!code)
		code = sw_buf_add(out, text);
	return code ? code : sw_buf_add_str(out, "\r\n");
}

/* How many bytes of `text` the next line takes, its last blank included: as many words as fit
 * into `room` characters, or one that is longer. All of it when it cannot be broken. */
static size_t piece(struct sw_slice text, size_t room)
{
	size_t best = text.len, columns = 0;

	for (size_t pos = 0; pos < text.len;) {
		bool blank = text.ptr[pos] == ' ';

		(void)sw_utf8_next(text, &pos);
		columns++;
		/* Behind the last blank of several: no line then begins with one. */
		if (!blank || pos == text.len || text.ptr[pos] == ' ')
			continue;
		/* A line of this alone would be taken for the signature's. */
		if (sw_slice_eq(sw_slice_head(text, pos), signature))
			continue;
		if (columns > room && best < text.len)
			break;
		best = pos;
		if (columns > room)
			break;
	}
	return columns <= room ? text.len : best;
}

static size_t characters(struct sw_slice text)
{
	size_t count = 0;

	for (size_t pos = 0; pos < text.len; count++)
		(void)sw_utf8_next(text, &pos);
	return count;
}

static struct sw_slice without_blanks(struct sw_slice line)
{
	while (line.len && line.ptr[line.len - 1] == ' ')
		line.len--;
	return line;
}

static enum sw_err add_line(struct sw_slice line, struct sw_buf *out)
{
	size_t depth = 0;

	while (depth < line.len && line.ptr[depth] == '>')
		depth++;
	struct sw_slice text = sw_slice_from(line, depth);

	if (depth && text.len && text.ptr[0] == ' ')
		text = sw_slice_from(text, 1);
	if (!sw_slice_eq(text, signature))
		text = without_blanks(text);
	if (depth > SW_FLOWED_DEPTH || depth + wants_blank(depth, text) + characters(text) <= SW_FLOWED_KEEP)
		return put(out, depth, text);
	enum sw_err code = SW_OK;

	while (text.len && !code) {
		size_t len = piece(text, SW_FLOWED_WIDTH - depth - 1);

		code = put(out, depth, sw_slice_head(text, len));
		text = sw_slice_from(text, len);
	}
	return code;
}

enum sw_err sw_flowed_add(struct sw_slice text, struct sw_buf *out)
{
	enum sw_err code = SW_OK;

	while (text.len && !code) {
		size_t end = sw_slice_search(text, SW_S("\r\n"));

		code = add_line(sw_slice_head(text, end), out);
		text = sw_slice_from(text, end + 2);
	}
	return code;
}
