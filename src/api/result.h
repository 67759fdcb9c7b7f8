/* SPDX-License-Identifier: MIT */
/* Inside of a result. */
#ifndef SW_API_RESULT_H
#define SW_API_RESULT_H

#include <sendwell/result.h>

#include "base/secret.h"
#include "client/delivery.h"
#include "knowledge/knowledge.h"

/* Strings of the public structs are the arena's, redacted and escaped. */
struct sw_result {
	struct sw_delivery d;
	struct sw_arena arena;
	struct sw_result_reply reply;
	struct sw_result_recipient *recipients;
	struct sw_result_server server;
	const char *sentence;
	const char *meaning;
	const char *message_id;
	const char *queue_id;
	char *json; /* made when asked for; sw_free */
	enum sw_lang lang; /* of the findings */
	const char *case_path; /* "" not kept */
	char *case_json;
};

/* Made before anything is sent, so that afterwards nothing is left that could fail for want of
 * memory: a text that cannot be copied then is "", the outcomes always stand. */
struct sw_result *sw_result_new(const struct sw_job *job) SW_MUST_USE;
/* Once the delivery is filled in. `redactor` is used only now. States the result as facts. */
void sw_result_complete(struct sw_result *r, const struct sw_redactor *redactor,
			const char *message_id, uint64_t now_us);
/* Outcome, stage, sentence, and each recipient that failed with the server's words. */
enum sw_err sw_result_story(const struct sw_result *r, struct sw_buf *out) SW_MUST_USE;
/* "ok", "failed" or "untested" of a verification. */
const char *sw_result_verdict(const struct sw_result *r);

#endif
