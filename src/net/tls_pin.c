/* SPDX-License-Identifier: MIT */
/* Pins of keys: the SHA-256 of a SubjectPublicKeyInfo, as in RFC 7469 2.4 and curl. */
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/mem.h"
#include "codec/base64.h"
#include "net/tls_internal.h"

static enum sw_err add_pin(struct sw_slice word, struct sw_tls_pins *ret, struct sw_error *err)
{
	static const char prefix[] = "sha256//";
	SW_CLEANUP(sw_buf_fini) struct sw_buf raw = { .max = 2 * SW_TLS_PIN_LEN };
	word = sw_slice_trim(word);
	if (word.len == 0)
		return SW_OK;
	if (ret->count == SW_MAX_TLS_PINS)
		return sw_fail(err, SW_E_USAGE, "more than %d pins", SW_MAX_TLS_PINS);
	enum sw_err e = SW_E_DATA;
	if (sw_slice_starts(word, sw_slice_str(prefix)))
		e = sw_base64_decode(sw_slice_from(word, sizeof(prefix) - 1), SW_BASE64_STRICT,
				     &raw);
	if (e == SW_E_NOMEM)
		return sw_fail_nomem(err);
	if (e || sw_buf_len(&raw) != SW_TLS_PIN_LEN)
		return sw_fail(
			err, SW_E_USAGE,
			"\"%.*s\" is no pin; expected sha256// and the 44 characters of "
			"a SHA-256 in base64",
			SW_FMT(sw_slice_head(word, 64)));
	memcpy(ret->hash[ret->count++], sw_buf_slice(&raw).ptr, SW_TLS_PIN_LEN);
	return SW_OK;
}

enum sw_err sw_tls_pins_parse(const char *text, struct sw_tls_pins *ret, struct sw_error *err)
{
	struct sw_tls_pins pins = { 0 };
	struct sw_slice rest = sw_slice_str(text), part, word;
	enum sw_err e = SW_OK;
	/* curl has semicolons between them. */
	while (!e && sw_slice_split(&rest, ',', &part))
		while (!e && sw_slice_split(&part, ';', &word))
			e = add_pin(word, &pins, err);
	if (!e && pins.count == 0)
		e = sw_fail(err, SW_E_USAGE, "expected sha256//BASE64[,sha256//BASE64...]");
	if (!e)
		*ret = pins;
	return e;
}

static bool hash_key(const X509 *cert, unsigned char out[EVP_MAX_MD_SIZE])
{
	unsigned char *der = NULL;
	unsigned len = 0;
	int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool good = size > 0 &&
		    EVP_Digest(der, (size_t)size, out, &len, EVP_sha256(), NULL) == 1 &&
		    len == SW_TLS_PIN_LEN;
	OPENSSL_free(der);
	return good;
}

bool sw_tls_pin_fits(const struct sw_tls_pins *pins, const X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	if (!cert || !hash_key(cert, hash))
		return false;
	for (size_t i = 0; i < pins->count; i++)
		if (memcmp(pins->hash[i], hash, SW_TLS_PIN_LEN) == 0)
			return true;
	return false;
}

char *sw_tls_pin_text(const X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 128 };
	if (!hash_key(cert, hash))
		return sw_strdup("?");
	if (sw_buf_add_str(&out, "sha256//") ||
	    sw_base64_encode(sw_slice(hash, SW_TLS_PIN_LEN), &out))
		return NULL;
	return sw_buf_take(&out);
}
