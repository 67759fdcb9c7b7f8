/* SPDX-License-Identifier: MIT */
/* The same messages as bench_send sends, by others: what can be had at best, and other
 * libraries.
 *
 * usage: bench_peers MODE HOST PORT COUNT
 *   floor         as little as can be done: MAIL, RCPT and DATA in one write, the message in
 * another floor-stream  the next MAIL behind the dot curl          libcurl, one handle, its
 * session reused esmtp         libESMTP, all messages in one session */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config_peers.h"

#ifdef HAVE_CURL
#include <curl/curl.h>
#endif
#ifdef HAVE_ESMTP
#include <libesmtp.h>
#endif

enum { SIZE = 1024 };
static char message[SIZE + 1];

static void make_message(void)
{
	static const char head[] =
		"From: a@example.com\r\nTo: b@example.com\r\n"
		"Message-ID: <1@example.com>\r\n"
		"Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nSubject: x\r\n\r\n";
	memcpy(message, head, sizeof(head) - 1);
	for (size_t i = sizeof(head) - 1; i < SIZE; i++)
		message[i] = (char)(i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'x');
	message[SIZE - 2] = '\r';
	message[SIZE - 1] = '\n';
}

/* ---- the floor ---- */

static int dial(const char *host, const char *port)
{
	const int on = 1;
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((unsigned short)strtoul(port, NULL, 10)) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || inet_pton(AF_INET, host, &a.sin_addr) != 1 ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Reads until so many lines have come that end a reply; false when one refuses. */
static bool expect(int fd, unsigned replies)
{
	static char in[65536];
	static size_t len;
	while (replies > 0) {
		char *lf = memchr(in, '\n', len);
		if (lf) {
			if (in[0] >= '4')
				return false;
			replies -= in[3] != '-';
			len -= (size_t)(lf + 1 - in);
			memmove(in, lf + 1, len);
			continue;
		}
		ssize_t n = recv(fd, in + len, sizeof(in) - len, 0);
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	return true;
}

static bool put(int fd, const char *bytes, size_t len)
{
	return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static int run_floor(char **argv, unsigned long count, bool stream)
{
	static const char envelope[] = "MAIL FROM:<a@example.com> SIZE=1024\r\n"
				       "RCPT TO:<b@example.com>\r\nDATA\r\n";
	char out[SIZE + 3 + sizeof(envelope)];
	int fd = dial(argv[2], argv[3]);
	size_t len = SIZE;
	if (fd < 0 || !expect(fd, 1) || !put(fd, "EHLO bench\r\n", 12) || !expect(fd, 1))
		return 74;
	memcpy(out, message, SIZE);
	memcpy(out + len, ".\r\n", 3);
	len += 3;
	memcpy(out + len, envelope, sizeof(envelope) - 1);
	size_t with_next = len + sizeof(envelope) - 1;
	if (stream && count && (!put(fd, envelope, sizeof(envelope) - 1) || !expect(fd, 3)))
		return 74;
	for (unsigned long i = 0; i < count; i++) {
		bool next = stream && i + 1 < count;
		if (!stream && (!put(fd, envelope, sizeof(envelope) - 1) || !expect(fd, 3)))
			return 74;
		if (!put(fd, out, next ? with_next : len) || !expect(fd, next ? 4 : 1))
			return 74;
	}
	put(fd, "QUIT\r\n", 6);
	(void)expect(fd, 1);
	close(fd);
	return 0;
}

/* ---- libcurl ---- */

#ifdef HAVE_CURL
static size_t curl_reads(char *to, size_t size, size_t n, void *arg)
{
	size_t *at = arg;
	size_t len = SIZE - *at < size * n ? SIZE - *at : size * n;
	memcpy(to, message + *at, len);
	*at += len;
	return len;
}

static int run_curl(char **argv, unsigned long count)
{
	char url[128];
	size_t at = 0;
	CURL *c = curl_easy_init();
	struct curl_slist *to = curl_slist_append(NULL, "<b@example.com>");
	int status = c && to ? 0 : 71;
	snprintf(url, sizeof(url), "smtp://%s:%s/bench", argv[2], argv[3]);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_MAIL_FROM, "<a@example.com>");
	curl_easy_setopt(c, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, curl_reads);
	curl_easy_setopt(c, CURLOPT_READDATA, &at);
	curl_easy_setopt(c, CURLOPT_INFILESIZE, (long)SIZE);
	for (unsigned long i = 0; !status && i < count; i++) {
		at = 0;
		status = curl_easy_perform(c) ? 74 : 0;
	}
	curl_slist_free_all(to);
	curl_easy_cleanup(c);
	return status;
}
#endif

/* ---- libESMTP ---- */

#ifdef HAVE_ESMTP
static const char *esmtp_reads(void **state, int *len, void *arg)
{
	(void)arg;
	if (!len) {
		*state = NULL;
		return NULL;
	}
	if (*state) {
		*len = 0;
		return NULL;
	}
	*state = malloc(1); /* the library frees it */
	*len = SIZE;
	return message;
}

static int run_esmtp(char **argv, unsigned long count)
{
	char server[128];
	smtp_session_t session = smtp_create_session();
	snprintf(server, sizeof(server), "%s:%s", argv[2], argv[3]);
	smtp_set_server(session, server);
	smtp_set_hostname(session, "bench.example");
	for (unsigned long i = 0; i < count; i++) {
		smtp_message_t m = smtp_add_message(session);
		smtp_set_reverse_path(m, "a@example.com");
		smtp_add_recipient(m, "b@example.com");
		smtp_set_messagecb(m, esmtp_reads, NULL);
	}
	int status = smtp_start_session(session) ? 0 : 74;
	smtp_destroy_session(session);
	return status;
}
#endif

int main(int argc, char **argv)
{
	if (argc != 5)
		return 64;
	unsigned long count = strtoul(argv[4], NULL, 10);
	make_message();
	if (strcmp(argv[1], "floor") == 0)
		return run_floor(argv, count, false);
	if (strcmp(argv[1], "floor-stream") == 0)
		return run_floor(argv, count, true);
#ifdef HAVE_CURL
	if (strcmp(argv[1], "curl") == 0)
		return run_curl(argv, count);
#endif
#ifdef HAVE_ESMTP
	if (strcmp(argv[1], "esmtp") == 0)
		return run_esmtp(argv, count);
#endif
	return 69; /* it is not there */
}
