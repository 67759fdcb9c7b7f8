/* SPDX-License-Identifier: MIT */
/* Any text as a TLS-RPT or BIMI record, and as a header with List-Unsubscribe. */
#include <stdlib.h>

#include "identity/records.h"
#include "identity/unsubscribe.h"

static void inside(struct sw_slice part, const uint8_t *data, size_t size)
{
	const char *start = (const char *)data;

	if (part.len > 0 && (part.ptr < start || part.ptr + part.len > start + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice text = sw_slice(data, size);
	struct sw_tlsrpt tls;
	struct sw_bimi bimi;
	struct sw_unsubscribe u;

	enum sw_small_flaw flaw = sw_tlsrpt_read(text, &tls);
	if (flaw == SW_SMALL_GOOD && tls.count == 0)
		abort();
	for (size_t i = 0; i < tls.count; i++)
		inside(tls.uris[i], data, size);
	if (sw_bimi_read(text, &bimi) == SW_SMALL_GOOD && !bimi.declined)
		inside(bimi.logo, data, size);
	sw_unsubscribe_check(text, &u);
	inside(u.https, data, size);
	inside(u.mail, data, size);
	return 0;
}
