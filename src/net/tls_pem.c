/* SPDX-License-Identifier: MIT */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/mem.h"
#include "net/tls_internal.h"

/* An encrypted key is an error: nobody may sit there to ask. */
int sw_tls_no_passphrase(char *buf SW_UNUSED, int size SW_UNUSED, int writing SW_UNUSED,
			 void *arg SW_UNUSED)
{
	return -1;
}

BIO *sw_tls_mem_bio(struct sw_slice text)
{
	if (text.len > SW_MAX_PEM)
		return NULL;
	return BIO_new_mem_buf(text.ptr ? text.ptr : "", (int)text.len);
}

/* Whether reading PEM stopped because nothing more was there. */
static bool is_pem_end(void)
{
	unsigned long code = ERR_peek_last_error();
	bool end = ERR_GET_LIB(code) == ERR_LIB_PEM &&
		   ERR_GET_REASON(code) == PEM_R_NO_START_LINE;

	if (end)
		ERR_clear_error();
	return end;
}

STACK_OF(X509) *sw_tls_read_certs(struct sw_slice pem, const char *what, struct sw_error *err)
{
	uint64_t refused = sw_mem_refused();
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = sw_tls_mem_bio(pem);
	X509 *cert = NULL;
	char errors[256];

	ERR_clear_error();
	while (bio && certs &&
	       (cert = PEM_read_bio_X509_AUX(bio, NULL, sw_tls_no_passphrase, NULL)))
		if (!sk_X509_push(certs, cert)) {
			X509_free(cert);
			break;
		}
	BIO_free(bio);
	if (bio && certs && !cert && is_pem_end()) {
		if (sk_X509_num(certs) > 0)
			return certs;
		sw_fail(err, SW_E_CONFIG,
			"%s: no certificate in it, expected PEM text with "
			"-----BEGIN CERTIFICATE-----", what);
	} else {
		(void)sw_tls_drain_errors(errors, sizeof(errors));
		sw_fail(err, SW_E_CONFIG, "%s: certificate number %d cannot be read: %s", what,
			certs ? sk_X509_num(certs) + 1 : 1, errors);
	}
	(void)sw_fail_if_refused(err, refused);
	sk_X509_pop_free(certs, X509_free);
	return NULL;
}
