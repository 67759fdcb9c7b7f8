/* SPDX-License-Identifier: MIT */
#include "knowledge/pattern.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool take_chunk(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t start = 0, end;

	while (start < rest->len && is_blank(rest->ptr[start]))
		start++;
	end = start;
	while (end < rest->len && !is_blank(rest->ptr[end]))
		end++;
	*ret = sw_slice(rest->ptr + start, end - start);
	*rest = sw_slice_from(*rest, end);
	return ret->len > 0;
}

static size_t folded_len(struct sw_slice word)
{
	size_t len = 0;

	for (size_t pos = 0; pos < word.len;) {
		char out[KN_FOLDED];
		size_t some;

		sw_kn_fold(word, KN_LATIN_1, &pos, out, &some);
		len += some;
	}
	return len;
}

static struct kn_element element_of(struct sw_slice chunk, const struct kn_word *w)
{
	struct sw_slice text = sw_slice(chunk.ptr + w->at, w->len);

	return (struct kn_element){
		.hash = w->hash,
		.kind = KN_WORD,
		.digits = w->digits,
		.head = w->head,
		.letters = w->len,
		.text = text,
	};
}

static const char *make_prefix(struct kn_element *e)
{
	size_t len = folded_len(e->text);

	if (len == 1 && (unsigned char)e->text.ptr[0] >= 0x80)
		return "a single letter that is not ASCII before *, expected two at least";
	if (len > 31)
		return "a word of more than 31 bytes before *";
	e->kind = KN_PREFIX;
	e->folded = (uint8_t)len;
	return NULL;
}

/* A chunk that is neither "*" nor "#". */
static const char *add_words(struct sw_slice chunk, struct kn_pattern_text *ret)
{
	struct kn_word words[SW_MAX_PATTERN_WORDS];
	bool prefix = chunk.ptr[chunk.len - 1] == '*';

	if (prefix)
		chunk.len--;
	if (sw_slice_find(chunk, '*') != chunk.len)
		return "* inside a word, expected it at the end of one or alone";
	if (sw_slice_find(chunk, '@') != chunk.len)
		return "@ in a pattern: mail addresses are taken out of a text";
	size_t count = sw_kn_words(chunk, NULL, words, SW_LEN(words));

	if (ret->count + count > SW_LEN(ret->elements))
		return "too many words";
	for (size_t i = 0; i < count; i++) {
		ret->elements[ret->count++] = element_of(chunk, &words[i]);
		ret->letters = (uint16_t)(ret->letters + words[i].len);
	}
	if (!prefix)
		return NULL;
	if (count == 0 || words[count - 1].at + words[count - 1].len != chunk.len)
		return "* without letters before it, expected it alone or behind a word";
	return make_prefix(&ret->elements[ret->count - 1]);
}

static const char *add_special(enum kn_kind kind, struct kn_pattern_text *ret)
{
	if (ret->count == SW_LEN(ret->elements))
		return "too many words";
	if (kind == KN_GAP) {
		if (ret->count == 0 || ret->elements[ret->count - 1].kind == KN_GAP)
			return "* without a word before it";
	} else {
		ret->letters++;
	}
	ret->elements[ret->count++] = (struct kn_element){ .kind = kind };
	return NULL;
}

/* "550 ..." or "5.1.1 ...": taken out of every text. */
static bool begins_with_code(const struct kn_pattern_text *p, struct sw_slice text)
{
	struct sw_enhanced e;
	struct sw_slice rest = sw_slice_trim(text);
	int code;

	return p->count > 1 && p->elements[0].kind == KN_WORD && p->elements[0].digits &&
	       (sw_kn_enhanced_read(rest, &e) || (sw_kn_code_read(rest, &code) && code >= 400));
}

const char *sw_kn_pattern_parse(struct sw_slice text, struct kn_pattern_text *ret)
{
	struct sw_slice rest = text, chunk;

	ret->count = 0;
	ret->letters = 0;
	while (take_chunk(&rest, &chunk)) {
		const char *flaw;

		if (sw_slice_eq(chunk, SW_S("*")))
			flaw = add_special(KN_GAP, ret);
		else if (sw_slice_eq(chunk, SW_S("#")))
			flaw = add_special(KN_DIGITS, ret);
		else
			flaw = add_words(chunk, ret);
		if (flaw)
			return flaw;
	}
	if (ret->count == 0)
		return "no word in it";
	if (ret->elements[ret->count - 1].kind == KN_GAP)
		return "* without a word behind it";
	if (begins_with_code(ret, text))
		return "a code at its head, where texts lose theirs; name it in `reply` or "
		       "`enhanced`";
	return NULL;
}

bool sw_kn_alternative_next(struct sw_slice *rest, struct sw_slice *ret)
{
	if (rest->len == 0)
		return false;
	size_t at = sw_slice_find(*rest, '|');

	*ret = sw_slice_trim(sw_slice_head(*rest, at));
	*rest = sw_slice_from(*rest, at + 1);
	return true;
}

bool sw_kn_reply_parse(struct sw_slice s, uint16_t *ret_from, uint16_t *ret_to)
{
	if (s.len != 3 || s.ptr[0] < '1' || s.ptr[0] > '5')
		return false;
	unsigned from = (unsigned)(s.ptr[0] - '0'), to = from;

	for (size_t i = 1; i < 3; i++) {
		bool any = s.ptr[i] == 'x';

		if (!any && !sw_ascii_digit(s.ptr[i]))
			return false;
		from = from * 10 + (any ? 0 : (unsigned)(s.ptr[i] - '0'));
		to = to * 10 + (any ? 9 : (unsigned)(s.ptr[i] - '0'));
	}
	*ret_from = (uint16_t)from;
	*ret_to = (uint16_t)to;
	return true;
}

static bool take_number(struct sw_slice *s, uint16_t *ret)
{
	size_t len = 0;
	uint64_t value;

	while (len < s->len && len < 4 && sw_ascii_digit(s->ptr[len]))
		len++;
	if (len == 0 || len > 3 || !sw_slice_u64(sw_slice_head(*s, len), &value))
		return false;
	*s = sw_slice_from(*s, len);
	*ret = (uint16_t)value;
	return true;
}

bool sw_kn_range_parse(struct sw_slice s, struct kn_enhanced_range *ret)
{
	struct kn_enhanced_range r = { 0 };

	if (s.len < 5 || !strchr("x245", s.ptr[0]) || s.ptr[1] != '.')
		return false;
	r.class = s.ptr[0] == 'x' ? 0 : (uint16_t)(s.ptr[0] - '0');
	s = sw_slice_from(s, 2);
	if (!take_number(&s, &r.subject) || s.len < 2 || s.ptr[0] != '.')
		return false;
	s = sw_slice_from(s, 1);
	if (sw_slice_eq(s, SW_S("*"))) {
		r.to = 999;
		*ret = r;
		return true;
	}
	if (!take_number(&s, &r.from))
		return false;
	r.to = r.from;
	if (s.len && s.ptr[0] == '-') {
		s = sw_slice_from(s, 1);
		if (!take_number(&s, &r.to))
			return false;
	}
	*ret = r;
	return s.len == 0 && r.from <= r.to;
}
