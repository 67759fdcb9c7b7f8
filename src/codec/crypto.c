/* SPDX-License-Identifier: MIT */
#include "codec/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

bool sw_crypto_ready(void)
{
	/* The first alone says yes to a library context that could not be made. */
	return OPENSSL_init_crypto(0, NULL) == 1 && OSSL_LIB_CTX_get0_global_default() != NULL;
}

bool sw_sha256(struct sw_slice in, uint8_t out[SW_SHA256_BYTES])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (!sw_crypto_ready() ||
	    EVP_Digest(in.len ? in.ptr : "", in.len, digest, &len, EVP_sha256(), NULL) != 1 ||
	    len != SW_SHA256_BYTES)
		return false;
	memcpy(out, digest, SW_SHA256_BYTES);
	return true;
}
