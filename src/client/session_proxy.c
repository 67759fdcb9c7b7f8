/* SPDX-License-Identifier: MIT */
/* The way through a proxy: from a connection to it to one to the server. */
#include <stdio.h>

#include "client/session.h"

enum {
	/* It connects in its turn, and waits as long as we would. */
	TUNNEL_US = 90 * 1000 * 1000,
	PROXY_TEXT = SW_MAX_DOMAIN + 32,
};

static const char *proxy_text(const struct sw_proxy_place *via, char out[PROXY_TEXT])
{
	bool v6 = strchr(via->host, ':') != NULL;
	snprintf(out, PROXY_TEXT, "%s://%s%s%s:%u", sw_proxy_kind_name(via->kind),
		 v6 ? "[" : "", via->host, v6 ? "]" : "", (unsigned)via->port);
	return out;
}

void sw_session_choose_proxy(struct sw_session *s)
{
	const struct sw_client_settings *set = s->c->settings;
	const struct sw_proxy_env *env = &s->c->proxy_env;
	char text[PROXY_TEXT];
	if (set->proxy_set)
		s->via = set->proxy.kind != SW_PROXY_NONE ? &set->proxy : NULL;
	else
		s->via = sw_proxy_env_for(env, s->host, s->port);
	if (!set->proxy_set && env->left)
		sw_context_note(s->c, SW_TR_NOTE,
				"%s names a proxy for the web; mail does not take it",
				env->left);
	if (s->via)
		sw_context_note(s->c, SW_TR_NOTE, "By way of %s%s%s", proxy_text(s->via, text),
				set->proxy_set ? "" : ", as the environment says: ",
				set->proxy_set ? "" : env->from);
}

static const char *const state_names[] = {
	[SW_DIAL_UNTRIED] = "untried",     [SW_DIAL_CONNECTED] = "connected",
	[SW_DIAL_FAILED] = "failed",       [SW_DIAL_TIMED_OUT] = "timed_out",
	[SW_DIAL_CANCELLED] = "cancelled",
};

void sw_session_state_proxy_attempts(struct sw_session *s, const struct sw_dial_attempt *a,
				     size_t count)
{
	char ip[SW_ADDR_TEXT];
	for (size_t i = 0; i < count; i++) {
		const char *name = a[i].os_errno ? strerrorname_np(a[i].os_errno) : NULL;
		uint64_t us =
			a[i].ended_us > a[i].started_us ? a[i].ended_us - a[i].started_us : 0;
		SW_STATE(s->c->facts, SW_FACT_PROXY_ATTEMPT, SW_STAGE_TCP, "session",
			 sw_context_now(s->c), SW_F_STR("address", sw_addr_ip(&a[i].addr, ip)),
			 SW_F_INT("port", sw_addr_port(&a[i].addr)),
			 SW_F_STR("state", state_names[a[i].state]),
			 SW_F_INT("errno", a[i].os_errno),
			 SW_F_STR("errno_name", name ? name : ""), SW_F_INT("elapsed_us", us));
	}
}

static void state_answer(struct sw_session *s, enum sw_proxy_failure failure)
{
	const struct sw_proxy_verdict *v = s->stream ? sw_proxy_get_verdict(s->stream) : NULL;
	const char *from = s->c->settings->proxy_set ? "" : s->c->proxy_env.from;
	SW_STATE(s->c->facts, SW_FACT_PROXY_ANSWER, SW_STAGE_TCP, "session",
		 sw_context_now(s->c), SW_F_STR("host", s->via->host),
		 SW_F_INT("port", s->via->port), SW_F_STR("target", s->host),
		 SW_F_INT("target_port", s->port),
		 SW_F_STR("kind", sw_proxy_kind_name(s->via->kind)),
		 SW_F_STR("from", from ? from : ""),
		 SW_F_BOOL("ok", failure == SW_PROXY_F_NONE),
		 SW_F_STR("failure", sw_proxy_failure_name(failure)),
		 SW_F_BOOL("of_target", sw_proxy_failure_of_target(failure)),
		 SW_F_INT("code", v ? v->code : -1), SW_F_STR("text", v ? v->text : ""),
		 SW_F_BOOL("login", s->via->user != NULL),
		 SW_F_INT("elapsed_us", sw_context_now(s->c) - s->stage_since_us));
}

void sw_session_proxy_failed(struct sw_session *s, enum sw_proxy_failure failure)
{
	state_answer(s, failure);
	sw_context_note(s->c, SW_TR_ERROR, "%s", sw_proxy_failure_text(failure));
	sw_session_end(s,
		       sw_context_now(s->c) >= s->c->deadline_us ? SW_END_DEADLINE
		       : sw_proxy_failure_of_target(failure)     ? SW_END_PROXY_TARGET
								 : SW_END_PROXY,
		       SW_STAGE_TCP, NULL);
}

static enum sw_err put_on_proxy(struct sw_session *s, const struct sw_addr *target,
				struct sw_error *err)
{
	char ip[SW_ADDR_TEXT];
	struct sw_proxy_ask ask = {
		.kind = s->via->kind,
		.host = target ? sw_addr_ip(target, ip) : s->host,
		.port = s->port,
		.user = sw_slice_str(s->via->user),
		.password = sw_secret_slice(&s->via->password),
	};
	struct sw_proxy_talk *talk = sw_proxy_talk_new(&ask, err);
	struct sw_stream *stream = talk ? sw_proxy_stream(s->stream, talk, err) : NULL;
	if (!stream) {
		sw_proxy_talk_free(talk);
		return err->code ? err->code : SW_E_NOMEM;
	}
	s->stream = stream;
	sw_stream_on_ready(s->stream, sw_context_wake, s->c);
	return SW_OK;
}

/* The last address of a connection that stands is the server's, where we know it. */
static void arrived(struct sw_session *s, const struct sw_addr *target)
{
	char text[PROXY_TEXT];
	s->peer = target ? *target : (struct sw_addr){ 0 };
	state_answer(s, SW_PROXY_F_NONE);
	sw_context_note(s->c, SW_TR_NOTE, "Connected to %s port %u by way of %s", s->host,
			(unsigned)s->port, proxy_text(s->via, text));
}

enum sw_err sw_session_tunnel(struct sw_session *s, const struct sw_addr *target,
			      enum sw_proxy_failure *ret_failure, struct sw_error *err)
{
	uint64_t until = sw_context_stage_deadline(s->c, TUNNEL_US);
	enum sw_wait w = SW_WAIT_WOKEN;
	enum sw_io io;
	*ret_failure = SW_PROXY_F_NONE;
	enum sw_err e = put_on_proxy(s, target, err);
	if (e)
		return e;
	s->wait_until_us = until;
	while ((io = sw_stream_handshake(s->stream)) == SW_IO_AGAIN && w == SW_WAIT_WOKEN) {
		sw_stream_want(s->stream, SW_WANT_READ);
		e = sw_context_wait(s->c, until, &w, err);
		if (e)
			return e;
	}
	if (io == SW_IO_OK) {
		arrived(s, target);
		return SW_OK;
	}
	if (io == SW_IO_AGAIN && w == SW_WAIT_ABORTED) {
		sw_session_end(s, SW_END_ABORTED, SW_STAGE_TCP, NULL);
	} else {
		const struct sw_proxy_verdict *v = sw_proxy_get_verdict(s->stream);
		*ret_failure = v->state == SW_PROXY_FAILED ? v->failure : SW_PROXY_F_LATE;
	}
	return SW_OK;
}
