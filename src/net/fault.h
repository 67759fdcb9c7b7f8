/* SPDX-License-Identifier: MIT */
/* A stream that misbehaves to order, for tests and for the sandbox. */
#ifndef SW_NET_FAULT_H
#define SW_NET_FAULT_H

#include "net/stream.h"

/* All zero: no fault. Counts are bytes since the filter was put on. */
struct sw_fault_plan {
	size_t max_write, max_read;	/* bytes of one call; 0: no limit (1: byte by byte) */
	uint64_t drip_us;		/* pause between writes: with max_write 1, it drips */
	uint64_t read_delay_us;		/* every read waits so long */
	uint64_t cut_after_out;		/* close after so many written bytes; 0: never */
	uint64_t cut_after_in;
	bool cut_with_reset;		/* RST instead of FIN */
	bool stall_out, stall_in;	/* nothing passes any more, the connection stays up */
	bool again_first;		/* each call says AGAIN once before it works */
	uint64_t flip_byte_out;		/* number (1..) of a byte whose lowest bit flips; 0: none */
};
struct sw_stream *sw_fault_wrap(struct sw_stream *below, const struct sw_fault_plan *plan,
				struct sw_error *err) SW_MUST_USE;
/* Changes the plan of the topmost fault filter in the stack; counts start anew. */
void sw_fault_set(struct sw_stream *top, const struct sw_fault_plan *plan);

#endif
