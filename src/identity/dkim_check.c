/* SPDX-License-Identifier: MIT */
/* A signature against a key record. */
#include <errno.h>

#include "identity/dkim_record.h"
#include "identity/dkim_sig.h"

/* What the record says of the signature without arithmetic (RFC 6376 6.1.2). */
static enum sw_dkim_reason allowed(const struct sw_dkim_sig *s, const struct sw_dkim_record *r)
{
	struct sw_slice id = sw_slice_str(s->identity);
	size_t at = id.len;

	if (r->type != s->type)
		return SW_DKIM_WHY_KEY_TYPE;
	if (!r->hashes[s->hash])
		return SW_DKIM_WHY_KEY_HASH;
	if (!r->for_mail)
		return SW_DKIM_WHY_KEY_SERVICE;
	while (at > 0 && id.ptr[at - 1] != '@')
		at--;
	if (r->strict && s->kind == SW_DKIM_SIGNATURE_FIELD &&
	    !sw_slice_eq_nocase(sw_slice_from(id, at), sw_slice_str(s->domain)))
		return SW_DKIM_WHY_KEY_STRICT;
	return SW_DKIM_WHY_VERIFIED;
}

static enum sw_dkim_reason with_key(const struct sw_dkim_sig *s, struct sw_dkim_crypto *c,
				    const struct sw_dkim_policy *p,
				    const struct sw_dkim_record *r,
				    const uint8_t hash[SW_DKIM_HASH_MAX],
				    struct sw_dkim_key_view *ret, struct sw_error *err)
{
	const struct sw_dkim_public *key;

	/* OpenSSL does not always tell that it had no memory; malloc leaves word. */
	errno = 0;
	if (sw_dkim_public_read(c, r->type, sw_buf_slice(&r->key), &key, err)) {
		ret->detail = err->text;
		return err->code == SW_E_DATA && errno != ENOMEM ? SW_DKIM_WHY_KEY_DATA
								  : SW_DKIM_WHY_OURS;
	}
	ret->bits = key->bits;
	errno = 0;
	bool right = sw_dkim_public_verify(c, key, s->hash, hash, s->b);

	if (!right && errno == ENOMEM)
		return SW_DKIM_WHY_OURS;
	ret->signature = right ? SW_DKIM_GOOD : SW_DKIM_BAD;
	if (!right)
		return SW_DKIM_WHY_SIGNATURE;
	if (key->type == SW_DKIM_RSA && key->bits < p->min_rsa_bits)
		return SW_DKIM_WHY_KEY_SHORT;
	return s->hash == SW_DKIM_SHA1 && !p->allow_sha1 ? SW_DKIM_WHY_SHA1
							 : SW_DKIM_WHY_VERIFIED;
}

enum sw_dkim_reason sw_dkim_sig_check(const struct sw_dkim_sig *s, struct sw_dkim_crypto *c,
				      const struct sw_dkim_policy *p, struct sw_slice record,
				      const uint8_t hash[SW_DKIM_HASH_MAX],
				      struct sw_dkim_key_view *ret, struct sw_error *err)
{
	struct sw_dkim_record r = { 0 };

	*ret = (struct sw_dkim_key_view){ .detail = "" };
	sw_buf_init(&r.key, SW_MAX_DKIM_KEY_BYTES);
	enum sw_dkim_reason why = sw_dkim_record_read(record, &r, &ret->detail);

	ret->testing = r.testing;
	if (why == SW_DKIM_WHY_VERIFIED)
		why = allowed(s, &r);
	if (why == SW_DKIM_WHY_VERIFIED)
		why = with_key(s, c, p, &r, hash, ret, err);
	sw_buf_fini(&r.key);
	return why;
}
