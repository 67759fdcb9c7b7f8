/* SPDX-License-Identifier: MIT */
/* Where a mailer's password comes from. It is read at the first use and held until settings
 * say otherwise. */
#include <stdlib.h>

#include "api/mailer.h"
#include "api/token.h"
#include "api/step.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"

/* a program may ask a keyring, which may ask a person */
enum { SECRET_US = 60 * 1000 * 1000 };

enum sw_err sw_mailer_secret_from(struct sw_mailer *m, enum sw_secret_source source,
				  const char *value)
{
	char *copy = value ? sw_strdup(value) : NULL;
	if (value && !copy)
		return SW_E_NOMEM;
	/* Setting one source back to its default leaves another one alone. */
	if (!value && m->secret_source != source)
		return SW_OK;
	sw_free(m->secret_place);
	m->secret_place = copy;
	m->secret_source = value ? source : SW_SECRET_NONE;
	m->settings.secret_from_url = false;
	sw_secret_fini(&m->settings.secret);
	return SW_OK;
}

enum sw_err sw_mailer_set_secret(struct sw_mailer *m, const char *secret, size_t len)
{
	enum sw_err e = sw_step_busy(m);
	if (e)
		return e;
	if (!secret || len == 0 || len > SW_MAX_SECRET)
		return sw_fail(&m->error, SW_E_USAGE, "the password must have 1 to %d bytes",
			       SW_MAX_SECRET);
	if (sw_secret_set(&m->settings.secret, sw_slice(secret, len)))
		return sw_fail_nomem(&m->error);
	sw_free(m->secret_place);
	m->secret_place = NULL;
	m->secret_source = SW_SECRET_GIVEN;
	m->settings.secret_from_url = false;
	if (m->client)
		sw_context_changed(m->client);
	return SW_OK;
}

int sw_mailer_needs_secret(const struct sw_mailer *m)
{
	return sw_client_settings_secret_wanted(&m->settings) &&
	       m->secret_source == SW_SECRET_NONE && !sw_token_wanted(&m->settings);
}

static uint64_t secret_deadline(void)
{
	const struct sw_world *world = sw_world_real();
	return sw_time_add(world->now_us(world->arg), SECRET_US);
}

static enum sw_err from_fd(const char *place, struct sw_secret *ret, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf text;
	uint64_t fd = 0;
	sw_buf_init(&text, SW_MAX_SECRET);
	text.secret = true;
	if (!sw_slice_u64(sw_slice_str(place), &fd))
		return sw_fail(err, SW_E_INTERNAL, "no descriptor");
	enum sw_err e = sw_fd_read((int)fd, SW_MAX_SECRET, secret_deadline(),
				   "the descriptor of password-fd", &text, err);
	return e ? e
		 : sw_secret_first_line(ret, sw_buf_slice(&text),
					"the descriptor of password-fd", err);
}

static enum sw_err from_command(const char *place, struct sw_secret *ret, struct sw_error *err)
{
	char **words;
	size_t count;
	enum sw_err e = sw_words_split(sw_slice_str(place), &words, &count, err);
	if (e)
		return e;
	e = sw_process_secret(words, secret_deadline(), ret, err);
	sw_words_free(words);
	return e;
}

static enum sw_err from_env(const char *place, struct sw_secret *ret, struct sw_error *err)
{
	const char *value = getenv(place);
	if (!value)
		return sw_fail(err, SW_E_CONFIG,
			       "the environment variable %.64s of password-env is "
			       "not set",
			       place);
	return sw_secret_first_line(ret, sw_slice_str(value), "the variable of password-env",
				    err);
}

enum sw_err sw_mailer_fetch_secret(struct sw_mailer *m, struct sw_error *err)
{
	struct sw_secret *to = &m->settings.secret;
	if (sw_token_is_old(m))
		sw_secret_fini(to);
	if (to->ptr || !sw_client_settings_secret_wanted(&m->settings))
		return SW_OK;
	if (sw_token_wanted(&m->settings))
		return m->secret_source == SW_SECRET_NONE
			       ? sw_token_fetch(m, SW_S(""), err)
			       : sw_fail(err, SW_E_CONFIG,
					 "both a password and a source of tokens (oauth-...) "
					 "are set; expected one of them");
	m->settings.secret_is_token = false;
	switch (m->secret_source) {
	case SW_SECRET_FILE:
		return sw_file_read_secret(m->secret_place, to, err);
	case SW_SECRET_FD:
		return from_fd(m->secret_place, to, err);
	case SW_SECRET_COMMAND:
		return from_command(m->secret_place, to, err);
	case SW_SECRET_ENV:
		return from_env(m->secret_place, to, err);
	case SW_SECRET_FROM:
		return sw_secret_from_source(m, m->secret_place, to, err);
	case SW_SECRET_NONE:
	case SW_SECRET_GIVEN:
		break;
	}
	return sw_fail(err, SW_E_CONFIG,
		       "a user is set but no password: use password-file, "
		       "password-fd, password-command or password-env, or auth=none");
}

bool sw_mailer_renew_token(struct sw_mailer *m)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret refused = { 0 };
	struct sw_error ignored;
	if (!m->settings.secret_is_token || m->token_fresh ||
	    m->secret_source != SW_SECRET_NONE)
		return false;
	refused = m->settings.secret;
	m->settings.secret = (struct sw_secret){ 0 };
	if (!sw_token_fetch(m, sw_secret_slice(&refused), &ignored) &&
	    !sw_slice_eq(sw_secret_slice(&refused), sw_secret_slice(&m->settings.secret))) {
		if (m->client)
			sw_context_changed(m->client);
		return true;
	}
	sw_secret_fini(&m->settings.secret);
	return false;
}

void sw_mailer_secret_refused(struct sw_mailer *m)
{
	if (m->settings.secret_is_token || m->secret_source == SW_SECRET_FILE ||
	    m->secret_source == SW_SECRET_COMMAND || m->secret_source == SW_SECRET_FROM)
		sw_secret_fini(&m->settings.secret);
}
