/* SPDX-License-Identifier: MIT */
/* Calls that the caller's own loop steps. */
#include "mailer_fixture.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* As a program would; counts the steps, and sees that none of them waits. */
static enum sw_err step_to_the_end(struct sw_mailer *m, struct sw_result **ret, unsigned *steps)
{
	*steps = 0;
	for (;;) {
		struct pollfd p = { .fd = sw_mailer_fd(m), .events = POLLIN };
		int wait_ms = sw_mailer_wait_ms(m);

		assert_true(p.fd >= 0);
		poll(&p, 1, wait_ms);
		double before = now_s();
		enum sw_err e = sw_mailer_process(m, ret);
		assert_true(now_s() - before < 2);
		++*steps;
		if (e || *ret)
			return e;
		assert_true(*steps < 100000);
	}
}

/* As far as it comes in that time, which is not its end. */
static void step_for(struct sw_mailer *m, double seconds)
{
	for (double end = now_s() + seconds; now_s() < end;) {
		struct pollfd p = { .fd = sw_mailer_fd(m), .events = POLLIN };
		struct sw_result *r = NULL;

		poll(&p, 1, 20);
		assert_ok(sw_mailer_process(m, &r));
		assert_null(r);
	}
}

static void sends_in_steps_over_one_session(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){ 0 });
	struct sw_mailer *m = mailer_for(s);

	(void)state;
	for (unsigned i = 1; i <= 3; i++) {
		struct sw_message *message = message_to(2);
		struct sw_result *r = NULL;
		unsigned steps;

		assert_ok(sw_mailer_start_send(m, message));
		assert_int_equal(script_server_messages(s), i - 1);
		assert_int_equal(sw_mailer_deadline(m), 0);
		assert_ok(step_to_the_end(m, &r, &steps));
		assert_int_equal(sw_result_summary(r), SW_SUMMARY_ACCEPTED);
		assert_true(steps > 0);
		assert_int_equal(sw_mailer_fd(m), -1);
		assert_int_equal(sw_mailer_wait_ms(m), -1);
		sw_result_free(r);
		sw_message_free(message);
	}
	assert_int_equal(script_server_sessions(s), 1);
	assert_int_equal(script_server_messages(s), 3);
	/* And one that waits itself, over the same session. */
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	assert_ok(sw_mailer_send(m, message, &r));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_ACCEPTED);
	assert_int_equal(script_server_sessions(s), 1);
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void verifies_in_steps(void **state)
{
	static const char *const recipients[] = { "one@b.test", "nobody@b.test" };
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ .verb = SW_VERB_RCPT,
				 .nth = 2,
				 .code = 550,
				 .text = "5.1.1 no such user" }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_result *r = NULL;
	unsigned steps;

	(void)state;
	assert_ok(sw_mailer_start_verify_connection(m));
	assert_ok(step_to_the_end(m, &r, &steps));
	assert_int_equal(sw_result_exit_status(r), 0);
	sw_result_free(r);
	r = NULL;
	assert_ok(sw_mailer_start_verify_recipients(m, NULL, recipients, 2));
	assert_ok(step_to_the_end(m, &r, &steps));
	assert_int_not_equal(sw_result_exit_status(r), 0);
	sw_result_free(r);
	/* Our own failure ends the call too. */
	r = NULL;
	assert_ok(sw_mailer_start_verify_login(m));
	assert_int_equal(step_to_the_end(m, &r, &steps), SW_E_CONFIG);
	assert_null(r);
	assert_contains(sw_mailer_last_error_text(m), "no login");
	assert_int_equal(sw_mailer_fd(m), -1);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void a_deadline_needs_no_descriptor(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ .verb = SW_VERB_MAIL, .act = SCRIPT_STALL }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	unsigned steps;
	double begun = now_s();

	(void)state;
	set(m, "timeout", "0.3");
	assert_ok(sw_mailer_start_send(m, message));
	assert_ok(step_to_the_end(m, &r, &steps));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_NOT_SENT);
	assert_true(now_s() - begun < 3);
	/* It was waited for, not asked again and again. */
	assert_true(steps < 60);
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void one_call_at_a_time(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ .verb = SW_VERB_MAIL,
				 .code = 250,
				 .text = "2.1.0 Ok",
				 .delay_ms = 500 }) });
	struct sw_mailer *m = mailer_for(s);
	struct sw_message *message = message_to(1);
	struct sw_result *r = NULL;
	unsigned steps;

	(void)state;
	assert_int_equal(sw_mailer_process(m, &r), SW_E_USAGE);
	assert_ok(sw_mailer_start_send(m, message));
	assert_int_equal(sw_mailer_start_send(m, message), SW_E_USAGE);
	step_for(m, 0.25);
	assert_int_equal(sw_mailer_set(m, "timeout", "9"), SW_E_USAGE);
	assert_contains(sw_mailer_last_error_text(m), "under way");
	assert_int_equal(sw_mailer_set_secret(m, "x", 1), SW_E_USAGE);
	assert_int_equal(sw_mailer_verify_connection(m, &r), SW_E_USAGE);
	assert_int_equal(sw_mailer_noop(m), SW_E_USAGE);
	sw_mailer_close(m);
	assert_ok(step_to_the_end(m, &r, &steps));
	assert_int_equal(sw_result_summary(r), SW_SUMMARY_ACCEPTED);
	sw_result_free(r);
	sw_message_free(message);
	sw_mailer_free(m);
	script_server_stop(s);
}

static void cancels_and_says_what_is_known(void **state)
{
	static const struct {
		enum sw_smtp_verb stalls;
		enum sw_summary summary;
	} rows[] = {
		{ SW_VERB_RCPT, SW_SUMMARY_NOT_SENT },
		/* The message's own end: nobody knows. */
		{ SW_VERB_MESSAGE, SW_SUMMARY_UNCERTAIN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script_server *s = script_server_start(&(struct script_plan){
			.rules = RULES({ .verb = rows[i].stalls, .act = SCRIPT_STALL }) });
		struct sw_mailer *m = mailer_for(s);
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;

		assert_ok(sw_mailer_start_send(m, message));
		step_for(m, 0.3);
		double begun = now_s();
		assert_ok(sw_mailer_cancel(m, &r));
		assert_true(now_s() - begun < 2);
		assert_non_null(r);
		assert_row(i, sw_result_summary(r) == rows[i].summary);
		sw_result_free(r);
		sw_message_free(message);
		sw_mailer_free(m);
		script_server_stop(s);
	}
}

static void a_mailer_may_go_in_the_middle(void **state)
{
	struct script_server *s = script_server_start(&(struct script_plan){
		.rules = RULES({ .verb = SW_VERB_MAIL, .act = SCRIPT_STALL }) });

	(void)state;
	for (unsigned turns = 0; turns < 12; turns++) {
		struct sw_mailer *m = mailer_for(s);
		struct sw_message *message = message_to(1);
		struct sw_result *r = NULL;

		assert_ok(sw_mailer_start_send(m, message));
		for (unsigned i = 0; i < turns; i++) {
			struct pollfd p = { .fd = sw_mailer_fd(m), .events = POLLIN };

			poll(&p, 1, 20);
			assert_ok(sw_mailer_process(m, &r));
			assert_null(r);
		}
		sw_mailer_free(m);
		sw_message_free(message);
	}
	script_server_stop(s);
}

struct piece {
	const char *text;
	size_t at, step;
	int fails;
};

static ptrdiff_t read_piece(void *arg, char *out, size_t size)
{
	struct piece *p = arg;
	size_t left = strlen(p->text) - p->at, len = left < p->step ? left : p->step;

	if (p->fails && p->at > 0)
		return -1;
	if (len > size)
		len = size;
	memcpy(out, p->text + p->at, len);
	p->at += len;
	return (ptrdiff_t)len;
}

static void takes_a_message_from_a_function_and_a_descriptor(void **state)
{
	struct piece p = { .text = MESSAGE, .step = 7 };
	struct piece bad = { .text = MESSAGE, .step = 7, .fails = 1 };
	struct sw_message *m = sw_message_new();
	int ends[2];

	(void)state;
	assert_int_equal(sw_message_load_stream(m, read_piece, &bad), SW_E_IO);
	assert_ok(sw_message_load_stream(m, read_piece, &p));
	assert_ok(sw_message_add_recipient(m, "one@b.test"));
	assert_ok(sw_message_finish(m));
	assert_int_equal(sw_message_size(m), sizeof(MESSAGE) - 1);
	sw_message_free(m);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], MESSAGE, sizeof(MESSAGE) - 1), sizeof(MESSAGE) - 1);
	close(ends[1]);
	m = sw_message_new();
	assert_ok(sw_message_load_fd(m, ends[0]));
	close(ends[0]);
	assert_ok(sw_message_add_recipient(m, "one@b.test"));
	assert_ok(sw_message_finish(m));
	assert_int_equal(sw_message_size(m), sizeof(MESSAGE) - 1);
	sw_message_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_in_steps_over_one_session),
		cmocka_unit_test(verifies_in_steps),
		cmocka_unit_test(a_deadline_needs_no_descriptor),
		cmocka_unit_test(one_call_at_a_time),
		cmocka_unit_test(cancels_and_says_what_is_known),
		cmocka_unit_test(a_mailer_may_go_in_the_middle),
		cmocka_unit_test(takes_a_message_from_a_function_and_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
