/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "base/text.h"
#include "verdict/facts.h"

static struct sw_facts *new_facts(const struct sw_redactor *redactor)
{
	struct sw_facts *f = sw_facts_new(redactor, 1000, 1700000000123456);

	assert_non_null(f);
	return f;
}

static void keeps_facts_in_order_with_their_fields(void **state)
{
	struct sw_facts *f = new_facts(NULL);

	(void)state;
	SW_STATE(f, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session", 1500,
		 SW_F_STR("address", "192.0.2.1"), SW_F_INT("port", 25),
		 SW_F_BOOL("origin_known", true));
	SW_STATE(f, SW_FACT_TCP_ATTEMPT, SW_STAGE_TCP, "session", 900,
		 SW_F_STR("address", "192.0.2.2"));
	assert_int_equal(sw_facts_count(f), 2);
	const struct sw_fact *first = sw_facts_get(f, 0);
	assert_int_equal(first->type, SW_FACT_TCP_ATTEMPT);
	assert_int_equal(first->at_us, 500);
	assert_string_equal(first->source, "session");
	assert_slice(sw_fact_text(first, "address"), "192.0.2.1");
	assert_int_equal(sw_fact_int(first, "port", -1), 25);
	assert_int_equal(sw_fact_int(first, "origin_known", -1), 1);
	assert_int_equal(sw_fact_int(first, "errno", -7), -7);
	assert_int_equal(sw_fact_int(first, "address", -7), -7);
	assert_slice(sw_fact_text(first, "port"), "");
	assert_slice(sw_fact_text(NULL, "port"), "");
	assert_null(sw_fact_field(first, "state"));
	/* before the beginning counts as the beginning */
	assert_int_equal(sw_facts_get(f, 1)->at_us, 0);
	assert_ptr_equal(sw_facts_last(f, SW_FACT_TCP_ATTEMPT), sw_facts_get(f, 1));
	assert_null(sw_facts_last(f, SW_FACT_REPLY));
	assert_null(sw_facts_get(f, 2));
	sw_facts_free(f);
}

static void pointers_to_facts_stay_valid(void **state)
{
	struct sw_facts *f = new_facts(NULL);

	(void)state;
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0, SW_F_INT("code", 250));
	const struct sw_fact *first = sw_facts_get(f, 0);
	for (int i = 0; i < 1000; i++)
		SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0, SW_F_INT("code", i));
	assert_ptr_equal(first, sw_facts_get(f, 0));
	assert_int_equal(sw_fact_int(first, "code", 0), 250);
	sw_facts_free(f);
}

static void cleans_every_text(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "two\nlines", "two\nlines" },
		{ "cr\r\ttab", "cr\\x0d\\x09tab" },
		{ "esc\x1b[2J", "esc\\x1b[2J" },
		{ "\xff", "\\xff" },
		{ "ok \xc3\xa4", "ok \xc3\xa4" },
		{ "bidi \xe2\x80\xae", "bidi \\xe2\\x80\\xae" },
		{ "my hunter22 is", "my *** is" },
		/* base64 of the secret */
		{ "aHVudGVyMjI=", "***=" },
	};
	struct sw_redactor *redactor = sw_redactor_new();

	(void)state;
	assert_ok(sw_redactor_add(redactor, SW_S("hunter22")));
	struct sw_facts *f = new_facts(redactor);
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_STATE(f, SW_FACT_REPLY, SW_STAGE_AUTH, "session", 0,
			 SW_F_STR("text", cases[i].in));
		struct sw_slice got = sw_fact_text(sw_facts_last(f, SW_FACT_REPLY), "text");
		if (i == SW_LEN(cases) - 1) {
			assert_int_equal(sw_slice_search(got, SW_S("dW50ZXIy")), got.len);
			continue;
		}
		assert_row(i, sw_slice_eq(got, sw_slice_str(cases[i].out)));
	}
	sw_facts_free(f);
	sw_redactor_free(redactor);
}

static void escaping_twice_is_escaping_once(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf again = { .max = 1024 };
	struct sw_facts *f = new_facts(NULL);

	(void)state;
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_AUTH, "session", 0,
		 SW_F_TEXT("text", SW_S("a\0b\\x1b\x1b\n\xc2\x85")));
	struct sw_slice once = sw_fact_text(sw_facts_get(f, 0), "text");
	assert_ok(sw_text_escape(&again, once, SW_TEXT_KEEP_LF));
	assert_true(sw_slice_eq(once, sw_buf_slice(&again)));
	sw_facts_free(f);
}

static void cuts_long_texts_at_a_border(void **state)
{
	size_t len = 4 * (size_t)SW_MAX_FACT_TEXT;
	char *big = malloc(len);
	struct sw_facts *f = new_facts(NULL);

	(void)state;
	assert_non_null(big);
	for (size_t i = 0; i < len; i++)
		big[i] = i % 2 ? '\xa4' : '\xc3';
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0,
		 SW_F_TEXT("text", sw_slice(big, len)));
	struct sw_slice got = sw_fact_text(sw_facts_get(f, 0), "text");
	assert_in_range(got.len, SW_MAX_FACT_TEXT - 4, SW_MAX_FACT_TEXT);
	assert_true(sw_utf8_valid(got));
	assert_memory_equal(got.ptr + got.len - 3, "...", 3);
	memset(big, 1, len); /* four characters a byte */
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0,
		 SW_F_TEXT("text", sw_slice(big, len)));
	assert_in_range(sw_fact_text(sw_facts_get(f, 1), "text").len, SW_MAX_FACT_TEXT - 4,
			SW_MAX_FACT_TEXT);
	free(big);
	sw_facts_free(f);
}

static void hides_a_secret_across_the_cut(void **state)
{
	struct sw_redactor *redactor = sw_redactor_new();
	char *big = malloc(SW_MAX_FACT_TEXT + 8);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', SW_MAX_FACT_TEXT + 8);
	memcpy(big + SW_MAX_FACT_TEXT - 7, "hunter22", 8);
	assert_ok(sw_redactor_add(redactor, SW_S("hunter22")));
	struct sw_facts *f = new_facts(redactor);
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_AUTH, "session", 0,
		 SW_F_TEXT("text", sw_slice(big, SW_MAX_FACT_TEXT + 8)));
	struct sw_slice got = sw_fact_text(sw_facts_get(f, 0), "text");
	assert_int_equal(sw_slice_search(got, SW_S("hunt")), got.len);
	free(big);
	sw_facts_free(f);
	sw_redactor_free(redactor);
}

static void drops_and_counts_what_is_too_much(void **state)
{
	struct sw_facts *f = new_facts(NULL);

	(void)state;
	for (int i = 0; i < SW_MAX_FACTS + 5; i++)
		SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0, SW_F_INT("code", i));
	assert_int_equal(sw_facts_count(f), SW_MAX_FACTS);
	assert_int_equal(sw_facts_dropped(f), 5);
	sw_facts_free(f);

	size_t len = SW_MAX_FACT_TEXT;
	char *big = malloc(len);
	assert_non_null(big);
	memset(big, 'x', len);
	f = new_facts(NULL);
	for (size_t i = 0; i < SW_MAX_FACT_BYTES / len + 3; i++)
		SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0,
			 SW_F_TEXT("text", sw_slice(big, len)));
	assert_int_equal(sw_facts_count(f), SW_MAX_FACT_BYTES / len);
	assert_int_equal(sw_facts_dropped(f), 3);
	free(big);
	sw_facts_free(f);
}

static void without_memory_facts_are_dropped_and_nothing_breaks(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		sw_mem_fail_at(n);
		struct sw_facts *f = sw_facts_new(NULL, 0, 0);
		for (int i = 0; f && i < 100; i++)
			SW_STATE(f, SW_FACT_REPLY, SW_STAGE_EHLO, "session", 0,
				 SW_F_STR("text", "\x1b long enough to need a block"));
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		if (f) {
			assert_int_equal(sw_facts_count(f) + sw_facts_dropped(f), 100);
			assert_int_equal(sw_facts_dropped(f) > 0, hit);
		}
		sw_facts_free(f);
		assert_int_equal(sw_mem_live(), 0);
		if (!hit)
			break;
	}
}

static void every_type_has_a_name_and_fields(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SW_FACT_COUNT; i++) {
		enum sw_fact_type found = SW_FACT_COUNT;
		const char *name = sw_fact_name((enum sw_fact_type)i);
		assert_non_null(strchr(name, '.'));
		assert_true(sw_fact_type_find(sw_slice_str(name), &found));
		assert_int_equal(found, i);
	}
	assert_string_equal(sw_fact_name(SW_FACT_COUNT), "?");
	assert_true(sw_fact_has_field(SW_FACT_REPLY, SW_S("code")));
	assert_true(sw_fact_has_field(SW_FACT_REPLY, SW_S("recipient")));
	assert_false(sw_fact_has_field(SW_FACT_REPLY, SW_S("cod")));
	assert_false(sw_fact_has_field(SW_FACT_REPLY, SW_S("code enhanced")));
	assert_false(sw_fact_has_field(SW_FACT_REPLY, SW_S("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_facts_in_order_with_their_fields),
		cmocka_unit_test(pointers_to_facts_stay_valid),
		cmocka_unit_test(cleans_every_text),
		cmocka_unit_test(escaping_twice_is_escaping_once),
		cmocka_unit_test(cuts_long_texts_at_a_border),
		cmocka_unit_test(hides_a_secret_across_the_cut),
		cmocka_unit_test(drops_and_counts_what_is_too_much),
		cmocka_unit_test(without_memory_facts_are_dropped_and_nothing_breaks),
		cmocka_unit_test(every_type_has_a_name_and_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
