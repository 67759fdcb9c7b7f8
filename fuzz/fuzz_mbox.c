/* SPDX-License-Identifier: MIT */
/* Any bytes are cut into messages that lie in them, in order, none twice. */
#include <assert.h>

#include "read/mailbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf plain = { .max = size + 1 };
	struct sw_slice whole = sw_slice(data, size);
	struct sw_mailbox_file m;
	struct sw_mailbox_message one;
	const char *before = whole.ptr;
	size_t count = 0;

	sw_mailbox_begin(&m, whole);
	while (sw_mailbox_next(&m, &one)) {
		assert(one.message.len == 0 || (one.message.ptr >= before &&
						one.message.ptr + one.message.len <=
							whole.ptr + whole.len));
		if (one.message.len)
			before = one.message.ptr + one.message.len;
		assert(count++ <= size);
		sw_buf_clear(&plain);
		assert(!sw_mailbox_unquote(one.message, &plain));
		assert(sw_buf_len(&plain) <= one.message.len);
	}
	assert(m.rest.len == 0);
	return 0;
}
