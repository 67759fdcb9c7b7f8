/* SPDX-License-Identifier: MIT */
/* The machine-readable parts of multipart/report (RFC 6522): delivery status (RFC 3464, and
 * 6533 for addresses beyond ASCII), disposition notifications (RFC 8098), feedback (RFC 5965,
 * 6591, 9477).  Read as they are found: groups without or with too many empty lines, fields
 * without types, folds without blanks, any case.  What stands there is kept, nothing is made
 * up.
 *
 * Texts come as UTF-8 with any line ends; slices of the results lie in the arena or borrow
 * from the text. */
#ifndef SW_MAIL_REPORT_H
#define SW_MAIL_REPORT_H

#include "base/arena.h"
#include "base/error.h"
#include "mail/status.h"

enum sw_dsn_action {
	SW_DSN_NO_ACTION = 0, /* none, or a word that we do not know */
	SW_DSN_FAILED,
	SW_DSN_DELAYED,
	SW_DSN_DELIVERED,
	SW_DSN_RELAYED,
	SW_DSN_EXPANDED,
	SW_DSN_ACTION_COUNT
};

/* Empty slices where nothing is said. */
struct sw_dsn_recipient {
	struct sw_slice original, final; /* addresses without type, brackets and comment */
	struct sw_slice actual;          /* X-Actual-Recipient, likewise */
	enum sw_dsn_action action;
	struct sw_enhanced status;
	struct sw_slice status_comment;
	struct sw_slice remote_mta;      /* a host name or address literal */
	struct sw_slice diagnostic_type; /* "smtp", as written */
	struct sw_slice diagnostic;      /* its lines joined by blanks */
	struct sw_slice last_attempt, retry_until, log_id;
	struct sw_dsn_recipient *next;
};
struct sw_dsn {
	struct sw_slice reporting_mta, received_from, gateway, envelope_id, arrival;
	struct sw_slice sender;              /* X-Postfix-Sender and its like */
	struct sw_slice message_id;          /* X-Original-Message-ID and its like */
	struct sw_dsn_recipient *recipients; /* may lack an address */
	size_t count;
	size_t fields; /* that are a report's: 0 when the text is none */
	bool cut;
};
enum sw_err sw_dsn_read(struct sw_arena *arena, struct sw_slice text,
			struct sw_dsn *ret) SW_MUST_USE;

enum sw_disposition {
	SW_MDN_NONE = 0,
	SW_MDN_DISPLAYED,
	SW_MDN_DISPATCHED,
	SW_MDN_PROCESSED,
	SW_MDN_DELETED,
	SW_MDN_DENIED,
	SW_MDN_FAILED,
	SW_DISPOSITION_COUNT
};
struct sw_mdn {
	struct sw_slice reporting_ua, gateway, original, final, message_id;
	enum sw_disposition disposition;
	struct sw_slice modifiers; /* "error", "expired" ... as written */
	bool automatic;            /* sent without the user */
	struct sw_slice error, warning, failure;
	size_t fields;
};
enum sw_err sw_mdn_read(struct sw_arena *arena, struct sw_slice text,
			struct sw_mdn *ret) SW_MUST_USE;

struct sw_report_text {
	struct sw_slice text;
	struct sw_report_text *next;
};
struct sw_feedback {
	struct sw_slice type; /* "abuse", "auth-failure" ... as written */
	struct sw_slice user_agent, version, mail_from, arrival, reporting_mta, source_ip,
		incidents, envelope_id, message_id, auth_failure, result;
	struct sw_report_text *rcpt_to, *domains; /* all of them, in order */
	size_t fields;
};
enum sw_err sw_feedback_read(struct sw_arena *arena, struct sw_slice text,
			     struct sw_feedback *ret) SW_MUST_USE;

/* "rfc822; a@b" to "a@b": type, brackets and comments taken off, xtext of `decode` (RFC 3461
 * 4) and \x{...} (RFC 6533 3) opened. */
enum sw_err sw_report_address(struct sw_arena *arena, struct sw_slice value, bool decode,
			      struct sw_slice *ret) SW_MUST_USE;
/* The first enhanced code at or near the front of a Status value: "5.1.1 (comment)", "#5.1.1",
 * "550 5.1.1"; class 0 when there is none. */
struct sw_enhanced sw_report_status(struct sw_slice value);

#endif
