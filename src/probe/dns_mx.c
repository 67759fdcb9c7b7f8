/* SPDX-License-Identifier: MIT */
/* The mail hosts of a domain, the recipient's or the sender's: which they are, where they
 * lead. */
#include <ifaddrs.h>

#include "base/mem.h"
#include "client/route.h"
#include "mail/address.h"
#include "probe/dns_servers.h"
#include "probe/dns_set.h"

enum { HOSTS = 8, DNS_US = 5 * 1000 * 1000 };

struct mail_domain;
struct host {
	struct mail_domain *domain;
	const char *name;
	unsigned preference;
	struct sw_query *queries[2]; /* A, AAAA; NULL when over */
	const char *records, *status, *canonical;
	bool here, is_target;
};
struct mail_domain {
	struct mail_hosts *owner;
	const char *whose, *name, *status;
	struct sw_query *query;
	bool null;
	size_t count;
	struct host hosts[HOSTS];
};
struct mail_hosts {
	struct sw_probe_run *run;
	struct sw_resolver *resolver;
	struct sw_timer *timer;
	struct ifaddrs *interfaces;
	struct mail_domain domains[2];
	size_t count, open;
};

static void stop(struct sw_probe_run *r)
{
	struct mail_hosts *m = r->state;

	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++) {
		struct mail_domain *d = &m->domains[i];

		if (d->query)
			sw_query_cancel(d->query);
		for (size_t k = 0; k < d->count; k++)
			for (size_t n = 0; n < SW_LEN(d->hosts[k].queries); n++)
				if (d->hosts[k].queries[n])
					sw_query_cancel(d->hosts[k].queries[n]);
	}
	if (m->interfaces)
		freeifaddrs(m->interfaces);
	sw_timer_free(m->timer);
	sw_free(m);
	r->state = NULL;
}

static bool same_ip(const struct sw_addr *a, const struct sw_addr *b)
{
	char x[SW_ADDR_TEXT], y[SW_ADDR_TEXT];

	return strcmp(sw_addr_ip(a, x), sw_addr_ip(b, y)) == 0;
}

static bool is_here(const struct mail_hosts *m, const struct sw_addr *addr)
{
	for (const struct ifaddrs *i = m->interfaces; i; i = i->ifa_next) {
		struct sw_addr own = { 0 };

		if (!i->ifa_addr || i->ifa_addr->sa_family != addr->ss.ss_family)
			continue;
		own.len = addr->len;
		memcpy(&own.ss, i->ifa_addr, addr->len);
		if (same_ip(&own, addr))
			return true;
	}
	return sw_addr_is_loopback(addr);
}

static bool is_target(const struct sw_exam *x, const struct sw_addr *addr)
{
	for (size_t i = 0; i < x->target.addr_count; i++)
		if (same_ip(&x->target.addrs[i], addr))
			return true;
	return false;
}

static void take_addresses(struct host *h, const struct sw_dns_answer *a)
{
	struct mail_hosts *m = h->domain->owner;
	struct sw_arena *arena = &m->run->x->arena;
	const char *more = sw_dns_set_text(a, arena);

	for (size_t i = 0; i < a->count; i++) {
		const struct sw_dns_record *r = &a->records[i];
		struct sw_addr addr =
			r->type == SW_DNS_A ? sw_addr_v4(r->a, 0) : sw_addr_v6(r->aaaa, 0);
		h->here = h->here || is_here(m, &addr);
		h->is_target = h->is_target || is_target(m->run->x, &addr);
	}
	if (*more && *h->records) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf both = { .max = SW_MAX_REPLY };

		if (!sw_buf_printf(&both, "%s, %s", h->records, more))
			more = sw_arena_strdup(arena, sw_buf_str(&both));
	}
	if (more && *more)
		h->records = more;
}

static void on_address(void *arg, const struct sw_dns_answer *a)
{
	struct host *h = arg;
	struct mail_hosts *m = h->domain->owner;

	h->queries[a->type == SW_DNS_AAAA] = NULL;
	if (a->status == SW_DNS_OK)
		take_addresses(h, a);
	/* What one family has counts before what the other lacks; a failure before that. */
	if (a->status == SW_DNS_OK || !*h->status ||
	    (strcmp(h->status, "ok") != 0 && a->status > SW_DNS_NXDOMAIN))
		h->status = sw_dns_status_name(a->status);
	if (strcmp(a->canonical, a->name) != 0) {
		const char *copy = sw_arena_strdup(&m->run->x->arena, a->canonical);
		h->canonical = copy ? copy : "";
	}
	if (--m->open == 0)
		sw_timer_set(m->timer, 0);
}

static struct sw_query *ask(struct mail_hosts *m, const char *name, enum sw_dns_type type,
			    sw_query_fn fn, void *arg)
{
	uint64_t until = sw_min_u64(sw_exam_patience(m->run->x, DNS_US), m->run->deadline_us);
	struct sw_query *q = sw_resolver_ask(m->resolver, name, type, until, fn, arg, NULL);

	m->open += q != NULL;
	return q;
}

static void add_host(struct mail_domain *d, const char *name, unsigned preference)
{
	struct mail_hosts *m = d->owner;
	const char *copy = sw_arena_strdup(&m->run->x->arena, name);

	if (!copy || d->count == HOSTS)
		return;
	struct host *h = &d->hosts[d->count++];
	*h = (struct host){ .domain = d, .name = copy, .preference = preference };
	h->records = h->status = h->canonical = "";
	h->is_target =
		sw_slice_eq_nocase(sw_slice_str(copy), sw_slice_str(m->run->x->target.host));
	h->queries[0] = ask(m, copy, SW_DNS_A, on_address, h);
	h->queries[1] = ask(m, copy, SW_DNS_AAAA, on_address, h);
}

static void on_mx(void *arg, const struct sw_dns_answer *a)
{
	struct mail_domain *d = arg;
	struct mail_hosts *m = d->owner;

	d->query = NULL;
	d->status = sw_dns_status_name(a->status);
	for (size_t i = 0; i < a->count; i++) {
		if (a->records[i].mx.host[0] == '\0')
			d->null = true;
		else
			add_host(d, a->records[i].mx.host, a->records[i].mx.preference);
	}
	if (a->status == SW_DNS_NODATA) /* RFC 5321 5.1 */
		add_host(d, d->name, 0);
	if (--m->open == 0)
		sw_timer_set(m->timer, 0);
}

static void state_host(struct sw_probe_run *r, const struct mail_domain *d,
		       const struct host *h)
{
	SW_PROBE_STATE(r, SW_FACT_CHECK_MX_HOST, SW_F_STR("domain", d->name),
		       SW_F_STR("name", h->name), SW_F_INT("preference", h->preference),
		       SW_F_STR("status", h->status), SW_F_STR("records", h->records),
		       SW_F_STR("kind", sw_dns_set_kind(h->records)),
		       SW_F_STR("canonical", h->canonical), SW_F_BOOL("here", h->here));
}

static void state_domain(struct sw_probe_run *r, const struct mail_domain *d)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf hosts = { .max = SW_MAX_REPLY };
	bool has_server = false, usable = false;

	for (size_t i = 0; i < d->count; i++) {
		has_server = has_server || d->hosts[i].is_target;
		usable = usable || *d->hosts[i].records;
		if (sw_buf_printf(&hosts, "%s%s", i ? ", " : "", d->hosts[i].name))
			break;
		state_host(r, d, &d->hosts[i]);
	}
	SW_PROBE_STATE(r, SW_FACT_CHECK_MX, SW_F_STR("whose", d->whose),
		       SW_F_STR("domain", d->name), SW_F_STR("hosts", sw_buf_str(&hosts)),
		       SW_F_BOOL("has_server", has_server), SW_F_BOOL("null", d->null),
		       SW_F_STR("status", d->status), SW_F_BOOL("usable", usable));
}

static void on_timer(void *arg)
{
	struct mail_hosts *m = arg;

	for (size_t i = 0; i < m->count; i++)
		state_domain(m->run, &m->domains[i]);
	sw_probe_done(m->run);
}

/* ---- which domains */

static struct sw_slice recipient_of(const struct sw_exam *x)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_RECIPIENT);

	if (x->wish->recipient)
		return sw_slice_str(x->wish->recipient);
	return f ? sw_fact_text(f, "recipient") : sw_slice(NULL, 0);
}

static struct sw_slice sender_of(const struct sw_exam *x)
{
	const struct sw_fact *f = sw_facts_last(x->c->facts, SW_FACT_SEND_WISH);

	if (x->wish->sender)
		return sw_slice_str(x->wish->sender);
	return f ? sw_fact_text(f, "sender") : sw_slice(NULL, 0);
}

static struct sw_slice domain_of(const struct sw_exam *x, const char *whose)
{
	bool recipient = strcmp(whose, "recipient") == 0;
	struct sw_slice address = recipient ? recipient_of(x) : sender_of(x);
	size_t at = address.len;

	while (at > 0 && address.ptr[at - 1] != '@')
		at--;
	if (at > 0)
		return sw_slice_from(address, at);
	return recipient ? sw_slice_str(x->target.domain ? x->target.domain : "")
			 : sw_slice(NULL, 0);
}

static bool is_wanted(const struct sw_want *wants, size_t count, const char *whose)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		struct sw_slice value = sw_want_value(&wants[i], "whose");

		if (sw_slice_eq(value, sw_slice_str(whose)))
			return true;
		any = any || value.len > 0;
	}
	return !any && strcmp(whose, "recipient") == 0;
}

/* In the arena; NULL: not wanted, not known, or no name of DNS. */
static const char *wanted_domain(const struct sw_exam *x, struct sw_arena *arena,
				 const struct sw_want *wants, size_t count, const char *whose)
{
	const char *name = NULL;
	struct sw_slice domain = domain_of(x, whose);

	if (domain.len == 0 || domain.ptr[0] == '[' || !is_wanted(wants, count, whose) ||
	    sw_domain_to_ascii(arena, domain, &name, NULL))
		return NULL;
	return sw_dns_name_valid(sw_slice_str(name)) ? name : NULL;
}

static const char *const everybody[] = { "recipient", "sender" };

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_exam *x = r->x;
	struct mail_hosts *m = sw_calloc(1, sizeof(*m));

	if (!m)
		return sw_fail_nomem(err);
	r->state = m;
	m->run = r;
	m->timer = sw_timer_new(x->c->loop, on_timer, m);
	if (!m->timer)
		return sw_fail_nomem(err);
	enum sw_err e = sw_context_get_resolver(x->c, &m->resolver, err);
	if (e)
		return e;
	if (getifaddrs(&m->interfaces))
		m->interfaces = NULL;
	for (size_t i = 0; i < SW_LEN(everybody); i++) {
		const char *name =
			wanted_domain(x, &x->arena, r->wants, r->want_count, everybody[i]);
		if (!name)
			continue;
		struct mail_domain *d = &m->domains[m->count++];
		*d = (struct mail_domain){ .owner = m, .whose = everybody[i], .name = name };
		d->status = "";
		d->query = ask(m, name, SW_DNS_MX, on_mx, d);
	}
	if (m->open == 0)
		sw_timer_set(m->timer, 0);
	return SW_OK;
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	struct sw_arena arena = { 0 };
	bool any = false;

	for (size_t i = 0; i < SW_LEN(everybody); i++) {
		const char *name = wanted_domain(x, &arena, wants, count, everybody[i]);

		if (name && !sw_buf_printf(out, "%sthe resolver, about %s",
					   sw_buf_len(out) ? ", " : "", name))
			any = true;
	}
	sw_arena_fini(&arena);
	return any;
}

const struct sw_probe sw_probe_mx_records = {
	.id = "mx-records",
	.source = "probe.p02",
	.kind = SW_PROBE_DNS,
	.stage = SW_STAGE_DNS,
	.states = { SW_FACT_CHECK_MX, SW_FACT_CHECK_MX_HOST, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "the mail hosts of the domain", "почтовые серверы домена" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
