/* SPDX-License-Identifier: MIT */
/* An SPF record taken apart (RFC 7208 4.6.1, 12), whole or with the exact place of its first
 * error. */
#ifndef SW_IDENTITY_SPF_RECORD_H
#define SW_IDENTITY_SPF_RECORD_H

#include "base/arena.h"
#include "base/error.h"

enum sw_spf_kind {
	SW_SPF_ALL,
	SW_SPF_INCLUDE,
	SW_SPF_A,
	SW_SPF_MX,
	SW_SPF_PTR,
	SW_SPF_IP4,
	SW_SPF_IP6,
	SW_SPF_EXISTS,
	SW_SPF_REDIRECT,
	SW_SPF_EXP,
	SW_SPF_OTHER, /* a modifier that nobody knows: it changes nothing (6) */
	SW_SPF_KIND_COUNT
};

enum sw_spf_flaw {
	SW_SPF_GOOD = 0,
#define SW_SPF_FLAW(name, text) SW_SPF_##name,
#include "identity/spf_flaw.def"
#undef SW_SPF_FLAW
	SW_SPF_FLAW_COUNT
};
const char *sw_spf_flaw_text(enum sw_spf_flaw flaw);

struct sw_spf_term {
	uint8_t kind;         /* enum sw_spf_kind */
	char qualifier;       /* '+' also when none is written */
	uint8_t bits4, bits6; /* of the network; 32 and 128 when not given */
	bool has_spec;
	bool has_macro, has_p;      /* in the domain-spec: any macro; %{p} */
	uint32_t at, len;           /* in the text, with the qualifier */
	uint32_t spec_at, spec_len; /* domain-spec, or what follows the '=' */
	uint8_t ip[16];
};

enum { SW_SPF_NO_TERM = UINT32_MAX };

struct sw_spf_record {
	struct sw_slice text; /* borrowed from the caller */
	struct sw_spf_term *terms;
	uint32_t count;
	uint32_t redirect, exp; /* their index, or SW_SPF_NO_TERM */
	enum sw_spf_flaw flaw;
	uint32_t flaw_at, flaw_len; /* the part of the text that is wrong */
};

/* "v=spf1", in any case, at the end or followed by a blank (4.5). */
bool sw_spf_is_record(struct sw_slice txt);
/* `text` is such a record. A flaw is a value, not an error: SW_E_NOMEM alone. The terms before
 * the flaw are there. */
enum sw_err sw_spf_record_read(struct sw_slice text, struct sw_arena *arena,
			       struct sw_spf_record *ret) SW_MUST_USE;
static inline struct sw_slice sw_spf_term_text(const struct sw_spf_record *r,
					       const struct sw_spf_term *t)
{
	return sw_slice(r->text.ptr + t->at, t->len);
}

#endif
