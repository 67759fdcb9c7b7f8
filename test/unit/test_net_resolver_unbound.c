/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns_server.h"
#include "net/resolver_internal.h"

#define MS UINT64_C(1000)

struct fixture {
	struct sw_loop *loop;
	struct dns_server server;
	struct sw_resolver *resolver;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->loop = sw_loop_new(NULL);
	dns_server_start(&f->server, f->loop);
	f->resolver = sw_resolver_server(f->loop, f->server.address, NULL);
	*state = f;
	return f->resolver ? 0 : -1;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	sw_resolver_free(f->resolver);
	dns_server_stop(&f->server);
	sw_loop_free(f->loop);
	free(f);
	return sw_mem_live() == 0 ? 0 : -1;
}

/* What came of a question, copied. */
struct heard {
	struct sw_loop *loop;
	int calls;
	enum sw_dns_status status;
	int rcode;
	size_t count;
	bool cut;
	uint64_t elapsed_us;
	char why[512], canonical[256], source[128], first[64];
};

static void hear(void *arg, const struct sw_dns_answer *a)
{
	struct heard *h = arg;
	SW_CLEANUP(sw_buf_fini) struct sw_buf text = { .max = 4096 };

	h->calls++;
	h->status = a->status;
	h->rcode = a->rcode;
	h->count = a->count;
	h->cut = a->cut;
	h->elapsed_us = a->elapsed_us;
	snprintf(h->why, sizeof(h->why), "%s%s", a->why_failed ? a->why_failed : "",
		 a->why_bogus ? a->why_bogus : "");
	snprintf(h->canonical, sizeof(h->canonical), "%s", a->canonical);
	snprintf(h->source, sizeof(h->source), "%s", a->source);
	if (a->count > 0) {
		assert_ok(sw_dns_record_text(&a->records[0], &text));
		snprintf(h->first, sizeof(h->first), "%s", sw_buf_str(&text));
	}
	sw_loop_stop(h->loop);
}

static struct heard ask(struct sw_loop *loop, struct sw_resolver *r, const char *name,
			enum sw_dns_type type, uint64_t wait_us)
{
	struct heard h = { .loop = loop };
	struct sw_error err;
	struct sw_query *q = sw_resolver_ask(r, name, type, sw_loop_now(loop) + wait_us, hear, &h,
					     &err);

	if (!q)
		fail_msg("%s: %s", name, err.text);
	assert_int_equal(h.calls, 0);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(h.calls, 1);
	return h;
}

static const struct {
	const char *name;
	enum sw_dns_type type;
	unsigned wait_ms;
	enum sw_dns_status status;
	int rcode;
	size_t count;
	const char *canonical;
	const char *first;	/* NULL: any */
	const char *why;	/* words of it */
} cases[] = {
	{ "a.test", SW_DNS_A, 5000, SW_DNS_OK, 0, 1, "a.test", "192.0.2.1", "" },
	{ "A.Test.", SW_DNS_A, 5000, SW_DNS_OK, 0, 1, "A.Test.", "192.0.2.1", "" },
	{ "a.test", SW_DNS_AAAA, 5000, SW_DNS_OK, 0, 1, "a.test", "2001:db8::1", "" },
	{ "a.home.arpa", SW_DNS_A, 5000, SW_DNS_OK, 0, 1, "a.home.arpa", "192.0.2.1", "" },
	{ "mx.test", SW_DNS_MX, 5000, SW_DNS_OK, 0, 2, "mx.test", NULL, "" },
	{ "nodata.test", SW_DNS_MX, 5000, SW_DNS_NODATA, 0, 0, "nodata.test", "", "" },
	{ "nx.test", SW_DNS_MX, 5000, SW_DNS_NXDOMAIN, 3, 0, "nx.test", "", "" },
	{ "servfail.test", SW_DNS_A, 5000, SW_DNS_SERVFAIL, 2, 0, "servfail.test", "", "" },
	{ "refused.test", SW_DNS_A, 5000, SW_DNS_REFUSED, 5, 0, "refused.test", "", "" },
	{ "cname.test", SW_DNS_A, 5000, SW_DNS_OK, 0, 1, "a.test", "192.0.2.1", "" },
	{ "cname.test", SW_DNS_CNAME, 5000, SW_DNS_OK, 0, 1, "cname.test", "a.test", "" },
	{ "many.test", SW_DNS_A, 5000, SW_DNS_OK, 0, SW_MAX_DNS_RECORDS, "many.test", NULL, "" },
	{ "silent.test", SW_DNS_A, 60, SW_DNS_TIMEOUT, 0, 0, "silent.test", "",
	  "no answer from 127.0.0.1:" },
	{ "garbage.test", SW_DNS_A, 60, SW_DNS_TIMEOUT, 0, 0, "garbage.test", "", "no answer" },
	{ "wrongid.test", SW_DNS_A, 60, SW_DNS_TIMEOUT, 0, 0, "wrongid.test", "", "no answer" },
};

static void tells_what_the_server_says(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct heard h = ask(f->loop, f->resolver, cases[i].name, cases[i].type,
				     cases[i].wait_ms * MS);
		if (h.status != cases[i].status)
			print_error("# %s: %s %s\n", cases[i].name, sw_dns_status_name(h.status),
				    h.why);
		assert_row(i, h.status == cases[i].status);
		assert_row(i, h.rcode == cases[i].rcode);
		assert_row(i, h.count == cases[i].count);
		assert_string_equal(h.canonical, cases[i].canonical);
		if (cases[i].first)
			assert_string_equal(h.first, cases[i].first);
		assert_contains(h.why, cases[i].why);
		assert_row(i, cases[i].why[0] || !h.why[0]);
		assert_string_equal(h.source, f->server.address);
		assert_row(i, sw_test_in_time(h.elapsed_us, (cases[i].wait_ms + 500) * MS));
	}
	assert_true(f->server.questions > 0);
}

static void circles_and_long_chains_end(void **state)
{
	struct fixture *f = *state;

	struct heard h = ask(f->loop, f->resolver, "loop.test", SW_DNS_A, 3000 * MS);
	assert_int_equal(h.status, SW_DNS_SERVFAIL);
	assert_int_equal(h.count, 0);
	h = ask(f->loop, f->resolver, "long.test", SW_DNS_A, 5000 * MS);
	assert_int_equal(h.status, SW_DNS_FAILED);
	assert_contains(h.why, "too many CNAME");
	assert_int_equal(h.count, 0);
}

static void malformed_records_do_not_pass(void **state)
{
	struct fixture *f = *state;
	struct heard h = ask(f->loop, f->resolver, "broken.test", SW_DNS_A, 1500 * MS);

	assert_int_not_equal(h.status, SW_DNS_OK);
	assert_int_equal(h.count, 0);
}

static void a_long_answer_without_tcp_is_explained(void **state)
{
	struct fixture *f = *state;
	struct heard h = ask(f->loop, f->resolver, "trunc.test", SW_DNS_TXT, 8000 * MS);

	assert_int_equal(h.status, SW_DNS_FAILED);
	assert_contains(h.why, "does not come over TCP");
}

static void questions_may_be_cancelled_at_any_time(void **state)
{
	struct fixture *f = *state;
	struct heard silent = { .loop = f->loop }, other = { .loop = f->loop };
	uint64_t until = sw_loop_now(f->loop) + 5000 * MS;

	struct sw_query *q = sw_resolver_ask(f->resolver, "silent.test", SW_DNS_A, until, hear,
					     &silent, NULL);
	assert_non_null(q);
	sw_query_cancel(q);
	q = sw_resolver_ask(f->resolver, "a.test", SW_DNS_A, until, hear, &silent, NULL);
	assert_non_null(sw_resolver_ask(f->resolver, "a.test", SW_DNS_A, until, hear, &other, NULL));
	sw_query_cancel(q);
	sw_query_cancel(NULL);
	assert_ok(sw_loop_run(f->loop));
	assert_int_equal(silent.calls, 0);
	assert_int_equal(other.calls, 1);
}

static void a_resolver_may_go_with_questions_in_flight(void **state)
{
	struct fixture *f = *state;
	struct heard h = { .loop = f->loop };
	uint64_t until = sw_loop_now(f->loop) + 5000 * MS;

	assert_non_null(sw_resolver_ask(f->resolver, "silent.test", SW_DNS_A, until, hear, &h, NULL));
	assert_non_null(sw_resolver_ask(f->resolver, "a.test", SW_DNS_A, until, hear, &h, NULL));
	assert_non_null(sw_resolver_ask(f->resolver, "servfail.test", SW_DNS_A, until, hear, &h,
					NULL));
	assert_ok(sw_loop_poll(f->loop));
	sw_resolver_free(f->resolver);
	f->resolver = NULL;
	assert_ok(sw_loop_poll(f->loop));
}

struct killer {
	struct fixture *f;
	int calls;
};

static void kill_resolver(void *arg, const struct sw_dns_answer *a)
{
	struct killer *k = arg;

	assert_int_equal(a->status, SW_DNS_OK);
	k->calls++;
	sw_resolver_free(k->f->resolver);
	k->f->resolver = NULL;
	assert_string_equal(a->name, "a.test"); /* still lent */
	sw_loop_stop(k->f->loop);
}

static void a_resolver_may_go_inside_a_callback(void **state)
{
	struct fixture *f = *state;
	struct killer k = { .f = f };
	struct heard h = { .loop = f->loop };
	uint64_t until = sw_loop_now(f->loop) + 5000 * MS;

	assert_non_null(sw_resolver_ask(f->resolver, "silent.test", SW_DNS_A, until, hear, &h, NULL));
	assert_non_null(
		sw_resolver_ask(f->resolver, "a.test", SW_DNS_A, until, kill_resolver, &k, NULL));
	assert_ok(sw_loop_run(f->loop));
	assert_int_equal(k.calls, 1);
	assert_int_equal(h.calls, 0);
}

static void answers_from_the_cache_do_not_call_back_at_once(void **state)
{
	struct fixture *f = *state;

	ask(f->loop, f->resolver, "a.test", SW_DNS_A, 5000 * MS);
	unsigned before = f->server.questions;
	ask(f->loop, f->resolver, "a.test", SW_DNS_A, 5000 * MS); /* asserts calls == 0 */
	assert_int_equal(f->server.questions, before);
}

/* A port of this machine on which nobody listens. */
static void find_closed_port(char out[SW_ADDR_TEXT])
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	close(fd);
	snprintf(out, SW_ADDR_TEXT, "127.0.0.1:%u", ntohs(sin.sin_port));
}

static void a_server_that_does_not_run_is_noticed_early(void **state)
{
	struct fixture *f = *state;
	char address[SW_ADDR_TEXT];

	find_closed_port(address);
	struct sw_resolver *r = sw_resolver_server(f->loop, address, NULL);
	struct heard h = ask(f->loop, r, "a.test", SW_DNS_A, 10000 * MS);
	assert_int_equal(h.status, SW_DNS_FAILED);
	assert_contains(h.why, address);
	assert_contains(h.why, "Connection refused");
	assert_true(sw_test_in_time(h.elapsed_us, 2000 * MS));
	sw_resolver_free(r);
}

struct crowd {
	struct sw_loop *loop;
	size_t open, failed;
};

static void count_answer(void *arg, const struct sw_dns_answer *a)
{
	struct crowd *c = arg;

	c->failed += a->status == SW_DNS_FAILED;
	if (--c->open == 0)
		sw_loop_stop(c->loop);
}

/* More questions than looks that may be under way: none waits for its deadline. */
static void many_questions_notice_it_early_too(void **state)
{
	struct fixture *f = *state;
	char address[SW_ADDR_TEXT], name[32];
	struct crowd c = { .loop = f->loop };
	uint64_t begin = sw_loop_now(f->loop);

	find_closed_port(address);
	struct sw_resolver *r = sw_resolver_server(f->loop, address, NULL);

	for (; c.open < 60; c.open++) {
		(void)snprintf(name, sizeof(name), "n%zu.test", c.open);
		assert_non_null(sw_resolver_ask(r, name, SW_DNS_A, begin + 20000 * MS,
						count_answer, &c, NULL));
	}
	assert_ok(sw_loop_run(f->loop));
	assert_int_equal(c.failed, 60);
	assert_true(sw_loop_now(f->loop) - begin < 10000 * MS);
	sw_resolver_free(r);
}

static void system_servers_come_from_resolv_conf(void **state)
{
	static const struct {
		const char *text;
		const char *source;
	} files[] = {
		{ "# c\nsearch x\nnameserver 127.0.0.1\n nameserver\t127.0.0.2 # d\r\n"
		  "nameserver 127.0.0.3\nnameserver 127.0.0.4\n",
		  "127.0.0.1, 127.0.0.2, 127.0.0.3" },
		{ "nameserver ::1\nnameserver x\nnameserverx 127.0.0.9\nnameserver\n", "::1" },
		{ "", "127.0.0.1" },
		{ "options rotate", "127.0.0.1" },
	};
	struct fixture *f = *state;
	char path[] = "/tmp/sw-resolv-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	for (size_t i = 0; i < SW_LEN(files); i++) {
		assert_int_equal(ftruncate(fd, 0), 0);
		assert_int_equal(pwrite(fd, files[i].text, strlen(files[i].text), 0),
				 strlen(files[i].text));
		struct sw_resolver *r = sw_resolver_system_from(f->loop, path, NULL);
		/* what is said after the deadline names them */
		struct heard h = ask(f->loop, r, "x.test", SW_DNS_A, 1);
		assert_int_equal(h.status, SW_DNS_TIMEOUT);
		assert_string_equal(h.source, files[i].source);
		sw_resolver_free(r);
	}
	close(fd);
	unlink(path);
	struct sw_resolver *r = sw_resolver_system_from(f->loop, path, NULL);
	struct heard h = ask(f->loop, r, "x.test", SW_DNS_A, 1000 * MS);
	assert_int_equal(h.status, SW_DNS_FAILED);
	assert_contains(h.why, path);
	sw_resolver_free(r);
}

static void refuses_addresses_and_names_that_make_no_sense(void **state)
{
	static const char *const good[] = { "127.0.0.1", "127.0.0.1:5353", "::1", "[::1]",
					    "[::1]:53" };
	static const char *const bad[] = { "", "dns.test", "127.0.0.1:", "127.0.0.1:0",
					   "127.0.0.1:65536", "127.0.0.1:x", ":53",
					   "[::1]:", "[::1", "127.0.0.1:53:53" };
	static const char *const names[] = { "", ".", "a..b", "a\nb" };
	struct fixture *f = *state;
	struct sw_error err;

	for (size_t i = 0; i < SW_LEN(good); i++) {
		struct sw_resolver *r = sw_resolver_server(f->loop, good[i], &err);
		assert_row(i, r != NULL);
		sw_resolver_free(r);
	}
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		assert_row(i, !sw_resolver_server(f->loop, bad[i], &err));
		assert_int_equal(err.code, SW_E_USAGE);
	}
	for (size_t i = 0; i < SW_LEN(names); i++) {
		assert_row(i, !sw_resolver_ask(f->resolver, names[i], SW_DNS_A, SW_NEVER, hear, NULL,
					       &err));
		assert_int_equal(err.code, SW_E_DATA);
	}
}

static void a_trust_anchor_is_for_the_beginning(void **state)
{
	struct fixture *f = *state;
	char path[] = "/tmp/sw-anchor-XXXXXX";
	/* the root's key of 2017, as published */
	static const char key[] =
		". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";
	struct sw_error err;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, key, sizeof(key) - 1), sizeof(key) - 1);
	close(fd);
	assert_err(sw_resolver_set_anchor(f->resolver, "/nonexistent/root.key", &err),
		   SW_E_NOINPUT);
	assert_ok(sw_resolver_set_anchor(f->resolver, path, &err));
	/* This server has no signatures: with validation on, its word is worth nothing. */
	struct heard h = ask(f->loop, f->resolver, "a.test", SW_DNS_A, 100 * MS);
	assert_int_not_equal(h.status, SW_DNS_OK);
	assert_err(sw_resolver_set_anchor(f->resolver, path, &err), SW_E_USAGE);
	unlink(path);
}

static void note_status(void *arg, const struct sw_dns_answer *a)
{
	struct heard *h = arg;

	h->status = a->status;
	sw_loop_stop(h->loop);
}

static void says_so_when_our_memory_is_out(void **state)
{
	struct fixture *f = *state;

	for (long n = 1;; n++) {
		struct heard h = { .loop = f->loop };
		struct sw_error err = { 0 };
		sw_mem_fail_at(n);
		struct sw_resolver *r = sw_resolver_server(f->loop, f->server.address, &err);
		struct sw_query *q = r ? sw_resolver_ask(r, "mx.test", SW_DNS_MX,
							 sw_loop_now(f->loop) + 3000 * MS,
							 note_status, &h, &err) :
					 NULL;
		if (q)
			assert_ok(sw_loop_run(f->loop));
		else
			assert_int_equal(err.code, SW_E_NOMEM);
		bool hit = sw_mem_failed();
		sw_mem_fail_at(0);
		sw_resolver_free(r);
		if (!hit) {
			assert_int_equal(h.status, SW_DNS_OK);
			break;
		}
	}
}

#define with_server(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_server(tells_what_the_server_says),
		with_server(circles_and_long_chains_end),
		with_server(malformed_records_do_not_pass),
		with_server(a_long_answer_without_tcp_is_explained),
		with_server(questions_may_be_cancelled_at_any_time),
		with_server(a_resolver_may_go_with_questions_in_flight),
		with_server(a_resolver_may_go_inside_a_callback),
		with_server(answers_from_the_cache_do_not_call_back_at_once),
		with_server(a_server_that_does_not_run_is_noticed_early),
		with_server(many_questions_notice_it_early_too),
		with_server(system_servers_come_from_resolv_conf),
		with_server(refuses_addresses_and_names_that_make_no_sense),
		with_server(a_trust_anchor_is_for_the_beginning),
		with_server(says_so_when_our_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
