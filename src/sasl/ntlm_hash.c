/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>

#include "base/secret.h"
#include "codec/crypto.h"
#include "codec/utf8.h"
#include "sasl/md4.h"
#include "sasl/ntlm.h"

enum { MD5_BLOCK = 64 };

/* The parts of Unicode's simple mapping that user names are written in. */
static uint32_t upper_of(uint32_t c)
{
	if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
	    (c >= 0x3b1 && c <= 0x3cb && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
		return c - 0x20;
	if (c >= 0x450 && c <= 0x45f)
		return c - 0x50;
	if (c >= 0x100 && c <= 0x17f && c != 0x131 && c != 0x138 && c != 0x149 && c != 0x17f)
		/* Pairs; the parity changes twice. */
		return (c >= 0x139 && c <= 0x148) || c >= 0x179 ? c - !(c & 1) : c & ~1U;
	return c;
}

static enum sw_err add_unit(struct sw_buf *out, uint32_t unit)
{
	const uint8_t bytes[2] = { (uint8_t)unit, (uint8_t)(unit >> 8) };
	return sw_buf_add(out, sw_slice(bytes, 2));
}

/* Of a text that is valid UTF-8. */
static size_t next_char(struct sw_slice s, uint32_t *ret)
{
	uint8_t first = (uint8_t)s.ptr[0];
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? first : first & (0x7fU >> len);
	for (size_t i = 1; i < len; i++)
		c = c << 6 | ((uint8_t)s.ptr[i] & 0x3f);
	*ret = c;
	return len;
}

enum sw_err sw_ntlm_utf16(struct sw_slice text, bool upper, struct sw_buf *out)
{
	enum sw_err e = SW_OK;
	if (sw_utf8_scan(text, NULL) == SW_UTF8_INVALID)
		return SW_E_DATA;
	for (size_t i = 0; i < text.len && !e;) {
		uint32_t c;
		i += next_char(sw_slice_from(text, i), &c);
		if (upper)
			c = upper_of(c);
		if (c >= 0x10000) {
			e = add_unit(out, 0xd800 + ((c - 0x10000) >> 10));
			c = 0xdc00 + ((c - 0x10000) & 0x3ff);
		}
		if (!e)
			e = add_unit(out, c);
	}
	return e;
}

static void md5_of(const struct sw_slice *parts, size_t count, uint8_t out[16])
{
	EVP_MD_CTX *md = sw_crypto_ready() ? EVP_MD_CTX_new() : NULL;
	bool ok = md && EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1;
	for (size_t i = 0; ok && i < count; i++)
		ok = parts[i].len == 0 ||
		     EVP_DigestUpdate(md, parts[i].ptr, parts[i].len) == 1;
	/* Without MD5 (FIPS) or memory the proof is wrong, and refused. */
	if (!ok || EVP_DigestFinal_ex(md, out, NULL) != 1)
		memset(out, 0, 16);
	EVP_MD_CTX_free(md);
}

/* RFC 2104, with keys that are shorter than a block. */
void sw_ntlm_hmac(const uint8_t key[SW_NTLM_KEY], struct sw_slice a, struct sw_slice b,
		  uint8_t out[16])
{
	uint8_t inner[MD5_BLOCK], outer[MD5_BLOCK], digest[16];
	memset(inner, 0x36, sizeof(inner));
	memset(outer, 0x5c, sizeof(outer));
	for (size_t i = 0; i < SW_NTLM_KEY; i++) {
		inner[i] ^= key[i];
		outer[i] ^= key[i];
	}
	md5_of((const struct sw_slice[]){ sw_slice(inner, sizeof(inner)), a, b }, 3, digest);
	md5_of((const struct sw_slice[]){ sw_slice(outer, sizeof(outer)),
					  sw_slice(digest, sizeof(digest)) },
	       2, out);
	sw_wipe(inner, sizeof(inner));
	sw_wipe(outer, sizeof(outer));
	sw_wipe(digest, sizeof(digest));
}

enum sw_err sw_ntlm_key(struct sw_slice user, struct sw_slice domain, struct sw_slice password,
			uint8_t out[SW_NTLM_KEY])
{
	SW_CLEANUP(sw_buf_wipe)
	struct sw_buf text = { .max = 4 * SW_MAX_SECRET, .secret = true };
	uint8_t hash[16];
	enum sw_err e = sw_ntlm_utf16(password, false, &text);
	if (!e) {
		sw_md4(sw_buf_slice(&text), hash);
		sw_buf_clear(&text);
		e = sw_ntlm_utf16(user, true, &text);
	}
	if (!e)
		e = sw_ntlm_utf16(domain, false, &text);
	if (!e)
		sw_ntlm_hmac(hash, sw_buf_slice(&text), SW_S(""), out);
	sw_wipe(hash, sizeof(hash));
	return e;
}

enum sw_err sw_ntlm_temp(uint64_t time, const uint8_t nonce[8], struct sw_slice info,
			 struct sw_buf *out)
{
	uint8_t head[28] = { 1, 1 };
	static const uint8_t tail[4];
	for (size_t i = 0; i < 8; i++)
		head[8 + i] = (uint8_t)(time >> (8 * i));
	memcpy(head + 16, nonce, 8);
	enum sw_err e = sw_buf_add(out, sw_slice(head, sizeof(head)));
	if (!e)
		e = sw_buf_add(out, info);
	return e ? e : sw_buf_add(out, sw_slice(tail, sizeof(tail)));
}
