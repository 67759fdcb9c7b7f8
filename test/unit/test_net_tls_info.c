/* SPDX-License-Identifier: MIT */
/* What a handshake came to: what was agreed, certificates, channel bindings. */
#include "tls_fixture.h"

#include "net/first_bytes.h"
#include "net/tap.h"

static void what_was_agreed_is_told(void **state)
{
	static const struct {
		const char *name, *expected, *sni;
	} rows[] = {
		{ "mx.test", "mx.test", "mx.test" },
		{ "mx.test.", "mx.test", "mx.test" },
		{ "192.0.2.1", "192.0.2.1", "" },
		{ "[2001:db8::1]", "[2001:db8::1]", "" },
		{ "", "", "" },
		{ NULL, "", "" },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct wire w;

		talk(&w, f->client, f->server, rows[i].name);
		const struct sw_tls_info *client = sw_tls_get_info(w.a.stack);
		const struct sw_tls_info *server = sw_tls_get_info(w.b.stack);

		assert_row(i, w.a.end == SW_IO_OK);
		assert_string_equal(client->version, "TLSv1.3");
		assert_string_equal(client->cipher, "TLS_AES_256_GCM_SHA384");
		assert_string_equal(client->expected_name, rows[i].expected);
		assert_string_equal(client->sni, rows[i].sni);
		assert_string_equal(server->sni, rows[i].sni);
		assert_false(client->verified);
		assert_true(client->done && server->done && !client->resumed);
		assert_int_equal(client->alert_received, -1);
		assert_string_equal(client->errors, "");
		assert_int_equal(client->first_bytes[0], 0x16);
		wire_fini(&w);
	}
}

static void info_outlives_the_stream_when_taken(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_info info;
	struct wire w;

	talk(&w, f->client, f->server, "mx.test");
	assert_true(sw_tls_take_info(w.a.stack, &info));
	assert_int_equal(sw_tls_get_info(w.a.stack)->chain_len, 0);
	assert_true(sw_tls_get_info(w.a.stack)->done);
	struct sw_stream *plain = w.b.stack->below;

	assert_false(sw_tls_take_info(plain, &info));
	assert_null(sw_tls_get_info(plain));
	wire_fini(&w);
	assert_int_equal(info.chain_len, 1);
	assert_string_equal(info.chain[0].names, "mx.test");
	assert_string_equal(info.chain[0].issuer, "CN=Root");
	assert_string_equal(info.chain[0].key, "EC P-256");
	assert_int_equal(strlen(info.chain[0].sha256), 64);
	assert_false(info.chain[0].self_issued || info.chain[0].has_aia);
	assert_string_equal(info.chain[0].issuer_url, "");
	assert_int_equal(strlen(info.chain[0].not_before), strlen("2024-01-01T00:00:00Z"));
	sw_tls_info_fini(&info);
	assert_int_equal(info.chain_len, 0);
}

static void hostile_certificates_are_shown_harmless(void **state)
{
	static const char evil[] = "a\0b\x1b[2Jc, evil.test\xe2\x80\xae\xff";
	const struct fixture *f = *state;
	struct test_cert *cert = test_cert_new(
		&(struct test_cert_wish){ .cn = "x, CN=bank\x1b[2J\n\xe2\x80\xae\xd0\xb6",
					  .aia = "http://ca.test/ca.crt",
					  .san_raw = { evil, sizeof(evil) - 1 },
					  .key = TEST_KEY_RSA2048 },
		NULL);
	char *many = calloc(1, 65536);

	snprintf(many, 64, "DNS:first.test");
	for (int i = 0; strlen(many) < 30000; i++)
		snprintf(many + strlen(many), 64, ",DNS:host-number-%d.test", i);
	struct test_cert *wide =
		test_cert_new(&(struct test_cert_wish){ .san = many }, f->root);
	const struct sw_tls_settings s[] = {
		{ .server = true, .cert_pem = cert->pem, .key_pem = cert->key_pem },
		{ .server = true, .cert_pem = wide->pem, .key_pem = wide->key_pem },
	};

	for (size_t i = 0; i < SW_LEN(s); i++) {
		struct sw_tls_context *server = context(&s[i]);
		struct wire w;

		talk(&w, f->client, server, "mx.test");
		const struct sw_tls_cert *c = sw_tls_get_info(w.a.stack)->chain;

		assert_int_equal(sw_tls_get_info(w.a.stack)->chain_len, 1);
		if (i == 0) {
			assert_string_equal(
				c->names,
				"a\\x00b\\x1b[2Jc\\x2c evil.test\\xe2\\x80\\xae\\xff");
			/* RFC 2253 escapes, and ours for what they let through. */
			assert_string_equal(c->subject, "CN=x\\, CN=bank\\1B[2J\\0A"
							"\\xe2\\x80\\xae\xd0\xb6");
			assert_string_equal(c->key, "RSA 2048");
			assert_true(c->self_issued && c->has_aia);
			assert_string_equal(c->issuer_url, "http://ca.test/ca.crt");
		} else {
			assert_int_equal(strncmp(c->names, "first.test, host-number-0", 25),
					 0);
			assert_true(strlen(c->names) <= SW_MAX_CERT_TEXT);
			assert_contains(c->names, "...");
		}
		wire_fini(&w);
		sw_tls_context_unref(server);
	}
	free(many);
	test_cert_free(cert);
	test_cert_free(wide);
}

static void a_long_chain_is_cut_and_counted(void **state)
{
	const struct fixture *f = *state;
	char *chain =
		test_cert_chain(f->leaf, f->root, f->root, f->root, f->root, f->root, f->root,
				f->root, f->root, f->root, f->root, f->root, NULL);
	struct sw_tls_context *server = context(&(struct sw_tls_settings){
		.server = true, .cert_pem = chain, .key_pem = f->leaf->key_pem });
	struct wire w;

	talk(&w, f->client, server, "mx.test");
	const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

	assert_int_equal(w.a.end, SW_IO_OK);
	assert_int_equal(info->chain_sent, 12);
	assert_int_equal(info->chain_len, SW_MAX_CHAIN);
	assert_string_equal(info->chain[0].names, "mx.test");
	assert_string_equal(info->chain[SW_MAX_CHAIN - 1].subject, "CN=Root");
	wire_fini(&w);
	sw_tls_context_unref(server);
	free(chain);
}

static void channel_bindings_agree_on_both_ends(void **state)
{
	static const struct {
		int version;
		const char *type;
		size_t len;
	} rows[] = {
		{ TLS1_3_VERSION, "tls-exporter", 32 },
		{ TLS1_2_VERSION, "tls-exporter", 0 },
		{ TLS1_2_VERSION, "tls-unique", 12 },
		{ TLS1_3_VERSION, "tls-unique", 0 },
		{ TLS1_2_VERSION, "tls-server-end-point", 32 },
		{ TLS1_3_VERSION, "tls-server-end-point", 32 },
		{ TLS1_3_VERSION, "tls-made-up", 0 },
	};
	const struct fixture *f = *state;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_tls_context *server = server_context(f, rows[i].version);
		uint8_t a[64], b[64];
		struct wire w;

		talk(&w, f->client, server, "mx.test");
		size_t len = sw_tls_channel_binding(w.a.stack, rows[i].type, a, sizeof(a));

		assert_row(i, len == rows[i].len);
		assert_row(i, sw_tls_channel_binding(w.b.stack, rows[i].type, b, sizeof(b)) ==
				      len);
		assert_memory_equal(a, b, len);
		/* Too little room gives nothing rather than a part. */
		assert_row(i, sw_tls_channel_binding(w.a.stack, rows[i].type, a, 11) == 0);
		assert_int_equal(
			sw_tls_channel_binding(w.a.stack->below, rows[i].type, a, sizeof(a)),
			0);
		if (i == 4) {
			unsigned n;

			assert_int_equal(X509_digest(f->leaf->x509, EVP_sha256(), b, &n), 1);
			assert_memory_equal(a, b, 32);
		}
		wire_fini(&w);
		sw_tls_context_unref(server);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_agreed_is_told),
		cmocka_unit_test(info_outlives_the_stream_when_taken),
		cmocka_unit_test(hostile_certificates_are_shown_harmless),
		cmocka_unit_test(a_long_chain_is_cut_and_counted),
		cmocka_unit_test(channel_bindings_agree_on_both_ends),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
