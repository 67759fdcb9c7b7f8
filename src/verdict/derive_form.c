/* SPDX-License-Identifier: MIT */
/* Forms of names and kinds of addresses. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/limits.h"
#include "verdict/derive.h"

enum { LABEL_MOST = 63, ADDRESS_TEXT = 64 };

static const struct {
	uint8_t net[4];
	unsigned bits;
	const char *kind;
} v4_kinds[] = {
	{ { 0, 0, 0, 0 }, 8, "unspecified" }, /* RFC 1122 3.2.1.3: this network */
	{ { 10, 0, 0, 0 }, 8, "private" },    /* RFC 1918 */
	{ { 172, 16, 0, 0 }, 12, "private" },
	{ { 192, 168, 0, 0 }, 16, "private" },
	{ { 100, 64, 0, 0 }, 10, "cgnat" }, /* RFC 6598 */
	{ { 127, 0, 0, 0 }, 8, "loopback" },
	{ { 169, 254, 0, 0 }, 16, "link_local" }, /* RFC 3927 */
	{ { 224, 0, 0, 0 }, 3, "reserved" },      /* multicast, and 240/4 */
};
static const struct {
	uint8_t net[16];
	unsigned bits;
	const char *kind;
} v6_kinds[] = {
	{ { 0 }, 128, "unspecified" },
	{ { [15] = 1 }, 128, "loopback" },
	{ { 0xfe, 0x80 }, 10, "link_local" },
	{ { 0xfe, 0xc0 }, 10, "private" }, /* RFC 3879: site-local, of old */
	{ { 0xfc }, 7, "private" },        /* RFC 4193 */
	{ { 0xff }, 8, "reserved" },       /* multicast */
};

static bool is_in(const uint8_t *ip, const uint8_t *net, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	return memcmp(ip, net, whole) == 0 &&
	       (rest == 0 || (ip[whole] ^ net[whole]) >> (8 - rest) == 0);
}

static const char *v4_kind(const uint8_t *ip)
{
	for (size_t i = 0; i < SW_LEN(v4_kinds); i++)
		if (is_in(ip, v4_kinds[i].net, v4_kinds[i].bits))
			return v4_kinds[i].kind;
	return "global";
}

static const char *v6_kind(const uint8_t *ip)
{
	static const uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff }; /* RFC 4291 2.5.5.2 */

	if (is_in(ip, mapped, 96))
		return v4_kind(ip + 12);
	for (size_t i = 0; i < SW_LEN(v6_kinds); i++)
		if (is_in(ip, v6_kinds[i].net, v6_kinds[i].bits))
			return v6_kinds[i].kind;
	return "global";
}

const char *sw_address_kind(struct sw_slice address, int *ret_family)
{
	char text[ADDRESS_TEXT];
	uint8_t ip[16];

	/* A zone ("%eth0") says where a link-local address is, not what it is. */
	address = sw_slice_head(address, sw_slice_find(address, '%'));
	if (address.len == 0 || address.len >= sizeof(text))
		return NULL;
	memcpy(text, address.ptr, address.len);
	text[address.len] = '\0';
	*ret_family = 4;
	if (inet_pton(AF_INET, text, ip) == 1)
		return v4_kind(ip);
	*ret_family = 6;
	return inet_pton(AF_INET6, text, ip) == 1 ? v6_kind(ip) : NULL;
}

/* "192.0.2.1", "[192.0.2.1]", "[IPv6:2001:db8::1]". */
static bool is_address(struct sw_slice s)
{
	int family;

	if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']') {
		s = sw_slice_head(sw_slice_from(s, 1), s.len - 2);
		if (sw_slice_starts_nocase(s, SW_S("IPv6:")))
			s = sw_slice_from(s, 5);
	}
	return sw_address_kind(s, &family) != NULL;
}

/* RFC 1123 2.1 of one label. */
static const char *label_form(struct sw_slice label)
{
	bool underscore = false;

	if (label.len > LABEL_MOST)
		return "too_long";
	if (label.len == 0 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return "bad";
	for (size_t i = 0; i < label.len; i++) {
		char c = sw_ascii_lower(label.ptr[i]);

		if (c == '_')
			underscore = true;
		else if (!sw_ascii_digit(c) && c != '-' && (c < 'a' || c > 'z'))
			return "bad";
	}
	return underscore ? "underscore" : NULL;
}

const char *sw_name_form(struct sw_slice name)
{
	struct sw_slice rest = name, label;
	const char *form = NULL;
	size_t labels = 0;

	if (name.len == 0)
		return "empty";
	for (size_t i = 0; i < name.len; i++)
		if ((uint8_t)name.ptr[i] >= 0x80)
			return "non_ascii";
	if (is_address(name))
		return "address";
	if (rest.len > 1 && rest.ptr[rest.len - 1] == '.')
		rest.len--;
	if (rest.len > SW_MAX_DOMAIN)
		return "too_long";
	if (rest.ptr[rest.len - 1] == '.')
		return "bad";
	while (rest.len && sw_slice_split(&rest, '.', &label)) {
		const char *one = label_form(label);

		/* What is bad is worse than what is odd. */
		if (one && (!form || strcmp(form, "underscore") == 0))
			form = one;
		labels++;
	}
	return form ? form : labels < 2 ? "single_label" : "ok";
}
