/* SPDX-License-Identifier: MIT */
#include "client/attempt.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/guard.h"
#include "client/letter.h"
#include "client/part.h"
#include "client/route.h"

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

static void state_env(const struct sw_part *p)
{
	char host[SW_MAX_DOMAIN + 1] = "";
	const struct sw_client_settings *set = p->c->settings;
	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	SW_STATE(p->c->facts, SW_FACT_LOCAL_ENV, SW_STAGE_LOCAL, "session",
		 sw_context_now(p->c),
		 SW_F_STR("resolv_conf", set->resolver ? set->resolver : "/etc/resolv.conf"),
		 SW_F_STR("hosts_file", set->hosts_file ? set->hosts_file : "/etc/hosts"),
		 SW_F_STR("ca_file", set->ca_file ? set->ca_file : ""),
		 SW_F_STR("hostname", host), SW_F_STR("program", "sendwell"),
		 SW_F_STR("resolver", set->resolver ? set->resolver : ""),
		 SW_F_STR("tls_name", set->tls_name ? set->tls_name : ""));
}

static bool wants_transaction(const struct sw_part *p)
{
	bool kind = p->job.kind == SW_JOB_SEND || p->job.kind == SW_JOB_RECIPIENTS;
	return kind && p->job.until == SW_UNTIL_READY;
}

/* What a session left to be done. */
struct rest {
	bool again;   /* a silent second try is due */
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
		state_env(p);
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
	if (!e)
		account(p, s, begun);
	/* Verified sessions are not kept: the next call may want a login that this one left
	 * out. */
	if (e || s->ending != SW_END_OK || !transaction || rest->count > 0)
		sw_session_close(p->c);
	return e;
}

/* A second time where the first one failed by what it took over from earlier sessions. */
static enum sw_err try_afresh(const struct sw_part *p, const struct sw_session_target *t,
			      bool may_reuse, struct rest *rest, struct sw_error *err)
{
	enum sw_err e = try_session(p, t, may_reuse, rest, err);
	if (e || !rest->again)
		return e;
	sw_context_note(p->c, SW_TR_NOTE, "Trying once more, from the start");
	return try_session(p, t, false, rest, err);
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
		bool before = r->stage < SW_STAGE_ENVELOPE &&
			      (r->outcome == SW_DEFERRED || r->outcome == SW_REJECTED);
		if (r->outcome != SW_NOT_SENT && !before && r->ending != SW_END_SHUTDOWN)
			return false;
		if (r->outcome == SW_UNCERTAIN || r->outcome == SW_ACCEPTED)
			return false;
	}
	return true;
}

/* The hosts, one after the other. `guard` NULL: nothing guards them. */
static enum sw_err over_hosts(const struct sw_part *p, const struct sw_route *route,
			      struct sw_guard *guard, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	for (size_t i = 0; !e && i < route->count; i++) {
		struct sw_session_target t = base_target(p);
		enum sw_ending ending = SW_END_OK;
		t.host = route->hosts[i];
		if (guard)
			e = sw_guard_target(guard, &t, &ending, err);
		if (!e && ending != SW_END_OK)
			sw_part_settle_all(p, ending, SW_STAGE_DNS, NULL);
		else if (!e)
			e = try_host(p, t, &ending, err);
		if (e || !unsettled(p) || ending == SW_END_ABORTED ||
		    ending == SW_END_DEADLINE)
			break;
	}
	return e;
}

static enum sw_err over_mx(const struct sw_part *p, struct sw_error *err)
{
	struct sw_route route;
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
	else if (!e)
		e = over_hosts(p, &route, guard, err);
	sw_guard_free(guard);
	sw_route_fini(&route);
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

static bool stopped(const struct sw_context *c)
{
	return c->aborted || sw_context_now(c) >= c->deadline_us;
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

static void state_wish(const struct sw_part *p)
{
	const struct sw_client_settings *set = p->c->settings;
	const struct sw_source_facts *f = p->job.source ? &p->job.source->facts : NULL;
	char source[SW_ADDR_TEXT] = "";
	if (set->source.len)
		sw_addr_ip(&set->source, source);
	SW_STATE(p->c->facts, SW_FACT_SEND_WISH, SW_STAGE_CONFIG, "session",
		 sw_context_now(p->c),
		 SW_F_STR("server", set->host && !set->mx ? set->host : ""),
		 SW_F_INT("port", sw_client_settings_port(set)),
		 SW_F_STR("tls", sw_tls_mode_name(set->tls)),
		 SW_F_STR("auth", set->auth_off ? "none"
				  : set->auth   ? set->auth
						: "auto"),
		 SW_F_BOOL("user_set", set->user != NULL), SW_F_STR("ehlo", set->ehlo),
		 SW_F_STR("source_address", source), SW_F_INT("families", set->families),
		 SW_F_STR("sender", p->job.sender),
		 SW_F_INT("recipients", p->job.recipient_count),
		 SW_F_INT("size_bytes", f ? f->size_bytes : 0),
		 SW_F_BOOL("body_8bit", f && f->has_8bit),
		 SW_F_BOOL("smtputf8", p->job.smtputf8),
		 SW_F_BOOL("lmtp", set->scheme && set->scheme->lmtp),
		 SW_F_BOOL("mx", set->mx));
	if (f)
		SW_STATE(p->c->facts, SW_FACT_MESSAGE_LINT, SW_STAGE_LOCAL, "session",
			 sw_context_now(p->c), SW_F_INT("size_bytes", f->size_bytes),
			 SW_F_BOOL("has_8bit", f->has_8bit),
			 SW_F_INT("longest_line", f->longest_line),
			 SW_F_INT("bare_line_ends", f->bare_line_ends),
			 SW_F_BOOL("utf8_headers", f->utf8_headers),
			 SW_F_BOOL("has_message_id", f->message_id && f->message_id[0]));
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

static void state_results(struct sw_context *c, const struct sw_delivery *d)
{
	char enhanced[SW_ENHANCED_TEXT];
	size_t stated = 0;
	for (size_t i = 0; i < d->recipient_count; i++) {
		const struct sw_delivery_recipient *r = &d->recipients[i];
		size_t limit = r->outcome == SW_ACCEPTED ? SW_MAX_STATED_RECIPIENTS
							 : SW_MAX_FACTS / 4;
		if (stated >= limit)
			continue;
		stated++;
		SW_STATE(c->facts, SW_FACT_RECIPIENT, r->stage, "session", sw_context_now(c),
			 SW_F_STR("recipient", r->address),
			 SW_F_STR("outcome", sw_outcome_name(r->outcome)),
			 SW_F_STR("stage", sw_stage_name(r->stage)),
			 SW_F_INT("code", r->reply.code),
			 SW_F_STR("enhanced", sw_enhanced_text(r->reply.enhanced, enhanced)),
			 SW_F_TEXT("text", sw_slice(r->reply.text, r->reply.text_len)));
	}
	for (size_t i = SW_STAGE_DNS; i <= SW_STAGE_FINAL; i++) {
		bool failed = d->ending != SW_END_OK && d->stage == i;
		/* Passed in an earlier call, or not wanted. */
		if (!failed && i <= d->reached && d->stage_us[i] == 0)
			continue;
		SW_STATE(c->facts, SW_FACT_STAGE_TIME, (enum sw_stage)i, "session",
			 sw_context_now(c), SW_F_STR("name", sw_stage_name((enum sw_stage)i)),
			 SW_F_STR("status", failed           ? "failed"
					    : i > d->reached ? "not_reached"
							     : "ok"),
			 SW_F_INT("elapsed_us", d->stage_us[i]));
	}
}

enum sw_err sw_attempt_run(struct sw_context *c, const struct sw_job *job,
			   struct sw_delivery *d, struct sw_error *err)
{
	struct sw_part all = { .c = c, .d = d, .job = *job };
	enum sw_ending ending;
	enum sw_err e;
	state_wish(&all);
	if (job->until == SW_UNTIL_NOTHING) {
		state_env(&all);
		return SW_OK;
	}
	d->reached = SW_STAGE_DNS;
	d->stage = job->kind == SW_JOB_SEND ? SW_STAGE_FINAL : SW_STAGE_ENVELOPE;
	if (c->settings->mx && job->recipient_count > 0)
		e = by_domains(&all, err);
	else
		e = try_host(&all, base_target(&all), &ending, err);
	d->total_us = sw_context_now(c) - c->start_us;
	if (e)
		return e;
	sw_delivery_conclude(d);
	if (d->recipient_count == 0 && d->ending == SW_END_OK)
		d->stage = d->reached;
	if (job->source && was_refused(d))
		sw_letter_state(c, job->source);
	state_results(c, d);
	return SW_OK;
}
