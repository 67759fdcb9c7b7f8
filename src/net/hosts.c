/* SPDX-License-Identifier: MIT */
#include "net/hosts.h"

static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	*rest = sw_slice_trim(*rest);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t' &&
	       rest->ptr[len] != '\r')
		len++;
	*ret = sw_slice_head(*rest, len);
	*rest = sw_slice_from(*rest, len);
	return len > 0;
}

static struct sw_slice without_dot(struct sw_slice name)
{
	if (name.len > 1 && name.ptr[name.len - 1] == '.')
		name.len--;
	return name;
}

static bool line_names(struct sw_slice names, struct sw_slice wanted)
{
	struct sw_slice word;

	while (next_word(&names, &word))
		if (sw_slice_eq_nocase(without_dot(word), wanted))
			return true;
	return false;
}

size_t sw_hosts_find(struct sw_slice text, struct sw_slice name, struct sw_addr *addrs,
		     size_t count, size_t max)
{
	struct sw_slice line, address;

	name = without_dot(name);
	while (count < max && sw_slice_split(&text, '\n', &line)) {
		line = sw_slice_head(line, sw_slice_find(line, '#'));
		if (!next_word(&line, &address) || !line_names(line, name))
			continue;
		if (sw_addr_parse(address, 0, &addrs[count]))
			count++;
	}
	return count;
}
