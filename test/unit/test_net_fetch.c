/* SPDX-License-Identifier: MIT */
/* Documents over HTTP, from a server on loopback that says one thing and closes. */
#include "sw_test.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"
#include "certs.h"
#include "net/fetch.h"

struct server {
	int fd;
	uint16_t port;
	const char *answer; /* NULL: never says anything */
	SSL_CTX *tls;
	char request[4096];
	pthread_t thread;
};

static void serve_tls(struct server *s, int fd)
{
	SSL *ssl = SSL_new(s->tls);
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1) {
		int got = SSL_read(ssl, s->request, sizeof(s->request) - 1);
		if (got > 0)
			SSL_write(ssl, s->answer, (int)strlen(s->answer));
		SSL_shutdown(ssl);
	}
	SSL_free(ssl);
}

static bool is_whole(const char *request)
{
	const char *end = strstr(request, "\r\n\r\n");
	const char *length = strstr(request, "Content-Length: ");
	return end && (!length || strlen(end + 4) >= strtoul(length + 16, NULL, 10));
}

static void *serve(void *arg)
{
	struct server *s = arg;
	size_t len = 0;
	ssize_t got = 1;
	int fd = accept(s->fd, NULL, NULL);
	if (fd < 0)
		return NULL;
	if (s->tls) {
		serve_tls(s, fd);
	} else {
		while (got > 0 && !is_whole(s->request)) {
			got = read(fd, s->request + len, sizeof(s->request) - 1 - len);
			len += got > 0 ? (size_t)got : 0;
		}
		if (s->answer)
			(void)!write(fd, s->answer, strlen(s->answer));
		else
			while (read(fd, s->request, 1) > 0)
				continue;
	}
	close(fd);
	return NULL;
}

static void begin(struct server *s)
{
	struct sw_addr a;
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), 0, &a));
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&a.ss, a.len), 0);
	assert_int_equal(listen(s->fd, 5), 0);
	a.len = sizeof(a.ss);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a.ss, &a.len), 0);
	s->port = sw_addr_port(&a);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void end(struct server *s)
{
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static uint64_t in_ms(uint64_t ms)
{
	const struct sw_world *w = sw_world_real();
	return w->now_us(w->arg) + ms * 1000;
}

static void fetch(struct server *s, struct sw_fetch_request r, const char *scheme,
		  const char *host, struct sw_fetch_answer *ret)
{
	char url[128];
	struct sw_error err = { 0 };
	snprintf(url, sizeof(url), "%s://%s:%u/token?x=1", scheme, host, s->port);
	r.url = url;
	r.no_proxy = r.http_on_loopback = true;
	r.deadline_us = r.deadline_us ? r.deadline_us : in_ms(5000);
	if (sw_fetch_wait(&r, NULL, NULL, ret, &err))
		fail_msg("%s", err.text);
}

static void what_a_server_answers_comes_back(void **state SW_UNUSED)
{
	static const struct {
		const char *says;
		enum sw_fetch_failure failure;
		int status;
		const char *body;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
		  SW_FETCH_OK, 200, "hi" },
		{ "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end",
		  SW_FETCH_OK, 200, "until the end" },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
		  SW_FETCH_OK, 200, "ab" },
		{ "HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nno\n", SW_FETCH_OK, 400,
		  "no\n" },
		{ "HTTP/1.1 302 Found\r\nLocation: https://evil.test/\r\nContent-Length: "
		  "0\r\n\r\n",
		  SW_FETCH_OK, 302, "" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut", SW_FETCH_CUT, 200,
		  NULL },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234567890123456789",
		  SW_FETCH_TOO_LARGE, 200, NULL },
		{ "220 mx.test ESMTP\r\n", SW_FETCH_CUT, 0, NULL },
		{ "", SW_FETCH_CUT, 0, NULL },
	};
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct server s = { .answer = cases[i].says };
		struct sw_fetch_answer a;
		begin(&s);
		fetch(&s, (struct sw_fetch_request){ .max_bytes = 16 }, "http", "127.0.0.1",
		      &a);
		end(&s);
		if (a.failure != cases[i].failure || a.status != cases[i].status)
			fail_msg("case %zu: %s, status %d: %s", i,
				 sw_fetch_failure_name(a.failure), a.status, a.text);
		if (cases[i].body)
			assert_string_equal(sw_buf_str(&a.body), cases[i].body);
		else
			assert_true(a.text[0]);
		assert_non_null(strstr(s.request, "GET /token?x=1 HTTP/1.1\r\n"));
		sw_fetch_answer_fini(&a);
	}
}

static void a_post_carries_its_body_and_fields(void **state SW_UNUSED)
{
	struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" };
	struct sw_fetch_answer a;
	begin(&s);
	fetch(&s,
	      (struct sw_fetch_request){ .post = true,
					 .body = SW_S("a=b&c=d"),
					 .content_type = "application/x-www-form-urlencoded",
					 .accept = "application/json",
					 .authorization = "Basic eDp5" },
	      "http", "127.0.0.1", &a);
	end(&s);
	assert_int_equal(a.failure, SW_FETCH_OK);
	assert_string_equal(a.peer, "127.0.0.1");
	assert_non_null(strstr(s.request, "POST /token?x=1 HTTP/1.1\r\n"));
	assert_non_null(strstr(s.request, "\r\nAuthorization: Basic eDp5\r\n"));
	assert_non_null(strstr(s.request, "\r\nAccept: application/json\r\n"));
	assert_non_null(strstr(s.request, "\r\n\r\na=b&c=d"));
	assert_null(strstr(s.request, "Expect"));
	sw_fetch_answer_fini(&a);
}

static void silence_ends_at_the_deadline(void **state SW_UNUSED)
{
	struct server s = { 0 };
	struct sw_fetch_answer a;
	begin(&s);
	uint64_t before = in_ms(0);
	fetch(&s, (struct sw_fetch_request){ .deadline_us = in_ms(200) }, "http", "localhost",
	      &a);
	assert_true(sw_test_in_time(in_ms(0) - before, 2000 * 1000));
	end(&s);
	assert_int_equal(a.failure, SW_FETCH_TIME);
	sw_fetch_answer_fini(&a);
}

static void a_closed_port_is_told(void **state SW_UNUSED)
{
	struct server s = { .answer = "" };
	struct sw_fetch_answer a;
	begin(&s);
	end(&s);
	fetch(&s, (struct sw_fetch_request){ 0 }, "http", "127.0.0.1", &a);
	assert_int_equal(a.failure, SW_FETCH_CONNECT);
	sw_fetch_answer_fini(&a);
}

static void urls_that_may_not_be_asked_are_refused(void **state SW_UNUSED)
{
	static const char *const bad[] = {
		"http://token.test/",
		"ftp://127.0.0.1/",
		"file:///etc/passwd",
		"https://",
		"https:///x",
		"https://me:secret@token.test/",
		"https://token.test/a b",
		"https://token.test/\r\nX: y",
		"http://localhost.evil.test/",
		"http://127.0.0.1@evil.test/",
		"http://127.0.0.1:80@evil.test/",
		"",
		"token.test",
	};
	for (size_t i = 0; i < SW_LEN(bad); i++) {
		struct sw_error err = { 0 };
		struct sw_fetch_answer a;
		enum sw_err e =
			sw_fetch_wait(&(struct sw_fetch_request){ .url = bad[i],
								  .http_on_loopback = true,
								  .deadline_us = in_ms(1000) },
				      NULL, NULL, &a, &err);
		if (e != SW_E_CONFIG)
			fail_msg("%s: %d %s", bad[i], e, err.text);
		assert_null(strstr(err.text, "secret"));
		sw_fetch_answer_fini(&a);
	}
}

static SSL_CTX *tls_of(const struct test_cert *c)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, c->x509);
	SSL_CTX_use_PrivateKey(ctx, c->key);
	return ctx;
}

/* A file with the root's certificate, trusted by the contexts of the test. */
static struct sw_tls_context *trusting(const struct test_cert *root)
{
	char path[] = "/tmp/sw-fetch-XXXXXX";
	struct sw_error err = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, root->pem, strlen(root->pem)) > 0);
	close(fd);
	struct sw_tls_context *c =
		sw_tls_context_new(&(struct sw_tls_settings){ .ca_file = path }, &err);
	unlink(path);
	assert_non_null(c);
	return c;
}

static void certificates_are_verified_and_told(void **state SW_UNUSED)
{
	struct test_cert *root =
		test_cert_new(&(struct test_cert_wish){ .cn = "Root", .ca = true }, NULL);
	struct test_cert *other =
		test_cert_new(&(struct test_cert_wish){ .cn = "Other", .ca = true }, NULL);
	const struct {
		struct test_cert_wish wish;
		const struct test_cert *issuer;
		int verify;
	} cases[] = {
		{ { .san = "DNS:token.test" }, root, X509_V_OK },
		{ { .san = "DNS:else.test" }, root, X509_V_ERR_HOSTNAME_MISMATCH },
		{ { .san = "DNS:token.test" },
		  other,
		  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY },
		{ { .san = "DNS:token.test", .from_s = -200, .to_s = -100 },
		  root,
		  X509_V_ERR_CERT_HAS_EXPIRED },
	};
	struct sw_tls_context *trust = trusting(root);
	struct sw_addr here;
	assert_true(sw_addr_parse(SW_S("127.0.0.1"), 0, &here));
	for (size_t i = 0; i < SW_LEN(cases); i++) {
		struct test_cert *leaf = test_cert_new(&cases[i].wish, cases[i].issuer);
		struct server s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
				    .tls = tls_of(leaf) };
		struct sw_fetch_answer a;
		begin(&s);
		fetch(&s,
		      (struct sw_fetch_request){
			      .addrs = &here, .addr_count = 1, .trust = trust },
		      "https", "token.test", &a);
		end(&s);
		if (a.tls.verify_code != cases[i].verify ||
		    a.failure != (cases[i].verify ? SW_FETCH_CERT : SW_FETCH_OK))
			fail_msg("case %zu: %s, %d: %s", i, sw_fetch_failure_name(a.failure),
				 a.tls.verify_code, a.text);
		assert_int_equal(a.tls.verified, cases[i].verify == X509_V_OK);
		assert_int_equal(a.tls.chain_len, 1);
		sw_fetch_answer_fini(&a);
		SSL_CTX_free(s.tls);
		test_cert_free(leaf);
	}
	sw_tls_context_unref(trust);
	test_cert_free(root);
	test_cert_free(other);
}

static bool no_more(void *arg)
{
	return ++*(int *)arg < 2;
}

static void whoever_waits_may_give_up(void **state SW_UNUSED)
{
	struct server s = { 0 };
	char url[64];
	int beats = 0;
	struct sw_fetch_answer a;
	struct sw_error err = { 0 };
	begin(&s);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", s.port);
	assert_int_equal(
		sw_fetch_wait(&(struct sw_fetch_request){ .url = url,
							  .http_on_loopback = true,
							  .no_proxy = true,
							  .deadline_us = in_ms(20000) },
			      no_more, &beats, &a, &err),
		SW_OK);
	assert_int_equal(a.failure, SW_FETCH_TIME);
	assert_int_equal(beats, 2);
	end(&s);
	sw_fetch_answer_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_server_answers_comes_back),
		cmocka_unit_test(a_post_carries_its_body_and_fields),
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_closed_port_is_told),
		cmocka_unit_test(urls_that_may_not_be_asked_are_refused),
		cmocka_unit_test(certificates_are_verified_and_told),
		cmocka_unit_test(whoever_waits_may_give_up),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
