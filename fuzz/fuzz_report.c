/* SPDX-License-Identifier: MIT */
/* Any bytes are read as each kind of report, within the limits. */
#include <assert.h>

#include "base/limits.h"
#include "mail/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_arena_fini) struct sw_arena arena = { 0 };
	struct sw_slice text = sw_slice(data, size);
	struct sw_dsn d;
	struct sw_mdn m;
	struct sw_feedback f;
	size_t count = 0;

	if (!sw_dsn_read(&arena, text, &d)) {
		for (const struct sw_dsn_recipient *r = d.recipients; r; r = r->next, count++) {
			assert(r->diagnostic.len <= 4 * SW_MAX_REPORT_VALUE + 4);
			assert(r->status.class == 0 || r->status.class == 2 ||
			       r->status.class == 4 || r->status.class == 5);
		}
		assert(count == d.count && count <= SW_MAX_REPORT_RECIPIENTS);
	}
	if (!sw_mdn_read(&arena, text, &m))
		assert(m.disposition < SW_DISPOSITION_COUNT);
	if (!sw_feedback_read(&arena, text, &f))
		assert(f.type.len <= SW_MAX_REPORT_VALUE * 4 + 4);
	return 0;
}
