/* SPDX-License-Identifier: MIT */
/* From the report parts of RFC 3464 and RFC 8098 to recipients. */
#include "read/bounce_private.h"

static bool is_mail_address(struct sw_slice s)
{
	size_t at = sw_slice_find(s, '@');

	return at > 0 && at + 1 < s.len;
}

/* Without an action the status tells; without both, a report is written because it failed. */
static enum sw_bounce_action action_of(const struct sw_dsn_recipient *d)
{
	static const enum sw_bounce_action actions[SW_DSN_ACTION_COUNT] = {
		[SW_DSN_NO_ACTION] = SW_BOUNCE_FAILED,
		[SW_DSN_FAILED] = SW_BOUNCE_FAILED,
		[SW_DSN_DELAYED] = SW_BOUNCE_DELAYED,
		[SW_DSN_DELIVERED] = SW_BOUNCE_DELIVERED,
		[SW_DSN_RELAYED] = SW_BOUNCE_RELAYED,
		[SW_DSN_EXPANDED] = SW_BOUNCE_EXPANDED,
	};

	if (d->action == SW_DSN_NO_ACTION && d->status.class == 2)
		return SW_BOUNCE_DELIVERED;
	if (d->action == SW_DSN_NO_ACTION && d->retry_until.len)
		return SW_BOUNCE_DELAYED;
	return actions[d->action];
}

static enum sw_err add_recipient(struct bounce_reader *r, const struct sw_dsn_recipient *d)
{
	struct sw_slice address = is_mail_address(d->original) ? d->original : d->final;
	struct sw_slice final = d->final;
	struct sw_bounce_recipient *b = bounce_recipient_add(r, action_of(d));

	if (!b)
		return SW_E_NOMEM;
	if (address.len == 0)
		address = d->original.len ? d->original : d->actual;
	if (sw_slice_eq_nocase(final, address))
		final = SW_S("");
	b->address = bounce_string(r, address);
	b->final_address = bounce_string(r, final);
	b->remote_host = bounce_string(r, d->remote_mta);
	if (!b->address || !b->final_address || !b->remote_host)
		return SW_E_NOMEM;
	struct sw_slice words = d->diagnostic.len ? d->diagnostic : d->status_comment;

	b->by_program = sw_slice_eq_nocase(d->diagnostic_type, SW_S("x-unix"));

	return bounce_diagnose(r, b, words, d->status);
}

/* A report that names nobody, or a program that mail was piped to: who is meant may stand in
 * the header. */
static enum sw_err name_the_only(struct bounce_reader *r)
{
	struct sw_bounce_recipient *b = r->ret->recipients;
	struct sw_slice failed = r->head.failed_recipients;
	bool program = b->address[0] && strchr("|/:", b->address[0]);

	if (r->ret->recipient_count != 1 || !failed.len ||
	    sw_slice_find(failed, ',') < failed.len)
		return SW_OK;
	if (b->address[0] && !program && is_mail_address(sw_slice_str(b->address)))
		return SW_OK;
	b->final_address = b->address;
	b->address = bounce_string(r, bounce_address(failed));
	return b->address ? SW_OK : SW_E_NOMEM;
}

enum sw_err bounce_name_from_original(struct bounce_reader *r)
{
	enum { WORDS = 500 };
	struct sw_bounce_recipient *b = bounce_recipient_add(r, SW_BOUNCE_FAILED);
	struct sw_slice to;

	if (!b)
		return SW_E_NOMEM;
	enum sw_err code = sw_mime_field_find(r->arena, r->original_header, "To", false, &to);

	if (code)
		return code;
	if (sw_slice_find(to, ',') == to.len)
		b->address = bounce_string(r, bounce_address(to));
	return b->address ? bounce_take_words(r, b, WORDS) : SW_E_NOMEM;
}

enum sw_err bounce_read_empty_dsn(struct bounce_reader *r)
{
	struct sw_slice text;
	struct sw_dsn dsn;
	enum sw_err code = bounce_report_text(r, r->reports[0], &text);

	if (!code)
		code = sw_dsn_read(r->arena, text, &dsn);
	if (code || dsn.fields == 0)
		return code;
	r->ret->reporting_mta = bounce_string(r, dsn.reporting_mta);
	if (!r->ret->reporting_mta)
		return SW_E_NOMEM;
	r->ret->is_bounce = true;
	r->ret->why = "It has a delivery status report, though without a recipient.";
	r->ret->layout = "rfc3464";
	return bounce_name_from_original(r);
}

/* What the first report says of the message counts, and all of their recipients. */
static enum sw_err take_report(struct bounce_reader *r, const struct sw_dsn *dsn)
{
	struct sw_bounce *ret = r->ret;
	bool first = ret->recipient_count == 0;
	enum sw_err code = SW_OK;

	for (const struct sw_dsn_recipient *d = dsn->recipients; d && !code; d = d->next)
		code = add_recipient(r, d);
	ret->cut |= dsn->cut;
	if (code || !first)
		return code;
	ret->reporting_mta = bounce_string(r, dsn->reporting_mta);
	ret->original.envelope_id = bounce_string(r, dsn->envelope_id);
	ret->original.message_id = bounce_string(r, dsn->message_id);
	if (!r->original_header.len)
		ret->original.sender = bounce_string(r, dsn->sender);
	return ret->reporting_mta && ret->original.envelope_id && ret->original.message_id &&
			       ret->original.sender
		       ? SW_OK
		       : SW_E_NOMEM;
}

enum sw_err bounce_read_dsn(struct bounce_reader *r)
{
	for (size_t i = 0; i < r->report_count; i++) {
		struct sw_slice text;
		struct sw_dsn dsn;
		enum sw_err code = bounce_report_text(r, r->reports[i], &text);

		if (!code)
			code = sw_dsn_read(r->arena, text, &dsn);
		if (!code && dsn.count)
			code = take_report(r, &dsn);
		if (code)
			return code;
	}
	if (r->ret->recipient_count == 0)
		return SW_OK;
	r->ret->is_bounce = true;
	r->ret->why = "It has a delivery status report (RFC 3464).";
	r->ret->layout = "rfc3464";
	return name_the_only(r);
}

/* A receipt tells of reading, not of delivery; only one that says that the message could not
 * be handled is of interest here. */
enum sw_err bounce_read_mdn(struct bounce_reader *r)
{
	struct sw_slice text;
	struct sw_mdn m = { 0 };
	enum sw_err code = bounce_report_text(r, r->mdn, &text);

	if (!code)
		code = sw_mdn_read(r->arena, text, &m);
	if (code)
		return code;
	r->ret->why = "It is a receipt of reading, not of delivery (RFC 8098).";
	if (m.disposition != SW_MDN_FAILED)
		return SW_OK;
	struct sw_bounce_recipient *b = bounce_recipient_add(r, SW_BOUNCE_FAILED);
	struct sw_slice address = m.original.len ? m.original : m.final;
	struct sw_slice words = m.failure.len ? m.failure : m.error;

	if (!b)
		return SW_E_NOMEM;
	b->address = bounce_string(r, address);
	r->ret->original.message_id = bounce_string(r, m.message_id);
	if (!b->address || !r->ret->original.message_id)
		return SW_E_NOMEM;
	r->ret->is_bounce = true;
	r->ret->layout = "rfc8098";
	r->ret->why = "It is a notice that a message could not be handled (RFC 8098).";
	return bounce_diagnose(r, b, words, (struct sw_enhanced){ 0 });
}
