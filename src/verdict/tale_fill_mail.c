/* SPDX-License-Identifier: MIT */
/* Placeholders: login, envelope, message. */
#include "base/limits.h"
#include "mail/downgrade.h"
#include "verdict/tale.h"

SW_FILL(mechanism)
{
	struct sw_slice name = sw_fact_text(t->auth, "mechanism");
	if (name.len == 0)
		name = sw_fact_text(t->choice, "chosen");
	return name.len ? sw_tale_put(name, SW_TALE_NAME, out) : sw_buf_add_str(out, "AUTH");
}

SW_FILL(skipped)
{
	struct sw_slice why = sw_fact_text(t->choice, "skipped");
	return sw_tale_put(why.len ? why : SW_S("none of those offered may be chosen"),
			   SW_TALE_QUOTED, out);
}

/* RFC 7628 3.2.2 and RFC 6750 3.1; Google and others give the numbers of HTTP instead of
 * words. */
static const struct {
	const char *status, *meaning;
} token_errors[] = {
	{ "invalid_token", "expired, revoked, or not of this user" },
	{ "401", "expired, revoked, or not of this user" },
	{ "insufficient_scope", "not made for sending mail" },
	{ "403", "not made for sending mail" },
	{ "invalid_request", "not well formed, or not one for this server" },
	{ "400", "not well formed, or not one for this server" },
};

static enum sw_err put_token_error(const struct sw_fact *f, struct sw_buf *out)
{
	struct sw_slice status = sw_fact_text(f, "status"), scope = sw_fact_text(f, "scope");
	const char *meaning = NULL;
	for (size_t i = 0; i < SW_LEN(token_errors); i++)
		if (sw_slice_eq_nocase(status, sw_slice_str(token_errors[i].status)))
			meaning = token_errors[i].meaning;
	enum sw_err e = sw_buf_add_str(out, "; about the token it said status ");
	if (!e)
		e = sw_tale_put(status.len ? status : SW_S("none"), SW_TALE_NAME, out);
	if (!e && meaning)
		e = sw_buf_printf(out, " (%s)", meaning);
	if (!e && scope.len)
		e = sw_buf_add_str(out, ", and that it wants the scope ");
	return !e && scope.len ? sw_tale_put(scope, SW_TALE_QUOTED, out) : e;
}

SW_FILL(token_error)
{
	struct sw_slice json = sw_fact_text(t->auth, "error_json");
	const struct sw_fact *decoded = sw_facts_last(t->facts, SW_FACT_AUTH_OAUTH);
	if (json.len == 0)
		return SW_OK;
	if (decoded)
		return put_token_error(decoded, out);
	enum sw_err e = sw_buf_add_str(out, "; about the token it said ");
	return e ? e : sw_tale_put(json, SW_TALE_QUOTED, out);
}

SW_FILL(sender)
{
	struct sw_slice sender = sw_fact_text(t->wish, "sender");
	enum sw_err e = sw_buf_add_char(out, '<');
	if (!e)
		e = sw_tale_put(sender, SW_TALE_NAME, out);
	return e ? e : sw_buf_add_char(out, '>');
}

SW_FILL(asked)
{
	return sw_buf_printf(out, "%lld", (long long)t->asked);
}

static const struct sw_fact *only_recipient(const struct sw_tale *t)
{
	return t->asked == 1 ? sw_facts_last(t->facts, SW_FACT_RECIPIENT) : NULL;
}

SW_FILL(recipients)
{
	struct sw_slice one = sw_fact_text(only_recipient(t), "recipient");
	if (one.len)
		return sw_tale_put(one, SW_TALE_NAME, out);
	if (t->asked == 1)
		return sw_buf_add_str(out, "the recipient");
	return t->asked > 1 ? sw_buf_printf(out, "%lld recipients", (long long)t->asked)
			    : sw_buf_add_str(out, "the recipients");
}

SW_FILL(uncertain)
{
	if (t->uncertain == 0 || (int64_t)t->uncertain == t->asked)
		return recipients(t, out);
	return sw_buf_printf(out, "%zu of %lld recipients", t->uncertain, (long long)t->asked);
}

/* Those that are open are counted: of many accepted ones not each is stated. */
SW_FILL(accepted)
{
	int64_t n = t->asked - (int64_t)t->open;
	return n > 0 && t->stated < SW_MAX_FACTS / 4 ? sw_buf_printf(out, "%lld", (long long)n)
						     : sw_buf_add_str(out, "some");
}

SW_FILL(first_open)
{
	struct sw_slice name = sw_fact_text(t->first_open, "recipient");
	enum sw_err e = sw_tale_put(name.len ? name : SW_S("the others"), SW_TALE_NAME, out);
	if (e || !t->first_open)
		return e;
	if (!sw_fact_int(t->first_open, "code", 0))
		return sw_tale_put_aside(sw_tale_is(t->first_open, "outcome", "not_sent")
						 ? SW_S("not sent")
						 : sw_fact_text(t->first_open, "outcome"),
					 out);
	e = sw_buf_add_str(out, " (");
	if (!e)
		e = sw_tale_put_words(sw_fact_int(t->first_open, "code", 0),
				      sw_fact_text(t->first_open, "enhanced"),
				      sw_fact_text(t->first_open, "text"), out);
	return e ? e : sw_buf_add_char(out, ')');
}

SW_FILL(refused_name)
{
	struct sw_slice name = sw_fact_text(t->first_open, "recipient");
	return sw_tale_put(name.len ? name : SW_S("a recipient"), SW_TALE_NAME, out);
}

SW_FILL(others)
{
	return t->open > 1 ? sw_buf_printf(out, ", and %zu more not either", t->open - 1)
			   : SW_OK;
}

static enum sw_err put_bytes(int64_t n, struct sw_buf *out)
{
	return n > 0 ? sw_buf_printf(out, "%lld bytes", (long long)n)
		     : sw_buf_add_str(out, "an unstated size");
}

SW_FILL(size)
{
	return put_bytes(
		sw_fact_int(t->lint, "size_bytes", sw_fact_int(t->wish, "size_bytes", 0)),
		out);
}

SW_FILL(limit)
{
	return put_bytes(sw_fact_int(t->caps, "size_limit", 0), out);
}

SW_FILL(progress)
{
	int64_t size = sw_fact_int(t->data, "size_bytes", 0),
		sent = sw_fact_int(t->data, "sent_bytes", 0);
	int64_t acked = sw_fact_int(t->data, "acked_bytes", -1);
	if (!t->data)
		return SW_OK;
	enum sw_err e =
		size > 0 ? sw_buf_printf(out, "; %lld of %lld bytes were sent",
					 (long long)sent, (long long)size)
			 : sw_buf_printf(out, "; %lld bytes were sent", (long long)sent);
	return e || acked < 0 ? e
			      : sw_buf_printf(out, ", and its TCP has confirmed %lld",
					      (long long)acked);
}

/* What came instead of the answer to the message. */
SW_FILL(silence)
{
	static const struct {
		const char *failure, *text;
	} reasons[] = {
		{ "closed", "the connection was closed before an answer came" },
		{ "io", "the connection broke before an answer came" },
		{ "aborted", "the caller stopped before an answer came" },
		{ "deadline", "the time for the whole call ran out before an answer came" },
		{ "garbage", "what came back was no SMTP reply" },
		{ "endless", "the reply did not end" },
		{ "unexpected", "the reply has no meaning there" },
	};
	for (size_t i = 0; i < SW_LEN(reasons); i++)
		if (sw_slice_eq(t->failure, sw_slice_str(reasons[i].failure)))
			return sw_buf_add_str(out, reasons[i].text);
	enum sw_err e = sw_buf_add_str(out, "no answer came");
	return e ? e : sw_tale_fill(t, SW_S("within"), out);
}

/* Why it could not be encoded. */
SW_FILL(hindrance)
{
	const struct sw_fact *f = sw_facts_last(t->facts, SW_FACT_MESSAGE_ENCODED);
	struct sw_slice why = sw_fact_text(f, "why");
	for (int i = SW_DOWNGRADE_DKIM; i < SW_DOWNGRADE_COUNT; i++) {
		enum sw_downgrade d = (enum sw_downgrade)i;
		if (sw_slice_eq(why, sw_slice_str(sw_downgrade_name(d))))
			return sw_buf_add_str(out, sw_downgrade_text(d));
	}
	return sw_tale_put(why, SW_TALE_QUOTED, out);
}

/* What the sender should know though all went well. */
SW_FILL(aside)
{
	const struct sw_fact *f = sw_facts_last(t->facts, SW_FACT_NOT_ASKED);
	struct sw_slice rest = sw_fact_text(f, "extensions"), word;
	const char *before = "; ";
	enum sw_err e = SW_OK;
	if (rest.len == 0)
		return SW_OK;
	while (!e && rest.len && sw_slice_split(&rest, ' ', &word)) {
		e = sw_buf_add_str(out, before);
		if (!e)
			e = sw_tale_put(word, SW_TALE_NAME, out);
		before = ", ";
	}
	if (!e)
		e = sw_buf_add_str(out, " was not asked for: ");
	if (!e)
		e = sw_tale_put(sw_fact_text(f, "server"), SW_TALE_NAME, out);
	return e ? e : sw_buf_add_str(out, " does not offer it");
}

#define ROW(fn)                                                                               \
	{                                                                                     \
		.name = #fn, .fill = fn                                                       \
	}
const struct sw_fill sw_fills_mail[] = {
	ROW(mechanism),  ROW(skipped),   ROW(token_error), ROW(sender),     ROW(asked),
	ROW(recipients), ROW(uncertain), ROW(accepted),    ROW(first_open), ROW(refused_name),
	ROW(others),     ROW(size),      ROW(limit),       ROW(progress),   ROW(silence),
	ROW(hindrance),  ROW(aside),     { NULL, NULL },
};
