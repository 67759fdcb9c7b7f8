/* SPDX-License-Identifier: MIT */
/* The text of a ~/.netrc file. */
#ifndef SW_SASL_NETRC_H
#define SW_SASL_NETRC_H

#include "base/secret.h"

/* The password of `user` at `host` (case-insensitive): that of the first machine of that name,
 * or default, whose login is the user or is not said. SW_E_CONFIG when there is none; an entry
 * without a password is passed over. */
enum sw_err sw_netrc_find(struct sw_slice text, struct sw_slice host, struct sw_slice user,
			  struct sw_secret *ret, struct sw_error *err) SW_MUST_USE;

#endif
