/* SPDX-License-Identifier: MIT */
/* The envelope of a composed message: every mailbox once. */
#include "base/mem.h"
#include "mail/compose_private.h"

static uint64_t add_hash(uint64_t hash, const char *s)
{
	/* FNV-1a.  A sender cannot gain from collisions in a list of his own. */
	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * UINT64_C(0x100000001b3);
	return hash;
}

static size_t first_slot(const struct sw_address *a, size_t mask)
{
	uint64_t hash = add_hash(UINT64_C(0xcbf29ce484222325), a->local);

	hash = add_hash(hash ^ '@', a->domain_ascii);
	return (size_t)(hash ^ hash >> 32) & mask;
}

/* False when the same mailbox is there already. */
static bool insert(const struct sw_address **table, size_t mask, const struct sw_address *a)
{
	size_t slot = first_slot(a, mask);

	for (; table[slot]; slot = (slot + 1) & mask)
		if (sw_address_same(table[slot], a))
			return false;
	table[slot] = a;
	return true;
}

enum sw_err sw_compose_collect(struct sw_compose *c, struct sw_error *err)
{
	static const enum sw_compose_list order[] = { SW_TO, SW_CC, SW_BCC };
	size_t count = 0, size = 16;

	for (size_t i = 0; i < SW_LEN(order); i++)
		for (const struct sw_mailbox *m = c->lists[order[i]]; m; m = m->next)
			count++;
	if (count > SW_MAX_RECIPIENTS)
		return sw_fail(err, SW_E_LIMIT, "%zu recipients; at most %d are allowed",
			       count, SW_MAX_RECIPIENTS);
	while (size < 2 * count)
		size *= 2;
	SW_CLEANUP(sw_freep) const struct sw_address **table =
		sw_calloc(size, sizeof(const struct sw_address *));

	c->recipient_count = 0;
	c->recipients = sw_arena_alloc(&c->arena, count * sizeof(const struct sw_address *));
	if (!table || !c->recipients)
		return sw_fail_nomem(err);
	for (size_t i = 0; i < SW_LEN(order); i++)
		for (const struct sw_mailbox *m = c->lists[order[i]]; m; m = m->next)
			if (insert(table, size - 1, &m->address))
				c->recipients[c->recipient_count++] = &m->address;
	return SW_OK;
}
