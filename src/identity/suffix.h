/* SPDX-License-Identifier: MIT */
/* Public suffixes (publicsuffix.org) by libpsl: what RFC 7489 takes for the border between who
 * hands domains out and who has one. Domains as A-labels or UTF-8; ASCII letters of any case.
 */
#ifndef SW_IDENTITY_SUFFIX_H
#define SW_IDENTITY_SUFFIX_H

#include "base/error.h"
#include "base/slice.h"

struct sw_suffixes;

/* `list` is the text of a list; empty: the newer one of libpsl's own and the system's. */
struct sw_suffixes *sw_suffixes_new(struct sw_slice list, struct sw_error *err) SW_MUST_USE;
void sw_suffixes_free(struct sw_suffixes *s);

/* The organizational domain (registrable domain): a part of `domain`, or empty when the domain
 * is a public suffix itself or is no domain. */
struct sw_slice sw_suffixes_org(const struct sw_suffixes *s, struct sw_slice domain);
bool sw_suffixes_is_public(const struct sw_suffixes *s, struct sw_slice domain);

#endif
