/* SPDX-License-Identifier: MIT */
/* Reading a source the way a sender does, in reads of any size. */
#ifndef SOURCE_TEST_H
#define SOURCE_TEST_H

#include "sw_test.h"

#include "mail/source.h"

static inline enum sw_err source_read_all(struct sw_source *s, size_t step, struct sw_buf *out,
					  struct sw_error *err)
{
	char piece[8192];

	for (;;) {
		size_t len = 0;
		enum sw_err code = sw_source_read(s, piece, step, &len, err);

		if (code || len == 0)
			return code;
		assert_true(len <= step);
		code = sw_buf_add(out, sw_slice(piece, len));
		if (code)
			return code;
	}
}

/* What holds for every source: lines end in CRLF and nothing else does, and the facts are true. */
static inline void source_check_bytes(const struct sw_source *s, struct sw_slice bytes)
{
	uint64_t longest = 0;
	struct sw_slice rest = bytes;

	assert_int_equal(bytes.len, s->facts.size_bytes);
	assert_true(bytes.len >= 2);
	assert_memory_equal(bytes.ptr + bytes.len - 2, "\r\n", 2);
	while (rest.len) {
		size_t end = sw_slice_search(rest, SW_S("\r\n"));
		struct sw_slice line = sw_slice_head(rest, end);

		assert_true(end < rest.len);
		assert_int_equal(sw_slice_find(line, '\r'), line.len);
		assert_int_equal(sw_slice_find(line, '\n'), line.len);
		longest = line.len > longest ? line.len : longest;
		rest = sw_slice_from(rest, end + 2);
	}
	assert_int_equal(longest, s->facts.longest_line);
	assert_int_equal(sw_slice_find(bytes, '\0'), bytes.len);
	assert_int_equal(s->facts.has_8bit, sw_slice_has_8bit(bytes));
	assert_false(s->facts.has_nul);
}

/* All bytes of a source, in `out`, after the same was read in reads of 1 to 17 bytes. */
static inline void source_read_checked(struct sw_source *s, struct sw_buf *out)
{
	struct sw_error err;

	for (size_t step = 0; step <= 17; step++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf again = { .max = out->max };

		assert_ok(sw_source_rewind(s, &err));
		assert_ok(source_read_all(s, step ? step : 4096, step ? &again : out, &err));
		if (step)
			assert_true(sw_slice_eq(sw_buf_slice(&again), sw_buf_slice(out)));
	}
	source_check_bytes(s, sw_buf_slice(out));
}

#endif
