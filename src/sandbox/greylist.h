/* SPDX-License-Identifier: MIT */
/* Who has knocked, and when first: (client address, sender, recipient). Bounded; the oldest
 * go. */
#ifndef SW_SANDBOX_GREYLIST_H
#define SW_SANDBOX_GREYLIST_H

#include "base/slice.h"

struct sw_greylist;
struct sw_greylist *sw_greylist_new(void) SW_MUST_USE;
void sw_greylist_free(struct sw_greylist *g);
/* Microseconds until this tuple may pass; 0: it may. The first call for it starts its time. */
uint64_t sw_greylist_wait(struct sw_greylist *g, struct sw_slice ip, struct sw_slice sender,
			  struct sw_slice recipient, uint64_t delay_us, uint64_t now_us);

#endif
