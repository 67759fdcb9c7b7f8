/* SPDX-License-Identifier: MIT */
/* Reading bounces: what a message says became of another one, recipient by recipient. Delivery reports
 * (RFC 3464), notices in prose, complaints (RFC 5965), receipts, answers of machines. Opens nothing. */
#ifndef SENDWELL_BOUNCE_H
#define SENDWELL_BOUNCE_H

#include <stddef.h>

#include <sendwell/explain.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_bounce_report;

/* Reads a message, header and all; any bytes. The explainer gives what is known, rules of a user's own
 * and the language. *ret is untouched on failure (SW_E_NOMEM, SW_E_LIMIT: more than 32 MiB); a message
 * that is no bounce is no failure. Free with sw_bounce_report_free, before the explainer. */
SW_EXPORT enum sw_err sw_bounce_report_read(struct sw_explainer *e, const void *message, size_t len,
					    struct sw_bounce_report **ret);
SW_EXPORT void sw_bounce_report_free(struct sw_bounce_report *r);

/* Strings are never NULL ("" for nothing), safe to print, and borrowed from the report. */
struct sw_bounce_about {
	int is_bounce;
	const char *why;	/* by which sign it was recognised, or why not: a sentence in English */
	const char *layout;	/* "rfc3464", "arf", "autoreply", or the id of a layout */
	const char *reporting_mta, *feedback_type;
	/* Of the message that came back. date is RFC 3339, "" when date_raw is no date. */
	const char *message_id, *sender, *date, *date_raw, *subject, *envelope_id;
	int cut;		/* only a part was read: a limit */
	size_t recipient_count;
};
SW_EXPORT struct sw_bounce_about sw_bounce_report_about(const struct sw_bounce_report *r);

struct sw_bounce_outcome {
	const char *address;		/* who the message was for */
	const char *final_address;	/* whom it went to, where that is another */
	/* "failed", "delayed", "delivered", "relayed", "expanded", "feedback", "autoreply"; for people. */
	const char *action, *action_text;
	int code;			/* SMTP reply code; 0 none */
	const char *enhanced;		/* "5.1.1" */
	const char *diagnostic;		/* the other side's words */
	const char *remote_host;
	const char *stage;		/* where it was refused, as far as the report says */
	const char *category, *title, *meaning;
	const char *who, *who_text;
	const char *retry, *retry_text;
	unsigned retry_after_s;		/* a wait that the text names; 0 none */
	const char *list_action, *list_action_text;
	unsigned count, count_days;	/* of list_action: only after so many in so many days; 0 at once */
	unsigned confidence;		/* 0-100 */
	const char *decided_by;		/* "rule", "enhanced", "reply", "class", "" */
	const char *rule, *vendor, *vendor_name;
	const char *sisimai, *kumo;	/* what other classifiers call the category */
	const char *next;		/* command to run next */
	const char *ref;		/* page that says so */
};
/* An index beyond the end gives empty strings. */
SW_EXPORT struct sw_bounce_outcome sw_bounce_report_recipient(const struct sw_bounce_report *r, size_t i);

/* 0 nothing went wrong, 1 something did (failed, delayed, a complaint), 2 cut before anything was found. */
SW_EXPORT int sw_bounce_report_status(const struct sw_bounce_report *r);
/* The message was longer than what was given. */
SW_EXPORT void sw_bounce_report_set_cut(struct sw_bounce_report *r);
/* "sendwell/analyze/1" as one line of JSON; `file` and `index` say where the message was found (index 0:
 * nowhere). Borrowed until the next call, NULL only without memory. */
SW_EXPORT const char *sw_bounce_report_json(struct sw_bounce_report *r, const char *file, size_t index);

#ifdef __cplusplus
}
#endif
#endif
