/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include "dns_server.h"
#include "net/ask.h"
#include "net/nameservers.h"

#define MS UINT64_C(1000)

struct heard {
	struct sw_loop *loop;
	int calls;
	struct sw_ask_account account; /* its pointers are gone */
	enum sw_dns_status status;
	int rcode;
	size_t count;
};

static void hear(void *arg, struct sw_ask *q, const struct sw_ask_account *a)
{
	struct heard *h = arg;

	h->calls++;
	h->account = *a;
	h->status = a->answer->status;
	h->rcode = a->answer->rcode;
	h->count = a->answer->count;
	sw_ask_free(q);
	sw_loop_stop(h->loop);
}

static struct heard ask(struct sw_loop *loop, const char *server, const char *name,
			enum sw_dns_type type, uint64_t wait_us)
{
	struct heard h = { .loop = loop };
	struct sw_ask_wish wish = { .name = name, .type = type, .flags = SW_ASK_RECURSE };

	assert_true(sw_nameserver_parse(sw_slice_str(server), &wish.server));
	wish.deadline_us = sw_loop_now(loop) + wait_us;
	assert_non_null(sw_ask_start(loop, &wish, hear, &h, NULL));
	assert_int_equal(h.calls, 0);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(h.calls, 1);
	return h;
}

static const struct {
	const char *name;
	enum sw_dns_type type;
	unsigned wait_ms;
	enum sw_ask_end end;
	enum sw_dns_status status;
	int rcode;
	size_t count;
	bool truncated;
} cases[] = {
	{ "a.test", SW_DNS_A, 5000, SW_ASK_ANSWERED, SW_DNS_OK, 0, 1, false },
	{ "A.TEST.", SW_DNS_AAAA, 5000, SW_ASK_ANSWERED, SW_DNS_OK, 0, 1, false },
	{ "mx.test", SW_DNS_MX, 5000, SW_ASK_ANSWERED, SW_DNS_OK, 0, 2, false },
	{ "nodata.test", SW_DNS_MX, 5000, SW_ASK_ANSWERED, SW_DNS_NODATA, 0, 0, false },
	{ "nx.test", SW_DNS_A, 5000, SW_ASK_ANSWERED, SW_DNS_NXDOMAIN, 3, 0, false },
	{ "servfail.test", SW_DNS_A, 5000, SW_ASK_ANSWERED, SW_DNS_SERVFAIL, 2, 0, false },
	{ "refused.test", SW_DNS_A, 5000, SW_ASK_ANSWERED, SW_DNS_REFUSED, 5, 0, false },
	{ "many.test", SW_DNS_A, 5000, SW_ASK_ANSWERED, SW_DNS_OK, 0, SW_MAX_DNS_RECORDS,
	  true },
	{ "trunc.test", SW_DNS_A, 5000, SW_ASK_NONSENSE, SW_DNS_FAILED, 0, 0, true },
	{ "silent.test", SW_DNS_A, 60, SW_ASK_SILENT, SW_DNS_TIMEOUT, 0, 0, false },
	{ "wrongid.test", SW_DNS_A, 60, SW_ASK_NONSENSE, SW_DNS_FAILED, 0, 0, false },
};

static void tells_what_one_server_says(void **state SW_UNUSED)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct dns_server server;

	dns_server_start(&server, loop);
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct heard h = ask(loop, server.address, cases[i].name, cases[i].type,
				     cases[i].wait_ms * MS);

		if (h.account.end != cases[i].end || h.status != cases[i].status ||
		    h.rcode != cases[i].rcode || h.count != cases[i].count ||
		    h.account.truncated != cases[i].truncated)
			fail_msg("%s: %s %s rcode %d, %zu records, truncated %d",
				 cases[i].name, sw_ask_end_name(h.account.end),
				 sw_dns_status_name(h.status), h.rcode, h.count,
				 h.account.truncated);
		assert_int_equal(h.account.tcp,
				 cases[i].truncated ? cases[i].end : SW_ASK_UNTRIED);
	}
	dns_server_stop(&server);
	sw_loop_free(loop);
}

static void a_port_that_is_closed_is_unreachable_at_once(void **state SW_UNUSED)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct dns_server server;

	dns_server_start(&server, loop);
	dns_server_stop(&server);
	struct heard h = ask(loop, server.address, "a.test", SW_DNS_A, 5000 * MS);
	assert_int_equal(h.account.end, SW_ASK_UNREACHABLE);
	assert_int_equal(h.account.os_errno, 111);
	assert_true(sw_test_in_time(h.account.elapsed_us, 1000 * MS));
	sw_loop_free(loop);
}

static void the_timing_out_question_is_asked_again(void **state SW_UNUSED)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct dns_server server;

	dns_server_start(&server, loop);
	struct heard h = ask(loop, server.address, "silent.test", SW_DNS_A, 900 * MS);
	assert_int_equal(h.account.end, SW_ASK_SILENT);
	assert_int_equal(server.questions, 2);
	dns_server_stop(&server);
	sw_loop_free(loop);
}

static void a_question_can_be_cancelled(void **state SW_UNUSED)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct dns_server server;
	struct heard h = { .loop = loop };
	struct sw_ask_wish wish = { .name = "a.test", .type = SW_DNS_A };

	dns_server_start(&server, loop);
	assert_true(sw_nameserver_parse(sw_slice_str(server.address), &wish.server));
	wish.deadline_us = sw_loop_now(loop) + 1000 * MS;
	sw_ask_free(sw_ask_start(loop, &wish, hear, &h, NULL));
	assert_ok(sw_loop_poll(loop));
	assert_int_equal(h.calls, 0);
	dns_server_stop(&server);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

static void names_that_cannot_be_asked_are_an_error(void **state SW_UNUSED)
{
	static const char *const bad[] = { "", ".", "a..b", "a\nb.test" };
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_ask_wish wish = { .type = SW_DNS_A };

	for (size_t i = 0; i < SW_LEN(bad); i++) {
		struct sw_error err = { 0 };

		wish.name = bad[i];
		assert_null(sw_ask_start(loop, &wish, hear, NULL, &err));
		assert_int_equal(err.code, SW_E_DATA);
	}
	sw_loop_free(loop);
}

static void memory_may_run_out(void **state SW_UNUSED)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct dns_server server;
	struct heard h = { .loop = loop };
	struct sw_ask_wish wish = { .name = "a.test", .type = SW_DNS_A };

	dns_server_start(&server, loop);
	assert_true(sw_nameserver_parse(sw_slice_str(server.address), &wish.server));
	wish.deadline_us = sw_loop_now(loop) + 1000 * MS;
	for (long n = 1;; n++) {
		sw_mem_fail_at(n);
		struct sw_ask *q = sw_ask_start(loop, &wish, hear, &h, NULL);
		bool failed = sw_mem_failed();

		sw_mem_fail_at(0);
		assert_true(failed == (q == NULL));
		sw_ask_free(q);
		if (!failed)
			break;
	}
	dns_server_stop(&server);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

/* What a server of the zone above says: mail.sub.test is below a cut, with two name servers,
 * one of which has its address with it. */
static const uint8_t referral[] = "\x12\x34\x80\x00\0\1\0\0\0\2\0\1"
				  "\4mail\3sub\4test\0\0\1\0\1"
				  "\xc0\x11\0\2\0\1\0\0\0\x3c\0\5\2n1\xc0\x11"
				  "\xc0\x11\0\2\0\1\0\0\0\x3c\0\x0b\2n2\5other\xc0\x15"
				  "\xc0\x2b\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\3";

static void a_referral_names_the_servers_below(void **state SW_UNUSED)
{
	struct sw_dns_answer *answer = sw_dns_answer_new("mail.sub.test", SW_DNS_A);
	struct sw_ask_account a = { 0 };
	char ip[SW_ADDR_TEXT];

	assert_ok(sw_ask_packet_read(referral, sizeof(referral) - 1, answer, &a));
	assert_int_equal(a.end, SW_ASK_ANSWERED);
	assert_false(a.authoritative);
	assert_string_equal(a.cut, "sub.test");
	assert_int_equal(a.server_count, 2);
	assert_string_equal(a.servers[0].name, "n1.sub.test");
	assert_int_equal(a.servers[0].addr_count, 1);
	assert_string_equal(sw_addr_ip(&a.servers[0].addrs[0], ip), "127.0.0.3");
	assert_string_equal(a.servers[1].name, "n2.other.test");
	assert_int_equal(a.servers[1].addr_count, 0);
	sw_dns_answer_free(answer);
}

static const uint8_t bogus[] = "\x12\x34\x81\x82\0\1\0\0\0\0\0\1"
			       "\4test\0\0\1\0\1"
			       "\0\0\x29\x04\xd0\0\0\0\0\0\x0e\0\x0f\0\x0a\0\x07"
			       "expired!";

static void the_extended_error_is_read(void **state SW_UNUSED)
{
	struct sw_dns_answer *answer = sw_dns_answer_new("test", SW_DNS_A);
	struct sw_ask_account a = { 0 };

	assert_ok(sw_ask_packet_read(bogus, sizeof(bogus) - 1, answer, &a));
	assert_int_equal(a.end, SW_ASK_ANSWERED);
	assert_int_equal(answer->status, SW_DNS_SERVFAIL);
	assert_int_equal(a.extended_error, 7);
	sw_dns_answer_free(answer);
}

static void an_answer_must_fit_its_question(void **state SW_UNUSED)
{
	struct sw_ask_wish wish = { .name = "mail.sub.test", .type = SW_DNS_A };
	uint8_t question[SW_ASK_QUESTION], packet[sizeof(referral)];
	size_t len = sw_ask_packet_write(&wish, 0x1234, true, question);

	memcpy(packet, referral, sizeof(referral));
	assert_true(sw_ask_packet_fits(question, len, packet, sizeof(referral) - 1));
	packet[1] ^= 1; /* another id */
	assert_false(sw_ask_packet_fits(question, len, packet, sizeof(referral) - 1));
	packet[1] ^= 1;
	packet[13] ^= 1; /* another name */
	assert_false(sw_ask_packet_fits(question, len, packet, sizeof(referral) - 1));
	packet[13] ^= 1;
	packet[2] = 0; /* a question */
	assert_false(sw_ask_packet_fits(question, len, packet, sizeof(referral) - 1));
	/* No question in it: only errors may do that. */
	assert_false(sw_ask_packet_fits(
		question, len, (const uint8_t *)"\x12\x34\x80\0\0\0\0\0\0\0\0\0", 12));
	assert_true(sw_ask_packet_fits(question, len,
				       (const uint8_t *)"\x12\x34\x80\1\0\0\0\0\0\0\0\0", 12));
	assert_false(sw_ask_packet_fits(question, len, packet, 11));
}

static void resolv_conf_names_the_servers(void **state SW_UNUSED)
{
	struct sw_addr servers[SW_MAX_NAMESERVERS];
	char ip[SW_ADDR_TEXT];
	size_t named;

	assert_int_equal(
		sw_nameservers_read(SW_S("# nameserver 192.0.2.9\nsearch a.test\n"
					 "nameserver 192.0.2.1 # one\nnameserver x\n"
					 " nameserver\t2001:db8::1\nnameserverz 1.2.3.4\n"
					 "nameserver 192.0.2.3\nnameserver 192.0.2.4\n"),
				    servers, &named),
		3);
	assert_int_equal(named, 3);
	assert_string_equal(sw_nameserver_text(&servers[1], ip), "2001:db8::1");
	assert_string_equal(sw_nameserver_text(&servers[2], ip), "192.0.2.3");
	assert_int_equal(sw_nameservers_read(SW_S("search a.test\n"), servers, &named), 1);
	assert_int_equal(named, 0);
	assert_string_equal(sw_nameserver_text(&servers[0], ip), "127.0.0.1");
	assert_true(sw_nameserver_parse(SW_S("192.0.2.1:5353"), &servers[0]));
	assert_string_equal(sw_nameserver_text(&servers[0], ip), "192.0.2.1:5353");
	assert_false(sw_nameserver_parse(SW_S("2001:db8::1:x"), &servers[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_one_server_says),
		cmocka_unit_test(a_port_that_is_closed_is_unreachable_at_once),
		cmocka_unit_test(the_timing_out_question_is_asked_again),
		cmocka_unit_test(a_question_can_be_cancelled),
		cmocka_unit_test(names_that_cannot_be_asked_are_an_error),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(a_referral_names_the_servers_below),
		cmocka_unit_test(the_extended_error_is_read),
		cmocka_unit_test(an_answer_must_fit_its_question),
		cmocka_unit_test(resolv_conf_names_the_servers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
