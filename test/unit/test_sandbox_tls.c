/* SPDX-License-Identifier: MIT */
/* The faults of TLS, live: a client that is bare OpenSSL meets them. */
#include "sw_sandbox_test.h"

#include <openssl/err.h>
#include <signal.h>

#include "sandbox/fault.h"
#include "sw_sandbox_rows.h"

static void greet(struct client *c, const struct box *b)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	assert_code(c, 220);
}

static void hello(struct client *c, const struct box *b)
{
	greet(c, b);
	assert_says(c, "EHLO c\r\n", 250);
}

static int tls(struct client *c, const struct box *b, int max_version)
{
	ERR_clear_error();
	return client_handshake(c, sw_sandbox_ca_file(b->sandbox), "localhost", max_version);
}

static void expect_quiet(struct client *c)
{
	char byte;

	assert_int_equal(client_read(c, &byte, 1, QUIET_MS), -2);
}

static void story_tls_on_plain_port(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	expect_quiet(c);
	assert_int_equal(tls(c, b, 0), 1);
	assert_code(c, 220);
}

static void story_plain_on_tls_port(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_code(c, 220);
	assert_says(c, "EHLO c\r\n", 250);
	assert_contains(c->reply, "STARTTLS");
}

static void story_starttls_injected(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "STARTTLS\r\n", 220);
	assert_code(c, 250);
	assert_contains(c->reply, "injected before TLS");
	assert_int_equal(tls(c, b, 0), 1);
	assert_says(c, "EHLO c\r\n", 250);
}

/* The client's ClientHello is met, on both ports. */
static void meet_hello(struct box *b, struct client *c, int turn)
{
	if (turn) {
		client_open(c, sw_sandbox_tls_port(b->sandbox));
		return;
	}
	hello(c, b);
	assert_says(c, "STARTTLS\r\n", 220);
}

static void story_starttls_garbage(struct box *b, struct client *c)
{
	hello(c, b);
	assert_says(c, "STARTTLS\r\n", 220);
	assert_int_equal(tls(c, b, 0), -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_WRONG_VERSION_NUMBER);
}

static void story_tls_handshake_hang(struct box *b, struct client *c)
{
	static const char start[] = "\x16\x03\x01\x00\x05hello";

	for (int turn = 0; turn < 2; turn++) {
		meet_hello(b, c, turn);
		assert_true(client_try_send(c, start, sizeof(start) - 1));
		expect_quiet(c);
		if (!turn)
			client_close(c);
	}
}

static void story_tls_handshake_close(struct box *b, struct client *c)
{
	for (int turn = 0; turn < 2; turn++) {
		meet_hello(b, c, turn);
		assert_int_equal(tls(c, b, 0) <= 0, 1);
		assert_int_equal(errno, 0);
		assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
				 SSL_R_UNEXPECTED_EOF_WHILE_READING);
		if (!turn)
			client_close(c);
	}
}

static void story_tls_handshake_reset(struct box *b, struct client *c)
{
	for (int turn = 0; turn < 2; turn++) {
		meet_hello(b, c, turn);
		assert_int_equal(tls(c, b, 0), -1);
		assert_int_equal(errno, ECONNRESET);
		if (!turn)
			client_close(c);
	}
}

static void story_tls_old(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, 0), -1);
	client_close(c);
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, TLS1_2_VERSION), 1);
	assert_string_equal(SSL_get_version(c->ssl), "TLSv1");
	assert_code(c, 220);
}

static void story_tls_intolerant(struct box *b, struct client *c)
{
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	client_close(c);
	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, TLS1_2_VERSION), 1);
	assert_code(c, 220);
}

static void story_tls_hello_limit(struct box *b, struct client *c)
{
	struct box roomy;

	client_open(c, sw_sandbox_tls_port(b->sandbox));
	assert_int_equal(tls(c, b, 0), -1);
	assert_int_equal(errno, ECONNRESET);
	client_close(c);
	box_start_fault(&roomy, "tls-hello-limit=8000");
	client_open(c, sw_sandbox_tls_port(roomy.sandbox));
	assert_int_equal(tls(c, &roomy, 0), 1);
	assert_code(c, 220);
	client_close(c);
	box_stop(&roomy);
	client_open(c, sw_sandbox_port(b->sandbox));
}

static void story_tls_alert(struct box *b, struct client *c)
{
	meet_hello(b, c, 1);
	assert_int_equal(tls(c, b, 0), -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()), SSL_AD_REASON_OFFSET + 80);
}

static void story_tls_sni_unknown(struct box *b, struct client *c)
{
	meet_hello(b, c, 1);
	assert_int_equal(tls(c, b, 0), -1);
	assert_int_equal(ERR_GET_REASON(ERR_peek_last_error()),
			 SSL_AD_REASON_OFFSET + SSL_AD_UNRECOGNIZED_NAME);
	client_close(c);
	meet_hello(b, c, 1);
	assert_int_equal(client_handshake(c, sw_sandbox_ca_file(b->sandbox), NULL, 0), 1);
	assert_code(c, 220);
}

static const struct {
	const char *fault;
	long verify;
} certs[] = {
	{ "cert-expired", X509_V_ERR_CERT_HAS_EXPIRED },
	{ "cert-not-yet", X509_V_ERR_CERT_NOT_YET_VALID },
	{ "cert-wrong-name", X509_V_ERR_HOSTNAME_MISMATCH },
	{ "cert-self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
	{ "cert-unknown-ca", X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN },
	{ "cert-missing-intermediate", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
	{ "cert-weak-key", X509_V_ERR_EE_KEY_TOO_SMALL },
	{ "cert-cn-only", X509_V_OK },
};

static void certificates_fail_as_they_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(certs); i++) {
		struct box b;
		struct client c;

		box_start_fault(&b, certs[i].fault);
		for (int turn = 0; turn < 2; turn++) {
			meet_hello(&b, &c, turn);
			assert_row(i, tls(&c, &b, 0) == 1);
			assert_int_equal(c.verify, certs[i].verify);
			client_close(&c);
		}
		box_stop(&b);
	}
}

static const struct {
	const char *spec;
	void (*tell)(struct box *b, struct client *c);
} stories[] = {
	{ "tls-on-plain-port", story_tls_on_plain_port },
	{ "plain-on-tls-port", story_plain_on_tls_port },
	{ "starttls-injected", story_starttls_injected },
	{ "starttls-garbage", story_starttls_garbage },
	{ "tls-handshake-hang", story_tls_handshake_hang },
	{ "tls-handshake-close", story_tls_handshake_close },
	{ "tls-handshake-reset", story_tls_handshake_reset },
	{ "tls-old", story_tls_old },
	{ "tls-intolerant", story_tls_intolerant },
	{ "tls-hello-limit=100", story_tls_hello_limit },
	{ "tls-alert=80", story_tls_alert },
	{ "tls-sni-unknown", story_tls_sni_unknown },
};

static void each_fault_of_tls_tells_its_story(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(stories); i++) {
		struct box b;
		struct client c;

		print_message("# %s\n", stories[i].spec);
		box_start_fault(&b, stories[i].spec);
		stories[i].tell(&b, &c);
		client_close(&c);
		box_stop(&b);
	}
}

static void no_row_of_tls_is_without_a_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < sw_fault_row_count(); i++) {
		const struct sw_fault_row *row = sw_fault_row_at(i);
		bool found = !is_tls_row(row);

		for (size_t k = 0; k < SW_LEN(stories); k++)
			found |= !strncmp(stories[k].spec, row->name, strlen(row->name));
		for (size_t k = 0; k < SW_LEN(certs); k++)
			found |= !strcmp(certs[k].fault, row->name);
		if (!found)
			fail_msg("%s has no test", row->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_fail_as_they_should),
		cmocka_unit_test(each_fault_of_tls_tells_its_story),
		cmocka_unit_test(no_row_of_tls_is_without_a_test),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
