/* SPDX-License-Identifier: MIT */
#include "net/ask.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/world.h"

enum {
	PACKET = 64 * 1024, /* the longest message there is, RFC 1035 4.2.2 */
	FIRST_AGAIN_US = 600 * 1000,
	NEXT_AGAIN_US = 1200 * 1000,
	PACKETS = 3,
	RCODE_FORMERR = 1,
};

struct sw_ask {
	struct sw_loop *loop;
	struct sw_timer *timer;
	struct sw_watch *watch;
	int fd;
	struct sw_ask_wish wish;
	char *name;
	uint8_t question[2 + SW_ASK_QUESTION]; /* with its length before it, for TCP */
	size_t question_len;
	unsigned sent;   /* packets */
	size_t written;  /* over TCP */
	uint8_t *packet; /* what came; over TCP with its length before it */
	size_t packet_len;
	bool plain; /* without EDNS */
	bool over;  /* the timer is set to tell */
	bool told;
	uint64_t started_us, again_us;
	struct sw_ask_account account;
	struct sw_dns_answer *answer;
	sw_ask_fn fn;
	void *arg;
};

static void on_udp(void *arg, unsigned ready);
static void on_tcp(void *arg, unsigned ready);

const char *sw_ask_end_name(enum sw_ask_end e)
{
	static const char *const names[] = {
		[SW_ASK_UNTRIED] = "untried",   [SW_ASK_ANSWERED] = "answered",
		[SW_ASK_SILENT] = "silent",     [SW_ASK_UNREACHABLE] = "unreachable",
		[SW_ASK_NONSENSE] = "nonsense", [SW_ASK_LOCAL] = "local",
	};
	return (size_t)e < SW_LEN(names) ? names[e] : "?";
}

static void close_socket(struct sw_ask *q)
{
	sw_watch_free(q->watch);
	q->watch = NULL;
	if (q->fd >= 0)
		close(q->fd);
	q->fd = -1;
}

void sw_ask_free(struct sw_ask *q)
{
	if (!q)
		return;
	close_socket(q);
	sw_timer_free(q->timer);
	sw_dns_answer_free(q->answer);
	sw_free(q->packet);
	sw_free(q->name);
	sw_free(q);
}

const struct sw_ask_account *sw_ask_get_account(const struct sw_ask *q)
{
	return q && q->told ? &q->account : NULL;
}

static const char *reason_of(const struct sw_ask *q)
{
	switch (q->account.end) {
	case SW_ASK_UNREACHABLE:
		return strerrordesc_np(q->account.os_errno);
	case SW_ASK_NONSENSE:
		return "the answer is no well-formed DNS message";
	case SW_ASK_LOCAL:
		return "no memory or no socket for the question";
	case SW_ASK_UNTRIED:
	case SW_ASK_ANSWERED:
	case SW_ASK_SILENT:
		break;
	}
	return "no answer";
}

/* Ends it; the timer tells, so that nobody is called from inside a call. */
static void settle(struct sw_ask *q, enum sw_ask_end end, int os_errno)
{
	if (q->over)
		return;
	q->over = true;
	q->account.end = end;
	q->account.os_errno = os_errno;
	if (q->account.truncated)
		q->account.tcp = end;
	if (end != SW_ASK_ANSWERED) {
		q->answer->status = end == SW_ASK_SILENT ? SW_DNS_TIMEOUT : SW_DNS_FAILED;
		q->answer->why_failed = sw_dns_answer_keep(q->answer, reason_of(q));
	}
	close_socket(q);
	sw_timer_set(q->timer, 0);
}

static bool watch(struct sw_ask *q, sw_watch_fn fn, unsigned want)
{
	q->watch = sw_watch_new(q->loop, q->fd, fn, q);
	if (!q->watch)
		return false;
	sw_watch_set(q->watch, want);
	return true;
}

static void start_tcp(struct sw_ask *q)
{
	const struct sw_addr *server = &q->wish.server;

	close_socket(q);
	q->account.truncated = true;
	q->written = q->packet_len = 0;
	q->fd = socket(server->ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (q->fd < 0) {
		settle(q, SW_ASK_LOCAL, errno);
		return;
	}
	if (connect(q->fd, (const struct sockaddr *)&server->ss, server->len) != 0 &&
	    errno != EINPROGRESS)
		settle(q, SW_ASK_UNREACHABLE, errno);
	else if (!watch(q, on_tcp, SW_WANT_WRITE))
		settle(q, SW_ASK_LOCAL, 0);
	else
		sw_timer_set(q->timer, q->wish.deadline_us);
}

/* The packet is an answer to the question. */
static void take(struct sw_ask *q, const uint8_t *packet, size_t len)
{
	bool truncated = q->account.truncated;

	if (sw_ask_packet_read(packet, len, q->answer, &q->account)) {
		settle(q, SW_ASK_LOCAL, 0);
		return;
	}
	q->account.truncated = truncated;
	settle(q, q->account.end, 0);
}

static void set_next(struct sw_ask *q)
{
	uint64_t again = q->sent < PACKETS ? q->again_us : SW_NEVER;
	sw_timer_set(q->timer, sw_min_u64(again, q->wish.deadline_us));
}

static void send_udp(struct sw_ask *q)
{
	uint64_t now = sw_loop_now(q->loop);

	q->sent++;
	q->again_us = sw_time_add(now, q->sent == 1 ? FIRST_AGAIN_US : NEXT_AGAIN_US);
	if (send(q->fd, q->question + 2, q->question_len, MSG_NOSIGNAL) < 0 && errno != EAGAIN)
		settle(q, SW_ASK_UNREACHABLE, errno);
	else
		set_next(q);
}

static bool write_question(struct sw_ask *q)
{
	const struct sw_world *world = sw_world_real();
	uint8_t id[2];

	if (!world->random(world->arg, id, sizeof(id)))
		return false;
	q->question_len = sw_ask_packet_write(&q->wish, (uint16_t)(id[0] << 8 | id[1]),
					      !q->plain, q->question + 2);
	q->question[0] = (uint8_t)(q->question_len >> 8);
	q->question[1] = (uint8_t)q->question_len;
	return q->question_len > 0;
}

/* Servers from before 1999 cannot read EDNS: once more without it (RFC 6891 7). */
static bool ask_plain(struct sw_ask *q, const uint8_t *packet)
{
	if (q->plain || (packet[3] & 0x0f) != RCODE_FORMERR)
		return false;
	q->plain = true;
	q->sent = 0;
	if (write_question(q))
		send_udp(q);
	else
		settle(q, SW_ASK_LOCAL, 0);
	return true;
}

static void on_udp(void *arg, unsigned ready SW_UNUSED)
{
	struct sw_ask *q = arg;

	ssize_t len = recv(q->fd, q->packet, PACKET, MSG_DONTWAIT);
	if (len < 0) {
		if (errno != EAGAIN && errno != EINTR)
			settle(q, SW_ASK_UNREACHABLE, errno);
		return;
	}
	if (!sw_ask_packet_fits(q->question + 2, q->question_len, q->packet, (size_t)len)) {
		q->account.end = SW_ASK_NONSENSE; /* unless better comes */
		return;
	}
	if (ask_plain(q, q->packet))
		return;
	if (q->packet[2] & 0x02)
		start_tcp(q);
	else
		take(q, q->packet, (size_t)len);
}

static void read_tcp(struct sw_ask *q)
{
	ssize_t len = recv(q->fd, q->packet + q->packet_len, 2 + PACKET - q->packet_len,
			   MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		settle(q, len < 0 ? SW_ASK_UNREACHABLE : SW_ASK_NONSENSE, len < 0 ? errno : 0);
		return;
	}
	q->packet_len += (size_t)len;
	if (q->packet_len < 2)
		return;
	size_t whole = (size_t)(q->packet[0] << 8 | q->packet[1]);
	if (q->packet_len < 2 + whole)
		return;
	if (sw_ask_packet_fits(q->question + 2, q->question_len, q->packet + 2, whole))
		take(q, q->packet + 2, whole);
	else
		settle(q, SW_ASK_NONSENSE, 0);
}

static void on_tcp(void *arg, unsigned ready)
{
	struct sw_ask *q = arg;
	size_t all = 2 + q->question_len;

	if (ready & SW_WANT_READ) {
		read_tcp(q);
		return;
	}
	ssize_t len = send(q->fd, q->question + q->written, all - q->written, MSG_NOSIGNAL);
	if (len < 0 && errno != EAGAIN && errno != EINTR) {
		settle(q, SW_ASK_UNREACHABLE, errno);
		return;
	}
	q->written += len > 0 ? (size_t)len : 0;
	if (q->written == all)
		sw_watch_set(q->watch, SW_WANT_READ);
}

static void tell(struct sw_ask *q)
{
	q->account.answer = q->answer;
	q->account.elapsed_us = sw_loop_now(q->loop) - q->started_us;
	q->answer->elapsed_us = q->account.elapsed_us;
	q->told = true;
	sw_free(q->packet); /* many questions are kept for their accounts */
	q->packet = NULL;
	q->fn(q->arg, q, &q->account);
}

static void on_timer(void *arg)
{
	struct sw_ask *q = arg;

	if (q->over)
		tell(q);
	else if (sw_loop_now(q->loop) < q->wish.deadline_us)
		send_udp(q);
	else
		settle(q, q->account.end == SW_ASK_NONSENSE ? SW_ASK_NONSENSE : SW_ASK_SILENT,
		       0);
}

static bool begin(struct sw_ask *q)
{
	const struct sw_addr *server = &q->wish.server;

	q->fd = socket(server->ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (q->fd < 0) {
		settle(q, SW_ASK_LOCAL, errno);
		return true;
	}
	if (connect(q->fd, (const struct sockaddr *)&server->ss, server->len) != 0) {
		settle(q, SW_ASK_UNREACHABLE, errno);
		return true;
	}
	if (!watch(q, on_udp, SW_WANT_READ))
		return false;
	send_udp(q);
	return true;
}

struct sw_ask *sw_ask_start(struct sw_loop *loop, const struct sw_ask_wish *wish, sw_ask_fn fn,
			    void *arg, struct sw_error *err)
{
	struct sw_ask *q = NULL;

	if (!sw_dns_name_valid(sw_slice_str(wish->name))) {
		sw_fail(err, SW_E_DATA, "not a domain name: '%s'", wish->name);
		return NULL;
	}
	q = sw_calloc(1, sizeof(*q));
	if (!q) {
		sw_fail_nomem(err);
		return NULL;
	}
	*q = (struct sw_ask){ .loop = loop, .fd = -1, .wish = *wish, .fn = fn, .arg = arg };
	q->account.extended_error = -1;
	q->started_us = sw_loop_now(loop);
	q->name = sw_strdup(wish->name);
	q->wish.name = q->name;
	q->packet = sw_malloc(2 + PACKET);
	q->answer = sw_dns_answer_new(wish->name, wish->type);
	q->timer = sw_timer_new(loop, on_timer, q);
	if (q->name && q->packet && q->answer && q->timer && write_question(q) && begin(q))
		return q;
	sw_ask_free(q);
	sw_fail_nomem(err);
	return NULL;
}
