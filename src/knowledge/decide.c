/* SPDX-License-Identifier: MIT */
/* Which rule wins (data/README.md). */
#include "knowledge/decide.h"

#include "knowledge/pattern.h"

/* What is paid for codes that do not fit. */
enum { NO_CODE = 10, OTHER_CODE = 15, OTHER_CLASS = 20 };

/* How the codes of a reply fit those that a rule names. */
enum fit {
	FIT_FREE = 0, /* it names none */
	FIT_MATCH,
	FIT_NONE, /* the reply has none of the kind */
	FIT_OTHER,
	FIT_CLASS, /* the same but for the class: 450 and 550, 4.7.26 and 5.7.26 */
};

/* Words that are looked up in one go. */
enum { CHUNK = 64 };

static size_t take_words(struct kn_decision *d, struct kn_scan *s, struct kn_word words[CHUNK])
{
	size_t room = SW_MAX_CLASSIFY_WORDS - d->word_count;
	size_t count = sw_kn_scan(s, words, room < CHUNK ? room : CHUNK);

	for (size_t i = 0; i < count; i++)
		d->word_at[d->word_count + i] = (uint16_t)words[i].at;
	d->word_count += count;
	return count;
}

static void look_into(struct kn_decision *d, const struct kn_image *image, struct kn_scan *s,
		      struct kn_word words[CHUNK], size_t count)
{
	struct kn_walk w;

	sw_kn_walk_init(&w, image);
	sw_kn_hits_layer(&d->hits, image);
	for (; count > 0; count = count == CHUNK ? take_words(d, s, words) : 0)
		sw_kn_hits_walk(&d->hits, &w, d->text, words, count);
	sw_kn_hits_end(&d->hits);
}

void sw_kn_look(struct kn_decision *d, const struct sw_knowledge *k, struct sw_slice text,
		int code, struct sw_enhanced enhanced)
{
	struct kn_word words[CHUNK];
	struct kn_scan s = { 0 };
	size_t count = 0;

	d->k = k;
	d->text = sw_slice_head(text, SW_MAX_CLASSIFY);
	sw_kn_codes_find(d->text, code, enhanced, &d->codes);
	d->word_count = 0;
	sw_kn_hits_init(&d->hits);
	for (; k && d->hits.layer_count < SW_MAX_KNOWLEDGE_LAYERS; k = k->under) {
		/* Most texts are one piece, which is cut once for all layers. */
		if (d->hits.layer_count == 0 || d->word_count >= CHUNK) {
			d->word_count = 0;
			sw_kn_scan_init(&s, d->text, &d->codes);
			count = take_words(d, &s, words);
		}
		look_into(d, k->image, &s, words, count);
	}
	d->charset = s.charset;
}

static enum fit fit_reply(const struct kn_image *image, const struct kn_rule *r, int code,
			  bool words)
{
	const uint16_t *at = kn_rule_replies(image, r);
	int within = code % 100;

	for (uint32_t i = 0; i + 1 < r->replies; i += 2)
		if (code >= at[i] && code <= at[i + 1])
			return FIT_MATCH;
	for (uint32_t i = 0; words && i + 1 < r->replies; i += 2)
		if (within >= at[i] % 100 && within <= at[i + 1] % 100)
			return FIT_CLASS;
	return FIT_OTHER;
}

static enum fit fit_enhanced(const struct kn_image *image, const struct kn_rule *r,
			     struct sw_enhanced e)
{
	const uint16_t *at = kn_rule_enhanced(image, r);
	enum fit fit = FIT_OTHER;

	for (uint32_t i = 0; i + KN_RANGE <= r->enhanced; i += KN_RANGE) {
		if (at[i + 1] != e.subject || e.detail < at[i + 2] || e.detail > at[i + 3])
			continue;
		if (at[i] == 0 || at[i] == e.class)
			return FIT_MATCH;
		fit = FIT_CLASS;
	}
	return fit;
}

/* Rules without words need their code, so nothing but FIT_MATCH interests there.
 * The enhanced code says more than the reply code: where both are there, it decides, and the
 * reply code speaks for the class. */
static enum fit fit_of(const struct kn_decision *d, const struct kn_image *image,
		       const struct kn_rule *r, bool words)
{
	const struct kn_codes *c = &d->codes;

	if (!r->replies && !r->enhanced)
		return FIT_FREE;
	if (r->enhanced && c->enhanced.class) {
		enum fit fit = fit_enhanced(image, r, c->enhanced);
		bool class = r->replies && c->code && !(r->classes >> c->code / 100 & 1);

		return fit == FIT_MATCH && class ? FIT_CLASS : fit;
	}
	return r->replies && c->code ? fit_reply(image, r, c->code, words) : FIT_NONE;
}

static bool is_spoken_by(const struct kn_decision *d, const struct kn_image *image,
			 const struct kn_rule *r)
{
	const uint16_t *at = kn_rule_vendors(image, r);

	if (d->speaker_count == 0)
		return false;
	for (uint32_t i = 0; i < r->vendors; i++)
		if (at[i] < SW_MAX_VENDORS && (d->vendors[at[i] / 64] >> (at[i] % 64) & 1))
			return true;
	return false;
}

/* Whether each group of `with` was found; adds the letters of the longest of each. */
static bool has_with(const struct kn_layer *hits, const struct kn_rule *r, unsigned *letters)
{
	const uint16_t *at = kn_rule_with(hits->image, r);

	for (unsigned g = 0; g < r->with_groups; g++) {
		unsigned count = *at++, longest = 0;

		for (; count > 0; count--, at++)
			if (kn_seen(hits, *at) &&
			    kn_pattern_at(hits->image, *at)->letters > longest)
				longest = kn_pattern_at(hits->image, *at)->letters;
		if (longest == 0)
			return false;
		*letters += longest;
	}
	return true;
}

static bool has_without(const struct kn_layer *hits, const struct kn_rule *r)
{
	const uint16_t *at = kn_rule_without(hits->image, r), *seen = hits->seen;

	for (const uint16_t *end = at + r->without; at < end; at += 2)
		if (seen[at[0]] & at[1])
			return true;
	return false;
}

static int score_of(const struct kn_rule *r, enum fit fit)
{
	static const int paid[] = {
		[FIT_NONE] = NO_CODE, [FIT_OTHER] = OTHER_CODE, [FIT_CLASS] = OTHER_CLASS
	};

	return r->worth > paid[fit] ? r->worth - paid[fit] : 0;
}

/* Codes are a condition, but where words of a known speaker say enough without them. */
static bool may_differ(const struct kn_rule *r, bool words, enum fit fit)
{
	if (fit == FIT_FREE || fit == FIT_MATCH)
		return true;
	return words && (fit == FIT_CLASS || r->vendors);
}

/* A user's rule goes before a built-in one, more words before fewer, the earlier first. */
static inline bool is_better(const struct kn_candidate *a, const struct kn_candidate *b)
{
	if (!b->image || a->score != b->score)
		return !b->image || a->score > b->score;
	if (a->layer != b->layer)
		return a->layer < b->layer;
	if (a->letters != b->letters)
		return a->letters > b->letters;
	return a->index < b->index;
}

static void offer(struct kn_decision *d, const struct kn_candidate *c)
{
	if (is_better(c, &d->best)) {
		if (d->best.image && d->best.category != c->category)
			d->next = d->best;
		d->best = *c;
	} else if (c->category != d->best.category && is_better(c, &d->next)) {
		d->next = *c;
	}
}

/* Whether to offer it would change nothing; `may_grow`: its letters are not all counted yet.
 */
static bool is_beaten(const struct kn_decision *d, const struct kn_candidate *c, bool may_grow)
{
	const struct kn_candidate *rival =
		c->category == d->best.category ? &d->best : &d->next;

	if (may_grow && c->score == rival->score)
		return false;
	return !is_better(c, rival);
}

/* A layer above may have its own idea of the rule. */
static bool is_replaced(const struct kn_decision *d, size_t layer, size_t index)
{
	for (size_t l = 0; l < layer; l++) {
		const struct kn_image *image = d->hits.layers[l].image;
		const uint16_t *replaced = kn_part(image, KN_REPLACED_RULES);

		for (size_t i = 0; i < image->part[KN_REPLACED_RULES].count; i++)
			if (replaced[i] == index)
				return true;
	}
	return false;
}

/* Most images replace no rule. */
static inline uint16_t index_of(const struct kn_image *image, uint16_t own)
{
	return (uint16_t)(image->part[KN_REPLACED_RULES].count
				  ? sw_kn_global(image, KN_RULES, own)
				  : image->base[KN_RULES] + own);
}

/* Whether a rule could change anything if all that it asks for was there: most that are found
 * are worth less than what was found before. */
static inline bool may_matter(const struct kn_decision *d, const struct kn_rule *r)
{
	int rival = r->category == d->best.category ? d->best.score : d->next.score;

	return r->worth >= rival || (r->sender_side && !d->sender_side);
}

/* `letters` of the pattern that was found, 0 for a rule without one. */
static void weigh_rule(struct kn_decision *d, size_t layer, uint16_t own, unsigned letters)
{
	const struct kn_layer *hits = &d->hits.layers[layer];
	const struct kn_rule *r = (const struct kn_rule *)kn_part(hits->image, KN_RULES) + own;
	bool words = letters > 0;

	if (r->vendors && !is_spoken_by(d, hits->image, r))
		return;
	enum fit fit = fit_of(d, hits->image, r, words);

	if (!may_differ(r, words, fit))
		return;
	if (r->stages && (d->has_stage ? !(r->stages >> d->stage & 1) : !words))
		return;
	struct kn_candidate c = {
		.image = hits->image,
		.own = own,
		.layer = layer,
		.index = index_of(hits->image, own),
		.category = r->category,
		.score = score_of(r, fit),
		.letters = letters,
	};

	/* Spare the rest where it is beaten. */
	if (is_beaten(d, &c, r->with_groups > 0) && (d->sender_side || !r->sender_side))
		return;
	if (!has_with(hits, r, &c.letters) || has_without(hits, r))
		return;
	if (layer > 0 && is_replaced(d, layer, c.index))
		return;
	d->sender_side |= r->sender_side;
	offer(d, &c);
}

static inline void try_rule(struct kn_decision *d, size_t layer, uint16_t own,
			    unsigned letters)
{
	const struct kn_image *image = d->hits.layers[layer].image;

	if (may_matter(d, (const struct kn_rule *)kn_part(image, KN_RULES) + own))
		weigh_rule(d, layer, own, letters);
}

/* Rules without text of a vendor, or those that ask for none: SW_NONE, the last ones. */
static void try_wordless(struct kn_decision *d, size_t layer, uint16_t vendor)
{
	const struct kn_image *image = d->hits.layers[layer].image;
	const struct kn_wordless *w = kn_part(image, KN_WORDLESS);
	size_t from = 0, to = image->part[KN_WORDLESS].count;
	unsigned wanted = 1u << KN_SUBJECTS;

	if (d->codes.enhanced.class)
		wanted |= kn_subject_bit(d->codes.enhanced.subject);
	/* To the end of the vendor's. */
	while (vendor != SW_NONE && from < to) {
		size_t middle = from + (to - from) / 2;

		if (w[middle].vendor <= vendor)
			from = middle + 1;
		else
			to = middle;
	}
	for (; to > 0 && w[to - 1].vendor == vendor; to--)
		if (w[to - 1].subjects & wanted)
			try_rule(d, layer, w[to - 1].rule, 0);
}

static inline void try_users(struct kn_decision *d, size_t layer, const struct kn_hit *hit,
			     enum kn_use kind)
{
	const struct kn_image *image = d->hits.layers[layer].image;
	struct kn_users users = kn_users(image, hit->pattern, kind);
	unsigned letters = kn_pattern_at(image, hit->pattern)->letters;

	for (size_t u = 0; u < users.count; u++)
		try_rule(d, layer, users.at[u], letters);
}

static void try_layer(struct kn_decision *d, size_t layer)
{
	const struct kn_layer *hits = &d->hits.layers[layer];

	/* The later a pattern ends, the more it says, mostly; and what says much comes first.
	 */
	for (size_t i = hits->used.to; i > hits->used.from; i--) {
		const struct kn_hit *hit = &d->hits.hits[i - 1];

		if (d->speaker_count && (hit->uses & 1u << KN_USE_VENDOR_RULE))
			try_users(d, layer, hit, KN_USE_VENDOR_RULE);
		if (hit->uses & 1u << KN_USE_RULE)
			try_users(d, layer, hit, KN_USE_RULE);
	}
	for (size_t i = 0; i < d->speaker_count; i++)
		try_wordless(d, layer, d->speakers[i]);
	try_wordless(d, layer, SW_NONE);
}

void sw_kn_rules(struct kn_decision *d)
{
	d->sender_side = false;
	d->best = d->next = (struct kn_candidate){ 0 };
	for (size_t l = 0; l < d->hits.layer_count; l++)
		try_layer(d, l);
}
