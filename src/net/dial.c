/* SPDX-License-Identifier: MIT */
#include "net/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "base/mem.h"

/* Connection Attempt Delay, RFC 8305 5. */
enum { STAGGER_US = 250 * 1000 };

/* An attempt under way, beside its story. */
struct flight {
	struct sw_dial *dial;
	size_t index;
	int fd;			/* -1: not under way */
	struct sw_watch *watch;
	uint64_t timeout_at_us;
};

struct sw_dial {
	struct sw_loop *loop;
	struct sw_dial_settings settings;
	struct sw_addr source;
	bool has_source;
	struct sw_timer *timer;
	uint64_t next_at_us;	/* when the next address is tried at the latest */
	size_t next;		/* the address to be tried then */
	size_t count, in_flight;
	bool done;
	sw_dial_fn fn;
	void *arg;
	struct sw_dial_attempt *attempts;
	struct flight *flights;
};

/* The next address of the wanted family from *at on; false when there is none. */
static bool find_family(const struct sw_addr *addrs, size_t count, int family, bool same,
			size_t *at)
{
	while (*at < count && (addrs[*at].ss.ss_family == family) != same)
		(*at)++;
	return *at < count;
}

/* RFC 8305 4: families take turns, the first one's first; within a family the order stays. */
static void interleave(struct sw_dial *d, const struct sw_addr *addrs, size_t total)
{
	int family = total ? addrs[0].ss.ss_family : AF_UNSPEC;
	size_t at[2] = { 0, 0 };
	bool other = false;

	while (d->count < SW_MAX_DIAL_ADDRESSES) {
		if (!find_family(addrs, total, family, !other, &at[other]) &&
		    !find_family(addrs, total, family, other, &at[!other]))
			break;
		size_t turn = at[other] < total ? other : !other;

		d->attempts[d->count++].addr = addrs[at[turn]++];
		other = !turn;
	}
}

static void land(struct sw_dial *d, struct flight *f)
{
	sw_watch_free(f->watch);
	f->watch = NULL;
	if (f->fd >= 0) {
		close(f->fd);
		d->in_flight--;
	}
	f->fd = -1;
}

/* Writes the end of an attempt's story and closes its socket. */
static void end(struct sw_dial *d, size_t i, enum sw_dial_state state, int os_errno)
{
	struct sw_dial_attempt *a = &d->attempts[i];
	struct flight *f = &d->flights[i];
	struct sw_tcp_info info;

	a->state = state;
	a->os_errno = os_errno;
	a->ended_us = sw_loop_now(d->loop);
	if (f->fd >= 0) {
		sw_tcp_error_origin(f->fd, &a->origin);
		sw_tcp_get_info(f->fd, &info);
		a->syn_retrans = info.total_retrans;
		a->kept_back = state == SW_DIAL_TIMED_OUT && info.state == TCP_SYN_SENT &&
			       info.total_retrans > 0 && info.retrans_out == 0;
	}
	land(d, f);
}

/* The last thing that any path does: the callback may free the dial. */
static void finish(struct sw_dial *d, struct sw_stream *stream)
{
	d->done = true;
	sw_timer_set(d->timer, SW_NEVER);
	for (size_t i = 0; i < d->count; i++)
		if (d->flights[i].fd >= 0)
			end(d, i, stream ? SW_DIAL_CANCELLED : SW_DIAL_TIMED_OUT, 0);
	d->fn(d->arg, stream, d->attempts, d->count);
}

/* With a source address the others' family cannot be reached. */
static bool is_skipped(const struct sw_dial *d, size_t i)
{
	return d->has_source &&
	       d->attempts[i].addr.ss.ss_family != d->source.ss.ss_family;
}

static bool is_more(struct sw_dial *d)
{
	while (d->next < d->count && is_skipped(d, d->next))
		d->next++;
	return d->next < d->count;
}

/* The timer rings for whatever comes first. */
static void follow(struct sw_dial *d)
{
	uint64_t at_us = d->settings.deadline_us;

	if (is_more(d))
		at_us = sw_min_u64(at_us, d->next_at_us);
	for (size_t i = 0; i < d->count; i++)
		if (d->flights[i].fd >= 0)
			at_us = sw_min_u64(at_us, d->flights[i].timeout_at_us);
	sw_timer_set(d->timer, at_us);
}

/* An attempt is over: on to the next address without waiting, or to the end. */
static void go_on(struct sw_dial *d)
{
	if (!is_more(d) && d->in_flight == 0) {
		finish(d, NULL);
		return;
	}
	d->next_at_us = 0;
	follow(d);
}

/* The kernel connects a socket to itself when its own port is the one that nobody listens on
 * (simultaneous open, RFC 9293 3.5): that is nobody, too. */
static bool is_itself(const struct sw_addr *local, const struct sw_addr *peer)
{
	char a[SW_ADDR_TEXT], b[SW_ADDR_TEXT];

	return sw_addr_port(local) == sw_addr_port(peer) &&
	       strcmp(sw_addr_ip(local, a), sw_addr_ip(peer, b)) == 0;
}

/* -1: as the system has it. */
static int set_ttl(int fd, int family, int ttl)
{
	bool v6 = family == AF_INET6;

	return setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_UNICAST_HOPS : IP_TTL,
			  &ttl, sizeof(ttl));
}

static void connected(struct sw_dial *d, size_t i)
{
	struct sw_dial_attempt *a = &d->attempts[i];
	struct flight *f = &d->flights[i];
	int fd = f->fd;
	struct sw_tcp_origin ignored;

	/* What an earlier ICMP message left would keep the descriptor ready for ever. */
	sw_tcp_error_origin(fd, &ignored);
	if (d->settings.ttl)
		(void)set_ttl(fd, a->addr.ss.ss_family, -1);
	f->fd = -1;
	d->in_flight--;
	land(d, f);
	/* Takes the socket, also when it fails. */
	struct sw_stream *stream = sw_tcp_stream(d->loop, fd, NULL);

	if (!stream) {
		a->local = (struct sw_addr){ 0 };
		end(d, i, SW_DIAL_FAILED, ENOMEM);
		go_on(d);
		return;
	}
	a->state = SW_DIAL_CONNECTED;
	a->ended_us = sw_loop_now(d->loop);
	finish(d, stream);
}

static void failed(struct sw_dial *d, size_t i, int os_errno)
{
	/* ETIMEDOUT: the kernel gave up before we did. */
	end(d, i, os_errno == ETIMEDOUT ? SW_DIAL_TIMED_OUT : SW_DIAL_FAILED, os_errno);
	go_on(d);
}

static void on_ready(void *arg, unsigned ready SW_UNUSED)
{
	struct flight *f = arg;
	struct sw_dial *d = f->dial;
	struct sw_dial_attempt *a = &d->attempts[f->index];
	struct sw_addr peer;
	int os_errno = 0;
	socklen_t len = sizeof(os_errno);

	if (getsockopt(f->fd, SOL_SOCKET, SO_ERROR, &os_errno, &len) != 0)
		os_errno = errno;
	if (os_errno) {
		failed(d, f->index, os_errno);
		return;
	}
	/* Woken for nothing. */
	if (!sw_tcp_peer(f->fd, &peer))
		return;
	if (!sw_tcp_local(f->fd, &a->local))
		a->local = (struct sw_addr){ 0 };
	if (is_itself(&a->local, &peer)) {
		a->local = (struct sw_addr){ 0 };
		failed(d, f->index, ECONNREFUSED);
		return;
	}
	connected(d, f->index);
}

/* What the caller wants of the packets. 0, or an errno. */
static int shape(const struct sw_dial *d, int fd, int family)
{
	int mss = (int)d->settings.mss;

	if (d->settings.ttl && set_ttl(fd, family, (int)d->settings.ttl) != 0)
		return errno;
	if (mss && setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof(mss)) != 0)
		return errno;
	return 0;
}

/* 0, or the errno that the attempt fails with. */
static int take_off(struct sw_dial *d, size_t i)
{
	const struct sw_addr *to = &d->attempts[i].addr;
	struct flight *f = &d->flights[i];
	const int on = 1;

	f->fd = socket(to->ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0)
		return errno;
	d->in_flight++;
	struct sw_error err = { 0 };

	if (sw_tcp_prepare(f->fd, to->ss.ss_family, &err) != SW_OK)
		return err.os_errno ? err.os_errno : EINVAL;
	int os_errno = shape(d, f->fd, to->ss.ss_family);

	if (os_errno)
		return os_errno;
	if (d->has_source) {
		/* The port is chosen with the peer known, so many connections can share one
		 * (ip(7)). */
		(void)setsockopt(f->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(f->fd, (const struct sockaddr *)&d->source.ss, d->source.len) != 0)
			return errno;
	}
	f->watch = sw_watch_new(d->loop, f->fd, on_ready, f);
	if (!f->watch)
		return ENOMEM;
	/* EINTR: it goes on all the same (connect(2)). When it worked at once, the watch says
	 * so at the next turn. */
	if (connect(f->fd, (const struct sockaddr *)&to->ss, to->len) != 0 &&
	    errno != EINPROGRESS && errno != EINTR)
		return errno;
	sw_watch_set(f->watch, SW_WANT_WRITE);
	return 0;
}

/* Tries addresses until one is under way. False when the dial is over (and maybe freed). */
static bool start_next(struct sw_dial *d, uint64_t now_us)
{
	while (is_more(d)) {
		size_t i = d->next++;
		uint64_t timeout_us = d->settings.attempt_timeout_us;

		d->attempts[i].started_us = now_us;
		d->flights[i].timeout_at_us = timeout_us ? sw_time_add(now_us, timeout_us) :
							   SW_NEVER;
		int os_errno = take_off(d, i);

		if (os_errno == 0) {
			d->next_at_us = sw_time_add(now_us, d->settings.stagger_us);
			return true;
		}
		end(d, i, SW_DIAL_FAILED, os_errno);
	}
	if (d->in_flight)
		return true;
	finish(d, NULL);
	return false;
}

static void on_timer(void *arg)
{
	struct sw_dial *d = arg;
	uint64_t now_us = sw_loop_now(d->loop);
	bool any = false;

	if (now_us >= d->settings.deadline_us) {
		finish(d, NULL);
		return;
	}
	for (size_t i = 0; i < d->count; i++)
		if (d->flights[i].fd >= 0 && d->flights[i].timeout_at_us <= now_us) {
			end(d, i, SW_DIAL_TIMED_OUT, 0);
			any = true;
		}
	if ((any || d->next_at_us <= now_us || !d->in_flight) && !start_next(d, now_us))
		return;
	follow(d);
}

struct sw_dial *sw_dial_start(struct sw_loop *loop, const struct sw_dial_settings *settings,
			      const struct sw_addr *addrs, size_t count, sw_dial_fn fn,
			      void *arg, struct sw_error *err)
{
	struct sw_dial *d = sw_calloc(1, sizeof(*d));
	size_t room = count < SW_MAX_DIAL_ADDRESSES ? count : SW_MAX_DIAL_ADDRESSES;

	if (d) {
		*d = (struct sw_dial){
			.loop = loop, .settings = *settings, .fn = fn, .arg = arg
		};
		d->attempts = sw_calloc(room, sizeof(*d->attempts));
		d->flights = sw_calloc(room, sizeof(*d->flights));
		d->timer = sw_timer_new(loop, on_timer, d);
	}
	if (!d || !d->attempts || !d->flights || !d->timer) {
		sw_fail_nomem(err);
		sw_dial_free(d);
		return NULL;
	}
	if (settings->source) {
		d->source = *settings->source;
		d->has_source = true;
		d->settings.source = NULL;
	}
	if (!d->settings.stagger_us)
		d->settings.stagger_us = STAGGER_US;
	interleave(d, addrs, count);
	for (size_t i = 0; i < d->count; i++)
		d->flights[i] = (struct flight){ .dial = d, .index = i, .fd = -1 };
	/* All work is done in the loop: nobody is called back before we return. */
	sw_timer_set(d->timer, 0);
	return d;
}

void sw_dial_free(struct sw_dial *d)
{
	if (!d)
		return;
	for (size_t i = 0; d->flights && i < d->count; i++)
		land(d, &d->flights[i]);
	sw_timer_free(d->timer);
	sw_free(d->flights);
	sw_free(d->attempts);
	sw_free(d);
}
