/* SPDX-License-Identifier: MIT */
#include "dns_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_MX = 15, TYPE_AAAA = 28, HEADER = 12 };

struct message {
	uint8_t bytes[16384];
	size_t len;
};

struct question {
	const uint8_t *bytes;
	size_t end;		/* behind type and class */
	char label[64];		/* first label, lower case */
	uint16_t type;
	bool tcp;
};

static void put(struct message *m, const void *bytes, size_t len)
{
	if (len > sizeof(m->bytes) - m->len)
		abort();
	memcpy(m->bytes + m->len, bytes, len);
	m->len += len;
}

static void put_u16(struct message *m, unsigned value)
{
	const uint8_t bytes[2] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(m, bytes, 2);
}

/* `owner` is a pointer into the message (RFC 1035 4.1.4), 12 for the name that was asked. */
static void put_record(struct message *m, unsigned owner, unsigned type, const void *rdata,
		       size_t len)
{
	put_u16(m, 0xc000 | owner);
	put_u16(m, type);
	put_u16(m, 1);
	put_u16(m, 0);
	put_u16(m, 60);
	put_u16(m, (unsigned)len);
	put(m, rdata, len);
	m->bytes[7]++;
	if (m->bytes[7] == 0)
		m->bytes[6]++;
}

static void put_address(struct message *m, const struct question *q, unsigned owner)
{
	static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	static const uint8_t v4[4] = { 192, 0, 2, 1 };

	if (q->type == TYPE_A)
		put_record(m, owner, TYPE_A, v4, 4);
	else if (q->type == TYPE_AAAA)
		put_record(m, owner, TYPE_AAAA, v6, 16);
}

static void answer_many(struct message *m, const struct question *q)
{
	if (!q->tcp) {
		m->bytes[2] |= 0x02;
		return;
	}
	for (unsigned i = 0; i < 300; i++) {
		const uint8_t ip[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
		put_record(m, HEADER, TYPE_A, ip, 4);
	}
}

static void put_cname(struct message *m, const char *label)
{
	char rdata[32];
	int len = snprintf(rdata, sizeof(rdata), "%c%s\4test", (char)strlen(label), label);

	put_record(m, HEADER, TYPE_CNAME, rdata, (size_t)len + 1);
}

/* "long" leads to "l1.test", that to "l2.test", to "l10.test". */
static void answer_chain(struct message *m, const struct question *q)
{
	char next[16];
	int number = q->label[1] == 'o' ? 0 : (int)strtol(q->label + 1, NULL, 10);

	if (number == 10) {
		put_address(m, q, HEADER);
		return;
	}
	snprintf(next, sizeof(next), "l%d", number + 1);
	put_cname(m, next);
}

static void answer_cname(struct message *m, const struct question *q)
{
	put_record(m, HEADER, TYPE_CNAME, "\1a\4test", 8);
	put_address(m, q, (unsigned)m->len - 8);
}

static void answer_loop(struct message *m, const struct question *q)
{
	put_cname(m, strcmp(q->label, "loop") == 0 ? "other" : "loop");
}

static void answer_mx(struct message *m, const struct question *q)
{
	if (q->type != TYPE_MX)
		return;
	put_record(m, HEADER, TYPE_MX, "\0\24\1b\4test", 10);
	put_record(m, HEADER, TYPE_MX, "\0\12\1a\4test", 10);
}

static void answer_a(struct message *m, const struct question *q)
{
	put_address(m, q, HEADER);
}

static void answer_broken(struct message *m, const struct question *q)
{
	put_record(m, HEADER, q->type, "abc", 3);
}

static void answer_trunc(struct message *m, const struct question *q)
{
	(void)q;
	m->bytes[2] |= 0x02;
}

static void answer_garbage(struct message *m, const struct question *q)
{
	(void)q;
	memset(m->bytes + 2, 0xa5, 60);
	m->len = 62;
}

static void answer_wrongid(struct message *m, const struct question *q)
{
	m->bytes[0] ^= 0xff;
	answer_a(m, q);
}

static const struct {
	const char *label;
	uint8_t rcode;
	void (*answer)(struct message *m, const struct question *q);
} behaviours[] = {
	{ "a", 0, answer_a },
	{ "nodata", 0, NULL },
	{ "nx", 3, NULL },
	{ "servfail", 2, NULL },
	{ "refused", 5, NULL },
	{ "garbage", 0, answer_garbage },
	{ "wrongid", 0, answer_wrongid },
	{ "trunc", 0, answer_trunc },
	{ "many", 0, answer_many },
	{ "cname", 0, answer_cname },
	{ "loop", 0, answer_loop },
	{ "other", 0, answer_loop },
	{ "long", 0, answer_chain },
	{ "mx", 0, answer_mx },
	{ "broken", 0, answer_broken },
};

/* False: nothing is sent. */
static bool build(const struct question *q, struct message *m)
{
	static const char unless_v6[] = "noreply-aaaa-";
	const char *label = q->label;

	if (strncmp(label, unless_v6, sizeof(unless_v6) - 1) == 0) {
		if (q->type == TYPE_AAAA)
			return false;
		label += sizeof(unless_v6) - 1;
	}
	for (size_t i = 0; i < SW_LEN(behaviours); i++) {
		bool link = label[0] == 'l' && label[1] >= '0' && label[1] <= '9';
		if (strcmp(link ? "long" : label, behaviours[i].label) != 0)
			continue;
		m->len = 0;
		put(m, q->bytes, q->end);
		m->bytes[2] = 0x85; /* response, authoritative, recursion desired */
		m->bytes[3] = (uint8_t)(0x80 | behaviours[i].rcode);
		memset(m->bytes + 6, 0, 6);
		if (behaviours[i].answer)
			behaviours[i].answer(m, q);
		return true;
	}
	return false;
}

static bool read_question(const uint8_t *bytes, size_t len, bool tcp, struct question *q)
{
	size_t at = HEADER;

	if (len < HEADER + 1 || bytes[HEADER] > 63 || HEADER + 1u + bytes[HEADER] > len)
		return false;
	for (size_t i = 0; i < bytes[HEADER]; i++)
		q->label[i] = (char)(bytes[HEADER + 1 + i] | 0x20);
	q->label[bytes[HEADER]] = '\0';
	/* 0x20 would spoil '-' (0x2d has it already) and digits (they have it too) */
	while (at < len && bytes[at] != 0)
		at += 1u + bytes[at];
	if (at + 5 > len)
		return false;
	q->type = (uint16_t)(bytes[at + 1] << 8 | bytes[at + 2]);
	q->bytes = bytes;
	q->end = at + 5;
	q->tcp = tcp;
	return true;
}

static void on_udp(void *arg, unsigned ready)
{
	struct dns_server *s = arg;
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t in[1024];
	struct question q;
	struct message m;

	(void)ready;
	ssize_t len = recvfrom(s->fd, in, sizeof(in), 0, (struct sockaddr *)&from, &from_len);
	if (len < 0 || !read_question(in, (size_t)len, false, &q))
		return;
	s->questions++;
	if (build(&q, &m))
		sendto(s->fd, m.bytes, m.len, 0, (struct sockaddr *)&from, from_len);
}

static void on_tcp(void *arg, unsigned ready)
{
	struct dns_call *c = arg;
	uint8_t in[1024];
	struct question q;
	struct message m;

	(void)ready;
	ssize_t len = recv(c->fd, in, sizeof(in), 0);
	sw_watch_set(c->watch, 0);
	if (len > 2 && read_question(in + 2, (size_t)len - 2, true, &q) &&
	    strcmp(q.label, "trunc") != 0 && build(&q, &m)) {
		const uint8_t size[2] = { (uint8_t)(m.len >> 8), (uint8_t)m.len };
		if (send(c->fd, size, 2, MSG_NOSIGNAL | MSG_MORE) == 2)
			(void)!send(c->fd, m.bytes, m.len, MSG_NOSIGNAL);
	}
	shutdown(c->fd, SHUT_RDWR);
}

static void on_accept(void *arg, int fd, const struct sw_addr *peer)
{
	struct dns_server *s = arg;
	struct dns_call *c = &s->calls[s->call_count];

	(void)peer;
	if (s->call_count == DNS_SERVER_CALLS) {
		close(fd);
		return;
	}
	s->call_count++;
	*c = (struct dns_call){ .fd = fd, .server = s };
	c->watch = sw_watch_new(s->loop, fd, on_tcp, c);
	sw_watch_set(c->watch, SW_WANT_READ);
}

/* UDP and TCP on the same port, whichever is free for both. */
void dns_server_start(struct dns_server *s, struct sw_loop *loop)
{
	const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct sw_addr addr = sw_addr_v4(loopback, 0);

	memset(s, 0, sizeof(*s));
	s->loop = loop;
	s->fd = -1;
	for (int i = 0; i < 50 && s->fd < 0; i++) {
		sw_listener_free(s->tcp);
		s->tcp = sw_listener_new(loop, &addr, on_accept, s, NULL);
		if (!s->tcp)
			abort();
		const struct sw_addr *bound = sw_listener_addr(s->tcp);
		s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (bind(s->fd, (const struct sockaddr *)&bound->ss, bound->len) != 0) {
			close(s->fd);
			s->fd = -1;
		}
		sw_addr_text(bound, s->address);
	}
	s->watch = sw_watch_new(loop, s->fd, on_udp, s);
	if (s->fd < 0 || !s->watch)
		abort();
	sw_watch_set(s->watch, SW_WANT_READ);
}

void dns_server_stop(struct dns_server *s)
{
	for (size_t i = 0; i < s->call_count; i++) {
		sw_watch_free(s->calls[i].watch);
		close(s->calls[i].fd);
	}
	sw_listener_free(s->tcp);
	sw_watch_free(s->watch);
	close(s->fd);
}
