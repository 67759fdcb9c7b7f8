/* SPDX-License-Identifier: MIT */
/* Whether the hosts that a DMARC record names for reports have agreed to them (RFC 9990 4, RFC
 * 7489 7.1): a record at DOMAIN._report._dmarc.HOST for hosts of another organization. A
 * machine (see dns/question.h). */
#ifndef SW_IDENTITY_DMARC_REPORT_H
#define SW_IDENTITY_DMARC_REPORT_H

#include "identity/asks.h"
#include "identity/dmarc_record.h"
#include "identity/suffix.h"

enum sw_report_state {
	SW_REPORT_OWN = 0, /* the same organization: nothing to agree to */
	SW_REPORT_AGREED,
	SW_REPORT_NOT_AGREED, /* receivers send no report there */
	SW_REPORT_UNKNOWN,    /* the DNS did not say */
};
const char *sw_report_state_name(enum sw_report_state s);

struct sw_dmarc_report;

/* `domain` is where the record stands; suffixes may be NULL: then one name must be below the
 * other or equal to be of one organization. `uris` must outlive the machine. */
struct sw_dmarc_report *sw_dmarc_report_new(const char *domain,
					    const struct sw_dmarc_uris *uris,
					    const struct sw_suffixes *suffixes,
					    struct sw_error *err) SW_MUST_USE;
void sw_dmarc_report_free(struct sw_dmarc_report *x);
size_t sw_dmarc_report_questions(const struct sw_dmarc_report *x,
				 const struct sw_dns_question **ret);
enum sw_err sw_dmarc_report_answer(struct sw_dmarc_report *x, const struct sw_dns_answer *a,
				   struct sw_error *err) SW_MUST_USE;
/* Of the i-th address, after the last answer. */
enum sw_report_state sw_dmarc_report_state(const struct sw_dmarc_report *x, size_t i);
/* What was asked for it, NULL when nothing. */
const struct sw_ask *sw_dmarc_report_asked(const struct sw_dmarc_report *x, size_t i);

#endif
