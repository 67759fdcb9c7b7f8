/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/world.h"
#include "dns/record.h"

#define WIRE(literal) (const uint8_t *)"" literal, sizeof(literal) - 1

struct wire_case {
	const char *what;
	enum sw_dns_type type;
	const uint8_t *rdata;
	unsigned len;
	enum sw_err expect;
	const char *text; /* of the record when it is good */
};

static const struct wire_case wire_cases[] = {
	{ "address", SW_DNS_A, WIRE("\xc0\0\2\1"), SW_OK, "192.0.2.1" },
	{ "address cut", SW_DNS_A, WIRE("\xc0\0\2"), SW_E_DATA, NULL },
	{ "address too long", SW_DNS_A, WIRE("\xc0\0\2\1\1"), SW_E_DATA, NULL },
	{ "no address", SW_DNS_A, WIRE(""), SW_E_DATA, NULL },
	{ "v6 address", SW_DNS_AAAA, WIRE("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), SW_OK,
	  "2001:db8::1" },
	{ "v6 address cut", SW_DNS_AAAA, WIRE("\x20\1\xd\xb8"), SW_E_DATA, NULL },
	{ "mx", SW_DNS_MX, WIRE("\0\x0a\2mx\4test\0"), SW_OK, "10 mx.test" },
	{ "null mx", SW_DNS_MX, WIRE("\0\0\0"), SW_OK, "0 ." },
	{ "mx without host", SW_DNS_MX, WIRE("\0\x0a"), SW_E_DATA, NULL },
	{ "mx of one octet", SW_DNS_MX, WIRE("\0"), SW_E_DATA, NULL },
	{ "mx with something behind", SW_DNS_MX, WIRE("\0\x0a\2mx\0x"), SW_E_DATA, NULL },
	{ "name without end", SW_DNS_NS, WIRE("\2ns\4test"), SW_E_DATA, NULL },
	{ "label beyond the end", SW_DNS_NS, WIRE("\x3fns"), SW_E_DATA, NULL },
	{ "label of 64", SW_DNS_NS,
	  WIRE("\x40"
	       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
	  SW_E_DATA, NULL },
	{ "label of 63", SW_DNS_NS,
	  WIRE("\x3f"
	       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\0"),
	  SW_OK, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	{ "compressed name", SW_DNS_CNAME, WIRE("\xc0\x0c"), SW_E_DATA, NULL },
	{ "control bytes in a name", SW_DNS_PTR, WIRE("\4\x1b[2J\1\0\0"), SW_OK,
	  "\\027[2J.\\000" },
	{ "dot, backslash and blank in a label", SW_DNS_PTR, WIRE("\5a.b\\ \4test\0"), SW_OK,
	  "a\\.b\\\\\\032.test" },
	{ "bytes above 127", SW_DNS_CNAME, WIRE("\2\xc3\xa4\0"), SW_OK, "\\195\\164" },
	{ "text of two strings", SW_DNS_TXT, WIRE("\7v=spf1 \4-all"), SW_OK, "\"v=spf1 -all\"" },
	{ "empty text", SW_DNS_TXT, WIRE("\0"), SW_OK, "\"\"" },
	{ "text without a string", SW_DNS_TXT, WIRE(""), SW_E_DATA, NULL },
	{ "text that is cut", SW_DNS_TXT, WIRE("\5abc"), SW_E_DATA, NULL },
	{ "text with controls", SW_DNS_TXT, WIRE("\4\"\\\n\xff"), SW_OK,
	  "\"\\\"\\\\\\010\\255\"" },
	{ "srv", SW_DNS_SRV, WIRE("\0\1\0\2\2\x4b\1s\0"), SW_OK, "1 2 587 s" },
	{ "srv cut", SW_DNS_SRV, WIRE("\0\1\0\2\2"), SW_E_DATA, NULL },
	{ "tlsa", SW_DNS_TLSA, WIRE("\3\1\1\xab\xcd"), SW_OK, "3 1 1 abcd" },
	{ "tlsa without data", SW_DNS_TLSA, WIRE("\3\1\1"), SW_OK, "3 1 1" },
	{ "tlsa that is cut", SW_DNS_TLSA, WIRE("\3\1"), SW_OK, "3 1 255" },
	{ "tlsa of nothing", SW_DNS_TLSA, WIRE(""), SW_OK, "255 255 255" },
	{ "soa", SW_DNS_SOA, WIRE("\1n\0\1r\0\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1"), SW_OK,
	  "n r 7" },
	{ "soa without its timers", SW_DNS_SOA, WIRE("\1n\0\1r\0\0\0\0\7"), SW_E_DATA, NULL },
	{ "unknown type", (enum sw_dns_type)65, WIRE("\0\1\0"), SW_E_DATA, NULL },
};

static void reads_rdata_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(wire_cases); i++) {
		const struct wire_case *c = &wire_cases[i];
		/* The exact size, so that a sanitizer sees a read beyond the end. */
		uint8_t *exact = malloc(c->len ? c->len : 1);
		assert_non_null(exact);
		memcpy(exact, c->rdata, c->len);
		struct sw_dns_answer *a = sw_dns_answer_new("name.test", c->type);
		assert_non_null(a);
		enum sw_err e = sw_dns_answer_add_wire(a, c->type, 60, exact, c->len);
		free(exact);
		if (e != c->expect)
			fail_msg("%s: %s", c->what, sw_err_text(e));
		assert_int_equal(a->count, e ? 0 : 1);
		if (!e) {
			SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };
			assert_int_equal(sw_dns_record_text(&a->records[0], &text), SW_OK);
			assert_string_equal(sw_buf_str(&text), c->text);
			assert_int_equal(a->records[0].ttl_s, 60);
		}
		sw_dns_answer_free(a);
	}
	assert_int_equal(sw_mem_live(), 0);
}

static void joins_long_texts_and_keeps_nul_bytes(void **state)
{
	uint8_t rdata[2 * 256];
	struct sw_dns_answer *a = sw_dns_answer_new("t.test", SW_DNS_TXT);

	(void)state;
	memset(rdata, 0, sizeof(rdata));
	rdata[0] = rdata[256] = 255;
	assert_int_equal(sw_dns_answer_add_wire(a, SW_DNS_TXT, 1, rdata, sizeof(rdata)), SW_OK);
	assert_int_equal(a->records[0].txt.len, 510);
	sw_dns_answer_free(a);
}

static void refuses_names_beyond_255_octets(void **state)
{
	uint8_t rdata[300];
	size_t len = 0;
	struct sw_dns_answer *a = sw_dns_answer_new("t.test", SW_DNS_NS);

	(void)state;
	/* 126 labels of one octet and one of two: 126 * 2 + 3 = 255 with the root is 256 */
	for (int i = 0; i < 126; i++) {
		rdata[len++] = 1;
		rdata[len++] = 'a';
	}
	rdata[len] = 1;
	rdata[len + 1] = 'b';
	rdata[len + 2] = 0;
	assert_int_equal(sw_dns_answer_add_wire(a, SW_DNS_NS, 1, rdata, len + 3), SW_OK);
	rdata[len] = 2;
	rdata[len + 2] = 'b';
	rdata[len + 3] = 0;
	assert_int_equal(sw_dns_answer_add_wire(a, SW_DNS_NS, 1, rdata, len + 4), SW_E_DATA);
	sw_dns_answer_free(a);
}

static void keeps_256_records_and_says_that_there_were_more(void **state)
{
	struct sw_dns_answer *a = sw_dns_answer_new("many.test", SW_DNS_A);

	(void)state;
	for (int i = 0; i < 300; i++) {
		uint8_t ip[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		enum sw_err e = sw_dns_answer_add_wire(a, SW_DNS_A, 1, ip, 4);
		assert_int_equal(e, i < SW_MAX_DNS_RECORDS ? SW_OK : SW_E_LIMIT);
		assert_int_equal(a->cut, i >= SW_MAX_DNS_RECORDS);
	}
	assert_int_equal(a->count, SW_MAX_DNS_RECORDS);
	for (int i = 0; i < SW_MAX_DNS_RECORDS; i++)
		assert_int_equal(a->records[i].a[3], (uint8_t)i);
	sw_dns_answer_free(a);
}

static const struct {
	enum sw_dns_type type;
	const char *in;
	const char *out; /* NULL: refused */
} text_cases[] = {
	{ SW_DNS_A, "192.0.2.1", "192.0.2.1" },
	{ SW_DNS_A, "  192.0.2.1\t", "192.0.2.1" },
	{ SW_DNS_A, "192.0.2", NULL },
	{ SW_DNS_A, "192.0.2.256", NULL },
	{ SW_DNS_A, "192.0.2.1 x", NULL },
	{ SW_DNS_A, "", NULL },
	{ SW_DNS_AAAA, "2001:DB8::1", "2001:db8::1" },
	{ SW_DNS_AAAA, "::ffff:ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555555", NULL },
	{ SW_DNS_MX, "10 mx.example.test", "10 mx.example.test" },
	{ SW_DNS_MX, "10 mx.example.test.", "10 mx.example.test" },
	{ SW_DNS_MX, "0 .", "0 ." },
	{ SW_DNS_MX, "65536 mx", NULL },
	{ SW_DNS_MX, "-1 mx", NULL },
	{ SW_DNS_MX, "mx.example.test", NULL },
	{ SW_DNS_MX, "10 a..b", NULL },
	{ SW_DNS_CNAME, "a\\.b\\\\.\\027.test", "a\\.b\\\\.\\027.test" },
	{ SW_DNS_CNAME, "a\\256", NULL },
	{ SW_DNS_CNAME, "a\\25", NULL },
	{ SW_DNS_CNAME, "a\\", NULL },
	{ SW_DNS_TXT, "\"a b\" \"c\"", "\"a bc\"" },
	{ SW_DNS_TXT, "plain words", "\"plainwords\"" },
	{ SW_DNS_TXT, "\"a\\\"b\\255\"", "\"a\\\"b\\255\"" },
	{ SW_DNS_TXT, "\"open", NULL },
	{ SW_DNS_TXT, "\"open\\", NULL },
	{ SW_DNS_TXT, "\"a\\999\"", NULL },
	{ SW_DNS_SRV, "0 5 587 smtp.example.test", "0 5 587 smtp.example.test" },
	{ SW_DNS_SRV, "0 5 smtp.example.test", NULL },
	{ SW_DNS_TLSA, "3 1 1 AB cd", "3 1 1 abcd" },
	{ SW_DNS_TLSA, "3 1 1 abc", NULL },
	{ SW_DNS_TLSA, "3 1 1 xy", NULL },
	{ SW_DNS_TLSA, "256 1 1 ab", NULL },
	{ SW_DNS_SOA, "n.test r.test 4294967295 1 2 3 4", "n.test r.test 4294967295" },
	{ SW_DNS_SOA, "n.test r.test 4294967296 1 2 3 4", NULL },
};

static void reads_presentation_form_and_gives_it_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(text_cases); i++) {
		struct sw_error err;
		struct sw_dns_answer *a = sw_dns_answer_new("t.test", text_cases[i].type);
		enum sw_err e = sw_dns_answer_add_text(a, text_cases[i].type, 5,
						       sw_slice_str(text_cases[i].in), &err);
		if (!text_cases[i].out) {
			if (e != SW_E_DATA)
				fail_msg("'%s' was taken", text_cases[i].in);
			assert_non_null(strstr(err.text, sw_dns_type_name(a->type)));
		} else {
			SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };
			if (e)
				fail_msg("'%s': %s", text_cases[i].in, err.text);
			assert_int_equal(sw_dns_record_text(&a->records[0], &text), SW_OK);
			assert_string_equal(sw_buf_str(&text), text_cases[i].out);
		}
		sw_dns_answer_free(a);
	}
}

static void knows_names_that_may_be_asked(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} cases[] = {
		{ "example.test", true },
		{ "example.test.", true },
		{ "_25._tcp.mx.example.test", true },
		{ "xn--bcher-kva.example", true },
		{ "a", true },
		{ "a\\.b.test", true },
		{ "", false },
		{ ".", false },
		{ "a..b", false },
		{ ".a", false },
		{ "a..", false },
		{ "a\nb", false },
		{ "a\\010b", false },
		{ "a\\256b", false },
		{ "a\x7f", false },
	};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++)
		if (sw_dns_name_valid(sw_slice_str(cases[i].name)) != cases[i].valid)
			fail_msg("'%s'", cases[i].name);
	assert_false(sw_dns_name_valid(sw_slice("a\0b", 3)));
	/* 63.63.63.61 is 253 */
	memset(longest, 'a', sizeof(longest));
	longest[63] = longest[127] = longest[191] = '.';
	assert_true(sw_dns_name_valid(sw_slice(longest, 253)));
	assert_false(sw_dns_name_valid(sw_slice(longest, 254)));
	longest[253] = '.';
	assert_true(sw_dns_name_valid(sw_slice(longest, 254)));
	assert_true(sw_dns_name_valid(sw_slice(longest, 63)));
	longest[63] = 'a';
	assert_false(sw_dns_name_valid(sw_slice(longest, 64)));
}

static void names_types_and_statuses(void **state)
{
	enum sw_dns_type type = SW_DNS_A;

	(void)state;
	assert_string_equal(sw_dns_type_name(SW_DNS_TLSA), "TLSA");
	assert_string_equal(sw_dns_type_name((enum sw_dns_type)65), "?");
	assert_true(sw_dns_type_from_name(SW_S("mx"), &type));
	assert_int_equal(type, SW_DNS_MX);
	assert_false(sw_dns_type_from_name(SW_S("MXX"), &type));
	for (int i = 0; i < SW_DNS_STATUS_COUNT; i++)
		assert_string_not_equal(sw_dns_status_name((enum sw_dns_status)i), "?");
	assert_string_equal(sw_dns_status_name(SW_DNS_STATUS_COUNT), "?");
}

static void add_text(struct sw_dns_answer *a, const char *text)
{
	assert_int_equal(sw_dns_answer_add_text(a, a->type, 1, sw_slice_str(text), NULL), SW_OK);
}

static void sorts_mx_by_preference_and_shuffles_equal_ones(void **state)
{
	struct sw_fake_world world;
	bool seen_first[3] = { false };

	(void)state;
	sw_fake_world_init(&world);
	for (int turn = 0; turn < 50; turn++) {
		struct sw_dns_answer *a = sw_dns_answer_new("d.test", SW_DNS_MX);
		add_text(a, "20 last.test");
		add_text(a, "10 a.test");
		add_text(a, "10 b.test");
		add_text(a, "10 c.test");
		add_text(a, "5 first.test");
		sw_dns_answer_sort(a, &world.world);
		assert_string_equal(a->records[0].mx.host, "first.test");
		assert_string_equal(a->records[4].mx.host, "last.test");
		seen_first[a->records[1].mx.host[0] - 'a'] = true;
		/* nothing lost, nothing twice */
		int sum = 0;
		for (int i = 1; i < 4; i++)
			sum += 1 << (a->records[i].mx.host[0] - 'a');
		assert_int_equal(sum, 7);
		sw_dns_answer_free(a);
	}
	assert_true(seen_first[0] && seen_first[1] && seen_first[2]);
}

static void draws_srv_by_weight(void **state)
{
	struct sw_fake_world world;
	int heavy_first = 0;
	int zero_first = 0;

	(void)state;
	sw_fake_world_init(&world);
	for (int turn = 0; turn < 400; turn++) {
		struct sw_dns_answer *a = sw_dns_answer_new("_s._tcp.test", SW_DNS_SRV);
		add_text(a, "2 9 25 later");
		add_text(a, "1 90 25 heavy");
		add_text(a, "1 0 25 zero");
		add_text(a, "1 10 25 light");
		sw_dns_answer_sort(a, &world.world);
		heavy_first += a->records[0].srv.host[0] == 'h';
		zero_first += a->records[0].srv.host[0] == 'z';
		assert_string_equal(a->records[3].srv.host, "later");
		sw_dns_answer_free(a);
	}
	/* 89 of 100 are expected; a fair coin would give 133 of 400 */
	assert_in_range(heavy_first, 300, 395);
	assert_in_range(zero_first, 0, 40);
}

static bool no_random(void *arg, void *out, size_t len)
{
	(void)arg;
	(void)out;
	(void)len;
	return false;
}

static void sorts_without_randomness_too(void **state)
{
	struct sw_world dull = { .random = no_random };
	struct sw_dns_answer *a = sw_dns_answer_new("d.test", SW_DNS_MX);

	(void)state;
	sw_dns_answer_sort(a, &dull); /* nothing to sort */
	add_text(a, "10 b.test");
	add_text(a, "5 a.test");
	add_text(a, "10 c.test");
	sw_dns_answer_sort(a, &dull);
	assert_string_equal(a->records[0].mx.host, "a.test");
	sw_dns_answer_sort(a, NULL);
	assert_string_equal(a->records[0].mx.host, "a.test");
	sw_dns_answer_free(a);
}

static enum sw_err build_all(void)
{
	struct sw_dns_answer *a = sw_dns_answer_new("name.test", SW_DNS_A);
	enum sw_err worst = a ? SW_OK : SW_E_NOMEM;

	for (size_t i = 0; a && i < SW_LEN(wire_cases); i++) {
		const struct wire_case *c = &wire_cases[i];
		enum sw_err e = sw_dns_answer_add_wire(a, c->type, 1, c->rdata, c->len);
		if (e != c->expect) {
			assert_int_equal(e, SW_E_NOMEM);
			worst = e;
		}
	}
	sw_dns_answer_free(a);
	return worst;
}

static void says_so_when_memory_is_out(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		sw_mem_fail_at(n);
		enum sw_err e = build_all();
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(sw_mem_live(), 0);
		assert_int_equal(e, hit ? SW_E_NOMEM : SW_OK);
		if (!hit)
			break;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_rdata_strictly),
		cmocka_unit_test(joins_long_texts_and_keeps_nul_bytes),
		cmocka_unit_test(refuses_names_beyond_255_octets),
		cmocka_unit_test(keeps_256_records_and_says_that_there_were_more),
		cmocka_unit_test(reads_presentation_form_and_gives_it_back),
		cmocka_unit_test(knows_names_that_may_be_asked),
		cmocka_unit_test(names_types_and_statuses),
		cmocka_unit_test(sorts_mx_by_preference_and_shuffles_equal_ones),
		cmocka_unit_test(draws_srv_by_weight),
		cmocka_unit_test(sorts_without_randomness_too),
		cmocka_unit_test(says_so_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
