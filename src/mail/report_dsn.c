/* SPDX-License-Identifier: MIT */
/* message/delivery-status. */
#include "base/limits.h"
#include "mail/report_private.h"

enum field {
	REPORTING_MTA,
	RECEIVED_FROM,
	GATEWAY,
	ENVELOPE_ID,
	ARRIVAL,
	SENDER,
	SENDER_2,
	MESSAGE_ID,
	MESSAGE_ID_2,
	/* per recipient */
	ORIGINAL,
	FINAL,
	ACTUAL,
	ACTION,
	STATUS,
	REMOTE_MTA,
	DIAGNOSTIC,
	DIAGNOSTIC_2,
	LAST_ATTEMPT,
	RETRY_UNTIL,
	LOG_ID,
	FIELDS
};
static const struct sw_slice names[FIELDS] = {
	[REPORTING_MTA] = SW_REPORT_NAME("Reporting-MTA"),
	[RECEIVED_FROM] = SW_REPORT_NAME("Received-From-MTA"),
	[GATEWAY] = SW_REPORT_NAME("DSN-Gateway"),
	[ENVELOPE_ID] = SW_REPORT_NAME("Original-Envelope-Id"),
	[ARRIVAL] = SW_REPORT_NAME("Arrival-Date"),
	[SENDER] = SW_REPORT_NAME("X-Postfix-Sender"),
	[SENDER_2] = SW_REPORT_NAME("X-Outbound-Mail-Relay-Sender"),
	[MESSAGE_ID] = SW_REPORT_NAME("X-Original-Message-ID"),
	[MESSAGE_ID_2] = SW_REPORT_NAME("Original-Message-ID"),
	[ORIGINAL] = SW_REPORT_NAME("Original-Recipient"),
	[FINAL] = SW_REPORT_NAME("Final-Recipient"),
	[ACTUAL] = SW_REPORT_NAME("X-Actual-Recipient"),
	[ACTION] = SW_REPORT_NAME("Action"),
	[STATUS] = SW_REPORT_NAME("Status"),
	[REMOTE_MTA] = SW_REPORT_NAME("Remote-MTA"),
	[DIAGNOSTIC] = SW_REPORT_NAME("Diagnostic-Code"),
	[DIAGNOSTIC_2] = SW_REPORT_NAME("X-Diagnostic-Code"),
	[LAST_ATTEMPT] = SW_REPORT_NAME("Last-Attempt-Date"),
	[RETRY_UNTIL] = SW_REPORT_NAME("Will-Retry-Until"),
	[LOG_ID] = SW_REPORT_NAME("Final-Log-ID"),
};

struct reader {
	struct sw_arena *arena;
	struct sw_dsn *dsn;
	struct sw_dsn_recipient *cur, **tail;
	bool first; /* an empty line was passed since the recipient's last field */
};

/* The first that is said counts. */
static void keep(struct sw_slice *to, struct sw_slice value)
{
	if (to->len == 0)
		*to = value;
}

/* "failed (bad destination mailbox)", "Failure", "expired": the word that counts. */
static enum sw_dsn_action action_of(struct sw_slice value)
{
	static const struct {
		const char *word;
		enum sw_dsn_action action;
	} words[] = {
		{ "fail", SW_DSN_FAILED },       { "delay", SW_DSN_DELAYED },
		{ "deliver", SW_DSN_DELIVERED }, { "relay", SW_DSN_RELAYED },
		{ "expand", SW_DSN_EXPANDED },   { "expire", SW_DSN_FAILED },
		{ "reject", SW_DSN_FAILED },     { "bounce", SW_DSN_FAILED },
		{ "defer", SW_DSN_DELAYED },     { "undeliver", SW_DSN_FAILED },
		{ "error", SW_DSN_FAILED },
	};

	for (size_t i = 0; i < SW_LEN(words); i++)
		if (sw_slice_starts_nocase(value, sw_slice_str(words[i].word)))
			return words[i].action;
	return SW_DSN_NO_ACTION;
}

static enum sw_err begin(struct reader *r)
{
	if (r->dsn->count == SW_MAX_REPORT_RECIPIENTS) {
		r->dsn->cut = true;
		return SW_OK;
	}
	r->cur = sw_arena_alloc(r->arena, sizeof(*r->cur));
	if (!r->cur)
		return SW_E_NOMEM;
	*r->tail = r->cur;
	r->tail = &r->cur->next;
	r->dsn->count++;
	return SW_OK;
}

/* Whether a field of a recipient begins the next one.  The empty line between two groups may
 * be missing, and may stand inside of one: so a field that would be said twice begins a group,
 * too, and one behind a gap only when it names somebody. */
static bool begins(const struct reader *r, enum field f)
{
	const struct sw_dsn_recipient *c = r->cur;

	if (!c)
		return true;
	if (f == FINAL)
		return c->final.len > 0 || (r->first && (c->action || c->status.class));
	if (f == ORIGINAL)
		return c->original.len > 0 || (r->first && c->final.len > 0);
	return false;
}

static enum sw_err take_address(struct reader *r, enum field f, struct sw_slice value)
{
	struct sw_slice address;
	enum sw_err code = sw_report_address(r->arena, value, f == ORIGINAL, &address);

	if (code)
		return code;
	keep(f == FINAL      ? &r->cur->final
	     : f == ORIGINAL ? &r->cur->original
			     : &r->cur->actual,
	     address);
	return SW_OK;
}

static void take_diagnostic(struct sw_dsn_recipient *c, struct sw_slice value)
{
	struct sw_slice type, text;

	if (c->diagnostic.len)
		return;
	sw_report_typed(value, &type, &text);
	if (type.len == 0 && sw_slice_starts_nocase(value, SW_S("smtp")) && value.len > 4 &&
	    strchr(" \t:,", value.ptr[4])) {
		type = sw_slice_head(value, 4);
		text = sw_slice_trim(sw_slice_from(value, 5));
	}
	c->diagnostic_type = type;
	c->diagnostic = text;
}

static void take_status(struct sw_dsn_recipient *c, struct sw_slice value)
{
	size_t open = sw_slice_find(value, '(');

	if (c->status.class)
		return;
	c->status = sw_report_status(value);
	if (c->status_comment.len || open == value.len)
		return;
	struct sw_slice comment = sw_slice_from(value, open + 1);

	comment = sw_slice_trim(comment);
	if (comment.len && comment.ptr[comment.len - 1] == ')')
		comment.len--;
	c->status_comment = comment;
}

static enum sw_err take_recipient_field(struct reader *r, enum field f, struct sw_slice value)
{
	enum sw_err code = begins(r, f) ? begin(r) : SW_OK;

	if (code)
		return code;
	if (r->dsn->cut)
		return SW_OK;
	struct sw_dsn_recipient *c = r->cur;

	switch (f) {
	case ORIGINAL:
	case FINAL:
	case ACTUAL:
		return take_address(r, f, value);
	case ACTION:
		if (!c->action)
			c->action = action_of(value);
		break;
	case STATUS:
		take_status(c, value);
		break;
	case REMOTE_MTA:
		keep(&c->remote_mta, sw_report_host(value));
		break;
	case DIAGNOSTIC:
	case DIAGNOSTIC_2:
		take_diagnostic(c, value);
		break;
	case LAST_ATTEMPT:
		keep(&c->last_attempt, value);
		break;
	case RETRY_UNTIL:
		keep(&c->retry_until, value);
		break;
	case LOG_ID:
		keep(&c->log_id, value);
		break;
	case REPORTING_MTA:
	case RECEIVED_FROM:
	case GATEWAY:
	case ENVELOPE_ID:
	case ARRIVAL:
	case SENDER:
	case SENDER_2:
	case MESSAGE_ID:
	case MESSAGE_ID_2:
	case FIELDS:
		break;
	}
	return SW_OK;
}

static enum sw_err take_message_field(struct reader *r, enum field f, struct sw_slice value)
{
	struct sw_dsn *d = r->dsn;

	switch (f) {
	case REPORTING_MTA:
		keep(&d->reporting_mta, sw_report_host(value));
		break;
	case RECEIVED_FROM:
		keep(&d->received_from, sw_report_host(value));
		break;
	case GATEWAY:
		keep(&d->gateway, sw_report_host(value));
		break;
	case ENVELOPE_ID:
		keep(&d->envelope_id, value);
		break;
	case ARRIVAL:
		keep(&d->arrival, value);
		break;
	case SENDER:
	case SENDER_2:
		return d->sender.len ? SW_OK
				     : sw_report_address(r->arena, value, false, &d->sender);
	case MESSAGE_ID:
	case MESSAGE_ID_2:
		keep(&d->message_id, value);
		break;
	case ORIGINAL:
	case FINAL:
	case ACTUAL:
	case ACTION:
	case STATUS:
	case REMOTE_MTA:
	case DIAGNOSTIC:
	case DIAGNOSTIC_2:
	case LAST_ATTEMPT:
	case RETRY_UNTIL:
	case LOG_ID:
	case FIELDS:
		break;
	}
	return SW_OK;
}

enum sw_err sw_dsn_read(struct sw_arena *arena, struct sw_slice text, struct sw_dsn *ret)
{
	struct sw_dsn dsn = { .cut = text.len > SW_MAX_REPORT };
	struct sw_report_scan scan = { .arena = arena,
				       .rest = sw_slice_head(text, SW_MAX_REPORT) };
	struct reader r = { .arena = arena, .dsn = &dsn, .tail = &dsn.recipients };
	struct sw_report_line line;
	bool more;
	enum sw_err code = sw_report_next(&scan, &line, &more);

	while (!code && more) {
		enum field f = (enum field)sw_report_name(line.name, names, FIELDS);

		r.first |= line.first;
		dsn.fields += f != FIELDS;
		if (f < ORIGINAL) {
			code = take_message_field(&r, f, line.value);
		} else if (f < FIELDS) {
			code = take_recipient_field(&r, f, line.value);
			r.first = false;
		}
		if (!code)
			code = sw_report_next(&scan, &line, &more);
	}
	if (!code)
		*ret = dsn;
	return code;
}
