/* SPDX-License-Identifier: MIT */
#include "knowledge/words.h"

/* The word that is being read. */
struct reading {
	struct kn_hasher hasher;
	size_t at;
	unsigned char first, second;
	bool digits;
};

static void add_byte(struct reading *r, unsigned char byte)
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

/* The quick way, for words of ASCII; false at another one. */
static inline bool read_ascii(struct kn_scan *s, struct kn_word *ret)
{
	const unsigned char *text = (const unsigned char *)s->text.ptr;
	size_t at = s->pos, pos = at, end = s->text.len;
	struct kn_hasher hasher = { 0 };
	unsigned letters = 0, shift = 0;
	uint8_t byte = 0;

	for (; pos < end && (byte = sw_kn_bytes[text[pos]]) >= KN_LETTERS; pos++) {
		hasher.block |= (uint64_t)byte << shift;
		letters |= byte;
		shift += 8;
		if (shift == 64) {
			hasher.hash = kn_word_hash_add(hasher.hash, hasher.block);
			hasher.block = shift = 0;
		}
	}
	if (pos == at || (pos < end && byte == KN_OTHER) || pos - at > UINT16_MAX)
		return false;
	ret->hash = kn_hasher_end(&hasher);
	ret->at = (uint32_t)at;
	ret->len = (uint16_t)(pos - at);
	ret->digits = !(letters & 0x40);
	ret->charset = KN_LATIN_1;
	ret->head =
		kn_head(sw_kn_bytes[text[at]], pos > at + 1 ? sw_kn_bytes[text[at + 1]] : 0);
	s->pos = pos;
	s->at_head = false;
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
	return read_ascii(s, ret) || read_other(s, ret);
}

struct kn_word sw_kn_word_at(struct sw_slice text, size_t at, enum kn_charset charset)
{
	struct kn_scan s = { .text = text, .pos = at, .charset = charset };
	struct kn_word word = { .at = (uint32_t)at };

	read_word(&s, &word);
	return word;
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
		while (end < s->text.len && is_domain((unsigned char)s->text.ptr[end]))
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

/* At a digit: a code that is to be left out? */
static bool skip_code(struct kn_scan *s)
{
	struct sw_slice rest = sw_slice_from(s->text, s->pos);
	struct sw_enhanced e;
	int code;

	/* Not the rest of an address or a version. */
	if (s->pos > 0 && s->text.ptr[s->pos - 1] == '.')
		return false;
	size_t len = sw_kn_enhanced_read(rest, &e);

	if (len) {
		if (!s->at_head && !is_same(e, s->codes->enhanced))
			return false;
	} else if (sw_kn_code_read(rest, &code) && (s->at_head || code == s->codes->code)) {
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

/* A word of ASCII or another, unless it is a code or belongs to an address. */
static inline bool take_word(struct kn_scan *s, uint8_t byte, struct kn_word *ret)
{
	if (byte >= '2' && byte <= '5' && s->codes && skip_code(s))
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

static void pass_at_sign(struct kn_scan *s)
{
	if (s->address < s->at_sign)
		s->last_hash = s->kept_hash;
	s->pos = s->address_end;
	find_address(s);
}

void sw_kn_scan_init(struct kn_scan *s, struct sw_slice text, const struct kn_codes *codes)
{
	*s = (struct kn_scan){
		.text = text, .codes = codes, .at_head = true, .charset = KN_UNKNOWN
	};
	find_address(s);
}

size_t sw_kn_scan(struct kn_scan *s, struct kn_word *ret, size_t max)
{
	size_t count = 0, end = s->text.len;

	while (count < max && s->pos < end) {
		size_t pos = s->pos;
		uint8_t byte = 0;

		while (pos < end && (byte = sw_kn_bytes[(unsigned char)s->text.ptr[pos]]) == 0)
			pos++;
		s->pos = pos;
		if (byte == 0)
			break;
		if (byte >= KN_LETTERS || byte == KN_OTHER) {
			count += take_word(s, byte, &ret[count]);
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
