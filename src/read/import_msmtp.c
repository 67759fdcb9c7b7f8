/* SPDX-License-Identifier: MIT */
/* msmtprc: lines "KEY VALUE" in sections "defaults" and "account NAME [: BASE, ...]". Accounts
 * inherit, so values are collected as they stand and turned into ours at the end. */
#include "read/import_msmtp.h"

#include "base/mem.h"

static const char log_note[] =
	"no counterpart; each send can write one with --transcript or --json";

/* copy: our key, when the value is taken as it stands; note: why there is nothing. Neither:
 * the functions below, or nothing is lost without it. */
static const struct {
	const char *name, *copy, *note;
} keys[KEY_COUNT] = {
	[HOST] = { "host", NULL, NULL },
	[PORT] = { "port", NULL, NULL },
	[PROTOCOL] = { "protocol", NULL, NULL },
	[TIMEOUT] = { "timeout", NULL, NULL },
	[DOMAIN] = { "domain", NULL, NULL },
	[SOURCE_IP] = { "source_ip", "source", NULL },
	[PROXY_HOST] = { "proxy_host", NULL, NULL },
	[PROXY_PORT] = { "proxy_port", NULL, NULL },
	[SOCKET] = { "socket", NULL, "a local socket is no way to a server here" },
	[AUTH] = { "auth", NULL, NULL },
	[USER] = { "user", NULL, NULL },
	[PASSWORD] = { "password", NULL, NULL },
	[PASSWORDEVAL] = { "passwordeval", NULL, NULL },
	[NTLMDOMAIN] = { "ntlmdomain", NULL, NULL },
	[TLS] = { "tls", NULL, NULL },
	[TLS_STARTTLS] = { "tls_starttls", NULL, NULL },
	[TLS_TRUST_FILE] = { "tls_trust_file", NULL, NULL },
	[TLS_CRL_FILE] = { "tls_crl_file", NULL,
			   "lists of revoked certificates are not read" },
	[TLS_FINGERPRINT] = { "tls_fingerprint", NULL,
			      "fingerprints of certificates are not compared; save the "
			      "server's "
			      "certificate and name the file as ca" },
	[TLS_KEY_FILE] = { "tls_key_file", NULL, NULL },
	[TLS_CERT_FILE] = { "tls_cert_file", NULL, NULL },
	[TLS_CERTCHECK] = { "tls_certcheck", NULL, NULL },
	[TLS_PRIORITIES] = { "tls_priorities", NULL,
			     "the ciphers are those of the system's OpenSSL" },
	[TLS_HOST_OVERRIDE] = { "tls_host_override", "tls-name", NULL },
	[TLS_DH] = { "tls_min_dh_prime_bits", NULL, NULL },
	[FROM] = { "from", NULL, NULL },
	[FROM_FULL_NAME] = { "from_full_name", NULL, NULL },
	[ALLOW_FROM] = { "allow_from_override", NULL, NULL },
	[AUTO_FROM] = { "auto_from", NULL, "no address is made up; set from" },
	[MAILDOMAIN] = { "maildomain", NULL, "no address is made up; set from" },
	[DSN_NOTIFY] = { "dsn_notify", NULL, NULL },
	[DSN_RETURN] = { "dsn_return", NULL, NULL },
	[KEEPBCC] = { "keepbcc", NULL, NULL },
	[LOGFILE] = { "logfile", NULL, log_note },
	[LOGFILE_TIME] = { "logfile_time_format", NULL, NULL },
	[SYSLOG] = { "syslog", NULL, log_note },
	[ALIASES] = { "aliases", NULL, "aliases are not looked up; give whole addresses" },
	[SET_FROM] = { "set_from_header", NULL, NULL },
	[SET_DATE] = { "set_date_header", NULL, NULL },
	[SET_MSGID] = { "set_msgid_header", NULL, NULL },
	[REMOVE_BCC] = { "remove_bcc_headers", NULL, NULL },
	[UNDISCLOSED] = { "undisclosed_recipients", NULL,
			  "the To and Cc of a message are left as they are; use --bcc" },
	[ADD_FROM] = { "add_missing_from_header", NULL, NULL },
	[ADD_DATE] = { "add_missing_date_header", NULL, NULL },
	[EVAL] = { "eval", NULL,
		   "this is a command that prints a line of the file; it is not run" },
};

const char *sw_msmtp_copied(enum sw_msmtp_key k)
{
	return keys[k].copy;
}

/* ---- reading ---- */

static struct sw_msmtp_account *find(struct sw_msmtp *r, struct sw_slice name)
{
	for (size_t n = 0; n < r->count; n++)
		if (sw_slice_eq(r->accounts[n].name, name))
			return &r->accounts[n];
	return NULL;
}

static enum sw_err new_account(struct sw_msmtp *r, struct sw_slice name)
{
	if (r->count == SW_MAX_IMPORT_ACCOUNTS)
		return sw_fail(r->err, SW_E_LIMIT, "line %zu: more than %d accounts", r->line,
			       SW_MAX_IMPORT_ACCOUNTS);
	/* As many as there can be at once: those that inherit point at others. */
	if (!r->accounts)
		r->accounts = sw_calloc(SW_MAX_IMPORT_ACCOUNTS, sizeof(*r->accounts));
	if (!r->accounts)
		return sw_fail_nomem(r->err);
	r->current = &r->accounts[r->count++];
	*r->current = r->defaults;
	r->current->name = name;
	r->current->line = r->line;
	r->current->own = false;
	return SW_OK;
}

static enum sw_err inherit(struct sw_msmtp *r, struct sw_slice bases)
{
	struct sw_slice name;
	size_t count = 0;

	while (sw_slice_split(&bases, ',', &name)) {
		name = sw_slice_trim(name);
		const struct sw_msmtp_account *base = find(r, name);
		if (++count > SW_MAX_IMPORT_BASES)
			return sw_import_note(
				r->out, r->err, r->line,
				"more than %d accounts to take over; the rest is "
				"left out",
				SW_MAX_IMPORT_BASES);
		if (!base || base == r->current) {
			enum sw_err e =
				sw_import_note(r->out, r->err, r->line,
					       "an account to take over is not defined "
					       "above");
			if (e)
				return e;
			continue;
		}
		for (size_t k = 0; k < KEY_COUNT; k++)
			if (base->values[k].line)
				r->current->values[k] = base->values[k];
		r->current->base = count == 1 ? name : SW_S("");
	}
	return SW_OK;
}

static enum sw_err take_account(struct sw_msmtp *r, struct sw_slice rest)
{
	size_t colon = sw_slice_find(rest, ':');
	struct sw_slice name = sw_slice_trim(sw_slice_head(rest, colon));

	r->current = NULL;
	if (name.len == 0)
		return sw_import_note(r->out, r->err, r->line, "account without a name");
	if (find(r, name))
		return sw_import_note(r->out, r->err, r->line,
				      "an account of this name stands above; left out");
	enum sw_err e = new_account(r, name);
	return e || colon == rest.len ? e : inherit(r, sw_slice_from(rest, colon + 1));
}

static enum sw_err take_key(struct sw_msmtp *r, struct sw_slice word, struct sw_slice text)
{
	size_t k = 0;
	enum sw_err e = SW_OK;

	while (k < KEY_COUNT && !sw_slice_eq(word, sw_slice_str(keys[k].name)))
		k++;
	if (k == KEY_COUNT)
		return sw_import_note(r->out, r->err, r->line, "unknown key; left out");
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		text = sw_slice(text.ptr + 1, text.len - 2);
	/* As msmtp does: settings before any account are those of one with the name default.
	 */
	if (!r->current && r->count == 0)
		e = new_account(r, SW_S("default"));
	if (!e && r->current) {
		r->current->values[k] = (struct sw_msmtp_value){ text, r->line };
		r->current->own = true;
	}
	if (e || !keys[k].note || text.len == 0 || sw_slice_eq(text, SW_S("off")))
		return e;
	return sw_import_note(r->out, r->err, r->line, "%s: %s", keys[k].name, keys[k].note);
}

static enum sw_err take_line(struct sw_msmtp *r, struct sw_slice line)
{
	struct sw_slice rest = line, word = sw_import_word(&rest);

	if (word.len == 0 || word.ptr[0] == '#')
		return SW_OK;
	if (sw_slice_eq(word, SW_S("defaults"))) {
		r->current = &r->defaults;
		return SW_OK;
	}
	if (sw_slice_eq(word, SW_S("account")))
		return take_account(r, rest);
	return take_key(r, word, rest);
}

/* "account default : x" alone means x; it gets no section of its own. */
static bool is_mere_name(const struct sw_msmtp_account *raw)
{
	return sw_slice_eq(raw->name, SW_S("default")) && raw->base.len && !raw->own;
}

static enum sw_err turn_all(struct sw_msmtp *r)
{
	enum sw_err e = SW_OK;

	for (size_t n = 0; n < r->count && !e; n++)
		if (!is_mere_name(&r->accounts[n]))
			e = sw_msmtp_turn(r, &r->accounts[n]);
	const struct sw_msmtp_account *named = find(r, SW_S("default"));
	struct sw_slice first = !named                ? SW_S("")
				: is_mere_name(named) ? named->base
						      : named->name;
	if (!named && r->out->count == 1)
		first = sw_slice_str(r->out->accounts[0].name);
	if (!e && first.len && sw_import_find(r->out, first))
		e = sw_import_first(r->out, first, r->err);
	return e;
}

enum sw_err sw_import_msmtp(struct sw_import *i, struct sw_slice text, struct sw_slice home,
			    struct sw_error *err)
{
	struct sw_msmtp r = { .out = i, .err = err, .home = home };
	struct sw_slice line;
	enum sw_err e = SW_OK;

	while (!e && sw_import_line(&text, &r.line, &line))
		e = take_line(&r, line);
	if (!e)
		e = turn_all(&r);
	sw_free(r.accounts);
	return e;
}
