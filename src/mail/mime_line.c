/* SPDX-License-Identifier: MIT */
/* Lines and fields with any line ends. */
#include "mail/header.h"
#include "mail/mime_private.h"

/* Bytes looked at for a CR before the next LF is looked for: without it, a long text that has
 * only one kind of line end would be searched for the other from every line. */
enum { WINDOW = 256 };

size_t sw_mime_line_length(struct sw_slice s, size_t *ret_end)
{
	size_t at = 0;
	const char *hit = NULL;

	for (; at < s.len && !hit; at += WINDOW) {
		size_t room = s.len - at < WINDOW ? s.len - at : WINDOW;
		const char *lf = memchr(s.ptr + at, '\n', room);

		hit = memchr(s.ptr + at, '\r', lf ? (size_t)(lf - s.ptr) - at : room);
		if (!hit)
			hit = lf;
	}
	*ret_end = 0;
	if (!hit)
		return s.len;
	size_t len = (size_t)(hit - s.ptr);
	const char *rest = s.ptr + len;
	size_t room = s.len - len;

	*ret_end = 1;
	if (rest[0] == '\n' || room < 2)
		return len;
	if (rest[1] == '\n')
		*ret_end = 2;
	else if (room > 2 && rest[1] == '\r' && rest[2] == '\n')
		*ret_end = 3;
	return len;
}

bool sw_mime_line_next(struct sw_slice *rest, struct sw_slice *ret_line)
{
	size_t end;

	if (rest->len == 0)
		return false;
	size_t len = sw_mime_line_length(*rest, &end);

	*ret_line = sw_slice_head(*rest, len);
	*rest = sw_slice_from(*rest, len + end);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 5322 2.2: printable ASCII but for the colon. */
static const bool is_name[256] = { ['!' ... '9'] = true, [';' ... '~'] = true };

size_t sw_mime_name_length(struct sw_slice line)
{
	size_t len = 0;

	while (len < line.len && is_name[(unsigned char)line.ptr[len]])
		len++;
	size_t colon = len;

	while (colon < line.len && is_blank(line.ptr[colon]))
		colon++;
	return colon < line.len && line.ptr[colon] == ':' ? len : 0;
}

bool sw_mime_field_next(struct sw_slice *rest, struct sw_field *ret)
{
	size_t end, len = sw_mime_line_length(*rest, &end);

	if (rest->len == 0 || len == 0)
		return false;
	size_t whole = len + end;
	size_t name = sw_mime_name_length(sw_slice_head(*rest, len));

	while (whole < rest->len && is_blank(rest->ptr[whole])) {
		len = sw_mime_line_length(sw_slice_from(*rest, whole), &end);
		whole += len + end;
	}
	ret->whole = sw_slice_head(*rest, whole);
	ret->name = sw_slice_head(*rest, name);
	ret->value = name ? sw_slice_from(ret->whole, sw_slice_find(ret->whole, ':') + 1)
			  : ret->whole;
	*rest = sw_slice_from(*rest, whole);
	return true;
}

struct sw_slice sw_mime_unfold(struct sw_arena *arena, struct sw_slice value)
{
	value = sw_slice_trim(value);
	if (sw_slice_find(value, '\n') == value.len && sw_slice_find(value, '\r') == value.len)
		return value.ptr ? value : SW_S("");
	char *to = sw_arena_alloc(arena, value.len + 1);
	size_t len = 0;
	struct sw_slice line;

	if (!to)
		return (struct sw_slice){ NULL, 0 };
	while (sw_mime_line_next(&value, &line)) {
		memcpy(to + len, line.ptr, line.len);
		len += line.len;
	}
	return sw_slice(to, len);
}
