/* SPDX-License-Identifier: MIT */
/* The servers that a message may be handed to, in the order in which they are asked: those of
 * the settings, or those that the SRV records of a domain name (RFC 6186, RFC 8314 5.1). */
#ifndef SW_CLIENT_SERVERS_H
#define SW_CLIENT_SERVERS_H

#include "client/session.h"

struct sw_servers {
	struct sw_arena arena;
	enum sw_ending ending; /* OK: there are some; else why there are none */
	struct sw_session_target
		at[SW_MAX_SERVERS]; /* texts are the arena's or the settings' */
	size_t count;
};

/* `base`: what is the same for all of them. For SRV waits for the answers, and states them. */
enum sw_err sw_servers_of(struct sw_context *c, const struct sw_session_target *base,
			  struct sw_servers *ret, struct sw_error *err) SW_MUST_USE;
void sw_servers_fini(struct sw_servers *s);

/* Moves who goes first to the front: the one that a session is open to, then those that are
 * not known to be away; otherwise the order stays. */
void sw_servers_arrange(struct sw_context *c, struct sw_session_target *at, size_t count);

/* The name that the certificate must be for. An answer of the DNS proves nothing by itself, so
 * a host counts under its own name only within the domain that the user named, or when DNSSEC
 * vouches for the answer (RFC 6186 6, RFC 7817 3). Pure. */
const char *sw_servers_tls_name(const char *domain, const char *host, bool secure);

#endif
