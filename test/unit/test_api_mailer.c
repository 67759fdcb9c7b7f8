/* SPDX-License-Identifier: MIT */
/* The public calls against a server that follows rules. */
#include "mailer_fixture.h"

#include <jansson.h>

static json_t *parsed(struct sw_result *r)
{
	const char *text = sw_result_json(r);
	assert_non_null(text);
	assert_null(strchr(text, '\n'));
	json_t *json = json_loads(text, 0, NULL);
	assert_non_null(json);
	return json;
}

static const char *text_at(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));
	return text ? text : "";
}

static void has_keys(const json_t *json, const char *const *keys)
{
	for (; *keys; keys++)
		if (!json_object_get(json, *keys)) {
			print_error("# no key %s\n", *keys);
			fail();
		}
}

#define SW_SETTING(...) +1
enum { settings_in_the_table = 0
#include "api/setting.def"
};
#undef SW_SETTING

static void every_setting_has_a_name_a_help_and_a_default(void **state)
{
	struct sw_mailer *m = sw_mailer_new();
	size_t i;
	(void)state;
	for (i = 0; sw_mailer_setting_name(i); i++) {
		assert_true(sw_mailer_setting_help(i)[0] != '\0');
		assert_row(i, sw_mailer_set(m, sw_mailer_setting_name(i), NULL) == SW_OK);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(sw_mailer_setting_name(i),
						sw_mailer_setting_name(k));
	}
	assert_int_equal(i, settings_in_the_table);
	assert_null(sw_mailer_setting_help(i));
	sw_mailer_free(m);
}

static void refuses_bad_values_and_says_what_was_expected(void **state)
{
	static const struct {
		const char *name, *value, *words;
	} rows[] = {
		{ "sever", "x", "did you mean server" },
		{ "", "x", "no setting" },
		{ "server", "smpt://h", "did you mean smtp" },
		{ "mx", "maybe", "yes or no" },
		{ "tls", "on", "expected auto" },
		{ "tls-name", "a b", "not a host name" },
		{ "auth", "PLANE", "did you mean PLAIN" },
		{ "auth", ",", "expected auto, none" },
		{ "user", "", "expected a text" },
		{ "user", "a\r\nb", "control bytes" },
		{ "ca", "", "expected a text" },
		{ "password-fd", "x", "number" },
		{ "password-fd", "-1", "number" },
		{ "password-env", "A=B", "name of an environment variable" },
		{ "ehlo", "a b", "neither a host name" },
		{ "ehlo", "x\r\nMAIL FROM:<>", "neither a host name" },
		{ "resolver", "ns.test", "expected ADDRESS" },
		{ "resolver", "127.0.0.1:0", "expected ADDRESS" },
		{ "source", "host", "expected an IP address" },
		{ "family", "5", "any, 4 or 6" },
		{ "timeout", "", "expected seconds" },
		{ "timeout", "-1", "expected seconds" },
		{ "timeout", "1s", "expected seconds" },
		{ "timeout", ".", "expected seconds" },
		{ "deadline", "99999999999", "expected seconds" },
		{ "pipelining", "", "yes or no" },
	};
	struct sw_mailer *m = sw_mailer_new();
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_row(i, sw_mailer_set(m, rows[i].name, rows[i].value) == SW_E_USAGE);
		if (!strstr(sw_mailer_last_error_text(m), rows[i].words))
			print_error("# %s\n", sw_mailer_last_error_text(m));
		assert_row(i, strstr(sw_mailer_last_error_text(m), rows[i].words) != NULL);
	}
	set(m, "timeout", "0.5");
	set(m, "timeout", ".25");
	set(m, "timeout", "0");
	set(m, "resolver", "[2001:db8::53]:5353");
	set(m, "resolver", "::1");
	set(m, "source", "::1");
	sw_mailer_free(m);
}

static void sends_and_gives_a_whole_account(void **state)
{
	static const char *const keys[] = { "schema",     "outcome",     "stage",
					    "server",     "reply",       "recipients",
					    "message_id", "queue_id",    "bytes",
					    "timings_ms", "findings",    "case",
					    "sentence",   "exit_status", NULL };
	static const char *const server_keys[] = { "name", "address",    "port",
						   "tls",  "extensions", "not_asked", NULL };
	static const char *const time_keys[] = { "dns",   "connect", "greeting", "ehlo",
						 "tls",   "auth",    "envelope", "data",
						 "final", NULL };
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(2);
	struct sw_result *r = NULL;
	assert_ok(sw_mailer_send(m, message, &r));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_ACCEPTED);
	assert_int_equal(sw_result_exit_status(r), 0);
	assert_int_equal(sw_mailer_last_status(m), 250);
	assert_string_equal(sw_result_queue_id(r), "4ABC123");
	assert_true(sw_mailer_is_connected(m));
	assert_contains(sw_mailer_transcript(m), "-> RCPT TO:<two@b.test>\n");
	assert_contains(sw_mailer_transcript(m), "<- 250 2.0.0 Ok: queued as 4ABC123\n");
	/* A result outlives mailer and message. */
	sw_mailer_free(m);
	sw_message_free(message);
	script_server_stop(s);

	json_t *json = parsed(r);
	has_keys(json, keys);
	has_keys(json_object_get(json, "server"), server_keys);
	has_keys(json_object_get(json, "timings_ms"), time_keys);
	assert_string_equal(text_at(json, "schema"), "sendwell/send/1");
	assert_string_equal(text_at(json, "outcome"), "accepted");
	assert_string_equal(text_at(json, "stage"), "final");
	assert_string_equal(text_at(json_object_get(json, "server"), "address"), "127.0.0.1");
	assert_int_equal(json_array_size(json_object_get(json, "recipients")), 2);
	json_t *first = json_array_get(json_object_get(json, "recipients"), 0);
	assert_string_equal(text_at(first, "address"), "one@b.test");
	assert_string_equal(text_at(first, "outcome"), "accepted");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(first, "reply"), "code")),
		250);
	assert_true(json_is_null(json_object_get(first, "category")));
	json_decref(json);
	json = json_loads(sw_result_case_json(r), 0, NULL);
	assert_non_null(json);
	assert_string_equal(text_at(json_object_get(json, "result"), "outcome"), "accepted");
	assert_true(json_array_size(json_object_get(json, "facts")) > 10);
	json_decref(json);
	sw_result_free(r);
}

static void tells_the_story_of_a_failure(void **state)
{
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ SW_VERB_RCPT, 0, 2, SCRIPT_RAW, 550,
				 "550-5.1.1 No \x1b[31msuch\r\n550 5.1.1 user\r\n", 0 }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(3);
	struct sw_result *r = NULL;
	assert_ok(sw_mailer_send(m, message, &r));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_PARTIAL);
	assert_int_equal(sw_result_exit_status(r), 80);
	assert_int_equal(sw_mailer_last_status(m), 550);
	struct sw_result_recipient two = sw_result_recipient(r, 1);
	assert_int_equal(two.outcome, SW_REJECTED);
	assert_string_equal(two.reply.enhanced, "5.1.1");
	assert_string_equal(two.reply.text, "No \\x1b[31msuch\nuser");
	assert_contains(sw_mailer_last_error_text(m),
			"two@b.test: rejected at stage envelope: 550 5.1.1 "
			"No \\x1b[31msuch / user");
	assert_null(strchr(sw_mailer_last_error_text(m), '\x1b'));
	assert_null(strchr(sw_mailer_transcript(m), '\x1b'));
	assert_null(strchr(sw_result_json(r), '\x1b'));
	assert_null(strchr(sw_result_case_json(r), '\x1b'));
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void our_own_failures_are_returned(void **state)
{
	struct sw_mailer *m = sw_mailer_new();
	struct sw_message *message = message_to(1);
	struct sw_result *r = (void *)1;
	(void)state;
	assert_err(sw_mailer_send(m, message, &r), SW_E_CONFIG);
	assert_contains(sw_mailer_last_error_text(m), "no server");
	set(m, "server", "smtp://joe@127.0.0.1:1?tls=none");
	assert_int_equal(sw_mailer_needs_secret(m), 1);
	assert_err(sw_mailer_send(m, message, &r), SW_E_CONFIG);
	assert_contains(sw_mailer_last_error_text(m), "no password");
	set(m, "password-env", "SW_TEST_SURELY_NOT_SET");
	assert_int_equal(sw_mailer_needs_secret(m), 0);
	assert_err(sw_mailer_send(m, message, &r), SW_E_CONFIG);
	set(m, "password-file", "/nonexistent/password");
	assert_int_not_equal(sw_mailer_send(m, message, &r), SW_OK);
	set(m, "password-command", "/bin/false");
	assert_err(sw_mailer_send(m, message, &r), SW_E_CONFIG);
	set(m, "auth", "none");
	set(m, "mx", "yes");
	assert_err(sw_mailer_verify_connection(m, &r), SW_E_CONFIG);
	set(m, "mx", NULL);
	assert_err(sw_mailer_verify_login(m, &r), SW_E_CONFIG);
	assert_err(sw_mailer_verify_recipients(m, "a\r\nb@c", NULL, 0, &r), SW_E_DATA);
	assert_err(sw_mailer_verify_recipients(m, NULL, NULL, 0, &r), SW_E_USAGE);
	assert_ptr_equal(r, (void *)1);
	sw_message_free(message);
	sw_mailer_free(m);
}

static void verifies(void **state)
{
	static const char *const keys[] = { "schema",   "what",  "outcome",    "stage",
					    "server",   "reply", "recipients", "timings_ms",
					    "findings", NULL };
	static const char *const rcpts[] = { "a@b.test", "bad@b.test" };
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){
		.keywords = "AUTH PLAIN",
		.user = "joe",
		.password = "right",
		.rules = RULES({ SW_VERB_RCPT, 0, 2, SCRIPT_REPLY, 550, "5.1.1 No", 0 },
			       { SW_VERB_MAIL, 4, 0, SCRIPT_REPLY, 451, "4.3.0 Later", 0 }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_result *r = NULL;
	set(m, "user", "joe");
	set(m, "auth", "PLAIN");
	assert_ok(sw_mailer_set_secret(m, "right", 5));
	assert_ok(sw_mailer_verify_connection(m, &r));
	json_t *json = parsed(r);
	has_keys(json, keys);
	assert_string_equal(text_at(json, "schema"), "sendwell/verify/1");
	assert_string_equal(text_at(json, "what"), "connection");
	assert_string_equal(text_at(json, "outcome"), "ok");
	json_decref(json);
	sw_result_free(r);

	assert_ok(sw_mailer_verify_login(m, &r));
	assert_int_equal(sw_result_stage(r), SW_STAGE_AUTH);
	assert_int_equal(sw_result_exit_status(r), 0);
	sw_result_free(r);

	assert_ok(sw_mailer_verify_recipients(m, NULL, rcpts, 2, &r));
	json = parsed(r);
	assert_string_equal(text_at(json, "outcome"), "failed");
	json_decref(json);
	assert_int_equal(sw_result_exit_status(r), 80);
	sw_result_free(r);

	/* Of what was not answered for good nothing is known. */
	sw_mailer_close(m);
	assert_ok(sw_mailer_verify_recipients(m, NULL, rcpts, 1, &r));
	json = parsed(r);
	assert_string_equal(text_at(json, "outcome"), "untested");
	json_decref(json);
	assert_int_equal(sw_result_exit_status(r), 75);
	sw_result_free(r);
	assert_int_equal(script_server_messages(s), 0);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void noop_keeps_a_session_and_opens_none(void **state)
{
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	assert_ok(sw_mailer_noop(m));
	assert_int_equal(script_server_sessions(s), 0);
	assert_false(sw_mailer_is_connected(m));
	assert_ok(sw_mailer_send(m, message, &r));
	sw_result_free(r);
	assert_ok(sw_mailer_noop(m));
	assert_true(sw_mailer_is_connected(m));
	script_server_hang_up(s, "");
	assert_ok(sw_mailer_noop(m));
	assert_false(sw_mailer_is_connected(m));
	assert_ok(sw_mailer_send(m, message, &r));
	sw_result_free(r);
	assert_int_equal(script_server_sessions(s), 2);
	sw_mailer_close(m);
	assert_false(sw_mailer_is_connected(m));
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

struct seen {
	int lines, beats, steps;
	uint64_t most;
	enum sw_stage last;
};

static void on_line(void *arg, double ms, const char *mark, const char *text)
{
	struct seen *seen = arg;
	seen->lines++;
	assert_true(ms >= 0 && mark[0] && text);
}

static int on_beat(void *arg)
{
	struct seen *seen = arg;
	seen->beats++;
	return 0;
}

static void on_step(void *arg, enum sw_stage stage, uint64_t done, uint64_t total)
{
	struct seen *seen = arg;
	seen->steps++;
	assert_true(stage >= seen->last || stage == SW_STAGE_EHLO);
	assert_true(total == 0 || done <= total);
	seen->last = stage;
	if (done > seen->most)
		seen->most = done;
}

static void callers_hear_what_happens(void **state)
{
	struct seen seen = { 0 };
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 250, "ok", 100 }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	sw_mailer_on_dialogue(m, on_line, &seen);
	sw_mailer_on_heartbeat(m, 5, on_beat, &seen);
	sw_mailer_on_progress(m, on_step, &seen);
	assert_ok(sw_mailer_send(m, message, &r));
	assert_true(seen.lines >= 10);
	assert_true(seen.beats >= 3);
	assert_true(seen.steps >= 5);
	assert_int_equal(seen.last, SW_STAGE_FINAL);
	assert_int_equal(seen.most, sw_message_size(message));
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

/* Wherever memory ends: an error or an account, no leak, and never a word too good. */
static void survives_failing_memory(void **state)
{
	(void)state;
	struct script_server *s = script_server_start(
		&(struct script_plan){ .keywords = "PIPELINING\nAUTH SCRAM-SHA-256",
				       .user = "joe",
				       .password = "right" });
	bool failed = true;
	unsigned accepted = 0, uncertain = 0;
	for (long n = 1; failed; n++) {
		struct sw_mailer *m = mailer_for(s);
		struct sw_message *message = message_to(2);
		struct sw_result *r = NULL;
		set(m, "user", "joe");
		assert_ok(sw_mailer_set_secret(m, "right", 5));
		sw_mem_fail_at(n);
		enum sw_err e = sw_mailer_send(m, message, &r);
		failed = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_true(e == SW_OK || e == SW_E_NOMEM);
		assert_true((e == SW_OK) == (r != NULL));
		if (r && sw_result_summary(r) == SW_SUMMARY_ACCEPTED)
			accepted++;
		if (r && sw_result_summary(r) == SW_SUMMARY_UNCERTAIN)
			uncertain++;
		assert_true(accepted <= script_server_messages(s));
		sw_result_free(r);
		sw_message_free(message);
		sw_mailer_free(m);
	}
	assert_true(accepted > 0);
	/* Nobody who was told of an error sends a message again that had arrived. */
	assert_true(script_server_messages(s) <= accepted + uncertain);
	script_server_stop(s);
}

static void knows_its_libraries(void **state)
{
	unsigned i;
	(void)state;
	assert_true(strlen(sw_version()) >= 5);
	for (i = 0; sw_version_of(i); i++)
		assert_non_null(strchr(sw_version_of(i), '.'));
	assert_true(i >= 6);
	assert_contains(sw_version_of(0), "OpenSSL 3.");
}

static void printable_text_cannot_act(void **state)
{
	(void)state;
	char *text = sw_text_printable("a\x1b[0m\r\n\x00z\xc3\xa4\xff", 12);
	assert_string_equal(text, "a\\x1b[0m\\x0d\\x0a\\x00z\xc3\xa4\\xff");
	sw_text_free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_has_a_name_a_help_and_a_default),
		cmocka_unit_test(refuses_bad_values_and_says_what_was_expected),
		cmocka_unit_test(sends_and_gives_a_whole_account),
		cmocka_unit_test(tells_the_story_of_a_failure),
		cmocka_unit_test(our_own_failures_are_returned),
		cmocka_unit_test(verifies),
		cmocka_unit_test(noop_keeps_a_session_and_opens_none),
		cmocka_unit_test(callers_hear_what_happens),
		cmocka_unit_test(survives_failing_memory),
		cmocka_unit_test(knows_its_libraries),
		cmocka_unit_test(printable_text_cannot_act),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
