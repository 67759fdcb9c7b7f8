/* SPDX-License-Identifier: MIT */
/* Inside of signing keys, and what the calls of DKIM share. */
#ifndef SW_API_DKIM_H
#define SW_API_DKIM_H

#include <sendwell/dkim.h>

#include "dns/question.h"
#include "identity/dkim_sign.h"
#include "mail/source.h"

struct sw_dkim_keys {
	struct sw_dkim_crypto *crypto;
	struct sw_dkim_signer *signer;
	struct sw_arena arena;
	struct {
		struct sw_dkim_private *key;
		const char *name, *record, *zone;
	} list[SW_MAX_DKIM_SIGNERS];
	size_t count;
	struct sw_buf detail;
	struct sw_error error;
};

/* A source that begins with the signatures of another one, which it owns from now on; on
 * failure it stays the caller's.  Reads that one once. */
enum sw_err sw_dkim_signed_source(struct sw_dkim_keys *k, struct sw_source *inner,
				  struct sw_source **ret, struct sw_error *err) SW_MUST_USE;

/* ---- dkim_ask.c: a machine's questions put to a resolver ---- */
struct sw_dns_asked {
	void *machine;
	size_t (*questions)(void *machine, const struct sw_dns_question **ret);
	enum sw_err (*answer)(void *machine, const struct sw_dns_answer *a,
			      struct sw_error *err);
};
/* Until no machine has a question.  All of them at once, each at most to the timeout. */
enum sw_err sw_dns_ask_all(const struct sw_dns_asked *list, size_t count, const char *resolver,
			   unsigned timeout_s, struct sw_error *err) SW_MUST_USE;

#endif
