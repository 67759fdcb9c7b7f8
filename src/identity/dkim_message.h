/* SPDX-License-Identifier: MIT */
/* A message on its way through signing and verifying: the header block held and cut into
 * fields, the body hashed in passing, in up to SW_MAX_DKIM_SIGNATURES ways at once. */
#ifndef SW_IDENTITY_DKIM_MESSAGE_H
#define SW_IDENTITY_DKIM_MESSAGE_H

#include "identity/dkim_canon.h"
#include "identity/dkim_crypto.h"
#include "mail/header.h"

struct sw_dkim_field {
	struct sw_field field; /* slices of the header */
	uint32_t hash;         /* of the name in small letters */
	unsigned taken;        /* by whom: see sw_dkim_message_pick */
};
struct sw_dkim_hashing {
	enum sw_dkim_canon canon;
	enum sw_dkim_hash hash;
	bool has_limit;
	uint64_t limit;
	uint64_t length; /* canonical bytes so far */
	struct sw_dkim_body body;
	struct sw_dkim_digest *digest;
	uint8_t out[SW_DKIM_HASH_MAX]; /* after the end */
};
struct sw_dkim_message {
	struct sw_dkim_crypto *crypto;
	struct sw_buf header;
	size_t line_start; /* of the line under way */
	struct sw_dkim_field *fields;
	size_t field_count, field_room;
	bool header_done, ended;
	bool line_ends_known, bare_lf;
	char last; /* byte of the body */
	struct sw_dkim_hashing hashing[SW_MAX_DKIM_SIGNATURES];
	size_t hashing_count;
	unsigned pickers;
};

void sw_dkim_message_init(struct sw_dkim_message *m, struct sw_dkim_crypto *c);
void sw_dkim_message_fini(struct sw_dkim_message *m);
void sw_dkim_message_reset(struct sw_dkim_message *m);
/* Takes header bytes off *in; when header_done is set after it, what is left belongs to the
 * body. */
enum sw_err sw_dkim_message_header(struct sw_dkim_message *m, struct sw_slice *in,
				   struct sw_error *err) SW_MUST_USE;
/* Ends a header that nothing follows; nothing when it is done. */
enum sw_err sw_dkim_message_header_end(struct sw_dkim_message *m,
				       struct sw_error *err) SW_MUST_USE;
/* Wants the body hashed so; before its first byte.  The index of `hashing`, shared by equals.
 */
enum sw_err sw_dkim_message_hash(struct sw_dkim_message *m, enum sw_dkim_canon canon,
				 enum sw_dkim_hash hash, const uint64_t *limit, size_t *ret,
				 struct sw_error *err) SW_MUST_USE;
void sw_dkim_message_body(struct sw_dkim_message *m, struct sw_slice in);
enum sw_err sw_dkim_message_end(struct sw_dkim_message *m, struct sw_error *err) SW_MUST_USE;

/* Picks fields by name from the bottom to the top, each once (RFC 6376 5.4.2).  A picking
 * begins with a number of its own; NULL when no more is there. */
unsigned sw_dkim_message_picking(struct sw_dkim_message *m);
struct sw_dkim_field *sw_dkim_message_pick(struct sw_dkim_message *m, unsigned picking,
					   struct sw_slice name);
uint32_t sw_dkim_name_hash(struct sw_slice name);
/* Fields of that name. */
size_t sw_dkim_message_count(const struct sw_dkim_message *m, struct sw_slice name);

#endif
