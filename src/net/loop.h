/* SPDX-License-Identifier: MIT */
/* The event loop: libevent's base with our clock.  All times are absolute microseconds of the
 * monotonic clock (CLOCK_MONOTONIC).  One loop belongs to one thread. */
#ifndef SW_NET_LOOP_H
#define SW_NET_LOOP_H

#include "base/error.h"

struct event;
struct event_base;
struct sw_loop;
struct sw_timer;
struct sw_watch;

struct sw_loop *sw_loop_new(struct sw_error *err) SW_MUST_USE;
void sw_loop_free(struct sw_loop *loop);
/* For libunbound's event API. */
struct event_base *sw_loop_base(struct sw_loop *loop);
/* Fresh reading of the clock. */
uint64_t sw_loop_now(struct sw_loop *loop);
/* The last reading: for what is done at once behind it. Streams read the clock behind each of
 * their calls of the system. */
uint64_t sw_loop_recent(const struct sw_loop *loop);
/* Runs callbacks until sw_loop_stop is called (from a callback), or nothing is left to wait
 * for. SW_E_OS when the loop itself breaks. */
enum sw_err sw_loop_run(struct sw_loop *loop) SW_MUST_USE;
/* Runs what is due now; never waits. */
/* Waits for what comes first and runs all that is due then; for who looks after several users of one
 * loop. */
enum sw_err sw_loop_once(struct sw_loop *loop) SW_MUST_USE;
enum sw_err sw_loop_poll(struct sw_loop *loop) SW_MUST_USE;
void sw_loop_stop(struct sw_loop *loop);

typedef void (*sw_loop_fn)(void *arg);

/* Called by sw_loop_run instead of waiting, between turns that do not wait: for whoever has a
 * loop of his own (net/outside.h tells him what to wait for). NULL: waits itself again. */
void sw_loop_on_wait(struct sw_loop *loop, sw_loop_fn wait, void *arg);
/* The earliest time of its own timers; SW_NEVER: none is set. */
bool sw_loop_is_stepped(const struct sw_loop *loop);
uint64_t sw_loop_earliest(const struct sw_loop *loop);
/* Whether this is the one event that stands for all timers. */
bool sw_loop_is_tick(const struct sw_loop *loop, const struct event *ev);

struct sw_timer *sw_timer_new(struct sw_loop *loop, sw_loop_fn fn, void *arg) SW_MUST_USE;
/* SW_NEVER disarms; a time in the past fires at the next turn of the loop (never at once). */
void sw_timer_set(struct sw_timer *t, uint64_t at_us);
void sw_timer_free(struct sw_timer *t);

enum { SW_WANT_READ = 1, SW_WANT_WRITE = 2 };
typedef void (*sw_watch_fn)(void *arg, unsigned ready);

/* Watches a descriptor; starts with no interest. The descriptor is not owned. */
struct sw_watch *sw_watch_new(struct sw_loop *loop, int fd, sw_watch_fn fn,
			      void *arg) SW_MUST_USE;
/* Level-triggered interest: SW_WANT_* bits, 0 to pause. */
void sw_watch_set(struct sw_watch *w, unsigned want);
void sw_watch_free(struct sw_watch *w);

#endif
