/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certs.h"
#include "net/tls.h"
#include "wire.h"

struct fixture {
	char *dir;
	struct test_cert *root, *inter, *leaf, *other;
	char chain[256], key[256], both[256], other_key[256];
};

static void save(const struct fixture *f, char out[256], const char *name, const char *text,
		 unsigned mode)
{
	snprintf(out, 256, "%s/%s", f->dir, name);
	sw_test_write(out, sw_slice_str(text), mode);
}

static int set_up(void **state)
{
	static struct fixture f;
	void *dir = NULL;

	if (sw_test_dir_make(&dir) != 0)
		return -1;
	f.dir = dir;
	f.root = test_cert_new(&(struct test_cert_wish){ .cn = "Root", .ca = true }, NULL);
	f.inter = test_cert_new(&(struct test_cert_wish){ .cn = "Inter", .ca = true }, f.root);
	f.leaf = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, f.inter);
	f.other = test_cert_new(&(struct test_cert_wish){ .san = "DNS:other.test" }, f.root);
	char *chain = test_cert_chain(f.leaf, f.inter, NULL);
	char both[16384];

	snprintf(both, sizeof(both), "%s%s", chain, f.leaf->key_pem);
	save(&f, f.chain, "chain.pem", chain, 0644);
	save(&f, f.key, "key.pem", f.leaf->key_pem, 0600);
	save(&f, f.both, "both.pem", both, 0600);
	save(&f, f.other_key, "other.key", f.other->key_pem, 0600);
	free(chain);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	void *dir = f->dir;

	test_cert_free(f->root);
	test_cert_free(f->inter);
	test_cert_free(f->leaf);
	test_cert_free(f->other);
	return sw_test_dir_remove(&dir);
}

/* A key that a passphrase protects. */
static char *encrypted_key(const struct test_cert *c)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char pass[] = "pass";
	char *data = NULL;

	assert_int_equal(
		PEM_write_bio_PrivateKey(bio, c->key, EVP_aes_128_cbc(), pass, 4, NULL, NULL),
		1);
	long len = BIO_get_mem_data(bio, &data);
	/* Not strndup: its double in clang's sanitizer reads a byte beyond the text. */
	char *text = calloc(1, (size_t)len + 1);

	assert_non_null(text);
	memcpy(text, data, (size_t)len);

	BIO_free(bio);
	return text;
}

static void wrong_settings_are_refused_with_the_reason(void **state)
{
	const struct fixture *f = *state;
	char *locked = encrypted_key(f->leaf);
	char exposed[256], empty[256], broken[256], broken_text[8192];

	save(f, exposed, "exposed.key", f->leaf->key_pem, 0644);
	save(f, empty, "empty.pem", "nothing here\n", 0644);
	snprintf(broken_text, sizeof(broken_text),
		 "%s-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		 f->root->pem);
	save(f, broken, "broken.pem", broken_text, 0644);
	const struct {
		struct sw_tls_settings s;
		enum sw_err code;
		const char *words[2];
	} rows[] = {
		{ { .ca_file = "/nonexistent/ca.pem" },
		  SW_E_NOINPUT,
		  { "/nonexistent/ca.pem" } },
		{ { .ca_file = f->dir }, SW_E_NOINPUT, { "directory" } },
		{ { .ca_file = empty }, SW_E_CONFIG, { "empty.pem: no certificate" } },
		{ { .ca_file = broken }, SW_E_CONFIG, { "broken.pem: certificate number 2" } },
		{ { .ca_file = f->key }, SW_E_CONFIG, { "no certificate" } },
		{ { .server = true }, SW_E_CONFIG, { "needs a certificate" } },
		{ { .cert_file = f->chain, .key_file = exposed },
		  SW_E_PERM,
		  { "exposed.key" } },
		{ { .cert_file = f->chain, .key_file = f->other_key },
		  SW_E_CONFIG,
		  { "other.key does not belong to the first certificate of", "chain.pem" } },
		{ { .cert_file = f->key, .key_file = f->key },
		  SW_E_CONFIG,
		  { "no certificate" } },
		{ { .cert_pem = f->leaf->pem }, SW_E_CONFIG, { "no usable private key" } },
		{ { .cert_pem = f->leaf->pem, .key_pem = locked },
		  SW_E_CONFIG,
		  { "without a passphrase" } },
		{ { .cert_pem = "", .key_pem = "" }, SW_E_CONFIG, { "no certificate" } },
		{ { .ciphers = "NO-SUCH-CIPHER" }, SW_E_CONFIG, { "NO-SUCH-CIPHER" } },
		{ { .ciphersuites = "NO_SUCH_SUITE" }, SW_E_CONFIG, { "NO_SUCH_SUITE" } },
		{ { .min_version = 4711 }, SW_E_CONFIG, { "TLS versions" } },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_error err = { 0 };

		assert_row(i, sw_tls_context_new(&rows[i].s, &err) == NULL);
		if (err.code != rows[i].code)
			print_error("# row %zu: %s\n", i, err.text);
		assert_err(err.code, rows[i].code);
		for (size_t k = 0; k < SW_LEN(rows[i].words); k++)
			if (rows[i].words[k] && !strstr(err.text, rows[i].words[k])) {
				print_error("# row %zu: %s\n", i, err.text);
				fail();
			}
		assert_null(strstr(err.text, "PRIVATE KEY"));
	}
	free(locked);
}

/* Certificates that a client sees. */
static size_t chain_seen(struct sw_tls_context *client, struct sw_tls_context *server)
{
	struct wire w;

	wire_init(&w, false);
	w.a.stack = sw_tls_client(w.a.stack, client, "mx.test", SW_TLS_VERIFY_NONE, NULL);
	w.b.stack = sw_tls_server(w.b.stack, server, NULL);
	w.b.out = SW_S("220");
	w.a.expected = 3;
	wire_run(&w, 20000);
	assert_false(w.late);
	assert_int_equal(w.a.end, SW_IO_OK);
	size_t seen = sw_tls_get_info(w.a.stack)->chain_len;

	wire_fini(&w);
	return seen;
}

static void certificates_come_from_files_or_texts_and_can_be_replaced(void **state)
{
	const struct fixture *f = *state;
	const struct sw_tls_settings ways[] = {
		{ .server = true, .cert_file = f->chain, .key_file = f->key },
		{ .server = true, .cert_file = f->both },
	};
	struct sw_tls_context *client =
		sw_tls_context_new(&(struct sw_tls_settings){ 0 }, NULL);

	assert_non_null(client);
	for (size_t i = 0; i < SW_LEN(ways); i++) {
		struct sw_error err = { 0 };
		struct sw_tls_context *server = sw_tls_context_new(&ways[i], &err);

		assert_row(i, server != NULL);
		assert_int_equal(chain_seen(client, server), 2);
		assert_ok(
			sw_tls_context_set_cert(server, f->leaf->pem, f->leaf->key_pem, &err));
		assert_int_equal(chain_seen(client, server), 1);
		/* A refused one changes nothing. */
		assert_err(
			sw_tls_context_set_cert(server, f->leaf->pem, f->other->key_pem, &err),
			SW_E_CONFIG);
		assert_err(sw_tls_context_set_cert(server, "x", f->other->key_pem, &err),
			   SW_E_CONFIG);
		assert_int_equal(chain_seen(client, server), 1);
		sw_tls_context_unref(server);
	}
	sw_tls_context_unref(client);
}

static void a_context_lives_as_long_as_somebody_has_it(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_context *server = sw_tls_context_new(
		&(struct sw_tls_settings){ .server = true, .cert_file = f->both }, NULL);
	struct sw_tls_context *client =
		sw_tls_context_new(&(struct sw_tls_settings){ 0 }, NULL);
	struct wire w;

	wire_init(&w, false);
	w.a.stack = sw_tls_client(w.a.stack, client, "mx.test", SW_TLS_VERIFY_NONE, NULL);
	w.b.stack = sw_tls_server(w.b.stack, server, NULL);
	assert_ptr_equal(sw_tls_context_ref(client), client);
	sw_tls_context_unref(client);
	sw_tls_context_unref(client);
	sw_tls_context_unref(server);
	sw_tls_context_unref(NULL);
	w.b.out = SW_S("220");
	w.a.expected = 3;
	wire_run(&w, 20000);
	assert_int_equal(w.a.end, SW_IO_OK);
	wire_fini(&w);
}

/* The store that SSL_CERT_FILE and SSL_CERT_DIR name. */
static size_t trusted_by(const char *file, const char *dir)
{
	if (file)
		setenv("SSL_CERT_FILE", file, 1);
	if (dir)
		setenv("SSL_CERT_DIR", dir, 1);
	struct sw_tls_context *c = sw_tls_context_new(&(struct sw_tls_settings){ 0 }, NULL);

	assert_non_null(c);
	size_t count = sw_tls_context_trusted(c);

	sw_tls_context_unref(c);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	return count;
}

static void trusted_certificates_are_counted(void **state)
{
	const struct fixture *f = *state;
	char root[256], two[256], hashed[1024], hash_dir[256], empty_dir[256], two_text[8192];

	snprintf(two_text, sizeof(two_text), "%s%s", f->root->pem, f->other->pem);
	save(f, root, "root.pem", f->root->pem, 0644);
	save(f, two, "two.pem", two_text, 0644);
	snprintf(hash_dir, sizeof(hash_dir), "%s/hashed", f->dir);
	snprintf(empty_dir, sizeof(empty_dir), "%s/empty", f->dir);
	assert_int_equal(mkdir(hash_dir, 0755), 0);
	assert_int_equal(mkdir(empty_dir, 0755), 0);
	snprintf(hashed, sizeof(hashed), "%s/%08lx.0", hash_dir,
		 X509_NAME_hash_ex(X509_get_subject_name(f->root->x509), NULL, NULL, NULL));
	sw_test_write(hashed, sw_slice_str(f->root->pem), 0644);
	snprintf(hashed, sizeof(hashed), "%s/README", hash_dir);
	sw_test_write(hashed, SW_S("x"), 0644);

	struct sw_tls_context *c =
		sw_tls_context_new(&(struct sw_tls_settings){ .ca_file = two }, NULL);

	assert_int_equal(sw_tls_context_trusted(c), 2);
	sw_tls_context_unref(c);
	assert_int_equal(trusted_by(root, empty_dir), 1);
	assert_int_equal(trusted_by(two, hash_dir), 3);
	assert_int_equal(trusted_by("/nonexistent", empty_dir), 0);
	assert_int_equal(trusted_by("/nonexistent", hash_dir), 1);
	snprintf(hashed, sizeof(hashed), "%s:/nonexistent:%s", empty_dir, hash_dir);
	assert_int_equal(trusted_by("/nonexistent", hashed), 1);
	/* A server needs no store of its own. */
	c = sw_tls_context_new(
		&(struct sw_tls_settings){ .server = true, .cert_file = f->both }, NULL);
	assert_int_equal(sw_tls_context_trusted(c), 0);
	sw_tls_context_unref(c);
}

static void a_root_is_found_in_the_directory_or_the_bundle(void **state)
{
	const struct fixture *f = *state;
	char hash_dir[300], root[300], other[300];

	snprintf(hash_dir, sizeof(hash_dir), "%s/hashed", f->dir);
	snprintf(root, sizeof(root), "%s/root.pem", f->dir);
	save(f, other, "inter.pem", f->inter->pem, 0644);
	const struct {
		const char *dir, *file;
		int code;
	} rows[] = {
		{ hash_dir, "/nonexistent", 0 },
		{ "/nonexistent", root, 0 },
		{ hash_dir, root, 0 },
		{ "/nonexistent", other, 2 },	/* the root is missing behind it */
		{ "/nonexistent", "/nonexistent", 20 },
	};
	struct sw_tls_context *server = sw_tls_context_new(
		&(struct sw_tls_settings){ .server = true, .cert_file = f->both }, NULL);

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		setenv("SSL_CERT_DIR", rows[i].dir, 1);
		setenv("SSL_CERT_FILE", rows[i].file, 1);
		struct sw_tls_context *client =
			sw_tls_context_new(&(struct sw_tls_settings){ 0 }, NULL);

		unsetenv("SSL_CERT_FILE");
		unsetenv("SSL_CERT_DIR");
		/* Twice: the bundle is read only once. */
		for (int twice = 0; twice < 2; twice++) {
			struct wire w;

			wire_init(&w, false);
			w.a.stack = sw_tls_client(w.a.stack, client, "mx.test",
						  SW_TLS_VERIFY_FULL, NULL);
			w.b.stack = sw_tls_server(w.b.stack, server, NULL);
			w.b.out = SW_S("220");
			w.a.expected = 3;
			wire_run(&w, 20000);
			const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

			if (info->verify_code != rows[i].code)
				print_error("# %d\n", info->verify_code);
			assert_row(i, info->verify_code == rows[i].code);
			assert_row(i, info->verified == (rows[i].code == 0));
			assert_row(i, w.a.end == (rows[i].code ? SW_IO_ERROR : SW_IO_OK));
			wire_fini(&w);
		}
		sw_tls_context_unref(client);
	}
	sw_tls_context_unref(server);
}

static void old_versions_need_the_legacy_switch(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_context *old =
		sw_tls_context_new(&(struct sw_tls_settings){ .server = true,
							      .legacy = true,
							      .cert_file = f->both,
							      .max_version = TLS1_VERSION },
				   NULL);

	assert_non_null(old);
	for (int legacy = 0; legacy < 2; legacy++) {
		struct sw_tls_context *client = sw_tls_context_new(
			&(struct sw_tls_settings){ .legacy = legacy }, NULL);
		struct wire w;

		wire_init(&w, false);
		w.a.stack =
			sw_tls_client(w.a.stack, client, "mx.test", SW_TLS_VERIFY_NONE, NULL);
		w.b.stack = sw_tls_server(w.b.stack, old, NULL);
		w.b.out = SW_S("220");
		w.a.expected = 3;
		wire_run(&w, 20000);
		assert_int_equal(w.a.end, legacy ? SW_IO_OK : SW_IO_ERROR);
		assert_string_equal(sw_tls_get_info(w.a.stack)->version,
				    legacy ? "TLSv1" : "");
		wire_fini(&w);
		sw_tls_context_unref(client);
	}
	sw_tls_context_unref(old);
}

static enum sw_err make_context(void *arg)
{
	const struct sw_tls_settings *s = arg;
	struct sw_error err = { 0 };
	struct sw_tls_context *c = sw_tls_context_new(s, &err);

	sw_tls_context_unref(c);
	return c ? SW_OK : err.code;
}

static void survives_want_of_memory(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_settings s = { .cert_file = f->chain, .key_file = f->key,
				     .ca_file = f->chain };

	sw_test_failing_allocations(make_context, &s);
	s.ca_file = NULL;
	sw_test_failing_allocations(make_context, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_settings_are_refused_with_the_reason),
		cmocka_unit_test(certificates_come_from_files_or_texts_and_can_be_replaced),
		cmocka_unit_test(a_context_lives_as_long_as_somebody_has_it),
		cmocka_unit_test(trusted_certificates_are_counted),
		cmocka_unit_test(a_root_is_found_in_the_directory_or_the_bundle),
		cmocka_unit_test(old_versions_need_the_legacy_switch),
		cmocka_unit_test(survives_want_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
