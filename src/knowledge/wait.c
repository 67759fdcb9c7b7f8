/* SPDX-License-Identifier: MIT */
/* How long a server asks us to wait: "come back in 00:05:00", "retry after 300 seconds",
 * "через 5 минут".  Only beside words of waiting; "10 messages in the last 60 minutes" is no
 * wait. */
#include "knowledge/decide.h"

struct unit {
	const char *begins;
	unsigned seconds;
	bool whole; /* not only a beginning */
};
static const struct unit units[] = {
	{ "s", 1, true },          { "sec", 1, false },       { "sek", 1, false },
	{ "seg", 1, false },       { "m", 60, true },         { "min", 60, false },
	{ "mn", 60, true },        { "h", 3600, true },       { "hr", 3600, true },
	{ "hrs", 3600, true },     { "hour", 3600, false },   { "stunde", 3600, false },
	{ "heure", 3600, false },  { "hora", 3600, false },   { "ora", 3600, true },
	{ "ore", 3600, true },     { "godzin", 3600, false }, { "day", 86400, false },
	{ "tag", 86400, false },   { "jour", 86400, false },  { "dia", 86400, false },
	{ "giorn", 86400, false }, { "сек", 1, false },       { "с", 1, true },
	{ "мин", 60, false },      { "м", 60, true },         { "час", 3600, false },
	{ "ч", 3600, true },       { "день", 86400, true },   { "дня", 86400, true },
	{ "дней", 86400, true },   { "сут", 86400, false },   { "秒", 1, false },
	{ "分", 60, false },       { "时", 3600, true },      { "時", 3600, true },
	{ "시간", 3600, true },    { "분", 60, true },        { "초", 1, true },
	{ "dakika", 60, false },   { "saat", 3600, true },    { "uur", 3600, true },
	{ "timme", 3600, false },  { "tunti", 3600, false },
};
/* Right before a number: it measures something that was. */
static const char *const past[] = { "last",    "past",      "previous", "per",
				    "timeout", "every",     "each",     "over",
				    "за",      "последние", "letzten" };
/* How many words lie at most between a word of waiting and the time. */
enum { REACH = 8 };

static struct sw_slice word_at(const struct kn_decision *d, size_t i)
{
	struct kn_word word = kn_decision_word(d, i);

	return sw_slice(d->text.ptr + word.at, word.len);
}

/* Words of units are short: what is folded of longer ones is enough to tell them apart. */
enum { UNIT_BYTES = 24 };

static size_t fold_unit(struct sw_slice word, enum kn_charset charset, char ret[UNIT_BYTES])
{
	size_t have = 0;

	for (size_t pos = 0; pos < word.len && have + KN_FOLDED <= UNIT_BYTES;) {
		size_t len;

		sw_kn_fold(word, charset, &pos, ret + have, &len);
		have += len;
	}
	return have;
}

static unsigned unit_of(struct sw_slice word, enum kn_charset charset)
{
	char text[UNIT_BYTES];
	struct sw_slice folded = sw_slice(text, fold_unit(word, charset, text));

	for (size_t i = 0; i < SW_LEN(units); i++) {
		const struct unit *u = &units[i];

		if (folded.len == 0 || text[0] != u->begins[0])
			continue;
		struct sw_slice begins = sw_slice_str(u->begins);

		if (u->whole ? sw_slice_eq(folded, begins) : sw_slice_starts(folded, begins))
			return u->seconds;
	}
	return 0;
}

static bool is_past(const struct kn_decision *d, size_t i)
{
	if (i == 0)
		return false;
	struct sw_slice before = word_at(d, i - 1);

	for (size_t w = 0; w < SW_LEN(past); w++)
		if (sw_slice_eq_nocase(before, sw_slice_str(past[w])))
			return true;
	return false;
}

static bool is_joined_by_colon(const struct kn_decision *d, size_t i)
{
	if (i + 1 >= d->word_count)
		return false;
	struct sw_slice word = word_at(d, i);
	struct kn_word next = kn_decision_word(d, i + 1);
	size_t end = d->word_at[i] + word.len;

	return next.digits && next.at == end + 1 && d->text.ptr[end] == ':';
}

static unsigned number_of(struct sw_slice word)
{
	uint64_t value;

	return sw_slice_u64(word, &value) && value < SW_MAX_RETRY_AFTER_S ? (unsigned)value
									  : 0;
}

/* A time that begins with word i, or 0. */
static unsigned time_at(const struct kn_decision *d, size_t i)
{
	size_t digits = 0;

	if (!sw_ascii_digit(d->text.ptr[d->word_at[i]]))
		return 0;
	struct sw_slice word = word_at(d, i);

	while (digits < word.len && sw_ascii_digit(word.ptr[digits]))
		digits++;
	if (digits == 0 || digits > 6 || is_past(d, i))
		return 0;
	unsigned value = number_of(sw_slice_head(word, digits)), seconds;

	if (digits < word.len) /* "300s" */
		return value * unit_of(sw_slice_from(word, digits), KN_LATIN_1);
	if (is_joined_by_colon(d, i) && is_joined_by_colon(d, i + 1))
		return value % 100 * 3600 + number_of(word_at(d, i + 1)) % 60 * 60 +
		       number_of(word_at(d, i + 2)) % 60;
	if (i + 1 >= d->word_count)
		return 0;
	seconds = unit_of(word_at(d, i + 1), d->charset);
	return seconds && value <= SW_MAX_RETRY_AFTER_S / seconds ? value * seconds : 0;
}

/* Behind the word of waiting first, then before it ("in 5 minutes try again"). */
static unsigned time_near(const struct kn_decision *d, const struct kn_hit *hit)
{
	unsigned found = 0;

	for (size_t i = (size_t)hit->last + 1;
	     i < d->word_count && i <= (size_t)hit->last + REACH && !found; i++)
		found = time_at(d, i);
	for (size_t i = hit->first; i > 0 && i + REACH > hit->first && !found; i--)
		found = time_at(d, i - 1);
	return found <= SW_MAX_RETRY_AFTER_S ? found : 0;
}

unsigned sw_kn_wait(const struct kn_decision *d)
{
	for (size_t l = 0; l < d->hits.layer_count; l++) {
		const struct kn_layer *layer = &d->hits.layers[l];

		for (size_t i = 0; i < layer->marker_count; i++) {
			const struct kn_hit *hit = &layer->markers[i];
			unsigned found = 0;

			if (kn_marker_at(layer->image, hit)->kind == KN_MARK_WAIT)
				found = time_near(d, hit);
			if (found)
				return found;
		}
	}
	return 0;
}
