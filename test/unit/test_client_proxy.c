/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "client/proxy.h"

static void proxies_are_read(void **state)
{
	static const struct {
		const char *text;
		enum sw_proxy_kind kind;
		const char *host;
		uint16_t port;
		const char *user, *password;
	} rows[] = {
		{ "socks5://proxy.example", SW_PROXY_SOCKS5, "proxy.example", 1080, "", "" },
		{ "SOCKS5H://Proxy.Example:9050/", SW_PROXY_SOCKS5H, "proxy.example", 9050, "",
		  "" },
		{ "http://[2001:db8::1]", SW_PROXY_HTTP, "2001:db8::1", 3128, "", "" },
		{ "http://me:a%3Ab%2f@192.0.2.1:8080", SW_PROXY_HTTP, "192.0.2.1", 8080, "me",
		  "a:b/" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_place p = { 0 };
		struct sw_error err;
		assert_ok(sw_proxy_place_parse(sw_slice_str(rows[i].text), &p, &err));
		assert_row(i, p.kind == rows[i].kind && p.port == rows[i].port);
		assert_string_equal(p.host, rows[i].host);
		assert_string_equal(p.user ? p.user : "", rows[i].user);
		assert_string_equal(p.password.ptr ? p.password.ptr : "", rows[i].password);
		sw_proxy_place_fini(&p);
	}
}

static void what_is_none_is_refused_without_a_word_of_it(void **state)
{
	static const char *const rows[] = {
		"",
		"proxy:1080",
		"socks4://proxy",
		"https://proxy",
		"socks5://",
		"socks5://proxy:0",
		"socks5://me:SEKRIT@pro xy",
		"socks5://me:SEK/RIT@proxy",
		"socks5://me@proxy",
		"http://a%3Ab:SEKRIT@proxy",
		"me:SEKRIT@proxy://x",
		"socks5://proxy:1080/path",
		"socks5://a%0d%0a:SEKRIT@proxy",
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_place p = { 0 };
		struct sw_error err = { 0 };
		enum sw_err e = sw_proxy_place_parse(sw_slice_str(rows[i]), &p, &err);
		assert_row(i, e == SW_E_USAGE && p.kind == SW_PROXY_NONE && err.text[0]);
		assert_null(strstr(err.text, "SEK"));
		assert_null(strstr(err.text, "RIT"));
	}
}

static void no_proxy_is_obeyed(void **state)
{
	static const struct {
		const char *list, *host;
		uint16_t port;
		bool bypassed;
	} rows[] = {
		{ "", "mail.example.com", 25, false },
		{ "*", "mail.example.com", 25, true },
		{ "example.com", "mail.example.com", 25, true },
		{ ".example.com", "Mail.Example.Com.", 25, true },
		{ "*.example.com", "mail.example.com", 25, true },
		{ "example.com.", "example.com", 25, true },
		{ "ample.com", "example.com", 25, false },
		{ "example.com", "example.com.org", 25, false },
		{ "a.org, example.com:587 b.org", "mail.example.com", 587, true },
		{ "a.org, example.com:587 b.org", "mail.example.com", 25, false },
		{ "192.0.2.0/24", "192.0.2.77", 25, true },
		{ "192.0.2.0/24", "192.0.3.77", 25, false },
		{ "192.0.2.77", "192.0.2.77", 25, true },
		{ "192.0.2.77:26", "192.0.2.77", 25, false },
		{ "192.0.2.0/33", "192.0.2.0", 25, false },
		{ "2001:db8::/32", "2001:db8:5::1", 25, true },
		{ "[2001:db8::1]:25", "2001:db8::1", 25, true },
		{ "[2001:db8::1]:26", "2001:db8::1", 25, false },
		{ "2001:db8::/32", "192.0.2.1", 25, false },
		{ ". , ,:25", "mail.example.com", 25, false },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_proxy_bypassed(sw_slice_str(rows[i].list), rows[i].host,
						rows[i].port) == rows[i].bypassed);
}

/* "name=value" words; one test runs at a time. */
static const char *const *variables;

static const char *get(const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; variables[i]; i++)
		if (strncmp(variables[i], name, len) == 0 && variables[i][len] == '=')
			return variables[i] + len + 1;
	return NULL;
}

static void the_environment_is_asked_for_mail_alone(void **state)
{
	static const struct {
		const char *variables[4];
		enum sw_err code;
		const char *from, *left, *host;
	} rows[] = {
		{ { NULL }, SW_OK, NULL, NULL, NULL },
		{ { "HTTP_PROXY=http://w", "https_proxy=http://w" }, SW_OK, NULL, NULL, NULL },
		{ { "ALL_PROXY=socks5h://p:9050" }, SW_OK, "ALL_PROXY", NULL, "p" },
		{ { "all_proxy=socks5://q" }, SW_OK, "all_proxy", NULL, "q" },
		{ { "ALL_PROXY=http://w:3128" }, SW_OK, NULL, "ALL_PROXY", NULL },
		{ { "ALL_PROXY=w:3128" }, SW_OK, NULL, "ALL_PROXY", NULL },
		{ { "ALL_PROXY=socks5://p", "smtp_proxy=http://m" },
		  SW_OK,
		  "smtp_proxy",
		  NULL,
		  "m" },
		{ { "ALL_PROXY=socks4a://p" }, SW_E_CONFIG, NULL, NULL, NULL },
		{ { "smtp_proxy=p:1080" }, SW_E_CONFIG, NULL, NULL, NULL },
		{ { "ALL_PROXY=", "smtp_proxy=" }, SW_OK, NULL, NULL, NULL },
		{ { "ALL_PROXY=socks5://p", "NO_PROXY=example.net" },
		  SW_OK,
		  "ALL_PROXY",
		  NULL,
		  NULL },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_env env = { 0 };
		struct sw_error err = { 0 };
		variables = rows[i].variables;
		assert_row(i, sw_proxy_env_read(&env, get, &err) == rows[i].code);
		const struct sw_proxy_place *p =
			sw_proxy_env_for(&env, "mail.example.net", 587);
		assert_string_equal(env.from ? env.from : "",
				    rows[i].from ? rows[i].from : "");
		assert_string_equal(env.left ? env.left : "",
				    rows[i].left ? rows[i].left : "");
		assert_string_equal(p ? p->host : "", rows[i].host ? rows[i].host : "");
		/* This machine is nobody else's. */
		assert_null(sw_proxy_env_for(&env, "localhost", 25));
		assert_null(sw_proxy_env_for(&env, "127.0.0.2", 25));
		assert_null(sw_proxy_env_for(&env, "::1", 25));
		sw_proxy_env_fini(&env);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proxies_are_read),
		cmocka_unit_test(what_is_none_is_refused_without_a_word_of_it),
		cmocka_unit_test(no_proxy_is_obeyed),
		cmocka_unit_test(the_environment_is_asked_for_mail_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
