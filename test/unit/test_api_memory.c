/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sendwell/memory.h>

#include "base/mem.h"

static void knows_what_jansson_was_refused(void **state SW_UNUSED)
{
	uint64_t before = sw_memory_refused();
	json_t *whole = json_loads("{\"a\":\"text\"}", 0, NULL);

	assert_non_null(whole);
	json_decref(whole);
	assert_int_equal(sw_memory_refused(), before);
	/* Whether its reader fails or leaves something out: it is known. */
	for (long n = 1;; n++) {
		before = sw_memory_refused();
		sw_mem_fail_at(n);
		json_decref(json_loads("{\"a\":\"text\",\"b\":[1,2.5]}", 0, NULL));
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_int_equal(sw_memory_refused(), before + failed);
		if (!failed) {
			assert_true(n > 10);
			break;
		}
	}
}

static void knows_what_openssl_was_refused(void **state SW_UNUSED)
{
	uint64_t before = sw_memory_refused();
	char *block = OPENSSL_malloc(10);

	assert_non_null(block);
	sw_mem_fail_at(1);
	assert_null(OPENSSL_malloc(10));
	sw_mem_fail_at(1);
	assert_null(OPENSSL_realloc(block, 1000));
	assert_int_equal(sw_memory_refused(), before + 2);
	block = OPENSSL_realloc(block, 1000);
	assert_non_null(block);
	/* These give nothing, and lack nothing. */
	assert_null(OPENSSL_malloc(0));
	assert_null(OPENSSL_realloc(block, 0));
	assert_int_equal(sw_memory_refused(), before + 2);
}

/* In a process of its own, begun before this one is watched. */
static bool is_too_late_when_openssl_has_allocated(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		void *block = OPENSSL_malloc(1);
		bool right = block && !sw_memory_watch() && sw_memory_refused() == 0;

		OPENSSL_free(block);
		_exit(right ? 0 : 1);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_what_jansson_was_refused),
		cmocka_unit_test(knows_what_openssl_was_refused),
	};

	if (!is_too_late_when_openssl_has_allocated() || !sw_memory_watch())
		return 1;
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
