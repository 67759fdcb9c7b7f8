/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "base/secret.h"
#include "codec/base64.h"
#include "identity/dkim_crypto.h"

struct sw_dkim_private {
	enum sw_dkim_key_type type;
	EVP_PKEY *pkey;
	EVP_PKEY_CTX *sign; /* RSA */
	EVP_MD_CTX *ed25519;
};

void sw_dkim_private_free(struct sw_dkim_private *k)
{
	if (!k)
		return;
	EVP_PKEY_CTX_free(k->sign);
	EVP_MD_CTX_free(k->ed25519);
	EVP_PKEY_free(k->pkey);
	sw_free(k);
}

enum sw_dkim_key_type sw_dkim_private_type(const struct sw_dkim_private *k)
{
	return k->type;
}

unsigned sw_dkim_private_bits(const struct sw_dkim_private *k)
{
	return k->type == SW_DKIM_ED25519 ? 256 : (unsigned)EVP_PKEY_get_bits(k->pkey);
}

static bool prepare(struct sw_dkim_private *k)
{
	if (k->type == SW_DKIM_ED25519) {
		k->ed25519 = EVP_MD_CTX_new();
		return k->ed25519 != NULL;
	}
	k->sign = EVP_PKEY_CTX_new(k->pkey, NULL);
	return k->sign && EVP_PKEY_sign_init(k->sign) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(k->sign, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(k->sign, EVP_sha256()) == 1;
}

/* Takes pkey over. */
static enum sw_err adopt(EVP_PKEY *pkey, struct sw_dkim_private **ret, struct sw_error *err)
{
	struct sw_dkim_private *k = sw_calloc(1, sizeof(*k));

	if (!k) {
		EVP_PKEY_free(pkey);
		return sw_fail_nomem(err);
	}
	k->pkey = pkey;
	k->type = EVP_PKEY_is_a(pkey, "ED25519") ? SW_DKIM_ED25519 : SW_DKIM_RSA;
	enum sw_err e = SW_OK;

	if (k->type == SW_DKIM_RSA && !EVP_PKEY_is_a(pkey, "RSA"))
		e = sw_fail(
			err, SW_E_DATA, "the key is of type %.40s; DKIM knows RSA and Ed25519",
			EVP_PKEY_get0_type_name(pkey) ? EVP_PKEY_get0_type_name(pkey) : "?");
	else if (k->type == SW_DKIM_RSA && EVP_PKEY_get_bits(pkey) > SW_MAX_DKIM_RSA_BITS)
		e = sw_fail(err, SW_E_DATA,
			    "an RSA key of %d bits: no receiver verifies "
			    "with more than %d",
			    EVP_PKEY_get_bits(pkey), SW_MAX_DKIM_RSA_BITS);
	else if (!prepare(k))
		e = sw_fail(err, SW_E_INTERNAL, "the key cannot be used for signing");
	if (e)
		sw_dkim_private_free(k);
	else
		*ret = k;
	return e;
}

/* Keys with a pass phrase are refused; nobody is asked for one. */
static int no_phrase(char *buf SW_UNUSED, int size SW_UNUSED, int writing SW_UNUSED, void *arg)
{
	*(bool *)arg = true;
	return -1;
}

/* A BIO over memory; nothing is read from outside. */
static EVP_PKEY *read_pem(struct sw_slice text, bool *encrypted)
{
	BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_phrase, encrypted) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return pkey;
}

static EVP_PKEY *read_seed(struct sw_slice text)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = 64, .secret = true };

	text = sw_slice_trim(text);
	if (text.len > 64 || sw_base64_decode(text, SW_BASE64_STRICT, &raw) ||
	    sw_buf_len(&raw) != 32)
		return NULL;
	return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
					    (const uint8_t *)sw_buf_slice(&raw).ptr, 32);
}

static const char *what_instead(struct sw_slice text, bool encrypted)
{
	if (encrypted)
		return "it is encrypted with a pass phrase, which is not supported";
	if (sw_slice_search(text, SW_S("PUBLIC KEY-----")) < text.len)
		return "it holds a public key; the private one is needed";
	if (sw_slice_search(text, SW_S("-----BEGIN CERTIFICATE")) < text.len)
		return "it holds a certificate and no key";
	if (sw_slice_search(text, SW_S("PRIVATE KEY-----")) < text.len)
		return "its key is damaged, or of a kind that is not known here";
	return "expected PEM (\"-----BEGIN PRIVATE KEY-----\"), or 32 bytes of an Ed25519 key "
	       "in "
	       "base64";
}

enum sw_err sw_dkim_private_read(struct sw_slice text, struct sw_dkim_private **ret,
				 struct sw_error *err)
{
	bool encrypted = false;

	if (text.len > SW_MAX_SECRET)
		return sw_fail(err, SW_E_DATA,
			       "this is no signing key: it has more than %d bytes",
			       SW_MAX_SECRET);
	/* OpenSSL's queue has many words for a lack of memory, and errno one. */
	errno = 0;
	EVP_PKEY *pkey = text.len ? read_pem(text, &encrypted) : NULL;

	if (!pkey)
		pkey = read_seed(text);
	if (!pkey && errno == ENOMEM)
		return sw_fail_nomem(err);
	if (!pkey)
		return sw_fail(err, SW_E_DATA, "this is no signing key: %s",
			       what_instead(text, encrypted));
	return adopt(pkey, ret, err);
}

enum sw_err sw_dkim_private_make(enum sw_dkim_key_type type, unsigned bits,
				 struct sw_dkim_private **ret, struct sw_error *err)
{
	EVP_PKEY *pkey = type == SW_DKIM_ED25519
				 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
				 : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);

	if (!pkey) {
		ERR_clear_error();
		return sw_fail(err, SW_E_OS, "no key could be made");
	}
	return adopt(pkey, ret, err);
}

enum sw_err sw_dkim_private_pem(const struct sw_dkim_private *k, struct sw_buf *out)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	enum sw_err e = SW_E_NOMEM;

	if (bio &&
	    PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) == 1) {
		long len = BIO_get_mem_data(bio, &text);

		e = sw_buf_add(out, sw_slice(text, (size_t)len));
		sw_wipe(text, (size_t)len);
	}
	BIO_free(bio);
	return e;
}

enum sw_err sw_dkim_private_public(const struct sw_dkim_private *k, struct sw_buf *out)
{
	uint8_t raw[32];
	size_t len = sizeof(raw);

	if (k->type == SW_DKIM_ED25519)
		return EVP_PKEY_get_raw_public_key(k->pkey, raw, &len) == 1
			       ? sw_buf_add(out, sw_slice(raw, len))
			       : SW_E_INTERNAL;
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(k->pkey, &der);
	enum sw_err e = size > 0 ? sw_buf_add(out, sw_slice(der, (size_t)size)) : SW_E_NOMEM;

	OPENSSL_free(der);
	return e;
}

enum sw_err sw_dkim_private_sign(struct sw_dkim_private *k,
				 const uint8_t hash[SW_DKIM_HASH_MAX], struct sw_buf *out,
				 struct sw_error *err)
{
	size_t size = SW_MAX_DKIM_RSA_BITS / 8;
	char *to = sw_buf_reserve(out, size);
	int ok;

	if (!to)
		return sw_fail_nomem(err);
	if (k->type == SW_DKIM_ED25519) {
		EVP_MD_CTX_reset(k->ed25519);
		ok = EVP_DigestSignInit(k->ed25519, NULL, NULL, NULL, k->pkey) == 1 &&
		     EVP_DigestSign(k->ed25519, (uint8_t *)to, &size, hash,
				    SW_DKIM_HASH_MAX) == 1;
	} else {
		ok = EVP_PKEY_sign(k->sign, (uint8_t *)to, &size, hash, SW_DKIM_HASH_MAX) == 1;
	}
	ERR_clear_error();
	if (!ok)
		return sw_fail(err, SW_E_INTERNAL, "signing failed");
	sw_buf_commit(out, size);
	return SW_OK;
}
