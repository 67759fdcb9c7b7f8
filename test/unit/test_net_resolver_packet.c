/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "net/ldns_lib.h"
#include "net/resolver_internal.h"

/* A head with these counts, then the question "a.test" of a type. Names: 12 is "a.test", 14 "test". */
#define HEAD(rcode, answers) "\x12\x34\x81" rcode "\0\1\0" answers "\0\0\0\0\1a\4test\0\0"
#define Q_A "\1\0\1"
#define Q_MX "\17\0\1"
#define Q_TLSA "\64\0\1"
#define RR(name, type, len) name "\0" type "\0\1\0\0\0\74\0" len
#define P(literal) (const uint8_t *)"" literal, sizeof(literal) - 1

static const struct {
	const uint8_t *packet;
	size_t len;
	enum sw_dns_type type;
	enum sw_dns_status status;
	int rcode;
	size_t count;
	const char *canonical;
} cases[] = {
	{ P(HEAD("\x80", "\1") Q_A RR("\xc0\x0c", "\1", "\4") "\xc0\0\2\1"), SW_DNS_A, SW_DNS_OK, 0,
	  1, "a.test" },
	/* another case of the owner */
	{ P(HEAD("\x80", "\1") Q_A RR("\1A\4TEST\0", "\1", "\4") "\xc0\0\2\1"), SW_DNS_A, SW_DNS_OK,
	  0, 1, "a.test" },
	/* somebody else's record */
	{ P(HEAD("\x80", "\1") Q_A RR("\1b\4test\0", "\1", "\4") "\xc0\0\2\1"), SW_DNS_A,
	  SW_DNS_NODATA, 0, 0, "a.test" },
	/* of another class */
	{ P(HEAD("\x80", "\1") Q_A "\xc0\x0c\0\1\0\3\0\0\0\74\0\4\xc0\0\2\1"), SW_DNS_A,
	  SW_DNS_NODATA, 0, 0, "a.test" },
	{ P(HEAD("\x80", "\0") Q_A), SW_DNS_A, SW_DNS_NODATA, 0, 0, "a.test" },
	{ P(HEAD("\x83", "\0") Q_A), SW_DNS_A, SW_DNS_NXDOMAIN, 3, 0, "a.test" },
	{ P(HEAD("\x82", "\0") Q_A), SW_DNS_A, SW_DNS_SERVFAIL, 2, 0, "a.test" },
	{ P(HEAD("\x85", "\0") Q_A), SW_DNS_A, SW_DNS_REFUSED, 5, 0, "a.test" },
	{ P(HEAD("\x81", "\0") Q_A), SW_DNS_A, SW_DNS_REFUSED, 1, 0, "a.test" },
	/* a chain, in the wrong order, with its target compressed */
	{ P(HEAD("\x80", "\2") Q_A RR("\1b\4test\0", "\1", "\4") "\xc0\0\2\1" RR("\xc0\x0c", "\5",
									       "\4") "\1b\xc0\x0e"),
	  SW_DNS_A, SW_DNS_OK, 0, 1, "b.test" },
	{ P(HEAD("\x83", "\1") Q_A RR("\xc0\x0c", "\5", "\4") "\1b\xc0\x0e"), SW_DNS_A,
	  SW_DNS_NXDOMAIN, 3, 0, "b.test" },
	/* the alias itself was asked for */
	{ P(HEAD("\x80", "\1") "\5\0\1" RR("\xc0\x0c", "\5", "\4") "\1b\xc0\x0e"), SW_DNS_CNAME,
	  SW_DNS_OK, 0, 1, "a.test" },
	/* leads to itself */
	{ P(HEAD("\x80", "\1") Q_A RR("\xc0\x0c", "\5", "\2") "\xc0\x0c"), SW_DNS_A, SW_DNS_FAILED,
	  0, 0, "a.test" },
	{ P(HEAD("\x80", "\1") Q_MX RR("\xc0\x0c", "\17", "\4") "\0\12\xc0\x0c"), SW_DNS_MX,
	  SW_DNS_OK, 0, 1, "a.test" },
	/* records for DANE without data, cut short, of nothing, beside a good one: records */
	{ P(HEAD("\x80", "\1") Q_TLSA RR("\xc0\x0c", "\64", "\3") "\3\1\1"), SW_DNS_TLSA,
	  SW_DNS_OK, 0, 1, "a.test" },
	{ P(HEAD("\x80", "\1") Q_TLSA RR("\xc0\x0c", "\64", "\2") "\3\1"), SW_DNS_TLSA,
	  SW_DNS_OK, 0, 1, "a.test" },
	{ P(HEAD("\x80", "\1") Q_TLSA RR("\xc0\x0c", "\64", "\0")), SW_DNS_TLSA, SW_DNS_OK, 0, 1,
	  "a.test" },
	{ P(HEAD("\x80", "\2") Q_TLSA RR("\xc0\x0c", "\64", "\3") "\3\1\1" RR("\xc0\x0c", "\64",
										  "\4") "\3\1\1x"),
	  SW_DNS_TLSA, SW_DNS_OK, 0, 2, "a.test" },
	/* an address of three octets, a name that points to itself, counts without records */
	{ P(HEAD("\x80", "\1") Q_A RR("\xc0\x0c", "\1", "\3") "\xc0\0\2"), SW_DNS_A, SW_DNS_FAILED,
	  0, 0, "a.test" },
	{ P(HEAD("\x80", "\1") Q_A RR("\xc0\x18", "\1", "\4") "\xc0\0\2\1"), SW_DNS_A, SW_DNS_FAILED,
	  0, 0, "a.test" },
	{ P(HEAD("\x80", "\xff") Q_A), SW_DNS_A, SW_DNS_FAILED, 0, 0, "a.test" },
	{ P(""), SW_DNS_A, SW_DNS_FAILED, 0, 0, "a.test" },
	{ P("\x12\x34\x81"), SW_DNS_A, SW_DNS_FAILED, 0, 0, "a.test" },
};

static struct sw_dns_answer *read_exact(const uint8_t *packet, size_t len, enum sw_dns_type type)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct sw_dns_answer *a = sw_dns_answer_new("a.test", type);
	struct sw_ldns_lib lib;

	assert_non_null(exact);
	assert_ok(sw_ldns_load(&lib, NULL));
	memcpy(exact, packet, len);
	assert_ok(sw_dns_packet_read(&lib, exact, len, a));
	free(exact);
	return a;
}

static void reads_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct sw_dns_answer *a = read_exact(cases[i].packet, cases[i].len, cases[i].type);
		if (a->status != cases[i].status)
			print_error("# %s\n", sw_dns_status_name(a->status));
		assert_row(i, a->status == cases[i].status);
		assert_row(i, a->rcode == cases[i].rcode);
		assert_row(i, a->count == cases[i].count);
		assert_string_equal(a->canonical, cases[i].canonical);
		assert_row(i, (a->why_failed != NULL) == (a->status == SW_DNS_FAILED));
		sw_dns_answer_free(a);
	}
}

static void stands_cut_and_changed_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		for (size_t len = 0; len < cases[i].len; len++)
			sw_dns_answer_free(read_exact(cases[i].packet, len, cases[i].type));
		uint8_t changed[256];
		assert_true(cases[i].len <= sizeof(changed));
		for (size_t bit = 0; bit < cases[i].len * 8; bit++) {
			memcpy(changed, cases[i].packet, cases[i].len);
			changed[bit / 8] ^= (uint8_t)(1 << (bit % 8));
			struct sw_dns_answer *a = read_exact(changed, cases[i].len, cases[i].type);
			assert_row(i, (a->status == SW_DNS_OK) == (a->count > 0));
			sw_dns_answer_free(a);
		}
	}
	assert_int_equal(sw_mem_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_answers),
		cmocka_unit_test(stands_cut_and_changed_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
