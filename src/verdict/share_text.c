/* SPDX-License-Identifier: MIT */
/* One text made fit for strangers: mail addresses, private addresses, names, in this order. */
#include <stdio.h>

#include "codec/crypto.h"
#include "verdict/derive.h"
#include "verdict/share_work.h"

enum { HASH_DIGITS = 8 };

enum sw_err sw_share_hash(const struct sw_share *s, struct sw_slice text, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf keyed = { .max = SW_SHARE_SALT + SW_MAX_FACT_TEXT };
	uint8_t digest[SW_SHA256_BYTES];
	enum sw_err e = sw_buf_add(&keyed, sw_slice((const char *)s->salt, SW_SHARE_SALT));

	for (size_t i = 0; !e && i < text.len; i++)
		e = sw_buf_add_char(&keyed, sw_ascii_lower(text.ptr[i]));
	if (e)
		return e;
	if (!sw_sha256(sw_buf_slice(&keyed), digest))
		return SW_E_NOMEM;
	e = sw_buf_add_char(out, 'x');
	for (size_t i = 0; !e && i < HASH_DIGITS / 2; i++)
		e = sw_buf_printf(out, "%02x", digest[i]);
	return e;
}

/* ---- mail addresses */

static bool is_letter(char c)
{
	char l = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (l >= 'a' && l <= 'z') || (uint8_t)c >= 0x80;
}

/* RFC 5321 atext, '.', and letters beyond ASCII (RFC 6531). */
static bool is_local_char(char c)
{
	return is_letter(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

static bool is_domain_char(char c)
{
	return is_letter(c) || c == '.' || c == '-' || c == '_';
}

static size_t local_start(struct sw_slice text, size_t at)
{
	size_t from = at;

	if (at > 1 && text.ptr[at - 1] == '"') {
		for (from = at - 1; from > 0 && text.ptr[from - 1] != '"'; from--)
			;
		return from > 0 ? from - 1 : at;
	}
	while (from > 0 && is_local_char(text.ptr[from - 1]))
		from--;
	return from;
}

bool sw_share_next_address(struct sw_slice text, size_t *pos, struct sw_slice *ret_local,
			   struct sw_slice *ret_domain)
{
	for (size_t at = *pos; at < text.len; at++) {
		if (text.ptr[at] != '@')
			continue;
		size_t from = local_start(text, at), end = at + 1;

		while (end < text.len && is_domain_char(text.ptr[end]))
			end++;
		if (from >= at || from < *pos)
			continue;
		*ret_local = sw_slice(text.ptr + from, at - from);
		*ret_domain = sw_slice(text.ptr + at + 1, end - at - 1);
		*pos = at + 1;
		return true;
	}
	return false;
}

bool sw_share_is_role(struct sw_slice local)
{
	static const char *const roles[] = { "postmaster", "abuse", "mailer-daemon" };

	for (size_t i = 0; i < SW_LEN(roles); i++)
		if (sw_slice_eq_nocase(local, sw_slice_str(roles[i])))
			return true;
	return false;
}

enum sw_err sw_share_local(const struct sw_share *s, struct sw_slice local, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	size_t i = 0;

	if (sw_share_is_role(local))
		return sw_buf_add(out, local);
	while (!e && i < local.len) {
		size_t from = i;
		bool ascii = true;

		if (!is_letter(local.ptr[i])) {
			e = sw_buf_add_char(out, local.ptr[i++]);
			continue;
		}
		for (; i < local.len && is_letter(local.ptr[i]); i++)
			ascii = ascii && (uint8_t)local.ptr[i] < 0x80;
		e = sw_share_hash(s, sw_slice(local.ptr + from, i - from), out);
		/* Whether SMTPUTF8 is needed must be seen. */
		if (!e && !ascii)
			e = sw_buf_add_str(out, "é");
	}
	return e;
}

static enum sw_err pass_mail(struct sw_share *s, struct sw_slice text, struct sw_buf *out)
{
	struct sw_slice local, domain;
	size_t pos = 0, done = 0;
	enum sw_err e = SW_OK;

	while (!e && sw_share_next_address(text, &pos, &local, &domain)) {
		size_t from = (size_t)(local.ptr - text.ptr);

		e = sw_buf_add(out, sw_slice(text.ptr + done, from - done));
		if (!e)
			e = sw_share_local(s, local, out);
		done = from + local.len;
	}
	return e ? e : sw_buf_add(out, sw_slice_from(text, done));
}

/* ---- private addresses */

/* The other address for one, the same each time. */
static enum sw_err give_address(struct sw_share *s, struct sw_slice from, const char *kind,
				int family, struct sw_slice *ret)
{
	static const char *const kinds[] = { "private", "cgnat", "link_local" };
	static const char *const v4[] = { "10.0", "100.64", "169.254" };
	static const char *const v6[] = { "fd00", "fd00", "fe80" };
	char text[40];
	size_t k = 0;

	for (size_t i = 0; i < s->addresses.count; i++)
		if (sw_slice_eq_nocase(s->addresses.at[i].from, from)) {
			*ret = s->addresses.at[i].to;
			return SW_OK;
		}
	while (k + 1 < SW_LEN(kinds) && strcmp(kinds[k], kind) != 0)
		k++;
	unsigned n = ++s->used[family == 6][k];

	/* Beyond 65535 of a kind the numbers come again: nobody has that many. */
	if (family == 6)
		snprintf(text, sizeof(text), "%s::%x", v6[k], n & 0xffff);
	else
		snprintf(text, sizeof(text), "%s.%u.%u", v4[k], n >> 8 & 0xff, n & 0xff);
	from = sw_arena_copy(&s->arena, from);
	*ret = sw_arena_copy(&s->arena, sw_slice_str(text));
	return from.ptr && ret->ptr ? sw_share_put(&s->addresses, from, *ret) : SW_E_NOMEM;
}

static bool is_private(const char *kind)
{
	return kind && (strcmp(kind, "private") == 0 || strcmp(kind, "cgnat") == 0 ||
			strcmp(kind, "link_local") == 0);
}

/* 4.10.168.192 of a reverse name, the other way round. */
static struct sw_slice turned(struct sw_slice ip, char out[16])
{
	struct sw_slice part;
	size_t end = 16;

	while (sw_slice_split(&ip, '.', &part) && part.len + 1 <= end) {
		end -= part.len + (end < 16);
		if (end + part.len < 16)
			out[end + part.len] = '.';
		memcpy(out + end, part.ptr, part.len);
	}
	return sw_slice(out + end, 16 - end);
}

static size_t run(struct sw_slice text, size_t from, const char *others)
{
	size_t end = from;

	while (end < text.len && (sw_ascii_digit(text.ptr[end]) ||
				  (text.ptr[end] && strchr(others, text.ptr[end]))))
		end++;
	return end - from;
}

/* An address at the start of the text: its length, 0 none. */
static size_t address_at(struct sw_slice text, const char **ret_kind, int *ret_family)
{
	size_t len = run(text, 0, "abcdefABCDEF:.");

	for (int v6 = 1; v6 >= 0; v6--) {
		if (!v6)
			len = run(text, 0, ".");
		/* The dot or colon behind it may be the sentence's. */
		for (; len > 1; len--) {
			*ret_kind = sw_address_kind(sw_slice_head(text, len), ret_family);
			if (*ret_kind)
				return len;
			if (text.ptr[len - 1] != '.' && text.ptr[len - 1] != ':')
				break;
		}
	}
	return 0;
}

static enum sw_err put_address(struct sw_share *s, struct sw_slice ip, struct sw_slice rest,
			       const char *kind, int family, struct sw_buf *out)
{
	bool reverse = family == 4 && sw_slice_starts_nocase(rest, SW_S(".in-addr.arpa"));
	char back[16], forth[16];
	struct sw_slice to = ip;
	enum sw_err e = SW_OK;

	if (reverse) {
		ip = turned(ip, back);
		kind = sw_address_kind(ip, &family);
	}
	if (is_private(kind))
		e = give_address(s, ip, kind, family, &to);
	if (!e && reverse && is_private(kind))
		to = turned(to, forth);
	return e ? e : sw_buf_add(out, to);
}

static enum sw_err pass_addresses(struct sw_share *s, struct sw_slice text, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	size_t i = 0;

	while (!e && i < text.len) {
		struct sw_slice rest = sw_slice_from(text, i);
		const char *kind = NULL;
		int family = 4;
		size_t len = address_at(rest, &kind, &family);

		/* "1.2.3.4.5" and "a10.0.0.1" are none. */
		if (len && len < rest.len && is_letter(rest.ptr[len]))
			len = 0;
		if (len) {
			e = put_address(s, sw_slice_head(rest, len), sw_slice_from(rest, len),
					kind, family, out);
			i += len;
			continue;
		}
		do
			e = sw_buf_add_char(out, text.ptr[i++]);
		while (!e && i < text.len && is_letter(text.ptr[i - 1]) &&
		       is_letter(text.ptr[i]));
	}
	return e;
}

/* ---- names that stand alone */

static bool is_token_char(char c)
{
	return is_letter(c) || c == '.' || c == '-' || c == '_' || c == '+';
}

/* "/home/bob/x": the name goes. */
static enum sw_err put_home(struct sw_slice rest, size_t *i, struct sw_buf *out)
{
	static const char *const homes[] = { "/home/", "/Users/" };

	for (size_t h = 0; h < SW_LEN(homes); h++) {
		size_t len = strlen(homes[h]), end = len;

		if (!sw_slice_starts(rest, sw_slice_str(homes[h])))
			continue;
		while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != ' ')
			end++;
		*i += end;
		return sw_buf_printf(out, "%sUSER", homes[h]);
	}
	*i += 1;
	return sw_buf_add_char(out, rest.ptr[0]);
}

static enum sw_err pass_names(struct sw_share *s, struct sw_slice text, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	size_t i = 0;

	while (!e && i < text.len) {
		size_t end = i;

		while (end < text.len && is_token_char(text.ptr[end]))
			end++;
		if (end == i) {
			e = put_home(sw_slice_from(text, i), &i, out);
			continue;
		}
		struct sw_slice token = sw_slice(text.ptr + i, end - i), core = token;

		while (core.len &&
		       (core.ptr[core.len - 1] == '.' || core.ptr[core.len - 1] == '-'))
			core.len--;
		const struct sw_share_word *w = sw_share_find(&s->words, core);

		e = sw_buf_add(out, w ? w->to : core);
		if (!e)
			e = sw_buf_add(out, sw_slice_from(token, core.len));
		i = end;
	}
	return e;
}

enum sw_err sw_share_text(struct sw_share *s, struct sw_slice text, struct sw_buf *out)
{
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf one = { .max = out->max },
		      two = { .max = out->max };
	enum sw_err e = pass_mail(s, text, &one);

	if (!e)
		e = pass_addresses(s, sw_buf_slice(&one), &two);
	return e ? e : pass_names(s, sw_buf_slice(&two), out);
}
