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
	struct sw_ids causes, remedies;
};
struct sw_rule_view {
	const char *id, *meaning[SW_LANG_COUNT], *ref; /* "" none */
	uint16_t category, vendor;
	struct sw_ids causes, remedies; /* its own, before those of the category */
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

#endif
