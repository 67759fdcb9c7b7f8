/* SPDX-License-Identifier: MIT */
/* What callers should not do: refused with words, and never a crash. */
#include "pool_fixture.h"

#include <sendwell/step.h>

struct nested {
	struct sw_mailer *m;
	struct sw_message *message;
	unsigned calls;
};

static int calls_back_in(void *arg)
{
	struct nested *n = arg;
	struct sw_result *r = NULL;
	const char *const list[] = { "one@b.test" };

	n->calls++;
	assert_int_equal(sw_mailer_send(n->m, n->message, &r), SW_E_USAGE);
	assert_contains(sw_mailer_last_error_text(n->m), "callback");
	assert_int_equal(sw_mailer_verify_connection(n->m, &r), SW_E_USAGE);
	assert_int_equal(sw_mailer_verify_login(n->m, &r), SW_E_USAGE);
	assert_int_equal(sw_mailer_verify_recipients(n->m, NULL, list, 1, &r), SW_E_USAGE);
	assert_int_equal(sw_mailer_start_send(n->m, n->message), SW_E_USAGE);
	assert_int_equal(sw_mailer_noop(n->m), SW_E_USAGE);
	assert_int_equal(sw_mailer_set(n->m, "server", "x.test"), SW_E_USAGE);
	assert_int_equal(sw_mailer_set_secret(n->m, "x", 1), SW_E_USAGE);
	assert_null(r);
	sw_mailer_close(n->m);
	assert_non_null(sw_mailer_transcript(n->m));
	return 0;
}

/* Answers MAIL late, so that there is time for callbacks. */
static struct script_server *slow_server(void)
{
	static const struct script_rule rules[] = {
		{ SW_VERB_MAIL, 0, 0, SCRIPT_REPLY, 250, "ok", 100 },
		{ 0 },
	};

	return script_server_start(&(struct script_plan){ .rules = rules });
}

/* Those that reach into the session are refused in every stage; the message goes nevertheless.
 */
static void a_callback_cannot_call_back_in(void **state)
{
	(void)state;
	struct script_server *s = slow_server();
	struct nested n = { .m = mailer_for(s), .message = message_to(1) };
	struct sw_result *r = NULL;

	sw_mailer_on_heartbeat(n.m, 5, calls_back_in, &n);
	assert_ok(sw_mailer_send(n.m, n.message, &r));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_ACCEPTED);
	assert_true(n.calls >= 3);
	sw_result_free(r);
	sw_message_free(n.message);
	sw_mailer_free(n.m);
	assert_int_equal(script_server_messages(s), 1);
	script_server_stop(s);
}

static int frees_it(void *arg)
{
	sw_mailer_free(arg);
	return 0;
}

static void frees_on_a_line(void *arg, double ms, const char *mark, const char *text)
{
	(void)ms;
	(void)mark;
	if (strstr(text, "MAIL FROM"))
		sw_mailer_free(arg);
}

/* The call ends as after an abort, and the mailer goes with it. */
static void a_callback_may_free_the_mailer(void **state)
{
	(void)state;
	struct script_server *s = slow_server();
	struct sw_message *message = message_to(1);

	for (int way = 0; way < 2; way++) {
		struct sw_mailer *m = mailer_for(s);
		struct sw_result *r = NULL;

		if (way == 0)
			sw_mailer_on_heartbeat(m, 5, frees_it, m);
		else
			sw_mailer_on_dialogue(m, frees_on_a_line, m);
		assert_ok(sw_mailer_send(m, message, &r));
		assert_int_equal(sw_result_summary(r), SW_SUMMARY_NOT_SENT);
		sw_result_free(r);
	}
	sw_message_free(message);
	assert_int_equal(script_server_messages(s), 0);
	script_server_stop(s);
}

static void frees_the_pool(void *arg, void *tag, const struct sw_pool_account *a)
{
	struct tally *t = arg;
	int busy;

	told(arg, tag, a);
	assert_int_equal(sw_pool_run(t->pool), SW_E_USAGE);
	assert_int_equal(sw_pool_process(t->pool, &busy), SW_E_USAGE);
	sw_pool_free(t->pool);
}

/* One result is told, nothing of the pool or its mailer is used afterwards. */
static void a_callback_may_free_the_pool(void **state)
{
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 3, &t);

	sw_pool_on_result(p, frees_the_pool, &t);
	add(p, 0, 12, 1);
	assert_ok(sw_pool_run(p));
	assert_int_equal(t.count, 1);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void a_mailer_outlives_its_pool(void **state)
{
	(void)state;
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);
	struct tally t;
	struct sw_pool *p = pool_for(m, 2, &t);

	add(p, 0, 3, 1);
	assert_ok(sw_pool_run(p));
	sw_mailer_free(m); /* in the wrong order */
	add(p, 3, 3, 1);
	(void)sw_pool_run(p);
	assert_int_equal(t.count, 6);
	sw_pool_free(p);
	script_server_stop(s);
}

static void what_is_not_given_is_said(void **state)
{
	(void)state;
	struct sw_mailer *m = sw_mailer_new();
	struct sw_message *g = sw_message_new(), *ready = sw_message_new();
	struct sw_result *r = NULL;

	assert_int_equal(sw_message_text(g, NULL, 5), SW_E_USAGE);
	assert_int_equal(sw_message_html(g, NULL, 5), SW_E_USAGE);
	assert_int_equal(sw_message_text_file(g, NULL), SW_E_USAGE);
	assert_int_equal(sw_message_attach_file(g, NULL, NULL, NULL, NULL), SW_E_USAGE);
	assert_int_equal(sw_message_attach_bytes(g, NULL, 5, NULL, NULL, NULL), SW_E_USAGE);
	assert_int_equal(sw_message_alternative_file(g, NULL, NULL), SW_E_USAGE);
	assert_int_equal(sw_message_alternative_bytes(g, NULL, 5, NULL), SW_E_USAGE);
	assert_string_equal(sw_message_error_text(g), "NULL where bytes must be given");
	assert_int_equal(sw_message_load_file(ready, NULL), SW_E_USAGE);
	assert_int_equal(sw_message_load_bytes(ready, NULL, 5), SW_E_USAGE);
	assert_int_equal(sw_message_load_stream(ready, NULL, NULL), SW_E_USAGE);
	assert_int_equal(sw_mailer_send(m, NULL, &r), SW_E_USAGE);
	assert_int_equal(sw_mailer_send(m, g, NULL), SW_E_USAGE);
	assert_int_equal(sw_mailer_verify_recipients(m, NULL, NULL, 3, &r), SW_E_USAGE);
	sw_message_free(g);
	sw_message_free(ready);
	sw_mailer_free(m);
	sw_mailer_free(NULL);
	sw_message_free(NULL);
	sw_result_free(NULL);
	sw_pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_callback_cannot_call_back_in),
		cmocka_unit_test(a_callback_may_free_the_mailer),
		cmocka_unit_test(a_callback_may_free_the_pool),
		cmocka_unit_test(a_mailer_outlives_its_pool),
		cmocka_unit_test(what_is_not_given_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
