/* SPDX-License-Identifier: MIT */
/* Authentication: the table of mechanisms, the choice among those offered, and one exchange of
 * either side, by libgsasl or ours. Pure (but for GSSAPI, which asks the
 * Kerberos server while it is stepped): tokens in, tokens out (raw, not base64). */
#ifndef SW_SASL_SASL_H
#define SW_SASL_SASL_H

#include "base/secret.h"

/* What a mechanism proves who we are with. */
enum sw_sasl_proof {
	SW_PROOF_PASSWORD = 0,
	SW_PROOF_TOKEN,		/* OAuth: sent as it is, lives for an hour */
	SW_PROOF_CERT,		/* that of the TLS client */
	SW_PROOF_TICKET,	/* Kerberos */
};

/* One row of the table, strongest first for each kind of proof. */
struct sw_sasl_mech {
	const char *name;	/* "SCRAM-SHA-256-PLUS" */
	bool reveals_secret;	/* whoever listens or receives learns the secret: PLAIN, LOGIN */
	bool weak;		/* can be guessed offline by a listener: CRAM-MD5 */
	bool channel_binding;	/* needs TLS and its binding */
	bool initial_response;	/* the client speaks first */
	bool needs_tls;		/* makes no sense without */
	enum sw_sasl_proof proof;
};
size_t sw_sasl_mech_count(void);
const struct sw_sasl_mech *sw_sasl_mech_at(size_t i);
const struct sw_sasl_mech *sw_sasl_mech_find(struct sw_slice name);	/* case-insensitive */

/* Why a mechanism that was offered is not chosen; for facts and error texts. */
enum sw_sasl_skip {
	SW_SASL_USABLE = 0,
	SW_SASL_UNKNOWN,	/* not in our table */
	SW_SASL_NEEDS_TLS,	/* would reveal the secret (or is weak) without TLS */
	SW_SASL_NO_BINDING,	/* no channel binding to be had */
	SW_SASL_NOT_WANTED,	/* the user named others */
	SW_SASL_NO_PROOF,	/* takes a token, and we have a password, or the like */
	SW_SASL_TRIED,		/* already refused in this session */
};
struct sw_sasl_wish {
	struct sw_slice offered;	/* words of the AUTH capability, blanks between */
	struct sw_slice wanted;		/* "" any; else names, commas or blanks between, in order */
	struct sw_slice tried;		/* likewise, not again */
	bool tls;
	bool binding;			/* channel binding data can be had */
	unsigned proofs;		/* 1 << sw_sasl_proof of what we have; 0: a password */
};
/* Whether this offered name may be used, and if not why. */
enum sw_sasl_skip sw_sasl_judge(const struct sw_sasl_wish *wish, struct sw_slice name);
const char *sw_sasl_skip_name(enum sw_sasl_skip skip);	/* "usable", "needs_tls", ... */
/* The strongest usable one, or NULL. Named mechanisms (`wanted`) are taken in the user's order and
 * may reveal the secret without TLS: the user asked for it by name. */
const struct sw_sasl_mech *sw_sasl_choose(const struct sw_sasl_wish *wish);
/* One sentence for people why nothing was chosen: what is offered, and why each is not used. Printable,
 * without a full stop. */
enum sw_err sw_sasl_explain(const struct sw_sasl_wish *wish, struct sw_buf *out) SW_MUST_USE;

struct sw_sasl_identity {
	struct sw_slice user;
	struct sw_slice secret;
	struct sw_slice authzid;	/* "" none */
	struct sw_slice host;		/* server's name, for GSSAPI and OAUTHBEARER */
	struct sw_slice binding_exporter;	/* tls-exporter data, "" none */
	struct sw_slice binding_unique;		/* tls-unique data, "" none */
	struct sw_slice binding_endpoint;	/* tls-server-end-point data, for NTLM; "" none */
	uint16_t port;			/* of the server, for OAUTHBEARER; 0 not known */
	uint8_t nonce[8];		/* unpredictable, for NTLM */
	int64_t wall_us;		/* since 1970, for NTLM */
};
/* Binding data is used by the -PLUS forms only. The others always say "n" (the client does not bind,
 * RFC 5802 6): gsasl offers no "y", and "n" is right also when the user chose the plain form although
 * the server offers -PLUS. */

struct sw_sasl;
/* Client side. Copies the identity (wiped on free). NULL with SW_E_CONFIG when user or secret are empty
 * or hold a NUL byte, which no mechanism can carry, or what SCRAM and CRAM-MD5 do not allow
 * (RFC 4013: control bytes, invalid UTF-8, ...). */
struct sw_sasl *sw_sasl_client(const struct sw_sasl_mech *mech, const struct sw_sasl_identity *id,
			       struct sw_error *err) SW_MUST_USE;
/* Server side, for the sandbox: `lookup` gives the password of a user (false: no such user). */
typedef bool (*sw_sasl_lookup_fn)(void *arg, struct sw_slice user, struct sw_secret *ret);
struct sw_sasl *sw_sasl_server(const struct sw_sasl_mech *mech, sw_sasl_lookup_fn lookup, void *arg,
			       const struct sw_sasl_identity *self, struct sw_error *err) SW_MUST_USE;
enum sw_sasl_status {
	SW_SASL_MORE,	/* `out` must be sent, then comes more */
	SW_SASL_DONE,	/* client: `out` is the last answer; a challenge is always answered, with an
			 * empty line when `out` is empty. Server: `out` must be sent if not empty, and
			 * the answer to it is empty; the other side is convinced */
	SW_SASL_REFUSED,/* server: the other side is not who it says; client: the server's answer
			 * makes no sense or its proof is wrong (then it is not the real server) */
};
/* `in` is the other side's token, empty at the start. A client whose mechanism has no initial response
 * takes its first step with the server's first challenge. Appends to out, which holds secrets: wipe.
 * After an error the exchange is over. */
enum sw_err sw_sasl_step(struct sw_sasl *s, struct sw_slice in, struct sw_buf *out,
			 enum sw_sasl_status *ret_status, struct sw_error *err) SW_MUST_USE;
/* Why the last status was REFUSED: a static text, "" otherwise. */
const char *sw_sasl_reason(const struct sw_sasl *s);
/* Client: whether the server has proved that it knows the secret too (SCRAM); true for others. */
bool sw_sasl_server_proved(const struct sw_sasl *s);
/* Server: the user that was named, "" none yet. Borrowed. */
const char *sw_sasl_user(const struct sw_sasl *s);
void sw_sasl_free(struct sw_sasl *s);

#endif
