/* SPDX-License-Identifier: MIT */
#include "dns/name.h"

#include "dns/record.h"

/* One octet of a label.  Dots and backslashes inside a label need an escape to be told from
 * separators; blanks and what is not printable get numbers. */
static size_t put_octet(char *out, uint8_t c)
{
	if (c == '.' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c > 0x20 && c < 0x7f) {
		out[0] = (char)c;
		return 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

enum sw_err sw_dns_name_read(const uint8_t *data, size_t len, size_t *pos,
			     struct sw_arena *arena, const char **ret)
{
	char text[SW_DNS_NAME_TEXT];
	size_t used = 0;
	size_t at = *pos;

	for (;;) {
		if (at >= len)
			return SW_E_DATA;
		size_t label = data[at++];
		if (label == 0)
			break;
		/* Above 63 are pointers (RFC 1035 4.1.4) and forms that never came to be. */
		if (label > SW_DNS_LABEL || label > len - at)
			return SW_E_DATA;
		/* This label, the root label that must still come, and what went before. */
		if (at - *pos + label + 1 > SW_DNS_NAME_WIRE)
			return SW_E_DATA;
		if (used > 0)
			text[used++] = '.';
		for (size_t i = 0; i < label; i++)
			used += put_octet(text + used, data[at + i]);
		at += label;
	}
	struct sw_slice kept = sw_arena_copy(arena, sw_slice(text, used));
	if (!kept.ptr)
		return SW_E_NOMEM;
	*ret = kept.ptr;
	*pos = at;
	return SW_OK;
}

/* One octet of text at *pos, its escape undone; -1 for a broken escape, -2 for a bare dot. */
static int next_octet(struct sw_slice s, size_t *pos)
{
	char c = s.ptr[(*pos)++];

	if (c == '.')
		return -2;
	if (c != '\\')
		return (uint8_t)c;
	if (*pos >= s.len)
		return -1;
	c = s.ptr[(*pos)++];
	if (!sw_ascii_digit(c))
		return (uint8_t)c;
	if (s.len - *pos < 2 || !sw_ascii_digit(s.ptr[*pos]) || !sw_ascii_digit(s.ptr[*pos + 1]))
		return -1;
	int value = (c - '0') * 100 + (s.ptr[*pos] - '0') * 10 + (s.ptr[*pos + 1] - '0');
	*pos += 2;
	return value <= 255 ? value : -1;
}

size_t sw_dns_name_write(struct sw_slice text, uint8_t out[SW_DNS_NAME_WIRE])
{
	size_t start = 0; /* of the label's length octet */
	size_t end = 1;

	if (sw_slice_eq(text, SW_S("."))) {
		out[0] = 0;
		return 1;
	}
	for (size_t pos = 0; pos < text.len;) {
		int octet = next_octet(text, &pos);
		if (octet == -1)
			return 0;
		if (octet == -2) {
			if (end == start + 1)
				return 0; /* an empty label */
			out[start] = (uint8_t)(end - start - 1);
			start = end++;
			continue;
		}
		/* One octet is kept for the root label. */
		if (end - start > SW_DNS_LABEL || end >= SW_DNS_NAME_WIRE - 1)
			return 0;
		out[end++] = (uint8_t)octet;
	}
	if (end == start + 1) {
		/* After a final dot; or there was nothing at all. */
		if (start == 0)
			return 0;
		out[start] = 0;
		return end;
	}
	out[start] = (uint8_t)(end - start - 1);
	out[end++] = 0;
	return end;
}

bool sw_dns_name_valid(struct sw_slice name)
{
	uint8_t wire[SW_DNS_NAME_WIRE];
	size_t len = sw_dns_name_write(name, wire);

	if (len <= 1)
		return false;
	for (size_t at = 0; wire[at] != 0; at += 1u + wire[at])
		if (sw_slice_has_control(sw_slice(wire + at + 1, wire[at])))
			return false;
	return true;
}
