/* SPDX-License-Identifier: MIT */
/* The Authenticated Received Chain (RFC 8617): a machine that validates the chain of a message
 * and can seal it further.  Fed and asked like the one of identity/dkim.h. */
#ifndef SW_IDENTITY_ARC_H
#define SW_IDENTITY_ARC_H

#include "identity/dkim.h"

enum sw_arc_status { SW_ARC_NONE, SW_ARC_PASS, SW_ARC_FAIL };
const char *sw_arc_status_name(enum sw_arc_status s); /* "none": also the value of cv= */

/* Borrowed from the machine until reset; texts are bytes of the message. */
struct sw_arc_result {
	enum sw_arc_status status;
	const char *why;            /* a sentence; "" when there is nothing to say */
	const char *detail;         /* what exactly; "" */
	unsigned instances;         /* highest i= */
	unsigned culprit;           /* the instance that fails; 0 none or the chain as such */
	bool temporary;             /* a key could not be looked up now */
	const char *const *domains; /* who sealed, from i=1 on: `instances` names, "" unknown;
				       NULL none */
};

struct sw_arc;
struct sw_arc *sw_arc_new(struct sw_dkim_crypto *c,
			  const struct sw_dkim_policy *policy) SW_MUST_USE;
void sw_arc_free(struct sw_arc *a);
void sw_arc_reset(struct sw_arc *a);
enum sw_err sw_arc_feed(struct sw_arc *a, struct sw_slice in,
			struct sw_error *err) SW_MUST_USE;
enum sw_err sw_arc_end(struct sw_arc *a, struct sw_error *err) SW_MUST_USE;
size_t sw_arc_questions(const struct sw_arc *a, const struct sw_dns_question **ret);
enum sw_err sw_arc_answer(struct sw_arc *a, const struct sw_dns_answer *answer,
			  struct sw_error *err) SW_MUST_USE;
/* NULL while the message has not ended or a question is open. */
const struct sw_arc_result *sw_arc_result(struct sw_arc *a);

struct sw_arc_seal {
	struct sw_dkim_private *key;
	const char *domain, *selector;
	const char *authserv; /* whose Authentication-Results of the message go into the set */
	const char *names;    /* h= of the message signature; NULL: ours */
	int64_t made_s;       /* t=; 0 none */
};
/* Appends the next set, to be put before the message: ARC-Seal, ARC-Message-Signature,
 * ARC-Authentication-Results.  A chain that fails is sealed with cv=fail; one that its last
 * sealer found failed already gets nothing more (out is left alone).  SW_E_LIMIT: it has 50
 * sets. */
enum sw_err sw_arc_seal(struct sw_arc *a, const struct sw_arc_seal *o, struct sw_buf *out,
			struct sw_error *err) SW_MUST_USE;

#endif
