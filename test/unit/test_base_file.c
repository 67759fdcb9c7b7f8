/* SPDX-License-Identifier: MIT */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/world.h"

#include "sw_test.h"

static uint64_t in_ms(uint64_t ms)
{
	const struct sw_world *w = sw_world_real();

	return w->now_us(w->arg) + ms * 1000;
}

static void reads_a_regular_file(void **state)
{
	const char *path = sw_test_path(state, "plain");
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_error err;
	uint64_t size = 0;
	int fd = -1;

	sw_test_write(path, SW_S("a\0b\n"), 0644);
	assert_ok(sw_buf_add_str(&out, "before "));
	assert_ok(sw_file_read(path, SW_FILE_INPUT, 4, &out, &err));
	assert_slice(sw_buf_slice(&out), "before a\0b\n");
	assert_ok(sw_file_open(path, SW_FILE_CONFIG, &fd, &size, &err));
	assert_int_equal(size, 4);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
}

static void reads_an_empty_file(void **state)
{
	const char *path = sw_test_path(state, "empty");
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };

	sw_test_write(path, SW_S(""), 0600);
	assert_ok(sw_file_read(path, SW_FILE_SECRET, 0, &out, NULL));
	assert_string_equal(sw_buf_str(&out), "");
}

static void stops_at_both_limits_and_keeps_the_buffer(void **state)
{
	const char *path = sw_test_path(state, "ten");
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 12 };
	struct sw_error err;

	sw_test_write(path, SW_S("0123456789"), 0644);
	assert_ok(sw_buf_add_str(&out, "abc"));
	assert_err(sw_file_read(path, SW_FILE_INPUT, 9, &out, &err), SW_E_LIMIT);
	assert_contains(err.text, "9 bytes");
	assert_err(sw_file_read(path, SW_FILE_INPUT, 100, &out, &err), SW_E_LIMIT);
	assert_string_equal(sw_buf_str(&out), "abc");
	sw_buf_consume(&out, 1);
	assert_ok(sw_file_read(path, SW_FILE_INPUT, 10, &out, &err));
	assert_string_equal(sw_buf_str(&out), "bc0123456789");
}

static void does_not_trust_the_size_that_the_kernel_tells(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1 << 20 };
	struct sw_error err;

	/* Says size 0 and has a page. */
	assert_ok(sw_file_read("/proc/self/status", SW_FILE_INPUT, 1 << 20, &out, &err));
	assert_contains(sw_buf_str(&out), "Name:");
	assert_err(sw_file_read("/proc/self/status", SW_FILE_INPUT, 10, &out, &err), SW_E_LIMIT);
}

static void make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
}

static void refuses_at_once_what_is_not_regular(void **state)
{
	const struct {
		const char *path, *word;
	} rows[] = {
		{ sw_test_path(state, "fifo"), "a pipe" },
		{ sw_test_path(state, "."), "a directory" },
		{ sw_test_path(state, "socket"), "a socket" },
		{ "/dev/zero", "a character device" },
		{ sw_test_path(state, "missing"), "No such file" },
	};

	assert_int_equal(mkfifo(rows[0].path, 0600), 0);
	make_socket(rows[2].path);
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		for (int kind = SW_FILE_INPUT; kind <= SW_FILE_CONFIG; kind++) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
			struct sw_error err = { 0 };

			assert_row(i, sw_file_read(rows[i].path, (enum sw_file_kind)kind, 10,
						   &out, &err) == SW_E_NOINPUT);
			assert_contains(err.text, rows[i].word);
			assert_contains(err.text, rows[i].path);
		}
	}
}

static void leaves_the_results_alone_on_failure(void **state)
{
	int fd = 77;
	uint64_t size = 88;

	assert_err(sw_file_open(sw_test_path(state, "missing"), SW_FILE_INPUT, &fd, &size, NULL),
		   SW_E_NOINPUT);
	assert_int_equal(fd, 77);
	assert_int_equal(size, 88);
}

static void refuses_a_secret_that_others_can_read(void **state)
{
	static const struct {
		unsigned mode;
		bool fine;
	} rows[] = {
		{ 0600, true },	 { 0400, true },  { 0700, true },  { 0640, false }, { 0604, false },
		{ 0644, false }, { 0620, false }, { 0602, false }, { 0611, false }, { 0660, false },
	};
	const char *path = sw_test_path(state, "secret");

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err = { 0 };
		char mode[8];

		sw_test_write(path, SW_S("hunter22\n"), rows[i].mode);
		enum sw_err code = sw_file_read_secret(path, &s, &err);

		assert_row(i, code == (rows[i].fine ? SW_OK : SW_E_PERM));
		snprintf(mode, sizeof(mode), "%04o", rows[i].mode);
		if (rows[i].fine)
			assert_string_equal(s.ptr, "hunter22");
		else
			assert_contains(err.text, mode);
		assert_null(strstr(err.text, "hunter"));
	}
}

static void refuses_a_link_to_a_secret_but_not_to_input(void **state)
{
	const char *target = sw_test_path(state, "target");
	const char *link = sw_test_path(state, "link");
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err;

	sw_test_write(target, SW_S("hunter22\n"), 0600);
	assert_int_equal(symlink(target, link), 0);
	assert_err(sw_file_read_secret(link, &s, &err), SW_E_PERM);
	assert_contains(err.text, "symbolic link");
	assert_ok(sw_file_read(link, SW_FILE_INPUT, 100, &out, &err));
	assert_string_equal(sw_buf_str(&out), "hunter22\n");
}

static void refuses_a_secret_of_somebody_else(void **state)
{
	const char *path = sw_test_path(state, "foreign");
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err;

	if (geteuid() != 0)
		sw_test_skip("only root can give files away");
	sw_test_write(path, SW_S("hunter22\n"), 0600);
	assert_int_equal(chown(path, 65534, 65534), 0);
	assert_err(sw_file_read_secret(path, &s, &err), SW_E_PERM);
	assert_contains(err.text, "belongs to user 65534");
}

static void refuses_odd_secrets(void **state)
{
	static const struct {
		struct sw_slice content;
		const char *word;
	} rows[] = {
		{ { "", 0 }, "empty" },
		{ { "\nhunter22\n", 10 }, "empty" },
		{ { "h\0unter22\n", 10 }, "NUL" },
	};
	const char *path = sw_test_path(state, "secret");

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
		struct sw_error err;

		sw_test_write(path, rows[i].content, 0600);
		assert_row(i, sw_file_read_secret(path, &s, &err) == SW_E_CONFIG);
		assert_contains(err.text, rows[i].word);
	}
}

static void refuses_an_endless_secret(void **state)
{
	const char *path = sw_test_path(state, "large");
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 1 << 30), 0);
	close(fd);
	assert_err(sw_file_read_secret(path, &s, NULL), SW_E_LIMIT);
}

static void tells_whether_a_file_is_exposed(void **state)
{
	static const struct {
		unsigned mode;
		bool exposed;
	} rows[] = { { 0600, false }, { 0644, true }, { 0640, true }, { 0604, true },
		     { 0622, false } };
	const char *path = sw_test_path(state, "config");

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		uint64_t size;
		int fd;

		sw_test_write(path, SW_S("x"), rows[i].mode);
		assert_ok(sw_file_open(path, SW_FILE_CONFIG, &fd, &size, NULL));
		assert_row(i, sw_file_is_exposed(fd) == rows[i].exposed);
		close(fd);
	}
	assert_true(sw_file_is_exposed(-1));
}

static void reads_a_pipe_to_its_end_within_limits(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_error err;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "0123456789", 10), 10);
	close(fds[1]);
	assert_ok(sw_fd_read(fds[0], 10, in_ms(5000), "standard input", &out, &err));
	assert_string_equal(sw_buf_str(&out), "0123456789");
	close(fds[0]);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "0123456789", 10), 10);
	assert_err(sw_fd_read(fds[0], 9, SW_NEVER, "standard input", &out, &err), SW_E_LIMIT);
	assert_contains(err.text, "standard input");
	assert_string_equal(sw_buf_str(&out), "0123456789");
	close(fds[0]);
	close(fds[1]);
}

static void does_not_wait_beyond_the_deadline(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_error err;
	int fds[2];
	uint64_t start = in_ms(0);

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "half", 4), 4);
	assert_err(sw_fd_read(fds[0], 10, start + 20000, "standard input", &out, &err), SW_E_IO);
	assert_contains(err.text, "in time");
	assert_true(in_ms(0) >= start + 20000);
	assert_true(in_ms(0) < start + 5000000);
	assert_string_equal(sw_buf_str(&out), "");
	close(fds[0]);
	close(fds[1]);
}

static void reads_from_a_bad_descriptor_as_an_error(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct sw_error err;

	assert_err(sw_fd_read(-1, 10, SW_NEVER, "it", &out, &err), SW_E_IO);
	assert_int_equal(err.os_errno, EBADF);
	assert_err(sw_fd_write(-1, SW_S("x"), &err), SW_E_IO);
}

static void replaces_a_file_as_a_whole(void **state)
{
	const char *path = sw_test_path(state, "state");
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 100 };
	struct stat st;
	struct sw_error err;
	mode_t old = umask(077);

	assert_ok(sw_file_replace(path, 0644, SW_S("one"), &err));
	umask(old);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_ok(sw_file_replace(path, 0600, SW_S("second"), &err));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_ok(sw_file_read(path, SW_FILE_SECRET, 100, &out, &err));
	assert_string_equal(sw_buf_str(&out), "second");
}

/* Only "." and "..", and what the test itself put there. */
static void assert_no_leftovers(void **state)
{
	char command[256];

	snprintf(command, sizeof(command), "! ls -A '%s' | grep -q '^\\.sendwell'",
		 (char *)*state);
	assert_int_equal(system(command), 0);
}

static void puts_no_file_in_the_place_of_what_is_none(void **state)
{
	const char *path = sw_test_path(state, "what");
	const char *link = sw_test_path(state, "link");
	struct sw_error err;
	struct stat st;

	assert_int_equal(mkfifo(path, 0600), 0);
	assert_err(sw_file_replace(path, 0600, SW_S("x"), &err), SW_E_CREATE);
	assert_contains(err.text, path);
	assert_contains(err.text, "expected a regular file");
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	/* As /dev/stdout leads to one. */
	assert_int_equal(symlink(path, link), 0);
	assert_err(sw_file_replace(link, 0600, SW_S("x"), &err), SW_E_CREATE);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	/* A link that leads nowhere is as good as none. */
	assert_int_equal(unlink(path), 0);
	assert_ok(sw_file_replace(link, 0600, SW_S("x"), &err));
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(unlink(link), 0);
	assert_no_leftovers(state);
}

static void leaves_nothing_behind_when_replacing_fails(void **state)
{
	const char *dir = sw_test_path(state, "dir");
	struct sw_error err;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_err(sw_file_replace(dir, 0600, SW_S("x"), &err), SW_E_CREATE);
	assert_contains(err.text, dir);
	assert_no_leftovers(state);
	assert_err(sw_file_replace(sw_test_path(state, "no/such"), 0600, SW_S("x"), &err),
		   SW_E_CREATE);
	assert_int_equal(err.os_errno, ENOENT);
	if (access("/dev/full", W_OK) == 0) {
		int fd = open("/dev/full", O_WRONLY);

		assert_err(sw_fd_write(fd, SW_S("x"), &err), SW_E_IO);
		assert_int_equal(err.os_errno, ENOSPC);
		close(fd);
	}
}

static void places_a_whole_file_only_where_none_is(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf got = { .max = 64 };
	struct sw_error err = { 0 };
	const char *path = sw_test_path(state, "placed");

	assert_ok(sw_file_place(path, 0600, SW_S("first"), NULL));
	assert_int_equal(sw_file_place(path, 0600, SW_S("second"), &err), SW_E_CREATE);
	assert_int_equal(err.os_errno, EEXIST);
	assert_ok(sw_file_read(path, SW_FILE_SECRET, 64, &got, NULL));
	assert_string_equal(sw_buf_str(&got), "first");
	assert_int_equal(sw_file_place("/nowhere/at/all", 0600, SW_S("x"), NULL), SW_E_CREATE);
}

static void creates_only_what_is_not_there(void **state)
{
	const char *path = sw_test_path(state, "new");
	const char *link = sw_test_path(state, "dangling");
	struct stat st;
	int fd = -1;

	assert_ok(sw_file_create(path, 0600, &fd, NULL));
	assert_ok(sw_fd_write(fd, SW_S("text"), NULL));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_err(sw_file_create(path, 0600, &fd, NULL), SW_E_CREATE);
	assert_int_equal(symlink(sw_test_path(state, "elsewhere"), link), 0);
	assert_err(sw_file_create(link, 0600, &fd, NULL), SW_E_CREATE);
}

static void gives_a_temporary_file_without_a_name(void **state)
{
	struct stat st;
	int fd = -1;
	char text[8] = "";

	setenv("TMPDIR", *state, 1);
	assert_ok(sw_file_temp(&fd, NULL));
	unsetenv("TMPDIR");
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_ok(sw_fd_write(fd, SW_S("text"), NULL));
	assert_int_equal(pread(fd, text, sizeof(text), 0), 4);
	assert_string_equal(text, "text");
	close(fd);
	assert_no_leftovers(state);
	setenv("TMPDIR", "/no/such/place", 1);
	assert_err(sw_file_temp(&fd, NULL), SW_E_CREATE);
	unsetenv("TMPDIR");
}

static void makes_directories_that_are_private(void **state)
{
	const char *path = sw_test_path(state, "a/b//c/");
	struct stat st;
	struct sw_error err;

	assert_ok(sw_dir_make(path, &err));
	assert_ok(sw_dir_make(path, &err));
	assert_int_equal(stat(sw_test_path(state, "a/b"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	sw_test_write(sw_test_path(state, "file"), SW_S("x"), 0600);
	assert_err(sw_dir_make(sw_test_path(state, "file"), &err), SW_E_CREATE);
	assert_err(sw_dir_make(sw_test_path(state, "file/below"), &err), SW_E_CREATE);
	assert_ok(sw_dir_make("/", &err));
}

static enum sw_err read_and_replace(void *arg)
{
	const char *path = sw_test_path(arg, "each");
	SW_CLEANUP(sw_secret_fini) struct sw_secret s = { 0 };
	struct sw_error err;
	enum sw_err code = sw_file_replace(path, 0600, SW_S("secret\n"), &err);

	if (!code)
		code = sw_file_read_secret(path, &s, &err);
	if (!code)
		code = sw_dir_make(sw_test_path(arg, "made"), &err);
	return code;
}

static void survives_every_failing_allocation(void **state)
{
	sw_test_failing_allocations(read_and_replace, state);
	assert_no_leftovers(state);
}

#define in_a_directory(test)                                                                  \
	cmocka_unit_test_setup_teardown(test, sw_test_dir_make, sw_test_dir_remove)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		in_a_directory(reads_a_regular_file),
		in_a_directory(reads_an_empty_file),
		in_a_directory(stops_at_both_limits_and_keeps_the_buffer),
		cmocka_unit_test(does_not_trust_the_size_that_the_kernel_tells),
		in_a_directory(refuses_at_once_what_is_not_regular),
		in_a_directory(leaves_the_results_alone_on_failure),
		in_a_directory(refuses_a_secret_that_others_can_read),
		in_a_directory(refuses_a_link_to_a_secret_but_not_to_input),
		in_a_directory(refuses_a_secret_of_somebody_else),
		in_a_directory(refuses_odd_secrets),
		in_a_directory(refuses_an_endless_secret),
		in_a_directory(tells_whether_a_file_is_exposed),
		cmocka_unit_test(reads_a_pipe_to_its_end_within_limits),
		cmocka_unit_test(does_not_wait_beyond_the_deadline),
		cmocka_unit_test(reads_from_a_bad_descriptor_as_an_error),
		in_a_directory(replaces_a_file_as_a_whole),
		in_a_directory(puts_no_file_in_the_place_of_what_is_none),
		in_a_directory(leaves_nothing_behind_when_replacing_fails),
		in_a_directory(places_a_whole_file_only_where_none_is),
		in_a_directory(creates_only_what_is_not_there),
		in_a_directory(gives_a_temporary_file_without_a_name),
		in_a_directory(makes_directories_that_are_private),
		in_a_directory(survives_every_failing_allocation),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
