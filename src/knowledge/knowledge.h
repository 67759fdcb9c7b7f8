/* SPDX-License-Identifier: MIT */
/* What we know about replies, codes and errors: an immutable image, compiled from YAML
 * (data/README.md) when the program is built, and from a user's files when it runs.  No I/O
 * here: bytes come in.
 *
 * An image is one block of bytes without pointers (offsets only), so that the built-in one
 * costs no relocation and no start-up time.  The views below borrow from it and live as long
 * as it does. */
#ifndef SW_KNOWLEDGE_KNOWLEDGE_H
#define SW_KNOWLEDGE_KNOWLEDGE_H

#include <sendwell/types.h>

#include "base/buf.h"
#include "base/error.h"
#include "codec/enhanced.h"

enum sw_lang { SW_LANG_EN = 0, SW_LANG_RU, SW_LANG_COUNT };
enum sw_who {
	SW_WHO_SENDER_ADMIN = 0,
	SW_WHO_SENDER_USER,
	SW_WHO_RECIPIENT,
	SW_WHO_RECEIVING_ADMIN,
	SW_WHO_NETWORK,
	SW_WHO_NOBODY,
	SW_WHO_COUNT
};
enum sw_retry {
	SW_RETRY_NEVER = 0,
	SW_RETRY_NORMAL,
	SW_RETRY_SLOW,
	SW_RETRY_LONG,
	SW_RETRY_GREYLIST,
	SW_RETRY_SPLIT,
	SW_RETRY_NEXT_WINDOW,
	SW_RETRY_AFTER_FIX,
	SW_RETRY_OVER_IPV4,
	SW_RETRY_OTHER_MECHANISM,
	SW_RETRY_BY_CLASS,
	SW_RETRY_COUNT
};
enum sw_list_action {
	SW_LIST_KEEP = 0,
	SW_LIST_COUNT,
	SW_LIST_SUPPRESS,
	SW_LIST_UNSUBSCRIBE,
	SW_LIST_ACTION_COUNT
};
enum sw_scope {
	SW_SCOPE_MESSAGE = 0,
	SW_SCOPE_RECIPIENT,
	SW_SCOPE_SENDER,
	SW_SCOPE_IP,
	SW_SCOPE_DOMAIN,
	SW_SCOPE_PROVIDER,
	SW_SCOPE_COUNT
};
/* The words of data/README.md ("sender-admin"), and the same for people. */
const char *sw_who_name(enum sw_who w);
const char *sw_retry_name(enum sw_retry r);
const char *sw_list_action_name(enum sw_list_action a);
const char *sw_scope_name(enum sw_scope s);
const char *sw_who_text(enum sw_who w, enum sw_lang lang);
const char *sw_retry_text(enum sw_retry r, enum sw_lang lang);

/* How bad a finding is when it is the cause. */
enum sw_finding_level { SW_LEVEL_BLOCKING = 0, SW_LEVEL_RISK, SW_LEVEL_NOTE, SW_LEVEL_COUNT };
enum sw_applicability {
	SW_REMEDY_EXACT = 0,
	SW_REMEDY_TEMPLATE,
	SW_REMEDY_ADVICE,
	SW_APPLICABILITY_COUNT
};
/* What the texts of findings leave open, and the form that a value must have to be put into a
 * command (placeholder.def). */
enum sw_placeholder {
#define SW_PLACEHOLDER(id, name, form) SW_PH_##id,
#include "knowledge/placeholder.def"
#undef SW_PLACEHOLDER
	SW_PH_COUNT
};
enum sw_placeholder_form {
	SW_FORM_NAME = 0,
	SW_FORM_NUMBER,
	SW_FORM_IP,
	SW_FORM_MAILBOX,
	SW_FORM_LOGIN,
	SW_FORM_ID,
	SW_FORM_FREE
};
const char *sw_finding_level_name(enum sw_finding_level l);
const char *sw_applicability_name(enum sw_applicability a);
const char *sw_placeholder_name(enum sw_placeholder p);
enum sw_placeholder_form sw_placeholder_form(enum sw_placeholder p);
bool sw_placeholder_find(struct sw_slice name, enum sw_placeholder *ret);

struct sw_knowledge; /* one image or several, the later ones over the earlier ones */

/* The built-in image; never NULL, nothing to free. */
const struct sw_knowledge *sw_knowledge_builtin(void);

/* Ids are NUL-terminated strings; an index is the place in its section, SW_NONE is none. */
enum { SW_NONE = UINT16_MAX };
struct sw_ids {
	const uint16_t *at;
	size_t count;
}; /* indices of causes, remedies */

struct sw_category_view {
	const char *id, *sisimai, *kumo, *probe; /* "" none; sisimai: the first name */
	const char *title[SW_LANG_COUNT], *meaning[SW_LANG_COUNT];
	enum sw_who who;
	enum sw_retry retry;
	enum sw_list_action list_action;
	unsigned count, count_days;
	enum sw_scope scope;
	struct sw_ids causes, remedies;
};
struct sw_cause_view {
	const char *id, *text[SW_LANG_COUNT];
};
struct sw_remedy_view {
	const char *id, *text[SW_LANG_COUNT], *literal, *applicability;
	enum sw_who who;
};
struct sw_code_view {
	const char *code; /* "450", "x.7.26" */
	const char *title[SW_LANG_COUNT], *meaning[SW_LANG_COUNT],
		*note[SW_LANG_COUNT]; /* note "" none */
	const char *source;           /* "RFC 5321, RFC 3463" */
	const char *replies;          /* "550, 551" */
	uint16_t category;
	enum sw_retry retry;
	bool dotted;
	struct sw_ids causes, remedies;
};
struct sw_vendor_view {
	const char *id, *name, *kind, *url;
};
struct sw_error_view {
	const char *id, *title[SW_LANG_COUNT], *meaning[SW_LANG_COUNT], *command;
	uint16_t category;
	enum sw_stage stage;
	bool frame; /* says that something failed; why stands beside it */
	struct sw_ids causes, remedies;
};
struct sw_rule_view {
	const char *id, *meaning[SW_LANG_COUNT], *ref; /* "" none */
	uint16_t category, vendor;
	struct sw_ids causes, remedies; /* its own, before those of the category */
};

/* What can be the matter (data/findings). */
struct sw_finding_view {
	const char *code; /* "T08" */
	const char *title[SW_LANG_COUNT], *title_plain[SW_LANG_COUNT], *story[SW_LANG_COUNT];
	const char *test[SW_LANG_COUNT], *lab_why[SW_LANG_COUNT]; /* lab_why "" none */
	const char *recheck, *source;
	enum sw_finding_level level;
	enum sw_stage stage;
	enum sw_who who;
	bool lab; /* one machine can make the situation */
	size_t remedy_count;
	struct sw_ids lookalikes, explains; /* findings */
	struct sw_ids categories;
};
struct sw_advice_view {
	const char *text[SW_LANG_COUNT], *literal; /* "" none */
	enum sw_who who;
	enum sw_applicability applicability;
};
/* Which facts speak for a finding (data/judgements); src/verdict reads the conditions. */
enum sw_condition_kind {
	SW_CONDITION_WHEN = 0,
	SW_CONDITION_SUPPORTS,
	SW_CONDITION_CONTRADICTS,
	SW_CONDITION_BIND, /* the text is "$c.field" or a word */
	SW_CONDITION_KINDS
};
struct sw_judgement_view {
	const char *id;
	uint16_t finding;
	unsigned weight;
	bool proof;
	size_t counts[SW_CONDITION_KINDS];
};
struct sw_condition_view {
	const char *text;
	const char *because[SW_LANG_COUNT], *otherwise[SW_LANG_COUNT]; /* "" none */
	unsigned amount;		 /* of SUPPORTS and CONTRADICTS */
	enum sw_placeholder placeholder; /* of BIND */
};

/* Each section: how many, and one of them; an index out of range is a bug. */
size_t sw_category_count(const struct sw_knowledge *k);
struct sw_category_view sw_category_at(const struct sw_knowledge *k, size_t i);
uint16_t sw_category_find(const struct sw_knowledge *k, struct sw_slice id);
size_t sw_code_count(const struct sw_knowledge *k);
struct sw_code_view sw_code_at(const struct sw_knowledge *k, size_t i);
uint16_t sw_code_find_basic(const struct sw_knowledge *k, int code);
/* The exact code, then "x.S.D"; no falling back to the subject: see
 * sw_code_find_enhanced_near. */
uint16_t sw_code_find_enhanced(const struct sw_knowledge *k, struct sw_enhanced e);
/* As RFC 3463 section 2 asks: the code, else its subject ("x.7.0"), else its class ("x.0.0").
 */
uint16_t sw_code_find_enhanced_near(const struct sw_knowledge *k, struct sw_enhanced e);
size_t sw_vendor_count(const struct sw_knowledge *k);
struct sw_vendor_view sw_vendor_at(const struct sw_knowledge *k, size_t i);
size_t sw_knowledge_error_count(const struct sw_knowledge *k);
struct sw_error_view sw_knowledge_error_at(const struct sw_knowledge *k, size_t i);
uint16_t sw_knowledge_error_find(const struct sw_knowledge *k, struct sw_slice kind,
				 unsigned long number);
uint16_t sw_knowledge_error_find_name(const struct sw_knowledge *k, struct sw_slice name);
size_t sw_rule_count(const struct sw_knowledge *k);
struct sw_rule_view sw_rule_at(const struct sw_knowledge *k, size_t i);
size_t sw_cause_count(const struct sw_knowledge *k);
size_t sw_remedy_count(const struct sw_knowledge *k);
/* The n-th number of an error ("errno", 111), and its n-th name; false, NULL beyond the last. */
bool sw_knowledge_error_number(const struct sw_knowledge *k, size_t error, size_t n,
			       const char **ret_kind, unsigned long *ret_number);
const char *sw_knowledge_error_name(const struct sw_knowledge *k, size_t error, size_t n);
/* The n-th of the names of all errors of the uppermost set; NULL beyond the last. */
const char *sw_knowledge_any_error_name(const struct sw_knowledge *k, size_t n);
struct sw_cause_view sw_cause_at(const struct sw_knowledge *k, size_t i);
struct sw_remedy_view sw_remedy_at(const struct sw_knowledge *k, size_t i);

size_t sw_finding_count(const struct sw_knowledge *k);
struct sw_finding_view sw_finding_at(const struct sw_knowledge *k, size_t i);
/* By "T08" or "SW-T08", in any case; SW_NONE. */
uint16_t sw_finding_find(const struct sw_knowledge *k, struct sw_slice code);
struct sw_advice_view sw_finding_remedy(const struct sw_knowledge *k, size_t finding, size_t n);
size_t sw_judgement_count(const struct sw_knowledge *k);
struct sw_judgement_view sw_judgement_at(const struct sw_knowledge *k, size_t i);
struct sw_condition_view sw_judgement_condition(const struct sw_knowledge *k, size_t judgement,
						enum sw_condition_kind kind, size_t n);

#endif
