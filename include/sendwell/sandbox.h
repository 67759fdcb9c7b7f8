/* SPDX-License-Identifier: MIT */
/* A local SMTP server that stores what it gets and misbehaves on command: for trying out, for tests, and
 * for proving a diagnosis. Listens on loopback only unless told otherwise. */
#ifndef SENDWELL_SANDBOX_H
#define SENDWELL_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_sandbox;

SW_EXPORT struct sw_sandbox *sw_sandbox_new(void);
SW_EXPORT void sw_sandbox_free(struct sw_sandbox *s);	/* stops it */
/* Settings, before start:
 *   listen      ADDRESS (default 127.0.0.1)
 *   port        PORT for SMTP with STARTTLS (0: any free one; default 0)
 *   tls-port    PORT for implicit TLS (0: any; "none": no such port)
 *   name        host name in the greeting and the certificate (default localhost)
 *   user        login name, password: its password (default sandbox/not-secret; "" user: no AUTH)
 *   auth        mechanisms to offer, commas between (default all of the library)
 *   require-auth yes|no (default no)     require-tls yes|no (default no)
 *   size        largest message in bytes (default 52428800)
 *   store       DIR for what comes in: ID.eml (as received) and ID.json (envelope); created 0700
 *   dir         DIR for the CA certificate (ca.pem); default a temporary one, removed at the end
 *   lmtp        yes|no
 *   proxy       yes|no: a PROXY header (v1 or v2) must begin each connection (default no)
 *   xclient     yes|no: offer Postfix's XCLIENT to everybody (default no)
 *   fault       NAME[=ARG]; may be set several times
 *   quit-after  stop by itself after so many messages or, with "s" behind, seconds */
SW_EXPORT enum sw_err sw_sandbox_set(struct sw_sandbox *s, const char *name, const char *value);
SW_EXPORT const char *sw_sandbox_setting_name(size_t i);
SW_EXPORT const char *sw_sandbox_setting_help(size_t i);

/* The table of faults: name, argument ("" none, else what it means), the cause that a diagnosis must name
 * ("SW-T08"), stage, one line of help. NULL name after the last. */
struct sw_fault_info {
	const char *name;
	const char *argument;
	const char *cause;
	enum sw_stage stage;
	const char *help;
};
SW_EXPORT const struct sw_fault_info *sw_sandbox_fault(size_t i);

/* Each line of its log (connections, commands, stored messages); escaped. May come from the thread that
 * runs the sandbox. */
typedef void (*sw_sandbox_log_fn)(void *arg, const char *line);
SW_EXPORT void sw_sandbox_on_log(struct sw_sandbox *s, sw_sandbox_log_fn fn, void *arg);

/* Binds the ports; afterwards they are known. */
SW_EXPORT enum sw_err sw_sandbox_start(struct sw_sandbox *s);
SW_EXPORT unsigned sw_sandbox_port(const struct sw_sandbox *s);
SW_EXPORT unsigned sw_sandbox_tls_port(const struct sw_sandbox *s);	/* 0 none */
SW_EXPORT const char *sw_sandbox_ca_file(const struct sw_sandbox *s);
SW_EXPORT const char *sw_sandbox_address(const struct sw_sandbox *s);
/* Serves until sw_sandbox_stop (from any thread or a signal handler) or quit-after. */
SW_EXPORT enum sw_err sw_sandbox_run(struct sw_sandbox *s);
/* Async-signal-safe. */
SW_EXPORT void sw_sandbox_stop(struct sw_sandbox *s);
SW_EXPORT size_t sw_sandbox_message_count(const struct sw_sandbox *s);
SW_EXPORT const char *sw_sandbox_error_text(const struct sw_sandbox *s);

#ifdef __cplusplus
}
#endif
#endif
