/* SPDX-License-Identifier: MIT */
/* From addresses to a connected stream: Happy Eyeballs (RFC 8305) over every address, and the
 * story of each attempt. */
#ifndef SW_NET_DIAL_H
#define SW_NET_DIAL_H

#include "net/tcp.h"

enum sw_dial_state {
	SW_DIAL_UNTRIED = 0,
	SW_DIAL_CONNECTED,
	SW_DIAL_FAILED,		/* os_errno, origin */
	SW_DIAL_TIMED_OUT,
	SW_DIAL_CANCELLED,	/* another address was faster */
};
struct sw_dial_attempt {
	struct sw_addr addr;
	enum sw_dial_state state;
	int os_errno;
	struct sw_tcp_origin origin;
	uint64_t started_us, ended_us;	/* 0: not */
	struct sw_addr local;		/* of the connected one; len 0 otherwise */
	uint32_t syn_retrans;		/* TCP_INFO at the end of a time-out */
	/* Timed out, and no repeat of the SYN left this machine: its own packet filter drops them
	 * (Linux counts a repeat as under way only when it could be handed on). */
	bool kept_back;
};

struct sw_dial_settings {
	const struct sw_addr *source;	/* bind to; the other family is then skipped. NULL: any */
	uint64_t stagger_us;		/* 0: 250 ms (RFC 8305 5) */
	uint64_t attempt_timeout_us;	/* one address; 0: only the deadline */
	uint64_t deadline_us;		/* absolute, the whole; SW_NEVER: none */
	/* For who measures the way: hops that packets may take until the connection stands, and
	 * the largest segment (TCP_MAXSEG). 0: the system's. */
	unsigned ttl, mss;
};

struct sw_dial;
/* `stream` is NULL when every address failed (attempts say why); otherwise the callback owns
 * it. Attempts are borrowed until sw_dial_free. */
typedef void (*sw_dial_fn)(void *arg, struct sw_stream *stream,
			   const struct sw_dial_attempt *attempts, size_t count);
/* Addresses are interleaved by family, the first one's family first. Never calls back before
 * it returns. */
struct sw_dial *sw_dial_start(struct sw_loop *loop, const struct sw_dial_settings *settings,
			      const struct sw_addr *addrs, size_t count, sw_dial_fn fn,
			      void *arg, struct sw_error *err) SW_MUST_USE;
/* Also cancels. Inside the callback allowed. */
void sw_dial_free(struct sw_dial *d);

#endif
