/* SPDX-License-Identifier: MIT */
/* Server URLs: whatever is accepted holds no control byte, a host that can be asked for, and
 * no password in an error text. */
#include <stdlib.h>

#include "base/mem.h"
#include "client/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* SEKRIT stands once, and there as a password. */
static bool holds_password(const char *text)
{
	const char *first = strstr(text, "SEKRIT");

	return first && !strstr(first + 1, "SEKRIT") && strstr(text, ":SEKRIT@");
}

static void must_be_clean(const char *text)
{
	if (text && sw_slice_has_control(sw_slice_str(text)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_url u = { 0 };
	struct sw_error err = { 0 };
	char *text = sw_dup(sw_slice(data, size));

	if (!text)
		return 0;
	bool password = holds_password(text);

	if (sw_url_parse(sw_slice(data, size), &u, &err) == SW_OK) {
		must_be_clean(u.host);
		must_be_clean(u.user);
		must_be_clean(u.ehlo);
		must_be_clean(u.tls);
		must_be_clean(u.auth);
		if (!u.host || u.host[0] == '\0' || u.host[0] == '-' || !u.scheme)
			abort();
		if (u.password.ptr && sw_slice_has_control(sw_secret_slice(&u.password)))
			abort();
	} else {
		if (u.host || err.text[0] == '\0' || (password && strstr(err.text, "SEKRIT")))
			abort();
	}
	sw_url_fini(&u);

	struct sw_client_settings s;

	sw_client_settings_init(&s);
	if (sw_client_settings_server(&s, text, NULL) == SW_OK)
		(void)!sw_client_settings_check(&s, NULL);
	sw_client_settings_fini(&s);
	sw_free(text);
	return 0;
}
