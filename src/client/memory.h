/* SPDX-License-Identifier: MIT */
/* What is remembered of servers beyond a session, so that a trouble is met once and not with
 * every message: features that they offer and that do not work, and that they were not to be
 * had a short while ago. STARTTLS is not among them: it is tried each time, for who could make
 * it fail once would have mail in clear text from then on. */
#ifndef SW_CLIENT_MEMORY_H
#define SW_CLIENT_MEMORY_H

#include "base/limits.h"
#include "base/error.h"

enum sw_quirk {
	SW_QUIRK_BDAT = 1,       /* offers CHUNKING and refuses BDAT */
	SW_QUIRK_PIPELINING = 2, /* offers PIPELINING and loses commands */
};

/* All zero: nothing is known. */
struct sw_memory {
	struct sw_remembered {
		char *host; /* or the path of a socket; NULL: the place is free */
		uint16_t port;
		unsigned quirks;
		uint64_t away_until_us;
		uint64_t order; /* of the last note; the smallest is forgotten first */
	} kept[SW_MAX_REMEMBERED];
	uint64_t next;
};

void sw_memory_fini(struct sw_memory *m);
/* Without memory nothing is noted: a forgotten one costs a try. */
void sw_memory_note(struct sw_memory *m, const char *host, uint16_t port, enum sw_quirk quirk);
bool sw_memory_has(const struct sw_memory *m, const char *host, uint16_t port,
		   enum sw_quirk quirk);
/* It was not to be had: until then others go first. 0: it is there. */
void sw_memory_away(struct sw_memory *m, const char *host, uint16_t port, uint64_t until_us);
bool sw_memory_is_away(const struct sw_memory *m, const char *host, uint16_t port,
		       uint64_t now_us);

#endif
