/* SPDX-License-Identifier: MIT */
#include "net/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"
#include "net/timers.h"

/* A descriptor's two interests are two libevent events: turning one on or off is then a single
 * epoll_ctl, and leaves the other alone. */
struct sw_watch {
	struct sw_loop *loop;
	struct event read, write;
	unsigned want;         /* what the kernel is asked for */
	unsigned missing;      /* what it should be asked for, and there was no memory to */
	struct sw_watch *next; /* of those that miss something */
	sw_watch_fn fn;
	void *arg;
};

struct sw_timer {
	struct sw_timer_node node;
	struct sw_loop *loop;
	sw_loop_fn fn;
	void *arg;
};

/* What could not be waited for is tried again then. */
enum { AGAIN_US = 20 * 1000 };

/* All timers share one libevent timer, `tick`: it is moved when an earlier time is set, and
 * left alone when its time is only put off, so a deadline that is set anew for each command
 * costs no system call and next to no work. */
struct sw_loop {
	struct event_base *base;
	struct event tick;
	struct sw_timers timers;
	uint64_t tick_at; /* SW_NEVER: not armed */
	bool ticked;      /* in this turn */
	bool stopped;
	struct sw_timer again; /* when those that miss something try anew */
	struct sw_watch *missing;
	uint64_t recent_us; /* the last reading of the clock */
	sw_loop_fn wait;    /* NULL: sw_loop_run waits itself */
	void *wait_arg;
};

uint64_t sw_loop_now(struct sw_loop *loop)
{
	const struct sw_world *world = sw_world_real();

	loop->recent_us = world->now_us(world->arg);
	return loop->recent_us;
}

uint64_t sw_loop_recent(const struct sw_loop *loop)
{
	return loop->recent_us;
}

static void arm(struct sw_loop *loop, uint64_t at_us, uint64_t now_us)
{
	uint64_t wait_us = at_us > now_us ? at_us - now_us : 0;
	/* libevent adds to its own idea of the time: stay far from its overflow. A tick that
	 * comes too early arms itself again. */
	const uint64_t longest_us = 24ull * 3600 * 1000 * 1000;

	if (wait_us > longest_us)
		wait_us = longest_us;
	const struct timeval tv = { .tv_sec = (time_t)(wait_us / 1000000),
				    .tv_usec = (suseconds_t)(wait_us % 1000000) };

	loop->tick_at = at_us;
	/* Without memory for it the tick comes at once, and tries again; else nobody would be
	 * woken any more. */
	if (evtimer_add(&loop->tick, &tv) != 0)
		event_active(&loop->tick, EV_TIMEOUT, 1);
}

/* Brings the tick in line with the earliest timer. */
static void follow(struct sw_loop *loop)
{
	uint64_t at_us = sw_timers_earliest(&loop->timers);

	if (at_us == SW_NEVER) {
		/* An armed tick would keep a loop alive that waits for nothing. */
		if (loop->tick_at != SW_NEVER)
			evtimer_del(&loop->tick);
		loop->tick_at = SW_NEVER;
	} else if (at_us < loop->tick_at) {
		arm(loop, at_us, sw_loop_now(loop));
	}
}

static void on_tick(evutil_socket_t fd SW_UNUSED, short what SW_UNUSED, void *arg)
{
	struct sw_loop *loop = arg;
	struct sw_timer_node *node;

	loop->tick_at = SW_NEVER;
	loop->ticked = true;
	/* Those that are due now; what their callbacks set waits for the next turn. */
	sw_timers_collect(&loop->timers, sw_loop_now(loop));
	while (!loop->stopped && (node = sw_timers_take(&loop->timers))) {
		const struct sw_timer *t = (const struct sw_timer *)(void *)node;

		t->fn(t->arg);
	}
	follow(loop);
}

static void try_again(void *arg);

static struct event_base *new_base(void)
{
	struct event_config *config = event_config_new();

	if (!config)
		return NULL;
	/* Without the precise timer there is no timerfd, and waiting is exact to a
	 * millisecond. One loop belongs to one thread; the environment has no say. */
	event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
	struct event_base *base = event_base_new_with_config(config);

	event_config_free(config);
	return base;
}

/* What a base needs of descriptors: libevent writes to standard error when it gets none, and
 * its log function belongs to whoever else uses it in this process. */
static enum sw_err check_descriptors(struct sw_error *err)
{
	int ends[2] = { -1, -1 };
	int poll = epoll_create1(EPOLL_CLOEXEC);
	int os_errno = poll < 0 || pipe2(ends, O_CLOEXEC) != 0 ? errno : 0;

	if (poll >= 0)
		close(poll);
	if (ends[0] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
	return os_errno ? sw_fail_errno(err, SW_E_OS, os_errno, "cannot make an event loop")
			: SW_OK;
}

struct sw_loop *sw_loop_new(struct sw_error *err)
{
	uint64_t refused = sw_mem_refused();
	struct sw_loop *loop = sw_calloc(1, sizeof(*loop));

	if (!loop) {
		sw_fail_nomem(err);
		return NULL;
	}
	if (check_descriptors(err)) {
		sw_free(loop);
		return NULL;
	}
	loop->tick_at = SW_NEVER;
	loop->base = new_base();
	loop->again.loop = loop;
	loop->again.fn = try_again;
	loop->again.arg = loop;
	if (!loop->base || evtimer_assign(&loop->tick, loop->base, on_tick, loop) != 0 ||
	    !sw_timers_add(&loop->timers, &loop->again.node)) {
		sw_fail(err, SW_E_OS, "cannot make an event loop (descriptors or memory?)");
		(void)sw_fail_if_refused(err, refused);
		sw_loop_free(loop);
		return NULL;
	}
	return loop;
}

void sw_loop_free(struct sw_loop *loop)
{
	if (!loop)
		return;
	if (loop->base) {
		event_del(&loop->tick);
		event_base_free(loop->base);
	}
	sw_timers_fini(&loop->timers);
	sw_free(loop);
}

struct event_base *sw_loop_base(struct sw_loop *loop)
{
	return loop->base;
}

static enum sw_err turn(struct sw_loop *loop, int flags)
{
	loop->stopped = false;
	/* Timers that a stop left behind. */
	follow(loop);
	return event_base_loop(loop->base, flags) < 0 ? SW_E_OS : SW_OK;
}

enum sw_err sw_loop_run(struct sw_loop *loop)
{
	while (loop->wait) {
		enum sw_err e = sw_loop_poll(loop);

		if (e || loop->stopped ||
		    event_base_get_num_events(
			    loop->base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE) == 0)
			return e;
		loop->wait(loop->wait_arg);
		/* Stopped meanwhile, by who was waited for. */
		if (loop->stopped)
			return SW_OK;
	}
	return turn(loop, 0);
}

void sw_loop_on_wait(struct sw_loop *loop, sw_loop_fn wait, void *arg)
{
	loop->wait = wait;
	loop->wait_arg = arg;
}

bool sw_loop_is_stepped(const struct sw_loop *loop)
{
	return loop->wait != NULL;
}

uint64_t sw_loop_earliest(const struct sw_loop *loop)
{
	return sw_timers_earliest(&loop->timers);
}

bool sw_loop_is_tick(const struct sw_loop *loop, const struct event *ev)
{
	return ev == &loop->tick;
}

enum sw_err sw_loop_poll(struct sw_loop *loop)
{
	/* With EVLOOP_NONBLOCK alone libevent goes on for as long as something is ready. */
	loop->ticked = false;
	enum sw_err e = turn(loop, EVLOOP_NONBLOCK | EVLOOP_ONCE);

	/* Its clock is some milliseconds coarse: whoever has waited for a timer's time
	 * elsewhere would ask a thousand times before that clock says so, too. */
	if (!e && !loop->stopped && !loop->ticked &&
	    sw_timers_earliest(&loop->timers) <= sw_loop_now(loop)) {
		evtimer_del(&loop->tick);
		on_tick(-1, 0, loop);
	}
	return e;
}

enum sw_err sw_loop_once(struct sw_loop *loop)
{
	return turn(loop, EVLOOP_ONCE);
}

void sw_loop_stop(struct sw_loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

struct sw_timer *sw_timer_new(struct sw_loop *loop, sw_loop_fn fn, void *arg)
{
	struct sw_timer *t = sw_calloc(1, sizeof(*t));

	if (!t || !sw_timers_add(&loop->timers, &t->node)) {
		sw_free(t);
		return NULL;
	}
	t->loop = loop;
	t->fn = fn;
	t->arg = arg;
	return t;
}

void sw_timer_set(struct sw_timer *t, uint64_t at_us)
{
	sw_timers_set(&t->loop->timers, &t->node, at_us);
	follow(t->loop);
}

void sw_timer_free(struct sw_timer *t)
{
	if (!t)
		return;
	sw_timers_remove(&t->loop->timers, &t->node);
	follow(t->loop);
	sw_free(t);
}

static void on_event(evutil_socket_t fd SW_UNUSED, short what, void *arg)
{
	const struct sw_watch *w = arg;

	/* The last thing done: the callback may free the watch. */
	w->fn(w->arg, what & EV_WRITE ? SW_WANT_WRITE : SW_WANT_READ);
}

struct sw_watch *sw_watch_new(struct sw_loop *loop, int fd, sw_watch_fn fn, void *arg)
{
	struct sw_watch *w = sw_calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->loop = loop;
	w->fn = fn;
	w->arg = arg;
	if (event_assign(&w->read, loop->base, fd, EV_READ | EV_PERSIST, on_event, w) != 0 ||
	    event_assign(&w->write, loop->base, fd, EV_WRITE | EV_PERSIST, on_event, w) != 0) {
		sw_free(w);
		return NULL;
	}
	return w;
}

static void miss(struct sw_watch *w, unsigned bit)
{
	struct sw_loop *loop = w->loop;

	if (!w->missing) {
		w->next = loop->missing;
		loop->missing = w;
	}
	w->missing |= bit;
	sw_timer_set(&loop->again, sw_time_add(sw_loop_now(loop), AGAIN_US));
}

static void miss_no_more(struct sw_watch *w, unsigned bit)
{
	struct sw_watch **at = &w->loop->missing;

	if (!(w->missing & bit))
		return;
	w->missing &= ~bit;
	while (!w->missing && *at && *at != w)
		at = &(*at)->next;
	if (!w->missing && *at)
		*at = w->next;
}

static void set_one(struct sw_watch *w, struct event *ev, unsigned bit, unsigned want)
{
	if (!(want & bit)) {
		if ((w->want | w->missing) & bit)
			event_del(ev);
		miss_no_more(w, bit);
		w->want &= ~bit;
	} else if (!(w->want & bit) && event_add(ev, NULL) == 0) {
		miss_no_more(w, bit);
		w->want |= bit;
	} else if (!(w->want & bit)) {
		/* No memory, or a descriptor that cannot be waited for: let the owner try its
		 * call at the next turn and find out; and a little later again, for it may
		 * find that there is nothing yet, and wait. */
		event_active(ev, bit == SW_WANT_WRITE ? EV_WRITE : EV_READ, 0);
		miss(w, bit);
	}
}

static void try_again(void *arg)
{
	struct sw_loop *loop = arg;

	/* No owner is called from here: the list changes by set_one alone. */
	for (struct sw_watch *w = loop->missing, *next; w; w = next) {
		next = w->next;
		sw_watch_set(w, w->want | w->missing);
	}
}

void sw_watch_set(struct sw_watch *w, unsigned want)
{
	set_one(w, &w->read, SW_WANT_READ, want);
	set_one(w, &w->write, SW_WANT_WRITE, want);
}

void sw_watch_free(struct sw_watch *w)
{
	if (!w)
		return;
	miss_no_more(w, SW_WANT_READ);
	miss_no_more(w, SW_WANT_WRITE);
	event_del(&w->read);
	event_del(&w->write);
	sw_free(w);
}
