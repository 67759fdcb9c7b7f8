/* SPDX-License-Identifier: MIT */
/* libunbound as a stub: it asks the given servers, retries, falls back to TCP, follows and
 * checks; on our event loop, in this thread. Its context costs about 0.5 ms to make, 1 ms to
 * be made ready and 1 ms at the first question, and 3 MB; so it is made when somebody asks. */
#include <errno.h>
#include <stdio.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/ldns_lib.h"
#include "net/nameservers.h"
#include "net/resolver_internal.h"
#include "net/unbound_events.h"
#include "net/unbound_lib.h"

#define HOSTS_FILE "/etc/hosts"
#define ROOT_KEY   "/usr/share/dns/root.key" /* Debian's dns-root-data */

enum {
	/* A healthy server has answered long before; then it is looked whether any is there.
	 */
	PATIENCE_US = 1000 * 1000,
	/* What a server on the way may take to answer a second look. */
	LOOK_US = 1000 * 1000,
	/* Second looks under way at once: three sockets each. */
	MAX_LOOKS = 16,
	TURN_US = 100 * 1000,
	SERVERS_TEXT = SW_MAX_NAMESERVERS * (SW_ADDR_TEXT + 2),
};

struct unbound {
	struct sw_resolver base;
	struct ub_ctx *ctx;        /* NULL before the first question */
	struct sw_unbound_lib lib; /* loaded with it */
	struct sw_ldns_lib ldns;   /* likewise */
	struct sw_unbound_events events;
	char *resolv_conf; /* NULL: servers were given */
	char *anchor;      /* NULL: no validation */
	struct sw_addr servers[SW_MAX_NAMESERVERS];
	size_t count;
	char servers_text[SERVERS_TEXT];
	struct sw_error trouble; /* why it cannot work */
	unsigned looks;
};

static const struct {
	const char *name, *value;
} options[] = {
	/* A name server on this machine is the usual case. */
	{ "do-not-query-localhost:", "no" },
	/* Names of private networks are the business of the servers that we ask. */
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	/* A server that was silent for a while is asked again, not given up for 15 minutes. */
	{ "infra-keep-probing:", "yes" },
	/* Sockets at once: a bulk sender asks for many names. Opened as needed. */
	{ "outgoing-range:", "64" },
};

static void name_servers(struct unbound *u)
{
	char text[SW_ADDR_TEXT];
	size_t used = 0;

	for (size_t i = 0; i < u->count; i++) {
		const struct sw_addr *a = &u->servers[i];
		const char *one = sw_nameserver_text(a, text);
		int len = snprintf(u->servers_text + used, sizeof(u->servers_text) - used,
				   "%s%s", i ? ", " : "", one);
		if (len > 0)
			used += (size_t)len;
	}
}

static enum sw_err find_servers(struct unbound *u)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_CONFIG };

	if (u->count > 0)
		return SW_OK;
	enum sw_err e =
		sw_file_read(u->resolv_conf, SW_FILE_INPUT, SW_MAX_CONFIG, &text, &u->trouble);
	if (e)
		return e;
	/* Not by ub_ctx_resolvconf, which has no limit and asks the root servers when none is
	 * named. */
	u->count = sw_nameservers_read(sw_buf_slice(&text), u->servers, NULL);
	name_servers(u);
	return SW_OK;
}

static enum sw_err ub_failed(struct unbound *u, const char *what, int code)
{
	/* It has several words for it ("initialization failure"); malloc has one. */
	if (code == UB_NOMEM || errno == ENOMEM) {
		sw_mem_note_refusal();
		return sw_fail_nomem(&u->trouble);
	}
	return sw_fail(&u->trouble, SW_E_OS, "libunbound: %s: %s", what,
		       u->lib.error_text(code));
}

static enum sw_err set_options(struct unbound *u)
{
	int rc = u->lib.debugout(u->ctx, NULL); /* a library does not print */

	for (size_t i = 0; i < SW_LEN(options) && !rc; i++)
		rc = u->lib.set_option(u->ctx, options[i].name, options[i].value);
	if (!rc)
		rc = u->lib.set_option(u->ctx, "module-config:",
				       u->anchor ? "validator iterator" : "iterator");
	if (rc)
		return ub_failed(u, "an option", rc);
	if (u->anchor)
		rc = u->lib.add_ta_file(u->ctx, u->anchor);
	return rc ? ub_failed(u, u->anchor, rc) : SW_OK;
}

static enum sw_err set_servers(struct unbound *u)
{
	char text[SW_ADDR_TEXT], ip[SW_ADDR_TEXT];
	int rc = 0;

	for (size_t i = 0; i < u->count && !rc; i++) {
		snprintf(text, sizeof(text), "%s@%u", sw_addr_ip(&u->servers[i], ip),
			 (unsigned)sw_addr_port(&u->servers[i]));
		rc = u->lib.set_fwd(u->ctx, text);
	}
	/* Zones that libunbound would answer itself, although a server here may serve them
	 * (RFC 6761 6.2, RFC 8375). This makes the context ready. */
	if (!rc)
		rc = u->lib.zone_remove(u->ctx, "test.");
	if (!rc)
		rc = u->lib.zone_remove(u->ctx, "home.arpa.");
	/* A trust anchor that it had no memory for it leaves out, and calls that success. */
	return rc || errno == ENOMEM ? ub_failed(u, text, rc) : SW_OK;
}

static enum sw_err start(struct unbound *u)
{
	if (u->ctx)
		return SW_OK;
	sw_error_clear(&u->trouble);
	enum sw_err e = find_servers(u);
	if (!e)
		e = sw_unbound_load(&u->lib, &u->trouble);
	if (!e)
		e = sw_ldns_load(&u->ldns, &u->trouble);
	if (e)
		return e;
	errno = 0;
	sw_unbound_events_init(&u->events, sw_loop_base(u->base.loop));
	u->ctx = u->lib.create_ub_event(&u->events.base);
	if (!u->ctx)
		return sw_fail_nomem(&u->trouble);
	e = set_options(u);
	if (!e)
		e = set_servers(u);
	if (e) {
		u->lib.delete(u->ctx);
		u->ctx = NULL;
	}
	return e;
}

static struct unbound *unbound_of(const struct sw_query *q)
{
	return (struct unbound *)q->resolver;
}

static void fail_query(struct sw_query *q, enum sw_dns_status status, const char *why)
{
	q->answer->status = status;
	q->answer->rcode = 0;
	q->answer->why_failed = sw_dns_answer_keep(q->answer, why);
}

static void end_look(struct sw_query *q)
{
	if (!q->look)
		return;
	sw_ns_look_free(q->look);
	q->look = NULL;
	unbound_of(q)->looks--;
}

/* "127.0.0.53 (Connection refused), 192.0.2.1 (silent)". */
static void describe_dead(const struct sw_ns_verdict *v, char *out, size_t size)
{
	char text[SW_ADDR_TEXT];
	size_t used = 0;

	used += (size_t)snprintf(out, size, "no answer from ");
	for (size_t i = 0; i < v->count && used < size; i++) {
		const struct sw_ns_state *s = &v->servers[i];
		const char *why = s->os_errno   ? strerrordesc_np(s->os_errno)
				  : s->nonsense ? "sends nonsense"
						: "silent";
		int len = snprintf(out + used, size - used, "%s%s (%s)", i ? ", " : "",
				   sw_nameserver_text(&s->addr, text),
				   why ? why : "unreachable");
		used += len > 0 ? (size_t)len : 0;
	}
}

/* Nothing came from anybody: all hosts refuse, or some are silent. */
static void settle_dead(struct sw_query *q, const struct sw_ns_verdict *v)
{
	char why[SW_ERROR_TEXT];
	bool silent = false;

	for (size_t i = 0; i < v->count; i++)
		silent = silent || v->servers[i].os_errno == 0;
	/* While libunbound still tries, silence proves nothing. */
	if (silent && q->ub_running)
		return;
	describe_dead(v, why, sizeof(why));
	fail_query(q, silent ? SW_DNS_TIMEOUT : SW_DNS_FAILED, why);
	sw_query_answered(q);
}

static void settle_alive(struct sw_query *q, const struct sw_ns_state *s)
{
	q->server_alive = true;
	if (q->ub_running)
		return; /* the answer will come, or not */
	enum sw_dns_status status = sw_dns_status_of_rcode(s->rcode);
	if (s->truncated)
		fail_query(q, SW_DNS_FAILED,
			   "the answer is too long for UDP, and does not come over TCP");
	else if (status == SW_DNS_REFUSED) {
		q->answer->status = status;
		q->answer->rcode = s->rcode;
	}
	sw_query_answered(q);
}

static void looked(void *arg, const struct sw_ns_verdict *v)
{
	struct sw_query *q = arg;
	const struct sw_ns_state *alive = NULL;

	for (size_t i = 0; i < v->count; i++)
		if (v->servers[i].answered)
			alive = &v->servers[i];
	if (q->answered)
		return;
	if (alive)
		settle_alive(q, alive);
	else
		settle_dead(q, v);
	end_look(q);
}

static bool look_again(struct sw_query *q)
{
	struct unbound *u = unbound_of(q);
	uint64_t until = sw_time_add(sw_loop_now(u->base.loop), LOOK_US);

	end_look(q);
	if (u->looks >= MAX_LOOKS)
		return false;
	q->look = sw_ns_look_start(u->base.loop, u->servers, u->count, q->answer->name,
				   q->answer->type, sw_min_u64(until, q->deadline_us), looked,
				   q);
	if (q->look)
		u->looks++;
	return q->look != NULL;
}

static void on_answer(void *arg, int rcode, void *packet, int len, int secure, char *why_bogus,
		      int ratelimited SW_UNUSED)
{
	struct sw_query *q = arg;
	struct sw_dns_answer *a = q->answer;

	/* It may say SERVFAIL when it had no memory; malloc leaves word, as long as no call of the
	 * system failed since. */
	if (errno == ENOMEM)
		sw_mem_note_refusal();
	q->ub_running = false;
	if (q->answered)
		return; /* a second look was faster, and waits for delivery */
	a->rcode = rcode;
	a->secure = secure == 2;
	if (secure == 1) {
		a->status = SW_DNS_BOGUS;
		a->why_bogus = sw_dns_answer_keep(a, why_bogus ? why_bogus : "");
	} else if (rcode != 0 || !packet || len <= 0) {
		a->status = sw_dns_status_of_rcode(rcode ? rcode : 2);
		if (look_again(q))
			return;
	} else if (sw_dns_packet_read(&unbound_of(q)->ldns, packet, (size_t)len, a)) {
		fail_query(q, SW_DNS_FAILED, "no memory for the answer");
	}
	sw_query_answered(q); /* nobody is called from inside libunbound */
}

static enum sw_err ask(struct sw_query *q, struct sw_error *err)
{
	struct unbound *u = unbound_of(q);
	enum sw_err e = start(u);

	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	q->answer->source = sw_dns_answer_keep(q->answer, u->servers_text);
	if (e) {
		fail_query(q, SW_DNS_FAILED, u->trouble.text);
		sw_query_answered(q);
		return SW_OK;
	}
	q->ub_running = true;
	errno = 0;
	int rc = u->lib.resolve_event(u->ctx, q->answer->name, (int)q->answer->type, 1, q,
				      on_answer, &q->ub_id);
	/* A question that it forgets so is never answered. */
	if (errno == ENOMEM)
		sw_mem_note_refusal();
	if (rc == 0)
		return SW_OK;
	q->ub_running = false;
	if (rc == UB_NOMEM)
		return sw_fail_nomem(err);
	fail_query(q, SW_DNS_FAILED, u->lib.error_text(rc));
	sw_query_answered(q);
	return SW_OK;
}

static void cancel(struct sw_query *q)
{
	if (q->ub_running)
		unbound_of(q)->lib.cancel(unbound_of(q)->ctx, q->ub_id);
	q->ub_running = false;
	end_look(q);
}

static void nudge(struct sw_query *q)
{
	/* Without memory or descriptors for it there is no look. */
	if (look_again(q) || unbound_of(q)->looks < MAX_LOOKS)
		return;
	/* Of many questions each has its turn, else they would wait for their deadline. */
	q->nudged = false;
	sw_timer_set(q->timer,
		     sw_min_u64(q->deadline_us,
				sw_time_add(sw_loop_now(q->resolver->loop), TURN_US)));
}

static void timed_out(struct sw_query *q)
{
	char why[SW_ERROR_TEXT];

	snprintf(why, sizeof(why), "no %sanswer from %s within %.1f s",
		 q->server_alive ? "usable " : "", unbound_of(q)->servers_text,
		 (double)(sw_loop_now(q->resolver->loop) - q->started_us) / 1e6);
	q->answer->why_failed = sw_dns_answer_keep(q->answer, why);
}

static enum sw_err set_anchor(struct sw_resolver *r, const char *path, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = SW_MAX_CONFIG };
	struct unbound *u = (struct unbound *)r;

	if (!path)
		path = ROOT_KEY;
	if (u->ctx)
		return sw_fail(err, SW_E_USAGE, "the resolver has answered already");
	enum sw_err e = sw_file_read(path, SW_FILE_INPUT, SW_MAX_CONFIG, &text, err);
	if (e)
		return e;
	char *copy = sw_strdup(path);
	if (!copy)
		return sw_fail_nomem(err);
	sw_free(u->anchor);
	u->anchor = copy;
	return SW_OK;
}

static void free_unbound(struct sw_resolver *r)
{
	struct unbound *u = (struct unbound *)r;

	if (u->ctx)
		u->lib.delete(u->ctx);
	sw_free(u->resolv_conf);
	sw_free(u->anchor);
	sw_free(u);
}

static const struct sw_resolver_ops ops = {
	.ask = ask,
	.cancel = cancel,
	.nudge = nudge,
	.patience_us = PATIENCE_US,
	.timed_out = timed_out,
	.set_anchor = set_anchor,
	.free = free_unbound,
};

static struct unbound *new_unbound(struct sw_loop *loop, struct sw_error *err)
{
	struct unbound *u = sw_calloc(1, sizeof(*u));

	if (!u) {
		sw_fail_nomem(err);
		return NULL;
	}
	u->base.ops = &ops;
	u->base.loop = loop;
	return u;
}

struct sw_resolver *sw_resolver_system_from(struct sw_loop *loop, const char *resolv_conf,
					    struct sw_error *err)
{
	struct unbound *u = new_unbound(loop, err);

	if (!u)
		return NULL;
	u->resolv_conf = sw_strdup(resolv_conf);
	u->base.hosts_file = sw_strdup(HOSTS_FILE);
	if (u->resolv_conf && u->base.hosts_file)
		return &u->base;
	sw_fail_nomem(err);
	sw_resolver_free(&u->base);
	return NULL;
}

struct sw_resolver *sw_resolver_system(struct sw_loop *loop, struct sw_error *err)
{
	return sw_resolver_system_from(loop, SW_RESOLV_CONF, err);
}

struct sw_resolver *sw_resolver_server(struct sw_loop *loop, const char *server,
				       struct sw_error *err)
{
	struct sw_addr addr;

	if (!sw_nameserver_parse(sw_slice_str(server), &addr)) {
		sw_fail(err, SW_E_USAGE,
			"not the address of a name server: '%s' (expected such as 192.0.2.53 "
			"or "
			"[2001:db8::53]:5353)",
			server);
		return NULL;
	}
	struct unbound *u = new_unbound(loop, err);
	if (!u)
		return NULL;
	u->servers[0] = addr;
	u->count = 1;
	name_servers(u);
	return &u->base;
}
