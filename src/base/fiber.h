/* SPDX-License-Identifier: MIT */
/* A function with a stack of its own, which can be left in the middle and gone on with later: so that
 * code which waits can be stepped by somebody else's loop.  No thread is made, nothing runs at
 * the same time.  One fiber is resumed by one thread from its begin to its end. */
#ifndef SW_BASE_FIBER_H
#define SW_BASE_FIBER_H

#include "base/error.h"

struct sw_fiber;
typedef void (*sw_fiber_fn)(void *arg);

/* Nothing runs yet.  SW_E_NOMEM when there is no room for the stack (SW_FIBER_STACK bytes of
 * addresses; memory is taken as it is used). */
struct sw_fiber *sw_fiber_new(sw_fiber_fn fn, void *arg, struct sw_error *err) SW_MUST_USE;
/* Runs it until it yields (true) or has returned (false).  Not from inside of itself, and not
 * after it has returned. */
bool sw_fiber_resume(struct sw_fiber *f);
/* Only from inside: back to who resumed it. */
void sw_fiber_yield(struct sw_fiber *f);
bool sw_fiber_over(const struct sw_fiber *f);
/* One that never ran or is over; what a suspended one holds would be lost.  NULL is fine. */
void sw_fiber_free(struct sw_fiber *f);

#endif
