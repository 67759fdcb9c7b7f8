/* SPDX-License-Identifier: MIT */
/* What NTLMv2 computes (MS-NLMP 3.3.2); open to the tests. NTLMv1 and LM are not written. */
#ifndef SW_SASL_NTLM_H
#define SW_SASL_NTLM_H

#include "base/buf.h"

enum { SW_NTLM_KEY = 16 };

/* Appends UTF-8 as UTF-16, little end first, upper-case if asked (the letters of Latin-1,
 * Greek and Cyrillic). SW_E_DATA for what is no UTF-8. */
enum sw_err sw_ntlm_utf16(struct sw_slice text, bool upper, struct sw_buf *out) SW_MUST_USE;
/* NTOWFv2: the key that user, domain and password make. */
enum sw_err sw_ntlm_key(struct sw_slice user, struct sw_slice domain, struct sw_slice password,
			uint8_t out[SW_NTLM_KEY]) SW_MUST_USE;
void sw_ntlm_hmac(const uint8_t key[SW_NTLM_KEY], struct sw_slice a, struct sw_slice b,
		  uint8_t out[16]);
/* The bytes behind the proof in the response: version, time (of Windows), nonce, target info.
 */
enum sw_err sw_ntlm_temp(uint64_t time, const uint8_t nonce[8], struct sw_slice info,
			 struct sw_buf *out) SW_MUST_USE;

#endif
