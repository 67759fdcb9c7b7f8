/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "verdict/stages.h"

struct stage {
	const char *name, *status;
	int64_t us;
};
struct row {
	struct stage stages[10];
	bool tls, auth, reused;
	const char *line;
};

static enum sw_stage number_of(const char *name)
{
	unsigned i = 0;

	while (i < SW_STAGE_COUNT && strcmp(name, sw_stage_name((enum sw_stage)i)) != 0)
		i++;
	return (enum sw_stage)i;
}

static struct sw_facts *play(const struct row *row)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);

	assert_non_null(f);
	if (row->tls)
		SW_STATE(f, SW_FACT_TLS_HANDSHAKE, SW_STAGE_TLS, "test", 0,
			 SW_F_BOOL("ok", true));
	if (row->auth)
		SW_STATE(f, SW_FACT_AUTH_RESULT, SW_STAGE_AUTH, "test", 0,
			 SW_F_BOOL("ok", true));
	SW_STATE(f, SW_FACT_SESSION_END, SW_STAGE_FINAL, "test", 0,
		 SW_F_BOOL("reused", row->reused));
	for (size_t i = 0; i < SW_LEN(row->stages) && row->stages[i].name; i++)
		SW_STATE(f, SW_FACT_STAGE_TIME, number_of(row->stages[i].name), "test", 0,
			 SW_F_STR("name", row->stages[i].name),
			 SW_F_STR("status", row->stages[i].status),
			 SW_F_INT("elapsed_us", row->stages[i].us));
	return f;
}

static const struct row rows[] = {
	{ .line = "" },
	{ .stages = { { "dns", "ok", 1000 },
		      { "tcp", "ok", 230 },
		      { "greeting", "ok", 3400 },
		      { "ehlo", "ok", 0 },
		      { "tls", "failed", 5000 },
		      { "auth", "not_reached", 0 },
		      { "envelope", "not_reached", 0 } },
	  .tls = true,
	  .line = "dns ok 1 ms | tcp ok 0.2 ms | greeting ok 3 ms | ehlo ok | tls FAILED 5 ms "
		  "| "
		  "auth not reached | envelope not reached" },
	{ .stages = { { "dns", "ok", 5000000 },
		      { "tcp", "ok", 5000001 },
		      { "greeting", "slow", 10 } },
	  .line = "dns ok 5 s | tcp slow 5 s | greeting slow 0.0 ms" },
	/* a failed stage stays failed however long it took */
	{ .stages = { { "tcp", "failed", 60000000 } }, .line = "tcp FAILED 60 s" },
	{ .stages = { { "ehlo", "ok", 10 }, { "tls", "ok", 0 }, { "auth", "ok", 0 } },
	  .line = "ehlo ok 0.0 ms | tls not used | auth not used" },
	{ .stages = { { "tls", "ok", 2000 }, { "auth", "ok", 3000 } },
	  .tls = true,
	  .auth = true,
	  .line = "tls ok 2 ms | auth ok 3 ms" },
	{ .stages = { { "dns", "ok", 0 },
		      { "tcp", "ok", 0 },
		      { "auth", "ok", 0 },
		      { "envelope", "ok", 4000 },
		      { "final", "ok", 1500000 } },
	  .reused = true,
	  .line = "session reused | envelope ok 4 ms | final ok 1.5 s" },
	/* what took no time in this call need not be stated */
	{ .stages = { { "envelope", "ok", 4000 } },
	  .reused = true,
	  .line = "session reused | envelope ok 4 ms" },
	{ .stages = { { "dns", "\x1b[1m", 0 } }, .line = "dns ?" },
};

static void says_each_stage_and_its_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
		struct sw_facts *f = play(&rows[i]);
		assert_ok(sw_verdict_stage_line(f, &out));
		assert_string_equal(sw_buf_str(&out), rows[i].line);
		sw_facts_free(f);
	}
}

static void durations_have_few_digits(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} cases[] = {
		{ 0, "0.0 ms" },          { 149, "0.1 ms" },          { 1000, "1 ms" },
		{ 12345, "12 ms" },       { 999400, "999 ms" },       { 1000000, "1 s" },
		{ 4200000, "4.2 s" },     { 119600000, "120 s" },     { 899000000, "899 s" },
		{ 1234567000, "1235 s" }, { 86400000000, "86400 s" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 64 };
		assert_ok(sw_verdict_duration(cases[i].us, &out));
		assert_string_equal(sw_buf_str(&out), cases[i].text);
	}
}

static void names_from_a_case_cannot_act(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);

	(void)state;
	SW_STATE(f, SW_FACT_STAGE_TIME, SW_STAGE_DNS, "test", 0, SW_F_STR("name", "a\nb"),
		 SW_F_STR("status", "ok"));
	assert_ok(sw_verdict_stage_line(f, &out));
	assert_string_equal(sw_buf_str(&out), "a\\x0ab ok");
	sw_facts_free(f);
}

static enum sw_err line_only(void *arg)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 1024 };
	return sw_verdict_stage_line(arg, &out);
}

static void without_memory_nothing_breaks(void **state)
{
	struct sw_facts *f = play(&rows[1]);

	(void)state;
	sw_test_failing_allocations(line_only, f);
	sw_facts_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_each_stage_and_its_time),
		cmocka_unit_test(durations_have_few_digits),
		cmocka_unit_test(names_from_a_case_cannot_act),
		cmocka_unit_test(without_memory_nothing_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
