/* SPDX-License-Identifier: MIT */
/* Whether the MX hosts answer, and show certificates that fit what the DNS and the policy of
 * MTA-STS promise. Only when the user wants connections to be made. */
#include "api/check.h"

#include <string.h>

#include "codec/base64.h"
#include "identity/records.h"

enum { SMTP_PORT = 25 };

/* ---- asking ---- */

static void on_greeted(void *arg, const struct sw_greet_account *a SW_UNUSED)
{
	sw_check_answered(arg);
}

static void greet(struct sw_check_report *r, struct sw_check_greet *g,
		  const struct sw_addr *addrs, size_t count, bool bound)
{
	struct sw_error err = { 0 };
	const struct sw_greet_request q = {
		.host = g->host,
		.addrs = addrs,
		.addr_count = count,
		.ehlo = r->run->options->ehlo,
		.trust = r->run->greet_trust,
		.dane = bound ? &g->dane : NULL,
		.deadline_us = r->deadline_us,
	};
	struct sw_greet *made = sw_greet_start(r->run->loop, &q, on_greeted, r, &err);

	if (made)
		r->open++;
	else
		sw_check_break(r, &err);
	if (bound)
		g->bound = made;
	else
		g->plain = made;
}

/* The records as the TLS library takes them. False: DANE demands nothing of this host. */
static bool take_records(struct sw_check_report *r, struct sw_check_greet *g)
{
	const struct sw_dane_outcome *o =
		g->mx && g->mx->dane ? sw_dane_outcome(g->mx->dane) : NULL;
	struct sw_tls_tlsa *records;

	if (!o || o->advice != SW_DANE_VERIFY)
		return false;
	records = sw_arena_alloc(&r->arena, o->count * sizeof(*records));
	r->broken = r->broken || !records;
	for (size_t i = 0; records && i < o->count; i++)
		records[i] = (struct sw_tls_tlsa){ o->usable[i]->tlsa.usage,
						   o->usable[i]->tlsa.selector,
						   o->usable[i]->tlsa.matching,
						   o->usable[i]->tlsa.data };
	/* RFC 7672 3.2.2: good names are the TLSA base domain and the domain itself. */
	g->dane = (struct sw_tls_dane){
		.base = o->base, .names = { r->domain }, .records = records, .count = o->count
	};
	return records != NULL;
}

static void ask_host(struct sw_check_report *r, const struct sw_check_mx *mx, const char *host,
		     const struct sw_ask *a, const struct sw_ask *aaaa)
{
	struct sw_check_greet *g = &r->greets[r->greet_count];
	struct sw_addr addrs[SW_MAX_DIAL_ADDRESSES];
	size_t n = sw_check_addresses(a, SMTP_PORT, addrs, SW_LEN(addrs));

	n += sw_check_addresses(aaaa, SMTP_PORT, addrs + n, SW_LEN(addrs) - n);
	if (n == 0)
		return;
	r->greet_count++;
	g->host = host;
	g->mx = mx;
	greet(r, g, addrs, n, false);
	/* By itself: what authorities say of the certificate is of interest, too, for senders
	 * that do not know DANE. */
	if (take_records(r, g))
		greet(r, g, addrs, n, true);
}

void sw_check_connect(struct sw_check_report *r)
{
	if (!r->run->options->connect)
		return;
	for (size_t i = 0; i < r->mx_count; i++) {
		const struct sw_check_mx *m = &r->mx_hosts[i];

		ask_host(r, m, m->host, m->a, m->aaaa);
	}
	if (r->mx_count == 0 && !sw_ask_failed(r->mx) && sw_null_mx_of(r->mx) == SW_MX_USUAL)
		ask_host(r, NULL, r->domain, r->a, r->aaaa);
}

void sw_check_connect_free(struct sw_check_report *r)
{
	for (size_t i = 0; i < r->greet_count; i++) {
		sw_greet_free(r->greets[i].plain);
		sw_greet_free(r->greets[i].bound);
	}
}

/* ---- judging ---- */

static const char *tls_words(struct sw_check_report *r, const struct sw_tls_info *tls)
{
	if (!tls->done)
		return sw_check_text(r, "TLS: %s",
				     *tls->verify_text ? tls->verify_text : tls->errors);
	return sw_check_text(
		r, "%s, %s", tls->version,
		tls->verified ? sw_check_line(r->run, "certificate good", "сертификат верен")
			      : tls->verify_text);
}

/* "the server's last words", or what broke. */
static const char *trouble(struct sw_check_report *r, const struct sw_greet_account *a)
{
	if (a->reply)
		return sw_check_text(r, "%d %.*s", a->reply->code, (int)a->reply->text_len,
				     a->reply->text);
	if (*a->why)
		return a->why;
	return a->failure == SW_SMTP_OK ? "?" : sw_smtp_failure_name(a->failure);
}

/* The key of the certificate that the host shows, as a TLSA record 3 1 1 has it; NULL none. */
static const char *key_digest(struct sw_check_report *r, const struct sw_greet_account *a)
{
	static const char start[] = "sha256//";
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = 64 };
	char hex[2 * 32 + 1] = "";

	if (!a || !a->tls || a->tls->chain_len == 0 ||
	    strncmp(a->tls->chain[0].pin, start, strlen(start)) != 0)
		return NULL;
	if (sw_base64_decode(sw_slice_str(a->tls->chain[0].pin + strlen(start)),
			     SW_BASE64_STRICT, &raw) ||
	    sw_buf_len(&raw) != 32)
		return NULL;
	for (size_t i = 0; i < 32; i++) {
		static const char digits[] = "0123456789abcdef";
		unsigned char byte = (unsigned char)sw_buf_slice(&raw).ptr[i];

		hex[2 * i] = digits[byte >> 4];
		hex[2 * i + 1] = digits[byte & 15];
	}
	return sw_check_text(r, "%s", hex);
}

const struct sw_check_greet *sw_check_greet_of(const struct sw_check_report *r,
					       const struct sw_check_mx *mx)
{
	for (size_t i = 0; i < r->greet_count; i++)
		if (r->greets[i].mx == mx)
			return &r->greets[i];
	return NULL;
}

const char *sw_check_tlsa(struct sw_check_report *r, const struct sw_check_mx *mx,
			  const char *base, bool *ret_exact)
{
	const struct sw_check_greet *g = sw_check_greet_of(r, mx);
	const char *hex = g ? key_digest(r, sw_greet_account(g->plain)) : NULL;

	*ret_exact = hex != NULL;
	return sw_check_text(r, "_25._tcp.%s. TLSA 3 1 1 %s", *base ? base : mx->host,
			     hex ? hex : "SHA256-OF-THE-KEY");
}

/* What MTA-STS demands of this host: a name of the policy, and a good certificate. */
static bool is_under_policy(const struct sw_check_report *r, const struct sw_check_greet *g)
{
	return r->sts_policy.mode == SW_STS_ENFORCE &&
	       sw_sts_allows(&r->sts_policy, sw_slice_str(g->host));
}

static void judge_greeted(struct sw_check_report *r, const struct sw_check_greet *g,
			  const struct sw_greet_account *a)
{
	const enum sw_check_test t = SW_CHECK_CONNECT_TEST;
	char ip[SW_ADDR_TEXT];
	const char *at = sw_addr_ip(&a->peer, ip);

	if (a->tls && !a->tls->done) {
		sw_check_found(r, t, "%s %s: %s", g->host, at, tls_words(r, a->tls));
		sw_check_find(r, t, SW_FOUND_CONNECT_TLS, g->host, trouble(r, a), NULL);
		return;
	}
	if (!a->caps || a->failure != SW_SMTP_OK) {
		/* It may well be our address that it does not like. */
		sw_check_found(r, t, "%s %s: %s", g->host, at, trouble(r, a));
		sw_check_status(r, t, SW_CHECK_UNTESTED);
		return;
	}
	sw_check_found(r, t, "%s %s: %s", g->host, at,
		       a->tls ? tls_words(r, a->tls)
			      : sw_check_line(r->run, "no STARTTLS", "нет STARTTLS"));
	sw_check_status(r, t, a->tls ? SW_CHECK_OK : SW_CHECK_WARNING);
}

static void judge_policy(struct sw_check_report *r, const struct sw_check_greet *g,
			 const struct sw_greet_account *a)
{
	const enum sw_check_test t = SW_CHECK_STS_POLICY_TEST;

	if (!is_under_policy(r, g) || (a->tls && a->tls->done && a->tls->verified))
		return;
	if (a->caps && !a->starttls)
		sw_check_find(r, t, SW_FOUND_STS_CERT, g->host,
			      sw_check_line(r->run, "no STARTTLS", "нет STARTTLS"), NULL);
	else if (a->tls && a->tls->done)
		sw_check_find(r, t, SW_FOUND_STS_CERT, g->host, a->tls->verify_text, NULL);
}

static bool any_answered(const struct sw_check_report *r)
{
	for (size_t i = 0; i < r->greet_count; i++) {
		const struct sw_greet_account *a = sw_greet_account(r->greets[i].plain);

		if (a && a->connected)
			return true;
	}
	return false;
}

void sw_check_judge_connect(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_CONNECT_TEST;
	bool answered = any_answered(r);

	if (!r->run->options->connect)
		sw_check_skip(r, t, "no connection is made: --connect does",
			      "соединений нет: их делает --connect");
	else if (r->greet_count == 0)
		sw_check_skip(r, t, "no address of an MX host is known",
			      "ни один адрес узлов MX не известен");
	for (size_t i = 0; i < r->greet_count; i++) {
		const struct sw_check_greet *g = &r->greets[i];
		const struct sw_greet_account *a = sw_greet_account(g->plain);

		if (a && a->connected && !a->local) {
			judge_greeted(r, g, a);
			judge_policy(r, g, a);
			continue;
		}
		sw_check_found(r, t, "%s: %s", g->host, a ? trouble(r, a) : "?");
		/* Where none answers, port 25 may just be shut on our side. */
		if (a && !a->local && answered)
			sw_check_find(r, t, SW_FOUND_CONNECT_DEAD, g->host, trouble(r, a),
				      NULL);
		else
			sw_check_status(r, t, SW_CHECK_UNTESTED);
	}
	if (r->greet_count > 0 && !answered)
		sw_check_found(
			r, t, "%s",
			sw_check_line(r->run,
				      "none answers: this network may let nobody out to "
				      "port 25",
				      "не отвечает ни один: возможно, из этой сети порт 25 "
				      "закрыт"));
}

void sw_check_judge_bound(struct sw_check_report *r, const struct sw_check_mx *m)
{
	const struct sw_check_greet *g = sw_check_greet_of(r, m);
	const struct sw_greet_account *a = g ? sw_greet_account(g->bound) : NULL;
	const enum sw_check_test t = SW_CHECK_DANE_TEST;
	bool exact = false;

	if (a && a->tls && a->tls->done && a->tls->verified) {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_found(r, t, "%s: TLSA %d %d %d", m->host, a->tls->dane_usage,
			       a->tls->dane_selector, a->tls->dane_matching);
	} else if (a && a->caps && !a->starttls) {
		sw_check_find(r, t, SW_FOUND_DANE_CLEAR, m->host, NULL, NULL);
	} else if (a && a->tls && a->tls->verify_code) {
		const char *literal = sw_check_tlsa(r, m, g->dane.base, &exact);

		(exact ? sw_check_find_exact : sw_check_find)(
			r, t, SW_FOUND_DANE_WRONG, m->host, a->tls->verify_text, literal);
	} else {
		sw_check_status(r, t, SW_CHECK_UNTESTED);
		sw_check_found(r, t, "%s: %s", m->host, a ? trouble(r, a) : "?");
	}
}
