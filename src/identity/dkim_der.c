/* SPDX-License-Identifier: MIT */
#include "identity/dkim_der.h"

enum { INTEGER = 0x02, BIT_STRING = 0x03, SEQUENCE = 0x30 };

/* Cuts the next element off *rest. */
static bool next(struct sw_slice *rest, unsigned tag, struct sw_slice *ret)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;
	size_t head = 2, len;

	if (rest->len < 2 || p[0] != tag)
		return false;
	len = p[1];
	if (len & 0x80) {
		size_t bytes = len & 0x7f;

		if (bytes == 0 || bytes > 3 || rest->len < 2 + bytes)
			return false;
		len = 0;
		for (size_t i = 0; i < bytes; i++)
			len = len << 8 | p[2 + i];
		head += bytes;
	}
	if (len > rest->len - head)
		return false;
	*ret = sw_slice(rest->ptr + head, len);
	*rest = sw_slice_from(*rest, head + len);
	return true;
}

static bool positive(struct sw_slice *rest, struct sw_slice *ret)
{
	struct sw_slice n;

	if (!next(rest, INTEGER, &n) || n.len == 0 || (n.ptr[0] & 0x80))
		return false;
	while (n.len > 0 && n.ptr[0] == 0)
		n = sw_slice_from(n, 1);
	*ret = n;
	return n.len > 0;
}

const char *sw_dkim_der_rsa(struct sw_slice der, struct sw_slice *ret_n,
			    struct sw_slice *ret_e)
{
	/* rsaEncryption, 1.2.840.113549.1.1.1 */
	const struct sw_slice rsa = SW_S("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01");
	struct sw_slice outer, algorithm, bits, inner;

	if (!next(&der, SEQUENCE, &outer))
		return "the key is not DER";
	if (der.len > 0)
		return "something stands behind the key";
	inner = outer;
	if (outer.len > 0 && outer.ptr[0] == SEQUENCE) {
		if (!next(&outer, SEQUENCE, &algorithm) || !next(&outer, BIT_STRING, &bits))
			return "the key is no SubjectPublicKeyInfo";
		if (!sw_slice_starts(algorithm, rsa))
			return "the key is not one for RSA";
		if (bits.len < 1 || bits.ptr[0] != 0)
			return "the key is no SubjectPublicKeyInfo";
		bits = sw_slice_from(bits, 1);
		if (!next(&bits, SEQUENCE, &inner))
			return "the key holds no RSAPublicKey";
	}
	return positive(&inner, ret_n) && positive(&inner, ret_e)
		       ? NULL
		       : "the key holds no RSAPublicKey";
}
