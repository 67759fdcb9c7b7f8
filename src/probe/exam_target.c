/* SPDX-License-Identifier: MIT */
/* Which server is examined: read out of the session, or out of what it stated. */
#include "client/route.h"
#include "client/session.h"
#include "probe/exam_private.h"

enum { SUBMISSIONS = 465, SMTP = 25 };

static bool same_ip(const struct sw_addr *a, const struct sw_addr *b)
{
	char x[SW_ADDR_TEXT], y[SW_ADDR_TEXT];

	return strcmp(sw_addr_ip(a, x), sw_addr_ip(b, y)) == 0;
}

static void add_addr(struct sw_exam_target *t, const struct sw_addr *addr)
{
	for (size_t i = 0; i < t->addr_count; i++)
		if (same_ip(&t->addrs[i], addr))
			return;
	if (t->addr_count < SW_MAX_DIAL_ADDRESSES)
		t->addrs[t->addr_count++] = *addr;
}

static void add_text(struct sw_exam_target *t, struct sw_slice ip)
{
	struct sw_addr addr;

	if (sw_addr_parse(ip, t->port, &addr))
		add_addr(t, &addr);
}

static bool is_session(const struct sw_fact *f)
{
	return strcmp(f->source, "session") == 0;
}

static bool says(const struct sw_fact *f, const char *key, const char *value)
{
	return sw_slice_eq(sw_fact_text(f, key), sw_slice_str(value));
}

static const char *keep(struct sw_exam *x, struct sw_slice text)
{
	const char *copy = sw_arena_copy(&x->arena, text).ptr;

	return copy ? copy : "";
}

static const char *bare_host(struct sw_exam *x, struct sw_slice host)
{
	bool brackets = host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']';

	return keep(x, brackets ? sw_slice(host.ptr + 1, host.len - 2) : host);
}

/* ---- from facts */

/* Those that were tried: connected ones first, then the later before the earlier. */
static void addrs_tried(struct sw_exam *x)
{
	const struct sw_facts *facts = x->c->facts;

	for (unsigned round = 0; round < 2; round++)
		for (size_t i = sw_facts_count(facts); i-- > 0;) {
			const struct sw_fact *f = sw_facts_get(facts, i);

			if (f->type != SW_FACT_TCP_ATTEMPT || !is_session(f))
				continue;
			if (!x->target.port)
				x->target.port = (uint16_t)sw_fact_int(f, "port", 0);
			if (round || says(f, "state", "connected"))
				add_text(&x->target, sw_fact_text(f, "address"));
		}
}

static bool is_address_answer(const struct sw_fact *f)
{
	return f->type == SW_FACT_DNS_ANSWER && is_session(f) &&
	       (says(f, "type", "A") || says(f, "type", "AAAA"));
}

static void addrs_answered(struct sw_exam *x)
{
	for (size_t i = 0; i < sw_facts_count(x->c->facts); i++) {
		const struct sw_fact *f = sw_facts_get(x->c->facts, i);
		struct sw_slice rest = sw_fact_text(f, "records"), piece;

		if (!is_address_answer(f) ||
		    !sw_slice_eq_nocase(sw_fact_text(f, "name"), sw_slice_str(x->target.host)))
			continue;
		while (sw_slice_split(&rest, ',', &piece))
			add_text(&x->target, sw_slice_trim(piece));
	}
}

/* By MX: the host whose addresses were asked for last, and the domain. */
static void names_of_mx(struct sw_exam *x)
{
	struct sw_exam_target *t = &x->target;
	const char *name = "";

	for (size_t i = sw_facts_count(x->c->facts); i-- > 0;) {
		const struct sw_fact *f = sw_facts_get(x->c->facts, i);

		if (is_address_answer(f) && !*name)
			name = keep(x, sw_fact_text(f, "name"));
		if (f->type == SW_FACT_DNS_ANSWER && is_session(f) && says(f, "type", "MX") &&
		    !*t->domain)
			t->domain = keep(x, sw_fact_text(f, "name"));
	}
	t->host = name;
}

static void tls_of_wish(struct sw_exam_target *t, const struct sw_fact *wish, bool mx)
{
	t->implicit = says(wish, "tls", "implicit") ||
		      (says(wish, "tls", "auto") && !mx && t->port == SUBMISSIONS);
	t->tls = !says(wish, "tls", "none");
}

static void ehlo_of_facts(struct sw_exam *x, const struct sw_fact *wish)
{
	struct sw_client_settings set = *x->c->settings;
	const char *given = keep(x, sw_fact_text(wish, "ehlo"));
	char name[SW_MAX_DOMAIN + 1];
	struct sw_addr local = { 0 };

	for (size_t i = sw_facts_count(x->c->facts); !local.len && i-- > 0;) {
		const struct sw_fact *f = sw_facts_get(x->c->facts, i);

		if (f->type == SW_FACT_TCP_ATTEMPT &&
		    !sw_addr_parse(sw_fact_text(f, "local_address"), 0, &local))
			local.len = 0;
	}
	/* Only read. */
	set.ehlo = *given ? (char *)(uintptr_t)given : set.ehlo;
	/* Without either the end of each connection decides. */
	if (!set.ehlo && !local.len)
		return;
	sw_session_ehlo_name(&set, &local, name);
	x->target.ehlo = keep(x, sw_slice_str(name));
}

static void from_facts(struct sw_exam *x)
{
	struct sw_exam_target *t = &x->target;
	const struct sw_fact *wish = sw_facts_last(x->c->facts, SW_FACT_SEND_WISH);
	bool mx = sw_fact_int(wish, "mx", 0) != 0;

	t->host = bare_host(x, sw_fact_text(wish, "server"));
	t->port = (uint16_t)sw_fact_int(wish, "port", 0);
	if (mx && !t->port)
		t->port = SMTP;
	if (!*t->host)
		names_of_mx(x);
	tls_of_wish(t, wish, mx);
	addrs_tried(x);
	addrs_answered(x);
	add_text(t, sw_slice_str(t->host));
	ehlo_of_facts(x, wish);
}

/* ---- from the session */

static void from_session(struct sw_exam *x, const struct sw_session *s)
{
	struct sw_exam_target *t = &x->target;

	t->host = bare_host(x, sw_slice_str(s->host));
	t->port = s->port;
	t->implicit = s->tls == SW_SMTP_TLS_IMPLICIT;
	t->tls = s->tls != SW_SMTP_TLS_NONE;
	if (x->c->settings->mx)
		for (size_t i = 0; i < sw_facts_count(x->c->facts); i++) {
			const struct sw_fact *f = sw_facts_get(x->c->facts, i);

			if (f->type == SW_FACT_DNS_ANSWER && says(f, "type", "MX"))
				t->domain = keep(x, sw_fact_text(f, "name"));
		}
	if (s->peer.len)
		add_addr(t, &s->peer);
	for (size_t i = 0; i < s->addr_count; i++)
		add_addr(t, &s->addrs[i]);
	if (s->ehlo[0])
		t->ehlo = keep(x, sw_slice_str(s->ehlo));
	else if (x->c->settings->ehlo)
		t->ehlo = keep(x, sw_slice_str(x->c->settings->ehlo));
}

enum sw_err sw_exam_find_target(struct sw_exam *x)
{
	struct sw_exam_target *t = &x->target;

	*t = (struct sw_exam_target){ .host = "", .tls_name = "", .ehlo = "", .domain = "" };
	if (x->beside && x->c->session)
		from_session(x, x->c->session);
	else
		from_facts(x);
	for (size_t i = 0; i < t->addr_count; i++)
		sw_addr_set_port(&t->addrs[i], t->port);
	if (!*t->domain && x->wish->recipient && x->c->settings->mx)
		t->domain = keep(x, sw_route_domain(x->wish->recipient));
	t->tls_name = x->c->settings->tls_name ? x->c->settings->tls_name : t->host;
	t->is_public = t->addr_count && !sw_addr_is_private(&t->addrs[0]) &&
		       !sw_addr_is_loopback(&t->addrs[0]);
	return SW_OK;
}

bool sw_exam_address(const struct sw_exam *x, struct sw_addr *ret)
{
	if (x->target.addr_count == 0 || x->target.port == 0)
		return false;
	*ret = x->target.addrs[0];
	sw_addr_set_port(ret, x->target.port);
	return true;
}

bool sw_exam_contacts_address(struct sw_exam *x, const struct sw_want *wants SW_UNUSED,
			      size_t count SW_UNUSED, struct sw_buf *out)
{
	struct sw_addr a;
	char text[SW_ADDR_TEXT];

	return sw_exam_address(x, &a) && sw_buf_add_str(out, sw_addr_text(&a, text)) == SW_OK;
}

size_t sw_exam_named_lists(const struct sw_exam *x, char out[SW_NAMED_LISTS][SW_LIST_ZONE])
{
	const struct sw_facts *facts = x->c->facts;

	for (size_t i = sw_facts_count(facts); i > 0; i--) {
		const struct sw_fact *f = sw_facts_get(facts, i - 1);
		size_t count = 0;

		if (f->type == SW_FACT_REPLY && sw_fact_int(f, "code", 0) >= 400)
			count = sw_block_lists_in(sw_fact_text(f, "text"), out);
		if (count > 0)
			return count;
	}
	return 0;
}
