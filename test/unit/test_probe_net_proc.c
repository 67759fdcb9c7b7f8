/* SPDX-License-Identifier: MIT */
/* Texts of /proc, good and bad. */
#include "sw_test.h"

#include "probe/net_proc.h"

static void sockets_are_read_from_both_tables(void **state)
{
	struct sw_slice rest = SW_S("  sl  local_address rem_address   st tx_queue rx_queue "
				    "tr tm->when retrnsmt   uid"
				    "  timeout inode\n"
				    "   0: 0100007F:2729 0201090A:A3F2 01 00000000:00000000 "
				    "00:00000000 00000000   106"
				    "        0 1 1 0000000000000000 20 4 30 10 -1\n"
				    "   1: 00000000000000000000000001000000:0019 "
				    "0000000000000000FFFF00000201090A:A3F2 03 "
				    "00000000:00000000 00:00000000 00000000"
				    "     0        0 2\n"
				    "   2: 0100007F:0019 00000000:0000 0A 00000000\n"
				    "   3: 0100007F 00000000:0000 0A 0:0 0:0 0 0 0\n"
				    "   4: 0100007F:10000 00000000:0000 0A 0:0 0:0 0 0 0\n"
				    "   5: 0100007G:0019 00000000:0000 0A 0:0 0:0 0 0 0\n");
	struct sw_proc_socket s;
	char text[SW_ADDR_TEXT];

	(void)state;
	assert_true(sw_proc_next_socket(&rest, &s));
	assert_string_equal(sw_addr_text(&s.local, text), "127.0.0.1:10025");
	assert_string_equal(sw_addr_text(&s.remote, text), "10.9.1.2:41970");
	assert_int_equal(s.state, 1);
	assert_int_equal(s.uid, 106);
	assert_true(sw_proc_next_socket(&rest, &s));
	assert_string_equal(sw_addr_text(&s.local, text), "[::1]:25");
	assert_string_equal(sw_addr_text(&s.remote, text), "10.9.1.2:41970");
	/* The others are cut short, or no addresses. */
	assert_false(sw_proc_next_socket(&rest, &s));
	assert_int_equal(rest.len, 0);
}

static void a_range_has_two_ports_in_order(void **state)
{
	static const char *const bad[] = { "", "\t", "1", "1\t", "2\t1", "1\t65536", "a\tb" };
	uint16_t first, last;

	(void)state;
	assert_true(sw_proc_range(SW_S("32768\t60999\n"), &first, &last));
	assert_int_equal(first, 32768);
	assert_int_equal(last, 60999);
	for (size_t i = 0; i < SW_LEN(bad); i++)
		assert_false(sw_proc_range(sw_slice_str(bad[i]), &first, &last));
}

static void a_proxy_is_told_without_its_password(void **state)
{
	static const struct {
		const char *value, *shown;
	} rows[] = {
		{ "http://proxy.example:3128/", "proxy.example:3128" },
		{ "http://me:se@cret@proxy.example:3128", "proxy.example:3128" },
		{ "me:secret@proxy.example", "proxy.example" },
		{ "socks5://[2001:db8::1]:1080", "[2001:db8::1]:1080" },
		{ "", "" },
		{ "http://", "" },
	};

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_slice got = sw_proc_proxy(sw_slice_str(rows[i].value));

		assert_true(sw_slice_eq(got, sw_slice_str(rows[i].shown)));
	}
}

static void the_gateway_is_that_of_the_default_route(void **state)
{
	static const char routes[] =
		"Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
		"eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\n"
		"eth1\t00000000\t0101010A\t0002\t0\t0\t0\t00000000\n" /* down */
		"eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\n";
	static const char *const none[] = { "", "\n", "eth0", "eth0\t00000000\tzz\t0003",
					    "ppp0\t00000000\t00000000\t0001\t0\n" };
	char text[SW_ADDR_TEXT];
	struct sw_addr a;

	(void)state;
	assert_true(sw_proc_gateway(sw_slice_str(routes), &a));
	assert_string_equal(sw_addr_ip(&a, text), "192.168.1.1");
	for (size_t i = 0; i < SW_LEN(none); i++)
		assert_false(sw_proc_gateway(sw_slice_str(none[i]), &a));
}

static void a_neighbour_answers_or_was_asked_in_vain(void **state)
{
	static const char arp[] = "IP address       HW type     Flags       HW address        "
				  "    Mask     Device\n"
				  "192.168.1.1      0x1         0x0         00:00:00:00:00:00 "
				  "    *        eth0\n"
				  "192.168.1.9      0x1         0x2         02:00:00:00:00:09 "
				  "    *        eth0\n"
				  "192.168.1.7      0x1\n";
	static const struct {
		const char *ip, *state;
	} rows[] = { { "192.168.1.1", "silent" },
		     { "192.168.1.9", "answers" },
		     { "192.168.1.7", "" },
		     { "192.168.1.8", "" } };
	struct sw_addr a;

	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		assert_true(sw_addr_parse(sw_slice_str(rows[i].ip), 0, &a));
		assert_string_equal(sw_proc_neighbour(sw_slice_str(arp), &a), rows[i].state);
	}
	assert_string_equal(sw_proc_neighbour(SW_S(""), &a), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sockets_are_read_from_both_tables),
		cmocka_unit_test(a_range_has_two_ports_in_order),
		cmocka_unit_test(a_proxy_is_told_without_its_password),
		cmocka_unit_test(the_gateway_is_that_of_the_default_route),
		cmocka_unit_test(a_neighbour_answers_or_was_asked_in_vain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
