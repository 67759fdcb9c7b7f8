/* SPDX-License-Identifier: MIT */
#include "sw_test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "net/proxy.h"
#include "net/tcp.h"
#include "wire.h"

#define S5(text) text, sizeof(text) - 1

static struct sw_proxy_talk *begin(enum sw_proxy_kind kind, const char *host, const char *user,
				   const char *password)
{
	struct sw_proxy_ask ask = {
		.kind = kind,
		.host = host,
		.port = 587,
		.user = sw_slice_str(user),
		.password = sw_slice_str(password),
	};
	struct sw_error err = { 0 };
	struct sw_proxy_talk *t = sw_proxy_talk_new(&ask, &err);
	if (!t)
		print_error("# %s\n", err.text);
	assert_non_null(t);
	return t;
}

static void expect_sent(struct sw_proxy_talk *t, const char *bytes, size_t len)
{
	struct sw_slice out = sw_proxy_talk_output(t);
	assert_int_equal(out.len, len);
	assert_memory_equal(out.ptr, bytes, len);
	sw_proxy_talk_sent(t, len);
}

static void feed(struct sw_proxy_talk *t, const char *bytes, size_t len)
{
	assert_int_equal(sw_proxy_talk_feed(t, sw_slice(bytes, len)), len);
}

static void socks_takes_a_name_to_the_proxy(void **state)
{
	struct sw_proxy_talk *t = begin(SW_PROXY_SOCKS5H, "mail.example.net", NULL, NULL);
	(void)state;
	expect_sent(t, S5("\x05\x01\x00"));
	feed(t, S5("\x05\x00"));
	expect_sent(t, S5("\x05\x01\x00\x03\x10"
			  "mail.example.net\x02\x4b"));
	/* What comes behind it is the server's. */
	assert_int_equal(sw_proxy_talk_feed(t, SW_S("\x05\x00\x00\x01\x7f\x00\x00\x01\x10\x20"
						    "220 hello")),
			 10);
	assert_int_equal(sw_proxy_talk_verdict(t)->state, SW_PROXY_OPEN);
	sw_proxy_talk_free(t);
}

static void socks_logs_in_and_takes_addresses(void **state)
{
	struct sw_proxy_talk *t = begin(SW_PROXY_SOCKS5, "2001:db8::25", "me", "word");
	(void)state;
	expect_sent(t, S5("\x05\x02\x00\x02"));
	feed(t, S5("\x05\x02"));
	expect_sent(t, S5("\x01\x02me\x04word"));
	feed(t, S5("\x01\x00"));
	expect_sent(t,
		    S5("\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x25\x02\x4b"));
	feed(t, S5("\x05\x00\x00\x03\x04"
		   "name\x01\x02"));
	assert_int_equal(sw_proxy_talk_verdict(t)->state, SW_PROXY_OPEN);
	sw_proxy_talk_free(t);
}

static void socks_is_refused_in_many_ways(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool login;
		enum sw_proxy_failure failure;
		int code;
	} rows[] = {
		{ S5("\x05\xff"), false, SW_PROXY_F_LOGIN_WANTED, 255 },
		{ S5("\x05\x02"), false, SW_PROXY_F_LOGIN_WANTED, 2 },
		{ S5("\x05\xff"), true, SW_PROXY_F_METHOD, 255 },
		{ S5("\x05\x01"), true, SW_PROXY_F_METHOD, 1 },
		{ S5("\x05\x02\x01\x01"), true, SW_PROXY_F_LOGIN_REFUSED, 1 },
		{ S5("\x05\x02\x05\xff"), true, SW_PROXY_F_LOGIN_REFUSED, 255 },
		{ S5("\x05\x00\x05\x01"), false, SW_PROXY_F_GENERAL, 1 },
		{ S5("\x05\x00\x05\x02\x00\x01"), false, SW_PROXY_F_FORBIDDEN, 2 },
		{ S5("\x05\x00\x05\x03"), false, SW_PROXY_F_NETWORK, 3 },
		{ S5("\x05\x00\x05\x04"), false, SW_PROXY_F_HOST, 4 },
		{ S5("\x05\x00\x05\x05"), false, SW_PROXY_F_REFUSED, 5 },
		{ S5("\x05\x00\x05\x06"), false, SW_PROXY_F_TIMED_OUT, 6 },
		{ S5("\x05\x00\x05\x07"), false, SW_PROXY_F_UNSUPPORTED, 7 },
		{ S5("\x05\x00\x05\x08"), false, SW_PROXY_F_UNSUPPORTED, 8 },
		{ S5("\x05\x00\x05\x63"), false, SW_PROXY_F_GENERAL, 0x63 },
		{ S5("\x04\x5b"), false, SW_PROXY_F_NOT_A_PROXY, -1 },
		{ S5("HTTP/1.1 400 Bad Request"), false, SW_PROXY_F_NOT_A_PROXY, -1 },
		{ S5("\x05\x00\x05\x00\x00\x09\x01"), false, SW_PROXY_F_NOT_A_PROXY, -1 },
		{ S5("\x05\x00\x05\x00\x00\x01\x01"), false, SW_PROXY_F_CLOSED, -1 },
		{ S5(""), true, SW_PROXY_F_CLOSED, -1 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_talk *t =
			begin(SW_PROXY_SOCKS5H, "mail.example.net", rows[i].login ? "u" : NULL,
			      rows[i].login ? "p" : NULL);
		const struct sw_proxy_verdict *v = sw_proxy_talk_verdict(t);
		/* Byte by byte: the pieces make no difference. */
		for (size_t k = 0; k < rows[i].len; k++)
			(void)sw_proxy_talk_feed(t, sw_slice(rows[i].bytes + k, 1));
		sw_proxy_talk_closed(t);
		assert_row(i, v->state == SW_PROXY_FAILED);
		assert_row(i, v->failure == rows[i].failure);
		assert_row(i, v->code == rows[i].code);
		assert_row(i, sw_proxy_talk_output(t).len == 0);
		sw_proxy_talk_free(t);
	}
}

static void http_connects(void **state)
{
	struct sw_proxy_talk *t =
		begin(SW_PROXY_HTTP, "2001:db8::25", "Aladdin", "open sesame");
	struct sw_slice in = SW_S("HTTP/1.1 100 Continue\r\n\r\n"
				  "HTTP/1.0 200 Connection established\r\n"
				  "Content-Length: 99\r\n\r\n220 hello");
	(void)state;
	expect_sent(t, S5("CONNECT [2001:db8::25]:587 HTTP/1.1\r\nHost: [2001:db8::25]:587\r\n"
			  "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n"));
	/* A length means nothing here (RFC 9110 9.3.6). */
	assert_int_equal(sw_proxy_talk_feed(t, in), in.len - 9);
	assert_int_equal(sw_proxy_talk_verdict(t)->state, SW_PROXY_OPEN);
	assert_string_equal(sw_proxy_talk_verdict(t)->text,
			    "HTTP/1.0 200 Connection established");
	sw_proxy_talk_free(t);
}

static void http_refuses_in_many_ways(void **state)
{
	static const struct {
		const char *text;
		bool login;
		enum sw_proxy_failure failure;
		int code;
	} rows[] = {
		{ "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: "
		  "Basic\r\n\r\n",
		  false, SW_PROXY_F_LOGIN_WANTED, 407 },
		{ "HTTP/1.1 407 No\r\n\r\n", true, SW_PROXY_F_LOGIN_REFUSED, 407 },
		{ "HTTP/1.1 403 Forbidden\n\n", false, SW_PROXY_F_FORBIDDEN, 403 },
		{ "HTTP/1.1 405 Method Not Allowed\r\n\r\n", false, SW_PROXY_F_FORBIDDEN,
		  405 },
		{ "HTTP/1.1 404 Not Found\r\n\r\n", false, SW_PROXY_F_HOST, 404 },
		{ "HTTP/1.1 502 Bad Gateway\r\n\r\n", false, SW_PROXY_F_HOST, 502 },
		{ "HTTP/1.1 503 Service Unavailable\r\n\r\n", false, SW_PROXY_F_GENERAL, 503 },
		{ "HTTP/1.1 504 Gateway Timeout\r\n\r\n", false, SW_PROXY_F_TIMED_OUT, 504 },
		{ "HTTP/1.1 400 Bad Request\r\n\r\n", false, SW_PROXY_F_UNSUPPORTED, 400 },
		{ "HTTP/1.1 429 Too Many\r\n\r\n", false, SW_PROXY_F_BUSY, 429 },
		{ "HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n", false,
		  SW_PROXY_F_NOT_A_PROXY, 302 },
		{ "HTTP/1.1 20 OK\r\n\r\n", false, SW_PROXY_F_NOT_A_PROXY, -1 },
		{ "220 mail.example.net ESMTP\r\n", false, SW_PROXY_F_NOT_A_PROXY, -1 },
		{ "HTTP/1.1 200 OK\r\n", false, SW_PROXY_F_CLOSED, -1 },
	};
	(void)state;
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_talk *t =
			begin(SW_PROXY_HTTP, "mail.example.net", rows[i].login ? "u" : NULL,
			      rows[i].login ? "p" : NULL);
		const struct sw_proxy_verdict *v = sw_proxy_talk_verdict(t);
		for (const char *c = rows[i].text; *c; c++)
			(void)sw_proxy_talk_feed(t, sw_slice(c, 1));
		sw_proxy_talk_closed(t);
		assert_row(i, v->failure == rows[i].failure);
		assert_row(i, v->code == rows[i].code);
		sw_proxy_talk_free(t);
	}
}

static void an_endless_header_ends(void **state)
{
	struct sw_proxy_talk *t = begin(SW_PROXY_HTTP, "mail.example.net", NULL, NULL);
	size_t used = 0;
	(void)state;
	used += sw_proxy_talk_feed(t, SW_S("HTTP/1.1 200 OK\r\n"));
	while (sw_proxy_talk_verdict(t)->state == SW_PROXY_TALKING &&
	       used <= 2 * SW_MAX_PROXY_REPLY)
		used += sw_proxy_talk_feed(t, SW_S("X-Y: zzzzzzzzzzzzzzzzzzzzzzzzz\r\n"));
	assert_int_equal(sw_proxy_talk_verdict(t)->failure, SW_PROXY_F_ENDLESS);
	assert_true(used <= SW_MAX_PROXY_REPLY + 1);
	sw_proxy_talk_free(t);
}

static void what_has_no_room_is_refused(void **state)
{
	char longest[300];
	static const struct {
		enum sw_proxy_kind kind;
		const char *user, *password;
	} rows[] = {
		{ SW_PROXY_SOCKS5, "", "word" },
		{ SW_PROXY_SOCKS5, "me", "" },
		{ SW_PROXY_HTTP, "a:b", "word" },
		{ SW_PROXY_HTTP, "", "word" },
	};
	(void)state;
	memset(longest, 'a', sizeof(longest));
	for (size_t i = 0; i < SW_LEN(rows); i++) {
		struct sw_proxy_ask ask = { .kind = rows[i].kind,
					    .host = "h",
					    .user = sw_slice_str(rows[i].user),
					    .password = sw_slice_str(rows[i].password) };
		assert_row(i, sw_proxy_talk_new(&ask, NULL) == NULL);
	}
	struct sw_proxy_ask ask = { .kind = SW_PROXY_SOCKS5,
				    .host = "h",
				    .user = SW_S("me"),
				    .password = sw_slice(longest, 256) };
	assert_null(sw_proxy_talk_new(&ask, NULL));
	ask.password.len = 255;
	struct sw_proxy_talk *t = sw_proxy_talk_new(&ask, NULL);
	assert_non_null(t);
	sw_proxy_talk_free(t);
}

static void stop(void *arg)
{
	sw_loop_stop(arg);
}

/* The server's greeting may come in one packet with the proxy's last words: whoever waits for
 * it is told although the descriptor is dry. */
static void what_came_too_early_is_not_lost(void **state)
{
	struct sw_loop *loop = sw_loop_new(NULL);
	struct sw_proxy_talk *t = begin(SW_PROXY_SOCKS5H, "mail.example.net", NULL, NULL);
	char buf[64];
	size_t n;
	int fds[2];
	(void)state;
	wire_fds(true, fds);
	struct sw_stream *s = sw_proxy_stream(sw_tcp_stream(loop, fds[0], NULL), t, NULL);
	assert_non_null(s);
	sw_stream_on_ready(s, stop, loop);
	assert_int_equal(sw_stream_handshake(s), SW_IO_AGAIN);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 3);
	assert_int_equal(write(fds[1], "\x05", 1), 1);
	assert_int_equal(sw_stream_handshake(s), SW_IO_AGAIN);
	assert_int_equal(write(fds[1], "\x00", 1), 1);
	assert_int_equal(sw_stream_handshake(s), SW_IO_AGAIN);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 23);
	assert_int_equal(write(fds[1],
			       "\x05\0\0\x01\0\0\0\0\0\0"
			       "220 x\r\n",
			       17),
			 17);
	sw_stream_want(s, SW_WANT_READ);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(sw_stream_handshake(s), SW_IO_OK);
	assert_true(sw_stream_pending(s));
	sw_stream_want(s, SW_WANT_READ);
	assert_ok(sw_loop_run(loop));
	assert_int_equal(sw_stream_read(s, buf, 4, &n), SW_IO_OK);
	assert_slice(sw_slice(buf, n), "220 ");
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_OK);
	assert_slice(sw_slice(buf, n), "x\r\n");
	assert_int_equal(sw_stream_read(s, buf, sizeof(buf), &n), SW_IO_AGAIN);
	assert_int_equal(sw_stream_write(s, SW_S("QUIT\r\n"), &n), SW_IO_OK);
	assert_int_equal(read(fds[1], buf, sizeof(buf)), 6);
	sw_stream_free(s);
	close(fds[1]);
	sw_loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(socks_takes_a_name_to_the_proxy),
		cmocka_unit_test(socks_logs_in_and_takes_addresses),
		cmocka_unit_test(socks_is_refused_in_many_ways),
		cmocka_unit_test(http_connects),
		cmocka_unit_test(http_refuses_in_many_ways),
		cmocka_unit_test(an_endless_header_ends),
		cmocka_unit_test(what_has_no_room_is_refused),
		cmocka_unit_test(what_came_too_early_is_not_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
