/* SPDX-License-Identifier: MIT */
#include "sandbox/cert.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/secret.h"
#include "codec/crypto.h"

enum {
	DAY = 24 * 3600,
	X509_V3 = 2,
	/* X520's upper bound of a common name. */
	MAX_COMMON_NAME = 64,
};

static const char organisation[] = "sendwell sandbox";

struct sw_ca {
	const struct sw_world *world;
	EVP_PKEY *key;
	X509 *cert;
	char *pem;
};

enum issuer { BY_CA, BY_ITSELF, BY_OTHER_CA, BY_HIDDEN_INTERMEDIATE };
enum names { OURS, NONE, OTHERS };

struct variant {
	const char *name;
	enum issuer issuer;
	enum names names;
	int from_days, to_days;
	bool weak; /* RSA 1024 */
};
static const struct variant variants[] = {
	{ "good", BY_CA, OURS, -1, 90, false },
	{ "expired", BY_CA, OURS, -100, -10, false },
	{ "not-yet", BY_CA, OURS, 10, 100, false },
	{ "wrong-name", BY_CA, OTHERS, -1, 90, false },
	{ "self-signed", BY_ITSELF, OURS, -1, 90, false },
	{ "unknown-ca", BY_OTHER_CA, OURS, -1, 90, false },
	{ "missing-intermediate", BY_HIDDEN_INTERMEDIATE, OURS, -1, 90, false },
	{ "weak-key", BY_CA, OURS, -1, 90, true },
	{ "cn-only", BY_CA, NONE, -1, 90, false },
};

static void free_cert(X509 **cert)
{
	X509_free(*cert);
}

static void free_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void free_bio(BIO **bio)
{
	BIO_free_all(*bio);
}

static void free_names(GENERAL_NAMES **names)
{
	GENERAL_NAMES_free(*names);
}

/* Whatever OpenSSL left on its stack belongs to this failure. */
static enum sw_err fail_openssl(const char *what, struct sw_error *err)
{
	char why[256];

	ERR_error_string_n(ERR_get_error(), why, sizeof(why));
	ERR_clear_error();
	return sw_fail(err, SW_E_OS, "cannot make a certificate (%s): %s", what, why);
}

static bool set_times(X509 *cert, const struct sw_world *world, int from_days, int to_days)
{
	time_t now = (time_t)(world->wall_us(world->arg) / 1000000);

	return ASN1_TIME_set(X509_getm_notBefore(cert), now + (time_t)from_days * DAY) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), now + (time_t)to_days * DAY);
}

/* 127 random bits: positive and not zero (RFC 5280 4.1.2.2). */
static bool set_serial(X509 *cert, const struct sw_world *world)
{
	unsigned char bytes[16];
	BIGNUM *number;
	bool ok;

	if (!world->random(world->arg, bytes, sizeof(bytes)))
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
	return ok;
}

static bool set_subject(X509 *cert, const char *common_name)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	if (strlen(common_name) > MAX_COMMON_NAME)
		common_name = "sandbox";
	return X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
					  (const unsigned char *)organisation, -1, -1, 0) &&
	       X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					  (const unsigned char *)common_name, -1, -1, 0);
}

static bool add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

/* A name from outside goes in as a value, never through OpenSSL's configuration syntax. */
static bool add_name(GENERAL_NAMES *names, const char *text)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(text);
	ASN1_IA5STRING *dns = ip ? NULL : ASN1_IA5STRING_new();

	ERR_clear_error();
	if (name && ip) {
		GENERAL_NAME_set0_value(name, GEN_IPADD, ip);
		ip = NULL;
	} else if (name && dns && ASN1_STRING_set(dns, text, -1)) {
		GENERAL_NAME_set0_value(name, GEN_DNS, dns);
		dns = NULL;
	} else {
		GENERAL_NAME_free(name);
		name = NULL;
	}
	ASN1_OCTET_STRING_free(ip);
	ASN1_IA5STRING_free(dns);
	if (name && sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static bool add_alt_names(X509 *cert, const char *name, enum names which)
{
	static const char *const ours[] = { "localhost", "127.0.0.1", "::1" };
	SW_CLEANUP(free_names) GENERAL_NAMES *names = GENERAL_NAMES_new();

	if (which == NONE)
		return true;
	if (!names)
		return false;
	if (which == OTHERS)
		return add_name(names, "mail.other.example") &&
		       X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) > 0;
	if (!add_name(names, name))
		return false;
	for (size_t i = 0; i < SW_LEN(ours); i++)
		if (strcmp(name, ours[i]) != 0 && !add_name(names, ours[i]))
			return false;
	return X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) > 0;
}

/* All that CA and leaf certificates have in common, but for the signature; NULL on failure. */
static X509 *begin_cert(const struct sw_world *world, EVP_PKEY *key, const char *common_name,
			int from_days, int to_days)
{
	X509 *cert = X509_new();

	if (cert && X509_set_version(cert, X509_V3) && set_serial(cert, world) &&
	    set_times(cert, world, from_days, to_days) && set_subject(cert, common_name) &&
	    X509_set_pubkey(cert, key))
		return cert;
	X509_free(cert);
	return NULL;
}

/* issuer NULL: signs itself. */
static bool sign(X509 *cert, X509 *issuer, EVP_PKEY *issuer_key)
{
	return X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) &&
	       add_ext(cert, issuer ? issuer : cert, NID_subject_key_identifier, "hash") &&
	       add_ext(cert, issuer ? issuer : cert, NID_authority_key_identifier,
		       "keyid:always") &&
	       X509_sign(cert, issuer_key, EVP_sha256()) > 0;
}

/* A CA below `issuer`, or a root when that is NULL. */
static enum sw_err make_authority(const struct sw_world *world, const char *common_name,
				  X509 *issuer, EVP_PKEY *issuer_key, EVP_PKEY **ret_key,
				  X509 **ret_cert, struct sw_error *err)
{
	SW_CLEANUP(free_key) EVP_PKEY *key = EVP_EC_gen("P-256");
	SW_CLEANUP(free_cert) X509 *cert = NULL;

	if (key)
		cert = begin_cert(world, key, common_name, -2, 365);
	if (!cert || !add_ext(cert, cert, NID_basic_constraints, "critical,CA:TRUE") ||
	    !add_ext(cert, cert, NID_key_usage, "critical,keyCertSign,cRLSign") ||
	    !sign(cert, issuer, issuer ? issuer_key : key))
		return fail_openssl("authority", err);
	*ret_key = key;
	*ret_cert = cert;
	key = NULL;
	cert = NULL;
	return SW_OK;
}

static enum sw_err take_bio(BIO *bio, char **ret, struct sw_error *err)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	if (len <= 0 || len > SW_MAX_PEM)
		return fail_openssl("PEM", err);
	*ret = sw_dup(sw_slice(bytes, (size_t)len));
	return *ret ? SW_OK : sw_fail_nomem(err);
}

static enum sw_err certs_to_pem(X509 *first, X509 *second, char **ret, struct sw_error *err)
{
	SW_CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_mem());

	if (!bio || !PEM_write_bio_X509(bio, first) ||
	    (second && !PEM_write_bio_X509(bio, second)))
		return fail_openssl("PEM", err);
	return take_bio(bio, ret, err);
}

static enum sw_err key_to_pem(EVP_PKEY *key, char **ret, struct sw_error *err)
{
	SW_CLEANUP(free_bio) BIO *bio = BIO_new(BIO_s_secmem());

	if (!bio || !PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		return fail_openssl("PEM of the key", err);
	return take_bio(bio, ret, err);
}

struct sw_ca *sw_ca_new(const struct sw_world *world, struct sw_error *err)
{
	/* Asked first: an OpenSSL that failed to start crashes later. */
	struct sw_ca *ca = sw_crypto_ready() ? sw_calloc(1, sizeof(*ca)) : NULL;

	if (!ca) {
		sw_fail_nomem(err);
		return NULL;
	}
	ca->world = world;
	if (make_authority(world, "sendwell sandbox CA", NULL, NULL, &ca->key, &ca->cert,
			   err) ||
	    certs_to_pem(ca->cert, NULL, &ca->pem, err)) {
		sw_ca_free(ca);
		return NULL;
	}
	return ca;
}

void sw_ca_free(struct sw_ca *ca)
{
	if (!ca)
		return;
	X509_free(ca->cert);
	EVP_PKEY_free(ca->key);
	sw_free(ca->pem);
	sw_free(ca);
}

const char *sw_ca_pem(const struct sw_ca *ca)
{
	return ca->pem;
}

static bool finish_leaf(X509 *leaf, const struct variant *v, const char *name, X509 *issuer,
			EVP_PKEY *issuer_key)
{
	bool ok = add_ext(leaf, leaf, NID_basic_constraints, "critical,CA:FALSE") &&
		  add_ext(leaf, leaf, NID_key_usage,
			  v->weak ? "critical,digitalSignature,keyEncipherment"
				  : "critical,digitalSignature") &&
		  add_ext(leaf, leaf, NID_ext_key_usage, "serverAuth") &&
		  add_alt_names(leaf, name, v->names);

	/* Whoever looks for the missing certificate is told where it would be. */
	if (ok && v->issuer == BY_HIDDEN_INTERMEDIATE)
		ok = add_ext(leaf, leaf, NID_info_access,
			     "caIssuers;URI:http://ca.sandbox.invalid/intermediate.der");
	return ok && sign(leaf, issuer, issuer_key);
}

static enum sw_err issue(struct sw_ca *ca, const struct variant *v, const char *name,
			 struct sw_cert_pair *pair, struct sw_error *err)
{
	SW_CLEANUP(free_key) EVP_PKEY *key = v->weak ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
	SW_CLEANUP(free_key) EVP_PKEY *other_key = NULL;
	SW_CLEANUP(free_cert) X509 *other = NULL;
	SW_CLEANUP(free_cert) X509 *leaf = NULL;
	X509 *issuer = ca->cert;
	EVP_PKEY *issuer_key = ca->key;
	enum sw_err e = SW_OK;

	if (v->issuer == BY_OTHER_CA)
		e = make_authority(ca->world, "Corporate Root CA", NULL, NULL, &other_key,
				   &other, err);
	else if (v->issuer == BY_HIDDEN_INTERMEDIATE)
		e = make_authority(ca->world, "sendwell sandbox intermediate CA", ca->cert,
				   ca->key, &other_key, &other, err);
	if (e)
		return e;
	if (other) {
		issuer = other;
		issuer_key = other_key;
	} else if (v->issuer == BY_ITSELF) {
		issuer = NULL;
		issuer_key = key;
	}
	if (key)
		leaf = begin_cert(ca->world, key,
				  v->names == OTHERS ? "mail.other.example" : name,
				  v->from_days, v->to_days);
	if (!leaf || !finish_leaf(leaf, v, name, issuer, issuer_key))
		return fail_openssl(v->name, err);
	e = certs_to_pem(leaf, v->issuer == BY_OTHER_CA ? other : NULL, &pair->cert_pem, err);
	return e ? e : key_to_pem(key, &pair->key_pem, err);
}

enum sw_err sw_ca_issue(struct sw_ca *ca, const char *variant, const char *name,
			struct sw_cert_pair *ret, struct sw_error *err)
{
	struct sw_cert_pair pair = { NULL, NULL };
	enum sw_err e;

	for (size_t i = 0; i < SW_LEN(variants); i++) {
		if (strcmp(variant, variants[i].name) != 0)
			continue;
		e = issue(ca, &variants[i], name, &pair, err);
		if (e)
			sw_cert_pair_fini(&pair);
		else
			*ret = pair;
		return e;
	}
	return sw_fail(err, SW_E_USAGE, "no certificate variant \"%s\"", variant);
}

void sw_cert_pair_fini(struct sw_cert_pair *pair)
{
	if (pair->key_pem)
		sw_wipe(pair->key_pem, strlen(pair->key_pem));
	sw_free(pair->key_pem);
	sw_free(pair->cert_pem);
	*pair = (struct sw_cert_pair){ NULL, NULL };
}
