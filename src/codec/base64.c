/* SPDX-License-Identifier: MIT */
#include "codec/base64.h"

#include <string.h>

/* Two characters for every 12 bits: half the look-ups of a table of 64, and 8 KiB stay in the
 * first cache. */
/* clang-format off */
#define ROW(c) \
	{ c, 'A' }, { c, 'B' }, { c, 'C' }, { c, 'D' }, { c, 'E' }, { c, 'F' }, { c, 'G' }, \
	{ c, 'H' }, { c, 'I' }, { c, 'J' }, { c, 'K' }, { c, 'L' }, { c, 'M' }, { c, 'N' }, \
	{ c, 'O' }, { c, 'P' }, { c, 'Q' }, { c, 'R' }, { c, 'S' }, { c, 'T' }, { c, 'U' }, \
	{ c, 'V' }, { c, 'W' }, { c, 'X' }, { c, 'Y' }, { c, 'Z' }, { c, 'a' }, { c, 'b' }, \
	{ c, 'c' }, { c, 'd' }, { c, 'e' }, { c, 'f' }, { c, 'g' }, { c, 'h' }, { c, 'i' }, \
	{ c, 'j' }, { c, 'k' }, { c, 'l' }, { c, 'm' }, { c, 'n' }, { c, 'o' }, { c, 'p' }, \
	{ c, 'q' }, { c, 'r' }, { c, 's' }, { c, 't' }, { c, 'u' }, { c, 'v' }, { c, 'w' }, \
	{ c, 'x' }, { c, 'y' }, { c, 'z' }, { c, '0' }, { c, '1' }, { c, '2' }, { c, '3' }, \
	{ c, '4' }, { c, '5' }, { c, '6' }, { c, '7' }, { c, '8' }, { c, '9' }, { c, '+' }, \
	{ c, '/' }
/* clang-format on */
static const char pairs[4096][2] = {
	ROW('A'), ROW('B'), ROW('C'), ROW('D'), ROW('E'), ROW('F'), ROW('G'), ROW('H'),
	ROW('I'), ROW('J'), ROW('K'), ROW('L'), ROW('M'), ROW('N'), ROW('O'), ROW('P'),
	ROW('Q'), ROW('R'), ROW('S'), ROW('T'), ROW('U'), ROW('V'), ROW('W'), ROW('X'),
	ROW('Y'), ROW('Z'), ROW('a'), ROW('b'), ROW('c'), ROW('d'), ROW('e'), ROW('f'),
	ROW('g'), ROW('h'), ROW('i'), ROW('j'), ROW('k'), ROW('l'), ROW('m'), ROW('n'),
	ROW('o'), ROW('p'), ROW('q'), ROW('r'), ROW('s'), ROW('t'), ROW('u'), ROW('v'),
	ROW('w'), ROW('x'), ROW('y'), ROW('z'), ROW('0'), ROW('1'), ROW('2'), ROW('3'),
	ROW('4'), ROW('5'), ROW('6'), ROW('7'), ROW('8'), ROW('9'), ROW('+'), ROW('/'),
};
#undef ROW

/* What a character stands for, with a mark so that zero means none. */
enum { VALID = 0x40 };
static const unsigned char values[256] = {
	['A'] = VALID | 0, ['B'] = VALID | 1, ['C'] = VALID | 2, ['D'] = VALID | 3,
	['E'] = VALID | 4, ['F'] = VALID | 5, ['G'] = VALID | 6, ['H'] = VALID | 7,
	['I'] = VALID | 8, ['J'] = VALID | 9, ['K'] = VALID | 10, ['L'] = VALID | 11,
	['M'] = VALID | 12, ['N'] = VALID | 13, ['O'] = VALID | 14, ['P'] = VALID | 15,
	['Q'] = VALID | 16, ['R'] = VALID | 17, ['S'] = VALID | 18, ['T'] = VALID | 19,
	['U'] = VALID | 20, ['V'] = VALID | 21, ['W'] = VALID | 22, ['X'] = VALID | 23,
	['Y'] = VALID | 24, ['Z'] = VALID | 25, ['a'] = VALID | 26, ['b'] = VALID | 27,
	['c'] = VALID | 28, ['d'] = VALID | 29, ['e'] = VALID | 30, ['f'] = VALID | 31,
	['g'] = VALID | 32, ['h'] = VALID | 33, ['i'] = VALID | 34, ['j'] = VALID | 35,
	['k'] = VALID | 36, ['l'] = VALID | 37, ['m'] = VALID | 38, ['n'] = VALID | 39,
	['o'] = VALID | 40, ['p'] = VALID | 41, ['q'] = VALID | 42, ['r'] = VALID | 43,
	['s'] = VALID | 44, ['t'] = VALID | 45, ['u'] = VALID | 46, ['v'] = VALID | 47,
	['w'] = VALID | 48, ['x'] = VALID | 49, ['y'] = VALID | 50, ['z'] = VALID | 51,
	['0'] = VALID | 52, ['1'] = VALID | 53, ['2'] = VALID | 54, ['3'] = VALID | 55,
	['4'] = VALID | 56, ['5'] = VALID | 57, ['6'] = VALID | 58, ['7'] = VALID | 59,
	['8'] = VALID | 60, ['9'] = VALID | 61, ['+'] = VALID | 62, ['/'] = VALID | 63,
};

size_t sw_base64_size(size_t len)
{
	return (len / 3 + (len % 3 != 0)) * 4;
}

uint64_t sw_base64_lines_size(uint64_t len)
{
	uint64_t last = len % SW_BASE64_LINE_IN;

	return len / SW_BASE64_LINE_IN * SW_BASE64_LINE_WIRE +
	       (last ? sw_base64_size((size_t)last) + 2 : 0);
}

/* Compilers make one load and one byte swap of it. */
static uint64_t load_be64(const unsigned char *p)
{
	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
	       (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
	       (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static char *put_triple(char *out, unsigned a, unsigned b, unsigned c)
{
	memcpy(out, pairs[a << 4 | b >> 4], 2);
	memcpy(out + 2, pairs[(b & 0xf) << 8 | c], 2);
	return out + 4;
}

static char *encode(char *out, const unsigned char *in, size_t len)
{
	/* Eight bytes are loaded and six of them used. */
	for (; len >= 8; len -= 6, in += 6, out += 8) {
		uint64_t w = load_be64(in);

		memcpy(out, pairs[w >> 52], 2);
		memcpy(out + 2, pairs[w >> 40 & 0xfff], 2);
		memcpy(out + 4, pairs[w >> 28 & 0xfff], 2);
		memcpy(out + 6, pairs[w >> 16 & 0xfff], 2);
	}
	for (; len >= 3; len -= 3, in += 3)
		out = put_triple(out, in[0], in[1], in[2]);
	if (len == 0)
		return out;
	out = put_triple(out, in[0], len == 2 ? in[1] : 0, 0);
	out[-1] = '=';
	if (len == 1)
		out[-2] = '=';
	return out;
}

void sw_base64_encode_to(char *out, struct sw_slice in)
{
	encode(out, (const unsigned char *)in.ptr, in.len);
}

enum sw_err sw_base64_encode(struct sw_slice in, struct sw_buf *out)
{
	size_t size = sw_base64_size(in.len);

	if (in.len > SIZE_MAX / 2 || size > out->max || sw_buf_len(out) > out->max - size)
		return SW_E_LIMIT;
	char *place = sw_buf_reserve(out, size);

	if (!place)
		return SW_E_NOMEM;
	sw_base64_encode_to(place, in);
	sw_buf_commit(out, size);
	return SW_OK;
}

size_t sw_base64_lines_to(char *out, struct sw_slice in)
{
	const unsigned char *from = (const unsigned char *)in.ptr;
	char *start = out;

	for (size_t left = in.len; left;) {
		size_t len = left < SW_BASE64_LINE_IN ? left : SW_BASE64_LINE_IN;

		out = encode(out, from, len);
		*out++ = '\r';
		*out++ = '\n';
		from += len;
		left -= len;
	}
	return (size_t)(out - start);
}

static enum sw_err add_lines(struct sw_slice in, struct sw_buf *out)
{
	uint64_t size = sw_base64_lines_size(in.len);

	if (in.len > SIZE_MAX / 2 || size > out->max || sw_buf_len(out) > out->max - size)
		return SW_E_LIMIT;
	char *place = sw_buf_reserve(out, (size_t)size);

	if (!place)
		return SW_E_NOMEM;
	sw_buf_commit(out, sw_base64_lines_to(place, in));
	return SW_OK;
}

enum sw_err sw_base64_lines_add(struct sw_base64_lines *e, struct sw_slice in,
				struct sw_buf *out)
{
	if (e->held_len) {
		size_t take = SW_BASE64_LINE_IN - e->held_len;

		if (take > in.len)
			take = in.len;
		if (take)
			memcpy(e->held + e->held_len, in.ptr, take);
		e->held_len += take;
		in = sw_slice_from(in, take);
		if (e->held_len < SW_BASE64_LINE_IN)
			return SW_OK;
		enum sw_err code = add_lines(sw_slice(e->held, e->held_len), out);

		if (code)
			return code;
		e->held_len = 0;
	}
	size_t whole = in.len - in.len % SW_BASE64_LINE_IN;
	enum sw_err code = add_lines(sw_slice_head(in, whole), out);

	if (code)
		return code;
	e->held_len = in.len - whole;
	if (e->held_len)
		memcpy(e->held, in.ptr + whole, e->held_len);
	return SW_OK;
}

enum sw_err sw_base64_lines_end(struct sw_base64_lines *e, struct sw_buf *out)
{
	enum sw_err code = add_lines(sw_slice(e->held, e->held_len), out);

	if (!code)
		e->held_len = 0;
	return code;
}

static unsigned value(char c)
{
	return values[(unsigned char)c];
}

/* Whole groups of four from the front of `in`, as far as they are clean; returns how many. */
static size_t decode_groups(char *out, struct sw_slice in)
{
	size_t groups = in.len / 4;

	for (size_t i = 0; i < groups; i++, out += 3) {
		const char *p = in.ptr + i * 4;
		unsigned a = value(p[0]), b = value(p[1]), c = value(p[2]), d = value(p[3]);

		if (!(a & b & c & d & VALID))
			return i;
		a &= VALID - 1;
		b &= VALID - 1;
		c &= VALID - 1;
		d &= VALID - 1;
		out[0] = (char)(unsigned char)(a << 2 | b >> 4);
		out[1] = (char)(unsigned char)((b & 0xf) << 4 | c >> 2);
		out[2] = (char)(unsigned char)((c & 0x3) << 6 | d);
	}
	return groups;
}

/* The bytes of a last group of 2 or 3 characters; false when meaningless bits are set. */
static bool decode_rest(char *out, const unsigned char *v, size_t count)
{
	out[0] = (char)(unsigned char)((v[0] & 0x3f) << 2 | (v[1] & 0x3f) >> 4);
	if (count == 2)
		return (v[1] & 0xf) == 0;
	out[1] = (char)(unsigned char)((v[1] & 0xf) << 4 | (v[2] & 0x3f) >> 2);
	return (v[2] & 0x3) == 0;
}

static enum sw_err decode_strict(struct sw_slice in, char *out, size_t *ret_len)
{
	size_t groups = decode_groups(out, in);
	struct sw_slice rest = sw_slice_from(in, groups * 4);
	size_t chars = rest.len;

	*ret_len = groups * 3;
	if (rest.len == 0)
		return SW_OK;
	while (chars && rest.ptr[chars - 1] == '=')
		chars--;
	if (rest.len != 4 || chars < 2)
		return SW_E_DATA;
	unsigned char v[4] = { 0 };

	for (size_t i = 0; i < chars; i++) {
		v[i] = (unsigned char)value(rest.ptr[i]);
		if (!(v[i] & VALID))
			return SW_E_DATA;
	}
	if (chars > 3 || !decode_rest(out + *ret_len, v, chars))
		return SW_E_DATA;
	*ret_len += chars - 1;
	return SW_OK;
}

static size_t decode_lenient(struct sw_slice in, char *out)
{
	unsigned char v[4];
	size_t have = 0, len = 0;

	for (size_t i = 0; i < in.len;) {
		if (have == 0) {
			size_t groups = decode_groups(out + len, sw_slice_from(in, i));

			i += groups * 4;
			len += groups * 3;
			if (i == in.len)
				break;
		}
		char c = in.ptr[i++];
		bool flush = c == '=';

		if (value(c) & VALID) {
			v[have++] = (unsigned char)value(c);
			flush = have == 4;
		}
		if (!flush)
			continue;
		if (have == 4) {
			decode_rest(out + len, v, 3);
			out[len + 2] =
				(char)(unsigned char)((v[2] & 0x3) << 6 | (v[3] & 0x3f));
			len += 3;
		} else if (have >= 2) {
			decode_rest(out + len, v, have);
			len += have - 1;
		}
		have = 0;
	}
	if (have >= 2) {
		decode_rest(out + len, v, have);
		len += have - 1;
	}
	return len;
}

enum sw_err sw_base64_decode(struct sw_slice in, enum sw_base64_mode mode, struct sw_buf *out)
{
	enum sw_err code = SW_OK;
	/* Enough for a last group that is short. */
	size_t size = in.len / 4 * 3 + 3, len = 0;

	/* The estimate may be three bytes more than what comes out; near the limit it is
	 * decoded aside so that a text that fits is not refused. */
	if (size > out->max || sw_buf_len(out) > out->max - size) {
		struct sw_buf aside;

		if (in.len / 4 > out->max / 3 + 1 && mode == SW_BASE64_STRICT)
			return SW_E_LIMIT;
		sw_buf_init(&aside, size);
		code = sw_base64_decode(in, mode, &aside);
		if (!code)
			code = sw_buf_add(out, sw_buf_slice(&aside));
		sw_buf_fini(&aside);
		return code;
	}
	char *place = sw_buf_reserve(out, size);

	if (!place)
		return SW_E_NOMEM;
	if (mode == SW_BASE64_STRICT)
		code = decode_strict(in, place, &len);
	else
		len = decode_lenient(in, place);
	if (!code)
		sw_buf_commit(out, len);
	return code;
}
