/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

#include "base/mem.h"

/* One allocation of a block serves many objects; each block is larger than the one before until
 * the second size, so that a small session stays small and a large one asks seldom. */
enum { BLOCK_FIRST = 1024, BLOCK_MOST = 64 * 1024 };

struct sw_arena_block {
	struct sw_arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

void sw_arena_init(struct sw_arena *a)
{
	*a = (struct sw_arena){ 0 };
}

void sw_arena_fini(struct sw_arena *a)
{
	struct sw_arena_block *block = a->blocks;

	while (block) {
		struct sw_arena_block *next = block->next;

		sw_free(block);
		block = next;
	}
	sw_arena_init(a);
}

void sw_arena_reset(struct sw_arena *a)
{
	/* The head is the largest but for objects with a block of their own. */
	struct sw_arena_block *kept = a->blocks;

	if (!kept || kept->size > BLOCK_MOST) {
		sw_arena_fini(a);
		return;
	}
	a->blocks = kept->next;
	sw_arena_fini(a);
	memset(kept->data, 0, kept->used);
	kept->used = 0;
	kept->next = NULL;
	a->blocks = kept;
}

static struct sw_arena_block *block_new(size_t size)
{
	/* calloc: objects are handed out zeroed. */
	struct sw_arena_block *block = sw_calloc(1, sizeof(*block) + size);

	if (block)
		block->size = size;
	return block;
}

/* A block with room for `size` more; it need not be the first of the list. */
static struct sw_arena_block *block_with_room(struct sw_arena *a, size_t size)
{
	struct sw_arena_block *head = a->blocks;

	if (head && head->size - head->used >= size)
		return head;

	size_t usual = head ? head->size * 2 : BLOCK_FIRST;

	if (usual > BLOCK_MOST)
		usual = BLOCK_MOST;
	/* A large object gets its own block behind the head, whose rest stays in use. */
	bool own = size > usual / 4;
	struct sw_arena_block *block = block_new(own ? size : usual);

	if (!block)
		return NULL;
	if (own && head) {
		block->next = head->next;
		head->next = block;
	} else {
		block->next = head;
		a->blocks = block;
	}
	return block;
}

void *sw_arena_alloc(struct sw_arena *a, size_t size)
{
	const size_t step = _Alignof(max_align_t);

	if (size > SIZE_MAX / 2)
		return NULL;
	/* At least one step, so that no two objects share an address. */
	size_t rounded = size ? (size + step - 1) / step * step : step;
	struct sw_arena_block *block = block_with_room(a, rounded);

	if (!block)
		return NULL;
	void *ptr = block->data + block->used;

	block->used += rounded;
	a->bytes += rounded;
	return ptr;
}

struct sw_slice sw_arena_copy(struct sw_arena *a, struct sw_slice s)
{
	if (s.len == SIZE_MAX)
		return (struct sw_slice){ NULL, 0 };
	char *ptr = sw_arena_alloc(a, s.len + 1);

	if (!ptr)
		return (struct sw_slice){ NULL, 0 };
	if (s.len)
		memcpy(ptr, s.ptr, s.len);
	return sw_slice(ptr, s.len);
}

char *sw_arena_strdup(struct sw_arena *a, const char *s)
{
	struct sw_slice in = sw_slice_str(s);
	char *ptr = sw_arena_alloc(a, in.len + 1);

	if (ptr && in.len)
		memcpy(ptr, in.ptr, in.len);
	return ptr;
}
