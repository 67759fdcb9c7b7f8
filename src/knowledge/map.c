/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "knowledge/build.h"

static size_t place_of(const struct kn_map *m, uint64_t key)
{
	size_t i = (size_t)(key ^ key >> 29) & (m->cap - 1);

	while (m->keys[i] && m->keys[i] != key)
		i = (i + 1) & (m->cap - 1);
	return i;
}

static enum sw_err grow(struct kn_map *m)
{
	struct kn_map more = { .cap = m->cap ? m->cap * 2 : 256, .count = m->count };

	more.keys = sw_calloc(more.cap, sizeof(*more.keys));
	more.values = sw_calloc(more.cap, sizeof(*more.values));
	if (!more.keys || !more.values) {
		sw_kn_map_fini(&more);
		return SW_E_NOMEM;
	}
	for (size_t i = 0; i < m->cap; i++)
		if (m->keys[i]) {
			size_t at = place_of(&more, m->keys[i]);

			more.keys[at] = m->keys[i];
			more.values[at] = m->values[i];
		}
	sw_kn_map_fini(m);
	*m = more;
	return SW_OK;
}

enum sw_err sw_kn_map_put(struct kn_map *m, uint64_t key, uint32_t value)
{
	key += key == 0;
	if (m->count * 2 >= m->cap && grow(m))
		return SW_E_NOMEM;
	size_t at = place_of(m, key);

	m->count += m->keys[at] == 0;
	m->keys[at] = key;
	m->values[at] = value;
	return SW_OK;
}

bool sw_kn_map_get(const struct kn_map *m, uint64_t key, uint32_t *ret)
{
	key += key == 0;
	if (m->cap == 0)
		return false;
	size_t at = place_of(m, key);

	if (m->keys[at] == 0)
		return false;
	*ret = m->values[at];
	return true;
}

void sw_kn_map_fini(struct kn_map *m)
{
	sw_free(m->keys);
	sw_free(m->values);
	*m = (struct kn_map){ 0 };
}
