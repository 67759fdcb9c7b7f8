/* SPDX-License-Identifier: MIT */
/* Passwords that other programs keep: a keyring, ~/.netrc, the credentials of a service, the helpers of git. */
#include <stdlib.h>

#include "api/mailer.h"
#include "api/secret_git.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/process.h"
#include "sasl/netrc.h"

enum { KEYRING_US = 60 * 1000 * 1000 }; /* it may ask a person to unlock it */

typedef enum sw_err (*from_fn)(struct sw_mailer *m, const char *name, struct sw_secret *ret,
			       struct sw_error *err);

/* With the attributes that msmtp uses, so that one entry serves both. */
static enum sw_err from_keyring(struct sw_mailer *m, const char *name SW_UNUSED,
				struct sw_secret *ret, struct sw_error *err)
{
	const struct sw_client_settings *s = &m->settings;
	const struct sw_world *w = sw_world_real();
	const char *const words[] = { "secret-tool", "lookup", "host", s->host ? s->host : "",
				      "service",     "smtp",   "user", s->user ? s->user : "",
				      NULL };
	char *argv[SW_LEN(words)] = { NULL };
	enum sw_err e = SW_OK;
	for (size_t i = 0; words[i] && !e; i++) {
		argv[i] = sw_strdup(words[i]);
		e = argv[i] ? SW_OK : sw_fail_nomem(err);
	}
	if (!e)
		e = sw_process_secret(argv, sw_time_add(w->now_us(w->arg), KEYRING_US), ret,
				      err);
	for (size_t i = 0; i < SW_LEN(argv); i++)
		sw_free(argv[i]);
	return e;
}

static enum sw_err from_netrc(struct sw_mailer *m, const char *name, struct sw_secret *ret,
			      struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	SW_CLEANUP(sw_buf_wipe) struct sw_buf text = { .max = SW_MAX_CONFIG, .secret = true };
	const char *home = secure_getenv("HOME");
	if (!*name && (!home || *home != '/'))
		return sw_fail(err, SW_E_CONFIG, "no home to look for .netrc in");
	if (*name ? sw_buf_add_str(&path, name) : sw_buf_printf(&path, "%s/.netrc", home))
		return sw_buf_fail(&path, "the path of .netrc", err);
	enum sw_err e = sw_file_read(sw_buf_str(&path), SW_FILE_SECRET, text.max, &text, err);
	struct sw_error why = { 0 };
	if (!e)
		e = sw_netrc_find(sw_buf_slice(&text), sw_slice_str(m->settings.host),
				  sw_slice_str(m->settings.user), ret, &why);
	return why.code ? sw_fail(err, e, "%.300s: %.150s", sw_buf_str(&path), why.text) : e;
}

/* systemd's LoadCredential= and SetCredential=. */
static enum sw_err from_systemd(struct sw_mailer *m SW_UNUSED, const char *name,
				struct sw_secret *ret, struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 4096 };
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	if (!folder || *folder != '/')
		return sw_fail(
			err, SW_E_CONFIG,
			"CREDENTIALS_DIRECTORY is not set: this is no service of systemd "
			"with credentials");
	if (strchr(name, '/'))
		return sw_fail(err, SW_E_CONFIG, "the name of a credential holds no /");
	if (sw_buf_printf(&path, "%s/%s", folder, *name ? name : "sendwell.password"))
		return sw_buf_fail(&path, "the path of the credential", err);
	return sw_file_read_secret(sw_buf_str(&path), ret, err);
}

static const struct {
	const char *name;
	from_fn get;
	bool named; /* may have a name behind a colon */
} sources[] = {
	{ "keyring", from_keyring, false },
	{ "netrc", from_netrc, true },
	{ "systemd", from_systemd, true },
	{ "git", sw_secret_from_git, true },
};

static size_t find(const char *value, const char **ret_name)
{
	struct sw_slice all = sw_slice_str(value);
	size_t colon = sw_slice_find(all, ':'), i;
	*ret_name = colon < all.len ? value + colon + 1 : "";
	for (i = 0; i < SW_LEN(sources); i++)
		if (sw_slice_eq(sw_slice_head(all, colon), sw_slice_str(sources[i].name)) &&
		    (colon == all.len || (sources[i].named && **ret_name)))
			break;
	return i;
}

bool sw_secret_source_known(const char *value)
{
	const char *name;
	return find(value, &name) < SW_LEN(sources);
}

enum sw_err sw_secret_from_source(struct sw_mailer *m, const char *value,
				  struct sw_secret *ret, struct sw_error *err)
{
	const char *name;
	size_t i = find(value, &name);
	return i < SW_LEN(sources) ? sources[i].get(m, name, ret, err)
				   : sw_fail(err, SW_E_INTERNAL, "no source of passwords");
}
