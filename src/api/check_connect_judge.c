/* SPDX-License-Identifier: MIT */
/* Whether the MX hosts answer, and show certificates that fit what the DNS and the policy of
 * MTA-STS promise. */
#include <string.h>

#include "api/check.h"
#include "codec/base64.h"

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

/* The host's name, with the address where it has several. */
static const char *label(struct sw_check_report *r, const struct sw_check_greet *g)
{
	char ip[SW_ADDR_TEXT];
	size_t same = 0;

	for (size_t i = 0; i < r->greet_count; i++)
		same += r->greets[i].mx == g->mx;
	return same < 2 ? g->host
			: sw_check_text(r, "%s [%s]", g->host, sw_addr_ip(&g->addr, ip));
}

static const char *record_of(struct sw_check_report *r, const char *name, const char *hex,
			     bool *ret_exact)
{
	*ret_exact = hex != NULL;
	return sw_check_text(r, "_25._tcp.%s. TLSA 3 1 1 %s", name,
			     hex ? hex : "SHA256-OF-THE-KEY");
}

const char *sw_check_tlsa(struct sw_check_report *r, const struct sw_check_mx *mx,
			  const char *base, bool *ret_exact)
{
	const char *hex = NULL;

	for (size_t i = 0; i < r->greet_count && !hex; i++)
		if (r->greets[i].mx == mx)
			hex = key_digest(r, sw_greet_account(r->greets[i].plain));
	return record_of(r, *base ? base : mx->host, hex, ret_exact);
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
		sw_check_find(r, t, SW_FOUND_CONNECT_TLS, label(r, g), trouble(r, a), NULL);
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
		sw_check_find(r, t, SW_FOUND_STS_CERT, label(r, g),
			      sw_check_line(r->run, "no STARTTLS", "нет STARTTLS"), NULL);
	else if (a->tls && a->tls->done)
		sw_check_find(r, t, SW_FOUND_STS_CERT, label(r, g), a->tls->verify_text, NULL);
}

static bool answered(const struct sw_check_greet *g)
{
	const struct sw_greet_account *a = sw_greet_account(g->plain);

	return a && a->connected;
}

/* An answer from the same family of addresses: the way out is no obstacle then. */
static bool family_answers(const struct sw_check_report *r, const struct sw_check_greet *g)
{
	for (size_t i = 0; i < r->greet_count; i++)
		if (r->greets[i].addr.ss.ss_family == g->addr.ss.ss_family &&
		    answered(&r->greets[i]))
			return true;
	return false;
}

/* Nothing can be said of an address without a way there: the host's others have to do. */
static void judge_unreachable(struct sw_check_report *r, const struct sw_check_greet *g)
{
	const enum sw_check_test t = SW_CHECK_CONNECT_TEST;
	char ip[SW_ADDR_TEXT];
	bool others = false;

	for (size_t i = 0; i < r->greet_count; i++)
		others = others || (r->greets[i].mx == g->mx && !r->greets[i].no_way);
	sw_check_found(r, t, "%s %s: %s", g->host, sw_addr_ip(&g->addr, ip),
		       sw_check_line(r->run, "not looked at, no way there from this machine",
				     "не проверен, с этой машины туда нет пути"));
	if (!others)
		sw_check_status(r, t, SW_CHECK_UNTESTED);
}

static void judge_address(struct sw_check_report *r, const struct sw_check_greet *g)
{
	const enum sw_check_test t = SW_CHECK_CONNECT_TEST;
	const struct sw_greet_account *a = sw_greet_account(g->plain);

	if (g->no_way) {
		judge_unreachable(r, g);
		return;
	}
	if (a && a->connected && !a->local) {
		judge_greeted(r, g, a);
		judge_policy(r, g, a);
		return;
	}
	sw_check_found(r, t, "%s: %s", g->host, a ? trouble(r, a) : "?");
	/* Where none answers, port 25 may just be shut on our side. */
	if (a && !a->local && family_answers(r, g))
		sw_check_find(r, t, SW_FOUND_CONNECT_DEAD, label(r, g), trouble(r, a), NULL);
	else
		sw_check_status(r, t, SW_CHECK_UNTESTED);
}

void sw_check_judge_connect(struct sw_check_report *r)
{
	const enum sw_check_test t = SW_CHECK_CONNECT_TEST;
	bool any = false, tried = false;

	if (!r->run->options->connect)
		sw_check_skip(r, t, "no connection is made: --connect does",
			      "соединений нет: их делает --connect");
	else if (r->greet_count == 0)
		sw_check_skip(r, t, "no address of an MX host is known",
			      "ни один адрес узлов MX не известен");
	for (size_t i = 0; i < r->greet_count; i++) {
		judge_address(r, &r->greets[i]);
		any = any || answered(&r->greets[i]);
		tried = tried || !r->greets[i].no_way;
	}
	if (tried && !any)
		sw_check_found(
			r, t, "%s",
			sw_check_line(r->run,
				      "none answers: this network may let nobody out to "
				      "port 25",
				      "не отвечает ни один: возможно, из этой сети порт 25 "
				      "закрыт"));
	if (r->greets_cut) {
		sw_check_found(r, t, "%s",
			       sw_check_line(r->run, "further addresses were not looked at",
					     "остальные адреса не проверены"));
		sw_check_status(r, t, SW_CHECK_UNTESTED);
	}
}

static void judge_bound(struct sw_check_report *r, const struct sw_check_greet *g)
{
	const struct sw_greet_account *a = sw_greet_account(g->bound);
	const enum sw_check_test t = SW_CHECK_DANE_TEST;
	const char *name = label(r, g);
	bool exact = false;

	if (a && a->tls && a->tls->done && a->tls->verified) {
		sw_check_status(r, t, SW_CHECK_OK);
		sw_check_found(r, t, "%s: TLSA %d %d %d", name, a->tls->dane_usage,
			       a->tls->dane_selector, a->tls->dane_matching);
	} else if (a && a->caps && !a->starttls) {
		sw_check_find(r, t, SW_FOUND_DANE_CLEAR, name, NULL, NULL);
	} else if (a && a->tls && a->tls->verify_code) {
		const char *literal =
			record_of(r, *g->dane->base ? g->dane->base : g->host,
				  key_digest(r, sw_greet_account(g->plain)), &exact);

		(exact ? sw_check_find_exact : sw_check_find)(r, t, SW_FOUND_DANE_WRONG, name,
							      a->tls->verify_text, literal);
	} else {
		sw_check_status(r, t, SW_CHECK_UNTESTED);
		sw_check_found(r, t, "%s: %s", name, a ? trouble(r, a) : "?");
	}
}

void sw_check_judge_bound(struct sw_check_report *r, const struct sw_check_mx *m)
{
	const enum sw_check_test t = SW_CHECK_DANE_TEST;
	size_t looked = 0;

	for (size_t i = 0; i < r->greet_count; i++)
		if (r->greets[i].mx == m && !r->greets[i].no_way) {
			judge_bound(r, &r->greets[i]);
			looked++;
		}
	if (looked > 0)
		return;
	sw_check_status(r, t, SW_CHECK_UNTESTED);
	sw_check_found(r, t, "%s: %s", m->host,
		       sw_check_line(r->run, "not looked at, no way there from this machine",
				     "не проверен, с этой машины туда нет пути"));
}
