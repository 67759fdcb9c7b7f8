/* SPDX-License-Identifier: MIT */
/* Text into words, the same for replies and patterns (data/README.md).  A word is its hash:
 * FNV-1a over its letters, folded: lower case, without accents, ё as е.  Private to the room. */
#ifndef SW_KNOWLEDGE_WORDS_H
#define SW_KNOWLEDGE_WORDS_H

#include "base/limits.h"
#include "codec/enhanced.h"

struct kn_word {
	uint64_t hash;
	uint32_t at; /* bytes of the text */
	uint16_t len;
	uint8_t digits : 1;  /* nothing else */
	uint8_t charset : 2; /* enum kn_charset: what its bytes are that are no UTF-8 */
	uint8_t head;	     /* of its first two folded bytes */
};

/* What a text is written in that is not UTF-8; unknown as long as none of it was met. */
enum kn_charset { KN_LATIN_1 = 0, KN_CP1251, KN_KOI8_R, KN_UNKNOWN };
/* From the bytes: in Cyrillic whole words are beyond ASCII, in Western languages letters. */
enum kn_charset sw_kn_charset_guess(struct sw_slice text);
/* A byte that is no UTF-8 as a character; U+00A0 for what is no letter there. */
int32_t sw_kn_byte_letter(unsigned char byte, enum kn_charset charset);

/* The codes of a reply, 0 none. */
struct kn_codes {
	int code;
	struct sw_enhanced enhanced;
};

/* At most `max` words; returns how many.  With codes, mail addresses, codes at the head of a
 * line and these codes wherever they stand alone are left out; NULL: nothing is (patterns). */
size_t sw_kn_words(struct sw_slice text, const struct kn_codes *codes, struct kn_word *ret,
		   size_t max);
/* Takes what the context says and finds the rest in the text. */
void sw_kn_codes_find(struct sw_slice text, int code, struct sw_enhanced enhanced,
		      struct kn_codes *ret);
/* An enhanced code at the start of s, whatever follows but digits and dots; bytes taken, or 0.
 * Classes 2, 4, 5. */
size_t sw_kn_enhanced_read(struct sw_slice s, struct sw_enhanced *ret);
/* Three digits, the first 2 to 5, and then no letter or digit. */
bool sw_kn_code_read(struct sw_slice s, int *ret);

/* What a byte is: its folded form (KN_LETTERS or more), a separator (0), one that means more,
 * or KN_OTHER, which begins a character beyond ASCII or is a flaw. */
enum { KN_OTHER = 1, KN_AT, KN_LINE_END, KN_LETTERS = '0' };
extern const uint8_t sw_kn_bytes[256];
/* One character, folded: the bytes (at most 4) to `out`. */
enum kn_char {
	KN_CHAR_SEPARATOR = 0,
	KN_CHAR_LETTER,
	KN_CHAR_ALONE,
	KN_CHAR_NOTHING,
	KN_CHAR_GUESS /* no UTF-8, and the charset is unknown; *pos stays */
};
enum { KN_FOLDED = 4 };
enum kn_char sw_kn_fold(struct sw_slice s, enum kn_charset charset, size_t *pos,
			char out[KN_FOLDED], size_t *ret_len);

#define KN_HASH_SEED 0xcbf29ce484222325ull
static inline uint64_t kn_hash(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * 0x100000001b3ull;
}

static inline uint8_t kn_head(unsigned char first, unsigned char second)
{
	return (uint8_t)(first * 31u + second);
}

/* Where a hash has its place in a table; FNV's lower bits alone are poor. */
static inline uint32_t kn_slot_of(uint64_t hash, uint32_t size)
{
	return (uint32_t)(hash ^ hash >> 32) & (size - 1);
}

#endif
