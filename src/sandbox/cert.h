/* SPDX-License-Identifier: MIT */
/* A throw-away certificate authority (EC P-256) and the leaf certificates that a server needs
 * to look right or wrong. Keys live in memory only; what others must trust is the CA's
 * certificate. */
#ifndef SW_SANDBOX_CERT_H
#define SW_SANDBOX_CERT_H

#include "base/error.h"
#include "base/world.h"

struct sw_ca;

struct sw_ca *sw_ca_new(const struct sw_world *world, struct sw_error *err) SW_MUST_USE;
void sw_ca_free(struct sw_ca *ca);
/* The CA's certificate as PEM; borrowed. */
const char *sw_ca_pem(const struct sw_ca *ca);

/* A chain (leaf first) and its key, both PEM; free with sw_cert_pair_fini, which wipes the
 * key. */
struct sw_cert_pair {
	char *cert_pem;
	char *key_pem;
};
/* For the host `name` (DNS name or IP), and for localhost, 127.0.0.1 and ::1. `variant`:
 * "good", "expired", "not-yet", "wrong-name", "self-signed", "unknown-ca",
 * "missing-intermediate", "weak-key", "cn-only". */
enum sw_err sw_ca_issue(struct sw_ca *ca, const char *variant, const char *name,
			struct sw_cert_pair *ret, struct sw_error *err) SW_MUST_USE;
void sw_cert_pair_fini(struct sw_cert_pair *pair);

#endif
