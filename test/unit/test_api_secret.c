/* SPDX-License-Identifier: MIT */
/* Passwords: from where they come, and that nobody sees them. */
#include "mailer_fixture.h"

#include <sys/stat.h>
#include <unistd.h>

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* The password from each source logs in; and none of its forms is found anywhere afterwards.
 */
static void takes_the_password_from_anywhere_and_shows_it_nowhere(void **state)
{
	static const char *const sources[] = {
		"secret", "url", "file", "fd", "command", "env"
	};
	char path[] = "/tmp/sw-test-secret-XXXXXX", value[128];
	(void)state;
	close(mkstemp(path));
	write_file(path, "SEKRIT-4711\n", 0600);
	setenv("SW_TEST_PASSWORD", "SEKRIT-4711", 1);
	for (size_t i = 0; i < SW_LEN(sources); i++) {
		struct script_server *s = script_server_start(&(struct script_plan){
			.keywords = "AUTH PLAIN", .user = "joe", .password = "SEKRIT-4711" });
		struct sw_mailer *m = mailer_for(s);
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;
		int fds[2] = { -1, -1 };
		set(m, "user", "joe");
		set(m, "auth", "PLAIN");
		assert_row(i, sw_mailer_needs_secret(m));
		if (i == 0) {
			assert_ok(sw_mailer_set_secret(m, "SEKRIT-4711", 11));
		} else if (i == 1) {
			snprintf(value, sizeof(value),
				 "smtp://joe:SEKRIT-4711@127.0.0.1:%u?tls=none&auth=PLAIN",
				 (unsigned)script_server_port(s));
			set(m, "server", value);
		} else if (i == 2) {
			set(m, "password-file", path);
		} else if (i == 3) {
			assert_int_equal(pipe(fds), 0);
			assert_int_equal(write(fds[1], "SEKRIT-4711\nrest", 16), 16);
			close(fds[1]);
			snprintf(value, sizeof(value), "%d", fds[0]);
			set(m, "password-fd", value);
		} else if (i == 4) {
			snprintf(value, sizeof(value), "cat '%s'", path);
			set(m, "password-command", value);
		} else {
			set(m, "password-env", "SW_TEST_PASSWORD");
		}
		assert_row(i, !sw_mailer_needs_secret(m));
		enum sw_err e = sw_mailer_send(m, message, &r);
		if (e)
			print_error("# %s: %s\n", sources[i], sw_mailer_last_error_text(m));
		assert_row(i, e == SW_OK && sw_result_exit_status(r) == 0);
		const char *const shown[] = { sw_mailer_transcript(m),
					      sw_mailer_last_error_text(m), sw_result_json(r),
					      sw_result_case_json(r) };
		for (size_t k = 0; k < SW_LEN(shown); k++)
			assert_row(i, !strstr(shown[k], "SEKRIT") &&
					      !strstr(shown[k], "AGpvZQBTRUtSSVQ"));
		sw_result_free(r);
		sw_message_free(message);
		sw_mailer_free(m);
		script_server_stop(s);
		if (fds[0] >= 0)
			close(fds[0]);
	}
	unlink(path);
}

static void a_password_file_that_others_can_read_is_refused(void **state)
{
	char path[] = "/tmp/sw-test-secret-XXXXXX";
	struct sw_mailer *m = sw_mailer_new();
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	(void)state;
	close(mkstemp(path));
	write_file(path, "SEKRIT\n", 0644);
	set(m, "server", "smtp://joe@127.0.0.1:1");
	set(m, "password-file", path);
	assert_err(sw_mailer_send(m, message, &r), SW_E_PERM);
	sw_message_free(message);
	sw_mailer_free(m);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_password_from_anywhere_and_shows_it_nowhere),
		cmocka_unit_test(a_password_file_that_others_can_read_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
