/* SPDX-License-Identifier: MIT */
#include "client/settings.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "sasl/sasl.h"

static const char *const tls_names[SW_TLS_MODE_COUNT] = {
	[SW_TLS_AUTO] = "auto",         [SW_TLS_IMPLICIT] = "implicit",
	[SW_TLS_STARTTLS] = "starttls", [SW_TLS_OPPORTUNISTIC] = "opportunistic",
	[SW_TLS_OFF] = "none",
};

const char *sw_tls_mode_name(enum sw_tls_mode mode)
{
	return mode < SW_TLS_MODE_COUNT ? tls_names[mode] : "?";
}

static const char *tls_name_at(size_t i)
{
	return i < SW_TLS_MODE_COUNT ? tls_names[i] : NULL;
}

void sw_client_settings_init(struct sw_client_settings *s)
{
	*s = (struct sw_client_settings){ .pipelining = true, .downgrade = true, .depth = 3 };
}

static void drop(char **text)
{
	sw_free(*text);
	*text = NULL;
}

static void drop_fallbacks(struct sw_client_settings *s)
{
	for (size_t i = 0; i < s->fallback_count; i++)
		drop(&s->fallback[i].host);
	s->fallback_count = 0;
}

void sw_client_settings_fini(struct sw_client_settings *s)
{
	char **const texts[] = { &s->host,     &s->tls_name,  &s->ca_file, &s->cert_file,
				 &s->key_file, &s->auth,      &s->user,    &s->ehlo,
				 &s->resolver, &s->hosts_file, &s->history_file,
				 &s->trust_anchor, &s->state_dir,
				 &s->oauth_command, &s->oauth_url, &s->oauth_client_id,
				 &s->oauth_scope, &s->oauth_client_secret_file,
				 &s->oauth_client_secret_command, &s->oauth_refresh_file,
				 &s->oauth_refresh_command,
				 &s->controls, &s->second_resolver, &s->public_ip,
				 &s->xclient, &s->proxy_header };
	sw_wishes_fini(&s->wishes);
	for (size_t i = 0; i < SW_LEN(texts); i++)
		drop(texts[i]);
	drop_fallbacks(s);
	sw_secret_fini(&s->secret);
	sw_proxy_place_fini(&s->proxy);
}

static void drop_url_parts(struct sw_client_settings *s)
{
	drop(&s->host);
	s->scheme = NULL;
	s->port = 0;
	if (s->tls_from_url)
		s->tls = SW_TLS_AUTO;
	if (s->auth_from_url) {
		drop(&s->auth);
		s->auth_off = false;
	}
	if (s->user_from_url)
		drop(&s->user);
	if (s->secret_from_url)
		sw_secret_fini(&s->secret);
	if (s->ehlo_from_url)
		drop(&s->ehlo);
	s->tls_from_url = s->auth_from_url = s->user_from_url = false;
	s->secret_from_url = s->ehlo_from_url = false;
}

static void move(char **to, char **from, bool *flag)
{
	if (!*from)
		return;
	sw_free(*to);
	*to = *from;
	*from = NULL;
	*flag = true;
}

/* Takes what the URL says besides the host. The words in it were checked before. */
static void adopt(struct sw_client_settings *s, struct sw_url *u,
		  struct sw_client_settings *words)
{
	move(&s->user, &u->user, &s->user_from_url);
	move(&s->ehlo, &u->ehlo, &s->ehlo_from_url);
	if (u->password.ptr) {
		sw_secret_fini(&s->secret);
		s->secret = u->password;
		u->password = (struct sw_secret){ 0 };
		s->secret_from_url = true;
	}
	if (u->tls) {
		s->tls = words->tls;
		s->tls_from_url = true;
	}
	if (u->auth) {
		drop(&s->auth);
		s->auth = words->auth;
		words->auth = NULL;
		s->auth_off = words->auth_off;
		s->auth_from_url = true;
	}
	s->host = u->host;
	u->host = NULL;
	s->scheme = u->scheme;
	s->port = u->port;
}

enum sw_err sw_client_settings_server(struct sw_client_settings *s, const char *url,
				      struct sw_error *err)
{
	struct sw_url u = { 0 };
	SW_CLEANUP(sw_client_settings_fini) struct sw_client_settings words = { 0 };
	if (!url) {
		drop_url_parts(s);
		return SW_OK;
	}
	enum sw_err e = sw_url_parse(sw_slice_str(url), &u, err);
	if (!e && u.tls)
		e = sw_client_settings_tls(&words, u.tls, err);
	if (!e && u.auth)
		e = sw_client_settings_auth(&words, u.auth, err);
	if (!e) {
		drop_url_parts(s);
		adopt(s, &u, &words);
	}
	sw_url_fini(&u);
	return e;
}

enum sw_err sw_client_settings_tls(struct sw_client_settings *s, const char *mode,
				   struct sw_error *err)
{
	if (!mode)
		mode = tls_names[SW_TLS_AUTO];
	for (size_t i = 0; i < SW_TLS_MODE_COUNT; i++) {
		if (!sw_slice_eq_nocase(sw_slice_str(mode), sw_slice_str(tls_names[i])))
			continue;
		s->tls = (enum sw_tls_mode)i;
		s->tls_from_url = false;
		return SW_OK;
	}
	const char *near = sw_nearest(sw_slice_str(mode), tls_name_at);
	return sw_fail(err, SW_E_USAGE,
		       "tls: expected auto, implicit, starttls, opportunistic or "
		       "none, got \"%.32s\"%s%s%s",
		       mode, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static const char *mechanism_name(size_t i)
{
	return i < sw_sasl_mech_count() ? sw_sasl_mech_at(i)->name : NULL;
}

static bool next_word(struct sw_slice *rest, struct sw_slice *ret)
{
	size_t from = 0, to;
	while (from < rest->len && (rest->ptr[from] == ',' || rest->ptr[from] == ' '))
		from++;
	for (to = from; to < rest->len && rest->ptr[to] != ',' && rest->ptr[to] != ' ';)
		to++;
	*ret = sw_slice_head(sw_slice_from(*rest, from), to - from);
	*rest = sw_slice_from(*rest, to);
	return ret->len > 0;
}

static enum sw_err check_mechanisms(const char *auth, struct sw_error *err)
{
	struct sw_slice rest = sw_slice_str(auth), word;
	size_t count = 0;
	for (; next_word(&rest, &word); count++) {
		if (sw_sasl_mech_find(word))
			continue;
		const char *near = sw_nearest(word, mechanism_name);
		return sw_fail(err, SW_E_USAGE, "auth: unknown mechanism \"%.*s\"%s%s%s",
			       SW_FMT(sw_slice_head(word, 32)), near ? "; did you mean " : "",
			       near ? near : "", near ? "?" : "");
	}
	return count ? SW_OK
		     : sw_fail(err, SW_E_USAGE,
			       "auth: expected auto, none or the names of "
			       "mechanisms with commas between");
}

enum sw_err sw_client_settings_auth(struct sw_client_settings *s, const char *auth,
				    struct sw_error *err)
{
	bool off = auth && sw_slice_eq_nocase(sw_slice_str(auth), SW_S("none"));
	bool any = !auth || sw_slice_eq_nocase(sw_slice_str(auth), SW_S("auto"));
	char *copy = NULL;
	if (!off && !any) {
		enum sw_err e = check_mechanisms(auth, err);
		if (e)
			return e;
		copy = sw_strdup(auth);
		if (!copy)
			return sw_fail_nomem(err);
	}
	drop(&s->auth);
	s->auth = copy;
	s->auth_off = off;
	s->auth_from_url = false;
	return SW_OK;
}

uint16_t sw_client_server_port(const struct sw_client_settings *s,
			       const struct sw_scheme *scheme, uint16_t port)
{
	if (port)
		return port;
	return s->tls == SW_TLS_IMPLICIT && !scheme->lmtp ? 465 : scheme->port;
}

uint16_t sw_client_settings_port(const struct sw_client_settings *s)
{
	if (!s->port && s->mx)
		return 25;
	if (!s->port && !s->scheme)
		return sw_scheme_at(0)->port;
	return s->port ? s->port : sw_client_server_port(s, s->scheme, 0);
}

enum sw_smtp_tls sw_client_server_tls(const struct sw_client_settings *s,
				      const struct sw_scheme *scheme, uint16_t port)
{
	switch (s->tls) {
	case SW_TLS_IMPLICIT:
		return SW_SMTP_TLS_IMPLICIT;
	case SW_TLS_STARTTLS:
		return SW_SMTP_TLS_REQUIRED;
	case SW_TLS_OPPORTUNISTIC:
		return SW_SMTP_TLS_OPPORTUNISTIC;
	case SW_TLS_OFF:
		return SW_SMTP_TLS_NONE;
	case SW_TLS_AUTO:
	case SW_TLS_MODE_COUNT:
		break;
	}
	if (scheme && scheme->lmtp)
		return SW_SMTP_TLS_OPPORTUNISTIC;
	if ((scheme && scheme->implicit_tls) || port == 465)
		return SW_SMTP_TLS_IMPLICIT;
	return SW_SMTP_TLS_REQUIRED;
}

enum sw_smtp_tls sw_client_settings_tls_policy(const struct sw_client_settings *s)
{
	if (s->mx && (s->tls == SW_TLS_AUTO || s->tls == SW_TLS_MODE_COUNT))
		return SW_SMTP_TLS_OPPORTUNISTIC;
	return sw_client_server_tls(s, s->scheme, sw_client_settings_port(s));
}

static enum sw_err add_fallback(struct sw_client_settings *s, struct sw_slice word,
				struct sw_error *err)
{
	struct sw_url u = { 0 };
	if (s->fallback_count == SW_LEN(s->fallback))
		return sw_fail(err, SW_E_USAGE, "fallback: more than %zu servers",
			       SW_LEN(s->fallback));
	enum sw_err e = sw_url_parse(word, &u, err);
	if (e)
		return e;
	bool more = u.user || u.password.ptr || u.ehlo || u.tls || u.auth;
	if (more || u.scheme->srv) {
		e = sw_fail(
			err, SW_E_USAGE,
			"fallback: expected HOST[:PORT] or scheme://HOST[:PORT]; login and "
			"all else are as with the first server");
	} else {
		s->fallback[s->fallback_count++] =
			(struct sw_server){ u.host, u.port, u.scheme };
		u.host = NULL;
	}
	sw_url_fini(&u);
	return e;
}

enum sw_err sw_client_settings_fallback(struct sw_client_settings *s, const char *list,
					struct sw_error *err)
{
	struct sw_client_settings mine = { 0 };
	struct sw_slice rest = sw_slice_str(list), word;
	enum sw_err e = SW_OK;
	while (!e && list && sw_slice_split(&rest, ',', &word)) {
		word = sw_slice_trim(word);
		if (word.len > 0)
			e = add_fallback(&mine, word, err);
	}
	if (e) {
		drop_fallbacks(&mine);
		return e;
	}
	drop_fallbacks(s);
	memcpy(s->fallback, mine.fallback, sizeof(s->fallback));
	s->fallback_count = mine.fallback_count;
	return SW_OK;
}

bool sw_client_settings_auth_wanted(const struct sw_client_settings *s)
{
	return !s->auth_off && !s->mx && (s->user || s->auth);
}

bool sw_client_settings_secret_wanted(const struct sw_client_settings *s)
{
	struct sw_slice rest = sw_slice_str(s->auth), word;
	if (!sw_client_settings_auth_wanted(s))
		return false;
	if (!s->auth)
		return true;
	/* Those that prove by a certificate or a ticket. */
	while (next_word(&rest, &word))
		if (!sw_slice_eq_nocase(word, SW_S("EXTERNAL")) &&
		    !sw_slice_eq_nocase(word, SW_S("GSSAPI")))
			return true;
	return false;
}

uint64_t sw_client_settings_timeout(const struct sw_client_settings *s, uint64_t default_us)
{
	return s->timeout_us ? s->timeout_us : default_us;
}

static bool is_clear(enum sw_smtp_tls policy)
{
	return policy != SW_SMTP_TLS_IMPLICIT && policy != SW_SMTP_TLS_REQUIRED;
}

static enum sw_err check_tls(const struct sw_client_settings *s, struct sw_error *err)
{
	bool fixed = s->scheme && s->scheme->implicit_tls;
	if (!s->mx && fixed && s->tls != SW_TLS_AUTO && s->tls != SW_TLS_IMPLICIT)
		return sw_fail(err, SW_E_CONFIG,
			       "%s:// means TLS from the first byte, which "
			       "contradicts tls=%s; use smtp:// with it",
			       s->scheme->name, sw_tls_mode_name(s->tls));
	enum sw_smtp_tls policy = sw_client_settings_tls_policy(s);
	/* A pin that could be got round by leaving TLS out would be none. */
	if (s->pins.count && is_clear(policy))
		return sw_fail(err, SW_E_CONFIG,
			       "tls-pin demands TLS, which is not required here: set tls to "
			       "starttls or implicit");
	if (s->pin_only && !s->pins.count)
		return sw_fail(err, SW_E_CONFIG, "tls-pin-only needs a tls-pin");
	if (!s->cert_file != !s->key_file)
		return sw_fail(err, SW_E_CONFIG,
			       "a client certificate needs both cert and key; %s is "
			       "missing",
			       s->cert_file ? "key" : "cert");
	return SW_OK;
}

/* What holds for the first server must hold for each. */
static enum sw_err check_servers(const struct sw_client_settings *s, struct sw_error *err)
{
	bool srv = s->scheme && s->scheme->srv && !s->mx;
	if (s->fallback_count && (s->mx || !s->host))
		return sw_fail(err, SW_E_CONFIG, "fallback needs a server before it");
	for (size_t i = 0; i < s->fallback_count; i++) {
		const struct sw_scheme *scheme = s->fallback[i].scheme;
		uint16_t port = sw_client_server_port(s, scheme, s->fallback[i].port);
		enum sw_smtp_tls policy = sw_client_server_tls(s, scheme, port);
		if (scheme->implicit_tls && policy != SW_SMTP_TLS_IMPLICIT)
			return sw_fail(err, SW_E_CONFIG, "fallback %s://%s contradicts tls=%s",
				       scheme->name, s->fallback[i].host,
				       sw_tls_mode_name(s->tls));
		if (s->pins.count && is_clear(policy))
			return sw_fail(err, SW_E_CONFIG,
				       "tls-pin demands TLS, which is not required with %s",
				       s->fallback[i].host);
	}
	/* Anybody can answer a question to the DNS. */
	if (srv && is_clear(sw_client_settings_tls_policy(s)) &&
	    sw_client_settings_auth_wanted(s))
		return sw_fail(err, SW_E_CONFIG,
			       "a login at the servers that SRV records name needs TLS, which "
			       "tls=%s does not require",
			       sw_tls_mode_name(s->tls));
	return SW_OK;
}

enum sw_err sw_client_settings_check(const struct sw_client_settings *s, struct sw_error *err)
{
	if (!s->host && !s->mx)
		return sw_fail(err, SW_E_CONFIG, "no server is set (server or mx)");
	enum sw_err e = check_tls(s, err);
	if (!e)
		e = check_servers(s, err);
	if (!e && sw_client_settings_secret_wanted(s) && !s->user)
		e = sw_fail(err, SW_E_CONFIG, "auth names mechanisms, but no user is set");
	return e;
}
