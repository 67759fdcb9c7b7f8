/* SPDX-License-Identifier: MIT */
/* ssmtp.conf: lines "KEY=VALUE", keys of any case, "#" begins a comment wherever it stands. */
#include "read/import_private.h"

enum key {
	MAILHUB,
	HOSTNAME,
	REWRITE,
	ROOT,
	FROM_LINE,
	USE_TLS,
	USE_STARTTLS,
	USE_CERT,
	CERT,
	CERT_KEY,
	CA_FILE,
	CA_DIR,
	USER,
	PASS,
	METHOD,
	DEBUG,
	MIN_USER,
	PORT,
	KEY_COUNT
};

static const struct {
	const char *name, *copy, *note;
} keys[KEY_COUNT] = {
	[MAILHUB] = { "mailhub", NULL, NULL },
	[HOSTNAME] = { "hostname", "ehlo", NULL },
	[REWRITE] = { "rewritedomain", NULL, "no domain is put in; give whole addresses" },
	[ROOT] = { "root", NULL,
		   "mail for local users is not redirected; give whole addresses" },
	[FROM_LINE] = { "fromlineoverride", NULL, NULL },
	[USE_TLS] = { "usetls", NULL, NULL },
	[USE_STARTTLS] = { "usestarttls", NULL, NULL },
	[USE_CERT] = { "usetlscert", NULL, NULL },
	[CERT] = { "tlscert", NULL, NULL },
	[CERT_KEY] = { "tlskey", NULL, NULL },
	[CA_FILE] = { "tls_ca_file", "ca", NULL },
	[CA_DIR] = { "tls_ca_dir", NULL,
		     "a folder of certificates is not read; name a file as ca" },
	[USER] = { "authuser", "user", NULL },
	[PASS] = { "authpass", NULL, NULL },
	[METHOD] = { "authmethod", NULL, NULL },
	[DEBUG] = { "debug", NULL, NULL },
	[MIN_USER] = { "minuserid", NULL, NULL },
	[PORT] = { "port", NULL, NULL },
};

struct reading {
	struct sw_import *out;
	struct sw_import_account *account;
	struct sw_error *err;
	struct {
		struct sw_slice text;
		size_t line;
	} values[KEY_COUNT];
};

static enum sw_err take_line(struct reading *r, struct sw_slice line, size_t number)
{
	size_t hash = sw_slice_find(line, '#'), k = 0;
	struct sw_slice left = sw_slice_trim(sw_slice_head(line, hash));
	size_t sign = sw_slice_find(left, '=');
	struct sw_slice key = sw_slice_trim(sw_slice_head(left, sign));
	enum sw_err e = SW_OK;

	if (left.len == 0)
		return SW_OK;
	while (k < KEY_COUNT && !sw_slice_eq_nocase(key, sw_slice_str(keys[k].name)))
		k++;
	if (k == KEY_COUNT || sign == left.len)
		return sw_import_note(r->out, r->err, number, "%s",
				      sign == left.len ? "expected KEY=VALUE"
						       : "unknown key; left out");
	r->values[k].text = sw_slice_trim(sw_slice_from(left, sign + 1));
	r->values[k].line = number;
	if (k == PASS && hash < line.len)
		e = sw_import_note(
			r->out, r->err, number,
			"AuthPass: what follows # is a comment, as it is for ssmtp");
	if (!e && keys[k].note && r->values[k].text.len)
		e = sw_import_note(r->out, r->err, number, "%s: %s", keys[k].name,
				   keys[k].note);
	return e;
}

static bool is_yes(const struct reading *r, enum key k)
{
	return sw_slice_eq_nocase(r->values[k].text, SW_S("yes"));
}

static enum sw_err set_server(struct reading *r, bool *ret_good)
{
	struct sw_slice hub = r->values[MAILHUB].text;
	size_t colon = sw_slice_find(hub, ':');
	bool starttls = is_yes(r, USE_STARTTLS), implicit = is_yes(r, USE_TLS) && !starttls;
	const struct sw_import_server s = {
		.scheme = implicit ? "smtps" : "smtp",
		.host = hub.len ? sw_slice_head(hub, colon) : SW_S("mail"),
		.line = r->values[MAILHUB].line,
		.port = colon < hub.len ? sw_slice_from(hub, colon + 1) : r->values[PORT].text,
		.port_line = r->values[MAILHUB].line,
		.usual_port = implicit ? 465 : 25,
		.tls = implicit   ? "implicit"
		       : starttls ? "starttls"
				  : "none",
	};
	return sw_import_server(r->out, r->account, &s, ret_good, r->err);
}

static enum sw_err set_key(struct reading *r, const char *ours, enum key k)
{
	if (r->values[k].text.len == 0)
		return SW_OK;
	return sw_import_set(r->out, r->account, ours, r->values[k].text, r->values[k].line,
			     r->err);
}

static enum sw_err set_all(struct reading *r)
{
	enum sw_err e = SW_OK;

	for (size_t k = 0; k < KEY_COUNT && !e; k++)
		if (keys[k].copy)
			e = set_key(r, keys[k].copy, (enum key)k);
	if (!e && is_yes(r, USE_CERT))
		e = set_key(r, "cert", CERT);
	if (!e && is_yes(r, USE_CERT))
		e = set_key(r, "key", CERT_KEY);
	if (!e && sw_slice_eq_nocase(r->values[METHOD].text, SW_S("cram-md5")))
		e = sw_import_set(r->out, r->account, "auth", SW_S("CRAM-MD5"),
				  r->values[METHOD].line, r->err);
	else if (!e && sw_slice_eq_nocase(r->values[METHOD].text, SW_S("login")))
		e = sw_import_set(r->out, r->account, "auth", SW_S("LOGIN"),
				  r->values[METHOD].line, r->err);
	if (!e && r->values[PASS].text.len)
		e = sw_import_set_secret(r->out, r->account, "password", r->values[PASS].text,
					 r->values[PASS].line, r->err);
	return e;
}

/* Which local user sends as whom: a choice for each user, which no account holds. */
static enum sw_err note_aliases(struct reading *r, struct sw_slice text)
{
	struct sw_slice line;
	size_t number = 0, count = 0;

	while (sw_import_line(&text, &number, &line))
		count += line.len && line.ptr[0] != '#' && sw_slice_find(line, ':') < line.len;
	if (count == 0)
		return SW_OK;
	return sw_import_note(r->out, r->err, 0,
			      "revaliases: the senders of %zu local users are not taken over; "
			      "each sets from in an own configuration",
			      count);
}

enum sw_err sw_import_ssmtp(struct sw_import *i, struct sw_slice conf,
			    struct sw_slice revaliases, struct sw_error *err)
{
	struct reading r = { .out = i, .err = err };
	struct sw_slice line;
	size_t number = 0;
	bool good = false;
	enum sw_err e = SW_OK;

	while (!e && sw_import_line(&conf, &number, &line))
		e = take_line(&r, line, number);
	if (!e)
		e = sw_import_account(i, SW_S("ssmtp"), &r.account, err);
	if (!e)
		e = set_server(&r, &good);
	if (!e)
		e = set_all(&r);
	if (!e)
		e = note_aliases(&r, revaliases);
	return e ? e : sw_import_first(i, SW_S("ssmtp"), err);
}
