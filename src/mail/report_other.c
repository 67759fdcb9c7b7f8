/* SPDX-License-Identifier: MIT */
/* message/disposition-notification and message/feedback-report. */
#include "base/limits.h"
#include "mail/report_private.h"

static void keep(struct sw_slice *to, struct sw_slice value)
{
	if (to->len == 0)
		*to = value;
}

/* "automatic-action/MDN-sent-automatically; deleted/error" (RFC 8098 3.2.6).  The mode is left
 * out by some. */
static void take_disposition(struct sw_mdn *m, struct sw_slice value)
{
	static const struct {
		const char *word;
		enum sw_disposition disposition;
	} words[] = {
		{ "displayed", SW_MDN_DISPLAYED },   { "read", SW_MDN_DISPLAYED },
		{ "dispatched", SW_MDN_DISPATCHED }, { "processed", SW_MDN_PROCESSED },
		{ "deleted", SW_MDN_DELETED },       { "denied", SW_MDN_DENIED },
		{ "failed", SW_MDN_FAILED },
	};
	size_t mark = sw_slice_find(value, ';');
	struct sw_slice mode = sw_slice_head(value, mark);
	struct sw_slice what = mark < value.len ? sw_slice_from(value, mark + 1) : value;

	what = sw_slice_trim(what);
	m->automatic = sw_slice_search(mode, SW_S("automatically")) < mode.len ||
		       sw_slice_starts_nocase(mode, SW_S("automatic"));
	for (size_t i = 0; i < SW_LEN(words) && !m->disposition; i++)
		if (sw_slice_starts_nocase(what, sw_slice_str(words[i].word)))
			m->disposition = words[i].disposition;
	size_t slash = sw_slice_find(what, '/');

	keep(&m->modifiers, sw_slice_trim(sw_slice_from(what, slash + 1)));
}

enum mdn_field {
	MDN_UA,
	MDN_GATEWAY,
	MDN_ORIGINAL,
	MDN_FINAL,
	MDN_MESSAGE_ID,
	MDN_DISPOSITION,
	MDN_ERROR,
	MDN_WARNING,
	MDN_FAILURE,
	MDN_FIELDS
};
static const struct sw_slice mdn_names[MDN_FIELDS] = {
	[MDN_UA] = SW_REPORT_NAME("Reporting-UA"),
	[MDN_GATEWAY] = SW_REPORT_NAME("MDN-Gateway"),
	[MDN_ORIGINAL] = SW_REPORT_NAME("Original-Recipient"),
	[MDN_FINAL] = SW_REPORT_NAME("Final-Recipient"),
	[MDN_MESSAGE_ID] = SW_REPORT_NAME("Original-Message-ID"),
	[MDN_DISPOSITION] = SW_REPORT_NAME("Disposition"),
	[MDN_ERROR] = SW_REPORT_NAME("Error"),
	[MDN_WARNING] = SW_REPORT_NAME("Warning"),
	[MDN_FAILURE] = SW_REPORT_NAME("Failure"),
};

static enum sw_err take_mdn(struct sw_arena *arena, struct sw_mdn *m, enum mdn_field f,
			    struct sw_slice value)
{
	switch (f) {
	case MDN_ORIGINAL:
		return m->original.len ? SW_OK
				       : sw_report_address(arena, value, true, &m->original);
	case MDN_FINAL:
		return m->final.len ? SW_OK
				    : sw_report_address(arena, value, false, &m->final);
	case MDN_DISPOSITION:
		take_disposition(m, value);
		break;
	case MDN_UA:
		keep(&m->reporting_ua, value);
		break;
	case MDN_GATEWAY:
		keep(&m->gateway, sw_report_host(value));
		break;
	case MDN_MESSAGE_ID:
		keep(&m->message_id, value);
		break;
	case MDN_ERROR:
		keep(&m->error, value);
		break;
	case MDN_WARNING:
		keep(&m->warning, value);
		break;
	case MDN_FAILURE:
		keep(&m->failure, value);
		break;
	case MDN_FIELDS:
		break;
	}
	return SW_OK;
}

enum sw_err sw_mdn_read(struct sw_arena *arena, struct sw_slice text, struct sw_mdn *ret)
{
	struct sw_mdn m = { 0 };
	struct sw_report_scan scan = { .arena = arena,
				       .rest = sw_slice_head(text, SW_MAX_REPORT) };
	struct sw_report_line line;
	bool more;
	enum sw_err code = sw_report_next(&scan, &line, &more);

	while (!code && more) {
		size_t f = sw_report_name(line.name, mdn_names, MDN_FIELDS);

		m.fields += f != MDN_FIELDS;
		code = take_mdn(arena, &m, (enum mdn_field)f, line.value);
		if (!code)
			code = sw_report_next(&scan, &line, &more);
	}
	if (!code)
		*ret = m;
	return code;
}

/* Texts of a feedback report that are said once: where they are kept. */
static const struct {
	const char *name;
	size_t at;
} feedback_texts[] = {
	{ "Feedback-Type", offsetof(struct sw_feedback, type) },
	{ "User-Agent", offsetof(struct sw_feedback, user_agent) },
	{ "Version", offsetof(struct sw_feedback, version) },
	{ "Arrival-Date", offsetof(struct sw_feedback, arrival) },
	{ "Received-Date", offsetof(struct sw_feedback, arrival) },
	{ "Source-IP", offsetof(struct sw_feedback, source_ip) },
	{ "Incidents", offsetof(struct sw_feedback, incidents) },
	{ "Original-Envelope-Id", offsetof(struct sw_feedback, envelope_id) },
	{ "Original-Message-ID", offsetof(struct sw_feedback, message_id) },
	{ "Auth-Failure", offsetof(struct sw_feedback, auth_failure) },
	{ "Delivery-Result", offsetof(struct sw_feedback, result) },
};

static enum sw_err add_text(struct sw_arena *arena, struct sw_report_text **list,
			    struct sw_slice value, size_t *count)
{
	struct sw_report_text *one;

	if (value.len == 0 || *count >= SW_MAX_REPORT_RECIPIENTS)
		return SW_OK;
	one = sw_arena_alloc(arena, sizeof(*one));
	if (!one)
		return SW_E_NOMEM;
	one->text = value;
	one->next = *list;
	*list = one;
	(*count)++;
	return SW_OK;
}

static struct sw_report_text *turned(struct sw_report_text *list)
{
	struct sw_report_text *back = NULL;

	while (list) {
		struct sw_report_text *next = list->next;

		list->next = back;
		back = list;
		list = next;
	}
	return back;
}

static enum sw_err take_feedback(struct sw_arena *arena, struct sw_feedback *f,
				 const struct sw_report_line *line, size_t *count)
{
	struct sw_slice address;
	enum sw_err code;

	for (size_t i = 0; i < SW_LEN(feedback_texts); i++) {
		if (!sw_slice_eq_nocase(line->name, sw_slice_str(feedback_texts[i].name)))
			continue;
		f->fields++;
		keep((struct sw_slice *)(void *)((char *)f + feedback_texts[i].at),
		     line->value);
		return SW_OK;
	}
	if (sw_slice_eq_nocase(line->name, SW_S("Reporting-MTA"))) {
		keep(&f->reporting_mta, sw_report_host(line->value));
	} else if (sw_slice_eq_nocase(line->name, SW_S("Reported-Domain"))) {
		return add_text(arena, &f->domains, line->value, count);
	} else if (sw_slice_eq_nocase(line->name, SW_S("Original-Mail-From")) ||
		   sw_slice_eq_nocase(line->name, SW_S("Original-Rcpt-To")) ||
		   sw_slice_eq_nocase(line->name, SW_S("Removal-Recipient"))) {
		f->fields++;
		code = sw_report_address(arena, line->value, false, &address);
		if (code)
			return code;
		if (sw_slice_eq_nocase(line->name, SW_S("Original-Mail-From")))
			keep(&f->mail_from, address);
		else
			return add_text(arena, &f->rcpt_to, address, count);
	}
	return SW_OK;
}

enum sw_err sw_feedback_read(struct sw_arena *arena, struct sw_slice text,
			     struct sw_feedback *ret)
{
	struct sw_feedback f = { 0 };
	struct sw_report_scan scan = { .arena = arena,
				       .rest = sw_slice_head(text, SW_MAX_REPORT) };
	struct sw_report_line line;
	size_t count = 0;
	bool more;
	enum sw_err code = sw_report_next(&scan, &line, &more);

	while (!code && more) {
		code = take_feedback(arena, &f, &line, &count);
		if (!code)
			code = sw_report_next(&scan, &line, &more);
	}
	f.rcpt_to = turned(f.rcpt_to);
	f.domains = turned(f.domains);
	if (!code)
		*ret = f;
	return code;
}
