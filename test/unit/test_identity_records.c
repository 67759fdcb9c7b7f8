/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "identity/ip.h"
#include "identity/mta_sts.h"
#include "identity/records.h"
#include "identity/unsubscribe.h"

static void sts_records(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		enum sw_sts_flaw flaw;
	} rows[] = {
		{ "v=STSv1; id=20260101T000000;", SW_STS_GOOD },
		{ "v=STSv1;id=a", SW_STS_GOOD },
		{ "v=STSv1; id=1; x=y", SW_STS_GOOD },
		{ "v=STSv1", SW_STS_BAD_ID },
		{ "v=STSv1; id=", SW_STS_BAD_ID },
		{ "v=STSv1; id=a-b", SW_STS_BAD_ID },
		{ "v=STSv1; id=123456789012345678901234567890123", SW_STS_BAD_ID },
		{ "v=STSv1; id=1; id=2", SW_STS_BAD_RECORD },
		{ "v=STSv1; id=1; nonsense", SW_STS_BAD_RECORD },
		{ "v=STSv2; id=1", SW_STS_NO_RECORD },
		{ "id=1; v=STSv1", SW_STS_NO_RECORD },
	};
	struct sw_slice id;

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i, sw_sts_record_read(sw_slice_str(rows[i].text), &id) ==
				      rows[i].flaw);
}

static void sts_policies(void **state SW_UNUSED)
{
#define HEAD "version: STSv1\r\nmode: enforce\r\n"
	static const struct {
		const char *text;
		enum sw_sts_flaw flaw;
		unsigned line;
	} rows[] = {
		{ HEAD "mx: a.test\r\nmax_age: 604800\r\n", SW_STS_GOOD, 0 },
		{ HEAD "mx:*.a.test\nmax_age:31557600", SW_STS_GOOD, 0 },
		{ HEAD "mx: a.test\nmax_age: 1\nextra: x y\n\n", SW_STS_GOOD, 0 },
		{ "version: STSv1\nmode: none\nmax_age: 0\n", SW_STS_GOOD, 0 },
		{ HEAD "max_age: 1\n", SW_STS_NO_MX, 0 },
		{ HEAD "mx: a.test\n", SW_STS_NO_MAX_AGE, 0 },
		{ HEAD "mx: a.test\nmax_age: 31557601\n", SW_STS_BAD_MAX_AGE, 4 },
		{ HEAD "mx: a.test\nmax_age: -1\n", SW_STS_BAD_MAX_AGE, 4 },
		{ HEAD "mode: none\n", SW_STS_TWICE, 3 },
		{ HEAD "mx: *\n", SW_STS_BAD_MX, 3 },
		{ HEAD "mx: a.*.test\n", SW_STS_BAD_MX, 3 },
		{ HEAD "mx: .a.test\n", SW_STS_BAD_MX, 3 },
		{ "version: STSv1\nmode: Enforce\n", SW_STS_BAD_MODE, 2 },
		{ "version: STSv2\n", SW_STS_NO_VERSION, 1 },
		{ "mode: none\nmax_age: 1\n", SW_STS_NO_VERSION, 0 },
		{ HEAD "<html>\n", SW_STS_BAD_LINE, 3 },
		{ "", SW_STS_NO_VERSION, 0 },
	};
	struct sw_sts_policy p;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_row(i,
			   sw_sts_policy_read(sw_slice_str(rows[i].text), &p) == rows[i].flaw);
		assert_row(i, p.line == rows[i].line);
	}
}

static void sts_hosts(void **state SW_UNUSED)
{
	static const struct {
		const char *host;
		bool allowed;
	} rows[] = {
		{ "a.test", true },   { "A.TEST.", true },     { "x.a.test", false },
		{ "m.b.test", true }, { "x.m.b.test", false }, { "b.test", false },
		{ "xa.test", false }, { "", false },
	};
	struct sw_sts_policy p;

	assert_int_equal(
		sw_sts_policy_read(SW_S(HEAD "mx: a.test\nmx: *.b.test\nmax_age: 9\n"), &p),
		SW_STS_GOOD);
	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_row(i,
			   sw_sts_allows(&p, sw_slice_str(rows[i].host)) == rows[i].allowed);
}

static void tls_reports_and_logos(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		enum sw_small_flaw tls, bimi;
	} rows[] = {
		{ "v=TLSRPTv1; rua=mailto:a@b.test", SW_SMALL_GOOD, SW_SMALL_NONE },
		{ "v=TLSRPTv1;rua=https://b.test/x,mailto:a@b.test;", SW_SMALL_GOOD,
		  SW_SMALL_NONE },
		{ "v=TLSRPTv1", SW_SMALL_NO_URI, SW_SMALL_NONE },
		{ "v=TLSRPTv1; rua=http://b.test/", SW_SMALL_BAD_URI, SW_SMALL_NONE },
		{ "v=TLSRPTv1; rua=mailto:a", SW_SMALL_BAD_URI, SW_SMALL_NONE },
		{ "v=TLSRPTv1; rua", SW_SMALL_BAD_LIST, SW_SMALL_NONE },
		{ "v=BIMI1; l=https://b.test/l.svg; a=;", SW_SMALL_NONE, SW_SMALL_GOOD },
		{ "v=BIMI1; l=; a=;", SW_SMALL_NONE, SW_SMALL_GOOD },
		{ "v=BIMI1; l=http://b.test/l.svg", SW_SMALL_NONE, SW_SMALL_BAD_URI },
		{ "v=BIMI1;", SW_SMALL_NONE, SW_SMALL_NO_URI },
	};
	struct sw_tlsrpt tls;
	struct sw_bimi bimi;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_slice text = sw_slice_str(rows[i].text);

		assert_row(i, sw_tlsrpt_read(text, &tls) == rows[i].tls);
		assert_row(i, sw_bimi_read(text, &bimi) == rows[i].bimi);
		assert_row(i, bimi.declined == (i == 7));
	}
}

static void unsubscribing_by_one_click(void **state SW_UNUSED)
{
#define SIGNED                                                                                \
	"DKIM-Signature: v=1; h=From:List-Unsubscribe:\r\n List-Unsubscribe-Post; b=\r\n"
#define POST "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
	static const struct {
		const char *header;
		unsigned flaws;
	} rows[] = {
		{ SIGNED
		  "List-Unsubscribe: <mailto:a@b.test>,\r\n <https://b.test/u>\r\n" POST,
		  0 },
		{ SIGNED "LIST-UNSUBSCRIBE: <HTTPS://b.test/u>\n" POST "\n" POST, 0 },
		{ "From: a\r\n\r\n" POST,
		  SW_UNSUB_NO_FIELD | SW_UNSUB_NO_POST | SW_UNSUB_NOT_SIGNED },
		{ SIGNED "List-Unsubscribe: <mailto:a@b.test>\r\n" POST, SW_UNSUB_NO_HTTPS },
		{ SIGNED "List-Unsubscribe: https://b.test/u\r\n" POST,
		  SW_UNSUB_NO_HTTPS | SW_UNSUB_BAD_URI },
		{ SIGNED "List-Unsubscribe: <https://b.test/u>\r\n"
			 "List-Unsubscribe-Post: One-Click\r\n",
		  SW_UNSUB_BAD_POST },
		{ SIGNED "List-Unsubscribe: <https://b.test/u>\r\n" POST POST,
		  SW_UNSUB_TWICE },
		{ SIGNED "List-Unsubscribe: <https://b.test/u>, <https://b.test/v>\r\n" POST,
		  SW_UNSUB_SEVERAL_HTTPS },
		{ "DKIM-Signature: h=From\r\nList-Unsubscribe: <https://b.test/u>\r\n" POST,
		  SW_UNSUB_NOT_SIGNED },
	};
	struct sw_unsubscribe u;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		sw_unsubscribe_check(sw_slice_str(rows[i].header), &u);
		assert_row(i, u.flaws == rows[i].flaws);
	}
}

static void addresses(void **state SW_UNUSED)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.01", NULL },
		{ "192.0.2", NULL },
		{ "192.0.2.1.", NULL },
		{ "256.0.2.1", NULL },
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1" },
		{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
		{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
		{ "1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8" },
		{ "::ffff:192.0.2.1", "::ffff:c000:201" },
		{ "1:2:3:4:5:6:7:8::", NULL },
		{ "1::2::3", NULL },
		{ ":1", NULL },
		{ "1:", NULL },
		{ "12345::", NULL },
		{ ":::", NULL },
		{ "1:2:3:4:5:6:7:192.0.2.1", NULL },
		{ "", NULL },
	};
	char text[SW_IP_TEXT];
	struct sw_ip ip;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		bool good = sw_ip_parse(sw_slice_str(rows[i].in), &ip);

		assert_row(i, good == (rows[i].out != NULL));
		if (good)
			assert_string_equal(sw_ip_text(&ip, text), rows[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sts_records),
		cmocka_unit_test(sts_policies),
		cmocka_unit_test(sts_hosts),
		cmocka_unit_test(tls_reports_and_logos),
		cmocka_unit_test(unsubscribing_by_one_click),
		cmocka_unit_test(addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
