/* SPDX-License-Identifier: MIT */
/* Picks out the facts of the session that decided. */
#include "verdict/tale.h"

bool sw_tale_is(const struct sw_fact *fact, const char *key, const char *value)
{
	return sw_slice_eq(sw_fact_text(fact, key), sw_slice_str(value));
}

/* ICMP (RFC 792, RFC 1812 5.2.7.1; RFC 4443 3.1): someone decided that this must not pass. */
static bool is_prohibited(const struct sw_fact *a)
{
	struct sw_slice address = sw_fact_text(a, "address");
	bool v6 = sw_slice_find(address, ':') < address.len;
	int64_t type = sw_fact_int(a, "icmp_type", -1), code = sw_fact_int(a, "icmp_code", -1);
	if (v6)
		return type == 1 && (code == 1 || code == 5 || code == 6);
	return type == 3 && (code == 9 || code == 10 || code == 13);
}

enum sw_try sw_try_of(const struct sw_fact *a)
{
	static const struct {
		const char *name;
		enum sw_try kind;
	} kinds[] = {
		{ "ECONNREFUSED", SW_TRY_REFUSED },     { "ENETUNREACH", SW_TRY_NO_ROUTE },
		{ "EHOSTUNREACH", SW_TRY_UNREACHABLE }, { "EHOSTDOWN", SW_TRY_UNREACHABLE },
		{ "EACCES", SW_TRY_FORBIDDEN },         { "EPERM", SW_TRY_FORBIDDEN },
		{ "EADDRNOTAVAIL", SW_TRY_SOURCE },     { "ETIMEDOUT", SW_TRY_TIMED_OUT },
		{ "EAFNOSUPPORT", SW_TRY_NO_ROUTE },
	};
	if (sw_tale_is(a, "state", "timed_out"))
		return SW_TRY_TIMED_OUT;
	if (!sw_tale_is(a, "state", "failed"))
		return SW_TRY_NONE;
	if (sw_fact_int(a, "origin_known", 0))
		return is_prohibited(a) ? SW_TRY_PROHIBITED : SW_TRY_ICMP;
	for (size_t i = 0; i < SW_LEN(kinds); i++)
		if (sw_tale_is(a, "errno_name", kinds[i].name))
			return kinds[i].kind;
	return SW_TRY_OTHER;
}

/* The last session that ended as the whole did; the stage tells sessions apart that failed
 * alike. */
static size_t deciding_end(const struct sw_tale *t)
{
	size_t found = SIZE_MAX;
	bool exact = false;
	for (size_t i = 0; i < sw_facts_count(t->facts); i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type != SW_FACT_SESSION_END ||
		    !sw_slice_eq(sw_fact_text(f, "failure"), t->failure))
			continue;
		bool same = sw_slice_eq(sw_fact_text(f, "stage"), t->stage);
		if (exact && !same)
			continue;
		exact = same;
		found = i;
	}
	return found;
}

static bool is_deciding_reply(const struct sw_tale *t, const struct sw_fact *f)
{
	return f->type == SW_FACT_REPLY && sw_fact_int(f, "code", 0) == t->code &&
	       sw_slice_eq(sw_fact_text(f, "text"), t->text) &&
	       sw_slice_eq(sw_slice_str(sw_stage_name(f->stage)), t->stage);
}

/* The first of its session: answers to RCPT behind a refused MAIL may repeat it. */
static size_t deciding_reply(const struct sw_tale *t)
{
	size_t found = SIZE_MAX;
	bool ended = true;
	for (size_t i = 0; t->code && i < sw_facts_count(t->facts); i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type == SW_FACT_SESSION_END)
			ended = true;
		if (!ended || !is_deciding_reply(t, f))
			continue;
		ended = false;
		found = i;
	}
	return found;
}

/* The session around fact `at`: behind the end of the one before, up to its own end. */
static void set_session(struct sw_tale *t, size_t at)
{
	size_t count = sw_facts_count(t->facts);
	t->from = 0;
	t->to = count;
	if (at >= count)
		return;
	for (size_t i = 0; i < at; i++)
		if (sw_facts_get(t->facts, i)->type == SW_FACT_SESSION_END)
			t->from = i + 1;
	for (size_t i = at; i < count; i++) {
		if (sw_facts_get(t->facts, i)->type != SW_FACT_SESSION_END)
			continue;
		t->end = sw_facts_get(t->facts, i);
		t->to = i + 1;
		return;
	}
}

static bool is_null_mx(const struct sw_fact *f)
{
	struct sw_slice records = sw_fact_text(f, "records");
	return sw_tale_is(f, "type", "MX") && sw_tale_is(f, "status", "ok") &&
	       records.len > 1 &&
	       sw_slice_eq(sw_slice_from(records, records.len - 2), SW_S(" ."));
}

/* How well an answer explains the failure; 0: not at all. */
static int dns_weight(const struct sw_tale *t, const struct sw_fact *f)
{
	static const char *const none[] = { "nodata", "nxdomain" };
	static const char *const bad[] = { "failed", "refused", "servfail", "bogus",
					   "timeout" };
	bool no_host = sw_slice_eq(t->failure, SW_S("no_host"));
	const char *const *names = no_host ? none : bad;
	int count = no_host ? (int)SW_LEN(none) : (int)SW_LEN(bad);
	if (sw_slice_eq(t->failure, SW_S("null_mx")))
		return is_null_mx(f);
	for (int i = 0; i < count; i++)
		if (sw_tale_is(f, "status", names[i]))
			return i + 1;
	return 0;
}

static void take_answer(struct sw_tale *t, const struct sw_fact *f)
{
	int weight = dns_weight(t, f);
	if (weight > 0 && (!t->dns || weight >= dns_weight(t, t->dns)))
		t->dns = f;
}

static void take_attempt(struct sw_tale *t, const struct sw_fact *f)
{
	enum sw_try kind = sw_try_of(f);
	t->listed++;
	if (sw_tale_is(f, "state", "connected"))
		t->peer = f;
	if (kind == SW_TRY_NONE)
		return;
	t->tries[kind]++;
	t->tried++;
	if (!t->first_try)
		t->first_try = f;
}

static void take_of_session(struct sw_tale *t, const struct sw_fact *f)
{
	const struct sw_fact **const last[SW_FACT_COUNT] = {
		[SW_FACT_FIRST_BYTES] = &t->first, [SW_FACT_CAPABILITIES] = &t->caps,
		[SW_FACT_TLS_HANDSHAKE] = &t->tls, [SW_FACT_AUTH_CHOICE] = &t->choice,
		[SW_FACT_AUTH_RESULT] = &t->auth,  [SW_FACT_DATA_PROGRESS] = &t->data,
		[SW_FACT_TCP_INFO] = &t->tcp,	   [SW_FACT_PROXY_ANSWER] = &t->proxy,
	};
	if (last[f->type])
		*last[f->type] = f;
	if (f->type == SW_FACT_DNS_ANSWER)
		take_answer(t, f);
	if (f->type == SW_FACT_TCP_ATTEMPT)
		take_attempt(t, f);
}

/* Certificates are stated behind their handshake. */
static void take_certificate(struct sw_tale *t, const struct sw_fact *f)
{
	int64_t depth = sw_fact_int(f, "depth", -1);
	if (depth == 0)
		t->leaf = f;
	if (depth == sw_fact_int(t->tls, "verify_depth", 0))
		t->bad_cert = f;
}

/* Whose words tell most: the deciding ones, any, none. */
static int words_weight(const struct sw_tale *t, const struct sw_fact *recipient)
{
	int64_t code = sw_fact_int(recipient, "code", 0);
	if (code && code == t->code && sw_slice_eq(sw_fact_text(recipient, "text"), t->text))
		return 3;
	return code ? 2 : recipient ? 1 : 0;
}

static void take_recipient(struct sw_tale *t, const struct sw_fact *f)
{
	t->stated++;
	if (sw_tale_is(f, "outcome", "accepted"))
		return;
	t->open++;
	t->uncertain += sw_tale_is(f, "outcome", "uncertain");
	t->without_reply += sw_tale_is(f, "outcome", "not_sent") && !sw_fact_int(f, "code", 0);
	if (words_weight(t, f) > words_weight(t, t->first_open))
		t->first_open = f;
}

static void take_all(struct sw_tale *t)
{
	for (size_t i = t->from; i < t->to; i++)
		take_of_session(t, sw_facts_get(t->facts, i));
	for (size_t i = t->from; i < t->to; i++)
		if (sw_facts_get(t->facts, i)->type == SW_FACT_TLS_CERTIFICATE)
			take_certificate(t, sw_facts_get(t->facts, i));
	for (size_t i = 0; i < sw_facts_count(t->facts); i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type == SW_FACT_RECIPIENT)
			take_recipient(t, f);
		t->sessions += f->type == SW_FACT_SESSION_END;
	}
}

void sw_tale_gather(const struct sw_facts *f, struct sw_tale *t)
{
	const struct sw_fact *last = sw_facts_last(f, SW_FACT_SESSION_END);
	*t = (struct sw_tale){ .facts = f };
	t->wish = sw_facts_last(f, SW_FACT_SEND_WISH);
	t->env = sw_facts_last(f, SW_FACT_LOCAL_ENV);
	t->lint = sw_facts_last(f, SW_FACT_MESSAGE_LINT);
	t->result = sw_facts_last(f, SW_FACT_SEND_RESULT);
	t->policy = sw_facts_last(f, SW_FACT_ROUTE_POLICY);
	t->outcome = sw_fact_text(t->result, "outcome");
	t->stage = sw_fact_text(t->result ? t->result : last, "stage");
	/* A case may have been written before the result told the failure. */
	t->failure = sw_fact_text(sw_fact_field(t->result, "failure") ? t->result : last,
				  "failure");
	t->code = (int)sw_fact_int(t->result, "code", 0);
	t->enhanced = sw_fact_text(t->result, "enhanced");
	t->text = sw_fact_text(t->result, "text");
	t->asked = sw_fact_int(t->wish, "recipients", 0);
	size_t reply = deciding_reply(t);
	if (reply != SIZE_MAX)
		t->reply = sw_facts_get(f, reply);
	set_session(t, t->failure.len == 0 && t->reply ? reply : deciding_end(t));
	take_all(t);
}
