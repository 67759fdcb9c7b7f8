/* SPDX-License-Identifier: MIT */
#include "codec/qp.h"

const char sw_hex_upper[17] = "0123456789ABCDEF";

int sw_hex_value(char c)
{
	if (sw_ascii_digit(c))
		return c - '0';
	c = sw_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line of output at a time; without a buffer it only counts. */
struct qp {
	struct sw_buf *out;
	uint64_t size;
	char line[SW_QP_LINE];
	size_t len;
};

static enum sw_err end_line(struct qp *q, struct sw_slice end)
{
	enum sw_err code = SW_OK;

	if (q->out) {
		code = sw_buf_add(q->out, sw_slice(q->line, q->len));
		if (!code)
			code = sw_buf_add(q->out, end);
	}
	q->size += q->len + end.len;
	q->len = 0;
	return code;
}

static bool is_literal(const struct qp *q, struct sw_slice rest)
{
	char c = rest.ptr[0];

	if (c == ' ' || c == '\t')
		return rest.len > 1;
	if (c < '!' || c > '~' || c == '=')
		return false;
	if (q->len == 0 && (c == '.' || sw_slice_starts(rest, SW_S("From "))))
		return false;
	return true;
}

static enum sw_err encode_line(struct qp *q, struct sw_slice line)
{
	for (size_t i = 0; i < line.len;) {
		struct sw_slice rest = sw_slice_from(line, i);
		bool literal = is_literal(q, rest);
		size_t need = literal ? 1 : 3;
		/* The last character may take the place of the soft break. */
		size_t room = rest.len == 1 ? SW_QP_LINE : SW_QP_LINE - 1;

		if (q->len + need > room) {
			enum sw_err code = end_line(q, SW_S("=\r\n"));

			if (code)
				return code;
			continue;	/* at the beginning of a line it may need encoding */
		}
		unsigned char c = (unsigned char)rest.ptr[0];

		if (literal) {
			q->line[q->len++] = rest.ptr[0];
		} else {
			q->line[q->len++] = '=';
			q->line[q->len++] = sw_hex_upper[c >> 4];
			q->line[q->len++] = sw_hex_upper[c & 0xf];
		}
		i++;
	}
	return SW_OK;
}

/* Cuts the next line off *rest; the length of its line end, 0 for the last without one. */
static size_t next_line(struct sw_slice *rest, struct sw_slice *ret_line)
{
	enum { WINDOW = 128 };
	size_t len = 0, end = 0;

	/* In windows, so that a text without one kind of line end is not searched for it from
	 * every line. */
	while (len < rest->len) {
		struct sw_slice window = sw_slice_head(sw_slice_from(*rest, len), WINDOW);
		size_t lf = sw_slice_find(window, '\n');
		size_t cr = sw_slice_find(sw_slice_head(window, lf), '\r');

		len += cr < lf ? cr : lf;
		if (cr < window.len)
			break;
	}
	if (len < rest->len)
		end = sw_slice_starts(sw_slice_from(*rest, len), SW_S("\r\n")) ? 2 : 1;
	*ret_line = sw_slice_head(*rest, len);
	*rest = sw_slice_from(*rest, len + end);
	return end;
}

static enum sw_err encode(struct qp *q, struct sw_slice in)
{
	while (in.len) {
		struct sw_slice line;
		size_t end = next_line(&in, &line);
		enum sw_err code = encode_line(q, line);

		if (!code)
			code = end_line(q, end ? SW_S("\r\n") : SW_S(""));
		if (code)
			return code;
	}
	return SW_OK;
}

enum sw_err sw_qp_encode(struct sw_slice in, struct sw_buf *out)
{
	struct qp q = { .out = out };

	return encode(&q, in);
}

uint64_t sw_qp_size(struct sw_slice in)
{
	struct qp q = { .out = NULL };

	/* Without a buffer nothing can fail. */
	return encode(&q, in) ? 0 : q.size;
}

/* One line without trailing blanks.  False in *ret_hard: it ended in a soft break. */
static char *decode_line(char *to, struct sw_slice line, bool *ret_hard)
{
	*ret_hard = true;
	while (line.len) {
		/* Up to the next escape as it is. */
		size_t plain = sw_slice_find(line, '=');

		memcpy(to, line.ptr, plain);
		to += plain;
		line = sw_slice_from(line, plain);
		if (line.len == 0)
			break;
		if (line.len == 1) {
			*ret_hard = false;
			break;
		}
		int high = sw_hex_value(line.ptr[1]);
		int low = line.len > 2 ? sw_hex_value(line.ptr[2]) : -1;
		bool escape = high >= 0 && low >= 0;

		*to++ = (char)(escape ? (unsigned char)(high << 4 | low) : '=');
		line = sw_slice_from(line, escape ? 3 : 1);
	}
	return to;
}

enum sw_err sw_qp_decode(struct sw_slice in, struct sw_buf *out)
{
	while (in.len) {
		struct sw_slice line;
		const char *start = in.ptr;
		size_t end = next_line(&in, &line);
		struct sw_slice wire_end = sw_slice(start + line.len, end);
		bool hard;

		while (line.len &&
		       (line.ptr[line.len - 1] == ' ' || line.ptr[line.len - 1] == '\t'))
			line.len--;
		if (line.len > out->max || sw_buf_len(out) > out->max - line.len)
			return SW_E_LIMIT;
		char *place = sw_buf_reserve(out, line.len);

		if (!place)
			return SW_E_NOMEM;
		sw_buf_commit(out, (size_t)(decode_line(place, line, &hard) - place));
		enum sw_err code = hard ? sw_buf_add(out, wire_end) : SW_OK;

		if (code)
			return code;
	}
	return SW_OK;
}
