/* SPDX-License-Identifier: MIT */
/* Trusted certificates.  Reading the system's bundle costs 30 ms of processor time, more than the
 * whole rest of a delivery; a directory with hashed names costs nothing until one is looked up.
 * So the directory is asked first, and the bundle read only when it does not know an issuer. */
#include <dirent.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "net/tls_internal.h"

struct sw_tls_store *sw_tls_store_new(void)
{
	struct sw_tls_store *s = sw_calloc(1, sizeof(*s));

	if (s)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

void sw_tls_store_free(struct sw_tls_store *s)
{
	if (!s)
		return;
	X509_LOOKUP_meth_free(s->lookup);
	pthread_mutex_destroy(&s->lock);
	sw_free(s->hashed_dirs);
	sw_free(s->bundle);
	sw_free(s);
}

static enum sw_err add_file(X509_STORE *store, const char *path, size_t *ret_count,
			    struct sw_error *err)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf pem = { .max = SW_MAX_PEM };
	enum sw_err code = sw_file_read(path, SW_FILE_INPUT, pem.max, &pem, err);
	STACK_OF(X509) *certs = code ? NULL : sw_tls_read_certs(sw_buf_slice(&pem), path, err);

	if (!certs)
		return code ? code : SW_E_CONFIG;
	for (int i = 0; i < sk_X509_num(certs) && !code; i++)
		if (X509_STORE_add_cert(store, sk_X509_value(certs, i)) != 1)
			code = sw_tls_fail(err, SW_E_CONFIG, path);
	*ret_count = (size_t)sk_X509_num(certs);
	sk_X509_pop_free(certs, X509_free);
	return code;
}

enum sw_err sw_tls_store_file(struct sw_tls_context *c, const char *path, struct sw_error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl_ctx);

	/* Whoever names a certificate trusts it, also if it is no root (RFC 5280 6.1.1 d). */
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	return add_file(store, path, &c->store->loaded, err);
}

/* OpenSSL looks for an issuer that neither its memory nor the directory has. */
static int look_in_bundle(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
			  X509_OBJECT *ret)
{
	struct sw_tls_store *s = X509_LOOKUP_get_method_data(lookup);
	X509_STORE *store = X509_LOOKUP_get_store(lookup);
	X509 *cert = NULL;
	size_t count;

	if (type != X509_LU_X509)
		return 0;
	pthread_mutex_lock(&s->lock);
	/* As OpenSSL's own default paths do, get along without a file that cannot be read: the
	 * count of trusted certificates tells of it. */
	if (!s->bundle_read)
		s->bundle_read = add_file(store, s->bundle, &count, NULL) != SW_E_NOMEM;
	ERR_clear_error();
	pthread_mutex_unlock(&s->lock);
	X509_STORE_lock(store);
	X509_OBJECT *found = X509_OBJECT_retrieve_by_subject(X509_STORE_get0_objects(store),
							     X509_LU_X509, name);
	cert = found ? X509_OBJECT_get0_X509(found) : NULL;
	if (cert && X509_OBJECT_set1_X509(ret, cert) != 1)
		cert = NULL;
	X509_STORE_unlock(store);
	/* The caller takes a reference of its own, beside that of set1 (see the notes of
	 * X509_LOOKUP_meth_set_get_by_subject(3)). */
	X509_free(cert);
	return cert != NULL;
}

static enum sw_err use_bundle(struct sw_tls_context *c, const char *path, struct sw_error *err)
{
	struct sw_tls_store *s = c->store;
	X509_LOOKUP *lookup = NULL;

	s->bundle = sw_strdup(path);
	if (!s->bundle)
		return sw_fail_nomem(err);
	s->lookup = X509_LOOKUP_meth_new("sendwell bundle");
	if (s->lookup && X509_LOOKUP_meth_set_get_by_subject(s->lookup, look_in_bundle) == 1)
		lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(c->ssl_ctx), s->lookup);
	if (!lookup || X509_LOOKUP_set_method_data(lookup, s) != 1)
		return sw_tls_fail(err, SW_E_NOMEM, path);
	return SW_OK;
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

	/* One stream is read by one thread: that is safe (readdir(3)). */
	while (dir && count < most && (entry = readdir(dir))) // NOLINT(concurrency-mt-unsafe)
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

/* Without parsing them: the number is evidence ("none at all"), not a promise. */
static size_t count_bundle(const char *path)
{
	static const struct sw_slice marks[] = { { "-----BEGIN CERTIFICATE-----", 27 },
						 { "-----BEGIN TRUSTED CERTIFICATE-----", 35 } };
	SW_CLEANUP(sw_buf_fini) struct sw_buf pem = { .max = SW_MAX_PEM };
	size_t count = 0;

	if (sw_file_read(path, SW_FILE_INPUT, pem.max, &pem, NULL) != SW_OK)
		return 0;
	for (size_t i = 0; i < SW_LEN(marks); i++) {
		struct sw_slice rest = sw_buf_slice(&pem);

		while (rest.len) {
			size_t at = sw_slice_search(rest, marks[i]);

			count += at < rest.len;
			rest = sw_slice_from(rest, at + marks[i].len);
		}
	}
	return count;
}

static const char *find_bundle(void)
{
	static const char *const paths[] = {
		"/etc/ssl/certs/ca-certificates.crt",	  /* Debian, Arch, Alpine */
		"/etc/pki/tls/certs/ca-bundle.crt",	  /* Fedora */
		"/var/lib/ca-certificates/ca-bundle.pem", /* SUSE */
		"/etc/ssl/cert.pem",			  /* BSDs, Alpine */
	};
	const char *usual = X509_get_default_cert_file();

	for (size_t i = 0; i < SW_LEN(paths) && access(usual, R_OK) != 0; i++)
		usual = paths[i];
	return usual;
}

/* OpenSSL's variables are obeyed as it does: each one replaces one of the two places. */
enum sw_err sw_tls_store_system(struct sw_tls_context *c, struct sw_error *err)
{
	const char *file = secure_getenv(X509_get_default_cert_file_env());
	const char *dirs = secure_getenv(X509_get_default_cert_dir_env());
	X509_STORE *store = SSL_CTX_get_cert_store(c->ssl_ctx);

	if (!dirs)
		dirs = X509_get_default_cert_dir();
	if (count_hashed(dirs, 1)) {
		if (X509_STORE_load_path(store, dirs) != 1)
			return sw_tls_fail(err, SW_E_CONFIG, dirs);
		c->store->hashed_dirs = sw_strdup(dirs);
		if (!c->store->hashed_dirs)
			return sw_fail_nomem(err);
	}
	/* Where the usual directory is in order the usual bundle says the same. */
	if (!file && c->store->hashed_dirs)
		return SW_OK;
	return use_bundle(c, file ? file : find_bundle(), err);
}

size_t sw_tls_context_trusted(const struct sw_tls_context *c)
{
	struct sw_tls_store *s = c->store;

	pthread_mutex_lock(&s->lock);
	if (!s->counted) {
		s->count = s->loaded;
		s->count += s->hashed_dirs ? count_hashed(s->hashed_dirs, SIZE_MAX) : 0;
		s->count += s->bundle ? count_bundle(s->bundle) : 0;
	}
	s->counted = true;
	size_t count = s->count;

	pthread_mutex_unlock(&s->lock);
	return count;
}
