/* SPDX-License-Identifier: MIT */
/* DMARC as receivers of today do it (RFC 9989: a walk up the tree) and as older ones do (RFC
 * 7489: public suffixes), as one machine that asks the DNS (see dns/question.h). All names
 * that may be of use are asked for at once. */
#ifndef SW_IDENTITY_DMARC_H
#define SW_IDENTITY_DMARC_H

#include "dns/question.h"
#include "identity/dmarc_record.h"
#include "identity/suffix.h"

enum sw_dmarc_result {
	SW_DMARC_RESULT_NONE = 0, /* no policy */
	SW_DMARC_PASS,
	SW_DMARC_FAIL,
	SW_DMARC_TEMPERROR,
	SW_DMARC_PERMERROR, /* the author's domain is no domain */
	SW_DMARC_RESULT_COUNT
};
const char *sw_dmarc_result_name(enum sw_dmarc_result r);

/* A domain for which SPF (of MAIL FROM) or a DKIM signature passed. ASCII. */
struct sw_dmarc_identifier {
	struct sw_slice domain;
	bool spf;
};

struct sw_dmarc_request {       /* borrowed for the time of the call, but suffixes */
	struct sw_slice author; /* domain of the From field, ASCII */
	const struct sw_dmarc_identifier *passed;
	size_t count;                       /* beyond SW_MAX_IDENTIFIERS left out */
	const struct sw_suffixes *suffixes; /* NULL: RFC 9989 alone */
};

/* What receivers of one kind see. */
struct sw_dmarc_view {
	enum sw_dmarc_result result;
	const struct sw_dmarc_record *record; /* that counts; NULL: none */
	const char *record_domain;            /* where it stands; "" */
	const char *org;                      /* organizational domain of the author's */
	const char *tag;              /* "p", "sp", "np": which part of the record; "" */
	enum sw_dmarc_policy policy;  /* what that part says */
	enum sw_dmarc_policy applied; /* to what fails, with t=y heeded (RFC 9989) */
	const char *spf, *dkim;       /* a domain that passed and is aligned; NULL: none */
};

struct sw_dmarc_outcome {
	struct sw_dmarc_view tree, list; /* RFC 9989, RFC 7489 */
	bool has_list;
	bool differ; /* in result, or in what would be done */
};

struct sw_dmarc;

struct sw_dmarc *sw_dmarc_new(const struct sw_dmarc_request *r,
			      struct sw_error *err) SW_MUST_USE;
void sw_dmarc_free(struct sw_dmarc *x);
size_t sw_dmarc_questions(const struct sw_dmarc *x, const struct sw_dns_question **ret);
enum sw_err sw_dmarc_answer(struct sw_dmarc *x, const struct sw_dns_answer *a,
			    struct sw_error *err) SW_MUST_USE;
/* NULL while questions are open. */
const struct sw_dmarc_outcome *sw_dmarc_outcome(const struct sw_dmarc *x);

/* What was asked and what it came to, one line each, escaped: "TXT _dmarc.a.test: nodata". */
size_t sw_dmarc_step_count(const struct sw_dmarc *x);
enum sw_err sw_dmarc_step_text(const struct sw_dmarc *x, size_t i,
			       struct sw_buf *out) SW_MUST_USE;
/* "fail; p=reject of example.test, applied: quarantine". */
enum sw_err sw_dmarc_view_text(const struct sw_dmarc_view *v, struct sw_buf *out) SW_MUST_USE;

/* Identifier alignment by two organizational domains (RFC 7489 3.1, RFC 9989 4.10.2). */
bool sw_dmarc_aligned(struct sw_slice a, struct sw_slice org_a, struct sw_slice b,
		      struct sw_slice org_b, bool strict);

#endif
