/* SPDX-License-Identifier: MIT */
/* A message that is taken goes out as its facts say, with CRLF alone, without Bcc, and as
 * itself when it is taken again. */
#include <assert.h>

#include "mail/header.h"
#include "mail/ready.h"

enum { MOST = 1 << 22 };

static void read_all(struct sw_source *s, size_t step, struct sw_buf *out)
{
	char piece[4096];
	size_t len = 1;

	assert(!sw_source_rewind(s, NULL));
	while (len) {
		assert(!sw_source_read(s, piece, step, &len, NULL));
		assert(len <= step);
		assert(!sw_buf_add(out, sw_slice(piece, len)));
	}
}

static void check_bytes(const struct sw_source *s, struct sw_slice bytes)
{
	uint64_t longest = 0;

	assert(bytes.len == s->facts.size_bytes);
	assert(sw_slice_find(bytes, '\0') == bytes.len);
	assert(sw_slice_has_8bit(bytes) == s->facts.has_8bit);
	for (struct sw_slice rest = bytes; rest.len;) {
		size_t end = sw_slice_search(rest, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(rest, end);

		assert(end < rest.len);
		assert(sw_slice_find(line, '\r') == end && sw_slice_find(line, '\n') == end);
		longest = end > longest ? end : longest;
		rest = sw_slice_from(rest, end + 2);
	}
	assert(longest == s->facts.longest_line);
}

static void check_no_bcc(struct sw_slice header)
{
	struct sw_field f;

	while (sw_field_next(&header, &f))
		assert(!sw_slice_eq_nocase(f.name, SW_S("bcc")) &&
		       !sw_slice_eq_nocase(f.name, SW_S("resent-bcc")));
}

/* What went out once is a message that needs no change. */
static void check_again(struct sw_slice bytes)
{
	struct sw_source *s = NULL;
	struct sw_buf out = { .max = MOST };

	/* But for what may stand before a header only once. */
	if (sw_slice_starts(bytes, SW_S("From ")) ||
	    sw_slice_starts(bytes, SW_S("\xef\xbb\xbf")))
		return;
	assert(!sw_ready_memory(bytes, NULL, &s, NULL));
	read_all(s, 4096, &out);
	assert(sw_slice_eq(sw_buf_slice(&out), bytes));
	assert(s->facts.bare_line_ends == 0);
	sw_source_free(s);
	sw_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_source *s = NULL;
	struct sw_buf out = { .max = MOST }, small = { .max = MOST };
	struct sw_arena arena = { 0 };
	struct sw_ready_header header;
	struct sw_error err;

	if (size > MOST / 4)
		return 0;
	enum sw_err code = sw_ready_memory(sw_slice(data, size), NULL, &s, &err);

	if (code) {
		assert(code == SW_E_DATA || code == SW_E_LIMIT);
		return 0;
	}
	read_all(s, 4096, &out);
	read_all(s, 1 + size % 97, &small);
	assert(sw_slice_eq(sw_buf_slice(&out), sw_buf_slice(&small)));
	check_bytes(s, sw_buf_slice(&out));
	check_no_bcc(sw_buf_slice(&out));
	check_again(sw_buf_slice(&out));
	code = sw_ready_header(s, &arena, &header, &err);
	assert(code == SW_OK || code == SW_E_DATA || code == SW_E_LIMIT);
	sw_arena_fini(&arena);
	sw_buf_fini(&out);
	sw_buf_fini(&small);
	sw_source_free(s);
	return 0;
}
