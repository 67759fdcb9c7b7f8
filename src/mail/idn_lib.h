/* SPDX-License-Identifier: MIT */
/* libidn2's functions, found at run time (base/load.h): most domains are ASCII, and with it
 * comes libunistring, 1.8 MB. */
#ifndef SW_MAIL_IDN_LIB_H
#define SW_MAIL_IDN_LIB_H

#include <idn2.h>

#include "base/error.h"

struct sw_idn_lib {
	__typeof__(idn2_lookup_u8) *lookup;
	__typeof__(idn2_to_unicode_8z8z) *to_unicode;
	__typeof__(idn2_free) *free;
	__typeof__(idn2_strerror) *error_text;
	__typeof__(idn2_check_version) *version;
};

/* SW_E_OS: it is not there, or not what it should be. */
enum sw_err sw_idn_load(struct sw_idn_lib *ret, struct sw_error *err) SW_MUST_USE;
/* "2.3.3"; "not installed". */
const char *sw_idn_version(void);

#endif
