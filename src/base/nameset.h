/* SPDX-License-Identifier: MIT */
/* Names (of domains, say) that are told apart but for the case of ASCII letters. Looking one
 * up costs the same however many there are; the hash is seeded, so that nobody who chooses the
 * names can choose what they cost. An all-zero struct is an empty set. */
#ifndef SW_BASE_NAMESET_H
#define SW_BASE_NAMESET_H

#include "base/error.h"
#include "base/slice.h"

struct sw_nameset {
	struct sw_named {
		struct sw_slice name; /* borrowed */
		uint64_t hash;
	} * list;
	uint32_t *slots; /* place in `list` and 1; 0: empty. At most half are full */
	size_t count, room;
	uint64_t seed;
	size_t compared; /* names that were compared so far: what it all cost */
};

/* Forgets the names and keeps the memory. */
void sw_nameset_clear(struct sw_nameset *s);
void sw_nameset_fini(struct sw_nameset *s);
/* The number of a name: they are counted from 0 as they come. SIZE_MAX: not there. */
size_t sw_nameset_find(struct sw_nameset *s, struct sw_slice name);
/* The same, added when it is new. The bytes must stay as long as the set, or until it is
 * cleared. SW_E_NOMEM. */
enum sw_err sw_nameset_add(struct sw_nameset *s, struct sw_slice name,
			   size_t *ret_number) SW_MUST_USE;

#endif
