/* SPDX-License-Identifier: MIT */
#include "identity/spf_macro.h"

#include <stdio.h>

enum { NAME_MOST = 253, LABEL_MOST = 63 };

static bool is_delimiter(char c)
{
	return c != '\0' && strchr(".-+,/_=", c);
}

/* One "%{...}", checked: its letter and transformers. */
struct macro {
	char letter;    /* lower case */
	bool escape;    /* it was upper case */
	unsigned parts; /* 0: all */
	bool reverse;
	struct sw_slice delimiters;
	size_t len; /* of all that is written */
};

/* `s` begins with "%{". */
static enum sw_spf_flaw read_macro(struct sw_slice s, struct macro *ret)
{
	size_t at = 3;
	bool digits = false;

	*ret = (struct macro){ .len = sw_slice_find(s, '}') + 1 };
	if (s.len < 3)
		return SW_SPF_BAD_MACRO;
	ret->letter = sw_ascii_lower(s.ptr[2]);
	ret->escape = ret->letter != s.ptr[2];
	if (ret->letter == '\0' || !strchr("slodiphcrtv", ret->letter))
		return SW_SPF_BAD_MACRO;
	for (; at < s.len && sw_ascii_digit(s.ptr[at]); at++, digits = true)
		if (ret->parts < 1000) /* no name has more parts */
			ret->parts = ret->parts * 10 + (unsigned)(s.ptr[at] - '0');
	if (digits && ret->parts == 0)
		return SW_SPF_BAD_TRANSFORMER;
	if (at < s.len && sw_ascii_lower(s.ptr[at]) == 'r') {
		ret->reverse = true;
		at++;
	}
	size_t from = at;
	while (at < s.len && is_delimiter(s.ptr[at]))
		at++;
	ret->delimiters = sw_slice(s.ptr + from, at - from);
	if (at >= s.len || s.ptr[at] != '}')
		return SW_SPF_BAD_TRANSFORMER;
	ret->len = at + 1;
	return SW_SPF_GOOD;
}

static bool is_literal(char c, enum sw_spf_text_kind kind)
{
	return (c > 0x20 && c < 0x7f) || (c == ' ' && kind == SW_SPF_TEXT_EXPLANATION);
}

static enum sw_spf_flaw check_percent(struct sw_slice rest, enum sw_spf_text_kind kind,
				      struct sw_spf_use *use)
{
	char next = rest.len > 1 ? rest.ptr[1] : '\0';
	struct macro m;

	use->len = 2;
	if (next == '%' || next == '_' || next == '-')
		return SW_SPF_GOOD;
	if (next != '{') {
		use->len = rest.len > 1 ? 2 : 1;
		return SW_SPF_BAD_PERCENT;
	}
	enum sw_spf_flaw flaw = read_macro(rest, &m);
	use->len = m.len < rest.len ? m.len : rest.len;
	if (!flaw && strchr("crt", m.letter) && kind == SW_SPF_TEXT_DOMAIN)
		flaw = SW_SPF_EXP_MACRO;
	use->p = use->p || m.letter == 'p';
	return flaw;
}

enum sw_spf_flaw sw_spf_macro_check(struct sw_slice text, enum sw_spf_text_kind kind,
				    struct sw_spf_use *use)
{
	*use = (struct sw_spf_use){ 0 };
	for (size_t i = 0; i < text.len;) {
		use->at = i;
		use->len = 1;
		if (text.ptr[i] != '%') {
			if (!is_literal(text.ptr[i], kind))
				return SW_SPF_BAD_BYTE;
			i++;
			continue;
		}
		enum sw_spf_flaw flaw = check_percent(sw_slice_from(text, i), kind, use);
		if (flaw)
			return flaw;
		use->any = true;
		i += use->len;
		use->last_end = i;
	}
	return SW_SPF_GOOD;
}

/* ---- values */

static struct sw_slice sender_of(const struct sw_spf_names *n, char *out, size_t size)
{
	int len = snprintf(out, size, "%.*s@%.*s", SW_FMT(n->local), SW_FMT(n->sender_domain));

	return sw_slice(out, len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1);
}

/* %{i}: IPv4 as it is written, IPv6 as nibbles with dots. */
static struct sw_slice ip_of(const struct sw_ip *ip, char *out, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	size_t used = 0;

	if (ip->family == 4) {
		int len = snprintf(out, size, "%u.%u.%u.%u", ip->bytes[0], ip->bytes[1],
				   ip->bytes[2], ip->bytes[3]);
		return sw_slice(out, (size_t)len);
	}
	for (size_t i = 0; i < 16; i++) {
		out[used++] = digits[ip->bytes[i] >> 4];
		out[used++] = '.';
		out[used++] = digits[ip->bytes[i] & 15];
		out[used++] = '.';
	}
	return sw_slice(out, used - 1);
}

enum { VALUE = SW_MAX_LOCAL_PART + SW_MAX_DOMAIN + 2 };

static struct sw_slice value_of(char letter, const struct sw_spf_names *n, char out[VALUE])
{
	int len;

	switch (letter) {
	case 's':
		return sender_of(n, out, VALUE);
	case 'l':
		return n->local;
	case 'o':
		return n->sender_domain;
	case 'd':
		return n->domain;
	case 'i':
		return ip_of(&n->ip, out, VALUE);
	case 'p':
		return n->validated;
	case 'h':
		return n->helo;
	case 'c':
		return sw_slice_str(sw_ip_text(&n->ip, out));
	case 'r':
		return n->receiver;
	case 't':
		len = snprintf(out, VALUE, "%llu", (unsigned long long)n->now_s);
		return sw_slice(out, (size_t)len);
	default:
		return n->ip.family == 4 ? SW_S("in-addr") : SW_S("ip6");
	}
}

static enum sw_err put_value(struct sw_slice s, bool escape, struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	if (!escape)
		return sw_buf_add(out, s);
	/* Upper case: as in a URL, all but the unreserved (RFC 3986 2.3). */
	for (size_t i = 0; i < s.len && !e; i++) {
		char c = s.ptr[i], l = sw_ascii_lower(c);

		if (sw_ascii_digit(c) || (l >= 'a' && l <= 'z') || strchr("-._~", c))
			e = c ? sw_buf_add_char(out, c) : sw_buf_add(out, SW_S("%00"));
		else
			e = sw_buf_printf(out, "%%%02X", (unsigned)(uint8_t)c);
	}
	return e;
}

enum { PARTS = VALUE + 1 };

/* Split at the delimiters, perhaps turned round, the last `parts` joined with dots (7.3). */
static enum sw_err put_parts(struct sw_slice value, const struct macro *m, struct sw_buf *out)
{
	struct sw_slice parts[PARTS];
	struct sw_slice delimiters = m->delimiters.len ? m->delimiters : SW_S(".");
	size_t count = 0, from = 0;
	enum sw_err e = SW_OK;

	for (size_t i = 0; i <= value.len && count < PARTS; i++)
		if (i == value.len ||
		    sw_slice_find(delimiters, value.ptr[i]) < delimiters.len) {
			parts[count++] = sw_slice(value.ptr + from, i - from);
			from = i + 1;
		}
	size_t wanted = m->parts && m->parts < count ? m->parts : count;
	for (size_t i = count - wanted; i < count && !e; i++) {
		if (i > count - wanted)
			e = sw_buf_add_char(out, '.');
		if (!e)
			e = put_value(parts[m->reverse ? count - 1 - i : i], m->escape, out);
	}
	return e;
}

static enum sw_err put_macro(const struct macro *m, const struct sw_spf_names *names,
			     struct sw_buf *out)
{
	char room[VALUE];
	struct sw_slice value = sw_slice_head(value_of(m->letter, names, room), VALUE);

	if (m->parts == 0 && !m->reverse && m->delimiters.len == 0)
		return put_value(value, m->escape, out);
	return put_parts(value, m, out);
}

enum sw_err sw_spf_macro_expand(struct sw_slice text, const struct sw_spf_names *names,
				struct sw_buf *out)
{
	enum sw_err e = SW_OK;

	for (size_t i = 0; i < text.len && !e;) {
		struct sw_slice rest = sw_slice_from(text, i);
		size_t plain = sw_slice_find(rest, '%');
		struct macro m;

		if (plain > 0) {
			e = sw_buf_add(out, sw_slice_head(rest, plain));
			i += plain;
			continue;
		}
		char next = rest.len > 1 ? rest.ptr[1] : '\0';
		i += 2;
		if (next == '%')
			e = sw_buf_add_char(out, '%');
		else if (next == '_')
			e = sw_buf_add_char(out, ' ');
		else if (next == '-')
			e = sw_buf_add_str(out, "%20");
		else if (read_macro(rest, &m))
			return SW_E_DATA;
		else {
			e = put_macro(&m, names, out);
			i += m.len - 2;
		}
	}
	return e;
}

/* ---- targets */

/* No label is empty or too long. */
static bool labels_ok(struct sw_slice s)
{
	size_t label = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] != '.') {
			label++;
			continue;
		}
		if (label == 0 || label > LABEL_MOST)
			return false;
		label = 0;
	}
	return label > 0 && label <= LABEL_MOST;
}

static size_t put_octet(char *out, uint8_t c)
{
	if (c == '\\') {
		out[0] = out[1] = '\\';
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

enum sw_err sw_spf_target(struct sw_slice s, struct sw_arena *arena, const char **ret)
{
	*ret = "";
	if (s.len > 0 && s.ptr[s.len - 1] == '.')
		s.len--;
	while (s.len > NAME_MOST) {
		size_t dot = sw_slice_find(s, '.');

		s = sw_slice_from(s, dot + 1);
	}
	/* Control bytes come from a sender or HELO that has them: nobody serves such names. */
	if (!labels_ok(s) || sw_slice_has_control(s))
		return SW_OK;
	char *out = sw_arena_alloc(arena, 4 * s.len + 1);
	size_t used = 0;
	if (!out)
		return SW_E_NOMEM;
	for (size_t i = 0; i < s.len; i++)
		used += put_octet(out + used, (uint8_t)s.ptr[i]);
	*ret = out;
	return SW_OK;
}
