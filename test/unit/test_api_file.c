/* SPDX-License-Identifier: MIT */
#include <sendwell/file.h>

#include <sys/stat.h>
#include <unistd.h>

#include "sw_test.h"

static char dir[] = "/tmp/sendwell-test-XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = { "file", "deep/er", "deep", "fifo" };

	(void)state;
	for (size_t i = 0; i < SW_LEN(names); i++)
		(void)remove(in_dir(names[i]));
	return rmdir(dir);
}

static void what_is_saved_is_loaded(void **state)
{
	struct sw_file file = { .bytes = NULL };
	struct stat st;
	char text[128];

	(void)state;
	assert_int_equal(sw_file_save(in_dir("file"), 0600, "a\0b", 3, text, sizeof(text)),
			 SW_OK);
	assert_int_equal(stat(in_dir("file"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(sw_file_load(in_dir("file"), 3, &file, text, sizeof(text)), SW_OK);
	assert_int_equal(file.len, 3);
	assert_memory_equal(file.bytes, "a\0b", 4);
	assert_false(file.exposed);
	sw_file_clear(&file);
	assert_null(file.bytes);
	assert_int_equal(file.len, 0);
	sw_file_clear(&file);
}

static void a_file_that_others_can_read_is_told_apart(void **state)
{
	static const struct {
		unsigned mode;
		int exposed;
	} cases[] = { { 0600, 0 }, { 0400, 0 }, { 0640, 1 }, { 0604, 1 }, { 0644, 1 } };

	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_file file = { .bytes = NULL };

		assert_int_equal(sw_file_save(in_dir("file"), cases[i].mode, "x", 1, NULL, 0),
				 SW_OK);
		assert_int_equal(sw_file_load(in_dir("file"), 10, &file, NULL, 0), SW_OK);
		assert_int_equal(!!file.exposed, cases[i].exposed);
		sw_file_clear(&file);
	}
}

static void what_is_no_file_is_refused_with_what_it_is(void **state)
{
	struct sw_file file = { .bytes = NULL, .len = 7 };
	char text[256];

	(void)state;
	assert_int_equal(mkfifo(in_dir("fifo"), 0600), 0);
	assert_int_equal(sw_file_load(in_dir("fifo"), 10, &file, text, sizeof(text)),
			 SW_E_NOINPUT);
	assert_non_null(strstr(text, "a pipe"));
	assert_int_equal(sw_file_load(dir, 10, &file, text, sizeof(text)), SW_E_NOINPUT);
	assert_non_null(strstr(text, "a directory"));
	assert_int_equal(sw_file_load("/dev/zero", 10, &file, text, sizeof(text)),
			 SW_E_NOINPUT);
	assert_non_null(strstr(text, "device"));
	assert_int_equal(sw_file_load(in_dir("none"), 10, &file, text, sizeof(text)),
			 SW_E_NOINPUT);
	assert_non_null(strstr(text, "No such file"));
	/* Nothing was written to the result. */
	assert_int_equal(file.len, 7);
	assert_null(file.bytes);
}

static void more_than_wanted_is_refused(void **state)
{
	struct sw_file file = { .bytes = NULL };
	char text[16];

	(void)state;
	assert_int_equal(sw_file_save(in_dir("file"), 0600, "1234", 4, NULL, 0), SW_OK);
	assert_int_equal(sw_file_load(in_dir("file"), 3, &file, text, sizeof(text)),
			 SW_E_LIMIT);
	/* The text is cut, not written beyond its place. */
	assert_int_equal(strlen(text), sizeof(text) - 1);
	assert_int_equal(sw_file_load(in_dir("file"), 4, &file, NULL, 0), SW_OK);
	sw_file_clear(&file);
}

static void an_empty_file_is_empty_text(void **state)
{
	struct sw_file file = { .bytes = NULL };

	(void)state;
	assert_int_equal(sw_file_save(in_dir("file"), 0600, "", 0, NULL, 0), SW_OK);
	assert_int_equal(sw_file_load(in_dir("file"), 10, &file, NULL, 0), SW_OK);
	assert_int_equal(file.len, 0);
	assert_string_equal(file.bytes, "");
	sw_file_clear(&file);
}

static void directories_are_made_private(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(sw_file_make_dir(in_dir("deep/er"), NULL, 0), SW_OK);
	assert_int_equal(sw_file_make_dir(in_dir("deep/er"), NULL, 0), SW_OK);
	assert_int_equal(stat(in_dir("deep"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void no_memory_is_told_and_leaves_nothing(void **state)
{
	(void)state;
	assert_int_equal(sw_file_save(in_dir("file"), 0600, "1234", 4, NULL, 0), SW_OK);
	for (long n = 1;; n++) {
		struct sw_file file = { .bytes = NULL };

		sw_mem_fail_at(n);
		enum sw_err code = sw_file_load(in_dir("file"), 10, &file, NULL, 0);
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_int_equal(code, failed ? SW_E_NOMEM : SW_OK);
		sw_file_clear(&file);
		assert_int_equal(sw_mem_live(), 0);
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_saved_is_loaded),
		cmocka_unit_test(a_file_that_others_can_read_is_told_apart),
		cmocka_unit_test(what_is_no_file_is_refused_with_what_it_is),
		cmocka_unit_test(more_than_wanted_is_refused),
		cmocka_unit_test(an_empty_file_is_empty_text),
		cmocka_unit_test(directories_are_made_private),
		cmocka_unit_test(no_memory_is_told_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
