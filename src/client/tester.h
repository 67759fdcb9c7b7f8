/* SPDX-License-Identifier: MIT */
/* Who tries a server out may speak as another client: PROXY headers (haproxy's
 * proxy-protocol.txt, versions 1 and 2) and Postfix's XCLIENT. */
#ifndef SW_CLIENT_TESTER_H
#define SW_CLIENT_TESTER_H

#include "base/arena.h"
#include "base/buf.h"
#include "net/addr.h"

struct sw_proxy_wish {
	int version;           /* 1 or 2 */
	struct sw_addr source; /* len 0: our own */
};
/* "v1", "v2", "v2,192.0.2.1", "v1,[2001:db8::1]:4711". */
enum sw_err sw_proxy_wish_parse(const char *text, struct sw_proxy_wish *ret,
				struct sw_error *err) SW_MUST_USE;
/* Appends the header; `local` and `peer` are the ends of our connection. SW_E_CONFIG when the
 * source is of another family than the peer, which a header cannot say. */
enum sw_err sw_proxy_header_put(const struct sw_proxy_wish *wish, const struct sw_addr *local,
				const struct sw_addr *peer, struct sw_buf *out,
				struct sw_error *err) SW_MUST_USE;
/* "NAME=VALUE ...": names of Postfix's XCLIENT_README. */
enum sw_err sw_tester_check_xclient(const char *text, struct sw_error *err) SW_MUST_USE;
/* The same as a list, NULL behind the last; NULL without memory. Lives in the arena. */
const char *const *sw_tester_xclient(const char *text, struct sw_arena *arena);

#endif
