/* SPDX-License-Identifier: MIT */
/* Whether block lists (RFC 5782) hold an address or a domain, as a machine that asks the DNS
 * (see dns/question.h). The control entries of a list are asked for too: what cannot be
 * tested, or refuses us, is never called listed. */
#ifndef SW_IDENTITY_LISTING_H
#define SW_IDENTITY_LISTING_H

#include "identity/asks.h"
#include "identity/block_lists.h"
#include "identity/ip.h"

struct sw_listing_request {     /* borrowed for the time of the call, but the lists */
	struct sw_ip ip;        /* family 0: the domain */
	struct sw_slice domain; /* ASCII */
	const struct sw_block_list *const *lists; /* those not of the kind are passed over */
	size_t count;                             /* beyond SW_MAX_LISTS left out */
};

struct sw_listing {
	const struct sw_block_list *list;
	enum sw_list_state state; /* of the list itself; no WORKS: could not test */
	bool listed;              /* only ever with WORKS */
	const char *kind;         /* "spam", "exploited", "policy"; "refused"; "" */
	const struct sw_ask *answer;
	struct sw_slice reason; /* its TXT, from outside; empty: none */
};

struct sw_listings;

struct sw_listings *sw_listings_new(const struct sw_listing_request *r,
				    struct sw_error *err) SW_MUST_USE;
void sw_listings_free(struct sw_listings *x);
size_t sw_listings_questions(const struct sw_listings *x, const struct sw_dns_question **ret);
enum sw_err sw_listings_answer(struct sw_listings *x, const struct sw_dns_answer *a,
			       struct sw_error *err) SW_MUST_USE;
/* After the last answer; 0 lists were of the kind. */
size_t sw_listings_count(const struct sw_listings *x);
struct sw_listing sw_listings_at(const struct sw_listings *x, size_t i);
/* Sum of the weights of the lists that hold it; *ret_tested of those that could be tested. */
unsigned sw_listings_weight(const struct sw_listings *x, unsigned *ret_tested);
size_t sw_listings_step_count(const struct sw_listings *x);
enum sw_err sw_listings_step_text(const struct sw_listings *x, size_t i,
				  struct sw_buf *out) SW_MUST_USE;

#endif
