/* SPDX-License-Identifier: MIT */
/* A byte that says which program's configuration it is, the first file up to a NUL, the second one. */
#include <stdlib.h>

#include "read/import.h"
#include "read/import_private.h"

static void look(const struct sw_import *i)
{
	if (i->first && !sw_import_find(i, sw_slice_str(i->first)))
		abort();
	for (size_t a = 0; a < i->count; a++)
		for (size_t n = 0; n < i->accounts[a].count; n++)
			if (sw_slice_has_control(sw_slice_str(i->accounts[a].settings[n].value)))
				abort();
	if (i->count > SW_MAX_IMPORT_ACCOUNTS || i->note_count > SW_MAX_IMPORT_NOTES)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SW_CLEANUP(sw_import_fini) struct sw_import i;
	struct sw_slice all = sw_slice(data, size), text = sw_slice_from(all, 1);
	size_t nul = sw_slice_find(text, '\0');
	struct sw_slice first = sw_slice_head(text, nul), second = sw_slice_from(text, nul + 1);
	enum sw_err e = SW_OK;

	sw_import_init(&i);
	switch (size ? data[0] & 3 : 0) {
	case 0:
		e = sw_import_msmtp(&i, text, SW_S("/home/me"), NULL);
		break;
	case 1:
		e = sw_import_nullmailer(&i, first, second, NULL);
		break;
	case 2:
		e = sw_import_dma(&i, first, second, NULL);
		break;
	default:
		e = sw_import_ssmtp(&i, first, second, NULL);
	}
	if (e && e != SW_E_LIMIT)
		abort();
	look(&i);
	return 0;
}
