/* SPDX-License-Identifier: MIT */
/* A field that is written is one field of short enough lines, and its text comes back. */
#include <assert.h>

#include "base/mem.h"
#include "codec/word.h"
#include "mail/header.h"

enum { MOST = 1 << 21 };

static bool has_blank_ends(struct sw_slice s)
{
	return sw_slice_trim(s).len != s.len;
}

/* One field, and nothing but it; its value appended unfolded to `flat`.  Lines with encoded
 * words are shorter (RFC 2047 2), but what looks like one together with an address or a
 * strange name is not ours to fold. */
static void check_field(struct sw_slice text, struct sw_slice name, struct sw_buf *flat,
			bool only_ours)
{
	struct sw_slice rest = text;
	struct sw_field f;

	assert(sw_field_next(&rest, &f));
	assert(rest.len == 0 && sw_slice_eq(f.name, name));
	assert(!sw_field_unfold(f.value, flat));
	for (rest = text; rest.len;) {
		size_t end = sw_slice_search(rest, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(rest, end);

		assert(end < rest.len && end <= SW_MAX_LINE_HARD);
		assert(sw_slice_find(line, '\r') == end && sw_slice_find(line, '\n') == end);
		assert(sw_slice_trim(line).len > 0);
		assert(!only_ours || !sw_words_present(line) || end <= SW_WORD_MAX + 1);
		rest = sw_slice_from(rest, end + 2);
	}
}

static void text_returns(struct sw_slice name, struct sw_slice value, bool only_ours)
{
	struct sw_buf out = { .max = MOST }, flat = { .max = MOST }, back = { .max = MOST };
	enum sw_err code = sw_header_add_text(&out, name, value, NULL);

	assert(code == SW_OK || code == SW_E_DATA || code == SW_E_LIMIT);
	if (!code) {
		assert(!sw_slice_has_8bit(sw_buf_slice(&out)));
		check_field(sw_buf_slice(&out), name, &flat, only_ours);
		assert(!sw_words_decode(sw_buf_slice(&flat), &back));
		assert(sw_slice_eq(sw_buf_slice(&back), sw_slice_trim(value)));
	} else {
		assert(sw_buf_len(&out) == 0);
	}
	sw_buf_fini(&out);
	sw_buf_fini(&flat);
	sw_buf_fini(&back);
}

/* A list that was read, written and read again is the same. */
static void mailboxes_return(struct sw_slice in)
{
	struct sw_arena arena = { 0 };
	struct sw_buf out = { .max = MOST }, flat = { .max = MOST };
	struct sw_mailbox *first = NULL, *again = NULL;

	if (!sw_mailboxes_parse(&arena, in, &first, NULL) && first &&
	    !sw_header_add_mailboxes(&out, SW_S("To"), first, NULL)) {
		check_field(sw_buf_slice(&out), SW_S("To"), &flat, false);
		assert(!sw_mailboxes_parse(&arena, sw_buf_slice(&flat), &again, NULL));
		for (; first && again; first = first->next, again = again->next) {
			assert(strcmp(first->address.text, again->address.text) == 0);
			assert(!has_blank_ends(sw_slice_str(first->name)));
			assert(strcmp(first->name, again->name) == 0);
		}
		assert(!first && !again);
	}
	sw_buf_fini(&out);
	sw_buf_fini(&flat);
	sw_arena_fini(&arena);
}

/* Fields cover the block up to its end or an empty line, each byte once. */
static void fields_cover(struct sw_slice block)
{
	struct sw_slice rest = block;
	struct sw_field f;
	size_t covered = 0;

	while (sw_field_next(&rest, &f)) {
		assert(f.whole.len > 0 && f.whole.ptr == block.ptr + covered);
		covered += f.whole.len;
	}
	assert(covered + rest.len == block.len);
	assert(rest.len == 0 || sw_slice_starts(rest, SW_S("\r\n")));
}

/* Name and value are separated by the first zero byte. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice in = sw_slice(data, size);
	size_t zero = sw_slice_find(in, '\0');

	if (size > SW_MAX_HEADER_VALUE)
		return 0;
	text_returns(SW_S("Subject"), in, true);
	text_returns(sw_slice_head(in, zero), sw_slice_from(in, zero + 1), false);
	mailboxes_return(in);
	fields_cover(in);
	return 0;
}
