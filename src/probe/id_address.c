/* SPDX-License-Identifier: MIT */
#include "probe/id_address.h"

#include <netinet/in.h>
#include <stdio.h>

enum { TOKEN = 64, NAME = 256, NUMBERS = 40 };

/* ---- which address */

static bool is_address_char(char c)
{
	char l = sw_ascii_lower(c);
	return sw_ascii_digit(c) || (l >= 'a' && l <= 'f') || c == '.' || c == ':';
}

static bool same_ip(const struct sw_addr *a, const struct sw_addr *b)
{
	char x[SW_ADDR_TEXT], y[SW_ADDR_TEXT];
	return strcmp(sw_addr_ip(a, x), sw_addr_ip(b, y)) == 0;
}

static bool is_one_of(const struct sw_addr *a, const struct sw_addr *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_ip(a, &others[i]))
			return true;
	return false;
}

/* "192.0.2.1" and "2001:db8::7", not "1.2.3" or "12:30". */
static bool read_address(struct sw_slice token, struct sw_addr *ret)
{
	while (token.len > 0 &&
	       (token.ptr[token.len - 1] == '.' || token.ptr[token.len - 1] == ':'))
		token.len--;
	return token.len >= 3 && token.len < TOKEN && sw_addr_parse(token, 0, ret) &&
	       !sw_addr_is_loopback(ret);
}

bool sw_own_address_in(struct sw_slice text, const struct sw_addr *others, size_t count,
		       struct sw_addr *ret)
{
	for (size_t i = 0; i < text.len;) {
		size_t end = i;

		if (sw_slice_starts_nocase(sw_slice_from(text, i), SW_S("IPv6:")) &&
		    end + 5 < text.len) {
			i += 5;
			end = i;
		}
		/* Names may end in such letters: an address begins a word. */
		bool begins = i == 0 || strchr(" \t\n[(<=:;,'\"", text.ptr[i - 1]);
		while (end < text.len && is_address_char(text.ptr[end]))
			end++;
		bool ends = end == text.len || strchr(" \t\n])>;,'\"!?/", text.ptr[end]);
		if (begins && ends && end > i &&
		    read_address(sw_slice(text.ptr + i, end - i), ret) &&
		    !is_one_of(ret, others, count))
			return true;
		i = end > i ? end : i + 1;
	}
	return false;
}

static bool quoted_by_server(const struct sw_exam *x, struct sw_addr *ret)
{
	const struct sw_facts *facts = x->c->facts;

	/* The last words first: a refusal says whom it means. */
	for (size_t i = sw_facts_count(facts); i > 0; i--) {
		const struct sw_fact *f = sw_facts_get(facts, i - 1);

		if (f->type == SW_FACT_REPLY &&
		    sw_own_address_in(sw_fact_text(f, "text"), x->target.addrs,
				      x->target.addr_count, ret))
			return true;
	}
	return false;
}

static bool of_connection(const struct sw_exam *x, struct sw_addr *ret)
{
	const struct sw_facts *facts = x->c->facts;
	bool found = false;

	for (size_t i = 0; i < sw_facts_count(facts); i++) {
		const struct sw_fact *f = sw_facts_get(facts, i);

		if (f->type == SW_FACT_TCP_ATTEMPT &&
		    sw_slice_eq(sw_fact_text(f, "state"), SW_S("connected")) &&
		    sw_addr_parse(sw_fact_text(f, "local_address"), 0, ret))
			found = true;
	}
	return found;
}

void sw_own_address_find(const struct sw_exam *x, struct sw_own_address *ret)
{
	*ret = (struct sw_own_address){ .from = "" };
	if (x->wish->public_ip) {
		if (sw_addr_parse(sw_slice_str(x->wish->public_ip), 0, &ret->addr))
			ret->from = "wish";
	} else if (quoted_by_server(x, &ret->addr)) {
		ret->from = "reply";
	} else if (of_connection(x, &ret->addr) &&
		   (!sw_addr_is_private(&ret->addr) || !x->target.is_public)) {
		ret->from = "local";
	} else {
		ret->addr.len = 0;
	}
	ret->is_public = ret->addr.len > 0 && !sw_addr_is_private(&ret->addr);
}

/* ---- reverse names */

static size_t ip_bytes(const struct sw_addr *addr, uint8_t out[16])
{
	if (addr->ss.ss_family == AF_INET) {
		memcpy(out, &((const struct sockaddr_in *)(const void *)&addr->ss)->sin_addr,
		       4);
		return 4;
	}
	memcpy(out, &((const struct sockaddr_in6 *)(const void *)&addr->ss)->sin6_addr, 16);
	return 16;
}

const char *sw_reverse_text(const struct sw_addr *addr, char out[SW_REVERSE_TEXT])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t ip[16];
	size_t len = ip_bytes(addr, ip), at = 0;

	if (len == 4) {
		snprintf(out, SW_REVERSE_TEXT, "%u.%u.%u.%u", (unsigned)ip[3], (unsigned)ip[2],
			 (unsigned)ip[1], (unsigned)ip[0]);
		return out;
	}
	for (size_t i = len; i > 0; i--) {
		out[at++] = hex[ip[i - 1] & 15];
		out[at++] = '.';
		out[at++] = hex[ip[i - 1] >> 4];
		out[at++] = '.';
	}
	out[at - 1] = '\0';
	return out;
}

/* Runs of digits in a name, as numbers. */
static size_t numbers_in(struct sw_slice name, unsigned out[NUMBERS])
{
	size_t count = 0;

	for (size_t i = 0; i < name.len && count < NUMBERS;) {
		size_t end = i;
		uint64_t value;

		while (end < name.len && sw_ascii_digit(name.ptr[end]))
			end++;
		if (end > i && sw_slice_u64(sw_slice(name.ptr + i, end - i), &value))
			out[count++] = value > 999 ? 999 : (unsigned)value;
		i = end > i ? end : i + 1;
	}
	return count;
}

/* Three octets of the address one behind the other, forwards or backwards. */
static bool has_octets(struct sw_slice name, const uint8_t ip[4])
{
	unsigned n[NUMBERS];
	size_t count = numbers_in(name, n);

	for (size_t i = 0; i + 3 <= count; i++)
		for (size_t k = 0; k < 2; k++) {
			if (n[i] == ip[k] && n[i + 1] == ip[k + 1] && n[i + 2] == ip[k + 2])
				return true;
			if (n[i] == ip[k + 2] && n[i + 1] == ip[k + 1] && n[i + 2] == ip[k])
				return true;
		}
	return false;
}

/* Without what separates, in lower case. */
static size_t squeeze(struct sw_slice name, char out[NAME])
{
	size_t len = 0;

	for (size_t i = 0; i < name.len && len + 1 < NAME; i++)
		if (!strchr("-._", name.ptr[i]))
			out[len++] = sw_ascii_lower(name.ptr[i]);
	out[len] = '\0';
	return len;
}

/* "c0000201", "192000002001"; of IPv6 twelve nibbles of the 32. */
static bool has_address_joined(struct sw_slice name, const uint8_t *ip, size_t ip_len)
{
	enum { NIBBLES = 12 };
	char text[NAME], hex[33], digits[16];
	size_t len = squeeze(name, text);

	for (size_t i = 0; i < ip_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned)ip[i]);
	if (ip_len == 4) {
		snprintf(digits, sizeof(digits), "%03u%03u%03u%03u", (unsigned)ip[0],
			 (unsigned)ip[1], (unsigned)ip[2], (unsigned)ip[3]);
		return strstr(text, hex) || strstr(text, digits);
	}
	for (size_t i = 0; i + NIBBLES <= 32; i++)
		if (sw_slice_search(sw_slice(text, len), sw_slice(hex + i, NIBBLES)) < len)
			return true;
	return false;
}

/* Whether a word of letters of the name begins with one of these. */
static bool has_word(struct sw_slice name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = sw_ascii_lower(name.ptr[i]);
		char before = i ? sw_ascii_lower(name.ptr[i - 1]) : '.';

		if (c < 'a' || c > 'z' || (before >= 'a' && before <= 'z'))
			continue;
		for (size_t k = 0; k < count; k++)
			if (sw_slice_starts_nocase(sw_slice_from(name, i),
						   sw_slice_str(words[k])))
				return true;
	}
	return false;
}

const char *sw_reverse_form(struct sw_slice name, const struct sw_addr *addr)
{
	static const char *const at_home[] = {
		"dyn",  "dhcp",  "dial",   "dip",        "ppp",       "pool",   "adsl",
		"vdsl", "xdsl",  "dsl",    "cable",      "broadband", "catv",   "resid",
		"home", "cust",  "client", "subscr",     "user",      "mobile", "wireless",
		"gprs", "lte",   "umts",   "wifi",       "wimax",     "fiber",  "ftth",
		"hsd",  "pppoe", "nat",    "unassigned",
	};
	static const char *const rented[] = { "static", "statik", "fixed", "fixip",
					      "server", "srv",    "vps",   "host",
					      "dedi",   "colo",   "cloud", "compute" };
	uint8_t ip[16];
	size_t len = ip_bytes(addr, ip);
	bool numbered =
		(len == 4 && has_octets(name, ip)) || has_address_joined(name, ip, len);

	/* Who is called mail or mx is that, whatever else stands in the name. */
	if (!numbered)
		return "named";
	if (has_word(name, rented, SW_LEN(rented)))
		return "static";
	return has_word(name, at_home, SW_LEN(at_home)) ? "dynamic" : "numbered";
}
