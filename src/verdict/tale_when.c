/* SPDX-License-Identifier: MIT */
/* Questions about a tale: all but TLS. */
#include "verdict/tale.h"

SW_WHEN(several_servers)
{
	return sw_fact_int(t->wish, "mx", 0) && t->sessions > 1 && t->asked > 1;
}

SW_WHEN(has_recipients)
{
	return t->asked > 0;
}

SW_WHEN(logged_in)
{
	return sw_fact_int(t->auth, "ok", 0) != 0;
}

/* A check of connection, login or recipients sends no message, so it states none. */
SW_WHEN(nothing_sent)
{
	return t->lint && !sw_fact_int(t->data, "dot_sent", 0);
}

static bool dns_is(const struct sw_tale *t, const char *status)
{
	return t->dns && sw_tale_is(t->dns, "status", status);
}

SW_WHEN(dns_nxdomain)
{
	return dns_is(t, "nxdomain");
}

SW_WHEN(dns_nodata)
{
	return dns_is(t, "nodata");
}

SW_WHEN(dns_timeout)
{
	return dns_is(t, "timeout");
}

SW_WHEN(dns_bogus)
{
	return dns_is(t, "bogus");
}

SW_WHEN(tlsa_bogus)
{
	return sw_tale_is(t->policy, "tlsa_status", "bogus");
}

SW_WHEN(dns_servfail)
{
	return dns_is(t, "servfail");
}

SW_WHEN(dns_refused)
{
	return dns_is(t, "refused");
}

SW_WHEN(dns_failed)
{
	return dns_is(t, "failed");
}

static bool all_are(const struct sw_tale *t, enum sw_try kind)
{
	return t->tried > 0 && t->tries[kind] == t->tried;
}

SW_WHEN(all_refused)
{
	return all_are(t, SW_TRY_REFUSED);
}

SW_WHEN(all_prohibited)
{
	return all_are(t, SW_TRY_PROHIBITED);
}

SW_WHEN(all_icmp)
{
	return all_are(t, SW_TRY_ICMP);
}

SW_WHEN(all_timed_out)
{
	return all_are(t, SW_TRY_TIMED_OUT);
}

SW_WHEN(all_no_route)
{
	return all_are(t, SW_TRY_NO_ROUTE);
}

SW_WHEN(all_unreachable)
{
	return all_are(t, SW_TRY_UNREACHABLE);
}

SW_WHEN(all_forbidden)
{
	return all_are(t, SW_TRY_FORBIDDEN);
}

SW_WHEN(all_source)
{
	return all_are(t, SW_TRY_SOURCE) && sw_fact_text(t->wish, "source_address").len > 0;
}

/* Addresses of the other family are skipped where a source address is set. */
SW_WHEN(none_tried_source)
{
	return t->tried == 0 && t->listed > 0 && !t->peer &&
	       sw_fact_text(t->wish, "source_address").len > 0;
}

SW_WHEN(one_tried)
{
	return t->tried == 1;
}

SW_WHEN(some_tried)
{
	return t->tried > 1;
}

static bool speaks(const struct sw_tale *t, const char *const *names, size_t count)
{
	for (size_t i = 0; t->first && i < count; i++)
		if (sw_tale_is(t->first, "speaks", names[i]))
			return true;
	return false;
}

SW_WHEN(speaks_tls)
{
	static const char *const names[] = { "tls", "tls_alert" };
	return speaks(t, names, SW_LEN(names)) && !sw_when_under_tls(t);
}

SW_WHEN(speaks_other)
{
	static const char *const names[] = { "http", "ssh", "imap", "pop3", "ftp" };
	return speaks(t, names, SW_LEN(names));
}

SW_WHEN(greeting_masked)
{
	static const char *const names[] = { "masked" };
	return speaks(t, names, SW_LEN(names));
}

SW_WHEN(silent)
{
	return sw_fact_text(t->first, "text").len == 0 &&
	       sw_fact_text(t->first, "hex").len == 0;
}

/* Whether a reply came since TLS began. */
static bool heard_under_tls(const struct sw_tale *t)
{
	for (size_t i = t->from; i < t->to; i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type == SW_FACT_REPLY && sw_fact_int(f, "tls", 0))
			return true;
	}
	return false;
}

SW_WHEN(under_tls)
{
	return sw_fact_int(t->tls, "ok", 0) != 0;
}

SW_WHEN(silent_tls)
{
	return sw_when_under_tls(t) && !heard_under_tls(t);
}

SW_WHEN(has_words)
{
	return t->code != 0;
}

SW_WHEN(starttls_masked)
{
	return sw_fact_int(t->caps, "masked_starttls", 0) != 0;
}

SW_WHEN(caps_clear)
{
	return t->caps && !sw_fact_int(t->caps, "tls", 0) && !sw_when_under_tls(t);
}

SW_WHEN(mail_refused)
{
	return t->code >= 400 && t->reply && sw_tale_is(t->reply, "command", "MAIL");
}

/* One was refused, and of others nothing was said: they were withheld on purpose. */
SW_WHEN(stopped_by_one)
{
	return t->code >= 400 && t->without_reply > 0 && t->without_reply < t->open;
}

SW_WHEN(one_recipient)
{
	return t->code >= 400 && t->asked == 1;
}

/* Among many refused ones an accepted one may not have been stated: then nothing is said of
 * it. */
SW_WHEN(some_accepted)
{
	return t->code >= 400 && t->open > 0 && t->open < t->stated;
}

static struct sw_slice enhanced_tail(const struct sw_tale *t)
{
	bool negative = sw_slice_starts(t->enhanced, SW_S("5.")) ||
			sw_slice_starts(t->enhanced, SW_S("4."));
	return negative ? sw_slice_from(t->enhanced, 2) : sw_slice("", 0);
}

/* RFC 4954 6: 530 Authentication required. */
SW_WHEN(login_required)
{
	return t->code == 530;
}

/* RFC 3463 3.2. */
SW_WHEN(no_such_mailbox)
{
	return t->code >= 500 && t->asked == 1 && sw_slice_eq(enhanced_tail(t), SW_S("1.1"));
}

static bool words_have(const struct sw_tale *t, struct sw_slice word)
{
	for (size_t i = 0; i < t->text.len; i++)
		if (sw_slice_starts_nocase(sw_slice_from(t->text, i), word))
			return true;
	return false;
}

SW_WHEN(relaying_denied)
{
	return t->code >= 400 && t->asked == 1 &&
	       (words_have(t, SW_S("relay access denied")) ||
		words_have(t, SW_S("relaying denied")) ||
		words_have(t, SW_S("relay not permitted")) ||
		words_have(t, SW_S("unable to relay")) ||
		words_have(t, SW_S("not permitted to relay")));
}

/* RFC 3463 3.3, 3.4: 5.2.3 and 5.3.4. A bare 552 may also be a full mailbox. */
SW_WHEN(too_big_reply)
{
	return t->code >= 500 && (sw_slice_eq(enhanced_tail(t), SW_S("3.4")) ||
				  sw_slice_eq(enhanced_tail(t), SW_S("2.3")));
}

/* DATA was answered, and the message begun. */
SW_WHEN(feeding)
{
	return t->data != NULL;
}

/* The other side's TCP has told that it has no room. */
SW_WHEN(window_closed)
{
	return t->data && sw_fact_int(t->tcp, "snd_wnd", -1) == 0 &&
	       sw_fact_int(t->tcp, "notsent_bytes", 0) > 0;
}

/* Bytes are on the way that nobody confirms, though they were sent again. */
SW_WHEN(no_more_acks)
{
	return t->data && sw_fact_int(t->tcp, "unacked", 0) > 0 &&
	       sw_fact_int(t->tcp, "backoff", 0) > 0;
}

/* No password is wrong where none was given. */
SW_WHEN(auth_token)
{
	struct sw_slice name = sw_fact_text(t->auth, "mechanism");
	return t->code >= 500 && (sw_slice_eq_nocase(name, SW_S("XOAUTH2")) ||
				  sw_slice_eq_nocase(name, SW_S("OAUTHBEARER")));
}

SW_WHEN(auth_credentials)
{
	return t->code == 535;
}

/* RFC 4954 6: 534 mechanism too weak; in practice: log in another way. */
SW_WHEN(auth_other_way)
{
	return t->code == 534;
}

SW_WHEN(auth_needs_tls)
{
	return t->code == 538 || (t->code == 530 && !sw_when_under_tls(t));
}

SW_WHEN(said_yes)
{
	return t->code == 235;
}

SW_WHEN(has_end_text)
{
	return sw_fact_text(t->end, "text").len > 0;
}

SW_WHEN(cannot_encode)
{
	const struct sw_fact *f = sw_facts_last(t->facts, SW_FACT_MESSAGE_ENCODED);
	return sw_fact_text(f, "why").len > 0;
}
