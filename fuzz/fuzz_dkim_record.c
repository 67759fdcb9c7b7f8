/* SPDX-License-Identifier: MIT */
/* Any bytes are a tag list or a key record, or are refused; what was read lies in them, and a
 * key that was taken can be verified with. */
#include <assert.h>

#include "identity/dkim_der.h"
#include "identity/dkim_record.h"

static void check_tags(struct sw_slice in)
{
	struct sw_dkim_tags t;

	if (sw_dkim_tags_parse(in, &t))
		return;
	assert(t.count > 0 && t.count <= SW_MAX_DKIM_TAGS);
	for (size_t i = 0; i < t.count; i++) {
		struct sw_slice v = t.list[i].value;

		assert(t.list[i].name.len > 0);
		assert(v.len == 0 || (v.ptr >= in.ptr && v.ptr + v.len <= in.ptr + in.len));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sw_slice in = sw_slice(data, size), n, e;
	struct sw_dkim_record r = { .key = { .max = SW_MAX_DKIM_KEY_BYTES } };
	struct sw_dkim_crypto *c = sw_dkim_crypto_new();
	const struct sw_dkim_public *key;
	const uint8_t hash[SW_DKIM_HASH_MAX] = { 0 };
	const char *detail;

	check_tags(in);
	if (!sw_dkim_der_rsa(in, &n, &e))
		assert(n.len > 0 && e.len > 0 && n.ptr[0] && e.ptr[0]);
	if (sw_dkim_record_read(in, &r, &detail) == SW_DKIM_WHY_VERIFIED &&
	    !sw_dkim_public_read(c, r.type, sw_buf_slice(&r.key), &key, NULL))
		assert(!sw_dkim_public_verify(c, key, SW_DKIM_SHA256, hash,
					      sw_slice(data, size < 64 ? size : 64)) ||
		       key->bits < 512);
	sw_buf_fini(&r.key);
	sw_dkim_crypto_free(c);
	return 0;
}
