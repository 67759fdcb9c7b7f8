/* SPDX-License-Identifier: MIT */
#include "knowledge/words.h"

#include <endian.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The word that is being read. */
struct reading {
	struct kn_hasher hasher;
	size_t at;
	unsigned char first, second;
	bool digits;
};

static inline void add_byte(struct reading *r, unsigned char byte)
{
	if (r->hasher.len == 0)
		r->first = byte;
	else if (r->hasher.len == 1)
		r->second = byte;
	kn_hasher_add(&r->hasher, byte);
	if (byte < '0' || byte > '9')
		r->digits = false;
}

static bool end_word(struct kn_scan *s, const struct reading *r, struct kn_word *ret)
{
	size_t len = s->pos - r->at;

	s->at_head = false;
	if (r->hasher.len == 0)
		return false;
	*ret = (struct kn_word){
		.hash = kn_hasher_end(&r->hasher),
		.at = (uint32_t)r->at,
		.len = (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX),
		.digits = r->digits,
		.charset = s->charset & 3,
		.head = kn_head(r->first, r->second),
	};
	return true;
}

/* Most texts are ASCII or UTF-8: the charset is guessed when a byte asks for it. */
static enum kn_char fold(struct kn_scan *s, size_t *pos, char out[KN_FOLDED], size_t *ret_len)
{
	enum kn_char kind = sw_kn_fold(s->text, s->charset, pos, out, ret_len);

	if (kind != KN_CHAR_GUESS)
		return kind;
	s->charset = sw_kn_charset_guess(s->text);
	return sw_kn_fold(s->text, s->charset, pos, out, ret_len);
}

/* The slow way, from a byte beyond ASCII on.  False when a character that is a word of its own
 * ends the one before it, without being read. */
static bool add_other(struct kn_scan *s, struct reading *r, bool *ret_ends)
{
	char out[KN_FOLDED];
	size_t len, next = s->pos;
	enum kn_char kind = fold(s, &next, out, &len);

	*ret_ends = kind == KN_CHAR_SEPARATOR || kind == KN_CHAR_ALONE;
	if (kind == KN_CHAR_SEPARATOR || (kind == KN_CHAR_ALONE && r->hasher.len))
		return false;
	for (size_t i = 0; i < len; i++)
		add_byte(r, (unsigned char)out[i]);
	s->pos = next;
	return true;
}

/* Words of ASCII; false at another one. */
static inline bool read_ascii(struct sw_slice slice, size_t *ret_pos, struct kn_word *ret)
{
	const unsigned char *text = (const unsigned char *)slice.ptr;
	size_t at = *ret_pos, pos = at, end = slice.len;
	uint64_t hash = 0, block = 0;
	unsigned letters = 0, shift = 0;
	uint8_t byte = 0;

	for (; pos < end && (byte = sw_kn_bytes[text[pos]]) >= KN_LETTERS; pos++) {
		block |= (uint64_t)byte << shift;
		letters |= byte;
		shift += 8;
		if (shift == 64) {
			hash = kn_word_hash_add(hash, block);
			block = shift = 0;
		}
	}
	if (pos == at || (pos < end && byte == KN_OTHER) || pos - at > UINT16_MAX)
		return false;
	ret->hash = kn_word_hash_end(hash, block);
	ret->at = (uint32_t)at;
	ret->len = (uint16_t)(pos - at);
	ret->digits = !(letters & 0x40);
	ret->charset = KN_LATIN_1;
	ret->head =
		kn_head(sw_kn_bytes[text[at]], pos > at + 1 ? sw_kn_bytes[text[at + 1]] : 0);
	*ret_pos = pos;
	return true;
}

/* False when there was none: only a separator beyond ASCII, or what is no letter at all. */
static bool read_other(struct kn_scan *s, struct kn_word *ret)
{
	struct reading r = { .at = s->pos, .digits = true };
	bool ends = false;

	while (!ends && s->pos < s->text.len) {
		uint8_t byte = sw_kn_bytes[(unsigned char)s->text.ptr[s->pos]];

		if (byte == KN_OTHER) {
			if (!add_other(s, &r, &ends))
				break;
		} else if (byte >= KN_LETTERS) {
			add_byte(&r, byte);
			s->pos++;
		} else {
			break;
		}
	}
	if (s->pos > r.at)
		return end_word(s, &r, ret);
	char out[KN_FOLDED];
	size_t len;

	fold(s, &s->pos, out, &len);
	return false;
}

static inline bool read_word(struct kn_scan *s, struct kn_word *ret)
{
	if (!read_ascii(s->text, &s->pos, ret))
		return read_other(s, ret);
	s->at_head = false;
	return true;
}

static struct kn_word other_at(struct sw_slice text, size_t at, enum kn_charset charset)
{
	struct kn_scan s = { .text = text, .pos = at, .charset = charset };
	struct kn_word word = { .at = (uint32_t)at };

	read_other(&s, &word);
	return word;
}

size_t sw_kn_word_end(struct sw_slice text, size_t at, enum kn_charset charset)
{
	size_t end = at;

	while (end < text.len && sw_kn_bytes[(unsigned char)text.ptr[end]] >= KN_LETTERS)
		end++;
	if (end == text.len || (unsigned char)text.ptr[end] < 0x80)
		return end;
	struct kn_word word = other_at(text, at, charset);

	return word.at + word.len;
}

struct kn_word sw_kn_word_at(struct sw_slice text, size_t at, enum kn_charset charset)
{
	struct kn_word word;
	size_t pos = at;

	if (read_ascii(text, &pos, &word))
		return word;
	return other_at(text, at, charset);
}

static bool is_local(unsigned char c)
{
	return sw_kn_bytes[c] >= KN_LETTERS || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain(unsigned char c)
{
	return sw_kn_bytes[c] >= KN_LETTERS || sw_kn_bytes[c] == KN_OTHER || c == '.' ||
	       c == '-' || c == '_';
}

/* Scripts without blanks go on right behind an address: "a@example.org)不存在" with a
 * full-width bracket (U+3000 to U+303F, U+FF00 to U+FFEF), or a letter of theirs after a Latin
 * one, which no name mixes. */
static bool is_east_asian_end(struct sw_slice text, size_t at)
{
	unsigned char lead = (unsigned char)text.ptr[at], before, next;

	if (lead < 0xe3 || at + 2 >= text.len)
		return false;
	before = (unsigned char)text.ptr[at - 1];
	next = (unsigned char)text.ptr[at + 1];
	return before < 0x80
		       ? before != '.' && before != '@' && before != '-'
		       : (lead == 0xe3 && next == 0x80) || (lead == 0xef && next >= 0xbc);
}

/* Where the next '@' is, and whether a mail address is round it: then its words go. */
static void find_address(struct kn_scan *s)
{
	bool any = s->codes && s->pos < s->text.len;
	const char *sign =
		any ? memchr(s->text.ptr + s->pos, '@', s->text.len - s->pos) : NULL;
	size_t at = sign ? (size_t)(sign - s->text.ptr) : s->text.len;
	size_t start = at, end = at + 1;

	s->at_sign = s->address = at;
	s->address_end = end;
	if (!sign)
		return;
	while (start > 0 && is_local((unsigned char)s->text.ptr[start - 1]))
		start--;
	if (start == at && start > 1 && s->text.ptr[start - 1] == '"')
		for (start -= 1; start > 0 && s->text.ptr[start - 1] != '"';)
			start--;
	if (end < s->text.len && s->text.ptr[end] == '[') {
		while (end < s->text.len && s->text.ptr[end] != ']' && s->text.ptr[end] != ' ')
			end++;
	} else {
		while (end < s->text.len && is_domain((unsigned char)s->text.ptr[end]) &&
		       !is_east_asian_end(s->text, end))
			end++;
	}
	if (start == at || end == at + 1)
		return;
	s->address = start;
	s->address_end = end;
}

static bool is_same(struct sw_enhanced a, struct sw_enhanced b)
{
	return a.class == b.class && a.subject == b.subject && a.detail == b.detail;
}

/* What a code begins with. */
static inline bool is_code_digit(uint8_t byte)
{
	return byte >= '2' && byte <= '5';
}

/* At a digit: a code that is to be left out? */
static bool skip_code(struct kn_scan *s)
{
	struct sw_slice rest = sw_slice_from(s->text, s->pos);
	struct sw_enhanced e;
	size_t len = 0;
	int code;

	/* Not the rest of an address or a version. */
	if (rest.len < 3 || (s->pos > 0 && s->text.ptr[s->pos - 1] == '.'))
		return false;
	if (rest.ptr[1] == '.') {
		len = sw_kn_enhanced_read(rest, &e);
		if (len && !s->at_head && !is_same(e, s->codes->enhanced))
			return false;
	} else if (sw_ascii_digit(rest.ptr[1]) && sw_kn_code_read(rest, &code) &&
		   (s->at_head || code == s->codes->code)) {
		len = 3;
	}
	s->pos += len;
	return len > 0;
}

/* Of the words "host" and "helo". */
#define HASH_HOST 0xce555564a76fc5feull
#define HASH_HELO 0x6b45afec6e4c53aull

static bool is_host(char c)
{
	return c == '.' || c == '-' || c == '_' || sw_kn_bytes[(unsigned char)c] >= KN_LETTERS;
}

/* The name in "host antispam.example.com[192.0.2.1] said" and "helo=<...>" says nothing about
 * the reason, however it sounds. */
static void skip_name(struct kn_scan *s)
{
	struct sw_slice rest = sw_slice_from(s->text, s->pos), after;
	bool helo = s->last_hash == HASH_HELO, dotted = false;
	size_t start = helo ? 2 : 1, end = start;

	if (helo ? !sw_slice_starts(rest, SW_S("=<")) : !sw_slice_starts(rest, SW_S(" ")))
		return;
	for (; end < rest.len && is_host(rest.ptr[end]); end++)
		dotted |= rest.ptr[end] == '.';
	after = sw_slice_from(rest, end);
	if (helo || (dotted && (sw_slice_starts(after, SW_S("[")) ||
				sw_slice_starts(after, SW_S(" [")) ||
				sw_slice_starts(after, SW_S(" (")) ||
				sw_slice_starts_nocase(after, SW_S(" said")))))
		s->pos += end;
}

/* Any word, unless it is a code or belongs to an address. */
static bool take_word(struct kn_scan *s, uint8_t byte, struct kn_word *ret)
{
	if (is_code_digit(byte) && s->codes && skip_code(s))
		return false;
	bool some = read_word(s, ret), kept = some && ret->at < s->address;

	if (!s->codes)
		return some;
	if (some)
		s->last_hash = ret->hash;
	if (kept)
		s->kept_hash = ret->hash;
	if (s->last_hash == HASH_HOST || s->last_hash == HASH_HELO)
		skip_name(s);
	return kept;
}

/* ---- the quick way: words of ASCII, found in a window of the text at a time */

/* Which bytes of the window belong to words, the first one lowest, and which call for a closer
 * look: those beyond ASCII, and the first one of what may be a code. */
static inline void look_through(const unsigned char text[KN_WINDOW], struct kn_scan *s)
{
	uint64_t words = 0, others = 0, codes = 0;

#ifdef __SSE2__
	for (unsigned i = 0; i < KN_WINDOW; i += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(text + i));
		__m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
		__m128i number = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('0' - 1)),
					       _mm_cmplt_epi8(bytes, _mm_set1_epi8('9' + 1)));
		__m128i letter = _mm_and_si128(_mm_cmpgt_epi8(lower, _mm_set1_epi8('a' - 1)),
					       _mm_cmplt_epi8(lower, _mm_set1_epi8('z' + 1)));
		__m128i word = _mm_or_si128(_mm_or_si128(number, letter), bytes);

		/* Highest bits: those of `bytes` itself are bytes beyond ASCII. */
		words |= (uint64_t)(unsigned)_mm_movemask_epi8(word) << i;
		others |= (uint64_t)(unsigned)_mm_movemask_epi8(bytes) << i;
		number = _mm_and_si128(_mm_cmpgt_epi8(bytes, _mm_set1_epi8('2' - 1)),
				       _mm_cmplt_epi8(bytes, _mm_set1_epi8('5' + 1)));
		codes |= (uint64_t)(unsigned)_mm_movemask_epi8(number) << i;
	}
#else
	for (unsigned i = 0; i < KN_WINDOW; i++) {
		uint8_t byte = sw_kn_bytes[text[i]];

		words |= (uint64_t)(byte >= KN_LETTERS || byte == KN_OTHER) << i;
		others |= (uint64_t)(byte == KN_OTHER) << i;
		codes |= (uint64_t)is_code_digit(byte) << i;
	}
#endif
	s->words = words;
	s->closer = others | (codes & ~(words << 1));
}

/* The window at `pos`.  Words from the next address on need a closer look, too. */
static void open_window(struct kn_scan *s)
{
	const unsigned char *text = (const unsigned char *)s->text.ptr + s->pos;
	size_t left = s->text.len - s->pos;
	size_t until = s->address > s->pos ? s->address - s->pos : 0;
	unsigned char tail[KN_WINDOW] = { 0 };

	if (left >= KN_WINDOW)
		look_through(text, s);
	else
		look_through(memcpy(tail, text, left), s);
	if (until < KN_WINDOW)
		s->closer |= UINT64_MAX << until;
	s->window = s->pos;
}

/* Eight bytes, the first one lowest, those of words folded: 0x20 is all that a letter or digit
 * of ASCII differs by from that.  Anything behind the end of the text. */
static inline uint64_t eight_at(const unsigned char *text, size_t left)
{
	uint64_t block = 0;

	if (left >= sizeof(block))
		memcpy(&block, text, sizeof(block));
	else
		memcpy(&block, text, left);
	return le64toh(block) | 0x2020202020202020;
}

/* The word of ASCII at `at`. */
static inline uint64_t fill_word(struct sw_slice slice, size_t at, size_t len,
				 struct kn_word *ret)
{
	const unsigned char *text = (const unsigned char *)slice.ptr + at;
	uint64_t hash = 0, all = 0, block = eight_at(text, slice.len - at), first = block;

	for (size_t done = 8; SW_UNLIKELY(done <= len); done += 8) {
		hash = kn_word_hash_add(hash, block);
		all |= block;
		block = done < len ? eight_at(text + done, slice.len - at - done) : 0;
	}
	block &= ((uint64_t)1 << len % 8 * 8) - 1;
	first = all ? first : block;
	hash = kn_word_hash_end(hash, block);
	ret->hash = hash;
	ret->at = (uint32_t)at;
	ret->len = (uint16_t)len;
	ret->digits = !((all | block) & 0x4040404040404040);
	ret->charset = KN_LATIN_1;
	ret->head = kn_head(first & 0xff, first >> 8 & 0xff);
	return hash;
}

/* Words of the window from `pos` on, where one begins: up to the first that needs a closer
 * look or is not all in it, and behind one that says what its neighbour is.  `pos` comes
 * behind the last of them. */
static inline size_t take_plain(struct kn_scan *s, struct kn_word *ret, size_t max)
{
	size_t count = 0, end = s->pos;
	uint64_t hash = 0;

	if (s->pos - s->window >= KN_WINDOW)
		open_window(s);
	uint64_t words = s->words & UINT64_MAX << (s->pos - s->window);

	while (words && count < max) {
		unsigned from = (unsigned)__builtin_ctzll(words);
		uint64_t rest = ~(words >> from);
		unsigned to = from + (unsigned)(rest ? __builtin_ctzll(rest) : KN_WINDOW);

		if (to >= KN_WINDOW) {
			s->window = KN_NO_WINDOW;
			break;
		}
		uint64_t behind = UINT64_MAX << to;

		if (words & ~behind & s->closer)
			break;
		words &= behind;
		end = s->window + to;
		hash = fill_word(s->text, s->window + from, to - from, &ret[count++]);
		if (to - from == 4 && (hash == HASH_HOST || hash == HASH_HELO))
			break;
	}
	if (count == 0)
		return 0;
	s->pos = end;
	s->at_head = false;
	s->last_hash = s->kept_hash = hash;
	if (hash == HASH_HOST || hash == HASH_HELO)
		skip_name(s);
	return count;
}

static void pass_at_sign(struct kn_scan *s)
{
	if (s->address < s->at_sign)
		s->last_hash = s->kept_hash;
	s->pos = s->address_end;
	s->window = KN_NO_WINDOW;
	find_address(s);
}

void sw_kn_scan_init(struct kn_scan *s, struct sw_slice text, const struct kn_codes *codes)
{
	*s = (struct kn_scan){ .text = text,
			       .codes = codes,
			       .window = KN_NO_WINDOW,
			       .at_head = true,
			       .charset = KN_UNKNOWN };
	find_address(s);
}

size_t sw_kn_scan(struct kn_scan *s, struct kn_word *ret, size_t max)
{
	size_t count = 0, end = s->text.len;

	while (count < max && s->pos < end) {
		uint8_t byte = sw_kn_bytes[(unsigned char)s->text.ptr[s->pos]];

		if (byte >= KN_LETTERS || byte == KN_OTHER) {
			size_t plain = s->codes && !is_code_digit(byte)
					       ? take_plain(s, ret + count, max - count)
					       : 0;

			count += plain ? plain : take_word(s, byte, &ret[count]);
		} else if (byte == KN_AT && s->codes) {
			pass_at_sign(s);
		} else {
			s->at_head |= byte == KN_LINE_END;
			s->pos++;
		}
	}
	return count;
}

size_t sw_kn_words(struct sw_slice text, const struct kn_codes *codes, struct kn_word *ret,
		   size_t max)
{
	struct kn_scan s;

	sw_kn_scan_init(&s, text, codes);
	return sw_kn_scan(&s, ret, max);
}
