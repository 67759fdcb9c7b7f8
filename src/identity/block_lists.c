/* SPDX-License-Identifier: MIT */
#include "identity/block_lists.h"

#include <stdio.h>

enum { V4 = SW_LISTS_V4, V6 = SW_LISTS_V6, DOMAINS = SW_LISTS_DOMAINS };

static const struct sw_block_list lists[] = {
#define SW_LIST(zone, site, name, weight, kinds) { zone, site, name, weight, kinds },
#define SW_LIST_CODE(zone, from, to, kind)
#include "identity/block_lists.def"
#undef SW_LIST
#undef SW_LIST_CODE
};

static const struct {
	const char *zone;
	uint8_t from, to;
	const char *kind;
} codes[] = {
#define SW_LIST(zone, site, name, weight, kinds)
#define SW_LIST_CODE(zone, from, to, kind) { zone, from, to, kind },
#include "identity/block_lists.def"
#undef SW_LIST
#undef SW_LIST_CODE
};

const struct sw_block_list *sw_block_list_at(size_t i)
{
	/* Those of domains stand at the end. */
	return i < SW_LEN(lists) && !(lists[i].kinds & SW_LISTS_DOMAINS) ? &lists[i] : NULL;
}

const struct sw_block_list *sw_domain_list_at(size_t i)
{
	for (size_t k = 0; k < SW_LEN(lists); k++)
		if ((lists[k].kinds & SW_LISTS_DOMAINS) && i-- == 0)
			return &lists[k];
	return NULL;
}

const char *sw_block_list_meaning(const char *zone, const uint8_t ip[4])
{
	if (ip[0] != 127)
		return "nonsense";
	/* Spamhaus's way, which others have taken over: .252 typing error, .254 public
	 * resolver, .255 too many questions. */
	if (ip[1] == 255 && ip[2] == 255)
		return "refused";
	/* RFC 5782 2.3: 127.0.0.1 must not be used; refusals of some lists. */
	if (ip[1] == 0 && ip[2] == 0 && ip[3] == 1)
		return "refused";
	/* Lists of domains that were asked for an address. */
	if (ip[1] == 0 && ip[2] == 1 && ip[3] == 255)
		return "refused";
	for (size_t i = 0; i < SW_LEN(codes); i++)
		if (sw_slice_eq_nocase(sw_slice_str(zone), sw_slice_str(codes[i].zone)) &&
		    ip[1] == 0 && ip[2] == 0 && ip[3] >= codes[i].from && ip[3] <= codes[i].to)
			return codes[i].kind;
	return "spam";
}

/* ---- names in a refusal */

static bool is_name_char(char c)
{
	char l = sw_ascii_lower(c);
	return sw_ascii_digit(c) || (l >= 'a' && l <= 'z') || c == '-' || c == '.' || c == '_';
}

static bool ends_with(struct sw_slice name, struct sw_slice end)
{
	return name.len >= end.len &&
	       sw_slice_eq_nocase(sw_slice_from(name, name.len - end.len), end) &&
	       (name.len == end.len || name.ptr[name.len - end.len - 1] == '.');
}

static const char *known_zone(struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(lists); i++)
		if (ends_with(name, sw_slice_str(lists[i].zone)))
			return lists[i].zone;
	for (size_t i = 0; i < SW_LEN(lists); i++)
		if (ends_with(name, sw_slice_str(lists[i].site)))
			return lists[i].zone;
	return NULL;
}

/* Two dots at least, letters at the end, and no part of a URL or an address. */
static bool is_zone_like(struct sw_slice text, size_t from, struct sw_slice name)
{
	size_t dots = 0, last = 0;

	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] == '.') {
			dots++;
			last = i;
		}
	char top = name.len > last + 1 ? sw_ascii_lower(name.ptr[last + 1]) : '0';
	char before = from ? text.ptr[from - 1] : ' ';
	char after = from + name.len < text.len ? text.ptr[from + name.len] : ' ';
	return dots >= 2 && top >= 'a' && top <= 'z' && before != '/' && before != '@' &&
	       after != '@';
}

/* "blocked using bl.example.net", "listed in", "listed by", "listed at". */
static bool follows_word(struct sw_slice text, size_t from)
{
	static const char *const words[] = { "by",    "in",   "at",   "on",
					     "using", "from", "list", "zone" };
	size_t end = from;

	while (end > 0 && !is_name_char(text.ptr[end - 1]))
		end--;
	size_t start = end;
	while (start > 0 && is_name_char(text.ptr[start - 1]))
		start--;
	for (size_t i = 0; i < SW_LEN(words); i++)
		if (sw_slice_eq_nocase(sw_slice(text.ptr + start, end - start),
				       sw_slice_str(words[i])))
			return true;
	return false;
}

static size_t add(char out[SW_NAMED_LISTS][SW_LIST_ZONE], size_t count, struct sw_slice zone)
{
	if (count == SW_NAMED_LISTS || zone.len >= SW_LIST_ZONE)
		return count;
	for (size_t i = 0; i < count; i++)
		if (sw_slice_eq_nocase(sw_slice_str(out[i]), zone))
			return count;
	snprintf(out[count], SW_LIST_ZONE, "%.*s", SW_FMT(zone));
	return count + 1;
}

size_t sw_block_lists_in(struct sw_slice text, char out[SW_NAMED_LISTS][SW_LIST_ZONE])
{
	size_t count = 0;

	for (size_t i = 0; i < text.len;) {
		size_t end = i;

		while (end < text.len && is_name_char(text.ptr[end]))
			end++;
		struct sw_slice name = sw_slice(text.ptr + i, end - i);
		while (name.len > 0 && name.ptr[name.len - 1] == '.')
			name.len--;
		const char *known = known_zone(name);
		if (known)
			count = add(out, count, sw_slice_str(known));
		else if (is_zone_like(text, i, name) && follows_word(text, i))
			count = add(out, count, name);
		i = end > i ? end : i + 1;
	}
	return count;
}

/* ---- controls */

const char *sw_list_state_name(enum sw_list_state s)
{
	static const char *const names[] = {
		[SW_LIST_WORKS] = "works",           [SW_LIST_REFUSES] = "refused",
		[SW_LIST_EVERYTHING] = "everything", [SW_LIST_NO_LIST] = "no_list",
		[SW_LIST_SILENT] = "silent",
	};
	return (size_t)s < SW_LEN(names) ? names[s] : "?";
}

static bool says_nothing(const struct sw_dns_answer *a)
{
	return a->status != SW_DNS_OK && a->status != SW_DNS_NODATA &&
	       a->status != SW_DNS_NXDOMAIN;
}

static const char *meaning_of(const char *zone, const struct sw_dns_answer *a)
{
	return a->status == SW_DNS_OK && a->records[0].type == SW_DNS_A
		       ? sw_block_list_meaning(zone, a->records[0].a)
		       : "";
}

enum sw_list_state sw_block_list_state(const char *zone, const struct sw_dns_answer *listed,
				       const struct sw_dns_answer *unlisted)
{
	const char *a = meaning_of(zone, listed), *b = meaning_of(zone, unlisted);

	if (strcmp(a, "refused") == 0 || strcmp(b, "refused") == 0 ||
	    listed->status == SW_DNS_REFUSED)
		return SW_LIST_REFUSES;
	if (says_nothing(listed) || says_nothing(unlisted))
		return SW_LIST_SILENT;
	if (*b)
		return SW_LIST_EVERYTHING;
	return *a && strcmp(a, "nonsense") != 0 ? SW_LIST_WORKS : SW_LIST_NO_LIST;
}
