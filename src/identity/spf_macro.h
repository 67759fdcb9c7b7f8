/* SPDX-License-Identifier: MIT */
/* Macros of SPF (RFC 7208 7): their syntax, and what they stand for. */
#ifndef SW_IDENTITY_SPF_MACRO_H
#define SW_IDENTITY_SPF_MACRO_H

#include "base/buf.h"
#include "identity/ip.h"
#include "identity/spf_record.h"

/* What letters stand for. */
struct sw_spf_names {
	struct sw_ip ip;
	struct sw_slice local, sender_domain, helo, domain;
	struct sw_slice validated; /* of %{p} */
	struct sw_slice receiver;
	uint64_t now_s;
};

struct sw_spf_use { /* of a macro string */
	bool any, p;
	size_t at; /* of the flaw */
	size_t len;
	size_t last_end; /* where the last macro ends; 0: none */
};

enum sw_spf_text_kind { SW_SPF_TEXT_DOMAIN, SW_SPF_TEXT_MODIFIER, SW_SPF_TEXT_EXPLANATION };

/* Whether the string is well-formed: in a domain no c, r, t; in an explanation blanks too. */
enum sw_spf_flaw sw_spf_macro_check(struct sw_slice text, enum sw_spf_text_kind kind,
				    struct sw_spf_use *use);
/* Appends; the string was checked. SW_E_LIMIT beyond the buffer's ceiling. */
enum sw_err sw_spf_macro_expand(struct sw_slice text, const struct sw_spf_names *names,
				struct sw_buf *out) SW_MUST_USE;
/* A target from what a domain-spec expanded to: without the final dot, cut from the left to
 * 253 octets (7.3), in presentation form. Empty when no question can be asked for it.
 * SW_E_NOMEM. */
enum sw_err sw_spf_target(struct sw_slice expanded, struct sw_arena *arena,
			  const char **ret) SW_MUST_USE;

#endif
