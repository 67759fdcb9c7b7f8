/* SPDX-License-Identifier: MIT */
/* What earlier deliveries say to the present one. */
#include "sw_test.h"

#include "verdict/history.h"

static const char *const stems[][2] = {
	{ "bounces+4711-x9f2a@a.example", "bounces.x9f2a@a.example" },
	{ "bounces+4711-x9f2a77b@a.example", "bounces@a.example" },
	{ "prvs=0384a1f2bc=me@a.example", "prvs.me@a.example" },
	{ "john.smith@a.example", "john.smith@a.example" },
	{ "20240117093012.4711@a.example", "" },
	{ "no-at", "" },
	{ "", "" },
	{ "@", "" },
};

static void a_sender_without_its_stamps(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(stems); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 200 };

		assert_ok(sw_history_stem(sw_slice_str(stems[i][0]), &out));
		assert_string_equal(sw_buf_str(&out), stems[i][1]);
	}
}

static void words_without_numbers(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf a = { .max = 200 }, b = { .max = 200 };

	(void)state;
	assert_ok(sw_history_words(SW_S("Greylisted for 300 seconds (id 4Xyz)"), &a));
	assert_ok(sw_history_words(SW_S("Greylisted for\n12 seconds (id 77ab)"), &b));
	assert_string_equal(sw_buf_str(&a), "Greylisted for seconds (id ");
	assert_string_equal(sw_buf_str(&a), sw_buf_str(&b));
}

static void hashes_are_keyed(void **state)
{
	uint8_t one[SW_HISTORY_KEY] = { 1 }, two[SW_HISTORY_KEY] = { 2 };
	SW_CLEANUP(sw_buf_fini)
	struct sw_buf a = { .max = 99 },
		      b = { .max = 99 }, c = { .max = 99 }, none = { .max = 99 };

	(void)state;
	assert_ok(sw_history_hash(one, SW_S("Me@A.example"), &a));
	assert_ok(sw_history_hash(one, SW_S("me@a.example"), &b));
	assert_ok(sw_history_hash(two, SW_S("me@a.example"), &c));
	assert_ok(sw_history_hash(two, SW_S(""), &none));
	assert_int_equal(sw_buf_len(&a), 12);
	assert_string_equal(sw_buf_str(&a), sw_buf_str(&b));
	assert_string_not_equal(sw_buf_str(&a), sw_buf_str(&c));
	assert_int_equal(sw_buf_len(&none), 0);
}

/* The lines of a file, and "now" as its last one. */
static struct sw_facts *judge_of(const char *text, const char *now)
{
	struct sw_history_line line;
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);

	assert_non_null(f);
	assert_true(sw_history_read(sw_slice_str(now), &line));
	sw_history_state(sw_slice_str(text), &line, SW_S("1@a.example"), f, 0);
	return f;
}

static int64_t value(const struct sw_facts *f, enum sw_fact_type type, const char *key)
{
	return sw_fact_int(sw_facts_last(f, type), key, -1);
}

/* time kind host port source sender stem recipient outcome stage code category words message
 */
#define DEFERRED(at, source, sender, words)                                                   \
	at " send mx.example 25 " source " " sender                                           \
	   " st r1 deferred envelope 451 policy.greylist " words " m1"

static void a_row_of_refusals(void **state)
{
	static const char text[] =
		"garbage\n" DEFERRED("1000", "192.0.2.1", "aa", "w1") "\n" DEFERRED(
			"1060", "192.0.2.2", "bb",
			"w1") "\n"
			      "1070 send mx.example 25 192.0.2.1 cc other r1 deferred "
			      "envelope 451 - w1 m1\n"
			      "1080 send mx.example 25 192.0.2.1 aa st r2 accepted final 250 "
			      "- w9 m9\n";
	struct sw_facts *f = judge_of(text, DEFERRED("2000", "192.0.2.3", "cc", "w1"));

	(void)state;
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "refused"), 3);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "minutes"), 16);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "interval_s"), 10);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "senders"), 3);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "sources"), 3);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "same_text"), 1);
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "recipients_ok"), 1);
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "last_ok_s"), 920);
	assert_int_equal(value(f, SW_FACT_HISTORY_MESSAGE, "times"), 4);
	assert_null(sw_facts_last(f, SW_FACT_HISTORY_CLOCK));
	sw_facts_free(f);
}

static void success_ends_a_row(void **state)
{
	static const char text[] = DEFERRED("1000", "192.0.2.1", "aa",
					    "w1") "\n"
						  "1060 send mx.example 25 192.0.2.1 aa st r1 "
						  "accepted final 250 - w2 m1\n";
	struct sw_facts *f = judge_of(text, DEFERRED("2000", "192.0.2.1", "aa", "w1"));

	(void)state;
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "refused"), 0);
	assert_int_equal(value(f, SW_FACT_HISTORY_ATTEMPTS, "same_text"), 0);
	sw_facts_free(f);
}

#define OUTCOME(at, outcome, stage, code)                                                     \
	at " send mx.example 25 - aa st r1 " outcome " " stage " " code " - w1 -"

static void a_server_that_fails_in_turn(void **state)
{
	static const char text[] = OUTCOME("1000", "accepted", "final", "250") "\n" OUTCOME(
		"1100", "not_sent", "greeting",
		"0") "\n" OUTCOME("1200", "accepted", "final",
				  "250") "\n" OUTCOME("1300", "not_sent", "ehlo", "0") "\n";
	struct sw_facts *f = judge_of(text, OUTCOME("1400", "not_sent", "greeting", "0"));

	(void)state;
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "alternates"), 1);
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "failing_s"), 100);
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "failed"), 2);
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "accepted"), 2);
	sw_facts_free(f);
}

static void refused_logins_are_counted_since_the_last_success(void **state)
{
	static const char text[] = OUTCOME("1000", "not_sent", "auth", "535") "\n" OUTCOME(
		"1100", "accepted", "final",
		"250") "\n" OUTCOME("1200", "not_sent", "auth",
				    "535") "\n" OUTCOME("1210", "not_sent", "auth",
							"454") "\n";
	struct sw_facts *f = judge_of(text, OUTCOME("1300", "not_sent", "tcp", "0"));

	(void)state;
	assert_int_equal(value(f, SW_FACT_HISTORY_DESTINATION, "auth_refused"), 1);
	sw_facts_free(f);
}

static void a_clock_that_was_set_back(void **state)
{
	struct sw_facts *f = judge_of(OUTCOME("90000", "accepted", "final", "250"),
				      OUTCOME("1300", "not_sent", "tcp", "0"));

	(void)state;
	assert_int_equal(value(f, SW_FACT_HISTORY_CLOCK, "jump_s"), -88700);
	assert_null(sw_facts_last(f, SW_FACT_HISTORY_DESTINATION));
	sw_facts_free(f);
}

static void only_whole_lines_count(void **state)
{
	static const char *const bad[] = {
		"",
		"-",
		"1 2 3",
		"x send h 25 s a b c d e 1 f g h",
		"1 send h 25 s a b c d e 1 f g h i",
		"1 send  25 s a b c d e 1 f g h",
		"99999999999999999 send h 25 s a b c d e 1 f g h",
	};
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 400 };
	struct sw_history_line l;

	(void)state;
	for (size_t i = 0; i < SW_LEN(bad); i++)
		assert_row(i, !sw_history_read(sw_slice_str(bad[i]), &l));
	assert_true(sw_history_read(SW_S("1 send h 25 - a b c d e 1 f g h"), &l));
	assert_int_equal(l.at[SW_HISTORY_SOURCE].len, 0);
	l.at[SW_HISTORY_HOST] = SW_S("two words");
	l.at[SW_HISTORY_STAGE] = SW_S("a\nb");
	assert_ok(sw_history_write(&l, &out));
	assert_string_equal(sw_buf_str(&out), "1 send - 25 - a b c d - 1 f g h\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sender_without_its_stamps),
		cmocka_unit_test(words_without_numbers),
		cmocka_unit_test(hashes_are_keyed),
		cmocka_unit_test(a_row_of_refusals),
		cmocka_unit_test(success_ends_a_row),
		cmocka_unit_test(a_server_that_fails_in_turn),
		cmocka_unit_test(refused_logins_are_counted_since_the_last_success),
		cmocka_unit_test(a_clock_that_was_set_back),
		cmocka_unit_test(only_whole_lines_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
