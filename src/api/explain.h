/* SPDX-License-Identifier: MIT */
/* Inside of an explainer and an explanation. */
#ifndef SW_API_EXPLAIN_H
#define SW_API_EXPLAIN_H

#include <sendwell/explain.h>

#include "api/json.h"
#include "base/arena.h"
#include "knowledge/explain.h"
#include "knowledge/load.h"

enum { SW_MAX_RULE_SETS = SW_MAX_KNOWLEDGE_LAYERS - 1 }; /* over the built-in one */

struct sw_explainer {
	const struct sw_knowledge *k; /* the uppermost set, or the built-in one */
	struct sw_knowledge *sets[SW_MAX_RULE_SETS];
	size_t set_count;
	enum sw_lang lang;
	bool has_stage;
	enum sw_stage stage;
	char *host; /* NULL: not said */
	char *mail_log; /* path, or "auto"; NULL: none */
	struct sw_arena texts; /* filled in for those who ask; lives as long */
	struct sw_error err;
};

enum { SW_MAX_LISTED = 24 }; /* causes and remedies of one reading */
struct sw_shown {
	struct sw_reading reading;
	struct sw_reading_code codes[3];
	struct sw_reading_cause causes[SW_MAX_LISTED];
	struct sw_reading_remedy remedies[SW_MAX_LISTED];
};

struct sw_explanation {
	const struct sw_knowledge *k;
	enum sw_lang lang;
	struct sw_arena arena;
	struct sw_slice input; /* a copy */
	struct sw_explain_result result;
	struct sw_shown *shown;
	const char *nearest;
	const char *remark;
	char *json;
};

/* Reads a message or a notice; *ret_found: it is one, and x->result is filled. */
enum sw_err sw_explanation_read_bounce(struct sw_explanation *x, bool *ret_found,
				       struct sw_error *err) SW_MUST_USE;
/* Fills x->shown from x->result. */
enum sw_err sw_explanation_show(struct sw_explanation *x) SW_MUST_USE;
const char *sw_list_action_text(enum sw_list_action a, unsigned count, enum sw_lang lang);
const char *sw_vendor_kind_text(const char *kind, enum sw_lang lang);
const char *sw_reply_class_title(int code, enum sw_lang lang);
const char *sw_reply_class_meaning(enum sw_lang lang);
const char *sw_decided_by_name(enum sw_decided_by by);

/* The nearest thing that is known by name, "" none. */
const char *sw_explain_nearest(struct sw_slice text);

#endif
