/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "net/addr.h"

static void literals_are_parsed_and_printed(void **state)
{
	static const struct {
		const char *in;
		const char *ip;		/* NULL: refused */
		const char *text;
	} rows[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.1:25" },
		{ "2001:db8::1", "2001:db8::1", "[2001:db8::1]:25" },
		{ "[2001:DB8:0::1]", "2001:db8::1", "[2001:db8::1]:25" },
		{ "::", "::", "[::]:25" },
		{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:25" },
		{ "fe80::1%lo", "fe80::1%lo", "[fe80::1%lo]:25" },
		{ "[fe80::1%1]", "fe80::1%lo", "[fe80::1%lo]:25" },
		{ "fe80::1%4000000000", "fe80::1%4000000000", "[fe80::1%4000000000]:25" },
		{ "", NULL, NULL },
		{ "[]", NULL, NULL },
		{ "[192.0.2.1]", NULL, NULL },	/* RFC 5321 writes it so, URLs do not */
		{ "192.0.2", NULL, NULL },
		{ "192.0.2.256", NULL, NULL },
		{ "192.0.2.01", NULL, NULL },
		{ "0x7f.1", NULL, NULL },
		{ "127.1", NULL, NULL },
		{ "192.0.2.1%lo", NULL, NULL },
		{ "fe80::1%", NULL, NULL },
		{ "fe80::1%nosuchinterface0", NULL, NULL },
		{ "fe80::1%5000000000", NULL, NULL },
		{ "%lo", NULL, NULL },
		{ "2001:db8::1::", NULL, NULL },
		{ "[2001:db8::1", NULL, NULL },
		{ "mx.example.org", NULL, NULL },
		{ " 192.0.2.1", NULL, NULL },
		{ "192.0.2.1\n", NULL, NULL },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL, NULL },
	};
	char out[SW_ADDR_TEXT];
	struct sw_addr a;

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		bool good = sw_addr_parse(sw_slice_str(rows[i].in), 25, &a);

		assert_row(i, good == (rows[i].ip != NULL));
		if (!good)
			continue;
		assert_string_equal(sw_addr_ip(&a, out), rows[i].ip);
		assert_string_equal(sw_addr_text(&a, out), rows[i].text);
		assert_int_equal(sw_addr_port(&a), 25);
		sw_addr_set_port(&a, 65535);
		assert_int_equal(sw_addr_port(&a), 65535);
	}
	assert_false(sw_addr_parse(SW_S("192.0.2.1\0"), 25, &a));
	assert_false(sw_addr_parse(SW_S("fe80::1%lo\0"), 25, &a));
	assert_false(sw_addr_parse((struct sw_slice){ NULL, 0 }, 25, &a));
}

static void addresses_know_where_they_belong(void **state)
{
	static const struct {
		const char *in;
		bool loopback, private;
	} rows[] = {
		{ "127.0.0.1", true, true },	  { "127.255.255.255", true, true },
		{ "::1", true, true },		  { "::ffff:127.0.0.1", true, true },
		{ "10.0.0.1", false, true },	  { "11.0.0.1", false, false },
		{ "172.16.0.1", false, true },	  { "172.31.255.255", false, true },
		{ "172.15.0.1", false, false },	  { "172.32.0.1", false, false },
		{ "192.168.3.4", false, true },	  { "192.169.0.1", false, false },
		{ "169.254.1.1", false, true },	  { "169.253.1.1", false, false },
		{ "100.64.0.1", false, true },	  { "100.127.255.255", false, true },
		{ "100.63.0.1", false, false },	  { "100.128.0.1", false, false },
		{ "fc00::1", false, true },	  { "fdff::1", false, true },
		{ "fe00::1", false, false },	  { "fe80::1", false, true },
		{ "febf::1", false, true },	  { "fec0::1", false, false },
		{ "2001:db8::1", false, false },  { "::ffff:10.1.2.3", false, true },
		{ "::ffff:8.8.8.8", false, false }, { "8.8.8.8", false, false },
		{ "0.0.0.0", false, false },
	};
	struct sw_addr a;

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_row(i, sw_addr_parse(sw_slice_str(rows[i].in), 0, &a));
		assert_row(i, sw_addr_is_loopback(&a) == rows[i].loopback);
		assert_row(i, sw_addr_is_private(&a) == rows[i].private);
	}
}

static void no_address_prints_as_such(void **state)
{
	struct sw_addr none = { 0 };
	struct sw_addr local = { .ss.ss_family = AF_UNIX, .len = sizeof(sa_family_t) };
	char out[SW_ADDR_TEXT];

	(void)state;
	assert_string_equal(sw_addr_ip(&none, out), "?");
	assert_string_equal(sw_addr_text(&none, out), "?");
	assert_string_equal(sw_addr_text(&local, out), "local");
	assert_false(sw_addr_is_private(&none));
	assert_int_equal(sw_addr_port(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_are_parsed_and_printed),
		cmocka_unit_test(addresses_know_where_they_belong),
		cmocka_unit_test(no_address_prints_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
