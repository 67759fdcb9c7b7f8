/* SPDX-License-Identifier: MIT */
#include "mail/address.h"

#include <assert.h>

#include "base/text.h"
#include "codec/utf8.h"
#include "mail/domain.h"

enum { SHOWN = 100 };	/* bytes of an address in an error */

static int shown(struct sw_slice s)
{
	return (int)(s.len < SHOWN ? s.len : SHOWN);
}

/* RFC 5322 3.2.3 atext; bytes above 0x7f by RFC 6531 3.3. */
static bool is_atext(char c)
{
	char lower = sw_ascii_lower(c);

	return (unsigned char)c > 0x7f || sw_ascii_digit(c) ||
	       (lower >= 'a' && lower <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_dot_atom(struct sw_slice s)
{
	if (s.len == 0 || s.ptr[0] == '.' || s.ptr[s.len - 1] == '.')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '.' ? s.ptr[i + 1] == '.' : !is_atext(s.ptr[i]))
			return false;
	return true;
}

/* Characters that nobody sees: they come with copied text, and no mailbox has them on purpose.
 * U+200C and U+200D stay, some scripts need them. */
static const struct {
	int32_t low, high;
} invisible[] = {
	{ 0xa0, 0xa0 },	    { 0xad, 0xad },	{ 0x61c, 0x61c },   { 0x180e, 0x180e },
	{ 0x2000, 0x200b }, { 0x200e, 0x200f }, { 0x2028, 0x202f }, { 0x205f, 0x206f },
	{ 0x3000, 0x3000 }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
};

static enum sw_err check_visible(struct sw_slice in, struct sw_error *err)
{
	for (size_t pos = 0; pos < in.len;) {
		size_t from = pos;
		int32_t code = sw_utf8_next(in, &pos);

		for (size_t i = 0; i < SW_LEN(invisible); i++)
			if (code >= invisible[i].low && code <= invisible[i].high)
				return sw_fail(
					err, SW_E_DATA,
					"the address '%.*s' holds the invisible character "
					"U+%04X at byte %zu",
					shown(in), in.ptr, (unsigned)code, from);
	}
	return SW_OK;
}

/* The content of a quoted local part at the front of `in`, without quotes and escapes, written
 * to `out` (in.len bytes); *ret_used: with both quotes. */
static enum sw_err unquote(struct sw_slice in, char *out, size_t *ret_len, size_t *ret_used,
			   struct sw_error *err)
{
	size_t len = 0;

	for (size_t i = 1; i < in.len; i++) {
		if (in.ptr[i] == '"') {
			*ret_len = len;
			*ret_used = i + 1;
			return SW_OK;
		}
		if (in.ptr[i] == '\\' && ++i == in.len)
			break;
		out[len++] = in.ptr[i];
	}
	return sw_fail(err, SW_E_DATA, "the quotes in the address '%.*s' are not closed",
		       shown(in), in.ptr);
}

/* `content` as a local part: bare when that is possible (RFC 5321 4.1.2 asks for the form with
 * the fewest quotes). */
static const char *local_text(struct sw_arena *arena, struct sw_slice content)
{
	if (is_dot_atom(content))
		return sw_arena_copy(arena, content).ptr;
	char *text = sw_arena_alloc(arena, 2 * content.len + 3);
	size_t len = 0;

	if (!text)
		return NULL;
	text[len++] = '"';
	for (size_t i = 0; i < content.len; i++) {
		if (content.ptr[i] == '"' || content.ptr[i] == '\\')
			text[len++] = '\\';
		text[len++] = content.ptr[i];
	}
	text[len++] = '"';
	return text;
}

static enum sw_err fail_local(struct sw_slice in, size_t at, struct sw_error *err)
{
	if (at == in.len)
		return sw_fail(
			err, SW_E_DATA,
			"'%.*s' is an address without a domain; expected something like "
			"user@example.com",
			shown(in), in.ptr);
	if (at == 0 && in.ptr[0] == '@' && sw_slice_find(in, ':') < in.len)
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' holds a source route; expected only the mailbox",
			       shown(in), in.ptr);
	if (at == 0 && in.ptr[0] == '@')
		return sw_fail(err, SW_E_DATA, "'%.*s' has nothing before the '@'", shown(in),
			       in.ptr);
	return sw_fail(
		err, SW_E_DATA,
		"'%.*s' is not an address: '%c' may not stand at byte %zu; a local part "
		"with such characters is written in quotes",
		shown(in), in.ptr, in.ptr[at] > ' ' && in.ptr[at] < 0x7f ? in.ptr[at] : ' ',
		at);
}

/* The local part at the front of `in`, up to the '@'. */
static enum sw_err take_local(struct sw_arena *arena, struct sw_slice in, const char **ret,
			      size_t *ret_used, struct sw_error *err)
{
	struct sw_slice content = in;
	size_t used = 0;

	if (in.ptr[0] == '"') {
		char *bytes = sw_arena_alloc(arena, in.len);
		enum sw_err code = bytes ? unquote(in, bytes, &content.len, &used, err) :
					   sw_fail_nomem(err);

		if (code)
			return code;
		content.ptr = bytes;
	} else {
		while (used < in.len && (in.ptr[used] == '.' || is_atext(in.ptr[used])))
			used++;
		content.len = used;
	}
	if (used == in.len || in.ptr[used] != '@' || used == 0)
		return fail_local(in, used, err);
	if (in.ptr[0] != '"' && !is_dot_atom(content))
		return sw_fail(
			err, SW_E_DATA,
			"the local part of '%.*s' has a dot at an end or two in a row; that "
			"is written in quotes",
			shown(in), in.ptr);
	if (content.len && content.ptr[0] == '-')
		return sw_fail(
			err, SW_E_DATA,
			"the address '%.*s' begins with '-', which programs take for an "
			"option",
			shown(in), in.ptr);
	*ret = local_text(arena, content);
	*ret_used = used;
	return *ret ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err join(struct sw_arena *arena, struct sw_address *a, struct sw_error *err)
{
	assert(a->local && a->domain);
	size_t local_len = strlen(a->local), domain_len = strlen(a->domain);

	if (local_len > SW_MAX_LOCAL_PART)
		return sw_fail(err, SW_E_LIMIT,
			       "a local part of %zu bytes; at most %d are allowed", local_len,
			       SW_MAX_LOCAL_PART);
	if (domain_len > SW_MAX_DOMAIN || local_len + 1 + domain_len > SW_MAX_ADDRESS)
		return sw_fail(err, SW_E_LIMIT,
			       "an address of %zu bytes; at most %d are allowed",
			       local_len + 1 + domain_len, SW_MAX_ADDRESS);
	char *text = sw_arena_alloc(arena, local_len + 1 + domain_len + 1);

	if (!text)
		return sw_fail_nomem(err);
	memcpy(text, a->local, local_len);
	text[local_len] = '@';
	memcpy(text + local_len + 1, a->domain, domain_len);
	a->text = text;
	return SW_OK;
}

/* local@domain and nothing else. */
static enum sw_err parse_mailbox(struct sw_arena *arena, struct sw_slice in,
				 struct sw_address *ret, struct sw_error *err)
{
	struct sw_address a = { 0 };
	struct sw_domain domain;
	size_t used = 0;
	enum sw_err code = check_visible(in, err);

	if (!code)
		code = take_local(arena, in, &a.local, &used, err);
	if (code)
		return code;
	struct sw_slice rest = sw_slice_from(in, used + 1);

	if (rest.len == 0)
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' has nothing after the '@'; expected a domain",
			       shown(in), in.ptr);
	if (sw_slice_find(rest, '@') < rest.len)
		return sw_fail(err, SW_E_DATA, "'%.*s' has more than one '@'", shown(in),
			       in.ptr);
	code = sw_domain_parse(arena, rest, &domain, err);
	if (code)
		return code;
	a.utf8 = sw_slice_has_8bit(sw_slice_str(a.local));
	/* RFC 6531 3.2 allows both forms then; a server that knows UTF-8 mailboxes gets the
	 * one that its users know. */
	a.domain = a.utf8 ? domain.utf8 : domain.wire;
	a.domain_utf8 = domain.utf8;
	a.domain_ascii = domain.ascii;
	code = join(arena, &a, err);
	if (!code)
		*ret = a;
	return code;
}

static enum sw_err parse_named(struct sw_arena *arena, struct sw_slice in,
			       struct sw_address *ret, struct sw_error *err)
{
	struct sw_mailbox *first = NULL;
	enum sw_err code = sw_mailboxes_parse(arena, in, &first, err);

	if (code)
		return code;
	if (!first || first->next)
		return sw_fail(err, SW_E_DATA, "'%.*s' is %s; expected one address", shown(in),
			       in.ptr, first ? "a list" : "empty");
	*ret = first->address;
	return SW_OK;
}

static enum sw_err check_text(struct sw_slice in, struct sw_error *err)
{
	size_t offset = sw_slice_find(in, '\t');
	enum sw_utf8_flaw flaw = offset < in.len ? SW_UTF8_CONTROL : sw_utf8_scan(in, &offset);

	if (flaw == SW_UTF8_CLEAN)
		return SW_OK;
	return sw_fail(
		err, SW_E_DATA, "the address '%.*s' holds %s at byte %zu", shown(in), in.ptr,
		flaw == SW_UTF8_INVALID ? "invalid UTF-8" : "a control character or line end",
		offset);
}

enum sw_err sw_address_parse(struct sw_arena *arena, struct sw_slice in, unsigned flags,
			     struct sw_address *ret, struct sw_error *err)
{
	/* Room for a name before it. */
	size_t most = flags & SW_ADDRESS_ALLOW_NAME ? SW_MAX_HEADER_VALUE : SW_MAX_ADDRESS + 2;

	/* Blanks alone: a line end at the end is an error, not something to be tidied up. */
	while (in.len && in.ptr[0] == ' ')
		in = sw_slice_from(in, 1);
	while (in.len && in.ptr[in.len - 1] == ' ')
		in.len--;
	if (in.len > most)
		return sw_fail(err, SW_E_LIMIT,
			       "an address of %zu bytes; at most %d are allowed", in.len,
			       SW_MAX_ADDRESS);
	enum sw_err code = check_text(in, err);

	if (code)
		return code;
	bool bracket = in.len && in.ptr[0] == '<';

	if (!bracket && (flags & SW_ADDRESS_ALLOW_NAME) && sw_slice_find(in, '<') < in.len)
		return parse_named(arena, in, ret, err);
	if (bracket && in.ptr[in.len - 1] != '>')
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' begins with '<' and does not end with '>'", shown(in),
			       in.ptr);
	if (bracket)
		in = sw_slice(in.ptr + 1, in.len - 2);
	if (in.len == 0 && (flags & SW_ADDRESS_ALLOW_NULL)) {
		*ret = (struct sw_address){ "", "", "", "", "", false };
		return SW_OK;
	}
	if (in.len == 0)
		return sw_fail(err, SW_E_DATA,
			       "an empty address; expected something like user@example.com");
	return parse_mailbox(arena, in, ret, err);
}

bool sw_address_same(const struct sw_address *a, const struct sw_address *b)
{
	return strcmp(a->local, b->local) == 0 &&
	       strcmp(a->domain_ascii, b->domain_ascii) == 0;
}
