/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/tcp.h"

enum {
	BACKLOG = 128,
	/* Connections taken in one turn, so that others get theirs. */
	ACCEPT_AT_ONCE = 16,
	/* Out of descriptors: asking again at once would only burn the processor. */
	PAUSE_US = 100 * 1000,
};

struct sw_listener {
	struct sw_loop *loop;
	int fd;
	struct sw_addr addr;
	struct sw_watch *watch;
	struct sw_timer *resume;
	sw_accept_fn fn;
	void *arg;
	bool *freed;	/* set while the callback runs: tells on_ready that it freed us */
};

/* False when there is none just now. */
static bool accept_one(struct sw_listener *l, int *ret_fd, struct sw_addr *ret_peer)
{
	*ret_peer = (struct sw_addr){ .len = sizeof(ret_peer->ss) };
	do {
		*ret_fd = accept4(l->fd, (struct sockaddr *)&ret_peer->ss, &ret_peer->len,
				  SOCK_NONBLOCK | SOCK_CLOEXEC);
		/* Errors of the new connection, not of the listener (accept(2), Linux). */
	} while (*ret_fd < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
	if (*ret_fd >= 0)
		return true;
	if (errno != EAGAIN && errno != EWOULDBLOCK) {
		sw_watch_set(l->watch, 0);
		sw_timer_set(l->resume, sw_time_add(sw_loop_now(l->loop), PAUSE_US));
	}
	return false;
}

static void on_ready(void *arg, unsigned ready SW_UNUSED)
{
	struct sw_listener *l = arg;
	struct sw_addr peer;
	bool freed = false;
	int fd;

	for (int i = 0; i < ACCEPT_AT_ONCE && accept_one(l, &fd, &peer); i++) {
		l->freed = &freed;
		l->fn(l->arg, fd, &peer);
		if (freed)
			return;
		l->freed = NULL;
	}
}

static void on_resume(void *arg)
{
	struct sw_listener *l = arg;

	sw_watch_set(l->watch, SW_WANT_READ);
}

static bool open_socket(struct sw_listener *l, const struct sw_addr *addr)
{
	const int on = 1;

	l->fd = socket(addr->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	return l->fd >= 0 &&
	       setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       bind(l->fd, (const struct sockaddr *)&addr->ss, addr->len) == 0 &&
	       listen(l->fd, BACKLOG) == 0 && sw_tcp_local(l->fd, &l->addr);
}

struct sw_listener *sw_listener_new(struct sw_loop *loop, const struct sw_addr *addr,
				    sw_accept_fn fn, void *arg, struct sw_error *err)
{
	struct sw_listener *l = sw_calloc(1, sizeof(*l));
	char text[SW_ADDR_TEXT];

	if (!l) {
		sw_fail_nomem(err);
		return NULL;
	}
	*l = (struct sw_listener){ .loop = loop, .fd = -1, .fn = fn, .arg = arg };
	if (!open_socket(l, addr)) {
		sw_fail_errno(err, SW_E_OS, errno, "cannot listen on %s",
			      sw_addr_text(addr, text));
		sw_listener_free(l);
		return NULL;
	}
	l->watch = sw_watch_new(loop, l->fd, on_ready, l);
	l->resume = sw_timer_new(loop, on_resume, l);
	if (!l->watch || !l->resume) {
		sw_fail_nomem(err);
		sw_listener_free(l);
		return NULL;
	}
	sw_watch_set(l->watch, SW_WANT_READ);
	return l;
}

const struct sw_addr *sw_listener_addr(const struct sw_listener *l)
{
	return &l->addr;
}

void sw_listener_free(struct sw_listener *l)
{
	if (!l)
		return;
	if (l->freed)
		*l->freed = true;
	sw_timer_free(l->resume);
	sw_watch_free(l->watch);
	if (l->fd >= 0)
		close(l->fd);
	sw_free(l);
}
