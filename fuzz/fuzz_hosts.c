/* SPDX-License-Identifier: MIT */
/* A name up to the first NUL, then a hosts file. */
#include <stdlib.h>

#include "net/hosts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice all = sw_slice(data, size);
	size_t nul = sw_slice_find(all, '\0');
	struct sw_addr addrs[4];

	size_t count = sw_hosts_find(sw_slice_from(all, nul + 1), sw_slice_head(all, nul), addrs, 0,
				     SW_LEN(addrs));
	if (count > SW_LEN(addrs))
		abort();
	for (size_t i = 0; i < count; i++)
		if (addrs[i].ss.ss_family != AF_INET && addrs[i].ss.ss_family != AF_INET6)
			abort();
	return 0;
}
