/* SPDX-License-Identifier: MIT */
/* Which part of the message is what: the words for people, the report, the returned
 * message. */
#include <assert.h>

#include "read/bounce_private.h"

/* So much of a part is looked at to see what it is. */
enum { LOOKED_AT = 2048 };

static bool type_is(const struct sw_mime_part *p, const char *type)
{
	return sw_slice_eq(p->type, sw_slice_str(type));
}

static bool is_text(const struct sw_mime_part *p)
{
	return type_is(p, "text/plain") || type_is(p, "text/html") ||
	       type_is(p, "text/enriched") || type_is(p, "text/richtext") ||
	       type_is(p, "text/x-amp-html");
}

/* Counts the fields of a list at the beginnings of lines. */
static size_t count_fields(struct sw_slice body, const char *const *names, size_t count)
{
	struct sw_slice line;
	size_t found = 0;

	while (sw_mime_line_next(&body, &line)) {
		size_t len = sw_mime_name_length(line);

		for (size_t i = 0; i < count && len; i++)
			found += sw_slice_eq_nocase(sw_slice_head(line, len),
						    sw_slice_str(names[i]));
	}
	return found;
}

/* A report that came as an attachment of another type, or in a multipart that has lost its
 * delimiters. */
static bool looks_like_report(const struct sw_mime_part *p, size_t look_at)
{
	static const char *const names[] = {
		"Reporting-MTA", "Final-Recipient", "Original-Recipient",
		"Action",        "Status",          "Diagnostic-Code"
	};

	return p->encoding == SW_TE_IDENTITY &&
	       count_fields(sw_slice_head(p->body, look_at), names, SW_LEN(names)) >= 3;
}

static bool looks_like_header(struct sw_slice body)
{
	static const char *const names[] = { "Received",    "From",        "To",
					     "Subject",     "Date",        "Message-ID",
					     "Return-Path", "MIME-Version" };

	/* It begins with a field; a "From:" among words does not make a header. */
	return sw_mime_name_length(body) &&
	       count_fields(sw_slice_head(body, LOOKED_AT), names, SW_LEN(names)) >= 3;
}

static bool has_report_fields(struct sw_slice header)
{
	static const char *const names[] = { "Reporting-MTA", "Final-Recipient",
					     "Original-Recipient" };

	return count_fields(header, names, SW_LEN(names)) > 0;
}

static struct sw_slice whole_of(const struct sw_mime_part *p)
{
	if (!p->header.len)
		return p->body;
	return sw_slice(p->header.ptr, (size_t)(p->body.ptr + p->body.len - p->header.ptr));
}

/* A multipart's words before its first part: readers without MIME saw only those. */
static struct sw_slice preamble_of(const struct sw_mime_part *p)
{
	if (!p->first)
		return p->body;
	size_t len = (size_t)(p->first->header.ptr - p->body.ptr);
	struct sw_slice s = sw_slice_head(p->body, len);

	/* Less the delimiter line. */
	size_t cut = s.len;

	while (cut > 0 && (s.ptr[cut - 1] == '\n' || s.ptr[cut - 1] == '\r'))
		cut--;
	while (cut > 0 && s.ptr[cut - 1] != '\n' && s.ptr[cut - 1] != '\r')
		cut--;
	return sw_slice_trim(sw_slice_head(s, cut));
}

/* The next part that is not inside a returned message. */
static struct sw_mime_part *next_outside(struct sw_mime_part *p)
{
	if (p->first && !sw_mime_is_message(p->type))
		return p->first;
	while (p && !p->next)
		p = p->parent;
	return p ? p->next : NULL;
}

/* A report's part without any of its fields. */
static bool is_prose(const struct sw_mime_part *p)
{
	static const char *const names[] = {
		"Reporting-MTA", "Final-Recipient", "Original-Recipient",
		"Arrival-Date",  "Action",          "Status"
	};

	return p->encoding == SW_TE_IDENTITY && sw_slice_trim(p->body).len &&
	       !count_fields(sw_slice_head(p->body, SW_MIME_SNIFF), names, SW_LEN(names)) &&
	       !has_report_fields(p->header);
}

static void note_part(struct bounce_reader *r, struct sw_mime_part *p)
{
	bool dsn = type_is(p, "message/delivery-status") ||
		   type_is(p, "message/global-delivery-status") ||
		   type_is(p, "text/delivery-status") ||
		   type_is(p, "message/x-delivery-status") ||
		   type_is(p, "application/x-delivery-status");
	bool mdn = type_is(p, "message/disposition-notification") ||
		   type_is(p, "message/global-disposition-notification");

	r->calendar |= type_is(p, "text/calendar");
	/* Some give the words for people the report's type. */
	if (dsn && is_prose(p)) {
		p->type = SW_S("text/plain");
		dsn = false;
	}
	if (dsn && r->report_count < SW_LEN(r->reports))
		r->reports[r->report_count++] = p;
	else if (mdn && !r->mdn)
		r->mdn = p;
	else if (type_is(p, "message/feedback-report") && !r->feedback)
		r->feedback = p;
	else if (sw_mime_is_message(p->type) && !r->original && p != r->mime.root)
		r->original = p;
	else if (is_text(p) && !r->first_text && !p->attachment)
		r->first_text = p;
}

/* Parts whose type does not say what they are, when nothing else is that. */
static void guess_part(struct bounce_reader *r, struct sw_mime_part *p)
{
	bool plain = type_is(p, "text/plain") || type_is(p, "application/octet-stream") ||
		     type_is(p, "message/partial") || type_is(p, "text/x-rfc822-headers");

	if (p->first || !p->parent || p == r->first_text || !plain)
		return;
	if (!r->report_count && !r->mdn && !r->feedback && looks_like_report(p, LOOKED_AT))
		r->reports[r->report_count++] = p;
	else if (!r->original && p->encoding == SW_TE_IDENTITY && looks_like_header(p->body))
		r->original = p;
}

static bool is_empty_text(const struct sw_mime_part *p)
{
	return sw_slice_trim(sw_slice_head(p->body, LOOKED_AT)).len == 0;
}

static bool is_report(const struct bounce_reader *r, const struct sw_mime_part *p)
{
	for (size_t i = 0; i < r->report_count; i++)
		if (r->reports[i] == p)
			return true;
	return false;
}

/* Of alternatives one is read: the plain one unless it is empty. */
static bool is_spare(const struct bounce_reader *r, const struct sw_mime_part *p)
{
	const struct sw_mime_part *chosen = NULL;

	if (!p->parent || !type_is(p->parent, "multipart/alternative"))
		return false;
	for (const struct sw_mime_part *c = p->parent->first; c; c = c->next) {
		if (!is_text(c) || is_empty_text(c) || is_report(r, c) || c == r->original)
			continue;
		if (!chosen || (type_is(c, "text/plain") && !type_is(chosen, "text/plain")))
			chosen = c;
	}
	return chosen != p;
}

static enum sw_err add_text(struct bounce_reader *r, struct sw_slice more)
{
	if (sw_slice_trim(more).len == 0)
		return SW_OK;
	if (r->text.len == 0) {
		r->text = more;
		return SW_OK;
	}
	char *joined = sw_arena_alloc(r->arena, r->text.len + 1 + more.len);

	if (!joined)
		return SW_E_NOMEM;
	memcpy(joined, r->text.ptr, r->text.len);
	joined[r->text.len] = '\n';
	memcpy(joined + r->text.len + 1, more.ptr, more.len);
	r->text = sw_slice(joined, r->text.len + 1 + more.len);
	return SW_OK;
}

/* The words for people: text parts before the returned message, at most MOST_PARTS of them. */
static enum sw_err gather_text(struct bounce_reader *r)
{
	enum { MOST_PARTS = 8 };
	enum sw_err code = SW_OK;
	size_t parts = 0;

	for (struct sw_mime_part *p = r->mime.root; p && !code; p = next_outside(p)) {
		struct sw_slice text;

		if (p == r->original && r->text.len)
			break;
		if (p->first || !is_text(p) || is_report(r, p) || p == r->original ||
		    is_spare(r, p) || parts == MOST_PARTS)
			continue;
		/* What is attached behind the words is somebody's file. */
		if (p->attachment && r->text.len)
			continue;
		if (r->text.len >= SW_MAX_BOUNCE_TEXT)
			break;
		parts++;
		code = sw_mime_text_view(r->arena, p, SW_MAX_BOUNCE_TEXT - r->text.len, &text);
		if (!code)
			code = add_text(r, text);
		r->ret->cut |= p->body.len > SW_MAX_BOUNCE_TEXT;
	}
	if (code || r->text.len)
		return code;
	struct sw_mime_part words = *r->mime.root;

	if (!sw_slice_starts(words.type, SW_S("multipart/")))
		return SW_OK;
	words.body = preamble_of(r->mime.root);
	words.type = SW_S("text/plain");
	return sw_mime_text_view(r->arena, &words, SW_MAX_BOUNCE_TEXT, &r->text);
}

/* The returned message, decoded and read when it came encoded. */
static enum sw_err open_original(struct bounce_reader *r)
{
	struct sw_mime_part *p = r->original;

	if (!p)
		return SW_OK;
	if (p->first) {
		r->original_header = p->first->header;
		r->original_message = p->body;
		return SW_OK;
	}
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = SW_MAX_BOUNCE_ORIGINAL };
	struct sw_mime inner;
	struct sw_slice body = sw_slice_head(p->body, SW_MAX_BOUNCE_ORIGINAL);

	if (p->encoding != SW_TE_IDENTITY) {
		enum sw_err code = sw_mime_decode(p, SW_MAX_BOUNCE_ORIGINAL, &bytes);

		if (code)
			return code;
		body = sw_arena_copy(r->arena, sw_buf_slice(&bytes));
		if (!body.ptr)
			return SW_E_NOMEM;
	}
	enum sw_err code = sw_mime_parse(r->arena, body, &inner, NULL);

	if (code)
		return code;
	r->original_header = inner.root->header;
	r->original_message = body;
	if (sw_mime_is_message(p->type)) {
		p->first = inner.root;
		inner.root->parent = p;
	}
	return SW_OK;
}

enum sw_err bounce_report_text(struct bounce_reader *r, const struct sw_mime_part *p,
			       struct sw_slice *ret)
{
	bool encoded = p->encoding != SW_TE_IDENTITY && p->encoding != SW_TE_UNKNOWN;

	if (!encoded && !sw_slice_has_8bit(p->body)) {
		*ret = p->body;
		return SW_OK;
	}
	return sw_mime_text_view(r->arena, p, SW_MAX_REPORT, ret);
}

enum sw_err bounce_parts_find(struct bounce_reader *r)
{
	struct sw_mime_part *root = r->mime.root;

	assert(root);
	for (struct sw_mime_part *p = root; p; p = next_outside(p))
		note_part(r, p);
	if (!root->first && type_is(root, "multipart/report") &&
	    looks_like_report(root, SW_MIME_SNIFF))
		r->reports[r->report_count++] = root;
	if (root->first)
		for (struct sw_mime_part *p = root; p; p = next_outside(p))
			guess_part(r, p);
	/* Without the empty line below the part's header its first fields are taken for that.
	 */
	for (size_t i = 0; i < r->report_count; i++)
		if (r->reports[i] != root && has_report_fields(r->reports[i]->header))
			r->reports[i]->body = whole_of(r->reports[i]);
	enum sw_err code = open_original(r);

	return code ? code : gather_text(r);
}
