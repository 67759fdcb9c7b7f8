/* SPDX-License-Identifier: MIT */
/* dma.conf: lines "KEY VALUE", switches without a value; auth.conf: lines
 * "USER|HOST:PASSWORD". */
#include "read/import_private.h"

enum key {
	SMARTHOST,
	PORT,
	AUTHPATH,
	SECURETRANSFER,
	STARTTLS,
	OPPORTUNISTIC,
	CERTFILE,
	FINGERPRINT,
	MAILNAME,
	MASQUERADE,
	ALIASES,
	SPOOLDIR,
	DEFER,
	FULLBOUNCE,
	NULLCLIENT,
	SECURE,
	INSECURE,
	VERIFYCERT,
	KEY_COUNT
};

static const struct {
	const char *name, *note;
} keys[KEY_COUNT] = {
	[SMARTHOST] = { "SMARTHOST", NULL },
	[PORT] = { "PORT", NULL },
	[AUTHPATH] = { "AUTHPATH", NULL },
	[SECURETRANSFER] = { "SECURETRANSFER", NULL },
	[STARTTLS] = { "STARTTLS", NULL },
	[OPPORTUNISTIC] = { "OPPORTUNISTIC_TLS", NULL },
	[CERTFILE] = { "CERTFILE", NULL },
	[FINGERPRINT] = { "FINGERPRINT",
			  "fingerprints of certificates are not compared; save the "
			  "server's certificate and name the file as ca" },
	[MAILNAME] = { "MAILNAME", NULL },
	[MASQUERADE] = { "MASQUERADE", NULL },
	[ALIASES] = { "ALIASES", "aliases are not looked up; give whole addresses" },
	[SPOOLDIR] = { "SPOOLDIR", NULL },
	[DEFER] = { "DEFER",
		    "nothing is queued; send tells at once what became of a message" },
	[FULLBOUNCE] = { "FULLBOUNCE", NULL },
	[NULLCLIENT] = { "NULLCLIENT", NULL },
	[SECURE] = { "SECURE", NULL },
	[INSECURE] = { "INSECURE", "passwords do not go over a connection without TLS" },
	[VERIFYCERT] = { "VERIFYCERT", NULL },
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

static enum sw_err read_conf(struct reading *r, struct sw_slice conf)
{
	struct sw_slice line;
	size_t number = 0;
	enum sw_err e = SW_OK;

	while (!e && sw_import_line(&conf, &number, &line)) {
		struct sw_slice word = sw_import_word(&line);
		size_t k = 0;

		if (word.len == 0 || word.ptr[0] == '#')
			continue;
		while (k < KEY_COUNT && !sw_slice_eq(word, sw_slice_str(keys[k].name)))
			k++;
		if (k == KEY_COUNT) {
			e = sw_import_note(r->out, r->err, number, "unknown key; left out");
			continue;
		}
		r->values[k].text = line;
		r->values[k].line = number;
		if (keys[k].note)
			e = sw_import_note(r->out, r->err, number, "%s: %s", keys[k].name,
					   keys[k].note);
	}
	return e;
}

struct sw_slice sw_import_dma_auth(struct sw_slice conf)
{
	struct sw_slice line, found = SW_S("");
	size_t number = 0;

	while (sw_import_line(&conf, &number, &line))
		if (sw_slice_eq(sw_import_word(&line), SW_S("AUTHPATH")))
			found = line;
	return found;
}

static enum sw_err set_server(struct reading *r, bool *ret_good)
{
	bool tls = r->values[SECURETRANSFER].line != 0,
	     starttls = r->values[STARTTLS].line != 0;
	bool implicit = tls && !starttls;
	const struct sw_import_server s = {
		.scheme = implicit ? "smtps" : "smtp",
		.host = r->values[SMARTHOST].text,
		.line = r->values[SMARTHOST].line,
		.port = r->values[PORT].text,
		.port_line = r->values[PORT].line,
		.usual_port = 25,
		.tls = implicit                        ? "implicit"
		       : !tls                          ? "none"
		       : r->values[OPPORTUNISTIC].line ? "opportunistic"
						       : "starttls",
	};
	if (s.host.len)
		return sw_import_server(r->out, r->account, &s, ret_good, r->err);
	/* Without a smarthost dma delivers by itself. */
	*ret_good = true;
	return sw_import_set(r->out, r->account, "mx", SW_S("yes"), 0, r->err);
}

static enum sw_err set_names(struct reading *r)
{
	struct sw_slice mask = r->values[MASQUERADE].text, name = r->values[MAILNAME].text;
	size_t at = sw_slice_find(mask, '@');
	enum sw_err e = SW_OK;

	if (r->values[CERTFILE].text.len)
		e = sw_import_set(r->out, r->account, "cert", r->values[CERTFILE].text,
				  r->values[CERTFILE].line, r->err);
	/* dma takes certificate and key from one file. */
	if (!e && r->values[CERTFILE].text.len)
		e = sw_import_set(r->out, r->account, "key", r->values[CERTFILE].text,
				  r->values[CERTFILE].line, r->err);
	if (!e && name.len && name.ptr[0] == '/')
		e = sw_import_note(
			r->out, r->err, r->values[MAILNAME].line,
			"MAILNAME: the file is not read; set ehlo to the name in it");
	else if (!e && name.len)
		e = sw_import_set(r->out, r->account, "ehlo", name, r->values[MAILNAME].line,
				  r->err);
	if (!e && at > 0 && at + 1 < mask.len)
		e = sw_import_set(r->out, r->account, "from", mask, r->values[MASQUERADE].line,
				  r->err);
	else if (!e && mask.len)
		e = sw_import_note(r->out, r->err, r->values[MASQUERADE].line,
				   "MASQUERADE: no part of an address is replaced; name the "
				   "sender with --from");
	return e;
}

/* The first line for the smarthost, as dma does. */
static enum sw_err set_login(struct reading *r, struct sw_slice auth)
{
	struct sw_slice line, host = r->values[SMARTHOST].text;
	size_t number = 0;

	while (host.len && sw_import_line(&auth, &number, &line)) {
		size_t bar = sw_slice_find(line, '|');
		struct sw_slice rest = sw_slice_from(line, bar + 1);
		size_t colon = sw_slice_find(rest, ':');

		if (line.len == 0 || line.ptr[0] == '#')
			continue;
		if (bar == line.len || colon == rest.len) {
			enum sw_err e = sw_import_note(r->out, r->err, 0,
						       "auth.conf, line %zu: expected "
						       "USER|HOST:PASSWORD",
						       number);
			if (e)
				return e;
			continue;
		}
		if (!sw_slice_eq_nocase(sw_slice_trim(sw_slice_head(rest, colon)), host))
			continue;
		enum sw_err e =
			sw_import_set(r->out, r->account, "user",
				      sw_slice_trim(sw_slice_head(line, bar)), 0, r->err);
		return e ? e
			 : sw_import_set_secret(r->out, r->account, "password",
						sw_slice_from(rest, colon + 1), 0, r->err);
	}
	return SW_OK;
}

enum sw_err sw_import_dma(struct sw_import *i, struct sw_slice conf, struct sw_slice auth,
			  struct sw_error *err)
{
	struct reading r = { .out = i, .err = err };
	bool good = false;
	enum sw_err e = read_conf(&r, conf);

	if (!e)
		e = sw_import_account(i, SW_S("dma"), &r.account, err);
	if (!e)
		e = set_server(&r, &good);
	if (!e)
		e = set_names(&r);
	if (!e)
		e = set_login(&r, auth);
	return e ? e : sw_import_first(i, SW_S("dma"), err);
}
