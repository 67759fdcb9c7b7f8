/* SPDX-License-Identifier: MIT */
/* Where to send, as people write it: a URL or HOST[:PORT].
 *
 * - smtp://, submission:// and HOST alone: port 587, TLS as the `tls` setting says (STARTTLS
 *   required unless told otherwise)
 * - smtps://, submissions://: port 465, TLS from the first byte (RFC 8314 3.3)
 * - lmtp://: port 24 (RFC 2033), STARTTLS when offered
 * - srv://DOMAIN: the servers that its SRV records name (RFC 6186)
 * - unix:/PATH: a socket that speaks LMTP
 * Port 465 means implicit TLS in every form without a fixed one.
 *
 * [user[:password]@]host[:port][/ehlo-name][?tls=MODE&auth=MECHANISMS]; user, password, host
 * and the rest may be percent-encoded, and what is decoded is checked again. No text of an
 * error ever shows what could be a password. */
#ifndef SW_CLIENT_URL_H
#define SW_CLIENT_URL_H

#include "base/error.h"
#include "base/secret.h"

struct sw_scheme {
	const char *name;
	uint16_t port;     /* when none is given */
	bool implicit_tls; /* fixed: no other mode may be asked for */
	bool lmtp;
	bool srv;	   /* the host is a domain whose SRV records name the servers */
	bool on_unix;	   /* the host is the path of a socket */
};
/* NULL after the last. The first one stands for HOST without a scheme. */
const struct sw_scheme *sw_scheme_at(size_t i);

/* Strings are NULL when not given; freed by sw_url_fini. */
struct sw_url {
	const struct sw_scheme *scheme;
	char *user;
	struct sw_secret password; /* ptr NULL: none */
	char *host; /* A-labels in lower case, an address without brackets, or a path */
	uint16_t port;             /* 0: none given */
	char *ehlo;
	char *tls;
	char *auth;
};
/* SW_E_USAGE with what was expected; *ret is untouched then. */
enum sw_err sw_url_parse(struct sw_slice text, struct sw_url *ret,
			 struct sw_error *err) SW_MUST_USE;
void sw_url_fini(struct sw_url *u);
/* "[user[:password]@]host[:port]", as between the slashes of a URL; the rest of *u is left alone.
 * sw_url_fini also after a failure. */
enum sw_err sw_url_authority(struct sw_slice in, struct sw_url *u,
			     struct sw_error *err) SW_MUST_USE;

/* A host name or address literal (brackets allowed) to what is asked of the DNS: names to
 * A-labels,
 * '_' tolerated since machines are called so, the final dot dropped. Free with sw_free. */
enum sw_err sw_host_to_ascii(struct sw_slice host, char **ret,
			     struct sw_error *err) SW_MUST_USE;

#endif
