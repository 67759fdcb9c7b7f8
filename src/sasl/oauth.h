/* SPDX-License-Identifier: MIT */
/* What servers say about tokens: the JSON of a refused login (RFC 7628 3.2.2) and that of a
 * token server (RFC 6749 5). Strictly read, with bounds; nothing of it is trusted. */
#ifndef SW_SASL_OAUTH_H
#define SW_SASL_OAUTH_H

#include "base/secret.h"

/* All printable and cut; "" when not said. */
struct sw_oauth_error {
	char status[64]; /* "401", "invalid_token" */
	char schemes[64];
	char scope[256];
	char configuration[256]; /* URL of the OpenID configuration */
};
/* False: no JSON object. */
bool sw_oauth_error_read(struct sw_slice json, struct sw_oauth_error *ret);

struct sw_oauth_answer {
	struct sw_secret token;   /* access token, without blanks or control bytes */
	struct sw_secret refresh; /* a new refresh token, unset: the old one stays */
	uint64_t expires_s;       /* from now; 0: not said */
	char error[64];           /* "invalid_grant"; printable; "" none */
	char description[256];
};
/* SW_E_DATA with what is wrong when it is neither a token nor an error. End `ret` in any case.
 */
enum sw_err sw_oauth_answer_read(struct sw_slice json, struct sw_oauth_answer *ret,
				 struct sw_error *err) SW_MUST_USE;
void sw_oauth_answer_fini(struct sw_oauth_answer *a);
/* What an error code of RFC 6749 5.2 means, for people; "" not known. */
const char *sw_oauth_meaning(const char *error);

/* Appends key=value (application/x-www-form-urlencoded), "&" before all but the first. */
enum sw_err sw_oauth_form_add(struct sw_buf *out, const char *key,
			      struct sw_slice value) SW_MUST_USE;

#endif
