/* SPDX-License-Identifier: MIT */
/* What a reply says, apart from what it advises: "Please contact the administrator if the user
 * is unknown" holds the words of anything. */
#ifndef SW_KNOWLEDGE_ADVICE_H
#define SW_KNOWLEDGE_ADVICE_H

#include "knowledge/classify.h"

/* As sw_classify, but sentences of advice and of guesses behind the first sentence lose their
 * vote where the others say enough, and never decide that an address is struck off.  Advice
 * that is known for whose it is (the page of a block list) counts.  For all texts that came
 * from outside; takes 16 KiB of stack more where there is advice. */
void sw_classify_reply(const struct sw_knowledge *k, struct sw_slice text,
		       const struct sw_reply_context *context, struct sw_class *ret);

#endif
