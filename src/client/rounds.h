/* SPDX-License-Identifier: MIT */
/* Who goes into which transaction of a session, within the limits that the server states (RFC
 * 9422). Where the number of domains is limited, recipients of one domain go one behind the
 * other, domains in the order in which they came. The work grows with the number of recipients
 * alone, whatever the limits and the domains are. */
#ifndef SW_CLIENT_ROUNDS_H
#define SW_CLIENT_ROUNDS_H

#include "base/error.h"

struct sw_rounds {
	size_t *places; /* borrowed; from `from` to `count`: whom nobody was asked about yet */
	size_t count, from;
	size_t *again; /* who is to be asked once more, behind them all */
	size_t again_count;
	uint32_t *domain; /* by place; NULL: their number is not limited */
	size_t work;      /* names that were compared, places that were looked at */
};

/* `places` has room for all of them, and takes what is left in the end. */
enum sw_err sw_rounds_init(struct sw_rounds *r, const char *const *recipients, size_t count,
			   size_t *places, bool by_domain, struct sw_error *err) SW_MUST_USE;
void sw_rounds_fini(struct sw_rounds *r);
/* Those of the next transaction, at most so many recipients of so many domains (0: as many as
 * there are); *ret is borrowed until the next call. 0: nobody is left. */
size_t sw_rounds_next(struct sw_rounds *r, uint64_t rcpt_max, uint64_t domain_max,
		      size_t **ret);
/* The first so many of those that sw_rounds_next gave are to be asked again. */
void sw_rounds_again(struct sw_rounds *r, const size_t *places, size_t count);
/* Everybody who is left, at the front of `places`. */
size_t sw_rounds_left(struct sw_rounds *r);

#endif
