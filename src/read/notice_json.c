/* SPDX-License-Identifier: MIT */
/* Events of mail services, as JSON in a mail.  They are turned into lines "Name: value", known
 * names into the fields of RFC 3464 that mean the same, and then read like any other report.
 * Tolerant: mail programs break long lines anywhere.  JSON inside a string (the envelope of
 * Amazon SNS) is opened, too. */
#include "read/notice_private.h"

enum { MAX_NESTED = 2 };

static const struct {
	const char *key, *field; /* "" the value is left out */
} KEYS[] = {
	{ "emailaddress", "Final-Recipient" },
	{ "email", "Final-Recipient" },
	{ "recipient", "Final-Recipient" },
	{ "recipients", "Final-Recipient" },
	{ "rcpt_to", "Final-Recipient" },
	{ "raw_rcpt_to", "Final-Recipient" },
	{ "to", "To" },
	{ "destination", "To" },
	{ "diagnosticcode", "Diagnostic-Code" },
	{ "diagnostic_code", "Diagnostic-Code" },
	{ "diag", "Diagnostic-Code" },
	{ "bounce_diag", "Diagnostic-Code" },
	{ "smtpresponse", "Diagnostic-Code" },
	{ "smtp_response", "Diagnostic-Code" },
	{ "response", "Diagnostic-Code" },
	{ "reason", "Diagnostic-Code" },
	{ "raw_reason", "Diagnostic-Code" },
	{ "details", "Diagnostic-Code" },
	{ "description", "Diagnostic-Code" },
	{ "error", "Diagnostic-Code" },
	{ "status", "Status" },
	{ "action", "Action" },
	{ "remotemtaip", "Remote-MTA" },
	{ "remote_mta", "Remote-MTA" },
	{ "mx", "Remote-MTA" },
	{ "reportingmta", "Reporting-MTA" },
	{ "messageid", "Message-ID" },
	{ "message-id", "Message-ID" },
	{ "smtp-id", "Message-ID" },
	{ "source", "From" },
	{ "sender", "From" },
	{ "from", "From" },
	{ "subject", "Subject" },
	{ "name", "" },
	{ "value", "" },
};

/* What services call what RFC 3464 has five words for. */
static const struct {
	const char *event, *action;
} EVENTS[] = {
	{ "bounce", "failed" },         { "bounced", "failed" },
	{ "hard_bounce", "failed" },    { "soft_bounce", "failed" },
	{ "failed", "failed" },         { "dropped", "failed" },
	{ "reject", "failed" },         { "rejected", "failed" },
	{ "delivery", "delivered" },    { "delivered", "delivered" },
	{ "deferred", "delayed" },      { "delay", "delayed" },
	{ "deliverydelay", "delayed" }, { "complaint", "feedback" },
	{ "spamreport", "feedback" },   { "spam_complaint", "feedback" },
	{ "complained", "feedback" },
};

struct flattener {
	struct sw_slice in;
	size_t pos;
	struct sw_buf *out;
	char key[64];
};

bool notice_is_json(struct sw_slice text)
{
	struct sw_slice s = sw_slice_trim(text);
	size_t i = 1;

	while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\n' || s.ptr[i] == '\t' ||
			     s.ptr[i] == '\r' || s.ptr[i] == '{'))
		i++;
	return s.len > 2 && (s.ptr[0] == '{' || (s.ptr[0] == '[' && s.ptr[i - 1] == '{')) &&
	       s.ptr[i < s.len ? i : 0] == '"';
}

/* ---- strings ---- */

static unsigned hex4(struct sw_slice s, size_t at)
{
	unsigned n = 0;

	for (size_t i = at; i < at + 4 && i < s.len; i++) {
		char c = sw_ascii_lower(s.ptr[i]);

		n = n * 16 + (unsigned)(sw_ascii_digit(c)      ? c - '0'
					: c >= 'a' && c <= 'f' ? c - 'a' + 10
							       : 0);
	}
	return n;
}

/* UTF-8 of \uXXXX; halves of surrogate pairs become U+FFFD. */
static enum sw_err add_char(struct sw_buf *out, unsigned cp)
{
	char utf8[3];

	if (cp < 0x80)
		return sw_buf_add_char(out, cp < ' ' ? ' ' : (char)cp);
	if (cp < 0x800) {
		utf8[0] = (char)(0xc0 | cp >> 6);
		utf8[1] = (char)(0x80 | (cp & 0x3f));
		return sw_buf_add(out, sw_slice(utf8, 2));
	}
	if (cp >= 0xd800 && cp < 0xe000)
		cp = 0xfffd;
	utf8[0] = (char)(0xe0 | cp >> 12);
	utf8[1] = (char)(0x80 | (cp >> 6 & 0x3f));
	utf8[2] = (char)(0x80 | (cp & 0x3f));
	return sw_buf_add(out, sw_slice(utf8, 3));
}

static enum sw_err add_escaped(struct flattener *f, struct sw_buf *out)
{
	char c = f->pos < f->in.len ? f->in.ptr[f->pos++] : ' ';

	if (c == 'u' && f->pos + 4 <= f->in.len) {
		unsigned cp = hex4(f->in, f->pos);

		f->pos += 4;
		return add_char(out, cp);
	}
	return sw_buf_add_char(
		out, c == 'n' || c == 'r' || c == 't' || c == 'b' || c == 'f' ? ' ' : c);
}

/* The string at the opening quote. */
static enum sw_err take_string(struct flattener *f, struct sw_buf *out)
{
	sw_buf_clear(out);
	for (f->pos++; f->pos < f->in.len;) {
		char c = f->in.ptr[f->pos++];
		enum sw_err code = SW_OK;

		if (c == '"')
			break;
		if (c == '\\')
			code = add_escaped(f, out);
		else if (c == '!' && f->pos < f->in.len && f->in.ptr[f->pos] == '\n')
			f->pos++; /* Sendmail's mark of a line that it broke, with a blank
				     after it */
		else if (c != '\n')
			code = sw_buf_add_char(out, c);
		if (code)
			return code;
		if (c == '!' && f->pos < f->in.len && f->in.ptr[f->pos - 1] == '\n' &&
		    f->in.ptr[f->pos] == ' ')
			f->pos++;
	}
	return SW_OK;
}

/* ---- members ---- */

static enum sw_err add_line(struct flattener *f, const char *name, struct sw_slice value)
{
	enum sw_err code = sw_buf_add_str(f->out, name);

	if (!code)
		code = sw_buf_add(f->out, SW_S(": "));
	if (!code)
		code = sw_buf_add(f->out, value);
	return code ? code : sw_buf_add_char(f->out, '\n');
}

static bool is_status(struct sw_slice s)
{
	return s.len >= 5 && sw_ascii_digit(s.ptr[0]) && s.ptr[1] == '.';
}

static enum sw_err add_event(struct flattener *f, struct sw_slice value)
{
	for (size_t i = 0; i < sizeof(EVENTS) / sizeof(EVENTS[0]); i++)
		if (sw_slice_eq_nocase(value, sw_slice_str(EVENTS[i].event)))
			return add_line(f, "Action", sw_slice_str(EVENTS[i].action));
	return SW_OK;
}

static enum sw_err flatten(struct flattener *f, unsigned depth);

static enum sw_err add_member(struct flattener *f, struct sw_slice value, unsigned depth)
{
	struct sw_slice key = sw_slice_str(f->key);

	if (depth < MAX_NESTED && notice_is_json(value)) {
		struct flattener inner = { .in = value, .out = f->out };

		return flatten(&inner, depth + 1);
	}
	if (sw_slice_eq_nocase(key, SW_S("event")) ||
	    sw_slice_eq_nocase(key, SW_S("eventtype")) ||
	    sw_slice_eq_nocase(key, SW_S("notificationtype")) ||
	    sw_slice_eq_nocase(key, SW_S("type")) ||
	    sw_slice_eq_nocase(key, SW_S("recordtype"))) {
		enum sw_err code = add_event(f, value);

		return code ? code : add_line(f, f->key, value);
	}
	for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
		if (!sw_slice_eq_nocase(key, sw_slice_str(KEYS[i].key)))
			continue;
		if (KEYS[i].field[0] == '\0' ||
		    (strcmp(KEYS[i].field, "Status") == 0 && !is_status(value)))
			return SW_OK;
		return add_line(f, KEYS[i].field, value);
	}
	return add_line(f, f->key, value);
}

static enum sw_err string_member(struct flattener *f, struct sw_buf *word, unsigned depth)
{
	enum sw_err code = take_string(f, word);
	size_t next = f->pos;

	if (code)
		return code;
	while (next < f->in.len && strchr(" \t\r\n", f->in.ptr[next]))
		next++;
	if (next < f->in.len && f->in.ptr[next] == ':') {
		size_t len = sw_buf_len(word) < sizeof(f->key) - 1 ? sw_buf_len(word)
								   : sizeof(f->key) - 1;

		memcpy(f->key, sw_buf_str(word), len);
		f->key[len] = '\0';
		f->pos = next + 1;
		return SW_OK;
	}
	return f->key[0] ? add_member(f, sw_buf_slice(word), depth) : SW_OK;
}

static enum sw_err flatten(struct flattener *f, unsigned depth)
{
	struct sw_buf word;
	enum sw_err code = SW_OK;

	sw_buf_init(&word, SW_MAX_NOTICE_TEXT);
	while (!code && f->pos < f->in.len) {
		char c = f->in.ptr[f->pos];

		if (c == '"') {
			code = string_member(f, &word, depth);
		} else {
			if (c == '}') /* what belongs together is over */
				code = sw_buf_add_char(f->out, '\n');
			f->pos++;
		}
	}
	sw_buf_fini(&word);
	return code;
}

enum sw_err notice_json_flatten(struct notice_reader *r)
{
	struct flattener f = { .in = r->text };
	struct sw_buf out;
	enum sw_err code;

	sw_buf_init(&out, SW_MAX_NOTICE_TEXT);
	f.out = &out;
	code = flatten(&f, 0);
	if (code == SW_E_LIMIT) {
		r->cut = true;
		code = SW_OK;
	}
	if (!code) {
		r->text = sw_arena_copy(r->arena, sw_buf_slice(&out));
		code = r->text.ptr ? SW_OK : SW_E_NOMEM;
	}
	sw_buf_fini(&out);
	return code;
}
