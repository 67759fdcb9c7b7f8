/* SPDX-License-Identifier: MIT */
/* What became of a call on a mailer: for each recipient exactly one outcome, the server's words, timings,
 * and the evidence. A result is a value of its own: it outlives the mailer. */
#ifndef SENDWELL_RESULT_H
#define SENDWELL_RESULT_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_result;

/* The whole, over all recipients. */
enum sw_summary {
	SW_SUMMARY_ACCEPTED = 0, /* all accepted; for verify: ok */
	SW_SUMMARY_PARTIAL,
	SW_SUMMARY_REJECTED,
	SW_SUMMARY_DEFERRED,
	SW_SUMMARY_NOT_SENT,
	SW_SUMMARY_UNCERTAIN,
	SW_SUMMARY_COUNT
};

/* Texts of servers in these structs are escaped already: safe to print. Borrowed from the result. */
struct sw_result_reply {
	int code;		/* 0: the server said nothing */
	const char *enhanced;	/* "5.1.1" or "" */
	const char *text;	/* without codes; lines joined by '\n' */
};
struct sw_result_recipient {
	const char *address;
	enum sw_outcome outcome;
	enum sw_stage stage;	/* where it was decided */
	struct sw_result_reply reply;
	const char *category;	/* what a failure is about: "recipient.full"; "" when nothing failed */
};
struct sw_result_server {
	const char *name;	/* as configured, or the MX host; "" none */
	const char *address;	/* IP that answered, "" none */
	unsigned port;
	const char *tls_version;	/* "" clear text */
	const char *tls_cipher;
	int tls_verified;
	/* What TLS had to be: "dane", "mta-sts", "opportunistic", "required", "none"; and "verify"
	 * or "encrypt" (DANE), "enforce" or "testing" (MTA-STS), else "". */
	const char *tls_policy, *tls_mode;
	/* How TLS went with an MX host, as TLS reports call it (RFC 8460 4.3): "success",
	 * "starttls-not-supported", "validation-failure" ...; "" when it did not come into question. */
	const char *tls_report;
	int tls_resumed; /* a session of an earlier connection was taken up again */
	const char *extensions;	/* EHLO keywords, '\n' between */
};

SW_EXPORT void sw_result_free(struct sw_result *r);
SW_EXPORT enum sw_summary sw_result_summary(const struct sw_result *r);
SW_EXPORT const char *sw_summary_name(enum sw_summary s);
/* Where it stopped; when all went well SW_STAGE_FINAL, for verify the last stage that was passed. */
SW_EXPORT enum sw_stage sw_result_stage(const struct sw_result *r);
/* The reply that decided. */
SW_EXPORT struct sw_result_reply sw_result_reply(const struct sw_result *r);
SW_EXPORT size_t sw_result_recipient_count(const struct sw_result *r);
SW_EXPORT struct sw_result_recipient sw_result_recipient(const struct sw_result *r, size_t i);
SW_EXPORT struct sw_result_server sw_result_server(const struct sw_result *r);
/* One plain sentence: what happened, in which stage, the other side's own words, what to do. */
SW_EXPORT const char *sw_result_sentence(const struct sw_result *r);
/* What a refusal means, who must act and when to try again, on one line, in English; "" when its words and
 * codes are not known, or nothing was refused. sendwell/explain.h tells more. */
SW_EXPORT const char *sw_result_meaning(const struct sw_result *r);
/* Milliseconds spent in a stage (as sw_stage names; TLS and AUTH 0 when not passed), < 0 not reached. */
SW_EXPORT double sw_result_stage_ms(const struct sw_result *r, enum sw_stage stage);
SW_EXPORT double sw_result_total_ms(const struct sw_result *r);
SW_EXPORT uint64_t sw_result_bytes(const struct sw_result *r);
SW_EXPORT const char *sw_result_message_id(const struct sw_result *r);
/* The id under which the server queued it, if its last reply names one; "" else. */
SW_EXPORT const char *sw_result_queue_id(const struct sw_result *r);
/* What a program should end with (sysexits.h, and two of ours):
 *   0  all recipients accepted (verify: ok)      80 some accepted, some not
 *   79 uncertain: the message may have been delivered; do not send it again blindly
 *   67 no such recipient: every RCPT was refused with 5.1.0-3, 5.1.6, 5.1.10, or 550/553 without such a code
 *   68 the host or domain does not exist, has no address, or takes no mail (null MX)
 *   69 refused for good (another 5xx), or the message does not fit: 8BITMIME, SMTPUTF8, SIZE
 *   74 network: not connected, closed, broken, too slow, deadline passed
 *   75 try later: 4xx, 421, the DNS did not answer, stopped by the heartbeat
 *   76 protocol and TLS: no SMTP, STARTTLS missing or refused, handshake, certificate
 *   77 login refused (5xx), not offered, no usable mechanism; 530 "authentication required"
 * Recipients with different ones: 75 if a later try may help some, else 69. */
SW_EXPORT int sw_result_exit_status(const struct sw_result *r);
/* Language of the findings in the JSON: "en" (preset) or "ru". */
SW_EXPORT enum sw_err sw_result_set_language(struct sw_result *r, const char *language);
/* Where the caller has kept the case: told in the JSON from now on. */
SW_EXPORT enum sw_err sw_result_set_case_path(struct sw_result *r, const char *path);
/* "sendwell/send/1" or "sendwell/verify/1" as one line of JSON; borrowed, never NULL but without
 * memory. */
SW_EXPORT const char *sw_result_json(struct sw_result *r);
/* The case: result and all facts, for `diagnose --case`. Secrets are not in it. Borrowed likewise. */
SW_EXPORT const char *sw_result_case_json(struct sw_result *r);

#ifdef __cplusplus
}
#endif
#endif
