/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/dir.h"
#include "base/file.h"
#include "base/mem.h"

struct scratch {
	char dir[64];
};

static int setup(void **state)
{
	struct scratch *s = sw_calloc(1, sizeof(*s));

	assert_non_null(s);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/sendwell-dir-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	*state = s;
	return 0;
}

static const char *const names[] = { "b.yaml", "a.yaml", ".hidden", "B", "10" };

static void path_of(const struct scratch *s, size_t i, char out[128])
{
	(void)snprintf(out, 128, "%s/%s", s->dir, names[i]);
}

static void fill(const struct scratch *s)
{
	char path[128];

	for (size_t i = 0; i < SW_LEN(names); i++) {
		path_of(s, i, path);
		assert_int_equal(SW_OK, sw_file_replace(path, 0600, SW_S("x"), NULL));
	}
}

static int teardown(void **state)
{
	struct scratch *s = *state;
	char path[128];

	for (size_t i = 0; i < SW_LEN(names); i++) {
		path_of(s, i, path);
		(void)unlink(path);
	}
	(void)rmdir(s->dir);
	sw_free(s);
	return 0;
}

static void names_come_in_the_order_of_their_bytes(void **state)
{
	static const char *const sorted[] = { ".hidden", "10", "B", "a.yaml", "b.yaml" };
	struct sw_dir_list list = { 0 };
	struct scratch *s = *state;

	fill(s);
	assert_int_equal(SW_OK, sw_dir_read(s->dir, 100, &list, NULL));
	assert_int_equal(SW_LEN(sorted), list.count);
	for (size_t i = 0; i < list.count; i++)
		assert_string_equal(sorted[i], list.names[i]);
	sw_dir_list_fini(&list);
	assert_int_equal(0, list.count);
}

static void what_is_missing_is_empty_and_what_is_none_is_told(void **state)
{
	struct sw_dir_list list = { 0 };
	struct sw_error err = { 0 };
	struct scratch *s = *state;
	char path[128];

	assert_int_equal(SW_OK, sw_dir_read("/nonexistent/rules.d", 10, &list, NULL));
	assert_int_equal(0, list.count);
	fill(s);
	path_of(s, 0, path);
	assert_int_equal(SW_E_NOINPUT, sw_dir_read(path, 10, &list, &err));
	assert_non_null(strstr(err.text, path));
	assert_int_equal(SW_E_LIMIT, sw_dir_read(s->dir, 4, &list, &err));
	assert_non_null(strstr(err.text, "more than 4"));
	sw_dir_list_fini(&list);
}

static void nothing_is_lost_when_memory_is(void **state)
{
	struct scratch *s = *state;

	fill(s);
	for (long n = 1;; n++) {
		struct sw_dir_list list = { 0 };
		long live = sw_mem_live();

		sw_mem_fail_at(n);
		enum sw_err code = sw_dir_read(s->dir, 100, &list, NULL);
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_int_equal(failed ? SW_E_NOMEM : SW_OK, code);
		sw_dir_list_fini(&list);
		assert_int_equal(live, sw_mem_live());
		if (!failed)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(names_come_in_the_order_of_their_bytes, setup,
						teardown),
		cmocka_unit_test_setup_teardown(
			what_is_missing_is_empty_and_what_is_none_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_lost_when_memory_is, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
