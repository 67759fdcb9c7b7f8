/* SPDX-License-Identifier: MIT */
/* What every unit test includes: cmocka with all that it wants before itself, and helpers for
 * slices, errors, failing allocations and private directories. */
#ifndef SW_TEST_H
#define SW_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/slice.h"

/* Leaves the test.  tools/check counts a test that printed this line as skipped; cmocka's own
 * skip() writes "not ok", which Meson takes for a failure, and cannot give a reason. */
#define sw_test_skip(reason)                                                                  \
	do {                                                                                  \
		printf("# skipping: %s\n", reason);                                           \
		return;                                                                       \
	} while (0)

#define assert_ok(code) assert_string_equal(sw_err_text(code), sw_err_text(SW_OK))
#define assert_err(code, expected) assert_string_equal(sw_err_text(code), sw_err_text(expected))

#define assert_slice(slice, expected)                                                         \
	sw_test_slice((slice), sw_slice((expected), sizeof("" expected) - 1), __FILE__, __LINE__)

static inline void sw_test_slice(struct sw_slice got, struct sw_slice expected, const char *file,
				 int line)
{
	if (sw_slice_eq(got, expected))
		return;
	print_error("# got      \"%.*s\" (%zu)\n# expected \"%.*s\" (%zu)\n", SW_FMT(got),
		    got.len, SW_FMT(expected), expected.len);
	_fail(file, line);
}

/* The analyzer does not know that cmocka's assertions end the test. */
#ifdef __clang_analyzer__
#include <stdlib.h>
#undef assert_true
#define assert_true(condition) ((condition) ? (void)0 : abort())
#undef assert_false
#define assert_false(condition) ((condition) ? abort() : (void)0)
#define _fail(file, line) abort()
#endif

/* Says which row of a table is at fault. */
#define assert_row(row, condition)                                                            \
	do {                                                                                  \
		if (!(condition)) {                                                           \
			print_error("# row %zu: %s\n", (size_t)(row), #condition);            \
			_fail(__FILE__, __LINE__);                                            \
		}                                                                             \
	} while (0)

#define assert_contains(text, words)                                                          \
	do {                                                                                  \
		if (!strstr(text, words)) {                                                   \
			print_error("# \"%s\" lacks \"%s\"\n", text, words);                  \
			_fail(__FILE__, __LINE__);                                            \
		}                                                                             \
	} while (0)

/* What a test of sheer size multiplies by. The sanitizers make it twenty times as slow; that
 * time does not grow with the square shows in the builds without them. */
#if defined(__SANITIZE_ADDRESS__)
#define SW_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SW_TEST_SANITIZED 1
#endif
#endif
#ifdef SW_TEST_SANITIZED
#define SW_TEST_MUCH(bytes) ((size_t)(bytes) / 4)
#else
#define SW_TEST_MUCH(bytes) ((size_t)(bytes))
#endif

/* Whether that was in time, on a machine that others use, too: beside so much work that each of two
 * programs waits for its turn everything takes longer. */
static inline bool sw_test_in_time(uint64_t took_us, uint64_t most_us)
{
	double load = 1, share;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (getloadavg(&load, 1) != 1 || processors < 1)
		return took_us < most_us;
	share = load / (double)processors;
	return (double)took_us < (double)most_us * (share < 1 ? 1 : share > 5 ? 5 : share);
}

/* Appends `piece` until there are `bytes` at least. */
static inline void sw_test_fill(struct sw_buf *out, const char *piece, size_t bytes)
{
	size_t len = strlen(piece), have = sw_buf_len(out);
	size_t times = have < bytes ? (bytes - have + len - 1) / len : 0;
	char *to = sw_buf_reserve(out, times * len);

	assert_non_null(to);
	for (size_t i = 0; i < times; i++)
		memcpy(to + i * len, piece, len);
	sw_buf_commit(out, times * len);
}

/* Runs `run` with its 1st, 2nd, ... allocation failing, until it gets through.  Each failure
 * must be reported as SW_E_NOMEM, and every run must free what it took. */
static inline void sw_test_failing_allocations(enum sw_err (*run)(void *arg), void *arg)
{
	for (long n = 1;; n++) {
		long live = sw_mem_live();

		sw_mem_fail_at(n);
		enum sw_err code = run(arg);
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_int_equal(sw_mem_live(), live);
		if (!failed) {
			assert_ok(code);
			/* A run that never allocated tests nothing. */
			assert_true(n > 1);
			return;
		}
		assert_err(code, SW_E_NOMEM);
		assert_true(n < 100000);
	}
}

/* cmocka fixtures: a fresh directory, its path in *state; removed with all that is in it. */
static inline int sw_test_dir_make(void **state)
{
	char *path = strdup("/tmp/sendwell-test-XXXXXX");

	if (!path || !mkdtemp(path)) {
		free(path);
		return -1;
	}
	*state = path;
	return 0;
}

static inline int sw_test_dir_remove(void **state)
{
	char command[256];
	int status;

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	status = system(command);
	free(*state);
	return status;
}

/* "dir/name" in one of four static buffers, used in turn. */
static inline const char *sw_test_path(void **state, const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % SW_LEN(paths)];

	snprintf(path, sizeof(paths[0]), "%s/%s", (char *)*state, name);
	return path;
}

static inline void sw_test_write(const char *path, struct sw_slice content, unsigned mode)
{
	assert_ok(sw_file_replace(path, mode, content, NULL));
}

#endif
