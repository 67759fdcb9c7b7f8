/* SPDX-License-Identifier: MIT */
/* A loop as somebody else's loop sees it: one descriptor that becomes readable when there is
 * something to do, and the time at which there is at the latest. */
#ifndef SW_NET_OUTSIDE_H
#define SW_NET_OUTSIDE_H

#include "net/loop.h"

struct sw_outside;

/* SW_E_OS when no descriptor can be had. */
struct sw_outside *sw_outside_new(struct sw_error *err) SW_MUST_USE;
void sw_outside_free(struct sw_outside *o);
/* Brings it in line with what the loop waits for now; to be called after each of its turns. */
enum sw_err sw_outside_follow(struct sw_outside *o, struct sw_loop *loop,
			      struct sw_error *err) SW_MUST_USE;
int sw_outside_fd(const struct sw_outside *o);
/* Monotonic; in the past: at once; SW_NEVER: only the descriptor tells. */
uint64_t sw_outside_time(const struct sw_outside *o);

#endif
