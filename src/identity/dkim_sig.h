/* SPDX-License-Identifier: MIT */
/* One signature field as it is read: DKIM-Signature (RFC 6376 3.5), ARC-Message-Signature and
 * ARC-Seal (RFC 8617 4.1). */
#ifndef SW_IDENTITY_DKIM_SIG_H
#define SW_IDENTITY_DKIM_SIG_H

#include "identity/dkim.h"
#include "identity/dkim_message.h"
#include "identity/dkim_tag.h"

enum sw_dkim_kind { SW_DKIM_SIGNATURE_FIELD, SW_ARC_MESSAGE_FIELD, SW_ARC_SEAL_FIELD };

struct sw_dkim_sig {
	enum sw_dkim_kind kind;
	struct sw_field field;
	struct sw_dkim_tags tags;
	enum sw_dkim_reason reason; /* VERIFIED: it can be checked */
	const char *detail;
	enum sw_dkim_key_type type;
	enum sw_dkim_hash hash;
	enum sw_dkim_canon header_canon, body_canon;
	const char *domain, *selector, *identity, *algorithm; /* of the arena; "" not read */
	const char *question;                                 /* where the key is */
	struct sw_slice names;                                /* h= */
	struct sw_slice b_raw;                                /* to be left out */
	struct sw_slice b;                                    /* decoded, of the arena */
	uint8_t bh[SW_DKIM_HASH_MAX];
	size_t hashing; /* index into the message's */
	bool has_length, has_hashing;
	uint64_t length;
	int64_t made_s, expires_s; /* -1 none */
	unsigned instance;         /* ARC: i= */
};

/* Reads as far as it goes; what is wrong stands in `reason`.  SW_E_NOMEM only. */
enum sw_err sw_dkim_sig_read(struct sw_dkim_sig *s, enum sw_dkim_kind kind,
			     const struct sw_field *f, struct sw_arena *arena,
			     struct sw_error *err) SW_MUST_USE;
/* Appends what was signed: the fields of h= and the signature's own. */
enum sw_err sw_dkim_sig_signed(const struct sw_dkim_sig *s, struct sw_dkim_message *m,
			       struct sw_buf *out) SW_MUST_USE;
/* Whether a key record allows this signature, and whether the signature over `hash` is right.
 * A policy reason (SHA1, KEY_SHORT) is returned for a right signature only. */
struct sw_dkim_key_view {
	unsigned bits;
	bool testing;
	enum sw_dkim_check signature;
	const char *detail; /* static, or of the error */
};
enum sw_dkim_reason sw_dkim_sig_check(const struct sw_dkim_sig *s, struct sw_dkim_crypto *c,
				      const struct sw_dkim_policy *p, struct sw_slice record,
				      const uint8_t hash[SW_DKIM_HASH_MAX],
				      struct sw_dkim_key_view *ret, struct sw_error *err);
/* A number of letters printf-made in the arena; "" without memory. */
const char *sw_dkim_say(struct sw_arena *arena, const char *fmt, ...) SW_PRINTF(2, 3);

#endif
