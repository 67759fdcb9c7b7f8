/* SPDX-License-Identifier: MIT */
/* A socket as a stream: non-blocking, TCP_NODELAY, MSG_NOSIGNAL, close-on-exec. Also
 * listeners, socket pairs for tests, and what the kernel knows of a connection. */
#ifndef SW_NET_TCP_H
#define SW_NET_TCP_H

#include "net/addr.h"
#include "net/stream.h"

/* Takes over a connected socket (closed with the stream; on failure too). */
struct sw_stream *sw_tcp_stream(struct sw_loop *loop, int fd,
				struct sw_error *err) SW_MUST_USE;

/* The descriptor of a stream made by sw_tcp_stream; -1 for any other. */
/* The next read of a socket may wait for SW_PATIENCE_MS: one call then does what waiting on the loop
 * and reading do with two. For who has nobody else to look after. No other kind of stream minds. */
void sw_tcp_patience(struct sw_stream *s);
int sw_tcp_fd(const struct sw_stream *s);

/* Who refused, from the socket's error queue (IP_RECVERR). */
struct sw_tcp_origin {
	bool known;		/* an ICMP error was queued; else the host itself (RST), or unknown */
	uint8_t icmp_type, icmp_code;
	bool v6;
	struct sw_addr offender;	/* the box that sent the ICMP message */
};
void sw_tcp_error_origin(int fd, struct sw_tcp_origin *ret);

/* A selection of TCP_INFO; zeros when the kernel does not tell. */
struct sw_tcp_info {
	bool known;
	uint8_t state;		/* TCP_ESTABLISHED ... */
	uint32_t rtt_us, snd_mss, pmtu;
	uint32_t unacked, retransmits, total_retrans, backoff;
	uint32_t retrans_out;	/* repeated and under way: what never left is not in it */
	uint32_t last_ack_recv_ms;
	uint64_t bytes_acked, bytes_received;
	uint32_t notsent_bytes, snd_wnd;
};
void sw_tcp_get_info(int fd, struct sw_tcp_info *ret);

/* First bytes that lie readable, without taking them. */
size_t sw_tcp_peek(int fd, char *out, size_t size);
bool sw_tcp_local(int fd, struct sw_addr *ret);
bool sw_tcp_peer(int fd, struct sw_addr *ret);
/* Acknowledges at once what comes next, instead of waiting up to 40 ms for data of ours to carry the
 * acknowledgement: a server that has just sent TLS session tickets holds its next answer back until
 * then (Nagle). The kernel forgets it by and by. */
void sw_tcp_quick_ack(int fd);
/* The next close sends RST (SO_LINGER 0). */
void sw_tcp_reset_on_close(int fd);
/* Ends the connection now, with FIN or RST, and leaves the descriptor open. */
void sw_tcp_abort(int fd, bool reset);

/* Sets IP_RECVERR/IPV6_RECVERR, TCP_NODELAY, non-blocking on a fresh socket. */
enum sw_err sw_tcp_prepare(int fd, int family, struct sw_error *err) SW_MUST_USE;

struct sw_listener;
typedef void (*sw_accept_fn)(void *arg, int fd, const struct sw_addr *peer);
/* Listens (SO_REUSEADDR); port 0 picks one, see sw_listener_addr. The callback owns fd,
 * and may free the listener. */
struct sw_listener *sw_listener_new(struct sw_loop *loop, const struct sw_addr *addr,
				    sw_accept_fn fn, void *arg,
				    struct sw_error *err) SW_MUST_USE;
const struct sw_addr *sw_listener_addr(const struct sw_listener *l);
void sw_listener_free(struct sw_listener *l);

#endif
