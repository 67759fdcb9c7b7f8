/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/tls_internal.h"

/* For OpenSSL's readers of PEM: never ask a person, an encrypted key is an error. */
static int no_passphrase(char *buf SW_UNUSED, int size SW_UNUSED, int writing SW_UNUSED,
			 void *arg SW_UNUSED)
{
	return -1;
}

static BIO *mem_bio(struct sw_slice text)
{
	return text.len <= SW_MAX_PEM
		       ? BIO_new_mem_buf(text.ptr ? text.ptr : "", (int)text.len)
		       : NULL;
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

/* Reads all certificates of a text; NULL when one is broken or there is none. */
static STACK_OF(X509) *read_certs(struct sw_slice pem, const char *what, struct sw_error *err)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	BIO *bio = mem_bio(pem);
	X509 *cert = NULL;

	ERR_clear_error();
	while (bio && certs && (cert = PEM_read_bio_X509_AUX(bio, NULL, no_passphrase, NULL)))
		if (!sk_X509_push(certs, cert)) {
			X509_free(cert);
			break;
		}
	BIO_free(bio);
	if (bio && certs && !cert && is_pem_end()) {
		if (sk_X509_num(certs) > 0)
			return certs;
		sw_fail(err, SW_E_CONFIG, "%s: no certificate in it, expected PEM text with "
			"-----BEGIN CERTIFICATE-----", what);
	} else {
		char errors[256];

		sw_tls_drain_errors(errors, sizeof(errors));
		sw_fail(err, SW_E_CONFIG, "%s: certificate number %d cannot be read: %s", what,
			certs ? sk_X509_num(certs) + 1 : 1, errors);
	}
	sk_X509_pop_free(certs, X509_free);
	return NULL;
}

static EVP_PKEY *read_key(struct sw_slice pem, const char *what, struct sw_error *err)
{
	BIO *bio = mem_bio(pem);

	ERR_clear_error();
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (!key) {
		char errors[256];

		sw_tls_drain_errors(errors, sizeof(errors));
		sw_fail(err, SW_E_CONFIG, "%s: no usable private key in it, expected PEM text "
			"without a passphrase: %s", what, errors);
	}
	return key;
}

/* Leaf, rest of the chain and key, all or nothing. */
static enum sw_err use_cert(SSL_CTX *ctx, struct sw_slice cert_pem, const char *cert_what,
			    struct sw_slice key_pem, const char *key_what,
			    struct sw_error *err)
{
	STACK_OF(X509) *certs = read_certs(cert_pem, cert_what, err);
	EVP_PKEY *key = certs ? read_key(key_pem, key_what, err) : NULL;
	enum sw_err code = SW_E_CONFIG;

	if (!key) {
		sk_X509_pop_free(certs, X509_free);
		return code;
	}
	X509 *leaf = sk_X509_shift(certs);

	if (X509_check_private_key(leaf, key) != 1)
		code = sw_fail(err, SW_E_CONFIG, "%s does not belong to the first certificate "
			       "of %s", key_what, cert_what);
	/* Replaces all three at once, and only if they are good. */
	else if (SSL_CTX_use_cert_and_key(ctx, leaf, key, certs, 1) != 1)
		code = sw_tls_fail(err, SW_E_CONFIG, cert_what);
	else
		code = SW_OK;
	X509_free(leaf);
	EVP_PKEY_free(key);
	sk_X509_pop_free(certs, X509_free);
	return code;
}

static enum sw_err use_cert_files(SSL_CTX *ctx, const struct sw_tls_settings *s,
				  struct sw_error *err)
{
	const char *key_file = s->key_file ? s->key_file : s->cert_file;
	SW_CLEANUP(sw_buf_fini) struct sw_buf cert = { .max = SW_MAX_PEM, .secret = true };
	SW_CLEANUP(sw_buf_fini) struct sw_buf key = { .max = SW_MAX_PEM, .secret = true };
	enum sw_err code = sw_file_read(s->cert_file, SW_FILE_INPUT, cert.max, &cert, err);

	if (!code)
		code = sw_file_read(key_file, SW_FILE_SECRET, key.max, &key, err);
	return code ? code : use_cert(ctx, sw_buf_slice(&cert), s->cert_file,
				      sw_buf_slice(&key), key_file, err);
}

static enum sw_err use_own(SSL_CTX *ctx, const struct sw_tls_settings *s, struct sw_error *err)
{
	if (s->cert_pem)
		return use_cert(ctx, sw_slice_str(s->cert_pem), "the certificate text",
				sw_slice_str(s->key_pem ? s->key_pem : s->cert_pem),
				"the key text", err);
	if (s->cert_file)
		return use_cert_files(ctx, s, err);
	if (s->server)
		return sw_fail(err, SW_E_CONFIG,
			       "a TLS server needs a certificate and its key");
	return SW_OK;
}

static enum sw_err load_ca_file(struct sw_tls_context *c, const char *path,
				struct sw_error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl_ctx);
	SW_CLEANUP(sw_buf_fini) struct sw_buf pem = { .max = SW_MAX_PEM };
	enum sw_err code = sw_file_read(path, SW_FILE_INPUT, pem.max, &pem, err);
	STACK_OF(X509) *certs = code ? NULL : read_certs(sw_buf_slice(&pem), path, err);

	if (!certs)
		return code ? code : SW_E_CONFIG;
	for (int i = 0; i < sk_X509_num(certs) && !code; i++)
		if (X509_STORE_add_cert(store, sk_X509_value(certs, i)) != 1)
			code = sw_tls_fail(err, SW_E_CONFIG, path);
	c->loaded = (size_t)sk_X509_num(certs);
	sk_X509_pop_free(certs, X509_free);
	/* Whoever names a certificate trusts it, also if it is no root (RFC 5280 6.1.1 d). */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return code;
}

/* "a94d09e5.0": how openssl rehash names certificates. */
static bool is_hash_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	       sw_ascii_digit(name[9]);
}

static size_t count_in_dir(const char *path, size_t most)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	size_t count = 0;

	while (dir && count < most && (entry = readdir(dir)))
		count += is_hash_name(entry->d_name);
	if (dir)
		closedir(dir);
	return count;
}

/* Hashed certificates of directories with ':' between, at most `most` of them. */
static size_t count_hashed(const char *paths, size_t most)
{
	struct sw_slice rest = sw_slice_str(paths), piece;
	size_t count = 0;

	while (count < most && sw_slice_split(&rest, ':', &piece)) {
		char path[PATH_MAX];

		if (piece.len >= sizeof(path))
			continue;
		memcpy(path, piece.ptr, piece.len);
		path[piece.len] = '\0';
		count += count_in_dir(path, most - count);
	}
	return count;
}

static void load_bundle(struct sw_tls_context *c, const char *path)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl_ctx);

	/* As OpenSSL's own default paths do, ignore a file that is not there: the count of
	 * trusted certificates tells. */
	if (access(path, R_OK) == 0 && X509_STORE_load_file(store, path) == 1)
		c->loaded = (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
	ERR_clear_error();
}

/* The system's store, with OpenSSL's variables obeyed. A directory with hashed names costs
 * nothing until a certificate is looked up; the bundle costs 10 ms, so it is only the second
 * choice. */
static enum sw_err load_system(struct sw_tls_context *c, struct sw_error *err)
{
	static const char *const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch, Alpine */
		"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora */
		"/var/lib/ca-certificates/ca-bundle.pem", /* SUSE */
		"/etc/ssl/cert.pem",			/* BSDs, Alpine */
	};
	const char *file = secure_getenv(X509_get_default_cert_file_env());
	const char *dir = secure_getenv(X509_get_default_cert_dir_env());
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl_ctx);

	if (!dir)
		dir = X509_get_default_cert_dir();
	if (count_hashed(dir, 1)) {
		if (X509_STORE_load_path(store, dir) != 1)
			return sw_tls_fail(err, SW_E_CONFIG, dir);
		c->hashed_dir = sw_strdup(dir);
		if (!c->hashed_dir)
			return sw_fail_nomem(err);
	}
	if (file)
		load_bundle(c, file);
	if (file || c->hashed_dir)
		return SW_OK;
	load_bundle(c, X509_get_default_cert_file());
	for (size_t i = 0; i < SW_LEN(bundles) && c->loaded == 0; i++)
		load_bundle(c, bundles[i]);
	return SW_OK;
}

static enum sw_err set_protocol(SSL_CTX *ctx, const struct sw_tls_settings *s,
				struct sw_error *err)
{
	int least = s->min_version ? s->min_version
		    : s->legacy    ? TLS1_VERSION
				   : TLS1_2_VERSION;
	const char *ciphers = s->ciphers ? s->ciphers :
			      s->legacy	 ? "DEFAULT:@SECLEVEL=0" :
					   NULL;

	/* RFC 8996: below 1.2 only when told so. */
	if (SSL_CTX_set_min_proto_version(ctx, least) != 1 ||
	    SSL_CTX_set_max_proto_version(ctx, s->max_version) != 1)
		return sw_tls_fail(err, SW_E_CONFIG, "TLS versions");
	if (s->legacy) {
		SSL_CTX_set_security_level(ctx, 0);
		/* Servers older than RFC 5746. */
		SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
	}
	if (ciphers && SSL_CTX_set_cipher_list(ctx, ciphers) != 1)
		return sw_tls_fail(err, SW_E_CONFIG, ciphers);
	if (s->ciphersuites && SSL_CTX_set_ciphersuites(ctx, s->ciphersuites) != 1)
		return sw_tls_fail(err, SW_E_CONFIG, s->ciphersuites);
	return SW_OK;
}

static enum sw_err set_up(struct sw_tls_context *c, const struct sw_tls_settings *s,
			  struct sw_error *err)
{
	static const unsigned char session_name[] = "sendwell";
	SSL_CTX *ctx = c->ssl_ctx;
	enum sw_err code = set_protocol(ctx, s, err);

	if (code)
		return code;
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_AUTO_RETRY |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	/* One receive for many records instead of two for each. */
	SSL_CTX_set_read_ahead(ctx, 1);
	/* A session that is resumed shows no certificate: ours are all verified. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_info_callback(ctx, sw_tls_on_info);
	SSL_CTX_set_cert_verify_callback(ctx, sw_tls_on_chain, NULL);
	if (!s->server) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	} else {
		SSL_CTX_set_dh_auto(ctx, 1);
		if (SSL_CTX_set_session_id_context(ctx, session_name,
						   sizeof(session_name) - 1) != 1)
			return sw_tls_fail(err, SW_E_INTERNAL, "TLS session name");
		if (s->request_client_cert || s->require_client_cert)
			SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (s->require_client_cert ?
					   SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	}
	code = use_own(ctx, s, err);
	if (!code && s->ca_file)
		code = load_ca_file(c, s->ca_file, err);
	else if (!code && !s->server)
		code = load_system(c, err);
	return code;
}

struct sw_tls_context *sw_tls_context_new(const struct sw_tls_settings *s,
					  struct sw_error *err)
{
	struct sw_tls_context *c = sw_calloc(1, sizeof(*c));

	if (!c) {
		sw_fail_nomem(err);
		return NULL;
	}
	atomic_init(&c->refs, 1);
	c->server = s->server;
	c->verify_clients = s->server && s->require_client_cert && s->ca_file;
	/* Here and checked: an OpenSSL that failed to start crashes later. */
	if (OPENSSL_init_ssl(0, NULL) == 1 && OSSL_LIB_CTX_get0_global_default() &&
	    RAND_status() == 1) {
		c->ssl_ctx = SSL_CTX_new(s->server ? TLS_server_method() : TLS_client_method());
		c->bio = sw_tls_bio_new();
	}
	if (!c->ssl_ctx || !c->bio)
		sw_tls_fail(err, SW_E_NOMEM, "OpenSSL cannot start");
	else if (set_up(c, s, err) == SW_OK)
		return c;
	sw_tls_context_unref(c);
	return NULL;
}

struct sw_tls_context *sw_tls_context_ref(struct sw_tls_context *c)
{
	atomic_fetch_add(&c->refs, 1);
	return c;
}

void sw_tls_context_unref(struct sw_tls_context *c)
{
	if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	SSL_CTX_free(c->ssl_ctx);
	BIO_meth_free(c->bio);
	sw_free(c->hashed_dir);
	sw_free(c);
}

enum sw_err sw_tls_context_set_cert(struct sw_tls_context *c, const char *cert_pem,
				    const char *key_pem, struct sw_error *err)
{
	return use_cert(c->ssl_ctx, sw_slice_str(cert_pem), "the certificate text",
			sw_slice_str(key_pem), "the key text", err);
}

size_t sw_tls_context_trusted(const struct sw_tls_context *c)
{
	return c->loaded + (c->hashed_dir ? count_hashed(c->hashed_dir, SIZE_MAX) : 0);
}
