/* SPDX-License-Identifier: MIT */
/* A question to the DNS, as those ask who do no I/O.
 *
 * Every evaluator (SPF, DKIM, DMARC, ...) is a machine that asks and is fed answers:
 *
 *   size_t sw_X_questions(const struct sw_X *x, const struct sw_dns_question **ret);
 *	how many are open now, and which; borrowed until the next answer. 0: the result is there.
 *   enum sw_err sw_X_answer(struct sw_X *x, const struct sw_dns_answer *a, struct sw_error *err);
 *	the answer to one of them, found by its name (in any case) and type, in any order. One that
 *	nobody asked for, or that came already, is ignored.
 *
 * No question comes twice while the machine lives. What the DNS could not say is an answer too
 * (SERVFAIL, TIMEOUT, BOGUS...): whether that is temporary the machine knows, not its owner. */
#ifndef SW_DNS_QUESTION_H
#define SW_DNS_QUESTION_H

#include "dns/record.h"

struct sw_dns_question {
	const char *name; /* absolute, without the final dot */
	enum sw_dns_type type;
};

#endif
