/* SPDX-License-Identifier: MIT */
/* What receivers and senders see of a domain: SPF, DKIM, DMARC, the sending address, block
 * lists, MX, MTA-STS, TLS-RPT, DANE; and of one message.
 *
 * A checker belongs to one thread at a time. Texts are one printable line each, unless told
 * otherwise, in the language of the checker; what stands in records stays as it is, escaped.
 */
#ifndef SENDWELL_CHECK_H
#define SENDWELL_CHECK_H

#include <stddef.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum sw_check_status {
	SW_CHECK_OK = 0,
	SW_CHECK_WARNING, /* works, and could go wrong */
	SW_CHECK_ERROR,
	SW_CHECK_NOT_TESTED, /* not asked for, or nothing to test: found says why */
	SW_CHECK_UNTESTED,   /* could not be tested: the DNS or a server did not answer */
	SW_CHECK_STATUS_COUNT
};
/* "ok", "warning", "error", "not_tested", "untested". */
SW_EXPORT const char *sw_check_status_name(enum sw_check_status s);

/* All borrowed for the time of a call of sw_check_domains; all zero is usual. */
struct sw_check_options {
	const char *resolver; /* "ADDRESS[:PORT]", NULL: the system's */
	const char *anchor; /* file of DNSSEC trust anchors: validates, NULL: does not; "": the
			       root's key */
	const char *ip;     /* the sending address; NULL: this machine's outgoing one, if it is
			       public */
	const char *ehlo;   /* NULL: not tested */
	const char *from;   /* envelope sender, NULL: postmaster@DOMAIN */
	const char *const *selectors; /* of DKIM; none: common ones are tried */
	size_t selector_count;
	const char *language; /* "en", "ru"; NULL: en */
	const char *ca; /* PEM file to trust for the MTA-STS policy, NULL: the system's */
	const char
		*message; /* file of a message to evaluate ("-": standard input), NULL: none */
	const char *original;      /* the same message before it was sent, NULL: not known */
	unsigned short https_port; /* of policy servers; 0: 443 */
	unsigned timeout_s;        /* of a domain, 0: 30 */
	unsigned parallel;         /* domains at once, 0: 16 */
	int connect; /* not 0: connects to the MX hosts, and looks at their certificates */
};

struct sw_check_finding {
	const char *code; /* "SW-P10" */
	const char *title;
	const char *level; /* "blocking", "risk" */
	const char *who;   /* "sender-admin", "receiving-admin", "network" */
	const char *remedy;
	const char *literal;       /* the very record to publish; "" none */
	const char *applicability; /* of the literal: "exact", "template", "advice" */
};

struct sw_check_result {
	/* "spf", "sender" ("receiver", "message", "bulk_sender"), "SPF record", "As a sender" */
	const char *test, *group, *title, *group_title;
	enum sw_check_status status;
	const char *found, *expected; /* "" nothing to say */
	const struct sw_check_finding *findings;
	size_t finding_count;
	const char *const *trace; /* what was done, NULL at the end */
};

struct sw_check_report;
SW_EXPORT const char *sw_check_domain_name(const struct sw_check_report *r);
/* Results in the order of the report; NULL beyond the last. */
SW_EXPORT const struct sw_check_result *sw_check_get(const struct sw_check_report *r,
						     size_t i);
/* 0 no error, 1 an error, 2 no error and something could not be tested. */
SW_EXPORT int sw_check_exit_status(const struct sw_check_report *r);
/* One line (doc/schema/check.json); free with sw_text_free, NULL without memory. */
SW_EXPORT char *sw_check_json(const struct sw_check_report *r);
/* A page that holds everything itself; free with sw_text_free, NULL without memory. */
SW_EXPORT char *sw_check_html(const struct sw_check_report *r);

/* Each report as it is ready, in any order; borrowed for the time of the call. Another value
 * than 0 ends the run (SW_E_ABORTED). */
typedef int (*sw_check_fn)(void *arg, const struct sw_check_report *r);
/* Checks all domains, `parallel` at once. A name that is none is a report with an error, too.
 * What went wrong on our side is written to `text` (size bytes with the NUL). */
SW_EXPORT enum sw_err sw_check_domains(const char *const *domains, size_t count,
				       const struct sw_check_options *options, sw_check_fn fn,
				       void *arg, char *text, size_t text_size);

#ifdef __cplusplus
}
#endif
#endif
