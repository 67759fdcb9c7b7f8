/* SPDX-License-Identifier: MIT */
/* OpenSSL's beginning, and the hash that is needed everywhere. */
#ifndef SW_CODEC_CRYPTO_H
#define SW_CODEC_CRYPTO_H

#include "base/slice.h"

enum { SW_SHA256_BYTES = 32 };

/* Whether OpenSSL has started. To be asked before anything else of it: one that could not, for
 * lack of memory, crashes later. */
bool sw_crypto_ready(void);
/* False without memory. */
bool sw_sha256(struct sw_slice in, uint8_t out[SW_SHA256_BYTES]) SW_MUST_USE;

#endif
