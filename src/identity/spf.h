/* SPDX-License-Identifier: MIT */
/* SPF (RFC 7208): whether a host may send for a domain, as a machine that asks the DNS (see
 * dns/question.h). Local policy has no part in it: no guesses, no white lists. The owner sees
 * to the time (4.6.4 wants 20 s at least) by answering what is open with TIMEOUT.
 *
 * A question that could not be answered makes a temperror; a void one is counted for the term
 * that asked it, addresses of MX and PTR names are not. */
#ifndef SW_IDENTITY_SPF_H
#define SW_IDENTITY_SPF_H

#include "dns/question.h"
#include "identity/ip.h"
#include "identity/spf_record.h"

enum sw_spf_result {
	SW_SPF_NONE = 0,
	SW_SPF_NEUTRAL,
	SW_SPF_PASS,
	SW_SPF_FAIL,
	SW_SPF_SOFTFAIL,
	SW_SPF_TEMPERROR,
	SW_SPF_PERMERROR,
	SW_SPF_RESULT_COUNT
};
const char *sw_spf_result_name(enum sw_spf_result r); /* "pass"; "?" */

enum sw_spf_identity { SW_SPF_MAIL_FROM = 0, SW_SPF_HELO };

/* Borrowed for the time of the call. Domains in ASCII (A-labels). */
struct sw_spf_request {
	enum sw_spf_identity identity;
	struct sw_ip ip;
	struct sw_slice helo;      /* as given */
	struct sw_slice mail_from; /* without brackets; empty: the null reverse-path, then the
				    * domain is that of HELO (2.4) */
	struct sw_slice receiver;  /* of %{r}; empty: "unknown" */
	uint64_t now_s;            /* of %{t} */
	bool explain;              /* ask for the explanation of a fail too */
};

struct sw_spf_outcome {
	enum sw_spf_result result;
	const char *checked; /* the domain that was asked about; "" when there was none */
	const char *domain;  /* whose record decided, by include or redirect another one */
	struct sw_slice mechanism; /* that matched, as written; empty: none did */
	enum sw_spf_flaw flaw;     /* of a permerror */
	struct sw_slice
		flaw_text;      /* the part of the record; empty when it is no part of one */
	uint32_t flaw_at;       /* its offset */
	struct sw_slice record; /* the record in which, or that decided; empty: none */
	struct sw_slice explanation; /* from outside: for the printer only; empty: none */
	unsigned lookups, voids;     /* that counted */
};

struct sw_spf;

struct sw_spf *sw_spf_new(const struct sw_spf_request *r, struct sw_error *err) SW_MUST_USE;
/* The next evaluation with the memory of this one; all that was borrowed from it is gone. */
enum sw_err sw_spf_restart(struct sw_spf *x, const struct sw_spf_request *r,
			   struct sw_error *err) SW_MUST_USE;
void sw_spf_free(struct sw_spf *x);

size_t sw_spf_questions(const struct sw_spf *x, const struct sw_dns_question **ret);
enum sw_err sw_spf_answer(struct sw_spf *x, const struct sw_dns_answer *a,
			  struct sw_error *err) SW_MUST_USE;
/* NULL while questions are open. */
const struct sw_spf_outcome *sw_spf_outcome(const struct sw_spf *x);

/* ---- what was done, step by step */

enum sw_spf_effect {
	SW_SPF_STEP_RECORD = 0, /* a record was taken, or is missing */
	SW_SPF_STEP_MATCH,
	SW_SPF_STEP_NO_MATCH,
	SW_SPF_STEP_ENTER, /* an include or a redirect is followed */
	SW_SPF_STEP_TEMPERROR,
	SW_SPF_STEP_PERMERROR,
	SW_SPF_STEP_DEFAULT, /* nothing matched: neutral */
};

struct sw_spf_step {
	enum sw_spf_effect effect;
	unsigned depth;       /* of includes and redirects; 0 is the domain itself */
	const char *domain;   /* whose record */
	struct sw_slice term; /* as written; empty for RECORD and DEFAULT */
	const char *asked;    /* the name; NULL when nothing was asked */
	enum sw_dns_type type;
	enum sw_dns_status status;
	size_t count; /* of records in the answer */
	bool counted; /* one of the 10 */
	bool is_void; /* one of the 2 */
};

size_t sw_spf_step_count(const struct sw_spf *x);
bool sw_spf_trace_cut(const struct sw_spf *x);
struct sw_spf_step sw_spf_step_at(const struct sw_spf *x, size_t i);
/* One line, escaped: "example.test: mx/26 (MX example.test: 2 records): no match". */
enum sw_err sw_spf_step_text(const struct sw_spf_step *s, struct sw_buf *out) SW_MUST_USE;
/* Why, in one line, escaped: "pass by ip4:192.0.2.1 of example.test". */
enum sw_err sw_spf_outcome_text(const struct sw_spf_outcome *o,
				struct sw_buf *out) SW_MUST_USE;

#endif
