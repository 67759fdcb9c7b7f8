/* SPDX-License-Identifier: MIT */
/* A lean server for benchmarks and tests: takes everything with as little work as can be, says
 * what it offers, counts messages. Not for the network: it checks nothing.
 *
 * usage: sink PORT [delay=MS] [EXTENSION...]     (PIPELINING and CHUNKING are offered when
 * named) With a delay what is said goes out so much later, as over a long line. */
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
#include <time.h>
#include <unistd.h>

enum { ROOM = 256 * 1024, ANSWERS = 64 * 1024, DUE = 256 };
struct conn {
	int fd;
	bool data, dead;
	size_t chunk; /* bytes of BDAT to come */
	bool last;
	size_t len, out_len;
	struct conn *next; /* those with a delay */
	/* Ends of what is to be said, and when. */
	struct {
		size_t end;
		double at;
	} due[DUE];
	size_t due_count;
	char in[ROOM], out[ANSWERS];
};
static char hello[1024];
static volatile sig_atomic_t stop;
static unsigned long messages, connections;
static double delay; /* seconds */
static struct conn *all;

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

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Sends what is due; the milliseconds until there is more, or `most`. */
static int flush_late(struct conn *c, double at, int most)
{
	size_t n = 0;
	while (n < c->due_count && c->due[n].at <= at)
		n++;
	if (n > 0) {
		size_t end = c->due[n - 1].end;
		if (send(c->fd, c->out, end, MSG_NOSIGNAL) != (ssize_t)end)
			c->dead = true;
		memmove(c->out, c->out + end, c->out_len - end);
		c->out_len -= end;
		for (size_t i = n; i < c->due_count; i++) {
			c->due[i - n] = c->due[i];
			c->due[i - n].end -= end;
		}
		c->due_count -= n;
	}
	if (c->due_count == 0)
		return most;
	int ms = (int)((c->due[0].at - at) * 1000) + 1;
	return most < 0 || ms < most ? ms : most;
}

static void say_later(struct conn *c)
{
	size_t said = c->due_count ? c->due[c->due_count - 1].end : 0;
	if (c->out_len == said)
		return;
	if (c->due_count == DUE) {
		c->dead = true;
		return;
	}
	c->due[c->due_count].end = c->out_len;
	c->due[c->due_count++].at = now() + delay;
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
	if (delay > 0) {
		say_later(c);
		if (c->dead)
			(void)flush_late(c, now() + delay, -1);
		return;
	}
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
	c->chunk = c->len = c->out_len = c->due_count = 0;
	c->next = all;
	all = delay > 0 ? c : NULL;
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
	int listener = argc > 1 ? listen_on((int)strtol(argv[1], NULL, 10)) : -1;
	if (listener < 0 || epfd < 0) {
		perror("sink");
		return 71;
	}
	strcpy(hello, "250-sink\r\n");
	for (int i = 2; i < argc; i++)
		if (!strncmp(argv[i], "delay=", 6)) {
			delay = strtod(argv[i] + 6, NULL) / 1000;
			argv[i] = argv[2];
			argv++;
			argc--;
		}
	for (int i = 2; i < argc && strlen(hello) + strlen(argv[i]) < sizeof(hello) - 32; i++)
		sprintf(hello + strlen(hello), "250-%s\r\n", argv[i]);
	strcat(hello, "250 SIZE 100000000\r\n");
	struct sigaction act = { .sa_handler = on_term };
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	epoll_ctl(epfd, EPOLL_CTL_ADD, listener, &ev);
	while (!stop) {
		int wait_ms = -1;
		for (struct conn *c = all; c; c = c->next)
			wait_ms = c->fd < 0 ? wait_ms : flush_late(c, now(), wait_ms);
		int n = epoll_wait(epfd, events, 64, wait_ms);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (!c) {
				take(epfd, listener);
				continue;
			}
			serve(c);
			if (c->dead) {
				close(c->fd);
				c->fd = -1;
				c->due_count = 0;
				if (delay == 0)
					free(c); /* those of the list stay in it */
			}
		}
	}
	printf("%lu messages in %lu connections\n", messages, connections);
	return 0;
}
