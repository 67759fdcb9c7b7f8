/* SPDX-License-Identifier: MIT */
/* Two ends of a connection in one loop, each a stack of streams, that send bytes to each other
 * in random pieces. */
#ifndef SW_TEST_WIRE_H
#define SW_TEST_WIRE_H

#include "base/buf.h"
#include "net/stream.h"

struct wire;

/* One end. Set `stack` (after wire_init), `out`, `expected` and `piece` before wire_run. */
struct wire_end {
	struct wire *wire;
	struct sw_stream *stack;
	struct sw_slice out;	/* to be sent */
	size_t sent;
	struct sw_buf in;	/* received */
	size_t expected;	/* done when so many came and all is sent; SIZE_MAX: at EOF */
	size_t piece;		/* the longest read or write; 0: 64 KiB */
	bool silent;		/* sends nothing before it received something */
	bool hangs_up;		/* shuts down when done, closes when broken */
	bool handshaken, done;
	enum sw_io end;		/* what ended it: OK done, EOF, ERROR */
};

struct wire {
	struct sw_loop *loop;
	struct sw_timer *limit;
	struct wire_end a, b;
	uint32_t seed;
	bool late;		/* the time was up */
};

/* A socket pair (tcp false) or a loopback connection, both ends plain streams. */
void wire_init(struct wire *w, bool tcp);
void wire_fini(struct wire *w);
/* Until both ends are done, or one is and the other failed, or the time is up (`late`). */
void wire_run(struct wire *w, uint64_t limit_ms);
/* Two connected non-blocking descriptors. */
void wire_fds(bool tcp, int fds[2]);

#endif
