/* SPDX-License-Identifier: MIT */
#include "api/preset.h"

#include <stdio.h>

#include "base/limits.h"

/* Ours first: those that the database leaves to a look-up of MX records. */
static const struct sw_preset_row rows[] = {
	{ "gmail.com", "smtp.gmail.com", 465, true, true },
	{ "googlemail.com", "smtp.gmail.com", 465, true, true },
	{ "outlook.com", "smtp-mail.outlook.com", 587, false, true },
	{ "hotmail.com", "smtp-mail.outlook.com", 587, false, true },
	{ "live.com", "smtp-mail.outlook.com", 587, false, true },
	{ "msn.com", "smtp-mail.outlook.com", 587, false, true },
	{ "fastmail.com", "smtp.fastmail.com", 465, true, true },
	{ "gmx.de", "mail.gmx.net", 465, true, true },
	{ "gmx.net", "mail.gmx.net", 465, true, true },
	{ "yandex.ru", "smtp.yandex.ru", 465, true, true },
	{ "yandex.com", "smtp.yandex.com", 465, true, true },
	{ "qq.com", "smtp.qq.com", 465, true, true },
#define SW_PRESET(domain, host, port, implicit, whole) { domain, host, port, implicit, whole },
#include "api/preset_rows.h"
#undef SW_PRESET
};

/* By the end of the server's name. */
static const struct {
	const char *host, *secret;
} secrets[] = {
	{ "smtp.gmail.com",
	  "an app password (needs 2-step verification), or OAuth with the scope "
	  "https://mail.google.com/" },
	{ "outlook.com", "OAuth only, with the scope https://outlook.office.com/SMTP.Send; "
			 "passwords are no longer taken" },
	{ "office365.com",
	  "OAuth with the scope https://outlook.office.com/SMTP.Send; SMTP AUTH "
	  "must be on for the mailbox" },
	{ "mail.yahoo.com", "an app password, or OAuth with the scope mail-w" },
	{ "mail.me.com", "an app-specific password" },
	{ "fastmail.com", "an app password" },
	{ "office365.us", "OAuth; SMTP AUTH must be on for the mailbox" },
	{ "partner.outlook.cn", "OAuth; SMTP AUTH must be on for the mailbox" },
	{ "zoho.com", "the password, or an app password with two-factor authentication" },
	{ "zoho.eu", "the password, or an app password with two-factor authentication" },
	{ "zoho.in", "the password, or an app password with two-factor authentication" },
	{ "smtp.protonmail.ch",
	  "an SMTP token of the address, from the settings of a paid plan" },
	{ "smtp.mailbox.org",
	  "the password, or an app password with two-factor authentication" },
	{ "gmx.net", "the password; sending by programs must be switched on in the settings" },
	{ "web.de", "the password; sending by programs must be switched on in the settings" },
	{ "yandex.ru", "an app password; access by programs must be switched on" },
	{ "yandex.com", "an app password; access by programs must be switched on" },
	{ "mail.ru", "an app password" },
	{ "qq.com", "an authorization code from the settings, not the password" },
	{ "163.com", "an authorization code from the settings, not the password" },
	{ "yeah.net", "an authorization code from the settings, not the password" },
};

static const char *secret_of(struct sw_slice host)
{
	for (size_t i = 0; i < SW_LEN(secrets); i++) {
		struct sw_slice end = sw_slice_str(secrets[i].host);
		if (host.len < end.len ||
		    !sw_slice_eq(sw_slice_from(host, host.len - end.len), end))
			continue;
		if (host.len == end.len || host.ptr[host.len - end.len - 1] == '.')
			return secrets[i].secret;
	}
	return "";
}

const struct sw_preset_row *sw_preset_row(struct sw_slice domain)
{
	for (size_t i = 0; i < SW_LEN(rows); i++)
		if (sw_slice_eq_nocase(domain, sw_slice_str(rows[i].domain)))
			return &rows[i];
	return NULL;
}

void sw_preset_fill(const struct sw_preset_row *r, struct sw_slice address,
		    struct sw_preset *ret)
{
	*ret = (struct sw_preset){ .secret = secret_of(sw_slice_str(r->host)) };
	snprintf(ret->server, sizeof(ret->server), "%s://%s:%u",
		 r->implicit ? "smtps" : "smtp", r->host, r->port);
	snprintf(ret->user, sizeof(ret->user), "%.*s", SW_FMT(address));
}

int sw_preset_find(const char *address, struct sw_preset *ret)
{
	struct sw_slice all = sw_slice_str(address);
	size_t at = all.len;
	while (at > 0 && all.ptr[at - 1] != '@')
		at--;
	if (at < 2 || all.len > SW_MAX_ADDRESS)
		return 0;
	struct sw_slice domain = sw_slice_from(all, at);
	const struct sw_preset_row *r = sw_preset_row(domain);
	if (!r)
		return 0;
	sw_preset_fill(r, r->whole_address ? all : sw_slice_head(all, at - 1), ret);
	snprintf(ret->why, sizeof(ret->why), "%.*s is a domain of a known provider",
		 SW_FMT(domain));
	return 1;
}
