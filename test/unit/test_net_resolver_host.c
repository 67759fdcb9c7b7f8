/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <unistd.h>

#include "net/resolver.h"

#define MS UINT64_C(1000)

static const char script[] = "both.test A 192.0.2.1\n"
			     "both.test A 192.0.2.2\n"
			     "both.test AAAA 2001:db8::1\n"
			     "four.test A 192.0.2.4\n"
			     "six.test AAAA 2001:db8::6\n"
			     "noaddr.test TXT x\n"
			     "latesix.test A 192.0.2.5\n"
			     "latesix.test AAAA 2001:db8::5\n"
			     "latesix.test AAAA ~400\n"
			     "soonsix.test A 192.0.2.6\n"
			     "soonsix.test AAAA 2001:db8::7\n"
			     "soonsix.test AAAA ~15\n"
			     "latefour.test A 192.0.2.7\n"
			     "latefour.test A ~120\n"
			     "latefour.test AAAA 2001:db8::8\n"
			     "deadsix.test A 192.0.2.8\n"
			     "deadsix.test AAAA !timeout\n"
			     "badsix.test A 192.0.2.9\n"
			     "badsix.test AAAA !servfail\n"
			     "timeout.test A !timeout\n"
			     "timeout.test AAAA !servfail\n"
			     "servfail.test A !servfail\n"
			     "bogus.test A !servfail\n"
			     "bogus.test AAAA !bogus\n"
			     "refused.test A !nxdomain\n"
			     "refused.test AAAA !refused\n"
			     "failed.test A !timeout\n"
			     "failed.test AAAA !failed\n";

struct heard {
	struct sw_loop *loop;
	int calls;
	size_t answers;
	enum sw_dns_status worst;
	uint64_t at_us;
	char addrs[512], source[64];
};

static void hear(void *arg, const struct sw_addr *addrs, size_t count,
		 const struct sw_dns_answer *const *answers, size_t answer_count,
		 enum sw_dns_status worst)
{
	struct heard *h = arg;
	size_t used = 0;

	h->calls++;
	h->answers = answer_count;
	h->worst = worst;
	h->at_us = sw_loop_now(h->loop);
	h->addrs[0] = h->source[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		char ip[SW_ADDR_TEXT];
		assert_int_equal(sw_addr_port(&addrs[i]), 587);
		used += (size_t)snprintf(h->addrs + used, sizeof(h->addrs) - used, "%s%s",
					 i ? " " : "", sw_addr_ip(&addrs[i], ip));
	}
	for (size_t i = 0; i < answer_count; i++)
		snprintf(h->source, sizeof(h->source), "%s", answers[i]->source);
	sw_loop_stop(h->loop);
}

static const struct {
	const char *host;
	enum sw_families families;
	const char *addrs;
	unsigned answers;
	enum sw_dns_status worst;
} cases[] = {
	{ "192.0.2.9", SW_FAMILY_ANY, "192.0.2.9", 0, SW_DNS_OK },
	{ "[2001:db8::9]", SW_FAMILY_ANY, "2001:db8::9", 0, SW_DNS_OK },
	{ "2001:db8::9", SW_FAMILY_V6, "2001:db8::9", 0, SW_DNS_OK },
	{ "192.0.2.9", SW_FAMILY_V6, "", 0, SW_DNS_NODATA },
	{ "localhost", SW_FAMILY_ANY, "::1 127.0.0.1", 0, SW_DNS_OK },
	{ "LocalHost.", SW_FAMILY_V4, "127.0.0.1", 0, SW_DNS_OK },
	{ "mail.localhost", SW_FAMILY_V6, "::1", 0, SW_DNS_OK },
	{ "notlocalhost", SW_FAMILY_ANY, "", 2, SW_DNS_NXDOMAIN },
	{ "both.test", SW_FAMILY_ANY, "2001:db8::1 192.0.2.1 192.0.2.2", 2, SW_DNS_OK },
	{ "both.test", SW_FAMILY_V4, "192.0.2.1 192.0.2.2", 1, SW_DNS_OK },
	{ "both.test", SW_FAMILY_V6, "2001:db8::1", 1, SW_DNS_OK },
	{ "four.test", SW_FAMILY_ANY, "192.0.2.4", 2, SW_DNS_OK },
	{ "four.test", SW_FAMILY_V6, "", 1, SW_DNS_NODATA },
	{ "six.test", SW_FAMILY_ANY, "2001:db8::6", 2, SW_DNS_OK },
	{ "noaddr.test", SW_FAMILY_ANY, "", 2, SW_DNS_NODATA },
	{ "nothing.test", SW_FAMILY_ANY, "", 2, SW_DNS_NXDOMAIN },
	{ "badsix.test", SW_FAMILY_ANY, "192.0.2.9", 2, SW_DNS_OK },
	{ "soonsix.test", SW_FAMILY_ANY, "2001:db8::7 192.0.2.6", 2, SW_DNS_OK },
	{ "latesix.test", SW_FAMILY_ANY, "192.0.2.5", 1, SW_DNS_OK },
	{ "deadsix.test", SW_FAMILY_ANY, "192.0.2.8", 1, SW_DNS_OK },
	{ "latefour.test", SW_FAMILY_ANY, "2001:db8::8 192.0.2.7", 2, SW_DNS_OK },
	{ "timeout.test", SW_FAMILY_ANY, "", 2, SW_DNS_TIMEOUT },
	{ "servfail.test", SW_FAMILY_ANY, "", 2, SW_DNS_SERVFAIL },
	{ "bogus.test", SW_FAMILY_ANY, "", 2, SW_DNS_BOGUS },
	{ "refused.test", SW_FAMILY_ANY, "", 2, SW_DNS_REFUSED },
	{ "failed.test", SW_FAMILY_ANY, "", 2, SW_DNS_FAILED },
};

static struct heard look_up(struct sw_loop *loop, struct sw_resolver *r, const char *host,
			    enum sw_families families, uint64_t wait_us)
{
	struct heard h = { .loop = loop };
	struct sw_error err;

	if (!sw_resolve_host(r, host, 587, families, sw_loop_now(loop) + wait_us, hear, &h, &err))
		fail_msg("%s: %s", host, err.text);
	assert_int_equal(h.calls, 0);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(h.calls, 1);
	return h;
}

static void finds_the_addresses_or_the_best_reason(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);

	(void)state;
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		/* rows with a time-out wait this long, the others must not */
		struct heard h = look_up(loop, r, cases[i].host, cases[i].families, 180 * MS);
		if (strcmp(h.addrs, cases[i].addrs) != 0)
			print_error("# %s: %s\n", cases[i].host, h.addrs);
		assert_string_equal(h.addrs, cases[i].addrs);
		assert_row(i, h.answers == cases[i].answers);
		assert_row(i, h.worst == cases[i].worst);
	}
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

/* RFC 8305 3. */
static void waits_only_a_moment_for_aaaa(void **state)
{
	static const char *const hosts[] = { "latesix.test", "deadsix.test" };
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);

	(void)state;
	for (size_t i = 0; i < SW_LEN(hosts); i++) {
		uint64_t began = sw_loop_now(loop);
		struct heard h = look_up(loop, r, hosts[i], SW_FAMILY_ANY, 5000 * MS);
		assert_in_range(h.at_us - began, 50 * MS, 350 * MS);
	}
	sw_resolver_free(r);
	sw_loop_free(loop);
}

static void interleaves_so_that_no_family_is_pushed_out(void **state)
{
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 65536 };
	struct sw_loop *loop = sw_loop_new(NULL);

	(void)state;
	for (int i = 1; i < 60; i++)
		assert_ok(sw_buf_printf(&text, "many.test AAAA 2001:db8::%x\n", i));
	assert_ok(sw_buf_add_str(&text, "many.test A 192.0.2.1\n"));
	struct sw_resolver *r = sw_resolver_script(loop, sw_buf_slice(&text), NULL);
	struct heard h = look_up(loop, r, "many.test", SW_FAMILY_ANY, 100 * MS);
	assert_int_equal(strncmp(h.addrs, "2001:db8::1 192.0.2.1 2001:db8::2 ", 34), 0);
	size_t count = 1;
	for (const char *c = h.addrs; *c; c++)
		count += *c == ' ';
	assert_int_equal(count, SW_MAX_DIAL_ADDRESSES);
	sw_resolver_free(r);
	sw_loop_free(loop);
}

static void the_hosts_file_comes_first(void **state)
{
	static const char file[] = "198.51.100.1 both.test other\n2001:db8::99 other\n";
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);
	char path[] = "/tmp/sw-hosts-XXXXXX";
	struct sw_error err;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, file, sizeof(file) - 1), sizeof(file) - 1);
	close(fd);
	assert_err(sw_resolver_set_hosts(r, "/nonexistent/hosts", &err), SW_E_NOINPUT);
	assert_ok(sw_resolver_set_hosts(r, path, &err));
	struct heard h = look_up(loop, r, "Both.test", SW_FAMILY_ANY, 100 * MS);
	assert_string_equal(h.addrs, "198.51.100.1");
	assert_string_equal(h.source, path);
	assert_int_equal(h.answers, 1);
	h = look_up(loop, r, "other", SW_FAMILY_ANY, 100 * MS);
	assert_string_equal(h.addrs, "198.51.100.1 2001:db8::99");
	/* the file has no IPv6 address for it: then the DNS has the word */
	h = look_up(loop, r, "both.test", SW_FAMILY_V6, 100 * MS);
	assert_string_equal(h.addrs, "2001:db8::1");
	/* gone later: as if it were empty */
	unlink(path);
	h = look_up(loop, r, "both.test", SW_FAMILY_V4, 100 * MS);
	assert_string_equal(h.addrs, "192.0.2.1 192.0.2.2");
	assert_ok(sw_resolver_set_hosts(r, NULL, &err));
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

struct killer {
	struct sw_resolver *r;
	struct sw_loop *loop;
	int calls;
};

static void kill_resolver(void *arg, const struct sw_addr *addrs, size_t count,
			  const struct sw_dns_answer *const *answers, size_t answer_count,
			  enum sw_dns_status worst)
{
	struct killer *k = arg;

	(void)addrs;
	(void)answers;
	(void)answer_count;
	(void)worst;
	k->calls++;
	sw_resolver_free(k->r);
	assert_true(count > 0);
	sw_loop_stop(k->loop);
}

static void lookups_end_with_a_cancel_or_the_resolver(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);
	struct heard h = { .loop = loop };
	struct killer k = { .r = r, .loop = loop };

	(void)state;
	struct sw_host_lookup *a =
		sw_resolve_host(r, "latesix.test", 587, SW_FAMILY_ANY, SW_NEVER, hear, &h, NULL);
	struct sw_host_lookup *b =
		sw_resolve_host(r, "timeout.test", 587, SW_FAMILY_ANY, SW_NEVER, hear, &h, NULL);
	assert_true(a && b);
	sw_host_lookup_cancel(a);
	sw_host_lookup_cancel(NULL);
	/* one family has answered, the other is still out when the resolver goes */
	assert_non_null(sw_resolve_host(r, "latesix.test", 587, SW_FAMILY_ANY, SW_NEVER,
					kill_resolver, &k, NULL));
	assert_ok(sw_loop_run(loop));
	assert_int_equal(k.calls, 1);
	assert_int_equal(h.calls, 0);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

static void refuses_what_is_no_host(void **state)
{
	static const char *const bad[] = { "", "a b\n", "a..b", "[192.0.2", ".", "[::1" };
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(""), NULL);

	(void)state;
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		struct sw_error err = { 0 };
		struct sw_host_lookup *l = sw_resolve_host(r, bad[i], 25, SW_FAMILY_ANY, SW_NEVER,
							   hear, NULL, &err);
		if (bad[i][0] == '[') /* odd, but a label: the DNS may say that it is not there */
			sw_host_lookup_cancel(l);
		else
			assert_row(i, !l && err.code == SW_E_DATA);
	}
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

static void count_call(void *arg, const struct sw_addr *addrs, size_t count,
		       const struct sw_dns_answer *const *answers, size_t answer_count,
		       enum sw_dns_status worst)
{
	(void)addrs;
	(void)count;
	(void)answers;
	(void)answer_count;
	(void)worst;
	++*(int *)arg;
}

static void says_so_when_memory_is_out(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_resolver *r = sw_resolver_script(loop, sw_slice_str(script), NULL);

	(void)state;
	for (long n = 1;; n++) {
		struct sw_error err = { 0 };
		int calls = 0;
		sw_mem_fail_at(n);
		struct sw_host_lookup *l = sw_resolve_host(r, "both.test", 25, SW_FAMILY_ANY,
							   SW_NEVER, count_call, &calls, &err);
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		assert_int_equal(!l, hit);
		assert_int_equal(err.code, hit ? SW_E_NOMEM : SW_OK);
		assert_ok(sw_loop_run(loop));
		assert_int_equal(calls, l ? 1 : 0);
		if (!hit)
			break;
	}
	sw_resolver_free(r);
	sw_loop_free(loop);
	assert_int_equal(sw_mem_live(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_addresses_or_the_best_reason),
		cmocka_unit_test(waits_only_a_moment_for_aaaa),
		cmocka_unit_test(interleaves_so_that_no_family_is_pushed_out),
		cmocka_unit_test(the_hosts_file_comes_first),
		cmocka_unit_test(lookups_end_with_a_cancel_or_the_resolver),
		cmocka_unit_test(refuses_what_is_no_host),
		cmocka_unit_test(says_so_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
