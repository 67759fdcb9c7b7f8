/* SPDX-License-Identifier: MIT */
/* The beginning of a conversation with a proxy: SOCKS version 5 (RFC 1928, RFC 1929) and HTTP
 * CONNECT (RFC 9110 9.3.6). Pure: bytes in, bytes out. And a stream that does it before
 * anything else. */
#ifndef SW_NET_PROXY_H
#define SW_NET_PROXY_H

#include "base/buf.h"
#include "net/stream.h"

enum sw_proxy_kind {
	SW_PROXY_NONE = 0,
	SW_PROXY_SOCKS5,  /* names are looked up here, the proxy is given addresses */
	SW_PROXY_SOCKS5H, /* the proxy looks them up */
	SW_PROXY_HTTP,    /* so does this one */
	SW_PROXY_KIND_COUNT
};
const char *sw_proxy_kind_name(enum sw_proxy_kind kind); /* "socks5", "http" */

#define SW_PROXY_FAILURE(id, name, target, text) SW_PROXY_F_##id,
enum sw_proxy_failure {
#include "net/proxy_failure.def"
	SW_PROXY_FAILURE_COUNT
};
#undef SW_PROXY_FAILURE
const char *sw_proxy_failure_name(enum sw_proxy_failure f);
const char *sw_proxy_failure_text(enum sw_proxy_failure f);
bool sw_proxy_failure_of_target(enum sw_proxy_failure f);

/* Borrowed until sw_proxy_talk_new returns. */
struct sw_proxy_ask {
	enum sw_proxy_kind kind;
	const char *host; /* name (ASCII) or address without brackets */
	uint16_t port;
	struct sw_slice user, password; /* user empty: none; RFC 1929 allows 255 bytes each */
};

enum sw_proxy_state { SW_PROXY_TALKING = 0, SW_PROXY_OPEN, SW_PROXY_FAILED };
struct sw_proxy_verdict {
	enum sw_proxy_state state;
	enum sw_proxy_failure failure;
	int code;       /* reply of SOCKS, status of HTTP; -1: none came */
	char text[160]; /* the status line of HTTP, as it came */
};

struct sw_proxy_talk;
/* SW_E_USAGE when the protocol has no room for host, user or password. */
struct sw_proxy_talk *sw_proxy_talk_new(const struct sw_proxy_ask *ask,
					struct sw_error *err) SW_MUST_USE;
void sw_proxy_talk_free(struct sw_proxy_talk *t);
/* Bytes to be sent, borrowed; and how many of them were. */
struct sw_slice sw_proxy_talk_output(const struct sw_proxy_talk *t);
void sw_proxy_talk_sent(struct sw_proxy_talk *t, size_t len);
/* How many of the bytes were the proxy's; the rest comes from behind it. */
size_t sw_proxy_talk_feed(struct sw_proxy_talk *t, struct sw_slice in);
/* The proxy has closed. */
void sw_proxy_talk_closed(struct sw_proxy_talk *t);
const struct sw_proxy_verdict *sw_proxy_talk_verdict(const struct sw_proxy_talk *t);

/* Puts the talk before everything else on `below` (its handshake). Takes both on success. */
struct sw_stream *sw_proxy_stream(struct sw_stream *below, struct sw_proxy_talk *talk,
				  struct sw_error *err) SW_MUST_USE;
/* Of the proxy in a stack; NULL when there is none. Borrowed. */
const struct sw_proxy_verdict *sw_proxy_get_verdict(const struct sw_stream *top);

#endif
