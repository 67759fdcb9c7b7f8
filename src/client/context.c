/* SPDX-License-Identifier: MIT */
#include "client/context.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "client/guard.h"
#include "client/session.h"

enum { GRACE_US = 500 * 1000 };

static enum sw_err make_loop(struct sw_context *c, struct sw_error *err)
{
	if (!c->loop)
		c->loop = sw_loop_new(err);
	if (!c->loop)
		return err && err->code ? err->code : SW_E_NOMEM;
	c->timer = sw_timer_new(c->loop, sw_context_wake, c);
	return c->timer ? SW_OK : sw_fail_nomem(err);
}

static struct sw_context *make(const struct sw_world *world,
			       const struct sw_client_settings *settings,
			       struct sw_loop *loop, const struct sw_context_park *park,
			       struct sw_error *err)
{
	struct sw_context *c = sw_calloc(1, sizeof(*c));
	if (!c) {
		(void)sw_fail_nomem(err);
		return NULL;
	}
	c->world = world;
	c->settings = settings;
	c->loop = loop;
	c->loop_shared = loop != NULL;
	if (park)
		c->park = *park;
	c->timer_at_us = c->deadline_us = SW_NEVER;
	if (make_loop(c, err)) {
		sw_context_free(c);
		return NULL;
	}
	return c;
}

struct sw_context *sw_context_new(const struct sw_world *world,
				  const struct sw_client_settings *settings,
				  struct sw_error *err)
{
	return make(world, settings, NULL, NULL, err);
}

struct sw_context *sw_context_new_parked(const struct sw_world *world,
					 const struct sw_client_settings *settings,
					 struct sw_loop *loop,
					 const struct sw_context_park *park,
					 struct sw_error *err)
{
	return make(world, settings, loop, park, err);
}

static void drop_parts(struct sw_context *c)
{
	sw_guard_memory_free(c->guard);
	c->guard = NULL;
	c->resolver_given = false;
	sw_resolver_free(c->resolver);
	c->resolver = NULL;
	sw_tls_context_unref(c->tls);
	c->tls = NULL;
}

static void drop_transcript(struct sw_context *c)
{
	sw_transcript_free(c->transcript);
	c->transcript = NULL;
	sw_redactor_free(c->redactor);
	c->redactor = NULL;
}

void sw_context_free(struct sw_context *c)
{
	if (!c)
		return;
	sw_session_close(c);
	sw_facts_free(c->facts);
	drop_parts(c);
	drop_transcript(c);
	sw_proxy_env_fini(&c->proxy_env);
	sw_memory_fini(&c->memory);
	sw_timer_free(c->timer);
	if (!c->loop_shared)
		sw_loop_free(c->loop);
	sw_free(c);
}

void sw_context_changed(struct sw_context *c)
{
	c->generation++;
	drop_parts(c);
}

void sw_context_renewed(struct sw_context *c)
{
	c->generation++;
}

void sw_context_use_resolver(struct sw_context *c, struct sw_resolver *resolver)
{
	sw_guard_memory_free(c->guard);
	c->guard = NULL;
	sw_resolver_free(c->resolver);
	c->resolver_given = true;
	c->resolver = resolver;
}

uint64_t sw_context_now(const struct sw_context *c)
{
	return sw_loop_now(c->loop);
}

uint64_t sw_context_recent(const struct sw_context *c)
{
	return sw_loop_recent(c->loop);
}

static void entry_done(void *arg, const struct sw_transcript_entry *e)
{
	const struct sw_context *c = arg;
	if (c->hooks.dialogue)
		c->hooks.dialogue(c->hooks.dialogue_arg, e);
}

static const char *from_environment(const char *name)
{
	return secure_getenv(name);
}

static enum sw_err hide_secrets(struct sw_context *c, struct sw_error *err)
{
	const struct sw_secret *const secrets[] = { &c->settings->secret,
						    &c->settings->proxy.password,
						    &c->proxy_env.place.password };
	for (size_t i = 0; i < SW_LEN(secrets); i++) {
		if (!secrets[i]->ptr)
			continue;
		if (!c->redactor)
			c->redactor = sw_redactor_new();
		if (!c->redactor || sw_redactor_add(c->redactor, sw_secret_slice(secrets[i])))
			return sw_fail_nomem(err);
	}
	return SW_OK;
}

static enum sw_err read_proxy_env(struct sw_context *c, struct sw_error *err)
{
	sw_proxy_env_fini(&c->proxy_env);
	return c->settings->proxy_set
		       ? SW_OK
		       : sw_proxy_env_read(&c->proxy_env, from_environment, err);
}

/* A redactor grows with each login, so without an open session, whose tap holds on to both, a
 * new call begins with new ones. */
static enum sw_err make_transcript(struct sw_context *c, struct sw_error *err)
{
	if (c->session) {
		sw_transcript_clear(c->transcript);
		return SW_OK;
	}
	drop_transcript(c);
	enum sw_err e = read_proxy_env(c, err);
	if (!e)
		e = hide_secrets(c, err);
	if (e)
		return e;
	c->transcript = sw_transcript_new(c->redactor);
	if (!c->transcript)
		return sw_fail_nomem(err);
	sw_transcript_on_entry(c->transcript, entry_done, c);
	return SW_OK;
}

enum sw_err sw_context_begin_call(struct sw_context *c, struct sw_error *err)
{
	c->start_us = sw_context_now(c);
	c->deadline_us = c->settings->deadline_us
				 ? sw_time_add(c->start_us, c->settings->deadline_us)
				 : SW_NEVER;
	c->next_beat_us = c->start_us;
	c->aborted = c->woken = false;
	if (c->session && c->session->generation != c->generation)
		sw_session_close(c);
	enum sw_err e = make_transcript(c, err);
	if (e)
		return e;
	sw_facts_free(c->facts);
	c->facts = sw_facts_new(c->redactor, c->start_us, c->world->wall_us(c->world->arg));
	c->in_call = c->facts != NULL;
	return c->facts ? SW_OK : sw_fail_nomem(err);
}

struct sw_facts *sw_context_end_call(struct sw_context *c)
{
	struct sw_facts *facts = c->facts;
	c->facts = NULL;
	c->deadline_us = SW_NEVER;
	c->in_call = c->aborted = false;
	if (c->transcript)
		sw_transcript_flush(c->transcript);
	return facts;
}

void sw_context_resume(struct sw_context *c, struct sw_facts *facts)
{
	sw_facts_free(c->facts);
	c->facts = facts;
	sw_facts_resume(facts, c->redactor, c->start_us);
}

enum sw_err sw_context_get_resolver(struct sw_context *c, struct sw_resolver **ret,
				    struct sw_error *err)
{
	const struct sw_client_settings *s = c->settings;
	if (c->lender)
		return sw_context_get_resolver(c->lender, ret, err);
	if (!c->resolver) {
		c->resolver = s->resolver ? sw_resolver_server(c->loop, s->resolver, err)
					  : sw_resolver_system(c->loop, err);
		if (!c->resolver)
			return err && err->code ? err->code : SW_E_NOMEM;
		enum sw_err e =
			s->hosts_file ? sw_resolver_set_hosts(c->resolver, s->hosts_file, err)
				      : SW_OK;
		if (e) {
			sw_resolver_free(c->resolver);
			c->resolver = NULL;
			return e;
		}
	}
	*ret = c->resolver;
	return SW_OK;
}

enum sw_err sw_context_get_tls(struct sw_context *c, struct sw_tls_context **ret,
			       struct sw_error *err)
{
	if (c->lender)
		return sw_context_get_tls(c->lender, ret, err);
	if (!c->tls) {
		struct sw_tls_settings s = { .ca_file = c->settings->ca_file,
					     .cert_file = c->settings->cert_file,
					     .key_file = c->settings->key_file,
					     .pins = &c->settings->pins,
					     .pin_only = c->settings->pin_only };
		c->tls = sw_tls_context_new(&s, err);
		if (!c->tls)
			return err && err->code ? err->code : SW_E_NOMEM;
	}
	*ret = c->tls;
	return SW_OK;
}

void sw_context_wake(void *arg)
{
	struct sw_context *c = arg;
	c->woken = true;
	if (c->park.woken)
		c->park.woken(c->park.arg);
	else
		sw_loop_stop(c->loop);
}

enum sw_wait sw_context_check(struct sw_context *c, uint64_t now_us)
{
	if (c->in_call && c->hooks.heartbeat && !c->aborted && now_us >= c->next_beat_us) {
		c->next_beat_us = sw_time_add(now_us, c->hooks.beat_us);
		c->aborted = c->hooks.heartbeat(c->hooks.heartbeat_arg) != 0;
	}
	if (c->aborted)
		return SW_WAIT_ABORTED;
	return now_us >= c->deadline_us ? SW_WAIT_DEADLINE : SW_WAIT_WOKEN;
}

/* Most waits end long before their time, so the timer is left where it is while it is early
 * enough: it then goes off once for nothing, which costs less than setting it for each
 * command. */
static void arm(struct sw_context *c, uint64_t now, uint64_t at)
{
	if (c->timer_at_us > now && c->timer_at_us <= at)
		return;
	sw_timer_set(c->timer, at);
	c->timer_at_us = at;
}

static void arm_all(struct sw_context *c, uint64_t now, uint64_t until_us)
{
	uint64_t next = sw_min_u64(until_us, c->deadline_us);
	if (c->in_call && c->hooks.heartbeat)
		next = sw_min_u64(next, c->next_beat_us);
	arm(c, now, next);
}

void sw_context_arm(struct sw_context *c, uint64_t until_us)
{
	arm_all(c, sw_context_now(c), until_us);
}

enum sw_err sw_context_wait(struct sw_context *c, uint64_t until_us, enum sw_wait *ret,
			    struct sw_error *err)
{
	for (;;) {
		uint64_t now = sw_context_now(c);
		*ret = sw_context_check(c, now);
		if (*ret != SW_WAIT_WOKEN)
			return SW_OK;
		if (c->woken) {
			c->woken = false;
			return SW_OK;
		}
		if (now >= until_us) {
			*ret = SW_WAIT_TIME;
			return SW_OK;
		}
		arm_all(c, now, until_us);
		enum sw_err e = SW_OK;
		if (c->park.wait)
			c->park.wait(c->park.arg);
		else
			e = sw_loop_run(c->loop);
		if (e)
			return sw_fail(err, e, "the event loop failed");
	}
}

enum sw_err sw_context_wait_flag(struct sw_context *c, const bool *flag, uint64_t until_us,
				 enum sw_wait *ret, struct sw_error *err)
{
	uint64_t deadline_us = c->deadline_us;
	enum sw_err e = SW_OK;
	*ret = SW_WAIT_WOKEN;
	c->deadline_us = sw_time_add(deadline_us, GRACE_US);
	while (!e && !*flag && *ret == SW_WAIT_WOKEN)
		e = sw_context_wait(c, sw_time_add(until_us, GRACE_US), ret, err);
	c->deadline_us = deadline_us;
	return e;
}

uint64_t sw_context_stage_deadline(const struct sw_context *c, uint64_t timeout_us)
{
	uint64_t stage = sw_client_settings_timeout(c->settings, timeout_us);
	return sw_min_u64(c->deadline_us, sw_time_add(sw_context_now(c), stage));
}

void sw_context_note(struct sw_context *c, enum sw_transcript_kind kind, const char *fmt, ...)
{
	char text[SW_ERROR_TEXT];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	sw_transcript_note(c->transcript, sw_context_now(c), kind, "%s", text);
}

void sw_context_progress(struct sw_context *c, enum sw_stage stage, uint64_t done,
			 uint64_t total)
{
	if (c->hooks.progress)
		c->hooks.progress(c->hooks.progress_arg, stage, done, total);
}
