/* SPDX-License-Identifier: MIT */
/* Connections to the addresses of the MX hosts, some at once. Only when the user wants
 * connections to be made. */
#include "api/check.h"
#include "identity/records.h"
#include "net/own_ip.h"

enum { SMTP_PORT = 25 };

/* ---- greeting ---- */

static void greet_more(struct sw_check_report *r);

static void on_greeted(void *arg, const struct sw_greet_account *a SW_UNUSED)
{
	struct sw_check_report *r = arg;

	r->greets_open--;
	greet_more(r);
	sw_check_answered(r);
}

static void greet(struct sw_check_report *r, struct sw_check_greet *g, bool bound)
{
	struct sw_error err = { 0 };
	const struct sw_greet_request q = {
		.host = g->host,
		.addrs = &g->addr,
		.addr_count = 1,
		.ehlo = r->run->options->ehlo,
		.trust = r->run->greet_trust,
		.dane = bound ? g->dane : NULL,
		.deadline_us = r->deadline_us,
	};
	struct sw_greet *made = sw_greet_start(r->run->loop, &q, on_greeted, r, &err);

	*(bound ? &g->bound : &g->plain) = made;
	if (!made) {
		sw_check_break(r, &err);
		return;
	}
	r->open++;
	r->greets_open++;
}

/* Each address twice where TLSA records bind its host: what authorities say of the certificate
 * is of interest, too, for senders that do not know DANE. */
static void greet_more(struct sw_check_report *r)
{
	while (!r->broken && r->greets_open < SW_CHECK_GREETS_AT_ONCE &&
	       r->greet_next < 2 * r->greet_count) {
		struct sw_check_greet *g = &r->greets[r->greet_next / 2];
		bool bound = r->greet_next++ % 2;

		if (!g->no_way && (!bound || g->dane))
			greet(r, g, bound);
	}
}

/* ---- whom ---- */

/* What the TLS library has to hold the certificates of a host against; NULL: DANE demands
 * nothing. */
static const struct sw_tls_dane *demands_of(struct sw_check_report *r,
					    const struct sw_check_mx *mx)
{
	const struct sw_dane_outcome *o = mx && mx->dane ? sw_dane_outcome(mx->dane) : NULL;

	if (!o || o->advice != SW_DANE_VERIFY)
		return NULL;
	struct sw_tls_tlsa *records = sw_arena_alloc(&r->arena, o->count * sizeof(*records));
	struct sw_tls_dane *dane = sw_arena_alloc(&r->arena, sizeof(*dane));

	if (!records || !dane) {
		r->broken = true;
		return NULL;
	}
	for (size_t i = 0; i < o->count; i++)
		records[i] = (struct sw_tls_tlsa){ o->usable[i]->tlsa.usage,
						   o->usable[i]->tlsa.selector,
						   o->usable[i]->tlsa.matching,
						   o->usable[i]->tlsa.data };
	/* RFC 7672 3.2.2: good names are the TLSA base domain and the domain itself. */
	*dane = (struct sw_tls_dane){
		.base = o->base, .names = { r->domain }, .records = records, .count = o->count
	};
	return dane;
}

struct host {
	const struct sw_check_mx *mx;
	const char *name;
	const struct sw_ask *a, *aaaa;
	const struct sw_tls_dane *dane;
};

/* The nth address of a host, the two families taking turns. */
static bool address_at(const struct host *h, size_t n, struct sw_addr *ret)
{
	size_t v4 = h->a ? h->a->count : 0, v6 = h->aaaa ? h->aaaa->count : 0;
	size_t pairs = v4 < v6 ? v4 : v6, at = n / 2;
	bool six = n % 2;

	if (n >= v4 + v6)
		return false;
	if (n >= 2 * pairs) {
		at = n - pairs;
		six = v6 > v4;
	}
	*ret = six ? sw_addr_v6(h->aaaa->records[at].aaaa, SMTP_PORT)
		   : sw_addr_v4(h->a->records[at].a, SMTP_PORT);
	return true;
}

static void add(struct sw_check_report *r, const struct host *h, const struct sw_addr *addr)
{
	struct sw_check_greet *g = &r->greets[r->greet_count];
	struct sw_addr own;

	if (r->greet_count == SW_MAX_CHECK_GREETS) {
		r->greets_cut = true;
		return;
	}
	r->greet_count++;
	*g = (struct sw_check_greet){ .host = h->name,
				      .mx = h->mx,
				      .addr = *addr,
				      .no_way = !sw_way_to(addr, &own),
				      .dane = h->dane };
}

void sw_check_connect(struct sw_check_report *r)
{
	struct host hosts[SW_MAX_MX_HOSTS];
	struct sw_addr addr;
	size_t count = 0;

	if (!r->run->options->connect)
		return;
	for (; count < r->mx_count; count++) {
		const struct sw_check_mx *m = &r->mx_hosts[count];

		hosts[count] = (struct host){ m, m->host, m->a, m->aaaa, demands_of(r, m) };
	}
	if (count == 0 && !sw_ask_failed(r->mx) && sw_null_mx_of(r->mx) == SW_MX_USUAL)
		hosts[count++] = (struct host){ NULL, r->domain, r->a, r->aaaa, NULL };
	/* The first address of each host before the second of any: of all of them something is
	 * seen. */
	for (size_t n = 0, more = 1; more;) {
		more = 0;
		for (size_t i = 0; i < count; i++)
			if (address_at(&hosts[i], n, &addr)) {
				add(r, &hosts[i], &addr);
				more = 1;
			}
		n++;
	}
	greet_more(r);
}

void sw_check_connect_free(struct sw_check_report *r)
{
	for (size_t i = 0; i < r->greet_count; i++) {
		sw_greet_free(r->greets[i].plain);
		sw_greet_free(r->greets[i].bound);
	}
}
