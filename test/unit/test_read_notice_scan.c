/* SPDX-License-Identifier: MIT */
/* Addresses, replies and hosts in running text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "read/notice_scan.h"

/* All addresses of the text, a blank between. */
static void addresses_of(const char *text, char out[256])
{
	struct sw_slice s = sw_slice_str(text);
	struct notice_span span;
	size_t pos = 0, len = 0;
	bool bracket;

	out[0] = '\0';
	while (notice_address_next(s, &pos, &span, &bracket)) {
		struct sw_slice a = notice_span_slice(s, span);

		len += (size_t)snprintf(out + len, 256 - len, "%s%.*s", len ? " " : "",
					SW_FMT(a));
	}
}

static void addresses_are_found_in_any_company(void **state)
{
	static const char *const cases[][2] = {
		{ "<ann@one.example>: host x said", "ann@one.example" },
		{ "ann@one.example.", "ann@one.example" },
		{ "to ann@one.example, bob@two.example; cyd@three.example",
		  "ann@one.example bob@two.example cyd@three.example" },
		{ "'ann@one.example'", "ann@one.example" },
		{ "*ann@one.example*", "ann@one.example" },
		{ "mailto:ann@one.example?subject=x", "ann@one.example" },
		{ "rcpt=ann@one.example", "ann@one.example" },
		{ "bounce-ann=one.example@list.example",
		  "bounce-ann=one.example@list.example" },
		{ "..dots.@phone.example", "..dots.@phone.example" },
		{ "\"ann b\"@one.example", "\"ann b\"@one.example" },
		{ "ann@[192.0.2.1]", "ann@[192.0.2.1]" },
		{ "<root@localhost>", "root@localhost" },
		{ "root@localhost", "" },
		{ "ann@192.0.2.1", "" },
		{ "@one.example", "" },
		{ "ann@", "" },
		{ "ann@.example", "" },
		{ "http://ann@one.example/", "" },
		{ "a@b@one.example", "b@one.example" },
		{ "宛先ann@one.exampleに送信", "ann@one.example" },
		{ "宛先：ann@one.example　です", "ann@one.example" },
		{ "«ann@one.example»", "ann@one.example" },
		{ "почта@пример.example", "почта@пример.example" },
		{ "用户@例子.example", "用户@例子.example" },
		{ "müller@bücher.example", "müller@bücher.example" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[256];

		addresses_of(cases[i][0], out);
		if (strcmp(out, cases[i][1]) != 0)
			fail_msg("\"%s\": \"%s\", expected \"%s\"", cases[i][0], out,
				 cases[i][1]);
	}
}

static void replies_are_told_from_other_numbers(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *enhanced;
		enum notice_rank least, most;
	} cases[] = {
		{ "550 5.1.1 no", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "550-5.1.1 no", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "#550 5.1.1 x ##", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "550 550 5.1.1 no", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "550-'5.1.1 no'", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "smtp;550 5.1.1 no", 550, "5.1.1", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "552 over quota (#5.2.2)", 552, "5.2.2", NOTICE_CODE_LIKELY,
		  NOTICE_CODE_SURE },
		{ "(#5.1.1)", 0, "5.1.1", NOTICE_CODE_ENHANCED, NOTICE_CODE_ENHANCED },
		{ "host said: 421 busy", 421, "", NOTICE_CODE_LIKELY, NOTICE_CODE_LIKELY },
		{ "SMTP error 554", 554, "", NOTICE_CODE_LIKELY, NOTICE_CODE_LIKELY },
		{ "554 <a@b.example>... 550 Host unknown", 550, "", NOTICE_CODE_LIKELY,
		  NOTICE_CODE_LIKELY },
		{ "错误：552 5.2.2 满", 552, "5.2.2", NOTICE_CODE_SURE, NOTICE_CODE_SURE },
		{ "there were 550 of them", 550, "", NOTICE_NO_CODE, NOTICE_CODE_PERHAPS },
		{ "550 MB used", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "after 450 seconds", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "at 12:45:50", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "port 587", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "call 555-1234", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "192.0.2.450", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "Exim 4.80.1", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "version 4.8.5", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "build5.1.1", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "250 2.0.0 Ok", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
		{ "5.1.1.7", 0, "", NOTICE_NO_CODE, NOTICE_NO_CODE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct notice_reply r = notice_reply_find(sw_slice_str(cases[i].text));
		char enhanced[SW_ENHANCED_TEXT];

		sw_enhanced_text(r.enhanced, enhanced);
		if (r.rank < cases[i].least || r.rank > cases[i].most)
			fail_msg("\"%s\": rank %d", cases[i].text, (int)r.rank);
		if (r.rank != NOTICE_NO_CODE &&
		    (r.code != cases[i].code || strcmp(enhanced, cases[i].enhanced) != 0))
			fail_msg("\"%s\": %d %s", cases[i].text, r.code, enhanced);
	}
}

static void the_host_that_is_called_one_wins(void **state)
{
	static const char *const cases[][2] = {
		{ "host mx.one.example [192.0.2.1]:", "mx.one.example" },
		{ "see www.help.example, host mx.one.example said", "mx.one.example" },
		{ "mx.one.example[192.0.2.1] said", "mx.one.example" },
		{ "by mx.one.example. [192.0.2.1].", "mx.one.example" },
		{ "mx.one.example (2001:db8::1)", "mx.one.example" },
		{ "host: mx.one.example", "mx.one.example" },
		{ "192.0.2.7 does not like recipient.", "192.0.2.7" },
		{ "<a@one.example> is unknown", "" },
		{ "http://one.example/x", "" },
		{ "It failed. Sorry.", "" },
		{ "version 8.14.4", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sw_slice host = { 0 };

		notice_host_find(sw_slice_str(cases[i][0]), &host);
		if (!sw_slice_eq(host, sw_slice_str(cases[i][1])))
			fail_msg("\"%s\": \"%.*s\", expected \"%s\"", cases[i][0],
				 SW_FMT(host), cases[i][1]);
	}
}

static void the_most_certain_host_rank_is_told(void **state)
{
	struct sw_slice host;

	(void)state;
	assert_int_equal(notice_host_find(SW_S("mx.one.example [192.0.2.1]"), &host),
			 NOTICE_HOST_SURE);
	assert_int_equal(notice_host_find(SW_S("host mx.one.example said"), &host),
			 NOTICE_HOST_CALLED);
	assert_int_equal(notice_host_find(SW_S("or mx.one.example"), &host), NOTICE_HOST_ANY);
	assert_int_equal(notice_host_find(SW_S("or 192.0.2.1"), &host), NOTICE_HOST_LITERAL);
	assert_int_equal(notice_host_find(SW_S("nothing"), &host), NOTICE_NO_HOST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_found_in_any_company),
		cmocka_unit_test(replies_are_told_from_other_numbers),
		cmocka_unit_test(the_host_that_is_called_one_wins),
		cmocka_unit_test(the_most_certain_host_rank_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
