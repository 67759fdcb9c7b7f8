/* SPDX-License-Identifier: MIT */
/* The PROXY header with which a load balancer begins a connection (haproxy's PROXY protocol,
 * versions 1 and 2), read. Pure. */
#ifndef SW_SANDBOX_PROXY_H
#define SW_SANDBOX_PROXY_H

#include "base/slice.h"
#include "net/addr.h"

enum { SW_PROXY_HEADER_MAX = 4096 };

enum sw_proxy_state {
	SW_PROXY_MORE = 0, /* not all of it is there */
	SW_PROXY_NONE,     /* this is none, or a malformed one: section 4 asks to abort then */
	SW_PROXY_READ,
};
struct sw_proxy_header {
	size_t len; /* of it */
	int version;
	bool known; /* the addresses are: not for LOCAL and UNKNOWN */
	struct sw_addr source, target;
};
/* `in`: what has come so far. */
enum sw_proxy_state sw_proxy_header_read(struct sw_slice in, struct sw_proxy_header *ret);

#endif
