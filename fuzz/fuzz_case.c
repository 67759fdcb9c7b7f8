/* SPDX-License-Identifier: MIT */
/* A case from anywhere: what is read can be written, reads back alike, and is told in a sentence without
 * control bytes. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "verdict/sentence.h"
#include "verdict/stages.h"

static void tell(const struct sw_facts *f)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };

	if (sw_verdict_sentence(f, &out) || sw_verdict_stage_line(f, &out))
		abort();
	if (sw_slice_has_control(sw_buf_slice(&out)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf one = { .max = SW_MAX_CASE };
	SW_CLEANUP(sw_buf_fini) struct sw_buf two = { .max = SW_MAX_CASE };
	struct sw_facts *f, *again;
	char *result, *result_again;

	if (sw_case_read(sw_slice(data, size), &f, &result, NULL))
		return 0;
	tell(f);
	if (sw_case_write(f, result, &one, NULL))
		abort();
	if (sw_case_read(sw_buf_slice(&one), &again, &result_again, NULL))
		abort();
	if (sw_facts_count(again) != sw_facts_count(f) || sw_facts_skipped(again) != 0)
		abort();
	if (sw_case_write(again, result_again, &two, NULL) ||
	    strcmp(sw_buf_str(&one), sw_buf_str(&two)) != 0)
		abort();
	sw_free(result);
	sw_free(result_again);
	sw_facts_free(f);
	sw_facts_free(again);
	return 0;
}
