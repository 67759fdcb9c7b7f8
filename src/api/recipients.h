/* SPDX-License-Identifier: MIT */
/* The recipients of an envelope: each mailbox once, in the order in which they came. */
#ifndef SW_API_RECIPIENTS_H
#define SW_API_RECIPIENTS_H

#include "mail/address.h"

/* An all-zero struct is a valid empty set. */
struct sw_recipients {
	struct sw_address *list; /* strings borrowed from whoever added them */
	size_t count, cap;
	uint32_t *slots; /* place in list + 1; 0 empty. A power of two */
	size_t slot_count;
};
/* SW_OK also when it was there already. SW_E_LIMIT beyond SW_MAX_RECIPIENTS. */
enum sw_err sw_recipients_add(struct sw_recipients *r, const struct sw_address *a,
			      struct sw_error *err) SW_MUST_USE;
/* Its place; false when it is none of them. */
bool sw_recipients_find(struct sw_recipients *r, const struct sw_address *a, size_t *ret_place);
void sw_recipients_fini(struct sw_recipients *r);

#endif
