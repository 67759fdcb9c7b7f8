/* SPDX-License-Identifier: MIT */
/* What a failure means: replies of SMTP servers, their codes, errors of programs, bounces.
 *
 * An explainer holds what is known (built in, and rules of a user's own) and a language. It is used by
 * one thread at a time. Nothing here opens a connection. */
#ifndef SENDWELL_EXPLAIN_H
#define SENDWELL_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include <sendwell/export.h>
#include <sendwell/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sw_explainer;
struct sw_explanation;

/* NULL only without memory. */
SW_EXPORT struct sw_explainer *sw_explainer_new(void);
/* Not before the explanations that it gave. */
SW_EXPORT void sw_explainer_free(struct sw_explainer *e);
/* A setting by name; value NULL: back to the default.
 *   language  en|ru: of titles, meanings, causes, remedies (default en)
 *   stage     where the reply came: greeting, ehlo, tls, auth, envelope, data, final
 *   host      who sent it: the name of the server or MX host
 *   mail-log  for sw_diagnose_*: log of the server that accepted a message (Postfix, Exim, Sendmail,
 *             OpenSMTPD); "auto": the usual files, when that server was this machine (default: none)
 * SW_E_USAGE for an unknown name or a bad value. */
SW_EXPORT enum sw_err sw_explainer_set(struct sw_explainer *e, const char *name, const char *value);
/* What the last failed call found wrong, one printable line; "" when none failed. */
SW_EXPORT const char *sw_explainer_error_text(const struct sw_explainer *e);

/* Something wrong in a file of rules: it is left out, the others count. line 0: the whole file. The texts
 * are printable. */
typedef void (*sw_complaint_fn)(void *arg, const char *file, unsigned line, const char *text);
/* Rules of a user's own: all *.yaml files of a directory in the order of their names, over what is known
 * already (doc: sendwell-rules(5)). A directory that does not exist holds no rules. */
SW_EXPORT enum sw_err sw_explainer_add_rules(struct sw_explainer *e, const char *dir, sw_complaint_fn fn,
					     void *arg);

/* Reads a text: a code, a number, a reply, an error text, lines of a log or a transcript, or a whole
 * message that is a bounce. Any bytes. *ret is untouched on failure; a text in which nothing known stands is
 * no failure: it has no readings. Free with sw_explanation_free. */
SW_EXPORT enum sw_err sw_explainer_read(struct sw_explainer *e, const void *text, size_t len,
					struct sw_explanation **ret);
SW_EXPORT void sw_explanation_free(struct sw_explanation *x);

/* One way to understand the text. Strings are never NULL ("" for nothing), safe to print but for `next`
 * and `ref`, which hold ASCII alone anyway; borrowed from the explanation. */
struct sw_reading {
	/* "reply", "enhanced", "dotted", "error", "category", "rule", "vendor", "bounce"; of a number the name of
	 * its owner: "errno", "winsock", "curl", ... */
	const char *kind;
	const char *label;	/* what it is, short: "550 5.7.26", "errno 111" */
	int64_t code;		/* reply code or number; 0 none */
	const char *enhanced;	/* "5.7.26" */
	const char *title, *meaning, *note;
	const char *category;	/* "sender.unauthenticated"; "" of a vendor */
	/* Ids, and the same for people. */
	const char *who, *who_text;
	const char *retry, *retry_text;
	const char *list_action, *list_action_text;
	const char *scope, *probe;
	unsigned count, count_days;	/* of list_action: only after so many in so many days; 0 at once */
	unsigned retry_after_s;		/* a wait that the text names; 0 none */
	unsigned confidence;		/* 0-100: that this is what was meant */
	const char *decided_by;		/* "rule", "enhanced", "reply", "class", "" */
	const char *rule, *runner_up, *runner_up_category;
	unsigned runner_up_confidence;
	const char *vendor, *vendor_name;
	const char *sisimai, *kumo;	/* what other classifiers call the category */
	const char *next;		/* command to run next */
	const char *ref;		/* page that says so */
	const char *host;
	unsigned port;			/* 0 unknown */
	const char *stage;
	/* Of a bounce: whose, what became of it, the other side's words. */
	const char *address, *action, *said;
	size_t about_at, about_len;	/* the stretch of the text that it is about, in bytes */
	size_t code_count, cause_count, remedy_count, evidence_count;
};
/* What the tables say of a code that stands in the text. */
struct sw_reading_code {
	const char *code, *title, *meaning, *note, *source;
};
struct sw_reading_cause {
	const char *id, *text;
};
struct sw_reading_remedy {
	const char *id, *who, *who_text, *text;
	const char *literal;		/* the very record, command or setting; "" none */
	const char *applicability;	/* "exact", "template", "advice" */
};
/* Words that decided, in bytes of the text as given. */
struct sw_reading_evidence {
	size_t at, len;
};

/* Likeliest first. Indices beyond the end give empty structs. */
SW_EXPORT size_t sw_explanation_count(const struct sw_explanation *x);
SW_EXPORT struct sw_reading sw_explanation_reading(const struct sw_explanation *x, size_t i);
SW_EXPORT struct sw_reading_code sw_explanation_code(const struct sw_explanation *x, size_t i, size_t n);
SW_EXPORT struct sw_reading_cause sw_explanation_cause(const struct sw_explanation *x, size_t i, size_t n);
SW_EXPORT struct sw_reading_remedy sw_explanation_remedy(const struct sw_explanation *x, size_t i,
							 size_t n);
SW_EXPORT struct sw_reading_evidence sw_explanation_evidence(const struct sw_explanation *x, size_t i,
							     size_t n);
/* The nearest thing that is known, when there are no readings; "" none is near. */
SW_EXPORT const char *sw_explanation_nearest(const struct sw_explanation *x);
/* Why a message is not taken for a bounce, one sentence in English; "" when it is one, or no message. */
SW_EXPORT const char *sw_explanation_remark(const struct sw_explanation *x);
/* Only the beginning of the text was looked at. */
SW_EXPORT int sw_explanation_is_cut(const struct sw_explanation *x);
/* "sendwell/explain/1" as one line of JSON; borrowed, NULL only without memory. */
SW_EXPORT const char *sw_explanation_json(struct sw_explanation *x);

/* The reference: everything that is known, by section: "codes", "categories", "rules", "errors", "vendors",
 * "causes", "remedies". */
struct sw_reference {
	const char *id, *title, *meaning;
	const char *category;	/* "" where it has none */
	const char *more;	/* of errors: numbers and names; of rules and vendors: who; else "" */
};
/* Names of the sections in order, NULL after the last. Static. */
SW_EXPORT const char *sw_reference_section(size_t i);
/* 0 for an unknown section. */
SW_EXPORT size_t sw_explainer_reference_count(const struct sw_explainer *e, const char *section);
SW_EXPORT struct sw_reference sw_explainer_reference(const struct sw_explainer *e, const char *section,
						     size_t i);
/* "sendwell/reference/1", all that is known of one; free with sw_text_free. NULL without memory, or
 * beyond the end. */
SW_EXPORT char *sw_explainer_reference_json(const struct sw_explainer *e, const char *section, size_t i);

#ifdef __cplusplus
}
#endif
#endif
