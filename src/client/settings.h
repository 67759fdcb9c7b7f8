/* SPDX-License-Identifier: MIT */
/* How to reach a server and what to ask of it. Filled by name by the api room; read by
 * sessions, which copy what they must keep. */
#ifndef SW_CLIENT_SETTINGS_H
#define SW_CLIENT_SETTINGS_H

#include "base/secret.h"
#include "client/proxy.h"
#include "client/url.h"
#include "net/resolver.h"
#include "net/tls.h"
#include "client/wishes.h"

enum sw_tls_mode {
	SW_TLS_AUTO =
		0, /* implicit on 465, opportunistic for MX hosts and LMTP, else STARTTLS */
	SW_TLS_IMPLICIT,
	SW_TLS_STARTTLS,      /* required */
	SW_TLS_OPPORTUNISTIC, /* when it can be had; certificates are looked at, never refused
			       */
	SW_TLS_OFF,
	SW_TLS_MODE_COUNT
};
/* "auto", "implicit", ... */
const char *sw_tls_mode_name(enum sw_tls_mode mode);

/* One more server; the login and all else is as with the first. */
struct sw_server {
	char *host;
	uint16_t port; /* 0: the scheme's */
	const struct sw_scheme *scheme;
};

enum sw_dane_wish {
	SW_DANE_AUTO = 0, /* where DNSSEC can be validated here */
	SW_DANE_YES,      /* and where it cannot, mail waits */
	SW_DANE_NO_WISH,
};

/* Strings: sw_free, NULL when not set. An all-zero struct with `pipelining` and `downgrade` set
 * and depth 3 holds the defaults. */
struct sw_client_settings {
	char *host;                     /* as sw_url.host; NULL: no server */
	const struct sw_scheme *scheme; /* NULL: no server */
	uint16_t port;                  /* 0: the scheme's, or 465 when tls is implicit */
	/* Asked in this order when the one before cannot be used. */
	struct sw_server fallback[SW_MAX_SERVERS - 1];
	size_t fallback_count;
	bool mx; /* instead of the server; there is no login then */
	enum sw_tls_mode tls;
	char *tls_name;
	char *ca_file, *cert_file, *key_file;
	struct sw_tls_pins pins; /* see net/tls.h */
	bool pin_only;
	bool auth_off;
	char *auth; /* mechanisms wanted, in order; NULL: the strongest */
	char *user;
	struct sw_secret secret;
	/* Where tokens come from; see api/token.h. */
	char *oauth_command, *oauth_url, *oauth_client_id, *oauth_scope;
	char *oauth_client_secret_file, *oauth_client_secret_command;
	char *oauth_refresh_file, *oauth_refresh_command;
	bool secret_is_token; /* of OAuth, not a password */
	bool ticket;          /* no secret, but Kerberos may have a ticket */
	char *ehlo;
	char *resolver;
	enum sw_dane_wish dane; /* for MX hosts */
	bool no_mta_sts;        /* for MX hosts */
	char *trust_anchor;     /* of DNSSEC; NULL: the root's */
	char *state_dir;        /* policies and counters are kept there; NULL: not kept */
	char *hosts_file;
	/* Set by the user; otherwise the environment is asked. Kind NONE: no proxy at all. */
	struct sw_proxy_place proxy;
	bool proxy_set;
	char *history_file;
	struct sw_addr source; /* len 0: any */
	enum sw_families families;
	uint64_t timeout_us;  /* one stage; 0: its default */
	uint64_t deadline_us; /* a whole call, relative; 0: none */
	bool pipelining;
	bool all_or_none;
	bool downgrade; /* encode 8-bit parts where 8BITMIME is missing */
	enum sw_smtp_chunking chunking;
	struct sw_wishes wishes; /* for every message */
	char *xclient;           /* NAME=VALUE with blanks between, for testers; NULL none */
	char *proxy_header;      /* as sw_proxy_header_parse; NULL none */
	/* For who examines a server. */
	unsigned depth;        /* 0 to 5: what may be done, see diagnose.h */
	char *controls;        /* servers to compare with, commas between */
	char *second_resolver; /* NULL: a public one where that makes sense */
	char *public_ip;       /* of ours, as others see it */
	bool tls_from_url, auth_from_url, user_from_url, secret_from_url, ehlo_from_url;
};
void sw_client_settings_init(struct sw_client_settings *s);
void sw_client_settings_fini(struct sw_client_settings *s);

/* Takes a server URL apart. What an earlier URL brought goes with it; what this one brings
 * counts as if it were set now. NULL: no server. */
enum sw_err sw_client_settings_server(struct sw_client_settings *s, const char *url,
				      struct sw_error *err) SW_MUST_USE;
enum sw_err sw_client_settings_tls(struct sw_client_settings *s, const char *mode,
				   struct sw_error *err) SW_MUST_USE;
/* "auto", "none", or mechanisms of the sasl table. */
enum sw_err sw_client_settings_auth(struct sw_client_settings *s, const char *auth,
				    struct sw_error *err) SW_MUST_USE;

/* "URL[,URL...]" or HOST[:PORT] in it; no users and no parameters. NULL: none. */
enum sw_err sw_client_settings_fallback(struct sw_client_settings *s, const char *list,
					struct sw_error *err) SW_MUST_USE;

/* SW_E_CONFIG when settings contradict each other or the main one is missing. */
enum sw_err sw_client_settings_check(const struct sw_client_settings *s,
				     struct sw_error *err) SW_MUST_USE;
/* What the settings come to. */
uint16_t sw_client_settings_port(const struct sw_client_settings *s);
enum sw_smtp_tls sw_client_settings_tls_policy(const struct sw_client_settings *s);
/* The same for a server of another scheme and port. */
uint16_t sw_client_server_port(const struct sw_client_settings *s,
			       const struct sw_scheme *scheme, uint16_t port);
enum sw_smtp_tls sw_client_server_tls(const struct sw_client_settings *s,
				      const struct sw_scheme *scheme, uint16_t port);
/* A login is to be made: a user or a mechanism is named and AUTH is not off. */
bool sw_client_settings_auth_wanted(const struct sw_client_settings *s);
/* One of the mechanisms that may be chosen uses the secret. */
bool sw_client_settings_secret_wanted(const struct sw_client_settings *s);
/* Of a stage outside the machine, whose default is given. */
uint64_t sw_client_settings_timeout(const struct sw_client_settings *s, uint64_t default_us);

#endif
