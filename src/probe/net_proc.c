/* SPDX-License-Identifier: MIT */
#include "probe/net_proc.h"

#include <string.h>

static int digit(char c)
{
	if (sw_ascii_digit(c))
		return c - '0';
	c = sw_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal, all of it, up to 32 bits. */
static bool hex(struct sw_slice s, uint32_t *ret)
{
	uint32_t value = 0;

	if (s.len == 0 || s.len > 8)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		int d = digit(s.ptr[i]);

		if (d < 0)
			return false;
		value = value << 4 | (uint32_t)d;
	}
	*ret = value;
	return true;
}

static bool is_mapped(const uint8_t ip[16])
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip, prefix, sizeof(prefix)) == 0;
}

/* "0100007F:0019": words of 32 bits as they lie in memory, the port as a number. */
static bool address(struct sw_slice s, struct sw_addr *ret)
{
	size_t colon = sw_slice_find(s, ':');
	uint8_t ip[16];
	uint32_t word, port;

	if ((colon != 8 && colon != 32) || colon == s.len ||
	    !hex(sw_slice_from(s, colon + 1), &port) || port > UINT16_MAX)
		return false;
	for (size_t i = 0; i < colon / 8; i++) {
		if (!hex(sw_slice_head(sw_slice_from(s, i * 8), 8), &word))
			return false;
		memcpy(ip + i * 4, &word, 4);
	}
	if (colon == 8)
		*ret = sw_addr_v4(ip, (uint16_t)port);
	else if (is_mapped(ip))
		*ret = sw_addr_v4(ip + 12, (uint16_t)port);
	else
		*ret = sw_addr_v6(ip, (uint16_t)port);
	return true;
}

static bool word(struct sw_slice *rest, struct sw_slice *ret)
{
	while (rest->len && rest->ptr[0] == ' ')
		*rest = sw_slice_from(*rest, 1);
	return rest->len && sw_slice_split(rest, ' ', ret);
}

/* sl local remote st queues timer retransmissions uid ... */
static bool line(struct sw_slice text, struct sw_proc_socket *ret)
{
	struct sw_slice w[8];
	uint32_t state;
	uint64_t uid;

	for (size_t i = 0; i < SW_LEN(w); i++)
		if (!word(&text, &w[i]))
			return false;
	if (!address(w[1], &ret->local) || !address(w[2], &ret->remote) ||
	    !hex(w[3], &state) || !sw_slice_u64(w[7], &uid) || uid > UINT32_MAX)
		return false;
	ret->state = state;
	ret->uid = (unsigned)uid;
	return true;
}

bool sw_proc_next_socket(struct sw_slice *rest, struct sw_proc_socket *ret)
{
	struct sw_slice text;

	while (rest->len && sw_slice_split(rest, '\n', &text))
		if (line(text, ret))
			return true;
	return false;
}

bool sw_proc_range(struct sw_slice text, uint16_t *ret_first, uint16_t *ret_last)
{
	size_t blank = sw_slice_find(text, '\t');
	uint64_t first, last;

	if (blank == text.len)
		blank = sw_slice_find(text, ' ');
	if (!sw_slice_u64(sw_slice_trim(sw_slice_head(text, blank)), &first) ||
	    !sw_slice_u64(sw_slice_trim(sw_slice_from(text, blank)), &last) || last < first ||
	    last > UINT16_MAX)
		return false;
	*ret_first = (uint16_t)first;
	*ret_last = (uint16_t)last;
	return true;
}

struct sw_slice sw_proc_proxy(struct sw_slice value)
{
	size_t scheme = sw_slice_search(value, SW_S("://"));
	struct sw_slice rest = scheme < value.len ? sw_slice_from(value, scheme + 3) : value;
	size_t path = sw_slice_find(rest, '/');

	rest = sw_slice_head(rest, path);
	/* The last '@' ends the name and the password, which may hold others. */
	for (size_t i = rest.len; i > 0; i--)
		if (rest.ptr[i - 1] == '@')
			return sw_slice_from(rest, i);
	return rest;
}

/* The next field of a line, blanks before it skipped; empty at the end. */
static struct sw_slice next_field(struct sw_slice *line)
{
	size_t from = 0, to;

	while (from < line->len && (line->ptr[from] == ' ' || line->ptr[from] == '\t'))
		from++;
	for (to = from; to < line->len && line->ptr[to] != ' ' && line->ptr[to] != '\t';)
		to++;
	struct sw_slice field = sw_slice_head(sw_slice_from(*line, from), to - from);

	*line = sw_slice_from(*line, to);
	return field;
}

static bool next_text_line(struct sw_slice *rest, struct sw_slice *ret)
{
	if (rest->len == 0)
		return false;
	size_t end = sw_slice_find(*rest, '\n');

	*ret = sw_slice_head(*rest, end);
	*rest = sw_slice_from(*rest, end < rest->len ? end + 1 : end);
	return true;
}

enum { ROUTE_IS_UP = 1, ROUTE_HAS_GATEWAY = 2, NEIGHBOUR_COMPLETE = 2 };

bool sw_proc_gateway(struct sw_slice text, struct sw_addr *ret)
{
	struct sw_slice line;

	while (next_text_line(&text, &line)) {
		(void)next_field(&line); /* the interface */
		struct sw_slice to = next_field(&line), via = next_field(&line);
		uint32_t dest, gateway, flags;
		uint8_t ip[4];

		if (!hex(to, &dest) || dest != 0 || !hex(via, &gateway) ||
		    !hex(next_field(&line), &flags) || !(flags & ROUTE_IS_UP) ||
		    !(flags & ROUTE_HAS_GATEWAY))
			continue;
		/* As the word lies in memory. */
		memcpy(ip, &gateway, sizeof(ip));
		*ret = sw_addr_v4(ip, 0);
		return true;
	}
	return false;
}

const char *sw_proc_neighbour(struct sw_slice text, const struct sw_addr *who)
{
	char asked[SW_ADDR_TEXT], there[SW_ADDR_TEXT];
	struct sw_slice line;
	struct sw_addr a;
	uint32_t flags;

	while (next_text_line(&text, &line)) {
		struct sw_slice ip = next_field(&line);

		(void)next_field(&line); /* the kind of hardware */
		struct sw_slice mask = next_field(&line);

		if (mask.len < 3 || !hex(sw_slice_from(mask, 2), &flags) ||
		    !sw_addr_parse(ip, 0, &a) ||
		    strcmp(sw_addr_ip(&a, there), sw_addr_ip(who, asked)) != 0)
			continue;
		return flags & NEIGHBOUR_COMPLETE ? "answers" : "silent";
	}
	return "";
}
