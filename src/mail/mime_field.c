/* SPDX-License-Identifier: MIT */
/* What the fields of a part say about it. */
#include "base/limits.h"
#include "codec/param.h"
#include "codec/word.h"
#include "mail/header.h"
#include "mail/mime_private.h"

enum sw_err sw_mime_field_value(struct sw_arena *arena, struct sw_slice raw,
				struct sw_slice *ret_value)
{
	struct sw_slice value = sw_mime_unfold(arena, raw);

	if (value.ptr && (sw_slice_has_8bit(value) || sw_words_present(value))) {
		/* A byte that is not UTF-8 becomes four. */
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * value.len + 4 };
		enum sw_err code = sw_words_decode(value, &text);

		if (code)
			return code;
		value = sw_arena_copy(arena, sw_buf_slice(&text));
	}
	*ret_value = value;
	return value.ptr ? SW_OK : SW_E_NOMEM;
}

enum sw_err sw_mime_field_find(struct sw_arena *arena, struct sw_slice header,
			       const char *name, bool decode, struct sw_slice *ret_value)
{
	struct sw_slice wanted = sw_slice_str(name);
	struct sw_field f = { 0 };
	bool found = false;

	*ret_value = (struct sw_slice){ NULL, 0 };
	while (!found && sw_mime_field_next(&header, &f))
		found = sw_slice_eq_nocase(f.name, wanted);
	if (!found)
		return SW_OK;
	if (decode)
		return sw_mime_field_value(arena, f.value, ret_value);
	*ret_value = sw_mime_unfold(arena, f.value);
	return ret_value->ptr ? SW_OK : SW_E_NOMEM;
}

struct sw_slice sw_mime_field(struct sw_arena *arena, struct sw_slice header, const char *name,
			      bool decode)
{
	struct sw_slice value;

	return sw_mime_field_find(arena, header, name, decode, &value)
		       ? (struct sw_slice){ NULL, 0 }
		       : value;
}

/* The parameter at the front, cut off *rest; a value with ptr NULL when it has none.  What
 * only the full reader understands is reported by *ret_hard. */
static bool param_next(struct sw_slice *rest, struct sw_slice *ret_name,
		       struct sw_slice *ret_value, bool *ret_hard)
{
	while (rest->len && strchr("; \t", rest->ptr[0]) && rest->ptr[0])
		*rest = sw_slice_from(*rest, 1);
	if (rest->len == 0)
		return false;
	size_t len = 0;

	while (len < rest->len && rest->ptr[len] != '=' && rest->ptr[len] != ';')
		len++;
	*ret_name = sw_slice_trim(sw_slice_head(*rest, len));
	*ret_value = (struct sw_slice){ NULL, 0 };
	*ret_hard = sw_slice_find(*ret_name, '*') < ret_name->len;
	if (len == rest->len || rest->ptr[len] == ';') {
		*rest = sw_slice_from(*rest, len);
		return true;
	}
	struct sw_slice value = sw_slice_from(*rest, len + 1);

	while (value.len && (value.ptr[0] == ' ' || value.ptr[0] == '\t'))
		value = sw_slice_from(value, 1);
	if (value.len && value.ptr[0] == '"') {
		value = sw_slice_from(value, 1);
		len = sw_slice_find(value, '"');
		*ret_value = sw_slice_head(value, len);
		*rest = sw_slice_from(value, len + 1);
		*ret_hard |= sw_slice_find(*ret_value, '\\') < ret_value->len;
	} else {
		len = sw_slice_find(value, ';');
		*ret_value = sw_slice_trim(sw_slice_head(value, len));
		*rest = sw_slice_from(value, len);
	}
	*ret_hard |= sw_slice_search(*ret_value, SW_S("=?")) < ret_value->len ||
		     sw_slice_has_8bit(*ret_value);
	return true;
}

/* Among parameters, with or without a semicolon before the first. */
static enum sw_err find_param(struct sw_arena *arena, struct sw_slice params, const char *name,
			      struct sw_slice *ret_value)
{
	struct sw_slice rest = params, key, text, wanted = sw_slice_str(name);
	struct sw_param *first = NULL;
	bool hard, found = false;

	*ret_value = (struct sw_slice){ NULL, 0 };
	while (param_next(&rest, &key, &text, &hard)) {
		if (!text.ptr || !sw_slice_starts_nocase(key, wanted) ||
		    (key.len > wanted.len && key.ptr[wanted.len] != '*'))
			continue;
		found = true;
		if (hard)
			continue;
		*ret_value = text;
		return SW_OK;
	}
	if (!found)
		return SW_OK;
	/* Sections and charsets: few fields need the full reader. */
	enum sw_err code = sw_params_parse(arena, params, &first);

	*ret_value = sw_params_find(first, wanted);
	return code == SW_E_NOMEM ? code : SW_OK;
}

/* "text/plain" or "attachment" at the front; *ret_rest is what follows. */
static struct sw_slice first_word(struct sw_slice value, struct sw_slice *ret_rest)
{
	size_t len = 0;

	while (len < value.len && value.ptr[len] > ' ' && value.ptr[len] <= '~' &&
	       !strchr(";,\"()=", value.ptr[len]))
		len++;
	*ret_rest = sw_slice_from(value, len);
	return sw_slice_head(value, len);
}

enum sw_err sw_mime_param(struct sw_arena *arena, struct sw_slice value, const char *name,
			  struct sw_slice *ret_value)
{
	struct sw_slice rest;

	first_word(value, &rest);
	return find_param(arena, rest, name, ret_value);
}

bool sw_mime_is_message(struct sw_slice type)
{
	static const char *const types[] = {
		"message/rfc822",         "text/rfc822-headers",    "message/global",
		"message/global-headers", "message/rfc822-headers", "text/rfc822",
		"text/global-headers",    "message/news",
	};

	for (size_t i = 0; i < SW_LEN(types); i++)
		if (sw_slice_eq(type, sw_slice_str(types[i])))
			return true;
	return false;
}

static struct sw_slice lower(struct sw_arena *arena, struct sw_slice s)
{
	struct sw_slice copy = sw_arena_copy(arena, s);
	char *to = sw_arena_alloc(arena, s.len + 1);

	if (!copy.ptr || !to)
		return (struct sw_slice){ NULL, 0 };
	for (size_t i = 0; i < s.len; i++)
		to[i] = sw_ascii_lower(s.ptr[i]);
	return sw_slice(to, s.len);
}

/* Types that need no copy. */
static const struct sw_slice usual_types[] = {
	{ "text/plain", 10 },
	{ "text/html", 9 },
	{ "multipart/report", 16 },
	{ "multipart/mixed", 15 },
	{ "multipart/alternative", 21 },
	{ "message/delivery-status", 23 },
	{ "message/rfc822", 14 },
	{ "text/rfc822-headers", 19 },
	{ "message/feedback-report", 23 },
};

static enum sw_err take_type_name(struct sw_arena *arena, struct sw_mime_part *p,
				  struct sw_slice type)
{
	for (size_t i = 0; i < SW_LEN(usual_types); i++) {
		if (sw_slice_eq_nocase(type, usual_types[i])) {
			p->type = usual_types[i];
			return SW_OK;
		}
	}
	/* What is no type ("text") stays what it would be without the field (RFC 2045 5.2). */
	if (sw_slice_eq_nocase(type, SW_S("multipart")))
		p->type = SW_S("multipart/mixed");
	if (sw_slice_find(type, '/') == type.len || type.len > SW_MAX_LINE_SOFT)
		return SW_OK;
	p->type = lower(arena, type);
	return p->type.ptr ? SW_OK : SW_E_NOMEM;
}

static enum sw_err take_type(struct sw_arena *arena, struct sw_mime_part *p,
			     struct sw_slice value, struct sw_slice *ret_boundary)
{
	struct sw_slice params, type = first_word(value, &params);
	enum sw_err code = take_type_name(arena, p, type);

	if (code || sw_slice_find(params, '=') == params.len)
		return code;
	if (sw_slice_starts(p->type, SW_S("multipart/"))) {
		code = find_param(arena, params, "boundary", ret_boundary);
		return code ? code : find_param(arena, params, "report-type", &p->report_type);
	}
	code = find_param(arena, params, "charset", &p->charset);
	return code ? code : find_param(arena, params, "name", &p->name);
}

static enum sw_transfer_encoding encoding_of(struct sw_slice value)
{
	static const struct {
		const char *name;
		enum sw_transfer_encoding encoding;
	} names[] = {
		{ "7bit", SW_TE_IDENTITY },       { "8bit", SW_TE_IDENTITY },
		{ "binary", SW_TE_IDENTITY },     { "7-bit", SW_TE_IDENTITY },
		{ "8-bit", SW_TE_IDENTITY },      { "7 bit", SW_TE_IDENTITY },
		{ "8 bit", SW_TE_IDENTITY },      { "none", SW_TE_IDENTITY },
		{ "plain", SW_TE_IDENTITY },      { "", SW_TE_IDENTITY },
		{ "quoted-printable", SW_TE_QP }, { "quotedprintable", SW_TE_QP },
		{ "quoted printable", SW_TE_QP }, { "base64", SW_TE_BASE64 },
		{ "base-64", SW_TE_BASE64 },      { "x-uuencode", SW_TE_UUENCODE },
		{ "uuencode", SW_TE_UUENCODE },   { "x-uue", SW_TE_UUENCODE },
		{ "uue", SW_TE_UUENCODE },
	};
	struct sw_slice name = sw_slice_trim(sw_slice_head(value, sw_slice_find(value, ';')));

	name = sw_slice_trim(sw_slice_head(name, sw_slice_find(name, '(')));
	if (name.len >= 2 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"')
		name = sw_slice(name.ptr + 1, name.len - 2);
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (sw_slice_eq_nocase(name, sw_slice_str(names[i].name)))
			return names[i].encoding;
	return SW_TE_UNKNOWN;
}

static enum sw_err take_disposition(struct sw_arena *arena, struct sw_mime_part *p,
				    struct sw_slice value)
{
	struct sw_slice params, how = first_word(value, &params), name;

	p->attachment = sw_slice_eq_nocase(how, SW_S("attachment"));
	enum sw_err code = find_param(arena, params, "filename", &name);

	if (name.ptr)
		p->name = name;
	return code;
}

struct sw_slice *sw_mime_fields_at(struct sw_mime_fields *f, struct sw_slice line, size_t name)
{
	static const struct sw_slice content = { "Content-", 8 };
	struct sw_slice *at = NULL;

	if (name <= content.len || !sw_slice_starts_nocase(line, content))
		return NULL;
	struct sw_slice what = sw_slice_from(sw_slice_head(line, name), content.len);

	if (sw_slice_eq_nocase(what, SW_S("Type")))
		at = &f->type;
	else if (sw_slice_eq_nocase(what, SW_S("Transfer-Encoding")))
		at = &f->encoding;
	else if (sw_slice_eq_nocase(what, SW_S("Disposition")))
		at = &f->disposition;
	/* The first of several counts, as with most readers. */
	return at && !at->ptr ? at : NULL;
}

enum sw_err sw_mime_describe(struct sw_arena *arena, struct sw_mime_part *p,
			     const struct sw_mime_fields *f, struct sw_slice *ret_boundary)
{
	struct sw_slice value;
	enum sw_err code = SW_OK;

	*ret_boundary = SW_S("");
	if (f->type.ptr) {
		value = sw_mime_unfold(arena, f->type);
		code = value.ptr ? take_type(arena, p, value, ret_boundary) : SW_E_NOMEM;
	}
	if (f->encoding.ptr && !code) {
		value = sw_mime_unfold(arena, f->encoding);
		code = value.ptr ? SW_OK : SW_E_NOMEM;
		p->encoding = encoding_of(value);
	}
	if (f->disposition.ptr && !code) {
		value = sw_mime_unfold(arena, f->disposition);
		code = value.ptr ? take_disposition(arena, p, value) : SW_E_NOMEM;
	}
	return code;
}
