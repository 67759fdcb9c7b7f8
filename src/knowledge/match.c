/* SPDX-License-Identifier: MIT */
/* Walking the tree of words (automaton.c). */
#include "knowledge/match.h"

#include <assert.h>

#include "knowledge/pattern.h"

/* ---- labels of a word */

struct labels {
	const uint16_t *at;
	size_t count;
};

static inline const struct kn_slot *find_slot(const struct kn_image *image, enum kn_part part,
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
	struct kn_hasher hasher;
	uint32_t lengths; /* a bit for each that may be asked for */
	bool digits;
	uint16_t symbol; /* of the longest one found */
};

static void lengthen(struct beginnings *b, unsigned char byte)
{
	kn_hasher_add(&b->hasher, byte);
	if (b->hasher.len > 31 || !(b->lengths >> b->hasher.len & 1))
		return;
	const struct kn_slot *slot =
		find_slot(b->image, KN_PREFIXES, kn_hasher_end(&b->hasher));

	if (slot)
		b->symbol = b->digits ? slot->other : slot->symbol;
}

__attribute__((noinline)) static uint16_t prefix_symbol(const struct kn_image *image,
							struct sw_slice text,
							const struct kn_word *w,
							uint32_t lengths)
{
	struct sw_slice word = sw_slice(text.ptr + w->at, w->len);
	struct beginnings b = { .image = image, .lengths = lengths, .digits = w->digits };

	/* Lengths beyond the longest that may be asked for are no use. */
	for (size_t pos = 0;
	     pos < word.len && b.hasher.len < 31 && lengths >> (b.hasher.len + 1);) {
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

static inline struct labels labels_of_symbol(const struct kn_image *image, uint16_t symbol)
{
	struct kn_list list = ((const struct kn_list *)kn_part(image, KN_SYMBOLS))[symbol];

	return (struct labels){ kn_list(image, list), list.count };
}

static inline struct labels labels_of(const struct kn_image *image, struct sw_slice text,
				      const struct kn_word *w)
{
	const struct kn_slot *slot = find_slot(image, KN_VOCABULARY, w->hash);

	if (slot)
		return slot->other != SW_NONE ? (struct labels){ &slot->other, 1 }
					      : labels_of_symbol(image, slot->symbol);
	const uint32_t *heads = kn_part(image, KN_PREFIX_HEADS);
	unsigned char first = (unsigned char)sw_ascii_lower(text.ptr[w->at]);
	uint32_t lengths = heads[w->head] | heads[256 + first];
	uint16_t symbol = lengths ? prefix_symbol(image, text, w, lengths) : 0;

	if (!symbol && w->digits)
		symbol = KN_SYMBOL_DIGITS;
	return symbol ? labels_of_symbol(image, symbol) : (struct labels){ NULL, 0 };
}

/* ---- what is found */

void sw_kn_hits_init(struct kn_hits *h)
{
	h->layer_count = h->used = h->conditions = h->entries = 0;
}

/* In pieces that the C library clears by plain stores: its string instruction, for more than
 * 2 KiB, takes as long to begin. */
static void clear(void *at, size_t len)
{
	enum { PIECE = 1024 };

	for (; len > PIECE; len -= PIECE, at = (char *)at + PIECE)
		memset(at, 0, PIECE);
	memset(at, 0, len);
}

void sw_kn_hits_layer(struct kn_hits *h, const struct kn_image *image)
{
	struct kn_layer *l = &h->layers[h->layer_count++];
	size_t entries = image->part[KN_PATTERNS].count / KN_SET_BITS + 1;

	l->image = image;
	l->seen = &h->seen[h->entries];
	l->used = (struct kn_run){ h->used, h->used };
	l->conditions = (struct kn_run){ h->conditions, h->conditions };
	l->marker_count = 0;
	h->entries += entries;
	/* Patterns over all layers are limited when they are loaded. */
	assert(h->entries <= SW_LEN(h->seen));
	clear(l->seen, entries * sizeof(l->seen[0]));
}

void sw_kn_hits_end(struct kn_hits *h)
{
	struct kn_layer *l = &h->layers[h->layer_count - 1];

	l->used.to = h->used;
	l->conditions.to = h->conditions;
}

__attribute__((always_inline)) static inline void add_hit(void *arg, struct kn_hit hit)
{
	struct kn_hits *h = arg;
	struct kn_layer *l = &h->layers[h->layer_count - 1];
	uint16_t *seen = &l->seen[hit.pattern / KN_SET_BITS];
	unsigned bit = hit.pattern % KN_SET_BITS;

	if ((hit.uses & 1u << KN_USE_MARKER) && l->marker_count < SW_LEN(l->markers))
		l->markers[l->marker_count++] = hit;
	if (*seen >> bit & 1)
		return;
	*seen = (uint16_t)(*seen | 1u << bit);
	if (h->used + h->conditions == SW_MAX_CLASSIFY_HITS)
		return;
	if (hit.uses)
		h->hits[h->used++] = hit;
	else
		h->hits[SW_MAX_CLASSIFY_HITS - 1 - h->conditions++] = hit;
}

/* ---- the walk */

/* A later place of the same words reaches further: it takes the place of the earlier one. */
static inline void add_pause(struct kn_walk *w, struct kn_pause p)
{
	size_t i = 0;

	while (i < w->pause_count && w->pauses[i].node != p.node)
		i++;
	if (i == SW_LEN(w->pauses))
		return;
	if (w->pause_count == 0)
		w->overdue = (uint16_t)(p.last + KN_GAP_WORDS + 2);
	w->pauses[i] = p;
	w->pauses_mask |= p.mask;
	w->pause_count += i == w->pause_count;
}

static void drop_old_pauses(struct kn_walk *w)
{
	size_t kept = 0;
	unsigned first = w->word;

	w->pauses_mask = 0;
	for (size_t i = 0; i < w->pause_count; i++) {
		const struct kn_pause *p = &w->pauses[i];

		if (w->word - p->last > KN_GAP_WORDS + 1)
			continue;
		first = p->last < first ? p->last : first;
		w->pauses_mask |= p->mask;
		w->pauses[kept++] = *p;
	}
	w->pause_count = kept;
	w->overdue = (uint16_t)(first + KN_GAP_WORDS + 2);
}

__attribute__((always_inline)) static inline void
arrive(struct kn_walk *w, uint32_t node, uint16_t start, kn_found found, void *arg)
{
	const struct kn_node *n = &w->nodes[node];

	if (n->pattern != SW_NONE)
		found(arg, (struct kn_hit){ n->pattern, start, w->word, n->uses });
	/* The next word fits few. */
	if ((n->mask & w->next_bits) && w->next_count < SW_MAX_CLASSIFY_ACTIVE)
		w->halves[!w->turn][w->next_count++] = (struct kn_half){ node, start };
	if (n->gap)
		add_pause(w,
			  (struct kn_pause){ w->nodes[n->gap].mask, n->gap, start, w->word });
}

static inline uint32_t find_child(const struct kn_walk *w, uint32_t node, uint16_t label)
{
	uint32_t child = w->nodes[node].base + label;

	return child < w->node_count && w->nodes[child].parent == node ? child : 0;
}

/* `pauses`: those that this very word adds wait for the next one. */
__attribute__((always_inline)) static inline void
step_label(struct kn_walk *w, uint16_t label, size_t pauses, kn_found found, void *arg)
{
	uint64_t bit = kn_label_bit(label);

	for (size_t i = 0; i < w->half_count; i++) {
		const struct kn_half *h = &w->halves[w->turn][i];
		uint32_t child = find_child(w, h->node, label);

		if (child)
			arrive(w, child, h->start, found, arg);
	}
	for (size_t i = 0; w->pauses_mask & bit && i < pauses; i++) {
		const struct kn_pause p = w->pauses[i];
		uint32_t child =
			p.mask & bit && p.last < w->word ? find_child(w, p.node, label) : 0;

		if (child)
			arrive(w, child, p.start, found, arg);
	}
	if (label < w->image->root_children)
		arrive(w, label + 1u, w->word, found, arg);
}

__attribute__((always_inline)) static inline void walk(struct kn_walk *w, struct sw_slice text,
						       const struct kn_word *words,
						       size_t count, kn_found found, void *arg)
{
	struct labels next = { NULL, 0 };

	if (count)
		next = labels_of(w->image, text, &words[0]);
	for (size_t i = 0; i < count; i++) {
		struct labels labels = next;

		w->next_bits = UINT64_MAX; /* behind the last word nobody knows */
		if (i + 1 < count) {
			next = labels_of(w->image, text, &words[i + 1]);
			w->next_bits = 0;
			for (size_t l = 0; l < next.count; l++)
				w->next_bits |= kn_label_bit(next.at[l]);
		}
		if (w->pause_count && w->word >= w->overdue)
			drop_old_pauses(w);
		size_t pauses = w->pause_count;

		w->next_count = 0;
		for (size_t l = 0; l < labels.count; l++)
			step_label(w, labels.at[l], pauses, found, arg);
		w->turn = !w->turn;
		w->half_count = w->next_count;
		w->word++;
	}
}

void sw_kn_walk_init(struct kn_walk *w, const struct kn_image *image)
{
	w->image = image;
	w->nodes = kn_part(image, KN_NODES);
	w->node_count = image->part[KN_NODES].count;
	w->half_count = w->pause_count = 0;
	w->pauses_mask = 0;
	w->turn = 0;
	w->word = w->overdue = 0;
}

void sw_kn_walk(struct kn_walk *w, struct sw_slice text, const struct kn_word *words,
		size_t count, kn_found found, void *arg)
{
	walk(w, text, words, count, found, arg);
}

/* The same with add_hit in it, which most of the work is. */
void sw_kn_hits_walk(struct kn_hits *h, struct kn_walk *w, struct sw_slice text,
		     const struct kn_word *words, size_t count)
{
	walk(w, text, words, count, add_hit, h);
}
