/* SPDX-License-Identifier: MIT */
/* What could not be looked at. */
#include "api/diagnose.h"

/* The n-th, without those that say the same again; *ret_count: how many there are. */
static const struct sw_fact *untested(const struct sw_diagnosis *d, size_t wanted,
				      size_t *ret_count)
{
	const struct sw_fact *seen[SW_MAX_UNTESTED];
	size_t count = 0;

	for (size_t i = 0; i < sw_facts_count(d->facts) && count < SW_LEN(seen); i++) {
		const struct sw_fact *f = sw_facts_get(d->facts, i);
		bool again = false;

		if (f->type != SW_FACT_PROBE_UNTESTED)
			continue;
		for (size_t n = 0; n < count && !again; n++)
			again = sw_slice_eq(sw_fact_text(f, "what"),
					    sw_fact_text(seen[n], "what")) &&
				sw_slice_eq(sw_fact_text(f, "reason"),
					    sw_fact_text(seen[n], "reason"));
		if (!again)
			seen[count++] = f;
	}
	*ret_count = count;
	return wanted < count ? seen[wanted] : NULL;
}

size_t sw_diagnosis_untested_count(const struct sw_diagnosis *d)
{
	size_t count;

	(void)untested(d, 0, &count);
	return count;
}

struct sw_diagnosis_untested sw_diagnosis_untested(const struct sw_diagnosis *d, size_t i)
{
	size_t count;
	const struct sw_fact *f = untested(d, i, &count);

	/* Texts of facts end in a zero byte: they are copies in an arena. */
	return (struct sw_diagnosis_untested){ f ? sw_fact_text(f, "what").ptr : "",
					       f ? sw_fact_text(f, "reason").ptr : "" };
}
