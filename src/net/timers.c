/* SPDX-License-Identifier: MIT */
#include "net/timers.h"

#include "base/mem.h"

void sw_timers_fini(struct sw_timers *s)
{
	sw_free(s->heap);
	*s = (struct sw_timers){ 0 };
}

bool sw_timers_add(struct sw_timers *s, struct sw_timer_node *n)
{
	*n = (struct sw_timer_node){ 0 };
	if (s->nodes == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct sw_timer_node **heap =
			sw_realloc(s->heap, cap * sizeof(struct sw_timer_node *));

		if (!heap)
			return false;
		s->heap = heap;
		s->cap = cap;
	}
	s->nodes++;
	return true;
}

static bool before(const struct sw_timer_node *a, const struct sw_timer_node *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->turn < b->turn;
}

static void put(struct sw_timers *s, size_t i, struct sw_timer_node *n)
{
	s->heap[i] = n;
	n->place = i + 1;
}

/* Lets the node at i find its place, up or down. */
static void settle(struct sw_timers *s, size_t i)
{
	struct sw_timer_node *n = s->heap[i];

	for (; i > 0 && before(n, s->heap[(i - 1) / 2]); i = (i - 1) / 2)
		put(s, i, s->heap[(i - 1) / 2]);
	for (size_t child; (child = 2 * i + 1) < s->len; i = child) {
		if (child + 1 < s->len && before(s->heap[child + 1], s->heap[child]))
			child++;
		if (!before(s->heap[child], n))
			break;
		put(s, i, s->heap[child]);
	}
	put(s, i, n);
}

static void heap_remove(struct sw_timers *s, struct sw_timer_node *n)
{
	size_t i = n->place - 1;
	struct sw_timer_node *last = s->heap[--s->len];

	n->place = 0;
	if (last == n)
		return;
	put(s, i, last);
	settle(s, i);
}

static void due_remove(struct sw_timers *s, struct sw_timer_node *n)
{
	*(n->prev ? &n->prev->next : &s->due_head) = n->next;
	*(n->next ? &n->next->prev : &s->due_tail) = n->prev;
	n->next = n->prev = NULL;
	n->due = false;
}

static void unset(struct sw_timers *s, struct sw_timer_node *n)
{
	if (n->place)
		heap_remove(s, n);
	if (n->due)
		due_remove(s, n);
}

void sw_timers_remove(struct sw_timers *s, struct sw_timer_node *n)
{
	unset(s, n);
	s->nodes--;
}

void sw_timers_set(struct sw_timers *s, struct sw_timer_node *n, uint64_t at_us)
{
	if (n->place && at_us != SW_NEVER) {
		/* The common case, a deadline put off: no need to leave the heap. */
		n->at_us = at_us;
		n->turn = ++s->turns;
		settle(s, n->place - 1);
		return;
	}
	unset(s, n);
	if (at_us == SW_NEVER)
		return;
	n->at_us = at_us;
	n->turn = ++s->turns;
	s->heap[s->len++] = n;
	settle(s, s->len - 1);
}

void sw_timers_collect(struct sw_timers *s, uint64_t now_us)
{
	while (s->len && s->heap[0]->at_us <= now_us) {
		struct sw_timer_node *n = s->heap[0];

		heap_remove(s, n);
		n->due = true;
		n->prev = s->due_tail;
		*(s->due_tail ? &s->due_tail->next : &s->due_head) = n;
		s->due_tail = n;
	}
}

struct sw_timer_node *sw_timers_take(struct sw_timers *s)
{
	struct sw_timer_node *n = s->due_head;

	if (n)
		due_remove(s, n);
	return n;
}

uint64_t sw_timers_earliest(const struct sw_timers *s)
{
	if (s->due_head)
		return 0;
	return s->len ? s->heap[0]->at_us : SW_NEVER;
}
