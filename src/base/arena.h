/* SPDX-License-Identifier: MIT */
/* A bump allocator: objects of one session, message or report that are freed together.
 * Pointers stay valid until the arena is freed or reset. */
#ifndef SW_BASE_ARENA_H
#define SW_BASE_ARENA_H

#include "base/slice.h"

struct sw_arena_block;

/* An all-zero struct is a valid empty arena. */
struct sw_arena {
	struct sw_arena_block *blocks;
	size_t bytes;	/* handed out */
};

void sw_arena_init(struct sw_arena *a);
void sw_arena_fini(struct sw_arena *a);
/* As fini, but keeps one block, so that who handles many small messages one after the other asks
 * for memory once. */
void sw_arena_reset(struct sw_arena *a);
/* Zeroed, aligned for any type; NULL without memory. */
void *sw_arena_alloc(struct sw_arena *a, size_t size) SW_MUST_USE;
/* Copies, NUL-terminated; ptr NULL without memory. */
struct sw_slice sw_arena_copy(struct sw_arena *a, struct sw_slice s) SW_MUST_USE;
char *sw_arena_strdup(struct sw_arena *a, const char *s) SW_MUST_USE;

#endif
