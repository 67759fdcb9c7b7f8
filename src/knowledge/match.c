/* SPDX-License-Identifier: MIT */
/* Walking the tree of words (automaton.c). */
#include "knowledge/match.h"

#include "knowledge/pattern.h"

struct place {
	uint32_t node;
	uint16_t start; /* the first word */
};
/* A piece of a pattern with gaps that waits for the next one. */
struct half {
	uint16_t pattern, first, last;
	uint8_t piece;
};
struct walk {
	const struct kn_image *image;
	const struct kn_node *nodes;
	const uint16_t *node_labels;
	const uint32_t *root;
	kn_found found;
	void *arg;
	struct place active[2][SW_MAX_CLASSIFY_ACTIVE];
	size_t active_count, next_count;
	unsigned turn;
	struct half halves[SW_MAX_CLASSIFY_HALVES]; /* a ring: old ones are of no use */
	size_t half_count;
};

struct kn_users sw_kn_users(const struct kn_image *image, uint16_t pattern, enum kn_user kind)
{
	const struct kn_pattern *p = kn_pattern_at(image, pattern);
	const uint16_t counts[] = { p->rules, p->vendor_texts, p->vendor_banners, p->errors,
				    p->markers, p->signs, p->hints, p->phrases };
	const uint16_t *at = (const uint16_t *)kn_part(image, KN_LISTS) + p->uses;

	for (unsigned i = 0; i < (unsigned)kind; i++)
		at += counts[i];
	return (struct kn_users){ at, counts[kind] };
}

/* ---- symbols */

static const struct kn_slot *find_slot(const struct kn_image *image, enum kn_part part,
				       uint64_t hash)
{
	const struct kn_slot *slots = kn_part(image, part);
	uint32_t size = image->part[part].count, at = kn_slot_of(hash, size);

	for (; slots[at].symbol; at = (at + 1) & (size - 1))
		if (slots[at].check == (uint32_t)(hash >> 32))
			return &slots[at];
	return NULL;
}

/* The longest beginning that some pattern asks for; `lengths` has a bit for each that may be
 * one. */
static uint16_t prefix_symbol(const struct kn_image *image, struct sw_slice text,
			      const struct kn_word *w, uint32_t lengths)
{
	struct sw_slice word = sw_slice(text.ptr + w->at, w->len);
	uint64_t hash = KN_HASH_SEED;
	uint16_t symbol = 0;
	size_t folded = 0;

	for (size_t pos = 0; pos < word.len && lengths >> folded;) {
		char out[KN_FOLDED];
		size_t len;

		sw_kn_fold(word, &pos, out, &len);
		for (size_t i = 0; i < len && ++folded < 32; i++) {
			hash = kn_hash(hash, (unsigned char)out[i]);
			if (!(lengths >> folded & 1))
				continue;
			const struct kn_slot *slot = find_slot(image, KN_PREFIXES, hash);

			if (slot)
				symbol = w->digits ? slot->digits_symbol : slot->symbol;
		}
		if (folded >= 31)
			break;
	}
	return symbol;
}

static uint16_t symbol_of(const struct kn_image *image, struct sw_slice text,
			  const struct kn_word *w)
{
	const struct kn_slot *slot = find_slot(image, KN_VOCABULARY, w->hash);

	if (slot)
		return slot->symbol;
	const uint32_t *heads = kn_part(image, KN_PREFIX_HEADS);
	unsigned char first = (unsigned char)sw_ascii_lower(text.ptr[w->at]);
	uint32_t lengths = heads[w->head] | heads[256 + first];
	uint16_t symbol = lengths ? prefix_symbol(image, text, w, lengths) : 0;

	return symbol || !w->digits ? symbol : (uint16_t)KN_SYMBOL_DIGITS;
}

/* ---- what is found */

static void add_hit(void *arg, struct kn_hit hit)
{
	struct kn_hits *h = arg;
	uint16_t pattern = hit.pattern;

	if (kn_pattern_at(h->image, pattern)->markers && h->marker_count < SW_LEN(h->markers))
		h->markers[h->marker_count++] = hit;
	if (kn_seen(h, pattern))
		return;
	h->seen[pattern / 64] |= (uint64_t)1 << (pattern % 64);
	if (h->count < SW_LEN(h->hits))
		h->hits[h->count++] = hit;
}

static void add_half(struct walk *w, struct half half)
{
	w->halves[w->half_count++ % SW_LEN(w->halves)] = half;
}

/* The newest half that this piece continues. */
static const struct half *find_half(const struct walk *w, uint16_t pattern, uint8_t piece,
				    uint16_t start)
{
	size_t kept = w->half_count < SW_LEN(w->halves) ? w->half_count : SW_LEN(w->halves);

	for (size_t i = 1; i <= kept; i++) {
		const struct half *h = &w->halves[(w->half_count - i) % SW_LEN(w->halves)];

		if (h->pattern == pattern && h->piece + 1 == piece && h->last < start &&
		    start - h->last - 1 <= KN_GAP_WORDS)
			return h;
	}
	return NULL;
}

static void end_piece(struct walk *w, const struct kn_output *o, uint16_t start, uint16_t last)
{
	uint16_t first = start;

	if (o->piece > 0) {
		const struct half *h = find_half(w, o->pattern, o->piece, start);

		if (!h)
			return;
		first = h->first;
	}
	if (o->piece + 1 == o->pieces)
		w->found(w->arg, (struct kn_hit){ o->pattern, first, last });
	else
		add_half(w, (struct half){ o->pattern, first, last, o->piece });
}

static void arrive(struct walk *w, uint32_t node, uint16_t start, uint16_t last)
{
	const struct kn_node *n = &w->nodes[node];
	const struct kn_output *o = (const struct kn_output *)kn_part(w->image, KN_OUTPUTS) +
				    n->outputs;

	for (unsigned i = 0; i < n->output_count; i++)
		end_piece(w, &o[i], start, last);
	if (n->children && w->next_count < SW_MAX_CLASSIFY_ACTIVE)
		w->active[!w->turn][w->next_count++] = (struct place){ node, start };
}

static uint32_t find_child(const struct walk *w, uint32_t node, uint16_t label)
{
	uint32_t from = w->nodes[node].first_child, to = from + w->nodes[node].children;

	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (w->node_labels[middle] == label)
			return middle;
		if (w->node_labels[middle] < label)
			from = middle + 1;
		else
			to = middle;
	}
	return 0;
}

static void step(struct walk *w, uint16_t symbol, uint16_t at)
{
	struct kn_list list = ((const struct kn_list *)kn_part(w->image, KN_SYMBOLS))[symbol];
	const uint16_t *labels = kn_list(w->image, list);

	w->next_count = 0;
	for (uint32_t l = 0; l < list.count; l++) {
		for (size_t a = 0; a < w->active_count; a++) {
			const struct place *p = &w->active[w->turn][a];
			uint32_t child = find_child(w, p->node, labels[l]);

			if (child)
				arrive(w, child, p->start, at);
		}
		if (w->root[labels[l]])
			arrive(w, w->root[labels[l]], at, at);
	}
	w->turn = !w->turn;
	w->active_count = w->next_count;
}

static void walk_words(const struct kn_image *image, enum kn_part root, struct sw_slice text,
		       const struct kn_word *words, size_t count, kn_found found, void *arg)
{
	struct walk w;

	w.image = image;
	w.nodes = kn_part(image, KN_NODES);
	w.node_labels = kn_part(image, KN_NODE_LABELS);
	w.root = kn_part(image, root);
	w.found = found;
	w.arg = arg;
	w.active_count = 0;
	w.turn = 0;
	w.half_count = 0;
	for (size_t i = 0; i < count; i++) {
		uint16_t symbol = symbol_of(image, text, &words[i]);

		if (symbol)
			step(&w, symbol, (uint16_t)i);
		else
			w.active_count = 0;
	}
}

void sw_kn_match(const struct kn_image *image, struct sw_slice text, const struct kn_word *words,
		 size_t count, struct kn_hits *ret)
{
	ret->image = image;
	ret->count = 0;
	ret->marker_count = 0;
	memset(ret->seen, 0, (image->part[KN_PATTERNS].count + 63) / 64 * sizeof(*ret->seen));
	walk_words(image, KN_ROOT, text, words, count, add_hit, ret);
}

void sw_kn_match_notice(const struct kn_image *image, struct sw_slice text,
			const struct kn_word *words, size_t count, kn_found found, void *arg)
{
	walk_words(image, KN_PHRASE_ROOT, text, words, count, found, arg);
}
