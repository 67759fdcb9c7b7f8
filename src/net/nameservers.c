/* SPDX-License-Identifier: MIT */
#include "net/nameservers.h"

static bool read_line(struct sw_slice line, struct sw_addr *ret)
{
	static const struct sw_slice word = { "nameserver", 10 };

	line = sw_slice_trim(line);
	if (!sw_slice_starts(line, word) || line.len < word.len + 2 ||
	    (line.ptr[word.len] != ' ' && line.ptr[word.len] != '\t'))
		return false;
	line = sw_slice_trim(sw_slice_from(line, word.len));
	size_t end = 0;
	while (end < line.len && !strchr(" \t#;", line.ptr[end]))
		end++;
	return sw_addr_parse(sw_slice_head(line, end), 53, ret);
}

size_t sw_nameservers_read(struct sw_slice text, struct sw_addr ret[SW_MAX_NAMESERVERS],
			   size_t *ret_named)
{
	struct sw_slice line;
	size_t count = 0;

	while (count < SW_MAX_NAMESERVERS && sw_slice_split(&text, '\n', &line))
		if (read_line(line, &ret[count]))
			count++;
	if (ret_named)
		*ret_named = count;
	if (count == 0 && sw_addr_parse(SW_S("127.0.0.1"), 53, &ret[0]))
		count = 1;
	return count;
}

bool sw_nameserver_parse(struct sw_slice text, struct sw_addr *ret)
{
	uint64_t port;

	if (sw_addr_parse(text, 53, ret))
		return true;
	size_t colon = text.len;
	while (colon > 0 && text.ptr[colon - 1] != ':')
		colon--;
	if (colon == 0 || !sw_slice_u64(sw_slice_from(text, colon), &port) || port == 0 ||
	    port > UINT16_MAX)
		return false;
	struct sw_slice ip = sw_slice_head(text, colon - 1);
	/* A bare IPv6 address with a port would be ambiguous. */
	bool bracketed = ip.len > 0 && ip.ptr[0] == '[';
	return (bracketed || sw_slice_find(ip, ':') == ip.len) &&
	       sw_addr_parse(ip, (uint16_t)port, ret);
}

const char *sw_nameserver_text(const struct sw_addr *a, char out[SW_ADDR_TEXT])
{
	return sw_addr_port(a) == 53 ? sw_addr_ip(a, out) : sw_addr_text(a, out);
}
