/* SPDX-License-Identifier: MIT */
#include "net/addr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>

/* sockaddr_storage may be read as its members only through a copy or a union-free cast of the
 * right type; these keep the casts in one place. */
static const struct sockaddr_in *v4(const struct sw_addr *a)
{
	return (const struct sockaddr_in *)(const void *)&a->ss;
}

static const struct sockaddr_in6 *v6(const struct sw_addr *a)
{
	return (const struct sockaddr_in6 *)(const void *)&a->ss;
}

struct sw_addr sw_addr_v4(const uint8_t ip[4], uint16_t port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sw_addr a = { .len = sizeof(sin) };

	memcpy(&sin.sin_addr, ip, 4);
	memcpy(&a.ss, &sin, sizeof(sin));
	return a;
}

struct sw_addr sw_addr_v6(const uint8_t ip[16], uint16_t port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sw_addr a = { .len = sizeof(sin6) };

	memcpy(&sin6.sin6_addr, ip, 16);
	memcpy(&a.ss, &sin6, sizeof(sin6));
	return a;
}

/* "eth0" or "2"; 0 when there is no such interface. */
static uint32_t zone_index(struct sw_slice zone)
{
	char name[IF_NAMESIZE];
	uint64_t number;

	if (sw_slice_u64(zone, &number))
		return number <= UINT32_MAX ? (uint32_t)number : 0;
	if (zone.len == 0 || zone.len >= sizeof(name) || sw_slice_find(zone, '\0') != zone.len)
		return 0;
	memcpy(name, zone.ptr, zone.len);
	name[zone.len] = '\0';
	return if_nametoindex(name);
}

bool sw_addr_parse(struct sw_slice text, uint16_t port, struct sw_addr *ret)
{
	char ip[INET6_ADDRSTRLEN];
	uint8_t raw[16];
	uint32_t scope = 0;
	bool brackets = text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';

	if (brackets)
		text = sw_slice(text.ptr + 1, text.len - 2);
	size_t percent = sw_slice_find(text, '%');

	if (percent < text.len) {
		scope = zone_index(sw_slice_from(text, percent + 1));
		if (scope == 0)
			return false;
	}
	if (percent == 0 || percent >= sizeof(ip) ||
	    sw_slice_find(sw_slice_head(text, percent), '\0') != percent)
		return false;
	memcpy(ip, text.ptr, percent);
	ip[percent] = '\0';
	if (inet_pton(AF_INET6, ip, raw) == 1) {
		*ret = sw_addr_v6(raw, port);
		((struct sockaddr_in6 *)(void *)&ret->ss)->sin6_scope_id = scope;
		return true;
	}
	if (brackets || percent < text.len || inet_pton(AF_INET, ip, raw) != 1)
		return false;
	*ret = sw_addr_v4(raw, port);
	return true;
}

uint16_t sw_addr_port(const struct sw_addr *a)
{
	if (a->ss.ss_family == AF_INET)
		return ntohs(v4(a)->sin_port);
	return a->ss.ss_family == AF_INET6 ? ntohs(v6(a)->sin6_port) : 0;
}

void sw_addr_set_port(struct sw_addr *a, uint16_t port)
{
	if (a->ss.ss_family == AF_INET)
		((struct sockaddr_in *)(void *)&a->ss)->sin_port = htons(port);
	else if (a->ss.ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&a->ss)->sin6_port = htons(port);
}

static void add_zone(uint32_t scope, char out[SW_ADDR_TEXT])
{
	char name[IF_NAMESIZE];
	size_t len = strlen(out);

	if (if_indextoname(scope, name))
		snprintf(out + len, SW_ADDR_TEXT - len, "%%%s", name);
	else
		snprintf(out + len, SW_ADDR_TEXT - len, "%%%u", scope);
}

const char *sw_addr_ip(const struct sw_addr *a, char out[SW_ADDR_TEXT])
{
	int family = a->len ? a->ss.ss_family : AF_UNSPEC;

	snprintf(out, SW_ADDR_TEXT, "%s", family == AF_UNIX ? "local" : "?");
	if (family == AF_INET)
		inet_ntop(AF_INET, &v4(a)->sin_addr, out, SW_ADDR_TEXT);
	if (family == AF_INET6) {
		inet_ntop(AF_INET6, &v6(a)->sin6_addr, out, SW_ADDR_TEXT);
		if (v6(a)->sin6_scope_id)
			add_zone(v6(a)->sin6_scope_id, out);
	}
	return out;
}

const char *sw_addr_text(const struct sw_addr *a, char out[SW_ADDR_TEXT])
{
	char ip[SW_ADDR_TEXT];
	int family = a->len ? a->ss.ss_family : AF_UNSPEC;

	sw_addr_ip(a, ip);
	/* 46 for the address, 16 for the zone, brackets and port: it always fits. */
	if (family == AF_INET6)
		snprintf(out, SW_ADDR_TEXT, "[%.68s]:%u", ip, sw_addr_port(a));
	else if (family == AF_INET)
		snprintf(out, SW_ADDR_TEXT, "%.68s:%u", ip, sw_addr_port(a));
	else
		snprintf(out, SW_ADDR_TEXT, "%.68s", ip);
	return out;
}

/* The four bytes of an IPv4 address, also of one mapped into IPv6 (RFC 4291 2.5.5.2). */
static const uint8_t *ipv4_bytes(const struct sw_addr *a)
{
	if (a->ss.ss_family == AF_INET)
		return (const uint8_t *)&v4(a)->sin_addr;
	if (a->ss.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6(a)->sin6_addr))
		return v6(a)->sin6_addr.s6_addr + 12;
	return NULL;
}

bool sw_addr_is_loopback(const struct sw_addr *a)
{
	const uint8_t *ip = ipv4_bytes(a);

	if (ip)
		return ip[0] == 127;
	return a->ss.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6(a)->sin6_addr);
}

bool sw_addr_is_private(const struct sw_addr *a)
{
	static const struct {
		uint8_t net[2], mask[2];
	} nets4[] = {
		{ { 10, 0 }, { 255, 0 } },	/* RFC 1918 */
		{ { 172, 16 }, { 255, 240 } },
		{ { 192, 168 }, { 255, 255 } },
		{ { 169, 254 }, { 255, 255 } }, /* RFC 3927 */
		{ { 100, 64 }, { 255, 192 } },	/* RFC 6598 */
	}, nets6[] = {
		{ { 0xfc, 0 }, { 0xfe, 0 } },	 /* RFC 4193 */
		{ { 0xfe, 0x80 }, { 0xff, 0xc0 } }, /* RFC 4291 2.5.6 */
	};
	const uint8_t *ip = ipv4_bytes(a);

	if (sw_addr_is_loopback(a))
		return true;
	for (size_t i = 0; ip && i < SW_LEN(nets4); i++)
		if ((ip[0] & nets4[i].mask[0]) == nets4[i].net[0] &&
		    (ip[1] & nets4[i].mask[1]) == nets4[i].net[1])
			return true;
	if (ip || a->ss.ss_family != AF_INET6)
		return false;
	ip = v6(a)->sin6_addr.s6_addr;
	for (size_t i = 0; i < SW_LEN(nets6); i++)
		if ((ip[0] & nets6[i].mask[0]) == nets6[i].net[0] &&
		    (ip[1] & nets6[i].mask[1]) == nets6[i].net[1])
			return true;
	return false;
}
