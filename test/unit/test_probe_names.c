/* SPDX-License-Identifier: MIT */
/* What probes of names and identity make of texts and answers. */
#include "sw_test.h"

#include "probe/dns_set.h"
#include "probe/id_address.h"
#include "probe/id_clock.h"
#include "identity/block_lists.h"
#include "probe/id_nearest.h"

static struct sw_dns_answer *answer(enum sw_dns_type type, const char *a, const char *b)
{
	struct sw_dns_answer *ret = sw_dns_answer_new("x.test", type);

	assert_non_null(ret);
	assert_ok(sw_dns_answer_add_text(ret, type, 60, sw_slice_str(a), NULL));
	if (b)
		assert_ok(sw_dns_answer_add_text(ret, type, 60, sw_slice_str(b), NULL));
	ret->status = SW_DNS_OK;
	return ret;
}

static void the_order_of_records_says_nothing(void **state SW_UNUSED)
{
	struct sw_dns_answer *a = answer(SW_DNS_MX, "20 B.test", "10 a.test");
	struct sw_dns_answer *b = answer(SW_DNS_MX, "10 A.test", "20 b.test");
	struct sw_arena arena = { 0 };

	assert_string_equal(sw_dns_set_text(a, &arena), "10 a.test, 20 b.test");
	assert_string_equal(sw_dns_set_text(b, &arena), "10 a.test, 20 b.test");
	sw_arena_fini(&arena);
	sw_dns_answer_free(a);
	sw_dns_answer_free(b);
}

static void sets_are_the_same_or_share_or_differ(void **state SW_UNUSED)
{
	static const struct {
		const char *a, *b, *relation;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "same" },
		{ "192.0.2.1, 192.0.2.2", "192.0.2.2, 192.0.2.3", "part" },
		{ "192.0.2.1", "192.0.2.11", "other" },
		{ "192.0.2.1", "", "" },
		{ "", "", "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_string_equal(sw_dns_set_relation(rows[i].a, rows[i].b),
				    rows[i].relation);
}

static void a_set_has_a_kind(void **state SW_UNUSED)
{
	assert_string_equal(sw_dns_set_kind("10.0.0.1, 192.168.1.1"), "private");
	assert_string_equal(sw_dns_set_kind("10.0.0.1, 93.184.216.34"), "mixed");
	assert_string_equal(sw_dns_set_kind("93.184.216.34"), "global");
	assert_string_equal(sw_dns_set_kind("10 mx.test"), "");
	assert_string_equal(sw_dns_set_kind(""), "");
}

static void names_for_private_use_are_not_public(void **state SW_UNUSED)
{
	static const char *const inner[] = { "mail",           "mx.test", "mail.corp",
					     "nas.home.arpa.", "a.b.lan", "x.internal" };
	static const char *const outer[] = { "example.com", "mx.corp.example.org.", "a.alt.de",
					     "testing.net", "my.home-arpa.com" };

	for (size_t i = 0; i < SW_LEN(inner); i++)
		assert_false(sw_dns_name_is_public(sw_slice_str(inner[i])));
	for (size_t i = 0; i < SW_LEN(outer); i++)
		assert_true(sw_dns_name_is_public(sw_slice_str(outer[i])));
}

/* ---- who we are to others */

static void replies_quote_our_address(void **state SW_UNUSED)
{
	static const struct {
		const char *text, *ip; /* NULL: none */
	} rows[] = {
		{ "mx.example.net Hello client [203.0.113.7]", "203.0.113.7" },
		{ "Service unavailable; Client host [203.0.113.7] blocked using x",
		  "203.0.113.7" },
		{ "Hello [IPv6:2001:db8::7], pleased to meet you", "2001:db8::7" },
		{ "mx.example.net at your service, [2001:db8::7]", "2001:db8::7" },
		{ "IP=203.0.113.7.", "203.0.113.7" },
		{ "mx.example.net (192.0.2.25) greets 203.0.113.7", "203.0.113.7" },
		{ "ESMTP Postfix 3.7.11 at 12:30:01", NULL },
		{ "ESMTP 1.2.3", NULL },
		{ "Hello localhost [127.0.0.1]", NULL },
		{ "7.113.0.203.dyn.example.net hello", NULL },
		{ "abcd.example.net ready", NULL },
		{ "", NULL },
	};
	struct sw_addr server, got;
	char ip[SW_ADDR_TEXT];

	assert_true(sw_addr_parse(SW_S("192.0.2.25"), 0, &server));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		bool found = sw_own_address_in(sw_slice_str(rows[i].text), &server, 1, &got);

		if (found != (rows[i].ip != NULL))
			fail_msg("%s: %s", rows[i].text,
				 found ? sw_addr_ip(&got, ip) : "none");
		if (found)
			assert_string_equal(sw_addr_ip(&got, ip), rows[i].ip);
	}
}

static void reverse_names_tell_what_a_line_is(void **state SW_UNUSED)
{
	static const struct {
		const char *ip, *name, *form;
	} rows[] = {
		{ "203.0.113.7", "mail.example.org", "named" },
		{ "203.0.113.7", "mx7.pool.example.org", "named" },
		{ "203.0.113.7", "dynamo.example.org", "named" },
		{ "203.0.113.7", "server-203.example.org", "named" },
		{ "203.0.113.7", "203-0-113-7.dynamic.isp.example", "dynamic" },
		{ "203.0.113.7", "7.113.0.203.adsl.isp.example", "dynamic" },
		{ "203.0.113.7", "pCB007107.dip0.isp.example", "dynamic" },
		{ "203.0.113.7", "cb007107.cable.isp.example", "dynamic" },
		{ "203.0.113.7", "203000113007.customer.isp.example", "dynamic" },
		{ "203.0.113.7", "static.7.113.0.203.clients.hoster.example", "static" },
		{ "203.0.113.7", "ec2-203-0-113-7.compute-1.cloud.example", "static" },
		{ "203.0.113.7", "203.0.113.7.example", "numbered" },
		{ "203.0.113.7", "ip-113-0-203.example", "numbered" },
		{ "2001:db8:1:2::7", "2001-db8-1-2-0-0-0-7.dsl.isp.example", "named" },
		{ "2001:db8:1:2::7", "20010db8000100020000000000000007.dsl.isp.example",
		  "dynamic" },
		{ "2001:db8:1:2::7", "mail6.example.org", "named" },
	};
	struct sw_addr addr;

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_true(sw_addr_parse(sw_slice_str(rows[i].ip), 0, &addr));
		const char *form = sw_reverse_form(sw_slice_str(rows[i].name), &addr);
		if (strcmp(form, rows[i].form) != 0)
			fail_msg("%s: %s", rows[i].name, form);
	}
}

static void addresses_are_written_backwards(void **state SW_UNUSED)
{
	char text[SW_REVERSE_TEXT];
	struct sw_addr addr;

	assert_true(sw_addr_parse(SW_S("203.0.113.7"), 0, &addr));
	assert_string_equal(sw_reverse_text(&addr, text), "7.113.0.203");
	assert_true(sw_addr_parse(SW_S("2001:db8::7"), 0, &addr));
	assert_string_equal(sw_reverse_text(&addr, text),
			    "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2");
}

/* ---- block lists */

static void answers_of_lists_mean_something(void **state SW_UNUSED)
{
	static const struct {
		const char *zone;
		uint8_t ip[4];
		const char *meaning;
	} rows[] = {
		{ "zen.spamhaus.org", { 127, 0, 0, 2 }, "spam" },
		{ "ZEN.spamhaus.org", { 127, 0, 0, 10 }, "policy" },
		{ "zen.spamhaus.org", { 127, 0, 0, 4 }, "exploited" },
		{ "zen.spamhaus.org", { 127, 255, 255, 254 }, "refused" },
		{ "bl.example.net", { 127, 0, 0, 10 }, "spam" },
		{ "bl.example.net", { 127, 255, 255, 252 }, "refused" },
		{ "bl.example.net", { 127, 0, 0, 1 }, "refused" },
		{ "bl.example.net", { 203, 0, 113, 9 }, "nonsense" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++)
		assert_string_equal(sw_block_list_meaning(rows[i].zone, rows[i].ip),
				    rows[i].meaning);
}

static void a_list_shows_itself_by_its_controls(void **state SW_UNUSED)
{
	static const struct {
		const char *listed, *unlisted; /* NULL: not there */
		enum sw_dns_status without;
		enum sw_list_state state;
	} rows[] = {
		{ "127.0.0.2", NULL, SW_DNS_NXDOMAIN, SW_LIST_WORKS },
		{ "127.0.0.2", "127.0.0.2", SW_DNS_NXDOMAIN, SW_LIST_EVERYTHING },
		{ "203.0.113.9", "203.0.113.9", SW_DNS_NXDOMAIN, SW_LIST_EVERYTHING },
		{ NULL, NULL, SW_DNS_NXDOMAIN, SW_LIST_NO_LIST },
		{ "127.255.255.254", "127.255.255.254", SW_DNS_NXDOMAIN, SW_LIST_REFUSES },
		{ NULL, NULL, SW_DNS_REFUSED, SW_LIST_REFUSES },
		{ NULL, NULL, SW_DNS_TIMEOUT, SW_LIST_SILENT },
		{ "127.0.0.2", NULL, SW_DNS_SERVFAIL, SW_LIST_SILENT },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_dns_answer none = { .status = rows[i].without };
		struct sw_dns_answer *a =
			rows[i].listed ? answer(SW_DNS_A, rows[i].listed, NULL) : NULL;
		struct sw_dns_answer *b =
			rows[i].unlisted ? answer(SW_DNS_A, rows[i].unlisted, NULL) : NULL;

		assert_int_equal(
			sw_block_list_state("bl.example.net", a ? a : &none, b ? b : &none),
			rows[i].state);
		sw_dns_answer_free(a);
		sw_dns_answer_free(b);
	}
}

static void refusals_name_their_lists(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		size_t count;
		const char *first;
	} rows[] = {
		{ "Client host [203.0.113.7] blocked using bl.example.net; see "
		  "https://x.example.org/y",
		  1, "bl.example.net" },
		{ "203.0.113.7 listed at dnsbl.some.example.", 1, "dnsbl.some.example" },
		{ "blocked, see https://www.spamhaus.org/query/ip/203.0.113.7", 1,
		  "zen.spamhaus.org" },
		{ "Blocked - see https://www.spamcop.net/bl.shtml?203.0.113.7", 1,
		  "bl.spamcop.net" },
		{ "Mail from 203.0.113.7 refused by mx.example.net: user@in.example.net", 1,
		  "mx.example.net" },
		{ "Access denied", 0, "" },
		{ "listed in 203.0.113.7", 0, "" },
	};
	char out[SW_NAMED_LISTS][SW_LIST_ZONE];

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		size_t count = sw_block_lists_in(sw_slice_str(rows[i].text), out);

		if (count != rows[i].count || (count && strcmp(out[0], rows[i].first) != 0))
			fail_msg("%s: %zu %s", rows[i].text, count, count ? out[0] : "");
	}
}

/* ---- names and clocks */

static void typing_errors_are_near_to_what_was_meant(void **state SW_UNUSED)
{
	static const struct {
		const char *name;
		bool server;
		const char *nearest;
	} rows[] = {
		{ "gmial.com", false, "gmail.com" },
		{ "gmail.con", false, "gmail.com" },
		{ "gmail.com", false, "" },
		{ "hotmial.com", false, "hotmail.com" },
		{ "example.org", false, "" },
		{ "my.de", false, "" },
		{ "smtp.gmial.com", true, "smtp.gmail.com" },
		{ "smpt.office356.com", true, "smtp.office365.com" },
		{ "smtp.gmail.com.", true, "" },
		{ "mail.example.org", true, "" },
		{ "", true, "" },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		const char *got = sw_known_nearest(sw_slice_str(rows[i].name), rows[i].server);

		if (strcmp(got, rows[i].nearest) != 0)
			fail_msg("%s: '%s'", rows[i].name, got);
	}
}

static void greetings_tell_the_time(void **state SW_UNUSED)
{
	static const struct {
		const char *text;
		int64_t seconds; /* 0: none */
	} rows[] = {
		{ "mx.example.net ESMTP Exim 4.96 Thu, 01 Jan 2026 00:00:00 +0000",
		  1767225600 },
		{ "mx.example.net ESMTP Sendmail; Thu, 1 Jan 2026 01:00:00 +0100 (CET)",
		  1767225600 },
		{ "mx Microsoft ESMTP MAIL Service ready at Wed, 31 Dec 2025 19:00:00 -0500",
		  1767225600 },
		{ "monday.example.net ESMTP", 0 },
		{ "mx.example.net ESMTP Postfix", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < SW_LEN(rows); i++) {
		int64_t got = 0;
		bool found = sw_date_in_reply(sw_slice_str(rows[i].text), &got);

		if (found != (rows[i].seconds != 0) || got != rows[i].seconds)
			fail_msg("%s: %d %lld", rows[i].text, found, (long long)got);
	}
	int64_t seconds;
	assert_true(sw_date_seconds(SW_S("2000-02-29T12:00:00Z"), &seconds));
	assert_int_equal(seconds, 951825600);
	assert_false(sw_date_seconds(SW_S("2000-02-2"), &seconds));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_of_records_says_nothing),
		cmocka_unit_test(sets_are_the_same_or_share_or_differ),
		cmocka_unit_test(a_set_has_a_kind),
		cmocka_unit_test(names_for_private_use_are_not_public),
		cmocka_unit_test(replies_quote_our_address),
		cmocka_unit_test(reverse_names_tell_what_a_line_is),
		cmocka_unit_test(addresses_are_written_backwards),
		cmocka_unit_test(answers_of_lists_mean_something),
		cmocka_unit_test(a_list_shows_itself_by_its_controls),
		cmocka_unit_test(refusals_name_their_lists),
		cmocka_unit_test(typing_errors_are_near_to_what_was_meant),
		cmocka_unit_test(greetings_tell_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
