/* SPDX-License-Identifier: MIT */
/* What the sandbox does of the extensions, live: BDAT, LIMITS, REQUIRETLS and the other
 * wishes, LMTP, XCLIENT, the PROXY header, and the faults that belong to them. */
#include "sw_sandbox_test.h"

#include "sandbox/param.h"
#include "sandbox/proxy.h"

static void start(struct client *c, const struct box *b, const char *hello)
{
	client_open(c, sw_sandbox_port(b->sandbox));
	assert_code(c, 220);
	assert_says(c, hello, 250);
}

static void to_message(struct client *c, const struct box *b)
{
	start(c, b, "EHLO c\r\n");
	assert_says(c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(c, "RCPT TO:<b@example.net>\r\n", 250);
}

static void chunks_make_a_message(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	to_message(&c, &b);
	assert_says(&c, "BDAT 5\r\nx: y\r", 250);
	assert_says(&c, "BDAT 0\r\n", 250);
	assert_says(&c, "BDAT 1\r\n\n", 250);
	assert_says(&c, "BDAT 5 last\r\n\r\n.\r\n", 250);
	assert_contains(c.reply, "queued as");
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 1);
	/* All in one packet, and the next message behind. */
	client_send(&c, "MAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.net>\r\n"
			"BDAT 3 LAST\r\nx\r\nRSET\r\n");
	assert_code(&c, 250);
	assert_code(&c, 250);
	assert_code(&c, 250);
	assert_code(&c, 250);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 2);
	client_close(&c);
	box_stop(&b);
}

static void the_order_of_chunks_is_kept(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	start(&c, &b, "EHLO c\r\n");
	/* Its bytes are read all the same. */
	assert_says(&c, "BDAT 6 LAST\r\nQUIT\r\n", 503);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "BDAT 6 LAST\r\nQUIT\r\n", 503);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "BDAT 6\r\nx: y\r\n", 250);
	assert_says(&c, "DATA\r\n", 503);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 503);
	assert_says(&c, "RSET\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org> BODY=BINARYMIME\r\n", 250);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "DATA\r\n", 503);
	assert_says(&c, "BDAT 3 LAST\r\na\nb", 250);
	assert_says(&c, "BDAT 3 LAST\r\na\nb", 503);
	assert_says(&c, "BDAT 3 FIRST\r\n", 521);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	to_message(&c, &b);
	assert_says(&c, "BDAT 3 LAST\r\na\nb", 521);
	client_close(&c);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 1);
	box_stop(&b);
}

static void a_refused_chunk_needs_a_reset(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "fault=bdat-chunk-refused", NULL });
	to_message(&c, &b);
	assert_says(&c, "BDAT 3\r\nx\r\n", 503);
	assert_says(&c, "BDAT 3 LAST\r\nx\r\n", 503);
	assert_contains(c.reply, "RSET");
	assert_says(&c, "RSET\r\n", 250);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 0);
	client_close(&c);
	box_stop(&b);

	box_start(&b, (const char *const[]){ "size=10", NULL });
	to_message(&c, &b);
	assert_says(&c, "BDAT 10\r\n12345678\r\n", 250);
	assert_says(&c, "BDAT 2\r\n\r\n", 552);
	client_close(&c);
	box_stop(&b);
}

static void faults_of_chunking(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start_fault(&b, "bdat-500");
	to_message(&c, &b);
	assert_contains(c.reply, "250");
	client_send(&c, "BDAT 9 LAST\r\nsecret\r\n\r\n");
	assert_code(&c, 500);
	assert_code(&c, 500);
	assert_code(&c, 500);
	client_close(&c);
	box_stop(&b);

	box_start_fault(&b, "bdat-refused=554 5.6.0 no chunks");
	to_message(&c, &b);
	assert_says(&c, "BDAT 3 LAST\r\nx\r\n", 554);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "DATA\r\n", 354);
	assert_says(&c, "x\r\n.\r\n", 250);
	client_close(&c);
	box_stop(&b);

	box_start_fault(&b, "no-chunking");
	to_message(&c, &b);
	assert_says(&c, "BDAT 0 LAST\r\n", 500);
	client_close(&c);
	box_stop(&b);
}

static void limits_are_stated_and_kept(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start_fault(&b, "limits=RCPTMAX=3 RCPTDOMAINMAX=2 MAILMAX=1");
	start(&c, &b, "EHLO c\r\n");
	assert_contains(c.reply, "LIMITS RCPTMAX=3 RCPTDOMAINMAX=2 MAILMAX=1\r\n");
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "RCPT TO:<a@one.example>\r\n", 250);
	assert_says(&c, "RCPT TO:<a@two.example>\r\n", 250);
	assert_says(&c, "RCPT TO:<a@three.example>\r\n", 452);
	assert_says(&c, "RCPT TO:<b@ONE.example>\r\n", 250);
	assert_says(&c, "RCPT TO:<c@one.example>\r\n", 452);
	assert_says(&c, "BDAT 3 LAST\r\nx\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 421);
	assert_int_equal(client_reply(&c), 0);
	client_close(&c);
	box_stop(&b);
}

static void wishes_are_looked_at(void **state)
{
	static const struct {
		const char *params;
		int code;
	} rows[] = {
		{ "HOLDFOR=60", 250 },
		{ "HOLDFOR=0", 501 },
		{ "HOLDFOR=9999999999", 501 },
		{ "HOLDUNTIL=2030-01-31T08:00:00Z", 250 },
		{ "HOLDUNTIL=2030-01-31T08:00:00+02:00", 250 },
		{ "HOLDUNTIL=tomorrow", 501 },
		{ "BY=120;R", 250 },
		{ "BY=-120;NT", 250 },
		{ "BY=-120;R", 501 },
		{ "BY=0;r", 501 },
		{ "BY=120", 501 },
		{ "BY=120;X", 501 },
		{ "BY=1234567890;N", 501 },
		{ "MT-PRIORITY=-9", 250 },
		{ "MT-PRIORITY=10", 501 },
		{ "MT-PRIORITY=+1", 501 },
		{ "BODY=BINARYMIME", 250 },
		{ "BODY=TEXT", 501 },
		{ "ENVID=a+2Bb RET=HDRS", 250 },
		{ "ENVID=a+2", 501 },
		{ "REQUIRETLS", 555 }, /* in clear it is not offered (RFC 8689 2) */
		{ "NOTIFY=NEVER", 555 },
		{ "X-NOBODY=1", 555 },
	};
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, NULL);
	start(&c, &b, "EHLO c\r\n");
	assert_contains(c.reply, "FUTURERELEASE ");
	assert_null(strstr(c.reply, "REQUIRETLS"));
	assert_null(strstr(c.reply, "XCLIENT"));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char line[128];

		print_message("# %s\n", rows[i].params);
		(void)snprintf(line, sizeof(line), "MAIL FROM:<a@example.org> %s\r\n",
			       rows[i].params);
		assert_says(&c, line, rows[i].code);
		assert_says(&c, "RSET\r\n", 250);
	}
	assert_says(&c, "STARTTLS\r\n", 220);
	assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox), "localhost", 0),
			 1);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_contains(c.reply, "REQUIRETLS");
	assert_says(&c, "MAIL FROM:<a@example.org> REQUIRETLS\r\n", 250);
	client_close(&c);
	box_stop(&b);
}

static void lmtp_answers_for_each(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "lmtp=yes", "fault=lmtp-some-refused=2", NULL });
	start(&c, &b, "LHLO c\r\n");
	assert_contains(c.reply, "CHUNKING");
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 250);
	assert_says(&c, "RCPT TO:<a@example.net>\r\n", 250);
	assert_says(&c, "RCPT TO:<b@example.net>\r\n", 250);
	assert_says(&c, "RCPT TO:<c@example.net>\r\n", 250);
	assert_says(&c, "BDAT 3\r\nx\r\n", 250);
	assert_says(&c, "BDAT 0 LAST\r\n", 250);
	assert_code(&c, 552);
	assert_contains(c.reply, "552 5.2.2 ");
	assert_code(&c, 250);
	assert_says(&c, "NOOP\r\n", 250);
	assert_int_equal(sw_sandbox_message_count(b.sandbox), 1);
	client_close(&c);
	box_stop(&b);
}

static void xclient_begins_anew(void **state)
{
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "xclient=yes", "require-auth=yes",
					     "fault=rate-limited", NULL });
	start(&c, &b, "EHLO c\r\n");
	assert_contains(c.reply, "XCLIENT NAME ADDR");
	assert_says(&c, "XCLIENT ADDR=nonsense\r\n", 501);
	assert_says(&c, "XCLIENT COLOUR=red\r\n", 501);
	assert_says(&c, "XCLIENT ADDR\r\n", 501);
	assert_says(
		&c,
		"XCLIENT ADDR=IPV6:2001:db8::7 PORT=25 LOGIN=me+40x NAME=[UNAVAILABLE]\r\n",
		220);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 503);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 450);
	assert_contains(c.reply, "too much mail from 2001:db8::7\r\n");
	client_close(&c);
	box_stop(&b);

	box_start(&b, NULL);
	start(&c, &b, "EHLO c\r\n");
	assert_says(&c, "XCLIENT ADDR=192.0.2.1\r\n", 502);
	client_close(&c);
	box_stop(&b);
}

static void a_proxy_header_comes_first(void **state)
{
	static const char v2[] =
		"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f\xc0\0\2\7\xc0\0\2\1\x10\0\0\x19"
		"\3\0\0";
	struct box b;
	struct client c;

	(void)state;
	box_start(&b, (const char *const[]){ "proxy=yes", "fault=rate-limited", NULL });
	client_open(&c, sw_sandbox_port(b.sandbox));
	client_send(&c, "PROXY TCP4 192.0.2.9 ");
	assert_int_equal(client_line(&c, QUIET_MS), -2);
	client_send(&c, "192.0.2.1 4711 25\r\n");
	assert_code(&c, 220);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 450);
	assert_contains(c.reply, "from 192.0.2.9\r\n");
	client_close(&c);

	client_open(&c, sw_sandbox_port(b.sandbox));
	assert_true(client_try_send(&c, v2, sizeof(v2) - 1));
	assert_code(&c, 220);
	assert_says(&c, "EHLO c\r\n", 250);
	assert_says(&c, "MAIL FROM:<a@example.org>\r\n", 450);
	assert_contains(c.reply, "from 192.0.2.7\r\n");
	client_close(&c);

	client_open(&c, sw_sandbox_tls_port(b.sandbox));
	client_send(&c, "PROXY UNKNOWN\r\n");
	assert_int_equal(client_handshake(&c, sw_sandbox_ca_file(b.sandbox), "localhost", 0),
			 1);
	assert_code(&c, 220);
	client_close(&c);

	client_open(&c, sw_sandbox_port(b.sandbox));
	client_send(&c, "EHLO c\r\n");
	assert_int_equal(client_reply(&c) > 0, 0);
	client_close(&c);
	box_stop(&b);
}

/* Every beginning of a header wants more; what no header can begin with is none. */
static void proxy_headers_are_read_at_any_cut(void **state)
{
	static const struct {
		struct sw_slice in;
		bool known;
		const char *source;
	} rows[] = {
		{ { "PROXY TCP4 192.0.2.9 192.0.2.1 4711 25\r\n", 40 },
		  true,
		  "192.0.2.9:4711" },
		{ { "PROXY TCP6 2001:db8::9 2001:db8::1 1 25\r\n", 41 },
		  true,
		  "[2001:db8::9]:1" },
		{ { "PROXY UNKNOWN\r\n", 15 }, false, NULL },
		{ { "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16 }, false, NULL },
		{ { "\r\n\r\n\0\r\nQUIT\n\x21\x31\0\2ab", 18 }, false, NULL },
	};
	static const struct sw_slice bad[] = {
		{ "PROXY TCP4 192.0.2.9 192.0.2.1 4711 99999\r\n", 43 },
		{ "PROXY TCP4 2001:db8::9 2001:db8::1 1 25\r\n", 41 },
		{ "PROXY TCP4 192.0.2.9\r\n", 22 },
		{ "PROXY TCP5 192.0.2.9 192.0.2.1 1 25\r\n", 37 },
		{ "\r\n\r\n\0\r\nQUIT\n\x11\x11\0\0", 16 },
		{ "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\4abcd", 20 },
		{ "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16 },
		{ "\x16\x03\x01", 3 },
		{ "EHLO", 4 },
	};
	struct sw_proxy_header h;
	char text[SW_ADDR_TEXT];

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		for (size_t n = 0; n < rows[i].in.len; n++)
			assert_int_equal(
				sw_proxy_header_read(sw_slice_head(rows[i].in, n), &h),
				SW_PROXY_MORE);
		assert_int_equal(sw_proxy_header_read(rows[i].in, &h), SW_PROXY_READ);
		assert_int_equal(h.len, rows[i].in.len);
		assert_int_equal(h.known, rows[i].known);
		if (h.known)
			assert_string_equal(sw_addr_text(&h.source, text), rows[i].source);
	}
	for (size_t i = 0; i < SW_LEN(bad); i++)
		assert_int_equal(sw_proxy_header_read(bad[i], &h), SW_PROXY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_make_a_message),
		cmocka_unit_test(the_order_of_chunks_is_kept),
		cmocka_unit_test(a_refused_chunk_needs_a_reset),
		cmocka_unit_test(faults_of_chunking),
		cmocka_unit_test(limits_are_stated_and_kept),
		cmocka_unit_test(wishes_are_looked_at),
		cmocka_unit_test(lmtp_answers_for_each),
		cmocka_unit_test(xclient_begins_anew),
		cmocka_unit_test(a_proxy_header_comes_first),
		cmocka_unit_test(proxy_headers_are_read_at_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
