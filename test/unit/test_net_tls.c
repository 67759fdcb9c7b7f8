/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "certs.h"
#include "net/fault.h"
#include "net/first_bytes.h"
#include "net/tap.h"
#include "net/tcp.h"
#include "net/tls.h"
#include "wire.h"

/* Never verified here: test_net_tls_verify.c does that. */
struct fixture {
	struct test_cert *root, *leaf;
	struct sw_tls_context *client, *server;
};

static struct sw_tls_context *context(const struct sw_tls_settings *s)
{
	struct sw_error err = { 0 };
	struct sw_tls_context *c = sw_tls_context_new(s, &err);

	if (!c)
		print_error("# %s\n", err.text);
	assert_non_null(c);
	return c;
}

static struct sw_tls_context *server_context(const struct fixture *f, int version)
{
	return context(&(struct sw_tls_settings){ .server = true, .cert_pem = f->leaf->pem,
						  .key_pem = f->leaf->key_pem,
						  .max_version = version });
}

static int set_up(void **state)
{
	static struct fixture f;

	f.root = test_cert_new(&(struct test_cert_wish){ .cn = "Root", .ca = true }, NULL);
	f.leaf = test_cert_new(&(struct test_cert_wish){ .san = "DNS:mx.test" }, f.root);
	f.client = context(&(struct sw_tls_settings){ 0 });
	f.server = server_context(&f, 0);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sw_tls_context_unref(f->client);
	sw_tls_context_unref(f->server);
	test_cert_free(f->root);
	test_cert_free(f->leaf);
	return 0;
}

/* A client against a plain descriptor. */
struct rig {
	struct sw_loop *loop;
	struct sw_stream *s;
	struct sw_timer *limit;
	int fd;
	bool late;
};

static void stop(void *arg)
{
	sw_loop_stop(arg);
}

static void on_limit(void *arg)
{
	struct rig *r = arg;

	r->late = true;
	sw_loop_stop(r->loop);
}

static void rig_init(struct rig *r, const struct fixture *f)
{
	int fds[2];

	*r = (struct rig){ .loop = sw_loop_new(NULL) };
	wire_fds(true, fds);
	r->fd = fds[1];
	r->limit = sw_timer_new(r->loop, on_limit, r);
	r->s = sw_tls_client(sw_tcp_stream(r->loop, fds[0], NULL), f->client, "mx.test",
			     SW_TLS_VERIFY_NONE, NULL);
	assert_non_null(r->s);
	sw_stream_on_ready(r->s, stop, r->loop);
}

static void rig_fini(struct rig *r)
{
	sw_stream_free(r->s);
	if (r->fd >= 0)
		close(r->fd);
	sw_timer_free(r->limit);
	sw_loop_free(r->loop);
}

static enum sw_io shake(struct rig *r, uint64_t limit_ms)
{
	enum sw_io io;

	sw_timer_set(r->limit, sw_loop_now(r->loop) + limit_ms * 1000);
	while ((io = sw_stream_handshake(r->s)) == SW_IO_AGAIN && !r->late) {
		sw_stream_want(r->s, SW_WANT_READ);
		assert_ok(sw_loop_run(r->loop));
	}
	sw_timer_set(r->limit, SW_NEVER);
	return io;
}

static void plaintext_servers_are_recognised(void **state)
{
	static const struct {
		const char *says;
		enum sw_speaks speaks;
		const char *text;
	} rows[] = {
		{ "220 mx.test ESMTP\r\n", SW_SPEAKS_SMTP,
		  "does not speak TLS but smtp: it began with \"220 mx.test ESMT\"" },
		{ "HTTP/1.1 400 Bad Request\r\n\r\n", SW_SPEAKS_HTTP, "but http" },
		{ "SSH-2.0-OpenSSH_9.2p1\r\n", SW_SPEAKS_SSH, "but ssh" },
		{ "\x1b]0;x\x07garbage and more", SW_SPEAKS_BINARY,
		  "\"\\x1b]0;x\\x07garbage an\"" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct rig r;

		rig_init(&r, *state);
		assert_int_equal(write(r.fd, rows[i].says, strlen(rows[i].says)),
				 (ssize_t)strlen(rows[i].says));
		assert_int_equal(shake(&r, 5000), SW_IO_ERROR);
		const struct sw_tls_info *info = sw_tls_get_info(r.s);

		assert_contains(info->errors, "wrong version number");
		assert_contains(info->errors, "0A00010B");
		assert_row(i, sw_first_bytes(sw_slice(info->first_bytes,
						      info->first_bytes_len)) ==
				      rows[i].speaks);
		assert_memory_equal(info->first_bytes, rows[i].says, info->first_bytes_len);
		assert_int_equal(info->first_bytes_len, sizeof(info->first_bytes));
		assert_false(info->done || info->verified);
		assert_contains(sw_stream_failure(r.s)->text, rows[i].text);
		/* And it stays broken. */
		assert_int_equal(sw_stream_handshake(r.s), SW_IO_ERROR);
		rig_fini(&r);
	}
}

static void a_server_that_refuses_in_plain_text_and_closes_is_still_heard(void **state)
{
	struct rig r;

	rig_init(&r, *state);
	assert_int_equal(write(r.fd, "421 too many\r\n", 14), 14);
	/* Reset: our hello lies there unread. Its being written fails, too. */
	sw_tcp_abort(r.fd, true);
	assert_int_equal(shake(&r, 5000), SW_IO_ERROR);
	assert_memory_equal(sw_tls_get_info(r.s)->first_bytes, "421 too many\r\n", 14);
	rig_fini(&r);
}

static void the_end_of_the_connection_and_a_reset_are_told_apart(void **state)
{
	for (int reset = 0; reset < 2; reset++) {
		struct rig r;

		rig_init(&r, *state);
		assert_int_equal(sw_stream_handshake(r.s), SW_IO_AGAIN);
		char hello[4096];

		assert_true(read(r.fd, hello, sizeof(hello)) > 100);
		assert_memory_equal(hello, "\x16\x03\x01", 3);
		sw_tcp_abort(r.fd, reset);
		assert_int_equal(shake(&r, 5000), SW_IO_ERROR);
		const struct sw_io_failure *failure = sw_stream_failure(r.s);

		assert_int_equal(failure->cause,
				 reset ? SW_IO_CAUSE_OS : SW_IO_CAUSE_TRUNCATED);
		assert_int_equal(failure->os_errno, reset ? ECONNRESET : 0);
		assert_contains(failure->text,
				reset ? "reset" : "closed the connection during");
		assert_int_equal(sw_tls_get_info(r.s)->alert_sent, -1);
		rig_fini(&r);
	}
}

static void a_handshake_that_hangs_is_left_to_the_owner(void **state)
{
	struct rig r;

	rig_init(&r, *state);
	assert_int_equal(shake(&r, 50), SW_IO_AGAIN);
	assert_true(r.late);
	assert_int_equal(sw_stream_failure(r.s)->cause, SW_IO_CAUSE_NONE);
	assert_true(sw_tls_get_info(r.s)->raw_out > 100);
	rig_fini(&r);
}

/* TLS on both ends of a connection, and a short conversation. */
static void talk(struct wire *w, struct sw_tls_context *client, struct sw_tls_context *server,
		 const char *name)
{
	wire_init(w, true);
	w->a.stack = sw_tls_client(w->a.stack, client, name, SW_TLS_VERIFY_NONE, NULL);
	w->b.stack = sw_tls_server(w->b.stack, server, NULL);
	assert_true(w->a.stack && w->b.stack);
	w->a.out = SW_S("EHLO");
	w->b.out = SW_S("220 hi");
	w->a.expected = 6;
	w->b.expected = 4;
	wire_run(w, 20000);
	assert_false(w->late);
}

static void alerts_of_the_server_are_kept(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_context *only13 = context(&(struct sw_tls_settings){
		.server = true, .cert_pem = f->leaf->pem, .key_pem = f->leaf->key_pem,
		.min_version = TLS1_3_VERSION });
	struct sw_tls_context *other_ciphers = context(&(struct sw_tls_settings){
		.server = true, .cert_pem = f->leaf->pem, .key_pem = f->leaf->key_pem,
		.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" });
	struct sw_tls_context *client = context(&(struct sw_tls_settings){
		.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" });
	const struct {
		struct sw_tls_context *server;
		int alert;
		const char *text;
	} rows[] = {
		{ only13, 70, "TLS alert 70 (protocol version)" },
		{ other_ciphers, 40, "TLS alert 40 (handshake failure)" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct wire w;

		talk(&w, client, rows[i].server, "mx.test");
		const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

		assert_row(i, w.a.end == SW_IO_ERROR && w.b.end == SW_IO_ERROR);
		assert_int_equal(info->alert_received, rows[i].alert);
		assert_int_equal(info->alert_sent, -1);
		assert_int_equal(sw_tls_get_info(w.b.stack)->alert_sent, rows[i].alert);
		assert_contains(sw_stream_failure(w.a.stack)->text, rows[i].text);
		assert_true(info->errors[0] != '\0');
		wire_fini(&w);
	}
	sw_tls_context_unref(only13);
	sw_tls_context_unref(other_ciphers);
	sw_tls_context_unref(client);
}

static void a_demand_for_our_certificate_is_noticed_before_and_after(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	static const int alerts[] = { 40, 116 };
	const struct fixture *f = *state;

	for (size_t i = 0; i < SW_LEN(versions); i++) {
		struct sw_tls_settings s = { .server = true, .cert_pem = f->leaf->pem,
					     .key_pem = f->leaf->key_pem,
					     .max_version = versions[i],
					     .require_client_cert = true };
		struct sw_tls_context *demanding = context(&s);
		struct wire w;

		talk(&w, f->client, demanding, "mx.test");
		const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

		assert_row(i, w.a.end == SW_IO_ERROR);
		assert_row(i, info->client_cert_wanted);
		assert_int_equal(info->alert_received, alerts[i]);
		/* With TLS 1.3 our side was done when the alert came (RFC 8446 4.4.2.4). */
		assert_int_equal(info->done, i == 1);
		assert_int_equal(sw_stream_failure(w.a.stack)->cause, SW_IO_CAUSE_TLS);
		wire_fini(&w);
		sw_tls_context_unref(demanding);
		/* Asked and not insisted; and one that we have. */
		s.require_client_cert = false;
		s.request_client_cert = true;
		struct sw_tls_context *asking = context(&s);
		struct sw_tls_context *client = context(&(struct sw_tls_settings){
			.cert_pem = f->leaf->pem, .key_pem = f->leaf->key_pem });

		talk(&w, f->client, asking, "mx.test");
		assert_row(i, w.a.end == SW_IO_OK && w.b.end == SW_IO_OK);
		assert_row(i, sw_tls_get_info(w.a.stack)->client_cert_wanted);
		assert_int_equal(sw_tls_get_info(w.b.stack)->chain_len, 0);
		wire_fini(&w);
		talk(&w, client, asking, "mx.test");
		assert_row(i, w.a.end == SW_IO_OK && w.b.end == SW_IO_OK);
		assert_int_equal(sw_tls_get_info(w.b.stack)->chain_len, 1);
		wire_fini(&w);
		sw_tls_context_unref(asking);
		sw_tls_context_unref(client);
	}
}

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

static void an_end_with_notice_is_clean_and_one_without_is_noted(void **state)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };
	const struct fixture *f = *state;

	for (size_t i = 0; i < 2 * SW_LEN(versions); i++) {
		struct sw_tls_context *server = server_context(f, versions[i / 2]);
		bool notice = i % 2;
		char buf[16];
		struct wire w;
		size_t n;

		talk(&w, f->client, server, "mx.test");
		if (notice)
			sw_stream_shutdown(w.b.stack);
		else
			sw_tcp_abort(sw_stream_fd(w.b.stack), false);
		for (int twice = 0; twice < 2; twice++)
			assert_row(i, sw_stream_read(w.a.stack, buf, sizeof(buf), &n) ==
					      SW_IO_EOF);
		assert_row(i, sw_stream_failure(w.a.stack)->cause ==
				      (notice ? SW_IO_CAUSE_NONE : SW_IO_CAUSE_TRUNCATED));
		assert_int_equal(sw_tls_get_info(w.a.stack)->alert_sent, -1);
		/* The other direction is still open after a notice (RFC 8446 6.1). */
		if (notice)
			assert_int_equal(sw_stream_write(w.a.stack, SW_S("x"), &n), SW_IO_OK);
		wire_fini(&w);
		sw_tls_context_unref(server);
	}
}

static void channel_bindings_agree_on_both_ends(void **state)
{
	static const struct {
		int version;
		const char *type;
		size_t len;
	} rows[] = {
		{ TLS1_3_VERSION, "tls-exporter", 32 },	 { TLS1_2_VERSION, "tls-exporter", 0 },
		{ TLS1_2_VERSION, "tls-unique", 12 },	 { TLS1_3_VERSION, "tls-unique", 0 },
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
		assert_int_equal(sw_tls_channel_binding(w.a.stack->below, rows[i].type, a,
							sizeof(a)), 0);
		if (i == 4) {
			unsigned n;

			assert_int_equal(X509_digest(f->leaf->x509, EVP_sha256(), b, &n), 1);
			assert_memory_equal(a, b, 32);
		}
		wire_fini(&w);
		sw_tls_context_unref(server);
	}
}

static void names_that_cannot_be_verified_are_refused(void **state)
{
	const struct fixture *f = *state;
	char long_name[400];
	static const char *const bad[] = { NULL, "", "long" };

	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		struct sw_error err = { 0 };
		struct wire w;

		wire_init(&w, false);
		/* What is below stays the caller's. */
		assert_null(sw_tls_client(w.a.stack, f->client, i == 2 ? long_name : bad[i],
					  SW_TLS_VERIFY_FULL, &err));
		assert_err(err.code, SW_E_USAGE);
		wire_fini(&w);
	}
}

static void a_flipped_bit_ends_the_session_with_an_alert(void **state)
{
	const struct fixture *f = *state;
	const struct sw_fault_plan flip = { .flip_byte_out = 20 };
	char buf[64];
	struct wire w;
	size_t n;

	wire_init(&w, false);
	struct sw_stream *below = sw_fault_wrap(w.b.stack, &(struct sw_fault_plan){ 0 }, NULL);

	w.a.stack = sw_tls_client(w.a.stack, f->client, "mx.test", SW_TLS_VERIFY_NONE, NULL);
	w.b.stack = sw_tls_server(below, f->server, NULL);
	w.a.out = SW_S("EHLO");
	w.b.out = SW_S("220 hi");
	w.a.expected = 6;
	w.b.expected = 4;
	wire_run(&w, 20000);
	sw_fault_set(w.b.stack, &flip);
	assert_int_equal(sw_stream_write(w.b.stack, SW_S("250 accepted"), &n), SW_IO_OK);
	assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_ERROR);
	assert_int_equal(n, 0);
	const struct sw_tls_info *info = sw_tls_get_info(w.a.stack);

	assert_int_equal(info->alert_sent, 20);
	assert_contains(info->errors, "bad record mac");
	assert_contains(sw_stream_failure(w.a.stack)->text, "bad record mac");
	assert_int_equal(sw_stream_write(w.a.stack, SW_S("x"), &n), SW_IO_ERROR);
	wire_fini(&w);
}

static void what_was_written_counts_although_sending_failed(void **state)
{
	const struct fixture *f = *state;
	char buf[64];
	struct wire w;
	size_t n;

	talk(&w, f->client, f->server, "mx.test");
	sw_tcp_abort(sw_stream_fd(w.b.stack), true);
	/* It is not known whether a part arrived, so it may not be said that none did. */
	assert_int_equal(sw_stream_write(w.a.stack, SW_S(".\r\n"), &n), SW_IO_OK);
	assert_int_equal(n, 3);
	assert_int_equal(sw_stream_write(w.a.stack, SW_S("QUIT\r\n"), &n), SW_IO_ERROR);
	assert_int_equal(n, 0);
	assert_int_equal(sw_stream_failure(w.a.stack)->os_errno, ECONNRESET);
	assert_int_not_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	wire_fini(&w);
}

static void bytes_held_in_memory_wake_the_reader(void **state)
{
	const struct fixture *f = *state;
	char buf[4];
	struct wire w;
	size_t n, got = 0;

	talk(&w, f->client, f->server, "mx.test");
	assert_int_equal(sw_stream_write(w.b.stack, SW_S("0123456789"), &n), SW_IO_OK);
	assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	sw_stream_on_ready(w.a.stack, stop, w.loop);
	/* The socket is empty, the rest lies in TLS: the loop must not sleep on it. */
	for (got = n; got < 10; got += n) {
		assert_true(sw_stream_pending(w.a.stack));
		sw_stream_want(w.a.stack, SW_WANT_READ);
		assert_ok(sw_loop_poll(w.loop));
		assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_OK);
	}
	assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n), SW_IO_AGAIN);
	assert_false(sw_stream_pending(w.a.stack));
	wire_fini(&w);
}

static void free_it(void *arg)
{
	struct wire *w = arg;

	sw_stream_freep(&w->a.stack);
}

static void a_stream_may_be_freed_in_its_callback(void **state)
{
	const struct fixture *f = *state;
	char buf[4];
	struct wire w;
	size_t n;

	for (int held = 0; held < 2; held++) {
		talk(&w, f->client, f->server, "mx.test");
		assert_int_equal(sw_stream_write(w.b.stack, SW_S("0123456789"), &n), SW_IO_OK);
		/* Woken by the socket, or by what is held in memory. */
		if (held)
			assert_int_equal(sw_stream_read(w.a.stack, buf, sizeof(buf), &n),
					 SW_IO_OK);
		sw_stream_on_ready(w.a.stack, free_it, &w);
		sw_stream_want(w.a.stack, SW_WANT_READ);
		assert_ok(sw_loop_run(w.loop));
		assert_null(w.a.stack);
		wire_fini(&w);
	}
}

static void another_piece_may_be_offered_after_again(void **state)
{
	const struct fixture *f = *state;
	static char big[65536];
	struct wire w;
	size_t n;
	enum sw_io io;

	talk(&w, f->client, f->server, "mx.test");
	/* Until the socket is full: nobody reads. */
	memset(big, 'x', sizeof(big));
	do
		io = sw_stream_write(w.a.stack, sw_slice(big, sizeof(big)), &n);
	while (io == SW_IO_OK);
	assert_int_equal(io, SW_IO_AGAIN);
	assert_int_equal(sw_stream_write(w.a.stack, SW_S("other"), &n), SW_IO_AGAIN);
	sw_buf_clear(&w.b.in);
	/* The reader takes all; then the other bytes pass. */
	w.a.done = w.b.done = false;
	w.a.out = SW_S("yyy");
	w.a.sent = 0;
	w.b.out = (struct sw_slice){ NULL, 0 };
	w.a.hangs_up = true;
	w.b.expected = SIZE_MAX;
	wire_run(&w, 20000);
	assert_false(w.late);
	struct sw_slice in = sw_buf_slice(&w.b.in);

	assert_true(in.len > 3 && in.ptr[0] == 'x');
	assert_true(sw_slice_eq(sw_slice_from(in, in.len - 3), SW_S("yyy")));
	assert_int_equal(w.b.end, SW_IO_EOF);
	assert_int_equal(sw_stream_failure(w.b.stack)->cause, SW_IO_CAUSE_NONE);
	wire_fini(&w);
}

/* A connection, a handshake and a word, all or nothing. */
static enum sw_err shake_hands(void *arg)
{
	const struct fixture *f = arg;
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_stream *ends[2] = { NULL, NULL };
	enum sw_err code = loop ? SW_OK : SW_E_NOMEM;
	int fds[2];
	size_t n;

	wire_fds(false, fds);
	for (size_t i = 0; i < 2; i++) {
		if (!loop) {
			close(fds[i]);
			continue;
		}
		ends[i] = sw_tcp_stream(loop, fds[i], NULL);
		struct sw_stream *top = !ends[i] ? NULL
					: i      ? sw_tls_server(ends[i], f->server, NULL)
						 : sw_tls_client(ends[i], f->client, "mx.test",
								 SW_TLS_VERIFY_NONE, NULL);

		if (top)
			ends[i] = top;
		else
			code = SW_E_NOMEM;
	}
	for (int turn = 0; turn < 8 && !code; turn++)
		for (size_t i = 0; i < 2; i++)
			if (sw_stream_handshake(ends[i]) == SW_IO_ERROR)
				code = SW_E_NOMEM;
	if (!code && (sw_stream_write(ends[0], SW_S("hello"), &n) != SW_IO_OK ||
		      sw_tls_get_info(ends[0])->chain_len != 1))
		code = SW_E_NOMEM;
	sw_stream_free(ends[0]);
	sw_stream_free(ends[1]);
	sw_loop_free(loop);
	return code;
}

static void survives_want_of_memory(void **state)
{
	sw_test_failing_allocations(shake_hands, *state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plaintext_servers_are_recognised),
		cmocka_unit_test(
			a_server_that_refuses_in_plain_text_and_closes_is_still_heard),
		cmocka_unit_test(the_end_of_the_connection_and_a_reset_are_told_apart),
		cmocka_unit_test(a_handshake_that_hangs_is_left_to_the_owner),
		cmocka_unit_test(alerts_of_the_server_are_kept),
		cmocka_unit_test(a_demand_for_our_certificate_is_noticed_before_and_after),
		cmocka_unit_test(what_was_agreed_is_told),
		cmocka_unit_test(info_outlives_the_stream_when_taken),
		cmocka_unit_test(hostile_certificates_are_shown_harmless),
		cmocka_unit_test(a_long_chain_is_cut_and_counted),
		cmocka_unit_test(an_end_with_notice_is_clean_and_one_without_is_noted),
		cmocka_unit_test(channel_bindings_agree_on_both_ends),
		cmocka_unit_test(names_that_cannot_be_verified_are_refused),
		cmocka_unit_test(a_flipped_bit_ends_the_session_with_an_alert),
		cmocka_unit_test(what_was_written_counts_although_sending_failed),
		cmocka_unit_test(bytes_held_in_memory_wake_the_reader),
		cmocka_unit_test(a_stream_may_be_freed_in_its_callback),
		cmocka_unit_test(another_piece_may_be_offered_after_again),
		cmocka_unit_test(survives_want_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
