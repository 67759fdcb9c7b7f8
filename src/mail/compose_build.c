/* SPDX-License-Identifier: MIT */
/* The layout of a message (RFC 2045, 2046, 2183, 2387):
 *   mixed( alternative( text, related( html, inline... ) ), attachment... )
 * without the levels that hold one thing only.  Everything but bodies goes into one buffer,
 * the frame; the segments say what is sent when. */
#include <stdio.h>

#include "codec/param.h"
#include "mail/compose_private.h"
#include "mail/date.h"
#include "mail/header.h"

enum { RANDOM_ID = 26, RANDOM_BOUNDARY = 26 };	/* 130 bits */

struct builder {
	struct sw_compose *c;
	struct sw_error *err;
	size_t frame_done;	/* of the frame, what segments say already */
	size_t count[4];	/* parts of each role */
	bool after_lines;	/* a body ended whose last CRLF is its own */
};

static enum sw_err fail_add(const struct builder *b, enum sw_err code)
{
	if (code == SW_E_LIMIT)
		return sw_fail(b->err, code,
			       "the header of the message is larger than %d bytes",
			       SW_MAX_HEADER_BLOCK);
	return sw_fail_nomem(b->err);
}

static enum sw_err add(struct builder *b, const char *text)
{
	enum sw_err code = sw_buf_add_str(&b->c->frame, text);

	return code ? fail_add(b, code) : SW_OK;
}

static enum sw_err add_slice(struct builder *b, struct sw_slice s)
{
	enum sw_err code = sw_buf_add(&b->c->frame, s);

	return code ? fail_add(b, code) : SW_OK;
}

static void push(struct builder *b, struct sw_compose_segment segment)
{
	b->c->segments[b->c->segment_count++] = segment;
}

/* Turns what was added to the frame into a segment. */
static void flush(struct builder *b)
{
	size_t end = sw_buf_len(&b->c->frame);

	if (end > b->frame_done)
		push(b, (struct sw_compose_segment){ .kind = SW_SEGMENT_FRAME,
						     .from = b->frame_done,
						     .len = end - b->frame_done });
	b->frame_done = end;
}

static enum sw_err add_lists(struct builder *b)
{
	static const struct {
		enum sw_compose_list list;
		struct sw_slice name;
	} fields[] = {
		{ SW_REPLY_TO, { "Reply-To", 8 } },
		{ SW_TO, { "To", 2 } },
		{ SW_CC, { "Cc", 2 } },
	};
	struct sw_compose *c = b->c;
	enum sw_err code = sw_header_add_mailboxes(&c->frame, SW_S("From"), c->from, b->err);

	for (size_t i = 0; i < SW_LEN(fields) && !code; i++)
		if (c->lists[fields[i].list])
			code = sw_header_add_mailboxes(&c->frame, fields[i].name,
						       c->lists[fields[i].list], b->err);
	/* RFC 5322 3.6.3: a message for Bcc alone may go without To; some servers mind. */
	if (!code && !c->lists[SW_TO] && !c->lists[SW_CC])
		code = add(b, "To: undisclosed-recipients:;\r\n");
	return code;
}

static enum sw_err add_date(struct builder *b)
{
	char date[SW_DATE_TEXT];
	const struct sw_world *world = b->c->world;

	if (b->c->has_date)
		return SW_OK;
	if (sw_date_format(world->wall_us(world->arg), date))
		return sw_fail(b->err, SW_E_OS,
			       "the system's clock is at a year that mail cannot "
			       "express");
	enum sw_err code = add(b, "Date: ");

	if (!code)
		code = add(b, date);
	return code ? code : add(b, "\r\n");
}

static enum sw_err make_message_id(struct builder *b)
{
	struct sw_compose *c = b->c;
	char random[RANDOM_ID + 1], id[RANDOM_ID + 1 + SW_MAX_DOMAIN + 1];

	if (c->message_id)
		return SW_OK;
	enum sw_err code = sw_compose_random(c->world, random, RANDOM_ID, b->err);

	if (code)
		return code;
	snprintf(id, sizeof(id), "%s@%s", random, c->from->address.domain_ascii);
	c->message_id = sw_arena_strdup(&c->arena, id);
	return c->message_id ? SW_OK : sw_fail_nomem(b->err);
}

static enum sw_err add_header(struct builder *b)
{
	struct sw_compose *c = b->c;
	enum sw_err code = make_message_id(b);

	if (!code)
		code = add_lists(b);
	if (!code)
		code = add_slice(b, sw_buf_slice(&c->subject));
	if (!code)
		code = add_date(b);
	if (!code)
		code = add(b, "Message-ID: <");
	if (!code)
		code = add(b, c->message_id);
	if (!code)
		code = add(b, ">\r\n");
	if (!code)
		code = add_slice(b, sw_buf_slice(&c->extra));
	if (!code) {
		code = sw_compose_add_lists(c, &c->frame);
		code = code ? fail_add(b, code) : SW_OK;
	}
	if (!code)
		code = add(b, "MIME-Version: 1.0\r\n");
	if (!code && sw_buf_len(&c->frame) > SW_MAX_HEADER_BLOCK)
		code = fail_add(b, SW_E_LIMIT);
	return code;
}

static enum sw_err add_text(struct builder *b, const struct sw_compose_text *t,
			    const char *subtype)
{
	enum sw_err code = sw_buf_printf(&b->c->frame,
					 "Content-Type: text/%s; charset=%s%s\r\n"
					 "Content-Transfer-Encoding: %s\r\n\r\n",
					 subtype, t->charset,
					 t->flowed ? "; format=flowed" : "", t->encoding);

	if (code)
		return fail_add(b, code);
	flush(b);
	if (sw_buf_len(&t->body))
		push(b, (struct sw_compose_segment){ .kind = SW_SEGMENT_TEXT, .text = t });
	b->after_lines = t->is_lines;
	return SW_OK;
}

static enum sw_err add_part(struct builder *b, const struct sw_compose_part *p)
{
	struct sw_buf *frame = &b->c->frame;
	enum sw_err code = sw_buf_printf(frame,
					 "Content-Type: %.*s\r\n"
					 "Content-Transfer-Encoding: %s\r\n", SW_FMT(p->type),
					 p->message ? "7bit" : "base64");

	/* A form of the text is no file. */
	if (!code && !p->is_alternative)
		code = sw_buf_printf(frame, "Content-Disposition: %s",
				     p->is_inline ? "inline" : "attachment");
	if (!code && !p->is_alternative && p->name.len)
		code = sw_param_encode(SW_S("filename"), p->name, frame);
	if (!code && !p->is_alternative)
		code = sw_buf_add_str(frame, "\r\n");
	if (!code && p->content_id.len)
		code = sw_buf_printf(frame, "Content-ID: <%.*s>\r\n", SW_FMT(p->content_id));
	if (!code)
		code = sw_buf_add_str(frame, "\r\n");
	if (code)
		return fail_add(b, code);
	flush(b);
	push(b, (struct sw_compose_segment){ .kind = SW_SEGMENT_PART, .part = p });
	/* An empty part has no line end to lend to the boundary. */
	b->after_lines = p->message || p->input.size == 0;
	return SW_OK;
}

/* Boundaries differ in the letter of their level, and hold "=_", which neither base64 nor
 * quoted-printable can. */
static enum sw_err open_multipart(struct builder *b, char level, const char *type)
{
	enum sw_err code = sw_buf_printf(
		&b->c->frame, "Content-Type: multipart/%s;\r\n boundary=\"%s%c\"\r\n\r\n",
		type, b->c->boundary, level);

	b->after_lines = false;
	return code ? fail_add(b, code) : SW_OK;
}

/* RFC 2046 5.1.1: the line end before a boundary belongs to it. */
static enum sw_err add_boundary(struct builder *b, char level, const char *end)
{
	enum sw_err code =
		sw_buf_printf(&b->c->frame, "%s--%s%c%s\r\n", b->after_lines ? "\r\n" : "",
			      b->c->boundary, level, end);

	b->after_lines = false;
	return code ? fail_add(b, code) : SW_OK;
}

/* Where a part goes. */
enum role { ATTACHED, RELATED, POORER, RICHER };

/* Forms that stand before the HTML: what is poorer, and AMP, which asks for that place. */
static bool is_poorer(struct sw_slice type)
{
	static const char *const types[] = { "text/x-amp-html", "text/watch-html", "text/enriched",
					     "text/richtext", "text/markdown" };
	struct sw_slice main = sw_slice_head(type, sw_slice_find(type, ';'));

	for (size_t i = 0; i < SW_LEN(types); i++)
		if (sw_slice_eq_nocase(main, sw_slice_str(types[i])))
			return true;
	return false;
}

static enum role role_of(const struct builder *b, const struct sw_compose_part *p)
{
	if (p->is_alternative)
		return is_poorer(p->type) ? POORER : RICHER;
	return p->is_inline && b->c->html.set ? RELATED : ATTACHED;
}

/* The parts of a role, each behind a boundary. */
static enum sw_err add_parts(struct builder *b, enum role role, char level)
{
	enum sw_err code = SW_OK;

	for (const struct sw_compose_part *p = b->c->parts; p && !code; p = p->next) {
		if (role_of(b, p) != role)
			continue;
		code = add_boundary(b, level, "");
		if (!code)
			code = add_part(b, p);
	}
	return code;
}

static enum sw_err add_html(struct builder *b)
{
	if (b->count[RELATED] == 0)
		return add_text(b, &b->c->html, "html");
	enum sw_err code = open_multipart(b, 'r', "related; type=\"text/html\"");

	if (!code)
		code = add_boundary(b, 'r', "");
	if (!code)
		code = add_text(b, &b->c->html, "html");
	if (!code)
		code = add_parts(b, RELATED, 'r');
	return code ? code : add_boundary(b, 'r', "--");
}

/* Each form behind a boundary, the best one last (RFC 2046 5.1.4). */
static enum sw_err add_forms(struct builder *b)
{
	struct sw_compose *c = b->c;
	enum sw_err code = open_multipart(b, 'a', "alternative");

	if (!code && c->text.set)
		code = add_boundary(b, 'a', "");
	if (!code && c->text.set)
		code = add_text(b, &c->text, "plain");
	if (!code)
		code = add_parts(b, POORER, 'a');
	if (!code && c->html.set)
		code = add_boundary(b, 'a', "");
	if (!code && c->html.set)
		code = add_html(b);
	if (!code)
		code = add_parts(b, RICHER, 'a');
	return code ? code : add_boundary(b, 'a', "--");
}

static enum sw_err add_content(struct builder *b)
{
	/* A message with nothing in it is an empty text. */
	static const struct sw_compose_text nothing = { .charset = "us-ascii",
							.encoding = "7bit",
							.is_lines = true };
	struct sw_compose *c = b->c;

	if (b->count[POORER] + b->count[RICHER] + c->text.set + c->html.set > 1)
		return add_forms(b);
	if (c->html.set)
		return add_html(b);
	/* The only form is the text, whatever it is. */
	for (const struct sw_compose_part *p = c->parts; p; p = p->next)
		if (p->is_alternative)
			return add_part(b, p);
	return add_text(b, c->text.set ? &c->text : &nothing, "plain");
}

static enum sw_err add_body(struct builder *b)
{
	struct sw_compose *c = b->c;

	for (const struct sw_compose_part *p = c->parts; p; p = p->next)
		b->count[role_of(b, p)]++;
	bool content = c->text.set || c->html.set || b->count[POORER] + b->count[RICHER];

	if (!b->count[ATTACHED])
		return add_content(b);
	enum sw_err code = open_multipart(b, 'm', "mixed");

	if (!code && content) {
		code = add_boundary(b, 'm', "");
		if (!code)
			code = add_content(b);
	}
	if (!code)
		code = add_parts(b, ATTACHED, 'm');
	return code ? code : add_boundary(b, 'm', "--");
}

static bool holds_boundary(const struct sw_compose_text *t, const char *boundary)
{
	struct sw_slice body = sw_buf_slice(&t->body);

	return sw_slice_search(body, sw_slice_str(boundary)) < body.len;
}

static enum sw_err make_boundary(struct builder *b)
{
	struct sw_compose *c = b->c;

	/* No text holds 130 random bits, unless the bits are not random. */
	for (int tries = 0; tries < 10; tries++) {
		memcpy(c->boundary, "=_", 2);
		enum sw_err code =
			sw_compose_random(c->world, c->boundary + 2, RANDOM_BOUNDARY, b->err);

		if (code)
			return code;
		if (!holds_boundary(&c->text, c->boundary) &&
		    !holds_boundary(&c->html, c->boundary))
			return SW_OK;
	}
	return sw_fail(b->err, SW_E_OS, "the system's random bytes are always the same");
}

enum sw_err sw_compose_build(struct sw_compose *c, struct sw_error *err)
{
	struct builder b = { .c = c, .err = err };
	/* A body and the frame before it each, and the frame at the end. */
	size_t most = 2 * (c->part_count + 2) + 1;

	sw_buf_clear(&c->frame);
	c->segment_count = 0;
	c->segments = sw_arena_alloc(&c->arena, most * sizeof(*c->segments));
	if (!c->segments)
		return sw_fail_nomem(err);
	enum sw_err code = make_boundary(&b);

	if (!code)
		code = add_header(&b);
	if (!code)
		code = add_body(&b);
	if (!code)
		flush(&b);
	return code;
}
