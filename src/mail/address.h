/* SPDX-License-Identifier: MIT */
/* Addresses: of the envelope (RFC 5321 4.1.2 Mailbox, with SMTPUTF8 by RFC 6531) and of
 * headers (RFC 5322 3.4). Parsing keeps what stands there; nothing is guessed or repaired. */
#ifndef SW_MAIL_ADDRESS_H
#define SW_MAIL_ADDRESS_H

#include "base/arena.h"
#include "base/buf.h"

/* One mailbox that may stand in an envelope. NUL-terminated, owned by the arena. */
struct sw_address {
	const char *text; /* local@domain as it goes on the wire: domain as A-label unless the
			   * local part is not ASCII */
	const char *local;	/* as written, quotes included when they are needed */
	const char *domain;	/* as it goes on the wire; "[192.0.2.1]" for a literal */
	const char *domain_utf8;/* as people write it */
	const char *
		domain_ascii; /* for the DNS: A-labels, lower case; a literal as in `domain` */
	bool utf8;		/* needs SMTPUTF8 */
};

/* An envelope address: "a@b", "<a@b>", "Name <a@b>" when `allow_name`. No source routes, no
 * bare local part ("an address without a domain": SW_E_DATA says so), no control bytes, a
 * leading '-' refused (programs took such addresses for options), quotes only where they are
 * needed. The domain is checked (IDNA 2008 through libidn2, or an address literal). "" and
 * "<>" give the null sender when allow_null: text "". */
enum sw_address_flags { SW_ADDRESS_ALLOW_NULL = 1, SW_ADDRESS_ALLOW_NAME = 2 };
enum sw_err sw_address_parse(struct sw_arena *arena, struct sw_slice in, unsigned flags,
			     struct sw_address *ret, struct sw_error *err) SW_MUST_USE;

/* One member of a header's address list. */
struct sw_mailbox {
	const char *name;	/* display name decoded to UTF-8, "" none */
	struct sw_address address;
	struct sw_mailbox *next;
};
/* "A <a@x>, \"B, C\" <b@y>, group: d@z;" -> mailboxes in order; groups are opened, comments
 * dropped. Bounded: no recursion, nesting of comments at most 16. SW_E_DATA names the
 * place. */
enum sw_err sw_mailboxes_parse(struct sw_arena *arena, struct sw_slice in,
			       struct sw_mailbox **ret_first,
			       struct sw_error *err) SW_MUST_USE;

/* The same mailbox: domains in any case, local parts exactly (RFC 5321 2.4). */
bool sw_address_same(const struct sw_address *a, const struct sw_address *b);

/* A domain for EHLO or a route: to A-labels, lower case, a final dot dropped; SW_E_DATA with
 * the reason. */
enum sw_err sw_domain_to_ascii(struct sw_arena *arena, struct sw_slice in, const char **ret,
			       struct sw_error *err) SW_MUST_USE;
/* RFC 5321 4.1.2/4.1.3: a domain or an address literal, ASCII, no control bytes. */
bool sw_ehlo_name_valid(struct sw_slice name);

#endif
