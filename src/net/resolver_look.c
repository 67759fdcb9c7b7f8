/* SPDX-License-Identifier: MIT */
/* libunbound says SERVFAIL for whatever went wrong, and does not notice that a name server's host refuses
 * its packets: it waits 17 seconds for a local resolver that does not run. So when it has nothing to say,
 * the servers are asked once more, each over a connected socket, and show themselves. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"
#include "dns/name.h"
#include "net/resolver_internal.h"

enum { HEADER = 12, QUESTION = HEADER + SW_DNS_NAME_WIRE + 4 };

struct peer {
	struct sw_ns_look *look;
	struct sw_watch *watch;
	int fd;
	bool over;
};

struct sw_ns_look {
	struct sw_loop *loop;
	struct sw_timer *timer;
	struct peer peers[SW_MAX_NAMESERVERS];
	struct sw_ns_verdict verdict;
	uint8_t question[QUESTION];
	size_t question_len;
	sw_ns_look_fn fn;
	void *arg;
};

void sw_ns_look_free(struct sw_ns_look *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->verdict.count; i++) {
		sw_watch_free(l->peers[i].watch);
		if (l->peers[i].fd >= 0)
			close(l->peers[i].fd);
	}
	sw_timer_free(l->timer);
	sw_free(l);
}

static void on_timer(void *arg)
{
	struct sw_ns_look *l = arg;

	l->fn(l->arg, &l->verdict);
}

static void end_peer(struct peer *p)
{
	struct sw_ns_look *l = p->look;

	p->over = true;
	if (p->watch)
		sw_watch_set(p->watch, 0);
	for (size_t i = 0; i < l->verdict.count; i++)
		if (!l->peers[i].over)
			return;
	sw_timer_set(l->timer, 0);
}

/* An answer to our question; servers that cannot read one may leave it out (FORMERR). */
static bool is_reply(const struct sw_ns_look *l, const uint8_t *packet, size_t len)
{
	if (len < HEADER || memcmp(packet, l->question, 2) != 0 || (packet[2] & 0x80) == 0)
		return false;
	if (packet[4] == 0 && packet[5] == 0)
		return len == HEADER;
	size_t asked = l->question_len - HEADER;
	return packet[4] == 0 && packet[5] == 1 && len >= l->question_len &&
	       sw_slice_eq_nocase(sw_slice(packet + HEADER, asked),
				  sw_slice(l->question + HEADER, asked));
}

static void on_readable(void *arg, unsigned ready SW_UNUSED)
{
	struct peer *p = arg;
	struct sw_ns_state *state = &p->look->verdict.servers[p - p->look->peers];
	uint8_t packet[512];

	ssize_t len = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT);
	if (len < 0) {
		if (errno == EAGAIN || errno == EINTR)
			return;
		state->os_errno = errno;
		end_peer(p);
	} else if (is_reply(p->look, packet, (size_t)len)) {
		state->answered = true;
		state->rcode = packet[3] & 0x0f;
		state->truncated = (packet[2] & 0x02) != 0;
		end_peer(p);
	} else {
		state->nonsense = true;
	}
}

static bool send_question(struct peer *p, const struct sw_addr *addr)
{
	const struct sw_ns_look *l = p->look;

	p->fd = socket(addr->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return false;
	return connect(p->fd, (const struct sockaddr *)&addr->ss, addr->len) == 0 &&
	       send(p->fd, l->question, l->question_len, MSG_NOSIGNAL) >= 0;
}

static bool start_peer(struct sw_ns_look *l, size_t i)
{
	struct peer *p = &l->peers[i];

	if (!send_question(p, &l->verdict.servers[i].addr)) {
		l->verdict.servers[i].os_errno = errno;
		end_peer(p);
		return true;
	}
	p->watch = sw_watch_new(l->loop, p->fd, on_readable, p);
	if (!p->watch)
		return false;
	sw_watch_set(p->watch, SW_WANT_READ);
	return true;
}

/* RFC 1035 4.1: a random id, recursion desired, one question of class IN. */
static bool build_question(struct sw_ns_look *l, const char *name, enum sw_dns_type type)
{
	const struct sw_world *world = sw_world_real();
	uint8_t *q = l->question;

	if (!world->random(world->arg, q, 2))
		return false;
	q[2] = 0x01;
	q[5] = 1;
	size_t len = sw_dns_name_write(sw_slice_str(name), q + HEADER);
	if (len == 0)
		return false;
	q[HEADER + len] = (uint8_t)(type >> 8);
	q[HEADER + len + 1] = (uint8_t)type;
	q[HEADER + len + 3] = 1;
	l->question_len = HEADER + len + 4;
	return true;
}

struct sw_ns_look *sw_ns_look_start(struct sw_loop *loop, const struct sw_addr *servers,
				    size_t count, const char *name, enum sw_dns_type type,
				    uint64_t until_us, sw_ns_look_fn fn, void *arg)
{
	struct sw_ns_look *l = sw_calloc(1, sizeof(*l));
	bool good = l != NULL;

	if (!l)
		return NULL;
	l->loop = loop;
	l->fn = fn;
	l->arg = arg;
	l->timer = sw_timer_new(loop, on_timer, l);
	good = l->timer && build_question(l, name, type);
	if (good)
		sw_timer_set(l->timer, until_us);
	l->verdict.count = count < SW_MAX_NAMESERVERS ? count : SW_MAX_NAMESERVERS;
	for (size_t i = 0; i < l->verdict.count; i++) {
		l->peers[i] = (struct peer){ .look = l, .fd = -1 };
		l->verdict.servers[i].addr = servers[i];
	}
	for (size_t i = 0; good && i < l->verdict.count; i++)
		good = start_peer(l, i);
	if (good)
		return l;
	sw_ns_look_free(l);
	return NULL;
}
