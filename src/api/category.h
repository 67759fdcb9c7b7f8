/* SPDX-License-Identifier: MIT */
/* What the failure of a recipient, or of a whole call, is about. */
#ifndef SW_API_CATEGORY_H
#define SW_API_CATEGORY_H

#include "client/delivery.h"
#include "knowledge/classify.h"

/* By the words of a refusal, else by the way in which the session ended.  category SW_NONE:
 * nothing failed, or it was our own side. */
struct sw_class sw_category_of(const struct sw_reply *reply, enum sw_stage stage,
			       enum sw_ending ending, const char *host);
const char *sw_category_name(uint16_t category); /* "" for SW_NONE */
/* "Mailbox full; who acts: the recipient; retry: ..." when words or a code explain a refusal;
 * else nothing is added. */
enum sw_err sw_category_meaning(const struct sw_class *class, struct sw_buf *out) SW_MUST_USE;

#endif
