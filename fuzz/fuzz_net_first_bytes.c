/* SPDX-License-Identifier: MIT */
/* The first bytes of a stranger: always a kind that has a name, and more bytes never turn a
 * known protocol into nothing. */
#include <stdlib.h>

#include "net/first_bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Its own block, so that reading past the end is seen. */
	char *bytes = malloc(size ? size : 1);

	if (!bytes)
		return 0;
	if (size)
		memcpy(bytes, data, size);
	enum sw_speaks speaks = sw_first_bytes(sw_slice(bytes, size));

	if (speaks >= SW_SPEAKS_COUNT || (speaks == SW_SPEAKS_NOTHING) != (size == 0) ||
	    sw_speaks_name(speaks)[0] == '?')
		abort();
	free(bytes);
	return 0;
}
