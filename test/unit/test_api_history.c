/* SPDX-License-Identifier: MIT */
/* The file of earlier deliveries under several who write it for the first time at once. */
#include "mailer_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

enum { WRITERS = 8, ROUNDS = 25 };

struct writer {
	pthread_t thread;
	pthread_barrier_t *start;
	char path[128];
	bool fine;
};

/* Nobody listens there: an attempt takes a moment, and all of them the same. cmocka's checks
 * belong to the first thread. */
static void *attempt(void *arg)
{
	struct writer *w = arg;
	struct sw_mailer *m = sw_mailer_new();
	struct sw_message *message = sw_message_new();
	struct sw_result *r = NULL;

	w->fine = m && message && !sw_mailer_set(m, "server", "smtp://127.0.0.1:1?tls=none") &&
		  !sw_mailer_set(m, "history", w->path) &&
		  !sw_message_load_bytes(message, MESSAGE, sizeof(MESSAGE) - 1) &&
		  !sw_message_add_recipient(message, "one@b.test");
	pthread_barrier_wait(w->start);
	w->fine = w->fine && !sw_mailer_send(m, message, &r);
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	return NULL;
}

static void assert_one_head(const char *path)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf file = { .max = 65536 };
	struct sw_slice rest, line;
	size_t heads = 0, lines = 0;

	assert_ok(sw_file_read(path, SW_FILE_SECRET, 65536, &file, NULL));
	rest = sw_buf_slice(&file);
	assert_true(sw_slice_starts(rest, SW_S("sendwell/history/1 ")));
	while (rest.len > 0 && sw_slice_split(&rest, '\n', &line)) {
		heads += sw_slice_starts(line, SW_S("sendwell/history/"));
		lines++;
	}
	assert_int_equal(heads, 1);
	assert_int_equal(lines, 1 + WRITERS);
}

static void first_runs_at_once_write_one_file(void **state SW_UNUSED)
{
	char dir[] = "/tmp/sendwell-history-XXXXXX";
	struct writer writers[WRITERS];
	pthread_barrier_t start;

	assert_non_null(mkdtemp(dir));
	assert_int_equal(pthread_barrier_init(&start, NULL, WRITERS), 0);
	for (size_t round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < WRITERS; i++) {
			writers[i] = (struct writer){ .start = &start };
			snprintf(writers[i].path, sizeof(writers[i].path), "%s/new/history",
				 dir);
			assert_int_equal(
				pthread_create(&writers[i].thread, NULL, attempt, &writers[i]),
				0);
		}
		for (size_t i = 0; i < WRITERS; i++) {
			pthread_join(writers[i].thread, NULL);
			assert_row(i, writers[i].fine);
		}
		assert_one_head(writers[0].path);
		assert_int_equal(unlink(writers[0].path), 0);
	}
	pthread_barrier_destroy(&start);
	snprintf(writers[0].path, sizeof(writers[0].path), "%s/new", dir);
	/* Nothing else was left there. */
	assert_int_equal(rmdir(writers[0].path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_runs_at_once_write_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
