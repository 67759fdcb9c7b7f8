/* SPDX-License-Identifier: MIT */
/* Life of a session: from a target to READY, and its end. */
#include "client/session.h"

#include "client/tester.h"

#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"
#include "mail/address.h"

enum {
	/* QUIT is a courtesy: nobody waits long for its answer. */
	FAREWELL_US = 1000 * 1000,
	/* A session that rested for less is used without a look whether it still lives: no
	 * server is that impatient, and one that died is noticed before the message is
	 * committed anyway. */
	FRESH_US = 1000 * 1000,
};

void sw_session_enter_stage(struct sw_session *s, enum sw_stage stage)
{
	uint64_t now = sw_context_now(s->c);
	s->stage_us[s->stage] += now - s->stage_since_us;
	s->stage_since_us = now;
	if (s->stage != stage && stage > s->reached)
		s->reached = stage;
	if (s->stage != stage)
		sw_context_progress(s->c, stage, 0, 0);
	s->stage = stage;
}

/* QUIT helps where the other side still listens. */
static bool still_listens(enum sw_ending ending)
{
	switch (ending) {
	case SW_END_OK:
	case SW_END_REFUSED:
	case SW_END_NO_STARTTLS:
	case SW_END_NO_AUTH:
	case SW_END_NO_MECHANISM:
	case SW_END_AUTH_REFUSED:
	case SW_END_AUTH_BROKEN:
	case SW_END_NEEDS_8BITMIME:
	case SW_END_NEEDS_SMTPUTF8:
	case SW_END_TOO_BIG:
	case SW_END_NEEDS_BINARYMIME:
	case SW_END_NEEDS_REQUIRETLS:
	case SW_END_NEEDS_FUTURERELEASE:
	case SW_END_NEEDS_DELIVERBY:
		return true;
	case SW_END_NO_HOST:
	case SW_END_NULL_MX:
	case SW_END_DNS:
	case SW_END_DANE:
	case SW_END_MTA_STS:
	case SW_END_CONNECT:
	case SW_END_PROXY:
	case SW_END_PROXY_TARGET:
	case SW_END_TIMEOUT:
	case SW_END_CLOSED:
	case SW_END_IO:
	case SW_END_SHUTDOWN:
	case SW_END_TLS_INJECTION:
	case SW_END_TLS:
	case SW_END_GARBAGE:
	case SW_END_ENDLESS:
	case SW_END_UNEXPECTED:
	case SW_END_UNSOLICITED:
	case SW_END_NO_XCLIENT:
	case SW_END_ABORTED:
	case SW_END_DEADLINE:
	case SW_END_LOCAL:
	case SW_ENDING_COUNT:
		break;
	}
	return false;
}

void sw_session_end(struct sw_session *s, enum sw_ending ending, enum sw_stage stage,
		    const struct sw_reply *reply)
{
	if (s->ending != SW_END_OK)
		return;
	s->ending = ending;
	s->ending_stage = stage;
	/* Without memory for the words the code alone is kept. */
	if (reply && sw_reply_copy(&s->arena, reply, &s->ending_reply))
		s->ending_reply = (struct sw_reply){ .code = reply->code,
						     .enhanced = reply->enhanced,
						     .text = "" };
	sw_context_note(s->c, SW_TR_ERROR, "%s: %s", sw_stage_name(stage),
			sw_ending_text(ending));
	/* Settles what is known of the recipients; no effect when the machine failed by
	 * itself. */
	if (s->smtp && !still_listens(ending))
		sw_smtp_client_io_failed(s->smtp, sw_context_now(s->c));
}

void sw_session_end_local(struct sw_session *s, enum sw_err code, const struct sw_error *err)
{
	if (s->ending == SW_END_OK) {
		s->local_code = code;
		s->local_error = *err;
	}
	sw_session_end(s, SW_END_LOCAL, s->stage, NULL);
}

static struct sw_session *session_new(struct sw_context *c, const struct sw_session_target *t)
{
	struct sw_session *s = sw_calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->c = c;
	s->generation = c->generation;
	s->port = t->port;
	s->tls = t->tls;
	s->lmtp = t->lmtp;
	s->on_unix = t->on_unix;
	s->pipelining = c->settings->pipelining && !t->one_by_one;
	s->auth = t->auth;
	s->until = t->until;
	s->guard = t->guard;
	s->pkix = t->pkix;
	s->vouched = t->vouched;
	s->dane = t->dane;
	/* Without memory TLS is not counted. */
	s->guard_domain = t->guard_domain ? sw_arena_strdup(&s->arena, t->guard_domain) : NULL;
	s->stage = s->reached = SW_STAGE_DNS;
	s->stage_since_us = sw_context_now(c);
	s->can_read = s->can_write = true;
	sw_buf_init(&s->tried, 1024);
	sw_buf_init(&s->auth_error, SW_MAX_REPLY_LINE);
	s->auth_error.secret = true;
	s->host = sw_strdup(t->host);
	s->tls_name = t->tls_name ? sw_strdup(t->tls_name) : NULL;
	/* Never another name for want of memory. */
	if (t->tls_name && !s->tls_name) {
		sw_free(s->host);
		s->host = NULL;
	}
	s->chunk = sw_malloc(SW_READ_CHUNK);
	c->session = s;
	c->opened++;
	return s;
}

static void session_free(struct sw_session *s)
{
	sw_sasl_free(s->sasl);
	sw_smtp_client_free(s->smtp);
	sw_stream_free(s->stream);
	sw_buf_fini(&s->tried);
	sw_buf_wipe(&s->auth_error);
	sw_free(s->addrs);
	sw_free(s->targets);
	sw_free(s->host);
	sw_free(s->tls_name);
	sw_free(s->chunk);
	sw_arena_fini(&s->arena);
	sw_free(s);
}

void sw_session_ehlo_name(const struct sw_client_settings *set, const struct sw_addr *local,
			  char out[SW_MAX_DOMAIN + 1])
{
	char name[SW_MAX_DOMAIN + 1] = "", ip[SW_ADDR_TEXT];
	if (set->ehlo) {
		snprintf(out, SW_MAX_DOMAIN + 1, "%s", set->ehlo);
		return;
	}
	if (gethostname(name, sizeof(name) - 1) == 0 && strchr(name, '.') &&
	    strncmp(name, "localhost.", 10) != 0 && sw_ehlo_name_valid(sw_slice_str(name))) {
		snprintf(out, SW_MAX_DOMAIN + 1, "%s", name);
		return;
	}
	const char *text = local->len ? sw_addr_ip(local, ip) : "127.0.0.1";
	size_t zone = sw_slice_find(sw_slice_str(text), '%');
	snprintf(out, SW_MAX_DOMAIN + 1, "[%s%.*s]", strchr(text, ':') ? "IPv6:" : "",
		 (int)zone, text);
}

static enum sw_err start_machine(struct sw_session *s, struct sw_error *err)
{
	sw_session_ehlo_name(s->c->settings, &s->local, s->ehlo);
	s->pipelining = s->pipelining &&
			!sw_memory_has(&s->c->memory, s->host, s->port, SW_QUIRK_PIPELINING);
	struct sw_smtp_client_settings m = {
		.ehlo_name = s->ehlo,
		.tls = s->tls,
		.auth = s->auth,
		.pipelining = s->pipelining,
		.lmtp = s->lmtp,
		.timeout_us = s->c->settings->timeout_us,
	};
	if (s->c->settings->xclient) {
		m.xclient = sw_tester_xclient(s->c->settings->xclient, &s->arena);
		if (!m.xclient)
			return sw_fail_nomem(err);
	}
	s->asked_us = sw_context_now(s->c);
	s->smtp = sw_smtp_client_new(&m, s->asked_us, err);
	if (!s->smtp)
		return err->code ? err->code : SW_E_NOMEM;
	return s->tls == SW_SMTP_TLS_IMPLICIT ? sw_session_handshake(s, err)
					      : sw_session_tap(s, false, err);
}

/* Trust store and certificates that the user named are read before anything is sent: what is
 * wrong with them is no news of the server. */
static enum sw_err prepare_tls(struct sw_session *s, struct sw_error *err)
{
	const struct sw_client_settings *set = s->c->settings;
	struct sw_tls_context *tls;
	bool named = set->ca_file || set->cert_file || set->key_file;
	if (s->tls == SW_SMTP_TLS_NONE || !(named || s->tls == SW_SMTP_TLS_IMPLICIT))
		return SW_OK;
	return sw_context_get_tls(s->c, &tls, err);
}

/* A hundred bytes at most on a fresh connection: they fit, or it is broken. */
static enum sw_err send_proxy_header(struct sw_session *s, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = SW_MAX_PROXY_HEADER };
	struct sw_proxy_wish wish;
	size_t len = 0;
	enum sw_err e = sw_proxy_wish_parse(s->c->settings->proxy_header, &wish, err);
	if (!e)
		e = sw_proxy_header_put(&wish, &s->local, &s->peer, &out, err);
	if (e)
		return e;
	if (sw_stream_write(s->stream, sw_buf_slice(&out), &len) != SW_IO_OK ||
	    len != sw_buf_len(&out))
		sw_session_end(s, SW_END_IO, s->stage, NULL);
	s->sent_clear += len;
	sw_context_note(s->c, SW_TR_NOTE, "PROXY header of version %d sent", wish.version);
	return SW_OK;
}

static enum sw_err open_steps(struct sw_session *s, struct sw_error *err)
{
	enum sw_err e = s->host && s->chunk ? SW_OK : sw_fail_nomem(err);
	if (!e)
		e = prepare_tls(s, err);
	/* Reading our own files is no time of the DNS. */
	s->stage_since_us = sw_context_now(s->c);
	if (!e)
		e = sw_session_resolve(s, err);
	if (!e && s->ending == SW_END_OK && s->until != SW_UNTIL_RESOLVED)
		e = sw_session_dial(s, err);
	if (!e && s->ending == SW_END_OK && s->stream && s->c->settings->proxy_header)
		e = send_proxy_header(s, err);
	bool talk = s->until == SW_UNTIL_READY;
	bool tls = s->until == SW_UNTIL_CONNECTED && s->tls == SW_SMTP_TLS_IMPLICIT;
	if (!e && s->ending == SW_END_OK && (talk || tls))
		e = start_machine(s, err);
	if (!e && s->ending == SW_END_OK && talk)
		e = sw_session_pump(s, SW_SEEN(SW_SMTP_READY), err);
	return e;
}

enum sw_err sw_session_open(struct sw_context *c, const struct sw_session_target *t,
			    struct sw_error *err)
{
	struct sw_error mine = { 0 };
	sw_session_close(c);
	struct sw_session *s = session_new(c, t);
	if (!s)
		return sw_fail_nomem(err);
	enum sw_err e = open_steps(s, &mine);
	s->dane = NULL;
	sw_session_enter_stage(s, s->stage);
	if (e && err)
		*err = mine;
	if (e)
		sw_session_close(c);
	return e;
}

/* RFC 9422 MAILMAX. */
static bool used_up(const struct sw_session *s)
{
	const struct sw_caps *caps = s->smtp ? sw_smtp_client_caps(s->smtp) : NULL;
	return caps && caps->mail_max && s->mails >= caps->mail_max;
}

/* NULL is none. */
static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool fits_target(const struct sw_session *s, const struct sw_session_target *t)
{
	return !used_up(s) && s->ending == SW_END_OK && s->generation == s->c->generation &&
	       s->port == t->port && s->tls == t->tls && s->lmtp == t->lmtp &&
	       s->auth == t->auth && s->on_unix == t->on_unix && s->guard == t->guard &&
	       strcmp(s->host, t->host) == 0 && same_text(s->tls_name, t->tls_name);
}

/* What the server sent while nobody looked: 421, or its end of the connection. */
static void look(struct sw_session *s)
{
	size_t len;
	uint64_t now = sw_context_now(s->c);
	struct sw_smtp_event ev;
	enum sw_io io = sw_stream_read(s->stream, s->chunk, SW_READ_CHUNK, &len);
	if (io == SW_IO_AGAIN)
		return;
	if (io == SW_IO_OK)
		sw_smtp_client_feed(s->smtp, sw_slice(s->chunk, len), now);
	else
		sw_session_end(s, SW_END_CLOSED, s->stage, NULL);
	while (sw_smtp_client_next_event(s->smtp, &ev))
		if (ev.type == SW_SMTP_REPLY)
			sw_session_state_reply(s, &ev);
	if (!sw_smtp_client_is_ready(s->smtp))
		sw_session_end(s, SW_END_SHUTDOWN, s->stage, NULL);
}

enum sw_err sw_session_reuse(struct sw_context *c, const struct sw_session_target *t,
			     bool *ret, struct sw_error *err)
{
	struct sw_session *s = c->session;
	*ret = false;
	if (!s)
		return SW_OK;
	s->reused = true;
	s->stage = s->reached = SW_STAGE_ENVELOPE;
	uint64_t now = sw_context_now(c);
	bool fresh = now - s->stage_since_us < FRESH_US;
	s->stage_since_us = now;
	memset(s->stage_us, 0, sizeof(s->stage_us));
	if (fits_target(s, t) && !fresh)
		look(s);
	/* After the last result a reply (to RSET) may be on its way yet. */
	if (fits_target(s, t) && !sw_smtp_client_is_ready(s->smtp)) {
		s->seen = 0;
		enum sw_err e = sw_session_pump(s, SW_SEEN(SW_SMTP_READY), err);
		if (e)
			return e;
	}
	*ret = fits_target(s, t);
	if (!*ret) {
		sw_context_note(c, SW_TR_NOTE, "The open session is not used again");
		sw_session_close(c);
	}
	return SW_OK;
}

void sw_session_close(struct sw_context *c)
{
	struct sw_session *s = c->session;
	if (!s)
		return;
	if (s->smtp && s->stream && still_listens(s->ending) && s->until == SW_UNTIL_READY)
		sw_session_farewell(s, sw_time_add(sw_context_now(c), FAREWELL_US));
	if (s->stream)
		sw_stream_shutdown(s->stream);
	c->session = NULL;
	session_free(s);
}

enum sw_err sw_session_noop(struct sw_session *s, struct sw_error *err)
{
	enum sw_err e = sw_smtp_client_noop(s->smtp, sw_context_now(s->c), err);
	s->seen = 0;
	return e ? e : sw_session_pump(s, SW_SEEN(SW_SMTP_NOOP_DONE), err);
}
