/* SPDX-License-Identifier: MIT */
/* Where received messages go: a directory with ID.eml (the bytes of the message as they came,
 * CRLF, dots unstuffed, nothing added) and ID.json (the envelope, "sendwell/sandbox/1"), or
 * nowhere. IDs are made here and owe nothing to what a client sent. ID.json appears last: who
 * sees it finds ID.eml complete. */
#ifndef SW_SANDBOX_STORE_H
#define SW_SANDBOX_STORE_H

#include "base/error.h"
#include "base/slice.h"
#include "base/world.h"

struct sw_store;
struct sw_incoming;

/* dir NULL: messages are only measured. Made when missing (0700). */
struct sw_store *sw_store_new(const char *dir, const struct sw_world *world,
			      struct sw_error *err) SW_MUST_USE;
void sw_store_free(struct sw_store *s);

/* What is known about a message besides its bytes. All borrowed, any bytes: escaped when
 * written. */
struct sw_envelope {
	const char *client; /* "127.0.0.1:4711" */
	struct sw_slice helo;
	const char *tls_version; /* NULL: no TLS */
	const char *tls_cipher;
	const char *user; /* NULL: not authenticated */
	const char *mechanism;
	struct sw_slice sender;
	struct sw_slice sender_params;
	const struct sw_slice *recipients;
	const struct sw_slice *recipient_params;
	size_t recipient_count;
	uint64_t chunks;         /* of BDAT; 0: DATA */
	const char *proxy;       /* who spoke the PROXY header; NULL, "": nobody */
	struct sw_slice xclient; /* attributes; "": none */
};

struct sw_incoming *sw_store_begin(struct sw_store *s, struct sw_error *err) SW_MUST_USE;
enum sw_err sw_incoming_write(struct sw_incoming *m, struct sw_slice bytes,
			      struct sw_error *err) SW_MUST_USE;
/* Makes the message visible. Whatever it returns, only sw_incoming_free may follow. */
enum sw_err sw_incoming_keep(struct sw_incoming *m, const struct sw_envelope *env,
			     struct sw_error *err) SW_MUST_USE;
/* Removes what was written unless it was kept. */
void sw_incoming_free(struct sw_incoming *m);
const char *sw_incoming_id(const struct sw_incoming *m);
uint64_t sw_incoming_bytes(const struct sw_incoming *m);

#endif
