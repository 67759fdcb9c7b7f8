/* SPDX-License-Identifier: MIT */
#include "base/nameset.h"

#include "base/mem.h"
#include "base/world.h"

enum { FIRST_ROOM = 16 };

void sw_nameset_clear(struct sw_nameset *s)
{
	if (s->count > 0)
		memset(s->slots, 0, 2 * s->room * sizeof(*s->slots));
	s->count = 0;
}

void sw_nameset_fini(struct sw_nameset *s)
{
	sw_free(s->list);
	sw_free(s->slots);
	*s = (struct sw_nameset){ .count = 0 };
}

/* The slot of the name, or the empty one where it belongs. */
static uint32_t *slot_of(struct sw_nameset *s, struct sw_slice name, uint64_t hash)
{
	size_t mask = 2 * s->room - 1;
	size_t i = (size_t)(hash ^ hash >> 32) & mask;

	for (; s->slots[i]; i = (i + 1) & mask) {
		const struct sw_named *n = &s->list[s->slots[i] - 1];

		s->compared++;
		if (n->hash == hash && sw_slice_eq_nocase(n->name, name))
			break;
	}
	return &s->slots[i];
}

static bool grow(struct sw_nameset *s)
{
	const struct sw_world *world = sw_world_real();
	size_t room = s->room ? 2 * s->room : FIRST_ROOM;
	struct sw_named *list = sw_realloc(s->list, room * sizeof(*list));

	if (!list)
		return false;
	s->list = list;
	uint32_t *slots = sw_calloc(2 * room, sizeof(*slots));
	if (!slots)
		return false;
	sw_free(s->slots);
	s->slots = slots;
	s->room = room;
	/* Without randomness: a set that is slow for whoever wants it slow. */
	if (s->count == 0 && !world->random(world->arg, &s->seed, sizeof(s->seed)))
		s->seed = 0;
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, list[i].name, list[i].hash) = (uint32_t)i + 1;
	return true;
}

size_t sw_nameset_find(struct sw_nameset *s, struct sw_slice name)
{
	if (s->count == 0)
		return SIZE_MAX;
	uint32_t slot = *slot_of(s, name, sw_slice_hash_nocase(name, s->seed));

	return slot ? slot - 1 : SIZE_MAX;
}

enum sw_err sw_nameset_add(struct sw_nameset *s, struct sw_slice name, size_t *ret_number)
{
	if (s->count == s->room && !grow(s))
		return SW_E_NOMEM;
	uint64_t hash = sw_slice_hash_nocase(name, s->seed);
	uint32_t *slot = slot_of(s, name, hash);

	if (!*slot) {
		s->list[s->count++] = (struct sw_named){ name, hash };
		*slot = (uint32_t)s->count;
	}
	*ret_number = *slot - 1;
	return SW_OK;
}
