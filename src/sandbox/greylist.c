/* SPDX-License-Identifier: MIT */
#include "sandbox/greylist.h"

#include "base/limits.h"
#include "base/mem.h"

struct sw_greylist {
	struct {
		uint64_t hash;
		uint64_t first_us;
	} tuples[SW_MAX_SANDBOX_TUPLES];
	size_t count; /* that are filled */
	size_t next;  /* to be overwritten */
};

struct sw_greylist *sw_greylist_new(void)
{
	return sw_calloc(1, sizeof(struct sw_greylist));
}

void sw_greylist_free(struct sw_greylist *g)
{
	sw_free(g);
}

/* FNV-1a. Whoever looks for a collision finds one, and has then passed a toy's greylist. */
static uint64_t mix(uint64_t hash, struct sw_slice s)
{
	const uint64_t prime = 0x100000001b3;

	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)sw_ascii_lower(s.ptr[i])) * prime;
	/* A byte that no part holds keeps ("a", "bc") and ("ab", "c") apart. */
	return (hash ^ 0xff) * prime;
}

uint64_t sw_greylist_wait(struct sw_greylist *g, struct sw_slice ip, struct sw_slice sender,
			  struct sw_slice recipient, uint64_t delay_us, uint64_t now_us)
{
	uint64_t hash = mix(mix(mix(0xcbf29ce484222325, ip), sender), recipient);

	for (size_t i = 0; i < g->count; i++) {
		if (g->tuples[i].hash == hash) {
			uint64_t open_us = sw_time_add(g->tuples[i].first_us, delay_us);

			return open_us > now_us ? open_us - now_us : 0;
		}
	}
	g->tuples[g->next].hash = hash;
	g->tuples[g->next].first_us = now_us;
	g->next = (g->next + 1) % SW_MAX_SANDBOX_TUPLES;
	g->count += g->count < SW_MAX_SANDBOX_TUPLES;
	return delay_us;
}
