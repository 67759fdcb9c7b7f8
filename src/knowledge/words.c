/* SPDX-License-Identifier: MIT */
#include "knowledge/words.h"

struct scan {
	struct sw_slice text;
	const struct kn_codes *codes; /* NULL: a pattern, all of which counts */
	struct kn_word *words;
	size_t count, pos;
	bool at_head; /* nothing but codes and marks in this line so far */
	enum kn_charset charset; /* of bytes that are no UTF-8 */
};

/* The word that is being read. */
struct reading {
	uint64_t hash;
	size_t at;
	unsigned char first, second;
	bool some, digits;
};

static void add_byte(struct reading *r, unsigned char byte)
{
	if (!r->some) {
		r->first = byte;
		r->some = true;
	} else if (!r->second) {
		r->second = byte;
	}
	r->hash = kn_hash(r->hash, byte);
	if (byte < '0' || byte > '9')
		r->digits = false;
}

static void end_word(struct scan *s, const struct reading *r)
{
	size_t len = s->pos - r->at;

	s->at_head = false;
	if (!r->some)
		return;
	s->words[s->count++] = (struct kn_word){
		.hash = r->hash,
		.at = (uint32_t)r->at,
		.len = (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX),
		.digits = r->digits,
		.charset = s->charset & 3,
		.head = kn_head(r->first, r->second),
	};
}

/* Most texts are ASCII or UTF-8: the charset is guessed when a byte asks for it. */
static enum kn_char fold(struct scan *s, size_t *pos, char out[KN_FOLDED], size_t *ret_len)
{
	enum kn_char kind = sw_kn_fold(s->text, s->charset, pos, out, ret_len);

	if (kind != KN_CHAR_GUESS)
		return kind;
	s->charset = sw_kn_charset_guess(s->text);
	return sw_kn_fold(s->text, s->charset, pos, out, ret_len);
}

/* The slow way, from a byte beyond ASCII on.  False when a character that is a word of its own
 * ends the one before it, without being read. */
static bool add_other(struct scan *s, struct reading *r, bool *ret_ends)
{
	char out[KN_FOLDED];
	size_t len, next = s->pos;
	enum kn_char kind = fold(s, &next, out, &len);

	*ret_ends = kind == KN_CHAR_SEPARATOR || kind == KN_CHAR_ALONE;
	if (kind == KN_CHAR_SEPARATOR || (kind == KN_CHAR_ALONE && r->some))
		return false;
	for (size_t i = 0; i < len; i++)
		add_byte(r, (unsigned char)out[i]);
	s->pos = next;
	return true;
}

/* The quick way, for words of ASCII; false at another one. */
static inline bool read_ascii(struct scan *s)
{
	const unsigned char *text = (const unsigned char *)s->text.ptr;
	size_t at = s->pos, pos = at, end = s->text.len;
	uint64_t hash = KN_HASH_SEED;
	unsigned letters = 0;
	uint8_t byte = 0;

	for (; pos < end && (byte = sw_kn_bytes[text[pos]]) >= KN_LETTERS; pos++) {
		hash = kn_hash(hash, byte);
		letters |= byte;
	}
	if (pos == at || (pos < end && byte == KN_OTHER) || pos - at > UINT16_MAX)
		return false;
	s->words[s->count++] = (struct kn_word){
		.hash = hash,
		.at = (uint32_t)at,
		.len = (uint16_t)(pos - at),
		.digits = !(letters & 0x40),
		.head = kn_head(sw_kn_bytes[text[at]],
				pos > at + 1 ? sw_kn_bytes[text[at + 1]] : 0),
	};
	s->pos = pos;
	s->at_head = false;
	return true;
}

static void read_word(struct scan *s)
{
	struct reading r = { .hash = KN_HASH_SEED, .at = s->pos, .digits = true };
	bool ends = false;

	if (read_ascii(s))
		return;
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
	if (s->pos > r.at) {
		end_word(s, &r);
		return;
	}
	/* A separator beyond ASCII. */
	char out[KN_FOLDED];
	size_t len;

	fold(s, &s->pos, out, &len);
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

/* At an '@'.  When a mail address is round it, its words go and the position is behind it. */
static bool skip_address(struct scan *s)
{
	size_t start = s->pos, end = s->pos + 1;

	while (start > 0 && is_local((unsigned char)s->text.ptr[start - 1]))
		start--;
	if (start == s->pos && start > 1 && s->text.ptr[start - 1] == '"')
		for (start -= 1; start > 0 && s->text.ptr[start - 1] != '"';)
			start--;
	if (end < s->text.len && s->text.ptr[end] == '[') {
		while (end < s->text.len && s->text.ptr[end] != ']' && s->text.ptr[end] != ' ')
			end++;
	} else {
		while (end < s->text.len && is_domain((unsigned char)s->text.ptr[end]))
			end++;
	}
	if (start == s->pos || end == s->pos + 1)
		return false;
	while (s->count > 0 && s->words[s->count - 1].at >= start)
		s->count--;
	s->pos = end;
	return true;
}

static bool is_same(struct sw_enhanced a, struct sw_enhanced b)
{
	return a.class == b.class && a.subject == b.subject && a.detail == b.detail;
}

/* At a digit: a code that is to be left out? */
static bool skip_code(struct scan *s)
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

/* FNV-1a of "host", "helo". */
#define HASH_HOST 0x4077f8cc7eaf4d6full
#define HASH_HELO 0xa98fbcc5fa23973ull

static bool is_host(char c)
{
	return c == '.' || c == '-' || c == '_' || sw_kn_bytes[(unsigned char)c] >= KN_LETTERS;
}

/* The name in "host antispam.example.com[192.0.2.1] said" and "helo=<...>" says nothing about
 * the reason, however it sounds. */
static void skip_name(struct scan *s)
{
	struct sw_slice rest = sw_slice_from(s->text, s->pos), after;
	bool helo = s->words[s->count - 1].hash == HASH_HELO, dotted = false;
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

/* A word of ASCII or another, unless it is a code. */
static void take_word(struct scan *s, uint8_t byte)
{
	if (byte >= '2' && byte <= '5' && s->codes && skip_code(s))
		return;
	read_word(s);
	if (!s->codes || s->count == 0)
		return;
	uint64_t hash = s->words[s->count - 1].hash;

	if (hash == HASH_HOST || hash == HASH_HELO)
		skip_name(s);
}

size_t sw_kn_words(struct sw_slice text, const struct kn_codes *codes, struct kn_word *ret,
		   size_t max)
{
	struct scan s = { .text = text, .codes = codes, .words = ret, .at_head = true,
			  .charset = KN_UNKNOWN };
	size_t pos = 0;

	while (pos < text.len && s.count < max) {
		uint8_t byte = sw_kn_bytes[(unsigned char)text.ptr[pos]];

		if (byte == 0) {
			pos++;
			continue;
		}
		s.pos = pos;
		if (byte >= KN_LETTERS || byte == KN_OTHER) {
			take_word(&s, byte);
		} else if (byte == KN_LINE_END) {
			s.at_head = true;
			s.pos++;
		} else if (!codes || !skip_address(&s)) {
			s.pos++;
		}
		pos = s.pos;
	}
	return s.count;
}
