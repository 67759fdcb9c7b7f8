/* SPDX-License-Identifier: MIT */
#include "mail/domain.h"

#include <arpa/inet.h>

#include "codec/utf8.h"
#include "mail/address.h"
#include "mail/idn_lib.h"

enum {
	LABEL_MAX = 63,		/* RFC 1035 2.3.4 */
	NAME_MAX_DNS = 253,	/* 255 on the wire, without the length bytes at both ends */
	SHOWN = 100,		/* bytes of a domain in an error */
};

static int shown(struct sw_slice s)
{
	return (int)(s.len < SHOWN ? s.len : SHOWN);
}

static bool is_letter_or_digit(char c)
{
	c = sw_ascii_lower(c);
	return sw_ascii_digit(c) || (c >= 'a' && c <= 'z');
}

/* What is wrong with an ASCII label, or NULL. */
static const char *label_flaw(struct sw_slice label)
{
	if (label.len == 0)
		return "two dots in a row, or a dot at an end";
	if (label.len > LABEL_MAX)
		return "a label of more than 63 characters";
	if (label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
		return "a label that begins or ends with a hyphen";
	for (size_t i = 0; i < label.len; i++) {
		if (label.ptr[i] == '_')
			return "an underscore, which the DNS allows but mail domains do not";
		if (!is_letter_or_digit(label.ptr[i]) && label.ptr[i] != '-')
			return "a character that is not a letter, digit, hyphen or dot";
	}
	return NULL;
}

/* RFC 5321 4.1.2 Domain, in ASCII. */
static const char *name_flaw(struct sw_slice name)
{
	struct sw_slice rest = name, label;

	if (name.len == 0)
		return "nothing";
	if (name.len > NAME_MAX_DNS)
		return "more than 253 characters";
	while (sw_slice_split(&rest, '.', &label)) {
		const char *flaw = label_flaw(label);

		if (flaw)
			return flaw;
	}
	return NULL;
}

static bool looks_like_ipv4(struct sw_slice name)
{
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	if (name.len >= sizeof(text))
		return false;
	memcpy(text, name.ptr, name.len);
	text[name.len] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

static enum sw_err fail_bare_ip(struct sw_slice ip, struct sw_error *err)
{
	return sw_fail(err, SW_E_DATA, "an IP address as a domain stands in brackets: [%.*s]",
		       shown(ip), ip.ptr);
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]" (RFC 5321 4.1.3).  Nobody has registered other tags. */
static bool literal_valid(struct sw_slice in)
{
	char text[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	if (in.len < 2 || in.ptr[0] != '[' || in.ptr[in.len - 1] != ']')
		return false;
	struct sw_slice inner = sw_slice(in.ptr + 1, in.len - 2);
	bool six = sw_slice_starts_nocase(inner, SW_S("IPv6:"));

	if (six)
		inner = sw_slice_from(inner, 5);
	if (inner.len >= sizeof(text) || sw_slice_find(inner, '\0') < inner.len)
		return false;
	if (inner.len)
		memcpy(text, inner.ptr, inner.len);
	text[inner.len] = '\0';
	return inet_pton(six ? AF_INET6 : AF_INET, text, address) == 1;
}

static enum sw_err literal_parse(struct sw_arena *arena, struct sw_slice in,
				 struct sw_domain *ret, struct sw_error *err)
{
	if (!literal_valid(in))
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' is not an address literal; expected [192.0.2.1] or "
			       "[IPv6:2001:db8::1]", shown(in), in.ptr);
	struct sw_slice copy = sw_arena_copy(arena, in);

	if (!copy.ptr)
		return sw_fail_nomem(err);
	ret->wire = ret->ascii = ret->utf8 = copy.ptr;
	return SW_OK;
}

static enum sw_err fail_name(const struct sw_idn_lib *idn, struct sw_slice in, int rc,
			     struct sw_error *err)
{
	if (rc == IDN2_MALLOC)
		return sw_fail_nomem(err);
	return sw_fail(err, SW_E_DATA, "the domain '%.*s' is not a valid name: %s", shown(in),
		       in.ptr, idn->error_text(rc));
}

/* A string of the library's into the arena. */
static const char *keep(const struct sw_idn_lib *idn, struct sw_arena *arena, void *text)
{
	const char *kept = sw_arena_strdup(arena, text);

	idn->free(text);
	return kept;
}

/* To A-labels.  IDN2_USE_STD3_ASCII_RULES stays off: libidn2 2.3.3 does not refuse what those
 * rules forbid but drops it, and "bü_r.example" becomes another domain. */
static enum sw_err idn_to_ascii(const struct sw_idn_lib *idn, struct sw_arena *arena,
				struct sw_slice in, const char **ret, struct sw_error *err)
{
	struct sw_slice copy = sw_arena_copy(arena, in);
	uint8_t *ascii = NULL;

	if (!copy.ptr)
		return sw_fail_nomem(err);
	int rc = idn->lookup((const uint8_t *)copy.ptr, &ascii,
			     IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

	if (rc != IDN2_OK)
		return fail_name(idn, in, rc, err);
	*ret = keep(idn, arena, ascii);
	if (!*ret)
		return sw_fail_nomem(err);
	struct sw_slice name = sw_slice_str(*ret);
	const char *flaw = name_flaw(name);

	if (flaw)
		return sw_fail(err, SW_E_DATA, "the domain '%.*s' holds %s", shown(in), in.ptr,
			       flaw);
	return looks_like_ipv4(name) ? fail_bare_ip(name, err) : SW_OK;
}

/* To U-labels.  They must be ones that IDNA 2008 allows without any mapping, and lead back to
 * the A-labels that they came from. */
static enum sw_err idn_to_utf8(const struct sw_idn_lib *idn, struct sw_arena *arena,
			       struct sw_slice in, const char *ascii, const char **ret,
			       struct sw_error *err)
{
	char *utf8 = NULL;
	uint8_t *again = NULL;
	int rc = idn->to_unicode(ascii, &utf8, IDN2_NONTRANSITIONAL);

	if (rc != IDN2_OK)
		return fail_name(idn, in, rc, err);
	*ret = keep(idn, arena, utf8);
	if (!*ret)
		return sw_fail_nomem(err);
	rc = idn->lookup((const uint8_t *)*ret, &again, IDN2_NFC_INPUT | IDN2_NO_TR46);
	if (rc != IDN2_OK)
		return fail_name(idn, in, rc, err);
	bool same = strcmp((const char *)again, ascii) == 0;

	idn->free(again);
	return same ? SW_OK : fail_name(idn, in, IDN2_DISALLOWED, err);
}

static bool has_a_label(struct sw_slice name)
{
	struct sw_slice rest = name, label;

	while (sw_slice_split(&rest, '.', &label))
		if (sw_slice_starts_nocase(label, SW_S("xn--")))
			return true;
	return false;
}

/* `in` itself when it has no capitals. */
static const char *to_lower(struct sw_arena *arena, struct sw_slice in)
{
	char *copy = NULL;

	for (size_t i = 0; i < in.len; i++) {
		if (sw_ascii_lower(in.ptr[i]) == in.ptr[i])
			continue;
		if (!copy)
			copy = sw_arena_strdup(arena, in.ptr);
		if (!copy)
			return NULL;
		copy[i] = sw_ascii_lower(in.ptr[i]);
	}
	return copy ? copy : in.ptr;
}

static enum sw_err name_parse(struct sw_arena *arena, struct sw_slice in,
			      struct sw_domain *ret, struct sw_error *err)
{
	bool is_ascii = !sw_slice_has_8bit(in);
	const char *flaw = is_ascii ? name_flaw(in) : NULL;

	if (flaw)
		return sw_fail(err, SW_E_DATA, "the domain '%.*s' holds %s", shown(in), in.ptr,
			       flaw);
	if (looks_like_ipv4(in))
		return fail_bare_ip(in, err);
	/* The library is asked about what is not plain, and about A-labels, which may be
	 * wrong: it also fixes the form in which they are shown. */
	if (!is_ascii || has_a_label(in)) {
		struct sw_idn_lib idn;
		enum sw_err code = sw_idn_load(&idn, err);

		if (!code)
			code = idn_to_ascii(&idn, arena, in, &ret->ascii, err);
		if (code)
			return code;
		ret->wire = ret->ascii;
		return idn_to_utf8(&idn, arena, in, ret->ascii, &ret->utf8, err);
	}
	struct sw_slice copy = sw_arena_copy(arena, in);

	if (!copy.ptr)
		return sw_fail_nomem(err);
	ret->wire = ret->utf8 = copy.ptr;
	ret->ascii = to_lower(arena, copy);
	return ret->ascii ? SW_OK : sw_fail_nomem(err);
}

enum sw_err sw_domain_parse(struct sw_arena *arena, struct sw_slice in, struct sw_domain *ret,
			    struct sw_error *err)
{
	size_t offset;
	struct sw_domain domain = { 0 };

	if (in.len > SW_MAX_ADDRESS)
		return sw_fail(err, SW_E_DATA,
			       "a domain of %zu bytes; at most 253 are allowed", in.len);
	if (sw_utf8_scan(in, &offset) != SW_UTF8_CLEAN)
		return sw_fail(err, SW_E_DATA,
			       "the domain '%.*s' holds a control character or invalid UTF-8 "
			       "at byte %zu", shown(in), in.ptr, offset);
	enum sw_err code = in.len && in.ptr[0] == '[' ? literal_parse(arena, in, &domain, err)
						      : name_parse(arena, in, &domain, err);

	if (!code)
		*ret = domain;
	return code;
}

enum sw_err sw_domain_to_ascii(struct sw_arena *arena, struct sw_slice in, const char **ret,
			       struct sw_error *err)
{
	struct sw_domain domain = { 0 };

	if (in.len > 1 && in.ptr[in.len - 1] == '.')
		in.len--;
	enum sw_err code = sw_domain_parse(arena, in, &domain, err);

	if (!code)
		*ret = domain.ascii;
	return code;
}

bool sw_ehlo_name_valid(struct sw_slice name)
{
	if (name.len && name.ptr[0] == '[')
		return literal_valid(name);
	return name_flaw(name) == NULL;
}
