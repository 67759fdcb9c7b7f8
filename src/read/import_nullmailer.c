/* SPDX-License-Identifier: MIT */
/* nullmailer's remotes: lines "HOST [PROTOCOL [OPTIONS]]", words with quotes. */
#include <stdio.h>

#include "base/mem.h"
#include "base/process.h"
#include "read/import_private.h"

enum option {
	PORT,
	USER,
	PASS,
	AUTH_LOGIN,
	SSL,
	STARTTLS,
	INSECURE,
	SOURCE,
	CA_FILE,
	CERT_FILE,
	KEY_FILE,
	CRL_FILE,
	DER,
	OPTION_COUNT
};

static const struct {
	const char *name, *copy, *note;
	bool has_value;
} options[OPTION_COUNT] = {
	[PORT] = { "port", NULL, NULL, true },
	[USER] = { "user", "user", NULL, true },
	[PASS] = { "pass", NULL, NULL, true },
	[AUTH_LOGIN] = { "auth-login", NULL, NULL, false },
	[SSL] = { "ssl", NULL, NULL, false },
	[STARTTLS] = { "starttls", NULL, NULL, false },
	[INSECURE] = { "insecure", NULL,
		       "certificates are always checked; a server's own one can be named as "
		       "ca",
		       false },
	[SOURCE] = { "source", "source", NULL, true },
	[CA_FILE] = { "x509cafile", "ca", NULL, true },
	[CERT_FILE] = { "x509certfile", "cert", NULL, true },
	[KEY_FILE] = { "x509keyfile", "key", NULL, true },
	[CRL_FILE] = { "x509crlfile", NULL, "lists of revoked certificates are not read",
		       true },
	[DER] = { "x509fmtder", NULL, "certificates are read in the form of PEM alone",
		  false },
};

struct reading {
	struct sw_import *out;
	struct sw_error *err;
	struct sw_slice helo;
	size_t line;
	const char *values[OPTION_COUNT]; /* NULL: not given; of this line */
};

static bool find_option(struct sw_slice name, enum option *ret)
{
	for (size_t n = 0; n < OPTION_COUNT; n++)
		if (sw_slice_eq(name, sw_slice_str(options[n].name))) {
			*ret = (enum option)n;
			return true;
		}
	return false;
}

/* --name, --name=value, --name value, name=value, -p value, -pvalue. */
static enum sw_err take_option(struct reading *r, char **words, size_t *at)
{
	const char *word = words[*at];
	struct sw_slice name = sw_slice_str(word);
	const char *value = NULL;
	enum option id = PORT;

	(*at)++;
	if (word[0] == '-' && word[1] == 'p') {
		name = SW_S("port");
		value = word[2] ? word + 2 : NULL;
	} else {
		name = sw_slice_from(name, sw_slice_starts(name, SW_S("--")) ? 2 : 0);
		size_t sign = sw_slice_find(name, '=');

		if (sign < name.len)
			value = name.ptr + sign + 1;
		name = sw_slice_head(name, sign);
	}
	if (!find_option(name, &id))
		return sw_import_note(r->out, r->err, r->line, "unknown option; left out");
	if (options[id].has_value && !value && words[*at])
		value = words[(*at)++];
	r->values[id] = value ? value : "";
	if (!options[id].note)
		return SW_OK;
	return sw_import_note(r->out, r->err, r->line, "%s: %s", options[id].name,
			      options[id].note);
}

static enum sw_err set_all(struct reading *r, struct sw_import_account *a)
{
	enum sw_err e = SW_OK;

	for (size_t n = 0; n < OPTION_COUNT && !e; n++)
		if (options[n].copy && r->values[n])
			e = sw_import_set(r->out, a, options[n].copy,
					  sw_slice_str(r->values[n]), r->line, r->err);
	if (!e && r->values[PASS])
		e = sw_import_set_secret(r->out, a, "password", sw_slice_str(r->values[PASS]),
					 r->line, r->err);
	if (!e && r->values[AUTH_LOGIN])
		e = sw_import_set(r->out, a, "auth", SW_S("LOGIN"), r->line, r->err);
	if (!e && r->helo.len)
		e = sw_import_set(r->out, a, "ehlo", r->helo, 0, r->err);
	return e;
}

static enum sw_err turn(struct reading *r, const char *host)
{
	bool implicit = r->values[SSL] && !r->values[STARTTLS];
	const struct sw_import_server s = {
		.scheme = implicit ? "smtps" : "smtp",
		.host = sw_slice_str(host),
		.line = r->line,
		.port = sw_slice_str(r->values[PORT]),
		.port_line = r->line,
		.usual_port = implicit ? 465 : 25,
		.tls = implicit              ? "implicit"
		       : r->values[STARTTLS] ? "starttls"
					     : "none",
	};
	struct sw_import_account *a = NULL;
	char name[40] = "nullmailer";
	bool good = false;

	if (r->out->count)
		snprintf(name, sizeof(name), "nullmailer-%zu", r->out->count + 1);
	enum sw_err e = sw_import_account(r->out, sw_slice_str(name), &a, r->err);
	if (!e)
		e = sw_import_server(r->out, a, &s, &good, r->err);
	return e ? e : set_all(r, a);
}

static enum sw_err take_words(struct reading *r, char **words)
{
	const char *protocol = words[1];
	bool named = protocol && protocol[0] != '-';
	enum sw_err e = SW_OK;

	if (named && strcmp(protocol, "smtp") != 0)
		return sw_import_note(r->out, r->err, r->line,
				      "only the protocol smtp is spoken here; left out");
	for (size_t n = 0; n < OPTION_COUNT; n++)
		r->values[n] = NULL;
	for (size_t at = named ? 2 : 1; words[1] && words[at] && !e;)
		e = take_option(r, words, &at);
	return e ? e : turn(r, words[0]);
}

static enum sw_err take_line(struct reading *r, struct sw_slice line)
{
	char **words = NULL;
	size_t count = 0;

	if (line.len == 0 || line.ptr[0] == '#')
		return SW_OK;
	enum sw_err e = sw_words_split(line, &words, &count, NULL);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(r->err);
	if (e)
		return sw_import_note(r->out, r->err, r->line,
				      "the words of this line do not end");
	e = take_words(r, words);
	for (size_t n = 0; n < count; n++)
		sw_wipe(words[n], strlen(words[n]));
	sw_words_free(words);
	return e;
}

enum sw_err sw_import_nullmailer(struct sw_import *i, struct sw_slice remotes,
				 struct sw_slice helohost, struct sw_error *err)
{
	struct reading r = { .out = i, .err = err };
	struct sw_slice line;
	enum sw_err e = SW_OK;

	r.helo = sw_slice_trim(sw_slice_head(helohost, sw_slice_find(helohost, '\n')));
	while (!e && sw_import_line(&remotes, &r.line, &line))
		e = take_line(&r, line);
	if (!e && i->count > 1)
		e = sw_import_note(
			i, err, 0,
			"nullmailer tries its servers one after the other; the first "
			"is used unless --account names another");
	return e || i->count == 0 ? e : sw_import_first(i, SW_S("nullmailer"), err);
}
