/* SPDX-License-Identifier: MIT */
/* Walking the tree of words (automaton.c). */
#include "knowledge/match.h"

#include "knowledge/pattern.h"

struct place {
	uint64_t mask; /* of the node */
	uint32_t node;
	uint16_t start; /* the first word */
};
/* A pattern of which the words before a `*` were found: it may go on at any of the next
 * KN_GAP_WORDS + 1 words. */
struct pause {
	uint64_t mask;
	uint32_t node;
	uint16_t start, last;
};
struct walk {
	const struct kn_image *image;
	const struct kn_node *nodes;
	const uint16_t *node_labels;
	kn_found found;
	void *arg;
	struct place active[2][SW_MAX_CLASSIFY_ACTIVE];
	size_t active_count, next_count;
	unsigned turn;
	struct pause pauses[SW_MAX_CLASSIFY_PAUSES];
	size_t pause_count;
};

/* ---- labels of a word */

struct labels {
	const uint16_t *at;
	size_t count;
};

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

/* A word that is folded step by step, to look for its beginnings. */
struct beginnings {
	const struct kn_image *image;
	uint64_t hash;
	uint32_t lengths; /* a bit for each that may be asked for */
	size_t folded;
	bool digits;
	uint16_t symbol; /* of the longest one found */
};

static void lengthen(struct beginnings *b, unsigned char byte)
{
	b->hash = kn_hash(b->hash, byte);
	if (++b->folded > 31 || !(b->lengths >> b->folded & 1))
		return;
	const struct kn_slot *slot = find_slot(b->image, KN_PREFIXES, b->hash);

	if (slot)
		b->symbol = b->digits ? slot->other : slot->symbol;
}

static uint16_t prefix_symbol(const struct kn_image *image, struct sw_slice text,
			      const struct kn_word *w, uint32_t lengths)
{
	struct sw_slice word = sw_slice(text.ptr + w->at, w->len);
	struct beginnings b = { .image = image, .hash = KN_HASH_SEED, .lengths = lengths,
				.digits = w->digits };

	/* Lengths beyond the longest that may be asked for are no use. */
	for (size_t pos = 0; pos < word.len && b.folded < 31 && lengths >> (b.folded + 1);) {
		uint8_t byte = sw_kn_bytes[(unsigned char)word.ptr[pos]];
		char out[KN_FOLDED];
		size_t len;

		if (byte != KN_OTHER) {
			lengthen(&b, byte);
			pos++;
			continue;
		}
		sw_kn_fold(word, (enum kn_charset)w->charset, &pos, out, &len);
		for (size_t i = 0; i < len; i++)
			lengthen(&b, (unsigned char)out[i]);
	}
	return b.symbol;
}

static struct labels labels_of_symbol(const struct kn_image *image, uint16_t symbol)
{
	struct kn_list list = ((const struct kn_list *)kn_part(image, KN_SYMBOLS))[symbol];

	return (struct labels){ kn_list(image, list), list.count };
}

static struct labels labels_of(const struct kn_image *image, struct sw_slice text,
			       const struct kn_word *w)
{
	const struct kn_slot *slot = find_slot(image, KN_VOCABULARY, w->hash);

	if (slot)
		return slot->other != SW_NONE ? (struct labels){ &slot->other, 1 } :
						labels_of_symbol(image, slot->symbol);
	const uint32_t *heads = kn_part(image, KN_PREFIX_HEADS);
	unsigned char first = (unsigned char)sw_ascii_lower(text.ptr[w->at]);
	uint32_t lengths = heads[w->head] | heads[256 + first];
	uint16_t symbol = lengths ? prefix_symbol(image, text, w, lengths) : 0;

	if (!symbol && w->digits)
		symbol = KN_SYMBOL_DIGITS;
	return symbol ? labels_of_symbol(image, symbol) : (struct labels){ NULL, 0 };
}

/* ---- what is found */

static void add_hit(void *arg, struct kn_hit hit)
{
	struct kn_hits *h = arg;
	uint64_t *seen = &h->seen[hit.pattern / 64], bit = (uint64_t)1 << (hit.pattern % 64);

	if ((hit.uses & 1u << KN_USE_MARKER) && h->marker_count < SW_LEN(h->markers))
		h->markers[h->marker_count++] = hit;
	if (*seen & bit)
		return;
	*seen |= bit;
	if (hit.uses && h->count < SW_LEN(h->hits))
		h->hits[h->count++] = hit;
	else if (!hit.uses && h->other_count < SW_LEN(h->others))
		h->others[h->other_count++] = hit;
}

/* A later place of the same words reaches further: it takes the place of the earlier one. */
static void add_pause(struct walk *w, struct pause p)
{
	size_t i = 0;

	while (i < w->pause_count && w->pauses[i].node != p.node)
		i++;
	if (i == SW_LEN(w->pauses))
		return;
	w->pauses[i] = p;
	w->pause_count += i == w->pause_count;
}

static void drop_old_pauses(struct walk *w, uint16_t at)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->pause_count; i++)
		if (at - w->pauses[i].last <= KN_GAP_WORDS + 1)
			w->pauses[kept++] = w->pauses[i];
	w->pause_count = kept;
}

static inline void arrive(struct walk *w, uint32_t node, uint16_t start, uint16_t last)
{
	const struct kn_node *n = &w->nodes[node];

	if (n->pattern != SW_NONE)
		w->found(w->arg, (struct kn_hit){ n->pattern, start, last, (uint16_t)n->uses });
	if (n->children && w->next_count < SW_MAX_CLASSIFY_ACTIVE)
		w->active[!w->turn][w->next_count++] = (struct place){ n->mask, node, start };
	if (n->gap)
		add_pause(w, (struct pause){ w->nodes[n->gap].mask, n->gap, start, last });
}

static inline uint32_t find_child(const struct walk *w, uint32_t node, uint16_t label)
{
	uint32_t from = w->nodes[node].first_child, to = from + w->nodes[node].children;

	while (to - from > 4) {
		uint32_t middle = from + (to - from) / 2;

		if (w->node_labels[middle] <= label)
			from = middle;
		else
			to = middle;
	}
	for (; from < to; from++)
		if (w->node_labels[from] == label)
			return from;
	return 0;
}

static void step_label(struct walk *w, uint16_t label, size_t pauses, uint16_t at)
{
	uint64_t bit = kn_label_bit(label);

	for (size_t a = 0; a < w->active_count; a++) {
		const struct place *p = &w->active[w->turn][a];
		uint32_t child = p->mask & bit ? find_child(w, p->node, label) : 0;

		if (child)
			arrive(w, child, p->start, at);
	}
	/* Those that this very word adds wait for the next one. */
	for (size_t a = 0; a < pauses; a++) {
		const struct pause p = w->pauses[a];
		uint32_t child = p.mask & bit && p.last < at ? find_child(w, p.node, label) : 0;

		if (child)
			arrive(w, child, p.start, at);
	}
	if (label < w->image->root_children)
		arrive(w, label + 1u, at, at);
}

static void step(struct walk *w, struct labels labels, uint16_t at)
{
	size_t pauses = w->pause_count;

	w->next_count = 0;
	for (size_t l = 0; l < labels.count; l++)
		step_label(w, labels.at[l], pauses, at);
	w->turn = !w->turn;
	w->active_count = w->next_count;
}

void sw_kn_match_all(const struct kn_image *image, struct sw_slice text,
		     const struct kn_word *words, size_t count, kn_found found, void *arg)
{
	struct walk w;

	w.image = image;
	w.nodes = kn_part(image, KN_NODES);
	w.node_labels = kn_part(image, KN_NODE_LABELS);
	w.found = found;
	w.arg = arg;
	w.active_count = w.pause_count = 0;
	w.turn = 0;
	for (size_t i = 0; i < count; i++) {
		if (w.pause_count)
			drop_old_pauses(&w, (uint16_t)i);
		step(&w, labels_of(image, text, &words[i]), (uint16_t)i);
	}
}

void sw_kn_match(const struct kn_image *image, struct sw_slice text, const struct kn_word *words,
		 size_t count, struct kn_hits *ret)
{
	ret->image = image;
	ret->count = ret->marker_count = ret->other_count = 0;
	memset(ret->seen, 0, (image->part[KN_PATTERNS].count + 63) / 64 * sizeof(*ret->seen));
	sw_kn_match_all(image, text, words, count, add_hit, ret);
}
