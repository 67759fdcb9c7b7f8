/* SPDX-License-Identifier: MIT */
/* Block lists that are asked by DNS (RFC 5782): which, and what their answers mean. Pure. */
#ifndef SW_IDENTITY_BLOCK_LISTS_H
#define SW_IDENTITY_BLOCK_LISTS_H

#include "dns/record.h"

enum { SW_LISTS_V4 = 1, SW_LISTS_V6 = 2, SW_LISTS_DOMAINS = 4 };
struct sw_block_list {
	const char *zone, *site, *name;
	unsigned weight; /* 1 to 10 */
	unsigned kinds;  /* SW_LISTS_* bits */
};
/* Of addresses, of domains. NULL after the last. */
const struct sw_block_list *sw_block_list_at(size_t i);
const struct sw_block_list *sw_domain_list_at(size_t i);
/* What an answer means: "" not listed; "spam" "exploited" "policy"; "refused": the list did
 * not answer this resolver (127.255.255.x); "nonsense": an answer outside 127/8 is no list's.
 */
const char *sw_block_list_meaning(const char *zone, const uint8_t ip[4]);
enum { SW_NAMED_LISTS = 3, SW_LIST_ZONE = 128 };
/* The lists that a refusal names: zones of the table, by zone or site, and words that look
 * like a zone behind "by", "in", "at", "on", "using", "from". Returns how many. */
size_t sw_block_lists_in(struct sw_slice text, char out[SW_NAMED_LISTS][SW_LIST_ZONE]);

/* A list as its two control entries show it (RFC 5782 5). */
enum sw_list_state {
	SW_LIST_WORKS = 0,
	SW_LIST_REFUSES,    /* our resolver */
	SW_LIST_EVERYTHING, /* lists what must not be listed */
	SW_LIST_NO_LIST,    /* does not list what must be listed */
	SW_LIST_SILENT,
};
enum sw_list_state sw_block_list_state(const char *zone, const struct sw_dns_answer *listed,
				       const struct sw_dns_answer *unlisted);
const char *sw_list_state_name(enum sw_list_state s);

#endif
