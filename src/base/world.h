/* SPDX-License-Identifier: MIT */
/* Time and randomness behind a struct that tests replace.  Nothing else in the program asks
 * libc for either. */
#ifndef SW_BASE_WORLD_H
#define SW_BASE_WORLD_H

#include "base/error.h"

struct sw_world {
	void *arg;
	/* Monotonic, microseconds since some fixed moment.  All deadlines use it. */
	uint64_t (*now_us)(void *arg);
	/* Wall clock, microseconds since 1970-01-01 UTC.  Only for what people read (Date). */
	int64_t (*wall_us)(void *arg);
	/* Fills with unpredictable bytes; false when the system has none. */
	bool (*random)(void *arg, void *out, size_t len);
};

/* The real one (clock_gettime, getrandom). Static, never freed. */
const struct sw_world *sw_world_real(void);

/* A world that stands still until told otherwise, for tests; random is a fixed sequence. */
struct sw_fake_world {
	struct sw_world world;
	uint64_t now_us;
	int64_t wall_us;
	uint64_t seed;
};
void sw_fake_world_init(struct sw_fake_world *f);

#endif
