/* SPDX-License-Identifier: MIT */
/* What the kernel knows of a connection. Apart from tcp.c because <linux/tcp.h>, which has the
 * newer fields of struct tcp_info, and <netinet/tcp.h> cannot be included together. */
#include <errno.h>
#include <time.h> /* for the next one */
#include <linux/errqueue.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include "net/tcp.h"

/* Entries of an error queue that are looked at; a connection attempt leaves one or two. */
enum { MOST_ERRORS = 16 };

/* The address behind a sock_extended_err, which ends at `end`. */
static void take_offender(const struct sock_extended_err *ee, const unsigned char *end,
			  struct sw_addr *ret)
{
	const unsigned char *at = (const unsigned char *)ee + sizeof(*ee);
	size_t room = (size_t)(end - at);
	sa_family_t family = AF_UNSPEC;

	*ret = (struct sw_addr){ 0 };
	if (room >= sizeof(family))
		memcpy(&family, at, sizeof(family));
	if (family == AF_INET && room >= sizeof(struct sockaddr_in))
		ret->len = sizeof(struct sockaddr_in);
	else if (family == AF_INET6 && room >= sizeof(struct sockaddr_in6))
		ret->len = sizeof(struct sockaddr_in6);
	memcpy(&ret->ss, at, ret->len);
}

static void take_origin(struct msghdr *msg, struct sw_tcp_origin *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const struct sock_extended_err *ee = (const void *)CMSG_DATA(c);
		bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
		bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;

		if ((!v4 && !v6) || c->cmsg_len < CMSG_LEN(sizeof(*ee)))
			continue;
		if (ee->ee_origin != SO_EE_ORIGIN_ICMP && ee->ee_origin != SO_EE_ORIGIN_ICMP6)
			continue;
		ret->known = true;
		ret->v6 = ee->ee_origin == SO_EE_ORIGIN_ICMP6;
		ret->icmp_type = ee->ee_type;
		ret->icmp_code = ee->ee_code;
		take_offender(ee, (const unsigned char *)c + c->cmsg_len, &ret->offender);
	}
}

void sw_tcp_error_origin(int fd, struct sw_tcp_origin *ret)
{
	int saved = errno;

	*ret = (struct sw_tcp_origin){ 0 };
	/* All of them: what stays in the queue keeps the descriptor ready for ever. The last
	 * one is what the connection ended of. */
	for (int i = 0; i < MOST_ERRORS; i++) {
		char data[64];
		_Alignas(struct cmsghdr) char control[512];
		struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		take_origin(&msg, ret);
	}
	errno = saved;
}

void sw_tcp_get_info(int fd, struct sw_tcp_info *ret)
{
	/* Older kernels fill less than we know of: the rest stays zero. */
	struct tcp_info ti = { 0 };
	socklen_t len = sizeof(ti);
	int saved = errno;

	*ret = (struct sw_tcp_info){ 0 };
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len) == 0 &&
	    len >= offsetof(struct tcp_info, tcpi_pacing_rate))
		*ret = (struct sw_tcp_info){
			.known = true,
			.state = ti.tcpi_state,
			.rtt_us = ti.tcpi_rtt,
			.snd_mss = ti.tcpi_snd_mss,
			.pmtu = ti.tcpi_pmtu,
			.unacked = ti.tcpi_unacked,
			.retransmits = ti.tcpi_retransmits,
			.total_retrans = ti.tcpi_total_retrans,
			.backoff = ti.tcpi_backoff,
			.retrans_out = ti.tcpi_retrans,
			.last_ack_recv_ms = ti.tcpi_last_ack_recv,
			.bytes_acked = ti.tcpi_bytes_acked,
			.bytes_received = ti.tcpi_bytes_received,
			.notsent_bytes = ti.tcpi_notsent_bytes,
			.snd_wnd = ti.tcpi_snd_wnd,
		};
	errno = saved;
}

size_t sw_tcp_peek(int fd, char *out, size_t size)
{
	ssize_t n;

	do
		n = recv(fd, out, size, MSG_PEEK | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n > 0 ? (size_t)n : 0;
}

bool sw_tcp_local(int fd, struct sw_addr *ret)
{
	struct sw_addr a = { .len = sizeof(a.ss) };

	if (getsockname(fd, (struct sockaddr *)&a.ss, &a.len) != 0)
		return false;
	*ret = a;
	return true;
}

bool sw_tcp_peer(int fd, struct sw_addr *ret)
{
	struct sw_addr a = { .len = sizeof(a.ss) };

	if (getpeername(fd, (struct sockaddr *)&a.ss, &a.len) != 0)
		return false;
	*ret = a;
	return true;
}

void sw_tcp_quick_ack(int fd)
{
	const int on = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
}

void sw_tcp_reset_on_close(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

void sw_tcp_abort(int fd, bool reset)
{
	/* Dissolving the association of a connected TCP socket sends RST at once (Linux
	 * tcp_disconnect), and the descriptor stays ours. */
	const struct sockaddr none = { .sa_family = AF_UNSPEC };

	if (!reset || connect(fd, &none, sizeof(none)) != 0)
		shutdown(fd, SHUT_RDWR);
}
