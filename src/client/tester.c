/* SPDX-License-Identifier: MIT */
#include "client/tester.h"

#include <netinet/in.h>

enum {
	MAX_ATTRIBUTES = 16,
	V2_LOCAL_AND_PROXY = 0x21, /* version 2, command PROXY */
};

enum sw_err sw_proxy_wish_parse(const char *text, struct sw_proxy_wish *ret,
				struct sw_error *err)
{
	struct sw_slice all = sw_slice_str(text);
	size_t comma = sw_slice_find(all, ',');
	struct sw_slice version = sw_slice_head(all, comma);
	struct sw_slice address = sw_slice_from(all, comma + 1), port = { 0 };
	uint64_t number = 40000;
	*ret = (struct sw_proxy_wish){ 0 };
	if (sw_slice_eq_nocase(version, SW_S("v1")))
		ret->version = 1;
	else if (sw_slice_eq_nocase(version, SW_S("v2")))
		ret->version = 2;
	if (ret->version && comma == all.len)
		return SW_OK;
	if (ret->version && sw_addr_parse(address, (uint16_t)number, &ret->source))
		return SW_OK;
	size_t from = sw_slice_find(address, ']');
	from = from < address.len ? from : 0;
	size_t colon = from + sw_slice_find(sw_slice_from(address, from), ':');
	port = sw_slice_from(address, colon + 1);
	if (ret->version && sw_slice_u64(port, &number) && number <= UINT16_MAX &&
	    sw_addr_parse(sw_slice_head(address, colon), (uint16_t)number, &ret->source))
		return SW_OK;
	return sw_fail(err, SW_E_USAGE,
		       "proxy-header: expected v1 or v2, and behind a comma the client's "
		       "ADDRESS or ADDRESS:PORT");
}

static enum sw_err put_v1(const struct sw_addr *from, const struct sw_addr *to,
			  struct sw_buf *out)
{
	char a[SW_ADDR_TEXT], b[SW_ADDR_TEXT];
	return sw_buf_printf(out, "PROXY %s %s %s %u %u\r\n",
			     from->ss.ss_family == AF_INET6 ? "TCP6" : "TCP4",
			     sw_addr_ip(from, a), sw_addr_ip(to, b),
			     (unsigned)sw_addr_port(from), (unsigned)sw_addr_port(to));
}

static enum sw_err put_ip(const struct sw_addr *a, struct sw_buf *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	if (a->ss.ss_family == AF_INET6) {
		memcpy(&v6, &a->ss, sizeof(v6));
		return sw_buf_add(out, sw_slice((const char *)&v6.sin6_addr, 16));
	}
	memcpy(&v4, &a->ss, sizeof(v4));
	return sw_buf_add(out, sw_slice((const char *)&v4.sin_addr, 4));
}

static enum sw_err put_u16(unsigned n, struct sw_buf *out)
{
	enum sw_err e = sw_buf_add_char(out, (char)(n >> 8 & 0xff));
	return e ? e : sw_buf_add_char(out, (char)(n & 0xff));
}

static enum sw_err put_v2(const struct sw_addr *from, const struct sw_addr *to,
			  struct sw_buf *out)
{
	bool v6 = from->ss.ss_family == AF_INET6;
	enum sw_err e = sw_buf_add(out, SW_S("\r\n\r\n\0\r\nQUIT\n"));
	if (!e)
		e = sw_buf_add_char(out, V2_LOCAL_AND_PROXY);
	/* AF_INET or AF_INET6, STREAM. */
	if (!e)
		e = sw_buf_add_char(out, v6 ? 0x21 : 0x11);
	if (!e)
		e = put_u16(v6 ? 36 : 12, out);
	if (!e)
		e = put_ip(from, out);
	if (!e)
		e = put_ip(to, out);
	if (!e)
		e = put_u16(sw_addr_port(from), out);
	return e ? e : put_u16(sw_addr_port(to), out);
}

enum sw_err sw_proxy_header_put(const struct sw_proxy_wish *wish, const struct sw_addr *local,
				const struct sw_addr *peer, struct sw_buf *out,
				struct sw_error *err)
{
	const struct sw_addr *from = wish->source.len ? &wish->source : local;
	if (from->ss.ss_family != peer->ss.ss_family)
		return sw_fail(err, SW_E_CONFIG,
			       "proxy-header: its address and that of the server are not both "
			       "IPv4 or both IPv6");
	enum sw_err e = wish->version == 1 ? put_v1(from, peer, out) : put_v2(from, peer, out);
	return e ? sw_fail_nomem(err) : SW_OK;
}

/* Cuts the next word off *rest. */
static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	while (rest->ptr && sw_slice_split(rest, ' ', ret))
		if (ret->len > 0)
			return true;
	return false;
}

enum sw_err sw_tester_check_xclient(const char *text, struct sw_error *err)
{
	static const char *const names[] = { "NAME", "ADDR",  "PORT",     "PROTO",
					     "HELO", "LOGIN", "DESTADDR", "DESTPORT" };
	struct sw_slice rest = sw_slice_str(text), word;
	size_t count = 0;
	for (; next_word(&rest, &word); count++) {
		struct sw_slice name = sw_slice_head(word, sw_slice_find(word, '='));
		bool known = false;
		for (size_t i = 0; i < SW_LEN(names); i++)
			known = known || sw_slice_eq_nocase(name, sw_slice_str(names[i]));
		if (!known || name.len + 1 >= word.len || sw_slice_has_control(word))
			return sw_fail(
				err, SW_E_USAGE,
				"xclient: expected NAME=VALUE with NAME one of NAME, ADDR, "
				"PORT, PROTO, HELO, LOGIN, DESTADDR, DESTPORT");
	}
	if (count == 0 || count > MAX_ATTRIBUTES)
		return sw_fail(err, SW_E_USAGE, "xclient: expected NAME=VALUE ...");
	return SW_OK;
}

const char *const *sw_tester_xclient(const char *text, struct sw_arena *arena)
{
	const char **list = sw_arena_alloc(arena, (MAX_ATTRIBUTES + 1) * sizeof(*list));
	struct sw_slice rest = sw_slice_str(text), word;
	for (size_t i = 0; list && i < MAX_ATTRIBUTES && next_word(&rest, &word); i++) {
		list[i] = sw_arena_copy(arena, word).ptr;
		if (!list[i])
			return NULL;
	}
	return list;
}
