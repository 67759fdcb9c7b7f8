/* SPDX-License-Identifier: MIT */
/* Borrowed bytes: a pointer and a length, passed by value.  A slice owns nothing, may hold any
 * byte, and lives no longer than what it points into.  An empty slice may have ptr NULL. */
#ifndef SW_BASE_SLICE_H
#define SW_BASE_SLICE_H

#include <string.h>

#include "base/defs.h"

struct sw_slice {
	const char *ptr;
	size_t len;
};

/* From a string literal, without counting at run time. */
#define SW_S(literal) ((struct sw_slice){ "" literal, sizeof(literal) - 1 })
/* For "%.*s". */
#define SW_FMT(slice) (int)(slice).len, ((slice).ptr ? (slice).ptr : "")

static inline struct sw_slice sw_slice(const void *ptr, size_t len)
{
	return (struct sw_slice){ ptr, len };
}

/* From a NUL-terminated string; NULL gives an empty slice. */
static inline struct sw_slice sw_slice_str(const char *s)
{
	return (struct sw_slice){ s, s ? strlen(s) : 0 };
}

static inline bool sw_slice_eq(struct sw_slice a, struct sw_slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII only, whatever the locale. */
static inline char sw_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static inline bool sw_ascii_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool sw_slice_eq_nocase(struct sw_slice a, struct sw_slice b);
/* Of the bytes in small letters (FNV-1a), beginning from `seed` (0 is as good as any). */
uint64_t sw_slice_hash_nocase(struct sw_slice s, uint64_t seed);
bool sw_slice_starts(struct sw_slice s, struct sw_slice prefix);
bool sw_slice_starts_nocase(struct sw_slice s, struct sw_slice prefix);

/* The part from `from` on; empty when from is beyond the end. */
static inline struct sw_slice sw_slice_from(struct sw_slice s, size_t from)
{
	return from >= s.len ? (struct sw_slice){ s.ptr, 0 } :
			       (struct sw_slice){ s.ptr + from, s.len - from };
}

static inline struct sw_slice sw_slice_head(struct sw_slice s, size_t len)
{
	return (struct sw_slice){ s.ptr, len < s.len ? len : s.len };
}

/* Index of a byte, or s.len. */
size_t sw_slice_find(struct sw_slice s, char c);
/* Index of the first occurrence of `needle`, or s.len.  An empty needle is found at 0. */
size_t sw_slice_search(struct sw_slice s, struct sw_slice needle);
/* The same but for the case of ASCII letters; for short texts. */
size_t sw_slice_search_nocase(struct sw_slice s, struct sw_slice needle);
/* Without blanks and tabs at both ends (CR and LF too). */
struct sw_slice sw_slice_trim(struct sw_slice s);
/* Cuts the next piece off *rest at `sep` and says whether there was one; the separator is
 * dropped.  The last piece may be empty. */
bool sw_slice_split(struct sw_slice *rest, char sep, struct sw_slice *ret_piece);
/* Decimal, no sign, no blanks, all of the slice.  False on overflow or other bytes. */
bool sw_slice_u64(struct sw_slice s, uint64_t *ret_value);
/* Holds a byte below 0x20 or 0x7f: what may never stand in a command or a header line. */
bool sw_slice_has_control(struct sw_slice s);
/* Holds a byte above 0x7f. */
bool sw_slice_has_8bit(struct sw_slice s);

#endif
