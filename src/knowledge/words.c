/* SPDX-License-Identifier: MIT */
#include "knowledge/words.h"

/* What a byte is: 0 separates, OTHER begins a character beyond ASCII (or a flaw), else its
 * folded form. */
enum { OTHER = 1 };
/* clang-format off */
static const uint8_t folded[256] = {
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
		'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	[0x80 ... 0xff] = OTHER,
};
/* clang-format on */

struct scan {
	struct sw_slice text;
	const struct kn_codes *codes; /* NULL: a pattern, all of which counts */
	struct kn_word *words;
	size_t count, max, pos;
	bool at_head; /* nothing but codes and marks in this line so far */
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
	if (!r->some || s->count == s->max)
		return;
	s->words[s->count++] = (struct kn_word){
		.hash = r->hash,
		.at = (uint32_t)r->at,
		.len = (uint16_t)(len < UINT16_MAX ? len : UINT16_MAX),
		.digits = r->digits,
		.head = kn_head(r->first, r->second),
	};
}

/* The slow way, from a byte beyond ASCII on.  False when a character that is a word of its own
 * ends the one before it, without being read. */
static bool add_other(struct scan *s, struct reading *r, bool *ret_ends)
{
	char out[KN_FOLDED];
	size_t len, next = s->pos;
	enum kn_char kind = sw_kn_fold(s->text, &next, out, &len);

	*ret_ends = kind == KN_CHAR_SEPARATOR || kind == KN_CHAR_ALONE;
	if (kind == KN_CHAR_SEPARATOR || (kind == KN_CHAR_ALONE && r->some))
		return false;
	for (size_t i = 0; i < len; i++)
		add_byte(r, (unsigned char)out[i]);
	s->pos = next;
	return true;
}

static void read_word(struct scan *s)
{
	struct reading r = { .hash = KN_HASH_SEED, .at = s->pos, .digits = true };

	while (s->pos < s->text.len) {
		uint8_t byte = folded[(unsigned char)s->text.ptr[s->pos]];
		bool ends;

		if (byte == 0)
			break;
		if (byte == OTHER) {
			if (!add_other(s, &r, &ends) || ends)
				break;
			continue;
		}
		add_byte(&r, byte);
		s->pos++;
	}
	if (s->pos > r.at) {
		end_word(s, &r);
		return;
	}
	/* A separator beyond ASCII. */
	char out[KN_FOLDED];
	size_t len;

	sw_kn_fold(s->text, &s->pos, out, &len);
}

static bool is_local(unsigned char c)
{
	return folded[c] > OTHER || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
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
		while (end < s->text.len && (folded[(unsigned char)s->text.ptr[end]] ||
					     s->text.ptr[end] == '.' ||
					     s->text.ptr[end] == '-' || s->text.ptr[end] == '_'))
			end++;
	}
	if (start == s->pos || end == s->pos + 1)
		return false;
	while (s->count > 0 && s->words[s->count - 1].at >= start)
		s->count--;
	s->pos = end;
	return true;
}

/* At a digit: a code that is to be left out? */
static bool skip_code(struct scan *s)
{
	struct sw_slice rest = sw_slice_from(s->text, s->pos);
	struct sw_enhanced e;
	size_t len = sw_kn_enhanced_read(rest, &e);
	int code;

	if (s->pos > 0 && (folded[(unsigned char)s->text.ptr[s->pos - 1]] ||
			   s->text.ptr[s->pos - 1] == '.'))
		return false;
	if (len) {
		if (!s->at_head && (len != s->codes->enhanced_len ||
				    memcmp(rest.ptr, s->codes->enhanced_text, len) != 0))
			return false;
	} else if (sw_kn_code_read(rest, &code) && (s->at_head || code == s->codes->code)) {
		len = 3;
	}
	s->pos += len;
	return len > 0;
}

static void separator(struct scan *s, char c)
{
	if (c == '\n' || c == '\r')
		s->at_head = true;
	if (c == '@' && s->codes && skip_address(s))
		return;
	s->pos++;
}

size_t sw_kn_words(struct sw_slice text, const struct kn_codes *codes, struct kn_word *ret,
		   size_t max)
{
	struct scan s = { .text = text, .codes = codes, .words = ret, .max = max };

	s.at_head = true;
	while (s.pos < text.len && s.count < max) {
		uint8_t byte = folded[(unsigned char)text.ptr[s.pos]];

		if (byte == 0)
			separator(&s, text.ptr[s.pos]);
		else if (byte < '2' || byte > '5' || !codes || !skip_code(&s))
			read_word(&s);
	}
	return s.count;
}
