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

static inline const struct kn_slot *find_in(const struct kn_slot *slots, uint32_t size,
					    uint64_t hash)
{
	uint32_t at = kn_slot_of(hash, size), check = (uint32_t)(hash >> 32);

	for (; slots[at].check != check; at = (at + 1) & (size - 1))
		if (!slots[at].symbol)
			return NULL;
	return slots[at].symbol ? &slots[at] : NULL;
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
		find_in(kn_part(b->image, KN_PREFIXES), b->image->part[KN_PREFIXES].count,
			kn_hasher_end(&b->hasher));

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

/* Of a word that is in no pattern, but may begin as one asks for. */
__attribute__((noinline)) static struct labels
labels_of_other(const struct kn_image *image, struct sw_slice text, const struct kn_word *w)
{
	const uint32_t *heads = kn_part(image, KN_PREFIX_HEADS);
	unsigned char first = (unsigned char)sw_ascii_lower(text.ptr[w->at]);
	uint32_t lengths = heads[w->head] | heads[256 + first];
	uint16_t symbol = lengths ? prefix_symbol(image, text, w, lengths) : 0;

	if (!symbol && w->digits)
		symbol = KN_SYMBOL_DIGITS;
	/* 0 is the word that fits nothing. */
	return labels_of_symbol(image, symbol);
}

static inline void look_up(const struct kn_image *image, struct sw_slice text,
			   const struct kn_word *words, size_t count, struct labels *ret)
{
	const struct kn_slot *slots = kn_part(image, KN_VOCABULARY);
	const struct kn_list *symbols = kn_part(image, KN_SYMBOLS);
	const uint16_t *lists = kn_part(image, KN_LISTS);
	uint32_t size = image->part[KN_VOCABULARY].count;

	for (size_t i = 0; i < count; i++) {
		const struct kn_slot *slot = find_in(slots, size, words[i].hash);

		if (!slot)
			ret[i] = labels_of_other(image, text, &words[i]);
		else if (slot->other != SW_NONE)
			ret[i] = (struct labels){ &slot->other, 1 };
		else
			ret[i] = (struct labels){ lists + symbols[slot->symbol].at,
						  symbols[slot->symbol].count };
	}
}

/* ---- what is found */

void sw_kn_hits_init(struct kn_hits *h)
{
	h->layer_count = h->used = h->conditions = h->entries = 0;
}

/* Patterns to a block of the set, which is cleared when its first one is found: most texts
 * find a dozen.  But the blocks of conditions are asked for what was not found, too. */
enum { BLOCK = KN_SET_BLOCK * KN_SET_BITS };

_Static_assert(SW_MAX_PATTERNS <= 64 * BLOCK, "a bit of kn_layer.blocks for each");

static inline void clear_block(struct kn_layer *l, unsigned block)
{
	memset(l->seen + (size_t)block * KN_SET_BLOCK, 0, KN_SET_BLOCK * sizeof(l->seen[0]));
	l->blocks |= (uint64_t)1 << block;
}

void sw_kn_hits_layer(struct kn_hits *h, const struct kn_image *image)
{
	struct kn_layer *l = &h->layers[h->layer_count++];
	size_t blocks = image->part[KN_PATTERNS].count / BLOCK + 1;

	l->image = image;
	l->seen = &h->seen[h->entries];
	l->blocks = 0;
	l->used = (struct kn_run){ h->used, h->used };
	l->conditions = (struct kn_run){ h->conditions, h->conditions };
	l->marker_count = 0;
	h->entries += blocks * KN_SET_BLOCK;
	/* Patterns over all layers are limited when they are loaded. */
	assert(h->entries <= SW_LEN(h->seen));
	for (unsigned block = 0; block * BLOCK < image->conditions; block++)
		clear_block(l, block);
}

void sw_kn_hits_end(struct kn_hits *h)
{
	struct kn_layer *l = &h->layers[h->layer_count - 1];

	l->used.to = h->used;
	l->conditions.to = h->conditions;
}

static void add_marker(struct kn_layer *l, struct kn_hit hit)
{
	if (l->marker_count < SW_LEN(l->markers))
		l->markers[l->marker_count++] = hit;
}

/* Of the image of the last layer. */
static void add_hits(void *arg, const struct kn_hit *hits, size_t count)
{
	struct kn_hits *h = arg;
	struct kn_layer *l = &h->layers[h->layer_count - 1];
	struct kn_hit *used = h->hits + h->used;
	struct kn_hit *condition = h->hits + SW_MAX_CLASSIFY_HITS - h->conditions;

	for (const struct kn_hit *end = hits + count; hits < end; hits++) {
		unsigned bit = 1u << hits->pattern % KN_SET_BITS;
		uint16_t *seen = &l->seen[hits->pattern / KN_SET_BITS];

		if (SW_UNLIKELY(!(l->blocks >> hits->pattern / BLOCK & 1)))
			clear_block(l, hits->pattern / BLOCK);
		if (SW_UNLIKELY(hits->uses & 1u << KN_USE_MARKER))
			add_marker(l, *hits);
		if (*seen & bit)
			continue;
		*seen = (uint16_t)(*seen | bit);
		if (used == condition)
			continue;
		if (hits->uses)
			*used++ = *hits;
		else
			*--condition = *hits;
	}
	h->used = (size_t)(used - h->hits);
	h->conditions = SW_MAX_CLASSIFY_HITS - (size_t)(condition - h->hits);
}

/* ---- the walk */

/* A later place of the same words reaches further: it takes the place of the earlier one. */
__attribute__((noinline)) static void add_pause(struct kn_walk *w, uint32_t node,
						uint16_t start)
{
	struct kn_pause p = { w->nodes[node].mask, node, start, w->word };
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

/* Words of one round: their labels are all looked up first, what they lead to is told last, so
 * that each of these loops is a small one. */
enum { ROUND = 64 };
/* What one label may find at most: from each half, each pause, and the root. */
enum { FOUND_AT_ONCE = SW_MAX_CLASSIFY_ACTIVE + SW_MAX_CLASSIFY_PAUSES + 1 };
struct round {
	struct labels labels[ROUND + 1]; /* of one word more, if there is one */
	struct kn_hit found[2 * FOUND_AT_ONCE];
};

/* What a step needs over and over. */
struct pace {
	struct kn_walk *w;
	const struct kn_node *nodes;
	uint32_t node_count, root_children;
	uint16_t word;
	struct kn_half *halves, *halves_end; /* those that wait for this word */
	struct kn_half *next, *next_end;     /* those that will for the next one */
	uint64_t next_bits;   /* of the labels of the next word, most of which fit nothing */
	struct kn_hit *found; /* behind the last one */
};

__attribute__((always_inline)) static inline void arrive(struct pace *p, uint32_t node,
							 uint16_t start)
{
	const struct kn_node *n = &p->nodes[node];

	if (n->pattern != SW_NONE) {
		struct kn_hit *hit = p->found++;

		hit->pattern = n->pattern;
		hit->uses = n->uses;
		hit->first = start;
		hit->last = p->word;
	}
	if ((n->mask & p->next_bits) && p->next_end < p->next + SW_MAX_CLASSIFY_ACTIVE) {
		struct kn_half *half = p->next_end++;

		half->node = node;
		half->base = n->base;
		half->start = start;
	}
	if (SW_UNLIKELY(n->gap))
		add_pause(p->w, n->gap, start);
}

__attribute__((always_inline)) static inline bool is_child(const struct pace *p,
							   uint32_t child, uint32_t node)
{
	return child < p->node_count && p->nodes[child].parent == node;
}

static inline uint64_t label_bits(struct labels labels)
{
	uint64_t bits = 0;

	for (const uint16_t *end = labels.at + labels.count; labels.at < end; labels.at++)
		bits |= kn_label_bit(*labels.at);
	return bits;
}

/* `pauses`: those that this very word adds wait for the next one. */
__attribute__((always_inline)) static inline void step_label(struct pace *p, uint16_t label,
							     size_t pauses)
{
	struct kn_walk *w = p->w;

	for (const struct kn_half *h = p->halves; h < p->halves_end; h++)
		if (is_child(p, h->base + label, h->node))
			arrive(p, h->base + label, h->start);
	if (SW_UNLIKELY(w->pauses_mask & kn_label_bit(label)))
		for (size_t i = 0; i < pauses; i++) {
			const struct kn_pause *q = &w->pauses[i];
			uint32_t child = p->nodes[q->node].base + label;
			uint16_t start = q->start;

			if (q->last < p->word && is_child(p, child, q->node))
				arrive(p, child, start);
		}
	if (label < p->root_children)
		arrive(p, label + 1u, p->word);
}

/* `behind`: whether the labels of one word more are there. */
static void walk_round(struct kn_walk *w, struct round *round, size_t count, bool behind,
		       kn_found found, void *arg)
{
	struct pace p = {
		.w = w,
		.nodes = w->nodes,
		.node_count = w->node_count,
		.root_children = w->image->root_children,
		.word = w->word,
		.halves = w->halves[w->turn],
		.halves_end = w->halves[w->turn] + w->half_count,
		.next = w->halves[!w->turn],
		.found = round->found,
	};
	const struct kn_hit *crowded = round->found + FOUND_AT_ONCE;

	for (size_t i = 0; i < count; i++) {
		struct labels labels = round->labels[i];

		/* Behind the last word nobody knows. */
		p.next_bits = i + 1 < count || behind ? label_bits(round->labels[i + 1])
						      : UINT64_MAX;
		if (w->pause_count && p.word >= w->overdue)
			drop_old_pauses(w);
		p.next_end = p.next;
		for (size_t pauses = w->pause_count; labels.count > 0;
		     labels.count--, labels.at++) {
			step_label(&p, *labels.at, pauses);
			if (SW_UNLIKELY(p.found >= crowded)) {
				found(arg, round->found, (size_t)(p.found - round->found));
				p.found = round->found;
			}
		}
		struct kn_half *done = p.halves;

		p.halves = p.next;
		p.halves_end = p.next_end;
		p.next = done;
		w->word = ++p.word;
	}
	w->turn = p.halves == w->halves[1];
	w->half_count = (size_t)(p.halves_end - p.halves);
	if (p.found > round->found)
		found(arg, round->found, (size_t)(p.found - round->found));
}

void sw_kn_walk(struct kn_walk *w, struct sw_slice text, const struct kn_word *words,
		size_t count, kn_found found, void *arg)
{
	struct round round;

	while (count > 0) {
		size_t now = count < ROUND ? count : ROUND, known = now + (count > now);

		look_up(w->image, text, words, known, round.labels);
		walk_round(w, &round, now, known > now, found, arg);
		words += now;
		count -= now;
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

void sw_kn_hits_walk(struct kn_hits *h, struct kn_walk *w, struct sw_slice text,
		     const struct kn_word *words, size_t count)
{
	sw_kn_walk(w, text, words, count, add_hits, h);
}
