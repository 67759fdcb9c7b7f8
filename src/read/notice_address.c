/* SPDX-License-Identifier: MIT */
#include "base/limits.h"
#include "base/text.h"
#include "read/notice_scan.h"

static bool is_alnum(char c)
{
	return sw_ascii_digit(c) || (sw_ascii_lower(c) >= 'a' && sw_ascii_lower(c) <= 'z');
}

static bool is_8bit(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

/* RFC 5322 3.2.3 atext, and dots in any place: mobile carriers gave out such addresses. */
static bool is_local(char c)
{
	return is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c)) || is_8bit(c);
}

static bool is_domain(char c)
{
	return is_alnum(c) || c == '.' || c == '-' || c == '_' || is_8bit(c);
}

/* Scripts that are written without blanks: there an address in Latin letters begins and ends
 * in the middle of a run of letters.  The punctuation of all scripts ends one, too. */
static bool ends_address(int32_t cp)
{
	return cp < 0xc0 || (cp >= 0x0e00 && cp < 0x0e80) || (cp >= 0x2000 && cp < 0x2070) ||
	       cp >= 0x2e80;
}

static bool is_latin(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_8bit(s.ptr[i]))
			return true;
	return false;
}

/* The start of the character that holds byte `at`. */
static size_t char_start(struct sw_slice text, size_t at)
{
	size_t i = at;

	while (i > 0 && at - i < 3 && ((unsigned char)text.ptr[i] & 0xc0) == 0x80)
		i--;
	return i;
}

static size_t quoted_start(struct sw_slice text, size_t low, size_t end)
{
	for (size_t i = end - 1; i > low && end - i < SW_MAX_LOCAL_PART;) {
		i--;
		if (text.ptr[i] == '\n')
			break;
		if (text.ptr[i] == '"')
			return i;
	}
	return end;
}

/* Where the local part that ends at `end` begins; `end` when there is none. */
static size_t local_start(struct sw_slice text, size_t low, size_t end)
{
	size_t i = end;

	if (i > low && text.ptr[i - 1] == '"')
		return quoted_start(text, low, end);
	while (i > low && end - i < SW_MAX_LOCAL_PART && is_local(text.ptr[i - 1])) {
		size_t at = i - 1;

		if (is_8bit(text.ptr[at])) {
			at = char_start(text, at);
			size_t pos = at;
			int32_t cp = at < low ? -1 : sw_utf8_next(text, &pos);

			if (ends_address(cp) &&
			    (cp < 0x2e80 || is_latin(sw_slice(text.ptr + i, end - i))))
				break;
		}
		i = at;
	}
	return i;
}

/* Keys that are written before an address without a blank: "to=a@b". */
static size_t skip_key(struct sw_slice local)
{
	static const char *const keys[] = { "to",      "rcpt",  "orig_to", "recipient",
					    "address", "email", "mail",    "user",
					    "for",     "from",  "sender" };
	size_t eq = sw_slice_find(local, '=');

	if (eq == local.len)
		return 0;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (sw_slice_eq_nocase(sw_slice_head(local, eq), sw_slice_str(keys[i])))
			return eq + 1;
	return 0;
}

static size_t domain_end(struct sw_slice text, size_t at)
{
	size_t i = at;

	if (i < text.len && text.ptr[i] == '[') {
		while (i < text.len && i - at < SW_MAX_DOMAIN && text.ptr[i] > ' ' &&
		       text.ptr[i] != ']')
			i++;
		return i < text.len && text.ptr[i] == ']' ? i + 1 : at;
	}
	while (i < text.len && i - at < SW_MAX_DOMAIN && is_domain(text.ptr[i])) {
		size_t next = i + 1;

		if (is_8bit(text.ptr[i])) {
			next = i;
			int32_t cp = sw_utf8_next(text, &next);

			if (ends_address(cp) &&
			    (cp < 0x2e80 || is_latin(sw_slice(text.ptr + at, i - at))))
				break;
		}
		i = next;
	}
	while (i > at && strchr(".-_", text.ptr[i - 1]))
		i--;
	return i;
}

/* A name with a dot, the last label of which is not a number: "root@10.0.0.1" is none, and
 * neither is a Message-ID's "x@1234.5678". */
static bool domain_plausible(struct sw_slice domain, bool bracket)
{
	size_t dot = domain.len;

	if (domain.len == 0 || domain.ptr[0] == '.' || domain.ptr[0] == '-')
		return false;
	if (domain.ptr[0] == '[')
		return domain.len > 4;
	for (size_t i = domain.len; i > 0 && dot == domain.len; i--)
		if (domain.ptr[i - 1] == '.')
			dot = i - 1;
	if (dot == domain.len)
		return bracket;
	for (size_t i = dot + 1; i < domain.len; i++)
		if (!sw_ascii_digit(domain.ptr[i]))
			return true;
	return false;
}

static bool is_url(struct sw_slice text, size_t at)
{
	return at >= 3 && memcmp(text.ptr + at - 3, "://", 3) == 0;
}

/* The address around the '@' at `at`, nothing of it before `low`. */
static bool address_around(struct sw_slice text, size_t low, size_t at,
			   struct notice_span *ret, bool *bracket)
{
	size_t start = local_start(text, low, at);
	size_t end = domain_end(text, at + 1);

	while (start < at && text.ptr[start] != '"' &&
	       strchr("'`*=#/!|{}?^~-", text.ptr[start]))
		start++;
	start += skip_key(sw_slice(text.ptr + start, at - start));
	*bracket = start > 0 && text.ptr[start - 1] == '<' && end < text.len &&
		   text.ptr[end] == '>';
	if (start == at || is_url(text, start) ||
	    !domain_plausible(sw_slice(text.ptr + at + 1, end - at - 1), *bracket))
		return false;
	*ret = (struct notice_span){ start, end };
	return end - start <= SW_MAX_ADDRESS;
}

bool notice_address_next(struct sw_slice text, size_t *pos, struct notice_span *ret,
			 bool *bracket)
{
	size_t low = *pos;

	while (*pos < text.len) {
		const char *p = memchr(text.ptr + *pos, '@', text.len - *pos);
		size_t at;

		if (!p)
			break;
		at = (size_t)(p - text.ptr);
		*pos = at + 1;
		if (address_around(text, low, at, ret, bracket)) {
			*pos = ret->end;
			return true;
		}
		low = at + 1;
	}
	*pos = text.len;
	return false;
}

uint32_t notice_address_hash(struct sw_slice address)
{
	return (uint32_t)sw_slice_hash_nocase(address, 0);
}
