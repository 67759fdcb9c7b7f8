/* SPDX-License-Identifier: MIT */
#include "api/secret_git.h"

#include <stdio.h>

#include "api/category.h"
#include "base/mem.h"
#include "base/process.h"
#include "base/text.h"

enum {
	FILL_US = 120 * 1000 * 1000, /* it may ask a person */
	TELL_US = 10 * 1000 * 1000,
};

static uint64_t in_us(uint64_t us)
{
	const struct sw_world *w = sw_world_real();
	return sw_time_add(w->now_us(w->arg), us);
}

/* No shell, no repository: what git does is said by its configuration alone. */
static enum sw_err git(const char *verb, struct sw_slice input, uint64_t deadline_us,
		       struct sw_buf *out, struct sw_error *err)
{
	char program[] = "git", command[] = "credential", action[16];
	char *argv[] = { program, command, action, NULL };
	snprintf(action, sizeof(action), "%s", verb);
	return sw_process_talk(argv, input, deadline_us, out, err);
}

/* A line end would begin another attribute (CVE-2020-5260). */
static enum sw_err add_line(struct sw_buf *out, const char *key, const char *value,
			    struct sw_error *err)
{
	struct sw_slice s = sw_slice_str(value);
	if (sw_slice_has_control(s))
		return sw_fail(err, SW_E_CONFIG,
			       "a control character in what git is asked for (%s)", key);
	return sw_buf_printf(out, "%s=%s\n", key, value) ? sw_buf_fail(out, "what git is asked for", err) : SW_OK;
}

/* The port always stands: git send-email names it when it was set, which it is for submission.
 */
static enum sw_err make_question(const struct sw_mailer *m, const char *name,
				 struct sw_buf *out, struct sw_error *err)
{
	const struct sw_client_settings *s = &m->settings;
	char host[SW_MAX_DOMAIN + 16];
	bool bare6 = s->host && strchr(s->host, ':') && s->host[0] != '[';
	snprintf(host, sizeof(host), bare6 ? "[%s]:%u" : "%s:%u", s->host ? s->host : "",
		 sw_client_settings_port(s));
	enum sw_err e = add_line(out, "protocol", "smtp", err);
	if (!e)
		e = add_line(out, "host", *name ? name : host, err);
	return e ? e : add_line(out, "username", s->user ? s->user : "", err);
}

/* What stands behind "key=" in the last line that has it: git's own rule. */
static bool find(struct sw_slice text, struct sw_slice key, struct sw_slice *ret)
{
	struct sw_slice line;
	bool found = false;
	while (text.len && sw_slice_split(&text, '\n', &line)) {
		if (!sw_slice_starts(line, key))
			continue;
		*ret = sw_slice_from(line, key.len);
		found = true;
	}
	return found;
}

enum sw_err sw_git_credential_read(struct sw_slice text, struct sw_slice user,
				   struct sw_secret *ret, struct sw_error *err)
{
	struct sw_slice name, password;
	if (find(text, SW_S("username="), &name) && !sw_slice_eq(name, user))
		return sw_fail(err, SW_E_CONFIG,
			       "git credential: it keeps the password of another user");
	if (!find(text, SW_S("password="), &password))
		return sw_fail(err, SW_E_CONFIG, "git credential: it knows no password");
	/* A NUL byte, nothing at all and too much are refused as from everywhere. */
	return sw_secret_first_line(ret, password, "git credential", err);
}

enum sw_err sw_secret_from_git(struct sw_mailer *m, const char *name, struct sw_secret *ret,
			       struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf question = { .max = 4096 };
	sw_buf_wipe(&m->credential);
	m->credential_open = false;
	enum sw_err e = make_question(m, name, &question, err);
	if (!e)
		e = git("fill", sw_buf_slice(&question), in_us(FILL_US), &m->credential, err);
	if (!e)
		e = sw_git_credential_read(sw_buf_slice(&m->credential),
					   sw_slice_str(m->settings.user), ret, err);
	if (e)
		sw_buf_wipe(&m->credential);
	m->credential_open = !e;
	return e;
}

/* Refused for what it is. A server that wants another mechanism, has switched logins off or is
 * asked too often says nothing against the password, whatever its code: git would ask a person
 * for it again. */
static bool says_wrong(const struct sw_delivery *d)
{
	static const char *const others[] = { "auth.mechanism", "auth.disabled",
					      "auth.needs-tls", "auth.rate" };
	if (d->ending != SW_END_AUTH_REFUSED || d->reply.code < 500)
		return false;
	struct sw_class class =
		sw_category_of(&d->reply, SW_STAGE_AUTH, d->ending, d->server.name);
	const char *name = sw_category_name(class.category);
	for (size_t i = 0; i < SW_LEN(others); i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return d->reply.code == 535 || strcmp(name, "auth.credentials") == 0;
}

static bool logged_in(const struct sw_delivery *d)
{
	const struct sw_fact *f = d->facts ? sw_facts_last(d->facts, SW_FACT_AUTH_RESULT) : NULL;
	return f && sw_fact_int(f, "ok", 0) == 1;
}

/* What goes wrong here git says itself on standard error; the mail is sent, or is not. */
static void tell(struct sw_mailer *m, const char *verb)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf ignored = { 0 };
	m->credential_open = false;
	(void)!git(verb, sw_buf_slice(&m->credential), in_us(TELL_US), &ignored, NULL);
}

static bool is_of_git(const struct sw_mailer *m)
{
	return sw_buf_len(&m->credential) > 0 && m->secret_source == SW_SECRET_FROM;
}

void sw_secret_git_good(struct sw_mailer *m)
{
	if (is_of_git(m) && m->credential_open)
		tell(m, "approve");
}

void sw_secret_git_settle(struct sw_mailer *m, const struct sw_delivery *d)
{
	if (!is_of_git(m))
		return;
	if (says_wrong(d)) {
		tell(m, "reject");
		sw_buf_wipe(&m->credential);
	} else if (logged_in(d)) {
		sw_secret_git_good(m);
	}
}
