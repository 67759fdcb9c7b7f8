/* SPDX-License-Identifier: MIT */
/* Replies in the charsets of before UTF-8: some servers still speak so, and nothing in SMTP says
 * in which one. */
#include "knowledge/words.h"

/* KOI8-R, from 0xC0 on: the small letters; the capitals stand 0x20 further on. */
static const uint16_t koi8[32] = {
	0x44e, 0x430, 0x431, 0x446, 0x434, 0x435, 0x444, 0x433, 0x445, 0x438, 0x439,
	0x43a, 0x43b, 0x43c, 0x43d, 0x43e, 0x43f, 0x44f, 0x440, 0x441, 0x442, 0x443,
	0x436, 0x432, 0x44c, 0x44b, 0x437, 0x448, 0x44d, 0x449, 0x447, 0x44a,
};
/* What else of CP1251 is a letter (Russian, Ukrainian, Belarusian), without case. */
static const struct {
	unsigned char byte;
	uint16_t letter;
} cp1251[] = {
	{ 0xa1, 0x45e }, { 0xa2, 0x45e }, { 0xa5, 0x491 }, { 0xa8, 0x451 }, { 0xaa, 0x454 },
	{ 0xaf, 0x457 }, { 0xb2, 0x456 }, { 0xb3, 0x456 }, { 0xb4, 0x491 }, { 0xb8, 0x451 },
	{ 0xba, 0x454 }, { 0xbf, 0x457 },
};

int32_t sw_kn_byte_letter(unsigned char byte, enum kn_charset charset)
{
	if (charset == KN_LATIN_1)
		return byte;
	if (charset == KN_KOI8_R) {
		if (byte >= 0xc0)
			return koi8[byte & 0x1f];
		return byte == 0xa3 || byte == 0xb3 ? 0x451 : 0xa0;
	}
	if (byte >= 0xc0)
		return 0x430 + (byte & 0x1f);
	for (size_t i = 0; i < SW_LEN(cp1251); i++)
		if (cp1251[i].byte == byte)
			return cp1251[i].letter;
	return 0xa0;
}

struct tally {
	size_t whole, mixed; /* words of high bytes alone, and with ASCII letters */
	size_t low, high;    /* letters inside whole words: 0xC0 to 0xDF, and above */
};

static void count_word(struct tally *t, struct sw_slice word)
{
	size_t ascii = 0, beyond = 0;

	for (size_t i = 0; i < word.len; i++)
		if ((unsigned char)word.ptr[i] < 0x80)
			ascii++;
		else
			beyond++;
	if (beyond == 0)
		return;
	if (ascii) {
		t->mixed++;
		return;
	}
	/* "à" is a word of French, "в" one of Russian: short ones tell nothing. */
	if (beyond < 3)
		return;
	t->whole++;
	/* The first letter may be a capital. */
	for (size_t i = 1; i < word.len; i++) {
		t->low += (unsigned char)word.ptr[i] >= 0xc0 && (unsigned char)word.ptr[i] < 0xe0;
		t->high += (unsigned char)word.ptr[i] >= 0xe0;
	}
}

enum kn_charset sw_kn_charset_guess(struct sw_slice text)
{
	struct tally t = { 0 };

	for (size_t at = 0, end; at < text.len; at = end + 1) {
		for (end = at; end < text.len &&
			       (sw_kn_bytes[(unsigned char)text.ptr[end]] >= KN_LETTERS ||
				sw_kn_bytes[(unsigned char)text.ptr[end]] == KN_OTHER);)
			end++;
		count_word(&t, sw_slice(text.ptr + at, end - at));
	}
	if (t.whole == 0 || t.mixed >= t.whole)
		return KN_LATIN_1;
	/* Most letters are small, and those are above in CP1251. */
	return t.high >= t.low ? KN_CP1251 : KN_KOI8_R;
}
