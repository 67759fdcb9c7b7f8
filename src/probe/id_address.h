/* SPDX-License-Identifier: MIT */
/* Under which address others see us, and what its reverse name looks like. */
#ifndef SW_PROBE_ID_ADDRESS_H
#define SW_PROBE_ID_ADDRESS_H

#include "probe/probe.h"

struct sw_own_address {
	struct sw_addr addr; /* len 0: not known */
	const char *from;    /* "wish" "reply" "local": who says so */
	bool is_public;
};
/* The user's word, else what a reply of the server quotes ("client host [198.51.100.7]"), else
 * the address that the connection left from when no translation can be on the way. */
void sw_own_address_find(const struct sw_exam *x, struct sw_own_address *ret);
/* The first address in brackets, parentheses or blanks of a reply that is not one of `others`.
 */
bool sw_own_address_in(struct sw_slice text, const struct sw_addr *others, size_t count,
		       struct sw_addr *ret);

/* What a reverse name tells: "dynamic" (words of lines for the home), "static" (made from the
 * address, says that it is rented for good), "numbered" (made from the address), "named". */
const char *sw_reverse_form(struct sw_slice name, const struct sw_addr *addr);
enum { SW_REVERSE_TEXT = 80 };
/* "7.100.51.198" or the nibbles of IPv6, without the zone. */
const char *sw_reverse_text(const struct sw_addr *addr, char out[SW_REVERSE_TEXT]);

#endif
