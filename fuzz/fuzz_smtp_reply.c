/* SPDX-License-Identifier: MIT */
/* The reply parser: the same replies whatever the pieces, bounded, and never a code that is
 * none. */
#include <stdlib.h>

#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void put(struct sw_buf *out, const struct sw_reply *r)
{
	char enhanced[SW_ENHANCED_TEXT];

	must(r->code >= 200 && r->code <= 599);
	must(r->lines >= 1 && r->lines <= SW_MAX_REPLY_LINES);
	must(r->text && r->text_len <= SW_MAX_REPLY && r->text[r->text_len] == '\0');
	if (sw_buf_printf(out, "%d %u %d %s ", r->code, r->lines, r->cut,
			  sw_enhanced_text(r->enhanced, enhanced)) ||
	    sw_buf_add(out, sw_slice(r->text, r->text_len)) || sw_buf_add_char(out, '\n'))
		abort();
}

/* What the parser says of the bytes, fed in pieces of `piece`. */
static void run(struct sw_slice in, size_t piece, struct sw_buf *out)
{
	SW_CLEANUP(sw_reply_parser_fini) struct sw_reply_parser p;
	enum sw_reply_result result = SW_REPLY_MORE;

	sw_reply_parser_init(&p);
	while (in.len && result != SW_REPLY_GARBAGE && result != SW_REPLY_ENDLESS) {
		struct sw_slice now = sw_slice_head(in, piece);
		size_t used;

		if (sw_reply_parser_feed(&p, now, &used, &result))
			abort();
		must(used <= now.len && (used > 0 || now.len == 0));
		must(used == now.len || result != SW_REPLY_MORE);
		in = sw_slice_from(in, used);
		if (result == SW_REPLY_READY) {
			put(out, sw_reply_parser_get(&p));
			sw_reply_parser_next(&p);
			must(!sw_reply_parser_partial(&p));
		}
	}
	must(sw_reply_parser_garbage(&p).len <= SW_MAX_REPLY_LINE);
	if (sw_buf_printf(out, "%d %d %u %u ", (int)result, sw_reply_parser_hopeless(&p),
			  p.bare_lf, p.blank_lines) ||
	    sw_buf_add(out, sw_reply_parser_garbage(&p)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf whole = { .max = SIZE_MAX / 4 };
	SW_CLEANUP(sw_buf_fini) struct sw_buf pieces = { .max = SIZE_MAX / 4 };

	if (size < 1)
		return 0;
	struct sw_slice in = sw_slice(data + 1, size - 1);

	run(in, SIZE_MAX / 2, &whole);
	run(in, (size_t)data[0] % 33 + 1, &pieces);
	must(sw_slice_eq(sw_buf_slice(&whole), sw_buf_slice(&pieces)));
	return 0;
}
