/* SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "codec/param.h"
#include "codec/utf8.h"
#include "mail/compose_private.h"
#include "mail/content_type.h"
#include "mail/ready.h"

void sw_compose_part_fini(struct sw_compose_part *p)
{
	sw_input_fini(&p->input);
	sw_source_free(p->message);
	p->message = NULL;
}

static const struct sw_slice rfc822 = { "message/rfc822", 14 };
static const struct sw_slice octets = { "application/octet-stream", 24 };

static enum sw_err fail_type(struct sw_slice type, const char *why, struct sw_error *err)
{
	return sw_fail(err, SW_E_DATA, "'%.*s' cannot be the type of an attachment: %s",
		       (int)(type.len < 100 ? type.len : 100), type.ptr, why);
}

/* "type/subtype", and its parameters written anew. */
static enum sw_err check_type(struct sw_compose *c, const struct sw_attach *a,
			      struct sw_slice in, struct sw_slice *ret,
			      struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4 * SW_MAX_LINE_HARD };
	size_t semicolon = sw_slice_find(in, ';');
	struct sw_slice main = sw_slice_trim(sw_slice_head(in, semicolon));
	size_t slash = sw_slice_find(main, '/');
	struct sw_param *first = NULL;
	bool has_charset = !a->is_alternative || !sw_slice_starts_nocase(main, SW_S("text/"));

	if (in.len > SW_MAX_LINE_HARD || sw_utf8_scan(in, NULL) != SW_UTF8_CLEAN)
		return fail_type(in, "it is too long or holds control characters", err);
	/* RFC 6838 4.2: 127 characters each. */
	if (main.len > 255 || !sw_param_token(sw_slice_head(main, slash)) ||
	    !sw_param_token(sw_slice_from(main, slash + 1)))
		return fail_type(in, "expected something like application/pdf", err);
	if (sw_slice_starts_nocase(main, SW_S("multipart/")) ||
	    (sw_slice_starts_nocase(main, SW_S("message/")) &&
	     !sw_slice_eq_nocase(main, rfc822)))
		return fail_type(in, "such parts may not be encoded (RFC 2046 5.2)", err);
	enum sw_err code =
		sw_params_parse(&c->arena, sw_slice_from(in, semicolon + 1), &first);

	if (!code)
		code = sw_buf_add(&text, main);
	for (; first && !code; first = first->next) {
		has_charset |= sw_slice_eq_nocase(first->name, SW_S("charset"));
		if (first->name.len > SW_PARAM_NAME || !sw_param_token(first->name) ||
		    sw_utf8_scan(first->value, NULL) != SW_UTF8_CLEAN)
			return fail_type(in, "a parameter is not well formed", err);
		code = sw_param_encode(first->name, first->value, &text);
	}
	/* Without one readers take it for ASCII (RFC 2046 4.1.2). */
	if (!code && !has_charset)
		code = sw_param_encode(SW_S("charset"), SW_S("utf-8"), &text);
	if (code)
		return sw_fail(err, code, "the type of an attachment: %s", sw_err_text(code));
	*ret = sw_arena_copy(&c->arena, sw_buf_slice(&text));
	return ret->ptr ? SW_OK : sw_fail_nomem(err);
}

/* What stands in filename="...": a name, not a path. */
static enum sw_err check_name(struct sw_compose *c, const struct sw_attach *a,
			      struct sw_slice *ret, struct sw_error *err)
{
	struct sw_slice name = a->name;

	if (!name.len && a->path) {
		name = sw_slice_str(a->path);
		for (size_t slash; (slash = sw_slice_find(name, '/')) < name.len;)
			name = sw_slice_from(name, slash + 1);
	}
	if (name.len > SW_MAX_LINE_HARD)
		return sw_fail(err, SW_E_LIMIT,
			       "an attachment's name has %zu bytes; at most %d are "
			       "allowed",
			       name.len, SW_MAX_LINE_HARD);
	if (sw_utf8_scan(name, NULL) != SW_UTF8_CLEAN || sw_slice_has_control(name) ||
	    sw_slice_find(name, '/') < name.len)
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' cannot be the name of an attachment: it holds "
			       "a control character, invalid UTF-8 or '/'",
			       SW_FMT(name));
	*ret = sw_arena_copy(&c->arena, name);
	return ret->ptr ? SW_OK : sw_fail_nomem(err);
}

/* RFC 2392: what stands in "cid:" URLs.  Readers differ in how they unescape those, so only
 * characters that need no escape are taken. */
static bool content_id_valid(struct sw_slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		char ch = id.ptr[i], lower = sw_ascii_lower(ch);

		if (!sw_ascii_digit(ch) && (lower < 'a' || lower > 'z') &&
		    (ch == '\0' || !strchr(".-_@+=$!", ch)))
			return false;
	}
	return id.len > 0 && id.len <= SW_MAX_MESSAGE_ID;
}

static enum sw_err check_content_id(struct sw_compose *c, struct sw_slice id,
				    struct sw_slice *ret, struct sw_error *err)
{
	if (id.len > 2 && id.ptr[0] == '<' && id.ptr[id.len - 1] == '>')
		id = sw_slice(id.ptr + 1, id.len - 2);
	if (!content_id_valid(id))
		return sw_fail(err, SW_E_DATA,
			       "'%.*s' cannot be the content id of an inline part; "
			       "expected 1 to %d of letters, digits and .-_@+=$!",
			       (int)(id.len < 100 ? id.len : 100), id.ptr ? id.ptr : "",
			       SW_MAX_MESSAGE_ID);
	for (const struct sw_compose_part *p = c->parts; p; p = p->next)
		if (sw_slice_eq(p->content_id, id))
			return sw_fail(err, SW_E_DATA,
				       "two inline parts have the content id '%.*s'",
				       SW_FMT(id));
	*ret = sw_arena_copy(&c->arena, id);
	return ret->ptr ? SW_OK : sw_fail_nomem(err);
}

/* Opens a message that may go unencoded; *ret_why says why it may not. */
static enum sw_err open_message(const struct sw_attach *a, struct sw_source **ret,
				struct sw_error *ret_why)
{
	static const struct sw_ready_options opt = { .keep_bcc = true };
	struct sw_source *s = NULL;
	enum sw_err code = a->path ? sw_ready_open(a->path, &opt, &s, ret_why) :
				     sw_ready_memory(a->bytes, &opt, &s, ret_why);

	if (code)
		return code;
	bool has_8bit = s->facts.has_8bit;

	if (!has_8bit && s->facts.longest_line <= SW_MAX_LINE_HARD) {
		*ret = s;
		return SW_OK;
	}
	sw_source_free(s);
	return sw_fail(ret_why, SW_E_DATA, "it has %s and may not be encoded",
		       has_8bit ? "8-bit bytes" : "lines beyond 998 bytes");
}

static bool is_rfc822(struct sw_slice type)
{
	return sw_slice_eq_nocase(sw_slice_head(type, sw_slice_find(type, ';')), rfc822);
}

static enum sw_err open_part(const struct sw_attach *a, struct sw_compose_part *p,
			     struct sw_error *err)
{
	if (is_rfc822(p->type) && a->is_alternative)
		return fail_type(p->type, "a message is no form of a text", err);
	if (is_rfc822(p->type)) {
		struct sw_error why;
		enum sw_err code = open_message(a, &p->message, &why);

		if (!code)
			return SW_OK;
		if (code != SW_E_DATA && code != SW_E_LIMIT)
			return sw_fail(err, code, "%s", why.text);
		if (a->type.len)
			return sw_fail(err, code,
				       "%s cannot be attached as message/rfc822: %s",
				       a->path ? a->path : "the part", why.text);
		p->type = octets;
	}
	return a->path ? sw_input_file(&p->input, a->path, err) :
			 sw_input_memory(&p->input, a->bytes, "an attachment", err);
}

enum sw_err sw_compose_attach(struct sw_compose *c, const struct sw_attach *a,
			      struct sw_error *err)
{
	enum sw_err code = sw_compose_check_open(c, err);

	if (code)
		return code;
	if (c->part_count >= SW_MAX_ATTACHMENTS)
		return sw_fail(err, SW_E_LIMIT, "more than %d attachments",
			       SW_MAX_ATTACHMENTS);
	struct sw_compose_part *p = sw_arena_alloc(&c->arena, sizeof(*p));

	if (!p)
		return sw_fail_nomem(err);
	sw_input_init(&p->input);
	p->is_inline = a->is_inline;
	p->is_alternative = a->is_alternative;
	p->content_id = SW_S("");
	code = check_name(c, a, &p->name, err);
	if (!code)
		code = check_type(c, a, a->type.len ? a->type : sw_content_type_guess(p->name),
				  &p->type, err);
	if (!code && a->is_inline)
		code = check_content_id(c, a->content_id.len ? a->content_id : p->name,
					&p->content_id, err);
	if (!code)
		code = open_part(a, p, err);
	if (code) {
		sw_compose_part_fini(p);
		return code;
	}
	*c->parts_tail = p;
	c->parts_tail = &p->next;
	c->part_count++;
	return SW_OK;
}
