/* SPDX-License-Identifier: MIT */
/* The format of /etc/hosts. Pure. */
#ifndef SW_NET_HOSTS_H
#define SW_NET_HOSTS_H

#include "net/addr.h"

/* Appends the addresses of `name` (any case, final dot ignored) in a text of lines "address name...",
 * in the order of the lines, up to `max` in all; returns the new count. Lines that make no sense are
 * skipped, '#' begins a comment. */
size_t sw_hosts_find(struct sw_slice text, struct sw_slice name, struct sw_addr *addrs,
		     size_t count, size_t max);

#endif
