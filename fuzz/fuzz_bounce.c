/* SPDX-License-Identifier: MIT */
/* Any bytes are read: all strings are valid UTF-8 and bounded, the list and its count agree, and
 * nothing is told of what is no bounce. */
#include <assert.h>

#include "base/limits.h"
#include "base/text.h"
#include "read/bounce.h"

static void check_string(const char *s)
{
	assert(s && strlen(s) <= 4 * SW_MAX_REPLY_LINE + 4);
	assert(sw_utf8_valid(sw_slice_str(s)));
}

static void check_recipient(const struct sw_knowledge *k, const struct sw_bounce_recipient *r)
{
	check_string(r->address);
	check_string(r->final_address);
	check_string(r->diagnostic);
	check_string(r->remote_host);
	assert(r->action < SW_BOUNCE_ACTION_COUNT);
	assert(r->code == 0 || (r->code >= 200 && r->code < 600));
	assert(!r->has_stage || r->stage < SW_STAGE_COUNT);
	assert(r->class.category < sw_category_count(k) || sw_category_count(k) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	const struct sw_knowledge *k = sw_knowledge_builtin();
	struct sw_bounce b;
	size_t count = 0;

	if (sw_bounce_read(k, &arena, sw_slice(data, size), &b, NULL))
		return 0;
	check_string(b.why);
	check_string(b.layout);
	check_string(b.reporting_mta);
	check_string(b.feedback_type);
	check_string(b.original.message_id);
	check_string(b.original.sender);
	check_string(b.original.date);
	check_string(b.original.subject);
	check_string(b.original.envelope_id);
	for (const struct sw_bounce_recipient *r = b.recipients; r; r = r->next, count++)
		check_recipient(k, r);
	assert(count == b.recipient_count && (b.is_bounce || count == 0));
	return 0;
}
