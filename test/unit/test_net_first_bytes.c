/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "net/first_bytes.h"

static void protocols_are_told_apart(void **state)
{
	static const struct {
		struct sw_slice in;
		enum sw_speaks speaks;
	} rows[] = {
		{ { "", 0 }, SW_SPEAKS_NOTHING },
#define ROW(text, speaks) { { text, sizeof(text) - 1 }, speaks }
		ROW("220 mx.example.org ESMTP Postfix\r\n", SW_SPEAKS_SMTP),
		ROW("220-first\r\n220 second\r\n", SW_SPEAKS_SMTP),
		ROW("220", SW_SPEAKS_SMTP),
		ROW("220\r\n", SW_SPEAKS_SMTP),
		ROW("220\n", SW_SPEAKS_SMTP),
		ROW("220 \r\n", SW_SPEAKS_SMTP),
		ROW("421 4.3.2 try later\r\n", SW_SPEAKS_SMTP),
		ROW("554 no", SW_SPEAKS_SMTP),
		ROW("220 caf\xc3\xa9\r\n", SW_SPEAKS_SMTP),
		ROW("220 ftp.example.org ESMTP\r\n", SW_SPEAKS_SMTP),
		ROW("220 ProFTPD Server ready.\r\n", SW_SPEAKS_FTP),
		ROW("220-\r\n220 Welcome to the FTP service\r\n", SW_SPEAKS_FTP),
		ROW("250 hello\r\n", SW_SPEAKS_TEXT),
		ROW("22", SW_SPEAKS_TEXT),
		ROW("2200 x", SW_SPEAKS_TEXT),
		ROW("4x1 x", SW_SPEAKS_TEXT),
		ROW("200 news.example.org InterNetNews\r\n", SW_SPEAKS_TEXT),
		ROW("hello\r\n", SW_SPEAKS_TEXT),
		ROW("220 ****************************0*2*\r\n", SW_SPEAKS_MASKED),
		ROW("2*** ****", SW_SPEAKS_MASKED),
		ROW("***************\r\n250 x", SW_SPEAKS_MASKED),
		ROW("220 *** x\r\n", SW_SPEAKS_SMTP),
		ROW("\x16\x03\x01\x02", SW_SPEAKS_TLS),
		ROW("\x16", SW_SPEAKS_BINARY),
		ROW("\x15\x03\x03\x00\x02\x02\x28", SW_SPEAKS_TLS_ALERT),
		ROW("HTTP/1.1 400 Bad Request\r\n", SW_SPEAKS_HTTP),
		ROW("<!doctype html><html>", SW_SPEAKS_HTTP),
		ROW("GET / HTTP/1.1\r\n", SW_SPEAKS_HTTP),
		ROW("SSH-2.0-OpenSSH_9.2\r\n", SW_SPEAKS_SSH),
		ROW("* OK [CAPABILITY IMAP4rev1] ready\r\n", SW_SPEAKS_IMAP),
		ROW("* BYE overloaded\r\n", SW_SPEAKS_IMAP),
		ROW("* something\r\n", SW_SPEAKS_TEXT),
		ROW("+OK POP3 ready\r\n", SW_SPEAKS_POP3),
		ROW("-ERR no\r\n", SW_SPEAKS_POP3),
		ROW("J\0\0\0\n8.0.36\0", SW_SPEAKS_BINARY),
		ROW("\xff\xfd\x01\xff\xfd\x1f", SW_SPEAKS_BINARY),
		ROW("220 \0 x", SW_SPEAKS_BINARY),
#undef ROW
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_first_bytes(rows[i].in) == rows[i].speaks);
}

static void every_protocol_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < SW_SPEAKS_COUNT; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(sw_speaks_name((enum sw_speaks)i),
						sw_speaks_name((enum sw_speaks)k));
	assert_string_equal(sw_speaks_name(SW_SPEAKS_TLS_ALERT), "tls_alert");
	assert_string_equal(sw_speaks_name(SW_SPEAKS_COUNT), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_are_told_apart),
		cmocka_unit_test(every_protocol_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
