/* SPDX-License-Identifier: MIT */
/* Good and bad certificates: the exact verdict for each, and no byte sent after a bad one. */
#include "sw_test.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include "certs.h"
#include "net/tls.h"
#include "wire.h"

enum authority { BY_ROOT = 0, BY_INTER, BY_SELF, BY_STRANGER, BY_NO_CA };
enum served { LEAF = 0, WITH_ISSUER, WITH_ALL };
enum trusted { ROOT = 0, INTER, THE_LEAF };

struct row {
	struct test_cert_wish wish;
	const char *name;
	const char *text;	/* in the failure; NULL: whatever */
	enum authority by;
	enum served served;
	enum trusted trusted;
	int code;		/* first finding */
	int also;		/* another finding; 0: none */
	int alert;		/* that the server gets; 0: whatever */
};

/* Signed and valid, for mx.test, unless a row says otherwise. */
#define GOOD .wish = { .san = "DNS:mx.test" }, .name = "mx.test"
#define SAN(text) .wish = { .san = (text) }

static const struct row rows[] = {
	{ GOOD },
	{ GOOD, .by = BY_INTER, .served = WITH_ISSUER },
	{ GOOD, .by = BY_INTER, .served = WITH_ALL },
	{ SAN("DNS:mx.test"), .name = "MX.Test" },
	{ SAN("DNS:MX.TEST"), .name = "mx.test" },
	{ SAN("DNS:mx.test"), .name = "mx.test." },
	{ SAN("DNS:a.test,DNS:b.test,DNS:mx.test"), .name = "mx.test" },
	{ .wish = { .san = "DNS:mx.test", .key = TEST_KEY_RSA2048 }, .name = "mx.test" },
	{ .wish = { .san = "DNS:mx.test", .key = TEST_KEY_ED25519 }, .name = "mx.test" },
	{ .wish = { .san = "DNS:mx.test", .eku = "serverAuth" }, .name = "mx.test" },
	/* Names. */
	{ SAN("DNS:mx.test"), .name = "mail.test", .code = 62, .alert = 42,
	  .text = "not for mail.test but for mx.test" },
	{ SAN("DNS:mx.test"), .name = "a.mx.test", .code = 62 },
	{ SAN("DNS:mx.test"), .name = "mx.test.evil.test", .code = 62 },
	{ SAN("DNS:mx.test.evil.test"), .name = "mx.test", .code = 62 },
	{ SAN("DNS:*.mx.test"), .name = "a.mx.test" },
	{ SAN("DNS:*.mx.test"), .name = "a.b.mx.test", .code = 62 },
	{ SAN("DNS:*.mx.test"), .name = "mx.test", .code = 62 },
	{ SAN("DNS:*.*.mx.test"), .name = "a.b.mx.test", .code = 62 },
	{ SAN("DNS:a*.mx.test"), .name = "ab.mx.test", .code = 62 },
	{ SAN("DNS:*a.mx.test"), .name = "ba.mx.test", .code = 62 },
	{ SAN("DNS:*.test"), .name = "mx.test", .code = 62 },
	{ SAN("DNS:*"), .name = "mx.test", .code = 62 },
	/* A common name is no name of a server (RFC 9525 2). */
	{ .wish = { .cn = "mx.test" }, .name = "mx.test", .code = 62 },
	{ .wish = { .cn = "mx.test", .san = "DNS:other.test" },
	  .name = "mx.test",
	  .code = 62 },
	{ .wish = { .cn = "nobody" }, .name = "mx.test", .code = 62 },
	{ .wish = { .san_raw = { "mx.test\0.evil.test", 18 } },
	  .name = "mx.test",
	  .code = 62,
	  .text = "mx.test\\x00.evil.test" },
	{ .wish = { .san_raw = { "mx.test\0", 8 } }, .name = "mx.test", .code = 62 },
	{ .wish = { .san_raw = { "\x1b[31mmx.test", 12 } },
	  .name = "mx.test",
	  .code = 62,
	  .text = "but for \\x1b[31mmx.test" },
	/* Addresses. */
	{ SAN("IP:127.0.0.1"), .name = "127.0.0.1" },
	{ SAN("IP:::1"), .name = "::1" },
	{ SAN("IP:::1"), .name = "[::1]" },
	{ SAN("IP:fe80::1"), .name = "fe80::1%lo" },
	{ SAN("IP:127.0.0.2"), .name = "127.0.0.1", .code = 64, .alert = 42,
	  .text = "not for 127.0.0.1 but for 127.0.0.2" },
	{ SAN("DNS:127.0.0.1"), .name = "127.0.0.1", .code = 64 },
	{ SAN("DNS:*.0.0.1"), .name = "127.0.0.1", .code = 64 },
	{ .wish = { .cn = "127.0.0.1" }, .name = "127.0.0.1", .code = 64 },
	{ SAN("IP:127.0.0.1"), .name = "mx.test", .code = 62 },
	/* Time. */
	{ .wish = { .san = "DNS:mx.test", .from_s = -7200, .to_s = -3600 },
	  .name = "mx.test",
	  .code = 10,
	  .alert = 45,
	  .text = "certificate has expired (code 10 at depth 0)" },
	{ .wish = { .san = "DNS:mx.test", .from_s = 3600, .to_s = 7200 },
	  .name = "mx.test",
	  .code = 9,
	  .alert = 42,
	  .text = "not yet valid" },
	{ .wish = { .san = "DNS:mx.test", .from_s = -7200, .to_s = -3600 },
	  .name = "x.test",
	  .code = 62,
	  .also = 10 },
	/* Authority. */
	{ GOOD, .by = BY_SELF, .code = 18, .alert = 48, .text = "self-signed" },
	{ GOOD, .by = BY_STRANGER, .code = 20, .alert = 48,
	  .text = "unable to get local issuer certificate (code 20 at depth 0)" },
	{ GOOD, .by = BY_STRANGER, .served = WITH_ISSUER, .code = 19, .alert = 48 },
	{ GOOD, .by = BY_INTER, .code = 20, .alert = 48 },
	{ GOOD, .by = BY_NO_CA, .served = WITH_ISSUER, .code = 79, .also = 26 },
	{ .wish = { .san = "DNS:mx.test", .eku = "clientAuth" },
	  .name = "mx.test",
	  .code = 26,
	  .alert = 43 },
	{ .wish = { .san = "DNS:mx.test", .key = TEST_KEY_RSA1024 },
	  .name = "mx.test",
	  .code = 66 },
	/* What the user names is trusted, root or not. */
	{ GOOD, .by = BY_SELF, .trusted = THE_LEAF },
	{ GOOD, .by = BY_INTER, .trusted = INTER },
	{ GOOD, .by = BY_INTER, .trusted = THE_LEAF },
	{ SAN("DNS:x.test"), .name = "mx.test", .by = BY_SELF, .trusted = THE_LEAF,
	  .code = 62 },
};

struct fixture {
	char *dir;
	struct test_cert *root, *inter, *stranger, *no_ca;
};

static int set_up(void **state)
{
	static struct fixture f;
	void *dir = NULL;

	if (sw_test_dir_make(&dir) != 0)
		return -1;
	f.dir = dir;
	f.root = test_cert_new(&(struct test_cert_wish){ .cn = "Root", .ca = true }, NULL);
	f.inter = test_cert_new(&(struct test_cert_wish){ .cn = "Inter", .ca = true }, f.root);
	f.stranger = test_cert_new(&(struct test_cert_wish){ .cn = "Stranger", .ca = true },
				   NULL);
	f.no_ca = test_cert_new(&(struct test_cert_wish){ .cn = "No CA" }, f.root);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	void *dir = f->dir;

	test_cert_free(f->root);
	test_cert_free(f->inter);
	test_cert_free(f->stranger);
	test_cert_free(f->no_ca);
	return sw_test_dir_remove(&dir);
}

static const struct test_cert *issuer_of(const struct fixture *f, enum authority by)
{
	const struct test_cert *const all[] = { f->root, f->inter, NULL, f->stranger,
						f->no_ca };

	return all[by];
}

static struct sw_tls_context *server_for(const struct fixture *f, const struct row *row,
					 const struct test_cert *leaf, int version)
{
	const struct test_cert *issuer = issuer_of(f, row->by);
	char *chain = test_cert_chain(leaf, row->served == LEAF ? NULL : issuer,
				      row->served == WITH_ALL ? f->root : NULL, NULL);
	const struct sw_tls_settings s = { .server = true, .legacy = true, .cert_pem = chain,
					   .key_pem = leaf->key_pem, .min_version = version,
					   .max_version = version };
	struct sw_error err = { 0 };
	struct sw_tls_context *c = sw_tls_context_new(&s, &err);

	if (!c)
		print_error("# %s\n", err.text);
	assert_non_null(c);
	free(chain);
	return c;
}

static struct sw_tls_context *client_for(const struct fixture *f, const struct row *row,
					 const struct test_cert *leaf)
{
	const char *pem = row->trusted == ROOT	? f->root->pem :
			  row->trusted == INTER ? f->inter->pem :
						  leaf->pem;
	char path[256];

	snprintf(path, sizeof(path), "%s/ca.pem", f->dir);
	sw_test_write(path, sw_slice_str(pem), 0644);
	const struct sw_tls_settings s = { .ca_file = path };
	struct sw_tls_context *c = sw_tls_context_new(&s, NULL);

	assert_non_null(c);
	assert_int_equal(sw_tls_context_trusted(c), 1);
	return c;
}

static bool found(const struct sw_tls_info *info, int code)
{
	for (size_t i = 0; i < info->verify_count; i++)
		if (info->verify_all[i] == code)
			return true;
	return false;
}

static void meet(const struct row *row, size_t number, struct sw_tls_context *client,
		 struct sw_tls_context *server, enum sw_tls_verify verify)
{
	bool good = row->code == 0 || verify == SW_TLS_VERIFY_NONE;
	struct wire w;

	wire_init(&w, false);
	w.a.stack = sw_tls_client(w.a.stack, client, row->name, verify, NULL);
	w.b.stack = sw_tls_server(w.b.stack, server, NULL);
	assert_true(w.a.stack && w.b.stack);
	w.a.out = SW_S("MAIL FROM:<secret>");
	w.b.out = SW_S("220 welcome");
	w.a.expected = 11;
	w.b.expected = 18;
	w.b.silent = true;
	wire_run(&w, 20000);
	const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

	assert_row(number, !w.late);
	assert_row(number, w.a.end == (good ? SW_IO_OK : SW_IO_ERROR));
	assert_row(number, info->done == good);
	assert_row(number, info->verified == (row->code == 0));
	assert_row(number, info->verify_code == row->code);
	assert_row(number, info->verify_count == (row->also ? 2u : row->code ? 1u : 0u));
	assert_row(number, !row->code || found(info, row->code));
	assert_row(number, !row->also || found(info, row->also));
	assert_row(number, (*info->verify_text != '\0') == (row->code != 0));
	assert_row(number, sw_buf_len(&w.b.in) == (good ? 18u : 0u));
	assert_row(number, info->chain_len == info->chain_sent && info->chain_len >= 1);
	if (!good) {
		int alert = sw_tls_get_info(w.b.stack)->alert_received;

		assert_row(number, sw_stream_failure(w.a.stack)->cause == SW_IO_CAUSE_TLS);
		assert_row(number, info->alert_sent == alert && alert > 0);
		assert_row(number, !row->alert || alert == row->alert);
		if (row->text)
			assert_contains(sw_stream_failure(w.a.stack)->text, row->text);
	}
	wire_fini(&w);
}

static void each_certificate_gets_its_exact_verdict(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	const struct fixture *f = *state;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct test_cert *leaf =
			test_cert_new(&rows[i].wish, issuer_of(f, rows[i].by));
		struct sw_tls_context *client = client_for(f, &rows[i], leaf);

		for (size_t v = 0; v < SW_LEN(versions); v++) {
			struct sw_tls_context *server = server_for(f, &rows[i], leaf,
								   versions[v]);

			meet(&rows[i], i, client, server, SW_TLS_VERIFY_FULL);
			meet(&rows[i], i, client, server, SW_TLS_VERIFY_NONE);
			sw_tls_context_unref(server);
		}
		sw_tls_context_unref(client);
		test_cert_free(leaf);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_certificate_gets_its_exact_verdict),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
