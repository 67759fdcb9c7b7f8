/* SPDX-License-Identifier: MIT */
/* What was escaped is valid, acts on nothing, and is the same by both ways. */
#include <assert.h>

#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char fixed[1 << 16];
	struct sw_slice in = sw_slice(data, size);
	struct sw_buf out = { .max = 1 << 16 };

	if (size > (1 << 16) / 4 - 1)
		return 0;
	if (sw_text_escape(&out, in, SW_TEXT_LINE))
		return 0;
	struct sw_slice text = sw_buf_slice(&out);

	assert(sw_utf8_valid(text));
	assert(!sw_slice_has_control(text));
	size_t len = sw_text_escape_into(fixed, sizeof(fixed), in, SW_TEXT_LINE);

	assert(sw_slice_eq(text, sw_slice(fixed, len)));
	sw_buf_fini(&out);
	return 0;
}
