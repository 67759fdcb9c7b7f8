/* SPDX-License-Identifier: MIT */
/* Where mail for the domain goes, and so where bounces of its own mail come back. */
#include "api/check.h"

#include <stdio.h>

#include "identity/records.h"

static bool has_address(const struct sw_check_report *r)
{
	return r->a->count + r->aaaa->count > 0;
}

/* Beyond those of sw_addr_is_private: what no host of the Internet has. */
static bool is_bogus(const struct sw_dns_record *record)
{
	const uint8_t *b = record->a;
	struct sw_addr addr;

	if (record->type == SW_DNS_AAAA) {
		static const uint8_t zero[15];

		addr = sw_addr_v6(record->aaaa, 25);
		/* ::, ::1, multicast, documentation (RFC 3849) */
		return sw_addr_is_private(&addr) || record->aaaa[0] == 0xff ||
		       sw_slice_eq(sw_slice(record->aaaa, 15), sw_slice(zero, 15)) ||
		       sw_slice_eq(sw_slice(record->aaaa, 4), SW_S("\x20\x01\x0d\xb8"));
	}
	addr = sw_addr_v4(b, 25);
	/* This network, multicast and above, documentation (RFC 5737), benchmarks (RFC 2544)
	 */
	return sw_addr_is_private(&addr) || b[0] == 0 || b[0] >= 224 ||
	       (b[0] == 192 && b[1] == 0 && b[2] == 2) ||
	       (b[0] == 198 && b[1] == 51 && b[2] == 100) ||
	       (b[0] == 203 && b[1] == 0 && b[2] == 113) ||
	       (b[0] == 198 && (b[1] & 0xfe) == 18);
}

static const char *starter(struct sw_check_report *r)
{
	return sw_check_text(r, "%s. MX 10 mail.%s.", r->domain, r->domain);
}

/* ---- as a sender: the way back ---- */

static void judge_bounces(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_BOUNCES_TEST;

	if (sw_ask_failed(r->mx))
		sw_check_failed(r, t, r->mx);
	else if (r->never_sends)
		sw_check_skip(r, t, "the domain sends no mail", "домен не отправляет почту");
	else if (sw_null_mx_of(r->mx) == SW_MX_NULL)
		sw_check_find(r, t, SW_FOUND_NULL_SENDER, r->domain, NULL, starter(r));
	else if (r->mx->count > 0 || has_address(r))
		sw_check_status(r, t, SW_CHECK_OK);
	else if (sw_ask_failed(r->a) || sw_ask_failed(r->aaaa))
		sw_check_failed(r, t, sw_ask_failed(r->a) ? r->a : r->aaaa);
	else
		sw_check_find(r, t, SW_FOUND_NO_WAY_BACK, r->domain, NULL, starter(r));
	if (r->mx->count > 0)
		sw_check_found(r, t, "MX: %zu", r->mx->count);
	else if (has_address(r))
		sw_check_found(
			r, t, "%s",
			sw_check_line(r->run, "no MX, an address", "нет MX, есть адрес"));
}

/* ---- as a receiver ---- */

static void judge_records(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_MX_TEST;
	enum sw_null_mx null = sw_null_mx_of(r->mx);

	for (size_t i = 0; i < r->mx_count; i++)
		sw_check_found(r, t, "%u %s", r->mx_hosts[i].preference, r->mx_hosts[i].host);
	if (r->mx_cut)
		sw_check_found(r, t, "...");
	if (sw_ask_failed(r->mx)) {
		sw_check_failed(r, t, r->mx);
		if (r->mx->status == SW_DNS_BOGUS)
			sw_check_find(r, t, SW_FOUND_DANE_BOGUS, r->domain, r->mx->why, NULL);
	} else if (null == SW_MX_NULL) {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_skip(r, t, "null MX: it takes no mail (RFC 7505)",
			      "нулевой MX: почта не принимается (RFC 7505)");
	} else if (null == SW_MX_MIXED) {
		sw_check_find(r, t, SW_FOUND_MIXED_MX, NULL, NULL, NULL);
	} else if (r->mx_count > 0) {
		sw_check_status(r, t, SW_CHECK_OK);
	} else if (has_address(r)) {
		sw_check_find_exact(r, t, SW_FOUND_IMPLICIT_MX, r->domain, NULL,
				    sw_check_text(r, "%s. MX 10 %s.", r->domain, r->domain));
	} else if (sw_ask_failed(r->a) || sw_ask_failed(r->aaaa)) {
		sw_check_failed(r, t, sw_ask_failed(r->a) ? r->a : r->aaaa);
	} else {
		sw_check_find(r, t, SW_FOUND_NO_MX, r->domain, NULL,
			      sw_check_text(r, "%s. MX 0 .", r->domain));
	}
}

static void judge_host(struct sw_check_report *r, const struct sw_check_mx *m)
{
	const enum sw_check_test t = SW_CHECK_MX_HOSTS_TEST;
	struct sw_ip ip;

	if (sw_ip_parse(sw_slice_str(m->host), &ip)) {
		sw_check_find(r, t, SW_FOUND_MX_LITERAL, m->host, NULL, NULL);
	} else if (!m->a || !m->aaaa || !m->cname) {
		sw_check_find(r, t, SW_FOUND_MX_NOWHERE, m->host, NULL, NULL);
	} else if (m->cname->status == SW_DNS_OK && m->cname->count > 0) {
		sw_check_find_exact(r, t, SW_FOUND_MX_ALIAS, m->host,
				    m->cname->records[0].name,
				    sw_check_text(r, "%s. MX %u %s.", r->domain, m->preference,
						  m->cname->records[0].name));
	} else if (m->a->count + m->aaaa->count > 0) {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_found(r, t, "%s", m->host);
	} else if (sw_ask_failed(m->a) || sw_ask_failed(m->aaaa)) {
		sw_check_failed(r, t, sw_ask_failed(m->a) ? m->a : m->aaaa);
	} else {
		sw_check_find(r, t, SW_FOUND_MX_NOWHERE, m->host, NULL, NULL);
	}
}

static size_t judge_addresses(struct sw_check_report *r, const char *host,
			      const struct sw_ask *a)
{
	const enum sw_check_test t = SW_CHECK_MX_ADDRESSES_TEST;
	size_t count = a && a->status == SW_DNS_OK ? a->count : 0;

	for (size_t i = 0; i < count; i++) {
		struct sw_ip ip = sw_ip_of_record(&a->records[i]);
		char text[SW_IP_TEXT];

		(void)sw_ip_text(&ip, text);
		sw_check_found(r, t, "%s %s", host, text);
		if (is_bogus(&a->records[i]))
			sw_check_find(r, t, SW_FOUND_MX_PRIVATE, host, text, NULL);
		else
			sw_check_status(r, t, SW_CHECK_OK);
	}
	return count;
}

static void judge_hosts(struct sw_check_report *r)
{
	size_t four = 0, six = 0;
	bool failed = false;

	for (size_t i = 0; i < r->mx_count; i++) {
		const struct sw_check_mx *m = &r->mx_hosts[i];

		judge_host(r, m);
		four += judge_addresses(r, m->host, m->a);
		six += judge_addresses(r, m->host, m->aaaa);
		failed = failed || (m->a && sw_ask_failed(m->a));
	}
	if (r->mx_count == 0 && sw_null_mx_of(r->mx) != SW_MX_NULL) {
		four = judge_addresses(r, r->domain, r->a);
		six = judge_addresses(r, r->domain, r->aaaa);
	}
	if (four == 0 && six > 0 && !failed)
		sw_check_find(r, SW_CHECK_MX_ADDRESSES_TEST, SW_FOUND_MX_ONLY6, NULL, NULL,
			      NULL);
	if (failed && four + six == 0)
		sw_check_status(r, SW_CHECK_MX_ADDRESSES_TEST, SW_CHECK_UNTESTED);
}

void sw_check_judge_mx(struct sw_check_report *r)
{
	judge_bounces(r);
	judge_records(r);
	judge_hosts(r);
}
