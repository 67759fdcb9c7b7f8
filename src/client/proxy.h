/* SPDX-License-Identifier: MIT */
/* Which proxy a connection takes: as the user says, or as the environment does.
 *
 *   socks5://[user:password@]host[:port]   names are looked up here (port 1080)
 *   socks5h://...                          the proxy looks them up
 *   http://...                             CONNECT, the proxy looks them up (port 3128)
 *   none                                   no proxy, whatever the environment says
 *
 * Of the environment, the first of these that is set counts: smtp_proxy, SMTP_PROXY,
 * ALL_PROXY, all_proxy. The last two are meant for everything, but one that is an HTTP proxy
 * was written for the web (few of those let mail ports through), so mail does not take it; a
 * scheme that we cannot speak is an error, since whoever names a proxy may have reasons not to
 * go without. HTTP_PROXY and HTTPS_PROXY are not for mail. no_proxy and NO_PROXY are obeyed
 * for these, and this machine is never asked of a proxy of the environment. */
#ifndef SW_CLIENT_PROXY_H
#define SW_CLIENT_PROXY_H

#include "base/secret.h"
#include "net/proxy.h"

/* All zero: none. */
struct sw_proxy_place {
	enum sw_proxy_kind kind;
	char *host;
	uint16_t port;
	char *user;
	struct sw_secret password;
};
/* "none" gives an empty place. SW_E_USAGE with what was expected; *ret is untouched then. The
 * text of an error never shows a password. */
enum sw_err sw_proxy_place_parse(struct sw_slice text, struct sw_proxy_place *ret,
				 struct sw_error *err) SW_MUST_USE;
void sw_proxy_place_fini(struct sw_proxy_place *p);

/* What the environment says. */
struct sw_proxy_env {
	struct sw_proxy_place place;
	const char *from; /* name of the variable; NULL: none */
	const char *left; /* one that was passed over: it is for the web */
	char *no_proxy;   /* NULL: not set */
};
/* `get` is getenv or a test's. SW_E_CONFIG names the variable. */
enum sw_err sw_proxy_env_read(struct sw_proxy_env *ret, const char *(*get)(const char *name),
			      struct sw_error *err) SW_MUST_USE;
void sw_proxy_env_fini(struct sw_proxy_env *e);

/* NO_PROXY: hosts with commas or blanks between; "*" all; "example.com" and ".example.com" the
 * domain and all below it; addresses and networks (192.0.2.0/24); each with :PORT or without.
 * Pure. */
bool sw_proxy_bypassed(struct sw_slice no_proxy, const char *host, uint16_t port);
/* Of the environment: for `host`, or NULL when it is not to be used for it. */
const struct sw_proxy_place *sw_proxy_env_for(const struct sw_proxy_env *e, const char *host,
					      uint16_t port);

#endif
