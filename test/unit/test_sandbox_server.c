/* SPDX-License-Identifier: MIT */
/* The healthy server. */
#include "sw_sandbox_test.h"

#include <signal.h>

#include "codec/base64.h"
#include "sasl/sasl.h"

static void hello(struct client *c, unsigned port)
{
	client_open(c, port);
	assert_code(c, 220);
	assert_says(c, "EHLO client.example\r\n", 250);
}

static void greets_offers_and_says_goodbye(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "name=mx.example.org", "size=123456", NULL });
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 220);
	assert_string_equal(c.reply, "220 mx.example.org ESMTP sendwell sandbox\r\n");
	assert_says(&c, "EHLO client.example\r\n", 250);
	assert_contains(c.reply, "250-mx.example.org\r\n");
	assert_contains(c.reply, "\r\n250-PIPELINING\r\n");
	assert_contains(c.reply, "\r\n250-SIZE 123456\r\n");
	assert_contains(c.reply, "\r\n250-8BITMIME\r\n");
	assert_contains(c.reply, "\r\n250-SMTPUTF8\r\n");
	assert_contains(c.reply, "\r\n250-STARTTLS\r\n");
	assert_contains(c.reply, "\r\n250-AUTH ");
	assert_contains(c.reply, " PLAIN");
	assert_contains(c.reply, "\r\n250-ENHANCEDSTATUSCODES\r\n");
	assert_contains(c.reply, "\r\n250-DSN\r\n");
	assert_contains(c.reply, "\r\n250-CHUNKING\r\n");
	assert_null(strstr(c.reply, "-PLUS"));
	assert_says(&c, "NOOP\r\n", 250);
	assert_says(&c, "VRFY someone\r\n", 252);
	assert_says(&c, "HELP\r\n", 214);
	assert_says(&c, "RSET\r\n", 250);
	assert_says(&c, "QUIT\r\n", 221);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_stop(&b);
}

static void tls_works_on_both_ports(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "name=mx.example.org", NULL });
	for (int implicit = 0; implicit < 2; implicit++) {
		static const char *const names[] = { "mx.example.org", "localhost" };

		client_open(&c, implicit ? sw_sandbox_tls_port(b.sandbox)
					 : sw_sandbox_port(b.sandbox));
		if (!implicit) {
			assert_code(&c, 220);
			assert_says(&c, "EHLO c\r\n", 250);
			assert_says(&c, "STARTTLS\r\n", 220);
		}
		assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox),
						  names[implicit], 0),
				 1);
		assert_int_equal(c.verify, X509_V_OK);
		if (implicit)
			assert_code(&c, 220);
		else /* RFC 3207 4.2: EHLO of before counts no longer */
			assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 503);
		assert_says(&c, "EHLO c\r\n", 250);
		assert_null(strstr(c.reply, "STARTTLS"));
		assert_says(&c, "STARTTLS\r\n", 503);
		assert_says(&c, "QUIT\r\n", 221);
		assert_int_equal(client_reply(&c), 0);
		client_close(&c);
	}
	box_stop(&b);
}

static void ipv6_and_a_fixed_port(void **state)
{
	struct box b;
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
	struct client c = { .fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	(void)state;
	if (c.fd < 0 || bind(c.fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(c.fd);
		sw_test_skip("no IPv6 on this machine");
	}
	close(c.fd);
	box_start(&b, (const char *const[]){ "listen=::1", "tls-port=none", NULL });
	assert_int_equal(sw_sandbox_tls_port(b.sandbox), 0);
	assert_string_equal(sw_sandbox_address(b.sandbox), "::1");
	to.sin6_port = htons((uint16_t)sw_sandbox_port(b.sandbox));
	c.fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c.fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_code(&c, 220);
	client_close(&c);
	box_stop(&b);
}

static void settings_are_checked(void **state)
{
	static const struct {
		const char *name, *value, *says;
	} rows[] = {
		{ "colour", "red", "no setting \"colour\"" },
		{ "port", "65536", "a port" },
		{ "port", "none", "a port" },
		{ "tls-port", "x", "or none" },
		{ "name", "a b", "host name" },
		{ "name", "", "host name" },
		{ "name", "a\r\nb", "host name" },
		{ "user", "a\nb", "control" },
		{ "size", "0", "bytes" },
		{ "auth", "PLAIN,NONSENSE", "no mechanism is called \"NONSENSE\"" },
		{ "lmtp", "maybe", "yes or no" },
		{ "idle", "0", "seconds" },
		{ "store", "", "a directory" },
		{ "quit-after", "0", "a number of messages" },
		{ "quit-after", "s", "a number of messages" },
		{ "quit-after", "5m", "a number of messages" },
		{ "fault", "nonsense", "no fault is called" },
	};
	struct sw_sandbox *s = sw_sandbox_new();

	(void)state;
	assert_non_null(s);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_err(sw_sandbox_set(s, rows[i].name, rows[i].value), SW_E_USAGE);
		assert_contains(sw_sandbox_error_text(s), rows[i].says);
	}
	for (size_t i = 0; sw_sandbox_setting_name(i); i++) {
		assert_non_null(sw_sandbox_setting_help(i));
		assert_ok(sw_sandbox_set(s, sw_sandbox_setting_name(i), NULL));
	}
	assert_ok(sw_sandbox_set(s, "listen", "not an address"));
	assert_err(sw_sandbox_start(s), SW_E_USAGE);
	assert_contains(sw_sandbox_error_text(s), "no IP address");
	assert_err(sw_sandbox_run(s), SW_E_USAGE);
	assert_ok(sw_sandbox_set(s, "listen", NULL));
	assert_ok(sw_sandbox_start(s));
	assert_err(sw_sandbox_set(s, "port", "1"), SW_E_USAGE);
	assert_err(sw_sandbox_start(s), SW_E_USAGE);
	sw_sandbox_free(s);
}

static void a_taken_port_is_reported(void **state)
{
	struct box b;
	struct sw_sandbox *second = sw_sandbox_new();
	char port[16];

	(void)state;
	box_start(&b, NULL);
	(void)snprintf(port, sizeof(port), "%u", sw_sandbox_port(b.sandbox));
	assert_ok(sw_sandbox_set(second, "port", port));
	assert_err(sw_sandbox_start(second), SW_E_OS);
	assert_contains(sw_sandbox_error_text(second), "in use");
	sw_sandbox_free(second);
	box_stop(&b);
}

static void auth_takes_the_right_password_only(void **state)
{
	static const struct {
		const char *first, *second;
		int codes[2];
	} rows[] = {
		{ LOGIN_PLAIN, NULL, { 235 } },
		/* \0sandbox\0wrong */
		{ "AUTH PLAIN AHNhbmRib3gAd3Jvbmc=\r\n", NULL, { 535 } },
		{ "AUTH PLAIN\r\n", "AHNhbmRib3gAbm90LXNlY3JldA==\r\n", { 334, 235 } },
		{ "AUTH PLAIN\r\n", "*\r\n", { 334, 501 } },
		{ "AUTH PLAIN\r\n", "!!\r\n", { 334, 501 } },
		{ "AUTH PLAIN =\r\n", "AA==\r\n", { 334, 535 } },
		{ "AUTH LOGIN c2FuZGJveA==\r\n", "bm90LXNlY3JldA==\r\n", { 334, 235 } },
		{ "AUTH LOGIN c2FuZGJveA==\r\n", "d3Jvbmc=\r\n", { 334, 535 } },
		{ "AUTH CRAM-MD5 c2FuZGJveA==\r\n", NULL, { 535 } },
		{ "AUTH CRAM-MD5\r\n", "c2FuZGJveCAwMA==\r\n", { 334, 535 } },
		{ "AUTH NO-SUCH-THING\r\n", NULL, { 504 } },
	};
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		hello(&c, sw_sandbox_port(b.sandbox));
		assert_says(&c, rows[i].first, rows[i].codes[0]);
		if (rows[i].second)
			assert_says(&c, rows[i].second, rows[i].codes[1]);
		assert_says(&c, "NOOP\r\n", 250);
		client_close(&c);
	}
	box_stop(&b);
}

/* Runs an exchange with our own client side; the code of the last reply. */
static int log_in(struct client *c, const struct sw_sasl_mech *mech, const char *password)
{
	uint8_t exporter[32];
	struct sw_sasl_identity id = {
		.user = SW_S("sandbox"),
		.secret = sw_slice_str(password),
		.host = SW_S("localhost"),
	};
	struct sw_buf line = { .max = SW_MAX_AUTH_LINE }, raw = { .max = SW_MAX_AUTH_LINE };
	enum sw_sasl_status status;
	int code;

	if (c->ssl &&
	    SSL_export_keying_material(c->ssl, exporter, sizeof(exporter),
				       "EXPORTER-Channel-Binding", 24, NULL, 0, 0) == 1)
		id.binding_exporter = sw_slice(exporter, sizeof(exporter));
	struct sw_sasl *sasl = sw_sasl_client(mech, &id, NULL);

	assert_non_null(sasl);
	assert_ok(sw_buf_printf(&line, "AUTH %s\r\n", mech->name));
	code = client_say(c, sw_buf_str(&line));
	for (int turn = 0; code == 334 && turn < 10; turn++) {
		struct sw_slice challenge = sw_slice_trim(sw_slice_str(c->reply + 4));

		sw_buf_clear(&raw);
		sw_buf_clear(&line);
		assert_ok(sw_base64_decode(challenge, SW_BASE64_STRICT, &raw));
		challenge = sw_buf_slice(&raw);
		struct sw_buf answer = { .max = SW_MAX_AUTH_LINE };

		assert_ok(sw_sasl_step(sasl, challenge, &answer, &status, NULL));
		assert_int_not_equal(status, SW_SASL_REFUSED);
		assert_ok(sw_base64_encode(sw_buf_slice(&answer), &line));
		assert_ok(sw_buf_add_str(&line, "\r\n"));
		sw_buf_fini(&answer);
		code = client_say(c, sw_buf_str(&line));
	}
	sw_sasl_free(sasl);
	sw_buf_fini(&line);
	sw_buf_fini(&raw);
	return code;
}

static void every_mechanism_logs_in(void **state)
{
	struct box b;
	struct client c;
	size_t tested = 0;

	(void)state;
	box_start(&b, NULL);
	for (size_t i = 0; i < 4 * sw_sasl_mech_count(); i++) {
		const struct sw_sasl_mech *mech = sw_sasl_mech_at(i / 4);
		bool secure = i % 2, right = i % 4 < 2;

		/* Certificates and tickets prove nothing that it could check. */
		if ((mech->channel_binding && !secure) || mech->proof > SW_PROOF_TOKEN)
			continue;
		client_open(&c, secure ? sw_sandbox_tls_port(b.sandbox)
				       : sw_sandbox_port(b.sandbox));
		if (secure)
			assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox),
							  "localhost", 0),
					 1);
		assert_code(&c, 220);
		assert_says(&c, "EHLO c\r\n", 250);
		assert_contains(c.reply, mech->name);
		assert_row(i, log_in(&c, mech, right ? "not-secret" : "wrong") ==
				      (right ? 235 : 535));
		/* Only the right password gets into the session. */
		assert_says(&c, LOGIN_PLAIN, right ? 503 : 235);
		client_close(&c);
		tested++;
	}
	assert_true(tested >= 20);
	box_stop(&b);
}

static void requirements_hold(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "require-auth=yes", "require-tls=yes", NULL });
	hello(&c, sw_sandbox_port(b.sandbox));
	assert_null(strstr(c.reply, "AUTH"));
	assert_says(&c, LOGIN_PLAIN, 530);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 530);
	assert_says(&c, "STARTTLS\r\n", 220);
	assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox), "localhost", 0),
			 1);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_contains(c.reply, "-PLUS");
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 530);
	assert_says(&c, LOGIN_PLAIN, 235);
	assert_says(&c, LOGIN_PLAIN, 503);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	client_close(&c);
	box_stop(&b);
	box_start(&b, (const char *const[]){ "user=", NULL });
	hello(&c, sw_sandbox_port(b.sandbox));
	assert_null(strstr(c.reply, "AUTH"));
	assert_says(&c, LOGIN_PLAIN, 503);
	client_close(&c);
	box_stop(&b);
}

static void parameters_are_checked(void **state)
{
	static const struct {
		const char *command;
		int code;
	} rows[] = {
		{ "MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=a+2Bb\r\n",
		  250 },
		{ "MAIL FROM:<a@example.org> SMTPUTF8\r\n", 250 },
		{ "MAIL FROM:<a@example.org> AUTH=<>\r\n", 250 },
		{ "MAIL FROM:<>\r\n", 250 },
		{ "MAIL FROM:<j\xc3\xbcrgen@example.org> SMTPUTF8\r\n", 250 },
		{ "MAIL FROM:<j\xc3\xbcrgen@example.org>\r\n", 553 },
		{ "MAIL FROM:<a@example.org> SIZE=1001\r\n", 552 },
		{ "MAIL FROM:<a@example.org> SIZE=99999999999999999999999\r\n", 501 },
		{ "MAIL FROM:<a@example.org> SIZE=-1\r\n", 501 },
		{ "MAIL FROM:<a@example.org> SIZE\r\n", 501 },
		{ "MAIL FROM:<a@example.org> BODY=9BIT\r\n", 501 },
		{ "MAIL FROM:<a@example.org> SMTPUTF8=1\r\n", 501 },
		{ "MAIL FROM:<a@example.org> RET=SOME\r\n", 501 },
		{ "MAIL FROM:<a@example.org> ENVID=a+2\r\n", 501 },
		{ "MAIL FROM:<a@example.org> COLOUR=red\r\n", 555 },
		{ "MAIL FROM:<a@example.org> NOTIFY=NEVER\r\n", 555 },
	};
	static const struct {
		const char *command;
		int code;
	} rcpts[] = {
		{ "RCPT TO:<b@example.net> NOTIFY=SUCCESS,delay "
		  "ORCPT=rfc822;b@example.net\r\n",
		  250 },
		{ "RCPT TO:<b@example.net> NOTIFY=NEVER\r\n", 250 },
		{ "RCPT TO:<b@example.net> NOTIFY=NEVER,SUCCESS\r\n", 501 },
		{ "RCPT TO:<b@example.net> NOTIFY=\r\n", 501 },
		{ "RCPT TO:<b@example.net> ORCPT=rfc822\r\n", 501 },
		{ "RCPT TO:<b@example.net> SIZE=1\r\n", 555 },
		{ "RCPT TO:<\xc3\xbc@example.net>\r\n", 553 },
	};
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "size=1000", NULL });
	hello(&c, sw_sandbox_port(b.sandbox));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_says(&c, rows[i].command, rows[i].code);
		assert_says(&c, "RSET\r\n", 250);
	}
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	for (size_t i = 0; i < SW_LEN(rcpts); i++)
		assert_says(&c, rcpts[i].command, rcpts[i].code);
	client_close(&c);
	box_stop(&b);
}

static void lmtp_answers_for_each_recipient(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "lmtp=yes", NULL });
	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_code(&c, 220);
	assert_contains(c.reply, " LMTP ");
	assert_says(&c, "EHLO c\r\n", 503);
	assert_says(&c, "LHLO c\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "RCPT TO:<c@example.net>\r\n", 250);
	assert_says(&c, "DATA\r\n", 354);
	assert_says(&c, "x\r\n.\r\n", 250);
	assert_code(&c, 250);
	assert_says(&c, "NOOP\r\n", 250);
	assert_contains(c.reply, "2.0.0 Ok\r\n");
	client_close(&c);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 1);
	box_stop(&b);
}

static void pipelined_commands_are_answered_in_order(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start_fault(&b, "rcpt-unknown=c@example.net");
	client_open(&c, sw_sandbox_port(b.sandbox));
	client_send(
		&c,
		"EHLO c\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n"
		"RCPT TO:<c@example.net>\r\nDATA\r\none\r\n.\r\n"
		"MAIL FROM:<a@example.org>\r\nRCPT TO:<c@example.net>\r\nDATA\r\nQUIT\r\n");
	static const int codes[] = {
		220, 250, 250, 250, 550, 354, 250, 250, 550, 503, 221, 0
	};

	for (size_t i = 0; i < SW_LEN(codes); i++)
		assert_code(&c, codes[i]);
	client_close(&c);
	box_stop(&b);
}

static void it_stops_by_itself(void **state)
{
	struct box b;
	struct client c;
	double started;

	(void)state;
	box_start(&b, (const char *const[]){ "quit-after=1", NULL });
	hello(&c, sw_sandbox_port(b.sandbox));
	client_send(
		&c,
		"MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\nDATA\r\nx\r\n.\r\n");
	assert_code(&c, 250);
	assert_code(&c, 250);
	assert_code(&c, 354);
	assert_code(&c, 250);
	/* The last client may say goodbye. */
	assert_says(&c, "QUIT\r\n", 221);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_join(&b);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 1);
	sw_sandbox_free(b.sandbox);

	started = now_ms();
	box_start(&b, (const char *const[]){ "quit-after=0.05s", NULL });
	box_join(&b);
	assert_true(now_ms() - started >= 50 && now_ms() - started < PATIENT_MS);
	sw_sandbox_free(b.sandbox);
}

static void a_stop_before_the_run_is_not_lost(void **state)
{
	struct sw_sandbox *s = sw_sandbox_new();

	(void)state;
	sw_sandbox_stop(s);
	assert_ok(sw_sandbox_start(s));
	sw_sandbox_stop(s);
	assert_ok(sw_sandbox_run(s));
	sw_sandbox_free(s);
}

static void the_ca_file_goes_with_its_sandbox(void **state)
{
	struct box b;
	char path[512];

	(void)state;
	box_start(&b, NULL);
	(void)snprintf(path, sizeof(path), "%s", sw_sandbox_ca_file(b.sandbox));
	assert_int_equal(access(path, R_OK), 0);
	box_stop(&b);
	assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(greets_offers_and_says_goodbye),
		cmocka_unit_test(tls_works_on_both_ports),
		cmocka_unit_test(ipv6_and_a_fixed_port),
		cmocka_unit_test(settings_are_checked),
		cmocka_unit_test(a_taken_port_is_reported),
		cmocka_unit_test(auth_takes_the_right_password_only),
		cmocka_unit_test(every_mechanism_logs_in),
		cmocka_unit_test(requirements_hold),
		cmocka_unit_test(parameters_are_checked),
		cmocka_unit_test(lmtp_answers_for_each_recipient),
		cmocka_unit_test(pipelined_commands_are_answered_in_order),
		cmocka_unit_test(it_stops_by_itself),
		cmocka_unit_test(a_stop_before_the_run_is_not_lost),
		cmocka_unit_test(the_ca_file_goes_with_its_sandbox),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
