/* SPDX-License-Identifier: MIT */
#include "identity/dkim_crypto.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "codec/crypto.h"
#include "identity/dkim_der.h"

/* Keys that the handle keeps: a message has 8 signatures at most, a stream of mail few signers
 * at a time. */
enum { KEPT = 16 };

struct sw_dkim_public_inner {
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *ctx[SW_DKIM_HASH_COUNT]; /* RSA: ready to verify; NULL until needed */
};

struct kept {
	struct sw_dkim_public key;
	struct sw_dkim_public_inner inner;
	struct sw_buf bytes; /* what it was read from */
	uint64_t used;
};

struct sw_dkim_crypto {
	EVP_MD *md[SW_DKIM_HASH_COUNT];
	EVP_MD_CTX *verify; /* Ed25519 */
	struct kept kept[KEPT];
	uint64_t clock;
};

static const struct {
	const char *name, *fetch;
	size_t size;
} hashes[] = {
	[SW_DKIM_SHA256] = { "sha256", "SHA256", 32 },
	[SW_DKIM_SHA1] = { "sha1", "SHA1", 20 },
};

const char *sw_dkim_hash_name(enum sw_dkim_hash h)
{
	return hashes[h].name;
}

size_t sw_dkim_hash_size(enum sw_dkim_hash h)
{
	return hashes[h].size;
}

const char *sw_dkim_key_type_name(enum sw_dkim_key_type t)
{
	return t == SW_DKIM_ED25519 ? "ed25519" : "rsa";
}

struct sw_dkim_crypto *sw_dkim_crypto_new(void)
{
	struct sw_dkim_crypto *c = sw_calloc(1, sizeof(*c));
	bool ok = c && sw_crypto_ready();

	for (size_t i = 0; ok && i < SW_DKIM_HASH_COUNT; i++) {
		c->md[i] = EVP_MD_fetch(NULL, hashes[i].fetch, NULL);
		/* A machine in FIPS mode may have no SHA-1; such signatures then fail. */
		ok = c->md[i] != NULL || i == SW_DKIM_SHA1;
	}
	for (size_t i = 0; ok && i < KEPT; i++)
		sw_buf_init(&c->kept[i].bytes, SW_MAX_DKIM_KEY_BYTES);
	if (ok)
		c->verify = EVP_MD_CTX_new();
	if (ok && c->verify)
		return c;
	sw_dkim_crypto_free(c);
	return NULL;
}

static void forget(struct kept *k)
{
	for (size_t i = 0; i < SW_DKIM_HASH_COUNT; i++) {
		EVP_PKEY_CTX_free(k->inner.ctx[i]);
		k->inner.ctx[i] = NULL;
	}
	EVP_PKEY_free(k->inner.pkey);
	k->inner.pkey = NULL;
	sw_buf_clear(&k->bytes);
	k->used = 0;
}

void sw_dkim_crypto_free(struct sw_dkim_crypto *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < KEPT; i++) {
		forget(&c->kept[i]);
		sw_buf_fini(&c->kept[i].bytes);
	}
	for (size_t i = 0; i < SW_DKIM_HASH_COUNT; i++)
		EVP_MD_free(c->md[i]);
	EVP_MD_CTX_free(c->verify);
	sw_free(c);
}

/* ---- hashes ---- */

struct sw_dkim_digest {
	EVP_MD_CTX *ctx;
	bool failed;
};

struct sw_dkim_digest *sw_dkim_digest_new(void)
{
	struct sw_dkim_digest *d = sw_calloc(1, sizeof(*d));

	if (d)
		d->ctx = EVP_MD_CTX_new();
	if (d && d->ctx)
		return d;
	sw_free(d);
	return NULL;
}

void sw_dkim_digest_free(struct sw_dkim_digest *d)
{
	if (!d)
		return;
	EVP_MD_CTX_free(d->ctx);
	sw_free(d);
}

enum sw_err sw_dkim_digest_begin(struct sw_dkim_digest *d, struct sw_dkim_crypto *c,
				 enum sw_dkim_hash h)
{
	d->failed = !c->md[h] || EVP_DigestInit_ex2(d->ctx, c->md[h], NULL) != 1;
	return d->failed ? SW_E_INTERNAL : SW_OK;
}

void sw_dkim_digest_add(struct sw_dkim_digest *d, const void *bytes, size_t len)
{
	if (!d->failed && EVP_DigestUpdate(d->ctx, bytes, len) != 1)
		d->failed = true;
}

enum sw_err sw_dkim_digest_end(struct sw_dkim_digest *d, uint8_t out[SW_DKIM_HASH_MAX])
{
	memset(out, 0, SW_DKIM_HASH_MAX);
	if (!d->failed && EVP_DigestFinal_ex(d->ctx, out, NULL) != 1)
		d->failed = true;
	return d->failed ? SW_E_INTERNAL : SW_OK;
}

/* ---- public keys ---- */

static EVP_PKEY *make_rsa(struct sw_slice n, struct sw_slice e)
{
	EVP_PKEY *pkey = NULL;
	BIGNUM *bn_n = BN_bin2bn((const uint8_t *)n.ptr, (int)n.len, NULL);
	BIGNUM *bn_e = BN_bin2bn((const uint8_t *)e.ptr, (int)e.len, NULL);
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);

	if (bn_n && bn_e && b && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn_n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, bn_e) == 1)
		params = OSSL_PARAM_BLD_to_param(b);
	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(bn_n);
	BN_free(bn_e);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static enum sw_err read_rsa(struct kept *k, struct sw_slice bytes, struct sw_error *err)
{
	struct sw_slice n, e;
	const char *wrong = sw_dkim_der_rsa(bytes, &n, &e);

	if (wrong)
		return sw_fail(err, SW_E_DATA, "%s", wrong);
	unsigned bits = (unsigned)n.len * 8;

	for (unsigned char top = (unsigned char)n.ptr[0]; !(top & 0x80);
	     top = (unsigned char)(top << 1))
		bits--;
	k->key.bits = bits;
	/* A key nobody can afford to verify with is no key: the time grows with the cube. */
	if (bits > SW_MAX_DKIM_RSA_BITS)
		return sw_fail(err, SW_E_DATA,
			       "an RSA key of %u bits is beyond what is "
			       "verified (%d)",
			       bits, SW_MAX_DKIM_RSA_BITS);
	if (e.len > 8 || !(e.ptr[e.len - 1] & 1) || (e.len == 1 && e.ptr[0] == 1))
		return sw_fail(err, SW_E_DATA,
			       "the exponent of the RSA key is none that is "
			       "used");
	ERR_clear_error();
	k->inner.pkey = make_rsa(n, e);
	if (k->inner.pkey)
		return SW_OK;
	/* What is wrong with us is not said of the key. */
	return ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE
		       ? sw_fail_nomem(err)
		       : sw_fail(err, SW_E_DATA, "this is no RSA key");
}

static enum sw_err read_ed25519(struct kept *k, struct sw_slice bytes, struct sw_error *err)
{
	if (bytes.len != 32)
		return sw_fail(err, SW_E_DATA,
			       "an Ed25519 key is 32 bytes, these are %zu (RFC 8463 4.2)",
			       bytes.len);
	k->key.bits = 256;
	k->inner.pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
						    (const uint8_t *)bytes.ptr, bytes.len);
	/* Any 32 bytes are taken; without memory none are. */
	return k->inner.pkey ? SW_OK : sw_fail_nomem(err);
}

static struct kept *look_up(struct sw_dkim_crypto *c, enum sw_dkim_key_type type,
			    struct sw_slice bytes, bool *found)
{
	struct kept *oldest = &c->kept[0];

	for (size_t i = 0; i < KEPT; i++) {
		struct kept *k = &c->kept[i];

		*found = k->inner.pkey && k->key.type == type &&
			 sw_slice_eq(sw_buf_slice(&k->bytes), bytes);
		if (*found)
			return k;
		if (k->used < oldest->used)
			oldest = k;
	}
	return oldest;
}

enum sw_err sw_dkim_public_read(struct sw_dkim_crypto *c, enum sw_dkim_key_type type,
				struct sw_slice bytes, const struct sw_dkim_public **ret,
				struct sw_error *err)
{
	bool found = false;

	if (bytes.len > SW_MAX_DKIM_KEY_BYTES)
		return sw_fail(err, SW_E_DATA, "a key of %zu bytes is no key", bytes.len);
	struct kept *k = look_up(c, type, bytes, &found);

	if (!found) {
		forget(k);
		k->key = (struct sw_dkim_public){ .type = type, .inner = &k->inner };
		if (sw_buf_add(&k->bytes, bytes))
			return sw_fail_nomem(err);
		enum sw_err e = type == SW_DKIM_RSA ? read_rsa(k, bytes, err)
						    : read_ed25519(k, bytes, err);

		if (e) {
			forget(k);
			return e;
		}
	}
	k->used = ++c->clock;
	*ret = &k->key;
	return SW_OK;
}

static EVP_PKEY_CTX *verify_context(struct sw_dkim_crypto *c, const struct sw_dkim_public *key,
				    enum sw_dkim_hash h)
{
	struct sw_dkim_public_inner *in = key->inner;

	if (in->ctx[h] || !c->md[h])
		return in->ctx[h];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(in->pkey, NULL);

	if (ctx && EVP_PKEY_verify_init(ctx) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_signature_md(ctx, c->md[h]) == 1) {
		in->ctx[h] = ctx;
		return ctx;
	}
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

bool sw_dkim_public_verify(struct sw_dkim_crypto *c, const struct sw_dkim_public *key,
			   enum sw_dkim_hash h, const uint8_t hash[SW_DKIM_HASH_MAX],
			   struct sw_slice signature)
{
	const uint8_t *sig = (const uint8_t *)signature.ptr;

	if (key->type == SW_DKIM_ED25519) {
		EVP_MD_CTX_reset(c->verify);
		return EVP_DigestVerifyInit(c->verify, NULL, NULL, NULL, key->inner->pkey) ==
			       1 &&
		       EVP_DigestVerify(c->verify, sig, signature.len, hash, hashes[h].size) ==
			       1;
	}
	EVP_PKEY_CTX *ctx = verify_context(c, key, h);

	return ctx && EVP_PKEY_verify(ctx, sig, signature.len, hash, hashes[h].size) == 1;
}
