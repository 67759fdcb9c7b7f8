/* SPDX-License-Identifier: MIT */
#include "identity/dkim_tag.h"

static bool is_fws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct sw_slice sw_dkim_trim(struct sw_slice s)
{
	while (s.len > 0 && is_fws(s.ptr[0])) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && is_fws(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool sw_dkim_list_next(struct sw_slice list, size_t *pos, struct sw_slice *ret)
{
	if (*pos > list.len)
		return false;
	struct sw_slice rest = sw_slice_from(list, *pos);
	size_t len = sw_slice_find(rest, ':');

	*ret = sw_dkim_trim(sw_slice_head(rest, len));
	*pos += len + 1;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 6376 3.2: ALPHA *ALNUMPUNC. */
static bool name_valid(struct sw_slice name)
{
	if (name.len == 0 || !is_letter(name.ptr[0]))
		return false;
	for (size_t i = 1; i < name.len; i++)
		if (!is_letter(name.ptr[i]) && !sw_ascii_digit(name.ptr[i]) &&
		    name.ptr[i] != '_')
			return false;
	return true;
}

/* Printable bytes and folding white space: a line end is CRLF (or a bare LF, as records have
 * that were typed with one) and a blank follows it. */
static bool value_valid(struct sw_slice v)
{
	for (size_t i = 0; i < v.len; i++) {
		unsigned char c = (unsigned char)v.ptr[i];

		if (c == '\r' && (i + 1 == v.len || v.ptr[i + 1] != '\n'))
			return false;
		if ((c < 0x20 && !is_fws((char)c)) || c == 0x7f)
			return false;
	}
	return true;
}

static const char *parse_one(struct sw_slice spec, struct sw_dkim_tags *t)
{
	size_t eq = sw_slice_find(spec, '=');
	struct sw_dkim_tag tag = { .name = sw_dkim_trim(sw_slice_head(spec, eq)),
				   .raw = sw_slice_from(spec, eq + 1) };

	if (eq == spec.len)
		return sw_dkim_trim(spec).len ? "a tag has no '='"
					      : "there is nothing between two semicolons";
	if (!name_valid(tag.name))
		return "a tag's name is not made of letters, digits and '_'";
	if (!value_valid(tag.raw))
		return "a tag's value holds control bytes";
	for (size_t i = 0; i < t->count; i++)
		if (sw_slice_eq(t->list[i].name, tag.name))
			return "a tag comes twice";
	if (t->count == SW_MAX_DKIM_TAGS)
		return "there are too many tags";
	tag.value = sw_dkim_trim(tag.raw);
	t->list[t->count++] = tag;
	return NULL;
}

const char *sw_dkim_tags_parse(struct sw_slice text, struct sw_dkim_tags *ret)
{
	const char *wrong = NULL;
	size_t pos = 0;

	ret->count = 0;
	while (!wrong) {
		struct sw_slice rest = sw_slice_from(text, pos);
		size_t len = sw_slice_find(rest, ';');

		/* After the last semicolon there may be nothing. */
		if (len == rest.len && sw_dkim_trim(rest).len == 0)
			break;
		wrong = parse_one(sw_slice_head(rest, len), ret);
		pos += len + 1;
		if (pos > text.len)
			break;
	}
	return wrong ? wrong : ret->count == 0 ? "there are no tags" : NULL;
}

const struct sw_dkim_tag *sw_dkim_tags_find(const struct sw_dkim_tags *t, const char *name)
{
	struct sw_slice wanted = sw_slice_str(name);

	for (size_t i = 0; i < t->count; i++)
		if (sw_slice_eq(t->list[i].name, wanted))
			return &t->list[i];
	return NULL;
}
