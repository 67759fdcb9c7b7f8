/* SPDX-License-Identifier: MIT */
#include "net/unbound_events.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/mem.h"

/* What libunbound says of an event is handed to libevent as it stands. */
_Static_assert(UB_EV_TIMEOUT == EV_TIMEOUT && UB_EV_READ == EV_READ &&
		       UB_EV_WRITE == EV_WRITE && UB_EV_SIGNAL == EV_SIGNAL &&
		       UB_EV_PERSIST == EV_PERSIST,
	       "libunbound counts its bits as libevent does");

struct one {
	struct ub_event base; /* first: the two are cast to each other */
	struct event event;
	void (*fn)(int, short, void *);
	void *arg;
};

static struct event *event_of(struct ub_event *e)
{
	return &((struct one *)(void *)e)->event;
}

static struct event_base *loop_of(struct ub_event_base *base)
{
	return ((struct sw_unbound_events *)(void *)base)->loop;
}

/* libunbound forgets a question, or says SERVFAIL, when it gets no memory. malloc leaves word. */
static void call(int fd, short what, void *arg)
{
	const struct one *o = arg;

	errno = 0;
	o->fn(fd, what, o->arg);
	/* The event may be gone by now. */
	if (errno == ENOMEM)
		sw_mem_note_refusal();
}

/* libunbound has taken the event out before it changes it. */
static void change(struct ub_event *u, int fd, short bits)
{
	struct event *e = event_of(u);

	(void)event_assign(e, event_get_base(e), fd, bits, event_get_callback(e),
			   event_get_callback_arg(e));
}

static void add_bits(struct ub_event *u, short bits)
{
	const struct event *e = event_of(u);

	change(u, event_get_fd(e), (short)(event_get_events(e) | bits));
}

static void del_bits(struct ub_event *u, short bits)
{
	const struct event *e = event_of(u);

	change(u, event_get_fd(e), (short)(event_get_events(e) & ~bits));
}

static void set_fd(struct ub_event *u, int fd)
{
	change(u, fd, event_get_events(event_of(u)));
}

static void free_event(struct ub_event *u)
{
	(void)event_del(event_of(u));
	sw_free(u);
}

static int add(struct ub_event *u, struct timeval *wait)
{
	int rc = event_add(event_of(u), wait);

	if (rc)
		sw_mem_note_refusal();
	return rc;
}

static int del(struct ub_event *u)
{
	return event_del(event_of(u));
}

static int add_timer(struct ub_event *u, struct ub_event_base *base,
		     void (*fn)(int, short, void *), void *arg, struct timeval *wait)
{
	struct event *e = event_of(u);

	(void)event_del(e);
	((struct one *)(void *)u)->fn = fn;
	((struct one *)(void *)u)->arg = arg;
	if (evtimer_assign(e, loop_of(base), call, u) != 0)
		return -1;
	return event_add(e, wait);
}

/* Signals and Windows: libunbound does not ask for them. */
static int no_signal(struct ub_event *u SW_UNUSED, struct timeval *wait SW_UNUSED)
{
	return -1;
}

static int no_signal_to_end(struct ub_event *u SW_UNUSED)
{
	return -1;
}

static void nothing(struct ub_event *u SW_UNUSED)
{
}

static void nothing_blocks(struct ub_event *u SW_UNUSED, int bit SW_UNUSED)
{
}

static struct ub_event_vmt of_event = {
	.add_bits = add_bits,
	.del_bits = del_bits,
	.set_fd = set_fd,
	.free = free_event,
	.add = add,
	.del = del,
	.add_timer = add_timer,
	.del_timer = del,
	.add_signal = no_signal,
	.del_signal = no_signal_to_end,
	.winsock_unregister_wsaevent = nothing,
	.winsock_tcp_wouldblock = nothing_blocks,
};

static struct ub_event *new_event(struct ub_event_base *base, int fd, short bits,
				  void (*fn)(int, short, void *), void *arg)
{
	struct one *o = sw_calloc(1, sizeof(*o));

	if (!o)
		return NULL;
	o->base.magic = UB_EVENT_MAGIC;
	o->base.vmt = &of_event;
	o->fn = fn;
	o->arg = arg;
	if (event_assign(&o->event, loop_of(base), fd, bits, call, o) == 0)
		return &o->base;
	sw_free(o);
	return NULL;
}

static struct ub_event *new_signal(struct ub_event_base *base SW_UNUSED, int number SW_UNUSED,
				   void (*fn)(int, short, void *) SW_UNUSED,
				   void *arg SW_UNUSED)
{
	return NULL;
}

static struct ub_event *new_windows(struct ub_event_base *base SW_UNUSED,
				    void *event SW_UNUSED,
				    void (*fn)(int, short, void *) SW_UNUSED,
				    void *arg SW_UNUSED)
{
	return NULL;
}

/* The loop is ours: it is neither freed, nor run, nor stopped by others. */
static void keep(struct ub_event_base *base SW_UNUSED)
{
}

static int no_run(struct ub_event_base *base SW_UNUSED)
{
	return -1;
}

static int no_exit(struct ub_event_base *base SW_UNUSED, struct timeval *wait SW_UNUSED)
{
	return -1;
}

static struct ub_event_base_vmt of_base = {
	.free = keep,
	.dispatch = no_run,
	.loopexit = no_exit,
	.new_event = new_event,
	.new_signal = new_signal,
	.winsock_register_wsaevent = new_windows,
};

void sw_unbound_events_init(struct sw_unbound_events *e, struct event_base *loop)
{
	e->base.magic = UB_EVENT_MAGIC;
	e->base.vmt = &of_base;
	e->loop = loop;
}
