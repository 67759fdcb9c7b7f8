/* SPDX-License-Identifier: MIT */
/* Our reader of JSON beside jansson's: what both take is the same, and what jansson alone
 * takes is too deep or too long a number. */
#include <stdlib.h>
#include <string.h>

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_error err = { 0 };
	json_t *ours = NULL;
	enum sw_err e = sw_json_read(sw_slice(data, size), &ours, &err);
	json_t *theirs = json_loadb((const char *)data, size,
				    JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);

	if (e && (ours || !err.text[0]))
		abort();
	if (!e && !(theirs && json_equal(ours, theirs)))
		abort();
	if (e && theirs && !memchr(data, 0, size) && !strstr(err.text, "in each other") &&
	    !strstr(err.text, "no value"))
		abort();
	json_decref(ours);
	json_decref(theirs);
	return 0;
}
