/* SPDX-License-Identifier: MIT */
/* Whatever is taken for a notice names addresses that stand in it, as whole strings of valid
 * UTF-8, within the limits; and what is not, names nobody.  The input is header, text and
 * returned message, with an empty line between them. */
#include <assert.h>

#include "base/text.h"
#include "read/notice.h"

static struct sw_slice take(struct sw_slice *rest, struct sw_slice separator)
{
	size_t at = sw_slice_search(*rest, separator);
	struct sw_slice piece = sw_slice_head(*rest, at);

	*rest = sw_slice_from(*rest, at + separator.len);
	return piece;
}

static struct sw_slice field(struct sw_slice header, const char *name)
{
	struct sw_slice line;
	size_t len = strlen(name);

	while (sw_slice_split(&header, '\n', &line))
		if (sw_slice_starts_nocase(line, sw_slice_str(name)))
			return sw_slice_trim(sw_slice_from(line, len));
	return (struct sw_slice){ 0 };
}

static void check_recipient(const struct sw_bounce_recipient *r, bool utf8)
{
	assert(r->address[0] && strlen(r->address) <= SW_MAX_ADDRESS);
	assert(strchr(r->address, '@') && !strchr(r->address, '\n'));
	assert(strlen(r->diagnostic) <= SW_MAX_DIAGNOSTIC && !strchr(r->diagnostic, '\n'));
	assert(strlen(r->remote_host) <= SW_MAX_DOMAIN);
	assert(r->code == 0 || (r->code >= 200 && r->code < 600));
	assert(r->action < SW_BOUNCE_ACTION_COUNT);
	assert(!utf8 || sw_utf8_valid(sw_slice_str(r->diagnostic)));
	assert(!utf8 || sw_utf8_valid(sw_slice_str(r->address)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_arena arena = { 0 };
	struct sw_bounce b = { 0 };
	struct sw_slice rest = sw_slice(data, size);
	struct sw_notice in = { .header = take(&rest, SW_S("\n\n")) };
	struct sw_error err;
	size_t count = 0;

	in.text = take(&rest, SW_S("\n\n\n\n"));
	in.original = rest;
	in.from = field(in.header, "From:");
	in.subject = field(in.header, "Subject:");
	in.return_path = field(in.header, "Return-Path:");
	in.auto_submitted = field(in.header, "Auto-Submitted:");
	in.failed_recipients = field(in.header, "X-Failed-Recipients:");
	assert(!sw_notice_read(sw_knowledge_builtin(), &arena, &in, &b, &err));
	assert(b.why && b.why[0] && b.layout);
	for (const struct sw_bounce_recipient *r = b.recipients; r; r = r->next, count++)
		check_recipient(r, sw_utf8_valid(sw_slice(data, size)));
	assert(count == b.recipient_count && count <= SW_MAX_BOUNCE_RECIPIENTS);
	assert(b.is_bounce || count == 0);
	sw_arena_fini(&arena);
	return 0;
}
