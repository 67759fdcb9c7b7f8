/* SPDX-License-Identifier: MIT */
#include "knowledge/row.h"

#include "knowledge/pattern.h"

struct row {
	const struct kn_pattern_text *pattern;
	const struct kn_word *words;
	size_t count;
	struct sw_slice text;
	unsigned steps;
};

const char *sw_row_flaw(struct sw_slice pattern)
{
	struct kn_pattern_text parsed;

	return sw_kn_pattern_parse(pattern, &parsed);
}

/* The folded bytes of both, as far as the prefix goes.  Facts are UTF-8: a charset that would
 * have to be guessed is not met. */
static bool has_prefix(const struct kn_element *e, struct sw_slice word)
{
	char want[64], have[64];
	size_t want_len = 0, have_len = 0, some;

	for (size_t pos = 0; pos < e->text.len && want_len + KN_FOLDED <= sizeof(want);) {
		sw_kn_fold(e->text, KN_LATIN_1, &pos, want + want_len, &some);
		want_len += some;
	}
	for (size_t pos = 0; pos < word.len && have_len < want_len;) {
		sw_kn_fold(word, KN_LATIN_1, &pos, have + have_len, &some);
		have_len += some;
	}
	return have_len >= want_len && memcmp(want, have, want_len) == 0;
}

static bool fits(const struct row *r, const struct kn_element *e, const struct kn_word *w)
{
	switch (e->kind) {
	case KN_WORD:
		return e->hash == w->hash;
	case KN_PREFIX:
		return has_prefix(e, sw_slice(r->text.ptr + w->at, w->len));
	case KN_DIGITS:
		return w->digits;
	case KN_GAP:
		break;
	}
	return false;
}

/* Elements from `e` on at word `at`.  Gaps branch; the depth is that of the gaps. */
static bool goes_on(struct row *r, size_t e, size_t at)
{
	for (; e < r->pattern->count; e++, at++) {
		const struct kn_element *element = &r->pattern->elements[e];

		if (++r->steps > SW_MAX_ROW_STEPS)
			return false;
		if (element->kind == KN_GAP) {
			for (size_t skip = 0; skip <= KN_GAP_WORDS && at + skip < r->count;
			     skip++)
				if (goes_on(r, e + 1, at + skip))
					return true;
			return false;
		}
		if (at >= r->count || !fits(r, element, &r->words[at]))
			return false;
	}
	return true;
}

bool sw_row_is_in(struct sw_slice pattern, struct sw_slice text)
{
	struct kn_word words[SW_MAX_ROW_WORDS];
	struct kn_pattern_text parsed;
	struct row r = { .pattern = &parsed, .words = words, .text = text };

	if (sw_kn_pattern_parse(pattern, &parsed))
		return false;
	r.count = sw_kn_words(text, NULL, words, SW_LEN(words));
	for (size_t at = 0; at < r.count; at++)
		if (goes_on(&r, 0, at))
			return true;
	return false;
}
