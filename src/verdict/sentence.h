/* SPDX-License-Identifier: MIT */
/* What happened, in plain words: one sentence, and where it helps one piece of advice, from
 * the facts alone. sentence.def holds the table; a row is chosen by outcome, failure, stage
 * and a look at the facts. */
#ifndef SW_VERDICT_SENTENCE_H
#define SW_VERDICT_SENTENCE_H

#include "verdict/facts.h"

/* Appends one line without control bytes, never empty. `f` may be of any origin: what it lacks
 * is not spoken of. SW_E_NOMEM, SW_E_LIMIT. */
enum sw_err sw_verdict_sentence(const struct sw_facts *f, struct sw_buf *out) SW_MUST_USE;
/* The name of the row that tells it ("TCP_REFUSED"); for tests and for counting. */
const char *sw_verdict_sentence_row(const struct sw_facts *f);

#endif
