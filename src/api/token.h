/* SPDX-License-Identifier: MIT */
/* OAuth access tokens of a mailer: from a program, or from a token server for a refresh token
 * (RFC 6749 6). A token from a server is kept in the user's state directory until it expires;
 * one process at a time asks for a new one, the others take what it got. */
#ifndef SW_API_TOKEN_H
#define SW_API_TOKEN_H

#include "api/mailer.h"

/* Settings name a source of tokens. */
bool sw_token_wanted(const struct sw_client_settings *s);
/* Puts a token that should be good now into m->settings.secret. `refused` (empty: none) is one
 * that a server did not take, and will not be given again. */
enum sw_err sw_token_fetch(struct sw_mailer *m, struct sw_slice refused,
			   struct sw_error *err) SW_MUST_USE;
/* The token that is held has less time left than a session may need. */
bool sw_token_is_old(const struct sw_mailer *m);

#endif
