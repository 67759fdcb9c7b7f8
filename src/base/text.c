/* SPDX-License-Identifier: MIT */
#include "base/text.h"

/* The longest escape: four bytes as \xNN each. */
enum { PIECE = 16 };

/* RFC 3629 4: what may follow a first byte depends on it; this keeps out overlong forms (E0,
 * F0), surrogates (ED) and what is beyond U+10FFFF (F4). */
static const struct {
	unsigned char first_low, first_high;
	unsigned char second_low, second_high;
	unsigned char more;	/* continuation bytes in all */
	unsigned char mask;	/* payload of the first byte */
} utf8_forms[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 1, 0x1f },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 2, 0x0f },
	{ 0xe1, 0xec, 0x80, 0xbf, 2, 0x0f },
	{ 0xed, 0xed, 0x80, 0x9f, 2, 0x0f },
	{ 0xee, 0xef, 0x80, 0xbf, 2, 0x0f },
	{ 0xf0, 0xf0, 0x90, 0xbf, 3, 0x07 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 3, 0x07 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 3, 0x07 },
};

static int32_t multibyte(struct sw_slice s, size_t *pos)
{
	const unsigned char *p = (const unsigned char *)s.ptr + *pos;
	size_t left = s.len - *pos;

	for (size_t i = 0; i < SW_LEN(utf8_forms); i++) {
		size_t more = utf8_forms[i].more;

		if (p[0] < utf8_forms[i].first_low || p[0] > utf8_forms[i].first_high)
			continue;
		if (left <= more || p[1] < utf8_forms[i].second_low ||
		    p[1] > utf8_forms[i].second_high)
			return -1;
		int32_t code = p[0] & utf8_forms[i].mask;

		for (size_t k = 1; k <= more; k++) {
			if ((p[k] & 0xc0) != 0x80)
				return -1;
			code = (code << 6) | (p[k] & 0x3f);
		}
		*pos += more;
		return code;
	}
	return -1;
}

int32_t sw_utf8_next(struct sw_slice s, size_t *pos)
{
	unsigned char first = (unsigned char)s.ptr[*pos];
	int32_t code = first < 0x80 ? first : multibyte(s, pos);

	(*pos)++;
	return code;
}

bool sw_utf8_valid(struct sw_slice s)
{
	for (size_t pos = 0; pos < s.len;) {
		uint64_t word;

		/* Eight ASCII characters at a time: most text has nothing else. */
		while (s.len - pos >= sizeof(word)) {
			memcpy(&word, s.ptr + pos, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
			pos += sizeof(word);
		}
		if (pos < s.len && sw_utf8_next(s, &pos) < 0)
			return false;
	}
	return true;
}

static const struct {
	int32_t low, high;
} hostile[] = {
	{ -1, 0x1f },		/* invalid bytes, C0 */
	{ 0x7f, 0x9f },		/* DEL, C1: U+009B starts a terminal command like ESC [ */
	{ 0x61c, 0x61c },	/* bidi control */
	{ 0x200e, 0x200f },	/* bidi controls */
	{ 0x2028, 0x2029 },	/* line and paragraph separator */
	{ 0x202a, 0x202e },	/* bidi controls */
	{ 0x2066, 0x2069 },	/* bidi controls */
	{ 0xfeff, 0xfeff },	/* BOM */
};

static bool is_hostile(int32_t code, unsigned flags)
{
	if (code == '\n' && (flags & SW_TEXT_KEEP_LF))
		return false;
	if (code == '\t' && (flags & SW_TEXT_KEEP_TAB))
		return false;
	for (size_t i = 0; i < SW_LEN(hostile); i++)
		if (code >= hostile[i].low && code <= hostile[i].high)
			return true;
	return false;
}

/* The next character of `in` as it may be shown; returns the bytes written. */
static size_t next_piece(struct sw_slice in, size_t *pos, unsigned flags, char out[PIECE])
{
	static const char digits[] = "0123456789abcdef";
	size_t from = *pos;
	size_t len = 0;
	bool bad = is_hostile(sw_utf8_next(in, pos), flags);

	for (size_t i = from; i < *pos; i++) {
		unsigned char c = (unsigned char)in.ptr[i];

		if (!bad) {
			out[len++] = in.ptr[i];
			continue;
		}
		out[len++] = '\\';
		out[len++] = 'x';
		out[len++] = digits[c >> 4];
		out[len++] = digits[c & 0xf];
	}
	return len;
}

/* Printable ASCII from `pos` on: most text is nothing else. */
static size_t plain_run(struct sw_slice in, size_t pos)
{
	size_t at = pos;

	while (at < in.len && in.ptr[at] >= 0x20 && in.ptr[at] < 0x7f)
		at++;
	return at - pos;
}

enum sw_err sw_text_escape(struct sw_buf *out, struct sw_slice in, unsigned flags)
{
	size_t before = sw_buf_len(out);
	char piece[PIECE];

	for (size_t pos = 0; pos < in.len;) {
		size_t run = plain_run(in, pos);
		struct sw_slice next = sw_slice(in.ptr + pos, run);

		if (run)
			pos += run;
		else
			next = sw_slice(piece, next_piece(in, &pos, flags, piece));
		enum sw_err code = sw_buf_add(out, next);

		if (code) {
			sw_buf_truncate(out, before);
			return code;
		}
	}
	return SW_OK;
}

size_t sw_text_escape_into(char *out, size_t size, struct sw_slice in, unsigned flags)
{
	size_t len = 0;
	char piece[PIECE];

	if (size == 0)
		return 0;
	for (size_t pos = 0; pos < in.len;) {
		size_t piece_len = next_piece(in, &pos, flags, piece);

		if (piece_len >= size - len)
			break;
		memcpy(out + len, piece, piece_len);
		len += piece_len;
	}
	out[len] = '\0';
	return len;
}
