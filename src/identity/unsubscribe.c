/* SPDX-License-Identifier: MIT */
#include "identity/unsubscribe.h"

#include "identity/tags.h"

const char *sw_unsubscribe_flaw_text(unsigned bit_index)
{
	static const char *const texts[SW_UNSUB_FLAWS] = {
		"there is no List-Unsubscribe field",
		"a field stands there twice that may stand there once",
		"List-Unsubscribe has no https: address",
		"List-Unsubscribe has more than one https: address",
		"there is no List-Unsubscribe-Post field",
		"List-Unsubscribe-Post is not \"List-Unsubscribe=One-Click\"",
		"List-Unsubscribe is not a list of <URI>",
		"no DKIM signature covers List-Unsubscribe and List-Unsubscribe-Post",
	};
	return bit_index < SW_UNSUB_FLAWS ? texts[bit_index] : "?";
}

/* Cuts the next field with its folds off; false at the end of the header. */
static bool next_field(struct sw_slice *rest, struct sw_slice *name, struct sw_slice *value)
{
	size_t end = 0;

	if (rest->len == 0 || rest->ptr[0] == '\n' || rest->ptr[0] == '\r')
		return false;
	do {
		end += sw_slice_find(sw_slice_from(*rest, end), '\n') + 1;
	} while (end < rest->len && (rest->ptr[end] == ' ' || rest->ptr[end] == '\t'));
	struct sw_slice field = sw_slice_head(*rest, end);
	size_t colon = sw_slice_find(field, ':');
	*name = sw_slice_trim(sw_slice_head(field, colon));
	*value = sw_slice_trim(sw_slice_from(field, colon + 1));
	*rest = sw_slice_from(*rest, end);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The h= of a signature names both fields. */
static bool covers_both(struct sw_slice signature)
{
	bool field = false, post = false;
	struct sw_slice name;
	struct sw_tag tag;

	while (sw_tag_next(&signature, &tag)) {
		if (!sw_slice_eq(tag.name, SW_S("h")))
			continue;
		while (sw_slice_split(&tag.value, ':', &name)) {
			name = sw_slice_trim(name);
			field = field || sw_slice_eq_nocase(name, SW_S("List-Unsubscribe"));
			post = post || sw_slice_eq_nocase(name, SW_S("List-Unsubscribe-Post"));
		}
	}
	return field && post;
}

/* "<URI>, <URI>" (RFC 2369 2). */
static void read_uris(struct sw_slice value, struct sw_unsubscribe *ret)
{
	size_t https = 0;

	while (value.len > 0) {
		size_t from = sw_slice_find(value, '<'), to = sw_slice_find(value, '>');

		if (from == value.len || to == value.len || to < from) {
			ret->flaws |= SW_UNSUB_BAD_URI;
			break;
		}
		struct sw_slice uri =
			sw_slice_trim(sw_slice(value.ptr + from + 1, to - from - 1));
		if (sw_slice_starts_nocase(uri, SW_S("https://")) && https++ == 0)
			ret->https = uri;
		if (sw_slice_starts_nocase(uri, SW_S("mailto:")) && ret->mail.len == 0)
			ret->mail = uri;
		value = sw_slice_from(value, to + 1);
		while (value.len > 0 && (is_blank(value.ptr[0]) || value.ptr[0] == ','))
			value = sw_slice_from(value, 1);
	}
	ret->flaws |= https == 0 ? SW_UNSUB_NO_HTTPS : https > 1 ? SW_UNSUB_SEVERAL_HTTPS : 0;
}

static bool is_one_click(struct sw_slice value)
{
	static const char wanted[] = "List-Unsubscribe=One-Click";
	size_t at = 0;

	for (size_t i = 0; i < value.len; i++) {
		if (is_blank(value.ptr[i]))
			continue;
		if (at >= sizeof(wanted) - 1 ||
		    sw_ascii_lower(value.ptr[i]) != sw_ascii_lower(wanted[at++]))
			return false;
	}
	return at == sizeof(wanted) - 1;
}

void sw_unsubscribe_check(struct sw_slice header, struct sw_unsubscribe *ret)
{
	unsigned fields = 0, posts = 0;
	bool covered = false;
	struct sw_slice name, value;

	*ret = (struct sw_unsubscribe){ 0 };
	while (next_field(&header, &name, &value)) {
		if (sw_slice_eq_nocase(name, SW_S("List-Unsubscribe")) && fields++ == 0)
			read_uris(value, ret);
		if (sw_slice_eq_nocase(name, SW_S("List-Unsubscribe-Post")) && posts++ == 0 &&
		    !is_one_click(value))
			ret->flaws |= SW_UNSUB_BAD_POST;
		if (sw_slice_eq_nocase(name, SW_S("DKIM-Signature")))
			covered = covered || covers_both(value);
	}
	ret->flaws |= (fields ? 0u : SW_UNSUB_NO_FIELD) | (posts ? 0u : SW_UNSUB_NO_POST) |
		      (fields > 1 || posts > 1 ? SW_UNSUB_TWICE : 0u) |
		      (covered ? 0u : SW_UNSUB_NOT_SIGNED);
}
