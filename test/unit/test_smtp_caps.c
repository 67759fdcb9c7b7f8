/* SPDX-License-Identifier: MIT */
#include "smtp/caps.h"

#include "sw_test.h"

static enum sw_err parse(const char *text, struct sw_caps *ret)
{
	struct sw_reply r = {
		.code = 250, .text = text, .text_len = strlen(text), .lines = 1
	};

	return sw_caps_parse(&r, ret);
}

struct row {
	const char *text;
	uint64_t bits;
	uint64_t size;
	const char *auth;
	bool masked;
};

static const struct row rows[] = {
	{ "mx.example", 0, 0, "", false },
	{ "mx.example\nPIPELINING", SW_CAP_PIPELINING, 0, "", false },
	{ "mx.example\npipelining\n8bitmime ", SW_CAP_PIPELINING | SW_CAP_8BITMIME, 0, "",
	  false },
	{ "mx\nSIZE", SW_CAP_SIZE, 0, "", false },
	{ "mx\nSIZE 0", SW_CAP_SIZE, 0, "", false },
	{ "mx\nSIZE 35882577", SW_CAP_SIZE, 35882577, "", false },
	{ "mx\nSIZE=100", SW_CAP_SIZE, 100, "", false },
	{ "mx\nSIZE 99999999999999999999", SW_CAP_SIZE, 0, "", false },
	{ "mx\nSIZE -1", SW_CAP_SIZE, 0, "", false },
	{ "mx\nSIZE 10MB", SW_CAP_SIZE, 0, "", false },
	{ "mx\nAUTH plain LOGIN", SW_CAP_AUTH, 0, "PLAIN LOGIN", false },
	{ "mx\nAUTH PLAIN\nAUTH=PLAIN LOGIN\nX-EXPS NTLM LOGIN", SW_CAP_AUTH, 0,
	  "PLAIN LOGIN NTLM", false },
	{ "mx\nAUTH=", SW_CAP_AUTH, 0, "", false },
	{ "mx\nAUTH", SW_CAP_AUTH, 0, "", false },
	{ "mx\nAUTH PL\x1b[AIN SCRAM-SHA-1 <b> X_Y", SW_CAP_AUTH, 0, "SCRAM-SHA-1 X_Y",
	  false },
	{ "mx\nAUTHX PLAIN\nXAUTH PLAIN", 0, 0, "", false },
	{ "mx\nSTARTTLS", SW_CAP_STARTTLS, 0, "", false },
	{ "mx\nXXXXXXXX", 0, 0, "", true },
	{ "mx\nXXXXXXXA", 0, 0, "", true },
	{ "mx\nXXXXXXXXXXXX", 0, 0, "", true },
	{ "mx\nXTARTTLS", 0, 0, "", true },
	{ "mx\nSTARTTXX", 0, 0, "", true },
	{ "mx\nSTARFTLZ", 0, 0, "", true },
	{ "mx\nXXXXXXXA\nSTARTTLS", SW_CAP_STARTTLS, 0, "", false },
	{ "mx\nXFORWARD NAME\nXCLIENT NAME\nXVERP\nX\nSMTPUTF8\nXEXCH50", SW_CAP_SMTPUTF8 | SW_CAP_XCLIENT, 0,
	  "", false },
	/* What looks like a keyword in the first line is the server's name. */
	{ "PIPELINING\nDSN", SW_CAP_DSN, 0, "", false },
	{ "mx\n\n\nCHUNKING\n", SW_CAP_CHUNKING, 0, "", false },
	{ "mx\n\tDSN\t", SW_CAP_DSN, 0, "", false },
	{ "mx\nENHANCEDSTATUSCODES\nBINARYMIME\nREQUIRETLS\nLIMITS RCPTMAX=9\nDELIVERBY 240\n"
	  "FUTURERELEASE 1 2\nMT-PRIORITY MIXER",
	  SW_CAP_ENHANCEDSTATUSCODES | SW_CAP_BINARYMIME | SW_CAP_REQUIRETLS | SW_CAP_LIMITS |
		  SW_CAP_DELIVERBY | SW_CAP_FUTURERELEASE | SW_CAP_MT_PRIORITY,
	  0, "", false },
};

static void reads_what_is_offered(void **state SW_UNUSED)
{
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		SW_CLEANUP(sw_caps_fini) struct sw_caps c;

		assert_ok(parse(rows[i].text, &c));
		assert_row(i, c.bits == rows[i].bits);
		assert_row(i, c.size_limit == rows[i].size);
		assert_row(i, strcmp(c.auth, rows[i].auth) == 0);
		assert_row(i, c.masked_starttls == rows[i].masked);
		assert_row(i, !c.helo);
	}
}

static void keeps_the_name_and_the_lines_as_sent(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_caps_fini) struct sw_caps c;

	assert_ok(parse("mx.example at your service\nSize 10\nX-Odd  \x1b", &c));
	assert_string_equal(c.name, "mx.example");
	assert_string_equal(c.raw, "Size 10\nX-Odd  \x1b");
	sw_caps_fini(&c);
	assert_ok(parse("", &c));
	assert_string_equal(c.name, "");
	assert_string_equal(c.raw, "");
}

static void stays_within_its_arrays(void **state SW_UNUSED)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 100000 };
	SW_CLEANUP(sw_caps_fini) struct sw_caps c;

	for (int i = 0; i < 1000; i++)
		assert_ok(sw_buf_add_char(&text, 'n'));
	assert_ok(sw_buf_add_str(&text, "\nAUTH"));
	for (int i = 0; i < 1000; i++)
		assert_ok(sw_buf_printf(&text, " MECH-%d", i));
	assert_ok(parse(sw_buf_str(&text), &c));
	assert_int_equal(strlen(c.name), sizeof(c.name) - 1);
	assert_true(strlen(c.auth) < sizeof(c.auth));
	assert_memory_equal(c.auth, "MECH-0 MECH-1 ", 14);
	/* No mechanism is cut in the middle. */
	assert_int_equal(strlen(strrchr(c.auth, ' ')), strlen(" MECH-30"));
}

static void names_each_capability(void **state SW_UNUSED)
{
	assert_string_equal(sw_cap_name(SW_CAP_PIPELINING), "PIPELINING");
	assert_string_equal(sw_cap_name(SW_CAP_AUTH), "AUTH");
	assert_string_equal(sw_cap_name(SW_CAP_MT_PRIORITY), "MT-PRIORITY");
	assert_string_equal(sw_cap_name((enum sw_cap)(1u << 31)), "?");
}

static enum sw_err parse_some(void *arg SW_UNUSED)
{
	SW_CLEANUP(sw_caps_fini) struct sw_caps c = { 0 };

	return parse("mx\nAUTH PLAIN", &c);
}

static void survives_failing_allocations(void **state SW_UNUSED)
{
	sw_test_failing_allocations(parse_some, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_offered),
		cmocka_unit_test(keeps_the_name_and_the_lines_as_sent),
		cmocka_unit_test(stays_within_its_arrays),
		cmocka_unit_test(names_each_capability),
		cmocka_unit_test(survives_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
