/* SPDX-License-Identifier: MIT */
/* libevent does not show its own epoll descriptor, but tells which events it has: they are put
 * into a second one.  An entry whose descriptor was closed has left the kernel's list, and its
 * number may mean another socket by now, so nothing is taken for granted: each entry is said anew
 * after each turn.  There are two or three of them. */
#include "net/outside.h"

#include <errno.h>
#include <event2/event.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"

struct entry {
	int fd;
	uint32_t events;
};

struct sw_outside {
	const struct sw_loop *loop; /* while it is looked at */
	int epoll_fd;
	struct entry *list; /* what the kernel was told */
	size_t count, room;
	struct entry *next; /* being gathered */
	size_t next_count, next_room;
	uint64_t now_us, at_us;
	int64_t wall_us;
	bool nomem;
};

struct sw_outside *sw_outside_new(struct sw_error *err)
{
	struct sw_outside *o = sw_calloc(1, sizeof(*o));

	if (!o) {
		(void)sw_fail_nomem(err);
		return NULL;
	}
	o->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (o->epoll_fd < 0) {
		(void)sw_fail(err, SW_E_OS, "cannot make a descriptor to wait on (too many open?)");
		sw_free(o);
		return NULL;
	}
	o->at_us = 0;
	return o;
}

void sw_outside_free(struct sw_outside *o)
{
	if (!o)
		return;
	(void)close(o->epoll_fd);
	sw_free(o->list);
	sw_free(o->next);
	sw_free(o);
}

static bool gather(struct sw_outside *o, int fd, uint32_t events)
{
	for (size_t i = 0; i < o->next_count; i++)
		if (o->next[i].fd == fd) {
			o->next[i].events |= events;
			return true;
		}
	if (o->next_count == o->next_room) {
		size_t room = o->next_room ? 2 * o->next_room : 8;
		struct entry *more = sw_realloc(o->next, room * sizeof(*more));

		if (!more)
			return false;
		o->next = more;
		o->next_room = room;
	}
	o->next[o->next_count++] = (struct entry){ fd, events };
	return true;
}

/* libevent gives times of the wall clock: only the distance counts.  Our own timers are asked for
 * their time themselves, so that a clock that is set does not hold us up.  What is due waits a
 * millisecond: libevent's clock is coarse, and would have us ask until it has come so far. */
static void gather_time(struct sw_outside *o, const struct timeval *at)
{
	int64_t us = (int64_t)at->tv_sec * 1000000 + at->tv_usec - o->wall_us;
	uint64_t when = sw_time_add(o->now_us, us > 1000 ? (uint64_t)us : 1000);

	o->at_us = sw_min_u64(o->at_us, when);
}

static int on_event(const struct event_base *base SW_UNUSED, const struct event *ev, void *arg)
{
	struct sw_outside *o = arg;
	struct timeval at;
	short pending = (short)event_pending(ev, EV_READ | EV_WRITE | EV_TIMEOUT, &at);
	int fd = event_get_fd(ev);

	if ((pending & EV_TIMEOUT) && !sw_loop_is_tick(o->loop, ev))
		gather_time(o, &at);
	uint32_t events = (pending & EV_READ ? (uint32_t)EPOLLIN : 0) |
			  (pending & EV_WRITE ? (uint32_t)EPOLLOUT : 0);
	if (fd >= 0 && events && !gather(o, fd, events))
		o->nomem = true;
	return o->nomem;
}

static bool in_next(const struct sw_outside *o, int fd)
{
	for (size_t i = 0; i < o->next_count; i++)
		if (o->next[i].fd == fd)
			return true;
	return false;
}

static void tell(struct sw_outside *o)
{
	for (size_t i = 0; i < o->count; i++)
		if (!in_next(o, o->list[i].fd))
			(void)epoll_ctl(o->epoll_fd, EPOLL_CTL_DEL, o->list[i].fd, NULL);
	for (size_t i = 0; i < o->next_count; i++) {
		struct epoll_event ev = { .events = o->next[i].events };
		int fd = o->next[i].fd;

		if (epoll_ctl(o->epoll_fd, EPOLL_CTL_MOD, fd, &ev) != 0 &&
		    (errno != ENOENT || epoll_ctl(o->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0))
			o->at_us = 0; /* cannot be waited for: let the loop find out */
	}
}

enum sw_err sw_outside_follow(struct sw_outside *o, struct sw_loop *loop, struct sw_error *err)
{
	struct event_base *base = sw_loop_base(loop);
	struct entry *list = o->list;
	size_t room = o->room;

	o->next_count = 0;
	o->loop = loop;
	o->at_us = sw_loop_earliest(loop);
	o->now_us = sw_loop_now(loop);
	/* Of the real world always: it is libevent's clock that is taken off again. */
	o->wall_us = sw_world_real()->wall_us(NULL);
	o->nomem = false;
	(void)event_base_foreach_event(base, on_event, o);
	if (o->nomem)
		return sw_fail_nomem(err);
	if (event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE) > 0)
		o->at_us = 0;
	tell(o);
	o->list = o->next;
	o->count = o->next_count;
	o->room = o->next_room;
	o->next = list;
	o->next_room = room;
	return SW_OK;
}

int sw_outside_fd(const struct sw_outside *o)
{
	return o->epoll_fd;
}

uint64_t sw_outside_time(const struct sw_outside *o)
{
	return o->at_us;
}
