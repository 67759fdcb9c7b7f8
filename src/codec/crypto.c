/* SPDX-License-Identifier: MIT */
#include "codec/crypto.h"

/* OpenSSL 3 deprecates SHA256_Init & co for what they cannot do: be an engine's or provider's.
 * Here it is short texts that are hashed, by programs that may need OpenSSL for nothing else:
 * EVP reads its configuration and loads its providers first, which takes longer than all else
 * that a plain send does. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/sha.h>

bool sw_crypto_ready(void)
{
	/* The first alone says yes to a library context that could not be made. */
	return OPENSSL_init_crypto(0, NULL) == 1 && OSSL_LIB_CTX_get0_global_default() != NULL;
}

bool sw_sha256(struct sw_slice in, uint8_t out[SW_SHA256_BYTES])
{
	SHA256_CTX c;

	return SHA256_Init(&c) == 1 && SHA256_Update(&c, in.len ? in.ptr : "", in.len) == 1 &&
	       SHA256_Final(out, &c) == 1;
}
