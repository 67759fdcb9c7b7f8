/* SPDX-License-Identifier: MIT */
#include "sasl/gsasl_lib.h"

#include "base/load.h"
#include "base/slice.h"

/* The ABI of the headers with which this was built: 18 since gsasl 2. */
#define LIBRARY "libgsasl.so.18"

static const struct sw_load_symbol symbols[] = {
	{ "gsasl_init", offsetof(struct sw_gsasl_lib, init) },
	{ "gsasl_done", offsetof(struct sw_gsasl_lib, done) },
	{ "gsasl_callback_set", offsetof(struct sw_gsasl_lib, callback_set) },
	{ "gsasl_client_start", offsetof(struct sw_gsasl_lib, client_start) },
	{ "gsasl_server_start", offsetof(struct sw_gsasl_lib, server_start) },
	{ "gsasl_step", offsetof(struct sw_gsasl_lib, step) },
	{ "gsasl_finish", offsetof(struct sw_gsasl_lib, finish) },
	{ "gsasl_session_hook_set", offsetof(struct sw_gsasl_lib, hook_set) },
	{ "gsasl_session_hook_get", offsetof(struct sw_gsasl_lib, hook_get) },
	{ "gsasl_property_fast", offsetof(struct sw_gsasl_lib, property) },
	{ "gsasl_property_set_raw", offsetof(struct sw_gsasl_lib, property_set) },
	{ "gsasl_saslprep", offsetof(struct sw_gsasl_lib, saslprep) },
	{ "gsasl_base64_to", offsetof(struct sw_gsasl_lib, base64_to) },
	{ "gsasl_free", offsetof(struct sw_gsasl_lib, free) },
	{ "gsasl_strerror", offsetof(struct sw_gsasl_lib, error_text) },
	{ "gsasl_check_version", offsetof(struct sw_gsasl_lib, version) },
};

enum sw_err sw_gsasl_load(struct sw_gsasl_lib *ret, struct sw_error *err)
{
	return sw_load(LIBRARY, "proves to servers who we are", symbols, SW_LEN(symbols), ret,
		       err);
}

const char *sw_gsasl_version(void)
{
	struct sw_gsasl_lib lib;
	struct sw_error err;

	sw_error_clear(&err);
	return sw_gsasl_load(&lib, &err) ? "not installed" : lib.version(NULL);
}
