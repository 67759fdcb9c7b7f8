/* SPDX-License-Identifier: MIT */
/* DANE for SMTP (RFC 7672): which TLSA records bind a connection to one MX host, from what the
 * DNS says and whether DNSSEC vouches for it. A machine (see dns/question.h); the answers must
 * come from a resolver that validates. Who connects hands the records to its TLS library. */
#ifndef SW_IDENTITY_DANE_H
#define SW_IDENTITY_DANE_H

#include "identity/asks.h"

enum sw_dane_advice {
	SW_DANE_NO = 0,  /* no DANE: TLS as without it */
	SW_DANE_ENCRYPT, /* records, none of them usable: TLS, and nothing verified (2.2) */
	SW_DANE_VERIFY,  /* TLS, verified by the records */
	SW_DANE_DEFER,   /* not to this host now: bogus, or no answer (2.1.1) */
	SW_DANE_NO_HOST, /* the host has no address */
};
const char *sw_dane_advice_name(enum sw_dane_advice a);

struct sw_dane_request { /* borrowed for the time of the call */
	const char *host;
	uint16_t port;
	bool mx_secure; /* of the MX answer, or the host was named by the user */
};

struct sw_dane_outcome {
	enum sw_dane_advice advice;
	const char *why;  /* a fixed sentence */
	const char *base; /* TLSA base domain: a name that a certificate may have; "" */
	const struct sw_ask *tlsa; /* the answer that counts; NULL: none */
	const struct sw_ask *failed; /* of DEFER: what was not answered; NULL none */
	const struct sw_dns_record **usable;
	size_t count;
	size_t unusable; /* usages 0 and 1, unknown numbers, digests of a wrong length */
};

struct sw_dane;

struct sw_dane *sw_dane_new(const struct sw_dane_request *r, struct sw_error *err) SW_MUST_USE;
void sw_dane_free(struct sw_dane *x);
size_t sw_dane_questions(const struct sw_dane *x, const struct sw_dns_question **ret);
enum sw_err sw_dane_answer(struct sw_dane *x, const struct sw_dns_answer *a,
			   struct sw_error *err) SW_MUST_USE;
const struct sw_dane_outcome *sw_dane_outcome(const struct sw_dane *x);
/* What was asked, one line each, escaped, with "secure" or "insecure". */
size_t sw_dane_step_count(const struct sw_dane *x);
enum sw_err sw_dane_step_text(const struct sw_dane *x, size_t i,
			      struct sw_buf *out) SW_MUST_USE;

#endif
