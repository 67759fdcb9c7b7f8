/* SPDX-License-Identifier: MIT */
#include "net/ldns_lib.h"

#include <errno.h>

#include "base/load.h"
#include "base/mem.h"
#include "base/slice.h"

/* That of the headers with which this was built: 3 since 1.7.1. */
#define LIBRARY "libldns.so.3"

#define SYMBOL(name) { "ldns_" #name, offsetof(struct sw_ldns_lib, name) },
static const struct sw_load_symbol symbols[] = { SW_LDNS_FUNCTIONS(SYMBOL) };
#undef SYMBOL

enum sw_err sw_ldns_load(struct sw_ldns_lib *ret, struct sw_error *err)
{
	return sw_load(LIBRARY, "reads DNS messages", symbols, SW_LEN(symbols), ret, err);
}

enum sw_err sw_ldns_read(const struct sw_ldns_lib *l, const uint8_t *packet, size_t len,
			 ldns_pkt **ret)
{
	ldns_pkt *pkt = NULL;

	/* malloc leaves word, and nothing in there calls the system. */
	errno = 0;
	ldns_status status = l->wire2pkt(&pkt, packet, len);

	if (status == LDNS_STATUS_MEM_ERR || errno == ENOMEM) {
		sw_mem_note_refusal();
		if (status == LDNS_STATUS_OK)
			l->pkt_free(pkt);
		return SW_E_NOMEM;
	}
	if (status != LDNS_STATUS_OK || !pkt)
		return SW_E_DATA;
	*ret = pkt;
	return SW_OK;
}

const char *sw_ldns_version(void)
{
	struct sw_ldns_lib lib;
	struct sw_error err;

	sw_error_clear(&err);
	return sw_ldns_load(&lib, &err) ? "not installed" : lib.version();
}
