/* SPDX-License-Identifier: MIT */
/* The arithmetic below DKIM and ARC: hashes, public keys, private keys.  One handle a thread;
 * what is expensive in OpenSSL (fetching algorithms, reading keys, contexts) is done once in
 * it. */
#ifndef SW_IDENTITY_DKIM_CRYPTO_H
#define SW_IDENTITY_DKIM_CRYPTO_H

#include "base/buf.h"

enum { SW_DKIM_HASH_MAX = 32 };
enum sw_dkim_hash { SW_DKIM_SHA256, SW_DKIM_SHA1, SW_DKIM_HASH_COUNT };
enum sw_dkim_key_type { SW_DKIM_RSA, SW_DKIM_ED25519 };
const char *sw_dkim_hash_name(enum sw_dkim_hash h);         /* "sha256" */
const char *sw_dkim_key_type_name(enum sw_dkim_key_type t); /* "rsa" */
size_t sw_dkim_hash_size(enum sw_dkim_hash h);

struct sw_dkim_crypto;
struct sw_dkim_crypto *sw_dkim_crypto_new(void) SW_MUST_USE;
void sw_dkim_crypto_free(struct sw_dkim_crypto *c);

/* One hash under way; used again and again. */
struct sw_dkim_digest;
struct sw_dkim_digest *sw_dkim_digest_new(void) SW_MUST_USE;
void sw_dkim_digest_free(struct sw_dkim_digest *d);
enum sw_err sw_dkim_digest_begin(struct sw_dkim_digest *d, struct sw_dkim_crypto *c,
				 enum sw_dkim_hash h) SW_MUST_USE;
void sw_dkim_digest_add(struct sw_dkim_digest *d, const void *bytes, size_t len);
/* SW_E_INTERNAL when any step before failed. */
enum sw_err sw_dkim_digest_end(struct sw_dkim_digest *d,
			       uint8_t out[SW_DKIM_HASH_MAX]) SW_MUST_USE;

/* ---- public keys ---- */

struct sw_dkim_public {
	enum sw_dkim_key_type type;
	unsigned bits;
	struct sw_dkim_public_inner *inner;
};
/* From the bytes of p=: RSA as SubjectPublicKeyInfo or RSAPublicKey (RFC 8017 A.1.1; RFC 6376
 * says the latter, all publish the former), Ed25519 as 32 bytes (RFC 8463 4.2).  The handle
 * keeps the last ones read; borrowed until the next call of this function.  SW_E_DATA with the
 * reason: no key. */
enum sw_err sw_dkim_public_read(struct sw_dkim_crypto *c, enum sw_dkim_key_type type,
				struct sw_slice bytes, const struct sw_dkim_public **ret,
				struct sw_error *err) SW_MUST_USE;
/* Whether the signature over this hash is right. */
bool sw_dkim_public_verify(struct sw_dkim_crypto *c, const struct sw_dkim_public *key,
			   enum sw_dkim_hash h, const uint8_t hash[SW_DKIM_HASH_MAX],
			   struct sw_slice signature);

/* ---- private keys ---- */

struct sw_dkim_private;
/* PEM (PKCS#1, PKCS#8; not encrypted), or base64 of 32 bytes alone: an Ed25519 seed. SW_E_DATA
 * says what it is instead; the text never shows a byte of it. */
enum sw_err sw_dkim_private_read(struct sw_slice text, struct sw_dkim_private **ret,
				 struct sw_error *err) SW_MUST_USE;
enum sw_err sw_dkim_private_make(enum sw_dkim_key_type type, unsigned bits,
				 struct sw_dkim_private **ret,
				 struct sw_error *err) SW_MUST_USE;
void sw_dkim_private_free(struct sw_dkim_private *k);
enum sw_dkim_key_type sw_dkim_private_type(const struct sw_dkim_private *k);
unsigned sw_dkim_private_bits(const struct sw_dkim_private *k);
/* Appends PKCS#8 PEM; the buffer should be marked as secret. */
enum sw_err sw_dkim_private_pem(const struct sw_dkim_private *k,
				struct sw_buf *out) SW_MUST_USE;
/* Appends the bytes that p= holds, before base64. */
enum sw_err sw_dkim_private_public(const struct sw_dkim_private *k,
				   struct sw_buf *out) SW_MUST_USE;
/* Appends the signature over a SHA-256 hash. */
enum sw_err sw_dkim_private_sign(struct sw_dkim_private *k,
				 const uint8_t hash[SW_DKIM_HASH_MAX], struct sw_buf *out,
				 struct sw_error *err) SW_MUST_USE;

#endif
