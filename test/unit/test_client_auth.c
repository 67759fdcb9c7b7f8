/* SPDX-License-Identifier: MIT */
/* Logging in: which mechanism, how often, and that nobody sees the secret. */
#include "client_fixture.h"

static void logs_in_and_hides_the_secret(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .keywords = "AUTH CRAM-MD5 SCRAM-SHA-256",
				       .user = "joe",
				       .password = "SEKRIT-4711" });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
	f->set.auth = sw_strdup("SCRAM-SHA-256");
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_true(client_fixture_log_has(f, "1 AUTH SCRAM-SHA-256"));
	client_fixture_free(f);
}

/* A reply too many, in the same bytes as the one that asks for the login. */
static void does_not_log_in_to_a_server_that_talks_too_much(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){
		.rules = RULES({ SW_VERB_EHLO, 0, 0, SCRIPT_RAW, 250,
				 "250-me\r\n250 AUTH PLAIN\r\n235 in\r\n", 0 }) });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_UNSOLICITED, 235);
	char *log = script_server_log(f->server);
	assert_null(strstr(log, "AUTH"));
	free(log);
	client_fixture_free(f);
}

static void tries_a_refused_secret_never_again(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .keywords = "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1",
				       .user = "joe",
				       .password = "right" });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("wrong")));
	f->set.auth = sw_strdup("CRAM-MD5,PLAIN,LOGIN");
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 535);
	char *log = script_server_log(f->server);
	char *first = strstr(log, "AUTH");
	assert_non_null(first);
	assert_null(strstr(first + 1, "AUTH"));
	free(log);
	assert_true(client_fixture_log_has(f, "1 QUIT"));
	client_fixture_free(f);
}

static void takes_the_next_mechanism_when_one_is_refused(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(
		&(struct script_plan){ .keywords = "AUTH PLAIN SCRAM-SHA-1",
				       .user = "joe",
				       .password = "right",
				       .rules = RULES({ SW_VERB_AUTH, 0, 1, SCRIPT_REPLY, 504,
							"5.5.4 Not that one", 0 }) });
	f->set.user = sw_strdup("joe");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	f->set.auth = sw_strdup("SCRAM-SHA-1,PLAIN");
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_ACCEPTED, SW_STAGE_FINAL, SW_END_OK, 250);
	assert_true(client_fixture_log_has(f, "1 AUTH PLAIN"));
	client_fixture_free(f);
}

/* Which refusals speak of the mechanism, and which end it: a secret that is wrong is wrong for
 * all, and each further try may lock the account. */
static void only_a_refused_mechanism_leads_to_the_next(void **state)
{
	static const struct {
		int code;
		const char *text;
		unsigned tries;
		enum sw_ending ending;
	} rows[] = {
		{ 504, "5.5.4 Unrecognized authentication type", 2, SW_END_OK },
		{ 504, "no", 2, SW_END_OK },
		{ 534, "5.7.9 Authentication mechanism is too weak", 2, SW_END_OK },
		{ 534, "5.7.14 Please log in with your web browser", 2, SW_END_OK },
		{ 538, "5.7.11 Encryption required for this mechanism", 2, SW_END_OK },
		{ 535, "5.7.9 Application-specific password required", 1,
		  SW_END_AUTH_REFUSED },
		{ 500, "what?", 2, SW_END_OK },
		{ 502, "5.5.1 not here", 2, SW_END_OK },
		{ 535, "5.7.8 no", 1, SW_END_AUTH_REFUSED },
		{ 535, "no", 1, SW_END_AUTH_REFUSED },
		{ 535, "5.7.3 Authentication unsuccessful", 1, SW_END_AUTH_REFUSED },
		{ 530, "5.7.0 Must issue a STARTTLS command first", 1, SW_END_AUTH_REFUSED },
		{ 525, "5.7.13 User account disabled", 1, SW_END_AUTH_REFUSED },
		{ 554, "5.7.1 no", 1, SW_END_AUTH_REFUSED },
		{ 454, "4.7.0 Temporary authentication failure", 1, SW_END_AUTH_REFUSED },
		{ 432, "4.7.12 A password transition is needed", 1, SW_END_AUTH_REFUSED },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(&(struct script_plan){
			.keywords = "AUTH PLAIN LOGIN",
			.user = "joe",
			.password = "right",
			.rules = RULES({ SW_VERB_AUTH, 0, 1, SCRIPT_REPLY, rows[i].code,
					 rows[i].text, 0 }) });
		unsigned tries = 0;
		f->set.user = sw_strdup("joe");
		f->set.auth = sw_strdup("PLAIN,LOGIN");
		assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		char *log = script_server_log(f->server);
		for (const char *at = log; (at = strstr(at, " AUTH ")); at++)
			tries++;
		if (tries != rows[i].tries || f->d.ending != rows[i].ending)
			print_error("# %d %s: %u tries\n%s\n", rows[i].code, rows[i].text,
				    tries, log);
		assert_row(i, tries == rows[i].tries && f->d.ending == rows[i].ending);
		free(log);
		client_fixture_free(f);
	}
}

/* Every mechanism is refused: each was tried once, and the server's last words are the reason.
 */
static void each_mechanism_is_tried_once(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){
		.keywords = "AUTH PLAIN LOGIN CRAM-MD5",
		.user = "joe",
		.password = "right",
		.rules = RULES({ SW_VERB_AUTH, 0, 0, SCRIPT_REPLY, 504, "5.5.4 no", 0 }) });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("CRAM-MD5,PLAIN,LOGIN,PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("right")));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 504);
	char *log = script_server_log(f->server);
	const char *const names[] = { "AUTH CRAM-MD5", "AUTH PLAIN", "AUTH LOGIN" };
	for (size_t i = 0; i < SW_LEN(names); i++) {
		const char *first = strstr(log, names[i]);
		assert_row(i, first && !strstr(first + 1, names[i]));
	}
	assert_null(strstr(log, "MAIL"));
	free(log);
	client_fixture_free(f);
}

/* Whatever an active attacker leaves of the list, PLAIN does not go out in clear unasked. */
static void sends_no_password_in_clear(void **state)
{
	static const struct {
		const char *keywords;
		enum sw_ending ending;
	} rows[] = {
		{ "AUTH PLAIN LOGIN", SW_END_NO_MECHANISM },
		{ "AUTH BOGUS", SW_END_NO_MECHANISM },
		{ "PIPELINING", SW_END_NO_AUTH },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct client_fixture *f = client_fixture_new(&(struct script_plan){
			.keywords = rows[i].keywords, .user = "joe", .password = "x" });
		f->set.user = sw_strdup("joe");
		assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
		assert_row(i, client_fixture_send(f, 1) == SW_OK);
		expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, rows[i].ending, 0);
		char *log = script_server_log(f->server);
		assert_row(i, !strstr(log, "1 AUTH") && !strstr(log, "1 MAIL"));
		free(log);
		client_fixture_free(f);
	}
}

/* A server that echoes what it got must not make us show it. */
static void an_echoed_secret_is_not_shown(void **state)
{
	(void)state;
	struct client_fixture *f = client_fixture_new(&(struct script_plan){
		.keywords = "AUTH PLAIN",
		.rules = RULES({ SW_VERB_AUTH, 0, 0, SCRIPT_REPLY, 535,
				 "5.7.8 AGpvZQBTRUtSSVQtNDcxMQ== and SEKRIT-4711 are wrong",
				 0 }) });
	f->set.user = sw_strdup("joe");
	f->set.auth = sw_strdup("PLAIN");
	assert_ok(sw_secret_set(&f->set.secret, SW_S("SEKRIT-4711")));
	assert_ok(client_fixture_send(f, 1));
	expect_recipient(f, 0, SW_NOT_SENT, SW_STAGE_AUTH, SW_END_AUTH_REFUSED, 535);
	struct sw_buf out;
	sw_buf_init(&out, 1 << 20);
	assert_ok(sw_case_write(f->d.facts, "", &out, NULL));
	for (size_t i = 0; i < sw_transcript_count(f->c->transcript); i++)
		assert_ok(sw_buf_add(&out, sw_transcript_get(f->c->transcript, i).text));
	assert_contains(sw_buf_str(&out), "are wrong");
	assert_null(strstr(sw_buf_str(&out), "SEKRIT"));
	assert_null(strstr(sw_buf_str(&out), "AGpvZQBT"));
	sw_buf_fini(&out);
	client_fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logs_in_and_hides_the_secret),
		cmocka_unit_test(does_not_log_in_to_a_server_that_talks_too_much),
		cmocka_unit_test(tries_a_refused_secret_never_again),
		cmocka_unit_test(takes_the_next_mechanism_when_one_is_refused),
		cmocka_unit_test(only_a_refused_mechanism_leads_to_the_next),
		cmocka_unit_test(each_mechanism_is_tried_once),
		cmocka_unit_test(sends_no_password_in_clear),
		cmocka_unit_test(an_echoed_secret_is_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
