/* SPDX-License-Identifier: MIT */
/* A heap of points in time, for net/loop.c: those that are due come out in the order of their
 * times, equal ones in the order in which they were set.  Knows no clock and calls nothing. */
#ifndef SW_NET_TIMERS_H
#define SW_NET_TIMERS_H

#include "base/defs.h"

/* Embedded, as the first member, in whatever is timed. In the heap when place > 0 (then it is
 * heap[place - 1]), in the list of due ones when `due`, never both. */
struct sw_timer_node {
	uint64_t at_us;
	uint64_t turn;	/* number of the setting, for equal times */
	size_t place;
	bool due;
	struct sw_timer_node *next, *prev;
};

/* All zero: empty. There is room for every node that was added, so setting cannot fail. */
struct sw_timers {
	struct sw_timer_node **heap;
	size_t len, cap, nodes;
	uint64_t turns;
	struct sw_timer_node *due_head, *due_tail;
};

void sw_timers_fini(struct sw_timers *s);
/* Makes room for one more node; false without memory. */
bool sw_timers_add(struct sw_timers *s, struct sw_timer_node *n) SW_MUST_USE;
void sw_timers_remove(struct sw_timers *s, struct sw_timer_node *n);
/* SW_NEVER: not set. */
void sw_timers_set(struct sw_timers *s, struct sw_timer_node *n, uint64_t at_us);
/* Moves all whose time has come to the list of due ones. */
void sw_timers_collect(struct sw_timers *s, uint64_t now_us);
/* The next due one, which is then no longer set; NULL when there is none. */
struct sw_timer_node *sw_timers_take(struct sw_timers *s);
/* 0 while some are due, SW_NEVER when none is set. */
uint64_t sw_timers_earliest(const struct sw_timers *s);

#endif
