/* SPDX-License-Identifier: MIT */
/* Mechanisms of our own: those that gsasl has not (OAuth) or has only in a form that must not
 * be used any more (NTLM). For the files of this room. */
#ifndef SW_SASL_NATIVE_H
#define SW_SASL_NATIVE_H

#include "sasl/sasl.h"

/* Both sides' working state; texts are copies. */
struct sw_sasl_work {
	bool server;
	unsigned round;        /* steps done */
	struct sw_secret user; /* server: as the client named it */
	struct sw_secret secret, authzid, host, endpoint;
	uint16_t port;
	uint8_t nonce[8];
	int64_t wall_us;
	sw_sasl_lookup_fn lookup;
	void *lookup_arg;
	struct sw_buf kept;   /* earlier messages, for NTLM's integrity code */
	uint8_t challenge[8]; /* NTLM server's */
};

/* SW_OK with *status; for REFUSED *reason is a static text. */
typedef enum sw_err (*sw_sasl_native_fn)(struct sw_sasl_work *w, struct sw_slice in,
					 struct sw_buf *out, enum sw_sasl_status *status,
					 const char **reason);
struct sw_sasl_native {
	const char *name;
	sw_sasl_native_fn client, server;
};
/* NULL: gsasl does it. */
const struct sw_sasl_native *sw_sasl_native_find(const char *name);

enum sw_err sw_xoauth2_client(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			      enum sw_sasl_status *status, const char **reason);
enum sw_err sw_xoauth2_server(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			      enum sw_sasl_status *status, const char **reason);
enum sw_err sw_oauthbearer_client(struct sw_sasl_work *w, struct sw_slice in,
				  struct sw_buf *out, enum sw_sasl_status *status,
				  const char **reason);
enum sw_err sw_oauthbearer_server(struct sw_sasl_work *w, struct sw_slice in,
				  struct sw_buf *out, enum sw_sasl_status *status,
				  const char **reason);
enum sw_err sw_ntlm_client(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			   enum sw_sasl_status *status, const char **reason);
enum sw_err sw_ntlm_server(struct sw_sasl_work *w, struct sw_slice in, struct sw_buf *out,
			   enum sw_sasl_status *status, const char **reason);

/* Equal in a time that depends on the lengths alone. */
bool sw_sasl_same(struct sw_slice a, struct sw_slice b);

#endif
