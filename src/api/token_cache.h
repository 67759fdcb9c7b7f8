/* SPDX-License-Identifier: MIT */
/* The file in which a token waits for the next process. */
#ifndef SW_API_TOKEN_CACHE_H
#define SW_API_TOKEN_CACHE_H

#include "base/secret.h"

struct sw_token_entry {
	struct sw_secret token;
	int64_t expires_s;        /* since 1970 */
	struct sw_secret refresh; /* a newer one than the user's, unset: none */
	char origin[65];          /* SHA-256 of the user's refresh token that it came from */
};
void sw_token_entry_fini(struct sw_token_entry *e);

/* $XDG_STATE_HOME/sendwell/tokens/HASH.json, the folder made; one for each `what`. sw_free;
 * NULL when there is no home, or no folder. */
char *sw_token_cache_path(struct sw_slice what);
/* False: no such file, or nothing in it that could be used. */
bool sw_token_cache_read(const char *path, struct sw_token_entry *ret);
enum sw_err sw_token_cache_write(const char *path, const struct sw_token_entry *e,
				 struct sw_error *err) SW_MUST_USE;
void sw_token_hash(struct sw_slice in, char out[65]);

#endif
