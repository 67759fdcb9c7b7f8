/* SPDX-License-Identifier: MIT */
/* From a host's name to its addresses. */
#include <netinet/in.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/hosts.h"
#include "net/resolver_internal.h"

/* How long the other family is waited for when one has addresses. RFC 8305 3 gives AAAA 50 ms behind A. A
 * behind AAAA gets longer: addresses that come later cannot join a dial, and a host whose IPv6 is broken
 * would be lost without the others. */
enum { AAAA_GRACE_US = 50 * 1000, A_GRACE_US = 1000 * 1000 };

enum { FIRST = 0, SECOND = 1, ASKED = 2 };

struct sw_host_lookup {
	struct sw_resolver *resolver;
	struct sw_host_lookup *prev, *next;
	struct sw_timer *timer;		/* delivers, and ends the grace */
	struct sw_query *queries[ASKED];
	enum sw_dns_type types[ASKED];	/* AAAA, then A */
	struct sw_dns_answer *answers[ASKED];
	size_t asked;
	struct sw_addr addrs[SW_MAX_DIAL_ADDRESSES];
	size_t count;
	uint16_t port;
	enum sw_families families;
	sw_host_fn fn;
	void *arg;
};

static bool family_wanted(enum sw_families families, int family)
{
	return families == SW_FAMILY_ANY || (families == SW_FAMILY_V4 && family == AF_INET) ||
	       (families == SW_FAMILY_V6 && family == AF_INET6);
}

static void unlink_lookup(struct sw_host_lookup *l)
{
	if (!l->resolver)
		return;
	if (l->prev)
		l->prev->next = l->next;
	else
		l->resolver->lookups = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->resolver = NULL;
}

static void cancel_queries(struct sw_host_lookup *l)
{
	for (size_t i = 0; i < ASKED; i++) {
		sw_query_cancel(l->queries[i]);
		l->queries[i] = NULL;
	}
}

static void free_lookup(struct sw_host_lookup *l)
{
	cancel_queries(l);
	for (size_t i = 0; i < ASKED; i++)
		sw_dns_answer_free(l->answers[i]);
	sw_timer_free(l->timer);
	sw_free(l);
}

void sw_host_lookup_cancel(struct sw_host_lookup *l)
{
	if (!l || !l->resolver)
		return;
	unlink_lookup(l);
	free_lookup(l);
}

void sw_host_lookups_end(struct sw_resolver *r)
{
	while (r->lookups)
		sw_host_lookup_cancel(r->lookups);
}

static bool is_address(const struct sw_dns_record *r)
{
	return r->type == SW_DNS_A || r->type == SW_DNS_AAAA;
}

static void add_record(struct sw_host_lookup *l, const struct sw_dns_answer *a, size_t i)
{
	if (!a || i >= a->count || l->count >= SW_MAX_DIAL_ADDRESSES || !is_address(&a->records[i]))
		return;
	l->addrs[l->count++] = a->records[i].type == SW_DNS_A ?
				       sw_addr_v4(a->records[i].a, l->port) :
				       sw_addr_v6(a->records[i].aaaa, l->port);
}

/* The two families in turns: a host with many addresses of one must not push the other out. */
static void collect(struct sw_host_lookup *l)
{
	for (size_t i = 0; i < SW_MAX_DNS_RECORDS; i++)
		for (size_t k = 0; k < ASKED; k++)
			add_record(l, l->answers[k], i);
}

/* How well a status explains that there is no address. */
static const int weight[SW_DNS_STATUS_COUNT] = {
	[SW_DNS_OK] = 0,       [SW_DNS_NODATA] = 1, [SW_DNS_NXDOMAIN] = 2, [SW_DNS_REFUSED] = 3,
	[SW_DNS_SERVFAIL] = 4, [SW_DNS_BOGUS] = 5,  [SW_DNS_TIMEOUT] = 6,  [SW_DNS_FAILED] = 7,
};

static enum sw_dns_status worst_status(const struct sw_host_lookup *l)
{
	enum sw_dns_status worst = SW_DNS_NODATA;

	if (l->count > 0)
		return SW_DNS_OK;
	for (size_t i = 0; i < ASKED; i++)
		if (l->answers[i] && weight[l->answers[i]->status] > weight[worst])
			worst = l->answers[i]->status;
	return worst;
}

static void deliver(void *arg)
{
	struct sw_host_lookup *l = arg;
	const struct sw_dns_answer *came[ASKED];
	size_t count = 0;

	/* The callback may free the resolver, and the questions with it. */
	cancel_queries(l);
	unlink_lookup(l);
	for (size_t i = 0; i < ASKED; i++)
		if (l->answers[i])
			came[count++] = l->answers[i];
	if (l->asked > 0)
		collect(l);
	l->fn(l->arg, l->addrs, l->count, came, count, worst_status(l));
	free_lookup(l);
}

static void family_answered(void *arg, const struct sw_dns_answer *answer)
{
	struct sw_host_lookup *l = arg;
	size_t mine = answer->type == l->types[FIRST] ? FIRST : SECOND;
	size_t other = mine == FIRST ? SECOND : FIRST;

	l->answers[mine] = sw_query_take_answer(l->queries[mine]);
	l->queries[mine] = NULL;
	uint64_t now = sw_loop_now(l->resolver->loop);
	if (!l->queries[other])
		sw_timer_set(l->timer, 0);
	else if (answer->count > 0)
		sw_timer_set(l->timer, sw_time_add(now, answer->type == SW_DNS_A ?
								AAAA_GRACE_US :
								A_GRACE_US));
}

static enum sw_err ask_family(struct sw_host_lookup *l, const char *host, enum sw_dns_type type,
			      uint64_t deadline_us, struct sw_error *err)
{
	size_t i = l->asked;

	l->queries[i] = sw_resolver_ask(l->resolver, host, type, deadline_us, family_answered, l,
					err);
	if (!l->queries[i])
		return err && err->code ? err->code : SW_E_NOMEM;
	l->types[i] = type;
	l->asked++;
	return SW_OK;
}

static enum sw_err ask_dns(struct sw_host_lookup *l, const char *host, uint64_t deadline_us,
			   struct sw_error *err)
{
	enum sw_err e = SW_OK;

	if (family_wanted(l->families, AF_INET6))
		e = ask_family(l, host, SW_DNS_AAAA, deadline_us, err);
	if (!e && family_wanted(l->families, AF_INET))
		e = ask_family(l, host, SW_DNS_A, deadline_us, err);
	return e;
}

static void keep_wanted(struct sw_host_lookup *l)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		if (!family_wanted(l->families, l->addrs[i].ss.ss_family))
			continue;
		l->addrs[kept] = l->addrs[i];
		sw_addr_set_port(&l->addrs[kept++], l->port);
	}
	l->count = kept;
}

/* A literal or localhost: true when nobody needs to be asked. */
static bool is_local(struct sw_host_lookup *l, struct sw_slice host)
{
	static const uint8_t v4[4] = { 127, 0, 0, 1 };
	static const uint8_t v6[16] = { [15] = 1 };
	struct sw_slice bare = host;

	if (bare.len > 1 && bare.ptr[bare.len - 1] == '.')
		bare.len--;
	if (sw_addr_parse(host, l->port, &l->addrs[0])) {
		l->count = 1;
	} else if (sw_slice_eq_nocase(bare, SW_S("localhost")) ||
		   (bare.len > 10 && sw_slice_eq_nocase(sw_slice_from(bare, bare.len - 10),
							SW_S(".localhost")))) {
		l->addrs[l->count++] = sw_addr_v6(v6, l->port);
		l->addrs[l->count++] = sw_addr_v4(v4, l->port);
	} else {
		return false;
	}
	keep_wanted(l);
	return true;
}

/* The file's line as an answer, for whoever writes down where addresses came from. */
static struct sw_dns_answer *hosts_answer(struct sw_host_lookup *l, const char *host,
					  enum sw_dns_type type)
{
	struct sw_dns_answer *a = sw_dns_answer_new(host, type);

	if (!a)
		return NULL;
	for (size_t i = 0; i < l->count; i++) {
		const struct sockaddr_storage *ss = &l->addrs[i].ss;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		enum sw_err e;
		memcpy(&v4, ss, sizeof(v4));
		memcpy(&v6, ss, sizeof(v6));
		if (ss->ss_family == AF_INET)
			e = sw_dns_answer_add_wire(a, SW_DNS_A, 0,
						   (const uint8_t *)&v4.sin_addr, 4);
		else
			e = sw_dns_answer_add_wire(a, SW_DNS_AAAA, 0, v6.sin6_addr.s6_addr, 16);
		if (e) {
			sw_dns_answer_free(a);
			return NULL;
		}
	}
	a->source = sw_dns_answer_keep(a, l->resolver->hosts_file);
	return a;
}

/* A file that cannot be read now is as good as an empty one: the name may well be in the DNS. */
static enum sw_err look_into_hosts(struct sw_host_lookup *l, const char *host, bool *ret_found,
				   struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_HOSTS_FILE };

	*ret_found = false;
	if (!l->resolver->hosts_file)
		return SW_OK;
	enum sw_err e = sw_file_read(l->resolver->hosts_file, SW_FILE_INPUT, SW_MAX_HOSTS_FILE,
				     &text, NULL);
	if (e)
		return e == SW_E_NOMEM ? sw_fail_nomem(err) : SW_OK;
	l->count = sw_hosts_find(sw_buf_slice(&text), sw_slice_str(host), l->addrs, 0,
				 SW_MAX_DIAL_ADDRESSES);
	keep_wanted(l);
	if (l->count == 0)
		return SW_OK;
	*ret_found = true;
	l->answers[FIRST] = hosts_answer(
		l, host, l->addrs[0].ss.ss_family == AF_INET ? SW_DNS_A : SW_DNS_AAAA);
	return l->answers[FIRST] ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err start(struct sw_host_lookup *l, const char *host, uint64_t deadline_us,
			 struct sw_error *err)
{
	bool found;

	if (is_local(l, sw_slice_str(host))) {
		sw_timer_set(l->timer, 0);
		return SW_OK;
	}
	if (!sw_dns_name_valid(sw_slice_str(host)))
		return sw_fail(err, SW_E_DATA, "neither a host name nor an address: '%s'", host);
	enum sw_err e = look_into_hosts(l, host, &found, err);
	if (!e && found)
		sw_timer_set(l->timer, 0);
	else if (!e)
		e = ask_dns(l, host, deadline_us, err);
	return e;
}

struct sw_host_lookup *sw_resolve_host(struct sw_resolver *r, const char *host, uint16_t port,
				       enum sw_families families, uint64_t deadline_us,
				       sw_host_fn fn, void *arg, struct sw_error *err)
{
	struct sw_host_lookup *l = sw_calloc(1, sizeof(*l));

	if (l)
		l->timer = sw_timer_new(r->loop, deliver, l);
	if (!l || !l->timer) {
		sw_free(l);
		sw_fail_nomem(err);
		return NULL;
	}
	l->resolver = r;
	l->next = r->lookups;
	if (l->next)
		l->next->prev = l;
	r->lookups = l;
	l->port = port;
	l->families = families;
	l->fn = fn;
	l->arg = arg;
	if (start(l, host, deadline_us, err)) {
		sw_host_lookup_cancel(l);
		return NULL;
	}
	return l;
}
