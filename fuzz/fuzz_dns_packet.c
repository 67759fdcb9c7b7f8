/* SPDX-License-Identifier: MIT */
/* A whole answer of a name server; the first byte chooses what was asked. */
#include <stdlib.h>

#include "net/ldns_lib.h"
#include "net/resolver_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum sw_dns_type types[] = { SW_DNS_A, SW_DNS_MX, SW_DNS_TXT, SW_DNS_CNAME,
						  SW_DNS_AAAA, SW_DNS_TLSA, SW_DNS_SRV };
	static struct sw_ldns_lib lib;
	if (!lib.wire2pkt && sw_ldns_load(&lib, NULL))
		abort();
	if (size == 0)
		return 0;
	struct sw_dns_answer *a = sw_dns_answer_new("a.test", types[data[0] % SW_LEN(types)]);
	if (!a || sw_dns_packet_read(&lib, data + 1, size - 1, a))
		abort();
	if ((a->status == SW_DNS_OK) != (a->count > 0))
		abort();
	sw_dns_answer_free(a);
	return 0;
}
