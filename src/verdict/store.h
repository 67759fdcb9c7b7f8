/* SPDX-License-Identifier: MIT */
/* The inside of a fact store, for the files that fill one. */
#ifndef SW_VERDICT_STORE_H
#define SW_VERDICT_STORE_H

#include <stdatomic.h>

#include "verdict/facts.h"

/* Each fact keeps its place in the arena, so pointers to facts stay valid while more are stated. */
struct sw_facts {
	struct sw_arena arena;
	const struct sw_fact **list;
	size_t count, room;
	size_t dropped;		/* beyond the limits, or without memory */
	size_t skipped;		/* of a case: unknown */
	size_t text_bytes;	/* of SW_MAX_FACT_BYTES */
	struct sw_buf redacted, escaped;	/* kept for the next text */
	const struct sw_redactor *redactor;
	uint64_t began_us;
	atomic_uint refs;	/* beside the owner's own */
	int64_t wall_us;
};

/* Cleans and copies a fact's texts; keys and source are kept as they are and must be static or in
 * the store's arena.  Fields that the type does not have are left out.  False: not added. */
bool sw_facts_add(struct sw_facts *f, const struct sw_fact *given) SW_MUST_USE;

#endif
