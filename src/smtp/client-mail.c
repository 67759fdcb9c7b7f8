/* SPDX-License-Identifier: MIT */
/* The words of an envelope: what may be asked of this server, MAIL and RCPT with their
 * parameters. */
#include "base/text.h"
#include "smtp/client-internal.h"

/* Whether the address can stand between < and > and end there. Outside quotes no blank and no
 * angle bracket, or what follows would be read as a parameter. */
static bool stays_inside(struct sw_slice address)
{
	bool quoted = false;

	for (size_t i = 0; i < address.len; i++) {
		char c = address.ptr[i];

		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\')
			i++;
		else if (!quoted && (c == ' ' || c == '<' || c == '>'))
			return false;
	}
	return !quoted;
}

static enum sw_err check_address(const char *address, bool utf8, struct sw_error *err)
{
	struct sw_slice s = sw_slice_str(address);

	if (s.len > SW_MAX_ADDRESS)
		return sw_fail(err, SW_E_LIMIT, "an address of %zu bytes; at most %d", s.len,
			       SW_MAX_ADDRESS);
	if (sw_slice_has_control(s))
		return sw_fail(err, SW_E_DATA, "the address \"%s\" holds a control byte",
			       address);
	if (!stays_inside(s))
		return sw_fail(err, SW_E_DATA, "\"%s\" is not an address", address);
	if (sw_slice_has_8bit(s) && !(utf8 && sw_utf8_valid(s)))
		return sw_fail(err, SW_E_DATA, "the address \"%s\" is not ASCII%s", address,
			       utf8 ? " and not UTF-8" : ", which needs SMTPUTF8");
	return SW_OK;
}

/* RFC 3461 4.4: an ENVID is printable ASCII before it becomes xtext. */
static bool is_envid(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] < ' ' || s.ptr[i] > '~')
			return false;
	return s.len > 0 && s.len <= SW_MAX_ENVID;
}

/* RFC 3339: digits, and what stands between them. */
static bool is_date_time(struct sw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!sw_ascii_digit(s.ptr[i]) && !strchr("-:TZtz.+", s.ptr[i]))
			return false;
	return s.len >= sizeof("2026-01-01T00:00:00Z") - 1 && s.len <= 40;
}

static bool is_notify(unsigned bits)
{
	return bits <= (SW_NOTIFY_SUCCESS | SW_NOTIFY_FAILURE | SW_NOTIFY_DELAY |
			SW_NOTIFY_NEVER) &&
	       (!(bits & SW_NOTIFY_NEVER) || bits == SW_NOTIFY_NEVER);
}

static enum sw_err check_dsn(const struct sw_smtp_mail *m, struct sw_error *err)
{
	const struct sw_smtp_dsn *d = &m->dsn;

	if (d->envid && !is_envid(sw_slice_str(d->envid)))
		return sw_fail(err, SW_E_DATA,
			       "an envelope identifier is 1 to %d printable ASCII characters",
			       SW_MAX_ENVID);
	bool good = is_notify(d->notify);

	for (size_t i = 0; good && d->notify_each && i < m->recipient_count; i++)
		good = is_notify(d->notify_each[i]);
	if (!good)
		return sw_fail(err, SW_E_DATA, "NOTIFY: \"never\" stands alone");
	for (size_t i = 0; d->orcpt && i < m->recipient_count; i++) {
		if (!d->orcpt[i])
			continue;
		enum sw_err code = check_address(d->orcpt[i], true, err);

		if (code)
			return code;
	}
	return SW_OK;
}

static enum sw_err check_wishes(const struct sw_smtp_mail *m, struct sw_error *err)
{
	if (m->hold_for_s > SW_MAX_SMTP_SECONDS)
		return sw_fail(err, SW_E_DATA, "a message can be held for %d s at most",
			       SW_MAX_SMTP_SECONDS);
	if (m->hold_until && !is_date_time(sw_slice_str(m->hold_until)))
		return sw_fail(err, SW_E_DATA, "\"%s\" is no date and time of RFC 3339",
			       m->hold_until);
	if (m->hold_until && m->hold_for_s)
		return sw_fail(err, SW_E_USAGE, "held for a time or until one, not both");
	/* RFC 2852 4: who wants it back must give it time; a notice may be due at once. */
	if (m->deliver_by_s > SW_MAX_SMTP_SECONDS || m->deliver_by_s < -SW_MAX_SMTP_SECONDS ||
	    (m->deliver_by_s < 0 && !m->deliver_by_notify))
		return sw_fail(err, SW_E_DATA, "a time of %ld s to be delivered in",
			       (long)m->deliver_by_s);
	if (m->has_priority && (m->priority < -9 || m->priority > 9))
		return sw_fail(err, SW_E_DATA, "a priority is -9 to 9");
	return check_dsn(m, err);
}

enum sw_err sw_client_check_mail(const struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				 struct sw_error *err)
{
	if (m->recipient_count == 0)
		return sw_fail(err, SW_E_USAGE, "a message without recipients");
	if (m->recipient_count > SW_MAX_RECIPIENTS)
		return sw_fail(err, SW_E_LIMIT, "%zu recipients; at most %d",
			       m->recipient_count, SW_MAX_RECIPIENTS);
	enum sw_err code = check_address(m->sender, m->smtputf8, err);

	for (size_t i = 0; !code && i < m->recipient_count; i++) {
		if (!m->recipients[i] || !m->recipients[i][0])
			return sw_fail(err, SW_E_DATA, "recipient %zu is empty", i + 1);
		code = check_address(m->recipients[i], m->smtputf8, err);
	}
	if (!code)
		code = check_wishes(m, err);
	if (!code && sw_smtp_client_fits(c, m) != SW_SMTP_FIT)
		return sw_fail(err, SW_E_USAGE, "this server does not take such a message");
	return code;
}

static bool has(const struct sw_smtp_client *c, enum sw_cap cap)
{
	return sw_caps_has(&c->caps, cap);
}

static bool can_hold(const struct sw_smtp_client *c, const struct sw_smtp_mail *m)
{
	/* How far away a date is the machine cannot know: the server will say. */
	return has(c, SW_CAP_FUTURERELEASE) &&
	       (!c->caps.hold_max_s || m->hold_for_s <= c->caps.hold_max_s);
}

enum sw_smtp_unfit sw_smtp_client_fits(const struct sw_smtp_client *c,
				       const struct sw_smtp_mail *m)
{
	if (m->require_tls && !(c->tls_on && has(c, SW_CAP_REQUIRETLS)))
		return SW_SMTP_NEEDS_REQUIRETLS;
	if (m->smtputf8 && !has(c, SW_CAP_SMTPUTF8))
		return SW_SMTP_NEEDS_SMTPUTF8;
	if (m->body_binary && !(has(c, SW_CAP_BINARYMIME) && sw_client_wants_bdat(c, m)))
		return SW_SMTP_NEEDS_BINARYMIME;
	/* RFC 6531 3.1: who offers SMTPUTF8 must offer 8BITMIME; some forget to say so. */
	if (m->body_8bit && !m->body_binary && !has(c, SW_CAP_8BITMIME) && !m->smtputf8)
		return SW_SMTP_NEEDS_8BITMIME;
	if (c->caps.size_limit && m->size_bytes > c->caps.size_limit)
		return SW_SMTP_TOO_BIG;
	if ((m->hold_for_s || m->hold_until) && !can_hold(c, m))
		return SW_SMTP_NEEDS_FUTURERELEASE;
	if (m->deliver_by_s && !m->deliver_by_notify &&
	    !(has(c, SW_CAP_DELIVERBY) &&
	      (uint64_t)m->deliver_by_s >= c->caps.deliver_by_min_s))
		return SW_SMTP_NEEDS_DELIVERBY;
	return SW_SMTP_FIT;
}

const char *sw_smtp_unfit_name(enum sw_smtp_unfit unfit)
{
	static const char *const names[SW_SMTP_UNFIT_COUNT] = {
		[SW_SMTP_FIT] = "",
		[SW_SMTP_NEEDS_8BITMIME] = "8BITMIME",
		[SW_SMTP_NEEDS_SMTPUTF8] = "SMTPUTF8",
		[SW_SMTP_TOO_BIG] = "SIZE",
		[SW_SMTP_NEEDS_BINARYMIME] = "BINARYMIME",
		[SW_SMTP_NEEDS_REQUIRETLS] = "REQUIRETLS",
		[SW_SMTP_NEEDS_FUTURERELEASE] = "FUTURERELEASE",
		[SW_SMTP_NEEDS_DELIVERBY] = "DELIVERBY",
	};

	return (size_t)unfit < SW_LEN(names) ? names[unfit] : "?";
}

static bool wants_dsn(const struct sw_smtp_mail *m)
{
	bool wants = m->dsn.ret || m->dsn.envid || m->dsn.notify || m->dsn.orcpt;

	for (size_t i = 0; !wants && m->dsn.notify_each && i < m->recipient_count; i++)
		wants = m->dsn.notify_each[i] != 0;
	return wants;
}

uint32_t sw_smtp_client_unasked(const struct sw_smtp_client *c, const struct sw_smtp_mail *m)
{
	uint32_t wishes =
		(wants_dsn(m) ? (uint32_t)SW_CAP_DSN : 0) |
		(m->has_priority ? (uint32_t)SW_CAP_MT_PRIORITY : 0) |
		(m->deliver_by_s && m->deliver_by_notify ? (uint32_t)SW_CAP_DELIVERBY : 0);

	return wishes & ~c->caps.bits;
}

bool sw_client_wants_bdat(const struct sw_smtp_client *c, const struct sw_smtp_mail *m)
{
	if (!has(c, SW_CAP_CHUNKING) || c->bdat_refused || m->chunking == SW_CHUNKING_NO)
		return false;
	return m->body_binary || m->chunking == SW_CHUNKING_YES ||
	       (m->more && m->size_bytes && m->size_bytes <= SW_BDAT_AHEAD &&
		sw_client_pipelines(c));
}

/* RFC 3461 4: what is not printable, and '+' and '=', becomes "+HH". */
enum sw_err sw_client_add_xtext(struct sw_buf *out, struct sw_slice s)
{
	enum sw_err code = SW_OK;

	for (size_t i = 0; !code && i < s.len; i++) {
		unsigned char b = (unsigned char)s.ptr[i];

		code = b < '!' || b > '~' || b == '+' || b == '='
			       ? sw_buf_printf(out, "+%02X", (unsigned)b)
			       : sw_buf_add_char(out, s.ptr[i]);
	}
	return code;
}

static enum sw_err add_body(struct sw_smtp_client *c, const struct sw_smtp_mail *m)
{
	if (m->body_binary)
		return sw_buf_add_str(&c->line, " BODY=BINARYMIME");
	if (m->body_8bit && has(c, SW_CAP_8BITMIME))
		return sw_buf_add_str(&c->line, " BODY=8BITMIME");
	return SW_OK;
}

static enum sw_err add_dsn(struct sw_smtp_client *c, const struct sw_smtp_dsn *d)
{
	enum sw_err code = SW_OK;

	if (!has(c, SW_CAP_DSN))
		return SW_OK;
	if (d->ret)
		code = sw_buf_add_str(&c->line,
				      d->ret == SW_RETURN_FULL ? " RET=FULL" : " RET=HDRS");
	if (!code && d->envid)
		code = sw_buf_add_str(&c->line, " ENVID=");
	if (!code && d->envid)
		code = sw_client_add_xtext(&c->line, sw_slice_str(d->envid));
	return code;
}

static enum sw_err add_times(struct sw_smtp_client *c, const struct sw_smtp_mail *m)
{
	enum sw_err code = SW_OK;

	if (m->hold_for_s)
		code = sw_buf_printf(&c->line, " HOLDFOR=%lu", (unsigned long)m->hold_for_s);
	if (!code && m->hold_until)
		code = sw_buf_printf(&c->line, " HOLDUNTIL=%s", m->hold_until);
	if (!code && m->deliver_by_s && has(c, SW_CAP_DELIVERBY))
		code = sw_buf_printf(&c->line, " BY=%ld;%c", (long)m->deliver_by_s,
				     m->deliver_by_notify ? 'N' : 'R');
	if (!code && m->has_priority && has(c, SW_CAP_MT_PRIORITY))
		code = sw_buf_printf(&c->line, " MT-PRIORITY=%d", m->priority);
	return code;
}

/* Without printf: it would be a quarter of what the command costs. */
static enum sw_err add_size(struct sw_buf *out, uint64_t bytes)
{
	char digits[20];
	size_t at = sizeof(digits);
	enum sw_err code = sw_buf_add(out, SW_S(" SIZE="));

	for (; bytes; bytes /= 10)
		digits[--at] = (char)('0' + bytes % 10);
	return code ? code : sw_buf_add(out, sw_slice(digits + at, sizeof(digits) - at));
}

enum sw_err sw_client_put_mail(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
			       struct sw_error *err)
{
	enum sw_err code = sw_buf_add(&c->line, SW_S("MAIL FROM:<"));

	if (!code)
		code = sw_buf_add_str(&c->line, m->sender);
	if (!code)
		code = sw_buf_add_char(&c->line, '>');
	if (!code && m->size_bytes && has(c, SW_CAP_SIZE))
		code = add_size(&c->line, m->size_bytes);
	if (!code)
		code = add_body(c, m);
	if (!code && m->smtputf8)
		code = sw_buf_add_str(&c->line, " SMTPUTF8");
	if (!code && m->require_tls)
		code = sw_buf_add_str(&c->line, " REQUIRETLS");
	if (!code)
		code = add_dsn(c, &m->dsn);
	if (!code)
		code = add_times(c, m);
	if (code) {
		sw_buf_clear(&c->line);
		return sw_fail_nomem(err);
	}
	return sw_client_put_line(c, "MAIL", SW_OUT_COMMAND, SW_MAX_COMMAND, err);
}

static enum sw_err add_notify(struct sw_buf *out, unsigned bits)
{
	static const struct {
		unsigned bit;
		const char *word;
	} rows[] = { { SW_NOTIFY_NEVER, "NEVER" },
		     { SW_NOTIFY_SUCCESS, "SUCCESS" },
		     { SW_NOTIFY_FAILURE, "FAILURE" },
		     { SW_NOTIFY_DELAY, "DELAY" } };
	const char *before = " NOTIFY=";
	enum sw_err code = SW_OK;

	for (size_t i = 0; !code && i < SW_LEN(rows); i++) {
		if (!(bits & rows[i].bit))
			continue;
		code = sw_buf_printf(out, "%s%s", before, rows[i].word);
		before = ",";
	}
	return code;
}

/* RFC 3461 4.2; RFC 6533 3 for an address beyond ASCII, which may stand as it is where
 * SMTPUTF8 was said. */
static enum sw_err add_orcpt(struct sw_buf *out, struct sw_slice address, bool utf8)
{
	bool wide = sw_slice_has_8bit(address);
	size_t before = sw_buf_len(out);
	enum sw_err code;

	/* utf-8-addr-xtext would want \x{HEX}; without SMTPUTF8 it is left out instead. */
	if (wide && !utf8)
		return SW_OK;
	code = sw_buf_add_str(out, wide ? " ORCPT=utf-8;" : " ORCPT=rfc822;");
	for (size_t i = 0; wide && !code && i < address.len; i++) {
		struct sw_slice one = sw_slice(address.ptr + i, 1);

		/* QCHAR and UTF-8 stand for themselves. */
		if ((unsigned char)*one.ptr >= 0x80)
			code = sw_buf_add(out, one);
		else if (*one.ptr == '\\' || *one.ptr == '+' || *one.ptr == '=' ||
			 *one.ptr <= ' ')
			code = sw_buf_printf(out, "\\x{%02X}", (unsigned)*one.ptr);
		else
			code = sw_buf_add(out, one);
	}
	if (!wide && !code)
		code = sw_client_add_xtext(out, address);
	/* RFC 3461 4.2: no longer than this; it is no more than a help. */
	if (!code && sw_buf_len(out) - before > SW_MAX_ORCPT)
		sw_buf_truncate(out, before);
	return code;
}

static enum sw_err add_rcpt_dsn(struct sw_smtp_client *c, const struct sw_smtp_mail *m,
				size_t i)
{
	const struct sw_smtp_dsn *d = &m->dsn;
	unsigned notify = d->notify_each && d->notify_each[i] ? d->notify_each[i] : d->notify;
	const char *orcpt = d->orcpt && d->orcpt[i] ? d->orcpt[i] : m->recipients[i];

	if (!has(c, SW_CAP_DSN) || !wants_dsn(m))
		return SW_OK;
	enum sw_err code = add_notify(&c->line, notify);

	return code ? code : add_orcpt(&c->line, sw_slice_str(orcpt), m->smtputf8);
}

bool sw_client_put_rcpt(struct sw_smtp_client *c, const struct sw_smtp_mail *m, size_t i)
{
	if (sw_buf_add(&c->line, SW_S("RCPT TO:<")) ||
	    sw_buf_add_str(&c->line, m->recipients[i]) || sw_buf_add_char(&c->line, '>') ||
	    add_rcpt_dsn(c, m, i)) {
		sw_buf_clear(&c->line);
		return false;
	}
	return !sw_client_put_line(c, "RCPT", SW_OUT_COMMAND, SW_MAX_COMMAND, NULL);
}

bool sw_smtp_too_many(const struct sw_reply *r)
{
	const struct sw_enhanced *e = &r->enhanced;

	if (r->code != 452 && r->code != 552)
		return false;
	/* X.5.3 is "too many recipients" (RFC 3463 3.6). Another status is another matter: a
	 * full mailbox (X.2.2), a full disk (X.3.1). */
	return e->class == 0 || (e->subject == 5 && e->detail == 3);
}
