/* SPDX-License-Identifier: MIT */
#include "codec/uu.h"

/* A character stands for six bits; both '`' and ' ' are zero. */
static int value_of(char c)
{
	return c >= ' ' && c <= '`' ? (c - ' ') & 0x3f : -1;
}

/* Bytes that a line holds, by its first character; 0 when it is no such line. */
static size_t line_bytes(struct sw_slice line)
{
	int count = line.len ? value_of(line.ptr[0]) : 0;
	/* Four characters for three bytes; blanks at the end may have been lost, and some
	 * writers add a check character. */
	size_t most = ((size_t)(count > 0 ? count : 0) + 2) / 3 * 4 + 2;

	if (count <= 0 || line.len > 1 + most)
		return 0;
	for (size_t i = 1; i < line.len; i++)
		if (value_of(line.ptr[i]) < 0)
			return 0;
	return (size_t)count;
}

static void decode_line(struct sw_slice line, size_t count, char *to)
{
	for (size_t i = 0, at = 1; i < count; at += 4) {
		uint32_t bits = 0;

		for (size_t k = at; k < at + 4; k++)
			bits = bits << 6 |
			       (k < line.len ? (uint32_t)value_of(line.ptr[k]) : 0);
		for (int shift = 16; shift >= 0 && i < count; shift -= 8)
			to[i++] = (char)(unsigned char)(bits >> shift & 0xff);
	}
}

static struct sw_slice cut_line(struct sw_slice *rest)
{
	size_t lf = sw_slice_find(*rest, '\n');
	struct sw_slice line = sw_slice_head(*rest, lf);

	/* Lone CRs are looked for in the line only: all of the text is read once. */
	size_t cr = sw_slice_find(line, '\r');
	size_t taken = lf + 1;

	if (cr + 1 < line.len)
		taken = cr + 1;
	line = sw_slice_head(line, cr);
	*rest = sw_slice_from(*rest, taken);
	return line;
}

enum sw_err sw_uu_decode(struct sw_slice in, struct sw_buf *out)
{
	struct sw_slice rest = in;
	size_t begin = sw_slice_starts(in, SW_S("begin "))
			       ? 0
			       : sw_slice_search(in, SW_S("\nbegin "));

	if (begin < in.len) {
		rest = sw_slice_from(in, begin + (begin > 0));
		cut_line(&rest);
	}
	while (rest.len) {
		struct sw_slice line = cut_line(&rest);
		size_t count = sw_slice_eq(line, SW_S("end")) ? 0 : line_bytes(line);

		if (count == 0)
			break;
		if (count > out->max || sw_buf_len(out) > out->max - count)
			return SW_E_LIMIT;
		char *to = sw_buf_reserve(out, count);

		if (!to)
			return SW_E_NOMEM;
		decode_line(line, count, to);
		sw_buf_commit(out, count);
	}
	return SW_OK;
}
