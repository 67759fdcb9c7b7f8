/* SPDX-License-Identifier: MIT */
/* Certificates made to order, good and bad, by OpenSSL and in memory. */
#ifndef SW_TEST_CERTS_H
#define SW_TEST_CERTS_H

#include <openssl/x509.h>

#include "base/slice.h"

enum test_key { TEST_KEY_P256 = 0, TEST_KEY_RSA2048, TEST_KEY_RSA1024, TEST_KEY_ED25519 };

/* All zero: a leaf for nobody, valid since yesterday for a month, P-256. */
struct test_cert_wish {
	const char *cn;			/* common name; NULL: none */
	const char *san; /* OpenSSL's form: "DNS:mx.test,IP:127.0.0.1"; NULL: none */
	struct sw_slice san_raw;	/* one DNS name of any bytes; empty: none */
	const char *eku;		/* "serverAuth", "clientAuth"; NULL: none */
	const char *aia;		/* URL of the issuer's certificate; NULL: none */
	long from_s, to_s;		/* from now; both 0: the default */
	bool ca;
	enum test_key key;
};
struct test_cert {
	X509 *x509;
	EVP_PKEY *key;
	char *pem, *key_pem;		/* malloc */
};

/* `issuer` NULL: signs itself. Ends the program when OpenSSL will not. */
struct test_cert *test_cert_new(const struct test_cert_wish *wish,
				const struct test_cert *issuer);
void test_cert_free(struct test_cert *c);
/* The PEM texts of several, one after the other (malloc). Ends with NULL. */
char *test_cert_chain(const struct test_cert *first, ...);

#endif
