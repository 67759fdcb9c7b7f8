/* SPDX-License-Identifier: MIT */
/* What protects the way to a domain's mail hosts: DANE (RFC 7672), MTA-STS (RFC 8461), or
 * nothing but opportunistic TLS. DANE needs answers that DNSSEC vouches for, so it asks
 * through a resolver of its own that validates; whether validation works at all here is found
 * out once (see guard_dns.c). Where DANE speaks for a host MTA-STS is not asked (RFC 8461 2).
 */
#ifndef SW_CLIENT_GUARD_H
#define SW_CLIENT_GUARD_H

#include "client/route.h"
#include "client/session.h"

struct sw_guard;

/* "dane", "mta-sts", "opportunistic", "required" (by the settings), "none". */
const char *sw_guard_policy_name(enum sw_guard_kind kind, enum sw_smtp_tls tls);
/* "verify" or "encrypt" (DANE), "enforce" or "testing" (MTA-STS), "". */
const char *sw_guard_mode_name(enum sw_guard_kind kind);

/* Asks first questions, and does not wait. *ret NULL: there is nothing to guard, by the
 * settings or because the "domain" is an address. */
enum sw_err sw_guard_new(struct sw_context *c, const char *domain, struct sw_guard **ret,
			 struct sw_error *err) SW_MUST_USE;
void sw_guard_free(struct sw_guard *g);
/* Behind sw_route_mx: what DNSSEC says of the MX records; the hosts become those that it
 * vouches for. What cannot be validated ends the route. */
enum sw_err sw_guard_route(struct sw_guard *g, struct sw_route *route,
			   struct sw_error *err) SW_MUST_USE;
/* For t->host: sets what TLS has to be. *ret not OK: nobody may go to this host now. The
 * target borrows from g. */
enum sw_err sw_guard_target(struct sw_guard *g, struct sw_session_target *t,
			    enum sw_ending *ret, struct sw_error *err) SW_MUST_USE;
/* What is kept of a domain's MTA-STS policy from earlier, without asking anybody. */
struct sw_guard_kept {
	bool known; /* and still good */
	int mode;   /* enum sw_sts_mode */
	int64_t left_s;
};
void sw_guard_sts_look(const struct sw_client_settings *s, const char *domain,
		       struct sw_guard_kept *ret);
/* How TLS went with the host, in the words of TLS reports (RFC 8460 4.3): "success" or what
 * failed; "" when it did not come into question. */
const char *sw_guard_report(const struct sw_session *s);
/* Counts what became of TLS in a session (RFC 8460), once it is over or ready. */
void sw_guard_account(const struct sw_session *s);

/* ---- for the guard's own files ---- */

struct sw_guard_memory; /* of the context: lives as long as its resolver */
void sw_guard_memory_free(struct sw_guard_memory *m);

/* The resolver that validates, and starts to find out whether that works. NULL with SW_OK:
 * there is none (no root key; *ret_why). */
enum sw_err sw_guard_resolver(struct sw_context *c, struct sw_resolver **ret,
			      struct sw_error *err) SW_MUST_USE;
/* Whether its answers can be used; waits for that, not for long. */
enum sw_err sw_guard_validates(struct sw_context *c, bool *ret,
			       struct sw_error *err) SW_MUST_USE;

struct sw_guard_sts {
	enum sw_ending ending;       /* ABORTED or OK */
	struct sw_sts_memory *entry; /* the policy that counts, NULL: none. The context's */
};
/* The policy of a domain: from memory, from the state folder, or fetched. */
enum sw_err sw_guard_sts_get(struct sw_context *c, const char *domain,
			     struct sw_resolver *resolver, struct sw_guard_sts *ret,
			     struct sw_error *err) SW_MUST_USE;
enum sw_sts_mode sw_guard_sts_mode(const struct sw_sts_memory *m);
bool sw_guard_sts_allows(const struct sw_sts_memory *m, const char *host);
struct sw_sts_memory **sw_guard_sts_list(struct sw_context *c);
void sw_guard_sts_free_all(struct sw_sts_memory *list);

#endif
