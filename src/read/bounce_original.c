/* SPDX-License-Identifier: MIT */
/* Which message it was that bounced. */
#include "read/bounce_private.h"

static enum sw_err take(struct bounce_reader *r, const char **to, const char *name)
{
	struct sw_slice value;
	enum sw_err code;

	if (**to || r->original_header.len == 0)
		return SW_OK;
	code = sw_mime_field_find(r->arena, r->original_header, name, true, &value);
	if (code)
		return code;
	*to = bounce_string(r, value);
	return *to ? SW_OK : SW_E_NOMEM;
}

/* "<id@host>" out of a field that may hold several, or a comment. */
static enum sw_err first_id(struct bounce_reader *r, const char **to, struct sw_slice field)
{
	size_t open = sw_slice_find(field, '<');
	size_t close = sw_slice_find(field, '>');

	if (**to || open >= close || close >= field.len)
		return SW_OK;
	*to = bounce_string(r, sw_slice(field.ptr + open, close + 1 - open));
	return *to ? SW_OK : SW_E_NOMEM;
}

/* "Name <a@b>" becomes a@b. */
static enum sw_err bare_sender(struct bounce_reader *r)
{
	const char **sender = &r->ret->original.sender;
	struct sw_slice address = bounce_address(sw_slice_str(*sender));

	if (!**sender || !address.len)
		return SW_OK;
	*sender = bounce_string(r, address);
	return *sender ? SW_OK : SW_E_NOMEM;
}

enum sw_err bounce_original_read(struct bounce_reader *r)
{
	struct sw_bounce *b = r->ret;
	enum sw_err code = take(r, &b->original.message_id, "Message-ID");

	if (!code)
		code = take(r, &b->original.sender, "From");
	if (!code)
		code = take(r, &b->original.sender, "Return-Path");
	if (!code)
		code = take(r, &b->original.sender, "Sender");
	if (!code)
		code = take(r, &b->original.date, "Date");
	if (!code)
		code = take(r, &b->original.subject, "Subject");
	/* Mail systems answer the message that they return. */
	if (!code)
		code = first_id(r, &b->original.message_id, r->head.in_reply_to);
	if (!code && r->head.references.len)
		code = first_id(r, &b->original.message_id, r->head.references);
	return code ? code : bare_sender(r);
}
