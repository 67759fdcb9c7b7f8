/* SPDX-License-Identifier: MIT */
#include "knowledge/phrase.h"

#include "knowledge/match.h"

/* Words looked at in one go; a phrase that lies over the border is not found. */
enum { CHUNK = 2048 };

struct finder {
	const struct kn_image *image;
	const struct kn_word *words;
	struct sw_phrase_hit *ret;
	size_t base; /* byte of the text at which the words begin */
	size_t count, max;
};

static void add(struct finder *f, struct kn_hit hit, struct sw_phrase_hit h)
{
	const struct kn_word *last = &f->words[hit.last];

	h.at = (uint32_t)(f->base + f->words[hit.first].at);
	h.end = (uint32_t)(f->base + last->at + last->len);
	h.words = (uint16_t)(hit.last - hit.first + 1);
	if (f->count < f->max)
		f->ret[f->count] = h;
	f->count++;
}

static void add_users(struct finder *f, struct kn_hit hit)
{
	const struct kn_phrase *phrases = kn_part(f->image, KN_PHRASES);
	struct kn_users signs = kn_users(f->image, hit.pattern, KN_USE_SIGN);
	struct kn_users hints = kn_users(f->image, hit.pattern, KN_USE_HINT);
	struct kn_users users = kn_users(f->image, hit.pattern, KN_USE_PHRASE);

	for (size_t i = 0; i < signs.count; i++)
		add(f, hit,
		    (struct sw_phrase_hit){ .role = SW_PHRASE_SIGN, .layout = signs.at[i] });
	for (size_t i = 0; i < hints.count; i++)
		add(f, hit,
		    (struct sw_phrase_hit){ .role = SW_PHRASE_HINT, .layout = hints.at[i] });
	for (size_t i = 0; i < users.count; i++) {
		const struct kn_phrase *p = &phrases[users.at[i]];

		add(f, hit,
		    (struct sw_phrase_hit){
			    .role = p->role, .stage = p->stage, .layout = p->layout });
	}
}

static void found(void *arg, const struct kn_hit *hits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_users(arg, hits[i]);
}

/* The end of the last line that is whole within the first `end` bytes; `end` when there is
 * none. */
static size_t whole_lines(struct sw_slice text, size_t end)
{
	const char *newline = memrchr(text.ptr, '\n', end);

	return newline ? (size_t)(newline - text.ptr) + 1 : end;
}

size_t sw_phrases_find(const struct sw_knowledge *k, struct sw_slice text,
		       struct sw_phrase_hit *ret, size_t max)
{
	static const struct kn_codes none;
	struct kn_word words[CHUNK];
	struct finder f = { .words = words, .ret = ret, .max = max };

	while (f.base < text.len) {
		struct sw_slice rest = sw_slice_from(text, f.base);
		size_t count = sw_kn_words(rest, &none, words, CHUNK), end = rest.len;

		if (count == CHUNK) {
			end = whole_lines(rest, words[CHUNK - 1].at);
			while (words[count - 1].at >= end)
				count--;
		}
		for (const struct sw_knowledge *l = k; l; l = l->under) {
			struct kn_walk w;

			f.image = sw_kn_notices(l->image);
			sw_kn_walk_init(&w, f.image);
			sw_kn_walk(&w, rest, words, count, found, &f);
		}
		f.base += end;
	}
	return f.count;
}
