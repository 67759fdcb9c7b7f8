/* SPDX-License-Identifier: MIT */
#include "sandbox/proxy.h"

enum {
	/* Section 2.1: the longest line of version 1, with its end. */
	V1_MAX = 107,
	/* Section 2.2: signature, version and command, family, length. */
	V2_FIXED = 16,
	V2_LOCAL = 0x20,
	V2_PROXY = 0x21,
	V2_TCP4 = 0x11,
	V2_TCP6 = 0x21,
	IP4 = 4,
	IP6 = 16,
};

static bool take_word(struct sw_slice *rest, struct sw_slice *ret)
{
	return sw_slice_split(rest, ' ', ret) && ret->len > 0;
}

static bool read_address(struct sw_slice ip, struct sw_slice port, int family,
			 struct sw_addr *ret)
{
	uint64_t number;

	return sw_slice_u64(port, &number) && number <= UINT16_MAX &&
	       sw_addr_parse(ip, (uint16_t)number, ret) && ret->ss.ss_family == family;
}

/* "PROXY TCP4 SOURCE TARGET PORT PORT" */
static enum sw_proxy_state read_v1(struct sw_slice in, struct sw_proxy_header *ret)
{
	size_t end = sw_slice_search(in, SW_S("\r\n"));
	struct sw_slice rest = sw_slice_head(in, end);
	struct sw_slice word, family, source, target, from, to;

	if (end == in.len)
		return in.len < V1_MAX ? SW_PROXY_MORE : SW_PROXY_NONE;
	if (end + 2 > V1_MAX || !take_word(&rest, &word) || !take_word(&rest, &family))
		return SW_PROXY_NONE;
	*ret = (struct sw_proxy_header){ .len = end + 2, .version = 1 };
	if (sw_slice_eq(family, SW_S("UNKNOWN")))
		return SW_PROXY_READ;
	bool v6 = sw_slice_eq(family, SW_S("TCP6"));
	int kind = v6 ? AF_INET6 : AF_INET;

	if ((!v6 && !sw_slice_eq(family, SW_S("TCP4"))) || !take_word(&rest, &source) ||
	    !take_word(&rest, &target) || !take_word(&rest, &from) || !take_word(&rest, &to) ||
	    rest.len > 0 || !read_address(source, from, kind, &ret->source) ||
	    !read_address(target, to, kind, &ret->target))
		return SW_PROXY_NONE;
	ret->known = true;
	return SW_PROXY_READ;
}

static unsigned byte_at(struct sw_slice in, size_t i)
{
	return (unsigned char)in.ptr[i];
}

static uint16_t u16_at(struct sw_slice in, size_t i)
{
	return (uint16_t)(byte_at(in, i) << 8 | byte_at(in, i + 1));
}

static struct sw_addr address_at(struct sw_slice in, size_t i, size_t len, uint16_t port)
{
	uint8_t ip[IP6];

	memcpy(ip, in.ptr + i, len);
	return len == IP4 ? sw_addr_v4(ip, port) : sw_addr_v6(ip, port);
}

static enum sw_proxy_state read_v2(struct sw_slice in, struct sw_proxy_header *ret)
{
	if (in.len < V2_FIXED)
		return SW_PROXY_MORE;
	unsigned command = byte_at(in, 12), family = byte_at(in, 13);
	size_t len = u16_at(in, 14), ip = family == V2_TCP6 ? IP6 : IP4;

	if ((command != V2_LOCAL && command != V2_PROXY) ||
	    V2_FIXED + len > SW_PROXY_HEADER_MAX)
		return SW_PROXY_NONE;
	if (in.len < V2_FIXED + len)
		return SW_PROXY_MORE;
	*ret = (struct sw_proxy_header){ .len = V2_FIXED + len, .version = 2 };
	/* Other families carry nothing that an SMTP server could use; the header stands. */
	if (command == V2_LOCAL || (family != V2_TCP4 && family != V2_TCP6))
		return SW_PROXY_READ;
	if (len < 2 * ip + 4)
		return SW_PROXY_NONE;
	ret->source = address_at(in, V2_FIXED, ip, u16_at(in, V2_FIXED + 2 * ip));
	ret->target = address_at(in, V2_FIXED + ip, ip, u16_at(in, V2_FIXED + 2 * ip + 2));
	ret->known = true;
	return SW_PROXY_READ;
}

enum sw_proxy_state sw_proxy_header_read(struct sw_slice in, struct sw_proxy_header *ret)
{
	static const char v1[] = "PROXY ", v2[] = "\r\n\r\n\0\r\nQUIT\n";
	struct sw_slice first = sw_slice(v1, sizeof(v1) - 1);
	struct sw_slice second = sw_slice(v2, sizeof(v2) - 1);

	if (in.len >= first.len && sw_slice_starts(in, first))
		return read_v1(in, ret);
	if (in.len >= second.len && sw_slice_starts(in, second))
		return read_v2(in, ret);
	return sw_slice_eq(in, sw_slice_head(first, in.len)) ||
			       sw_slice_eq(in, sw_slice_head(second, in.len))
		       ? SW_PROXY_MORE
		       : SW_PROXY_NONE;
}
