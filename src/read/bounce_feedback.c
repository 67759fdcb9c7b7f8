/* SPDX-License-Identifier: MIT */
/* Complaints: the abuse reporting format (RFC 5965), and what providers send that is near it.
 */
#include "read/bounce_private.h"

/* Fields of the returned message in which a provider says for whom it was. */
static const char *const recipient_fields[] = { "X-HmXmrOriginalRecipient",
						"X-Original-Recipient", "To" };

/* "complaint about message from 192.0.2.1": Microsoft's loop has no report part. */
static bool is_complaint_subject(struct sw_slice subject)
{
	static const char *const starts[] = { "complaint about message from",
					      "email feedback report for ip" };

	for (size_t i = 0; i < SW_LEN(starts); i++)
		if (sw_slice_starts_nocase(sw_slice_trim(subject), sw_slice_str(starts[i])))
			return true;
	return false;
}

static bool has_field(struct bounce_reader *r, const char *name)
{
	struct sw_slice value = sw_mime_field(r->arena, r->original_header, name, false);

	return value.ptr != NULL;
}

/* A part of another type that holds the report, of a message that says that it is one. */
static struct sw_mime_part *plain_report(struct bounce_reader *r)
{
	bool said = sw_slice_starts_nocase(r->mime.root->report_type, SW_S("feedback")) ||
		    r->head.x_arf.len;

	for (struct sw_mime_part *p = r->mime.root; p && said; p = sw_mime_next(p))
		if (!p->first && p->encoding == SW_TE_IDENTITY &&
		    sw_mime_field(r->arena, p->body, "Feedback-Type", false).ptr)
			return p;
	return NULL;
}

static bool is_usable(struct sw_slice address)
{
	size_t at = sw_slice_find(address, '@');

	return at > 0 && at + 1 < address.len && sw_slice_find(address, ' ') == address.len;
}

static bool is_named(const struct bounce_reader *r, struct sw_slice address)
{
	for (const struct sw_bounce_recipient *b = r->ret->recipients; b; b = b->next)
		if (sw_slice_eq_nocase(sw_slice_str(b->address), address))
			return true;
	return false;
}

static enum sw_err add_one(struct bounce_reader *r, struct sw_slice address,
			   struct sw_slice words)
{
	if (is_named(r, address))
		return SW_OK;
	struct sw_bounce_recipient *b = bounce_recipient_add(r, SW_BOUNCE_FEEDBACK);

	if (!b)
		return SW_E_NOMEM;
	b->address = bounce_string(r, address);
	b->diagnostic = bounce_string(r, words);
	return b->address && b->diagnostic ? SW_OK : SW_E_NOMEM;
}

/* Reports blot out who complained; then the recipient has no address. */
static enum sw_err add_recipients(struct bounce_reader *r, const struct sw_feedback *f)
{
	struct sw_slice value, words = sw_slice_head(r->text, 300);
	enum sw_err code = SW_OK;

	words = sw_slice_head(words, sw_slice_search(words, SW_S("\n\n")));
	for (const struct sw_report_text *t = f->rcpt_to; t && !code; t = t->next)
		if (is_usable(t->text))
			code = add_one(r, t->text, words);
	for (size_t i = 0; i < SW_LEN(recipient_fields) && !code; i++) {
		if (r->ret->recipient_count || !r->original_header.len)
			break;
		code = sw_mime_field_find(r->arena, r->original_header, recipient_fields[i],
					  false, &value);
		if (!code && is_usable(bounce_address(value)))
			code = add_one(r, bounce_address(value), words);
	}
	if (code || r->ret->recipient_count)
		return code;
	return add_one(r, SW_S(""), words);
}

static enum sw_err fill(struct bounce_reader *r, const struct sw_feedback *f)
{
	struct sw_bounce *b = r->ret;

	b->is_bounce = true;
	b->layout = "arf";
	b->feedback_type = bounce_string(r, f->type.len ? f->type : SW_S("abuse"));
	b->reporting_mta = bounce_string(r, f->reporting_mta);
	b->original.message_id = bounce_string(r, f->message_id);
	b->original.envelope_id = bounce_string(r, f->envelope_id);
	if (!r->original_header.len)
		b->original.sender = bounce_string(r, f->mail_from);
	if (!b->feedback_type || !b->reporting_mta || !b->original.message_id ||
	    !b->original.envelope_id || !b->original.sender)
		return SW_E_NOMEM;
	return add_recipients(r, f);
}

/* Abuse reports that are no complaint about a message that somebody got: X-ARF. */
static struct sw_slice xarf_type(struct bounce_reader *r)
{
	for (struct sw_mime_part *p = r->mime.root; p; p = sw_mime_next(p)) {
		struct sw_slice type;

		if (p->first || p->encoding != SW_TE_IDENTITY)
			continue;
		type = sw_mime_field(r->arena, p->body, "Report-Type", false);
		if (type.ptr)
			return type;
	}
	return SW_S("");
}

enum sw_err bounce_read_feedback(struct bounce_reader *r)
{
	struct sw_mime_part *p = r->feedback ? r->feedback : plain_report(r);
	struct sw_feedback f = { 0 };
	struct sw_slice text;
	enum sw_err code = SW_OK;

	if (p) {
		code = bounce_report_text(r, p, &text);
		if (!code)
			code = sw_feedback_read(r->arena, text, &f);
		r->ret->why = "It has a feedback report (RFC 5965).";
		return code || !f.fields ? code : fill(r, &f);
	}
	bool near = r->original_header.len && (is_complaint_subject(r->head.subject) ||
					       has_field(r, "X-HmXmrOriginalRecipient"));

	if (!near && !r->head.x_arf.len)
		return SW_OK;
	r->ret->why = near ? "It returns a message that somebody complained about."
			   : "It is an abuse report (X-ARF).";
	if (!near)
		f.type = xarf_type(r);
	return fill(r, &f);
}
