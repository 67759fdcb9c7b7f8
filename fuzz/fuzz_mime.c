/* SPDX-License-Identifier: MIT */
/* Any bytes are a tree within the limits whose slices lie in the message, and whose bodies
 * become valid UTF-8. */
#include <assert.h>

#include "base/limits.h"
#include "base/text.h"
#include "mail/header.h"
#include "mail/mime.h"

enum { MOST = 1 << 20 };

static bool within(struct sw_slice part, struct sw_slice whole)
{
	return part.len == 0 ||
	       (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

static void check_part(struct sw_arena *arena, const struct sw_mime_part *p,
		       struct sw_slice whole)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 2 * MOST };
	SW_CLEANUP(sw_buf_fini) struct sw_buf bytes = { .max = 2 * MOST };
	struct sw_slice rest = p->header;
	struct sw_field f;

	assert(within(p->header, whole) && within(p->body, whole));
	assert(p->type.len > 0 && p->depth < SW_MAX_MIME_DEPTH);
	for (const struct sw_mime_part *c = p->first; c; c = c->next)
		assert(c->parent == p && c->depth == p->depth + 1);
	while (sw_mime_field_next(&rest, &f))
		assert(within(f.whole, p->header) && sw_mime_unfold(arena, f.value).ptr);
	if (!sw_mime_decode(p, MOST, &bytes))
		assert(sw_buf_len(&bytes) <= MOST);
	if (!sw_mime_text(p, MOST, &text)) {
		assert(sw_utf8_valid(sw_buf_slice(&text)));
		assert(sw_slice_find(sw_buf_slice(&text), '\r') == sw_buf_len(&text));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_slice whole = sw_slice(data, size);
	struct sw_mime m;
	size_t parts = 0;

	if (size > MOST || sw_mime_parse(&arena, whole, &m, NULL))
		return 0;
	for (struct sw_mime_part *p = m.root; p; p = sw_mime_next(p), parts++)
		if (parts < 20)
			check_part(&arena, p, whole);
	assert(parts == m.parts && parts <= SW_MAX_MIME_PARTS);
	return 0;
}
