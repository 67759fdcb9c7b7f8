/* SPDX-License-Identifier: MIT */
#include "probe/net_knock.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"

struct sw_knocks {
	struct sw_loop *loop;
	const struct sw_addr *source;
	struct sw_timer *timer;
	sw_knock_fn fn;
	void *arg;
	size_t most, count, open; /* open: neither ended nor cancelled */
	bool going;
	struct sw_knock at[];
};

/* ICMP 11 (RFC 792) and ICMPv6 3 (RFC 4443 3.3). */
enum { ICMP_TIME = 11, ICMP6_TIME = 3 };

static bool is_open(const struct sw_knock *k)
{
	return !k->cancelled && k->attempt.state == SW_DIAL_UNTRIED;
}

/* Rings at the start of the next one, or, when nothing is left, at once to say so. */
static void follow(struct sw_knocks *all)
{
	uint64_t at_us = SW_NEVER;

	if (all->open == 0)
		at_us = 0;
	for (size_t i = 0; i < all->count; i++)
		if (is_open(&all->at[i]) && !all->at[i].dial)
			at_us = sw_min_u64(at_us, all->at[i].start_us);
	sw_timer_set(all->timer, at_us);
}

static void ended(struct sw_knock *k)
{
	struct sw_knocks *all = k->all;

	all->open--;
	all->fn(all->arg, all, k);
	k->stream = NULL;
	follow(all);
}

static void dialled(void *arg, struct sw_stream *stream,
		    const struct sw_dial_attempt *attempts, size_t count)
{
	struct sw_knock *k = arg;

	if (count)
		k->attempt = attempts[0];
	/* A source address of the other family: nothing can be tried. */
	if (k->attempt.state == SW_DIAL_UNTRIED) {
		k->attempt.state = SW_DIAL_FAILED;
		k->attempt.os_errno = EAFNOSUPPORT;
	}
	if (k->attempt.ended_us > k->attempt.started_us)
		k->elapsed_us = k->attempt.ended_us - k->attempt.started_us;
	k->stream = stream;
	sw_dial_free(k->dial);
	k->dial = NULL;
	ended(k);
	sw_stream_free(stream);
}

static void start(struct sw_knock *k)
{
	struct sw_knocks *all = k->all;
	struct sw_dial_settings set = {
		.source = all->source,
		.deadline_us = sw_time_add(sw_loop_now(all->loop), k->wait_us),
		.ttl = k->ttl,
	};

	k->dial = sw_dial_start(all->loop, &set, &k->addr, 1, dialled, k, NULL);
	if (k->dial)
		return;
	k->attempt.state = SW_DIAL_FAILED;
	k->attempt.os_errno = ENOMEM;
	ended(k);
}

static void on_timer(void *arg)
{
	struct sw_knocks *all = arg;
	uint64_t now_us = sw_loop_now(all->loop);

	if (all->open == 0) {
		all->fn(all->arg, all, NULL);
		return;
	}
	for (size_t i = 0; i < all->count; i++) {
		struct sw_knock *k = &all->at[i];

		if (is_open(k) && !k->dial && k->start_us <= now_us)
			start(k);
	}
	follow(all);
}

struct sw_knocks *sw_knocks_new(struct sw_loop *loop, size_t most,
				const struct sw_addr *source, sw_knock_fn fn, void *arg,
				struct sw_error *err)
{
	struct sw_knocks *all = sw_calloc(1, sizeof(*all) + most * sizeof(all->at[0]));

	if (all) {
		all->loop = loop;
		all->most = most;
		all->source = source;
		all->fn = fn;
		all->arg = arg;
		all->timer = sw_timer_new(loop, on_timer, all);
	}
	if (!all || !all->timer) {
		sw_fail_nomem(err);
		sw_knocks_free(all);
		return NULL;
	}
	return all;
}

bool sw_knocks_add(struct sw_knocks *all, const struct sw_knock *one)
{
	struct sw_knock *k;

	if (all->count == all->most)
		return false;
	k = &all->at[all->count++];
	*k = *one;
	k->attempt = (struct sw_dial_attempt){ .addr = one->addr };
	k->stream = NULL;
	k->dial = NULL;
	k->all = all;
	k->cancelled = false;
	all->open++;
	if (all->going)
		follow(all);
	return true;
}

void sw_knocks_go(struct sw_knocks *all)
{
	all->going = true;
	follow(all);
}

void sw_knocks_cancel(struct sw_knocks *all, unsigned mark)
{
	for (size_t i = 0; i < all->count; i++) {
		struct sw_knock *k = &all->at[i];

		if (k->mark != mark || !is_open(k))
			continue;
		k->cancelled = true;
		sw_dial_free(k->dial);
		k->dial = NULL;
		all->open--;
	}
	if (all->going)
		follow(all);
}

size_t sw_knocks_count(const struct sw_knocks *all)
{
	return all->count;
}

const struct sw_knock *sw_knocks_get(const struct sw_knocks *all, size_t i)
{
	return &all->at[i];
}

void sw_knocks_free(struct sw_knocks *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->count; i++)
		sw_dial_free(all->at[i].dial);
	sw_timer_free(all->timer);
	sw_free(all);
}

const char *sw_knock_state(const struct sw_knock *one)
{
	switch (one->attempt.state) {
	case SW_DIAL_CONNECTED:
		return "connected";
	case SW_DIAL_FAILED:
		return "failed";
	case SW_DIAL_TIMED_OUT:
		return "timed_out";
	case SW_DIAL_CANCELLED:
	case SW_DIAL_UNTRIED:
		break;
	}
	return "untried";
}

const char *sw_knock_errno(const struct sw_knock *one)
{
	const char *name = one->attempt.os_errno ? strerrorname_np(one->attempt.os_errno) : "";

	return name ? name : "";
}

const char *sw_knock_offender(const struct sw_knock *one, char out[SW_ADDR_TEXT])
{
	out[0] = '\0';
	if (one->attempt.origin.known && one->attempt.origin.offender.len)
		sw_addr_ip(&one->attempt.origin.offender, out);
	return out;
}

bool sw_knock_expired(const struct sw_knock *one)
{
	const struct sw_tcp_origin *o = &one->attempt.origin;

	return one->attempt.state == SW_DIAL_FAILED && o->known &&
	       o->icmp_type == (o->v6 ? ICMP6_TIME : ICMP_TIME);
}

bool sw_knock_answered(const struct sw_knock *one)
{
	return one->attempt.state == SW_DIAL_CONNECTED ||
	       (one->attempt.state == SW_DIAL_FAILED &&
		one->attempt.os_errno == ECONNREFUSED && !one->attempt.origin.known);
}
