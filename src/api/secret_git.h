/* SPDX-License-Identifier: MIT */
/* Passwords that the credential helpers of git keep (gitcredentials(7)): asked for before a login, and
 * told afterwards whether they were right, so that a good one is stored and a bad one forgotten. */
#ifndef SW_API_SECRET_GIT_H
#define SW_API_SECRET_GIT_H

#include "api/mailer.h"

/* By server, port and user, as git send-email asks; `name` (HOST or HOST:PORT) "" or under what else
 * they are kept. What git says is held for the two below. */
enum sw_err sw_secret_from_git(struct sw_mailer *m, const char *name, struct sw_secret *ret,
			       struct sw_error *err) SW_MUST_USE;
/* After a call: approves a password that logged in, rejects one that the server refused; nothing when
 * the last password came from elsewhere, or nothing is to be said. */
void sw_secret_git_settle(struct sw_mailer *m, const struct sw_delivery *d);
/* A session is open with it: approves it, once. */
void sw_secret_git_good(struct sw_mailer *m);
/* The answer is git's `password=` line of a `fill`; SW_E_CONFIG when there is none, or when it is
 * another user's. Pure. */
enum sw_err sw_git_credential_read(struct sw_slice text, struct sw_slice user,
				   struct sw_secret *ret, struct sw_error *err) SW_MUST_USE;

#endif
