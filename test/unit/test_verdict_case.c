/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <jansson.h>

#include "verdict/facts.h"

static struct sw_facts *sample(void)
{
	struct sw_facts *f = sw_facts_new(NULL, 0, 1700000000123456);

	if (!f)
		return NULL;
	SW_STATE(f, SW_FACT_LOCAL_ENV, SW_STAGE_LOCAL, "session", 1,
		 SW_F_STR("program", "sendwell 1.2"), SW_F_INT("trusted_certificates", 140));
	SW_STATE(f, SW_FACT_REPLY, SW_STAGE_ENVELOPE, "session", 2000,
		 SW_F_STR("command", "RCPT"), SW_F_INT("code", 550),
		 SW_F_STR("text", "no \"such\" \\user\nsecond\x1b line \xc3\xa4"),
		 SW_F_BOOL("tls", true), SW_F_BOOL("cut", false));
	SW_STATE(f, SW_FACT_SESSION_END, SW_STAGE_ENVELOPE, "probe.p14", 3000,
		 SW_F_INT("elapsed_us", INT64_MAX), SW_F_INT("errno", INT64_MIN));
	return f;
}

static void a_case_survives_writing_and_reading(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf first = { .max = SW_MAX_CASE };
	SW_CLEANUP(sw_buf_fini) struct sw_buf second = { .max = SW_MAX_CASE };
	struct sw_facts *f = sample();
	struct sw_facts *back = NULL;
	char *result = NULL;
	struct sw_error err;

	(void)state;
	assert_ok(sw_case_write(f, "{\"outcome\":\"rejected\",\"n\":1}", &first, &err));
	assert_contains(sw_buf_str(&first), "\"schema\":\"sendwell/case/1\"");
	assert_contains(sw_buf_str(&first), "\"started\":\"2023-11-14T22:13:20.123456Z\"");
	assert_contains(sw_buf_str(&first), "\"program\":\"sendwell 1.2\"");
	json_t *whole = json_loads(sw_buf_str(&first), 0, NULL);
	assert_non_null(whole);
	json_decref(whole);

	assert_ok(sw_case_read(sw_buf_slice(&first), &back, &result, &err));
	assert_string_equal(result, "{\"outcome\":\"rejected\",\"n\":1}");
	assert_int_equal(sw_facts_count(back), 3);
	assert_int_equal(sw_facts_skipped(back), 0);
	assert_true(sw_facts_started(back) == 1700000000123456);
	const struct sw_fact *reply = sw_facts_last(back, SW_FACT_REPLY);
	assert_int_equal(reply->stage, SW_STAGE_ENVELOPE);
	assert_int_equal(reply->at_us, 2000);
	assert_slice(sw_fact_text(reply, "text"),
		     "no \"such\" \\user\nsecond\\x1b line \xc3\xa4");
	assert_int_equal(sw_fact_field(reply, "tls")->kind, SW_VALUE_BOOL);
	assert_true(sw_fact_int(sw_facts_get(back, 2), "errno", 0) == INT64_MIN);
	assert_string_equal(sw_facts_get(back, 2)->source, "probe.p14");

	assert_ok(sw_case_write(back, result, &second, &err));
	assert_string_equal(sw_buf_str(&second), sw_buf_str(&first));
	sw_free(result);
	sw_facts_free(back);
	sw_facts_free(f);
}

static void an_empty_case_is_a_case(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 4096 };
	struct sw_facts *f = sw_facts_new(NULL, 0, 0);
	struct sw_facts *back = NULL;
	char *result = NULL;

	(void)state;
	assert_ok(sw_case_write(f, "", &out, NULL));
	assert_contains(sw_buf_str(&out), "\"program\":\"sendwell\"");
	assert_ok(sw_case_read(sw_buf_slice(&out), &back, &result, NULL));
	assert_string_equal(result, "");
	assert_int_equal(sw_facts_count(back), 0);
	sw_free(result);
	sw_facts_free(back);
	sw_facts_free(f);
}

#define HEAD "{\"schema\":\"sendwell/case/1\","
#define FACT(fields) \
	"{\"type\":\"smtp.reply\",\"stage\":\"auth\",\"source\":\"s\",\"at_us\":5,\"fields\":{" fields "}}"

static const struct {
	const char *json;
	enum sw_err expect;
	size_t facts;
	size_t skipped;
} read_cases[] = {
	{ HEAD "\"facts\":[]}", SW_OK, 0, 0 },
	{ " { \"facts\" : [ ] , \"schema\" : \"sendwell/case/1\" } \n", SW_OK, 0, 0 },
	{ HEAD "\"facts\":[" FACT("\"code\":250") "]}", SW_OK, 1, 0 },
	{ HEAD "\"facts\":[" FACT("") "," FACT("") "]}", SW_OK, 2, 0 },
	/* of a newer version */
	{ HEAD "\"new\":[1,{\"a\":[2]}],\"facts\":[" FACT("\"color\":1,\"code\":2") "]}", SW_OK, 1,
	  1 },
	{ HEAD "\"facts\":[{\"type\":\"new.fact\",\"stage\":\"auth\",\"fields\":{}}]}", SW_OK, 0,
	  1 },
	{ HEAD "\"facts\":[{\"type\":\"smtp.reply\",\"stage\":\"new\",\"fields\":{}}]}", SW_OK, 0,
	  1 },
	{ HEAD "\"facts\":[" FACT("\"code\":[1],\"text\":null,\"tls\":1.5") "]}", SW_OK, 1, 3 },
	{ HEAD "\"facts\":[{},[],1,\"x\",null]}", SW_OK, 0, 5 },
	{ HEAD "\"facts\":[{\"type\":\"smtp.reply\",\"stage\":\"auth\",\"fields\":{},"
	       "\"at_us\":-5,\"source\":7}]}",
	  SW_OK, 1, 0 },
	{ HEAD "\"started\":\"tomorrow\",\"dropped\":-1,\"facts\":[]}", SW_OK, 0, 0 },
	/* not a case */
	{ "", SW_E_DATA, 0, 0 },
	{ "{}", SW_E_DATA, 0, 0 },
	{ "[]", SW_E_DATA, 0, 0 },
	{ "{\"schema\":\"sendwell/case/2\",\"facts\":[]}", SW_E_DATA, 0, 0 },
	{ "{\"schema\":\"sendwell/send/1\"}", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[]", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[]}x", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":{}}", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[1,]}", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[" FACT("\"code\":1,\"code\":2") "]}", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[" FACT("\"text\":\"\\u0000\"") "]}", SW_E_DATA, 0, 0 },
	{ HEAD "\"facts\":[" FACT("\"text\":\"\xff\"") "]}", SW_E_DATA, 0, 0 },
	{ HEAD "\"x\":\"open", SW_E_DATA, 0, 0 },
	{ HEAD "\"x\":\"open\\", SW_E_DATA, 0, 0 },
	{ HEAD "\"x\":}", SW_E_DATA, 0, 0 },
	{ HEAD "\"x\":[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}", SW_E_DATA, 0, 0 },
};

static void reads_foreign_cases_with_care(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(read_cases); i++) {
		struct sw_facts *f = NULL;
		char *result = NULL;
		struct sw_error err = { 0 };
		size_t len = strlen(read_cases[i].json);
		char *exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, read_cases[i].json, len);
		enum sw_err e = sw_case_read(sw_slice(exact, len), &f, &result, &err);
		free(exact);
		assert_row(i, e == read_cases[i].expect);
		if (e) {
			assert_row(i, err.text[0] != '\0');
			continue;
		}
		assert_row(i, sw_facts_count(f) == read_cases[i].facts);
		assert_row(i, sw_facts_skipped(f) == read_cases[i].skipped);
		sw_free(result);
		sw_facts_free(f);
	}
	assert_int_equal(sw_mem_live(), 0);
}

static void texts_of_a_foreign_case_are_escaped_again(void **state)
{
	struct sw_facts *f = NULL;
	char *result = NULL;

	(void)state;
	assert_ok(sw_case_read(SW_S(HEAD "\"facts\":[{\"type\":\"smtp.reply\",\"stage\":\"auth\","
					 "\"source\":\"a\\u001bb\",\"fields\":{\"text\":"
					 "\"x\\u001b[2J\\u202e\\ny\"}}]}"),
			       &f, &result, NULL));
	assert_slice(sw_fact_text(sw_facts_get(f, 0), "text"), "x\\x1b[2J\\xe2\\x80\\xae\ny");
	assert_string_equal(sw_facts_get(f, 0)->source, "a\\x1bb");
	sw_free(result);
	sw_facts_free(f);
}

static void refuses_what_does_not_fit(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf small = { .max = 200 };
	struct sw_facts *f = sample();
	struct sw_error err;

	(void)state;
	assert_ok(sw_buf_add_str(&small, "before"));
	assert_err(sw_case_write(f, "", &small, &err), SW_E_LIMIT);
	assert_string_equal(sw_buf_str(&small), "before");
	assert_err(sw_case_write(f, "{not json", &small, &err), SW_E_DATA);
	assert_contains(err.text, "not JSON");
	sw_facts_free(f);

	size_t len = (size_t)SW_MAX_CASE + 1;
	char *big = malloc(len);
	struct sw_facts *none = NULL;
	char *result = NULL;
	assert_non_null(big);
	memset(big, ' ', len);
	assert_err(sw_case_read(sw_slice(big, len), &none, &result, &err), SW_E_LIMIT);
	memcpy(big, HEAD "\"facts\":[\"", sizeof(HEAD "\"facts\":[\"") - 1);
	memcpy(big + SW_MAX_CASE_PIECE + 100, "\"]}", 3);
	assert_err(sw_case_read(sw_slice(big, SW_MAX_CASE_PIECE + 103), &none, &result, &err),
		   SW_E_DATA);
	free(big);
}

static void says_so_when_memory_is_out(void **state)
{
	static const char json[] = HEAD "\"result\":{\"a\":1},\"facts\":[" FACT(
		"\"text\":\"\\u001b\",\"code\":1") "," FACT("\"code\":1") "]}";

	(void)state;
	for (long n = 1;; n++) {
		struct sw_facts *f = NULL;
		char *result = NULL;
		SW_CLEANUP(sw_buf_fini) struct sw_buf out = { .max = 65536 };
		sw_mem_fail_at(n);
		enum sw_err e = sw_case_read(sw_slice_str(json), &f, &result, NULL);
		if (!e)
			e = sw_case_write(f, result, &out, NULL);
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		if (!hit)
			assert_ok(e);
		else if (!e)
			assert_int_equal(sw_facts_dropped(f), 1);
		sw_free(result);
		sw_facts_free(f);
		sw_buf_fini(&out);
		assert_int_equal(sw_mem_live(), 0);
		if (!hit)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_case_survives_writing_and_reading),
		cmocka_unit_test(an_empty_case_is_a_case),
		cmocka_unit_test(reads_foreign_cases_with_care),
		cmocka_unit_test(texts_of_a_foreign_case_are_escaped_again),
		cmocka_unit_test(refuses_what_does_not_fit),
		cmocka_unit_test(says_so_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
