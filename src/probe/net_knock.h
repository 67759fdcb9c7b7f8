/* SPDX-License-Identifier: MIT */
/* Knocking at doors: many connections at once, each closed again the moment it stands, without
 * a word. What a firewall drops costs its time once, however many doors there are. */
#ifndef SW_PROBE_NET_KNOCK_H
#define SW_PROBE_NET_KNOCK_H

#include "net/dial.h"

struct sw_knock {
	/* Given. */
	struct sw_addr addr; /* with port */
	unsigned ttl;        /* 0: usual */
	uint64_t start_us;   /* absolute; 0: now */
	uint64_t wait_us;    /* for an answer, at most */
	unsigned mark;       /* the caller's */
	/* What came of it; UNTRIED until then. */
	struct sw_dial_attempt attempt;
	uint64_t elapsed_us;
	const struct sw_stream *stream; /* while the callback is told that it stands */
	/* Private. */
	struct sw_dial *dial;
	struct sw_knocks *all;
	bool cancelled;
};

struct sw_knocks;
/* Told of each knock that has ended, and, with NULL, once when all have. It may free the
 * knocks in the last call only. */
typedef void (*sw_knock_fn)(void *arg, struct sw_knocks *all, struct sw_knock *one);

/* `most`: how many there will be. `source` is borrowed, NULL: any. */
struct sw_knocks *sw_knocks_new(struct sw_loop *loop, size_t most,
				const struct sw_addr *source, sw_knock_fn fn, void *arg,
				struct sw_error *err) SW_MUST_USE;
/* A copy is kept. False when there is no room. Also from inside the callback, but the last. */
bool sw_knocks_add(struct sw_knocks *all, const struct sw_knock *one);
/* Starts what has been added; never calls back before it returns. Ends at once when there is
 * nothing. */
void sw_knocks_go(struct sw_knocks *all);
/* Those with this mark that have not ended are not waited for any more; the callback is not
 * told of them. */
void sw_knocks_cancel(struct sw_knocks *all, unsigned mark);
size_t sw_knocks_count(const struct sw_knocks *all);
const struct sw_knock *sw_knocks_get(const struct sw_knocks *all, size_t i);
/* NULL is fine. */
void sw_knocks_free(struct sw_knocks *all);

/* "connected", "failed", "timed_out", as in tcp.attempt. */
const char *sw_knock_state(const struct sw_knock *one);
/* "ECONNREFUSED"; "" none. */
const char *sw_knock_errno(const struct sw_knock *one);
/* The box that sent an ICMP message about it; "" none. */
const char *sw_knock_offender(const struct sw_knock *one, char out[SW_ADDR_TEXT]);
/* An ICMP message says that the packet had travelled far enough (TTL). */
bool sw_knock_expired(const struct sw_knock *one);
/* Whoever is there answered for this port: it stands, or was refused by a reset. */
bool sw_knock_answered(const struct sw_knock *one);

#endif
