/* SPDX-License-Identifier: MIT */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/world.h"

#include "sw_test.h"

static uint64_t in_ms(uint64_t ms)
{
	const struct sw_world *w = sw_world_real();

	return w->now_us(w->arg) + ms * 1000;
}

static enum sw_err run(const char *script, uint64_t ms, struct sw_secret *ret,
		       struct sw_error *err)
{
	char sh[] = "sh", c[] = "-c";
	char *copy = strdup(script);
	char *argv[] = { sh, c, copy, NULL };
	enum sw_err code = sw_process_secret(argv, in_ms(ms), ret, err);

	free(copy);
	return code;
}

static void takes_the_first_line_of_the_output(void **state SW_UNUSED)
{
	static const struct {
		const char *script, *out;
	} rows[] = {
		{ "echo hunter22", "hunter22" },
		{ "printf hunter22", "hunter22" },
		{ "printf 'hunter22\\r\\n'", "hunter22" },
		{ "echo hunter22; echo url: x", "hunter22" },
		{ "printf hun; sleep 0.03; echo ter22", "hunter22" },
		/* More than anybody wants, and more than a pipe holds. */
		{ "echo hunter22; yes | head -c 300000", "hunter22" },
		/* The output ends long before the process. */
		{ "echo hunter22; exec >&-; sleep 0.05", "hunter22" },
		/* Standard input is at its end. */
		{ "read x; echo \"got:$x\"", "got:" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err = { 0 };

		assert_row(i, run(rows[i].script, 10000, &s, &err) == SW_OK);
		assert_string_equal(s.ptr, rows[i].out);
	}
}

static void refuses_what_ends_badly_and_never_tells_the_output(void **state SW_UNUSED)
{
	static const struct {
		const char *script, *word;
	} rows[] = {
		{ "echo hunter22; exit 3", "status 3" },
		{ "echo hunter22; exec >&-; sleep 0.02; exit 4", "status 4" },
		{ "echo hunter22; kill -KILL $$", "signal 9" },
		{ "true", "empty" },
		{ "echo; echo hunter22", "empty" },
		{ "printf 'hunter22\\000x'", "NUL" },
		{ "yes hunter22 | tr -d '\\n' | head -c 20000", "bytes" },
		{ "yes hunter22 | tr -d '\\n' | head -c 200000", "bytes" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err = { 0 };

		assert_row(i, run(rows[i].script, 10000, &s, &err) == SW_E_CONFIG);
		assert_contains(err.text, rows[i].word);
		assert_contains(err.text, "sh:");
		assert_null(strstr(err.text, "hunter"));
		assert_null(s.ptr);
	}
}

static void names_a_program_that_is_not_there(void **state SW_UNUSED)
{
	char name[] = "no-such-program-anywhere";
	char *argv[] = { name, NULL };
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err = { 0 };

	assert_err(sw_process_secret(argv, SW_NEVER, &s, &err), SW_E_CONFIG);
	assert_contains(err.text, name);
	assert_int_equal(err.os_errno, ENOENT);
}

static void kills_what_is_late(void **state SW_UNUSED)
{
	static const char *const scripts[] = {
		"exec sleep 30",
		"trap '' TERM INT HUP; echo hunter22; while :; do :; done",
		"echo hunter22; exec >&-; exec sleep 30",
		"exec yes",
	};

	for (size_t i = 0; i < SW_LEN(scripts); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err = { 0 };
		uint64_t start = in_ms(0);

		assert_row(i, run(scripts[i], 50, &s, &err) == SW_E_IO);
		assert_row(i, in_ms(0) - start < 5000000);
		assert_contains(err.text, "in time");
		assert_null(s.ptr);
		/* No zombie. */
		assert_row(i, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
}

static void does_not_wait_for_descendants(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err = { 0 };
	uint64_t start = in_ms(0);

	/* As an agent that stays in the background and keeps the pipe open. */
	assert_ok(run("sleep 3 2>/dev/null & echo hunter22", 20000, &s, &err));
	assert_string_equal(s.ptr, "hunter22");
	assert_true(in_ms(0) - start < 2500000);
}

static void closes_every_other_descriptor(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err = { 0 };
	/* Without close-on-exec, as a careless caller opens. */
	int fd = dup2(STDOUT_FILENO, 9);

	assert_int_equal(fd, 9);
	assert_ok(run("if (: >&9) 2>/dev/null; then echo open; else echo closed; fi", 10000, &s,
		      &err));
	close(fd);
	assert_string_equal(s.ptr, "closed");
}

static void works_when_standard_streams_are_closed(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	int in = dup(STDIN_FILENO), error = dup(STDERR_FILENO);

	close(STDIN_FILENO);
	close(STDERR_FILENO);
	enum sw_err code = run("read x; echo \"got:$x\"", 10000, &s, NULL);

	dup2(in, STDIN_FILENO);
	dup2(error, STDERR_FILENO);
	close(in);
	close(error);
	assert_ok(code);
	assert_string_equal(s.ptr, "got:");
}

static void gives_signals_their_usual_meaning(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err = { 0 };
	sigset_t usr1, old;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &old);
	enum sw_err ignored = run("kill -PIPE $$; echo survived", 10000, &s, &err);
	enum sw_err blocked = run("kill -USR1 $$; echo survived", 10000, &s, &err);

	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_err(ignored, SW_E_CONFIG);
	assert_err(blocked, SW_E_CONFIG);
}

static void leaks_no_descriptor(void **state SW_UNUSED)
{
	int before = dup(0);

	close(before);
	for (int i = 0; i < 3; i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };

		assert_ok(run("echo hunter22", 10000, &s, NULL));
		assert_err(run("exit 1", 10000, &s, NULL), SW_E_CONFIG);
	}
	int after = dup(0);

	close(after);
	assert_int_equal(after, before);
}

static enum sw_err one(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };

	return run("echo hunter22", 10000, &s, NULL);
}

static void survives_every_failing_allocation(void **state SW_UNUSED)
{
	sw_test_failing_allocations(one, NULL);
}

static void tells_a_command_and_takes_all_that_it_says(void **state SW_UNUSED)
{
	static const struct {
		const char *script;
		enum sw_err code;
		const char *out;
	} rows[] = {
		{ "cat", SW_OK, "one\ntwo\n" },
		{ "read a; echo \"<$a>\"", SW_OK, "<one>\n" },
		/* Whoever does not read leaves nobody waiting. */
		{ "echo x", SW_OK, "x\n" },
		{ "true", SW_OK, "" },
		{ "cat; exit 3", SW_E_CONFIG, NULL },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { 0 };
		char sh[] = "sh", c[] = "-c", *copy = strdup(rows[i].script);
		char *argv[] = { sh, c, copy, NULL };
		struct sw_error err = { 0 };

		assert_row(i, sw_process_talk(argv, SW_S("one\ntwo\n"), in_ms(10000), &out,
					      &err) == rows[i].code);
		if (rows[i].out)
			assert_string_equal(sw_buf_str(&out), rows[i].out);
		free(copy);
	}
}

static void tells_more_than_a_pipe_holds(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_wipe) struct sw_buf out = { 0 };
	static char big[300000];
	char wc[] = "wc", c[] = "-c";
	char *argv[] = { wc, c, NULL };
	struct sw_error err = { 0 };

	memset(big, 'x', sizeof(big));
	assert_ok(sw_process_talk(argv, sw_slice(big, sizeof(big)), in_ms(10000), &out, &err));
	assert_string_equal(sw_buf_str(&out), "300000\n");
	/* Again, and what it held is gone. */
	assert_ok(sw_process_talk(argv, SW_S(""), in_ms(10000), &out, &err));
	assert_string_equal(sw_buf_str(&out), "0\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_the_first_line_of_the_output),
		cmocka_unit_test(refuses_what_ends_badly_and_never_tells_the_output),
		cmocka_unit_test(names_a_program_that_is_not_there),
		cmocka_unit_test(tells_a_command_and_takes_all_that_it_says),
		cmocka_unit_test(tells_more_than_a_pipe_holds),
		cmocka_unit_test(kills_what_is_late),
		cmocka_unit_test(does_not_wait_for_descendants),
		cmocka_unit_test(closes_every_other_descriptor),
		cmocka_unit_test(works_when_standard_streams_are_closed),
		cmocka_unit_test(gives_signals_their_usual_meaning),
		cmocka_unit_test(leaks_no_descriptor),
		cmocka_unit_test(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("process", tests, NULL, NULL);
}
