/* SPDX-License-Identifier: MIT */
/* Which category a reply belongs to, and why.  Pure, no allocation, one pass over the text
 * whatever the number of rules; work and memory are bounded by limits.h.  The order of
 * decision is in data/README.md. */
#ifndef SW_KNOWLEDGE_CLASSIFY_H
#define SW_KNOWLEDGE_CLASSIFY_H

#include "knowledge/knowledge.h"

/* What is known beside the words.  Zero and NULL where it is not. */
struct sw_reply_context {
	int code;                    /* 0: look for one at the head of the text */
	struct sw_enhanced enhanced; /* likewise */
	bool has_stage;
	enum sw_stage stage;
	struct sw_slice host; /* MX or Remote-MTA */
	struct sw_slice banner;
};

enum { SW_MAX_EVIDENCE = 8 };
struct sw_evidence {
	uint32_t at, len;
}; /* bytes of the text as given */

/* How the decision was come by. */
enum sw_decided_by {
	SW_BY_NOTHING = 0,
	SW_BY_RULE,
	SW_BY_ENHANCED,
	SW_BY_REPLY,
	SW_BY_CLASS,
	SW_DECIDED_BY_COUNT
};
struct sw_class {
	uint16_t category; /* never SW_NONE: "unknown" at the least */
	enum sw_decided_by by;
	uint16_t rule;       /* SW_NONE unless BY_RULE */
	uint16_t code_entry; /* SW_NONE unless by a code */
	uint16_t runner_up;  /* the next rule of another category, or SW_NONE */
	uint8_t confidence, runner_up_confidence;
	uint16_t vendor; /* recognised, or SW_NONE */
	int code;        /* as given or found */
	struct sw_enhanced enhanced;
	/* The category's, the rule's over it, the veto and the class over both; retry is never
	 * BY_CLASS. */
	enum sw_who who;
	enum sw_retry retry;
	enum sw_list_action list_action;
	unsigned count, count_days;
	enum sw_scope scope;
	const char *probe;
	const char *sisimai; /* the reason in sisimai's terms */
	bool vetoed;         /* list_action was `suppress` before the veto */
	unsigned
		retry_after_s; /* a wait that the text names ("come back in 00:05:00"), or 0 */
	struct sw_evidence evidence[SW_MAX_EVIDENCE];
	size_t evidence_count;
};

/* Text: a whole reply as received (several lines, codes repeated), or a diagnostic text of a
 * bounce; any bytes; only the first SW_MAX_CLASSIFY bytes are looked at.  Takes 28 KiB of
 * stack. */
void sw_classify(const struct sw_knowledge *k, struct sw_slice text,
		 const struct sw_reply_context *context, struct sw_class *ret);
/* Judges *c anew as the category `id`, for what a reader knows better than the words did
 * (kinds of notices, when it was said). What the reply carries (code, vendor, wait) stays; all
 * that was decided by words is dropped. Nothing happens when there is no such category. */
void sw_class_set_category(const struct sw_knowledge *k, const char *id, struct sw_class *c);
/* Client errors (`errors.yaml`) whose words are in the text, best first; returns how many were
 * stored. */
struct sw_error_match {
	uint16_t error;
	uint8_t confidence;
	struct sw_evidence evidence;
};
size_t sw_classify_errors(const struct sw_knowledge *k, struct sw_slice text,
			  struct sw_error_match *ret, size_t max);

#endif
