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

/* A command named git in a folder of its own that is the whole PATH but for the system's: it
 * keeps what it is told. */
static void put_git(char folder[], const char *fill)
{
	char path[128], text[1024];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/git", folder);
	snprintf(text, sizeof(text),
		 "#!/bin/sh\n[ \"$1\" = credential ] || exit 9\ncat > %s/$2\n"
		 "[ \"$2\" != fill ] || %s\n",
		 folder, fill);
	write_file(path, text, 0700);
	snprintf(text, sizeof(text), "%s:/usr/bin:/bin", folder);
	setenv("PATH", text, 1);
}

/* What the command was told, "" when it was not called; then it is forgotten. */
static const char *told(const char *folder, const char *verb, char out[1024])
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, verb);
	FILE *f = fopen(path, "r");
	size_t len = f ? fread(out, 1, 1023, f) : 0;
	out[len] = '\0';
	if (f)
		fclose(f);
	unlink(path);
	return out;
}

static void remove_git(const char *folder)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/git", folder);
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
}

#define GIVES(password)                                                                       \
	"printf 'protocol=smtp\\nhost=h\\nusername=joe\\npassword=" password "\\nstate[]="    \
									     "x\\n'"

/* What git is told after each end of a login. */
static void git_learns_whether_its_password_was_right(void **state)
{
	static const struct {
		int code; /* of AUTH; 0: as the server judges */
		const char *text, *fill;
		int status;
		const char *verb; /* NULL: nothing */
	} rows[] = {
		{ 0, "", GIVES("SEKRIT-4711"), 0, "approve" },
		{ 0, "", GIVES("wrong"), 77, "reject" },
		{ 535, "5.7.8 bad", GIVES("SEKRIT-4711"), 77, "reject" },
		{ 535, "no", GIVES("SEKRIT-4711"), 77, "reject" },
		{ 454, "4.7.0 try later", GIVES("SEKRIT-4711"), 75, NULL },
		{ 504, "5.5.4 mechanism unknown", GIVES("SEKRIT-4711"), 77, NULL },
		{ 421, "4.3.2 going down", GIVES("SEKRIT-4711"), 75, NULL },
		{ 535,
		  "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled "
		  "for the Tenant.",
		  GIVES("SEKRIT-4711"), 77, NULL },
	};
	(void)state;
	const char *old = getenv("PATH");
	char *path = strdup(old ? old : "");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char folder[] = "/tmp/sw-test-git-XXXXXX", text[1024];
		const struct script_rule rules[] = { { .verb = rows[i].code ? SW_VERB_AUTH
									    : SW_VERB_NONE,
						       .code = rows[i].code,
						       .text = rows[i].text },
						     { 0 } };
		struct script_server *s =
			script_server_start(&(struct script_plan){ .keywords = "AUTH PLAIN",
								   .user = "joe",
								   .password = "SEKRIT-4711",
								   .rules = rules });
		struct sw_mailer *m = mailer_for(s);
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;
		put_git(folder, rows[i].fill);
		set(m, "user", "joe");
		set(m, "password-from", "git:mail.test");
		set(m, "auth", "PLAIN");
		enum sw_err e = sw_mailer_send(m, message, &r);
		if (e)
			print_error("# %zu: %s\n", i, sw_mailer_last_error_text(m));
		assert_row(i, e == SW_OK);
		if (sw_result_exit_status(r) != rows[i].status)
			print_error("# %zu: %d\n", i, sw_result_exit_status(r));
		assert_row(i, sw_result_exit_status(r) == rows[i].status);
		assert_string_equal(told(folder, "fill", text),
				    "protocol=smtp\nhost=mail.test\nusername=joe\n");
		static const char *const verbs[] = { "approve", "reject" };
		for (size_t k = 0; k < SW_LEN(verbs); k++) {
			bool wanted = rows[i].verb && !strcmp(rows[i].verb, verbs[k]);
			told(folder, verbs[k], text);
			assert_row(i, (*text != '\0') == wanted);
			/* As it was given, with what only the helper understands. */
			assert_row(i, !wanted || strstr(text, "\npassword="));
			assert_row(i, !wanted || strstr(text, "\nstate[]=x\n"));
		}
		sw_result_free(r);
		sw_message_free(message);
		sw_mailer_free(m);
		script_server_stop(s);
		remove_git(folder);
	}
	setenv("PATH", path, 1);
	free(path);
}

static void git_is_asked_for_server_and_port_and_must_answer_for_the_user(void **state)
{
	static const struct {
		const char *fill, *word;
	} rows[] = {
		{ "exit 1", "status 1" },
		{ "echo quit=1; exit 128", "status 128" },
		{ "true", "no password" },
		{ "printf 'username=ann\\npassword=SEKRIT\\n'", "another user" },
		{ "printf 'password=\\n'", "empty" },
		{ "printf 'password=SEK\\000RIT\\n'", "NUL" },
		{ "yes SEKRIT | head -c 300000", "no password" },
		{ "printf password=; yes SEKRIT | tr -d '\\n' | head -c 30000", "bytes" },
	};
	(void)state;
	const char *old = getenv("PATH");
	char *path = strdup(old ? old : "");
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		char folder[] = "/tmp/sw-test-git-XXXXXX", text[1024];
		struct sw_mailer *m = sw_mailer_new();
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;
		put_git(folder, rows[i].fill);
		set(m, "server", "smtps://[::1]:1");
		set(m, "user", "joe");
		set(m, "password-from", "git");
		assert_row(i, sw_mailer_send(m, message, &r) == SW_E_CONFIG);
		assert_contains(sw_mailer_last_error_text(m), rows[i].word);
		assert_row(i, !strstr(sw_mailer_last_error_text(m), "SEK"));
		assert_string_equal(told(folder, "fill", text),
				    "protocol=smtp\nhost=[::1]:1\nusername=joe\n");
		sw_message_free(message);
		sw_mailer_free(m);
		remove_git(folder);
	}
	setenv("PATH", path, 1);
	free(path);
}

/* A keyring gives the password of one user at one server. */
static void another_server_does_not_get_the_password_of_the_first(void **state)
{
	char folder[] = "/tmp/sw-test-git-XXXXXX", text[1024], url[64];
	struct script_server *s[2];
	(void)state;
	const char *old = getenv("PATH");
	char *path = strdup(old ? old : "");
	for (size_t i = 0; i < 2; i++)
		s[i] = script_server_start(&(struct script_plan){
			.keywords = "AUTH PLAIN", .user = "joe", .password = "SEKRIT-4711" });
	put_git(folder, GIVES("SEKRIT-4711"));
	struct sw_mailer *m = mailer_for(s[0]);
	set(m, "user", "joe");
	set(m, "password-from", "git");
	set(m, "auth", "PLAIN");
	for (size_t i = 0; i < 2; i++) {
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;
		snprintf(url, sizeof(url), "smtp://127.0.0.1:%u?tls=none",
			 (unsigned)script_server_port(s[i]));
		if (i)
			set(m, "server", url);
		assert_ok(sw_mailer_send(m, message, &r));
		assert_int_equal(sw_result_exit_status(r), 0);
		/* It was asked, with this server's port. */
		snprintf(url, sizeof(url), "host=127.0.0.1:%u\n",
			 (unsigned)script_server_port(s[i]));
		assert_contains(told(folder, "fill", text), url);
		assert_true(*told(folder, "approve", text) != '\0');
		sw_result_free(r);
		sw_message_free(message);
	}
	sw_mailer_free(m);
	script_server_stop(s[0]);
	script_server_stop(s[1]);
	remove_git(folder);
	setenv("PATH", path, 1);
	free(path);
}

/* Many messages log in once, or are refused once; git hears of either. */
static void git_learns_it_from_a_pool_too(void **state)
{
	static const char *const fills[] = { GIVES("SEKRIT-4711"), GIVES("wrong") };
	static const char *const verbs[] = { "approve", "reject" };
	(void)state;
	const char *old = getenv("PATH");
	char *path = strdup(old ? old : "");
	for (size_t i = 0; i < 2; i++) {
		char folder[] = "/tmp/sw-test-git-XXXXXX", text[1024];
		struct script_server *s = script_server_start(&(struct script_plan){
			.keywords = "AUTH PLAIN", .user = "joe", .password = "SEKRIT-4711" });
		struct sw_mailer *m = mailer_for(s);
		put_git(folder, fills[i]);
		set(m, "user", "joe");
		set(m, "auth", "PLAIN");
		set(m, "password-from", "git");
		struct sw_pool *p = sw_pool_new(m, 1);
		struct sw_message *messages[3];
		for (size_t k = 0; k < 3; k++) {
			messages[k] = message_to(1);
			assert_ok(sw_pool_add(p, messages[k], SW_POOL_BORROW, NULL));
		}
		assert_ok(sw_pool_run(p));
		assert_int_equal(sw_pool_counts(p).accepted, i == 0 ? 3 : 0);
		assert_row(i, *told(folder, verbs[i], text) != '\0');
		assert_row(i, *told(folder, verbs[1 - i], text) == '\0');
		assert_row(i, *told(folder, "fill", text) != '\0');
		sw_pool_free(p);
		for (size_t k = 0; k < 3; k++)
			sw_message_free(messages[k]);
		sw_mailer_free(m);
		script_server_stop(s);
		remove_git(folder);
	}
	setenv("PATH", path, 1);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_password_from_anywhere_and_shows_it_nowhere),
		cmocka_unit_test(a_password_file_that_others_can_read_is_refused),
		cmocka_unit_test(git_learns_whether_its_password_was_right),
		cmocka_unit_test(
			git_is_asked_for_server_and_port_and_must_answer_for_the_user),
		cmocka_unit_test(git_learns_it_from_a_pool_too),
		cmocka_unit_test(another_server_does_not_get_the_password_of_the_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
