/* SPDX-License-Identifier: MIT */
/* Why a delivery failed: causes with what speaks for and against them, what was ruled out, who must act, and
 * the literal remedy. A case is judged from its facts alone; sw_diagnose and its kin also look further, as far
 * as the mailer's setting "depth" allows:
 *   0  at nothing beyond this machine
 *   1  questions to the DNS
 *   2  connections and TLS; not a word of SMTP is said
 *   3  SMTP without credentials: greetings, capabilities, envelopes that are reset (the default)
 *   4  a login with the mailer's credentials, once
 *   5  a short test message to the recipient that is named
 * A secret is tried once in a diagnosis, in the session; after 535 nothing logs in again. A server that says
 * 421 is left alone. At most 40 connections are made to one address, two at a time beside the session. */
#ifndef SENDWELL_DIAGNOSE_H
#define SENDWELL_DIAGNOSE_H

#include <stddef.h>

#include <sendwell/explain.h>
#include <sendwell/export.h>
#include <sendwell/mailer.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_diagnosis;
struct sw_result;

/* A case as `--save` and sw_result_case_json write it, judged by what the explainer knows and told in its
 * language. *ret is untouched on failure (SW_E_DATA: no case; the story is sw_explainer_error_text). Free with
 * sw_diagnosis_free; the explainer must live longer. */
SW_EXPORT enum sw_err sw_diagnose_case(struct sw_explainer *e, const void *json, size_t len,
				       struct sw_diagnosis **ret);
/* The facts of a result, judged likewise; the result must live longer, too. */
SW_EXPORT enum sw_err sw_diagnose_result(struct sw_explainer *e, const struct sw_result *result,
					 struct sw_diagnosis **ret);

/* Live. Settings of the mailer beside "depth": "control" (servers to compare with; when none is named and the
 * server is in the public network, a few large well-known ones), "second-resolver", "public-ip", and all those of
 * its sessions. The mailer's heartbeat may stop it at any time: what is known then is judged (SW_OK). Failures
 * of our own: the story is sw_mailer_last_error_text; *ret is untouched. The explainer must live longer than the
 * diagnosis; an open session of the mailer is closed.
 *
 * Begins from the mailer's last call when that failed (and no setting of sessions was changed since); otherwise
 * makes a session of its own, as far as the depth allows. */
SW_EXPORT enum sw_err sw_diagnose(struct sw_mailer *m, struct sw_explainer *e, struct sw_diagnosis **ret);
/* Mail from `sender` (NULL: the null sender) to `recipient`, through the mailer's server or, without one or with
 * the setting "mx", over the MX hosts of the recipient's domain. At depth 3 the envelope is tried and reset, at
 * depth 5 a message is sent. */
SW_EXPORT enum sw_err sw_diagnose_recipient(struct sw_mailer *m, struct sw_explainer *e, const char *sender,
					    const char *recipient, struct sw_diagnosis **ret);
/* The same with several recipients, in one session as far as their route allows. */
SW_EXPORT enum sw_err sw_diagnose_recipients(struct sw_mailer *m, struct sw_explainer *e, const char *sender,
					     const char *const *recipients, size_t count,
					     struct sw_diagnosis **ret);
/* The same with a message of the caller's, from its sender to its recipients: at depth 5 it is sent, and when it
 * is refused parts of it are, to see which. */
SW_EXPORT enum sw_err sw_diagnose_message(struct sw_mailer *m, struct sw_explainer *e, struct sw_message *message,
					  struct sw_diagnosis **ret);
/* Begins from a case and looks further. At depth 0 the same as sw_diagnose_case. */
SW_EXPORT enum sw_err sw_diagnose_from(struct sw_mailer *m, struct sw_explainer *e, const void *json, size_t len,
				       struct sw_diagnosis **ret);

/* Told before a probe starts: its id ("port"), what it looks at, what it contacts ("" nothing); in the language
 * of the explainer but for the last. Several may run at the same time. */
typedef void (*sw_probe_fn)(void *arg, const char *id, const char *title, const char *contacts);
SW_EXPORT void sw_diagnose_on_probe(struct sw_mailer *m, sw_probe_fn fn, void *arg);
/* A few times a second while it waits: what for, since when, and when it gives up (milliseconds; 0 not known). */
typedef void (*sw_wait_fn)(void *arg, const char *what, double since_ms, double limit_ms);
SW_EXPORT void sw_diagnose_on_wait(struct sw_mailer *m, sw_wait_fn fn, void *arg);
/* NULL is fine. */
SW_EXPORT void sw_diagnosis_free(struct sw_diagnosis *d);

/* Strings are never NULL ("" for nothing), printable, and borrowed from the diagnosis. */

/* "healthy", "problem", "untested" (the case holds too little). */
SW_EXPORT const char *sw_diagnosis_outcome(const struct sw_diagnosis *d);
/* 0 nothing wrong, 1 something wrong was found, 2 could not test. */
SW_EXPORT int sw_diagnosis_exit_status(const struct sw_diagnosis *d);
/* "mx.example.org:25"; what the case is about. */
SW_EXPORT const char *sw_diagnosis_target(const struct sw_diagnosis *d);
/* What happened, one sentence, in English; "" when all went well. */
SW_EXPORT const char *sw_diagnosis_sentence(const struct sw_diagnosis *d);
/* The verdict in two lines, for logs: the cause, and the first remedy. "" when nothing is at least likely. */
SW_EXPORT const char *sw_diagnosis_brief(const struct sw_diagnosis *d);

struct sw_diagnosis_stage {
	const char *name;
	const char *status;	/* "ok", "failed", "slow", "not_reached", "untested", "not_allowed" */
	double ms;		/* below 0: not measured */
};
SW_EXPORT size_t sw_diagnosis_stage_count(const struct sw_diagnosis *d);
SW_EXPORT struct sw_diagnosis_stage sw_diagnosis_stage(const struct sw_diagnosis *d, size_t i);

/* Causes: those that block first, then the likelier ones; what another one explains, and what was ruled out, at
 * the end. */
struct sw_diagnosed {
	const char *code;		/* "SW-T08" */
	const char *title;
	const char *level;		/* "blocking", "risk", "note" */
	const char *state;		/* "confirmed", "likely", "possible", "ruled_out", "untested" */
	unsigned confidence;		/* 0-100 */
	const char *stage;
	const char *who, *who_text;	/* must act first */
	const char *rule;		/* that decided; "" the category of the reply */
	const char *explained_by;	/* code of the finding that this one is a consequence of; "" none */
	const char *test;		/* the one test that decides, in words */
	const char *recheck;		/* command whose success proves the cure */
	size_t because_count, against_count, explains_count, remedy_count;
};
/* A literal is meant to be pasted: what stands in upper case must be filled in by the reader. */
struct sw_diagnosed_remedy {
	const char *who, *who_text, *text;
	const char *literal;		/* record, command or setting; "" none */
	const char *applicability;	/* "exact", "template", "advice" */
};
SW_EXPORT size_t sw_diagnosis_count(const struct sw_diagnosis *d);
/* Indices beyond the end give empty structs and "". */
SW_EXPORT struct sw_diagnosed sw_diagnosis_finding(const struct sw_diagnosis *d, size_t i);
SW_EXPORT const char *sw_diagnosis_because(const struct sw_diagnosis *d, size_t i, size_t n);
SW_EXPORT const char *sw_diagnosis_against(const struct sw_diagnosis *d, size_t i, size_t n);
SW_EXPORT const char *sw_diagnosis_explains(const struct sw_diagnosis *d, size_t i, size_t n);
SW_EXPORT struct sw_diagnosed_remedy sw_diagnosis_remedy(const struct sw_diagnosis *d, size_t i, size_t n);

/* What could not be looked at, and why: no fault of the tested side. Each pair of words once. */
struct sw_diagnosis_untested {
	const char *what;	/* "other ports of the server" */
	const char *reason;	/* "" for an index beyond the end */
};
SW_EXPORT size_t sw_diagnosis_untested_count(const struct sw_diagnosis *d);
SW_EXPORT struct sw_diagnosis_untested sw_diagnosis_untested(const struct sw_diagnosis *d, size_t i);

/* "sendwell/diagnose/1" as one line of JSON; borrowed, NULL only without memory. */
SW_EXPORT const char *sw_diagnosis_json(struct sw_diagnosis *d);
/* The report as one page of HTML (UTF-8) in the explainer's language, for any browser: nothing is loaded, no
 * script runs. Free with sw_text_free; NULL without memory, or when it would be larger than 64 MB. */
SW_EXPORT char *sw_diagnosis_html(const struct sw_diagnosis *d);
/* For strangers: a case that sw_diagnose_case reads and judges the same, with the report as text in it, and
 * without names. Local parts of mail addresses are hashes (equal ones stay equal within one text, not between
 * two), private addresses and the names of this host are others of the same form; domains, public addresses
 * and the server's words stay. Look through it all the same. Free with sw_text_free; NULL likewise, or when
 * the system has no random numbers. */
SW_EXPORT char *sw_diagnosis_share(const struct sw_diagnosis *d);
/* All facts as a case, for sw_diagnose_case; borrowed, NULL only without memory. */
SW_EXPORT const char *sw_diagnosis_case_json(struct sw_diagnosis *d);

/* The story of a cause, whatever the case. `code` is "SW-T08" or "T08" in any case of letters; all strings are ""
 * for one that does not exist. Borrowed from the explainer. */
struct sw_story {
	const char *code;	/* "T08" */
	const char *title, *story, *test, *level, *stage, *who, *who_text, *recheck, *source;
	size_t remedy_count, lookalike_count;
};
SW_EXPORT struct sw_story sw_explainer_story(const struct sw_explainer *e, const char *code);
SW_EXPORT struct sw_diagnosed_remedy sw_explainer_story_remedy(const struct sw_explainer *e, const char *code,
							       size_t n);
/* What it is mistaken for. */
SW_EXPORT struct sw_story sw_explainer_story_lookalike(const struct sw_explainer *e, const char *code,
						       size_t n);
/* "sendwell/finding/1"; free with sw_text_free. NULL without memory, or for a code that does not exist. */
SW_EXPORT char *sw_explainer_story_json(const struct sw_explainer *e, const char *code);

#ifdef __cplusplus
}
#endif
#endif
