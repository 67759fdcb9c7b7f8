/* SPDX-License-Identifier: MIT */
#include "identity/ip.h"

#include <stdio.h>

static bool parse_v4(struct sw_slice s, uint8_t out[4])
{
	for (int part = 0; part < 4; part++) {
		unsigned value = 0;
		size_t digits = 0;

		while (digits < s.len && digits < 3 && sw_ascii_digit(s.ptr[digits]))
			value = value * 10 + (unsigned)(s.ptr[digits++] - '0');
		if (digits == 0 || value > 255 || (digits > 1 && s.ptr[0] == '0'))
			return false;
		out[part] = (uint8_t)value;
		s = sw_slice_from(s, digits);
		if (part == 3)
			break;
		if (s.len == 0 || s.ptr[0] != '.')
			return false;
		s = sw_slice_from(s, 1);
	}
	return s.len == 0;
}

static int hex_value(char c)
{
	char l = sw_ascii_lower(c);

	if (sw_ascii_digit(c))
		return c - '0';
	return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

/* Groups up to the end or "::"; how many bytes were written, or -1. *rest is behind "::", its
 * ptr NULL without one. */
static int parse_groups(struct sw_slice s, uint8_t out[16], struct sw_slice *rest)
{
	int used = 0;

	*rest = (struct sw_slice){ NULL, 0 };
	if (s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':') {
		*rest = sw_slice_from(s, 2);
		return 0;
	}
	while (s.len > 0) {
		unsigned value = 0;
		size_t digits = 0;

		if (used <= 12 && parse_v4(s, out + used))
			return used + 4;
		for (; digits < s.len && digits < 4 && hex_value(s.ptr[digits]) >= 0; digits++)
			value = value << 4 | (unsigned)hex_value(s.ptr[digits]);
		if (digits == 0 || used > 14)
			return -1;
		out[used++] = (uint8_t)(value >> 8);
		out[used++] = (uint8_t)value;
		s = sw_slice_from(s, digits);
		if (s.len == 0)
			return used;
		if (s.ptr[0] != ':' || s.len == 1)
			return -1;
		s = sw_slice_from(s, 1);
		if (s.ptr[0] == ':') {
			*rest = sw_slice_from(s, 1);
			return used;
		}
	}
	return used;
}

static bool parse_v6(struct sw_slice s, uint8_t out[16])
{
	uint8_t tail[16] = { 0 };
	struct sw_slice rest, none;

	memset(out, 0, 16);
	int head = parse_groups(s, out, &rest);
	if (head < 0 || !rest.ptr)
		return head == 16;
	int back = parse_groups(rest, tail, &none);
	/* "::" stands for one group at least, and once (RFC 4291 2.2). */
	if (back < 0 || none.ptr || head + back > 14)
		return false;
	memset(out + head, 0, (size_t)(16 - head));
	memcpy(out + 16 - back, tail, (size_t)back);
	return true;
}

bool sw_ip_parse(struct sw_slice text, struct sw_ip *ret)
{
	struct sw_ip ip = { .family = 4 };

	if (!parse_v4(text, ip.bytes)) {
		if (text.len < 2 || !parse_v6(text, ip.bytes))
			return false;
		ip.family = 6;
	}
	*ret = ip;
	return true;
}

struct sw_ip sw_ip_unmap(struct sw_ip ip)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sw_ip v4 = { .family = 4 };

	if (ip.family != 6 || memcmp(ip.bytes, mapped, sizeof(mapped)) != 0)
		return ip;
	memcpy(v4.bytes, ip.bytes + 12, 4);
	return v4;
}

struct sw_ip sw_ip_of_record(const struct sw_dns_record *r)
{
	struct sw_ip ip = { 0 };

	if (r->type == SW_DNS_A) {
		ip.family = 4;
		memcpy(ip.bytes, r->a, 4);
	} else if (r->type == SW_DNS_AAAA) {
		ip.family = 6;
		memcpy(ip.bytes, r->aaaa, 16);
	}
	return ip;
}

bool sw_ip_matches(const struct sw_ip *a, const struct sw_ip *b, unsigned bits)
{
	size_t whole = bits / 8;
	unsigned rest = bits % 8;

	if (a->family != b->family || a->family == 0)
		return false;
	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || ((a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest)) == 0;
}

/* The longest run of zero groups, two at least, the first of equals (RFC 5952 4.2). */
static int longest_zeros(const uint8_t *b, int *ret_len)
{
	int best = -1;

	*ret_len = 1;
	for (int i = 0; i < 8;) {
		int end = i;

		while (end < 8 && b[2 * end] == 0 && b[2 * end + 1] == 0)
			end++;
		if (end - i > *ret_len) {
			best = i;
			*ret_len = end - i;
		}
		i = end + 1;
	}
	return best;
}

const char *sw_ip_text(const struct sw_ip *ip, char out[SW_IP_TEXT])
{
	const uint8_t *b = ip->bytes;
	int zeros, used = 0;

	out[0] = '\0';
	if (ip->family == 4)
		snprintf(out, SW_IP_TEXT, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
	if (ip->family != 6)
		return out;
	int from = longest_zeros(b, &zeros);
	for (int i = 0; i < 8; i++) {
		if (i == from) {
			used += snprintf(out + used, SW_IP_TEXT - (size_t)used, "::");
			i += zeros - 1;
			continue;
		}
		bool colon = i > 0 && i != from + zeros;
		used += snprintf(out + used, SW_IP_TEXT - (size_t)used, "%s%x",
				 colon || (i > 0 && from < 0) ? ":" : "",
				 (unsigned)(b[2 * i] << 8 | b[2 * i + 1]));
	}
	return out;
}

const char *sw_ip_reversed(const struct sw_ip *ip, char out[SW_IP_REVERSE])
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *b = ip->bytes;
	size_t used = 0;

	if (ip->family == 4)
		snprintf(out, SW_IP_REVERSE, "%u.%u.%u.%u", b[3], b[2], b[1], b[0]);
	else {
		for (size_t i = 16; i > 0; i--) {
			out[used++] = digits[b[i - 1] & 15];
			out[used++] = '.';
			out[used++] = digits[b[i - 1] >> 4];
			out[used++] = '.';
		}
		out[used - 1] = '\0';
	}
	return out;
}

const char *sw_ip_ptr_name(const struct sw_ip *ip, char out[SW_IP_REVERSE])
{
	size_t used = strlen(sw_ip_reversed(ip, out));

	snprintf(out + used, SW_IP_REVERSE - used, "%s",
		 ip->family == 4 ? ".in-addr.arpa" : ".ip6.arpa");
	return out;
}
