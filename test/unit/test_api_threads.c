/* SPDX-License-Identifier: MIT */
/* Eight threads with a mailer each, at the same time: nothing is shared.  SW_TEST_SENDS messages a thread (50);
 * -Db_sanitize=thread shows what the eye does not. */
#include "mailer_fixture.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS = 8 };

struct worker {
	pthread_t thread;
	struct script_server *server;
	unsigned sends, accepted;
	bool stepped;
};

static enum sw_err deliver(struct worker *w, struct sw_mailer *m, struct sw_message *message,
			   struct sw_result **ret)
{
	enum sw_err e;

	if (!w->stepped)
		return sw_mailer_send(m, message, ret);
	e = sw_mailer_start_send(m, message);
	while (!e && !*ret)
		e = sw_mailer_process(m, ret);
	return e;
}

/* cmocka's checks belong to the first thread: this one only counts. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct sw_mailer *m = sw_mailer_new();
	char url[64];

	snprintf(url, sizeof(url), "smtp://127.0.0.1:%u?tls=none",
		 (unsigned)script_server_port(w->server));
	if (!m || sw_mailer_set(m, "server", url))
		return NULL;
	for (unsigned i = 0; i < w->sends; i++) {
		struct sw_message *message = sw_message_new();
		struct sw_result *r = NULL;

		if (message && !sw_message_from(message, "me@a.test") &&
		    !sw_message_to(message, "you@b.test") &&
		    !sw_message_text(message, "hello\n", 6) &&
		    !deliver(w, m, message, &r) &&
		    sw_result_summary(r) == SW_SUMMARY_ACCEPTED)
			w->accepted++;
		sw_result_free(r);
		sw_message_free(message);
		/* A new session now and then. */
		if (i % 16 == 15)
			sw_mailer_close(m);
	}
	sw_mailer_free(m);
	return NULL;
}

static void threads_do_not_meet(void **state)
{
	const char *wanted = getenv("SW_TEST_SENDS");
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct worker workers[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .server = s,
					      .sends = wanted ? (unsigned)strtoul(wanted, NULL, 10)
							      : 50,
					      .stepped = i % 2 };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]),
				 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_row(i, workers[i].accepted == workers[i].sends);
	}
	assert_int_equal(script_server_messages(s), THREADS * workers[0].sends);
	script_server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_do_not_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
