/* SPDX-License-Identifier: MIT */
/* Every mail host of the recipient's domain, at every address: how far a conversation without
 * an envelope comes there. A dead first host alone is no fault (nolisting), one bad
 * certificate among several is one. */
#include "net/resolver.h"
#include "probe/say.h"

enum { MX_HOSTS = 12, LOOKUP_US = 10 * 1000 * 1000, DNS_NAME = 256 };

struct mx;
struct host {
	struct mx *mx;
	const char *name;
	int preference;
	struct sw_host_lookup *lookup;
};
struct mx {
	struct sw_say say;
	const char *domain;
	struct sw_query *query;
	struct host hosts[MX_HOSTS];
	size_t count, open;
};

/* ---- facts */

static void state_host(struct mx *m, const struct host *h, const struct sw_addr *addr,
		       const char *state, const char *why)
{
	char ip[SW_ADDR_TEXT] = "";

	SW_PROBE_STATE(m->say.r, SW_FACT_PROBE_MX, SW_F_STR("domain", m->domain),
		       SW_F_STR("host", h->name),
		       SW_F_STR("address", addr ? sw_addr_ip(addr, ip) : ""),
		       SW_F_INT("port", addr ? sw_addr_port(addr) : 0),
		       SW_F_INT("preference", h->preference), SW_F_STR("state", state),
		       SW_F_STR("errno_name", why), SW_F_INT("code", 0));
}

/* The reply that says how far it came: the first refusal, else the last one. */
static const struct sw_talk_reply *telling(const struct sw_talk_account *a)
{
	const struct sw_talk_reply *const all[] = { &a->greeting, &a->ehlo, &a->starttls,
						    &a->ehlo_tls };
	const struct sw_talk_reply *last = &a->greeting;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i]->code)
			last = all[i];
		if (all[i]->code >= 400)
			break;
	}
	return last;
}

static void heard(struct sw_say *s, const struct sw_say_step *step,
		  const struct sw_talk_account *a)
{
	struct mx *m = (struct mx *)(void *)s;
	const struct host *h = &m->hosts[step->tag];
	const struct sw_talk_reply *r = telling(a);
	const char *name = a->os_errno ? strerrorname_np(a->os_errno) : "";
	char ip[SW_ADDR_TEXT], enhanced[SW_ENHANCED_TEXT];

	SW_PROBE_STATE(s->r, SW_FACT_PROBE_MX, SW_F_STR("domain", m->domain),
		       SW_F_STR("host", h->name),
		       SW_F_STR("address", sw_addr_ip(&step->plan.addr, ip)),
		       SW_F_INT("port", sw_addr_port(&step->plan.addr)),
		       SW_F_INT("preference", h->preference),
		       SW_F_STR("state", sw_talk_state_name(a)),
		       SW_F_STR("errno_name", name ? name : ""), SW_F_INT("code", r->code),
		       SW_F_STR("enhanced", sw_enhanced_text(r->enhanced, enhanced)),
		       SW_F_TEXT("text", sw_say_text(r)),
		       SW_F_BOOL("starttls", a->starttls_offered),
		       SW_F_BOOL("tls_ok", a->tls_begun && a->tls.done),
		       SW_F_INT("verify_code", a->tls_begun ? a->tls.verify_code : 0),
		       SW_F_INT("elapsed_us", a->connect_us));
}

/* ---- names and addresses */

static uint16_t mail_port(const struct sw_exam *x)
{
	return *x->target.domain && x->target.port ? x->target.port : 25;
}

static void add_address(struct mx *m, const struct host *h, const struct sw_addr *addr)
{
	const struct sw_exam *x = m->say.r->x;
	struct sw_talk_plan p = {
		.addr = *addr,
		.until = SW_TALK_EHLO,
		.tls = SW_TALK_STARTTLS,
		.tls_name = h->name,
	};

	/* Nobody's mail host is inside our network, unless the session went there too. */
	if (x->target.is_public && sw_addr_is_private(addr))
		state_host(m, h, addr, "private", "");
	else
		sw_say_add(&m->say, &p, (unsigned)(h - m->hosts), h->name);
}

static void go_when_all_are_there(struct mx *m)
{
	struct sw_error err = { 0 };

	if (m->open == 0 && sw_say_go(&m->say, &err))
		sw_probe_done(m->say.r);
}

static void resolved(void *arg, const struct sw_addr *addrs, size_t count,
		     const struct sw_dns_answer *const *answers, size_t answer_count,
		     enum sw_dns_status worst)
{
	struct host *h = arg;
	struct mx *m = h->mx;

	(void)answers;
	(void)answer_count;
	h->lookup = NULL;
	m->open--;
	for (size_t i = 0; i < count; i++)
		add_address(m, h, &addrs[i]);
	if (count == 0)
		state_host(m, h, NULL, "no_address", sw_dns_status_name(worst));
	go_when_all_are_there(m);
}

static void look_up(struct mx *m, struct sw_resolver *resolver, const char *name,
		    int preference)
{
	struct sw_exam *x = m->say.r->x;
	struct host *h = &m->hosts[m->count];
	struct sw_error err = { 0 };

	if (m->count == MX_HOSTS)
		return;
	*h = (struct host){ .mx = m,
			    .name = sw_arena_strdup(&x->arena, name),
			    .preference = preference };
	if (!h->name)
		return;
	m->count++;
	h->lookup = sw_resolve_host(resolver, name, mail_port(x), x->c->settings->families,
				    sw_exam_patience(x, LOOKUP_US), resolved, h, &err);
	if (h->lookup)
		m->open++;
	else
		state_host(m, h, NULL, "no_address", "bad name");
}

static void take_mx(struct mx *m, struct sw_resolver *resolver, const struct sw_dns_answer *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct sw_dns_record *r = &a->records[i];
		struct host null = { .name = "", .preference = 0 };

		if (r->type != SW_DNS_MX)
			continue;
		if (r->mx.host[0])
			look_up(m, resolver, r->mx.host, r->mx.preference);
		else
			state_host(m, &null, NULL, "null_mx", "");
	}
}

static void answered(void *arg, const struct sw_dns_answer *a)
{
	struct mx *m = arg;
	struct sw_resolver *resolver = NULL;
	struct sw_error err = { 0 };

	m->query = NULL;
	m->open++; /* not before all are begun */
	if (sw_context_get_resolver(m->say.r->x->c, &resolver, &err))
		sw_probe_untested(m->say.r, "mx", "%s", err.text);
	else if (a->status == SW_DNS_OK)
		take_mx(m, resolver, a);
	else if (a->status == SW_DNS_NODATA) /* RFC 5321 5.1: its own mail host */
		look_up(m, resolver, m->domain, 0);
	else
		sw_probe_untested(m->say.r, "mx", "the MX records of %s cannot be had: %s",
				  m->domain, sw_dns_status_name(a->status));
	m->open--;
	go_when_all_are_there(m);
}

/* ---- the probe */

static struct sw_slice domain_of(const struct sw_exam *x, const struct sw_want *wants,
				 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct sw_slice domain = sw_want_value(&wants[i], "domain");

		if (domain.len)
			return domain;
	}
	return sw_slice_str(x->target.domain);
}

static bool contacts(struct sw_exam *x, const struct sw_want *wants, size_t count,
		     struct sw_buf *out)
{
	struct sw_slice domain = domain_of(x, wants, count);

	return domain.len && domain.len < DNS_NAME && domain.ptr[0] != '[' &&
	       sw_buf_printf(out, "the mail hosts of %.*s, EHLO and STARTTLS",
			     SW_FMT(domain)) == SW_OK;
}

static enum sw_err start(struct sw_probe_run *r, struct sw_error *err)
{
	struct sw_exam *x = r->x;
	struct mx *m = sw_say_new(r, sizeof(*m), heard, NULL);
	struct sw_resolver *resolver;
	enum sw_err e;

	if (!m)
		return sw_fail_nomem(err);
	m->say.abreast = SW_SAY_LANES;
	m->domain = sw_arena_copy(&x->arena, domain_of(x, r->wants, r->want_count)).ptr;
	if (!m->domain)
		return sw_fail_nomem(err);
	e = sw_context_get_resolver(x->c, &resolver, err);
	if (e)
		return e;
	m->query = sw_resolver_ask(resolver, m->domain, SW_DNS_MX,
				   sw_exam_patience(x, LOOKUP_US), answered, m, err);
	return m->query ? SW_OK : SW_E_NOMEM;
}

static void stop(struct sw_probe_run *r)
{
	struct mx *m = r->state;

	if (!m)
		return;
	if (m->query)
		sw_query_cancel(m->query);
	for (size_t i = 0; i < m->count; i++)
		if (m->hosts[i].lookup)
			sw_host_lookup_cancel(m->hosts[i].lookup);
	sw_say_stop(r);
}

const struct sw_probe sw_probe_mx = {
	.id = "mx",
	.source = "probe.p10",
	.kind = SW_PROBE_SMTP,
	.stage = SW_STAGE_DNS,
	.states = { SW_FACT_PROBE_MX, SW_FACT_COUNT, SW_FACT_COUNT, SW_FACT_COUNT },
	.early = SW_STAGE_COUNT,
	.title = { "every mail host of the domain", "все почтовые серверы домена" },
	.contacts = contacts,
	.start = start,
	.stop = stop,
};
