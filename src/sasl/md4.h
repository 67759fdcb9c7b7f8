/* SPDX-License-Identifier: MIT */
/* MD4 (RFC 1320). NTLM needs it and OpenSSL 3 hides it; nothing else may use it. */
#ifndef SW_SASL_MD4_H
#define SW_SASL_MD4_H

#include "base/slice.h"

void sw_md4(struct sw_slice in, uint8_t out[16]);

#endif
