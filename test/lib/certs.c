/* SPDX-License-Identifier: MIT */
#include "certs.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void need(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "certs: %s\n", what);
	ERR_print_errors_fp(stderr);
	abort();
}

static EVP_PKEY *make_key(enum test_key kind)
{
	switch (kind) {
	case TEST_KEY_P256:
		return EVP_EC_gen("P-256");
	case TEST_KEY_RSA2048:
		return EVP_RSA_gen(2048);
	case TEST_KEY_RSA1024:
		return EVP_RSA_gen(1024);
	case TEST_KEY_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

static void add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);

	need(ext && X509_add_ext(cert, ext, -1), value);
	X509_EXTENSION_free(ext);
}

static void add_raw_name(X509 *cert, struct sw_slice bytes)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	need(names && name && text && ASN1_STRING_set(text, bytes.ptr, (int)bytes.len),
	     "name");
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	need(sk_GENERAL_NAME_push(names, name), "names");
	need(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), "raw names");
	GENERAL_NAMES_free(names);
}

static void add_extensions(X509 *cert, X509 *issuer, const struct test_cert_wish *w)
{
	char aia[256];

	add_ext(cert, issuer, NID_basic_constraints, w->ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (w->ca)
		add_ext(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	if (w->eku)
		add_ext(cert, issuer, NID_ext_key_usage, w->eku);
	if (w->san)
		add_ext(cert, issuer, NID_subject_alt_name, w->san);
	if (w->san_raw.len)
		add_raw_name(cert, w->san_raw);
	if (w->aia) {
		snprintf(aia, sizeof(aia), "caIssuers;URI:%s", w->aia);
		add_ext(cert, issuer, NID_info_access, aia);
	}
}

static char *bio_text(BIO *bio)
{
	char *data = NULL;
	long len = BIO_get_mem_data(bio, &data);
	/* Not strndup: its double in clang's sanitizer reads a byte beyond the text. */
	char *text = malloc((size_t)len + 1);

	need(text != NULL, "memory");
	memcpy(text, data, (size_t)len);
	text[len] = '\0';
	BIO_free(bio);
	return text;
}

static void make_pem(struct test_cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());

	need(bio && PEM_write_bio_X509(bio, c->x509), "certificate to PEM");
	c->pem = bio_text(bio);
	bio = BIO_new(BIO_s_mem());
	need(bio && PEM_write_bio_PrivateKey(bio, c->key, NULL, NULL, 0, NULL, NULL),
	     "key to PEM");
	c->key_pem = bio_text(bio);
}

struct test_cert *test_cert_new(const struct test_cert_wish *w, const struct test_cert *issuer)
{
	struct test_cert *c = calloc(1, sizeof(*c));
	bool dated = w->from_s || w->to_s;
	static long serial = 1000;

	need(c != NULL, "memory");
	c->key = make_key(w->key);
	c->x509 = X509_new();
	need(c->key && c->x509 && X509_set_version(c->x509, X509_VERSION_3), "certificate");
	X509_NAME *name = X509_get_subject_name(c->x509);
	X509 *signer = issuer ? issuer->x509 : c->x509;

	ASN1_INTEGER_set(X509_get_serialNumber(c->x509), ++serial);
	if (w->cn)
		need(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						(const unsigned char *)w->cn, -1, -1, 0),
		     "CN");
	need(X509_set_issuer_name(c->x509, X509_get_subject_name(signer)), "issuer");
	X509_gmtime_adj(X509_getm_notBefore(c->x509), dated ? w->from_s : -86400);
	X509_gmtime_adj(X509_getm_notAfter(c->x509), dated ? w->to_s : 30L * 86400);
	need(X509_set_pubkey(c->x509, c->key), "public key");
	add_extensions(c->x509, signer, w);
	EVP_PKEY *key = issuer ? issuer->key : c->key;
	bool hashes = EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519;

	need(X509_sign(c->x509, key, hashes ? EVP_sha256() : NULL), "signature");
	make_pem(c);
	return c;
}

void test_cert_free(struct test_cert *c)
{
	if (!c)
		return;
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	free(c->pem);
	free(c->key_pem);
	free(c);
}

char *test_cert_chain(const struct test_cert *first, ...)
{
	BIO *bio = BIO_new(BIO_s_mem());
	va_list args;

	need(bio != NULL, "memory");
	va_start(args, first);
	for (const struct test_cert *c = first; c; c = va_arg(args, const struct test_cert *))
		need(BIO_puts(bio, c->pem) > 0, "chain");
	va_end(args);
	return bio_text(bio);
}
