/* SPDX-License-Identifier: MIT */
/* What the judge works out of the session's facts before it judges: of which form the names
 * are, of which kind the addresses, how many addresses and recipients ended how. Never saved,
 * and never stated by anybody else; a case that states facts of such a type (those of rules
 * do) is left as it is. */
#ifndef SW_VERDICT_DERIVE_H
#define SW_VERDICT_DERIVE_H

#include "verdict/facts.h"

/* The derived facts alone, the caller's; NULL without memory. */
struct sw_facts *sw_facts_derive(const struct sw_facts *f) SW_MUST_USE;
/* "ok", "address", "non_ascii", "underscore", "single_label", "bad", "too_long", "empty": what
 * is given as a host name. */
const char *sw_name_form(struct sw_slice name);
/* "global", "private", "cgnat", "loopback", "link_local", "unspecified", "reserved"; NULL: no
 * address. */
const char *sw_address_kind(struct sw_slice address, int *ret_family);

#endif
