/* SPDX-License-Identifier: MIT */
/* For tests of the sandbox: one that runs in a thread, and a raw client that sees every byte.
 * The client is blocking and knows no SMTP; TLS is bare OpenSSL, so that nothing of ours can
 * hide what the server does. */
#ifndef SW_SANDBOX_TEST_H
#define SW_SANDBOX_TEST_H

#include "sw_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <sendwell/sandbox.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/world.h"

enum {
	PATIENT_MS = 5000, /* for what must come */
	QUIET_MS = 40,     /* for what must not come */
	REPLY_SIZE = 16 * 1024,
};
#define LOGIN_PLAIN "AUTH PLAIN AHNhbmRib3gAbm90LXNlY3JldA==\r\n"

struct box {
	struct sw_sandbox *sandbox;
	pthread_t thread;
	bool running;
};

static inline void *box_thread(void *arg)
{
	struct box *b = arg;

	return sw_sandbox_run(b->sandbox) == SW_OK ? NULL : b;
}

/* settings: "name=value" strings, NULL after the last. */
static inline void box_start(struct box *b, const char *const *settings)
{
	char name[32];

	b->sandbox = sw_sandbox_new();
	assert_non_null(b->sandbox);
	for (; settings && *settings; settings++) {
		size_t len = strcspn(*settings, "=");

		assert_true(len < sizeof(name));
		memcpy(name, *settings, len);
		name[len] = '\0';
		if (sw_sandbox_set(b->sandbox, name, *settings + len + 1) != SW_OK)
			fail_msg("%s: %s", *settings, sw_sandbox_error_text(b->sandbox));
	}
	if (sw_sandbox_start(b->sandbox) != SW_OK)
		fail_msg("%s", sw_sandbox_error_text(b->sandbox));
	assert_int_equal(pthread_create(&b->thread, NULL, box_thread, b), 0);
	b->running = true;
}

static inline void box_join(struct box *b)
{
	void *failed = b;

	assert_int_equal(pthread_join(b->thread, &failed), 0);
	assert_null(failed);
	b->running = false;
}

static inline void box_stop(struct box *b)
{
	sw_sandbox_stop(b->sandbox);
	box_join(b);
	sw_sandbox_free(b->sandbox);
	b->sandbox = NULL;
}

static inline void box_start_fault(struct box *b, const char *fault)
{
	char setting[512];

	(void)snprintf(setting, sizeof(setting), "fault=%s", fault);
	box_start(b, (const char *const[]){ setting, NULL });
}

struct client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;               /* after the handshake */
	long verify;            /* X509_V_* of the handshake */
	char reply[REPLY_SIZE]; /* the last one, all lines */
	size_t reply_len;
	char held[REPLY_SIZE]; /* read and not yet used */
	size_t held_len;
};

static inline double now_ms(void)
{
	return (double)sw_world_real()->now_us(NULL) / 1000;
}

static inline void client_open(struct client *c, unsigned port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };

	memset(c, 0, sizeof(*c));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(c->fd >= 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof(to)), 0);
}

static inline void client_close(struct client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->ssl = NULL;
	c->ctx = NULL;
}

/* > 0 bytes, 0 EOF, -1 broken (errno), -2 nothing within `ms`. */
static inline long client_read(struct client *c, char *out, size_t size, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	if (!(c->ssl && SSL_pending(c->ssl) > 0) && poll(&p, 1, ms) == 0)
		return -2;
	if (!c->ssl)
		return recv(c->fd, out, size, 0);
	/* What came may be no data (session tickets): then the socket itself must wait and
	 * give up. */
	const struct timeval patience = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	errno = 0;
	int n = SSL_read(c->ssl, out, (int)size);

	if (n > 0)
		return n;
	if (SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ)
		return -2;
	/* Without SSL_OP_IGNORE_UNEXPECTED_EOF a bare FIN is an error of TLS, with errno 0. */
	return SSL_get_error(c->ssl, n) == SSL_ERROR_ZERO_RETURN ? 0
	       : errno == ECONNRESET                             ? -1
								 : 0;
}

static inline bool client_try_send(struct client *c, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		long n = c->ssl ? SSL_write(c->ssl, p, (int)len)
				: send(c->fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static inline void client_send(struct client *c, const char *text)
{
	assert_true(client_try_send(c, text, strlen(text)));
}

/* One line with its LF into `reply`; its length, or what client_read says. */
static inline long client_line(struct client *c, int ms)
{
	for (;;) {
		const char *lf = memchr(c->held, '\n', c->held_len);

		if (lf) {
			size_t len = (size_t)(lf - c->held) + 1;

			assert_true(c->reply_len + len < sizeof(c->reply));
			memcpy(c->reply + c->reply_len, c->held, len);
			c->reply_len += len;
			c->reply[c->reply_len] = '\0';
			c->held_len -= len;
			memmove(c->held, c->held + len, c->held_len);
			return (long)len;
		}
		assert_true(c->held_len < sizeof(c->held));
		long n = client_read(c, c->held + c->held_len, sizeof(c->held) - c->held_len,
				     ms);

		if (n <= 0)
			return n;
		c->held_len += (size_t)n;
	}
}

/* A whole reply into `reply`; its code, or 0 EOF, -1, -2. */
static inline int client_reply(struct client *c)
{
	c->reply_len = 0;
	c->reply[0] = '\0';
	for (;;) {
		size_t start = c->reply_len;
		long n = client_line(c, PATIENT_MS);

		if (n <= 0)
			return (int)n;
		if (n < 4 || c->reply[start + 3] != '-')
			return (int)strtol(c->reply, NULL, 10);
	}
}

static inline int client_say(struct client *c, const char *command)
{
	client_send(c, command);
	return client_reply(c);
}

#define assert_code(client, expected)                                                         \
	do {                                                                                  \
		int code_ = client_reply(client);                                             \
		if (code_ != (expected)) {                                                    \
			print_error("# got %d: %s\n", code_, (client)->reply);                \
			_fail(__FILE__, __LINE__);                                            \
		}                                                                             \
	} while (0)

#define assert_says(client, command, expected)                                                \
	do {                                                                                  \
		client_send(client, command);                                                 \
		assert_code(client, expected);                                                \
	} while (0)

/* min_version 0: OpenSSL's; returns what SSL_connect returned. */
static inline int client_handshake(struct client *c, const char *ca_file, const char *name,
				   int max_version)
{
	SSL *ssl;
	int result;

	c->ctx = SSL_CTX_new(TLS_client_method());
	assert_non_null(c->ctx);
	assert_int_equal(SSL_CTX_load_verify_locations(c->ctx, ca_file, NULL), 1);
	SSL_CTX_set_verify(c->ctx, SSL_VERIFY_NONE, NULL);
	if (max_version) {
		SSL_CTX_set_security_level(c->ctx, 0);
		SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION);
		SSL_CTX_set_max_proto_version(c->ctx, max_version);
	}
	ssl = SSL_new(c->ctx);
	assert_non_null(ssl);
	SSL_set_fd(ssl, c->fd);
	if (name) {
		SSL_set_tlsext_host_name(ssl, name);
		SSL_set1_host(ssl, name);
	}
	errno = 0;
	result = SSL_connect(ssl);
	c->verify = SSL_get_verify_result(ssl);
	if (result == 1)
		c->ssl = ssl;
	else
		SSL_free(ssl);
	return result;
}

#endif
