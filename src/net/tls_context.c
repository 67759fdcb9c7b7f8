/* SPDX-License-Identifier: MIT */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base/file.h"
#include "base/mem.h"
#include "codec/crypto.h"
#include "net/tls_internal.h"

static EVP_PKEY *read_key(struct sw_slice pem, const char *what, struct sw_error *err)
{
	BIO *bio = sw_tls_mem_bio(pem);

	ERR_clear_error();
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, sw_tls_no_passphrase, NULL) : NULL;

	BIO_free(bio);
	if (!key) {
		char errors[256];

		(void)sw_tls_drain_errors(errors, sizeof(errors));
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
	STACK_OF(X509) *certs = sw_tls_read_certs(cert_pem, cert_what, err);
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
	if (s->groups && SSL_CTX_set1_groups_list(ctx, s->groups) != 1)
		return sw_tls_fail(err, SW_E_CONFIG, s->groups);
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
	/* Ours are kept with the verdict on their certificate (tls_session.c). */
	if (s->server) {
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	} else {
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT |
							    SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, sw_tls_on_session);
	}
	SSL_CTX_set_default_passwd_cb(ctx, sw_tls_no_passphrase);
	SSL_CTX_set_info_callback(ctx, sw_tls_on_info);
	SSL_CTX_set_cert_verify_callback(ctx, sw_tls_on_chain, NULL);
	if (!s->server) {
		if (SSL_CTX_dane_enable(ctx) != 1)
			return sw_tls_fail(err, SW_E_NOMEM, "DANE");
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	} else {
		SSL_CTX_set_dh_auto(ctx, 1);
		/* What was given is sent, not what a trust store would add to it. */
		SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
		if (SSL_CTX_set_session_id_context(ctx, session_name,
						   sizeof(session_name) - 1) != 1)
			return sw_tls_fail(err, SW_E_INTERNAL, "TLS session name");
		if (s->request_client_cert || s->require_client_cert)
			SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (s->require_client_cert ?
					   SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), NULL);
	}
	code = use_own(ctx, s, err);
	if (!code && s->ca_file)
		code = sw_tls_store_file(c, s->ca_file, err);
	else if (!code && !s->server)
		code = sw_tls_store_system(c, err);
	return code;
}

struct sw_tls_context *sw_tls_context_new(const struct sw_tls_settings *s,
					  struct sw_error *err)
{
	uint64_t refused = sw_mem_refused();
	struct sw_tls_context *c = sw_calloc(1, sizeof(*c));

	if (!c) {
		sw_fail_nomem(err);
		return NULL;
	}
	atomic_init(&c->refs, 1);
	c->store = sw_tls_store_new();
	c->sessions = sw_tls_sessions_new();
	if (s->pins)
		c->pins = *s->pins;
	c->pin_only = s->pin_only && c->pins.count > 0;
	c->server = s->server;
	c->verify_clients = s->server && s->require_client_cert && s->ca_file;
	/* Here and checked: an OpenSSL that failed to start crashes later. */
	if (OPENSSL_init_ssl(0, NULL) == 1 && sw_crypto_ready() && RAND_status() == 1) {
		c->ssl_ctx =
			SSL_CTX_new(s->server ? TLS_server_method() : TLS_client_method());
		c->bio = sw_tls_bio_new();
	}
	if (!c->store || !c->sessions)
		sw_fail_nomem(err);
	else if (!c->ssl_ctx || !c->bio)
		sw_tls_fail(err, SW_E_NOMEM, "OpenSSL cannot start");
	else if (set_up(c, s, err) == SW_OK && sw_mem_refused() == refused)
		return c;
	/* Instead of what is wrong with a file, or of less to trust than there is. */
	(void)sw_fail_if_refused(err, refused);
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
	sw_tls_store_free(c->store);
	sw_tls_sessions_free(c->sessions);
	sw_free(c);
}

enum sw_err sw_tls_context_set_cert(struct sw_tls_context *c, const char *cert_pem,
				    const char *key_pem, struct sw_error *err)
{
	return use_cert(c->ssl_ctx, sw_slice_str(cert_pem), "the certificate text",
			sw_slice_str(key_pem), "the key text", err);
}
