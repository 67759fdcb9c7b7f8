/* SPDX-License-Identifier: MIT */
#include "net/unbound_lib.h"

#include "base/load.h"
#include "base/slice.h"

/* That of the headers with which this was built: 8 since 2017. */
#define LIBRARY "libunbound.so.8"

static const struct sw_load_symbol symbols[] = {
	{ "ub_ctx_create_ub_event", offsetof(struct sw_unbound_lib, create_ub_event) },
	{ "ub_ctx_delete", offsetof(struct sw_unbound_lib, delete) },
	{ "ub_ctx_set_option", offsetof(struct sw_unbound_lib, set_option) },
	{ "ub_ctx_set_fwd", offsetof(struct sw_unbound_lib, set_fwd) },
	{ "ub_ctx_add_ta_file", offsetof(struct sw_unbound_lib, add_ta_file) },
	{ "ub_ctx_zone_remove", offsetof(struct sw_unbound_lib, zone_remove) },
	{ "ub_ctx_debugout", offsetof(struct sw_unbound_lib, debugout) },
	{ "ub_resolve_event", offsetof(struct sw_unbound_lib, resolve_event) },
	{ "ub_cancel", offsetof(struct sw_unbound_lib, cancel) },
	{ "ub_strerror", offsetof(struct sw_unbound_lib, error_text) },
	{ "ub_version", offsetof(struct sw_unbound_lib, version) },
};

enum sw_err sw_unbound_load(struct sw_unbound_lib *ret, struct sw_error *err)
{
	return sw_load(LIBRARY, "asks the DNS", symbols, SW_LEN(symbols), ret, err);
}

const char *sw_unbound_version(void)
{
	struct sw_unbound_lib lib;
	struct sw_error err;

	sw_error_clear(&err);
	return sw_unbound_load(&lib, &err) ? "not installed" : lib.version();
}
