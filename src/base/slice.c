/* SPDX-License-Identifier: MIT */
#include "base/slice.h"

bool sw_slice_eq_nocase(struct sw_slice a, struct sw_slice b)
{
	/* Most differ here, without a call. */
	if (a.len != b.len || (a.len && sw_ascii_lower(a.ptr[0]) != sw_ascii_lower(b.ptr[0])))
		return false;
	return sw_slice_starts_nocase(a, b);
}

uint64_t sw_slice_hash_nocase(struct sw_slice s, uint64_t seed)
{
	uint64_t h = 14695981039346656037u ^ seed;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)sw_ascii_lower(s.ptr[i])) * 1099511628211u;
	return h;
}

bool sw_slice_starts(struct sw_slice s, struct sw_slice prefix)
{
	if (prefix.len == 0)
		return true;
	return s.len >= prefix.len && s.ptr[0] == prefix.ptr[0] &&
	       memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

bool sw_slice_starts_nocase(struct sw_slice s, struct sw_slice prefix)
{
	if (s.len < prefix.len)
		return false;
	for (size_t i = 0; i < prefix.len; i++)
		if (sw_ascii_lower(s.ptr[i]) != sw_ascii_lower(prefix.ptr[i]))
			return false;
	return true;
}

size_t sw_slice_find(struct sw_slice s, char c)
{
	const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;

	return hit ? (size_t)(hit - s.ptr) : s.len;
}

/* A mark: no letter, digit or blank, which texts are full of. */
static bool is_rare(char c)
{
	char lower = sw_ascii_lower(c);

	return c != ' ' && !sw_ascii_digit(c) && (lower < 'a' || lower > 'z');
}

size_t sw_slice_search(struct sw_slice s, struct sw_slice needle)
{
	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return s.len;
	size_t from = 0;

	/* memmem prepares itself, which is more than the search where the first byte of the
	 * needle is hardly ever there. */
	for (unsigned tries = 0; tries < 4 && is_rare(needle.ptr[0]); tries++) {
		const char *first = memchr(s.ptr + from, needle.ptr[0], s.len - from);

		if (!first || s.len - (size_t)(first - s.ptr) < needle.len)
			return s.len;
		if (memcmp(first, needle.ptr, needle.len) == 0)
			return (size_t)(first - s.ptr);
		from = (size_t)(first - s.ptr) + 1;
	}
	const char *hit = memmem(s.ptr + from, s.len - from, needle.ptr, needle.len);

	return hit ? (size_t)(hit - s.ptr) : s.len;
}

size_t sw_slice_search_nocase(struct sw_slice s, struct sw_slice needle)
{
	for (size_t i = 0; i + needle.len <= s.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(s, i), needle))
			return i;
	return s.len;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sw_slice sw_slice_trim(struct sw_slice s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = sw_slice_from(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool sw_slice_split(struct sw_slice *rest, char sep, struct sw_slice *ret_piece)
{
	/* A NULL pointer says that the last piece is gone: an empty last piece has one. */
	if (!rest->ptr)
		return false;
	size_t at = sw_slice_find(*rest, sep);

	*ret_piece = sw_slice_head(*rest, at);
	if (at == rest->len)
		*rest = (struct sw_slice){ NULL, 0 };
	else
		*rest = sw_slice(rest->ptr + at + 1, rest->len - at - 1);
	return true;
}

bool sw_slice_u64(struct sw_slice s, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (s.len == 0)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!sw_ascii_digit(s.ptr[i]))
			return false;
		if (__builtin_mul_overflow(value, UINT64_C(10), &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

/* Eight bytes at a time, since every command and reply passes here. A byte below n makes the
 * high bit of its place in (x - n...n) & ~x, as long as n is at most 128. */
static bool eight_have_control(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t del = x ^ (ones * 0x7f);

	return (((x - ones * 0x20) & ~x) | ((del - ones) & ~del)) & high;
}

bool sw_slice_has_control(struct sw_slice s)
{
	size_t i = 0;

	for (uint64_t eight; s.len - i >= sizeof(eight); i += sizeof(eight)) {
		memcpy(&eight, s.ptr + i, sizeof(eight));
		if (eight_have_control(eight))
			return true;
	}
	for (; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

bool sw_slice_has_8bit(struct sw_slice s)
{
	size_t i = 0;

	/* Eight at a time: whole messages are asked about. */
	for (uint64_t word; s.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, s.ptr + i, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			return true;
	}
	for (; i < s.len; i++)
		if ((unsigned char)s.ptr[i] > 0x7f)
			return true;
	return false;
}
