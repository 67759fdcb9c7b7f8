/* SPDX-License-Identifier: MIT */
#include "mail/idn_lib.h"

#include "base/load.h"
#include "base/slice.h"

/* That of the headers with which this was built: 0 since 2011. */
#define LIBRARY "libidn2.so.0"

static const struct sw_load_symbol symbols[] = {
	{ "idn2_lookup_u8", offsetof(struct sw_idn_lib, lookup) },
	{ "idn2_to_unicode_8z8z", offsetof(struct sw_idn_lib, to_unicode) },
	{ "idn2_free", offsetof(struct sw_idn_lib, free) },
	{ "idn2_strerror", offsetof(struct sw_idn_lib, error_text) },
	{ "idn2_check_version", offsetof(struct sw_idn_lib, version) },
};

enum sw_err sw_idn_load(struct sw_idn_lib *ret, struct sw_error *err)
{
	return sw_load(LIBRARY, "reads domains of other letters than a to z", symbols,
		       SW_LEN(symbols), ret, err);
}

const char *sw_idn_version(void)
{
	struct sw_idn_lib lib;
	struct sw_error err;

	sw_error_clear(&err);
	return sw_idn_load(&lib, &err) ? "not installed" : lib.version(NULL);
}
