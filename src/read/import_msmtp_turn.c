/* SPDX-License-Identifier: MIT */
#include "read/import_msmtp.h"
#include "sasl/sasl.h"

static bool is_set(const struct sw_msmtp_account *a, enum sw_msmtp_key k)
{
	return a->values[k].line != 0 && a->values[k].text.len > 0;
}

/* "on", or nothing behind the key, is yes. */
static bool is_on(const struct sw_msmtp_account *a, enum sw_msmtp_key k, bool otherwise)
{
	const struct sw_msmtp_value *v = &a->values[k];

	return v->line == 0 ? otherwise : v->text.len == 0 || sw_slice_eq(v->text, SW_S("on"));
}

static enum sw_err set(struct sw_msmtp *r, struct sw_import_account *a, const char *key,
		       const struct sw_msmtp_value *v)
{
	return sw_import_set(r->out, a, key, v->text, v->line, r->err);
}

static enum sw_err note(struct sw_msmtp *r, const struct sw_msmtp_value *v, const char *text)
{
	return sw_import_note(r->out, r->err, v->line, "%s", text);
}

static enum sw_err set_file(struct sw_msmtp *r, struct sw_import_account *a, const char *key,
			    const struct sw_msmtp_value *v)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf path = { .max = 2 * SW_MAX_CONFIG };
	bool home = sw_slice_starts(v->text, SW_S("~/")) && r->home.len > 0;

	if (v->line == 0 || v->text.len == 0)
		return SW_OK;
	if ((home && sw_buf_add(&path, r->home)) ||
	    sw_buf_add(&path, home ? sw_slice_from(v->text, 1) : v->text))
		return sw_buf_fail(&path, "a path", r->err);
	return sw_import_set(r->out, a, key, sw_buf_slice(&path), v->line, r->err);
}

static enum sw_err turn_server(struct sw_msmtp *r, struct sw_import_account *a,
			       const struct sw_msmtp_account *raw, bool *ret_good)
{
	bool lmtp = sw_slice_eq(raw->values[PROTOCOL].text, SW_S("lmtp"));
	bool tls = is_on(raw, TLS, false), starttls = is_on(raw, TLS_STARTTLS, true);
	bool implicit = tls && !starttls;
	const struct sw_import_server s = {
		.scheme = lmtp       ? "lmtp"
			  : implicit ? "smtps"
				     : "smtp",
		.host = raw->values[HOST].text,
		.line = raw->values[HOST].line,
		.port = raw->values[PORT].text,
		.port_line = raw->values[PORT].line,
		.usual_port = lmtp       ? 24
			      : implicit ? 465
					 : 25,
		.tls = implicit ? "implicit"
		       : tls    ? "starttls"
				: "none",
	};
	return sw_import_server(r->out, a, &s, ret_good, r->err);
}

static enum sw_err turn_tls(struct sw_msmtp *r, struct sw_import_account *a,
			    const struct sw_msmtp_account *raw)
{
	const struct sw_msmtp_value *trust = &raw->values[TLS_TRUST_FILE];
	enum sw_err e = SW_OK;

	if (!sw_slice_eq(trust->text, SW_S("system")))
		e = set_file(r, a, "ca", trust);
	if (!e)
		e = set_file(r, a, "cert", &raw->values[TLS_CERT_FILE]);
	if (!e)
		e = set_file(r, a, "key", &raw->values[TLS_KEY_FILE]);
	if (!e && is_on(raw, TLS, false) && !is_on(raw, TLS_CERTCHECK, true))
		e = note(r, &raw->values[TLS_CERTCHECK],
			 "tls_certcheck: certificates are always checked; a server's own one "
			 "can "
			 "be named as ca");
	return e;
}

static enum sw_err turn_command(struct sw_msmtp *r, struct sw_import_account *a, bool token,
				const struct sw_msmtp_value *v)
{
	SW_CLEANUP(sw_buf_wipe)
	struct sw_buf line = { .max = 2 * SW_MAX_CONFIG, .secret = true };
	enum sw_import_command kind;

	if (sw_import_command(v->text, r->home, &line, &kind))
		return sw_fail_nomem(r->err);
	const char *key = token ? "oauth-token-command" : "password-command";
	if (kind == SW_COMMAND_SHELL)
		return sw_import_note(
			r->out, r->err, v->line,
			"passwordeval: only a shell can run this command, and none "
			"is used here; put it into a script and name that as %s",
			key);
	struct sw_slice text = sw_buf_slice(&line);
	return kind == SW_COMMAND_SHOWS
		       ? sw_import_set_secret(r->out, a, key, text, v->line, r->err)
		       : sw_import_set(r->out, a, key, text, v->line, r->err);
}

static enum sw_err turn_secret(struct sw_msmtp *r, struct sw_import_account *a,
			       const struct sw_msmtp_account *raw,
			       const struct sw_sasl_mech *mech)
{
	const struct sw_msmtp_value *word = &raw->values[PASSWORD];
	bool token = mech && mech->proof == SW_PROOF_TOKEN;

	if (mech && mech->proof != SW_PROOF_TOKEN && mech->proof != SW_PROOF_PASSWORD)
		return SW_OK;
	if (is_set(raw, PASSWORD) && token)
		return note(r, word,
			    "password: it is an OAuth token here, which expires; set "
			    "oauth-token-command or oauth-token-url");
	if (is_set(raw, PASSWORD))
		return sw_import_set_secret(r->out, a, "password", word->text, word->line,
					    r->err);
	if (is_set(raw, PASSWORDEVAL))
		return turn_command(r, a, token, &raw->values[PASSWORDEVAL]);
	return note(r, &raw->values[AUTH],
		    "no password is named: msmtp asks the keyring, then ~/.netrc; set "
		    "password-from = keyring or netrc");
}

static enum sw_err turn_user(struct sw_msmtp *r, struct sw_import_account *a,
			     const struct sw_msmtp_account *raw)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf user = { .max = 2 * SW_MAX_CONFIG };

	if (!is_set(raw, USER))
		return SW_OK;
	/* Ours takes the domain of NTLM in front of the name. */
	if (is_set(raw, NTLMDOMAIN) &&
	    sw_buf_printf(&user, "%.*s\\", SW_FMT(raw->values[NTLMDOMAIN].text)))
		return sw_buf_fail(&user, "the user", r->err);
	if (sw_buf_add(&user, raw->values[USER].text))
		return sw_buf_fail(&user, "the user", r->err);
	return sw_import_set(r->out, a, "user", sw_buf_slice(&user), raw->values[USER].line,
			     r->err);
}

static enum sw_err turn_auth(struct sw_msmtp *r, struct sw_import_account *a,
			     const struct sw_msmtp_account *raw)
{
	const struct sw_msmtp_value *auth = &raw->values[AUTH];
	const struct sw_sasl_mech *mech = NULL;
	enum sw_err e = SW_OK;

	if (auth->line == 0)
		return SW_OK;
	if (sw_slice_eq(auth->text, SW_S("off")))
		return sw_import_set(r->out, a, "auth", SW_S("none"), auth->line, r->err);
	if (!is_on(raw, AUTH, false)) {
		mech = sw_sasl_mech_find(auth->text);
		e = mech ? sw_import_set(r->out, a, "auth", sw_slice_str(mech->name),
					 auth->line, r->err)
			 : note(r, auth,
				"auth: there is no such method here; the best one that "
				"the server offers is taken");
	}
	if (!e)
		e = turn_user(r, a, raw);
	return e ? e : turn_secret(r, a, raw, mech);
}

/* "Name <address>"; msmtp's patterns and %-words make no address. */
static enum sw_err turn_from(struct sw_msmtp *r, struct sw_import_account *a,
			     const struct sw_msmtp_account *raw)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf from = { .max = 4 * SW_MAX_CONFIG };
	const struct sw_msmtp_value *v = &raw->values[FROM],
				    *name = &raw->values[FROM_FULL_NAME];
	bool pattern = false;

	for (size_t n = 0; n < v->text.len; n++)
		pattern |= strchr("*?[%", v->text.ptr[n]) != NULL;
	if (v->line == 0 || v->text.len == 0)
		return SW_OK;
	if (pattern)
		return note(r, v,
			    "from: a pattern is no address; name the sender with --from");
	if (name->text.len == 0)
		return set(r, a, "from", v);
	enum sw_err e = sw_buf_add_char(&from, '"');
	for (size_t n = 0; n < name->text.len && !e; n++) {
		if (strchr("\"\\", name->text.ptr[n]))
			e = sw_buf_add_char(&from, '\\');
		if (!e)
			e = sw_buf_add_char(&from, name->text.ptr[n]);
	}
	if (e || sw_buf_printf(&from, "\" <%.*s>", SW_FMT(v->text)))
		return sw_buf_fail(&from, "the sender", r->err);
	return sw_import_set(r->out, a, "from", sw_buf_slice(&from), v->line, r->err);
}

static enum sw_err turn_domain(struct sw_msmtp *r, struct sw_import_account *a,
			       const struct sw_msmtp_account *raw)
{
	const struct sw_msmtp_value *v = &raw->values[DOMAIN];

	/* msmtp's own default, which many servers refuse; ours is better than that. */
	if (v->text.len == 0 || sw_slice_eq(v->text, SW_S("localhost")))
		return SW_OK;
	if (sw_slice_find(v->text, '%') < v->text.len)
		return note(r, v,
			    "domain: words with % are not filled in; the host's name is "
			    "taken");
	return set(r, a, "ehlo", v);
}

static enum sw_err turn_proxy(struct sw_msmtp *r, struct sw_import_account *a,
			      const struct sw_msmtp_account *raw)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf url = { .max = 2 * SW_MAX_CONFIG };
	struct sw_slice host = raw->values[PROXY_HOST].text,
			port = raw->values[PROXY_PORT].text;
	bool v6 = sw_slice_find(host, ':') < host.len && host.len && host.ptr[0] != '[';

	if (host.len == 0)
		return SW_OK;
	if (port.len == 0)
		port = SW_S("1080");
	if (sw_buf_printf(&url, v6 ? "socks5h://[%.*s]:%.*s" : "socks5h://%.*s:%.*s",
			  SW_FMT(host), SW_FMT(port)))
		return sw_buf_fail(&url, "the proxy's URL", r->err);
	return sw_import_set(r->out, a, "proxy", sw_buf_slice(&url),
			     raw->values[PROXY_HOST].line, r->err);
}

static enum sw_err turn_rest(struct sw_msmtp *r, struct sw_import_account *a,
			     const struct sw_msmtp_account *raw)
{
	const struct sw_msmtp_value *timeout = &raw->values[TIMEOUT],
				    *ret = &raw->values[DSN_RETURN];
	struct sw_slice hdrs = ret->text;
	enum sw_err e = SW_OK;

	if (timeout->text.len && !sw_slice_eq(timeout->text, SW_S("off")))
		e = set(r, a, "timeout", timeout);
	if (!e && is_set(raw, DSN_NOTIFY) &&
	    !sw_slice_eq(raw->values[DSN_NOTIFY].text, SW_S("off")))
		e = set(r, a, "dsn", &raw->values[DSN_NOTIFY]);
	if (!e && hdrs.len && !sw_slice_eq(hdrs, SW_S("off")))
		e = sw_import_set(r->out, a, "dsn-return",
				  sw_slice_eq(hdrs, SW_S("headers")) ? SW_S("headers")
								     : SW_S("full"),
				  ret->line, r->err);
	for (enum sw_msmtp_key k = HOST; k < KEY_COUNT && !e; k++)
		if (sw_msmtp_copied(k) && is_set(raw, k))
			e = set(r, a, sw_msmtp_copied(k), &raw->values[k]);
	return e;
}

enum sw_err sw_msmtp_turn(struct sw_msmtp *r, const struct sw_msmtp_account *raw)
{
	typedef enum sw_err (*part)(struct sw_msmtp *, struct sw_import_account *,
				    const struct sw_msmtp_account *);
	static const part parts[] = { turn_tls,    turn_auth,  turn_from,
				      turn_domain, turn_proxy, turn_rest };
	struct sw_import_account *a = NULL;
	bool good = false;

	if (!is_set(raw, HOST))
		return sw_import_note(r->out, r->err, raw->line,
				      "this account has no host; left out");
	enum sw_err e = sw_import_account(r->out, raw->name, &a, r->err);
	if (!e)
		e = turn_server(r, a, raw, &good);
	for (size_t n = 0; n < SW_LEN(parts) && !e; n++)
		e = parts[n](r, a, raw);
	return e;
}
