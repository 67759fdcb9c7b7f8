/* SPDX-License-Identifier: MIT */
/* The names of an address, and which of them lead back to it (forward-confirmed reverse DNS).
 * A machine (see dns/question.h). */
#ifndef SW_IDENTITY_REVERSE_H
#define SW_IDENTITY_REVERSE_H

#include "identity/asks.h"
#include "identity/ip.h"

enum sw_reverse_state {
	SW_REVERSE_CONFIRMED = 0, /* a name leads back */
	SW_REVERSE_NO_NAME,
	SW_REVERSE_NOT_BACK, /* names, none of which leads back */
	SW_REVERSE_UNKNOWN,  /* the DNS did not say */
};
const char *sw_reverse_state_name(enum sw_reverse_state s);

struct sw_reverse_outcome {
	enum sw_reverse_state state;
	const struct sw_ask *ptr; /* all names */
	const char *name;         /* the first that leads back; "" */
	size_t looked_at;         /* names that were followed */
};

struct sw_reverse;

struct sw_reverse *sw_reverse_new(struct sw_ip ip, struct sw_error *err) SW_MUST_USE;
void sw_reverse_free(struct sw_reverse *x);
size_t sw_reverse_questions(const struct sw_reverse *x, const struct sw_dns_question **ret);
enum sw_err sw_reverse_answer(struct sw_reverse *x, const struct sw_dns_answer *a,
			      struct sw_error *err) SW_MUST_USE;
const struct sw_reverse_outcome *sw_reverse_outcome(const struct sw_reverse *x);
size_t sw_reverse_step_count(const struct sw_reverse *x);
enum sw_err sw_reverse_step_text(const struct sw_reverse *x, size_t i,
				 struct sw_buf *out) SW_MUST_USE;

#endif
