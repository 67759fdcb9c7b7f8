/* SPDX-License-Identifier: MIT */
/* Handshakes: those that come about, and what becomes of the others. */
#include "tls_fixture.h"

#include <errno.h>
#include <unistd.h>

#include "net/fault.h"
#include "net/first_bytes.h"
#include "net/tap.h"
#include "net/tcp.h"

/* A client against a plain descriptor. */
struct rig {
	struct sw_loop *loop;
	struct sw_stream *s;
	struct sw_timer *limit;
	int fd;
	bool late;
};

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
		assert_row(i,
			   sw_first_bytes(sw_slice(info->first_bytes,
						   info->first_bytes_len)) == rows[i].speaks);
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

static void alerts_of_the_server_are_kept(void **state)
{
	const struct fixture *f = *state;
	struct sw_tls_context *only13 =
		context(&(struct sw_tls_settings){ .server = true,
						   .cert_pem = f->leaf->pem,
						   .key_pem = f->leaf->key_pem,
						   .min_version = TLS1_3_VERSION });
	struct sw_tls_context *other_ciphers = context(
		&(struct sw_tls_settings){ .server = true,
					   .cert_pem = f->leaf->pem,
					   .key_pem = f->leaf->key_pem,
					   .max_version = TLS1_2_VERSION,
					   .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" });
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
		struct sw_tls_settings s = { .server = true,
					     .cert_pem = f->leaf->pem,
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
		cmocka_unit_test(names_that_cannot_be_verified_are_refused),
		cmocka_unit_test(a_flipped_bit_ends_the_session_with_an_alert),
		cmocka_unit_test(survives_want_of_memory),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
