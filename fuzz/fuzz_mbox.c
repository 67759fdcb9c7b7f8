/* SPDX-License-Identifier: MIT */
/* Any bytes are cut into messages that lie in them, in order, none twice; who reads in windows
 * finds the same. */
#include <assert.h>

#include "read/mailbox.h"

/* The next message behind *at in a window that grows. */
static bool next_in_windows(struct sw_mailbox_file *m, struct sw_slice whole, size_t *at,
			    size_t step, struct sw_mailbox_message *ret)
{
	for (size_t len = step;; len += step) {
		struct sw_slice left = sw_slice_from(whole, *at);

		m->more = len < left.len;
		m->rest = sw_slice_head(left, len);
		size_t before = m->rest.len;
		bool found = sw_mailbox_next(m, ret);

		assert(!m->wants_more || (m->more && !found));
		if (m->wants_more)
			continue;
		*at += before - m->rest.len;
		return found;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf plain = { .max = size + 1 };
	struct sw_slice whole = sw_slice(data, size);
	struct sw_mailbox_file m;
	struct sw_mailbox_message one;
	const char *before = whole.ptr;
	size_t count = 0;

	struct sw_mailbox_file windows;
	struct sw_mailbox_message same;
	size_t step = size ? 1 + data[size - 1] : 1;

	sw_mailbox_begin(&m, whole);
	windows = m;
	size_t at = whole.len - m.rest.len;

	while (sw_mailbox_next(&m, &one)) {
		assert(next_in_windows(&windows, whole, &at, step, &same));
		assert(same.message.len == one.message.len &&
		       same.message.ptr == one.message.ptr);
		assert(one.message.len == 0 ||
		       (one.message.ptr >= before &&
			one.message.ptr + one.message.len <= whole.ptr + whole.len));
		if (one.message.len)
			before = one.message.ptr + one.message.len;
		assert(count++ <= size);
		sw_buf_clear(&plain);
		assert(!sw_mailbox_unquote(one.message, &plain));
		assert(sw_buf_len(&plain) <= one.message.len);
	}
	assert(m.rest.len == 0);
	assert(!next_in_windows(&windows, whole, &at, step, &same));
	return 0;
}
