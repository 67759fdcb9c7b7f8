/* SPDX-License-Identifier: MIT */
/* A lean server for benchmarks and tests: takes everything with as little work as can be, says what it
 * offers, counts messages. Not for the network: it checks nothing.
 *
 * usage: sink PORT [EXTENSION...]     (PIPELINING and CHUNKING are offered when named) */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 256 * 1024, ANSWERS = 64 * 1024 };
struct conn {
	int fd;
	bool data, dead;
	size_t chunk; /* bytes of BDAT to come */
	bool last;
	size_t len, out_len;
	char in[ROOM], out[ANSWERS];
};
static char hello[1024];
static volatile sig_atomic_t stop;
static unsigned long messages, connections;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void say(struct conn *c, const char *text)
{
	size_t len = strlen(text);
	if (c->out_len + len > ANSWERS) {
		c->dead = true;
		return;
	}
	memcpy(c->out + c->out_len, text, len);
	c->out_len += len;
}

static void command(struct conn *c, const char *line, size_t len)
{
	if (len >= 4 && !strncasecmp(line, "EHLO", 4)) {
		say(c, hello);
	} else if (len >= 4 && !strncasecmp(line, "DATA", 4)) {
		c->data = true;
		say(c, "354 go\r\n");
	} else if (len >= 5 && !strncasecmp(line, "BDAT ", 5)) {
		c->chunk = strtoul(line + 5, NULL, 10);
		c->last = memmem(line, len, "LAST", 4) != NULL;
		if (c->chunk == 0) {
			messages += c->last;
			say(c, "250 2.0.0 ok\r\n");
		}
	} else if (len >= 4 && !strncasecmp(line, "QUIT", 4)) {
		say(c, "221 2.0.0 bye\r\n");
		c->dead = true;
	} else {
		say(c, "250 2.0.0 ok\r\n");
	}
}

/* Takes what is whole; returns how much. */
static size_t step(struct conn *c, const char *in, size_t len)
{
	if (c->chunk) {
		size_t n = len < c->chunk ? len : c->chunk;
		c->chunk -= n;
		if (c->chunk == 0) {
			messages += c->last;
			say(c, "250 2.0.0 ok\r\n");
		}
		return n;
	}
	if (c->data) {
		const char *end = memmem(in, len, "\r\n.\r\n", 5);
		if (!end)
			return len > 4 ? len - 4 : 0;
		c->data = false;
		messages++;
		say(c, "250 2.0.0 ok queued\r\n");
		return (size_t)(end - in) + 5;
	}
	const char *end = memchr(in, '\n', len);
	if (!end)
		return 0;
	command(c, in, (size_t)(end - in));
	return (size_t)(end - in) + 1;
}

static void serve(struct conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->len, ROOM - c->len, 0);
	if (n <= 0) {
		c->dead = true;
		return;
	}
	c->len += (size_t)n;
	size_t at = 0;
	for (size_t used = 1; used && at < c->len && !c->dead; at += used)
		used = step(c, c->in + at, c->len - at);
	memmove(c->in, c->in + at, c->len - at);
	c->len -= at;
	if (c->out_len && send(c->fd, c->out, c->out_len, MSG_NOSIGNAL) != (ssize_t)c->out_len)
		c->dead = true;
	c->out_len = 0;
	if (c->len == ROOM)
		c->dead = true;
}

static void take(int epfd, int listener)
{
	const int on = 1;
	struct conn *c = malloc(sizeof(*c));
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (!c || fd < 0) {
		free(c);
		return;
	}
	c->fd = fd;
	c->data = c->dead = c->last = false;
	c->chunk = c->len = c->out_len = 0;
	connections++;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	struct epoll_event ev = { .events = EPOLLIN, .data = { .ptr = c } };
	epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev);
	(void)!write(fd, "220 sink ESMTP\r\n", 16);
}

static int listen_on(int port)
{
	const int on = 1;
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	struct epoll_event events[64], ev = { .events = EPOLLIN };
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	int listener = argc > 1 ? listen_on(atoi(argv[1])) : -1;
	if (listener < 0 || epfd < 0) {
		perror("sink");
		return 71;
	}
	strcpy(hello, "250-sink\r\n");
	for (int i = 2; i < argc && strlen(hello) + strlen(argv[i]) < sizeof(hello) - 32; i++)
		sprintf(hello + strlen(hello), "250-%s\r\n", argv[i]);
	strcat(hello, "250 SIZE 100000000\r\n");
	struct sigaction act = { .sa_handler = on_term };
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
	while (!stop) {
		int n = epoll_wait(epfd, events, 64, -1);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (!c) {
				take(epfd, listener);
				continue;
			}
			serve(c);
			if (c->dead) {
				close(c->fd);
				free(c);
			}
		}
	}
	printf("%lu messages in %lu connections\n", messages, connections);
	return 0;
}
