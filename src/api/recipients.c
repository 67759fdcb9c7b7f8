/* SPDX-License-Identifier: MIT */
#include "api/recipients.h"

#include "base/mem.h"

/* Over the whole address: local parts that differ only in case meet in one slot and are told
 * apart by sw_address_same. */
static size_t hash(const char *text)
{
	uint64_t h = sw_slice_hash_nocase(sw_slice_str(text), 0);

	return (size_t)(h ^ h >> 32);
}

/* The slot of the address, or the empty one where it belongs. At most half of the slots are
 * full. */
static uint32_t *find(struct sw_recipients *r, const struct sw_address *a)
{
	size_t mask = r->slot_count - 1;
	for (size_t i = hash(a->text) & mask;; i = (i + 1) & mask)
		if (r->slots[i] == 0 || sw_address_same(&r->list[r->slots[i] - 1], a))
			return &r->slots[i];
}

static bool grow(struct sw_recipients *r)
{
	size_t cap = r->cap ? 2 * r->cap : 16;
	struct sw_address *list = sw_realloc(r->list, cap * sizeof(*list));
	if (!list)
		return false;
	r->list = list;
	uint32_t *slots = sw_calloc(2 * cap, sizeof(*slots));
	if (!slots)
		return false;
	sw_free(r->slots);
	r->slots = slots;
	r->slot_count = 2 * cap;
	r->cap = cap;
	for (size_t i = 0; i < r->count; i++)
		*find(r, &r->list[i]) = (uint32_t)i + 1;
	return true;
}

enum sw_err sw_recipients_add(struct sw_recipients *r, const struct sw_address *a,
			      struct sw_error *err)
{
	if (r->count == r->cap && !grow(r))
		return sw_fail_nomem(err);
	uint32_t *slot = find(r, a);
	if (*slot)
		return SW_OK;
	if (r->count == SW_MAX_RECIPIENTS)
		return sw_fail(err, SW_E_LIMIT, "more than %d recipients in one message",
			       SW_MAX_RECIPIENTS);
	r->list[r->count++] = *a;
	*slot = (uint32_t)r->count;
	return SW_OK;
}

bool sw_recipients_find(struct sw_recipients *r, const struct sw_address *a, size_t *ret_place)
{
	uint32_t slot = r->slot_count ? *find(r, a) : 0;
	if (slot)
		*ret_place = slot - 1;
	return slot != 0;
}

void sw_recipients_fini(struct sw_recipients *r)
{
	sw_free(r->list);
	sw_free(r->slots);
	*r = (struct sw_recipients){ 0 };
}
