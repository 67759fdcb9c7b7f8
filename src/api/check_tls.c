/* SPDX-License-Identifier: MIT */
/* What protects the way to the MX hosts: MTA-STS, TLS-RPT, DANE. And BIMI, a record likewise.
 */
#include "api/check.h"

#include <stdio.h>
#include <string.h>

#include "identity/records.h"

enum { WEEK_S = 7 * 86400 };

/* ---- MTA-STS ---- */

static void judge_record(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_STS_TEST;
	struct sw_slice id = { NULL, 0 };
	enum sw_sts_flaw flaw;

	if (sw_ask_failed(r->sts)) {
		sw_check_failed(r, t, r->sts);
		return;
	}
	flaw = sw_sts_answer_read(r->sts, &id);
	r->sts_good = flaw == SW_STS_GOOD;
	if (flaw == SW_STS_GOOD) {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_found(r, t, "id=%.*s", (int)id.len, id.ptr);
	} else if (flaw == SW_STS_NO_RECORD) {
		sw_check_skip(r, t,
			      "none: nothing keeps TLS to its hosts from being taken away",
			      "нет: ничто не мешает снять TLS на пути к узлам");
	} else {
		sw_check_find(r, t, SW_FOUND_STS_BAD, sw_sts_flaw_text(flaw), NULL,
			      sw_check_text(r, "_mta-sts.%s. TXT \"v=STSv1; id=20260101\"",
					    r->domain));
	}
}

static void judge_policy(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_STS_POLICY_TEST;
	const struct sw_sts_policy *p = &r->sts_policy;
	char number[16];

	sw_check_status(r, t, SW_CHECK_OK);
	sw_check_found(r, t, "mode %s, max_age %u, mx %zu", sw_sts_mode_name(p->mode),
		       (unsigned)p->max_age_s, p->mx_count);
	if (p->mode != SW_STS_ENFORCE)
		sw_check_find(r, t, SW_FOUND_STS_TESTING, sw_sts_mode_name(p->mode), NULL,
			      "mode: enforce");
	(void)snprintf(number, sizeof(number), "%u", (unsigned)p->max_age_s);
	if (p->max_age_s < WEEK_S)
		sw_check_find(r, t, SW_FOUND_STS_SHORT, number, NULL, "max_age: 604800");
	for (size_t i = 0; p->mode != SW_STS_NONE && i < r->mx_count; i++)
		if (!sw_sts_allows(p, sw_slice_str(r->mx_hosts[i].host)))
			sw_check_find(r, t, SW_FOUND_STS_NOT_MX, r->mx_hosts[i].host, NULL,
				      sw_check_text(r, "mx: %s", r->mx_hosts[i].host));
}

static void judge_fetched(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_STS_POLICY_TEST;
	const char *url =
		sw_check_text(r, "https://mta-sts.%s/.well-known/mta-sts.txt", r->domain);
	const struct sw_fetch_answer *a = &r->policy;
	const char *why = NULL;

	/* None says anything about the other side. */
	if (a->failure == SW_FETCH_NO_LIBRARY || a->failure == SW_FETCH_TIME ||
	    a->failure == SW_FETCH_MEMORY) {
		sw_check_found(r, t, "%s", a->text);
		sw_check_status(r, t, SW_CHECK_UNTESTED);
		return;
	}
	if (a->failure != SW_FETCH_OK)
		why = sw_check_text(r, "%s: %s", sw_fetch_failure_name(a->failure), a->text);
	else if (a->status != 200)
		/* Redirects are not followed either (RFC 8461 3.3). */
		why = sw_check_text(r, "HTTP %d%s%s", a->status, *a->location ? " -> " : "",
				    a->location);
	if (why) {
		sw_check_found(r, t, "%s: %s", url, why);
		sw_check_find(r, t, SW_FOUND_STS_FETCH, why, NULL, url);
		return;
	}
	enum sw_sts_flaw flaw = sw_sts_policy_read(sw_buf_slice(&a->body), &r->sts_policy);

	if (flaw == SW_STS_GOOD)
		judge_policy(r);
	else
		sw_check_find(r, t, SW_FOUND_STS_POLICY,
			      sw_check_text(r, "%s (%u)",
					    sw_check_word(r->run, sw_sts_flaw_text(flaw)),
					    r->sts_policy.line),
			      NULL, url);
}

static void judge_sts(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_STS_POLICY_TEST;
	const char *host = sw_check_text(r, "mta-sts.%s", r->domain);

	judge_record(r);
	if (!r->sts_good)
		return;
	if (r->has_policy)
		judge_fetched(r);
	else if (r->sts_a && sw_ask_failed(r->sts_a))
		sw_check_failed(r, t, r->sts_a);
	else if (r->sts_aaaa && sw_ask_failed(r->sts_aaaa))
		sw_check_failed(r, t, r->sts_aaaa);
	else
		sw_check_find(r, t, SW_FOUND_STS_FETCH,
			      sw_check_text(r, "%s: no address", host), NULL,
			      sw_check_text(r, "%s. CNAME WEB-HOST.", host));
}

/* ---- TLS-RPT ---- */

static void judge_reports(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_TLS_RPT_TEST;
	const char *literal = sw_check_text(
		r, "_smtp._tls.%s. TXT \"v=TLSRPTv1; rua=mailto:tls-reports@%s\"", r->domain,
		r->domain);
	struct sw_tlsrpt record = { .count = 0 };
	enum sw_small_flaw flaw;

	if (sw_ask_failed(r->tlsrpt)) {
		sw_check_failed(r, t, r->tlsrpt);
		return;
	}
	flaw = sw_tlsrpt_answer_read(r->tlsrpt, &record);
	if (flaw == SW_SMALL_GOOD) {
		sw_check_status(r, t, SW_CHECK_OK);
		for (size_t i = 0; i < record.count; i++)
			sw_check_found(r, t, "%.*s", (int)record.uris[i].len,
				       record.uris[i].ptr);
	} else if (flaw == SW_SMALL_NONE) {
		sw_check_skip(r, t, "none", "нет");
		if (r->sts_good)
			sw_check_find(r, t, SW_FOUND_TLSRPT_WANTED, NULL, NULL, literal);
	} else {
		sw_check_find(r, t, SW_FOUND_TLSRPT_BAD, sw_small_flaw_text(flaw), NULL,
			      literal);
	}
}

/* ---- DANE ---- */

static void judge_unusable(struct sw_check_report *r, const struct sw_check_mx *m,
			   const struct sw_dane_outcome *o)
{
	bool exact = false;
	const char *literal = sw_check_tlsa(r, m, o->base, &exact);

	(exact ? sw_check_find_exact : sw_check_find)(r, SW_CHECK_DANE_TEST, SW_FOUND_DANE_BAD,
						      m->host, o->why, literal);
}

static void judge_dane_host(struct sw_check_report *r, const struct sw_check_mx *m)
{
	const enum sw_check_test t = SW_CHECK_DANE_TEST;
	const struct sw_dane_outcome *o = sw_dane_outcome(m->dane);

	if (!o)
		return;
	sw_check_found(r, t, "%s: %s", m->host, sw_check_word(r->run, o->why));
	if (o->advice == SW_DANE_VERIFY && r->run->options->connect)
		sw_check_judge_bound(r, m);
	else if (o->advice == SW_DANE_VERIFY)
		/* Records that do not fit the certificate stop all mail: without a look at it
		 * this is not "ok". */
		sw_check_found(
			r, t, "%s",
			sw_check_line(r->run,
				      "whether the certificate fits is not looked at: "
				      "--connect does",
				      "подходит ли сертификат, не проверяется: это делает "
				      "--connect"));
	else if (o->advice == SW_DANE_ENCRYPT)
		judge_unusable(r, m, o);
	else if (o->advice == SW_DANE_DEFER && o->failed && o->failed->status == SW_DNS_BOGUS)
		sw_check_find(r, t, SW_FOUND_DANE_BOGUS, m->host, o->why, NULL);
	else if (o->advice == SW_DANE_DEFER)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
}

static void judge_dane(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_DANE_TEST;

	if (!r->run->options->anchor) {
		sw_check_skip(r, t, "DNSSEC is not validated: --dnssec does",
			      "DNSSEC не проверяется: это делает --dnssec");
		return;
	}
	for (size_t i = 0; i < r->mx_count; i++)
		if (r->mx_hosts[i].dane)
			judge_dane_host(r, &r->mx_hosts[i]);
}

static void judge_bimi(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_BIMI_TEST;
	struct sw_bimi record;
	enum sw_small_flaw flaw;

	if (sw_ask_failed(r->bimi)) {
		/* It decides nothing, so it is nothing that had to be tested. */
		sw_check_found(r, t, "%s", sw_dns_status_name(r->bimi->status));
		return;
	}
	flaw = sw_bimi_answer_read(r->bimi, &record);
	if (flaw == SW_SMALL_NONE)
		sw_check_skip(r, t, "none", "нет");
	else if (flaw != SW_SMALL_GOOD)
		sw_check_find(r, t, SW_FOUND_BIMI_BAD, sw_small_flaw_text(flaw), NULL, NULL);
	else
		sw_check_status(r, t, SW_CHECK_OK);
	if (flaw == SW_SMALL_GOOD)
		sw_check_found(r, t, "%.*s", (int)record.logo.len,
			       record.logo.ptr ? record.logo.ptr : "");
}

void sw_check_judge_tls(struct sw_check_report *r)
{
	judge_sts(r);
	judge_reports(r);
	judge_dane(r);
	judge_bimi(r);
}
