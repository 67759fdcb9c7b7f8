/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "client/url.h"

static void takes_servers_apart(void **state)
{
	static const struct {
		const char *text, *scheme, *user, *password, *host;
		unsigned port;
		const char *ehlo, *tls, *auth;
	} rows[] = {
		{ "mail.example.test", "smtp", NULL, NULL, "mail.example.test", 0, 0, 0, 0 },
		{ "Mail.EXAMPLE.test.", "smtp", NULL, NULL, "mail.example.test", 0, 0, 0, 0 },
		{ "mail_server:2525", "smtp", NULL, NULL, "mail_server", 2525, 0, 0, 0 },
		{ "127.0.0.1", "smtp", NULL, NULL, "127.0.0.1", 0, 0, 0, 0 },
		{ "127.0.0.1:25", "smtp", NULL, NULL, "127.0.0.1", 25, 0, 0, 0 },
		{ "::1", "smtp", NULL, NULL, "::1", 0, 0, 0, 0 },
		{ "[::1]", "smtp", NULL, NULL, "::1", 0, 0, 0, 0 },
		{ "[2001:db8::1]:465", "smtp", NULL, NULL, "2001:db8::1", 465, 0, 0, 0 },
		{ "b\xc3\xbc"
		  "cher.example",
		  "smtp", NULL, NULL, "xn--bcher-kva.example", 0, 0, 0, 0 },
		{ "smtp://h", "smtp", NULL, NULL, "h", 0, 0, 0, 0 },
		{ "SMTPS://h/", "smtps", NULL, NULL, "h", 0, 0, 0, 0 },
		{ "submission://h:587", "submission", NULL, NULL, "h", 587, 0, 0, 0 },
		{ "submissions://u@h", "submissions", "u", NULL, "h", 0, 0, 0, 0 },
		{ "lmtp://[::1]:2400", "lmtp", NULL, NULL, "::1", 2400, 0, 0, 0 },
		{ "smtp://u:p@h:25/me.test?tls=none&auth=PLAIN", "smtp", "u", "p", "h", 25,
		  "me.test", "none", "PLAIN" },
		{ "smtp://u%40d.test:p%3A%2F%40%25@h", "smtp", "u@d.test", "p:/@%", "h", 0, 0,
		  0, 0 },
		{ "smtp://a@b@h", "smtp", "a@b", NULL, "h", 0, 0, 0, 0 },
		{ "smtp://u:@h", "smtp", "u", NULL, "h", 0, 0, 0, 0 },
		{ "smtp://h?tls=starttls", "smtp", NULL, NULL, "h", 0, NULL, "starttls",
		  NULL },
		{ "smtp://[fe80::1%251]:25", "smtp", NULL, NULL, "fe80::1%1", 25, 0, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_url u;
		struct sw_error err = { 0 };
		enum sw_err e = sw_url_parse(sw_slice_str(rows[i].text), &u, &err);
		if (e)
			print_error("# row %zu: %s\n", i, err.text);
		assert_row(i, e == SW_OK);
		assert_row(i, !strcmp(u.scheme->name, rows[i].scheme));
		assert_row(i, !strcmp(u.host, rows[i].host));
		assert_row(i, u.port == rows[i].port);
		assert_row(i, !u.user == !rows[i].user &&
				      (!u.user || !strcmp(u.user, rows[i].user)));
		assert_row(i, !u.password.ptr == !rows[i].password);
		assert_row(i, !u.password.ptr || (rows[i].password &&
						     !strcmp(u.password.ptr, rows[i].password)));
		assert_row(i, !u.ehlo == !rows[i].ehlo &&
				      (!u.ehlo || !strcmp(u.ehlo, rows[i].ehlo)));
		assert_row(i,
			   !u.tls == !rows[i].tls && (!u.tls || !strcmp(u.tls, rows[i].tls)));
		assert_row(i, !u.auth == !rows[i].auth &&
				      (!u.auth || !strcmp(u.auth, rows[i].auth)));
		sw_url_fini(&u);
	}
}

static void refuses_what_is_no_server_and_says_why(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ "", "empty" },
		{ "smpt://h", "did you mean smtp" },
		{ "smtp+tls://h", "smtp, smtps" },
		{ "https://h", "cannot be reached" },
		{ "imap://h", "cannot be reached" },
		{ "://h", "cannot be reached" },
		{ "smtp://", "no host" },
		{ "smtp://:25", "no host" },
		{ "smtp://u:p@", "no host" },
		{ "smtp://@h", "no user" },
		{ "h:", "port" },
		{ "h:0", "port" },
		{ "h:65536", "port" },
		{ "h:25x", "port" },
		{ "h:-1", "port" },
		{ "h:99999999999999999999999", "port" },
		{ "[::1]x", "expected \":PORT\"" },
		{ "[::1", "lacks its" },
		{ "[mail.test]", "not a host name" },
		{ "1.2.3.4.5", "not a host name" },
		{ "999.1.1.1", "not a host name" },
		{ "a b", "not a host name" },
		{ "-oProxy", "not a host name" },
		{ "h;id", "not a host name" },
		{ "a..b", "not a host name" },
		{ "h/x", "expected HOST" },
		{ "u@h", "smtp://USER@HOST" },
		{ "h\r\nMAIL FROM:<x>", "control byte" },
		{ "smtp://h%0d%0aX", "control byte" },
		{ "smtp://h/%0D%0AMAIL", "control byte" },
		{ "smtp://u%00@h", "control byte" },
		{ "smtp://u:%0a@h", "control byte" },
		{ "smtp://h/a b", "no name to greet with" },
		{ "smtp://h/%zz", "two hexadecimal digits" },
		{ "smtp://h/%4", "two hexadecimal digits" },
		{ "smtp://h?tsl=none", "did you mean tls" },
		{ "smtp://h?tls", "unknown parameter" },
		{ "smtp://h#x", "'#'" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_url u = { 0 };
		struct sw_error err = { 0 };
		enum sw_err e = sw_url_parse(sw_slice_str(rows[i].text), &u, &err);
		if (e != SW_E_USAGE || !strstr(err.text, rows[i].words))
			print_error("# row %zu \"%s\": %d %s\n", i, rows[i].text, e, err.text);
		assert_row(i, e == SW_E_USAGE);
		assert_row(i, strstr(err.text, rows[i].words) != NULL);
		assert_null(u.host);
	}
}

/* Whatever is mistyped around it, the password stays out of the message. */
static void never_shows_a_password_in_an_error(void **state)
{
	static const char *const rows[] = {
		"smtp://u:SEKRIT@h:99999", "smtp://u:SEK/RIT@h",   "smtp://u:SEKRIT?@h",
		"smtp://u:SEKRIT#@h",      "smtp://u:SEKRIT%@h",   "smtp://u:SEKRIT@",
		"smpt://u:SEKRIT@h",       "u:SEKRIT@h",           "u:SEKRIT@h:25",
		"u:SEKRIT@smtp://h",       "smtp://u:SEKRIT%0a@h", "smtp://u:SEKRIT@h?x=y",
		"smtp://u:SEKRIT@a b",     "smtp://u:SEKRIT@h/%",  "SEKRIT@smtp://u@h",
		"smtp://u:SEKRIT@h\n",
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_url u = { 0 };
		struct sw_error err = { 0 };
		assert_row(i, sw_url_parse(sw_slice_str(rows[i]), &u, &err) == SW_E_USAGE);
		if (strstr(err.text, "SEK") || strstr(err.text, "RIT"))
			print_error("# %s\n", err.text);
		assert_row(i, !strstr(err.text, "SEK") && !strstr(err.text, "RIT"));
	}
}

static void survives_failing_memory(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		struct sw_url u = { 0 };
		long live = sw_mem_live();
		sw_mem_fail_at(n);
		enum sw_err e = sw_url_parse(SW_S("smtp://u:p@b\xc3\xbc"
						  "cher.example:25/me.test?tls=none"),
					     &u, NULL);
		bool failed = sw_mem_failed();
		sw_mem_fail_at(0);
		if (!failed) {
			assert_ok(e);
			sw_url_fini(&u);
			break;
		}
		assert_err(e, SW_E_NOMEM);
		assert_int_equal(sw_mem_live(), live);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_servers_apart),
		cmocka_unit_test(refuses_what_is_no_server_and_says_why),
		cmocka_unit_test(never_shows_a_password_in_an_error),
		cmocka_unit_test(survives_failing_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
