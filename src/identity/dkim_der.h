/* SPDX-License-Identifier: MIT */
/* Just so much DER (X.690) as an RSA public key needs.  OpenSSL's decoders take ten times as
 * long as the verification that follows. */
#ifndef SW_IDENTITY_DKIM_DER_H
#define SW_IDENTITY_DKIM_DER_H

#include "base/slice.h"

/* Modulus and exponent without leading zeros, of SubjectPublicKeyInfo or RSAPublicKey.  NULL,
 * or what is wrong. */
const char *sw_dkim_der_rsa(struct sw_slice der, struct sw_slice *ret_n,
			    struct sw_slice *ret_e);

#endif
