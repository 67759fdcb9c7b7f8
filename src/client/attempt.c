/* SPDX-License-Identifier: MIT */
#include "client/attempt.h"

#include <stdlib.h>

#include "base/mem.h"
#include "client/guard.h"
#include "client/letter.h"
#include "client/part.h"
#include "client/route.h"
#include "client/servers.h"

/* A server that was not to be had is asked after the others for so long. */
enum { AWAY_US = 5 * 60 * 1000 * 1000 };

static const char *keep(struct sw_delivery *d, const char *text)
{
	const char *copy = text ? sw_arena_strdup(&d->arena, text) : NULL;
	return copy ? copy : "";
}

static void note_server(struct sw_delivery *d, const struct sw_session *s)
{
	const struct sw_tls_info *tls = s->stream ? sw_tls_get_info(s->stream) : NULL;
	const struct sw_caps *caps = s->smtp ? sw_smtp_client_caps(s->smtp) : NULL;
	struct sw_delivery_server *v = &d->server;
	v->name = keep(d, s->host);
	v->port = s->port;
	v->address[0] = '\0';
	if (s->peer.len)
		sw_addr_ip(&s->peer, v->address);
	v->tls_version = keep(d, tls && tls->done ? tls->version : "");
	v->tls_cipher = keep(d, tls && tls->done ? tls->cipher : "");
	v->tls_policy = sw_guard_policy_name(s->guard, s->tls);
	v->tls_mode = sw_guard_mode_name(s->guard);
	v->tls_report = sw_guard_report(s);
	v->tls_verified = tls && tls->done && tls->verified;
	v->tls_resumed = tls && tls->done && tls->resumed;
	v->extensions = keep(d, caps ? caps->raw : "");
}

static void note_times(struct sw_delivery *d, struct sw_session *s)
{
	for (size_t i = 0; i < SW_STAGE_COUNT; i++) {
		d->stage_us[i] += s->stage_us[i];
		s->stage_us[i] = 0;
	}
	if (s->reached > d->reached)
		d->reached = s->reached;
}

/* What is known after the session did what it could. `begun`: a transaction was. */
static void account(const struct sw_part *p, struct sw_session *s, bool begun)
{
	note_server(p->d, s);
	sw_guard_account(s);
	sw_session_state_end(s);
	note_times(p->d, s);
	if (!begun && s->ending != SW_END_OK)
		sw_part_settle_all(p, s->ending, s->ending_stage, &s->ending_reply);
}

/* The session was open before and died before the server could have taken the message. */
static bool was_stale(const struct sw_session *s, bool begun)
{
	bool dead = s->ending == SW_END_CLOSED || s->ending == SW_END_IO ||
		    s->ending == SW_END_SHUTDOWN;
	return s->reused && dead && begun && s->ending_stage < SW_STAGE_FINAL &&
	       sw_smtp_client_message(s->smtp) == SW_NOT_SENT;
}

/* The server broke the handshake off when a TLS session was to be taken up again. That session
 * is forgotten by now, so the next handshake is a whole one. */
static bool was_not_resumed(const struct sw_session *s)
{
	const struct sw_tls_info *tls = s->stream ? sw_tls_get_info(s->stream) : NULL;
	return s->ending == SW_END_TLS && tls && tls->offered_session && !tls->done &&
	       tls->verify_count == 0;
}

/* Of commands that went out together some were answered and the others never: the server, or a
 * box before it, loses what follows the first (RFC 2920 3.2 forbids it). */
static bool lost_commands(const struct sw_session *s, bool begun)
{
	bool silent = s->ending == SW_END_CLOSED || s->ending == SW_END_IO ||
		      s->ending == SW_END_TIMEOUT;
	/* Where it worked before, something else broke. */
	bool first = !s->reused && s->mails <= 1;
	if (!silent || !begun || !first || !s->pipelining ||
	    s->ending_stage != SW_STAGE_ENVELOPE)
		return false;
	return sw_caps_has(sw_smtp_client_caps(s->smtp), SW_CAP_PIPELINING) &&
	       s->envelope_answers > 0 && sw_smtp_client_message(s->smtp) == SW_NOT_SENT;
}

static bool wants_transaction(const struct sw_part *p)
{
	bool kind = p->job.kind == SW_JOB_SEND || p->job.kind == SW_JOB_RECIPIENTS;
	return kind && p->job.until == SW_UNTIL_READY;
}

static bool stopped(const struct sw_context *c)
{
	return c->aborted || sw_context_now(c) >= c->deadline_us;
}

/* What a session left to be done. */
struct rest {
	bool again;   /* a silent second try is due */
	bool lost;    /* likewise, with one command at a time */
	bool suspect; /* that, but there is no time for it: the next call does so */
	bool further; /* it came further than the envelope */
	struct sw_addr peer;
	size_t *left; /* places of recipients that another session must take; room for all */
	size_t count;
};

/* One session: open or reused, then the transactions. */
static enum sw_err try_session(const struct sw_part *p, const struct sw_session_target *t,
			       bool may_reuse, struct rest *rest, struct sw_error *err)
{
	bool reused = false, begun = false;
	enum sw_err e = may_reuse ? sw_session_reuse(p->c, t, &reused, err) : SW_OK;
	if (!e && !reused) {
		sw_part_state_env(p);
		e = sw_session_open(p->c, t, err);
	}
	struct sw_session *s = p->c->session;
	if (e || !s)
		return e;
	bool transaction = wants_transaction(p);
	rest->count = 0;
	if (s->ending == SW_END_OK && transaction)
		e = sw_part_transact(p, s, &begun, rest->left, &rest->count, err);
	rest->again = !e && rest->count == 0 && (was_stale(s, begun) || was_not_resumed(s));
	rest->lost = !e && rest->count == 0 && !rest->again && lost_commands(s, begun);
	/* A stage takes the time of one; mostly it is the server that hangs. */
	rest->suspect = rest->lost && s->ending == SW_END_TIMEOUT;
	rest->lost = rest->lost && !rest->suspect;
	rest->peer = s->peer;
	rest->further = s->ending == SW_END_OK || s->ending_stage > SW_STAGE_ENVELOPE;
	if (!e)
		account(p, s, begun);
	/* Verified sessions are not kept: the next call may want a login that this one left
	 * out. */
	if (e || s->ending != SW_END_OK || !transaction || rest->count > 0)
		sw_session_close(p->c);
	return e;
}

/* One by one the same commands were answered. */
static void note_lost_commands(const struct sw_part *p, const struct sw_session_target *t,
			       const struct sw_addr *peer)
{
	char ip[SW_ADDR_TEXT];
	sw_memory_note(&p->c->memory, t->host, t->port, SW_QUIRK_PIPELINING);
	SW_STATE(p->c->facts, SW_FACT_PROBE_SINGLE, SW_STAGE_ENVELOPE, "session",
		 sw_context_now(p->c), SW_F_STR("address", sw_addr_ip(peer, ip)),
		 SW_F_INT("port", t->port), SW_F_BOOL("ok", true), SW_F_STR("state", "done"));
}

/* A second time where the first one failed by what it took over from earlier sessions. */
static enum sw_err try_afresh(const struct sw_part *p, const struct sw_session_target *t,
			      bool may_reuse, struct rest *rest, struct sw_error *err)
{
	struct sw_session_target again = *t;
	enum sw_err e = try_session(p, t, may_reuse, rest, err);
	again.one_by_one = rest->lost;
	if (!e && rest->suspect)
		sw_memory_note(&p->c->memory, t->host, t->port, SW_QUIRK_PIPELINING);
	if (e || !(rest->again || rest->lost) || stopped(p->c))
		return e;
	sw_context_note(p->c, SW_TR_NOTE, "Trying once more, from the start%s",
			again.one_by_one ? ", with one command at a time" : "");
	e = try_session(p, &again, false, rest, err);
	if (!e && again.one_by_one && rest->further)
		note_lost_commands(p, t, &rest->peer);
	return e;
}

/* A session, and another one where the first was stale, or takes no more (MAILMAX, or BDAT
 * that it does not know). Each leaves fewer to do, or knows more. */
static enum sw_err try_sessions(const struct sw_part *p, const struct sw_session_target *t,
				bool reuse, struct sw_error *err)
{
	size_t count = p->job.recipient_count;
	size_t *left = sw_calloc(count + 1, sizeof(*left));
	size_t *which = sw_calloc(count + 1, sizeof(*which));
	const char **names = sw_calloc(count + 1, sizeof(*names));
	struct sw_part now = *p;
	struct rest rest = { .left = left };
	enum sw_err e = left && which && names ? SW_OK : sw_fail_nomem(err);
	if (!e)
		e = try_afresh(&now, t, reuse, &rest, err);
	while (!e && rest.count > 0) {
		/* Places only move to the front, so this can be done in place. */
		for (size_t i = 0; i < rest.count; i++) {
			names[i] = now.job.recipients[left[i]];
			which[i] = now.which ? now.which[left[i]] : left[i];
		}
		now.job.recipients = names;
		now.job.recipient_count = rest.count;
		now.which = which;
		sw_context_note(p->c, SW_TR_NOTE, "A new session for %zu more recipients",
				rest.count);
		e = try_afresh(&now, t, false, &rest, err);
		/* Others have their copy: the account must reach the caller. */
		if (e && now.job.recipient_count < count) {
			sw_part_settle_all(&now, SW_END_LOCAL, SW_STAGE_LOCAL, NULL);
			e = SW_OK;
			break;
		}
	}
	sw_free(left);
	sw_free(which);
	sw_free(names);
	return e;
}

static enum sw_ending ending_of(const struct sw_part *p)
{
	return p->d->recipient_count ? sw_part_recipient(p, 0)->ending : p->d->ending;
}

static enum sw_err try_host(const struct sw_part *p, struct sw_session_target t,
			    enum sw_ending *ret, struct sw_error *err)
{
	enum sw_err e = try_sessions(p, &t, wants_transaction(p), err);
	*ret = ending_of(p);
	/* RFC 7435: opportunistic encryption must not deliver less than none would. */
	if (!e && *ret == SW_END_TLS && t.tls == SW_SMTP_TLS_OPPORTUNISTIC && !t.auth) {
		sw_context_note(p->c, SW_TR_NOTE, "TLS does not work here; trying without");
		t.tls = SW_SMTP_TLS_NONE;
		e = try_sessions(p, &t, false, err);
		*ret = ending_of(p);
	}
	return e;
}

static struct sw_session_target base_target(const struct sw_part *p)
{
	const struct sw_client_settings *set = p->c->settings;
	return (struct sw_session_target){
		.host = set->host,
		.port = sw_client_settings_port(set),
		.tls = sw_client_settings_tls_policy(set),
		.lmtp = !set->mx && set->scheme && set->scheme->lmtp,
		.on_unix = !set->mx && set->scheme && set->scheme->on_unix,
		.auth = p->job.kind != SW_JOB_CONNECTION && !p->job.no_login &&
			sw_client_settings_auth_wanted(set),
		.until = p->job.until,
	};
}

/* Nothing was answered about any recipient or about the message: another host may be asked. */
static bool unsettled(const struct sw_part *p)
{
	for (size_t i = 0; i < p->job.recipient_count; i++) {
		const struct sw_delivery_recipient *r = sw_part_recipient(p, i);
		/* 421 to a command is about the server, whatever the command (RFC 5321 3.8).
		 */
		bool closing = r->outcome == SW_DEFERRED && r->reply.code == 421 &&
			       r->stage < SW_STAGE_FINAL;
		bool before =
			closing || (r->stage < SW_STAGE_ENVELOPE &&
				    (r->outcome == SW_DEFERRED || r->outcome == SW_REJECTED));
		if (r->outcome != SW_NOT_SENT && !before && r->ending != SW_END_SHUTDOWN)
			return false;
		if (r->outcome == SW_UNCERTAIN || r->outcome == SW_ACCEPTED)
			return false;
	}
	return true;
}

/* Whether another host may do better, now that this one ended so. A refused login is refused
 * there as well, and a second try with a wrong password brings a lock nearer. */
static bool may_go_on(const struct sw_part *p, enum sw_ending ending)
{
	bool decided = ending == SW_END_LOCAL || ending == SW_END_ABORTED ||
		       ending == SW_END_DEADLINE ||
		       (ending == SW_END_OK && p->d->recipient_count == 0);
	if (decided || stopped(p->c) || !unsettled(p))
		return false;
	const struct sw_reply *reply =
		p->d->recipient_count ? &sw_part_recipient(p, 0)->reply : &p->d->reply;
	return ending != SW_END_AUTH_REFUSED || reply->code < 500;
}

/* One after the other, until one is not known to be of no use. `guard` NULL: nothing guards
 * them. */
static enum sw_err over_hosts(const struct sw_part *p, struct sw_session_target *at,
			      size_t count, struct sw_guard *guard, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	sw_servers_arrange(p->c, at, count);
	for (size_t i = 0; !e && i < count; i++) {
		enum sw_ending ending = SW_END_OK;
		if (guard)
			e = sw_guard_target(guard, &at[i], &ending, err);
		if (!e && ending != SW_END_OK)
			sw_part_settle_all(p, ending, SW_STAGE_DNS, NULL);
		else if (!e)
			e = try_host(p, at[i], &ending, err);
		bool on = !e && may_go_on(p, ending);
		uint64_t now = sw_context_now(p->c);
		sw_memory_away(&p->c->memory, at[i].host, at[i].port,
			       on ? sw_time_add(now, AWAY_US) : 0);
		if (!on)
			break;
		if (i + 1 < count)
			sw_context_note(p->c, SW_TR_NOTE, "Trying the next server: %s",
					at[i + 1].host);
	}
	return e;
}

static enum sw_err over_mx(const struct sw_part *p, struct sw_error *err)
{
	struct sw_route route;
	struct sw_session_target at[SW_MAX_MX_HOSTS];
	struct sw_guard *guard = NULL;
	struct sw_slice domain = sw_route_domain(p->job.recipients[0]);
	uint64_t began = sw_context_now(p->c);
	enum sw_err e = SW_OK;
	/* Who only looks as far as the connection needs no policy. */
	if (p->job.until == SW_UNTIL_READY)
		e = sw_guard_new(p->c, domain.ptr, &guard, err);
	if (!e)
		e = sw_route_mx(p->c, domain.ptr, &route, err);
	if (e) {
		sw_guard_free(guard);
		return e;
	}
	if (guard)
		e = sw_guard_route(guard, &route, err);
	p->d->stage_us[SW_STAGE_DNS] += sw_context_now(p->c) - began;
	if (!e && route.ending != SW_END_OK)
		sw_part_settle_all(p, route.ending, SW_STAGE_DNS, NULL);
	for (size_t i = 0; i < route.count; i++) {
		at[i] = base_target(p);
		at[i].host = route.hosts[i];
	}
	if (!e && route.ending == SW_END_OK)
		e = over_hosts(p, at, route.count, guard, err);
	sw_guard_free(guard);
	sw_route_fini(&route);
	return e;
}

static enum sw_err over_servers(const struct sw_part *p, struct sw_error *err)
{
	struct sw_servers servers;
	struct sw_session_target base = base_target(p);
	uint64_t began = sw_context_now(p->c);
	enum sw_err e = sw_servers_of(p->c, &base, &servers, err);
	p->d->stage_us[SW_STAGE_DNS] += sw_context_now(p->c) - began;
	if (e)
		return e;
	if (servers.ending != SW_END_OK)
		sw_part_settle_all(p, servers.ending, SW_STAGE_DNS, NULL);
	e = over_hosts(p, servers.at, servers.count, NULL, err);
	sw_servers_fini(&servers);
	return e;
}

static int by_domain(const void *a, const void *b, void *arg)
{
	const struct sw_job *job = arg;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	struct sw_slice d = sw_route_domain(job->recipients[x]);
	struct sw_slice f = sw_route_domain(job->recipients[y]);
	int order = strcasecmp(d.ptr, f.ptr);
	return order ? order : (x > y) - (x < y);
}

/* The recipients from `from` on that share a domain. */
static size_t run_length(const struct sw_job *job, const size_t *order, size_t from)
{
	struct sw_slice domain = sw_route_domain(job->recipients[order[from]]);
	size_t n = 1;
	while (from + n < job->recipient_count &&
	       sw_slice_eq_nocase(domain, sw_route_domain(job->recipients[order[from + n]])))
		n++;
	return n;
}

/* One domain after the other; a domain's trouble is not its neighbour's. */
static enum sw_err all_domains(struct sw_part *all, size_t *order, const char **names,
			       struct sw_error *err)
{
	enum sw_err e = SW_OK;
	size_t len;
	for (size_t from = 0; !e && from < all->job.recipient_count; from += len) {
		struct sw_part p = *all;
		len = run_length(&all->job, order, from);
		for (size_t i = 0; i < len; i++)
			names[from + i] = all->job.recipients[order[from + i]];
		p.which = order + from;
		p.job.recipients = names + from;
		p.job.recipient_count = len;
		if (stopped(p.c))
			sw_part_settle_all(&p, p.c->aborted ? SW_END_ABORTED : SW_END_DEADLINE,
					   SW_STAGE_LOCAL, NULL);
		else
			e = over_mx(&p, err);
		/* Some other domain may have its copy: the account must reach the caller. */
		if (e && from > 0) {
			sw_part_settle_all(&p, SW_END_LOCAL, SW_STAGE_LOCAL, NULL);
			e = SW_OK;
		}
	}
	return e;
}

static enum sw_err by_domains(struct sw_part *all, struct sw_error *err)
{
	size_t count = all->job.recipient_count;
	size_t *order = sw_calloc(count, sizeof(*order));
	const char **names = sw_calloc(count, sizeof(*names));
	enum sw_err e = order && names ? SW_OK : sw_fail_nomem(err);
	if (!e) {
		for (size_t i = 0; i < count; i++)
			order[i] = i;
		qsort_r(order, count, sizeof(*order), by_domain, &all->job);
		e = all_domains(all, order, names, err);
	}
	sw_free(order);
	sw_free(names);
	return e;
}

/* Receivers refuse messages for what stands in them, even when they say so early. */
static bool was_refused(const struct sw_delivery *d)
{
	for (size_t i = 0; i < d->recipient_count; i++)
		if (d->recipients[i].stage >= SW_STAGE_ENVELOPE &&
		    d->recipients[i].reply.code >= 400)
			return true;
	return false;
}

enum sw_err sw_attempt_run(struct sw_context *c, const struct sw_job *job,
			   struct sw_delivery *d, struct sw_error *err)
{
	struct sw_part all = { .c = c, .d = d, .job = *job };
	enum sw_err e;
	sw_part_state_wish(&all);
	if (job->until == SW_UNTIL_NOTHING) {
		sw_part_state_env(&all);
		return SW_OK;
	}
	d->reached = SW_STAGE_DNS;
	d->stage = job->kind == SW_JOB_SEND ? SW_STAGE_FINAL : SW_STAGE_ENVELOPE;
	if (c->settings->mx && job->recipient_count > 0)
		e = by_domains(&all, err);
	else
		e = over_servers(&all, err);
	d->total_us = sw_context_now(c) - c->start_us;
	if (e)
		return e;
	sw_delivery_conclude(d);
	if (d->recipient_count == 0 && d->ending == SW_END_OK)
		d->stage = d->reached;
	if (job->source && was_refused(d))
		sw_letter_state(c, job->source);
	sw_part_state_results(c, d);
	return SW_OK;
}
