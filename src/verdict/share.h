/* SPDX-License-Identifier: MIT */
/* Facts for strangers: what names people, our machine and our network is replaced, the same by
 * the same, so that the same rules find the same.
 *
 * Local parts of mail addresses become keyed hashes, part by part between their punctuation
 * marks (a VERP sender still looks like one); postmaster, abuse and mailer-daemon stay. A
 * local part that stands alone in a server's words is replaced, too, unless it is a common
 * word. Private addresses become others of their kind; our host name and EHLO name become
 * others of their form; the names of home directories go. Domains and public addresses stay:
 * they are what a diagnosis is about. */
#ifndef SW_VERDICT_SHARE_H
#define SW_VERDICT_SHARE_H

#include "verdict/facts.h"

enum { SW_SHARE_SALT = 32 };

/* A new store, the caller's, whose keys are those of `f`, which must live longer. The salt is
 * random and told to nobody. NULL without memory. */
struct sw_facts *sw_facts_share(const struct sw_facts *f,
				const uint8_t salt[SW_SHARE_SALT]) SW_MUST_USE;

#endif
