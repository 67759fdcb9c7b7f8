/* SPDX-License-Identifier: MIT */
/* Which message it was that bounced. */
#include "read/bounce_private.h"

enum field { MESSAGE_ID, FROM, RETURN_PATH, SENDER, DATE, SUBJECT, FIELDS };
static const struct sw_slice names[FIELDS] = {
	[MESSAGE_ID] = { "Message-ID", 10 },
	[FROM] = { "From", 4 },
	[RETURN_PATH] = { "Return-Path", 11 },
	[SENDER] = { "Sender", 6 },
	[DATE] = { "Date", 4 },
	[SUBJECT] = { "Subject", 7 },
};

/* The raw values of the first fields with these names. */
static void find_fields(struct sw_slice header, struct sw_slice found[FIELDS])
{
	struct sw_field f;

	while (sw_mime_field_next(&header, &f)) {
		size_t i = 0;

		while (i < FIELDS && !sw_slice_eq_nocase(f.name, names[i]))
			i++;
		if (i < FIELDS && !found[i].ptr)
			found[i] = f.value;
	}
}

static enum sw_err take(struct bounce_reader *r, const char **to, struct sw_slice raw)
{
	struct sw_slice value;

	if ((*to && **to) || !raw.ptr)
		return SW_OK;
	enum sw_err code = sw_mime_field_value(r->arena, raw, &value);

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

	if ((*to && **to) || open >= close || close >= field.len)
		return SW_OK;
	*to = bounce_string(r, sw_slice(field.ptr + open, close + 1 - open));
	return *to ? SW_OK : SW_E_NOMEM;
}

/* "Name <a@b>" becomes a@b. */
static enum sw_err bare_sender(struct bounce_reader *r)
{
	const char **sender = &r->ret->original.sender;
	struct sw_slice address = bounce_address(sw_slice_str(*sender));

	if (!address.len)
		return SW_OK;
	*sender = bounce_string(r, address);
	return *sender ? SW_OK : SW_E_NOMEM;
}

enum sw_err bounce_original_read(struct bounce_reader *r)
{
	struct sw_bounce *b = r->ret;
	struct sw_slice found[FIELDS] = { { NULL, 0 } };

	find_fields(r->original_header, found);
	enum sw_err code = take(r, &b->original.message_id, found[MESSAGE_ID]);

	if (!code)
		code = take(r, &b->original.sender, found[FROM]);
	if (!code)
		code = take(r, &b->original.sender, found[RETURN_PATH]);
	if (!code)
		code = take(r, &b->original.sender, found[SENDER]);
	if (!code)
		code = take(r, &b->original.date, found[DATE]);
	if (!code)
		code = take(r, &b->original.subject, found[SUBJECT]);
	/* Mail systems answer the message that they return. */
	if (!code)
		code = first_id(r, &b->original.message_id, r->head.in_reply_to);
	if (!code && r->head.references.len)
		code = first_id(r, &b->original.message_id, r->head.references);
	return code ? code : bare_sender(r);
}
