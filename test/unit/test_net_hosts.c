/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "net/hosts.h"

static const char file[] = "# the usual\n"
			   "127.0.0.1\tlocalhost\n"
			   "::1 localhost ip6-localhost ip6-loopback\n"
			   "192.0.2.1   mail.example.test mail  # the old one\r\n"
			   "  2001:db8::1 MAIL.example.test.\n"
			   "not-an-address mail.example.test\n"
			   "192.0.2.300 mail.example.test\n"
			   "192.0.2.9\n"
			   "192.0.2.8 #mail\n"
			   "\n"
			   "192.0.2.2 mail.example.test";

static const struct {
	const char *name;
	const char *found; /* addresses, blanks between */
} cases[] = {
	{ "localhost", "127.0.0.1 ::1" },
	{ "mail", "192.0.2.1" },
	{ "mail.example.test", "192.0.2.1 2001:db8::1 192.0.2.2" },
	{ "Mail.Example.TEST.", "192.0.2.1 2001:db8::1 192.0.2.2" },
	{ "example.test", "" },
	{ "mail.example", "" },
	{ "the", "" },
	{ "192.0.2.1", "" },
	{ "", "" },
};

static void finds_every_line_of_a_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 1000 };
		struct sw_addr addrs[8];
		size_t count = sw_hosts_find(sw_slice_str(file), sw_slice_str(cases[i].name), addrs,
					     0, SW_LEN(addrs));
		for (size_t k = 0; k < count; k++) {
			char ip[SW_ADDR_TEXT];
			assert_ok(sw_buf_printf(&text, "%s%s", k ? " " : "",
						sw_addr_ip(&addrs[k], ip)));
		}
		assert_string_equal(sw_buf_str(&text), cases[i].found);
	}
}

static void stops_when_the_room_is_full(void **state)
{
	struct sw_addr addrs[2];

	(void)state;
	assert_int_equal(sw_hosts_find(sw_slice_str(file), SW_S("mail.example.test"), addrs, 0, 2),
			 2);
	assert_int_equal(sw_hosts_find(sw_slice_str(file), SW_S("mail.example.test"), addrs, 1, 2),
			 2);
	assert_int_equal(sw_hosts_find(sw_slice_str(file), SW_S("mail.example.test"), addrs, 2, 2),
			 2);
}

static void stands_bytes_of_all_kinds(void **state)
{
	static const char bytes[] = "\0\0 \xff\x1b\n127.0.0.1\0 x\n127.0.0.1 a\0b\n\r\r\n#\n# #\n127.0.0.1\vx";
	struct sw_addr addrs[2];

	(void)state;
	for (size_t len = 0; len < sizeof(bytes); len++) {
		char *exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, bytes, len);
		assert_int_equal(
			sw_hosts_find(sw_slice(exact, len), SW_S("x"), addrs, 0, SW_LEN(addrs)), 0);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_every_line_of_a_name),
		cmocka_unit_test(stops_when_the_room_is_full),
		cmocka_unit_test(stands_bytes_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
