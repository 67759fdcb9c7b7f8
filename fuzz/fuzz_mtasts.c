/* SPDX-License-Identifier: MIT */
/* Any text as a record and as a policy file: what is kept lies in it, and hosts can be
 * matched. */
#include <stdlib.h>

#include "identity/mta_sts.h"

static void inside(struct sw_slice part, const uint8_t *data, size_t size)
{
	const char *start = (const char *)data;

	if (part.len == 0 || part.ptr < start || part.ptr + part.len > start + size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sw_sts_policy p;
	struct sw_slice id;

	if (sw_sts_record_read(sw_slice(data, size), &id) == SW_STS_GOOD)
		inside(id, data, size);
	enum sw_sts_flaw flaw = sw_sts_policy_read(sw_slice(data, size), &p);
	for (size_t i = 0; i < p.mx_count; i++)
		inside(p.mx[i], data, size);
	(void)sw_sts_allows(&p, sw_slice(data, size));
	if (flaw == SW_STS_GOOD && p.mx_count > 0 && p.mx[0].ptr[0] != '*' &&
	    !sw_sts_allows(&p, p.mx[0]))
		abort();
	return 0;
}
