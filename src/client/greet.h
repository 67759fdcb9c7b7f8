/* SPDX-License-Identifier: MIT */
/* A mail host is greeted and left again: connection, greeting, EHLO, STARTTLS when it is
 * offered, certificate, QUIT. No mail is begun. For who looks at many hosts at once on one
 * loop; who has a context uses a session. */
#ifndef SW_CLIENT_GREET_H
#define SW_CLIENT_GREET_H

#include "net/dial.h"
#include "net/tls.h"
#include "smtp/client.h"

struct sw_greet_request {
	const char *host; /* server name of TLS, and what the certificate has to be for;
			   * borrowed until the end */
	const struct sw_addr *addrs; /* with port */
	size_t addr_count;
	const char *ehlo; /* NULL: the host name, or the address; borrowed until the end */
	struct sw_tls_context *trust;
	/* TLSA records that the certificate must fit; NULL: authorities and name are looked
	 * at, and nothing is refused. Borrowed until the end. */
	const struct sw_tls_dane *dane;
	uint64_t deadline_us;
};

struct sw_greet_account {
	bool connected, greeted;
	bool caps, starttls; /* EHLO (HELO) was answered in the clear; STARTTLS is offered */
	struct sw_addr peer; /* the address that was connected; len 0 none */
	char why[256];       /* no connection: of the last attempt; or what broke; "" */
	/* How SMTP ended when it did not get to the end; OK. The reply is the account's. */
	enum sw_smtp_failure_kind failure;
	const struct sw_reply *reply;  /* the server's last words; NULL none */
	bool local;                    /* our own failure: nothing is known */
	const struct sw_tls_info *tls; /* NULL: no handshake was begun */
};

struct sw_greet;
/* The account stands until sw_greet_free; it may be freed in the callback. */
typedef void (*sw_greet_fn)(void *arg, const struct sw_greet_account *a);
/* Never calls back before it returns. */
struct sw_greet *sw_greet_start(struct sw_loop *loop, const struct sw_greet_request *q,
				sw_greet_fn fn, void *arg, struct sw_error *err) SW_MUST_USE;
/* Also cancels. NULL is fine. */
void sw_greet_free(struct sw_greet *g);
/* NULL while it is under way. */
const struct sw_greet_account *sw_greet_account(const struct sw_greet *g);

#endif
