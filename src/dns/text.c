/* SPDX-License-Identifier: MIT */
/* Presentation form (RFC 1035 5.1).  Texts become RDATA first and then pass the one reader of
 * RDATA, so a record is the same whichever way it came. */
#include "dns/record.h"

#include <arpa/inet.h>

#include "dns/name.h"

/* RDATA of one record that is being written. */
struct rdata {
	uint8_t data[UINT16_MAX];
	size_t len;
};

static bool put(struct rdata *out, const void *bytes, size_t len)
{
	if (len > sizeof(out->data) - out->len)
		return false;
	memcpy(out->data + out->len, bytes, len);
	out->len += len;
	return true;
}

/* Fields of the text, blanks between. */
static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	*rest = sw_slice_trim(*rest);
	size_t len = 0;
	while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
		len++;
	*ret = sw_slice_head(*rest, len);
	*rest = sw_slice_from(*rest, len);
	return len > 0;
}

static bool put_number(struct sw_slice *rest, size_t octets, struct rdata *out)
{
	struct sw_slice word;
	uint64_t value;
	uint8_t bytes[4];

	if (!next_word(rest, &word) || !sw_slice_u64(word, &value) || value >> (8 * octets) != 0)
		return false;
	for (size_t i = 0; i < octets; i++)
		bytes[i] = (uint8_t)(value >> (8 * (octets - 1 - i)));
	return put(out, bytes, octets);
}

static bool put_name(struct sw_slice *rest, struct rdata *out)
{
	struct sw_slice word;
	uint8_t wire[SW_DNS_NAME_WIRE];

	if (!next_word(rest, &word))
		return false;
	size_t len = sw_dns_name_write(word, wire);
	return len > 0 && put(out, wire, len);
}

static bool put_ip(struct sw_slice *rest, int family, size_t octets, struct rdata *out)
{
	struct sw_slice word;
	char text[INET6_ADDRSTRLEN];
	uint8_t ip[16];

	if (!next_word(rest, &word) || word.len >= sizeof(text))
		return false;
	memcpy(text, word.ptr, word.len);
	text[word.len] = '\0';
	return inet_pton(family, text, ip) == 1 && put(out, ip, octets);
}

/* The octet at *pos with its escape undone; false at a broken escape. */
static bool text_octet(struct sw_slice s, size_t *pos, uint8_t *ret)
{
	uint64_t value;

	*ret = (uint8_t)s.ptr[(*pos)++];
	if (*ret != '\\')
		return true;
	if (*pos >= s.len)
		return false;
	if (!sw_ascii_digit(s.ptr[*pos])) {
		*ret = (uint8_t)s.ptr[(*pos)++];
		return true;
	}
	if (s.len - *pos < 3 || !sw_slice_u64(sw_slice(s.ptr + *pos, 3), &value) || value > 255)
		return false;
	*ret = (uint8_t)value;
	*pos += 3;
	return true;
}

static bool put_string(struct sw_slice *rest, struct rdata *out)
{
	bool quoted = rest->len > 0 && rest->ptr[0] == '"';
	size_t pos = quoted ? 1 : 0;
	size_t start = out->len;
	uint8_t octet = 0;

	if (!put(out, &octet, 1))
		return false;
	while (pos < rest->len) {
		char c = rest->ptr[pos];
		if (quoted ? c == '"' : (c == ' ' || c == '\t'))
			break;
		if (!text_octet(*rest, &pos, &octet) || out->len - start > 255 ||
		    !put(out, &octet, 1))
			return false;
	}
	if (quoted && pos++ >= rest->len)
		return false; /* no closing quote */
	out->data[start] = (uint8_t)(out->len - start - 1);
	*rest = sw_slice_from(*rest, pos);
	return true;
}

static bool put_strings(struct sw_slice *rest, struct rdata *out)
{
	do {
		*rest = sw_slice_trim(*rest);
		if (!put_string(rest, out))
			return false;
		*rest = sw_slice_trim(*rest);
	} while (rest->len > 0);
	return true;
}

static int hex_value(char c)
{
	if (sw_ascii_digit(c))
		return c - '0';
	c = sw_ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits to the end of the text; blanks between pairs are allowed. */
static bool put_hex(struct sw_slice *rest, struct rdata *out)
{
	struct sw_slice word;

	while (next_word(rest, &word)) {
		if (word.len % 2 != 0)
			return false;
		for (size_t i = 0; i < word.len; i += 2) {
			int high = hex_value(word.ptr[i]);
			int low = hex_value(word.ptr[i + 1]);
			uint8_t octet = (uint8_t)(high * 16 + low);
			if (high < 0 || low < 0 || !put(out, &octet, 1))
				return false;
		}
	}
	return true;
}

/* The form of each type's data: numbers are the octets of an unsigned field, 'n' a name, 'I' and
 * 'J' IPv4 and IPv6 addresses, 't' strings, 'h' hexadecimal. */
static const struct {
	enum sw_dns_type type;
	const char *form;
	const char *example;
} forms[] = {
	{ SW_DNS_A, "I", "192.0.2.1" },
	{ SW_DNS_AAAA, "J", "2001:db8::1" },
	{ SW_DNS_NS, "n", "ns.example.test" },
	{ SW_DNS_CNAME, "n", "other.example.test" },
	{ SW_DNS_PTR, "n", "host.example.test" },
	{ SW_DNS_MX, "2n", "10 mx.example.test" },
	{ SW_DNS_TXT, "t", "\"v=spf1 -all\"" },
	{ SW_DNS_SRV, "222n", "0 5 587 smtp.example.test" },
	{ SW_DNS_TLSA, "111h", "3 1 1 0a1b..." },
	{ SW_DNS_SOA, "nn44444", "ns.example.test admin.example.test 1 7200 3600 86400 300" },
};

static bool put_field(char form, struct sw_slice *rest, struct rdata *out)
{
	if (form == 'I')
		return put_ip(rest, AF_INET, 4, out);
	if (form == 'J')
		return put_ip(rest, AF_INET6, 16, out);
	if (form == 'n')
		return put_name(rest, out);
	if (form == 't')
		return put_strings(rest, out);
	if (form == 'h')
		return put_hex(rest, out);
	return put_number(rest, (size_t)(form - '0'), out);
}

enum sw_err sw_dns_answer_add_text(struct sw_dns_answer *a, enum sw_dns_type type,
				   uint32_t ttl_s, struct sw_slice text, struct sw_error *err)
{
	struct rdata out = { .len = 0 };
	struct sw_slice rest = sw_slice_trim(text);

	for (size_t i = 0; i < SW_LEN(forms); i++) {
		if (forms[i].type != type)
			continue;
		const char *form = forms[i].form;
		while (*form && put_field(*form, &rest, &out))
			form++;
		if (*form || sw_slice_trim(rest).len > 0)
			return sw_fail(err, SW_E_DATA,
				       "not the data of a %s record: '%.*s' (expected such as %s)",
				       sw_dns_type_name(type), SW_FMT(text), forms[i].example);
		enum sw_err e = sw_dns_answer_add_wire(a, type, ttl_s, out.data, out.len);
		if (e == SW_E_NOMEM)
			return sw_fail_nomem(err);
		if (e)
			return sw_fail(err, e, "%s record does not fit: '%.*s'",
				       sw_dns_type_name(type), SW_FMT(text));
		return SW_OK;
	}
	return sw_fail(err, SW_E_DATA, "records of type %d are not supported", (int)type);
}

static enum sw_err text_ip(struct sw_buf *out, int family, const void *ip)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(family, ip, text, sizeof(text)))
		return SW_E_INTERNAL;
	return sw_buf_add_str(out, text);
}

static const char *root_dot(const char *name)
{
	return name[0] ? name : ".";
}

static enum sw_err text_txt(struct sw_buf *out, struct sw_slice txt)
{
	enum sw_err e = sw_buf_add_char(out, '"');

	for (size_t i = 0; i < txt.len && !e; i++) {
		uint8_t c = (uint8_t)txt.ptr[i];
		if (c == '"' || c == '\\')
			e = sw_buf_printf(out, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			e = sw_buf_add_char(out, (char)c);
		else
			e = sw_buf_printf(out, "\\%03u", c);
	}
	return e ? e : sw_buf_add_char(out, '"');
}

static enum sw_err text_tlsa(struct sw_buf *out, const struct sw_dns_record *r)
{
	enum sw_err e = sw_buf_printf(out, "%u %u %u%s", r->tlsa.usage, r->tlsa.selector,
				      r->tlsa.matching, r->tlsa.data.len ? " " : "");

	for (size_t i = 0; i < r->tlsa.data.len && !e; i++)
		e = sw_buf_printf(out, "%02x", (uint8_t)r->tlsa.data.ptr[i]);
	return e;
}

enum sw_err sw_dns_record_text(const struct sw_dns_record *r, struct sw_buf *out)
{
	switch (r->type) {
	case SW_DNS_A:
		return text_ip(out, AF_INET, r->a);
	case SW_DNS_AAAA:
		return text_ip(out, AF_INET6, r->aaaa);
	case SW_DNS_NS:
	case SW_DNS_CNAME:
	case SW_DNS_PTR:
		return sw_buf_add_str(out, root_dot(r->name));
	case SW_DNS_MX:
		return sw_buf_printf(out, "%u %s", r->mx.preference, root_dot(r->mx.host));
	case SW_DNS_SRV:
		return sw_buf_printf(out, "%u %u %u %s", r->srv.priority, r->srv.weight,
				     r->srv.port, root_dot(r->srv.host));
	case SW_DNS_TXT:
		return text_txt(out, r->txt);
	case SW_DNS_TLSA:
		return text_tlsa(out, r);
	case SW_DNS_SOA:
		return sw_buf_printf(out, "%s %s %u", root_dot(r->soa.mname),
				     root_dot(r->soa.rname), r->soa.serial);
	}
	return SW_E_INTERNAL;
}
