/* SPDX-License-Identifier: MIT */
/* Answers as sets of records: their order says nothing. */
#ifndef SW_PROBE_DNS_SET_H
#define SW_PROBE_DNS_SET_H

#include "base/arena.h"
#include "dns/record.h"

/* In lower case, sorted, ", " between; "" for none and without memory. */
const char *sw_dns_set_text(const struct sw_dns_answer *a, struct sw_arena *arena);
/* "same", "part" (they share some), "other"; "" when one of them is empty. */
const char *sw_dns_set_relation(const char *a, const char *b);
/* The kind of the addresses in a set ("global", "private"...), "mixed", "" when there is none.
 */
const char *sw_dns_set_kind(const char *set);
/* A name that the whole world might know: has a dot, and is not under a top that is for
 * private use, tests and documents (RFC 6761, RFC 6762, RFC 8375, RFC 9476). */
bool sw_dns_name_is_public(struct sw_slice name);

#endif
