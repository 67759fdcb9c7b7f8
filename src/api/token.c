/* SPDX-License-Identifier: MIT */
#include "api/token.h"

#include <poll.h>
#include <unistd.h>

#include "api/token_cache.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "net/fetch.h"
#include "sasl/oauth.h"

enum {
	ASK_US = 60 * 1000 * 1000, /* a program may ask a person */
	SERVER_US = 30 * 1000 * 1000,
	LOCK_US = 60 * 1000 * 1000, /* another process asks the server at most that long */
	LOCK_STEP_MS = 20,
	MARGIN_S = 60,   /* a token must live longer than a login takes */
	DEFAULT_S = 300, /* RFC 6749 5.1 lets a server say nothing about it */
};

bool sw_token_wanted(const struct sw_client_settings *s)
{
	return s->oauth_command || s->oauth_url;
}

static int64_t wall_s(void)
{
	const struct sw_world *w = sw_world_real();
	return w->wall_us(w->arg) / 1000000;
}

static uint64_t in_us(uint64_t us)
{
	const struct sw_world *w = sw_world_real();
	return sw_time_add(w->now_us(w->arg), us);
}

bool sw_token_is_old(const struct sw_mailer *m)
{
	return m->settings.secret_is_token && m->token_expires_s &&
	       wall_s() >= m->token_expires_s - MARGIN_S;
}

static bool go_on(void *arg)
{
	return sw_mailer_beat(arg) == 0;
}

static enum sw_err run_command(const char *line, struct sw_secret *ret, struct sw_error *err)
{
	char **words;
	size_t count;
	enum sw_err e = sw_words_split(sw_slice_str(line), &words, &count, err);
	if (e)
		return e;
	e = sw_process_secret(words, in_us(ASK_US), ret, err);
	sw_words_free(words);
	return e;
}

static enum sw_err read_place(const char *file, const char *command, struct sw_secret *ret,
			      struct sw_error *err)
{
	return file      ? sw_file_read_secret(file, ret, err)
	       : command ? run_command(command, ret, err)
			 : SW_OK;
}

/* ---- the server ---- */

static enum sw_err add_field(struct sw_buf *form, const char *key, struct sw_slice value)
{
	return value.len ? sw_oauth_form_add(form, key, value) : SW_OK;
}

static enum sw_err make_form(const struct sw_client_settings *s,
			     const struct sw_secret *refresh, struct sw_buf *form,
			     struct sw_error *err)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret client = { 0 };
	enum sw_err e = read_place(s->oauth_client_secret_file, s->oauth_client_secret_command,
				   &client, err);
	if (e)
		return e;
	e = sw_oauth_form_add(form, "grant_type", SW_S("refresh_token"));
	if (!e)
		e = add_field(form, "refresh_token", sw_secret_slice(refresh));
	if (!e)
		e = add_field(form, "client_id", sw_slice_str(s->oauth_client_id));
	if (!e)
		e = add_field(form, "client_secret", sw_secret_slice(&client));
	if (!e)
		e = add_field(form, "scope", sw_slice_str(s->oauth_scope));
	return e ? sw_fail_nomem(err) : SW_OK;
}

static enum sw_err say_error(const struct sw_oauth_answer *a, struct sw_error *err)
{
	const char *meaning = sw_oauth_meaning(a->error);
	return sw_fail(err, SW_E_CONFIG, "the token server says %s%s%s%s%s%s", a->error,
		       *meaning ? ": " : "", meaning, a->description[0] ? " (\"" : "",
		       a->description, a->description[0] ? "\")" : "");
}

static enum sw_err judge(const struct sw_fetch_answer *f, struct sw_oauth_answer *ret,
			 struct sw_error *err)
{
	if (f->failure == SW_FETCH_MEMORY)
		return sw_fail_nomem(err);
	if (f->failure != SW_FETCH_OK)
		return sw_fail(err, f->failure == SW_FETCH_NO_LIBRARY ? SW_E_CONFIG : SW_E_IO,
			       "the token server was not reached: %s%s%s", f->text,
			       f->tls.verify_text[0] ? ": " : "", f->tls.verify_text);
	enum sw_err e = sw_oauth_answer_read(sw_buf_slice(&f->body), ret, err);
	if (!e && ret->error[0])
		return say_error(ret, err);
	if (!e && f->status != 200)
		return sw_fail(err, SW_E_IO, "the token server answers with HTTP status %d",
			       f->status);
	if (e == SW_E_DATA)
		return sw_fail(err, SW_E_IO,
			       "the token server answers with HTTP status %d and no token%s%s",
			       f->status, f->location[0] ? ", and wants us to go to " : "",
			       f->location);
	return e;
}

static enum sw_err ask_server(struct sw_mailer *m, const struct sw_secret *refresh,
			      struct sw_oauth_answer *ret, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_wipe)
	struct sw_buf form = { .max = 4 * SW_MAX_FETCH, .secret = true };
	struct sw_fetch_answer answer;
	enum sw_err e = make_form(&m->settings, refresh, &form, err);
	if (e)
		return e;
	const struct sw_fetch_request request = {
		.url = m->settings.oauth_url,
		.post = true,
		.body = sw_buf_slice(&form),
		.content_type = "application/x-www-form-urlencoded",
		.accept = "application/json",
		.http_on_loopback = true,
		.deadline_us = in_us(SERVER_US),
	};
	e = sw_fetch_wait(&request, go_on, m, &answer, err);
	if (!e)
		e = judge(&answer, ret, err);
	sw_fetch_answer_fini(&answer);
	return e;
}

/* ---- from the file, else from the server ---- */

static bool is_fit(const struct sw_token_entry *entry, struct sw_slice refused)
{
	return wall_s() < entry->expires_s - MARGIN_S &&
	       !sw_slice_eq(sw_secret_slice(&entry->token), refused);
}

static enum sw_err adopt(struct sw_mailer *m, const struct sw_token_entry *entry,
			 struct sw_error *err)
{
	if (sw_secret_set(&m->settings.secret, sw_secret_slice(&entry->token)))
		return sw_fail_nomem(err);
	m->settings.secret_is_token = true;
	m->token_expires_s = entry->expires_s;
	return SW_OK;
}

/* A server may give a new refresh token with each access token, and forget the old one. The
 * user's own counts when he has set another one since. */
static enum sw_err refresh(struct sw_mailer *m, struct sw_token_entry *entry,
			   struct sw_error *err)
{
	const struct sw_client_settings *s = &m->settings;
	SW_CLEANUP(sw_secret_fini) struct sw_secret own = { 0 };
	SW_CLEANUP(sw_oauth_answer_fini) struct sw_oauth_answer a = { 0 };
	char origin[65];
	enum sw_err e = read_place(s->oauth_refresh_file, s->oauth_refresh_command, &own, err);
	if (e)
		return e;
	sw_token_hash(sw_secret_slice(&own), origin);
	if (strcmp(origin, entry->origin) != 0)
		sw_secret_fini(&entry->refresh);
	e = ask_server(m, entry->refresh.ptr ? &entry->refresh : &own, &a, err);
	if (e && entry->refresh.ptr && strcmp(a.error, "invalid_grant") == 0) {
		sw_secret_fini(&entry->refresh);
		sw_oauth_answer_fini(&a);
		e = ask_server(m, &own, &a, err);
	}
	if (e)
		return e;
	memcpy(entry->origin, origin, sizeof(origin));
	uint64_t lives_s = a.expires_s ? a.expires_s : DEFAULT_S;
	entry->expires_s = wall_s() + (int64_t)sw_min_u64(lives_s, INT32_MAX);
	if (sw_secret_set(&entry->token, sw_secret_slice(&a.token)) ||
	    (a.refresh.ptr && sw_secret_set(&entry->refresh, sw_secret_slice(&a.refresh))))
		return sw_fail_nomem(err);
	return SW_OK;
}

static char *cache_path(const struct sw_client_settings *s)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf what = { .max = 4 * SW_MAX_URL };
	const char *const parts[] = { s->oauth_url, s->oauth_client_id, s->user,
				      s->oauth_scope };
	for (size_t i = 0; i < SW_LEN(parts); i++)
		if (sw_buf_printf(&what, "%s\n", parts[i] ? parts[i] : ""))
			return NULL;
	return sw_token_cache_path(sw_buf_slice(&what));
}

/* One process at a time; *ret_fd -1: the lock could not be had in time, and we ask ourselves.
 */
static enum sw_err lock(struct sw_mailer *m, const char *path, int *ret_fd,
			struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf name = { .max = 4200 };
	const struct sw_world *w = sw_world_real();
	uint64_t until = in_us(LOCK_US);
	*ret_fd = -1;
	if (sw_buf_printf(&name, "%s.lock", path))
		return sw_buf_fail(&name, "the path of the lock of the token file", err);
	for (;;) {
		enum sw_err e = sw_file_try_lock(sw_buf_str(&name), ret_fd, err);
		if (e || *ret_fd >= 0 || w->now_us(w->arg) >= until)
			return e;
		if (!go_on(m))
			return sw_fail(err, SW_E_ABORTED,
				       "given up while another process asks "
				       "for a token");
		poll(NULL, 0, LOCK_STEP_MS);
	}
}

static enum sw_err from_server(struct sw_mailer *m, struct sw_slice refused,
			       struct sw_error *err)
{
	SW_CLEANUP(sw_freep) char *path = cache_path(&m->settings);
	SW_CLEANUP(sw_token_entry_fini) struct sw_token_entry entry = { 0 };
	int fd = -1;
	if (path && sw_token_cache_read(path, &entry) && is_fit(&entry, refused))
		return adopt(m, &entry, err);
	enum sw_err e = path ? lock(m, path, &fd, err) : SW_OK;
	/* Whoever had the lock before us may have done the work. */
	if (!e && path) {
		sw_token_entry_fini(&entry);
		if (sw_token_cache_read(path, &entry) && is_fit(&entry, refused)) {
			close(fd);
			return adopt(m, &entry, err);
		}
	}
	if (!e)
		e = refresh(m, &entry, err);
	m->token_fresh = !e;
	if (!e)
		e = adopt(m, &entry, err);
	/* A token that is not kept is as good as one that is. */
	if (!e && path)
		(void)!sw_token_cache_write(path, &entry, NULL);
	if (fd >= 0)
		close(fd);
	return e;
}

static enum sw_err check(const struct sw_client_settings *s, struct sw_error *err)
{
	if (s->oauth_command && s->oauth_url)
		return sw_fail(err, SW_E_CONFIG,
			       "tokens come from oauth-token-command or from oauth-token-url, "
			       "and both are set");
	if (s->oauth_url && !s->oauth_refresh_file && !s->oauth_refresh_command)
		return sw_fail(err, SW_E_CONFIG,
			       "oauth-token-url needs a refresh token: set "
			       "oauth-refresh-token-file or oauth-refresh-token-command");
	if (s->oauth_url && !s->oauth_client_id)
		return sw_fail(err, SW_E_CONFIG, "oauth-token-url needs oauth-client-id");
	return SW_OK;
}

enum sw_err sw_token_fetch(struct sw_mailer *m, struct sw_slice refused, struct sw_error *err)
{
	enum sw_err e = check(&m->settings, err);
	if (!e && m->settings.oauth_command) {
		e = run_command(m->settings.oauth_command, &m->settings.secret, err);
		m->settings.secret_is_token = !e;
		m->token_expires_s = 0;
		return e;
	}
	return e ? e : from_server(m, refused, err);
}
