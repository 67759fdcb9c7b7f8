/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "sandbox/cert.h"

/* All certificates of a PEM text, first to last. */
static STACK_OF(X509) * read_certs(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	STACK_OF(X509) *certs = sk_X509_new_null();

	for (X509 *one; (one = PEM_read_bio_X509(bio, NULL, NULL, NULL));)
		sk_X509_push(certs, one);
	BIO_free(bio);
	return certs;
}

/* What a careful client finds: X509_V_*. */
static int verify(const char *ca_pem, const char *chain_pem, const char *host)
{
	STACK_OF(X509) *chain = read_certs(chain_pem), *roots = read_certs(ca_pem);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int code;

	X509_STORE_add_cert(store, sk_X509_value(roots, 0));
	X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
	if (!X509_VERIFY_PARAM_set1_ip_asc(param, host))
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	code = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_pop_free(chain, X509_free);
	sk_X509_pop_free(roots, X509_free);
	return code;
}

static void each_variant_is_wrong_in_its_own_way(void **state)
{
	static const struct {
		const char *variant, *host;
		int code, certs;
	} rows[] = {
		{ "good", "mx.example.org", X509_V_OK, 1 },
		{ "good", "localhost", X509_V_OK, 1 },
		{ "good", "127.0.0.1", X509_V_OK, 1 },
		{ "good", "::1", X509_V_OK, 1 },
		{ "good", "other.example.org", X509_V_ERR_HOSTNAME_MISMATCH, 1 },
		{ "expired", "mx.example.org", X509_V_ERR_CERT_HAS_EXPIRED, 1 },
		{ "not-yet", "mx.example.org", X509_V_ERR_CERT_NOT_YET_VALID, 1 },
		{ "wrong-name", "mx.example.org", X509_V_ERR_HOSTNAME_MISMATCH, 1 },
		{ "wrong-name", "127.0.0.1", X509_V_ERR_IP_ADDRESS_MISMATCH, 1 },
		{ "wrong-name", "mail.other.example", X509_V_OK, 1 },
		{ "self-signed", "mx.example.org", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, 1 },
		{ "unknown-ca", "mx.example.org", X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, 2 },
		{ "missing-intermediate", "mx.example.org",
		  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, 1 },
		{ "weak-key", "mx.example.org", X509_V_ERR_EE_KEY_TOO_SMALL, 1 },
		/* OpenSSL looks at the subject when there is no other name; others do not. */
		{ "cn-only", "mx.example.org", X509_V_OK, 1 },
	};
	struct sw_ca *ca = sw_ca_new(sw_world_real(), NULL);

	(void)state;
	assert_non_null(ca);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_cert_pair pair;

		assert_ok(sw_ca_issue(ca, rows[i].variant, "mx.example.org", &pair, NULL));
		STACK_OF(X509) *certs = read_certs(pair.cert_pem);

		assert_row(i, sk_X509_num(certs) == rows[i].certs);
		assert_row(i,
			   verify(sw_ca_pem(ca), pair.cert_pem, rows[i].host) == rows[i].code);
		sk_X509_pop_free(certs, X509_free);
		sw_cert_pair_fini(&pair);
	}
	sw_ca_free(ca);
}

static X509 *first_cert(const struct sw_cert_pair *pair)
{
	BIO *bio = BIO_new_mem_buf(pair->cert_pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	assert_non_null(cert);
	return cert;
}

static void the_key_fits_the_certificate(void **state)
{
	struct sw_ca *ca = sw_ca_new(sw_world_real(), NULL);
	struct sw_cert_pair pair;

	(void)state;
	assert_ok(sw_ca_issue(ca, "good", "localhost", &pair, NULL));
	BIO *bio = BIO_new_mem_buf(pair.key_pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	X509 *cert = first_cert(&pair);

	assert_int_equal(X509_check_private_key(cert, key), 1);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(bio);
	sw_cert_pair_fini(&pair);
	assert_null(pair.key_pem);
	sw_ca_free(ca);
}

static void the_missing_intermediate_says_where_it_is(void **state)
{
	struct sw_ca *ca = sw_ca_new(sw_world_real(), NULL);
	struct sw_cert_pair pair;

	(void)state;
	assert_ok(sw_ca_issue(ca, "missing-intermediate", "localhost", &pair, NULL));
	X509 *cert = first_cert(&pair);

	assert_true(X509_get_ext_by_NID(cert, NID_info_access, -1) >= 0);
	X509_free(cert);
	sw_cert_pair_fini(&pair);
	sw_ca_free(ca);
}

static void odd_names_are_names_and_nothing_else(void **state)
{
	static const char *const names[] = {
		"a,DNS:evil.example",
		"x\nsubjectAltName=DNS:evil.example",
		"a-very-long-label.that-goes-beyond.the-64-bytes.of-a-common-name.example.org",
	};
	struct sw_ca *ca = sw_ca_new(sw_world_real(), NULL);

	(void)state;
	for (size_t i = 0; i < SW_LEN(names); i++) {
		struct sw_cert_pair pair;

		assert_ok(sw_ca_issue(ca, "good", names[i], &pair, NULL));
		X509 *cert = first_cert(&pair);
		GENERAL_NAMES *alt = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);

		assert_int_equal(sk_GENERAL_NAME_num(alt), 4);
		GENERAL_NAMES_free(alt);
		assert_int_equal(X509_check_host(cert, "evil.example", 0, 0, NULL), 0);
		X509_free(cert);
		sw_cert_pair_fini(&pair);
	}
	sw_ca_free(ca);
}

static void an_unknown_variant_is_refused(void **state)
{
	struct sw_ca *ca = sw_ca_new(sw_world_real(), NULL);
	struct sw_cert_pair pair;

	(void)state;
	assert_err(sw_ca_issue(ca, "perfect", "localhost", &pair, NULL), SW_E_USAGE);
	sw_ca_free(ca);
}

static enum sw_err make_one(void *arg SW_UNUSED)
{
	struct sw_error err;
	struct sw_cert_pair pair = { NULL, NULL };
	struct sw_ca *ca;
	enum sw_err e;

	sw_error_clear(&err);
	ca = sw_ca_new(sw_world_real(), &err);
	e = ca ? sw_ca_issue(ca, "unknown-ca", "localhost", &pair, &err) : err.code;
	sw_cert_pair_fini(&pair);
	sw_ca_free(ca);
	return e;
}

static void no_memory_is_reported(void **state)
{
	(void)state;
	sw_test_failing_allocations(make_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_variant_is_wrong_in_its_own_way),
		cmocka_unit_test(the_key_fits_the_certificate),
		cmocka_unit_test(the_missing_intermediate_says_where_it_is),
		cmocka_unit_test(odd_names_are_names_and_nothing_else),
		cmocka_unit_test(an_unknown_variant_is_refused),
		cmocka_unit_test(no_memory_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
