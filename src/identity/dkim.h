/* SPDX-License-Identifier: MIT */
/* Verifying the DKIM signatures of a message (RFC 6376, 8301, 8463, 8616): a machine that is
 * fed the message once and asks for keys, as dns/question.h tells.
 *
 *   sw_dkim_feed ... sw_dkim_end	bytes in pieces of any size; then no more
 *   sw_dkim_questions, sw_dkim_answer	from the end of the header on
 *   sw_dkim_results			when the message has ended and no question is open */
#ifndef SW_IDENTITY_DKIM_H
#define SW_IDENTITY_DKIM_H

#include "dns/question.h"
#include "identity/dkim_canon.h"
#include "identity/dkim_crypto.h"

enum sw_dkim_status {
	SW_DKIM_PASS,
	SW_DKIM_FAIL,
	SW_DKIM_POLICY,
	SW_DKIM_TEMPERROR,
	SW_DKIM_PERMERROR,
};
enum sw_dkim_reason {
#define SW_DKIM_REASON(id, name, status, text) SW_DKIM_WHY_##id,
#include "identity/dkim_reason.def"
#undef SW_DKIM_REASON
	SW_DKIM_REASON_COUNT
};
const char *sw_dkim_status_name(enum sw_dkim_status s); /* "pass" */
const char *sw_dkim_reason_name(enum sw_dkim_reason r); /* "body-hash" */
const char *sw_dkim_reason_text(enum sw_dkim_reason r); /* a sentence */
enum sw_dkim_status sw_dkim_reason_status(enum sw_dkim_reason r);

/* What is accepted.  All zero but now_s is the usual. */
struct sw_dkim_policy {
	unsigned min_rsa_bits; /* 0: 1024 (RFC 8301 3.2) */
	bool allow_sha1;       /* accept rsa-sha1 as it was before RFC 8301 */
	int64_t now_s;         /* since 1970; 0: t= and x= are not looked at */
	unsigned skew_s;       /* how wrong clocks may be; 0: 300 */
};

enum sw_dkim_check { SW_DKIM_UNKNOWN, SW_DKIM_GOOD, SW_DKIM_BAD };

/* All borrowed from the machine.  Texts are bytes of the message: escape before showing. */
struct sw_dkim_result {
	enum sw_dkim_status status;
	enum sw_dkim_reason reason;
	const char *detail; /* what exactly: the tag, the DNS status; "" nothing more */
	const char *domain, *selector, *identity, *algorithm; /* "" when it cannot be read */
	enum sw_dkim_canon header_canon, body_canon;
	enum sw_dkim_check body_hash,
		signature; /* each by itself, as far as it could be checked */
	unsigned key_bits; /* 0 unknown */
	bool testing;      /* the key says t=y: treat as unsigned (RFC 6376 3.6.1) */
	bool has_length;
	uint64_t length;           /* l=; what follows may be anybody's */
	uint64_t body_length;      /* of the canonical body */
	int64_t made_s, expires_s; /* t=, x=; -1 none */
	/* Names, ", " between: fields that mail programs show or obey, present but not signed;
	 * and those that are signed and to which a second one could be added unnoticed. */
	const char *unsigned_fields, *addable_fields;
	struct sw_slice field;    /* the signature as it stands in the header */
	const char *const *trace; /* what was done, line by line */
	size_t trace_count;
};

struct sw_dkim;
/* The handle must live longer. */
struct sw_dkim *sw_dkim_new(struct sw_dkim_crypto *c,
			    const struct sw_dkim_policy *policy) SW_MUST_USE;
void sw_dkim_free(struct sw_dkim *d);
/* Ready for the next message. */
void sw_dkim_reset(struct sw_dkim *d);
/* Lines may end in CRLF or in LF (of the first line's kind), which counts as CRLF. SW_E_LIMIT:
 * the header is beyond SW_MAX_HEADER_BLOCK or SW_MAX_DKIM_FIELDS. */
enum sw_err sw_dkim_feed(struct sw_dkim *d, struct sw_slice in,
			 struct sw_error *err) SW_MUST_USE;
enum sw_err sw_dkim_end(struct sw_dkim *d, struct sw_error *err) SW_MUST_USE;
size_t sw_dkim_questions(const struct sw_dkim *d, const struct sw_dns_question **ret);
enum sw_err sw_dkim_answer(struct sw_dkim *d, const struct sw_dns_answer *a,
			   struct sw_error *err) SW_MUST_USE;
/* From the top of the message to the bottom.  Borrowed until reset. */
size_t sw_dkim_results(struct sw_dkim *d, const struct sw_dkim_result **ret);
/* Signatures beyond SW_MAX_DKIM_SIGNATURES, which were not looked at. */
size_t sw_dkim_ignored(const struct sw_dkim *d);

#endif
