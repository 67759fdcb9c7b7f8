/* SPDX-License-Identifier: MIT */
/* Fields of mailing lists: RFC 2369, and unsubscribing with one click, RFC 8058. */
#include "mail/compose_private.h"

enum {
	URI_MOST = 900, /* a line of its own, which is never folded */
	URIS_MOST = 32,
	UNSUBSCRIBE = 1,
};

static const struct {
	struct sw_slice what, field;
} fields[SW_COMPOSE_LIST_FIELDS] = {
	{ { "help", 4 }, { "List-Help", 9 } },
	[UNSUBSCRIBE] = { { "unsubscribe", 11 }, { "List-Unsubscribe", 16 } },
	{ { "subscribe", 9 }, { "List-Subscribe", 14 } },
	{ { "post", 4 }, { "List-Post", 9 } },
	{ { "owner", 5 }, { "List-Owner", 10 } },
	{ { "archive", 7 }, { "List-Archive", 12 } },
};
static const struct sw_slice post_field = { "List-Unsubscribe-Post", 21 };

static bool is_hex(char c)
{
	char lower = sw_ascii_lower(c);

	return sw_ascii_digit(c) || (lower >= 'a' && lower <= 'f');
}

/* RFC 3986 2: nothing that would end the brackets around it, and no half escape. */
static bool characters_fit(struct sw_slice uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		char c = uri.ptr[i];

		if (c <= ' ' || c > '~' || strchr("<>\"{}|\\^`", c))
			return false;
		if (c == '%' &&
		    (uri.len - i < 3 || !is_hex(uri.ptr[i + 1]) || !is_hex(uri.ptr[i + 2])))
			return false;
	}
	return uri.len > 0 && uri.len <= URI_MOST;
}

static bool is_https(struct sw_slice uri)
{
	return sw_slice_starts_nocase(uri, SW_S("https://"));
}

static bool uri_valid(struct sw_slice uri)
{
	size_t skip = is_https(uri)                                  ? 8
		      : sw_slice_starts_nocase(uri, SW_S("http://")) ? 7
		      : sw_slice_starts_nocase(uri, SW_S("mailto:")) ? 0
								     : uri.len;
	struct sw_slice rest = sw_slice_from(uri, skip);

	if (!characters_fit(uri) || rest.len == 0)
		return false;
	if (skip)
		return !strchr("/?#:@", rest.ptr[0]);
	size_t at = sw_slice_find(rest, '@');

	return at > 7 && at + 1 < rest.len && at < sw_slice_find(rest, '?');
}

static size_t find(struct sw_slice what)
{
	size_t i = 0;

	while (i < SW_LEN(fields) && !sw_slice_eq_nocase(fields[i].what, what))
		i++;
	return i;
}

enum sw_err sw_compose_list_uri(struct sw_compose *c, struct sw_slice what,
				struct sw_slice uri, struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);
	size_t i = find(what);

	if (code)
		return code;
	if (i == SW_LEN(fields))
		return sw_fail(err, SW_E_USAGE,
			       "'%.*s' is no field of lists; expected help, unsubscribe, "
			       "subscribe, post, owner or archive",
			       SW_FMT(sw_slice_head(what, 40)));
	if (!uri_valid(uri))
		return sw_fail(err, SW_E_DATA,
			       "%.*s: '%.*s' is no URI for it; expected at most %d characters "
			       "like https://example.com/u?id=1 or mailto:leave@example.com, "
			       "others as %%XX",
			       SW_FMT(fields[i].field), SW_FMT(sw_slice_head(uri, 100)),
			       URI_MOST);
	if (c->uri_count >= URIS_MOST)
		return sw_fail(err, SW_E_LIMIT, "more than %d URIs of lists", URIS_MOST);
	struct sw_compose_uri *made = sw_arena_alloc(&c->arena, sizeof(*made));
	struct sw_compose_uri **end = &c->uris[i];

	if (!made)
		return sw_fail_nomem(err);
	*made = (struct sw_compose_uri){ .text = sw_arena_copy(&c->arena, uri) };
	if (!made->text.ptr)
		return sw_fail_nomem(err);
	while (*end)
		end = &(*end)->next;
	*end = made;
	c->uri_count++;
	return SW_OK;
}

enum sw_err sw_compose_one_click(struct sw_compose *c, struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (!code)
		c->one_click = true;
	return code;
}

bool sw_compose_is_one_click(const struct sw_compose *c)
{
	return c->one_click || c->post_field;
}

void sw_compose_note_list(struct sw_compose *c, struct sw_slice name)
{
	for (size_t i = 0; i < SW_LEN(fields); i++)
		c->list_field[i] |= sw_slice_eq_nocase(name, fields[i].field);
	c->post_field |= sw_slice_eq_nocase(name, post_field);
}

enum sw_err sw_compose_check_lists(const struct sw_compose *c, struct sw_error *err)
{
	for (size_t i = 0; i < SW_LEN(fields); i++)
		if (c->uris[i] && c->list_field[i])
			return sw_fail(err, SW_E_USAGE, "%.*s is set already",
				       SW_FMT(fields[i].field));
	if (!c->one_click)
		return SW_OK;
	if (c->post_field)
		return sw_fail(err, SW_E_USAGE, "%.*s is set already", SW_FMT(post_field));
	for (const struct sw_compose_uri *u = c->uris[UNSUBSCRIBE]; u; u = u->next)
		if (is_https(u->text))
			return SW_OK;
	return sw_fail(err, SW_E_DATA,
		       "unsubscribing with one click needs an https URI to unsubscribe "
		       "(RFC 8058 3.1)");
}

/* A URI a line: none is folded, and no reader has to unfold one. */
enum sw_err sw_compose_add_lists(const struct sw_compose *c, struct sw_buf *out)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; i < SW_LEN(fields) && !code; i++) {
		const struct sw_compose_uri *u = c->uris[i];

		if (!u)
			continue;
		code = sw_buf_printf(out, "%.*s: ", SW_FMT(fields[i].field));
		for (; u && !code; u = u->next)
			code = sw_buf_printf(out, "<%.*s>%s", SW_FMT(u->text),
					     u->next ? ",\r\n " : "\r\n");
	}
	if (!code && c->one_click)
		code = sw_buf_add_str(out,
				      "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
	return code;
}
