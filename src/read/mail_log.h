/* SPDX-License-Identifier: MIT */
/* What the log of a mail server says became of a message: Postfix, Exim, Sendmail, OpenSMTPD.
 * Pure; nothing in a log is trusted. */
#ifndef SW_READ_MAIL_LOG_H
#define SW_READ_MAIL_LOG_H

#include "base/slice.h"

enum sw_mail_log_status {
	SW_MAIL_LOG_UNKNOWN = 0, /* no line of it */
	SW_MAIL_LOG_QUEUED,
	SW_MAIL_LOG_DEFERRED,
	SW_MAIL_LOG_SENT,
	SW_MAIL_LOG_BOUNCED,
	SW_MAIL_LOG_FILTERED,
};
const char *sw_mail_log_status_name(enum sw_mail_log_status s);

/* What is looked for; "" unknown. Slices of the result are parts of `log`. */
struct sw_mail_log_query {
	struct sw_slice queue_id, message_id, recipient;
};
struct sw_mail_log_answer {
	enum sw_mail_log_status status;
	struct sw_slice
		queue_id; /* the last one: a filter gives the message back under another */
	struct sw_slice relay; /* to which it was handed on, "" unknown */
	struct sw_slice text;  /* what was said there */
};
/* The last word about the message, of the lines about the recipient when there are such. */
void sw_mail_log_find(struct sw_slice log, const struct sw_mail_log_query *q,
		      struct sw_mail_log_answer *ret);

#endif
