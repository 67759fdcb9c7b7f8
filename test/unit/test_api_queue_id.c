/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "api/queue_id.h"

static void finds_the_id_in_what_servers_say(void **state)
{
	static const struct {
		const char *text, *id;
	} rows[] = {
		{ "Ok: queued as 4XyZ1234567", "4XyZ1234567" },
		{ "2.0.0 Ok: queued as 4ABC123.", "4ABC123" },
		{ "OK id=1rABcd-000123-Xy", "1rABcd-000123-Xy" },
		{ "<a1b2@host.test> [InternalId=1234567890, Hostname=X.test] 9999 bytes in "
		  "0.1, 10 KB/sec "
		  "Queued mail for delivery",
		  "a1b2@host.test" },
		{ "4A5BcD67001234 Message accepted for delivery", "4A5BcD67001234" },
		{ "1a2b3c4d Message accepted for delivery", "1a2b3c4d" },
		{ "ok 1700000000 qp 12345", "12345" },
		{ "OK  1700000000 x12-20020a05600c1c0c00b003fe - gsmtp",
		  "x12-20020a05600c1c0c00b003fe" },
		{ "Message queued as <abc123@sandbox.test>", "abc123@sandbox.test" },
		{ "Ok 0102018c1234abcd-00000000-1111-2222-3333-444455556666-000000", "" },
		{ "Queued with id 77-abc", "77-abc" },
		{ "Mail queued for delivery (id: 12AB34)", "12AB34" },
		{ "Requested mail action okay, completed: id=0MbQ1r-1abc", "0MbQ1r-1abc" },
		{ "Ok", "" },
		{ "", "" },
		{ "Message accepted for delivery", "" },
		{ "queued as spam", "" },
		{ "queued as ", "" },
		{ "id=\xff\xfe", "" },
		{ "] queued mail for delivery", "" },
		{ "[[[ queued mail for delivery", "" },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_slice id = sw_queue_id_find(sw_slice_str(rows[i].text));
		if (!sw_slice_eq(id, sw_slice_str(rows[i].id)))
			print_error("# row %zu: \"%.*s\"\n", i, SW_FMT(id));
		assert_row(i, sw_slice_eq(id, sw_slice_str(rows[i].id)));
	}
}

static void never_takes_what_could_act(void **state)
{
	static char text[4096];
	(void)state;
	memset(text, '1', sizeof(text));
	memcpy(text, "queued as ", 10);
	assert_int_equal(sw_queue_id_find(sw_slice(text, sizeof(text))).len, 0);
	struct sw_slice id = sw_queue_id_find(SW_S("queued as 12\x1b[31m"));
	assert_int_equal(sw_slice_has_control(id), false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_id_in_what_servers_say),
		cmocka_unit_test(never_takes_what_could_act),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
