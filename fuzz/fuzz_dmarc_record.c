/* SPDX-License-Identifier: MIT */
/* Any text as a policy record: all parts lie in it. */
#include <stdlib.h>

#include "identity/dmarc_record.h"

static void inside(struct sw_slice part, const uint8_t *data, size_t size)
{
	const char *start = (const char *)data;

	if (part.len > 0 && (part.ptr < start || part.ptr + part.len > start + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_arena arena = { 0 };
	struct sw_dmarc_record r;
	const char *tag;

	(void)sw_dmarc_is_record(sw_slice(data, size));
	if (sw_dmarc_record_read(sw_slice(data, size), &arena, &r))
		abort();
	for (size_t i = 0; i < r.rua.count; i++) {
		inside(r.rua.list[i].address, data, size);
		inside(r.rua.list[i].host, data, size);
	}
	if (sw_dmarc_policy_below(&r, false, &tag) >= SW_DMARC_POLICY_COUNT || r.percent > 100)
		abort();
	sw_arena_fini(&arena);
	return 0;
}
