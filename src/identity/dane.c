/* SPDX-License-Identifier: MIT */
#include "identity/dane.h"

#include <stdio.h>

struct sw_dane {
	struct sw_machine m;
	uint16_t port;
	const char *host;
	struct sw_ask *a, *aaaa, *cname;
	struct sw_ask *first, *second; /* TLSA at the end of the alias, and at the name */
	struct sw_dane_outcome outcome;
};

const char *sw_dane_advice_name(enum sw_dane_advice a)
{
	static const char *const names[] = { "none", "encrypt", "verify", "defer", "no host" };

	return (unsigned)a < SW_LEN(names) ? names[a] : "?";
}

static void finish(struct sw_dane *x, enum sw_dane_advice advice, const char *why)
{
	x->outcome.advice = advice;
	x->outcome.why = why;
	x->m.done = true;
}

/* Digests have their length (RFC 6698 2.1.3); of whole certificates nothing is known but that
 * there is something. Usages 0 and 1 mean nothing to SMTP (RFC 7672 3.1.3). */
static bool is_usable(const struct sw_dns_record *r)
{
	size_t len = r->tlsa.data.len;

	if ((r->tlsa.usage != 2 && r->tlsa.usage != 3) || r->tlsa.selector > 1)
		return false;
	switch (r->tlsa.matching) {
	case 0:
		return len > 0;
	case 1:
		return len == 32;
	case 2:
		return len == 64;
	default:
		return false;
	}
}

static void take_tlsa(struct sw_dane *x, const struct sw_ask *tlsa)
{
	struct sw_dane_outcome *o = &x->outcome;

	o->tlsa = tlsa;
	o->usable = sw_arena_alloc(&x->m.arena,
				   (tlsa->count + 1) * sizeof(const struct sw_dns_record *));
	if (!o->usable) {
		x->m.asks.nomem = true;
		return;
	}
	for (size_t i = 0; i < tlsa->count; i++)
		if (is_usable(&tlsa->records[i]))
			o->usable[o->count++] = &tlsa->records[i];
	o->unusable = tlsa->count - o->count;
	if (o->count > 0)
		finish(x, SW_DANE_VERIFY, "there are TLSA records");
	else
		finish(x, SW_DANE_ENCRYPT,
		       "there are TLSA records, none of which SMTP can use");
}

/* One TLSA answer: whether it decides. */
static bool judge_tlsa(struct sw_dane *x, const struct sw_ask *tlsa, const char *base)
{
	if (sw_ask_failed(tlsa)) {
		x->outcome.failed = tlsa;
		finish(x, SW_DANE_DEFER, "whether there are TLSA records is not known");
		return true;
	}
	if (sw_ask_is_void(tlsa) || !tlsa->secure)
		return false;
	x->outcome.base = base;
	take_tlsa(x, tlsa);
	return true;
}

static struct sw_ask *ask_tlsa(struct sw_dane *x, const char *base)
{
	char prefix[24];

	snprintf(prefix, sizeof(prefix), "_%u._tcp", (unsigned)x->port);
	return sw_asks_get_below(&x->m.asks, prefix, base, SW_DNS_TLSA);
}

static bool is_alias(const struct sw_ask *a)
{
	return !sw_slice_eq_nocase(sw_slice_str(a->canonical), sw_slice_str(a->name));
}

/* The address answer that tells whether the name is secure and where its alias ends. */
static const struct sw_ask *address_of(const struct sw_dane *x)
{
	return x->a->count > 0 ? x->a : x->aaaa;
}

/* The host's addresses; true when TLSA may be asked for. */
static bool judge_addresses(struct sw_dane *x)
{
	const struct sw_ask *known = address_of(x);

	if (sw_ask_failed(x->a) || sw_ask_failed(x->aaaa)) {
		x->outcome.failed = sw_ask_failed(x->a) ? x->a : x->aaaa;
		finish(x, SW_DANE_DEFER, "the addresses of the host are not known");
	} else if (known->count == 0)
		finish(x, SW_DANE_NO_HOST, "the host has no address");
	else if (known->secure && (x->aaaa->count == 0 || x->aaaa->secure))
		return true;
	else if (!is_alias(known))
		finish(x, SW_DANE_NO, "DNSSEC does not vouch for the host's addresses");
	else if (!x->cname) {
		/* Only the way behind the first alias may be insecure (2.2.2). */
		x->cname = sw_asks_get(&x->m.asks, x->host, SW_DNS_CNAME);
	} else if (sw_ask_failed(x->cname)) {
		x->outcome.failed = x->cname;
		finish(x, SW_DANE_DEFER, "the alias of the host is not known");
	} else if (x->cname->count > 0 && x->cname->secure)
		return true;
	else
		finish(x, SW_DANE_NO, "DNSSEC does not vouch for the host's alias");
	return false;
}

static void run(void *machine)
{
	struct sw_dane *x = machine;

	if (x->m.asks.open_count > 0 || !judge_addresses(x))
		return;
	const struct sw_ask *known = address_of(x);
	bool whole = is_alias(known) && !x->cname;
	if (!x->first) {
		x->first = ask_tlsa(x, whole ? known->canonical : x->host);
		return;
	}
	if (!x->second) {
		if (judge_tlsa(x, x->first, whole ? known->canonical : x->host))
			return;
		if (whole) {
			x->second = ask_tlsa(x, x->host);
			if (x->second && !x->second->answered)
				return;
		}
	}
	if (!x->second || !judge_tlsa(x, x->second, x->host))
		finish(x, SW_DANE_NO, "there are no secure TLSA records");
}

static void begin(struct sw_dane *x, const struct sw_dane_request *r)
{
	x->port = r->port;
	x->outcome.base = "";
	if (!r->mx_secure) {
		finish(x, SW_DANE_NO, "DNSSEC does not vouch for the MX records");
		return;
	}
	if (!sw_dns_name_valid(sw_slice_str(r->host))) {
		finish(x, SW_DANE_NO_HOST, "the host is no name");
		return;
	}
	x->a = sw_asks_get(&x->m.asks, r->host, SW_DNS_A);
	x->aaaa = sw_asks_get(&x->m.asks, r->host, SW_DNS_AAAA);
	if (x->a)
		x->host = x->a->name;
}

struct sw_dane *sw_dane_new(const struct sw_dane_request *r, struct sw_error *err)
{
	struct sw_dane *x = sw_machine_new(sizeof(*x), err);

	if (x)
		begin(x, r);
	return sw_machine_begun(x, err);
}

void sw_dane_free(struct sw_dane *x)
{
	sw_machine_free(x);
}

size_t sw_dane_questions(const struct sw_dane *x, const struct sw_dns_question **ret)
{
	return sw_machine_questions(&x->m, ret);
}

enum sw_err sw_dane_answer(struct sw_dane *x, const struct sw_dns_answer *a,
			   struct sw_error *err)
{
	return sw_machine_answer(x, a, run, err);
}

const struct sw_dane_outcome *sw_dane_outcome(const struct sw_dane *x)
{
	return x->m.done ? &x->outcome : NULL;
}

size_t sw_dane_step_count(const struct sw_dane *x)
{
	return x->m.asks.count;
}

enum sw_err sw_dane_step_text(const struct sw_dane *x, size_t i, struct sw_buf *out)
{
	const struct sw_ask *a = x->m.asks.all[i];
	enum sw_err e = sw_ask_text(a, out);

	if (e || sw_ask_failed(a))
		return e;
	return sw_buf_add_str(out, a->secure ? ", secure" : ", insecure");
}
