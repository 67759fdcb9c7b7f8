/* SPDX-License-Identifier: MIT */
/* The sandbox's SMTP server: listeners, what all connections share, and its life. It speaks
 * SMTP (or LMTP) well, stores what it takes, and misbehaves where a fault is switched on. */
#ifndef SW_SANDBOX_SERVER_H
#define SW_SANDBOX_SERVER_H

#include "base/error.h"
#include "sandbox/fault.h"

/* All borrowed until the server is freed. */
struct sw_server_settings {
	const char *listen; /* address literal */
	uint16_t port;      /* SMTP with STARTTLS; 0: any free one */
	uint16_t tls_port;  /* implicit TLS; 0: any free one */
	bool no_tls_port;
	const char *name; /* in the greeting and the certificate */
	const char *user; /* "": no AUTH */
	const char *password;
	const char *auth; /* mechanisms, commas or blanks between; "": all */
	bool require_auth, require_tls, lmtp;
	bool proxy;             /* a PROXY header begins each connection */
	bool xclient;           /* XCLIENT is offered */
	uint64_t size_bytes;    /* largest message */
	const char *store;      /* directory; NULL: messages are counted only */
	const char *dir;        /* for ca.pem; NULL: a temporary one */
	uint64_t idle_us;       /* 0: five minutes (RFC 5321 4.5.3.2.7) */
	uint64_t quit_messages; /* stop after so many; 0: never */
	uint64_t quit_us;       /* stop after this time; 0: never */
	const struct sw_faults *faults;
	/* One escaped line. May be NULL. */
	void (*log)(void *arg, const char *line);
	void *log_arg;
};

struct sw_server;
/* Makes the certificates and binds the ports: afterwards clients can connect, and wait for
 * run. */
struct sw_server *sw_server_new(const struct sw_server_settings *set,
				struct sw_error *err) SW_MUST_USE;
/* Closes all connections and removes the temporary directory. */
void sw_server_free(struct sw_server *s);
/* Until sw_server_stop or quit_*. One thread at a time; may be called again. */
enum sw_err sw_server_run(struct sw_server *s, struct sw_error *err) SW_MUST_USE;
/* From any thread or signal handler. A stop before run makes it return at once. */
void sw_server_stop(struct sw_server *s);
uint16_t sw_server_port(const struct sw_server *s);
uint16_t sw_server_tls_port(const struct sw_server *s); /* 0: none */
const char *sw_server_ca_file(const struct sw_server *s);
const char *sw_server_address(const struct sw_server *s);
/* Messages that were taken; from any thread. */
size_t sw_server_messages(const struct sw_server *s);

#endif
