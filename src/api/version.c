/* SPDX-License-Identifier: MIT */
#include <sendwell/version.h>

#include <stdio.h>

#include <event2/event.h>
#include <jansson.h>
#include <openssl/crypto.h>

#include "api/version_text.h"
#include "base/slice.h"
#include "mail/idn_lib.h"
#include "net/ldns_lib.h"
#include "net/unbound_lib.h"
#include "sasl/gsasl_lib.h"

const char *sw_version(void)
{
	return SW_VERSION_TEXT;
}

/* OpenSSL's own says "OpenSSL 3.0.17 1 Jul 2025". */
static const char *openssl(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}

static const struct {
	const char *name;
	const char *(*version)(void);
} libraries[] = {
	{ "OpenSSL", openssl },
	{ "libunbound", sw_unbound_version },
	{ "libldns", sw_ldns_version },
	{ "libevent", event_get_version },
	{ "libgsasl", sw_gsasl_version },
	{ "libidn2", sw_idn_version },
	{ "jansson", jansson_version_str },
};

const char *sw_version_of(unsigned i)
{
	static _Thread_local char text[80];
	if (i >= SW_LEN(libraries))
		return NULL;
	const char *version = libraries[i].version();
	snprintf(text, sizeof(text), "%s %s", libraries[i].name, version ? version : "?");
	return text;
}
