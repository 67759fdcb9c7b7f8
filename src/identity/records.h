/* SPDX-License-Identifier: MIT */
/* Small records that stand beside mail: TLS-RPT (RFC 8460), BIMI, null MX (RFC 7505). */
#ifndef SW_IDENTITY_RECORDS_H
#define SW_IDENTITY_RECORDS_H

#include "identity/asks.h"

enum sw_small_flaw {
	SW_SMALL_GOOD = 0,
	SW_SMALL_NONE,     /* there is no such record */
	SW_SMALL_SEVERAL,  /* more than one: they count for nothing */
	SW_SMALL_BAD_LIST, /* not name=value; ... */
	SW_SMALL_BAD_URI,
	SW_SMALL_NO_URI,
	SW_SMALL_TWICE,
	SW_SMALL_FLAW_COUNT
};
const char *sw_small_flaw_text(enum sw_small_flaw f);

struct sw_tlsrpt {
	struct sw_slice
		uris[SW_MAX_REPORT_URIS]; /* mailto: or https:, borrowed from the text */
	size_t count;
};
enum sw_small_flaw sw_tlsrpt_read(struct sw_slice txt, struct sw_tlsrpt *ret);
/* Of the answer for _smtp._tls.DOMAIN. */
enum sw_small_flaw sw_tlsrpt_answer_read(const struct sw_ask *a, struct sw_tlsrpt *ret);

struct sw_bimi {
	struct sw_slice logo, evidence; /* https:; empty: declined, or none */
	bool declined;                  /* "l=; a=;" */
};
/* Whether there is one: it decides nothing about delivery. */
enum sw_small_flaw sw_bimi_read(struct sw_slice txt, struct sw_bimi *ret);
enum sw_small_flaw sw_bimi_answer_read(const struct sw_ask *a, struct sw_bimi *ret);

enum sw_null_mx {
	SW_MX_USUAL = 0,
	SW_MX_NULL,  /* takes no mail at all (RFC 7505 3) */
	SW_MX_MIXED, /* a null MX beside others: against the standard, the others count */
};
enum sw_null_mx sw_null_mx_of(const struct sw_ask *mx);

#endif
