/* SPDX-License-Identifier: MIT */
/* Inside of the ARC machine. */
#ifndef SW_IDENTITY_ARC_PRIVATE_H
#define SW_IDENTITY_ARC_PRIVATE_H

#include "identity/arc.h"
#include "identity/dkim_sig.h"

struct sw_arc_key {
	const char *name;
	bool answered;
	enum sw_dns_status dns;
	struct sw_slice records[SW_MAX_DKIM_RECORDS];
	size_t count;
};
struct sw_arc_set {
	const struct sw_field *results;     /* ARC-Authentication-Results; NULL missing */
	struct sw_dkim_sig *message, *seal; /* of the arena */
};
struct sw_arc {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim_policy policy;
	struct sw_dkim_message m;
	struct sw_arena arena;
	struct sw_dkim_digest *digest;
	struct sw_buf text;
	struct sw_arc_set sets[SW_MAX_ARC + 1]; /* by instance, from 1 */
	const char *domains[SW_MAX_ARC];
	struct sw_arc_key keys[SW_MAX_ARC + 1];
	size_t key_count;
	struct sw_dns_question questions[SW_MAX_ARC + 1];
	size_t question_count;
	size_t seal_hashing; /* the body as a new set signs it */
	struct sw_arc_result result;
	bool decided; /* the result is known before any arithmetic */
	bool judged;
};
/* Appends the sets from `first` to `last` as a seal signs them, but for the seal of `last`. */
enum sw_err sw_arc_sealed_text(struct sw_arc *a, unsigned first, unsigned last,
			       struct sw_buf *out) SW_MUST_USE;

#endif
