/* SPDX-License-Identifier: MIT */
/* Placeholders: names in the DNS, and attempts to connect. */
#include "verdict/stages.h"
#include "verdict/tale.h"

enum { MOST_LISTED = 4 }; /* addresses */

SW_FILL(dns_name)
{
	struct sw_slice name = sw_fact_text(t->dns, "name");
	return name.len ? sw_tale_put(name, SW_TALE_NAME, out)
			: sw_tale_fill(t, SW_S("host"), out);
}

static enum sw_err put_policy(const struct sw_tale *t, const char *field, struct sw_buf *out)
{
	struct sw_slice text = sw_fact_text(t->policy, field);

	return text.len ? sw_tale_put(text, SW_TALE_NAME, out)
			: sw_tale_fill(t, SW_S("server"), out);
}

SW_FILL(policy_host)
{
	return put_policy(t, "host", out);
}

SW_FILL(policy_domain)
{
	return put_policy(t, "domain", out);
}

SW_FILL(policy_asked)
{
	return put_policy(t, "asked", out);
}

SW_FILL(dns_source)
{
	struct sw_slice source = sw_fact_text(t->dns, "source");
	enum sw_err e = sw_buf_add_str(out, "the resolver");
	if (e || source.len == 0)
		return e;
	e = sw_buf_add_char(out, ' ');
	return e ? e : sw_tale_put(source, SW_TALE_NAME, out);
}

SW_FILL(dns_why)
{
	return sw_tale_put_aside(sw_fact_text(t->dns, "why"), out);
}

SW_FILL(dns_rcode)
{
	int64_t rcode = sw_fact_int(t->dns, "rcode", 0);
	return rcode ? sw_buf_printf(out, " (rcode %lld)", (long long)rcode) : SW_OK;
}

SW_FILL(dns_within)
{
	int64_t us = sw_fact_int(t->dns, "elapsed_us", 0);
	if (us <= 0)
		return SW_OK;
	enum sw_err e = sw_buf_add_str(out, " within ");
	return e ? e : sw_verdict_duration(us, out);
}

/* Types of records that the name was found not to have: "A or AAAA". */
SW_FILL(dns_types)
{
	bool any = false;
	enum sw_err e = SW_OK;
	for (size_t i = t->from; !e && i < t->to; i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type != SW_FACT_DNS_ANSWER || !sw_tale_is(f, "status", "nodata") ||
		    sw_tale_is(f, "type", "MX") ||
		    !sw_slice_eq(sw_fact_text(f, "name"), sw_fact_text(t->dns, "name")))
			continue;
		e = any ? sw_buf_add_str(out, " or ") : SW_OK;
		if (!e)
			e = sw_tale_put(sw_fact_text(f, "type"), SW_TALE_NAME, out);
		any = true;
	}
	return e || any ? e : sw_buf_add_str(out, "address");
}

SW_FILL(resolv_conf)
{
	struct sw_slice path = sw_fact_text(t->env, "resolv_conf");
	return path.len ? sw_tale_put(path, SW_TALE_NAME, out)
			: sw_buf_add_str(out, "the settings of its resolver");
}

static enum sw_err put_attempt(const struct sw_fact *f, bool how, struct sw_buf *out)
{
	static const char *const hows[SW_TRY_COUNT] = {
		[SW_TRY_REFUSED] = "refused",
		[SW_TRY_PROHIBITED] = "rejected by ICMP",
		[SW_TRY_ICMP] = "rejected by ICMP",
		[SW_TRY_TIMED_OUT] = "no answer",
		[SW_TRY_NO_ROUTE] = "no route to it",
		[SW_TRY_UNREACHABLE] = "unreachable",
		[SW_TRY_FORBIDDEN] = "not allowed by this machine",
		[SW_TRY_SOURCE] = "no usable source address",
	};
	const char *word = hows[sw_try_of(f)];
	struct sw_slice name = sw_fact_text(f, "errno_name");
	enum sw_err e = sw_tale_put(sw_fact_text(f, "address"), SW_TALE_NAME, out);
	if (e || !how)
		return e;
	e = sw_buf_add_char(out, ' ');
	if (e || word)
		return e ? e : sw_buf_add_str(out, word);
	return sw_tale_put(name.len ? name : SW_S("failed"), SW_TALE_NAME, out);
}

static enum sw_err put_attempts(const struct sw_tale *t, bool how, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	size_t done = 0;
	for (size_t i = t->from; !e && i < t->to && done < MOST_LISTED; i++) {
		const struct sw_fact *f = sw_facts_get(t->facts, i);
		if (f->type != SW_FACT_TCP_ATTEMPT || sw_try_of(f) == SW_TRY_NONE)
			continue;
		e = done++ ? sw_buf_add_str(out, ", ") : SW_OK;
		if (!e)
			e = put_attempt(f, how, out);
	}
	return !e && t->tried > done ? sw_buf_printf(out, " and %zu more", t->tried - done)
				     : e;
}

SW_FILL(tried)
{
	return put_attempts(t, false, out);
}

SW_FILL(attempts)
{
	return put_attempts(t, true, out);
}

SW_FILL(count)
{
	return sw_buf_printf(out, "%zu", t->tried);
}

SW_FILL(offender)
{
	struct sw_slice who = sw_fact_text(t->first_try, "offender");
	if (who.len == 0)
		return sw_buf_add_str(out, "a device on the way");
	enum sw_err e = sw_tale_put(who, SW_TALE_NAME, out);
	if (!e && sw_slice_eq(who, sw_fact_text(t->first_try, "address")))
		e = sw_buf_add_str(out, ", the host itself,");
	return e;
}

SW_FILL(icmp)
{
	static const struct {
		bool v6;
		int type, code;
		const char *text;
	} names[] = {
		{ false, 3, 0, "network unreachable" },
		{ false, 3, 1, "host unreachable" },
		{ false, 3, 2, "protocol unreachable" },
		{ false, 3, 3, "port unreachable" },
		{ false, 3, 9, "network administratively prohibited" },
		{ false, 3, 10, "host administratively prohibited" },
		{ false, 3, 13, "communication administratively prohibited" },
		{ false, 11, 0, "time to live exceeded" },
		{ true, 1, 0, "no route to destination" },
		{ true, 1, 1, "communication administratively prohibited" },
		{ true, 1, 3, "address unreachable" },
		{ true, 1, 4, "port unreachable" },
		{ true, 1, 5, "source address failed policy" },
		{ true, 1, 6, "reject route to destination" },
		{ true, 3, 0, "hop limit exceeded" },
	};
	struct sw_slice address = sw_fact_text(t->first_try, "address");
	bool v6 = sw_slice_find(address, ':') < address.len;
	int64_t type = sw_fact_int(t->first_try, "icmp_type", -1);
	int64_t code = sw_fact_int(t->first_try, "icmp_code", -1);
	for (size_t i = 0; i < SW_LEN(names); i++)
		if (names[i].v6 == v6 && names[i].type == type && names[i].code == code)
			return sw_buf_printf(out, "ICMP \"%s\"", names[i].text);
	return sw_buf_printf(out, "ICMP type %lld code %lld", (long long)type,
			     (long long)code);
}

SW_FILL(errno_name)
{
	struct sw_slice name = sw_fact_text(t->first_try, "errno_name");
	return sw_tale_put(name.len ? name : SW_S("no reason stated"), SW_TALE_NAME, out);
}

SW_FILL(source)
{
	return sw_tale_put(sw_fact_text(t->wish, "source_address"), SW_TALE_NAME, out);
}

SW_FILL(proxy)
{
	struct sw_slice host = sw_fact_text(t->proxy, "host");
	bool http = sw_tale_is(t->proxy, "kind", "http");
	enum sw_err e = sw_buf_add_str(out, http ? "The HTTP proxy " : "The SOCKS proxy ");
	if (!e)
		e = sw_tale_put(host.len ? host : SW_S("?"), SW_TALE_NAME, out);
	if (!e)
		e = sw_buf_printf(out, " port %lld",
				  (long long)sw_fact_int(t->proxy, "port", 0));
	struct sw_slice from = sw_fact_text(t->proxy, "from");
	if (e || from.len == 0)
		return e;
	e = sw_buf_add_str(out, ", which ");
	if (!e)
		e = sw_tale_put(from, SW_TALE_NAME, out);
	return e ? e : sw_buf_add_str(out, " of the environment names,");
}

/* What it means, and what the proxy said. */
SW_FILL(proxy_why)
{
#define SW_PROXY_FAILURE(id, name, target, text) { name, text },
	static const struct {
		const char *name, *text;
	} texts[] = {
#include "net/proxy_failure.def"
	};
#undef SW_PROXY_FAILURE
	const char *why = "it does not say why";
	int64_t code = sw_fact_int(t->proxy, "code", -1);
	struct sw_slice words = sw_fact_text(t->proxy, "text");
	for (size_t i = 1; i < SW_LEN(texts); i++)
		if (sw_tale_is(t->proxy, "failure", texts[i].name))
			why = texts[i].text;
	enum sw_err e = sw_buf_add_str(out, why);
	if (e || (code < 0 && words.len == 0))
		return e;
	if (words.len == 0)
		return sw_buf_printf(out, " (code %lld)", (long long)code);
	e = sw_buf_add_str(out, " (\"");
	if (!e)
		e = sw_tale_put(words, SW_TALE_QUOTED, out);
	return e ? e : sw_buf_add_str(out, "\")");
}

#define ROW(fn)                                                                               \
	{                                                                                     \
		.name = #fn, .fill = fn                                                       \
	}
const struct sw_fill sw_fills_net[] = {
	ROW(dns_name),  ROW(dns_source), ROW(policy_host), ROW(policy_domain), ROW(policy_asked),  ROW(dns_why),    ROW(dns_rcode), ROW(dns_within),
	ROW(dns_types), ROW(resolv_conf), ROW(tried),      ROW(attempts),  ROW(count),
	ROW(offender),  ROW(icmp),        ROW(errno_name), ROW(source),    ROW(proxy), ROW(proxy_why), { NULL, NULL },
};
