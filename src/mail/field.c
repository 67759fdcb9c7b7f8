/* SPDX-License-Identifier: MIT */
/* Reading header fields; writing them is in header.c. */
#include "mail/header.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Length of the line at the front, with its CRLF. */
static size_t line_length(struct sw_slice s)
{
	size_t end = sw_slice_search(s, SW_S("\r\n"));

	return end < s.len ? end + 2 : s.len;
}

static struct sw_slice name_of(struct sw_slice whole, size_t colon)
{
	struct sw_slice name = sw_slice_head(whole, colon);

	while (name.len && is_blank(name.ptr[name.len - 1]))
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] <= ' ' || name.ptr[i] > '~')
			return sw_slice_head(name, 0);
	return name;
}

bool sw_field_next(struct sw_slice *rest, struct sw_field *ret)
{
	if (rest->len == 0 || sw_slice_starts(*rest, SW_S("\r\n")))
		return false;
	size_t len = line_length(*rest);

	while (len < rest->len && is_blank(rest->ptr[len]))
		len += line_length(sw_slice_from(*rest, len));
	struct sw_slice whole = sw_slice_head(*rest, len);
	size_t colon = sw_slice_find(whole, ':');

	*rest = sw_slice_from(*rest, len);
	ret->whole = whole;
	ret->name = colon < whole.len ? name_of(whole, colon) : sw_slice_head(whole, 0);
	ret->value = ret->name.len ? sw_slice_from(whole, colon + 1) : whole;
	return true;
}

enum sw_err sw_field_unfold(struct sw_slice value, struct sw_buf *out)
{
	value = sw_slice_trim(value);
	while (value.len) {
		size_t end = sw_slice_search(value, SW_S("\r\n"));
		enum sw_err code = sw_buf_add(out, sw_slice_head(value, end));

		if (code)
			return code;
		value = sw_slice_from(value, end + 2);
	}
	return SW_OK;
}
