/* SPDX-License-Identifier: MIT */
/* Text into words, the same for replies and patterns (data/README.md).  A word is its hash:
 * over its letters, folded: lower case, without accents, ё as е.  Private to the room. */
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
	uint8_t head;        /* of its first two folded bytes */
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

/* A text on its way to words. */
enum { KN_WINDOW = 64 };
#define KN_NO_WINDOW (SIZE_MAX / 2)
struct kn_scan {
	struct sw_slice text;
	const struct kn_codes *codes;
	size_t pos;
	/* The next '@', and the words that go with it when it is within a mail address. */
	size_t at_sign, address, address_end;
	uint64_t last_hash, kept_hash; /* of the word before; without those of an address */
	enum kn_charset charset;       /* of bytes that are no UTF-8 */
	bool at_head;                  /* nothing but codes and marks in this line so far */
	/* The bytes from `window` on: which belong to words, and which of those words are not
	 * simply some of ASCII. */
	size_t window;
	uint64_t words, closer;
};
/* With codes, mail addresses, codes at the head of a line and these codes wherever they stand
 * alone are left out; NULL: nothing is (patterns).  Borrows the text and the codes. */
void sw_kn_scan_init(struct kn_scan *s, struct sw_slice text, const struct kn_codes *codes);
/* At most `max` further words; returns how many, fewer only at the end of the text. */
size_t sw_kn_scan(struct kn_scan *s, struct kn_word *ret, size_t max);
/* Both at once. */
size_t sw_kn_words(struct sw_slice text, const struct kn_codes *codes, struct kn_word *ret,
		   size_t max);
/* The word that was found at this place before, in a text of this charset. */
struct kn_word sw_kn_word_at(struct sw_slice text, size_t at, enum kn_charset charset);
/* Where it ends. */
size_t sw_kn_word_end(struct sw_slice text, size_t at, enum kn_charset charset);
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

/* FNV-1a, of ids and host names. */
#define KN_HASH_SEED 0xcbf29ce484222325ull
static inline uint64_t kn_hash(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * 0x100000001b3ull;
}

/* The hash of a word takes eight of its folded bytes at a time, since most words are no
 * longer; the last block, of 0 to 7 bytes, is filled up with zeros, which no word has. */
static inline uint64_t kn_word_hash_add(uint64_t hash, uint64_t block)
{
	hash = (hash ^ block) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 29;
}

static inline uint64_t kn_word_hash_end(uint64_t hash, uint64_t block)
{
	hash = kn_word_hash_add(hash, block) * 0xbf58476d1ce4e5b9ull;
	return hash ^ hash >> 32;
}

/* The same, byte for byte. */
struct kn_hasher {
	uint64_t hash, block;
	size_t len;
};
static inline void kn_hasher_add(struct kn_hasher *h, unsigned char byte)
{
	h->block |= (uint64_t)byte << (h->len % 8 * 8);
	if (++h->len % 8 == 0) {
		h->hash = kn_word_hash_add(h->hash, h->block);
		h->block = 0;
	}
}

static inline uint64_t kn_hasher_end(const struct kn_hasher *h)
{
	return kn_word_hash_end(h->hash, h->block);
}

static inline uint8_t kn_head(unsigned char first, unsigned char second)
{
	return (uint8_t)(first * 31u + second);
}

/* Where the hash of a word has its place in a table. */
static inline uint32_t kn_slot_of(uint64_t hash, uint32_t size)
{
	return (uint32_t)hash & (size - 1);
}

#endif
