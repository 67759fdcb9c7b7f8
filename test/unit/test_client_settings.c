/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/nearest.h"
#include "client/settings.h"

static void server(struct sw_client_settings *s, const char *url)
{
	struct sw_error err = { 0 };
	enum sw_err e = sw_client_settings_server(s, url, &err);
	if (e)
		print_error("# %s\n", err.text);
	assert_ok(e);
}

static void chooses_port_and_tls_by_scheme_port_and_setting(void **state)
{
	static const struct {
		const char *server, *tls;
		unsigned port;
		enum sw_smtp_tls policy;
	} rows[] = {
		{ "h", NULL, 587, SW_SMTP_TLS_REQUIRED },
		{ "h:25", NULL, 25, SW_SMTP_TLS_REQUIRED },
		{ "h:465", NULL, 465, SW_SMTP_TLS_IMPLICIT },
		{ "h", "implicit", 465, SW_SMTP_TLS_IMPLICIT },
		{ "h:2465", "implicit", 2465, SW_SMTP_TLS_IMPLICIT },
		{ "h:465", "starttls", 465, SW_SMTP_TLS_REQUIRED },
		{ "smtp://h", "none", 587, SW_SMTP_TLS_NONE },
		{ "smtp://h", "opportunistic", 587, SW_SMTP_TLS_OPPORTUNISTIC },
		{ "smtp://h?tls=none", NULL, 587, SW_SMTP_TLS_NONE },
		{ "smtps://h", NULL, 465, SW_SMTP_TLS_IMPLICIT },
		{ "smtps://h:587", NULL, 587, SW_SMTP_TLS_IMPLICIT },
		{ "submission://h", NULL, 587, SW_SMTP_TLS_REQUIRED },
		{ "submissions://h", NULL, 465, SW_SMTP_TLS_IMPLICIT },
		{ "lmtp://h", NULL, 24, SW_SMTP_TLS_OPPORTUNISTIC },
		{ "lmtp://h", "starttls", 24, SW_SMTP_TLS_REQUIRED },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_client_settings s;
		sw_client_settings_init(&s);
		server(&s, rows[i].server);
		if (rows[i].tls)
			assert_ok(sw_client_settings_tls(&s, rows[i].tls, NULL));
		assert_row(i, sw_client_settings_check(&s, NULL) == SW_OK);
		assert_row(i, sw_client_settings_port(&s) == rows[i].port);
		assert_row(i, sw_client_settings_tls_policy(&s) == rows[i].policy);
		sw_client_settings_fini(&s);
	}
}

static void refuses_contradictions(void **state)
{
	static const struct {
		const char *server, *tls, *auth, *cert;
	} rows[] = {
		{ NULL, NULL, NULL, NULL },
		{ "smtps://h", "none", NULL, NULL },
		{ "smtps://h", "starttls", NULL, NULL },
		{ "smtps://h?tls=opportunistic", NULL, NULL, NULL },
		{ "submissions://h", "opportunistic", NULL, NULL },
		{ "h", NULL, "PLAIN", NULL },
		{ "h", NULL, NULL, "cert.pem" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_client_settings s;
		struct sw_error err = { 0 };
		sw_client_settings_init(&s);
		if (rows[i].server)
			server(&s, rows[i].server);
		if (rows[i].tls)
			assert_ok(sw_client_settings_tls(&s, rows[i].tls, NULL));
		if (rows[i].auth)
			assert_ok(sw_client_settings_auth(&s, rows[i].auth, NULL));
		s.cert_file = rows[i].cert ? sw_strdup(rows[i].cert) : NULL;
		assert_row(i, sw_client_settings_check(&s, &err) == SW_E_CONFIG);
		assert_row(i, err.text[0] != '\0');
		sw_client_settings_fini(&s);
	}
}

static void the_later_of_url_and_setting_counts(void **state)
{
	struct sw_client_settings s;
	(void)state;
	sw_client_settings_init(&s);
	assert_ok(sw_client_settings_tls(&s, "starttls", NULL));
	server(&s, "smtp://u:p@h/me.test?tls=none&auth=PLAIN");
	assert_int_equal(s.tls, SW_TLS_OFF);
	assert_ok(sw_client_settings_tls(&s, "starttls", NULL));
	assert_int_equal(s.tls, SW_TLS_STARTTLS);
	assert_string_equal(s.user, "u");
	assert_string_equal(s.secret.ptr, "p");
	assert_string_equal(s.auth, "PLAIN");

	/* Another URL: what came with the first one goes, what was set stays. */
	server(&s, "other");
	assert_null(s.user);
	assert_null(s.secret.ptr);
	assert_null(s.auth);
	assert_null(s.ehlo);
	assert_int_equal(s.tls, SW_TLS_STARTTLS);
	sw_client_settings_fini(&s);
}

static void a_refused_url_changes_nothing(void **state)
{
	static const char *const bad[] = { "smtp://h:0", "smtp://h?tls=yes",
					   "smtp://h?auth=PLANE" };
	struct sw_client_settings s;
	(void)state;
	sw_client_settings_init(&s);
	server(&s, "smtp://u:p@first?tls=none");
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		assert_row(i, sw_client_settings_server(&s, bad[i], NULL) == SW_E_USAGE);
		assert_row(i, !strcmp(s.host, "first") && !strcmp(s.user, "u"));
		assert_row(i, s.tls == SW_TLS_OFF && s.secret.ptr);
	}
	sw_client_settings_fini(&s);
}

static void wants_a_login_when_one_is_named(void **state)
{
	struct sw_client_settings s;
	(void)state;
	sw_client_settings_init(&s);
	server(&s, "h");
	assert_false(sw_client_settings_auth_wanted(&s));
	server(&s, "smtp://u@h");
	assert_true(sw_client_settings_auth_wanted(&s));
	assert_true(sw_client_settings_secret_wanted(&s));
	assert_ok(sw_client_settings_auth(&s, "none", NULL));
	assert_false(sw_client_settings_auth_wanted(&s));
	assert_ok(sw_client_settings_auth(&s, "auto", NULL));
	s.mx = true;
	assert_false(sw_client_settings_auth_wanted(&s));
	sw_client_settings_fini(&s);
}

static void names_the_nearest_word(void **state)
{
	static const struct {
		const char *word, *near;
	} rows[] = {
		{ "implict", "implicit" },
		{ "startls", "starttls" },
		{ "noen", "none" },
		{ "OPPORTUNISTIC", "opportunistic" },
		{ "zzzz", NULL },
		{ "", NULL },
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		  NULL },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_client_settings s;
		struct sw_error err = { 0 };
		char words[64];
		sw_client_settings_init(&s);
		enum sw_err e = sw_client_settings_tls(&s, rows[i].word, &err);
		if (e == SW_OK)
			continue;
		snprintf(words, sizeof(words), "did you mean %s",
			 rows[i].near ? rows[i].near : "");
		assert_row(i, !strstr(err.text, "did you mean") == !rows[i].near);
		assert_row(i, !rows[i].near || strstr(err.text, words));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_port_and_tls_by_scheme_port_and_setting),
		cmocka_unit_test(refuses_contradictions),
		cmocka_unit_test(the_later_of_url_and_setting_counts),
		cmocka_unit_test(a_refused_url_changes_nothing),
		cmocka_unit_test(wants_a_login_when_one_is_named),
		cmocka_unit_test(names_the_nearest_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
