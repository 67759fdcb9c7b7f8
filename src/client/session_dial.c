/* SPDX-License-Identifier: MIT */
/* From a host name to a connected stream. */
#include <errno.h>

#include "client/session.h"

#include <stdio.h>

#include "base/mem.h"

enum {
	DNS_US = 20 * 1000 * 1000,     /* unbound has tried every server by then */
	CONNECT_US = 60 * 1000 * 1000, /* five retransmissions of a SYN */
	TLS_US = 60 * 1000 * 1000,
};

static void host_answered(void *arg, const struct sw_addr *addrs, size_t count,
			  const struct sw_dns_answer *const *answers, size_t answer_count,
			  enum sw_dns_status worst)
{
	struct sw_session *s = arg;
	/* What the DNS says of a proxy is no evidence about the server. */
	for (size_t i = 0; i < answer_count && !s->for_proxy; i++)
		sw_session_state_answer(s->c, answers[i]);
	if (count > 0) {
		s->addrs = sw_malloc(count * sizeof(*addrs));
		if (s->addrs) {
			memcpy(s->addrs, addrs, count * sizeof(*addrs));
			s->addr_count = count;
		} else {
			struct sw_error err;
			sw_session_end_local(s, sw_fail_nomem(&err), &err);
		}
	}
	s->dns_worst = worst;
	s->answered = true;
	sw_context_wake(s->c);
}

static enum sw_ending dns_ending(enum sw_dns_status status)
{
	return status == SW_DNS_NXDOMAIN || status == SW_DNS_NODATA ? SW_END_NO_HOST
								    : SW_END_DNS;
}

/* Too late for the whole call, or only for the stage. */
static enum sw_ending late(const struct sw_session *s, enum sw_ending stage)
{
	return sw_context_now(s->c) >= s->c->deadline_us ? SW_END_DEADLINE : stage;
}

/* Waits until *flag, and says what ended the wait early. */
static enum sw_err wait_for(struct sw_session *s, const bool *flag, uint64_t until_us,
			    enum sw_ending on_time, struct sw_error *err)
{
	enum sw_wait w;
	s->wait_until_us = until_us;
	enum sw_err e = sw_context_wait_flag(s->c, flag, until_us, &w, err);
	if (!e && !*flag)
		sw_session_end(s, w == SW_WAIT_ABORTED ? SW_END_ABORTED : late(s, on_time),
			       s->stage, NULL);
	return e;
}

static enum sw_err local_failure(const struct sw_session *s, struct sw_error *err)
{
	if (s->ending != SW_END_LOCAL)
		return SW_OK;
	*err = s->local_error;
	return s->local_code;
}

static void no_address(struct sw_session *s)
{
	if (s->for_proxy)
		sw_session_proxy_failed(s, SW_PROXY_F_NAME);
	else
		sw_session_end(s,
			       s->dns_worst == SW_DNS_TIMEOUT ? late(s, SW_END_DNS)
							      : dns_ending(s->dns_worst),
			       SW_STAGE_DNS, NULL);
}

static enum sw_err look_up(struct sw_session *s, const char *host, uint16_t port,
			   struct sw_error *err)
{
	struct sw_resolver *resolver;
	enum sw_err e = sw_context_get_resolver(s->c, &resolver, err);
	if (e)
		return e;
	uint64_t until = sw_context_stage_deadline(s->c, DNS_US);
	s->answered = false;
	struct sw_host_lookup *lookup = sw_resolve_host(
		resolver, host, port, s->c->settings->families, until, host_answered, s, err);
	if (!lookup)
		return err->code ? err->code : SW_E_NOMEM;
	/* The resolver answers TIMEOUT by itself at `until`, with what it knows. */
	e = wait_for(s, &s->answered, until, SW_END_DNS, err);
	if (!s->answered)
		sw_host_lookup_cancel(lookup);
	if (e || s->ending != SW_END_OK)
		return e ? e : local_failure(s, err);
	if (s->addr_count == 0)
		no_address(s);
	return SW_OK;
}

enum sw_err sw_session_resolve(struct sw_session *s, struct sw_error *err)
{
	enum sw_err e = SW_OK;
	sw_context_progress(s->c, SW_STAGE_DNS, 0, 0);
	if (sw_session_is_direct(s))
		return SW_OK;
	sw_session_choose_proxy(s);
	if (!s->via || s->via->kind == SW_PROXY_SOCKS5)
		e = look_up(s, s->host, s->port, err);
	if (e || !s->via || s->ending != SW_END_OK)
		return e;
	s->targets = s->addrs;
	s->target_count = s->addr_count;
	s->addrs = NULL;
	s->addr_count = 0;
	s->for_proxy = true;
	return look_up(s, s->via->host, s->via->port, err);
}

static void dialled(void *arg, struct sw_stream *stream,
		    const struct sw_dial_attempt *attempts, size_t count)
{
	struct sw_session *s = arg;
	bool all_slow = count > 0;
	s->lacked = false;
	s->stream = stream;
	s->answered = true;
	for (size_t i = 0; i < count; i++) {
		all_slow = all_slow && attempts[i].state == SW_DIAL_TIMED_OUT;
		s->lacked = s->lacked || (!stream && attempts[i].os_errno == ENOMEM);
		if (attempts[i].state == SW_DIAL_CONNECTED) {
			s->peer = attempts[i].addr;
			s->local = attempts[i].local;
		}
	}
	if (s->for_proxy)
		sw_session_state_proxy_attempts(s, attempts, count);
	else
		sw_session_state_attempts(s, attempts, count);
	/* Without memory dial_once fails: nothing is known of the server. */
	if (!stream && !s->lacked && s->for_proxy)
		sw_session_proxy_failed(s, SW_PROXY_F_CONNECT);
	else if (!stream && !s->lacked)
		sw_session_end(s, all_slow ? late(s, SW_END_TIMEOUT) : SW_END_CONNECT,
			       SW_STAGE_TCP, NULL);
	sw_context_wake(s->c);
}

static enum sw_err dial_once(struct sw_session *s, struct sw_error *err)
{
	struct sw_dial_settings set = {
		.source = s->c->settings->source.len ? &s->c->settings->source : NULL,
		.deadline_us = sw_context_stage_deadline(s->c, CONNECT_US),
	};
	s->answered = false;
	struct sw_dial *dial =
		sw_dial_start(s->c->loop, &set, s->addrs, s->addr_count, dialled, s, err);
	if (!dial)
		return err->code ? err->code : SW_E_NOMEM;
	/* Dialling ends by itself at its deadline and tells of each address. */
	enum sw_err e = wait_for(s, &s->answered, set.deadline_us, SW_END_TIMEOUT, err);
	sw_dial_free(dial);
	if (!e && s->lacked)
		return sw_fail_nomem(err);
	if (!e && s->ending == SW_END_OK)
		sw_stream_on_ready(s->stream, sw_context_wake, s->c);
	return e;
}

/* A proxy is given one address at a time, so the next one is ours to try. */
static enum sw_err dial_through(struct sw_session *s, struct sw_error *err)
{
	size_t count =
		s->target_count < SW_MAX_PROXY_TRIES ? s->target_count : SW_MAX_PROXY_TRIES;
	size_t i = 0;
	for (;;) {
		enum sw_proxy_failure failure;
		enum sw_err e = dial_once(s, err);
		if (!e && s->ending == SW_END_OK)
			e = sw_session_tunnel(s, count ? &s->targets[i] : NULL, &failure, err);
		if (e || s->ending != SW_END_OK || failure == SW_PROXY_F_NONE)
			return e;
		if (!sw_proxy_failure_of_target(failure) || ++i >= count) {
			sw_session_proxy_failed(s, failure);
			return SW_OK;
		}
		sw_stream_free(s->stream);
		s->stream = NULL;
	}
}

enum sw_err sw_session_dial(struct sw_session *s, struct sw_error *err)
{
	char text[SW_ADDR_TEXT];
	sw_session_enter_stage(s, SW_STAGE_TCP);
	bool direct = sw_session_is_direct(s);
	enum sw_err e = direct   ? sw_session_dial_direct(s, err)
			: s->via ? dial_through(s, err)
				 : dial_once(s, err);
	if (e || s->ending != SW_END_OK)
		return e;
	if (!s->via && !direct)
		sw_context_note(s->c, SW_TR_NOTE, "Connected to %s (%s)",
				sw_addr_text(&s->peer, text), s->host);
	sw_session_state_tcp_info(s, "connected");
	if (s->until == SW_UNTIL_READY || s->tls == SW_SMTP_TLS_IMPLICIT)
		sw_session_enter_stage(s, s->tls == SW_SMTP_TLS_IMPLICIT ? SW_STAGE_TLS
									 : SW_STAGE_GREETING);
	return SW_OK;
}

enum sw_err sw_session_tap(struct sw_session *s, bool tls, struct sw_error *err)
{
	struct sw_stream *tap = sw_tap_wrap(s->stream, s->c->transcript, tls, err);
	if (!tap)
		return err->code ? err->code : SW_E_NOMEM;
	s->stream = tap;
	s->tapped = true;
	s->want = 0;
	s->can_read = s->can_write = true;
	sw_stream_on_ready(s->stream, sw_context_wake, s->c);
	return SW_OK;
}

/* By whom the certificate has to be vouched for. */
static enum sw_tls_verify verify_of(const struct sw_session *s)
{
	bool full = s->guard == SW_GUARD_NONE ? s->tls != SW_SMTP_TLS_OPPORTUNISTIC : s->pkix;
	return full ? SW_TLS_VERIFY_FULL : SW_TLS_VERIFY_NONE;
}

static enum sw_err bind_by_dane(struct sw_session *s, struct sw_stream *tls,
				struct sw_error *err)
{
	size_t usable = 0;
	enum sw_err e = s->dane ? sw_tls_use_dane(tls, s->dane, &usable, err) : SW_OK;
	if (!e && s->dane && usable == 0) {
		/* OpenSSL could read none of them (RFC 7672 2.2). */
		s->guard = SW_GUARD_DANE_ENCRYPT;
		s->vouched = false;
		sw_context_note(s->c, SW_TR_NOTE, "No TLSA record of %s can be used", s->host);
	}
	return e;
}

/* A session of TLS is taken up only by who goes the same way to the same server and asks as
 * much of it; the context ends with the settings, and with it what it kept. */
static void resume(struct sw_session *s, const char *name)
{
	char peer[2 * SW_MAX_DOMAIN + 64];
	snprintf(peer, sizeof(peer), "%s %u %s %d %d %d", s->host, (unsigned)s->port, name,
		 (int)s->tls, s->lmtp, s->via != NULL);
	sw_tls_resume(s->stream, peer);
}

static enum sw_err put_on_tls(struct sw_session *s, struct sw_error *err)
{
	struct sw_tls_context *ctx;
	enum sw_err e = sw_context_get_tls(s->c, &ctx, err);
	if (e)
		return e;
	if (s->tapped)
		s->stream = sw_tap_unwrap(s->stream);
	s->tapped = false;
	const char *name = s->dane                    ? s->dane->base
			   : s->c->settings->tls_name ? s->c->settings->tls_name
			   : s->tls_name              ? s->tls_name
			   : s->on_unix               ? "localhost"
						      : s->host;
	struct sw_stream *tls = sw_tls_client(s->stream, ctx, name, verify_of(s), err);
	if (!tls)
		return err->code ? err->code : SW_E_NOMEM;
	s->stream = tls;
	e = bind_by_dane(s, tls, err);
	if (e)
		return e;
	/* What TLSA records or a policy bind is looked at anew each time. */
	if (s->guard == SW_GUARD_NONE)
		resume(s, name);
	sw_stream_on_ready(s->stream, sw_context_wake, s->c);
	return SW_OK;
}

/* True when the handshake is done; otherwise the session has ended, or *ret_e is set. */
static bool shake_hands(struct sw_session *s, uint64_t until, enum sw_err *ret_e,
			struct sw_error *err)
{
	enum sw_wait w = SW_WAIT_WOKEN;
	enum sw_io io;
	s->wait_until_us = until;
	while ((io = sw_stream_handshake(s->stream)) == SW_IO_AGAIN && w == SW_WAIT_WOKEN) {
		sw_stream_want(s->stream, SW_WANT_READ);
		*ret_e = sw_context_wait(s->c, until, &w, err);
		if (*ret_e)
			return false;
	}
	if (io == SW_IO_OK)
		return true;
	/* Not the server's fault, and no reason to try without TLS. */
	if (io != SW_IO_AGAIN && sw_stream_failure(s->stream)->os_errno == ENOMEM) {
		*ret_e = sw_fail_nomem(err);
		return false;
	}
	sw_session_end(s,
		       io != SW_IO_AGAIN       ? SW_END_TLS
		       : w == SW_WAIT_ABORTED  ? SW_END_ABORTED
		       : w == SW_WAIT_DEADLINE ? SW_END_DEADLINE
					       : SW_END_TIMEOUT,
		       SW_STAGE_TLS, NULL);
	return false;
}

static void note_tls(struct sw_session *s)
{
	const struct sw_tls_info *info = sw_tls_get_info(s->stream);
	sw_context_note(s->c, SW_TR_NOTE, "%s, %s, certificate %s%s", info->version,
			info->cipher, info->verified ? "verified" : "not verified",
			info->resumed ? " before: session resumed" : "");
}

enum sw_err sw_session_handshake(struct sw_session *s, struct sw_error *err)
{
	uint64_t began = sw_context_now(s->c);
	uint64_t until = sw_context_stage_deadline(s->c, TLS_US);
	sw_session_enter_stage(s, SW_STAGE_TLS);
	enum sw_err e = put_on_tls(s, err);
	if (e)
		return e;
	bool ok = shake_hands(s, until, &e, err);
	uint64_t now = sw_context_now(s->c);
	if (e)
		return e;
	sw_session_state_tls(s, ok, now - began);
	if (!ok) {
		sw_smtp_client_tls_failed(s->smtp, now);
		return SW_OK;
	}
	note_tls(s);
	sw_tcp_quick_ack(sw_stream_fd(s->stream));
	e = sw_session_tap(s, true, err);
	if (!e)
		sw_smtp_client_tls_done(s->smtp, now);
	return e;
}
