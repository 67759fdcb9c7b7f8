/* SPDX-License-Identifier: MIT */
/* Addresses of the Internet as the evaluators of this room see them: bytes, no sockets. */
#ifndef SW_IDENTITY_IP_H
#define SW_IDENTITY_IP_H

#include "base/slice.h"
#include "dns/record.h"

struct sw_ip {
	uint8_t family; /* 4, 6; 0: none */
	uint8_t bytes[16];
};

enum {
	SW_IP_TEXT = 48,
	SW_IP_REVERSE = 80, /* 32 nibbles with dots, ".in-addr.arpa" or ".ip6.arpa" */
};

/* "192.0.2.1", four parts without leading zeros; "2001:db8::1", also with four parts of the
 * first kind at its end. All of the text. An IPv4 address mapped into IPv6 stays IPv6. */
bool sw_ip_parse(struct sw_slice text, struct sw_ip *ret) SW_MUST_USE;
/* ::ffff:192.0.2.1 becomes 192.0.2.1 (RFC 7208 5): so much is one address for receivers. */
struct sw_ip sw_ip_unmap(struct sw_ip ip);
/* Of an A or AAAA record; family 0 for others. */
struct sw_ip sw_ip_of_record(const struct sw_dns_record *r);
/* The first `bits` bits are alike; families must be. */
bool sw_ip_matches(const struct sw_ip *a, const struct sw_ip *b, unsigned bits);
/* RFC 5952. */
const char *sw_ip_text(const struct sw_ip *ip, char out[SW_IP_TEXT]);
/* "1.2.0.192", nibbles for IPv6; what zones append themselves is not there. */
const char *sw_ip_reversed(const struct sw_ip *ip, char out[SW_IP_REVERSE]);
/* The same with "in-addr.arpa" or "ip6.arpa": the name of the PTR record. */
const char *sw_ip_ptr_name(const struct sw_ip *ip, char out[SW_IP_REVERSE]);

#endif
