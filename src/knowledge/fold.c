/* SPDX-License-Identifier: MIT */
/* What a character is to a word, and how it is folded. */
#include "base/text.h"
#include "knowledge/words.h"

/* clang-format off */
const uint8_t sw_kn_bytes[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['@'] = KN_AT, ['\n'] = KN_LINE_END, ['\r'] = KN_LINE_END,
	[0x80 ... 0xff] = KN_OTHER,
};
/* clang-format on */

struct range {
	int32_t first, last;
};

static bool is_in(int32_t c, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

/* Above ASCII. Marks, punctuation and symbols; ascending. */
static const struct range separators[] = {
	{ 0x80, 0xa9 },	    { 0xab, 0xac },	{ 0xae, 0xb4 },	    { 0xb6, 0xb9 },
	{ 0xbb, 0xbf },	    { 0xd7, 0xd7 },	{ 0xf7, 0xf7 },	    { 0x37e, 0x37e },
	{ 0x387, 0x387 },   { 0x55a, 0x55f },	{ 0x589, 0x58a },   { 0x5be, 0x5be },
	{ 0x5f3, 0x5f4 },   { 0x60c, 0x60d },	{ 0x61b, 0x61f },   { 0x66a, 0x66d },
	{ 0x6d4, 0x6d4 },   { 0x964, 0x965 },	{ 0xe2f, 0xe2f },   { 0xe5a, 0xe5b },
	{ 0x104a, 0x104f }, { 0x17d4, 0x17da }, { 0x2000, 0x200a }, { 0x200e, 0x205f },
	{ 0x2061, 0x2bff }, { 0x2e00, 0x2fff }, { 0x3000, 0x3004 }, { 0x3008, 0x303f },
	{ 0x30fb, 0x30fb }, { 0xe000, 0xf8ff }, { 0xfe10, 0xfe6f }, { 0xff00, 0xff0f },
	{ 0xff1a, 0xff20 }, { 0xff3b, 0xff40 }, { 0xff5b, 0xff65 }, { 0xffe0, 0xffff },
	{ 0x1f000, 0x1faff },
};
/* Scripts that are written without blanks between words: each character is a word. */
static const struct range alone[] = {
	{ 0xe01, 0xe4e },   { 0xe81, 0xecf },	{ 0x1000, 0x103f }, { 0x1780, 0x17d3 },
	{ 0x3005, 0x3007 }, { 0x3041, 0x30ff }, { 0x3400, 0x4dbf }, { 0x4e00, 0x9fff },
	{ 0xf900, 0xfaff }, { 0xff66, 0xff9f }, { 0x20000, 0x3fffd },
};
/* Accents that stand apart, soft hyphens, joiners. */
static const struct range nothing[] = {
	{ 0xad, 0xad },	    { 0x300, 0x36f },	{ 0x200b, 0x200d },
	{ 0x2060, 0x2060 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
};

/* U+00C0 to U+00DF, and the same 0x20 further on; 0 is folded apart. */
static const char latin_1[] = "aaaaaa\0ceeeeiiiidnooooo\0ouuuuy\0\0";
/* U+0100 to U+017F. */
static const char latin_a[] =
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllllllnnnnnnnnn"
	"oooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
/* U+0386 to U+0390 and U+03AA to U+03B0, U+03CA to U+03CE: without their accents. */
static const uint16_t greek_capitals[] = { 0x3b1, 0x387, 0x3b5, 0x3b7, 0x3b9, 0x38b,
					   0x3bf, 0x38d, 0x3c5, 0x3c9, 0x3b9 };
static const uint16_t greek_small[] = { 0x3b9, 0x3c5, 0x3b1, 0x3b5, 0x3b7, 0x3b9, 0x3c5 };
static const uint16_t greek_end[] = { 0x3b9, 0x3c5, 0x3bf, 0x3c5, 0x3c9 };

static int32_t fold_greek(int32_t c)
{
	if (c >= 0x386 && c <= 0x390)
		return greek_capitals[c - 0x386];
	if (c >= 0x391 && c <= 0x3a9)
		return c + 0x20;
	if (c >= 0x3aa && c <= 0x3b0)
		return greek_small[c - 0x3aa];
	if (c >= 0x3ca && c <= 0x3ce)
		return greek_end[c - 0x3ca];
	return c == 0x3c2 ? 0x3c3 : c;
}

static int32_t fold_cyrillic(int32_t c)
{
	if (c >= 0x400 && c <= 0x40f)
		c += 0x50;
	else if (c >= 0x410 && c <= 0x42f)
		c += 0x20;
	else if ((c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf) ||
		 (c >= 0x4d0 && c <= 0x52f))
		c |= 1;
	/* People write ё as they like; й and ї may come as two characters (U+0306, U+0308). */
	switch (c) {
	case 0x451:
		return 0x435;
	case 0x439:
		return 0x438;
	case 0x457:
		return 0x456;
	}
	return c;
}

/* Letters beyond U+017F. */
static int32_t fold_letter(int32_t c)
{
	if (c >= 0x370 && c <= 0x3ff)
		return fold_greek(c);
	if (c >= 0x400 && c <= 0x52f)
		return fold_cyrillic(c);
	/* Romanian, with the comma below. */
	if (c >= 0x218 && c <= 0x21b)
		return c < 0x21a ? 's' : 't';
	if (c >= 0x1e00 && c <= 0x1eff)
		return c | 1;
	if ((c >= 0xff10 && c <= 0xff19) || (c >= 0xff41 && c <= 0xff5a))
		return c - 0xfee0;
	if (c >= 0xff21 && c <= 0xff3a)
		return c - 0xfee0 + 0x20;
	return c;
}

/* As UTF-8; c is above ASCII or a letter of it. */
static size_t put(int32_t c, char out[KN_FOLDED])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static size_t put_pair(const char *pair, char out[KN_FOLDED])
{
	out[0] = pair[0];
	out[1] = pair[1];
	return 2;
}

static size_t fold_latin(int32_t c, char out[KN_FOLDED])
{
	if (c >= 0x100)
		return put(latin_a[c - 0x100], out);
	switch (c) {
	case 0xaa:
		return put('a', out);
	case 0xba:
		return put('o', out);
	case 0xb5:
		return put(0x3bc, out);
	case 0xff:
		return put('y', out);
	case 0xdf:
		return put_pair("ss", out);
	}
	char base = latin_1[(c - 0xc0) & 0x1f];

	if (base)
		return put(base, out);
	return put_pair((c & 0x1f) == 0x06 ? "ae" : "th", out);
}

/* Two bytes of UTF-8 for U+00C0 to U+07FF: most letters that are not ASCII. */
static bool read_pair(struct sw_slice s, size_t *pos, int32_t *ret)
{
	const unsigned char *at = (const unsigned char *)s.ptr + *pos;

	if (s.len - *pos < 2 || at[0] < 0xc3 || at[0] > 0xdf || (at[1] & 0xc0) != 0x80)
		return false;
	*ret = (at[0] & 0x1f) << 6 | (at[1] & 0x3f);
	*pos += 2;
	return true;
}

static bool is_plain_letter(int32_t c)
{
	return (c >= 0x400 && c <= 0x52f) || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7);
}

static enum kn_char kind_of(int32_t c)
{
	if (is_plain_letter(c))
		return KN_CHAR_LETTER;
	if ((c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3041 && c <= 0x30fa))
		return KN_CHAR_ALONE;
	if (is_in(c, separators, SW_LEN(separators)))
		return KN_CHAR_SEPARATOR;
	if (is_in(c, nothing, SW_LEN(nothing)))
		return KN_CHAR_NOTHING;
	return is_in(c, alone, SW_LEN(alone)) ? KN_CHAR_ALONE : KN_CHAR_LETTER;
}

enum kn_char sw_kn_fold(struct sw_slice s, enum kn_charset charset, size_t *pos,
			char out[KN_FOLDED], size_t *ret_len)
{
	size_t start = *pos;
	unsigned char byte = (unsigned char)s.ptr[start];
	int32_t c;

	*ret_len = 0;
	if (byte < 0x80) {
		(*pos)++;
		out[0] = (char)sw_kn_bytes[byte];
		*ret_len = out[0] >= KN_LETTERS;
		return *ret_len ? KN_CHAR_LETTER : KN_CHAR_SEPARATOR;
	}
	if (!read_pair(s, pos, &c))
		c = sw_utf8_next(s, pos);
	if (c < 0 && charset == KN_UNKNOWN) {
		*pos = start;
		return KN_CHAR_GUESS;
	}
	if (c < 0)
		c = sw_kn_byte_letter(byte, charset);
	enum kn_char kind = kind_of(c);

	if (kind == KN_CHAR_LETTER || kind == KN_CHAR_ALONE)
		*ret_len = c < 0x180 ? fold_latin(c, out) : put(fold_letter(c), out);
	return kind;
}
