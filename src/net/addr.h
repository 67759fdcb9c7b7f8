/* SPDX-License-Identifier: MIT */
/* Socket addresses. */
#ifndef SW_NET_ADDR_H
#define SW_NET_ADDR_H

#include <sys/socket.h>

#include "base/error.h"
#include "base/slice.h"

struct sw_addr {
	struct sockaddr_storage ss;
	socklen_t len;
};

/* "192.0.2.1", "2001:db8::1", "[2001:db8::1]", with %zone. No names. */
bool sw_addr_parse(struct sw_slice text, uint16_t port, struct sw_addr *ret);
struct sw_addr sw_addr_v4(const uint8_t ip[4], uint16_t port);
struct sw_addr sw_addr_v6(const uint8_t ip[16], uint16_t port);
uint16_t sw_addr_port(const struct sw_addr *a);
void sw_addr_set_port(struct sw_addr *a, uint16_t port);
enum { SW_ADDR_TEXT = 80 };
/* "192.0.2.1" or "2001:db8::1"; no port. */
const char *sw_addr_ip(const struct sw_addr *a, char out[SW_ADDR_TEXT]);
/* "192.0.2.1:25" or "[2001:db8::1]:25". */
const char *sw_addr_text(const struct sw_addr *a, char out[SW_ADDR_TEXT]);
bool sw_addr_is_loopback(const struct sw_addr *a);
/* 10/8, 172.16/12, 192.168/16, 169.254/16, 100.64/10, fc00::/7, fe80::/10, loopback. */
bool sw_addr_is_private(const struct sw_addr *a);

#endif
